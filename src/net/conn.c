/* SPDX-License-Identifier: Apache-2.0 */
#include "net/conn.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fault.h"
#include "base/fd.h"
#include "base/list.h"

enum {
    CHUNK_OCTETS = 8 * 1024, /* of one piece of copied output */
    FLUSH_AT = 64 * 1024,    /* queued octets that go out before the end of the turn */
    PARTS_MAX = 16,          /* pieces given to one writev() */
};

struct conn_pool {
    struct loop *loop;
    struct link open;  /* connections that are not closed */
    struct link dirty; /* those with output that nobody tried to send yet */
    bool flushing;     /* a flush at the end of this turn is on its way */
    bool closing;      /* conn_pool_free() was called */
    loop_fn on_sent;
    void *sent_arg;
    size_t conns; /* not freed yet */
    uint8_t room[CONN_READ_MAX];
};

struct chunk {
    struct chunk *next;
    const uint8_t *p; /* what is left of it */
    size_t n;
    size_t cap; /* of own; 0 for static data */
    uint8_t own[];
};

struct conn {
    struct conn_pool *pool;
    const struct conn_handlers *handlers; /* NULL once closed or finishing */
    void *arg;
    struct watch *watch;
    struct link open;
    struct link dirty;
    struct chunk *first;
    struct chunk *last;
    size_t queued;
    uint8_t *kept; /* octets that on_data left */
    size_t kept_n;
    struct timer deadline;
    struct peer peer;
    int fd;
    bool paused;
    bool blocked;   /* the socket did not take everything: wait until it is writable */
    bool offering;  /* a resume is on its way */
    bool ended;     /* nothing more can be read */
    bool broken;    /* nor written */
    bool finishing; /* conn_finish(): only what is queued goes out */
    bool shut;      /* our direction is ended */
    size_t swallowed;
    size_t goodbye_queued; /* when its time was last set */
};

static void update_watch(struct conn *c)
{
    bool read = !c->ended && ((c->handlers != NULL && !c->paused && c->kept_n == 0) || c->shut);

    watch_set(c->watch, (read ? WATCH_READ : 0) | (c->blocked ? WATCH_WRITE : 0));
}

struct conn_pool *conn_pool_new(struct loop *loop)
{
    struct conn_pool *pool = NEW(struct conn_pool);

    pool->loop = loop;
    list_init(&pool->open);
    list_init(&pool->dirty);
    return pool;
}

static void free_pool_when_unused(struct conn_pool *pool)
{
    if (pool->closing && pool->conns == 0 && !pool->flushing) {
        free(pool);
    }
}

void conn_pool_on_sent(struct conn_pool *pool, loop_fn fn, void *arg)
{
    pool->on_sent = fn;
    pool->sent_arg = arg;
}

bool conn_pool_is_sending(const struct conn_pool *pool)
{
    LIST_EACH(&((struct conn_pool *)(uintptr_t)pool)->open, struct conn, open, it)
    {
        if (it->queued > 0) {
            return true;
        }
    }
    return false;
}

static void tell_sent(struct conn_pool *pool)
{
    if (pool->on_sent != NULL) {
        pool->on_sent(pool->sent_arg);
    }
}

/* ---- the end ---- */

static void drop_output(struct conn *c)
{
    while (c->first != NULL) {
        struct chunk *k = c->first;

        c->first = k->next;
        free(k);
    }
    c->last = NULL;
    c->queued = 0;
}

static void drop_kept(struct conn *c)
{
    free(c->kept);
    c->kept = NULL;
    c->kept_n = 0;
}

static void free_conn(void *arg)
{
    struct conn *c = arg;
    struct conn_pool *pool = c->pool;

    free(c);
    pool->conns--;
    free_pool_when_unused(pool);
}

void conn_close(struct conn *c)
{
    if (c == NULL || c->fd < 0) {
        return;
    }
    c->handlers = NULL;
    c->finishing = false;
    timer_stop(&c->deadline);
    list_remove(&c->open);
    list_remove(&c->dirty);
    watch_free(TAKE(c->watch, NULL));
    fd_closep(&c->fd);
    drop_output(c);
    drop_kept(c);
    /* Frames of ours may be above on the stack. */
    loop_defer(c->pool->loop, free_conn, c);
    tell_sent(c->pool);
}

void conn_pool_free(struct conn_pool *pool)
{
    pool->on_sent = NULL;
    while (!list_empty(&pool->open)) {
        conn_close(LIST_FIRST(&pool->open, struct conn, open));
    }
    pool->closing = true;
    free_pool_when_unused(pool);
}

/* Nothing more comes. What is kept is offered before that is told. */
static void end(struct conn *c, bool broken)
{
    if (broken) {
        c->broken = true;
        c->blocked = false;
        list_remove(&c->dirty);
        drop_output(c);
        drop_kept(c);
    }
    if (c->finishing && (broken || c->shut)) {
        conn_close(c);
        return;
    }
    c->ended = true;
    update_watch(c);
    if (c->handlers != NULL && c->kept_n == 0) {
        c->handlers->on_end(c->arg);
    }
}

/* ---- output ---- */

static size_t gather(const struct conn *c, struct iovec parts[static PARTS_MAX])
{
    size_t n = 0;

    for (struct chunk *k = c->first; k != NULL && n < PARTS_MAX; k = k->next) {
        parts[n++] = (struct iovec){ (void *)(uintptr_t)k->p, k->n };
    }
    return n;
}

static void taken(struct conn *c, size_t n)
{
    c->queued -= n;
    while (n > 0) {
        struct chunk *k = c->first;

        if (n < k->n) {
            k->p += n;
            k->n -= n;
            return;
        }
        n -= k->n;
        c->first = k->next;
        free(k);
    }
    if (c->first == NULL) {
        c->last = NULL;
    }
}

/* Send what the socket takes. False when the connection broke. */
static bool send_some(struct conn *c)
{
    while (c->queued > 0) {
        struct iovec parts[PARTS_MAX];
        size_t count = gather(c, parts);
        ssize_t n =
            fault_here("net.writev") ? (errno = ECONNRESET, -1) : writev(c->fd, parts, (int)count);

        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            c->blocked = errno == EAGAIN;
            return c->blocked;
        }
        taken(c, (size_t)n);
    }
    c->blocked = false;
    return true;
}

static void end_our_direction(struct conn *c)
{
    c->shut = true;
    if (c->ended) {
        conn_close(c);
        return;
    }
    (void)shutdown(c->fd, SHUT_WR);
    timer_start(&c->deadline, CONN_LINGER_MS);
    tell_sent(c->pool);
}

static void flush(struct conn *c)
{
    bool waited = c->blocked;

    list_remove(&c->dirty);
    if (c->fd < 0 || c->broken) {
        return;
    }
    if (!send_some(c)) {
        end(c, true);
        return;
    }
    if (c->queued == 0 && c->finishing && !c->shut) {
        end_our_direction(c);
    }
    if (c->fd < 0) {
        return;
    }
    update_watch(c);
    if (c->queued == 0 && waited && c->handlers != NULL) {
        c->handlers->on_drain(c->arg);
    }
}

static void flush_all(void *arg)
{
    struct conn_pool *pool = arg;
    struct conn *c;

    pool->flushing = false;
    while ((c = LIST_FIRST(&pool->dirty, struct conn, dirty)) != NULL) {
        flush(c);
    }
    free_pool_when_unused(pool);
}

static void mark_dirty(struct conn *c)
{
    struct conn_pool *pool = c->pool;

    if (c->blocked || !list_empty(&c->dirty)) {
        return;
    }
    list_append(&pool->dirty, &c->dirty);
    if (!pool->flushing) {
        pool->flushing = true;
        loop_defer(pool->loop, flush_all, pool);
    }
}

static void append_chunk(struct conn *c, struct chunk *k)
{
    k->next = NULL;
    if (c->last != NULL) {
        c->last->next = k;
    } else {
        c->first = k;
    }
    c->last = k;
}

/* Room behind the last copied piece. */
static size_t put_into_last(struct conn *c, struct bytes data)
{
    struct chunk *k = c->last;
    size_t used;
    size_t n;

    if (k == NULL || k->cap == 0) {
        return 0;
    }
    used = (size_t)(k->p - k->own) + k->n;
    n = data.n < k->cap - used ? data.n : k->cap - used;
    memcpy(k->own + used, data.p, n);
    k->n += n;
    return n;
}

static void queue_grew(struct conn *c, size_t n)
{
    c->queued += n;
    mark_dirty(c);
    /* Only the socket is touched here: what it means that it broke is told from the loop. */
    if (c->queued >= FLUSH_AT && !c->blocked && send_some(c) && c->blocked) {
        list_remove(&c->dirty);
        update_watch(c);
    }
}

void conn_write(struct conn *c, struct bytes data)
{
    size_t done;

    if (data.n == 0 || c->fd < 0 || c->broken) {
        return;
    }
    done = put_into_last(c, data);
    if (done < data.n) {
        size_t left = data.n - done;
        size_t cap = left > CHUNK_OCTETS ? left : CHUNK_OCTETS;
        struct chunk *k;

        if (c->first == NULL && left <= CHUNK_OCTETS / 8) {
            cap = CHUNK_OCTETS / 8; /* most writes are one short message */
        }
        k = must_alloc(sizeof(*k) + cap);
        *k = (struct chunk){ .p = k->own, .n = left, .cap = cap };
        memcpy(k->own, data.p + done, left);
        append_chunk(c, k);
    }
    queue_grew(c, data.n);
}

void conn_write_static(struct conn *c, struct bytes data)
{
    struct chunk *k;

    if (data.n == 0 || c->fd < 0 || c->broken) {
        return;
    }
    k = must_alloc(sizeof(*k));
    *k = (struct chunk){ .p = data.p, .n = data.n };
    append_chunk(c, k);
    queue_grew(c, data.n);
}

size_t conn_queued(const struct conn *c)
{
    return c->queued;
}

/* ---- input ---- */

static void keep(struct conn *c, const uint8_t *data, size_t n)
{
    c->kept = must_alloc(n);
    c->kept_n = n;
    memcpy(c->kept, data, n);
}

/* Offer octets; what is left of them is kept. */
static void offer(struct conn *c, uint8_t *data, size_t n)
{
    const struct conn_handlers *asked = c->handlers;
    size_t used = asked->on_data(c->arg, data, n);

    assert(used <= n);
    if (used < n && c->handlers != NULL) {
        keep(c, data + used, n - used);
        if (c->handlers != asked) {
            conn_resume(c); /* who took over has not seen it yet */
        }
    }
}

static void swallow(struct conn *c, ssize_t n)
{
    c->swallowed += n > 0 ? (size_t)n : 0;
    if ((n <= 0 && !(n < 0 && errno == EAGAIN)) || c->swallowed > CONN_LINGER_MAX) {
        conn_close(c);
    }
}

static void read_some(struct conn *c)
{
    ssize_t n;

    do {
        n = fault_here("net.read") ? (errno = ECONNRESET, -1)
                                   : read(c->fd, c->pool->room, sizeof(c->pool->room));
    } while (n < 0 && errno == EINTR);
    if (c->shut) {
        swallow(c, n);
    } else if (n > 0) {
        offer(c, c->pool->room, (size_t)n);
        if (c->fd >= 0) {
            update_watch(c);
        }
    } else if (n == 0 || errno != EAGAIN) {
        end(c, n < 0);
    }
}

static void on_ready(void *arg, int events)
{
    struct conn *c = arg;

    if ((events & WATCH_WRITE) != 0) {
        flush(c);
    }
    if ((events & WATCH_READ) != 0 && c->fd >= 0 && !c->ended &&
        (c->shut || (c->handlers != NULL && !c->paused && c->kept_n == 0))) {
        read_some(c);
    }
}

static void offer_kept(void *arg)
{
    struct conn *c = arg;
    uint8_t *data;
    size_t n;

    c->offering = false;
    /* A connection that was closed meanwhile is freed later than this runs: calls keep order. */
    if (c->fd < 0 || c->handlers == NULL || c->paused) {
        return;
    }
    data = TAKE(c->kept, NULL);
    n = TAKE(c->kept_n, 0);
    if (n > 0) {
        offer(c, data, n);
        free(data);
    }
    if (c->fd < 0) {
        return;
    }
    update_watch(c);
    if (c->ended && c->handlers != NULL && c->kept_n == 0) {
        c->handlers->on_end(c->arg);
    }
}

void conn_resume(struct conn *c)
{
    if (c->kept_n > 0 && !c->offering && c->fd >= 0) {
        c->offering = true;
        loop_defer(c->pool->loop, offer_kept, c);
    }
}

void conn_pause(struct conn *c, bool paused)
{
    c->paused = paused;
    if (c->fd < 0) {
        return;
    }
    if (!paused) {
        conn_resume(c);
    }
    update_watch(c);
}

/* ---- life ---- */

static void start_goodbye(struct conn *c)
{
    c->goodbye_queued = c->queued;
    timer_start(&c->deadline, CONN_GOODBYE_MS);
}

static void on_deadline(void *arg)
{
    struct conn *c = arg;

    if (c->handlers != NULL) {
        c->handlers->on_deadline(c->arg);
    } else if (!c->shut && c->queued < c->goodbye_queued) {
        start_goodbye(c); /* slow, but it reads */
    } else {
        conn_close(c);
    }
}

struct conn *conn_new(struct conn_pool *pool, int fd, const struct peer *peer)
{
    struct conn *c = NEW(struct conn);

    c->pool = pool;
    c->fd = fd;
    c->peer = *peer;
    list_init(&c->open);
    list_append(&pool->open, &c->open);
    list_init(&c->dirty);
    timer_init(&c->deadline, pool->loop, on_deadline, c);
    c->watch = watch_new(pool->loop, fd, on_ready, c);
    pool->conns++;
    return c;
}

void conn_set_handlers(struct conn *c, const struct conn_handlers *handlers, void *arg)
{
    c->handlers = handlers;
    c->arg = arg;
    conn_resume(c);
    update_watch(c);
}

void conn_finish(struct conn *c)
{
    if (c->fd < 0 || c->finishing) {
        return;
    }
    c->handlers = NULL;
    c->finishing = true;
    drop_kept(c);
    if (c->broken) {
        conn_close(c);
        return;
    }
    start_goodbye(c);
    update_watch(c);
    if (!c->blocked) {
        list_remove(&c->dirty);
        mark_dirty(c); /* even with nothing queued: the flush is what ends our direction */
    }
}

void conn_set_deadline(struct conn *c, uint64_t in_ms)
{
    if (in_ms == 0) {
        timer_stop(&c->deadline);
    } else {
        timer_start(&c->deadline, in_ms);
    }
}

const struct peer *conn_peer(const struct conn *c)
{
    return &c->peer;
}

struct loop *conn_loop(const struct conn *c)
{
    return c->pool->loop;
}
