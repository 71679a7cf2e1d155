/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "crypto/random.h"
#include "worker/agent/agent_inside.h"
#include "worker/pb.h"
#include "worker/watch.h"

#define QUEUED  LEAPMUX__V1__QUEUE_ITEM_STATE__QUEUE_ITEM_STATE_QUEUED
#define SENDING LEAPMUX__V1__QUEUE_ITEM_STATE__QUEUE_ITEM_STATE_SENDING
#define FAILED  LEAPMUX__V1__QUEUE_ITEM_STATE__QUEUE_ITEM_STATE_FAILED

/* ---- the list ---- */

struct queue_item *agent_queue_item(struct agent *a, const char *id)
{
    LIST_EACH(&a->queue, struct queue_item, link, item)
    {
        if (strcmp(item->id, id) == 0) {
            return item;
        }
    }
    return NULL;
}

struct queue_item *agent_queue_add(struct agent *a, const char *id, const char *text,
                                   struct id author, const char *author_name, int64_t rank,
                                   int64_t created_at_ms)
{
    struct queue_item *item = NEW(struct queue_item);
    struct link *after = a->queue.prev;

    item->id = must_strdup(id);
    item->text = must_strdup(text);
    item->n = strlen(text);
    item->rank = rank;
    item->author = author;
    item->author_name = must_strdup(author_name);
    item->state = QUEUED;
    item->error = must_strdup("");
    item->created_at_ms = created_at_ms;
    item->version = 1;
    list_init(&item->link);
    while (after != &a->queue && CONTAINER_OF(after, struct queue_item, link)->rank > rank) {
        after = after->prev;
    }
    list_prepend(after, &item->link);
    a->queue_octets += item->n;
    a->next_rank = rank >= a->next_rank ? rank + 1 : a->next_rank;
    return item;
}

void agent_queue_remove(struct agent *a, struct queue_item *item)
{
    list_remove(&item->link);
    a->queue_octets -= item->n;
    free(item->id);
    free(item->text);
    free(item->author_name);
    free(item->error);
    free(item);
}

/* The item whose turn it is. */
static struct queue_item *first_item(struct agent *a)
{
    LIST_EACH(&a->queue, struct queue_item, link, item)
    {
        if (!item->is_leaving && item->is_written) {
            return item;
        }
    }
    return NULL;
}

void agent_queue_changed(struct agent *a)
{
    struct queue_item *first = first_item(a);

    agent_event(a, AGENT_EV_QUEUE, first != NULL && first->state == QUEUED ? 1 : 0);
}

static Leapmux__V1__QueueItem *message_of(const struct queue_item *item, struct arena *arena)
{
    Leapmux__V1__QueueItem *m = ARENA_NEW(arena, Leapmux__V1__QueueItem);

    leapmux__v1__queue_item__init(m);
    m->id = pb_str(arena, item->id);
    m->text = pb_str(arena, item->text);
    m->author_id = pb_str(arena, item->author.s);
    m->author_name = pb_str(arena, item->author_name);
    m->state = item->state;
    m->error = pb_str(arena, item->error);
    m->created_at_ms = item->created_at_ms;
    m->version = item->version;
    return m;
}

Leapmux__V1__QueueSnapshot *agent_queue_message(const struct agent *a, struct arena *arena)
{
    Leapmux__V1__QueueSnapshot *m = ARENA_NEW(arena, Leapmux__V1__QueueSnapshot);

    leapmux__v1__queue_snapshot__init(m);
    m->items = arena_alloc(arena, (AGENT_QUEUE_ITEMS + 2) * sizeof(Leapmux__V1__QueueItem *));
    LIST_EACH(&a->queue, struct queue_item, link, item)
    {
        if (item->is_written && m->n_items < AGENT_QUEUE_ITEMS + 2) {
            m->items[m->n_items++] = message_of(item, arena);
        }
    }
    return m;
}

/* ---- SendMessage ---- */

struct input {
    struct agent *agent;
    struct arena arena;
    struct worker_sql_insert_queued_args row;
    struct id author;
    Leapmux__V1__AgentMessage *found; /* it became this message before */
    struct reply *reply;
};

static bool write_input(struct db *db, void *job, struct err *e)
{
    struct input *in = job;

    TRY(agent_store_input(db, in->row.agent_id, in->row.id, &in->arena, &in->found, e));
    return in->found != NULL || worker_sql_insert_queued(db, &in->row, e);
}

static void answer_input(struct reply *reply, const struct queue_item *item)
{
    CLEANUP(arena_done) struct arena arena = { 0 };
    Leapmux__V1__SendMessageResponse response = LEAPMUX__V1__SEND_MESSAGE_RESPONSE__INIT;

    response.item = message_of(item, &arena);
    reply_ok(reply, &response);
}

/* The same message came again after it had become history. */
static void answer_known_input(struct input *in)
{
    Leapmux__V1__SendMessageResponse response = LEAPMUX__V1__SEND_MESSAGE_RESPONSE__INIT;
    Leapmux__V1__QueueItem item = LEAPMUX__V1__QUEUE_ITEM__INIT;

    item.id = pb_str(&in->arena, in->row.id);
    item.text = in->found->user != NULL ? in->found->user->markdown : item.text;
    item.author_id = in->found->author_id;
    item.author_name = in->found->author_name;
    item.state = SENDING;
    item.created_at_ms = in->found->at_ms;
    item.version = 1;
    response.item = &item;
    reply_ok(in->reply, &response);
}

static void on_input_written(void *job, const struct err *e)
{
    struct input *in = job;
    struct agent *a = in->agent;
    struct queue_item *item = agent_queue_item(a, in->row.id);

    if (item != NULL && item->is_written) {
        answer_input(in->reply, item); /* it came twice, and both were under way */
    } else if (e != NULL) {
        reply_fail(in->reply, e);
    } else if (in->found != NULL) {
        answer_known_input(in);
    } else {
        item = agent_queue_add(a, in->row.id, in->row.text, in->author, in->row.author_name,
                               in->row.rank, in->row.created_at_ms);
        item->is_written = true;
        answer_input(in->reply, item);
        agent_queue_changed(a);
        agent_event(a, AGENT_EV_INPUT, 0);
        watch_changed(a, AGENT_SHOWS_QUEUE);
    }
    arena_done(&in->arena);
    free(in);
    agent_release(a);
}

static void submit_input(struct agent *a, const char *message_id, const char *text,
                         const struct author *author, struct reply *reply)
{
    struct input *in = NEW(struct input);

    in->agent = a;
    in->author = author->id;
    in->reply = reply;
    in->row = (struct worker_sql_insert_queued_args){
        .agent_id = a->id.s,
        .id = pb_str(&in->arena, message_id),
        .rank = a->next_rank++,
        .text = pb_str(&in->arena, text),
        .author_id = in->author.s,
        .author_name = pb_str(&in->arena, author->name),
        .state = QUEUED,
        .error_text = "",
        .created_at_ms = clock_unix_ms(),
        .version = 1,
    };
    agent_hold(a);
    dbq_submit(a->all->options.db, write_input, on_input_written, in);
}

static size_t queue_items(const struct agent *a)
{
    size_t n = 0;

    LIST_EACH(&a->queue, struct queue_item, link, item)
    {
        n += item->is_leaving ? 0 : 1;
    }
    return n;
}

void agent_send(struct agent *a, const char *message_id, const char *text,
                const struct author *author, struct reply *reply)
{
    struct queue_item *item = agent_queue_item(a, message_id);
    struct err e;

    if (item != NULL && item->is_written) {
        answer_input(reply, item);
        return;
    }
    if (queue_items(a) >= AGENT_QUEUE_ITEMS ||
        a->queue_octets + strlen(text) > AGENT_QUEUE_OCTETS) {
        err_set(&e, ERR_RESOURCE_EXHAUSTED, "LIMIT", "the queue of this agent is full");
        reply_fail(reply, &e);
        return;
    }
    submit_input(a, message_id, text, author, reply);
}

/* ---- handing over ---- */

static void on_sent_written(struct agent_write *w, const struct err *e)
{
    struct agent *a = w->agent;
    struct queue_item *item = agent_queue_item(a, w->subject);

    if (e != NULL) {
        item->is_leaving = false;
        item->state = FAILED;
        free(item->error);
        item->error = must_strdup(e->msg);
        agent_queue_changed(a);
        agent_event(a, AGENT_EV_TURN_ENDED, 0);
        return;
    }
    /* A process that is gone by now took its turn with it; history shows both. */
    if (a->cli != NULL && id_equal(w->instance, a->instance_id)) {
        a->provider->send(a->cli, item->id, item->text);
    }
    agent_queue_remove(a, item);
}

void agent_send_next(struct agent *a)
{
    struct queue_item *item = first_item(a);
    struct agent_write *w;
    struct worker_sql_delete_queued_args *row;
    Leapmux__V1__AgentMessage m = LEAPMUX__V1__AGENT_MESSAGE__INIT;
    Leapmux__V1__UserMessage user = LEAPMUX__V1__USER_MESSAGE__INIT;

    if (item == NULL || item->state != QUEUED) {
        agent_event(a, AGENT_EV_TURN_ENDED, 0);
        return;
    }
    w = agent_write_new(a);
    user.markdown = item->text;
    user.queue_id = item->id;
    m.author_id = item->author.s;
    m.author_name = item->author_name;
    m.body_case = LEAPMUX__V1__AGENT_MESSAGE__BODY_USER;
    m.user = &user;
    agent_write_message(w, &m, (struct bytes){ 0 }, item->id);
    row = ARENA_NEW(&w->arena, struct worker_sql_delete_queued_args);
    row->agent_id = a->id.s;
    row->id = pb_str(&w->arena, item->id);
    w->rows.unqueued = row;
    if (a->session_use == SESSION_NEW) {
        a->session_use = SESSION_GIVEN;
        agent_write_session_row(w);
    }
    w->subject = row->id;
    w->instance = a->instance_id;
    w->shows = AGENT_SHOWS_QUEUE;
    w->done = on_sent_written;
    w->is_alone = true;
    item->is_leaving = true;
    item->state = SENDING;
    agent_write_submit(w);
    agent_queue_changed(a);
}

struct queue_item *agent_queue_first(struct agent_write *w, const char *text,
                                     const struct author *author)
{
    struct agent *a = w->agent;
    struct id id = random_id();
    struct queue_item *first = LIST_FIRST(&a->queue, struct queue_item, link);
    struct queue_item *item =
        agent_queue_add(a, id.s, text, author->id, author->name,
                        first != NULL ? first->rank - 1 : a->next_rank++, clock_unix_ms());
    struct worker_sql_insert_queued_args *row =
        ARENA_NEW(&w->arena, struct worker_sql_insert_queued_args);

    *row = (struct worker_sql_insert_queued_args){
        .agent_id = a->id.s,
        .id = pb_str(&w->arena, id.s),
        .rank = item->rank,
        .text = pb_str(&w->arena, text),
        .author_id = pb_str(&w->arena, author->id.s),
        .author_name = pb_str(&w->arena, author->name),
        .state = QUEUED,
        .error_text = "",
        .created_at_ms = item->created_at_ms,
        .version = 1,
    };
    w->rows.queued = row;
    w->shows |= AGENT_SHOWS_QUEUE;
    return item;
}

/* ---- changes of one item ---- */

static void write_item_state(struct agent_write *w, struct queue_item *item,
                             Leapmux__V1__QueueItemState state, const char *error)
{
    struct worker_sql_set_queued_state_args *row =
        ARENA_NEW(&w->arena, struct worker_sql_set_queued_state_args);

    item->state = state;
    item->version++;
    free(item->error);
    item->error = must_strdup(error);
    row->agent_id = w->agent->id.s;
    row->id = pb_str(&w->arena, item->id);
    row->state = state;
    row->error_text = pb_str(&w->arena, error);
    row->version = (int64_t)item->version;
    w->rows.queued_state = row;
    w->shows = AGENT_SHOWS_QUEUE;
    agent_write_submit(w);
}

void agent_fail_next(struct agent *a)
{
    struct queue_item *item = first_item(a);

    if (item != NULL) {
        write_item_state(agent_write_new(a), item, FAILED,
                         a->error != NULL ? a->error->message : "");
        agent_queue_changed(a);
    }
}

/* The item that a person means, or an answered reply. */
static struct queue_item *wanted_item(struct agent *a, const char *item_id, struct reply *reply)
{
    struct queue_item *item = agent_queue_item(a, item_id);
    struct err e;

    if (item == NULL || item->is_leaving || !item->is_written) {
        err_set(&e, ERR_NOT_FOUND, "NOT_FOUND", "no such message waits");
        reply_fail(reply, &e);
        return NULL;
    }
    return item;
}

static void on_deleted(struct agent_write *w, const struct err *e)
{
    static const Leapmux__V1__DeleteQueuedResponse done = LEAPMUX__V1__DELETE_QUEUED_RESPONSE__INIT;
    struct queue_item *item = agent_queue_item(w->agent, w->subject);

    if (e != NULL) {
        item->is_leaving = false;
        return;
    }
    agent_queue_remove(w->agent, item);
    reply_ok(TAKE(w->reply, NULL), &done);
    agent_queue_changed(w->agent);
}

void agent_delete_queued(struct agent *a, const char *item_id, uint64_t version,
                         struct reply *reply)
{
    struct queue_item *item = wanted_item(a, item_id, reply);
    struct worker_sql_delete_queued_args *row;
    struct agent_write *w;
    struct err e;

    if (item == NULL) {
        return;
    }
    if (version != item->version) {
        err_set(&e, ERR_ABORTED, "STALE", "the message was changed meanwhile");
        reply_fail(reply, &e);
        return;
    }
    item->is_leaving = true;
    w = agent_write_new(a);
    row = ARENA_NEW(&w->arena, struct worker_sql_delete_queued_args);
    row->agent_id = a->id.s;
    row->id = pb_str(&w->arena, item_id);
    w->rows.unqueued = row;
    w->subject = row->id;
    w->reply = reply;
    w->shows = AGENT_SHOWS_QUEUE;
    w->done = on_deleted;
    agent_write_submit(w);
}

static void on_retried(struct agent_write *w, const struct err *e)
{
    static const Leapmux__V1__RetryQueuedResponse done = LEAPMUX__V1__RETRY_QUEUED_RESPONSE__INIT;

    if (e == NULL) {
        reply_ok(TAKE(w->reply, NULL), &done);
        agent_queue_changed(w->agent);
        agent_event(w->agent, AGENT_EV_INPUT, 0);
    }
}

void agent_retry_queued(struct agent *a, const char *item_id, struct reply *reply)
{
    struct queue_item *item = wanted_item(a, item_id, reply);
    struct agent_write *w;

    if (item == NULL) {
        return;
    }
    w = agent_write_new(a);
    w->reply = reply;
    w->done = on_retried;
    write_item_state(w, item, QUEUED, "");
}

void agent_resume_queue(struct agent *a)
{
    agent_event(a, AGENT_EV_INPUT, 0);
}
