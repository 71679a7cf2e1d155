/* SPDX-License-Identifier: Apache-2.0 */
#include "loop/loop.h"

#include <assert.h>
#include <stdlib.h>
#include <uv.h>

#include "base/alloc.h"

struct call {
    struct link link;
    loop_fn fn;
    void *arg;
};

struct signal_watch {
    uv_signal_t handle;
    struct link link;
    loop_fn fn;
    void *arg;
};

struct loop {
    uv_loop_t uv;
    uv_timer_t alarm;    /* set to the earliest of our own timers */
    struct timer **heap; /* heap[1] is the earliest */
    size_t timers;
    size_t heap_cap;
    uv_check_t after_turn;
    uv_idle_t no_sleep; /* on while something is deferred, so that the turn ends at once */
    struct link deferred;
    uv_async_t wake;
    uv_mutex_t posted_lock; /* the one lock: the door through which other threads come in */
    struct link posted;
    struct link signals;
};

static void run_calls(struct link *calls)
{
    while (!list_empty(calls)) {
        struct call *c = LIST_FIRST(calls, struct call, link);

        list_remove(&c->link);
        c->fn(c->arg);
        free(c);
    }
}

static void append_call(struct link *calls, loop_fn fn, void *arg)
{
    struct call *c = NEW(struct call);

    *c = (struct call){ .fn = fn, .arg = arg };
    list_init(&c->link);
    list_append(calls, &c->link);
}

/* Move all of one list behind another, which leaves the first empty. */
static void take_all(struct link *from, struct link *to)
{
    list_init(to);
    if (!list_empty(from)) {
        *to = *from;
        to->next->prev = to;
        to->prev->next = to;
        list_init(from);
    }
}

static void on_turn_over(uv_check_t *check)
{
    struct loop *loop = check->data;
    struct link batch;

    /* What a deferred call defers runs a turn later, so that two cannot keep the loop forever. */
    take_all(&loop->deferred, &batch);
    run_calls(&batch);
    if (list_empty(&loop->deferred)) {
        uv_idle_stop(&loop->no_sleep);
        uv_check_stop(&loop->after_turn);
    }
}

static void on_idle(uv_idle_t *idle)
{
    (void)idle;
}

static void on_wake(uv_async_t *wake)
{
    struct loop *loop = wake->data;
    struct link batch;

    uv_mutex_lock(&loop->posted_lock);
    take_all(&loop->posted, &batch);
    uv_mutex_unlock(&loop->posted_lock);
    run_calls(&batch);
}

struct loop *loop_new(void)
{
    struct loop *loop = NEW(struct loop);

    if (uv_loop_init(&loop->uv) != 0 || uv_mutex_init(&loop->posted_lock) != 0) {
        abort();
    }
    uv_timer_init(&loop->uv, &loop->alarm);
    uv_check_init(&loop->uv, &loop->after_turn);
    uv_idle_init(&loop->uv, &loop->no_sleep);
    uv_async_init(&loop->uv, &loop->wake, on_wake);
    loop->alarm.data = loop;
    loop->after_turn.data = loop;
    loop->wake.data = loop;
    list_init(&loop->deferred);
    list_init(&loop->posted);
    list_init(&loop->signals);
    return loop;
}

static void on_signal_closed(uv_handle_t *handle)
{
    free(handle->data);
}

void loop_free(struct loop *loop)
{
    assert(loop->timers == 0);
    LIST_EACH(&loop->signals, struct signal_watch, link, it)
    {
        list_remove(&it->link);
        uv_close((uv_handle_t *)&it->handle, on_signal_closed);
    }
    uv_close((uv_handle_t *)&loop->alarm, NULL);
    uv_close((uv_handle_t *)&loop->after_turn, NULL);
    uv_close((uv_handle_t *)&loop->no_sleep, NULL);
    uv_close((uv_handle_t *)&loop->wake, NULL);
    uv_run(&loop->uv, UV_RUN_DEFAULT);
    on_wake(&loop->wake);
    while (!list_empty(&loop->deferred)) {
        struct link batch;

        take_all(&loop->deferred, &batch);
        run_calls(&batch);
    }
    uv_run(&loop->uv, UV_RUN_DEFAULT); /* closes what the last calls let go */
    if (uv_loop_close(&loop->uv) != 0) {
        abort(); /* a watch outlived its loop */
    }
    uv_mutex_destroy(&loop->posted_lock);
    free(loop->heap);
    free(loop);
}

void loop_end_threads(void)
{
    uv_library_shutdown();
}

void loop_run(struct loop *loop)
{
    uv_run(&loop->uv, UV_RUN_DEFAULT);
    on_wake(&loop->wake);
    while (!list_empty(&loop->deferred)) {
        on_turn_over(&loop->after_turn);
    }
}

void loop_stop(struct loop *loop)
{
    uv_stop(&loop->uv);
}

uint64_t loop_now_ms(const struct loop *loop)
{
    return uv_now(&loop->uv);
}

void loop_defer(struct loop *loop, loop_fn fn, void *arg)
{
    append_call(&loop->deferred, fn, arg);
    uv_check_start(&loop->after_turn, on_turn_over);
    uv_idle_start(&loop->no_sleep, on_idle);
}

void loop_post(struct loop *loop, loop_fn fn, void *arg)
{
    uv_mutex_lock(&loop->posted_lock);
    append_call(&loop->posted, fn, arg);
    /* Inside the lock: once the call is out, the loop may run it and be freed. */
    uv_async_send(&loop->wake);
    uv_mutex_unlock(&loop->posted_lock);
}

struct slow_call {
    uv_work_t work;
    loop_fn fn;
    loop_fn done;
    void *arg;
};

static void on_pool_thread(uv_work_t *work)
{
    struct slow_call *c = work->data;

    c->fn(c->arg);
}

static void on_slow_done(uv_work_t *work, int status)
{
    struct slow_call *c = work->data;

    (void)status; /* never cancelled */
    c->done(c->arg);
    free(c);
}

void loop_slow(struct loop *loop, loop_fn work, loop_fn done, void *arg)
{
    struct slow_call *c = NEW(struct slow_call);

    *c = (struct slow_call){ .fn = work, .done = done, .arg = arg };
    c->work.data = c;
    if (uv_queue_work(&loop->uv, &c->work, on_pool_thread, on_slow_done) != 0) {
        abort();
    }
}

/* ---- timers: a binary heap by time, one libuv timer set to its top ---- */

static void put_at(struct loop *loop, size_t place, struct timer *t)
{
    loop->heap[place] = t;
    t->place = place;
}

static void sift_up(struct loop *loop, size_t place)
{
    struct timer *t = loop->heap[place];

    while (place > 1 && loop->heap[place / 2]->at_ms > t->at_ms) {
        put_at(loop, place, loop->heap[place / 2]);
        place /= 2;
    }
    put_at(loop, place, t);
}

static void sift_down(struct loop *loop, size_t place)
{
    struct timer *t = loop->heap[place];

    for (;;) {
        size_t child = 2 * place;

        if (child > loop->timers) {
            break;
        }
        if (child < loop->timers && loop->heap[child + 1]->at_ms < loop->heap[child]->at_ms) {
            child++;
        }
        if (loop->heap[child]->at_ms >= t->at_ms) {
            break;
        }
        put_at(loop, place, loop->heap[child]);
        place = child;
    }
    put_at(loop, place, t);
}

static void set_alarm(struct loop *loop);

static void on_alarm(uv_timer_t *alarm)
{
    struct loop *loop = alarm->data;
    uint64_t now = loop_now_ms(loop);

    while (loop->timers > 0 && loop->heap[1]->at_ms <= now) {
        struct timer *t = loop->heap[1];

        timer_stop(t);
        t->fn(t->arg);
    }
    set_alarm(loop);
}

static void set_alarm(struct loop *loop)
{
    uint64_t now = loop_now_ms(loop);

    if (loop->timers == 0) {
        uv_timer_stop(&loop->alarm);
        return;
    }
    uv_timer_start(&loop->alarm, on_alarm,
                   loop->heap[1]->at_ms > now ? loop->heap[1]->at_ms - now : 0, 0);
}

void timer_init(struct timer *t, struct loop *loop, loop_fn fn, void *arg)
{
    *t = (struct timer){ .loop = loop, .fn = fn, .arg = arg };
}

bool timer_is_on(const struct timer *t)
{
    return t->place != 0;
}

void timer_start(struct timer *t, uint64_t delay_ms)
{
    struct loop *loop = t->loop;

    timer_stop(t);
    if (loop->timers + 2 > loop->heap_cap) {
        loop->heap_cap = loop->heap_cap > 0 ? 2 * loop->heap_cap : 64;
        loop->heap = must_realloc(loop->heap, loop->heap_cap * sizeof(*loop->heap));
    }
    /* A turn may have taken long; a delay counts from when it was asked for. */
    uv_update_time(&loop->uv);
    t->at_ms = loop_now_ms(loop) + delay_ms;
    loop->timers++;
    put_at(loop, loop->timers, t);
    sift_up(loop, loop->timers);
    if (t->place == 1) {
        set_alarm(loop);
    }
}

void timer_stop(struct timer *t)
{
    struct loop *loop = t->loop;
    size_t place = t->place;
    struct timer *last;

    if (place == 0) {
        return;
    }
    last = loop->heap[loop->timers--];
    t->place = 0;
    if (last != t) {
        put_at(loop, place, last);
        sift_up(loop, place);
        sift_down(loop, last->place);
    }
    if (place == 1) {
        set_alarm(loop);
    }
}

/* ---- readiness ---- */

struct watch {
    uv_poll_t poll;
    watch_fn fn;
    void *arg;
    int wanted;
};

static void on_ready(uv_poll_t *poll, int status, int events)
{
    struct watch *w = poll->data;
    int ready = 0;

    if (status < 0 || (events & UV_DISCONNECT) != 0) {
        ready = w->wanted;
    }
    ready |= (events & UV_READABLE) != 0 ? WATCH_READ : 0;
    ready |= (events & UV_WRITABLE) != 0 ? WATCH_WRITE : 0;
    w->fn(w->arg, ready & w->wanted);
}

struct watch *watch_new(struct loop *loop, int fd, watch_fn fn, void *arg)
{
    struct watch *w = NEW(struct watch);

    w->fn = fn;
    w->arg = arg;
    if (uv_poll_init(&loop->uv, &w->poll, fd) != 0) {
        abort(); /* a file descriptor that cannot be polled is a mistake of ours */
    }
    w->poll.data = w;
    return w;
}

void watch_set(struct watch *w, int events)
{
    int uv_events = ((events & WATCH_READ) != 0 ? UV_READABLE : 0) |
                    ((events & WATCH_WRITE) != 0 ? UV_WRITABLE : 0);

    if (events == w->wanted) {
        return;
    }
    w->wanted = events;
    if (uv_events == 0) {
        uv_poll_stop(&w->poll);
    } else {
        uv_poll_start(&w->poll, uv_events, on_ready);
    }
}

static void on_watch_closed(uv_handle_t *handle)
{
    free(handle->data);
}

void watch_free(struct watch *w)
{
    if (w != NULL) {
        uv_poll_stop(&w->poll);
        uv_close((uv_handle_t *)&w->poll, on_watch_closed);
    }
}

/* ---- signals ---- */

static void on_signal(uv_signal_t *handle, int signum)
{
    struct signal_watch *s = handle->data;

    (void)signum;
    s->fn(s->arg);
}

void loop_on_signal(struct loop *loop, int signum, loop_fn fn, void *arg)
{
    struct signal_watch *s = NEW(struct signal_watch);

    s->fn = fn;
    s->arg = arg;
    list_init(&s->link);
    list_append(&loop->signals, &s->link);
    uv_signal_init(&loop->uv, &s->handle);
    s->handle.data = s;
    if (uv_signal_start(&s->handle, on_signal, signum) != 0) {
        abort();
    }
}
