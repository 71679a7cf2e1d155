/* SPDX-License-Identifier: Apache-2.0 */
#include "net/msgpipe.h"

#include <assert.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "net/conn.h"

enum { LENGTH_OCTETS = 4 };

struct msgpipe {
    struct loop *loop;
    struct conn_pool *pool;
    struct conn *conn; /* NULL once closed */
    const struct msgpipe_handlers *handlers;
    void *arg;
    struct buf in; /* a message that came in pieces, with its length before it */
    bool told_full;
    bool paused;
    bool freed;
};

static void close_conn(struct msgpipe *p)
{
    conn_close(TAKE(p->conn, NULL));
}

static void end(struct msgpipe *p)
{
    close_conn(p);
    p->handlers->on_closed(p->arg);
}

static size_t length_of(struct bytes head)
{
    struct reader r = reader_of(head);

    return read_u32be(&r);
}

static void add(struct msgpipe *p, const uint8_t *data, size_t n)
{
    struct err e;

    if (!buf_put(&p->in, (struct bytes){ data, n }, &e)) {
        assert(!"a message within its limit fits");
    }
}

/* How many octets the message that begins with data needs in all; as far as that is known. */
static size_t whole_length(struct bytes data)
{
    return data.n < LENGTH_OCTETS ? LENGTH_OCTETS : LENGTH_OCTETS + length_of(data);
}

static void give(struct msgpipe *p, struct bytes whole)
{
    whole.p += LENGTH_OCTETS;
    whole.n -= LENGTH_OCTETS;
    p->handlers->on_message(p->arg, whole);
}

/* Add to a message in pieces until it is whole; returns octets used. */
static size_t collect(struct msgpipe *p, const uint8_t *data, size_t n)
{
    size_t want = whole_length(buf_view(&p->in)) - p->in.n;
    size_t used = want < n ? want : n;

    add(p, data, used);
    if (p->in.n >= LENGTH_OCTETS && p->in.n == whole_length(buf_view(&p->in))) {
        struct buf message = TAKE(p->in, (struct buf){ 0 });

        buf_init(&p->in, LENGTH_OCTETS + MSGPIPE_MESSAGE_MAX);
        give(p, buf_view(&message));
        buf_done(&message);
    }
    return used;
}

static size_t on_data(void *arg, uint8_t *data, size_t n)
{
    struct msgpipe *p = arg;
    size_t used = 0;

    while (used < n && !p->paused && p->conn != NULL) {
        struct bytes rest = { data + used, n - used };
        bool in_pieces = p->in.n > 0;
        struct bytes begin = in_pieces ? buf_view(&p->in) : rest;

        if (begin.n >= LENGTH_OCTETS && length_of(begin) > MSGPIPE_MESSAGE_MAX) {
            end(p);
            break;
        }
        if (!in_pieces && rest.n >= LENGTH_OCTETS && rest.n >= whole_length(rest)) {
            rest.n = whole_length(rest);
            used += rest.n;
            give(p, rest);
        } else {
            used += collect(p, rest.p, rest.n);
        }
    }
    return p->conn == NULL ? n : used;
}

static void on_drain(void *arg)
{
    struct msgpipe *p = arg;

    if (TAKE(p->told_full, false)) {
        p->handlers->on_drain(p->arg);
    }
}

static void on_end(void *arg)
{
    end(arg);
}

static void on_deadline(void *arg)
{
    (void)arg; /* none is ever set */
}

static const struct conn_handlers CONN_HANDLERS = {
    .on_data = on_data,
    .on_drain = on_drain,
    .on_end = on_end,
    .on_deadline = on_deadline,
};

struct msgpipe *msgpipe_new(struct loop *loop, int fd, const struct msgpipe_handlers *handlers,
                            void *arg)
{
    struct msgpipe *p = NEW(struct msgpipe);
    struct peer nobody = { 0 };
    int flags = fcntl(fd, F_GETFL);

    if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0) {
        abort(); /* no file descriptor at all */
    }
    p->loop = loop;
    p->handlers = handlers;
    p->arg = arg;
    buf_init(&p->in, LENGTH_OCTETS + MSGPIPE_MESSAGE_MAX);
    p->pool = conn_pool_new(loop);
    p->conn = conn_new(p->pool, fd, &nobody);
    conn_set_handlers(p->conn, &CONN_HANDLERS, p);
    return p;
}

static void free_msgpipe(void *arg)
{
    struct msgpipe *p = arg;

    buf_done(&p->in);
    free(p);
}

void msgpipe_free(struct msgpipe *p)
{
    if (p != NULL && !p->freed) {
        p->freed = true;
        close_conn(p);
        conn_pool_free(p->pool);
        loop_defer(p->loop, free_msgpipe, p);
    }
}

bool msgpipe_send(struct msgpipe *p, struct bytes message)
{
    uint8_t length[LENGTH_OCTETS];

    assert(message.n <= MSGPIPE_MESSAGE_MAX);
    if (p->conn == NULL) {
        return true; /* on_closed has run or is about to */
    }
    for (size_t i = 0; i < LENGTH_OCTETS; i++) {
        length[i] = (uint8_t)(message.n >> (8 * (LENGTH_OCTETS - 1 - i)));
    }
    conn_write(p->conn, (struct bytes){ length, sizeof(length) });
    conn_write(p->conn, message);
    if (conn_queued(p->conn) > MSGPIPE_QUEUE_FULL) {
        p->told_full = true;
        return false;
    }
    return true;
}

size_t msgpipe_queued(const struct msgpipe *p)
{
    return p->conn != NULL ? conn_queued(p->conn) : 0;
}

void msgpipe_pause(struct msgpipe *p, bool paused)
{
    p->paused = paused;
    if (p->conn != NULL) {
        conn_pause(p->conn, paused);
    }
}
