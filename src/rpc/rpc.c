/* SPDX-License-Identifier: Apache-2.0 */
#include "rpc/rpc.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "rpc/guard.h"

/*
 *   RUNNING (in the handler) ──rpc_ok, rpc_fail──> ANSWERED
 *   RUNNING ──rpc_later──> LATER ──rpc_ok, rpc_fail──> ANSWERED
 *   RUNNING ──rpc_stream──> STREAM ──rpc_end──> ANSWERED
 */
enum state { RUNNING, LATER, STREAM, ANSWERED };

struct rpc_call {
    enum state state;
    bool dispatching; /* rpc_dispatch() is above on the stack and frees */
    const struct rpc_service *service;
    const struct rpc_method *method;
    struct rpc_caller caller;
    const struct rpc_transport *transport;
    void *t;
    int64_t now_ms;
    ProtobufCMessage *request;
    struct arena arena;
    void (*on_cancel)(void *arg);
    const struct rpc_stream_handlers *stream;
    void *arg;
};

struct rpc_done {
    char unused;
};

static struct rpc_done done;

/* ---- tables ---- */

void rpc_service_check(const struct rpc_service *service)
{
    for (size_t i = 0; i < service->n; i++) {
        const struct rpc_method *m = &service->methods[i];

        /* A call that nobody may judge is a hole, and a mistake of ours. */
        if (m->rule == 0 || m->name == NULL || m->request == NULL || m->response == NULL ||
            m->handle == NULL || service->may == NULL) {
            abort();
        }
        for (size_t k = 0; k < i; k++) {
            if (strcmp(service->methods[k].name, m->name) == 0) {
                abort();
            }
        }
    }
}

const struct rpc_method *rpc_find(const struct rpc_service *services, size_t n, const char *method,
                                  const struct rpc_service **service)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < services[i].n; k++) {
            if (strcmp(services[i].methods[k].name, method) == 0) {
                *service = &services[i];
                return &services[i].methods[k];
            }
        }
    }
    return NULL;
}

/* ---- what a handler uses ---- */

struct id rpc_user(const struct rpc_call *call)
{
    return call->caller.user;
}

void *rpc_peer(const struct rpc_call *call)
{
    return call->caller.peer;
}

int64_t rpc_now_ms(const struct rpc_call *call)
{
    return call->now_ms;
}

void *rpc_context(const struct rpc_call *call)
{
    return call->service->context;
}

struct arena *rpc_arena(struct rpc_call *call)
{
    return &call->arena;
}

static void free_call(struct rpc_call *call)
{
    if (call->request != NULL) {
        protobuf_c_message_free_unpacked(call->request, NULL);
    }
    arena_done(&call->arena);
    free(call);
}

/* The call is over. Whoever stands lowest on the stack frees it. */
static struct rpc_done *finish(struct rpc_call *call)
{
    call->state = ANSWERED;
    if (!call->dispatching) {
        free_call(call);
    }
    return &done;
}

static bool is_ours_to_explain(enum err_code code)
{
    return code == ERR_INTERNAL || code == ERR_UNKNOWN || code == ERR_DATA_LOSS;
}

/* What a caller may see of an error: of our own faults only that there was one. */
static struct err shown(const struct rpc_call *call, const struct err *e)
{
    struct err out = *e;

    if (is_ours_to_explain(e->code)) {
        log_error("call failed", F_STR("method", call->method->name),
                  F_STR("request", call->caller.request_id.s),
                  F_STR("reason", e->reason != NULL ? e->reason : ""), F_ERR(e));
        if (id_is_empty(call->caller.request_id)) {
            err_set(&out, e->code, "INTERNAL", "something went wrong here");
        } else {
            err_set(&out, e->code, "INTERNAL", "something went wrong here (request %s)",
                    call->caller.request_id.s);
        }
    }
    return out;
}

static bool send_message(struct rpc_call *call, const ProtobufCMessage *m)
{
    enum { ON_STACK = 4096 };
    uint8_t small[ON_STACK];
    size_t n = protobuf_c_message_get_packed_size(m);
    uint8_t *room = n <= sizeof(small) ? small : must_alloc(n);
    bool more;

    assert(m->descriptor == call->method->response);
    (void)protobuf_c_message_pack(m, room);
    more = call->transport->send(call->t, (struct bytes){ room, n });
    if (room != small) {
        free(room);
    }
    return more;
}

struct rpc_done *rpc_ok(struct rpc_call *call, const void *response)
{
    assert(call->state == RUNNING || call->state == LATER);
    call->state = ANSWERED;
    (void)send_message(call, response);
    call->transport->end(call->t, NULL);
    return finish(call);
}

struct rpc_done *rpc_fail(struct rpc_call *call, const struct err *e)
{
    struct err out;

    assert(call->state == RUNNING || call->state == LATER);
    assert(e->code != ERR_OK);
    call->state = ANSWERED;
    out = shown(call, e);
    call->transport->end(call->t, &out);
    return finish(call);
}

struct rpc_done *rpc_later(struct rpc_call *call, void (*on_cancel)(void *arg), void *arg)
{
    /* Whoever took the call may have answered it already, before its handler returned. */
    assert(call->state == RUNNING || (call->state == ANSWERED && call->dispatching));
    if (call->state == RUNNING) {
        call->state = LATER;
        call->on_cancel = on_cancel;
        call->arg = arg;
    }
    return &done;
}

struct rpc_done *rpc_stream(struct rpc_call *call, const struct rpc_stream_handlers *handlers,
                            void *arg)
{
    assert((call->method->flags & RPC_STREAM) != 0);
    assert(call->state == RUNNING);
    call->state = STREAM;
    call->stream = handlers;
    call->arg = arg;
    return &done;
}

bool rpc_send(struct rpc_call *call, const void *response)
{
    assert(call->state == STREAM || (call->state == RUNNING && call->dispatching));
    return send_message(call, response);
}

void rpc_end(struct rpc_call *call, const struct err *e)
{
    struct err out;

    assert(call->state == STREAM);
    call->state = ANSWERED;
    if (e != NULL) {
        out = shown(call, e);
    }
    call->transport->end(call->t, e != NULL ? &out : NULL);
    (void)finish(call);
}

/* ---- what a transport uses ---- */

static bool begin(struct rpc_call *call, const struct rpc_service *services, size_t n,
                  const char *method, struct bytes request, struct err *e)
{
    call->method = rpc_find(services, n, method, &call->service);
    if (call->method == NULL) {
        return err_set(e, ERR_UNIMPLEMENTED, "UNKNOWN_METHOD", "there is no method '%.100s'",
                       method);
    }
    call->request = guard_unpack(call->method->request, request, e);
    return call->request != NULL && call->service->may(call, call->method, call->request, e);
}

struct rpc_call *rpc_dispatch(const struct rpc_service *services, size_t n, const char *method,
                              struct bytes request, const struct rpc_caller *caller,
                              const struct rpc_transport *transport, void *t)
{
    struct rpc_call *call = NEW(struct rpc_call);
    struct err e = { 0 };
    struct rpc_done *result;

    call->dispatching = true;
    call->caller = *caller;
    call->transport = transport;
    call->t = t;
    call->now_ms = clock_unix_ms();
    if (!begin(call, services, n, method, request, &e)) {
        struct err out = call->method != NULL ? shown(call, &e) : e;

        call->state = ANSWERED;
        transport->end(t, &out);
    } else {
        result = call->method->handle(call, call->request);
        assert(result == &done && call->state != RUNNING);
        (void)result;
    }
    call->dispatching = false;
    if (call->state == ANSWERED) {
        free_call(call);
        return NULL;
    }
    return call;
}

void rpc_drained(struct rpc_call *call)
{
    if (call->state == STREAM) {
        call->stream->on_drain(call->arg);
    }
}

void rpc_cancel(struct rpc_call *call)
{
    enum state was = call->state;

    assert(!call->dispatching && (was == LATER || was == STREAM));
    call->state = ANSWERED;
    if (was == STREAM) {
        call->stream->on_cancel(call->arg);
    } else if (call->on_cancel != NULL) {
        call->on_cancel(call->arg);
    }
    free_call(call);
}
