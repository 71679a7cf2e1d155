/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the drivers of the HTTP versions share with the server: the whole of a request, of which
 * handlers see the public part, and who owns a connection.
 */
#ifndef NET_HTTP_INTERNAL_H
#define NET_HTTP_INTERNAL_H

#include "net/conn.h"
#include "net/guards.h"
#include "net/http.h"

struct http_exchange;

/* What a version of HTTP does for a request. After respond and take_over the exchange is freed. */
struct http_driver {
    void (*respond)(struct http_exchange *x, const struct http_response *response);
    void (*read_body)(struct http_exchange *x);
    /* Answer 101 and hand the connection out; NULL where the version has no upgrades. */
    struct conn *(*take_over)(struct http_exchange *x, const struct http_header *fields, size_t n);
};

struct http_exchange {
    struct http_request pub;
    const struct http_driver *driver;
    void *connection; /* the driver's */
    struct http_server *server;
    struct arena arena;
    uint64_t began_us;
    http_body_fn on_body; /* NULL until http_read_body() */
    void *body_arg;
    size_t body_max;
    loop_fn on_gone;
    void *gone_arg;
};

/* Something of the server that holds a connection: told when the server stops. */
struct http_holder {
    struct link link;
    void (*drain)(struct http_holder *h); /* end soon; NULL: its owner sees to it */
    void (*close)(struct http_holder *h); /* end now: leaves the list before it returns */
};

void http_holder_join(struct http_server *s, struct http_holder *h);
void http_holder_leave(struct http_server *s, struct http_holder *h);

struct http_exchange *http_exchange_of(const struct http_request *r);

/* A fresh exchange with an id. */
void http_exchange_begin(struct http_exchange *x, struct http_server *s,
                         const struct http_driver *driver, void *connection,
                         const struct peer *peer);

/* Tell the handler that a request is there; body; gone. Each may answer it. */
void http_exchange_request(struct http_exchange *x);
void http_exchange_body(struct http_exchange *x, const struct bytes *body);
void http_exchange_gone(struct http_exchange *x);

/* Tell what became of it and free what it holds. */
void http_exchange_end(struct http_exchange *x, int status, uint64_t octets);

bool http_server_is_draining(const struct http_server *s);

/* The value of Date. Valid until the next call. */
const char *http_server_date(struct http_server *s);

enum { HTTP_COMMON_HEADERS = GUARD_HEADERS + 3 };

/* Date, X-Request-Id, Content-Type and the security headers of an answer; returns how many. */
size_t http_common_headers(struct http_exchange *x, const struct http_response *response,
                           struct http_header out[static HTTP_COMMON_HEADERS]);

/*
 * Check and set host, path and query from a request target and the Host field (RFC 9112 3.2).
 * False when they are malformed. The strings are in the exchange's arena or were given.
 */
MUST_CHECK bool http_exchange_target(struct http_exchange *x, char *target, const char *host);

/* A body for an answer that the server gives by itself. */
struct http_response http_plain(int status, const char *text);

const char *http_reason_phrase(int status);

/* ---- HTTP/1.1 (http1.c) ---- */

/* Serve a connection. */
void http1_new(struct http_server *s, struct loop *loop, struct conn *c);

#endif
