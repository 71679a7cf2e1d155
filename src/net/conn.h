/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One accepted connection: a stream of octets on the loop, with a bounded appetite for reading, an
 * output queue, and one deadline. Every protocol of the server (HTTP/1.1, HTTP/2, WebSocket) sits
 * on this type, and a connection may change its protocol: conn_set_handlers().
 *
 * What is written in one turn of the loop leaves in one writev() at its end. All connections of a
 * loop share one read buffer, so that an idle one holds none.
 */
#ifndef NET_CONN_H
#define NET_CONN_H

#include "base/buf.h"
#include "loop/loop.h"
#include "net/peer.h"

enum {
    CONN_READ_MAX = 64 * 1024,    /* octets read in one turn: one peer cannot starve others */
    CONN_GOODBYE_MS = 20 * 1000,  /* without progress of what is queued at goodbye */
    CONN_LINGER_MS = 2 * 1000,    /* how long we listen on after our last word */
    CONN_LINGER_MAX = 256 * 1024, /* octets that we swallow meanwhile */
};

/* What the connections of a loop share. */
struct conn_pool;

struct conn_pool *conn_pool_new(struct loop *loop);

/* Close what is left, such as connections that say goodbye, without telling anybody. */
void conn_pool_free(struct conn_pool *pool);

/*
 * Call fn(arg), now and then, when a connection has nothing left to send or is closed: the moment
 * to ask conn_pool_is_sending(). NULL ends that.
 */
void conn_pool_on_sent(struct conn_pool *pool, loop_fn fn, void *arg);

/* Whether any connection still has output queued. Looks at each of them. */
bool conn_pool_is_sending(const struct conn_pool *pool);

struct conn;

struct conn_handlers {
    /*
     * Octets arrived; they may be changed in place and are valid during the call. Returns how many
     * were used: the rest is kept, reading stops, and conn_resume() offers it again.
     */
    size_t (*on_data)(void *arg, uint8_t *data, size_t n);
    /* Everything queued has been taken by the socket, after at least one octet had to wait. */
    void (*on_drain)(void *arg);
    /* Nothing more can be read: the peer ended its direction, or the connection broke. It is still
     * to be closed; what is queued still goes out if it can (conn_finish()). */
    void (*on_end)(void *arg);
    /* The time set with conn_set_deadline() is over. */
    void (*on_deadline)(void *arg);
};

/* Take ownership of a connected socket. Nothing is read before conn_set_handlers(). */
struct conn *conn_new(struct conn_pool *pool, int fd, const struct peer *peer);

/* From now on tell these. Legal inside a handler, to change the protocol. */
void conn_set_handlers(struct conn *c, const struct conn_handlers *handlers, void *arg);

/* Close now; no handler is called any more, c is invalid. Legal inside a handler. Accepts NULL. */
void conn_close(struct conn *c);

/*
 * Say goodbye: send what is queued, end our direction, swallow what still comes for a moment (so
 * that the peer gets to read our last words), close. No handler is called any more, c is invalid.
 */
void conn_finish(struct conn *c);

/* Queue a copy of data. */
void conn_write(struct conn *c, struct bytes data);

/* Queue data that outlives the connection, such as a file inside the program: not copied. */
void conn_write_static(struct conn *c, struct bytes data);

/* Octets that the socket has not taken yet. */
size_t conn_queued(const struct conn *c);

/* Offer what was kept again, after the handlers in progress, and read on. */
void conn_resume(struct conn *c);

/* Stop reading, or go on. Independent of what on_data leaves. */
void conn_pause(struct conn *c, bool paused);

/* Replace the deadline: on_deadline in so many ms. 0 = none. */
void conn_set_deadline(struct conn *c, uint64_t in_ms);

const struct peer *conn_peer(const struct conn *c);
struct loop *conn_loop(const struct conn *c);

#endif
