/* SPDX-License-Identifier: Apache-2.0 */
#include "net/websocket.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "net/base64.h"
#include "net/http_internal.h"
#include "net/sha1.h"
#include "net/ws_codec.h"

enum { REASON_MAX = WS_CONTROL_MAX - 2, ACCEPT_ROOM = 32 };

enum state { OPEN, CLOSING, GONE };

struct websocket {
    struct http_holder holder;
    struct http_server *server;
    struct loop *loop;
    struct conn *conn; /* NULL when gone */
    const struct websocket_handlers *handlers;
    void *arg;
    struct peer peer;
    struct ws_decoder decoder;
    enum state state;
    int code;       /* that we closed with */
    bool told_full; /* a send said so: on_drain is owed */
    bool paused;
    uint64_t heard_ms; /* when something last came */
    uint64_t pinged_ms;
};

/* ---- the end ---- */

static void free_websocket(void *arg)
{
    struct websocket *ws = arg;

    ws_decoder_done(&ws->decoder);
    free(ws);
}

static struct conn *let_go(struct websocket *ws)
{
    struct conn *c = TAKE(ws->conn, NULL);

    ws->state = GONE;
    http_holder_leave(ws->server, &ws->holder);
    loop_defer(ws->loop, free_websocket, ws);
    return c;
}

/* What is queued still leaves, as far as the peer takes it. */
static void part(struct websocket *ws, int code)
{
    if (ws->state == GONE) {
        return;
    }
    conn_finish(let_go(ws));
    ws->handlers->on_closed(ws->arg, code);
}

void websocket_free(struct websocket *ws)
{
    if (ws != NULL && ws->state != GONE) {
        conn_close(let_go(ws));
    }
}

/* ---- sending ---- */

static void write_frame(struct websocket *ws, enum ws_opcode opcode, struct bytes head,
                        struct bytes rest)
{
    uint8_t frame[WS_HEAD_MAX];
    size_t n = ws_head(opcode, head.n + rest.n, frame);

    conn_write(ws->conn, (struct bytes){ frame, n });
    conn_write(ws->conn, head);
    conn_write(ws->conn, rest);
}

bool websocket_send2(struct websocket *ws, enum websocket_kind kind, struct bytes head,
                     struct bytes rest)
{
    if (ws->state != OPEN) {
        return true;
    }
    write_frame(ws, (enum ws_opcode)kind, head, rest);
    if (conn_queued(ws->conn) > WEBSOCKET_QUEUE_FULL) {
        ws->told_full = true;
        return false;
    }
    return true;
}

bool websocket_send(struct websocket *ws, enum websocket_kind kind, struct bytes data)
{
    return websocket_send2(ws, kind, data, (struct bytes){ 0 });
}

size_t websocket_queued(const struct websocket *ws)
{
    return ws->conn != NULL ? conn_queued(ws->conn) : 0;
}

static void send_close(struct websocket *ws, int code, const char *reason)
{
    uint8_t begin[2] = { (uint8_t)(code >> 8), (uint8_t)code };
    struct bytes text = bytes_of(reason);

    assert(text.n <= REASON_MAX);
    if (code == WEBSOCKET_NO_CODE) {
        write_frame(ws, WS_CLOSE, (struct bytes){ 0 }, (struct bytes){ 0 });
    } else {
        write_frame(ws, WS_CLOSE, (struct bytes){ begin, sizeof(begin) }, text);
    }
}

void websocket_close(struct websocket *ws, int code, const char *reason)
{
    if (ws->state != OPEN) {
        return;
    }
    send_close(ws, code, reason);
    ws->state = CLOSING;
    ws->code = code;
    conn_pause(ws->conn, false); /* the peer's Close is wanted */
    conn_resume(ws->conn);
    conn_set_deadline(ws->conn, WEBSOCKET_CLOSE_WAIT_MS);
}

/* ---- receiving ---- */

static void on_control(struct websocket *ws, const struct ws_event *event)
{
    if (event->opcode == WS_CLOSE) {
        if (ws->state == OPEN) {
            send_close(ws, event->code, "");
            part(ws, event->code);
        } else {
            part(ws, ws->code);
        }
    } else if (event->opcode == WS_PING && ws->state == OPEN &&
               conn_queued(ws->conn) <= WEBSOCKET_QUEUE_FULL) {
        /* Somebody who pings without reading gets no answers. RFC 6455 5.5.3 */
        write_frame(ws, WS_PONG, event->payload, (struct bytes){ 0 });
    }
}

static void on_event(struct websocket *ws, const struct ws_event *event)
{
    switch (event->kind) {
    case WS_NEED_MORE:
        break;
    case WS_GOT_MESSAGE:
        if (ws->state == OPEN) {
            ws->handlers->on_message(ws->arg, (enum websocket_kind)event->opcode, event->payload);
        }
        break;
    case WS_GOT_CONTROL:
        on_control(ws, event);
        break;
    case WS_FAULT:
        if (ws->state == OPEN) {
            send_close(ws, event->code, "");
        }
        part(ws, event->code);
        break;
    }
}

static size_t on_data(void *arg, uint8_t *data, size_t n)
{
    struct websocket *ws = arg;
    size_t used = 0;

    ws->heard_ms = loop_now_ms(ws->loop);
    while (used < n && ws->state != GONE && (!ws->paused || ws->state == CLOSING)) {
        struct ws_event event;

        used += ws_decoder_feed(&ws->decoder, data + used, n - used, &event);
        on_event(ws, &event);
    }
    return ws->state == GONE ? n : used;
}

static void on_drain(void *arg)
{
    struct websocket *ws = arg;

    if (TAKE(ws->told_full, false) && ws->state == OPEN) {
        ws->handlers->on_drain(ws->arg);
    }
}

static void on_end(void *arg)
{
    struct websocket *ws = arg;

    part(ws, ws->state == CLOSING ? ws->code : WEBSOCKET_ABNORMAL);
}

/* ---- time ---- */

static uint64_t until(uint64_t at, uint64_t now)
{
    return at > now ? at - now : 1;
}

/* To the next ping, or to the moment at which the silence is too long. */
static void set_alarm(struct websocket *ws)
{
    uint64_t now = loop_now_ms(ws->loop);
    uint64_t ping = ws->pinged_ms + WEBSOCKET_PING_MS;
    uint64_t over = ws->heard_ms + WEBSOCKET_SILENCE_MS;

    conn_set_deadline(ws->conn, until(ws->paused || ping < over ? ping : over, now));
}

static void on_deadline(void *arg)
{
    struct websocket *ws = arg;
    uint64_t now = loop_now_ms(ws->loop);

    if (ws->state == CLOSING) {
        part(ws, ws->code);
        return;
    }
    if (!ws->paused && now >= ws->heard_ms + WEBSOCKET_SILENCE_MS) {
        part(ws, WEBSOCKET_ABNORMAL);
        return;
    }
    if (now >= ws->pinged_ms + WEBSOCKET_PING_MS) {
        write_frame(ws, WS_PING, (struct bytes){ 0 }, (struct bytes){ 0 });
        ws->pinged_ms = now;
    }
    set_alarm(ws);
}

void websocket_pause(struct websocket *ws, bool paused)
{
    if (ws->state != OPEN || ws->paused == paused) {
        return;
    }
    ws->paused = paused;
    ws->heard_ms = loop_now_ms(ws->loop);
    conn_pause(ws->conn, paused);
}

const struct peer *websocket_peer(const struct websocket *ws)
{
    return &ws->peer;
}

static const struct conn_handlers CONN_HANDLERS = {
    .on_data = on_data,
    .on_drain = on_drain,
    .on_end = on_end,
    .on_deadline = on_deadline,
};

/* ---- the opening handshake ---- */

/* RFC 6455 4.2.2: what proves that we understood the request. key has 24 octets. */
static void accept_value(const char *key, char out[static ACCEPT_ROOM])
{
    static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    uint8_t digest[SHA1_LEN];
    struct err e;
    CLEANUP(buf_done) struct buf text;

    buf_init(&text, SHA1_INPUT_MAX);
    if (!buf_put(&text, bytes_of(key), &e) || !buf_put(&text, bytes_of(guid), &e)) {
        assert(!"24 and 36 octets fit");
    }
    sha1(buf_view(&text), digest);
    buf_clear(&text);
    if (!base64_put(&text, (struct bytes){ digest, sizeof(digest) }, true, &e)) {
        assert(!"28 octets fit");
    }
    memcpy(out, text.p, text.n);
    out[text.n] = '\0';
}

static bool key_is_good(const char *key)
{
    enum { KEY_LEN = 24, NONCE_LEN = 16 };
    struct err e;
    CLEANUP(buf_done) struct buf nonce;

    buf_init(&nonce, NONCE_LEN);
    return key != NULL && strlen(key) == KEY_LEN && base64_read(bytes_of(key), &nonce, &e) &&
           nonce.n == NONCE_LEN;
}

static bool has_body(const struct http_request *r)
{
    const char *length = http_header(r, "content-length");

    return http_header(r, "transfer-encoding") != NULL ||
           (length != NULL && strspn(length, "0") != strlen(length));
}

static bool version_is_good(const struct http_request *r)
{
    const char *version = http_header(r, "sec-websocket-version");

    return version != NULL && strcmp(version, "13") == 0;
}

/* Whether a subprotocol is offered; names are compared as they are. */
static bool offers(const struct http_request *r, const char *subprotocol)
{
    size_t want = strlen(subprotocol);

    for (size_t i = 0; i < r->n_headers; i++) {
        const char *at = r->headers[i].value;

        if (strcmp(r->headers[i].name, "sec-websocket-protocol") != 0) {
            continue;
        }
        while (*at != '\0') {
            size_t n;

            at += strspn(at, ", \t");
            n = strcspn(at, ", \t");
            if (n == want && strncmp(at, subprotocol, n) == 0) {
                return true;
            }
            at += n;
        }
    }
    return false;
}

/* False: the request has been answered. */
static bool check_handshake(struct http_request *r, const struct websocket_options *options)
{
    static const struct http_header versions[] = { { "sec-websocket-version", "13" },
                                                   { "upgrade", "websocket" } };
    struct http_response wrong_version = http_plain(426, "only version 13 is spoken here\n");

    if (r->method != HTTP_GET) {
        http_respond_not_allowed(r, "GET");
        return false;
    }
    if (http_exchange_of(r)->driver->take_over == NULL ||
        !http_header_lists(r, "upgrade", "websocket")) {
        wrong_version.body = bytes_of("this path speaks WebSocket only\n");
        wrong_version.headers = versions;
        wrong_version.n_headers = ARRAY_LEN(versions);
        http_respond(r, &wrong_version);
        return false;
    }
    if (!version_is_good(r)) {
        wrong_version.headers = versions;
        wrong_version.n_headers = 1;
        http_respond(r, &wrong_version);
        return false;
    }
    if (!http_header_lists(r, "connection", "upgrade") ||
        http_header_count(r, "sec-websocket-key") != 1 ||
        !key_is_good(http_header(r, "sec-websocket-key")) || has_body(r)) {
        http_respond_text(r, 400, "malformed opening handshake");
        return false;
    }
    if (options->subprotocol != NULL && !offers(r, options->subprotocol)) {
        http_respond_text(r, 400, "the client does not offer our subprotocol");
        return false;
    }
    return true;
}

static void close_holder(struct http_holder *holder)
{
    struct websocket *ws = CONTAINER_OF(holder, struct websocket, holder);

    conn_close(let_go(ws));
    ws->handlers->on_closed(ws->arg, WEBSOCKET_ABNORMAL);
}

struct websocket *http_upgrade_websocket(struct http_request *r,
                                         const struct websocket_options *options,
                                         const struct websocket_handlers *handlers, void *arg)
{
    struct http_exchange *x = http_exchange_of(r);
    struct http_header fields[3];
    char accept[ACCEPT_ROOM];
    size_t n = 0;
    struct websocket *ws;

    if (!check_handshake(r, options)) {
        return NULL;
    }
    accept_value(http_header(r, "sec-websocket-key"), accept);
    fields[n++] = (struct http_header){ "upgrade", "websocket" };
    fields[n++] = (struct http_header){ "sec-websocket-accept", accept };
    if (options->subprotocol != NULL) {
        fields[n++] = (struct http_header){ "sec-websocket-protocol", options->subprotocol };
    }
    ws = NEW(struct websocket);
    ws->server = x->server;
    ws->handlers = handlers;
    ws->arg = arg;
    ws_decoder_init(&ws->decoder, options->message_max, options->binary_only);
    ws->holder.close = close_holder;
    http_holder_join(ws->server, &ws->holder);
    ws->conn = x->driver->take_over(x, fields, n);
    ws->loop = conn_loop(ws->conn);
    ws->peer = *conn_peer(ws->conn);
    ws->heard_ms = loop_now_ms(ws->loop);
    ws->pinged_ms = ws->heard_ms;
    conn_set_handlers(ws->conn, &CONN_HANDLERS, ws);
    set_alarm(ws);
    return ws;
}
