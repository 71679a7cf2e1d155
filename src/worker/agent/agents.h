/* SPDX-License-Identifier: Apache-2.0 */
/* All open agents of a Worker. */
#ifndef WORKER_AGENT_AGENTS_H
#define WORKER_AGENT_AGENTS_H

#include "loop/loop.h"
#include "proc/child.h"
#include "proc/login_env.h"
#include "store/dbq.h"
#include "worker/agent/agent.h"

/* Borrowed for the life of the agents. */
struct agents_options {
    struct loop *loop;
    struct dbq *db;
    struct children *children;
    struct login_env *login_env;
    const char *claude_command; /* as a person wrote it; NULL or "": the provider's id */
    const char *default_model;  /* of an agent that names none; NULL = the provider's own */
    const char *default_mode;
    uint64_t start_timeout_ms;

    /* An agent appeared, changed what a workspace shows of it, or went (a NULL summary). */
    void (*changed)(void *arg, struct agent *a);
    void (*gone)(void *arg, struct agent *a);
    void *arg;
};

/*
 * Read what is open, before anything else uses the database. Where a process was lost, its
 * prompts are EXPIRED and its turn is closed with a notice. NULL on failure.
 */
struct agents *agents_open(const struct agents_options *options, struct err *e);

/* Every agent must have stopped. Accepts NULL. */
void agents_free(struct agents *all);

/* The open agent of that id, or NULL. */
struct agent *agents_find(struct agents *all, const char *id);

/* The first open agent, and the next one; NULL at the end. */
struct agent *agents_first(struct agents *all);
struct agent *agents_next(struct agents *all, struct agent *a);

/* How many have a process. */
size_t agents_running(struct agents *all);

/* A new agent as OpenAgent asks for it, already checked. */
struct agents_new {
    const Leapmux__V1__OpenAgentRequest *request;
    const struct provider *provider;
    const char *working_dir; /* clean and absolute */
    const char *title;       /* cleaned */
    const struct author *author;
    uint8_t request_hash[32];
};

/* Answers OpenAgentResponse, or ID_IN_USE. A repeat with the same hash gets the agent again. */
void agents_create(struct agents *all, const struct agents_new *n, struct reply *reply);

/* End all processes politely; then done(arg), once everything is written. */
void agents_stop(struct agents *all, loop_fn done, void *arg);

/* agents_stop() took long enough: kill what still runs. */
void agents_kill(struct agents *all);

#endif
