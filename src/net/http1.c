/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP/1.1 for the server. Source: RFC 9110, RFC 9112.
 *
 * One request at a time: what a client pipelines stays unread until the answer is queued.
 *
 *   HEAD ──end of head──> DECIDING ──http_read_body()──> BODY ──end of body──> ANSWERING
 *    ^                        │ answer                     │ answer               │ answer
 *    │                        v                            v                      │
 *    ├───end of body────── SKIPPING <──────────────────────┘                      │
 *    └────────────────────────────────────────────────────────────────────────────┘
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "net/http1_parser.h"
#include "net/http_internal.h"

enum {
    SKIP_MAX = 8 * 1024 * 1024,  /* octets of an unwanted body that we read to keep a connection */
    QUEUE_MAX = 64 * 1024,       /* octets of queued answers beyond which the next request waits */
    ANSWER_HEAD_MAX = 64 * 1024, /* octets; ours have about one thousand */
};

enum phase { HEAD, DECIDING, BODY, ANSWERING, SKIPPING, OVER };

struct http1 {
    struct http_holder holder;
    struct http_server *server;
    struct loop *loop;
    struct conn *conn;           /* NULL once closed or handed over */
    struct http1_parser *parser; /* of the message that is being read; NULL before its start */
    struct http_exchange *now;   /* the request until it is answered */
    enum phase phase;
    size_t queued_before; /* when the deadline was set */
    bool stepping;        /* step() is above on the stack */
    bool kicked;          /* a step of its own is on its way */
    bool too_big;         /* the body was longer than wanted, told or to be told */
    bool body_read;
    bool head_is_new;   /* nothing was fed since the head's end: it may be the message's too */
    bool idle_for_long; /* the first part of the idle limit is over */
    bool expects_continue;
    bool is_1_0;
    bool close_after; /* the answer ends the connection */
    bool answered;    /* a request was answered on it: idle limits differ */
};

static void kick(struct http1 *h);

/* ---- the end ---- */

static void free_http1(void *arg)
{
    free(arg);
}

static void free_exchange(struct http1 *h, int status, uint64_t octets)
{
    struct http_exchange *x = TAKE(h->now, NULL);

    if (x != NULL) {
        http_exchange_end(x, status, octets);
        free(x);
    }
}

static void free_parser(struct http1 *h)
{
    http1_parser_free(TAKE(h->parser, NULL));
}

/* The connection is no longer ours: closed, finishing, or somebody else's. */
static struct conn *let_go(struct http1 *h)
{
    struct conn *c = TAKE(h->conn, NULL);

    h->phase = OVER;
    free_parser(h);
    http_holder_leave(h->server, &h->holder);
    loop_defer(h->loop, free_http1, h);
    return c;
}

/* Whether a handler knows of a request that nobody has answered. */
static bool is_owed(const struct http1 *h)
{
    return h->now != NULL && (h->phase == DECIDING || h->phase == BODY || h->phase == ANSWERING);
}

/* The client is gone, or must go. What is queued for it still leaves. */
static void part(struct http1 *h)
{
    struct conn *c;

    if (is_owed(h)) {
        h->phase = OVER;
        http_exchange_gone(h->now);
    }
    c = h->conn;
    if (c != NULL) {
        free_exchange(h, 0, 0);
        let_go(h);
        conn_finish(c);
    }
}

/* ---- answers ---- */

static void put(struct buf *out, const char *text)
{
    struct err e;

    if (!buf_put(out, bytes_of(text), &e)) {
        assert(!"the head of an answer fits");
    }
}

static void put_field(struct buf *out, const char *name, const char *value)
{
    assert(strpbrk(value, "\r\n") == NULL);
    put(out, name);
    put(out, ": ");
    put(out, value);
    put(out, "\r\n");
}

static const char *connection_says(const struct http1 *h, int status)
{
    if (status == 101) {
        return "Upgrade";
    }
    if (h->close_after) {
        return "close";
    }
    return h->is_1_0 ? "keep-alive" : NULL;
}

static void write_head(struct http1 *h, const struct http_response *response)
{
    struct http_header common[HTTP_COMMON_HEADERS];
    size_t n = http_common_headers(h->now, response, common);
    const char *connection = connection_says(h, response->status);
    char line[80];
    CLEANUP(buf_done) struct buf head;

    buf_init(&head, ANSWER_HEAD_MAX);
    snprintf(line, sizeof(line), "HTTP/1.1 %d %s\r\n", response->status,
             http_reason_phrase(response->status));
    put(&head, line);
    for (size_t i = 0; i < n; i++) {
        put_field(&head, common[i].name, common[i].value);
    }
    for (size_t i = 0; i < response->n_headers; i++) {
        put_field(&head, response->headers[i].name, response->headers[i].value);
    }
    if (response->status != 101 && response->status != 204 && response->status != 304) {
        snprintf(line, sizeof(line), "%zu", response->body.n);
        put_field(&head, "content-length", line);
    }
    if (connection != NULL) {
        put_field(&head, "connection", connection);
    }
    put(&head, "\r\n");
    conn_write(h->conn, buf_view(&head));
}

/* Returns how many octets of body it has. */
static uint64_t write_answer(struct http1 *h, const struct http_response *response)
{
    write_head(h, response);
    if (response->status == 204 || response->status == 304 || h->now->pub.method == HTTP_HEAD) {
        return 0;
    }
    if (response->body_kind == HTTP_STATIC) {
        conn_write_static(h->conn, response->body);
    } else {
        conn_write(h->conn, response->body);
    }
    return response->body.n;
}

/* Whether the rest of a body is worth reading, for the sake of the connection. */
static bool can_skip(const struct http1 *h)
{
    const struct http1_head *head = http1_parser_head(h->parser);

    return !head->chunked && head->length <= SKIP_MAX && !h->expects_continue;
}

static void respond(struct http_exchange *x, const struct http_response *response)
{
    struct http1 *h = x->connection;
    uint64_t octets;

    assert(is_owed(h));
    if ((!h->body_read && !can_skip(h)) || http_server_is_draining(h->server)) {
        h->close_after = true;
    }
    octets = write_answer(h, response);
    h->answered = true;
    h->phase = SKIPPING;
    free_exchange(h, response->status, octets);
    kick(h);
}

/* An answer of the server's own, after which nothing on this connection can be trusted. */
static void refuse(struct http1 *h, int status)
{
    struct http_response response = http_plain(status, http_reason_phrase(status));
    struct http_header allow = { "allow", "GET, HEAD, POST" };
    uint64_t octets;

    if (h->now == NULL) {
        part(h); /* the message that is bad has its answer already */
        return;
    }
    if (is_owed(h)) {
        h->phase = OVER;
        http_exchange_gone(h->now);
        if (h->conn == NULL) {
            return;
        }
    }
    response.headers = &allow;
    response.n_headers = status == 405 ? 1 : 0;
    h->close_after = true;
    octets = write_answer(h, &response);
    free_exchange(h, status, octets);
    if (h->conn != NULL) {
        conn_finish(let_go(h));
    }
}

/* ---- what the parser finds ---- */

static enum http_method method_of(const char *name)
{
    static const char *const names[] = {
        [HTTP_GET] = "GET", [HTTP_HEAD] = "HEAD",     [HTTP_POST] = "POST",
        [HTTP_PUT] = "PUT", [HTTP_DELETE] = "DELETE", [HTTP_OPTIONS] = "OPTIONS",
    };

    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (strcmp(names[i], name) == 0) {
            return (enum http_method)i;
        }
    }
    return HTTP_OTHER;
}

static void fill_request(struct http1 *h)
{
    const struct http1_head *head = http1_parser_head(h->parser);
    struct http_request *r = &h->now->pub;
    struct http_header *fields = arena_alloc(r->arena, head->n_fields * sizeof(*fields));

    for (size_t i = 0; i < head->n_fields; i++) {
        http1_parser_field(h->parser, i, &fields[i].name, &fields[i].value);
    }
    r->headers = fields;
    r->n_headers = head->n_fields;
    r->method_name = head->method;
    r->method = method_of(head->method);
}

static void on_head(struct http1 *h)
{
    const struct http1_head *head = http1_parser_head(h->parser);
    struct http_request *r = &h->now->pub;
    const char *expect;

    fill_request(h);
    h->is_1_0 = head->is_1_0;
    h->close_after = !head->keep_alive;
    if (http_header_count(r, "host") != 1 ||
        !http_exchange_target(h->now, head->target, http_header(r, "host"))) {
        refuse(h, 400);
        return;
    }
    expect = http_header(r, "expect");
    h->expects_continue = expect != NULL && !h->is_1_0 && (head->chunked || head->length > 0);
    if (expect != NULL && !http_header_lists(r, "expect", "100-continue")) {
        refuse(h, 417);
        return;
    }
    h->phase = DECIDING;
    conn_set_deadline(h->conn, 0); /* it is the handler's turn, which has a limit of its own */
    http_exchange_request(h->now);
}

static void read_body(struct http_exchange *x)
{
    struct http1 *h = x->connection;
    const struct http1_head *head = http1_parser_head(h->parser);

    assert(h->phase == DECIDING);
    h->phase = BODY;
    if (head->length > x->body_max) {
        h->too_big = true; /* known before a single octet of it is held */
    } else {
        http1_parser_collect(h->parser, x->body_max);
        if (TAKE(h->expects_continue, false)) {
            conn_write(h->conn, bytes_of("HTTP/1.1 100 Continue\r\n\r\n"));
        }
    }
    kick(h);
}

static void tell_body(struct http1 *h)
{
    struct bytes body;
    bool fits = http1_parser_body(h->parser, &body) && !h->too_big;

    h->phase = ANSWERING;
    http_exchange_body(h->now, fits ? &body : NULL);
}

static void on_event(struct http1 *h, enum http1_event event)
{
    switch (event) {
    case HTTP1_MORE:
        break;
    case HTTP1_HEAD:
        on_head(h);
        break;
    case HTTP1_MESSAGE:
        h->body_read = true;
        if (h->phase == BODY) {
            conn_set_deadline(h->conn, 0);
            tell_body(h);
        }
        break;
    case HTTP1_TOO_BIG:
        h->too_big = true;
        break;
    case HTTP1_BAD:
        refuse(h, http1_parser_head(h->parser)->status);
        break;
    }
}

/* ---- stepping through the phases ---- */

static struct conn *take_over(struct http_exchange *x, const struct http_header *fields, size_t n)
{
    struct http1 *h = x->connection;
    struct http_response response = { .status = 101, .headers = fields, .n_headers = n };

    assert(h->phase == DECIDING);
    write_head(h, &response);
    conn_set_deadline(h->conn, 0);
    free_exchange(h, response.status, 0); /* its target lies in the parser */
    return let_go(h);
}

static const struct http_driver HTTP1 = {
    .respond = respond,
    .read_body = read_body,
    .take_over = take_over,
};

static void begin_message(struct http1 *h)
{
    h->parser = http1_parser_new();
    h->now = must_alloc(sizeof(*h->now));
    http_exchange_begin(h->now, h->server, &HTTP1, h, conn_peer(h->conn));
    h->body_read = false;
    h->too_big = false;
    h->expects_continue = false;
    conn_set_deadline(h->conn, HTTP_HEAD_TIMEOUT_MS);
}

static void end_message(struct http1 *h)
{
    if (h->close_after) {
        conn_finish(let_go(h));
        return;
    }
    free_parser(h);
    h->phase = HEAD;
    h->idle_for_long = false;
    h->queued_before = conn_queued(h->conn);
    conn_set_deadline(h->conn, HTTP_STALL_TIMEOUT_MS);
}

static size_t feed(struct http1 *h, const uint8_t *data, size_t n)
{
    enum http1_event event;
    size_t used = http1_parser_feed(h->parser, data, n, &event);

    h->head_is_new = event == HTTP1_HEAD;
    on_event(h, event);
    return used;
}

static bool feed_body(struct http1 *h, const uint8_t *data, size_t n, size_t *used)
{
    if (n == 0 && !h->head_is_new) {
        return false;
    }
    conn_set_deadline(h->conn, HTTP_STALL_TIMEOUT_MS);
    *used = feed(h, data, n);
    return true;
}

/* Go on as far as the next event; false when that needs more octets, or the handler. */
static bool step(struct http1 *h, const uint8_t *data, size_t n, size_t *used)
{
    *used = 0;
    switch (h->phase) {
    case HEAD:
        if (n == 0 || conn_queued(h->conn) >= QUEUE_MAX) {
            return false;
        }
        if (h->parser == NULL) {
            begin_message(h);
        }
        *used = feed(h, data, n);
        return true;
    case BODY:
        if (h->too_big) {
            tell_body(h);
            return true;
        }
        return feed_body(h, data, n, used);
    case SKIPPING:
        if (h->body_read || h->close_after) {
            end_message(h);
            return true;
        }
        return feed_body(h, data, n, used);
    case DECIDING:
    case ANSWERING:
    case OVER:
        return false;
    }
    return false;
}

static size_t on_data(void *arg, uint8_t *data, size_t n)
{
    struct http1 *h = arg;
    size_t total = 0;
    size_t used;

    h->stepping = true;
    while (step(h, data + total, n - total, &used)) {
        total += used;
    }
    h->stepping = false;
    return total;
}

static void on_kick(void *arg)
{
    struct http1 *h = arg;
    uint8_t nothing = 0;

    h->kicked = false;
    if (h->conn != NULL) {
        (void)on_data(h, &nothing, 0);
    }
    if (h->conn != NULL) {
        conn_resume(h->conn);
    }
}

/* A handler moved us on. While step() is above it sees that by itself. */
static void kick(struct http1 *h)
{
    if (!h->stepping && !h->kicked && h->conn != NULL) {
        h->kicked = true;
        loop_defer(h->loop, on_kick, h);
    }
}

static void on_drain(void *arg)
{
    struct http1 *h = arg;

    conn_resume(h->conn);
}

static void on_end(void *arg)
{
    part(arg);
}

static void on_idle_deadline(struct http1 *h)
{
    size_t queued = conn_queued(h->conn);

    if (queued > 0 && queued < h->queued_before) {
        h->queued_before = queued;
        conn_set_deadline(h->conn, HTTP_STALL_TIMEOUT_MS);
    } else if (queued == 0 && h->answered && !h->idle_for_long) {
        h->idle_for_long = true;
        conn_set_deadline(h->conn, HTTP_IDLE_TIMEOUT_MS - HTTP_STALL_TIMEOUT_MS);
    } else {
        part(h);
    }
}

static void on_deadline(void *arg)
{
    struct http1 *h = arg;

    if (h->phase == HEAD && h->parser == NULL) {
        on_idle_deadline(h);
    } else if (h->phase == HEAD || h->phase == BODY) {
        refuse(h, 408);
    } else if (h->phase == SKIPPING) {
        part(h);
    }
}

static const struct conn_handlers CONN_HANDLERS = {
    .on_data = on_data,
    .on_drain = on_drain,
    .on_end = on_end,
    .on_deadline = on_deadline,
};

/* ---- life ---- */

static void drain_holder(struct http_holder *holder)
{
    struct http1 *h = CONTAINER_OF(holder, struct http1, holder);

    if (h->phase == HEAD && h->parser == NULL) {
        part(h);
    }
    /* Otherwise respond() sees that the server drains. */
}

static void close_holder(struct http_holder *holder)
{
    struct http1 *h = CONTAINER_OF(holder, struct http1, holder);
    struct conn *c = h->conn;

    if (is_owed(h)) {
        h->phase = OVER;
        http_exchange_gone(h->now);
    }
    free_exchange(h, 0, 0);
    let_go(h);
    conn_close(c);
}

void http1_new(struct http_server *s, struct loop *loop, struct conn *c)
{
    struct http1 *h = NEW(struct http1);

    h->server = s;
    h->loop = loop;
    h->conn = c;
    h->phase = HEAD;
    h->holder.drain = drain_holder;
    h->holder.close = close_holder;
    http_holder_join(s, &h->holder);
    conn_set_handlers(c, &CONN_HANDLERS, h);
    conn_set_deadline(c, HTTP_HEAD_TIMEOUT_MS);
}
