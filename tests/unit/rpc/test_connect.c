/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/net/harness.h"

#include "gen/leapmux/v1/common.pb-c.h"
#include "gen/leapmux/v1/layout.pb-c.h"
#include "net/base64.h"
#include "rpc/connect.h"

enum { RULE_ANY = 1, RULE_NEVER, TIMEOUT_MS = 5000 };

static struct world world;
static struct client client;
static struct connect *connect_server;
static struct rpc_call *taken;
static int cancels;
static int calls;
static enum err_code last_code;
static bool signed_in;

static struct rpc_done *echo(struct rpc_call *call, const void *request)
{
    const Leapmux__V1__RenameTab *in = request;
    Leapmux__V1__RenameTab out = LEAPMUX__V1__RENAME_TAB__INIT;

    out.tab_id = in->tab_id;
    out.title = in->title;
    return rpc_ok(call, &out);
}

static struct rpc_done *refuse(struct rpc_call *call, const void *request)
{
    const Leapmux__V1__RenameTab *in = request;
    struct err e;

    err_set(&e, (enum err_code)strtol(in->title, NULL, 10), "RATE_LIMITED", "say \"please\"");
    e.field = "title";
    e.retry_after_ms = 1500;
    return rpc_fail(call, &e);
}

static void on_cancel(void *arg)
{
    (void)arg;
    cancels++;
    taken = NULL;
    world_wake(&world);
}

static struct rpc_done *later(struct rpc_call *call, const void *request)
{
    (void)request;
    taken = call;
    world_wake(&world);
    return rpc_later(call, on_cancel, NULL);
}

static bool may(struct rpc_call *call, const struct rpc_method *method, const void *request,
                struct err *e)
{
    (void)call;
    (void)request;
    return method->rule == RULE_ANY || err_set(e, ERR_PERMISSION_DENIED, "ROLE", "no");
}

static bool identify(void *arg, struct http_request *r, struct rpc_caller *caller, struct err *e)
{
    (void)arg;
    (void)r;
    (void)caller;
    return signed_in || err_set(e, ERR_UNAUTHENTICATED, "NO_IDENTITY", "sign in");
}

static void on_done(void *arg, const struct rpc_method *method, enum err_code code,
                    uint64_t took_us)
{
    (void)arg;
    (void)method;
    (void)took_us;
    calls++;
    last_code = code;
    world_wake(&world);
}

#define METHOD(name_, rule_, flags_, fn)                                                           \
    {                                                                                              \
        "/leapmux.v1.Test/" name_, rule_, flags_, &leapmux__v1__rename_tab__descriptor,            \
            &leapmux__v1__rename_tab__descriptor, fn                                               \
    }

static const struct rpc_method METHODS[] = {
    METHOD("Echo", RULE_ANY, RPC_SAFE, echo), METHOD("Change", RULE_ANY, 0, echo),
    METHOD("Refuse", RULE_ANY, 0, refuse),    METHOD("Later", RULE_ANY, 0, later),
    METHOD("Never", RULE_NEVER, 0, echo),     METHOD("Stream", RULE_ANY, RPC_STREAM, echo),
};

static const struct rpc_service SERVICE = { METHODS, ARRAY_LEN(METHODS), NULL, may };

static void on_request(void *arg, struct http_request *r)
{
    (void)arg;
    connect_respond(connect_server, r, r->path);
}

static const struct http_handler HANDLER = { .on_request = on_request };

static int begin(void **state)
{
    struct connect_options options = { .services = &SERVICE,
                                       .n_services = 1,
                                       .timeout_ms = TIMEOUT_MS,
                                       .identify = identify,
                                       .on_done = on_done };

    (void)state;
    taken = NULL;
    cancels = calls = 0;
    signed_in = true;
    world_open(&world);
    options.loop = world.loop;
    connect_server = connect_new(&options);
    world_serve(&world, &HANDLER, NULL, NULL);
    client_open(&client, &world);
    return 0;
}

static int finish(void **state)
{
    (void)state;
    client_close(&client);
    connect_free(connect_server);
    world_close(&world);
    return 0;
}

static bool is_taken(const void *arg)
{
    (void)arg;
    return taken != NULL;
}

static bool is_cancelled(const void *arg)
{
    (void)arg;
    return cancels > 0;
}

/* A POST of a body with further fields ("Name: value\r\n"...). */
static void expect_post(const char *method, const char *fields, const char *body, int status,
                        const char *within)
{
    CLEANUP(free_p)
    char *request = must_printf(
        "POST /leapmux.v1.Test/%s HTTP/1.1\r\nHost: a\r\n%sContent-Length: %zu\r\n\r\n%s", method,
        fields, strlen(body), body);

    client_expect(&client, request, status, within);
}

#define JSON  "Content-Type: application/json\r\n"
#define PROTO "Content-Type: application/proto\r\n"

static void json_and_proto_are_spoken(void **state)
{
    (void)state;
    expect_post("Echo", JSON, "{\"tabId\":\"t\",\"title\":\"x\"}", 200,
                "\r\n\r\n{\"tabId\":\"t\",\"title\":\"x\"}");
    expect_post("Echo", "Content-Type: application/json; charset=utf-8\r\n", "", 200, "\r\n\r\n{}");
    expect_post("Echo", PROTO, "\x12\x01y", 200, "\r\n\r\n\x12\x01y");
    expect_post("Echo", PROTO, "", 200, "content-type: application/proto\r\n");
    expect_post("Echo", JSON "Connect-Protocol-Version: 1\r\n", "{}", 200,
                "cache-control: no-store\r\n");
    assert_int_equal(calls, 5);
    assert_int_equal(connect_running(connect_server), 0);
}

static void get_is_for_methods_without_side_effects(void **state)
{
#define GET(query) "GET /leapmux.v1.Test/Echo" query " HTTP/1.1\r\nHost: a\r\n\r\n"
    (void)state;
    client_expect(&client, GET("?connect=v1&encoding=json&message=%7B%22title%22%3A%22g%22%7D"),
                  200, "\r\n\r\n{\"title\":\"g\"}");
    client_expect(&client, GET("?encoding=json&base64=1&message=eyJ0aXRsZSI6ImIifQ"), 200,
                  "\r\n\r\n{\"title\":\"b\"}");
    client_expect(&client, GET("?encoding=proto&base64=1&message=EgF5"), 200, "\r\n\r\n\x12\x01y");
    client_expect(&client, GET("?encoding=proto&message="), 200, NULL);
    client_expect(&client, GET("?encoding=json&message=%7B%7D&compression=identity"), 200, NULL);
    client_expect(&client, GET("?encoding=json&message=%7B%7D&compression=gzip"), 501,
                  "unimplemented");
    client_expect(&client, GET("?connect=v2&encoding=json&message=%7B%7D"), 400, "\"connect\"");
    client_expect(&client, GET("?encoding=xml&message=x"), 400, "\"encoding\"");
    client_expect(&client, GET("?encoding=json"), 400, "\"message\"");
    client_expect(&client, GET("?encoding=json&base64=1&message=!"), 400, "invalid_argument");
    client_expect(&client, GET(""), 400, "\"encoding\"");
    client_expect(&client,
                  "GET /leapmux.v1.Test/Change?encoding=json&message=%7B%7D HTTP/1.1\r\n"
                  "Host: a\r\n\r\n",
                  405, "allow: POST\r\n");
    client_expect(&client, "DELETE /leapmux.v1.Test/Echo HTTP/1.1\r\nHost: a\r\n\r\n", 405,
                  "allow: GET, POST\r\n");
}

static void what_no_form_can_send_is_asked_for(void **state)
{
    static const char *const types[] = {
        "",
        "Content-Type: text/plain\r\n",
        "Content-Type: application/x-www-form-urlencoded\r\n",
        "Content-Type: multipart/form-data; boundary=x\r\n",
        "Content-Type: application/grpc\r\n",
        "Content-Type: application/connect+json\r\n",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(types); i++) {
        expect_post("Echo", types[i], "{}", 415,
                    "accept-post: application/json, application/proto");
    }
    assert_int_equal(calls, 0);
}

static void errors_have_the_form_of_the_protocol(void **state)
{
    static const int statuses[] = { 0,   499, 500, 400, 504, 404, 409, 403, 429,
                                    400, 409, 400, 501, 500, 503, 500, 401 };

    (void)state;
    for (int code = 1; code <= 16; code++) {
        CLEANUP(free_p) char *body = must_printf("{\"title\":\"%d\"}", code);
        CLEANUP(free_p)
        char *want = must_printf("{\"code\":\"%s\"", err_code_name((enum err_code)code));

        expect_post("Refuse", JSON, body, statuses[code], want);
        assert_int_equal(last_code, code);
    }
    expect_post(
        "Refuse", JSON, "{\"title\":\"8\"}", 429,
        "{\"code\":\"resource_exhausted\",\"message\":\"say \\\"please\\\"\",\"details\":"
        "[{\"type\":\"leapmux.v1.ErrorInfo\",\"value\":\"CgxSQVRFX0xJTUlURUQSBXRpdGxlGNwL\","
        "\"debug\":{\"reason\":\"RATE_LIMITED\",\"field\":\"title\","
        "\"retryAfterMs\":\"1500\"}}]}");
    /* our own faults name the request and nothing else */
    expect_post("Refuse", JSON, "{\"title\":\"13\"}", 500,
                "\"message\":\"something went wrong here (request ");
}

static void requests_that_cannot_begin_are_refused(void **state)
{
    (void)state;
    expect_post("None", JSON, "{}", 404, "{\"code\":\"unimplemented\"");
    expect_post("None", JSON, "{}", 404, "UNKNOWN_METHOD");
    expect_post("Never", JSON, "{}", 403, "\"ROLE\"");
    expect_post("Stream", JSON, "{}", 501, "unimplemented");
    expect_post("Echo", JSON "Content-Encoding: gzip\r\n", "x", 501, "only identity");
    expect_post("Echo", JSON "Connect-Protocol-Version: 2\r\n", "{}", 400, "invalid_argument");
    expect_post("Echo", JSON "Connect-Timeout-Ms: soon\r\n", "{}", 400, "connect-timeout-ms");
    expect_post("Echo", JSON "Connect-Timeout-Ms: 12345678901\r\n", "{}", 400,
                "connect-timeout-ms");
    expect_post("Echo", JSON, "{\"title\":5}", 400, "\"field\":\"title\"");
    expect_post("Echo", JSON, "{", 400, "\"INVALID\"");
    expect_post("Echo", PROTO, "\x12\x05x", 400, "\"INVALID\"");
    expect_post("Echo", PROTO, "\x12\x01\xff", 400, "\"BAD_UTF8\"");
    signed_in = false;
    expect_post("Echo", JSON, "{}", 401, "\"NO_IDENTITY\"");
    assert_int_equal(connect_running(connect_server), 0);
}

static void a_body_that_is_too_large_leaves_the_connection_usable(void **state)
{
    CLEANUP(free_p) char *body = must_calloc(1, HTTP_BODY_MAX + 2);

    (void)state;
    memset(body, ' ', HTTP_BODY_MAX + 1);
    expect_post("Echo", JSON, body, 413, "{\"code\":\"resource_exhausted\"");
    body[HTTP_BODY_MAX] = '\0';
    body[0] = '{';
    body[HTTP_BODY_MAX - 1] = '}';
    expect_post("Echo", JSON, body, 200, "\r\n\r\n{}");
}

static void a_call_that_takes_too_long_is_cancelled(void **state)
{
    (void)state;
    expect_post("Later", JSON "Connect-Timeout-Ms: 30\r\n", "{}", 504,
                "{\"code\":\"deadline_exceeded\"");
    assert_int_equal(cancels, 1);
    expect_post("Later", JSON "Connect-Timeout-Ms: 0\r\n", "{}", 504, "\"TIMEOUT\"");
    expect_post("Echo", JSON, "{}", 200, NULL);
}

static void a_body_that_never_comes_runs_into_the_deadline(void **state)
{
    (void)state;
    client_expect(&client,
                  "POST /leapmux.v1.Test/Echo HTTP/1.1\r\nHost: a\r\n" JSON
                  "Connect-Timeout-Ms: 30\r\nContent-Length: 5\r\n\r\n{",
                  504, "\"TIMEOUT\"");
    /* the rest of the body is skipped */
    expect_post("Echo", JSON, "{}", 400, NULL);
}

static void a_caller_that_goes_away_cancels_his_call(void **state)
{
    (void)state;
    client_send(&client, "POST /leapmux.v1.Test/Later HTTP/1.1\r\nHost: a\r\n" JSON
                         "Content-Length: 2\r\n\r\n{}");
    world_until(&world, is_taken, NULL);
    client_close(&client);
    world_until(&world, is_cancelled, NULL);
    assert_int_equal(last_code, ERR_CANCELLED);
    assert_int_equal(connect_running(connect_server), 0);
    client_open(&client, &world);
}

static void an_answer_may_come_later(void **state)
{
    Leapmux__V1__RenameTab out = LEAPMUX__V1__RENAME_TAB__INIT;
    char title[] = "finally";

    (void)state;
    client_send(&client, "POST /leapmux.v1.Test/Later HTTP/1.1\r\nHost: a\r\n" JSON
                         "Content-Length: 2\r\n\r\n{}");
    world_until(&world, is_taken, NULL);
    assert_int_equal(connect_running(connect_server), 1);
    out.title = title;
    (void)rpc_ok(TAKE(taken, NULL), &out);
    client_expect(&client, "", 200, "{\"title\":\"finally\"}");
    assert_int_equal(cancels, 0);
}

static void stopping_answers_what_still_runs(void **state)
{
    (void)state;
    client_send(&client, "POST /leapmux.v1.Test/Later HTTP/1.1\r\nHost: a\r\n" JSON
                         "Content-Length: 2\r\n\r\n{}");
    world_until(&world, is_taken, NULL);
    connect_free(TAKE(connect_server, NULL));
    assert_int_equal(cancels, 1);
    client_expect(&client, "", 503, "\"GOING_AWAY\"");
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, begin, finish)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        CASE(json_and_proto_are_spoken),
        CASE(get_is_for_methods_without_side_effects),
        CASE(what_no_form_can_send_is_asked_for),
        CASE(errors_have_the_form_of_the_protocol),
        CASE(requests_that_cannot_begin_are_refused),
        CASE(a_body_that_is_too_large_leaves_the_connection_usable),
        CASE(a_call_that_takes_too_long_is_cancelled),
        CASE(a_body_that_never_comes_runs_into_the_deadline),
        CASE(a_caller_that_goes_away_cancels_his_call),
        CASE(an_answer_may_come_later),
        CASE(stopping_answers_what_still_runs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
