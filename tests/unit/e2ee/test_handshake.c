/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/e2ee/walk.h"

/* One attempt whose messages a test may spoil on the way. */
struct attempt {
    struct worker_keys *keys;
    struct handshake_ids client_ids;
    struct handshake_ids worker_ids;
    struct chance chance;
    uint8_t message1[HANDSHAKE_MESSAGE1_MAX];
    size_t message1_len;
    uint8_t message2[HANDSHAKE_MESSAGE2_LEN];
    struct handshake_client client;
    struct handshake_result at_client;
    struct handshake_result at_worker;
    struct err e;
};

static struct attempt *attempt_new(void)
{
    struct attempt *a = NEW(struct attempt);

    a->chance.state = 42;
    a->keys = unsigned_keys(&a->chance, 1000);
    a->client_ids = some_ids();
    a->worker_ids = some_ids();
    return a;
}

static void attempt_freep(struct attempt **a)
{
    handshake_client_done(&(*a)->client);
    worker_keys_free((*a)->keys);
    free(*a);
}

static bool send1(struct attempt *a, uint32_t features)
{
    struct handshake_client_random random;

    chance_bytes(&a->chance, &random, sizeof(random));
    handshake_client_done(&a->client);
    a->message1_len = HANDSHAKE_MESSAGE1_LEN;
    return handshake_client_start(&a->client, a->keys->identity, &a->keys->public, &a->client_ids,
                                  features, &random, a->message1, &a->e);
}

static bool answer1(struct attempt *a, uint32_t features)
{
    const struct worker_keys *known = a->keys;
    const struct worker_keys *chosen;
    struct bytes message1 = { a->message1, a->message1_len };
    struct handshake_worker_random random;

    chance_bytes(&a->chance, &random, sizeof(random));
    return handshake_check(message1, &known, 1, &chosen, &a->e) &&
           handshake_respond(chosen, &a->worker_ids, 1234, features, message1, &random, a->message2,
                             &a->at_worker, &a->e);
}

static bool take2(struct attempt *a)
{
    return handshake_client_finish(&a->client, (struct bytes){ a->message2, sizeof(a->message2) },
                                   &a->at_client, &a->e);
}

static void assert_refused(const struct attempt *a)
{
    assert_int_equal(a->e.code, ERR_FAILED_PRECONDITION);
    assert_string_equal(a->e.reason, "HANDSHAKE_FAILED");
}

static void both_sides_agree_with_random_keys_a_thousand_times(void **state)
{
    struct attempt *a CLEANUP(attempt_freep) = attempt_new();

    (void)state;
    for (int i = 0; i < 1000; i++) {
        assert_true(send1(a, 3));
        assert_true(answer1(a, 1));
        assert_true(take2(a));
        assert_memory_equal(a->at_client.h, a->at_worker.h, HANDSHAKE_HASH_LEN);
        assert_memory_equal(a->at_client.send.b, a->at_worker.receive.b, 32);
        assert_memory_equal(a->at_client.receive.b, a->at_worker.send.b, 32);
        assert_memory_not_equal(a->at_client.send.b, a->at_client.receive.b, 32);
    }
    assert_int_equal(a->at_client.version, 1);
    assert_int_equal(a->at_client.features, 1);
    assert_int_equal(a->at_worker.features, 1);
    assert_int_equal(a->at_client.streams, 256);
    assert_int_equal(a->at_client.newest_epoch, 1234);
    assert_int_equal(a->at_client.message_max, 16777216);
}

static void the_messages_have_the_documented_lengths(void **state)
{
    (void)state;
    assert_int_equal(HANDSHAKE_MESSAGE1_LEN, 3237);
    assert_int_equal(HANDSHAKE_MESSAGE1_MAX, 4245);
    assert_int_equal(HANDSHAKE_MESSAGE2_LEN, 1656);
    assert_int_equal(HANDSHAKE_MESSAGE2_MAX, 2656);
}

static void each_flipped_octet_of_message_1_is_refused(void **state)
{
    struct attempt *a CLEANUP(attempt_freep) = attempt_new();

    (void)state;
    assert_true(send1(a, 0));
    for (size_t i = 0; i < a->message1_len; i++) {
        a->message1[i] ^= (uint8_t)(1U << i % 8);
        if (i == 36) { /* the top bit of an X25519 key does not count, but the hash of it does */
            a->message1[i] ^= 0x80 ^ (1U << i % 8);
        }
        assert_false(answer1(a, 0));
        if (i >= 1 && i <= 4) {
            assert_string_equal(a->e.reason, "STALE_KEYS"); /* another epoch */
        } else {
            assert_refused(a);
        }
        a->message1[i] ^= (uint8_t)(i == 36 ? 0x80 : 1U << i % 8);
    }
    assert_true(answer1(a, 0));
}

static void each_flipped_octet_of_message_2_is_refused(void **state)
{
    struct attempt *a CLEANUP(attempt_freep) = attempt_new();

    (void)state;
    for (size_t i = 0; i < HANDSHAKE_MESSAGE2_LEN; i++) {
        struct handshake_result untouched = { .streams = 77 };

        assert_true(send1(a, 0));
        assert_true(answer1(a, 0));
        a->at_client = untouched;
        a->message2[i] ^= (uint8_t)(1U << i % 8);
        assert_false(take2(a));
        assert_refused(a);
        assert_true(ct_is_zero(&a->client, sizeof(a->client)));
        assert_memory_equal(&a->at_client, &untouched, sizeof(untouched));
    }
}

static void messages_of_a_wrong_length_are_refused(void **state)
{
    static const size_t LENGTHS1[] = { 0, 1, 3236, 4246, 65535 };
    static const size_t LENGTHS2[] = { 0, 1, 1655, 2657, 65535 };
    static uint8_t octets[65535] = { 1 };
    struct attempt *a CLEANUP(attempt_freep) = attempt_new();
    const struct worker_keys *known = a->keys;
    const struct worker_keys *chosen;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(LENGTHS1); i++) {
        assert_false(
            handshake_check((struct bytes){ octets, LENGTHS1[i] }, &known, 1, &chosen, &a->e));
        assert_refused(a);
    }
    for (size_t i = 0; i < ARRAY_LEN(LENGTHS2); i++) {
        assert_true(send1(a, 0));
        assert_false(handshake_client_finish(&a->client, (struct bytes){ octets, LENGTHS2[i] },
                                             &a->at_client, &a->e));
        assert_refused(a);
    }
}

static void an_epoch_that_is_not_held_is_stale(void **state)
{
    struct attempt *a CLEANUP(attempt_freep) = attempt_new();
    struct worker_keys *older CLEANUP(worker_keys_freep) = unsigned_keys(&a->chance, 999);
    const struct worker_keys *held[] = { older, a->keys };
    const struct worker_keys *chosen = NULL;

    (void)state;
    assert_true(send1(a, 0));
    assert_true(
        handshake_check((struct bytes){ a->message1, a->message1_len }, held, 2, &chosen, &a->e));
    assert_ptr_equal(chosen, a->keys);
    assert_false(
        handshake_check((struct bytes){ a->message1, a->message1_len }, held, 1, &chosen, &a->e));
    assert_int_equal(a->e.code, ERR_FAILED_PRECONDITION);
    assert_string_equal(a->e.reason, "STALE_KEYS");
}

/* What the Hub tells the two sides apart shows in the hash, so that message 1 does not open. */
static void a_hub_that_swaps_an_id_is_caught(void **state)
{
    struct id other = id_of("0ther0ther0ther0ther0t");

    (void)state;
    for (int which = 0; which < 4; which++) {
        struct attempt *a CLEANUP(attempt_freep) = attempt_new();

        switch (which) {
        case 0:
            a->worker_ids.channel = other;
            break;
        case 1:
            a->worker_ids.user = other;
            break;
        case 2:
            a->worker_ids.device = other;
            break;
        default:
            a->keys->public.worker_id = other; /* two Workers under one id */
            a->client_ids.worker = other;
            assert_true(send1(a, 0));
            a->keys->public.worker_id = some_ids().worker;
            break;
        }
        if (which < 3) {
            assert_true(send1(a, 0));
        }
        assert_false(answer1(a, 0));
        assert_refused(a);
    }
}

/* The Worker knows its own id and does not take it from the Hub. */
static void a_worker_uses_its_own_id_whatever_it_is_told(void **state)
{
    struct attempt *a CLEANUP(attempt_freep) = attempt_new();

    (void)state;
    a->worker_ids.worker = id_of("0ther0ther0ther0ther0t");
    assert_true(send1(a, 0));
    assert_true(answer1(a, 0));
    assert_true(take2(a));
}

static void a_hub_that_swaps_identity_epoch_or_statics_is_caught(void **state)
{
    (void)state;
    for (int which = 0; which < 3; which++) {
        struct attempt *a CLEANUP(attempt_freep) = attempt_new();
        struct worker_keys *evil CLEANUP(worker_keys_freep) = unsigned_keys(&a->chance, 1000);
        struct worker_keys *own = a->keys;

        if (which == 0) {
            memcpy(evil->public.kem, own->public.kem, sizeof(own->public.kem));
            memcpy(evil->public.kx, own->public.kx, sizeof(own->public.kx));
        } else if (which == 1) {
            memcpy(evil->identity, own->identity, sizeof(own->identity));
            memcpy(evil->public.kx, own->public.kx, sizeof(own->public.kx));
        } else {
            memcpy(evil->identity, own->identity, sizeof(own->identity));
            memcpy(evil->public.kem, own->public.kem, sizeof(own->public.kem));
        }
        a->keys = evil;
        assert_true(send1(a, 0));
        a->keys = own;
        assert_false(answer1(a, 0));
        assert_refused(a);
    }
}

static void message_2_of_another_attempt_is_refused(void **state)
{
    struct attempt *a CLEANUP(attempt_freep) = attempt_new();
    uint8_t earlier[HANDSHAKE_MESSAGE2_LEN];

    (void)state;
    assert_true(send1(a, 0));
    assert_true(answer1(a, 0));
    memcpy(earlier, a->message2, sizeof(earlier));
    assert_true(send1(a, 0));
    assert_true(answer1(a, 0));
    memcpy(a->message2, earlier, sizeof(earlier));
    assert_false(take2(a));
    assert_refused(a);
}

/* Message 1 may be replayed; whoever replays it cannot follow the answer. */
static void a_replayed_message_1_leads_to_other_keys(void **state)
{
    struct attempt *a CLEANUP(attempt_freep) = attempt_new();
    struct secret32 first;

    (void)state;
    assert_true(send1(a, 0));
    assert_true(answer1(a, 0));
    first = a->at_worker.send;
    assert_true(answer1(a, 0));
    assert_memory_not_equal(first.b, a->at_worker.send.b, 32);
}

static void points_of_small_order_are_refused(void **state)
{
    static const uint8_t POINTS[][32] = {
        { 0 },
        { 1 },
        { 0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3,
          0xfa, 0xf1, 0x9f, 0xc4, 0x6a, 0xda, 0x09, 0x8d, 0xeb, 0x9c, 0x32,
          0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f, 0x49, 0xb8, 0x00 },
    };
    struct attempt *a CLEANUP(attempt_freep) = attempt_new();

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(POINTS); i++) {
        struct certificate original = a->keys->public;

        assert_true(send1(a, 0));
        memcpy(a->message1 + 5, POINTS[i], 32);
        assert_false(answer1(a, 0));
        assert_refused(a);
        assert_non_null(strstr(a->e.msg, "small order"));

        memcpy(a->keys->public.kx, POINTS[i], 32);
        assert_false(send1(a, 0));
        assert_refused(a);
        a->keys->public = original;

        assert_true(send1(a, 0));
        assert_true(answer1(a, 0));
        memcpy(a->message2, POINTS[i], 32);
        assert_false(take2(a));
        assert_refused(a);
        assert_non_null(strstr(a->e.msg, "small order"));
    }
}

/* A message 1 made token by token, with whatever a test puts where e1 or the hello stand. */
static struct walk *walk_new(const struct attempt *a, struct bytes client_hello)
{
    static const uint8_t WORKER_HELLO[WORKER_HELLO_LEN] = { 0, 1 };
    struct walk *w = NEW(struct walk);

    w->identity = a->keys->identity;
    w->certificate = &a->keys->public;
    w->ids = a->client_ids;
    memset(&w->client, 5, sizeof(w->client));
    memset(&w->worker, 6, sizeof(w->worker));
    w->client_hello = client_hello;
    w->worker_hello = (struct bytes){ WORKER_HELLO, sizeof(WORKER_HELLO) };
    return w;
}

static void take_message1(struct attempt *a, const struct walk *w)
{
    memcpy(a->message1, w->message1, w->message1_len);
    a->message1_len = w->message1_len;
}

static void hellos_up_to_1024_octets_are_understood(void **state)
{
    static const uint8_t HELLO[HANDSHAKE_HELLO_MAX] = { 0, 1, 0, 9, 0xff, 0xff, 0xff, 0xff };
    static const size_t LENGTHS[] = { 16, 17, 500, 1024 };
    struct attempt *a CLEANUP(attempt_freep) = attempt_new();

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(LENGTHS); i++) {
        struct walk *w = walk_new(a, (struct bytes){ HELLO, LENGTHS[i] });

        walk_all(w);
        take_message1(a, w);
        assert_true(answer1(a, 3));
        assert_int_equal(a->at_worker.version, 1);
        assert_int_equal(a->at_worker.features, 3);
        free(w);
    }
}

static void without_a_version_in_common_both_close(void **state)
{
    static const uint8_t NEWER[CLIENT_HELLO_LEN] = { 0, 2, 0, 3 };
    static const uint8_t NONE[WORKER_HELLO_LEN] = { 0, 0, 1, 0 };
    static const uint8_t OLDER[CLIENT_HELLO_LEN] = { 0, 0, 0, 0 };
    static const uint8_t BETWEEN[CLIENT_HELLO_LEN] = { 0, 0, 0, 5 };
    struct attempt *a CLEANUP(attempt_freep) = attempt_new();
    struct walk *w = walk_new(a, (struct bytes){ NEWER, sizeof(NEWER) });

    (void)state;
    walk_all(w);
    take_message1(a, w);
    assert_true(answer1(a, 3));
    assert_int_equal(a->at_worker.version, 0);
    assert_true(ct_is_zero(a->at_worker.send.b, 32));
    free(w);

    w = walk_new(a, (struct bytes){ OLDER, sizeof(OLDER) });
    walk_all(w);
    take_message1(a, w);
    assert_true(answer1(a, 3));
    assert_int_equal(a->at_worker.version, 0);
    free(w);

    w = walk_new(a, (struct bytes){ BETWEEN, sizeof(BETWEEN) });
    walk_all(w);
    take_message1(a, w);
    assert_true(answer1(a, 3));
    assert_int_equal(a->at_worker.version, 1);
    free(w);

    /* and a client that hears 0 gives up */
    {
        static const uint8_t OURS[CLIENT_HELLO_LEN] = { 0, 1, 0, 1 };
        struct handshake_client_random random;

        w = walk_new(a, (struct bytes){ OURS, sizeof(OURS) });
        w->worker_hello = (struct bytes){ NONE, sizeof(NONE) };
        random = w->client;
        assert_true(handshake_client_start(&a->client, a->keys->identity, &a->keys->public,
                                           &a->client_ids, 0, &random, a->message1, &a->e));
        walk_all(w);
        assert_memory_equal(a->message1, w->message1, w->message1_len);
        assert_false(handshake_client_finish(
            &a->client, (struct bytes){ w->message2, w->message2_len }, &a->at_client, &a->e));
        assert_refused(a);
        assert_non_null(strstr(a->e.msg, "version"));
        free(w);
    }
}

static void a_feature_that_was_not_wanted_is_refused(void **state)
{
    static const uint8_t OURS[CLIENT_HELLO_LEN] = { 0, 1, 0, 1, 0, 0, 0, 1 };
    static const uint8_t GRANTS[WORKER_HELLO_LEN] = { 0, 1, 1, 0, 0, 0, 0, 2 };
    struct attempt *a CLEANUP(attempt_freep) = attempt_new();
    struct walk *w = walk_new(a, (struct bytes){ OURS, sizeof(OURS) });
    struct handshake_client_random random = w->client;

    (void)state;
    w->worker_hello = (struct bytes){ GRANTS, sizeof(GRANTS) };
    assert_true(handshake_client_start(&a->client, a->keys->identity, &a->keys->public,
                                       &a->client_ids, 1, &random, a->message1, &a->e));
    walk_all(w);
    assert_false(handshake_client_finish(&a->client, (struct bytes){ w->message2, w->message2_len },
                                         &a->at_client, &a->e));
    assert_refused(a);
    free(w);
}

static void keys_that_are_no_ml_kem_keys_are_refused(void **state)
{
    struct attempt *a CLEANUP(attempt_freep) = attempt_new();

    (void)state;
    memset(a->keys->public.kem, 0xff, 100); /* coefficients above the modulus */
    assert_false(send1(a, 0));
    assert_refused(a);
    assert_true(ct_is_zero(&a->client, sizeof(a->client)));
}

static void an_e1_that_is_no_ml_kem_key_is_refused(void **state)
{
    static const uint8_t HELLO[CLIENT_HELLO_LEN] = { 0, 1, 0, 1 };
    struct attempt *a CLEANUP(attempt_freep) = attempt_new();
    struct walk *w = walk_new(a, (struct bytes){ HELLO, sizeof(HELLO) });
    uint8_t e1[MLKEM_PUBLIC_LEN];

    (void)state;
    memset(e1, 0xff, sizeof(e1));
    w->e1_instead = e1;
    walk_all(w);
    take_message1(a, w);
    assert_false(answer1(a, 0));
    assert_refused(a);
    assert_non_null(strstr(a->e.msg, "ML-KEM"));
    assert_true(ct_is_zero(a->message2, sizeof(a->message2)));
    free(w);
}

int main(void)
{
    static const struct CMUnitTest TESTS[] = {
        cmocka_unit_test(both_sides_agree_with_random_keys_a_thousand_times),
        cmocka_unit_test(the_messages_have_the_documented_lengths),
        cmocka_unit_test(each_flipped_octet_of_message_1_is_refused),
        cmocka_unit_test(each_flipped_octet_of_message_2_is_refused),
        cmocka_unit_test(messages_of_a_wrong_length_are_refused),
        cmocka_unit_test(an_epoch_that_is_not_held_is_stale),
        cmocka_unit_test(a_hub_that_swaps_an_id_is_caught),
        cmocka_unit_test(a_worker_uses_its_own_id_whatever_it_is_told),
        cmocka_unit_test(a_hub_that_swaps_identity_epoch_or_statics_is_caught),
        cmocka_unit_test(message_2_of_another_attempt_is_refused),
        cmocka_unit_test(a_replayed_message_1_leads_to_other_keys),
        cmocka_unit_test(points_of_small_order_are_refused),
        cmocka_unit_test(hellos_up_to_1024_octets_are_understood),
        cmocka_unit_test(without_a_version_in_common_both_close),
        cmocka_unit_test(a_feature_that_was_not_wanted_is_refused),
        cmocka_unit_test(keys_that_are_no_ml_kem_keys_are_refused),
        cmocka_unit_test(an_e1_that_is_no_ml_kem_key_is_refused),
    };

    return cmocka_run_group_tests(TESTS, NULL, NULL);
}
