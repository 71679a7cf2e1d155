/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "net/http_internal.h"
#include "net/listener.h"

enum {
    LISTENERS_MAX = 8,
    DATE_ROOM = 40, /* octets of "Sun, 06 Nov 1994 08:49:37 GMT" and to spare */
};

struct http_server {
    struct loop *loop;
    const struct http_handler *handler;
    const struct http_options *options;
    void *arg;
    struct conn_pool *pool;
    struct listener *listeners[LISTENERS_MAX];
    size_t n_listeners;
    struct link holders;
    size_t n_holders;
    bool draining;
    loop_fn on_drained;
    void *drained_arg;
    uint8_t id_prefix[8]; /* of this run; a request's id goes on with its number */
    uint64_t requests;
    int64_t date_s;
    char date[DATE_ROOM];
    struct arena csp_arena; /* the policy for the origin that came last: nearly always the same */
    char *csp_host;
    bool csp_tls;
    const char *csp;
};

static const struct http_options NO_OPTIONS;

/* Ids of requests are no secrets: they differ from those of other runs by the time of the start. */
static void start_ids(struct http_server *s)
{
    uint64_t spread = (uint64_t)clock_unix_ms() * 0x9e3779b97f4a7c15;

    memcpy(s->id_prefix, &spread, sizeof(s->id_prefix));
}

struct http_server *http_server_new(struct loop *loop, const struct http_handler *handler,
                                    const struct http_options *options, void *arg)
{
    struct http_server *s = NEW(struct http_server);

    s->loop = loop;
    s->handler = handler;
    s->options = options != NULL ? options : &NO_OPTIONS;
    s->arg = arg;
    s->pool = conn_pool_new(loop);
    list_init(&s->holders);
    start_ids(s);
    return s;
}

/* ---- connections ---- */

void http_holder_join(struct http_server *s, struct http_holder *h)
{
    list_init(&h->link);
    list_append(&s->holders, &h->link);
    s->n_holders++;
}

/* Drained is: nobody holds a connection, and everybody's last words are sent. */
static void check_drained(void *arg)
{
    struct http_server *s = arg;
    loop_fn fn;

    if (s->pool == NULL || s->n_holders > 0 || conn_pool_is_sending(s->pool)) {
        return;
    }
    fn = TAKE(s->on_drained, NULL);
    if (fn != NULL) {
        conn_pool_on_sent(s->pool, NULL, NULL);
        fn(s->drained_arg);
    }
}

/* Not at once: whoever leaves has yet to say goodbye. */
static void check_drained_soon(struct http_server *s)
{
    if (s->on_drained != NULL && s->n_holders == 0) {
        loop_defer(s->loop, check_drained, s);
    }
}

void http_holder_leave(struct http_server *s, struct http_holder *h)
{
    list_remove(&h->link);
    s->n_holders--;
    check_drained_soon(s);
}

static void on_sent(void *arg)
{
    check_drained_soon(arg);
}

static void on_accept(void *arg, int fd)
{
    struct http_server *s = arg;
    struct peer peer;
    struct err e;

    /* Not knowing who it is, is for the handler to judge. */
    if (!s->options->ask_uid || !peer_ask_uid(fd, &peer, &e)) {
        peer_addresses(fd, &peer);
    }
    http1_new(s, s->loop, conn_new(s->pool, fd, &peer));
}

bool http_server_listen(struct http_server *s, const char *address, struct err *e)
{
    struct listener *l;

    if (s->n_listeners == LISTENERS_MAX) {
        return err_invalid(e, "addr", "more than %d listen addresses", LISTENERS_MAX);
    }
    l = listener_new(s->loop, address, on_accept, s, e);
    if (l == NULL) {
        return false;
    }
    s->listeners[s->n_listeners++] = l;
    return true;
}

const char *http_server_address(const struct http_server *s, size_t n)
{
    return n < s->n_listeners ? listener_address(s->listeners[n]) : NULL;
}

size_t http_server_connections(const struct http_server *s)
{
    return s->n_holders;
}

static void stop_listening(struct http_server *s)
{
    for (size_t i = 0; i < s->n_listeners; i++) {
        listener_free(s->listeners[i]);
    }
    s->n_listeners = 0;
}

bool http_server_is_draining(const struct http_server *s)
{
    return s->draining;
}

void http_server_drain(struct http_server *s, loop_fn fn, void *arg)
{
    stop_listening(s);
    s->draining = true;
    s->on_drained = fn;
    s->drained_arg = arg;
    conn_pool_on_sent(s->pool, on_sent, s);
    LIST_EACH(&s->holders, struct http_holder, link, it)
    {
        if (it->drain != NULL) {
            it->drain(it);
        }
    }
    check_drained_soon(s);
}

static void free_server(void *arg)
{
    struct http_server *s = arg;

    arena_done(&s->csp_arena);
    free(s->csp_host);
    free(s);
}

void http_server_free(struct http_server *s)
{
    if (s == NULL) {
        return;
    }
    s->on_drained = NULL;
    conn_pool_on_sent(s->pool, NULL, NULL);
    stop_listening(s);
    while (!list_empty(&s->holders)) {
        struct http_holder *h = LIST_FIRST(&s->holders, struct http_holder, link);

        h->close(h);
    }
    conn_pool_free(TAKE(s->pool, NULL));
    /* A drain that ended at once may have a call of ours under way. */
    loop_defer(s->loop, free_server, s);
}

/* ---- requests ---- */

static void make_id(struct http_server *s, struct id *out)
{
    uint8_t random[16];
    uint64_t number = ++s->requests;

    memcpy(random, s->id_prefix, sizeof(s->id_prefix));
    for (size_t i = 0; i < 8; i++) {
        random[8 + i] = (uint8_t)(number >> (56 - 8 * i));
    }
    *out = id_from_random(random);
}

void http_exchange_begin(struct http_exchange *x, struct http_server *s,
                         const struct http_driver *driver, void *connection,
                         const struct peer *peer)
{
    *x = (struct http_exchange){ .driver = driver, .connection = connection, .server = s };
    x->pub.peer = peer;
    x->pub.arena = &x->arena;
    x->pub.method_name = "";
    x->pub.host = "";
    x->pub.path = "";
    x->pub.query = "";
    x->began_us = clock_mono_us();
    make_id(s, &x->pub.id);
}

void http_exchange_request(struct http_exchange *x)
{
    x->server->handler->on_request(x->server->arg, &x->pub);
}

void http_exchange_body(struct http_exchange *x, const struct bytes *body)
{
    x->on_body(x->body_arg, &x->pub, body);
}

void http_exchange_gone(struct http_exchange *x)
{
    loop_fn fn = TAKE(x->on_gone, NULL);

    if (fn != NULL) {
        fn(x->gone_arg);
    }
}

void http_exchange_end(struct http_exchange *x, int status, uint64_t octets)
{
    struct http_server *s = x->server;

    if (s->handler->on_done != NULL) {
        struct http_record record = {
            .id = x->pub.id,
            .method = x->pub.method_name,
            .path = x->pub.path,
            .status = status,
            .took_us = clock_mono_us() - x->began_us,
            .octets = octets,
            .peer = x->pub.peer,
        };

        s->handler->on_done(s->arg, &record);
    }
    arena_done(&x->arena);
}

void http_read_body(struct http_request *r, size_t max, http_body_fn fn, void *arg)
{
    struct http_exchange *x = http_exchange_of(r);

    assert(x->on_body == NULL);
    x->on_body = fn;
    x->body_arg = arg;
    x->body_max = max;
    x->driver->read_body(x);
}

void http_on_gone(struct http_request *r, loop_fn fn, void *arg)
{
    struct http_exchange *x = http_exchange_of(r);

    x->on_gone = fn;
    x->gone_arg = arg;
}

/* ---- answers ---- */

void http_respond(struct http_request *r, const struct http_response *response)
{
    struct http_exchange *x = http_exchange_of(r);

    x->driver->respond(x, response);
}

struct http_response http_plain(int status, const char *text)
{
    return (struct http_response){
        .status = status,
        .type = "text/plain; charset=utf-8",
        .body = bytes_of(text),
    };
}

void http_respond_text(struct http_request *r, int status, const char *sentence)
{
    static const struct http_header fields[] = { { "cache-control", "no-store" } };
    struct http_response response = http_plain(status, arena_printf(r->arena, "%s\n", sentence));

    response.headers = fields;
    response.n_headers = ARRAY_LEN(fields);
    http_respond(r, &response);
}

void http_respond_not_allowed(struct http_request *r, const char *allow)
{
    struct http_header fields[] = { { "allow", allow } };
    struct http_response response = http_plain(405, "method not allowed\n");

    response.headers = fields;
    response.n_headers = ARRAY_LEN(fields);
    http_respond(r, &response);
}

/* RFC 9110 5.6.7; strftime() would follow the locale. */
const char *http_server_date(struct http_server *s)
{
    static const char days[7][4] = { "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat" };
    static const char months[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
    int64_t now = clock_unix_ms() / 1000;
    time_t t = (time_t)now;
    struct tm utc;

    if (now != s->date_s) {
        gmtime_r(&t, &utc);
        snprintf(s->date, sizeof(s->date), "%s, %02d %s %04d %02d:%02d:%02d GMT", days[utc.tm_wday],
                 utc.tm_mday, months[utc.tm_mon], utc.tm_year + 1900, utc.tm_hour, utc.tm_min,
                 utc.tm_sec);
        s->date_s = now;
    }
    return s->date;
}

static const char *csp_for(struct http_exchange *x)
{
    struct http_server *s = x->server;
    const struct http_request *r = &x->pub;

    if (s->csp_host == NULL || strcmp(s->csp_host, r->host) != 0 || s->csp_tls != r->tls) {
        const char *origin = s->options->public_origin;

        arena_done(&s->csp_arena);
        free(s->csp_host);
        s->csp_host = must_strdup(r->host);
        s->csp_tls = r->tls;
        if (origin == NULL) {
            /* a request that was refused early may have no host */
            origin = arena_printf(&s->csp_arena, "%s://%s", r->tls ? "https" : "http",
                                  r->host[0] != '\0' ? r->host : "localhost");
        }
        s->csp = guard_csp(&s->csp_arena, origin, s->options->extra_origin);
    }
    return s->csp;
}

size_t http_common_headers(struct http_exchange *x, const struct http_response *response,
                           struct http_header out[static HTTP_COMMON_HEADERS])
{
    size_t n = 0;

    out[n++] = (struct http_header){ "date", http_server_date(x->server) };
    out[n++] = (struct http_header){ "x-request-id", x->pub.id.s };
    if (response->type != NULL) {
        out[n++] = (struct http_header){ "content-type", response->type };
    }
    return n + guard_headers(csp_for(x), x->pub.tls, out + n);
}

const char *http_reason_phrase(int status)
{
    static const struct {
        int status;
        const char *phrase;
    } known[] = {
        { 101, "Switching Protocols" },
        { 200, "OK" },
        { 204, "No Content" },
        { 206, "Partial Content" },
        { 302, "Found" },
        { 303, "See Other" },
        { 304, "Not Modified" },
        { 307, "Temporary Redirect" },
        { 308, "Permanent Redirect" },
        { 400, "Bad Request" },
        { 401, "Unauthorized" },
        { 403, "Forbidden" },
        { 404, "Not Found" },
        { 405, "Method Not Allowed" },
        { 408, "Request Timeout" },
        { 409, "Conflict" },
        { 411, "Length Required" },
        { 412, "Precondition Failed" },
        { 413, "Content Too Large" },
        { 414, "URI Too Long" },
        { 415, "Unsupported Media Type" },
        { 417, "Expectation Failed" },
        { 421, "Misdirected Request" },
        { 426, "Upgrade Required" },
        { 429, "Too Many Requests" },
        { 431, "Request Header Fields Too Large" },
        { 499, "Client Closed Request" },
        { 500, "Internal Server Error" },
        { 501, "Not Implemented" },
        { 502, "Bad Gateway" },
        { 503, "Service Unavailable" },
        { 504, "Gateway Timeout" },
        { 505, "HTTP Version Not Supported" },
    };

    for (size_t i = 0; i < ARRAY_LEN(known); i++) {
        if (known[i].status == status) {
            return known[i].phrase;
        }
    }
    return "Status";
}
