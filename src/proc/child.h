/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Children on the event loop: their output with back-pressure, their input through a bounded
 * queue, their exit once, after all of their output, and an end that always comes.
 *
 *   child_stop:  input closed ── 3 s ──> SIGTERM to the group ── 5 s ──> SIGKILL to everything
 *
 * "Everything" is the child's process group, what descends from it, and what carries its mark in
 * the environment: programs that moved into a session of their own are found by that. Orphans of
 * children become ours (PR_SET_CHILD_SUBREAPER), so that none of them is lost to init.
 */
#ifndef PROC_CHILD_H
#define PROC_CHILD_H

#include "base/buf.h"
#include "loop/loop.h"
#include "proc/spawn.h"

enum {
    CHILD_POLITE_MS = 3000, /* from the end of input to SIGTERM; product.md, end of process */
    CHILD_TERM_MS = 5000,   /* from SIGTERM to SIGKILL */
};

/* All children of one loop. */
struct children;

/* Makes this process the adopter of its descendants' orphans and ignores SIGPIPE. */
struct children *children_new(struct loop *loop);

/* Every child must be freed before. Accepts NULL. */
void children_free(struct children *all);

struct child;

struct child_options {
    struct spawn_options spawn;
    const char *mark;      /* "NAME=value" out of spawn.envp that marks descendants; NULL = none */
    size_t input_limit;    /* octets that may wait for its standard input */
    bool keep_descendants; /* leave what it started alone when it ends */
};

/*
 * All pointers are borrowed for the call. Any of them may call any child_ function, child_free()
 * included. NULL members are skipped.
 */
struct child_events {
    void (*output)(void *arg, struct bytes data);
    void (*error_output)(void *arg, struct bytes data);
    void (*drained)(void *arg); /* the input queue became empty */
    /* The last call. code is -1 when it was ended by a signal, whose number is then in signal. */
    void (*exited)(void *arg, int code, int signal);
    void *arg;
};

/* Start a program. NULL on failure (spawn_start()). Free with child_free(). */
MUST_CHECK struct child *child_start(struct children *all, const struct child_options *options,
                                     const struct child_events *events, struct err *e);

pid_t child_pid(const struct child *c);
struct loop *child_loop(const struct child *c);

/* Queue data for its standard input. Fails with LIMIT when the queue is full, EXITED when the
 * child ended or its input is closed; nothing of data is queued then. */
MUST_CHECK bool child_write(struct child *c, struct bytes data, struct err *e);

/* Octets that wait in the queue. */
size_t child_waiting(const struct child *c);

/* Close its standard input as soon as the queue is empty. */
void child_close_input(struct child *c);

/* Back-pressure: stop and go on reading both outputs. The exit is told after the last output,
 * so it waits for child_resume() too. */
void child_pause(struct child *c);
void child_resume(struct child *c);

/* Send a signal to its process group. Nothing happens after its end. */
void child_signal(struct child *c, int signum);

/* Begin the end, as drawn above. A second call changes nothing. */
void child_stop(struct child *c);

/* SIGKILL to everything, now. */
void child_kill(struct child *c);

/* Forget the child: no event comes any more; one that still runs is killed. Accepts NULL. */
void child_free(struct child *c);

#endif
