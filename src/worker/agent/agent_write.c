/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "worker/agent/agent_inside.h"
#include "worker/pb.h"
#include "worker/watch.h"

enum { RETRY_MS = 1000 }; /* between tries to write on a disk that is full */

struct agent_write *agent_write_new(struct agent *a)
{
    struct agent_write *w = NEW(struct agent_write);

    list_init(&w->link);
    w->agent = a;
    w->rows.agent_id = a->id.s;
    w->last_line = &w->rows.lines;
    agent_hold(a);
    a->writes++;
    a->all->writes++;
    return w;
}

void agent_write_message(struct agent_write *w, const Leapmux__V1__AgentMessage *m,
                         struct bytes raw, const char *queue_id)
{
    struct agent_line *line = ARENA_NEW(&w->arena, struct agent_line);
    Leapmux__V1__AgentMessage copy = *m;

    agent_settings_flush(w->agent); /* in a write of its own, which is submitted before this one */
    copy.at_ms = m->at_ms != 0 ? m->at_ms : clock_unix_ms();
    copy.turn_id = w->agent->turn_id.s;
    line->message =
        pb_unpack_in(&w->arena, &leapmux__v1__agent_message__descriptor, pb_pack(&w->arena, &copy));
    assert(line->message != NULL);
    line->raw = raw.n > 0 ? arena_copy(&w->arena, raw) : (struct bytes){ 0 };
    line->queue_id = queue_id != NULL ? pb_str(&w->arena, queue_id) : NULL;
    *w->last_line = line;
    w->last_line = &line->next;
    if (copy.block_id[0] != '\0') {
        agent_live_over(w->agent, copy.block_id);
    }
}

void agent_write_notice(struct agent_write *w, const Leapmux__V1__Notice *notice)
{
    Leapmux__V1__AgentMessage m = LEAPMUX__V1__AGENT_MESSAGE__INIT;

    m.body_case = LEAPMUX__V1__AGENT_MESSAGE__BODY_NOTICE;
    m.notice = (Leapmux__V1__Notice *)(uintptr_t)notice;
    agent_write_message(w, &m, (struct bytes){ 0 }, NULL);
}

void agent_note(struct agent *a, const Leapmux__V1__Notice *notice)
{
    struct agent_write *w = agent_write_new(a);

    agent_write_notice(w, notice);
    agent_write_submit(w);
}

static void show_lines(struct agent_write *w)
{
    struct agent *a = w->agent;

    for (struct agent_line *l = w->rows.lines; l != NULL; l = l->next) {
        Leapmux__V1__AgentMessage m = *l->message;

        m.seq = l->seq;
        m.has_raw = l->raw.n > 0;
        a->last_seq = l->seq;
        if (m.block_id[0] != '\0') {
            agent_live_replaced(a, m.block_id);
        }
        agent_message_cut(&m, &w->arena);
        watch_message(a, &m);
    }
}

static void show(struct agent_write *w)
{
    struct agent *a = w->agent;
    struct err ignored;

    if (w->shows & AGENT_SHOWS_STATE) {
        buf_clear(&a->shown);
        (void)!buf_put(&a->shown, w->state, &ignored);
        a->shown_instance = w->state_instance;
    }
    if (w->shows != 0) {
        watch_changed(a, w->shows);
    }
    if (a->is_shown &&
        (w->rows.lines != NULL || (w->shows & (AGENT_SHOWS_STATE | AGENT_SHOWS_SUMMARY)) != 0)) {
        a->all->options.changed(a->all->options.arg, a);
    }
}

static void free_write(struct agent_write *w)
{
    list_remove(&w->link);
    arena_done(&w->arena);
    free(w);
}

static void free_writes(struct link *list)
{
    LIST_EACH(list, struct agent_write, link, w)
    {
        free_write(w);
    }
}

/* What follows a write; e is NULL when it is on disk. */
static void finish_write(struct agent_write *w, const struct err *e)
{
    struct agent *a = w->agent;
    struct agents *all = a->all;

    list_remove(&w->link);
    if (e == NULL) {
        show_lines(w);
    } else if (w->reply == NULL) {
        log_error("agent's data was not written", F_STR("agent", a->id.s), F_ERR(e));
    }
    if (w->done != NULL) {
        w->done(w, e);
    }
    if (e == NULL) {
        show(w);
    }
    if (w->reply != NULL && e != NULL) {
        reply_fail(w->reply, e);
    }
    free_write(w);
    a->writes--;
    agent_release(a);
    all->writes--;
    agents_check_stopped(all);
}

/*
 * One job at a time for an agent, so that a write that fails for now is not overtaken by what came
 * after it: history keeps its order on a full disk, too.
 */
static bool write_on_thread(struct db *db, void *job, struct err *e)
{
    struct agent *a = job;

    LIST_EACH(&a->flying, struct agent_write, link, w)
    {
        TRY(w->check == NULL || w->check(db, w, e));
        TRY(agent_store_write(db, &w->rows, e));
    }
    return true;
}

static void fly(struct agent *a);

/* True if what flies is tried again: what an agent did must not be lost to a full disk. */
static bool try_again(struct agent *a, const struct err *e)
{
    if (LIST_FIRST(&a->flying, struct agent_write, link)->is_alone || a->all->stopping ||
        (e->code != ERR_RESOURCE_EXHAUSTED && e->code != ERR_UNAVAILABLE)) {
        return false;
    }
    log_warn("agent's data waits for the disk", F_STR("agent", a->id.s), F_ERR(e));
    timer_start(&a->retry, RETRY_MS);
    return true;
}

static void on_written(void *job, const struct err *e)
{
    struct agent *a = job;

    if (e != NULL && try_again(a, e)) {
        return;
    }
    agent_hold(a);
    LIST_EACH(&a->flying, struct agent_write, link, w)
    {
        finish_write(w, e);
    }
    fly(a);
    agent_resume_output(a);
    agent_release(a);
}

static void on_retry(void *arg)
{
    struct agent *a = arg;

    dbq_submit(a->all->options.db, write_on_thread, on_written, a);
}

/* Hand over the next write, with those behind it that may share its fate. */
static void fly(struct agent *a)
{
    struct agent_write *next = LIST_FIRST(&a->waiting, struct agent_write, link);
    bool is_alone;

    if (next == NULL || !list_empty(&a->flying)) {
        return;
    }
    do {
        list_remove(&next->link);
        list_append(&a->flying, &next->link);
        is_alone = next->is_alone;
        next = LIST_FIRST(&a->waiting, struct agent_write, link);
    } while (next != NULL && !is_alone && !next->is_alone);
    dbq_submit(a->all->options.db, write_on_thread, on_written, a);
}

void agent_write_submit(struct agent_write *w)
{
    w->is_alone = w->is_alone || w->reply != NULL || w->check != NULL;
    list_append(&w->agent->waiting, &w->link);
    fly(w->agent);
}

void agent_set_title(struct agent *a, const char *title)
{
    struct agent_write *w = agent_write_new(a);
    struct worker_sql_set_agent_title_args *args =
        ARENA_NEW(&w->arena, struct worker_sql_set_agent_title_args);

    free(a->title);
    a->title = must_strdup(title);
    args->id = a->id.s;
    args->title = pb_str(&w->arena, title);
    w->rows.title = args;
    w->shows = AGENT_SHOWS_SUMMARY;
    agent_write_submit(w);
}

void agent_writes_init(struct agent *a)
{
    list_init(&a->waiting);
    list_init(&a->flying);
    timer_init(&a->retry, a->all->options.loop, on_retry, a);
}

void agent_writes_hurry(struct agent *a)
{
    if (timer_is_on(&a->retry)) {
        timer_stop(&a->retry);
        on_retry(a);
    }
}

void agent_writes_free(struct agent *a)
{
    timer_stop(&a->retry);
    free_writes(&a->flying);
    free_writes(&a->waiting);
}
