/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A server with a toy handler and raw client sockets on one loop, all in this process.
 *
 * Nothing here sleeps: world_until() turns the loop until a condition holds, and fails the test
 * after 10 s.
 */
#ifndef TESTS_UNIT_NET_HARNESS_H
#define TESTS_UNIT_NET_HARNESS_H

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "net/addr.h"
#include "net/http.h"

enum { WORLD_LIMIT_MS = 10 * 1000, CLIENT_MAX = 64 * 1024 * 1024 };

struct world {
    struct loop *loop;
    struct http_server *server;
    struct timer limit;
    bool late;
};

struct client {
    struct world *world;
    struct watch *watch;
    struct buf in;
    int fd;
    bool ended;
};

static inline void world_wake(struct world *w)
{
    loop_stop(w->loop);
}

static inline void world_is_late(void *arg)
{
    struct world *w = arg;

    w->late = true;
    loop_stop(w->loop);
}

static inline void world_open(struct world *w)
{
    *w = (struct world){ .loop = loop_new() };
    timer_init(&w->limit, w->loop, world_is_late, w);
}

/* Start a server on a free port of 127.0.0.1. */
static inline void world_serve(struct world *w, const struct http_handler *handler,
                               const struct http_options *options, void *arg)
{
    struct err e;

    w->server = http_server_new(w->loop, handler, options, arg);
    if (!http_server_listen(w->server, "127.0.0.1:0", &e)) {
        fail_msg("%s", e.msg);
    }
}

static inline void world_close(struct world *w)
{
    http_server_free(w->server);
    timer_stop(&w->limit);
    loop_free(w->loop);
}

/* Turn the loop until holds(arg). Whatever may make it true calls world_wake(). */
static inline void world_until(struct world *w, bool (*holds)(const void *arg), const void *arg)
{
    w->late = false;
    timer_start(&w->limit, WORLD_LIMIT_MS);
    while (!holds(arg)) {
        if (w->late) {
            fail_msg("what the test waits for did not happen");
        }
        loop_run(w->loop);
    }
    timer_stop(&w->limit);
}

static inline bool world_is_true(const void *arg)
{
    return *(const bool *)arg;
}

static inline void world_passed(void *arg)
{
    *(bool *)arg = true;
}

/* Let the loop turn once. */
static inline void world_turn(struct world *w)
{
    bool passed = false;

    loop_defer(w->loop, world_passed, &passed);
    loop_stop(w->loop);
    world_until(w, world_is_true, &passed);
}

static inline void client_on_ready(void *arg, int events)
{
    struct client *c = arg;
    uint8_t room[65536];
    ssize_t n = read(c->fd, room, sizeof(room));
    struct err e;

    (void)events;
    if (n > 0) {
        assert_true(buf_put(&c->in, (struct bytes){ room, (size_t)n }, &e));
    } else if (n == 0 || errno != EAGAIN) {
        c->ended = true;
        watch_set(c->watch, 0);
    }
    world_wake(c->world);
}

static inline void client_attach(struct client *c, struct world *w, int fd)
{
    c->world = w;
    c->fd = fd;
    c->ended = false;
    buf_init(&c->in, CLIENT_MAX);
    assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
    c->watch = watch_new(w->loop, fd, client_on_ready, c);
    watch_set(c->watch, WATCH_READ);
}

/* Connect to the n-th address of the server. */
static inline void client_open_at(struct client *c, struct world *w, size_t n)
{
    static const char unix_prefix[] = "unix:";
    const char *text = http_server_address(w->server, n);
    struct addr a;
    struct err e;
    int fd;

    if (strncmp(text, unix_prefix, strlen(unix_prefix)) == 0) {
        assert_true(addr_unix(text + strlen(unix_prefix), &a, &e));
    } else {
        assert_true(addr_parse(text, &a, &e));
    }
    fd = socket(a.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(fd, &a.any, a.len), 0);
    client_attach(c, w, fd);
}

static inline void client_open(struct client *c, struct world *w)
{
    client_open_at(c, w, 0);
}

static inline void client_close(struct client *c)
{
    watch_free(TAKE(c->watch, NULL));
    if (c->fd >= 0) {
        close(c->fd);
        c->fd = -1;
    }
    buf_done(&c->in);
}

/* Send all of it, however often the loop must turn for the server to take it. */
static inline void client_send_bytes(struct client *c, struct bytes data)
{
    while (data.n > 0) {
        ssize_t n = send(c->fd, data.p, data.n, MSG_NOSIGNAL);

        if (n > 0) {
            data.p += n;
            data.n -= (size_t)n;
        } else if (n < 0 && errno == EAGAIN) {
            world_turn(c->world);
        } else {
            return; /* the server has hung up: what it said before is what counts */
        }
    }
}

static inline void client_send(struct client *c, const char *text)
{
    client_send_bytes(c, bytes_of(text));
}

static inline bool client_has_ended(const void *arg)
{
    return ((const struct client *)arg)->ended;
}

static inline void client_until_end(struct client *c)
{
    world_until(c->world, client_has_ended, c);
}

/* Octets of the first whole answer in what came; 0 while there is none. HEAD and 304 have no
 * body, whatever their length says: the caller knows. */
static inline size_t answer_length(struct bytes in, bool bodiless)
{
    const uint8_t *end = in.n > 0 ? memmem(in.p, in.n, "\r\n\r\n", 4) : NULL;
    const char *length;
    size_t head;

    if (end == NULL) {
        return 0;
    }
    head = (size_t)(end - in.p) + 4;
    length = memmem(in.p, head, "\r\ncontent-length: ", 18);
    if (length == NULL || bodiless) {
        return head;
    }
    head += strtoull(length + 18, NULL, 10);
    return head <= in.n ? head : 0;
}

struct answer_wait {
    const struct client *client;
    bool bodiless;
};

static inline bool answer_is_there(const void *arg)
{
    const struct answer_wait *w = arg;

    return answer_length(buf_view(&w->client->in), w->bodiless) > 0;
}

/* Wait for one answer and take it out. The caller frees the text. */
static inline char *client_answer_to(struct client *c, bool bodiless)
{
    struct answer_wait w = { c, bodiless };
    size_t n;
    char *text;

    world_until(c->world, answer_is_there, &w);
    n = answer_length(buf_view(&c->in), bodiless);
    text = bytes_dup((struct bytes){ c->in.p, n });
    buf_consume(&c->in, n);
    return text;
}

static inline char *client_answer(struct client *c)
{
    return client_answer_to(c, false);
}

/* Send a request and expect a status and, unless it is NULL, a text in the answer. */
static inline void client_expect(struct client *c, const char *request, int status,
                                 const char *within)
{
    char want[40];
    CLEANUP(free_p) char *answer = NULL;

    client_send(c, request);
    answer = client_answer_to(c, strncmp(request, "HEAD ", 5) == 0 || status == 304);
    snprintf(want, sizeof(want), "HTTP/1.1 %d ", status);
    if (strncmp(answer, want, strlen(want)) != 0 ||
        (within != NULL && strstr(answer, within) == NULL)) {
        fail_msg("wanted %d with '%s', got:\n%s", status, within != NULL ? within : "", answer);
    }
}

#endif
