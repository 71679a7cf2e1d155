/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "crypto/random.h"
#include "worker/agent/agent_inside.h"
#include "worker/agent/prompt_text.h"
#include "worker/pb.h"
#include "worker/watch.h"

/* ---- the list ---- */

struct prompt *agent_prompt_add(struct agent *a, struct id id, const char *ref)
{
    struct prompt *p = NEW(struct prompt);

    p->id = id;
    p->ref = must_strdup(ref);
    buf_init(&p->data, SIZE_MAX);
    list_init(&p->link);
    list_append(&a->prompts, &p->link);
    return p;
}

void agent_prompt_remove(struct agent *a, struct prompt *p)
{
    (void)a;
    list_remove(&p->link);
    free(p->ref);
    buf_done(&p->data);
    pb_free(p->body);
    free(p);
}

static struct prompt *find(struct agent *a, const char *id)
{
    LIST_EACH(&a->prompts, struct prompt, link, p)
    {
        if (strcmp(p->id.s, id) == 0) {
            return p;
        }
    }
    return NULL;
}

Leapmux__V1__PendingPrompts *agent_prompts_message(const struct agent *a, struct arena *arena)
{
    Leapmux__V1__PendingPrompts *m = ARENA_NEW(arena, Leapmux__V1__PendingPrompts);
    size_t n = 0;

    leapmux__v1__pending_prompts__init(m);
    LIST_EACH(&a->prompts, struct prompt, link, p)
    {
        n++;
    }
    m->prompts = arena_alloc(arena, (n + 1) * sizeof(Leapmux__V1__Prompt *));
    LIST_EACH(&a->prompts, struct prompt, link, p)
    {
        if (p->is_written) {
            m->prompts[m->n_prompts++] = p->body;
        }
    }
    return m;
}

/* ---- opening ---- */

static void on_opened(struct agent_write *w, const struct err *e)
{
    struct prompt *p = find(w->agent, w->subject);

    if (p != NULL && e == NULL) {
        p->is_written = true;
    }
}

void agent_prompt_open(struct agent *a, const struct provider_event *ev)
{
    struct agent_write *w = agent_write_new(a);
    struct prompt *p = agent_prompt_add(a, random_id(), ev->ref);
    Leapmux__V1__Prompt body = *ev->prompt;
    struct worker_sql_insert_prompt_args *row =
        ARENA_NEW(&w->arena, struct worker_sql_insert_prompt_args);
    struct err ignored;

    body.prompt_id = p->id.s;
    body.agent_id = a->id.s;
    body.instance_id = a->instance_id.s;
    body.created_at_ms = clock_unix_ms();
    body.state = LEAPMUX__V1__PROMPT_STATE__PROMPT_STATE_PENDING;
    *row = (struct worker_sql_insert_prompt_args){
        .id = pb_str(&w->arena, p->id.s),
        .agent_id = a->id.s,
        .instance_id = pb_str(&w->arena, a->instance_id.s),
        .provider_ref = pb_str(&w->arena, ev->ref),
        .data = arena_copy(&w->arena, ev->data),
        .body = pb_pack(&w->arena, &body),
        .state = body.state,
        .created_at_ms = body.created_at_ms,
    };
    p->body = pb_unpack(&leapmux__v1__prompt__descriptor, row->body);
    (void)!buf_put(&p->data, ev->data, &ignored);
    w->rows.prompt = row;
    w->subject = row->id;
    w->shows = AGENT_SHOWS_PROMPTS;
    w->done = on_opened;
    agent_write_submit(w);
    agent_event(a, AGENT_EV_PROMPT_OPENED, 0);
}

/* ---- closing ---- */

static void on_closed(struct agent_write *w, const struct err *e);

/* The write that closes a prompt: its row, its message, and what watchers are told. */
static struct agent_write *close_prompt(struct agent *a, struct prompt *p,
                                        Leapmux__V1__PromptClosed *closed, struct bytes answer,
                                        const char *answer_id)
{
    struct agent_write *w = agent_write_new(a);
    struct worker_sql_close_prompt_args *row =
        ARENA_NEW(&w->arena, struct worker_sql_close_prompt_args);
    Leapmux__V1__AgentMessage m = LEAPMUX__V1__AGENT_MESSAGE__INIT;

    closed->prompt_id = p->id.s;
    closed->kind = prompt_kind(p->body);
    closed->summary = prompt_summary(p->body, &w->arena);
    *row = (struct worker_sql_close_prompt_args){
        .id = pb_str(&w->arena, p->id.s),
        .agent_id = a->id.s,
        .state = closed->state,
        .answer = arena_copy(&w->arena, answer),
        .answer_id = pb_str(&w->arena, answer_id),
        .closed = pb_pack(&w->arena, closed),
        .closed_at_ms = clock_unix_ms(),
    };
    m.body_case = LEAPMUX__V1__AGENT_MESSAGE__BODY_PROMPT_CLOSED;
    m.prompt_closed = closed;
    m.author_id = closed->by_id;
    m.author_name = closed->by_name;
    agent_write_message(w, &m, (struct bytes){ 0 }, NULL);
    w->rows.prompt_closed = row;
    w->subject = row->id;
    w->shows = AGENT_SHOWS_PROMPTS;
    w->instance = a->instance_id;
    w->done = on_closed;
    p->is_leaving = true;
    return w;
}

static void tell_closed(struct agent_write *w)
{
    CLEANUP(arena_done) struct arena arena = { 0 };
    Leapmux__V1__PromptClosed *closed = pb_unpack_in(
        &arena, &leapmux__v1__prompt_closed__descriptor, w->rows.prompt_closed->closed);

    if (closed != NULL) {
        watch_prompt_closed(w->agent, closed);
    }
}

static void on_closed(struct agent_write *w, const struct err *e)
{
    struct prompt *p = find(w->agent, w->subject);

    if (p == NULL) {
        return;
    }
    if (e != NULL) {
        p->is_leaving = false;
        return;
    }
    tell_closed(w);
    agent_prompt_remove(w->agent, p);
}

void agent_prompt_withdraw(struct agent *a, const char *ref)
{
    LIST_EACH(&a->prompts, struct prompt, link, p)
    {
        if (!p->is_leaving && strcmp(p->ref, ref) == 0) {
            Leapmux__V1__PromptClosed closed = LEAPMUX__V1__PROMPT_CLOSED__INIT;

            closed.state = LEAPMUX__V1__PROMPT_STATE__PROMPT_STATE_WITHDRAWN;
            agent_write_submit(close_prompt(a, p, &closed, (struct bytes){ 0 }, ""));
            agent_event(a, AGENT_EV_PROMPT_CLOSED, 0);
            return;
        }
    }
}

void agent_prompts_expire(struct agent *a)
{
    LIST_EACH(&a->prompts, struct prompt, link, p)
    {
        if (!p->is_leaving) {
            Leapmux__V1__PromptClosed closed = LEAPMUX__V1__PROMPT_CLOSED__INIT;

            closed.state = LEAPMUX__V1__PROMPT_STATE__PROMPT_STATE_EXPIRED;
            agent_write_submit(close_prompt(a, p, &closed, (struct bytes){ 0 }, ""));
        }
    }
}

/* ---- answers of people ---- */

/* What became of a prompt that is not pending any more. */
struct outcome {
    const char *answer_id; /* of who asks now */
    Leapmux__V1__PromptClosed *closed;
    bool is_same_answer;
};

static bool look_up(struct db *db, struct agent_write *w, struct err *e)
{
    struct outcome *out = w->arg;
    struct worker_sql_get_prompt_row row = { 0 };
    bool found = false;

    TRY(worker_sql_get_prompt(
        db, &(struct worker_sql_get_prompt_args){ .id = w->subject, .agent_id = w->rows.agent_id },
        &w->arena, &row, &found, e));
    if (!found || row.closed.n == 0) {
        return err_set(e, ERR_NOT_FOUND, "NOT_FOUND", "no such prompt");
    }
    out->is_same_answer = strcmp(row.answer_id, out->answer_id) == 0;
    out->closed = pb_unpack_in(&w->arena, &leapmux__v1__prompt_closed__descriptor, row.closed);
    return out->closed != NULL || err_set(e, ERR_DATA_LOSS, "DATA_LOSS", "a prompt is damaged");
}

static void fail_closed(struct reply *reply, const Leapmux__V1__PromptClosed *closed)
{
    struct err e;

    if (closed->state == LEAPMUX__V1__PROMPT_STATE__PROMPT_STATE_ANSWERED) {
        err_set(&e, ERR_FAILED_PRECONDITION, "PROMPT_CLOSED", "answered by %s: %s", closed->by_name,
                closed->answer_summary);
    } else if (closed->state == LEAPMUX__V1__PROMPT_STATE__PROMPT_STATE_WITHDRAWN) {
        err_set(&e, ERR_FAILED_PRECONDITION, "PROMPT_CLOSED", "the agent withdrew its question");
    } else {
        err_set(&e, ERR_FAILED_PRECONDITION, "PROMPT_CLOSED",
                "EXPIRED: the process that asked is gone");
    }
    reply_fail(reply, &e);
}

static void on_looked_up(struct agent_write *w, const struct err *e)
{
    struct outcome *out = w->arg;
    Leapmux__V1__AnswerPromptResponse response = LEAPMUX__V1__ANSWER_PROMPT_RESPONSE__INIT;

    if (e == NULL && out->is_same_answer) {
        response.closed = out->closed;
        reply_ok(TAKE(w->reply, NULL), &response);
    } else if (e == NULL) {
        fail_closed(TAKE(w->reply, NULL), out->closed);
    }
}

/* A write that writes nothing: it comes behind every other, and sees what they did. */
static void answer_from_row(struct agent *a, const Leapmux__V1__AnswerPromptRequest *request,
                            struct reply *reply)
{
    struct agent_write *w = agent_write_new(a);
    struct outcome *out = ARENA_NEW(&w->arena, struct outcome);

    out->answer_id = pb_str(&w->arena, request->answer_id);
    w->subject = pb_str(&w->arena, request->prompt_id);
    w->arg = out;
    w->check = look_up;
    w->reply = reply;
    w->done = on_looked_up;
    agent_write_submit(w);
}

static void deliver(struct agent *a, struct prompt *p, const Leapmux__V1__AnswerPromptRequest *r)
{
    struct provider_answer answer = { .ref = p->ref, .data = buf_view(&p->data) };

    switch (r->answer_case) {
    case LEAPMUX__V1__ANSWER_PROMPT_REQUEST__ANSWER_PERMISSION:
        answer.permission = r->permission;
        break;
    case LEAPMUX__V1__ANSWER_PROMPT_REQUEST__ANSWER_QUESTION:
        answer.question = r->question;
        break;
    case LEAPMUX__V1__ANSWER_PROMPT_REQUEST__ANSWER_PLAN:
        answer.plan = r->plan;
        break;
    default: /* allow: checked before */
        return;
    }
    a->provider->answer(a->cli, &answer);
}

/* What a plan in a new session changed at once, should it not be written after all. */
struct fresh_start {
    const char *item_id;
    const char *session_ref; /* of before */
    enum session_use session_use;
};

static void undo_fresh_start(struct agent *a, const struct fresh_start *fresh)
{
    struct queue_item *item = agent_queue_item(a, fresh->item_id);

    if (item != NULL) {
        agent_queue_remove(a, item);
    }
    agent_setting_set(&a->session_ref, fresh->session_ref);
    a->session_use = fresh->session_use;
}

static void begin_fresh_start(struct agent *a, const struct fresh_start *fresh)
{
    struct queue_item *item = agent_queue_item(a, fresh->item_id);

    if (item != NULL) {
        item->is_written = true;
    }
    agent_queue_changed(a);
    agent_event(a, a->child != NULL ? AGENT_EV_RESTART : AGENT_EV_INPUT, 0);
}

static void answer_failed(struct agent_write *w, struct prompt *p)
{
    if (p != NULL) {
        p->is_leaving = false;
    }
    if (w->arg != NULL) {
        undo_fresh_start(w->agent, w->arg);
    }
}

static void on_answered(struct agent_write *w, const struct err *e)
{
    struct agent *a = w->agent;
    struct prompt *p = find(a, w->subject);
    Leapmux__V1__AnswerPromptResponse response = LEAPMUX__V1__ANSWER_PROMPT_RESPONSE__INIT;

    if (e != NULL) {
        answer_failed(w, p);
        return;
    }
    response.closed = pb_unpack_in(&w->arena, &leapmux__v1__prompt_closed__descriptor,
                                   w->rows.prompt_closed->closed);
    reply_ok(TAKE(w->reply, NULL), &response);
    if (w->arg != NULL) {
        begin_fresh_start(a, w->arg);
    } else if (a->cli != NULL && p != NULL && id_equal(w->instance, a->instance_id)) {
        deliver(a, p, w->answer);
    }
    if (p != NULL) {
        tell_closed(w);
        agent_prompt_remove(a, p);
        agent_event(a, AGENT_EV_PROMPT_CLOSED, 0);
    }
}

/* A plan that is to be carried out in a new session of the CLI. */
static void write_fresh_start(struct agent_write *w, const struct prompt *p, const char *mode,
                              const struct author *author)
{
    CLEANUP(arena_done) struct arena arena = { 0 };
    struct agent *a = w->agent;
    const Leapmux__V1__PlanPrompt *plan = p->body->plan;
    struct fresh_start *fresh = ARENA_NEW(&w->arena, struct fresh_start);
    Leapmux__V1__Notice notice = LEAPMUX__V1__NOTICE__INIT;
    uint8_t random[16];

    fresh->session_ref = pb_str(&w->arena, a->session_ref);
    fresh->session_use = a->session_use;
    w->arg = fresh;
    notice.code = LEAPMUX__V1__NOTICE_CODE__NOTICE_CODE_PLAN_STARTED;
    notice.text = plan->title;
    notice.by_name = pb_str(&arena, author->name);
    agent_write_notice(w, &notice);
    fresh->item_id =
        pb_str(&w->arena, agent_queue_first(w, prompt_plan_input(plan, &arena), author)->id);
    random_bytes(random, sizeof(random));
    agent_setting_set(&a->session_ref, a->provider->new_session_ref(random, &arena));
    a->session_use = SESSION_NEW;
    if (mode[0] != '\0') {
        agent_setting_set(&a->wish.mode, mode);
    }
    agent_write_session_row(w);
}

void agent_answer(struct agent *a, const Leapmux__V1__AnswerPromptRequest *request,
                  const struct author *author, struct reply *reply)
{
    CLEANUP(arena_done) struct arena arena = { 0 };
    struct prompt *p = find(a, request->prompt_id);
    Leapmux__V1__PromptClosed closed = LEAPMUX__V1__PROMPT_CLOSED__INIT;
    struct id by = author->id;
    struct agent_write *w;
    struct err e;

    if (p == NULL || p->is_leaving || !p->is_written) {
        answer_from_row(a, request, reply);
        return;
    }
    if (!prompt_answer_check(p->body, request, &e)) {
        reply_fail(reply, &e);
        return;
    }
    closed.state = LEAPMUX__V1__PROMPT_STATE__PROMPT_STATE_ANSWERED;
    closed.by_id = by.s;
    closed.by_name = pb_str(&arena, author->name);
    closed.answer_summary = prompt_answer_summary(request, &arena);
    w = close_prompt(a, p, &closed, pb_pack(&arena, request), request->answer_id);
    w->answer = pb_unpack_in(&w->arena, &leapmux__v1__answer_prompt_request__descriptor,
                             w->rows.prompt_closed->answer);
    w->reply = reply;
    w->done = on_answered;
    if (request->answer_case == LEAPMUX__V1__ANSWER_PROMPT_REQUEST__ANSWER_PLAN &&
        request->plan->approve && request->plan->fresh_context) {
        write_fresh_start(w, p, request->plan->mode, author);
    }
    agent_write_submit(w);
}
