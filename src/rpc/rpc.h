/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls: what a handler sees of a request, whichever way it came (Connect over HTTP at the Hub, a
 * stream of a sealed channel at a Worker): a request, a caller, and a few ways to be done.
 *
 * A handler returns `struct rpc_done *`. Nothing outside rpc.c can make one, and only rpc_ok(),
 * rpc_fail(), rpc_later() and rpc_stream() return one, so a path that forgets to answer does not
 * compile. Answering twice, or returning NULL, trips an assertion in the dispatcher.
 */
#ifndef RPC_RPC_H
#define RPC_RPC_H

#include <protobuf-c/protobuf-c.h>

#include "base/arena.h"
#include "base/id.h"

struct rpc_call;
struct rpc_done;

enum {
    RPC_SAFE = 1,   /* has no side effects: may be called by HTTP GET */
    RPC_STREAM = 2, /* answers with any number of messages */
};

/* One method. A rule of 0 is none: rpc_service_check() refuses such a table at start. */
struct rpc_method {
    const char *name; /* "/leapmux.v1.LayoutService/ApplyOps"; in a channel "OpenAgent" */
    int rule;         /* access rule, of the enumeration that the service's `may` understands */
    unsigned flags;
    const ProtobufCMessageDescriptor *request;
    const ProtobufCMessageDescriptor *response;
    struct rpc_done *(*handle)(struct rpc_call *call, const void *request);
};

/* Methods that share a context and a way to check rights. */
struct rpc_service {
    const struct rpc_method *methods;
    size_t n;
    void *context; /* rpc_context() of its calls */

    /*
     * Whether the caller may make this call; runs before the handler, with the parsed request.
     * The only place where rules are decided. What a caller may not see is NOT_FOUND.
     */
    bool (*may)(struct rpc_call *call, const struct rpc_method *method, const void *request,
                struct err *e);
};

/* Abort unless every method of the table has a rule, a name that is used once, and descriptors. */
void rpc_service_check(const struct rpc_service *service);

/* ---- what a handler uses ---- */

/* The user who calls; empty for a call without identity. Valid for the call. */
struct id rpc_user(const struct rpc_call *call);

/* The connection or channel that the call came in on, as its transport named it; may be NULL. */
void *rpc_peer(const struct rpc_call *call);

/* Unix milliseconds at which the call arrived: one "now" for the whole handler. */
int64_t rpc_now_ms(const struct rpc_call *call);

void *rpc_context(const struct rpc_call *call);

/* Memory that goes when the call is done. */
struct arena *rpc_arena(struct rpc_call *call);

/* Answer with a message of the method's response type (encoded before return). */
struct rpc_done *rpc_ok(struct rpc_call *call, const void *response);

/* Answer with an error. For ERR_INTERNAL, ERR_UNKNOWN and ERR_DATA_LOSS the caller sees a fixed
 * sentence with the call's id, and the text goes to the log. */
struct rpc_done *rpc_fail(struct rpc_call *call, const struct err *e);

/*
 * Answer later: somebody has taken the call and will finish it with rpc_ok() or rpc_fail().
 * on_cancel(arg) runs instead if the caller goes away or the deadline passes first; after it the
 * call is gone.
 */
struct rpc_done *rpc_later(struct rpc_call *call, void (*on_cancel)(void *arg), void *arg);

struct rpc_stream_handlers {
    void (*on_drain)(void *arg);  /* there is room again after rpc_send() said no */
    void (*on_cancel)(void *arg); /* the caller went away: the call is gone after this */
};

/*
 * Answer with a stream: somebody has taken the call, sends with rpc_send() and ends it with
 * rpc_end(). handlers must outlive the call.
 */
struct rpc_done *rpc_stream(struct rpc_call *call, const struct rpc_stream_handlers *handlers,
                            void *arg);

/*
 * Send one message of a stream. It is always taken; false says that there is no room behind it:
 * send nothing more until on_drain, and read on from where the data lies.
 */
bool rpc_send(struct rpc_call *call, const void *response);

/* End a stream; e is NULL for a good end. The call is gone afterwards. */
void rpc_end(struct rpc_call *call, const struct err *e);

/* ---- what a transport uses ---- */

/* The way back to the caller of one call. `end` is called exactly once unless the call is
 * cancelled by the transport, and nothing after it. */
struct rpc_transport {
    bool (*send)(void *t, struct bytes message); /* one encoded message; false: full */
    void (*end)(void *t, const struct err *e);   /* NULL: good */
};

struct rpc_caller {
    struct id user;
    void *peer;
    struct id request_id; /* what logs and internal errors name the call by; may be empty */
};

/*
 * Find the method, parse and check the request (limits of rpc/guard.h), check rights, run the
 * handler. Answers through the transport, possibly before it returns; a refused call is answered
 * through `end` too. Returns the call while it is still unanswered, else NULL.
 *
 *   request   encoded protobuf; not needed after return
 */
struct rpc_call *rpc_dispatch(const struct rpc_service *services, size_t n, const char *method,
                              struct bytes request, const struct rpc_caller *caller,
                              const struct rpc_transport *transport, void *t);

/* The method of that name in any of the services, with its service; NULL when there is none. */
const struct rpc_method *rpc_find(const struct rpc_service *services, size_t n, const char *method,
                                  const struct rpc_service **service);

/* The transport has room again after its `send` said no. */
void rpc_drained(struct rpc_call *call);

/* The caller is gone: on_cancel runs, the call is freed, `end` is not called. */
void rpc_cancel(struct rpc_call *call);

#endif
