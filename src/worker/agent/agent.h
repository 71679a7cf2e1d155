/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One agent: its row, its CLI's process, its history, input and prompts.
 *
 * Everything that changes goes the same way: written to the database, numbered by it, then shown.
 * What other parts read here is what has been written.
 *
 *   agent.c          life: events in, state machine, actions out; what is shown
 *   agent_write.c    writes, in their order, and what follows from them
 *   agent_process.c  launching, feeding and ending the CLI; what the provider says
 *   agent_queue.c    input of people
 *   agent_prompts.c  questions to people
 *   agent_settings.c model and permission mode
 *   agent_live.c     text that is still being written
 *   agents.c         all of them
 */
#ifndef WORKER_AGENT_AGENT_H
#define WORKER_AGENT_AGENT_H

#include "base/id.h"
#include "base/list.h"
#include "leapmux/v1/worker.pb-c.h"
#include "worker/agent/agent_state.h"
#include "worker/agent/agent_store.h"
#include "worker/provider/provider.h"
#include "worker/reply.h"

enum {
    AGENT_QUEUE_ITEMS = 200,
    AGENT_QUEUE_OCTETS = 16 * 1024 * 1024,
    AGENT_MESSAGE_MAX = 1024 * 1024, /* octets of one input */
    AGENT_TITLE_MAX = 128,           /* characters */
    AGENT_STDERR_TAIL = 4096,        /* octets of error output that are shown */
    AGENT_LIVE_MAX =
        4 * 1024 * 1024, /* octets of one live block; what is longer comes as message */
};

struct agents;
struct agent;

/* Who does something, as history shows it. */
struct author {
    struct id id;
    const char *name; /* borrowed */
};

/* ---- what is shown: valid until the loop's next turn ---- */

struct id agent_id(const struct agent *a);
struct id agent_workspace(const struct agent *a);
uint32_t agent_last_seq(const struct agent *a);
struct id agent_instance(const struct agent *a);

/* Messages in `arena`. */
Leapmux__V1__AgentState *agent_state_message(const struct agent *a, struct arena *arena);
Leapmux__V1__SessionInfo *agent_session_message(const struct agent *a, struct arena *arena);
Leapmux__V1__PendingPrompts *agent_prompts_message(const struct agent *a, struct arena *arena);
Leapmux__V1__QueueSnapshot *agent_queue_message(const struct agent *a, struct arena *arena);
Leapmux__V1__AgentSummary *agent_summary(const struct agent *a, struct id user,
                                         struct arena *arena);

/* Who watches this agent's content (watch.h); the list is theirs. */
struct link *agent_watchers(struct agent *a);

/* ---- text that is being written ---- */

struct live {
    struct link link;
    uint64_t number; /* rises; tells blocks apart whose id is the same */
    char *block_id;
    Leapmux__V1__LiveKind kind;
    char *parent_call_id;
    char *tool_name;
    struct buf text;
    bool is_over; /* its message is on the way to the database */
};

/* The list of struct live, oldest first. */
const struct link *agent_lives(const struct agent *a);

/* ---- what people do; replies come when it is written ---- */

/* Put text into the queue. item id = message id of the client. Answers SendMessageResponse. */
void agent_send(struct agent *a, const char *message_id, const char *text,
                const struct author *author, struct reply *reply);
void agent_delete_queued(struct agent *a, const char *item_id, uint64_t version,
                         struct reply *reply);
void agent_retry_queued(struct agent *a, const char *item_id, struct reply *reply);
void agent_resume_queue(struct agent *a);

/* Answers AnswerPromptResponse. */
void agent_answer(struct agent *a, const Leapmux__V1__AnswerPromptRequest *request,
                  const struct author *author, struct reply *reply);

void agent_start(struct agent *a);
void agent_cancel_start(struct agent *a);

/* Fails with NOT_RUNNING when nothing is there to be stopped, STALE when another turn runs. */
MUST_CHECK bool agent_interrupt(struct agent *a, const char *turn_id, bool force, struct err *e);

/* NULL leaves a setting as it is, "" means the provider's own default. Fails with UNSUPPORTED. */
MUST_CHECK bool agent_set(struct agent *a, const char *model, const char *mode, struct err *e);

/* End the process, then mark the agent as closed and answer CloseAgentResponse. */
void agent_close(struct agent *a, struct reply *reply);

/* Remember how far a user has read. */
void agent_read_up_to(struct agent *a, struct id user, uint32_t seq);

#endif
