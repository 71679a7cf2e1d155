/* SPDX-License-Identifier: Apache-2.0 */
#include "e2ee/session.h"
#include "unit/e2ee/fixture.h"

static void start(struct session *client, struct session *worker, struct session_limits limits)
{
    struct secret32 c2w;
    struct secret32 w2c;

    memset(c2w.b, 1, sizeof(c2w.b));
    memset(w2c.b, 2, sizeof(w2c.b));
    session_init(client, &c2w, &w2c, limits);
    session_init(worker, &w2c, &c2w, limits);
}

static void pass(struct session *from, struct session *to, size_t n)
{
    static uint8_t plain[RECORD_PLAIN_MAX];
    uint8_t record[RECORD_MAX];
    uint8_t opened[RECORD_PLAIN_MAX];
    size_t len;

    plain[0]++;
    len = session_seal(from, (struct bytes){ plain, n }, record);
    assert_int_equal(len, n + AEAD_TAG_LEN);
    assert_int_equal(session_open(to, (struct bytes){ record, len }, opened), n);
    assert_memory_equal(opened, plain, n);
}

static void records_of_every_legal_length_pass(void **state)
{
    static const size_t LENGTHS[] = { 8, 9, 63, 64, 65, 1000, 65518, 65519 };
    struct session client;
    struct session worker;

    (void)state;
    start(&client, &worker, SESSION_LIMITS);
    for (size_t i = 0; i < ARRAY_LEN(LENGTHS); i++) {
        pass(&client, &worker, LENGTHS[i]);
        pass(&worker, &client, LENGTHS[i]);
    }
    session_done(&client);
    session_done(&worker);
}

static void the_protocols_own_limits_are_2_20_records_and_2_30_octets(void **state)
{
    (void)state;
    assert_int_equal(SESSION_LIMITS.records, 1048576);
    assert_int_equal(SESSION_LIMITS.octets, 1073741824);
}

/* At n - 1 records or octets the key stays, at n it changes, at n + 1 the new one counts anew. */
static void the_key_changes_exactly_at_its_limits(void **state)
{
    static const struct session_limits LIMITS = { .records = 4, .octets = 100 };
    struct session client;
    struct session worker;
    struct secret32 before;

    (void)state;
    start(&client, &worker, LIMITS);
    before = client.send.key;
    for (int i = 0; i < 3; i++) {
        pass(&client, &worker, 8);
    }
    assert_memory_equal(client.send.key.b, before.b, 32);
    pass(&client, &worker, 8);
    assert_memory_not_equal(client.send.key.b, before.b, 32);
    assert_memory_equal(client.send.key.b, worker.receive.key.b, 32);
    assert_int_equal(client.send.records, 0);
    assert_int_equal(client.send.octets, 0);
    assert_int_equal(client.send.n, 4); /* the nonce goes on */

    before = client.send.key;
    pass(&client, &worker, 99);
    assert_memory_equal(client.send.key.b, before.b, 32);
    pass(&client, &worker, 8);
    assert_memory_not_equal(client.send.key.b, before.b, 32);
    before = client.send.key;
    pass(&client, &worker, 100);
    assert_memory_not_equal(client.send.key.b, before.b, 32);
    assert_int_equal(worker.send.n, 0); /* the other direction has counts of its own */
}

static void a_million_records_stay_in_step_over_small_limits(void **state)
{
    static const struct session_limits LIMITS = { .records = 7, .octets = 200 };
    struct chance chance = { 1 };
    struct session client;
    struct session worker;

    (void)state;
    start(&client, &worker, LIMITS);
    for (int i = 0; i < 1000000; i++) {
        size_t n = 8 + chance_below(&chance, 64);

        if (chance_below(&chance, 2) == 0) {
            pass(&client, &worker, n);
        } else {
            pass(&worker, &client, n);
        }
    }
}

static void a_record_of_a_wrong_length_ends_the_session(void **state)
{
    static const size_t LENGTHS[] = { 0, 1, 15, 16, 23, 65536 };
    static uint8_t record[RECORD_MAX + 1];
    uint8_t opened[RECORD_PLAIN_MAX + 1];
    struct session client;
    struct session worker;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(LENGTHS); i++) {
        start(&client, &worker, SESSION_LIMITS);
        assert_int_equal(session_open(&worker, (struct bytes){ record, LENGTHS[i] }, opened), 0);
        assert_true(ct_is_zero(&worker, sizeof(worker)));
    }
}

static void each_flipped_octet_of_a_record_ends_the_session(void **state)
{
    static const uint8_t PLAIN[40] = { 1, 2, 3 };
    struct session client;
    struct session worker;
    uint8_t record[sizeof(PLAIN) + AEAD_TAG_LEN];
    uint8_t opened[sizeof(PLAIN)];

    (void)state;
    for (size_t i = 0; i < sizeof(record); i++) {
        start(&client, &worker, SESSION_LIMITS);
        (void)session_seal(&client, (struct bytes){ PLAIN, sizeof(PLAIN) }, record);
        record[i] ^= (uint8_t)(1U << i % 8);
        memset(opened, 0xee, sizeof(opened));
        assert_int_equal(session_open(&worker, (struct bytes){ record, sizeof(record) }, opened),
                         0);
        assert_true(ct_is_zero(opened, sizeof(opened))); /* no unauthenticated plaintext */
        record[i] ^= (uint8_t)(1U << i % 8);
        assert_int_equal(session_open(&worker, (struct bytes){ record, sizeof(record) }, opened),
                         0); /* it does not come back */
    }
}

int main(void)
{
    static const struct CMUnitTest TESTS[] = {
        cmocka_unit_test(records_of_every_legal_length_pass),
        cmocka_unit_test(the_protocols_own_limits_are_2_20_records_and_2_30_octets),
        cmocka_unit_test(the_key_changes_exactly_at_its_limits),
        cmocka_unit_test(a_million_records_stay_in_step_over_small_limits),
        cmocka_unit_test(a_record_of_a_wrong_length_ends_the_session),
        cmocka_unit_test(each_flipped_octet_of_a_record_ends_the_session),
    };

    return cmocka_run_group_tests(TESTS, NULL, NULL);
}
