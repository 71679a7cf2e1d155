/* SPDX-License-Identifier: Apache-2.0 */
/* The provider with a real process below it: tests/lib/fake_claude.mjs plays a recording. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "proc/child.h"
#include "provider_trace.h"
#include "worker/provider/detect.h"

enum { TEST_LIMIT_MS = 60000 };

struct story {
    struct loop *loop;
    struct children *all;
    struct child *child;
    struct provider_session *session;
    struct trace trace;
    struct timer limit;
    unsigned turns;
    unsigned wanted_turns; /* then the session is ended */
    bool interrupt_prompts;
    bool exited;
    int code;
    int signal;
};

static void send_next(struct story *s)
{
    char id[24];

    (void)snprintf(id, sizeof(id), "input%017u", s->turns + 1);
    PROVIDER_CLAUDE.send(s->session, id, "next");
}

static void allow(struct story *s, const struct provider_event *event)
{
    Leapmux__V1__PermissionAnswer answer = LEAPMUX__V1__PERMISSION_ANSWER__INIT;
    struct provider_answer a = { .ref = event->ref, .data = event->data, .permission = &answer };

    answer.choice = LEAPMUX__V1__PERMISSION_CHOICE__PERMISSION_CHOICE_ALLOW_ONCE;
    PROVIDER_CLAUDE.answer(s->session, &a);
}

static void on_event(void *arg, const struct provider_event *event)
{
    struct story *s = arg;

    trace_event(&s->trace, event);
    if (event->kind == PROVIDER_READY) {
        send_next(s);
    } else if (event->kind == PROVIDER_PROMPT && s->interrupt_prompts) {
        PROVIDER_CLAUDE.interrupt(s->session);
    } else if (event->kind == PROVIDER_PROMPT) {
        allow(s, event);
    } else if (event->kind == PROVIDER_TURN_ENDED) {
        if (++s->turns == s->wanted_turns) {
            PROVIDER_CLAUDE.end(s->session);
        } else {
            send_next(s);
        }
    }
}

static void on_write(void *arg, struct bytes input)
{
    struct story *s = arg;
    struct err e;

    /* open() writes before there is a process */
    if (s->child == NULL) {
        trace_write(&s->trace, input);
    } else {
        assert_true(child_write(s->child, input, &e));
    }
}

static void on_close_input(void *arg)
{
    struct story *s = arg;

    child_close_input(s->child);
}

static void on_output(void *arg, struct bytes data)
{
    struct story *s = arg;

    PROVIDER_CLAUDE.feed(s->session, data, 1000);
}

static void on_exited(void *arg, int code, int signal)
{
    struct story *s = arg;

    PROVIDER_CLAUDE.finish(s->session, 1000);
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

    s->loop = loop_new();
    s->all = children_new(s->loop);
    trace_init(&s->trace);
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
    PROVIDER_CLAUDE.free(s->session);
    loop_stop(s->loop);
    loop_run(s->loop);
    children_free(s->all);
    loop_free(s->loop);
    trace_done(&s->trace);
    free(s);
    return 0;
}

static void start(struct story *s, const char *recording)
{
    CLEANUP(arena_done) struct arena a = { 0 };
    const char *const command[] = {
        "node", SOURCE_DIR "/tests/lib/fake_claude.mjs",
        arena_printf(&a, "%s/tests/replay/claude/%s", SOURCE_DIR, recording), NULL
    };
    struct provider_launch launch = {
        .command = command,
        .working_dir = "/tmp",
        .session_ref = "99999999-0000-4000-8000-000000000000",
    };
    struct provider_sink sink = {
        .event = on_event, .write = on_write, .close_input = on_close_input, .arg = s
    };
    struct child_events events = { .output = on_output, .exited = on_exited, .arg = s };
    struct child_options options = { .input_limit = 1024 * 1024 };
    const char *const *env;
    struct err e;

    PROVIDER_CLAUDE.command(&launch, &a, &options.spawn.argv, &env);
    options.spawn.envp = (const char *const *)environ;
    s->session = PROVIDER_CLAUDE.open(&launch, &sink);
    s->child = child_start(s->all, &options, &events, &e);
    assert_non_null(s->child);
    assert_true(child_write(s->child, buf_view(&s->trace.input), &e));
    loop_run(s->loop);
    assert_true(s->exited);
}

static bool was_told(const struct story *s, const char *text)
{
    return memmem(s->trace.text.p, s->trace.text.n, text, strlen(text)) != NULL;
}

static void a_turn_with_a_permission_runs_from_start_to_exit(void **state)
{
    struct story *s = *state;

    s->wanted_turns = 1;
    start(s, "bash-allow/timeline.ndjson");
    assert_int_equal(s->code, 0);
    assert_true(was_told(s, "taken input00000000000000001\n"));
    assert_true(was_told(s, "prompt Bash Run this command?"));
    assert_true(was_told(s, "result ok exit=0"));
    assert_true(was_told(s, "turn ok stop=completed calls=1"));
    assert_int_equal(s->trace.unknown, 0);
}

static void an_interrupted_prompt_ends_its_turn(void **state)
{
    struct story *s = *state;

    s->wanted_turns = 1;
    s->interrupt_prompts = true;
    start(s, "interrupt-prompt/timeline.ndjson");
    assert_true(was_told(s, "withdrawn\ninterrupted\n"));
    assert_true(was_told(s, "stop=interrupted"));
    assert_int_equal(s->code, 1); /* so the CLI ends when its last turn went wrong */
}

static void a_killed_cli_is_told_by_its_signal_after_all_that_it_said(void **state)
{
    struct story *s = *state;

    s->wanted_turns = 100;
    start(s, "kill-resume/timeline.1.ndjson");
    assert_int_equal(s->code, -1);
    assert_int_equal(s->signal, SIGKILL);
    assert_true(was_told(s, "prompt Bash Run this command?"));
    assert_false(was_told(s, "turn ended"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_turn_with_a_permission_runs_from_start_to_exit, begin,
                                        end),
        cmocka_unit_test_setup_teardown(an_interrupted_prompt_ends_its_turn, begin, end),
        cmocka_unit_test_setup_teardown(a_killed_cli_is_told_by_its_signal_after_all_that_it_said,
                                        begin, end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
