/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Unary calls over HTTP in the Connect protocol: POST with protobuf or JSON, and GET for methods
 * without side effects. Source: the Connect protocol's specification, version 1.
 */
#ifndef RPC_CONNECT_H
#define RPC_CONNECT_H

#include "net/http.h"
#include "rpc/rpc.h"

struct connect_options {
    struct loop *loop;
    const struct rpc_service *services;
    size_t n_services;
    uint64_t timeout_ms; /* deadline of a call; a shorter Connect-Timeout-Ms wins */

    /*
     * Who calls; runs before the body is read. caller->peer and user are filled here. Failing
     * answers the call; a caller without identity is no failure (the rule of the method decides).
     * May be NULL.
     */
    bool (*identify)(void *arg, struct http_request *r, struct rpc_caller *caller, struct err *e);

    /* A call was answered, for metrics; method is NULL for an unknown one. May be NULL. */
    void (*on_done)(void *arg, const struct rpc_method *method, enum err_code code,
                    uint64_t took_us);
    void *arg;
};

struct connect;

/* Calls rpc_service_check() on each service. options' pointers must outlive the result. */
struct connect *connect_new(const struct connect_options *options);

/* Calls that still run are cancelled and answered with Unavailable "GOING_AWAY". */
void connect_free(struct connect *c);

/* Calls that run now. */
size_t connect_running(const struct connect *c);

/*
 * Answer a request, now or later, whatever it is: 404 "unimplemented" for an unknown method.
 *
 *   method   the path below the base path: "/leapmux.v1.LayoutService/ApplyOps"
 */
void connect_respond(struct connect *c, struct http_request *r, const char *method);

/*
 * Answer a request with an error in Connect's form, without making a call of it; for guards before
 * a call. The HTTP status follows from the code.
 */
void connect_refuse(struct http_request *r, const struct err *e);

/* The HTTP status that stands for a code. */
int connect_http_status(enum err_code code);

#endif
