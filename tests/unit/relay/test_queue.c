/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "relay/queue.h"

static uint8_t octets[RELAY_RECORD_MAX];

static struct bytes record(uint8_t mark, size_t n)
{
    memset(octets, mark, n);
    return (struct bytes){ octets, n };
}

/* What leaves next: the record's first octet, or 100 + reason of an end, or -1. */
static int next(struct outlet *o)
{
    struct outlet_item item;
    int mark;

    if (!outlet_next(o, &item)) {
        return -1;
    }
    mark = item.record.p != NULL ? item.record.p[0] : 100 + (int)item.end_reason;
    outlet_item_done(&item);
    return mark;
}

static void lanes_take_turns(void **state)
{
    size_t total = 0;
    struct outlet o;
    struct lane a;
    struct lane b;

    (void)state;
    outlet_init(&o, &total);
    lane_init(&a);
    lane_init(&b);
    assert_true(lane_put(&o, &a, record(1, 100)));
    assert_true(lane_put(&o, &a, record(2, 100)));
    assert_true(lane_put(&o, &a, record(3, 100)));
    assert_true(lane_put(&o, &b, record(11, 100)));
    assert_true(lane_put(&o, &b, record(12, 100)));
    assert_int_equal(total, 500);
    assert_int_equal(next(&o), 1);
    assert_int_equal(next(&o), 11);
    assert_int_equal(next(&o), 2);
    assert_int_equal(next(&o), 12);
    assert_int_equal(next(&o), 3);
    assert_int_equal(next(&o), -1);
    assert_int_equal(total, 0);
    assert_true(outlet_is_empty(&o));
}

static void an_end_waits_for_its_own_records_only(void **state)
{
    size_t total = 0;
    struct outlet o;
    struct lane a;
    struct lane b;

    (void)state;
    outlet_init(&o, &total);
    lane_init(&a);
    lane_init(&b);
    assert_true(lane_put(&o, &a, record(1, 30)));
    assert_true(lane_put(&o, &a, record(2, 30)));
    lane_end(&o, &b, 7);
    lane_end(&o, &a, 3);
    lane_end(&o, &a, 4); /* the first one counts */
    assert_int_equal(next(&o), 1);
    assert_int_equal(next(&o), 107);
    assert_int_equal(next(&o), 2);
    assert_int_equal(next(&o), 103);
    assert_int_equal(next(&o), -1);
}

static void a_lane_holds_so_much_and_no_more(void **state)
{
    size_t total = 0;
    size_t taken = 0;
    struct outlet o;
    struct lane a;
    struct lane b;

    (void)state;
    outlet_init(&o, &total);
    lane_init(&a);
    lane_init(&b);
    while (lane_put(&o, &a, record(1, RELAY_RECORD_MAX))) {
        taken += RELAY_RECORD_MAX;
    }
    assert_true(taken <= RELAY_QUEUE_MAX && taken > RELAY_QUEUE_MAX - RELAY_RECORD_MAX);
    assert_int_equal(a.octets, taken);
    assert_true(lane_put(&o, &a, record(1, RELAY_QUEUE_MAX - taken)));
    assert_false(lane_put(&o, &a, record(1, 1)));
    assert_true(lane_put(&o, &b, record(2, 50))); /* its neighbour has room of its own */
    lane_drop(&o, &a);
    assert_int_equal(total, 50);
    assert_int_equal(next(&o), 2);
    assert_int_equal(next(&o), -1);
    lane_drop(&o, &b);
}

static void a_dropped_lane_says_nothing_more(void **state)
{
    size_t total = 0;
    struct outlet o;
    struct lane a;

    (void)state;
    outlet_init(&o, &total);
    lane_init(&a);
    assert_true(lane_put(&o, &a, record(1, 30)));
    lane_end(&o, &a, 1);
    lane_drop(&o, &a);
    lane_drop(&o, &a);
    assert_int_equal(next(&o), -1);
    assert_int_equal(total, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lanes_take_turns),
        cmocka_unit_test(an_end_waits_for_its_own_records_only),
        cmocka_unit_test(a_lane_holds_so_much_and_no_more),
        cmocka_unit_test(a_dropped_lane_says_nothing_more),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
