/* SPDX-License-Identifier: Apache-2.0 */
#include "rpc/connect.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "gen/leapmux/v1/common.pb-c.h"
#include "net/base64.h"
#include "net/guards.h"
#include "rpc/json.h"

enum {
    ANSWER_MAX = 64 * 1024 * 1024, /* octets: ours are small; a bound for what is a mistake */
    TIMEOUT_DIGITS = 10,           /* of Connect-Timeout-Ms, as its specification says */
    WIRE_MAX = 4 * HTTP_BODY_MAX,  /* octets of the wire form of a JSON request */
};

static const char JSON[] = "application/json";
static const char PROTO[] = "application/proto";

struct connect {
    struct connect_options options;
    struct link exchanges;
    size_t running;
};

/* One call, from the head of its request to the answer. */
struct exchange {
    struct link link;
    struct connect *connect;
    struct http_request *http;
    const struct rpc_method *method;
    struct rpc_caller caller;
    struct rpc_call *call; /* while a handler owes the answer */
    struct timer deadline;
    struct buf answer;
    uint64_t began_us;
    bool json;
    bool dispatching; /* dispatch() is above on the stack and frees */
    bool answered;
};

int connect_http_status(enum err_code code)
{
    static const int statuses[] = {
        [ERR_OK] = 200,
        [ERR_CANCELLED] = 499,
        [ERR_UNKNOWN] = 500,
        [ERR_INVALID_ARGUMENT] = 400,
        [ERR_DEADLINE_EXCEEDED] = 504,
        [ERR_NOT_FOUND] = 404,
        [ERR_ALREADY_EXISTS] = 409,
        [ERR_PERMISSION_DENIED] = 403,
        [ERR_RESOURCE_EXHAUSTED] = 429,
        [ERR_FAILED_PRECONDITION] = 400,
        [ERR_ABORTED] = 409,
        [ERR_OUT_OF_RANGE] = 400,
        [ERR_UNIMPLEMENTED] = 501,
        [ERR_INTERNAL] = 500,
        [ERR_UNAVAILABLE] = 503,
        [ERR_DATA_LOSS] = 500,
        [ERR_UNAUTHENTICATED] = 401,
    };

    return (size_t)code < ARRAY_LEN(statuses) ? statuses[code] : 500;
}

/* ---- errors ---- */

static Leapmux__V1__ErrorInfo info_of(const struct err *e)
{
    Leapmux__V1__ErrorInfo info = LEAPMUX__V1__ERROR_INFO__INIT;

    info.reason = (char *)(uintptr_t)(e->reason != NULL ? e->reason : "");
    info.field = (char *)(uintptr_t)(e->field != NULL ? e->field : "");
    info.retry_after_ms = e->retry_after_ms;
    return info;
}

/* {"code":…,"message":…,"details":[{"type":…,"value":base64,"debug":{…}}]} */
static bool put_error(struct buf *out, const struct err *e, struct err *why)
{
    enum { INFO_MAX = 512 };
    Leapmux__V1__ErrorInfo info = info_of(e);
    uint8_t wire[INFO_MAX];
    struct bytes packed = { wire, leapmux__v1__error_info__get_packed_size(&info) };

    assert(packed.n <= sizeof(wire)); /* reasons and fields are our own short texts */
    (void)leapmux__v1__error_info__pack(&info, wire);
    return buf_printf(out, why, "{\"code\":\"%s\",\"message\":", err_code_name(e->code)) &&
           json_put_string(out, bytes_of(e->msg), why) &&
           buf_printf(out, why, ",\"details\":[{\"type\":\"%s\",\"value\":\"",
                      info.base.descriptor->name) &&
           base64_put(out, packed, false, why) && buf_printf(out, why, "\",\"debug\":") &&
           json_write(&info.base, out, why) && buf_printf(out, why, "}]}");
}

static void respond_error(struct http_request *r, int status, const struct err *e,
                          const struct http_header *more)
{
    struct http_header fields[2] = { { "cache-control", "no-store" } };
    struct http_response response = { .status = status, .type = JSON, .headers = fields };
    struct err why;
    CLEANUP(buf_done) struct buf body;

    buf_init(&body, ANSWER_MAX);
    if (!put_error(&body, e, &why)) {
        assert(!"an error fits");
    }
    response.n_headers = 1;
    if (more != NULL) {
        fields[response.n_headers++] = *more;
    }
    response.body = buf_view(&body);
    http_respond(r, &response);
}

void connect_refuse(struct http_request *r, const struct err *e)
{
    bool body_too_long = e->code == ERR_RESOURCE_EXHAUSTED && e->reason != NULL &&
                         strcmp(e->reason, "TOO_LARGE") == 0;

    respond_error(r, body_too_long ? 413 : connect_http_status(e->code), e, NULL);
}

/* ---- life of a call ---- */

static void free_exchange(struct exchange *x)
{
    timer_stop(&x->deadline);
    list_remove(&x->link);
    x->connect->running--;
    buf_done(&x->answer);
    free(x);
}

static void tell_done(struct connect *c, const struct rpc_method *method, enum err_code code,
                      uint64_t began_us)
{
    if (c->options.on_done != NULL) {
        c->options.on_done(c->options.arg, method, code, clock_mono_us() - began_us);
    }
}

/* The request is answered. Whoever stands lowest on the stack frees. */
static void finish(struct exchange *x, enum err_code code)
{
    x->answered = true;
    tell_done(x->connect, x->method, code, x->began_us);
    if (!x->dispatching) {
        free_exchange(x);
    }
}

static void fail(struct exchange *x, const struct err *e)
{
    connect_refuse(TAKE(x->http, NULL), e);
    finish(x, e->code);
}

static void succeed(struct exchange *x)
{
    static const struct http_header fields[] = { { "cache-control", "no-store" } };
    struct http_response response = {
        .status = 200,
        .type = x->json ? JSON : PROTO,
        .body = buf_view(&x->answer),
        .headers = fields,
        .n_headers = ARRAY_LEN(fields),
    };

    http_respond(TAKE(x->http, NULL), &response);
    finish(x, ERR_OK);
}

static void cancel_call(struct exchange *x)
{
    struct rpc_call *call = TAKE(x->call, NULL);

    if (call != NULL) {
        rpc_cancel(call);
    }
}

static void on_deadline(void *arg)
{
    struct exchange *x = arg;
    struct err e;

    cancel_call(x);
    err_set(&e, ERR_DEADLINE_EXCEEDED, "TIMEOUT", "the call took too long");
    http_on_gone(x->http, NULL, NULL);
    fail(x, &e);
}

static void on_gone(void *arg)
{
    struct exchange *x = arg;

    x->http = NULL;
    cancel_call(x);
    finish(x, ERR_CANCELLED);
}

/* ---- the transport of rpc.c ---- */

static bool put_answer(struct exchange *x, struct bytes message, struct err *e)
{
    ProtobufCMessage *m;
    bool ok;

    if (!x->json) {
        return buf_put(&x->answer, message, e);
    }
    m = protobuf_c_message_unpack(x->method->response, NULL, message.n, message.p);
    assert(m != NULL); /* packed a moment ago */
    ok = json_write(m, &x->answer, e);
    protobuf_c_message_free_unpacked(m, NULL);
    return ok;
}

static bool on_send(void *t, struct bytes message)
{
    struct err e;

    if (!put_answer(t, message, &e)) {
        abort(); /* an answer of 64 MiB is a mistake of ours */
    }
    return true;
}

static void on_answer(void *t, const struct err *e)
{
    struct exchange *x = t;

    x->call = NULL;
    if (e != NULL) {
        fail(x, e);
    } else {
        succeed(x);
    }
}

static const struct rpc_transport TRANSPORT = { .send = on_send, .end = on_answer };

static void dispatch(struct exchange *x, struct bytes wire)
{
    const struct connect_options *o = &x->connect->options;
    struct rpc_call *call;

    x->dispatching = true;
    call =
        rpc_dispatch(o->services, o->n_services, x->method->name, wire, &x->caller, &TRANSPORT, x);
    x->dispatching = false;
    if (x->answered) {
        free_exchange(x);
    } else {
        x->call = call;
    }
}

static void take_message(struct exchange *x, struct bytes message)
{
    struct err e;
    CLEANUP(buf_done) struct buf wire;

    buf_init(&wire, WIRE_MAX);
    if (!x->json) {
        dispatch(x, message);
    } else if (json_to_wire(x->method->request, message, &wire, &e)) {
        dispatch(x, buf_view(&wire));
    } else {
        fail(x, &e);
    }
}

static void on_body(void *arg, struct http_request *r, const struct bytes *body)
{
    struct exchange *x = arg;
    struct err e;

    (void)r;
    if (body == NULL) {
        err_set(&e, ERR_RESOURCE_EXHAUSTED, "TOO_LARGE", "the request is larger than %d octets",
                HTTP_BODY_MAX);
        fail(x, &e);
        return;
    }
    take_message(x, *body);
}

/* ---- what the head of a request says ---- */

static bool no_codings(const char *coding, struct err *e)
{
    if (coding == NULL || *coding == '\0' || strcmp(coding, "identity") == 0) {
        return true;
    }
    return err_set(e, ERR_UNIMPLEMENTED, "UNSUPPORTED",
                   "compression '%.40s' is not supported, only identity", coding);
}

/* Milliseconds until the deadline: the shorter of ours and the caller's. */
static bool read_timeout(const struct http_request *r, uint64_t *ms, struct err *e)
{
    const char *text = http_header(r, "connect-timeout-ms");
    uint64_t wanted;

    if (text == NULL) {
        return true;
    }
    if (*text == '\0' || strlen(text) > TIMEOUT_DIGITS ||
        strspn(text, "0123456789") != strlen(text)) {
        return err_invalid(e, "connect-timeout-ms", "a timeout is a number of milliseconds");
    }
    wanted = strtoull(text, NULL, 10);
    *ms = wanted < *ms ? wanted : *ms;
    return true;
}

static bool check_head(const struct http_request *r, struct err *e)
{
    const char *version = http_header(r, "connect-protocol-version");

    if (version != NULL && strcmp(version, "1") != 0) {
        return err_invalid(e, "connect-protocol-version", "only version 1 is spoken here");
    }
    return no_codings(http_header(r, "content-encoding"), e);
}

/* The message of a GET: ?connect=v1&encoding=json&base64=1&message=… */
static bool read_query(struct exchange *x, struct buf *message, struct err *e)
{
    struct http_request *r = x->http;
    struct bytes v;

    if (http_query(r, "connect", &v) && !bytes_are(v, "v1")) {
        return err_invalid(e, "connect", "only connect=v1 is spoken here");
    }
    if (http_query(r, "compression", &v) && v.n > 0) {
        TRY(no_codings(arena_str(r->arena, v), e));
    }
    if (!http_query(r, "encoding", &v) || (!bytes_are(v, "json") && !bytes_are(v, "proto"))) {
        return err_invalid(e, "encoding", "expected encoding=json or encoding=proto");
    }
    x->json = bytes_are(v, "json");
    if (http_query(r, "base64", &v) && bytes_are(v, "1")) {
        return http_query(r, "message", &v) ? base64_read(v, message, e)
                                            : err_invalid(e, "message", "there is no message");
    }
    return http_query(r, "message", &v) ? buf_put(message, v, e)
                                        : err_invalid(e, "message", "there is no message");
}

static void take_query(struct exchange *x)
{
    struct err e;
    CLEANUP(buf_done) struct buf message;

    buf_init(&message, HTTP_TARGET_MAX);
    if (read_query(x, &message, &e)) {
        take_message(x, buf_view(&message));
    } else {
        fail(x, &e);
    }
}

static bool begin(struct exchange *x, uint64_t *timeout_ms, struct err *e)
{
    const struct connect_options *o = &x->connect->options;

    TRY(check_head(x->http, e));
    TRY(read_timeout(x->http, timeout_ms, e));
    if ((x->method->flags & RPC_STREAM) != 0) {
        return err_set(e, ERR_UNIMPLEMENTED, "UNSUPPORTED", "'%s' answers with a stream",
                       x->method->name);
    }
    return o->identify == NULL || o->identify(o->arg, x->http, &x->caller, e);
}

static void start(struct connect *c, struct http_request *r, const struct rpc_method *method)
{
    struct exchange *x = NEW(struct exchange);
    uint64_t timeout_ms = c->options.timeout_ms;
    struct err e;

    x->connect = c;
    x->http = r;
    x->method = method;
    x->began_us = clock_mono_us();
    x->json = guard_type_is(http_header(r, "content-type"), JSON);
    x->caller.request_id = r->id;
    buf_init(&x->answer, ANSWER_MAX);
    timer_init(&x->deadline, c->options.loop, on_deadline, x);
    list_init(&x->link);
    list_append(&c->exchanges, &x->link);
    c->running++;
    if (!begin(x, &timeout_ms, &e)) {
        fail(x, &e);
        return;
    }
    timer_start(&x->deadline, timeout_ms);
    http_on_gone(r, on_gone, x);
    if (r->method == HTTP_POST) {
        http_read_body(r, HTTP_BODY_MAX, on_body, x);
    } else {
        take_query(x);
    }
}

static void refuse_unknown(struct connect *c, struct http_request *r, const char *method)
{
    uint64_t now = clock_mono_us();
    struct err e;

    err_set(&e, ERR_UNIMPLEMENTED, "UNKNOWN_METHOD", "there is no method '%.100s'", method);
    respond_error(r, 404, &e, NULL);
    tell_done(c, NULL, e.code, now);
}

static void refuse_type(struct http_request *r)
{
    static const struct http_header fields[] = { { "accept-post",
                                                   "application/json, application/proto" } };
    struct http_response response = { .status = 415,
                                      .headers = fields,
                                      .n_headers = ARRAY_LEN(fields) };

    http_respond(r, &response);
}

void connect_respond(struct connect *c, struct http_request *r, const char *method)
{
    const struct rpc_service *service;
    const struct rpc_method *m =
        rpc_find(c->options.services, c->options.n_services, method, &service);
    const char *type = http_header(r, "content-type");

    if (m == NULL) {
        refuse_unknown(c, r, method);
    } else if (r->method != HTTP_POST && !(r->method == HTTP_GET && (m->flags & RPC_SAFE) != 0)) {
        http_respond_not_allowed(r, (m->flags & RPC_SAFE) != 0 ? "GET, POST" : "POST");
    } else if (r->method == HTTP_POST && !guard_type_is(type, JSON) &&
               !guard_type_is(type, PROTO)) {
        refuse_type(r);
    } else {
        start(c, r, m);
    }
}

struct connect *connect_new(const struct connect_options *options)
{
    struct connect *c = NEW(struct connect);

    for (size_t i = 0; i < options->n_services; i++) {
        rpc_service_check(&options->services[i]);
    }
    c->options = *options;
    list_init(&c->exchanges);
    return c;
}

void connect_free(struct connect *c)
{
    struct exchange *x;
    struct err e;

    if (c == NULL) {
        return;
    }
    err_set(&e, ERR_UNAVAILABLE, "GOING_AWAY", "the server is stopping");
    while ((x = LIST_FIRST(&c->exchanges, struct exchange, link)) != NULL) {
        /* What was freed has left the list, which the analyzer does not follow. */
        cancel_call(x); /* NOLINT(clang-analyzer-unix.Malloc) */
        http_on_gone(x->http, NULL, NULL);
        fail(x, &e);
    }
    free(c);
}

size_t connect_running(const struct connect *c)
{
    return c->running;
}
