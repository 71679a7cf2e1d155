/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An HTTP server, without a word about which HTTP: a request is the same object whether it came as
 * a message of HTTP/1.1 or as a stream of HTTP/2.
 *
 * Life of a request:
 *
 *   on_request ──> http_respond()                                      (head alone is enough)
 *              ──> http_read_body() ──> on_body ──> http_respond()     (at once or any time later)
 *              ──> http_upgrade_websocket()                            (net/websocket.h)
 *
 * After http_respond() or an upgrade the request is gone. If the client goes away before that,
 * on_gone runs (where http_on_gone() asked for it) and the request is gone too.
 *
 * Refused before a handler sees it (RFC 9110, RFC 9112): malformed heads, no or two Host fields,
 * both framings, HTTP/0.9, heads over 32 KiB (431), over 100 fields (431), targets over 8 KiB
 * (414), versions other than 1.0 and 1.1 (505), methods nobody knows (405).
 */
#ifndef NET_HTTP_H
#define NET_HTTP_H

#include "base/arena.h"
#include "base/id.h"
#include "loop/loop.h"
#include "net/http_limits.h"
#include "net/peer.h"

enum http_method {
    HTTP_GET,
    HTTP_HEAD,
    HTTP_POST,
    HTTP_PUT,
    HTTP_DELETE,
    HTTP_OPTIONS,
    HTTP_OTHER
};

struct http_header {
    const char *name;  /* lower case */
    const char *value; /* without blanks around it; never holds CR, LF or NUL */
};

/* What came. All of it is valid until the request is gone; handlers only read it. */
struct http_request {
    enum http_method method;
    const char *method_name; /* "GET" */
    bool tls;
    const char *host;  /* Host or :authority, "name" or "name:port"; checked for its characters */
    const char *path;  /* begins with '/', as sent (not decoded), without the query */
    const char *query; /* behind the '?', as sent; "" when there is none */
    const struct http_header *headers;
    size_t n_headers;
    const struct peer *peer;
    struct id id;        /* X-Request-Id */
    struct arena *arena; /* memory that goes with the request */
};

/* The value of a field; NULL when absent. Of several the first. name is lower case. */
const char *http_header(const struct http_request *r, const char *name);

/* How often a field occurs. */
size_t http_header_count(const struct http_request *r, const char *name);

/*
 * Whether a field that is a comma-separated list holds an element (compared without case, up to a
 * ';'), such as "upgrade" in Connection. All fields of that name count.
 */
bool http_header_lists(const struct http_request *r, const char *name, const char *element);

/* The value of one cookie; NULL when absent. In the request's arena. */
const char *http_cookie(const struct http_request *r, const char *name);

/*
 * The value of one parameter of the query, decoded (%XX, '+'), in the request's arena; *out is
 * empty and the result false when it is absent. A malformed %XX stays as it is.
 */
bool http_query(const struct http_request *r, const char *name, struct bytes *out);

/* ---- answers ---- */

enum http_body_kind {
    HTTP_COPIED, /* the server copies what the socket does not take at once */
    HTTP_STATIC, /* outlives the server: never copied */
};

struct http_response {
    int status;
    const char *type; /* Content-Type; NULL = none */
    struct bytes body;
    enum http_body_kind body_kind;
    const struct http_header *headers; /* further fields; names in lower case */
    size_t n_headers;
};

/*
 * Answer. Everything in *response is borrowed during the call (a static body: for ever).
 *
 * The server adds Date, Content-Length, X-Request-Id, the security headers (net/guards.h) and what
 * the connection needs; it leaves the body out for HEAD, 204 and 304. A body of the request that
 * was not read is skipped when it is declared and short, otherwise the connection ends.
 */
void http_respond(struct http_request *r, const struct http_response *response);

/* A short answer: text/plain, the sentence and a line feed; Cache-Control: no-store. */
void http_respond_text(struct http_request *r, int status, const char *sentence);

/* 405 with Allow. */
void http_respond_not_allowed(struct http_request *r, const char *allow);

/* ---- bodies ---- */

/*
 * body is valid until the request is gone; NULL when the client sent more than was asked for. Then
 * the handler answers (413 in its own form), and the connection goes on where the length was
 * declared. Never called when the client goes away first.
 */
typedef void (*http_body_fn)(void *arg, struct http_request *r, const struct bytes *body);

/* Wait for the whole body, of at most max octets, and call fn(arg) once, always after return. */
void http_read_body(struct http_request *r, size_t max, http_body_fn fn, void *arg);

/* Call fn(arg) if the client goes away before the answer. NULL takes it back. */
void http_on_gone(struct http_request *r, loop_fn fn, void *arg);

/* ---- the server ---- */

/* What became of a request, for logs and metrics. */
struct http_record {
    struct id id;
    const char *method;
    const char *path; /* without the query */
    int status;       /* 0: the client went away first */
    uint64_t took_us;
    uint64_t octets; /* of the answer's body */
    const struct peer *peer;
};

struct http_handler {
    /* The head of a request is there. */
    void (*on_request)(void *arg, struct http_request *r);
    /* A request is done; also those that were refused before on_request. Only takes note: it does
     * nothing to the server. May be NULL. */
    void (*on_done)(void *arg, const struct http_record *record);
};

struct http_options {
    bool ask_uid;              /* ask the kernel for the peer's uid at accept: peer->uid */
    const char *public_origin; /* "https://host[:port]", for the content policy; NULL = from Host */
    const char *extra_origin;  /* one more origin that the content policy admits; NULL = none */
};

struct http_server;

/* handler, options and their strings must outlive the server. options may be NULL. */
struct http_server *http_server_new(struct loop *loop, const struct http_handler *handler,
                                    const struct http_options *options, void *arg);

/*
 * Listen at "host:port" (see addr_parse; ":port" takes IPv4 and IPv6) or "unix:<path>"; up to 8.
 *
 * Port 0 takes a free one. Fails with FAILED_PRECONDITION "BUSY" and "address in use: <addr>";
 * a left-over unix socket is replaced, another kind of file or a socket that somebody serves is
 * not. A unix socket gets mode 0600.
 */
MUST_CHECK bool http_server_listen(struct http_server *s, const char *address, struct err *e);

/* The n-th address with its real port, NULL beyond the last. Valid until http_server_free(). */
const char *http_server_address(const struct http_server *s, size_t n);

/* Open connections, upgraded ones included. */
size_t http_server_connections(const struct http_server *s);

/*
 * Stop accepting, close idle connections, and end each other one after the answer it owes.
 * WebSockets are their owner's business. fn(arg) runs once no connection is left and all that was
 * said has been handed to the network.
 */
void http_server_drain(struct http_server *s, loop_fn fn, void *arg);

/* Close everything at once and free. Callbacks of open requests (on_gone) and sockets run. */
void http_server_free(struct http_server *s);

#endif
