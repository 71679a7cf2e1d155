/* SPDX-License-Identifier: Apache-2.0 */
/* The map of channels, and limits of rate. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "relay/bucket.h"
#include "relay/refmap.h"

enum { KEYS = 300 };

/* Compared with a plain array, through 20,000 random acts on few keys, so that chains form. */
static void a_map_agrees_with_an_array(void **state)
{
    static int objects[KEYS];
    void *plain[KEYS] = { 0 };
    struct refmap m = { 0 };
    uint32_t chance = 1;
    size_t n = 0;

    (void)state;
    assert_null(refmap_get(&m, 5));
    refmap_remove(&m, 5);
    for (int i = 0; i < 20000; i++) {
        uint32_t key;

        chance = chance * 1664525u + 1013904223u;
        key = (chance >> 8) % KEYS;
        assert_ptr_equal(refmap_get(&m, key * 8), plain[key]);
        if (plain[key] == NULL) {
            plain[key] = &objects[key];
            refmap_put(&m, key * 8, plain[key]);
            n++;
        } else {
            plain[key] = NULL;
            refmap_remove(&m, key * 8);
            n--;
        }
        assert_int_equal(m.n, n);
    }
    for (uint32_t key = 0; key < KEYS; key++) {
        assert_ptr_equal(refmap_get(&m, key * 8), plain[key]);
        refmap_remove(&m, key * 8);
    }
    assert_null(refmap_any(&m));
    refmap_done(&m);
}

static void a_burst_passes_then_so_many_a_second(void **state)
{
    static const struct bucket_rate RATE = { .per_second = 50, .burst = 200 };
    struct bucket b = { 0 };
    int64_t wait_ms = 0;
    uint64_t now = 1000000;
    int passed = 0;

    (void)state;
    while (bucket_take(&b, RATE, 1, now, &wait_ms)) {
        passed++;
    }
    assert_int_equal(passed, 200);
    assert_in_range(wait_ms, 1, 21);
    assert_false(bucket_take(&b, RATE, 1, now + (uint64_t)wait_ms - 2, NULL));
    assert_true(bucket_take(&b, RATE, 1, now + (uint64_t)wait_ms, NULL));

    passed = 0;
    for (int i = 1; i <= 1000; i++) {
        passed += bucket_take(&b, RATE, 1, now + (uint64_t)i, NULL);
    }
    assert_in_range(passed, 49, 50);
}

static void what_is_more_than_a_burst_never_passes(void **state)
{
    static const struct bucket_rate RATE = { .per_second = 60, .burst = 240 };
    struct bucket b = { 0 };

    (void)state;
    assert_false(bucket_take(&b, RATE, 241, 5000, NULL));
    assert_true(bucket_take(&b, RATE, 240, 5000, NULL));
    assert_true(bucket_take(&b, RATE, 240, 5000 + 4000, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_map_agrees_with_an_array),
        cmocka_unit_test(a_burst_passes_then_so_many_a_second),
        cmocka_unit_test(what_is_more_than_a_burst_never_passes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
