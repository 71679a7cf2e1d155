/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The event loop: one thread that owns all state. Timers, deferred calls, messages from other
 * threads, signals, readiness of file descriptors, and slow work on a pool of threads.
 *
 * Only this folder knows libuv. Everything here is called on the loop's thread, except
 * loop_post().
 */
#ifndef LOOP_LOOP_H
#define LOOP_LOOP_H

#include "base/list.h"

struct loop;

typedef void (*loop_fn)(void *arg);

struct loop *loop_new(void);

/* Free a loop that does not run; every watch, signal and timer on it must be gone. */
void loop_free(struct loop *loop);

/* At the program's end, after the last loop: end the pool's threads and wait for them, so that what
 * libraries keep for each thread (keys' remains among it) is freed. No loop may follow. */
void loop_end_threads(void);

/* Turn until loop_stop(). Calls that were deferred or posted before loop_stop() still run. */
void loop_run(struct loop *loop);
void loop_stop(struct loop *loop);

/* Monotonic milliseconds at the start of this turn: one "now" for everything in it. */
uint64_t loop_now_ms(const struct loop *loop);

/* Run fn once, after the callbacks of this turn: the safe place to free what is in use above. */
void loop_defer(struct loop *loop, loop_fn fn, void *arg);

/* From any thread: run fn on the loop's thread, in order of posting. */
void loop_post(struct loop *loop, loop_fn fn, void *arg);

/*
 * Run work(arg) on a thread of the pool, then done(arg) on the loop. For hashing, key generation
 * and other plain functions that own their inputs and outputs. Not cancelled once given.
 */
void loop_slow(struct loop *loop, loop_fn work, loop_fn done, void *arg);

/*
 * A timer lives in its owner. Zeroed memory is a stopped timer; stopping is synchronous, so a
 * stopped timer may be freed at once.
 */
struct timer {
    struct loop *loop;
    loop_fn fn;
    void *arg;
    uint64_t at_ms;
    size_t place; /* in the loop's heap, from 1; 0 = not started */
};

void timer_init(struct timer *t, struct loop *loop, loop_fn fn, void *arg);

/* (Re)start: fn(arg) runs once, delay_ms from now. */
void timer_start(struct timer *t, uint64_t delay_ms);
void timer_stop(struct timer *t);
bool timer_is_on(const struct timer *t);

/* Readiness of a file descriptor that the caller owns and keeps open while it is watched. */
struct watch;

enum { WATCH_READ = 1, WATCH_WRITE = 2 };

/*
 * events holds what is ready; on a hang-up or error both bits that were asked for are set, and
 * the next read or write tells what it was.
 */
typedef void (*watch_fn)(void *arg, int events);

/* Watch fd, at first for nothing. */
struct watch *watch_new(struct loop *loop, int fd, watch_fn fn, void *arg);
void watch_set(struct watch *w, int events);

/* Stop watching; fn is not called again. Close fd afterwards, not before. Accepts NULL. */
void watch_free(struct watch *w);

/* Call fn(arg) on the loop for each arrival of a signal, until the loop is freed. */
void loop_on_signal(struct loop *loop, int signum, loop_fn fn, void *arg);

#endif
