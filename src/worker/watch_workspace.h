/* SPDX-License-Identifier: Apache-2.0 */
/*
 * WatchWorkspace: the agents of a workspace without their content; a snapshot, then what changes,
 * at most once in a while for each agent.
 */
#ifndef WORKER_WATCH_WORKSPACE_H
#define WORKER_WATCH_WORKSPACE_H

#include "loop/loop.h"
#include "worker/agent/agents.h"

enum { WATCH_WORKSPACE_MS = 16 }; /* changes within this time are sent once */

/* All watchers of workspaces of a Worker. */
struct workspace_watchers {
    struct loop *loop;
    struct agents *agents; /* set once they are there */
    struct link list;
};

void workspace_watchers_init(struct workspace_watchers *all, struct loop *loop);

/* Answer a WatchWorkspace call. */
struct rpc_done *workspace_watch(struct workspace_watchers *all, struct rpc_call *call,
                                 const Leapmux__V1__WatchWorkspaceRequest *request);

/* An agent appeared, changed or is gone (it is in the list of agents no more). */
void workspace_watch_changed(struct workspace_watchers *all, struct agent *a);

/* End those whose caller has lost the right. */
void workspace_watch_check(struct workspace_watchers *all,
                           bool (*may)(void *arg, struct id user, struct id workspace), void *arg);

#endif
