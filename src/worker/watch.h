/* SPDX-License-Identifier: Apache-2.0 */
/*
 * WatchAgent: everything of one agent, in order, without a gap or a double.
 *
 * A watcher pulls: it knows what it has sent, and as long as its stream has room it sends the next
 * thing that is missing. Messages come from the database in pages, or directly when it is at the
 * end; everything else is sent as it is now. So a watcher that is slow costs a few words of memory
 * and delays nobody.
 *
 * Begin -> messages -> state, prompts, queue, session, live -> CatchUp -> live.
 */
#ifndef WORKER_WATCH_H
#define WORKER_WATCH_H

#include "store/dbq.h"
#include "worker/agent/agent.h"

enum {
    WATCH_TAIL_DEFAULT = 50,
    WATCH_TAIL_MAX = 500,
    WATCH_LIVE_MS = 16, /* at most one delta a watcher in this time */
};

/* Answer a WatchAgent call. */
struct rpc_done *watch_agent(struct rpc_call *call, const Leapmux__V1__WatchAgentRequest *request,
                             struct agent *a, struct loop *loop, struct dbq *db);

/* ---- told by the agent ---- */

/* A message was written; it is the agent's last. */
void watch_message(struct agent *a, const Leapmux__V1__AgentMessage *m);

/* What enum agent_shows names has changed. */
void watch_changed(struct agent *a, unsigned shows);
void watch_prompt_closed(struct agent *a, const Leapmux__V1__PromptClosed *closed);
void watch_live(struct agent *a);
void watch_live_dropped(struct agent *a, const struct live *live);

/* End the watchers of an agent that was closed; e is NULL for a good end. */
void watch_end_all(struct agent *a, const struct err *e);

/* End those whose caller has lost the right. */
void watch_check_access(struct agent *a, bool (*may)(void *arg, struct id user), void *arg);

#endif
