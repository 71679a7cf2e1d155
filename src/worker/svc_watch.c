/* SPDX-License-Identifier: Apache-2.0 */
/* Looking at agents: streams, pages of history, raw lines, read marks. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "worker/pb.h"
#include "worker/svc.h"
#include "worker/watch.h"

enum {
    READ_DEFAULT = 50,
    READ_MAX = 200,
    RAW_MAX = 15 * 1024 * 1024, /* octets: a message of a channel is at most 16 MiB */
};

struct rpc_done *svc_watch_workspace(struct rpc_call *call, const void *request)
{
    struct worker *w = rpc_context(call);

    return workspace_watch(&w->workspace_watchers, call, request);
}

struct rpc_done *svc_watch_agent(struct rpc_call *call, const void *request)
{
    const Leapmux__V1__WatchAgentRequest *r = request;
    struct worker *w = rpc_context(call);

    return watch_agent(call, r, agents_find(w->agents, r->agent_id), w->loop, w->db);
}

/* ---- ReadMessages ---- */

struct read {
    struct reply *reply;
    struct id agent;
    enum { READ_BEFORE, READ_AFTER, READ_AROUND } place;
    uint32_t seq;
    uint32_t limit;
    uint32_t last_seq; /* of the agent, when it was asked */
    struct agent_page before;
    struct agent_page after;
};

static bool read_history(struct db *db, void *job, struct err *e)
{
    struct read *r = job;

    switch (r->place) {
    case READ_BEFORE:
        return agent_store_before(db, r->agent.s, r->seq, r->limit, &r->before, e);
    case READ_AFTER:
        return agent_store_after(db, r->agent.s, r->seq, r->limit, &r->after, e);
    case READ_AROUND:
        TRY(agent_store_before(db, r->agent.s, r->seq, r->limit / 2, &r->before, e));
        return agent_store_after(db, r->agent.s, r->seq - 1, r->limit - r->limit / 2, &r->after, e);
    }
    return true;
}

static void answer_read(struct read *r)
{
    CLEANUP(arena_done) struct arena a = { 0 };
    Leapmux__V1__ReadMessagesResponse response = LEAPMUX__V1__READ_MESSAGES_RESPONSE__INIT;
    size_t n = r->before.n + r->after.n;

    response.messages = arena_alloc(&a, (n + 1) * sizeof(Leapmux__V1__AgentMessage *));
    for (size_t i = 0; i < n; i++) {
        response.messages[i] = i < r->before.n ? r->before.v[i] : r->after.v[i - r->before.n];
    }
    response.n_messages = n;
    response.has_earlier =
        n > 0 ? response.messages[0]->seq > 1 : r->place == READ_AFTER && r->seq > 0;
    response.has_later = n > 0 ? response.messages[n - 1]->seq < r->last_seq
                               : r->place == READ_BEFORE && r->last_seq > 0;
    reply_ok(r->reply, &response);
}

static void on_history(void *job, const struct err *e)
{
    struct read *r = job;

    if (e != NULL) {
        reply_fail(r->reply, e);
    } else {
        answer_read(r);
    }
    arena_done(&r->before.arena);
    arena_done(&r->after.arena);
    free(r);
}

static void choose_place(struct read *r, const Leapmux__V1__ReadMessagesRequest *request)
{
    switch (request->place_case) {
    case LEAPMUX__V1__READ_MESSAGES_REQUEST__PLACE_AFTER_SEQ:
        r->place = READ_AFTER;
        r->seq = request->after_seq;
        break;
    case LEAPMUX__V1__READ_MESSAGES_REQUEST__PLACE_AROUND_SEQ:
        r->place = READ_AROUND;
        r->seq = request->around_seq > 0 ? request->around_seq : 1;
        break;
    case LEAPMUX__V1__READ_MESSAGES_REQUEST__PLACE_BEFORE_SEQ:
        r->place = READ_BEFORE;
        r->seq = request->before_seq;
        break;
    default: /* allow: no place is the newest messages */
        r->place = READ_BEFORE;
        r->seq = r->last_seq + 1;
        break;
    }
}

struct rpc_done *svc_read_messages(struct rpc_call *call, const void *request)
{
    const Leapmux__V1__ReadMessagesRequest *m = request;
    struct worker *w = rpc_context(call);
    struct agent *a = agents_find(w->agents, m->agent_id);
    struct read *r = NEW(struct read);
    struct rpc_done *done;

    r->agent = agent_id(a);
    r->last_seq = agent_last_seq(a);
    r->limit = m->limit == 0 ? READ_DEFAULT : m->limit;
    r->limit = r->limit > READ_MAX ? READ_MAX : r->limit;
    choose_place(r, m);
    done = reply_later(call, &r->reply);
    dbq_submit(w->db, read_history, on_history, r);
    return done;
}

/* ---- GetRaw ---- */

struct raw {
    struct reply *reply;
    struct id agent;
    uint32_t seq;
    struct buf line;
};

static bool read_raw(struct db *db, void *job, struct err *e)
{
    struct raw *r = job;

    return agent_store_raw(db, r->agent.s, r->seq, &r->line, e);
}

static void on_raw(void *job, const struct err *e)
{
    struct raw *r = job;
    Leapmux__V1__GetRawResponse response = LEAPMUX__V1__GET_RAW_RESPONSE__INIT;

    if (e != NULL) {
        reply_fail(r->reply, e);
    } else {
        response.raw = pb_bytes(buf_view(&r->line));
        reply_ok(r->reply, &response);
    }
    buf_done(&r->line);
    free(r);
}

struct rpc_done *svc_get_raw(struct rpc_call *call, const void *request)
{
    const Leapmux__V1__GetRawRequest *m = request;
    struct worker *w = rpc_context(call);
    struct raw *r = NEW(struct raw);
    struct rpc_done *done = reply_later(call, &r->reply);

    r->agent = agent_id(agents_find(w->agents, m->agent_id));
    r->seq = m->seq;
    buf_init(&r->line, RAW_MAX);
    dbq_submit(w->db, read_raw, on_raw, r);
    return done;
}

/* ---- ReadUpTo ---- */

struct mark {
    struct worker *worker;
    struct reply *reply;
    struct id agent;
    struct id user;
    uint32_t seq;
};

static bool write_mark(struct db *db, void *job, struct err *e)
{
    struct mark *m = job;

    return worker_sql_set_read_mark(db,
                                    &(struct worker_sql_set_read_mark_args){ .agent_id = m->agent.s,
                                                                             .user_id = m->user.s,
                                                                             .seq = m->seq },
                                    e);
}

static void on_marked(void *job, const struct err *e)
{
    static const Leapmux__V1__ReadUpToResponse done = LEAPMUX__V1__READ_UP_TO_RESPONSE__INIT;
    struct mark *m = job;
    struct agent *a = agents_find(m->worker->agents, m->agent.s);

    if (e != NULL) {
        reply_fail(m->reply, e);
    } else {
        if (a != NULL) {
            agent_read_up_to(a, m->user, m->seq);
        }
        reply_ok(m->reply, &done);
    }
    free(m);
}

struct rpc_done *svc_read_up_to(struct rpc_call *call, const void *request)
{
    const Leapmux__V1__ReadUpToRequest *r = request;
    struct worker *w = rpc_context(call);
    struct agent *a = agents_find(w->agents, r->agent_id);
    struct mark *m = NEW(struct mark);
    struct rpc_done *done = reply_later(call, &m->reply);

    m->worker = w;
    m->agent = agent_id(a);
    m->user = rpc_user(call);
    m->seq = r->seq > agent_last_seq(a) ? agent_last_seq(a) : r->seq;
    dbq_submit(w->db, write_mark, on_marked, m);
    return done;
}
