/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/net/harness.h"

#include "base/fault.h"
#include "net/msgpipe.h"

static struct world world;
static int ends[2];
static struct msgpipe *a;
static struct msgpipe *b;
static struct buf got; /* what b was sent, each with a bar behind it */
static int got_n;
static int drains;
static int closes;
static size_t last_length;

static void on_message(void *arg, struct bytes message)
{
    struct err e;

    (void)arg;
    got_n++;
    last_length = message.n;
    world_wake(&world);
    if (message.n < 100) {
        assert_true(buf_put(&got, message, &e) && buf_put(&got, bytes_of("|"), &e));
    }
    if (bytes_are(message, "free")) {
        msgpipe_free(TAKE(b, NULL));
    } else if (bytes_are(message, "pause")) {
        msgpipe_pause(b, true);
    }
}

static void on_drain(void *arg)
{
    (void)arg;
    drains++;
    world_wake(&world);
}

static void on_closed(void *arg)
{
    struct msgpipe **p = arg;

    closes++;
    msgpipe_free(TAKE(*p, NULL));
    world_wake(&world);
}

static const struct msgpipe_handlers HANDLERS = { on_message, on_drain, on_closed };

static int begin(void **state)
{
    (void)state;
    got_n = drains = closes = 0;
    buf_init(&got, 1024 * 1024);
    world_open(&world);
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
        return -1;
    }
    b = msgpipe_new(world.loop, ends[1], &HANDLERS, &b);
    a = NULL;
    return 0;
}

static int finish(void **state)
{
    (void)state;
    msgpipe_free(a);
    msgpipe_free(b);
    world_close(&world);
    buf_done(&got);
    return 0;
}

static void open_a(void)
{
    a = msgpipe_new(world.loop, ends[0], &HANDLERS, &a);
}

static bool got_at_least(const void *arg)
{
    return got_n >= *(const int *)arg;
}

static bool has_closed(const void *arg)
{
    (void)arg;
    return closes > 0;
}

static bool has_drained(const void *arg)
{
    (void)arg;
    return drains > 0;
}

static void until_got(int n)
{
    world_until(&world, got_at_least, &n);
}

static void messages_arrive_whole_and_in_order(void **state)
{
    (void)state;
    open_a();
    assert_true(msgpipe_send(a, bytes_of("one")));
    assert_true(msgpipe_send(a, bytes_of("")));
    assert_true(msgpipe_send(a, bytes_of("three")));
    until_got(3);
    assert_true(bytes_are(buf_view(&got), "one||three|"));
    assert_int_equal(msgpipe_queued(a), 0);
}

static void messages_may_come_in_single_octets(void **state)
{
    static const uint8_t octets[] = { 0, 0, 0, 3, 'a', 'b', 'c', 0, 0, 0, 0, 0, 0, 0, 1, 'd' };

    (void)state;
    for (size_t i = 0; i < sizeof(octets); i++) {
        assert_int_equal(write(ends[0], octets + i, 1), 1);
        for (int k = 0; k < 3; k++) {
            world_turn(&world);
        }
    }
    until_got(3);
    assert_true(bytes_are(buf_view(&got), "abc||d|"));
    close(ends[0]);
}

static void the_largest_message_passes_and_a_larger_one_ends_it(void **state)
{
    static uint8_t data[MSGPIPE_MESSAGE_MAX];
    static const uint8_t too_long[] = { 0, 0x10, 0, 1 };

    (void)state;
    open_a();
    assert_false(msgpipe_send(a, (struct bytes){ data, sizeof(data) }));
    until_got(1);
    assert_int_equal(last_length, MSGPIPE_MESSAGE_MAX);
    world_until(&world, has_drained, NULL);
    assert_int_equal(write(ends[0], too_long, sizeof(too_long)), sizeof(too_long));
    world_until(&world, has_closed, NULL);
    assert_null(b);
}

static void a_paused_reader_is_felt_by_the_sender(void **state)
{
    static uint8_t data[10 * 1024];
    int sent = 1;

    (void)state;
    open_a();
    assert_true(msgpipe_send(a, bytes_of("pause")));
    until_got(1);
    do {
        sent++;
        assert_true(sent < 10000);
    } while (msgpipe_send(a, (struct bytes){ data, sizeof(data) }));
    assert_true(msgpipe_queued(a) > MSGPIPE_QUEUE_FULL);
    for (int i = 0; i < 10; i++) {
        world_turn(&world);
    }
    assert_int_equal(got_n, 1);
    assert_int_equal(drains, 0);
    msgpipe_pause(b, false);
    until_got(sent);
    world_until(&world, has_drained, NULL);
}

static void the_end_of_the_other_side_is_told_once(void **state)
{
    (void)state;
    open_a();
    assert_true(msgpipe_send(a, bytes_of("last")));
    until_got(1);
    msgpipe_free(TAKE(a, NULL));
    world_until(&world, has_closed, NULL);
    assert_int_equal(closes, 1);
}

static void a_pipe_may_be_freed_inside_its_handler(void **state)
{
    (void)state;
    open_a();
    assert_true(msgpipe_send(a, bytes_of("free")));
    assert_true(msgpipe_send(a, bytes_of("unheard")));
    world_until(&world, has_closed, NULL); /* told to a, whose other side is gone */
    assert_int_equal(got_n, 1);
    assert_null(a);
}

static bool both_have_closed(const void *arg)
{
    (void)arg;
    return closes == 2;
}

/* Whatever call fails, both ends hear of it exactly once. */
static void every_fault_ends_both_sides(void **state)
{
#ifdef FAULTS
    (void)state;
    open_a();
    for (uint32_t nth = 0; nth < 4; nth++) {
        closes = 0;
        fault_arm(nth);
        for (int i = 0; i < 3 && a != NULL; i++) {
            (void)msgpipe_send(a, bytes_of("message"));
            world_turn(&world);
        }
        world_until(&world, both_have_closed, NULL);
        assert_non_null(fault_disarm());
        assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
        b = msgpipe_new(world.loop, ends[1], &HANDLERS, &b);
        open_a();
    }
#else
    (void)state;
    skip();
#endif
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, begin, finish)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        CASE(messages_arrive_whole_and_in_order),
        CASE(messages_may_come_in_single_octets),
        CASE(the_largest_message_passes_and_a_larger_one_ends_it),
        CASE(a_paused_reader_is_felt_by_the_sender),
        CASE(the_end_of_the_other_side_is_told_once),
        CASE(a_pipe_may_be_freed_inside_its_handler),
        CASE(every_fault_ends_both_sides),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
