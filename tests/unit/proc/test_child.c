/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "proc/child.h"

enum { TEST_LIMIT_MS = 30000 };

/* A loop, one child, and all that it said. */
struct story {
    struct loop *loop;
    struct children *all;
    struct child *child;
    struct buf out;
    struct buf err;
    struct timer limit;
    bool exited;
    int code;
    int signal;
    size_t output_after_exit;
    int drained;
    const char *wait_for; /* stop the loop when out holds this */
    bool free_on_output;
    char mark[32]; /* of this run only: another may go on beside it */
};

static bool out_has(const struct story *s, const char *text)
{
    return memmem(s->out.p, s->out.n, text, strlen(text)) != NULL;
}

static void on_output(void *arg, struct bytes data)
{
    struct story *s = arg;
    struct err e;

    s->output_after_exit += s->exited ? data.n : 0;
    assert_true(buf_put(&s->out, data, &e));
    if (s->free_on_output) {
        child_free(s->child);
        s->child = NULL;
        loop_stop(s->loop);
    }
    if (s->wait_for != NULL && out_has(s, s->wait_for)) {
        loop_stop(s->loop);
    }
}

static void on_error_output(void *arg, struct bytes data)
{
    struct story *s = arg;
    struct err e;

    assert_true(buf_put(&s->err, data, &e));
}

static void on_drained(void *arg)
{
    struct story *s = arg;

    s->drained++;
}

static void on_exited(void *arg, int code, int signal)
{
    struct story *s = arg;

    assert_false(s->exited);
    s->exited = true;
    s->code = code;
    s->signal = signal;
    loop_stop(s->loop);
}

static void on_limit(void *arg)
{
    struct story *s = arg;

    loop_stop(s->loop);
}

static int begin(void **state)
{
    struct story *s = NEW(struct story);

    (void)snprintf(s->mark, sizeof(s->mark), "TEST_MARK=%d", (int)getpid());
    s->loop = loop_new();
    s->all = children_new(s->loop);
    buf_init(&s->out, 64 * 1024 * 1024);
    buf_init(&s->err, 1024 * 1024);
    timer_init(&s->limit, s->loop, on_limit, s);
    timer_start(&s->limit, TEST_LIMIT_MS);
    *state = s;
    return 0;
}

static int end(void **state)
{
    struct story *s = *state;

    timer_stop(&s->limit);
    child_free(s->child);
    loop_stop(s->loop);
    loop_run(s->loop);
    children_free(s->all);
    loop_free(s->loop);
    buf_done(&s->out);
    buf_done(&s->err);
    free(s);
    return 0;
}

static void start_with(struct story *s, const char *script, struct child_options options)
{
    const char *const argv[] = { "/bin/sh", "-c", script, NULL };
    const char *const env[] = { "PATH=/usr/bin:/bin", s->mark, NULL };
    struct child_events events = {
        .output = on_output,
        .error_output = on_error_output,
        .drained = on_drained,
        .exited = on_exited,
        .arg = s,
    };
    struct err e;

    options.spawn = (struct spawn_options){ .argv = argv, .envp = env, .cwd = "/tmp" };
    if (options.input_limit == 0) {
        options.input_limit = 16 * 1024 * 1024;
    }
    s->child = child_start(s->all, &options, &events, &e);
    assert_non_null(s->child);
}

static void start(struct story *s, const char *script)
{
    start_with(s, script, (struct child_options){ .mark = s->mark });
}

static void wait_for_exit(struct story *s)
{
    loop_run(s->loop);
    assert_true(s->exited);
}

/* The first line of output, a number. */
static pid_t number_said(struct story *s)
{
    CLEANUP(free_p) char *text = NULL;

    s->wait_for = "\n";
    loop_run(s->loop);
    s->wait_for = NULL;
    assert_true(out_has(s, "\n"));
    text = bytes_dup(buf_view(&s->out));
    return (pid_t)strtol(text, NULL, 10);
}

/* Killed processes leave the table a moment after the signal. */
static bool is_gone(pid_t pid)
{
    for (int i = 0; i < 2000; i++) {
        char path[64];
        char state = 'X';
        FILE *f;

        (void)snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
        f = fopen(path, "r");
        if (f == NULL) {
            return true;
        }
        if (fscanf(f, "%*d (%*[^)]) %c", &state) != 1) {
            state = 'X';
        }
        (void)fclose(f);
        if (state == 'Z' || state == 'X') {
            return true;
        }
        (void)usleep(1000);
    }
    return false;
}

static void all_output_comes_before_the_exit(void **state)
{
    struct story *s = *state;

    start(s, "seq 1 100000; echo oops >&2; exit 3");
    wait_for_exit(s);
    assert_int_equal(s->code, 3);
    assert_int_equal(s->signal, 0);
    assert_int_equal(s->output_after_exit, 0);
    assert_true(out_has(s, "\n99999\n100000\n"));
    assert_true(bytes_are(buf_view(&s->err), "oops\n"));
}

static void a_large_input_reaches_the_child_whole(void **state)
{
    struct story *s = *state;
    size_t n = 6 * 1024 * 1024;
    CLEANUP(free_p) uint8_t *data = must_alloc(n);
    struct err e;

    memset(data, 'x', n);
    start(s, "cat");
    assert_true(child_write(s->child, (struct bytes){ .p = data, .n = n }, &e));
    assert_true(child_write(s->child, bytes_of("end"), &e));
    child_close_input(s->child);
    wait_for_exit(s);
    assert_int_equal(s->code, 0);
    assert_int_equal(s->out.n, n + 3);
    assert_true(out_has(s, "xend"));
    assert_int_equal(s->drained, 1);
}

static void input_beyond_the_limit_is_refused_whole(void **state)
{
    struct story *s = *state;
    uint8_t data[1000] = { 0 };
    struct err e;

    start_with(s, "cat >/dev/null", (struct child_options){ .input_limit = 1500 });
    assert_true(child_write(s->child, (struct bytes){ .p = data, .n = sizeof(data) }, &e));
    assert_false(child_write(s->child, (struct bytes){ .p = data, .n = sizeof(data) }, &e));
    assert_string_equal(e.reason, "LIMIT");
    assert_int_equal(child_waiting(s->child), 1000);
    child_close_input(s->child);
    assert_false(child_write(s->child, (struct bytes){ .p = data, .n = 1 }, &e));
    assert_string_equal(e.reason, "EXITED");
    wait_for_exit(s);
}

static void a_child_that_does_not_read_ends_without_harm(void **state)
{
    struct story *s = *state;
    size_t n = 1024 * 1024;
    CLEANUP(free_p) uint8_t *data = must_calloc(1, n);
    struct err e;

    start(s, "exec <&-; exit 0");
    assert_true(child_write(s->child, (struct bytes){ .p = data, .n = n }, &e));
    wait_for_exit(s);
    assert_int_equal(s->code, 0);
}

static void resume_later(void *arg)
{
    struct story *s = arg;

    assert_false(s->exited);
    assert_int_equal(s->out.n, 0);
    child_resume(s->child);
}

static void a_paused_child_says_nothing_and_loses_nothing(void **state)
{
    struct story *s = *state;
    struct timer later;

    start(s, "echo hello");
    child_pause(s->child);
    timer_init(&later, s->loop, resume_later, s);
    timer_start(&later, 800); /* longer than an ended child's pipes are waited for */
    wait_for_exit(s);
    assert_true(bytes_are(buf_view(&s->out), "hello\n"));
}

static void a_signal_is_told_as_such(void **state)
{
    struct story *s = *state;

    start(s, "echo $$; exec sleep 60");
    (void)number_said(s);
    child_signal(s->child, SIGINT);
    wait_for_exit(s);
    assert_int_equal(s->code, -1);
    assert_int_equal(s->signal, SIGINT);
}

static void a_polite_child_ends_with_its_input(void **state)
{
    struct story *s = *state;

    start(s, "cat; exit 7");
    child_stop(s->child);
    wait_for_exit(s);
    assert_int_equal(s->code, 7);
}

static void a_child_that_only_knows_sigterm_gets_it_after_three_seconds(void **state)
{
    struct story *s = *state;
    uint64_t began = clock_mono_ms();

    start(s, "trap 'exit 9' TERM; echo $$; while :; do sleep 0.05; done");
    (void)number_said(s);
    child_stop(s->child);
    child_stop(s->child);
    wait_for_exit(s);
    assert_int_equal(s->code, 9);
    assert_true(clock_mono_ms() - began >= CHILD_POLITE_MS);
    assert_true(clock_mono_ms() - began < CHILD_POLITE_MS + CHILD_TERM_MS);
}

static void a_child_that_ignores_sigterm_is_killed_five_seconds_later(void **state)
{
    struct story *s = *state;
    uint64_t began = clock_mono_ms();

    start(s, "trap '' TERM; echo $$; while :; do sleep 0.05; done");
    (void)number_said(s);
    child_stop(s->child);
    wait_for_exit(s);
    assert_int_equal(s->signal, SIGKILL);
    assert_true(clock_mono_ms() - began >= CHILD_POLITE_MS + CHILD_TERM_MS);
}

static void a_killed_child_takes_along_what_moved_into_another_session(void **state)
{
    struct story *s = *state;
    pid_t escaped;

    start(s, "setsid sleep 300 & echo $!; sleep 300");
    escaped = number_said(s);
    child_kill(s->child);
    wait_for_exit(s);
    assert_int_equal(s->signal, SIGKILL);
    assert_true(is_gone(escaped));
}

static void an_ended_child_takes_along_orphans_that_carry_its_mark(void **state)
{
    struct story *s = *state;
    pid_t orphan;

    /* setsid -f: its parent is gone before the shell ends, so no way in the tree leads to it */
    start(s, "setsid -f sh -c 'echo $$; exec >/dev/null 2>&1; exec sleep 300'; sleep 0.3");
    orphan = number_said(s);
    wait_for_exit(s);
    assert_int_equal(s->code, 0);
    assert_true(is_gone(orphan));
}

static void descendants_stay_where_that_is_wanted(void **state)
{
    struct story *s = *state;
    pid_t daemon_pid;

    start_with(s, "setsid -f sh -c 'echo $$; exec sleep 300'; sleep 0.2",
               (struct child_options){ .keep_descendants = true });
    daemon_pid = number_said(s);
    wait_for_exit(s); /* although the daemon still holds the pipe */
    assert_int_equal(kill(daemon_pid, 0), 0);
    assert_int_equal(kill(daemon_pid, SIGKILL), 0);
    assert_true(is_gone(daemon_pid));
}

static void a_child_may_be_freed_in_its_own_callback(void **state)
{
    struct story *s = *state;
    pid_t pid;

    s->free_on_output = true;
    start(s, "echo hello; sleep 300");
    pid = child_pid(s->child);
    loop_run(s->loop);
    assert_null(s->child);
    assert_false(s->exited);
    assert_true(is_gone(pid));
}

static void a_missing_program_starts_nothing(void **state)
{
    struct story *s = *state;
    const char *const argv[] = { "no-such-program", NULL };
    const char *const env[] = { NULL };
    struct child_options options = { .spawn = { .argv = argv, .envp = env } };
    struct child_events events = { .arg = s };
    struct err e;

    assert_null(child_start(s->all, &options, &events, &e));
    assert_string_equal(e.reason, "NOT_FOUND");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(all_output_comes_before_the_exit, begin, end),
        cmocka_unit_test_setup_teardown(a_large_input_reaches_the_child_whole, begin, end),
        cmocka_unit_test_setup_teardown(input_beyond_the_limit_is_refused_whole, begin, end),
        cmocka_unit_test_setup_teardown(a_child_that_does_not_read_ends_without_harm, begin, end),
        cmocka_unit_test_setup_teardown(a_paused_child_says_nothing_and_loses_nothing, begin, end),
        cmocka_unit_test_setup_teardown(a_signal_is_told_as_such, begin, end),
        cmocka_unit_test_setup_teardown(a_polite_child_ends_with_its_input, begin, end),
        cmocka_unit_test_setup_teardown(a_child_that_only_knows_sigterm_gets_it_after_three_seconds,
                                        begin, end),
        cmocka_unit_test_setup_teardown(a_child_that_ignores_sigterm_is_killed_five_seconds_later,
                                        begin, end),
        cmocka_unit_test_setup_teardown(a_killed_child_takes_along_what_moved_into_another_session,
                                        begin, end),
        cmocka_unit_test_setup_teardown(an_ended_child_takes_along_orphans_that_carry_its_mark,
                                        begin, end),
        cmocka_unit_test_setup_teardown(descendants_stay_where_that_is_wanted, begin, end),
        cmocka_unit_test_setup_teardown(a_child_may_be_freed_in_its_own_callback, begin, end),
        cmocka_unit_test_setup_teardown(a_missing_program_starts_nothing, begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
