/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the database's thread does for agents: one write with all its parts in one transaction,
 * and pages of history.
 *
 * Texts above 512 octets are kept compressed; the first octet of such a column says how.
 */
#ifndef WORKER_AGENT_AGENT_STORE_H
#define WORKER_AGENT_AGENT_STORE_H

#include "base/arena.h"
#include "gen/store/worker_sql.h"
#include "leapmux/v1/agent.pb-c.h"

/* One message to be written. The number is given by the write itself: `seq` afterwards. */
struct agent_line {
    struct agent_line *next;
    const Leapmux__V1__AgentMessage *message; /* seq is ignored */
    struct bytes raw;                         /* empty: none */
    const char *queue_id;                     /* of the input that it was, or NULL */
    uint32_t seq;
};

/*
 * Everything that becomes true together. Parts that are NULL are left out; the rest is written in
 * this order. All of it lies in memory that lives until the job is done.
 */
struct agent_rows {
    const char *agent_id;
    const struct worker_sql_insert_agent_args *insert;
    const struct worker_sql_insert_queued_args *queued;
    const struct worker_sql_delete_queued_args *unqueued;
    const struct worker_sql_set_queued_state_args *queued_state;
    const struct worker_sql_insert_prompt_args *prompt;
    const struct worker_sql_close_prompt_args *prompt_closed;
    struct agent_line *lines;
    const struct worker_sql_insert_usage_args *usage;
    const struct worker_sql_set_agent_state_args *state;
    const struct worker_sql_set_agent_session_args *session;
    const struct worker_sql_set_agent_title_args *title;
    const struct worker_sql_close_agent_args *close;
};

MUST_CHECK bool agent_store_write(struct db *db, struct agent_rows *rows, struct err *e);

/* A page of history, oldest first. */
struct agent_page {
    struct arena arena;
    Leapmux__V1__AgentMessage **v; /* in the arena, with seq and has_raw, cut for sending */
    size_t n;
    size_t cap;
    size_t octets;
};

enum {
    AGENT_PAGE_ROWS = 64,
    AGENT_PAGE_OCTETS = 256 * 1024, /* a page ends behind the message that passes this */
    AGENT_TEXT_MAX = 256 * 1024,    /* of one text in an event; longer ones are cut */
};

/* Add up to max messages behind after_seq. Fails with DATA_LOSS when one is damaged. */
MUST_CHECK bool agent_store_after(struct db *db, const char *agent_id, uint32_t after_seq,
                                  uint32_t max, struct agent_page *page, struct err *e);

/* The same for the newest max messages before before_seq, still oldest first. */
MUST_CHECK bool agent_store_before(struct db *db, const char *agent_id, uint32_t before_seq,
                                   uint32_t max, struct agent_page *page, struct err *e);

/* The provider's line of a message, appended to out. Fails with NOT_FOUND. */
MUST_CHECK bool agent_store_raw(struct db *db, const char *agent_id, uint32_t seq, struct buf *out,
                                struct err *e);

/* The message that an input became; NULL in *out when it did not. In the arena. */
MUST_CHECK bool agent_store_input(struct db *db, const char *agent_id, const char *queue_id,
                                  struct arena *a, Leapmux__V1__AgentMessage **out, struct err *e);

/* Cut texts above AGENT_TEXT_MAX, and say so where there is a field for it. */
void agent_message_cut(Leapmux__V1__AgentMessage *m, struct arena *a);

#endif
