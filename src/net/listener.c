/* SPDX-License-Identifier: Apache-2.0 */
#include "net/listener.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fault.h"
#include "base/fd.h"

enum {
    BACKLOG = 512,
    ACCEPTS_PER_TURN = 64,
    PAUSE_MS = 200, /* without file descriptors, until some may be free again */
};

struct listener {
    int fd;
    struct watch *watch;
    struct timer pause;
    listener_fn fn;
    void *arg;
    char *path; /* of a unix socket; NULL otherwise */
    dev_t dev;  /* which file it is: another may stand there by the time we end */
    ino_t ino;
    char text[ADDR_TEXT_MAX];
};

static void on_ready(void *arg, int events)
{
    struct listener *l = arg;

    (void)events;
    for (int i = 0; i < ACCEPTS_PER_TURN; i++) {
        int fd = fault_here("net.accept")
                     ? (errno = EMFILE, -1)
                     : accept4(l->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

        if (fd >= 0) {
            int on = 1;

            /* Fails on unix sockets, which have no such delay. */
            (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
            l->fn(l->arg, fd);
            continue;
        }
        if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
            /* The waiting connection keeps the socket readable: do not spin on it. */
            watch_set(l->watch, 0);
            timer_start(&l->pause, PAUSE_MS);
        }
        if (errno != ECONNABORTED && errno != EINTR) {
            return;
        }
    }
}

static void on_pause_over(void *arg)
{
    struct listener *l = arg;

    watch_set(l->watch, WATCH_READ);
}

static bool in_use(const char *text, struct err *e)
{
    return err_set(e, ERR_FAILED_PRECONDITION, "BUSY", "address in use: %s", text);
}

/* Take away a socket that a program left behind; refuse anything else that is there. */
static bool clear_path(const struct addr *at, struct err *e)
{
    const char *path = at->un.sun_path;
    struct stat st;
    CLEANUP(fd_closep)
    int probe = -1;
    char text[ADDR_TEXT_MAX];

    if (lstat(path, &st) != 0) {
        return errno == ENOENT || err_sys(e, "cannot look at %s", path);
    }
    if (!S_ISSOCK(st.st_mode)) {
        return err_set(e, ERR_ALREADY_EXISTS, "EXISTS", "%s exists and is no socket", path);
    }
    probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (probe < 0) {
        return err_sys(e, "cannot make a socket");
    }
    if (connect(probe, &at->any, at->len) == 0 || errno == EAGAIN) {
        addr_text(at, text);
        return in_use(text, e);
    }
    if (errno != ECONNREFUSED && errno != ENOENT) {
        return err_sys(e, "cannot replace %s", path);
    }
    return unlink(path) == 0 || errno == ENOENT || err_sys(e, "cannot replace %s", path);
}

static bool bind_at(int fd, const struct addr *at, const char *text, struct err *e)
{
    if (fault_here("net.bind") || bind(fd, &at->any, at->len) != 0) {
        return errno == EADDRINUSE ? in_use(text, e) : err_sys(e, "cannot listen at %s", text);
    }
    return true;
}

static bool bind_unix(struct listener *l, const struct addr *at, const char *text, struct err *e)
{
    mode_t before;
    struct stat st;
    bool ok;

    TRY(clear_path(at, e));
    /* Born with mode 0600: a chmod afterwards would leave a moment. */
    before = umask(0177);
    ok = bind_at(l->fd, at, text, e);
    umask(before);
    TRY(ok);
    l->path = must_strdup(at->un.sun_path);
    if (lstat(l->path, &st) != 0) {
        return err_sys(e, "cannot look at %s", l->path);
    }
    l->dev = st.st_dev;
    l->ino = st.st_ino;
    return true;
}

/* ":port" on a machine without IPv6 means IPv4. */
static bool open_tcp(struct listener *l, struct addr *at, bool any, struct err *e)
{
    l->fd = socket(at->any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (l->fd < 0 && any && errno == EAFNOSUPPORT) {
        *at = (struct addr){ .v4 = { .sin_family = AF_INET, .sin_port = at->v6.sin6_port },
                             .len = sizeof(at->v4) };
        l->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    }
    return l->fd >= 0 || err_sys(e, "cannot make a socket");
}

static bool bind_tcp(struct listener *l, const char *text, struct err *e)
{
    struct addr at;
    bool any = text[0] == ':';
    int on = 1;
    int v6_only = any ? 0 : 1;

    TRY(addr_parse(text, &at, e));
    TRY(open_tcp(l, &at, any, e));
    if (setsockopt(l->fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 ||
        (at.any.sa_family == AF_INET6 &&
         setsockopt(l->fd, IPPROTO_IPV6, IPV6_V6ONLY, &v6_only, sizeof(v6_only)) != 0)) {
        return err_sys(e, "cannot listen at %s", text);
    }
    return bind_at(l->fd, &at, text, e);
}

static bool open_listener(struct listener *l, const char *address, struct err *e)
{
    static const char unix_prefix[] = "unix:";
    struct addr at = { 0 };
    socklen_t n = sizeof(at.un);

    if (strncmp(address, unix_prefix, strlen(unix_prefix)) == 0) {
        TRY(addr_unix(address + strlen(unix_prefix), &at, e));
        l->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (l->fd < 0) {
            return err_sys(e, "cannot make a socket");
        }
        TRY(bind_unix(l, &at, address, e));
        snprintf(l->text, sizeof(l->text), "%s", address);
    } else {
        TRY(bind_tcp(l, address, e));
        if (getsockname(l->fd, &at.any, &n) != 0) {
            return err_sys(e, "cannot listen at %s", address);
        }
        at.len = n;
        addr_text(&at, l->text);
    }
    if (fault_here("net.listen") || listen(l->fd, BACKLOG) != 0) {
        return errno == EADDRINUSE ? in_use(address, e)
                                   : err_sys(e, "cannot listen at %s", address);
    }
    return true;
}

struct listener *listener_new(struct loop *loop, const char *address, listener_fn fn, void *arg,
                              struct err *e)
{
    struct listener *l = NEW(struct listener);

    l->fd = -1;
    l->fn = fn;
    l->arg = arg;
    timer_init(&l->pause, loop, on_pause_over, l);
    if (!open_listener(l, address, e)) {
        listener_free(l);
        return NULL;
    }
    l->watch = watch_new(loop, l->fd, on_ready, l);
    watch_set(l->watch, WATCH_READ);
    return l;
}

const char *listener_address(const struct listener *l)
{
    return l->text;
}

static void remove_file(const struct listener *l)
{
    struct stat st;

    if (l->path != NULL && lstat(l->path, &st) == 0 && st.st_dev == l->dev && st.st_ino == l->ino) {
        (void)unlink(l->path);
    }
}

void listener_free(struct listener *l)
{
    if (l == NULL) {
        return;
    }
    timer_stop(&l->pause);
    watch_free(l->watch);
    fd_closep(&l->fd);
    remove_file(l);
    free(l->path);
    free(l);
}
