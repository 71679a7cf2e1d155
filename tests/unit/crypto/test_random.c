/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/random.h"
#include "crypto/ct.h"
#include "unit/crypto/hex.h"

#include <pthread.h>

#include "crypto/blake2b.h"

static void octets_are_fresh_each_time(void **state)
{
    uint8_t a[64] = { 0 };
    uint8_t b[64] = { 0 };

    (void)state;
    random_bytes(a, sizeof(a));
    random_bytes(b, sizeof(b));
    assert_memory_not_equal(a, b, sizeof(a));
    random_bytes(a, 0);
}

static void more_than_one_call_of_the_kernel_fills_all(void **state)
{
    enum { N = 1 << 20 };
    uint8_t *p = must_calloc(1, N);
    unsigned seen = 0;

    (void)state;
    random_bytes(p, N);
    for (size_t at = 0; at < N; at += 4096) {
        seen += ct_is_zero(p + at, 32) ? 0 : 1;
    }
    assert_int_equal(seen, N / 4096);
    free(p);
}

static void ids_are_ids_and_differ(void **state)
{
    struct id a = random_id();
    struct id b = random_id();

    (void)state;
    assert_true(id_is_valid(id_bytes(&a)));
    assert_false(id_equal(a, b));
}

static void numbers_stay_below_their_bound_and_reach_all_of_it(void **state)
{
    unsigned seen[7] = { 0 };

    (void)state;
    for (int i = 0; i < 7000; i++) {
        uint64_t v = random_below(7);

        assert_true(v < 7);
        seen[v]++;
    }
    for (int i = 0; i < 7; i++) {
        assert_in_range(seen[i], 500, 1500);
    }
    assert_int_equal(random_below(1), 0);
    assert_true(random_below(UINT64_MAX) < UINT64_MAX);
}

static void comparing_finds_any_difference(void **state)
{
    uint8_t a[33] = { 0 };
    uint8_t b[33] = { 0 };

    (void)state;
    assert_true(ct_equal(a, b, sizeof(a)));
    assert_true(ct_equal(a, b, 0));
    for (size_t i = 0; i < sizeof(a); i++) {
        b[i] = 0x80;
        assert_false(ct_equal(a, b, sizeof(a)));
        assert_false(ct_is_zero(b, sizeof(b)));
        b[i] = 0;
    }
    assert_true(ct_is_zero(b, sizeof(b)));
}

static void *hash_and_end(void *arg)
{
    blake2b_256(bytes_of("abc"), arg);
    return NULL;
}

/* Each thread has contexts of its own, which go with it (LeakSanitizer looks on). */
static void threads_hash_side_by_side(void **state)
{
    enum { THREADS = 8 };
    pthread_t threads[THREADS];
    uint8_t out[THREADS][32];

    (void)state;
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, hash_and_end, out[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(pthread_join(threads[i], NULL), 0);
        assert_hex(out[i], 4, "bddd813c");
    }
}

int main(void)
{
    static const struct CMUnitTest TESTS[] = {
        cmocka_unit_test(octets_are_fresh_each_time),
        cmocka_unit_test(more_than_one_call_of_the_kernel_fills_all),
        cmocka_unit_test(ids_are_ids_and_differ),
        cmocka_unit_test(numbers_stay_below_their_bound_and_reach_all_of_it),
        cmocka_unit_test(comparing_finds_any_difference),
        cmocka_unit_test(threads_hash_side_by_side),
    };

    return cmocka_run_group_tests(TESTS, NULL, NULL);
}
