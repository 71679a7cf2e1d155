/* SPDX-License-Identifier: Apache-2.0 */
/* Finds and ends the processes that a child leaves behind, out of /proc. */
#ifndef PROC_DESCENDANTS_H
#define PROC_DESCENDANTS_H

#include <sys/types.h>

#include "base/defs.h"

/*
 * SIGKILL to everything that descends from pid (not pid itself), and to every process of ours
 * whose environment holds the entry mark ("NAME=value"; NULL = none), wherever it is. Looks again
 * until nothing new appears, since processes may fork meanwhile. Returns how many were killed.
 */
size_t descendants_kill(pid_t pid, const char *mark);

/* Collect ended processes that became ours as orphans; is_child(arg, pid) tells which to leave. */
void descendants_reap(bool (*is_child)(void *arg, pid_t pid), void *arg);

#endif
