/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The server's end of a WebSocket (RFC 6455), without extensions: no compression.
 *
 * Pings every 20 s; 45 s without anything from the client end it. Close handshakes, fragments,
 * masks and UTF-8 are seen to here; what a message means is the owner's business.
 *
 *   OPEN ──websocket_close() or a fault──> CLOSING ──peer's Close, or 2 s──> gone: on_closed
 *   OPEN ──peer's Close (answered here), or the connection ends──────────> gone: on_closed
 */
#ifndef NET_WEBSOCKET_H
#define NET_WEBSOCKET_H

#include "net/http.h"

enum {
    WEBSOCKET_PING_MS = 20 * 1000,
    WEBSOCKET_SILENCE_MS = 45 * 1000,   /* two pings and a bit */
    WEBSOCKET_CLOSE_WAIT_MS = 2 * 1000, /* for the peer's Close, once ours is sent */
    WEBSOCKET_QUEUE_FULL = 256 * 1024,  /* octets queued at which senders should pause */
};

/* Close codes that we use. RFC 6455 7.4.1 */
enum {
    WEBSOCKET_NORMAL = 1000,
    WEBSOCKET_GOING_AWAY = 1001,
    WEBSOCKET_PROTOCOL_ERROR = 1002,
    WEBSOCKET_UNACCEPTABLE = 1003,
    WEBSOCKET_NO_CODE = 1005,  /* told to on_closed only: a Close without a code */
    WEBSOCKET_ABNORMAL = 1006, /* told to on_closed only: ended without a Close */
    WEBSOCKET_BAD_TEXT = 1007,
    WEBSOCKET_POLICY = 1008,
    WEBSOCKET_TOO_BIG = 1009,
    WEBSOCKET_INTERNAL = 1011,
};

enum websocket_kind { WEBSOCKET_TEXT = 1, WEBSOCKET_BINARY = 2 }; /* opcodes of RFC 6455 */

struct websocket;

struct websocket_handlers {
    /* One whole message; text is well-formed UTF-8. message is valid during the call. */
    void (*on_message)(void *arg, enum websocket_kind kind, struct bytes message);
    /* The queue is empty again, after a send said that it is full. */
    void (*on_drain)(void *arg);
    /* Gone, for whatever reason, exactly once; the pointer is invalid after this. code is the
     * peer's, or ours when we closed. */
    void (*on_closed)(void *arg, int code);
};

struct websocket_options {
    const char *subprotocol; /* the client must offer it; it is confirmed. NULL = none */
    size_t message_max;      /* octets of one message; a longer one is closed with 1009 */
    bool binary_only;        /* a text message is closed with 1002 before it is collected */
};

/*
 * Turn a request into a WebSocket. handlers must outlive it, options are needed for the call only.
 *
 * NULL when the request is no good opening handshake (RFC 6455 4.2.1) or does not offer the
 * subprotocol: it has then been answered (400, 405, or 426 with the version that we speak).
 */
struct websocket *http_upgrade_websocket(struct http_request *r,
                                         const struct websocket_options *options,
                                         const struct websocket_handlers *handlers, void *arg);

/*
 * Send one message (data is copied). It is always taken, unless the socket is closing: then it is
 * dropped. False: the queue is over its bound, pause until on_drain.
 */
bool websocket_send(struct websocket *ws, enum websocket_kind kind, struct bytes data);

/* The same for a message in two parts, such as a frame's head and a record. */
bool websocket_send2(struct websocket *ws, enum websocket_kind kind, struct bytes head,
                     struct bytes rest);

/* Octets that wait to be taken by the network. */
size_t websocket_queued(const struct websocket *ws);

/* Stop (or go on) reading: back-pressure on the client. Pings go on being answered by the peer
 * only while we read, so a paused socket is not judged by its silence. */
void websocket_pause(struct websocket *ws, bool paused);

/* Begin to close: nothing more is delivered, what is queued goes out first; then on_closed.
 * reason is at most 123 octets. Does nothing when it is closing already. */
void websocket_close(struct websocket *ws, int code, const char *reason);

/* End the connection now; on_closed is not called. May be called inside a handler. Accepts NULL. */
void websocket_free(struct websocket *ws);

const struct peer *websocket_peer(const struct websocket *ws);

#endif
