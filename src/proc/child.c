/* SPDX-License-Identifier: Apache-2.0 */
#include "proc/child.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fd.h"
#include "proc/descendants.h"

enum {
    READ_CHUNK = 64 * 1024,   /* octets read per turn and pipe: what a pipe holds */
    DRAIN_MS = 500,           /* after the exit, for pipes that somebody else still holds open */
    POLL_MS = 50,             /* where the system has no pidfd */
    SWEEP_MS = 10000,         /* between looks for ended orphans */
    SENT_LIMIT = 1024 * 1024, /* octets written before the queue is moved together */
};

struct children {
    struct loop *loop;
    struct link list;
    struct timer sweep;
};

enum ending { ENDING_NONE, ENDING_POLITE, ENDING_TERM, ENDING_KILL };

/* One direction of output. */
struct outlet {
    struct child *child;
    int fd; /* -1 after its end */
    struct watch *watch;
    void (*tell)(void *arg, struct bytes data);
};

struct child {
    struct link link;
    struct children *all;
    struct loop *loop;
    pid_t pid;
    int pidfd; /* -1 where the system has none */
    struct watch *exit_watch;
    struct timer poll;
    struct outlet out;
    struct outlet err;
    int in; /* -1 when it is closed */
    struct watch *in_watch;
    struct buf input;
    size_t sent; /* of input, already written */
    bool input_ends;
    bool paused;
    bool orphaned; /* its owner forgot it */
    bool ended;    /* its exit was collected */
    bool told;
    int code;
    int signal;
    enum ending ending;
    struct timer ending_timer;
    struct timer drain;
    bool keep_descendants;
    char *mark;
    struct child_events events;
};

static bool is_child(void *arg, pid_t pid)
{
    struct children *all = arg;

    LIST_EACH(&all->list, struct child, link, c)
    {
        if (c->pid == pid) {
            return true;
        }
    }
    return false;
}

static void on_sweep(void *arg)
{
    struct children *all = arg;

    descendants_reap(is_child, all);
    timer_start(&all->sweep, SWEEP_MS);
}

struct children *children_new(struct loop *loop)
{
    struct children *all = NEW(struct children);
    struct sigaction now;

    all->loop = loop;
    list_init(&all->list);
    timer_init(&all->sweep, loop, on_sweep, all);
    timer_start(&all->sweep, SWEEP_MS);
    (void)prctl(PR_SET_CHILD_SUBREAPER, 1);
    /* writing to a child that has ended is an error of ours to handle, not a reason to die */
    if (sigaction(SIGPIPE, NULL, &now) == 0 && now.sa_handler == SIG_DFL) {
        (void)signal(SIGPIPE, SIG_IGN);
    }
    return all;
}

static void close_input_now(struct child *c)
{
    watch_free(c->in_watch);
    c->in_watch = NULL;
    fd_closep(&c->in);
    buf_done(&c->input);
    c->sent = 0;
}

static void close_outlet(struct outlet *o)
{
    watch_free(o->watch);
    o->watch = NULL;
    fd_closep(&o->fd);
}

static void release(void *arg)
{
    struct child *c = arg;

    free(c->mark);
    free(c);
}

static void close_all(struct child *c)
{
    list_remove(&c->link);
    timer_stop(&c->poll);
    timer_stop(&c->ending_timer);
    timer_stop(&c->drain);
    watch_free(c->exit_watch);
    c->exit_watch = NULL;
    fd_closep(&c->pidfd);
    close_input_now(c);
    close_outlet(&c->out);
    close_outlet(&c->err);
}

/* Freed after this turn: somebody above may still hold the pointer. */
static void dispose(struct child *c)
{
    close_all(c);
    loop_defer(c->loop, release, c);
}

void children_free(struct children *all)
{
    if (all == NULL) {
        return;
    }
    LIST_EACH(&all->list, struct child, link, c)
    {
        (void)waitpid(c->pid, NULL, WNOHANG);
        close_all(c);
        release(c);
    }
    timer_stop(&all->sweep);
    free(all);
}

/* The exit is told once, after the end of both outputs. The record is out of the list before. */
static void finish(struct child *c)
{
    if (!c->ended || c->told || c->out.fd != -1 || c->err.fd != -1) {
        return;
    }
    c->told = true;
    timer_stop(&c->drain);
    list_remove(&c->link);
    if (c->orphaned) {
        dispose(c);
        return;
    }
    if (c->events.exited != NULL) {
        c->events.exited(c->events.arg, c->code, c->signal);
    }
}

static void on_readable(void *arg, int events)
{
    struct outlet *o = arg;
    struct child *c = o->child;
    uint8_t data[READ_CHUNK];
    ssize_t n;

    (void)events;
    do {
        n = read(o->fd, data, sizeof(data));
    } while (n == -1 && errno == EINTR);
    if (n == -1 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
        return;
    }
    if (n <= 0) {
        close_outlet(o);
        finish(c);
        return;
    }
    if (o->tell != NULL && !c->orphaned) {
        o->tell(c->events.arg, (struct bytes){ .p = data, .n = (size_t)n });
    }
}

/* Somebody else holds a pipe of an ended child: what it says is not the child's output. */
static void on_drain_over(void *arg)
{
    struct child *c = arg;

    if (!c->paused) {
        close_outlet(&c->out);
        close_outlet(&c->err);
        finish(c);
    }
}

static void on_ended(struct child *c, const siginfo_t *info)
{
    bool by_signal = info->si_code != CLD_EXITED;

    c->ended = true;
    c->code = by_signal ? -1 : info->si_status;
    c->signal = by_signal ? info->si_status : 0;
    timer_stop(&c->poll);
    timer_stop(&c->ending_timer);
    watch_free(c->exit_watch);
    c->exit_watch = NULL;
    fd_closep(&c->pidfd);
    close_input_now(c);
    descendants_reap(is_child, c->all);
    timer_start(&c->drain, DRAIN_MS);
    finish(c);
}

static void collect(struct child *c)
{
    siginfo_t info = { .si_pid = 0 };

    if (waitid(P_PID, (id_t)c->pid, &info, WEXITED | WNOHANG | WNOWAIT) == -1 || info.si_pid == 0) {
        return;
    }
    /* before its number is free for others */
    if (!c->keep_descendants || c->ending == ENDING_KILL) {
        (void)descendants_kill(c->pid, c->mark);
    }
    (void)waitpid(c->pid, NULL, WNOHANG);
    on_ended(c, &info);
}

static void on_exit_ready(void *arg, int events)
{
    (void)events;
    collect(arg);
}

static void on_poll(void *arg)
{
    struct child *c = arg;

    timer_start(&c->poll, POLL_MS);
    collect(c);
}

static void on_writable(void *arg, int events)
{
    struct child *c = arg;
    ssize_t n;

    (void)events;
    do {
        n = write(c->in, c->input.p + c->sent, c->input.n - c->sent);
    } while (n == -1 && errno == EINTR);
    if (n == -1) {
        if (errno != EAGAIN && errno != EWOULDBLOCK) {
            close_input_now(c); /* it reads no more; its exit tells the rest */
        }
        return;
    }

    c->sent += (size_t)n;
    if (c->sent < c->input.n) {
        if (c->sent > SENT_LIMIT) {
            buf_consume(&c->input, c->sent);
            c->sent = 0;
        }
        return;
    }
    buf_clear(&c->input);
    c->sent = 0;
    watch_set(c->in_watch, 0);
    if (c->input_ends) {
        close_input_now(c);
    }
    if (c->events.drained != NULL) {
        c->events.drained(c->events.arg);
    }
}

static void on_ending_step(void *arg)
{
    struct child *c = arg;

    if (c->ending == ENDING_POLITE) {
        c->ending = ENDING_TERM;
        child_signal(c, SIGTERM);
        timer_start(&c->ending_timer, CHILD_TERM_MS);
        return;
    }
    child_kill(c);
}

static struct watch *watch_output(struct outlet *o)
{
    struct watch *w = watch_new(o->child->loop, o->fd, on_readable, o);

    watch_set(w, WATCH_READ);
    return w;
}

static void watch_exit(struct child *c)
{
    c->pidfd = (int)syscall(SYS_pidfd_open, c->pid, 0);
    if (c->pidfd == -1) {
        timer_start(&c->poll, POLL_MS);
        return;
    }
    c->exit_watch = watch_new(c->loop, c->pidfd, on_exit_ready, c);
    watch_set(c->exit_watch, WATCH_READ);
}

struct child *child_start(struct children *all, const struct child_options *options,
                          const struct child_events *events, struct err *e)
{
    struct spawned s;
    struct child *c;

    if (!spawn_start(&options->spawn, &s, e)) {
        return NULL;
    }
    c = NEW(struct child);
    c->all = all;
    c->loop = all->loop;
    c->pid = s.pid;
    c->in = s.in;
    c->out = (struct outlet){ .child = c, .fd = s.out, .tell = events->output };
    c->err = (struct outlet){ .child = c, .fd = s.err, .tell = events->error_output };
    c->keep_descendants = options->keep_descendants;
    c->mark = must_strdup(options->mark);
    c->events = *events;
    buf_init(&c->input, options->input_limit);
    list_init(&c->link);
    list_append(&all->list, &c->link);
    timer_init(&c->poll, c->loop, on_poll, c);
    timer_init(&c->ending_timer, c->loop, on_ending_step, c);
    timer_init(&c->drain, c->loop, on_drain_over, c);
    c->in_watch = watch_new(c->loop, c->in, on_writable, c);
    c->out.watch = watch_output(&c->out);
    c->err.watch = watch_output(&c->err);
    watch_exit(c);
    return c;
}

pid_t child_pid(const struct child *c)
{
    return c->pid;
}

struct loop *child_loop(const struct child *c)
{
    return c->loop;
}

bool child_write(struct child *c, struct bytes data, struct err *e)
{
    if (c->in == -1 || c->input_ends) {
        return err_set(e, ERR_FAILED_PRECONDITION, "EXITED", "the process takes no input any more");
    }
    if (data.n > c->input.max - child_waiting(c)) {
        return err_set(e, ERR_RESOURCE_EXHAUSTED, "LIMIT", "the process does not read its input");
    }
    if (c->sent > 0) {
        buf_consume(&c->input, c->sent);
        c->sent = 0;
    }
    TRY(buf_put(&c->input, data, e));
    if (child_waiting(c) > 0) {
        watch_set(c->in_watch, WATCH_WRITE);
    }
    return true;
}

size_t child_waiting(const struct child *c)
{
    return c->input.n - c->sent;
}

void child_close_input(struct child *c)
{
    c->input_ends = true;
    if (child_waiting(c) == 0) {
        close_input_now(c);
    }
}

static void set_reading(struct child *c)
{
    int events = c->paused ? 0 : WATCH_READ;

    if (c->out.watch != NULL) {
        watch_set(c->out.watch, events);
    }
    if (c->err.watch != NULL) {
        watch_set(c->err.watch, events);
    }
}

void child_pause(struct child *c)
{
    c->paused = true;
    set_reading(c);
}

void child_resume(struct child *c)
{
    c->paused = false;
    set_reading(c);
    if (c->ended && !c->told) {
        timer_start(&c->drain, DRAIN_MS);
    }
}

void child_signal(struct child *c, int signum)
{
    if (!c->ended) {
        (void)kill(-c->pid, signum);
    }
}

void child_stop(struct child *c)
{
    if (c->ended || c->ending != ENDING_NONE) {
        return;
    }
    c->ending = ENDING_POLITE;
    child_close_input(c);
    timer_start(&c->ending_timer, CHILD_POLITE_MS);
}

void child_kill(struct child *c)
{
    if (c->ended) {
        return;
    }
    c->ending = ENDING_KILL;
    timer_stop(&c->ending_timer);
    /* stopped, it neither forks nor goes on when its own children die; they are found through it,
     * so they go first */
    (void)kill(-c->pid, SIGSTOP);
    (void)descendants_kill(c->pid, c->mark);
    (void)kill(-c->pid, SIGKILL);
    (void)kill(c->pid, SIGKILL);
}

void child_free(struct child *c)
{
    if (c == NULL) {
        return;
    }
    c->orphaned = true;
    c->events = (struct child_events){ 0 };
    if (c->told) {
        dispose(c);
        return;
    }
    child_kill(c);
    close_input_now(c);
    close_outlet(&c->out);
    close_outlet(&c->err);
    finish(c);
}
