/* SPDX-License-Identifier: Apache-2.0 */
/* A Worker's parts, as its methods and its link see them. */
#ifndef WORKER_CORE_H
#define WORKER_CORE_H

#include "e2ee/worker_keys.h"
#include "proc/login_env.h"
#include "rpc/rpc.h"
#include "store/dbq.h"
#include "worker/access.h"
#include "worker/agent/agents.h"
#include "worker/watch_workspace.h"
#include "worker/worker.h"

struct channels;
struct hublink;
struct detection;

struct worker {
    struct loop *loop;
    struct worker_config config; /* texts are the caller's, as worker.h says */
    struct id id;
    int64_t started_ms; /* Unix */
    char *home;         /* of the person, absolute */
    int lock_fd;
    struct dbq *db;
    struct children *children;
    struct login_env *login_env;
    struct agents *agents;
    struct access access;
    struct workspace_watchers workspace_watchers;
    struct worker_keys *keys; /* NULL until they are there: no link before */
    struct channels *channels;
    struct hublink *hub; /* NULL: no link */
    int waiting_hub_fd;  /* attached before the keys were there; -1: none */
    struct detection *detection;
    unsigned slow_jobs; /* on other threads: the Worker does not go before they are back */
    bool stopping;
    bool agents_stopped;
    struct timer drain; /* until what still runs is killed */
    loop_fn on_stopped;
    void *on_stopped_arg;
};

/* All methods of a Worker, with the context and rights they need (methods.c). */
struct rpc_service worker_methods(struct worker *w);

/* The caller as history shows him: name valid until his grants change. */
struct author worker_author(const struct worker *w, const struct rpc_call *call);

/* loop_slow() for work whose done function needs the Worker. The second is that function's last
 * call. */
void worker_slow(struct worker *w, loop_fn work, loop_fn done, void *arg);
void worker_slow_over(struct worker *w);

/* Look at every stream and channel again after grants changed. */
void worker_check_access(struct worker *w);

#endif
