/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Worker: owns agents, their processes and their history on this machine, and the keys of its
 * sealed channels.
 */
#ifndef WORKER_WORKER_H
#define WORKER_WORKER_H

#include "base/err.h"
#include "loop/loop.h"

/* Start values, borrowed until worker_free(). */
struct worker_config {
    const char *data_dir;  /* its own folder, exists, private */
    const char *worker_id; /* as the Hub knows it */
    const char *name;      /* shown to people, 1-64 characters */
    bool use_login_shell;
    const char *default_shell;  /* absolute path; NULL = $SHELL, passwd entry, /bin/sh */
    const char *claude_command; /* command with arguments, split like a shell, never run by one */
    const char *default_model;  /* NULL = the provider's own */
    const char *default_mode;
    uint64_t agent_start_timeout_ms;
    uint64_t drain_timeout_ms;
};

struct worker;

/*
 * Take the lock, open and migrate the database, load the keys (made on the first start), mark
 * agents whose process is gone. NULL on failure, with nothing left open.
 */
MUST_CHECK struct worker *worker_start(struct loop *loop, const struct worker_config *config,
                                       struct err *e);

/* Speak with the Hub over fd, one end of a connected stream socket pair, owned from now on. */
void worker_attach_hub(struct worker *worker, int fd);

/* How many agents have a process now. */
size_t worker_running_agents(const struct worker *worker);

/* End all processes politely (each within its limits), write what is left, then on_stopped. */
void worker_stop(struct worker *worker, loop_fn on_stopped, void *arg);

void worker_free(struct worker *worker);

#endif
