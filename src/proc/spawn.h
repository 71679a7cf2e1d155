/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Starts a program with three pipes, in a session of its own. Knows no loop: see proc/child.h.
 */
#ifndef PROC_SPAWN_H
#define PROC_SPAWN_H

#include <sys/types.h>

#include "base/err.h"

struct spawn_options {
    const char *const *argv; /* NULL-terminated; argv[0] without '/' is looked up in PATH of envp */
    const char *const *envp; /* NULL-terminated; the child's whole environment */
    const char *cwd;         /* absolute; NULL = ours */
};

/* Our ends of the pipes: non-blocking, close-on-exec. The child is the leader of its session. */
struct spawned {
    pid_t pid;
    int in; /* its standard input, for writing */
    int out;
    int err;
};

/*
 * Start a child and fill *child, which the caller then owns.
 *
 * Returns only once the child has become its program or failed to. It starts with default signal
 * actions and no blocked signals, and gets SIGTERM when the calling thread ends.
 * Fails with NOT_FOUND for a missing program or folder, OS_DENIED, LIMIT or INTERNAL; *child is
 * untouched then and nothing is left behind.
 */
MUST_CHECK bool spawn_start(const struct spawn_options *options, struct spawned *child,
                            struct err *e);

/* The value of NAME in a NULL-terminated list of NAME=value, or NULL. */
const char *spawn_getenv(const char *const *envp, const char *name);

/*
 * Where a program would be found: name itself when it has a '/', else the first executable file
 * of that name along PATH of envp. The result is on the heap. NULL with NOT_FOUND.
 */
char *spawn_find(const char *name, const char *const *envp, struct err *e);

#endif
