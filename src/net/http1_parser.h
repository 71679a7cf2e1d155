/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One request of HTTP/1.1: octets in, head and body out. Pure; strict as RFC 9112 allows.
 *
 *   http1_parser_new ──feed──> HTTP1_HEAD ──feed──> HTTP1_MESSAGE      one parser a request
 *
 * Feeding stops at the end of the head and at the end of the message; what follows belongs to
 * whoever comes next.
 */
#ifndef NET_HTTP1_PARSER_H
#define NET_HTTP1_PARSER_H

#include "base/buf.h"

enum http1_event {
    HTTP1_MORE,    /* everything was used, more is needed */
    HTTP1_HEAD,    /* the head is complete */
    HTTP1_MESSAGE, /* the body is complete; also after HTTP1_HEAD of a request without one */
    HTTP1_TOO_BIG, /* the body is longer than wanted; feeding goes on and discards the rest */
    HTTP1_BAD,     /* refused: see status */
};

/* What is known of a request. From HTTP1_HEAD on, except status. */
struct http1_head {
    const char *method; /* "GET" */
    char *target;       /* as sent */
    size_t n_fields;
    bool is_1_0;
    bool keep_alive; /* the client wants to go on afterwards */
    bool chunked;
    uint64_t length; /* of Content-Length; 0 when absent */
    int status;      /* HTTP1_BAD: 400, 405, 414, 431 or 505 */
};

struct http1_parser;

struct http1_parser *http1_parser_new(void);
void http1_parser_free(struct http1_parser *p);

/* Use octets up to the next event; returns how many. n may be 0, to get the event that follows
 * HTTP1_HEAD. Not to be called after HTTP1_MESSAGE or HTTP1_BAD. */
size_t http1_parser_feed(struct http1_parser *p, const uint8_t *data, size_t n,
                         enum http1_event *event);

/* Valid while the parser is. */
const struct http1_head *http1_parser_head(const struct http1_parser *p);

/* The i-th field, name in lower case, value without blanks around it. From HTTP1_HEAD on. */
void http1_parser_field(const struct http1_parser *p, size_t i, const char **name,
                        const char **value);

/* Collect a body of at most max octets, from HTTP1_HEAD on. Without this it is discarded. */
void http1_parser_collect(struct http1_parser *p, size_t max);

/* What was collected; false when the body was longer than wanted. */
MUST_CHECK bool http1_parser_body(const struct http1_parser *p, struct bytes *out);

#endif
