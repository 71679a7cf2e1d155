/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/watch.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/utf8.h"
#include "worker/agent/agent_inside.h"
#include "worker/pb.h"

enum { LIVE_PART = 64 * 1024 }; /* octets of one delta */

/* How much of a live block was sent. */
struct sent {
    struct link link;
    uint64_t number;
    char *block_id;
    size_t offset;
    bool is_dropped; /* LiveDropped is to be sent, then this goes */
};

struct watcher {
    struct link link;
    struct agent *agent; /* NULL: ended; freed when nothing is read any more */
    struct rpc_call *call;
    struct loop *loop;
    struct dbq *db;
    struct id user;
    const char *reset; /* a reason to be sent first, or NULL */
    uint32_t next_seq;
    unsigned dirty; /* of enum agent_shows */
    bool begun;
    bool caught_up;
    bool full;
    bool reading;
    struct link sent;
    struct timer live_timer; /* on: a delta was sent a moment ago */
};

/* ---- memory ---- */

static void free_sent(struct sent *s)
{
    list_remove(&s->link);
    free(s->block_id);
    free(s);
}

/* Let go of the agent; the memory follows once no page is on its way. */
static void detach(struct watcher *w)
{
    timer_stop(&w->live_timer);
    list_remove(&w->link);
    w->agent = NULL;
    w->call = NULL;
    LIST_EACH(&w->sent, struct sent, link, s)
    {
        free_sent(s);
    }
    if (!w->reading) {
        free(w);
    }
}

static void end(struct watcher *w, const struct err *e)
{
    struct rpc_call *call = w->call;

    detach(w);
    rpc_end(call, e);
}

/* ---- sending ---- */

static void send(struct watcher *w, const Leapmux__V1__WatchAgentEvent *ev)
{
    w->full = !rpc_send(w->call, ev);
}

#define EVENT(case_)                                                                               \
    {                                                                                              \
        PROTOBUF_C_MESSAGE_INIT(&leapmux__v1__watch_agent_event__descriptor), case_,               \
        {                                                                                          \
            0                                                                                      \
        }                                                                                          \
    }

static void send_reset(struct watcher *w)
{
    Leapmux__V1__WatchReset reset = LEAPMUX__V1__WATCH_RESET__INIT;
    Leapmux__V1__WatchAgentEvent ev = EVENT(LEAPMUX__V1__WATCH_AGENT_EVENT__EVENT_RESET);
    CLEANUP(arena_done) struct arena arena = { 0 };

    reset.reason = pb_str(&arena, w->reset);
    ev.reset = &reset;
    w->reset = NULL;
    send(w, &ev);
}

static void send_begin(struct watcher *w)
{
    Leapmux__V1__WatchBegin begin = LEAPMUX__V1__WATCH_BEGIN__INIT;
    Leapmux__V1__WatchAgentEvent ev = EVENT(LEAPMUX__V1__WATCH_AGENT_EVENT__EVENT_BEGIN);
    struct id instance = agent_instance(w->agent);

    begin.last_seq = agent_last_seq(w->agent);
    begin.first_seq = begin.last_seq > 0 ? 1 : 0;
    begin.instance_id = instance.s;
    ev.begin = &begin;
    w->begun = true;
    send(w, &ev);
}

static void send_message(struct watcher *w, Leapmux__V1__AgentMessage *m)
{
    Leapmux__V1__WatchAgentEvent ev = EVENT(LEAPMUX__V1__WATCH_AGENT_EVENT__EVENT_MESSAGE);

    ev.message = m;
    w->next_seq = m->seq + 1;
    LIST_EACH(&w->sent, struct sent, link, s)
    {
        if (m->block_id[0] != '\0' && strcmp(s->block_id, m->block_id) == 0) {
            free_sent(s);
        }
    }
    send(w, &ev);
}

/* The next kind of thing that has changed. */
static void send_dirty(struct watcher *w)
{
    CLEANUP(arena_done) struct arena arena = { 0 };
    Leapmux__V1__WatchAgentEvent ev = EVENT(LEAPMUX__V1__WATCH_AGENT_EVENT__EVENT__NOT_SET);
    unsigned which;

    if (w->dirty & AGENT_SHOWS_STATE) {
        which = AGENT_SHOWS_STATE;
        ev.event_case = LEAPMUX__V1__WATCH_AGENT_EVENT__EVENT_STATE;
        ev.state = agent_state_message(w->agent, &arena);
    } else if (w->dirty & AGENT_SHOWS_PROMPTS) {
        which = AGENT_SHOWS_PROMPTS;
        ev.event_case = LEAPMUX__V1__WATCH_AGENT_EVENT__EVENT_PROMPTS;
        ev.prompts = agent_prompts_message(w->agent, &arena);
    } else if (w->dirty & AGENT_SHOWS_QUEUE) {
        which = AGENT_SHOWS_QUEUE;
        ev.event_case = LEAPMUX__V1__WATCH_AGENT_EVENT__EVENT_QUEUE;
        ev.queue = agent_queue_message(w->agent, &arena);
    } else {
        which = AGENT_SHOWS_SESSION;
        ev.event_case = LEAPMUX__V1__WATCH_AGENT_EVENT__EVENT_SESSION;
        ev.session = agent_session_message(w->agent, &arena);
    }
    w->dirty &= ~which;
    send(w, &ev);
}

static void send_catch_up(struct watcher *w)
{
    Leapmux__V1__WatchCatchUp catch_up = LEAPMUX__V1__WATCH_CATCH_UP__INIT;
    Leapmux__V1__WatchAgentEvent ev = EVENT(LEAPMUX__V1__WATCH_AGENT_EVENT__EVENT_CATCH_UP);

    catch_up.watermark = w->next_seq - 1;
    ev.catch_up = &catch_up;
    w->caught_up = true;
    send(w, &ev);
}

/* ---- live blocks ---- */

static struct sent *sent_of(struct watcher *w, uint64_t number)
{
    LIST_EACH(&w->sent, struct sent, link, s)
    {
        if (s->number == number) {
            return s;
        }
    }
    return NULL;
}

/* The first block of which this watcher lacks something. */
static const struct live *live_behind(struct watcher *w)
{
    LIST_EACH(agent_lives(w->agent), struct live, link, l)
    {
        struct sent *s = sent_of(w, l->number);

        if (!l->is_over && l->text.n > (s != NULL ? s->offset : 0)) {
            return l;
        }
    }
    return NULL;
}

static struct sent *new_sent(struct watcher *w, const struct live *l)
{
    struct sent *s = NEW(struct sent);

    s->number = l->number;
    s->block_id = must_strdup(l->block_id);
    list_init(&s->link);
    list_append(&w->sent, &s->link);
    return s;
}

static void send_live(struct watcher *w, const struct live *l)
{
    CLEANUP(arena_done) struct arena arena = { 0 };
    Leapmux__V1__LiveBlock block = LEAPMUX__V1__LIVE_BLOCK__INIT;
    Leapmux__V1__WatchAgentEvent ev = EVENT(LEAPMUX__V1__WATCH_AGENT_EVENT__EVENT_LIVE);
    struct sent *s = sent_of(w, l->number);
    struct bytes rest = buf_view(&l->text);

    if (s == NULL) {
        s = new_sent(w, l);
    }
    rest = (struct bytes){ rest.p + s->offset, rest.n - s->offset };
    rest.n = utf8_cut(rest, LIVE_PART);
    block.block_id = l->block_id;
    block.kind = l->kind;
    block.offset = s->offset;
    block.text = arena_str(&arena, rest);
    block.parent_call_id = l->parent_call_id;
    block.tool_name = l->tool_name;
    ev.live = &block;
    s->offset += rest.n;
    send(w, &ev);
}

static struct sent *dropped(struct watcher *w)
{
    LIST_EACH(&w->sent, struct sent, link, s)
    {
        if (s->is_dropped) {
            return s;
        }
    }
    return NULL;
}

static void send_dropped(struct watcher *w, struct sent *s)
{
    Leapmux__V1__LiveDropped drop = LEAPMUX__V1__LIVE_DROPPED__INIT;
    Leapmux__V1__WatchAgentEvent ev = EVENT(LEAPMUX__V1__WATCH_AGENT_EVENT__EVENT_LIVE_DROPPED);

    drop.block_id = s->block_id;
    ev.live_dropped = &drop;
    send(w, &ev);
    free_sent(s);
}

/* ---- reading ---- */

struct reading {
    struct watcher *watcher;
    struct id agent;
    uint32_t after_seq;
    struct agent_page page;
};

static bool read_page(struct db *db, void *job, struct err *e)
{
    struct reading *r = job;

    return agent_store_after(db, r->agent.s, r->after_seq, AGENT_PAGE_ROWS, &r->page, e);
}

static void pump(struct watcher *w);

static void on_page(void *job, const struct err *e)
{
    struct reading *r = job;
    struct watcher *w = r->watcher;

    w->reading = false;
    if (w->agent == NULL) {
        free(w);
    } else if (e != NULL) {
        end(w, e);
    } else {
        /* What finds no room is read again: a watcher that stands still holds no page. */
        for (size_t i = 0; i < r->page.n && !w->full && w->call != NULL; i++) {
            send_message(w, r->page.v[i]);
        }
        pump(w);
    }
    arena_done(&r->page.arena);
    free(r);
}

static void start_reading(struct watcher *w)
{
    struct reading *r = NEW(struct reading);

    r->watcher = w;
    r->agent = agent_id(w->agent);
    r->after_seq = w->next_seq - 1;
    w->reading = true;
    dbq_submit(w->db, read_page, on_page, r);
}

/* ---- the one place that decides what comes next ---- */

static bool pump_live(struct watcher *w)
{
    struct sent *drop = dropped(w);
    const struct live *l;

    if (drop != NULL) {
        send_dropped(w, drop);
        return true;
    }
    l = timer_is_on(&w->live_timer) ? NULL : live_behind(w);
    if (l == NULL) {
        return false;
    }
    send_live(w, l);
    if (live_behind(w) == NULL) {
        timer_start(&w->live_timer, WATCH_LIVE_MS);
    }
    return true;
}

/* Send one thing that is missing; false when nothing is, or when it has to be read first. */
static bool pump_once(struct watcher *w)
{
    if (w->reset != NULL) {
        send_reset(w);
    } else if (!w->begun) {
        send_begin(w);
    } else if (w->next_seq <= agent_last_seq(w->agent)) {
        start_reading(w);
        return false;
    } else if (w->dirty != 0) {
        send_dirty(w);
    } else if (pump_live(w)) {
        return true;
    } else if (!w->caught_up) {
        send_catch_up(w);
    } else {
        return false;
    }
    return true;
}

static void pump(struct watcher *w)
{
    while (!w->full && !w->reading && w->agent != NULL) {
        if (!pump_once(w)) {
            return;
        }
    }
}

static void on_live_due(void *arg)
{
    pump(arg);
}

static void on_drain(void *arg)
{
    struct watcher *w = arg;

    w->full = false;
    pump(w);
}

static void on_cancel(void *arg)
{
    detach(arg);
}

/* ---- the call ---- */

static void choose_start(struct watcher *w, const Leapmux__V1__WatchAgentRequest *r)
{
    uint32_t last = agent_last_seq(w->agent);
    uint32_t tail = r->tail == 0 ? WATCH_TAIL_DEFAULT : r->tail;

    tail = tail > WATCH_TAIL_MAX ? WATCH_TAIL_MAX : tail;
    w->next_seq = last > tail ? last - tail + 1 : 1;
    if (r->_after_seq_case == LEAPMUX__V1__WATCH_AGENT_REQUEST___AFTER_SEQ_AFTER_SEQ) {
        if (r->after_seq > last) {
            w->reset = "BEYOND_END";
        } else {
            w->next_seq = r->after_seq + 1;
        }
    }
}

struct rpc_done *watch_agent(struct rpc_call *call, const Leapmux__V1__WatchAgentRequest *request,
                             struct agent *a, struct loop *loop, struct dbq *db)
{
    static const struct rpc_stream_handlers HANDLERS = { on_drain, on_cancel };
    struct watcher *w = NEW(struct watcher);
    struct rpc_done *done;

    w->agent = a;
    w->call = call;
    w->loop = loop;
    w->db = db;
    w->user = rpc_user(call);
    w->dirty = AGENT_SHOWS_STATE | AGENT_SHOWS_PROMPTS | AGENT_SHOWS_QUEUE | AGENT_SHOWS_SESSION;
    list_init(&w->sent);
    list_init(&w->link);
    timer_init(&w->live_timer, loop, on_live_due, w);
    choose_start(w, request);
    list_append(agent_watchers(a), &w->link);
    done = rpc_stream(call, &HANDLERS, w);
    pump(w);
    return done;
}

/* ---- told by the agent ---- */

void watch_message(struct agent *a, const Leapmux__V1__AgentMessage *m)
{
    LIST_EACH(agent_watchers(a), struct watcher, link, w)
    {
        if (w->begun && !w->full && !w->reading && w->next_seq == m->seq) {
            send_message(w, (Leapmux__V1__AgentMessage *)(uintptr_t)m);
        }
        pump(w);
    }
}

void watch_changed(struct agent *a, unsigned shows)
{
    LIST_EACH(agent_watchers(a), struct watcher, link, w)
    {
        w->dirty |= shows & (AGENT_SHOWS_STATE | AGENT_SHOWS_PROMPTS | AGENT_SHOWS_QUEUE |
                             AGENT_SHOWS_SESSION);
        pump(w);
    }
}

void watch_prompt_closed(struct agent *a, const Leapmux__V1__PromptClosed *closed)
{
    LIST_EACH(agent_watchers(a), struct watcher, link, w)
    {
        /* Who has no room now gets the list without it, and the message. */
        if (w->caught_up && !w->full && !w->reading) {
            Leapmux__V1__WatchAgentEvent ev =
                EVENT(LEAPMUX__V1__WATCH_AGENT_EVENT__EVENT_PROMPT_CLOSED);

            ev.prompt_closed = (Leapmux__V1__PromptClosed *)(uintptr_t)closed;
            send(w, &ev);
        }
    }
}

void watch_live(struct agent *a)
{
    LIST_EACH(agent_watchers(a), struct watcher, link, w)
    {
        if (!timer_is_on(&w->live_timer)) {
            pump(w);
        }
    }
}

void watch_live_dropped(struct agent *a, const struct live *live)
{
    LIST_EACH(agent_watchers(a), struct watcher, link, w)
    {
        struct sent *s = sent_of(w, live->number);

        if (s != NULL) {
            s->is_dropped = true;
            pump(w);
        }
    }
}

void watch_end_all(struct agent *a, const struct err *e)
{
    LIST_EACH(agent_watchers(a), struct watcher, link, w)
    {
        end(w, e);
    }
}

void watch_check_access(struct agent *a, bool (*may)(void *arg, struct id user), void *arg)
{
    struct err e;

    err_set(&e, ERR_PERMISSION_DENIED, "ACCESS_REVOKED", "the workspace is not shared any more");
    LIST_EACH(agent_watchers(a), struct watcher, link, w)
    {
        if (!may(arg, w->user)) {
            end(w, &e);
        }
    }
}
