/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/log.h"
#include "gen/leapmux/v1/hub.pb-c.h"
#include "gen/leapmux/v1/layout.pb-c.h"
#include "rpc/rpc.h"

enum { RULE_ANY = 1, RULE_NEVER };

/* What the caller of a call saw. */
static int sends;
static int ends;
static struct err ended;
static char last_title[64];
static bool full;

static struct rpc_call *taken; /* by a handler that answers later */
static int cancels;
static int drains;
static const char *const CONTEXT = "context";

static bool on_send(void *t, struct bytes message)
{
    Leapmux__V1__RenameTab *m = leapmux__v1__rename_tab__unpack(NULL, message.n, message.p);

    assert_string_equal(t, "transport");
    assert_non_null(m);
    snprintf(last_title, sizeof(last_title), "%s", m->title);
    leapmux__v1__rename_tab__free_unpacked(m, NULL);
    sends++;
    return !full;
}

static void on_end(void *t, const struct err *e)
{
    assert_string_equal(t, "transport");
    ends++;
    ended = e != NULL ? *e : (struct err){ 0 };
}

static const struct rpc_transport TRANSPORT = { .send = on_send, .end = on_end };

static Leapmux__V1__RenameTab titled(struct rpc_call *call, const char *title)
{
    Leapmux__V1__RenameTab m = LEAPMUX__V1__RENAME_TAB__INIT;

    m.title = arena_printf(rpc_arena(call), "%s", title);
    return m;
}

static struct rpc_done *echo(struct rpc_call *call, const void *request)
{
    const Leapmux__V1__RenameTab *in = request;
    Leapmux__V1__RenameTab out = titled(call, in->title);

    assert_ptr_equal(rpc_context(call), CONTEXT);
    assert_string_equal(rpc_user(call).s, "someone");
    assert_string_equal(rpc_peer(call), "peer");
    assert_true(rpc_now_ms(call) == 1234567);
    return rpc_ok(call, &out);
}

static struct rpc_done *refuse(struct rpc_call *call, const void *request)
{
    struct err e;

    (void)request;
    err_set(&e, ERR_NOT_FOUND, "NOT_FOUND", "no such thing");
    return rpc_fail(call, &e);
}

static struct rpc_done *break_down(struct rpc_call *call, const void *request)
{
    struct err e;

    (void)request;
    err_set(&e, ERR_INTERNAL, "INTERNAL", "secret path /root/hub.db");
    return rpc_fail(call, &e);
}

static void count_cancel(void *arg)
{
    assert_string_equal(arg, "arg");
    cancels++;
    taken = NULL;
}

static char ARG[] = "arg";

static struct rpc_done *later(struct rpc_call *call, const void *request)
{
    (void)request;
    taken = call;
    return rpc_later(call, count_cancel, ARG);
}

/* Somebody answers before the handler says that the answer comes later. */
static struct rpc_done *sooner(struct rpc_call *call, const void *request)
{
    (void)echo(call, request);
    return rpc_later(call, count_cancel, ARG);
}

static void count_drain(void *arg)
{
    assert_string_equal(arg, "arg");
    drains++;
}

static const struct rpc_stream_handlers STREAM = { count_drain, count_cancel };

static struct rpc_done *stream(struct rpc_call *call, const void *request)
{
    struct rpc_done *result = rpc_stream(call, &STREAM, ARG);
    Leapmux__V1__RenameTab out = titled(call, "first");

    (void)request;
    taken = call;
    (void)rpc_send(call, &out);
    return result;
}

static struct rpc_done *stream_and_end(struct rpc_call *call, const void *request)
{
    struct rpc_done *result = rpc_stream(call, &STREAM, ARG);

    (void)request;
    rpc_end(call, NULL);
    return result;
}

static bool may(struct rpc_call *call, const struct rpc_method *method, const void *request,
                struct err *e)
{
    (void)call;
    assert_non_null(request);
    return method->rule == RULE_ANY || err_set(e, ERR_PERMISSION_DENIED, "ROLE", "you may not");
}

#define METHOD(name_, rule_, flags_, fn)                                                           \
    {                                                                                              \
        name_, rule_, flags_, &leapmux__v1__rename_tab__descriptor,                                \
            &leapmux__v1__rename_tab__descriptor, fn                                               \
    }

static const struct rpc_method METHODS[] = {
    METHOD("Echo", RULE_ANY, RPC_SAFE, echo),
    METHOD("Refuse", RULE_ANY, 0, refuse),
    METHOD("BreakDown", RULE_ANY, 0, break_down),
    METHOD("Later", RULE_ANY, 0, later),
    METHOD("Sooner", RULE_ANY, 0, sooner),
    METHOD("Never", RULE_NEVER, 0, echo),
    METHOD("Stream", RULE_ANY, RPC_STREAM, stream),
    METHOD("StreamAndEnd", RULE_ANY, RPC_STREAM, stream_and_end),
};

static struct rpc_service service = { METHODS, ARRAY_LEN(METHODS), NULL, may };

static int begin(void **state)
{
    (void)state;
    sends = ends = cancels = drains = 0;
    full = false;
    taken = NULL;
    ended = (struct err){ 0 };
    service.context = (void *)(uintptr_t)CONTEXT;
    clock_pretend(1234567, 1);
    return 0;
}

static int finish(void **state)
{
    (void)state;
    clock_pretend(-1, 0);
    return 0;
}

static struct rpc_call *call_with(const char *method, struct bytes request)
{
    static char peer[] = "peer";
    static char transport[] = "transport";
    struct rpc_caller caller = { .user = { "someone" }, .peer = peer, .request_id = { "req7" } };

    return rpc_dispatch(&service, 1, method, request, &caller, &TRANSPORT, transport);
}

static struct rpc_call *call(const char *method)
{
    return call_with(method, bytes_of("\x12\x02hi"));
}

static void a_call_is_answered_once(void **state)
{
    (void)state;
    assert_null(call("Echo"));
    assert_int_equal(sends, 1);
    assert_int_equal(ends, 1);
    assert_int_equal(ended.code, ERR_OK);
    assert_string_equal(last_title, "hi");
    assert_null(call("Refuse"));
    assert_int_equal(ends, 2);
    assert_string_equal(ended.reason, "NOT_FOUND");
    assert_string_equal(ended.msg, "no such thing");
    assert_null(call("Sooner"));
    assert_int_equal(ends, 3);
    assert_int_equal(cancels, 0);
}

static void calls_that_cannot_begin_are_refused(void **state)
{
    (void)state;
    assert_null(call("Unknown"));
    assert_int_equal(ended.code, ERR_UNIMPLEMENTED);
    assert_string_equal(ended.reason, "UNKNOWN_METHOD");
    assert_null(call("Never"));
    assert_string_equal(ended.reason, "ROLE");
    assert_null(call_with("Echo", bytes_of("\x12\x01\xff")));
    assert_string_equal(ended.reason, "BAD_UTF8");
    assert_string_equal(ended.field, "title");
    assert_int_equal(ends, 3);
    assert_int_equal(sends, 0);
}

static void our_own_faults_are_told_by_number_only(void **state)
{
    int pipe_ends[2];
    char line[1024] = "";

    (void)state;
    assert_int_equal(pipe(pipe_ends), 0);
    log_to_fd(pipe_ends[1]);
    assert_null(call("BreakDown"));
    log_to_fd(STDERR_FILENO);
    assert_int_equal(ended.code, ERR_INTERNAL);
    assert_string_equal(ended.reason, "INTERNAL");
    assert_string_equal(ended.msg, "something went wrong here (request req7)");
    assert_true(read(pipe_ends[0], line, sizeof(line) - 1) > 0);
    assert_non_null(strstr(line, "/root/hub.db"));
    assert_non_null(strstr(line, "req7"));
    close(pipe_ends[0]);
    close(pipe_ends[1]);
}

static void an_answer_may_come_later(void **state)
{
    Leapmux__V1__RenameTab out = LEAPMUX__V1__RENAME_TAB__INIT;
    struct rpc_call *c = call("Later");

    (void)state;
    assert_non_null(c);
    assert_ptr_equal(c, taken);
    assert_int_equal(ends, 0);
    (void)rpc_ok(taken, &out);
    assert_int_equal(ends, 1);
    assert_int_equal(cancels, 0);
}

static void a_cancelled_call_is_told_and_not_answered(void **state)
{
    (void)state;
    rpc_cancel(call("Later"));
    assert_int_equal(cancels, 1);
    rpc_cancel(call("Stream"));
    assert_int_equal(cancels, 2);
    assert_int_equal(ends, 0);
}

static void a_stream_sends_until_it_ends(void **state)
{
    Leapmux__V1__RenameTab out = LEAPMUX__V1__RENAME_TAB__INIT;
    struct rpc_call *c = call("Stream");
    struct err e;

    (void)state;
    assert_int_equal(sends, 1);
    assert_true(rpc_send(c, &out));
    full = true;
    assert_false(rpc_send(c, &out));
    rpc_drained(c);
    assert_int_equal(drains, 1);
    err_set(&e, ERR_PERMISSION_DENIED, "ACCESS_REVOKED", "no longer");
    rpc_end(c, &e);
    assert_int_equal(sends, 3);
    assert_int_equal(ends, 1);
    assert_string_equal(ended.reason, "ACCESS_REVOKED");
    assert_null(call("StreamAndEnd"));
    assert_int_equal(ended.code, ERR_OK);
}

/* Runs in a process of its own, since a bad table ends it. */
static void assert_table_is_refused(const struct rpc_service *bad)
{
    int status;
    pid_t child = fork();

    if (child == 0) {
        signal(SIGABRT, SIG_DFL);
        rpc_service_check(bad);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) || WEXITSTATUS(status) != 0);
}

static void a_table_with_a_hole_is_refused_at_start(void **state)
{
    static const struct rpc_method no_rule[] = { METHOD("A", 0, 0, echo) };
    static const struct rpc_method twice[] = { METHOD("A", RULE_ANY, 0, echo),
                                               METHOD("A", RULE_ANY, 0, refuse) };
    static const struct rpc_method no_handler[] = { METHOD("A", RULE_ANY, 0, NULL) };
    struct rpc_service bad[] = {
        { no_rule, 1, NULL, may },
        { twice, 2, NULL, may },
        { no_handler, 1, NULL, may },
        { METHODS, 1, NULL, NULL },
    };

    (void)state;
    rpc_service_check(&service);
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        assert_table_is_refused(&bad[i]);
    }
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, begin, finish)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        CASE(a_call_is_answered_once),
        CASE(calls_that_cannot_begin_are_refused),
        CASE(our_own_faults_are_told_by_number_only),
        CASE(an_answer_may_come_later),
        CASE(a_cancelled_call_is_told_and_not_answered),
        CASE(a_stream_sends_until_it_ends),
        CASE(a_table_with_a_hole_is_refused_at_start),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
