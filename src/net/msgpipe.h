/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whole messages over a connected stream socket: length (4 octets, big-endian), then the message.
 *
 * This is how Hub and Worker talk inside one machine. Sending never blocks: what the socket does
 * not take is queued, and the sender is told when the queue passes its bound and when it has
 * drained.
 */
#ifndef NET_MSGPIPE_H
#define NET_MSGPIPE_H

#include "base/buf.h"
#include "loop/loop.h"

enum {
    MSGPIPE_MESSAGE_MAX = 1024 * 1024, /* octets; a longer one ends the connection */
    MSGPIPE_QUEUE_FULL = 256 * 1024,   /* octets queued at which the sender should pause */
};

struct msgpipe;

struct msgpipe_handlers {
    void (*on_message)(void *arg, struct bytes message); /* valid during the call */
    void (*on_drain)(void *arg);  /* the queue is below half of its bound again */
    void (*on_closed)(void *arg); /* the other side is gone; free the pipe in or after this */
};

/* Take ownership of fd (non-blocking is set here). handlers must outlive the pipe. */
struct msgpipe *msgpipe_new(struct loop *loop, int fd, const struct msgpipe_handlers *handlers,
                            void *arg);

/* Close and free; on_closed is not called. May be called inside a handler. Accepts NULL. */
void msgpipe_free(struct msgpipe *p);

/* Send one message. It is always taken; false: the queue is over its bound, pause until on_drain.
 */
bool msgpipe_send(struct msgpipe *p, struct bytes message);

/* Octets that wait to be taken by the socket. */
size_t msgpipe_queued(const struct msgpipe *p);

/* Stop (or go on) reading, so that the other side's queue fills: back-pressure. */
void msgpipe_pause(struct msgpipe *p, bool paused);

#endif
