/* SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "loop/loop.h"

/* A text as the argument of a callback, which only reads it. */
#define NOTE(text) ((void *)(uintptr_t)(text))

static struct loop *loop;
static char order[64];

static int begin(void **state)
{
    (void)state;
    order[0] = '\0';
    loop = loop_new();
    return 0;
}

static int finish(void **state)
{
    (void)state;
    loop_free(loop);
    return 0;
}

static void note(void *arg)
{
    size_t n = strlen(order);

    snprintf(order + n, sizeof(order) - n, "%s", (const char *)arg);
}

static void note_and_stop(void *arg)
{
    note(arg);
    loop_stop(loop);
}

static void timers_run_in_the_order_of_their_times(void **state)
{
    struct timer t[4];
    static const char *const names[] = { "a", "b", "c", "d" };
    static const uint64_t delays[] = { 30, 10, 40, 20 };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(t); i++) {
        timer_init(&t[i], loop, i == 2 ? note_and_stop : note, NOTE(names[i]));
        timer_start(&t[i], delays[i]);
    }
    loop_run(loop);
    assert_string_equal(order, "bdac");
    assert_false(timer_is_on(&t[0]));
}

static void a_stopped_timer_does_not_run_and_a_restarted_one_runs_once(void **state)
{
    struct timer stopped;
    struct timer restarted;
    struct timer last;

    (void)state;
    timer_init(&stopped, loop, note, NOTE("x"));
    timer_init(&restarted, loop, note, NOTE("r"));
    timer_init(&last, loop, note_and_stop, NOTE("l"));
    timer_start(&stopped, 1);
    timer_start(&restarted, 1);
    timer_start(&restarted, 10);
    timer_start(&last, 20);
    timer_stop(&stopped);
    timer_stop(&stopped);
    loop_run(loop);
    assert_string_equal(order, "rl");
}

/* Start and stop many at random: what runs comes in order of time, and nothing that was stopped. */
static void many_timers_keep_their_order(void **state)
{
    enum { COUNT = 500 };
    static struct timer t[COUNT];
    struct timer last;
    unsigned seed = 7;

    (void)state;
    for (size_t round = 0; round < 5; round++) {
        for (size_t i = 0; i < COUNT; i++) {
            if (round == 0) {
                timer_init(&t[i], loop, note, NOTE(""));
            }
            timer_start(&t[i], (uint64_t)rand_r(&seed) % 20);
        }
        for (size_t i = 0; i < COUNT; i += 3) {
            timer_stop(&t[(size_t)rand_r(&seed) % COUNT]);
        }
    }
    timer_init(&last, loop, note_and_stop, NOTE("end"));
    timer_start(&last, 25);
    loop_run(loop);
    for (size_t i = 0; i < COUNT; i++) {
        assert_false(timer_is_on(&t[i]));
    }
    assert_string_equal(order, "end");
}

static void stop_other(void *arg)
{
    timer_stop(arg);
    note(NOTE("s"));
}

static void a_timer_can_stop_another_that_is_due_at_once(void **state)
{
    struct timer victim;
    struct timer killer;
    struct timer last;

    (void)state;
    timer_init(&victim, loop, note, NOTE("v"));
    timer_init(&killer, loop, stop_other, &victim);
    timer_init(&last, loop, note_and_stop, NOTE("l"));
    timer_start(&killer, 5);
    timer_start(&victim, 6);
    timer_start(&last, 20);
    usleep(10 * 1000); /* both are due in the same turn */
    loop_run(loop);
    assert_string_equal(order, "sl");
}

static void defer_again(void *arg)
{
    note(NOTE("1"));
    loop_defer(loop, note_and_stop, NOTE("3"));
    (void)arg;
}

static void deferred_calls_keep_their_order_and_what_they_defer_comes_later(void **state)
{
    (void)state;
    loop_defer(loop, defer_again, NULL);
    loop_defer(loop, note, NOTE("2"));
    loop_run(loop);
    assert_string_equal(order, "123");
}

static void *post_from_a_thread(void *arg)
{
    for (int i = 0; i < 1000; i++) {
        loop_post(arg, note, NOTE(""));
    }
    loop_post(arg, note, NOTE("p"));
    loop_post(arg, note_and_stop, NOTE("q"));
    return NULL;
}

static void other_threads_post_in_order(void **state)
{
    pthread_t thread;

    (void)state;
    assert_int_equal(pthread_create(&thread, NULL, post_from_a_thread, loop), 0);
    loop_run(loop);
    pthread_join(thread, NULL);
    assert_string_equal(order, "pq");
}

struct slow {
    pthread_t where;
    int result;
};

static void work(void *arg)
{
    struct slow *s = arg;

    s->where = pthread_self();
    s->result = 42;
}

static void slow_done(void *arg)
{
    struct slow *s = arg;

    assert_int_equal(s->result, 42);
    assert_false(pthread_equal(s->where, pthread_self()));
    note_and_stop(NOTE("done"));
}

static void slow_work_runs_elsewhere_and_completes_here(void **state)
{
    struct slow s = { 0 };

    (void)state;
    loop_slow(loop, work, slow_done, &s);
    loop_run(loop);
    assert_string_equal(order, "done");
}

struct watched {
    struct watch *watch;
    int fd;
};

static void on_ready(void *arg, int events)
{
    struct watched *w = arg;
    char c;

    if ((events & WATCH_WRITE) != 0) {
        note(NOTE("w"));
        watch_set(w->watch, WATCH_READ);
        assert_int_equal(write(w->fd, "x", 1), 1);
    }
    if ((events & WATCH_READ) != 0) {
        ssize_t n = read(w->fd, &c, 1);

        note(NOTE(n == 1 ? "r" : "e"));
        if (n <= 0) {
            watch_free(w->watch);
            loop_stop(loop);
        }
    }
}

static void *echo_and_close(void *arg)
{
    int fd = *(int *)arg;
    char c;

    if (read(fd, &c, 1) == 1 && write(fd, &c, 1) == 1) {
        close(fd);
    }
    return NULL;
}

static void a_watch_tells_readiness_and_the_end(void **state)
{
    int ends[2];
    struct watched w;
    pthread_t thread;

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    w.fd = ends[0];
    w.watch = watch_new(loop, w.fd, on_ready, &w);
    watch_set(w.watch, WATCH_WRITE);
    assert_int_equal(pthread_create(&thread, NULL, echo_and_close, &ends[1]), 0);
    loop_run(loop);
    pthread_join(thread, NULL);
    assert_string_equal(order, "wre");
    close(ends[0]);
}

static void raise_later(void *arg)
{
    (void)arg;
    raise(SIGUSR1);
}

static void signals_arrive_on_the_loop(void **state)
{
    struct timer t;

    (void)state;
    loop_on_signal(loop, SIGUSR1, note_and_stop, NOTE("usr1"));
    timer_init(&t, loop, raise_later, NULL);
    timer_start(&t, 1);
    loop_run(loop);
    assert_string_equal(order, "usr1");
}

static void what_was_deferred_before_the_end_still_runs(void **state)
{
    (void)state;
    loop_stop(loop);
    loop_defer(loop, note, NOTE("d"));
    loop_post(loop, note, NOTE("p"));
    loop_run(loop);
    assert_non_null(strchr(order, 'd'));
    assert_non_null(strchr(order, 'p'));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(timers_run_in_the_order_of_their_times, begin, finish),
        cmocka_unit_test_setup_teardown(a_stopped_timer_does_not_run_and_a_restarted_one_runs_once,
                                        begin, finish),
        cmocka_unit_test_setup_teardown(many_timers_keep_their_order, begin, finish),
        cmocka_unit_test_setup_teardown(a_timer_can_stop_another_that_is_due_at_once, begin,
                                        finish),
        cmocka_unit_test_setup_teardown(
            deferred_calls_keep_their_order_and_what_they_defer_comes_later, begin, finish),
        cmocka_unit_test_setup_teardown(other_threads_post_in_order, begin, finish),
        cmocka_unit_test_setup_teardown(slow_work_runs_elsewhere_and_completes_here, begin, finish),
        cmocka_unit_test_setup_teardown(a_watch_tells_readiness_and_the_end, begin, finish),
        cmocka_unit_test_setup_teardown(signals_arrive_on_the_loop, begin, finish),
        cmocka_unit_test_setup_teardown(what_was_deferred_before_the_end_still_runs, begin, finish),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
