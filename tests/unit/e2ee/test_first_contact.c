/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The whole way of a client to a Worker that it never met: certificate, handshake, device proof
 * in Hello, first call; and the thefts that the proof is there against.
 */
#include "e2ee/pin.h"
#include "e2ee/proof.h"
#include "unit/e2ee/pair.h"

struct contact {
    struct pair p;
    struct handshake_result client;
    struct handshake_result worker;
    struct device_secret secret;
};

static void meet(struct contact *c, struct chance *chance, const struct worker_keys *keys)
{
    struct channel_config config = { .events = &END_EVENTS };

    memset(c, 0, sizeof(*c));
    chance_bytes(chance, &c->secret, sizeof(c->secret));
    shake_hands(chance, keys, FEATURE_PAD_LENGTHS, &c->client, &c->worker);
    config.features = c->client.features;
    config.streams = c->client.streams;
    config.role = CHANNEL_CLIENT;
    config.arg = &c->p.client;
    c->p.client.ch = channel_new(&config, &c->client);
    config.role = CHANNEL_WORKER;
    config.arg = &c->p.worker;
    c->p.worker.ch = channel_new(&config, &c->worker);
    c->p.client.consumes = true;
    c->p.worker.consumes = true;
}

static void contact_done(struct contact *c)
{
    pair_done(&c->p);
    handshake_result_done(&c->client);
    handshake_result_done(&c->worker);
}

/* Say Hello with a proof; the Worker's test only keeps the first octets, so check them here. */
static bool hello(struct contact *c, const uint8_t proof[static PROOF_LEN])
{
    struct device_public device;
    struct err e;
    uint32_t stream =
        channel_open(c->p.client.ch, bytes_of("Hello"), (struct bytes){ proof, PROOF_LEN }, &e);
    bool good;

    assert_int_equal(stream, 1);
    carry(&c->p);
    assert_string_equal(c->p.worker.method, "Hello");
    assert_int_equal(c->p.worker.message_len, PROOF_LEN);
    assert_memory_equal(c->p.worker.last, proof, LAST_MAX);
    good = proof_verify((struct bytes){ proof, PROOF_LEN }, c->worker.h, &device, &e);
    if (good) {
        channel_admit(c->p.worker.ch);
        channel_end_ok(c->p.worker.ch, stream);
        carry(&c->p);
        channel_admit(c->p.client.ch);
    } else {
        channel_close(c->p.worker.ch, CHANNEL_ACCESS_ENDED);
        carry(&c->p);
    }
    return good;
}

static void a_device_gets_from_certificate_to_its_first_answer(void **state)
{
    struct chance chance = { 11 };
    struct slhdsa_private identity;
    uint8_t seed[SLHDSA_SEED_LEN] = { 4 };
    struct worker_keys_random random = { .signing = { 1 } };
    struct err e;
    struct worker_keys *keys CLEANUP(worker_keys_freep) = NULL;
    struct pin pin = { .epoch = 0 };
    struct certificate certificate;
    struct contact c;
    uint8_t proof[PROOF_LEN];

    (void)state;
    slhdsa_keygen(seed, &identity);
    chance_bytes(&chance, &random, sizeof(random));
    keys = worker_keys_new(&identity, some_ids().worker, 0, INT64_C(1800000000000), &random, &e);
    assert_non_null(keys);
    memcpy(pin.identity, keys->identity, sizeof(pin.identity));
    assert_true(pin_accepts(&pin, (struct bytes){ keys->certificate, CERTIFICATE_LEN },
                            some_ids().worker, INT64_C(1800000000000), &certificate, &e));
    assert_memory_equal(&certificate, &keys->public, sizeof(certificate));

    meet(&c, &chance, keys);
    proof_make(&c.secret, c.client.h, NULL, proof);
    assert_true(hello(&c, proof));
    pin_raise(&pin, (struct bytes){ keys->certificate, CERTIFICATE_LEN }, certificate.epoch);
    assert_int_equal(pin.epoch, keys->public.epoch);
    (void)call(&c.p, "ListWorkers", "");
    carry(&c.p);
    assert_int_equal(channel_send_message(c.p.worker.ch, 2, bytes_of("here")), SEND_OK);
    channel_end_ok(c.p.worker.ch, 2);
    carry(&c.p);
    assert_memory_equal(c.p.client.last, "here", 4);
    assert_int_equal(c.p.client.ends, 2);
    contact_done(&c);
}

static void a_proof_made_for_another_channel_is_no_proof_here(void **state)
{
    struct chance chance = { 12 };
    struct worker_keys *keys CLEANUP(worker_keys_freep) = unsigned_keys(&chance, 5);
    struct contact one;
    struct contact two;
    uint8_t proof[PROOF_LEN];

    (void)state;
    meet(&one, &chance, keys);
    meet(&two, &chance, keys);
    proof_make(&one.secret, one.client.h, NULL, proof);
    assert_false(hello(&two, proof));
    assert_int_equal(two.p.client.cause.reason, CHANNEL_ACCESS_ENDED);
    assert_true(hello(&one, proof));
    contact_done(&one);
    contact_done(&two);
}

static void a_record_of_one_channel_does_not_open_in_another(void **state)
{
    struct chance chance = { 13 };
    struct worker_keys *keys CLEANUP(worker_keys_freep) = unsigned_keys(&chance, 5);
    struct contact one;
    struct contact two;
    struct err e;

    (void)state;
    meet(&one, &chance, keys);
    meet(&two, &chance, keys);
    assert_int_equal(channel_open(one.p.client.ch, bytes_of("Hello"), bytes_of("x"), &e), 1);
    assert_true(carry_one(&one.p.client, &two.p.worker));
    assert_int_equal(two.p.worker.cause.kind, CHANNEL_BROKEN);
    assert_int_equal(two.p.worker.opens, 0);
    contact_done(&one);
    contact_done(&two);
}

int main(void)
{
    static const struct CMUnitTest TESTS[] = {
        cmocka_unit_test(a_device_gets_from_certificate_to_its_first_answer),
        cmocka_unit_test(a_proof_made_for_another_channel_is_no_proof_here),
        cmocka_unit_test(a_record_of_one_channel_does_not_open_in_another),
    };

    return cmocka_run_group_tests(TESTS, NULL, NULL);
}
