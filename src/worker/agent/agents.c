/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/agent/agents.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "crypto/random.h"
#include "proc/command_line.h"
#include "worker/agent/agent_inside.h"
#include "worker/pb.h"

/* ---- reading what is there ---- */

struct loading {
    struct agents *all;
    struct agent *agent;
    struct db *db;
};

static bool on_queue_row(void *arg, const struct worker_sql_queue_of_row *row, struct err *e)
{
    struct agent *a = arg;
    struct id author = { 0 };
    struct queue_item *item;

    (void)e;
    memcpy(author.s, row->author_id, strnlen(row->author_id, ID_LEN));
    item = agent_queue_add(a, row->id, row->text, author, row->author_name, row->rank,
                           row->created_at_ms);
    item->state = (Leapmux__V1__QueueItemState)row->state;
    agent_setting_set(&item->error, row->error_text);
    item->version = (uint64_t)row->version;
    item->is_written = true;
    return true;
}

static bool on_prompt_row(void *arg, const struct worker_sql_pending_prompts_row *row,
                          struct err *e)
{
    struct agent *a = arg;
    struct prompt *p;
    struct id id = { 0 };

    (void)e;
    memcpy(id.s, row->id, strnlen(row->id, ID_LEN));
    p = agent_prompt_add(a, id, row->provider_ref);
    p->is_written = true;
    p->body = pb_unpack(&leapmux__v1__prompt__descriptor, row->body);
    return p->body != NULL || err_set(e, ERR_DATA_LOSS, "DATA_LOSS", "a prompt is damaged");
}

static bool on_mark_row(void *arg, const struct worker_sql_read_marks_of_row *row, struct err *e)
{
    struct agent *a = arg;
    struct read_mark mark = { .seq = (uint32_t)row->seq };

    (void)e;
    memcpy(mark.user.s, row->user_id, strnlen(row->user_id, ID_LEN));
    a->marks = must_realloc(a->marks, (a->n_marks + 1) * sizeof(*a->marks));
    a->marks[a->n_marks++] = mark;
    return true;
}

static bool load_parts(struct db *db, struct agent *a, struct err *e)
{
    struct worker_sql_queue_of_args queue = { .agent_id = a->id.s };
    struct worker_sql_pending_prompts_args prompts = { .agent_id = a->id.s };
    struct worker_sql_read_marks_of_args marks = { .agent_id = a->id.s };

    TRY(worker_sql_queue_of(db, &queue, on_queue_row, a, e));
    TRY(worker_sql_pending_prompts(db, &prompts, on_prompt_row, a, e));
    return worker_sql_read_marks_of(db, &marks, on_mark_row, a, e);
}

static bool on_agent_row(void *arg, const struct worker_sql_open_agents_row *row, struct err *e)
{
    struct loading *l = arg;
    const struct provider *provider = provider_by_id(row->provider);
    struct id id;
    struct id workspace;
    struct agent *a;

    TRY(id_parse(bytes_of(row->id), "id", &id, e));
    TRY(id_parse(bytes_of(row->workspace_id), "workspace_id", &workspace, e));
    if (provider == NULL) {
        log_warn("agent of an unknown provider is left out", F_STR("agent", row->id));
        return true;
    }
    a = agent_new(l->all, id, workspace, provider);
    list_append(&l->all->list, &a->link);
    a->title = must_strdup(row->title);
    a->working_dir = bytes_dup(row->working_dir);
    a->session_ref = must_strdup(row->session_ref);
    a->session_use = (enum session_use)row->session_used;
    agent_setting_set(&a->wish.model, row->desired_model);
    agent_setting_set(&a->wish.mode, row->desired_mode);
    a->session =
        row->session.n > 0 ? pb_unpack(&leapmux__v1__session_info__descriptor, row->session) : NULL;
    a->error =
        row->error.n > 0 ? pb_unpack(&leapmux__v1__agent_error__descriptor, row->error) : NULL;
    a->since_ms = row->since_ms;
    a->version = (uint64_t)row->state_version;
    a->created_at_ms = row->created_at_ms;
    a->last_seq = (uint32_t)row->last_seq;
    a->state.paused = row->queue_paused != 0;
    memcpy(a->turn_id.s, row->turn_id, strnlen(row->turn_id, ID_LEN));
    memcpy(a->instance_id.s, row->instance_id, strnlen(row->instance_id, ID_LEN));
    memcpy(a->request_hash, row->request_hash.p,
           row->request_hash.n < 32 ? row->request_hash.n : 32);
    /* kept until restore() has looked at it */
    a->state.turn = row->turn_state == LEAPMUX__V1__TURN_STATE__TURN_STATE_WORKING ||
                    row->turn_state == LEAPMUX__V1__TURN_STATE__TURN_STATE_WAITING;
    a->state.starting = row->turn_state == LEAPMUX__V1__TURN_STATE__TURN_STATE_STARTING;
    a->state.error = row->turn_state == LEAPMUX__V1__TURN_STATE__TURN_STATE_ERROR;
    return true;
}

static bool load(struct db *db, void *job, struct err *e)
{
    struct loading *l = job;

    TRY(worker_sql_open_agents(db, on_agent_row, l, e));
    LIST_EACH(&l->all->list, struct agent, link, a)
    {
        TRY(load_parts(db, a, e));
    }
    return true;
}

/* What the process would have told us about its end, had we been there. */
static void note_lost_process(struct agent *a)
{
    CLEANUP(arena_done) struct arena arena = { 0 };
    Leapmux__V1__Notice notice = LEAPMUX__V1__NOTICE__INIT;

    notice.code = LEAPMUX__V1__NOTICE_CODE__NOTICE_CODE_EXITED;
    notice.exit_code = -1;
    notice.text = pb_str(&arena, "The Worker was restarted while the agent was working.");
    agent_note(a, &notice);
}

/* Bring an agent whose process is gone into a state that can be true. */
static void restore(struct agent *a)
{
    bool lost_turn = a->state.turn;
    bool lost_start = a->state.starting;
    bool error = a->state.error || lost_turn || lost_start;
    bool paused = a->state.paused || (!error && !list_empty(&a->queue));

    agent_state_init(&a->state, a->all->options.start_timeout_ms);
    if (lost_turn) {
        note_lost_process(a);
    }
    if (lost_turn || lost_start) {
        agent_set_error(a, "EXITED", "The Worker was restarted, and the process ended with it.", -1,
                        0);
    }
    agent_prompts_expire(a);
    agent_state_restore(&a->state, error, paused);
    a->turn_id = (struct id){ 0 };
    a->instance_id = (struct id){ 0 };
    agent_show_first(a);
    agent_queue_changed(a);
    agent_look_at_git(a);
}

static bool split_command(struct agents *all, struct err *e)
{
    const char *text = all->options.claude_command;

    return text == NULL || text[0] == '\0' ||
           command_line_split(text, &all->arena, &all->command, e);
}

struct agents *agents_open(const struct agents_options *options, struct err *e)
{
    struct agents *all = NEW(struct agents);
    struct loading l = { .all = all };

    all->options = *options;
    list_init(&all->list);
    if (!split_command(all, e) || !dbq_run_at_start(options->db, load, &l, e)) {
        agents_free(all);
        return NULL;
    }
    LIST_EACH(&all->list, struct agent, link, a)
    {
        restore(a);
    }
    return all;
}

void agents_free(struct agents *all)
{
    if (all == NULL) {
        return;
    }
    LIST_EACH(&all->list, struct agent, link, a)
    {
        agent_free(a);
    }
    arena_done(&all->arena);
    free(all);
}

struct agent *agents_find(struct agents *all, const char *id)
{
    LIST_EACH(&all->list, struct agent, link, a)
    {
        if (strcmp(a->id.s, id) == 0) {
            return a;
        }
    }
    return NULL;
}

struct agent *agents_first(struct agents *all)
{
    return LIST_FIRST(&all->list, struct agent, link);
}

struct agent *agents_next(struct agents *all, struct agent *a)
{
    return a->link.next == &all->list ? NULL : CONTAINER_OF(a->link.next, struct agent, link);
}

/* ---- a new one ---- */

static void answer_created(struct agent *a, struct id user, struct reply *reply)
{
    CLEANUP(arena_done) struct arena arena = { 0 };
    Leapmux__V1__OpenAgentResponse response = LEAPMUX__V1__OPEN_AGENT_RESPONSE__INIT;

    response.agent = agent_summary(a, user, &arena);
    reply_ok(reply, &response);
}

static void answer_again(struct agent *a, const uint8_t hash[32], struct id user,
                         struct reply *reply)
{
    struct err e;

    if (a != NULL && memcmp(a->request_hash, hash, 32) == 0) {
        answer_created(a, user, reply);
        return;
    }
    err_set(&e, ERR_ALREADY_EXISTS, "ID_IN_USE", "that id names something else");
    reply_fail(reply, &e);
}

/* On the database's thread: ids of closed agents are known there only. */
static bool check_unused(struct db *db, struct agent_write *w, struct err *e)
{
    struct worker_sql_agent_request_row row;
    bool found = false;

    TRY(worker_sql_agent_request(db,
                                 &(struct worker_sql_agent_request_args){ .id = w->agent->id.s },
                                 &w->arena, &row, &found, e));
    return !found || err_set(e, ERR_ALREADY_EXISTS, "ID_IN_USE", "that id names something else");
}

static void on_created(struct agent_write *w, const struct err *e)
{
    struct agent *a = w->agent;
    struct agents *all = a->all;
    struct id user = { 0 };

    memcpy(user.s, w->subject, ID_LEN);
    if (e != NULL) {
        a->is_gone = true; /* freed when this write lets go of it */
        if (e->code == ERR_ALREADY_EXISTS) {
            answer_again(agents_find(all, a->id.s), a->request_hash, user, TAKE(w->reply, NULL));
        }
        return;
    }
    list_append(&all->list, &a->link);
    LIST_EACH(&a->queue, struct queue_item, link, item)
    {
        item->is_written = true;
    }
    agent_show_first(a);
    agent_queue_changed(a);
    agent_event(a, all->stopping ? AGENT_EV_STOP : AGENT_EV_START, 0);
    agent_show_first(a);
    answer_created(a, user, TAKE(w->reply, NULL));
    agent_look_at_git(a);
    all->options.changed(all->options.arg, a);
}

static void choose_session(struct agent *a, const char *resume_ref)
{
    CLEANUP(arena_done) struct arena arena = { 0 };
    uint8_t random[16];

    if (resume_ref[0] != '\0') {
        a->session_ref = must_strdup(resume_ref);
        a->session_use = SESSION_KNOWN;
        return;
    }
    random_bytes(random, sizeof(random));
    a->session_ref = must_strdup(a->provider->new_session_ref(random, &arena));
}

static void write_row(struct agent_write *w, const struct agents_new *n)
{
    struct agent *a = w->agent;
    struct worker_sql_insert_agent_args *row =
        ARENA_NEW(&w->arena, struct worker_sql_insert_agent_args);

    *row = (struct worker_sql_insert_agent_args){
        .id = a->id.s,
        .workspace_id = a->workspace.s,
        .provider = a->provider->id,
        .title = pb_str(&w->arena, a->title),
        .working_dir = arena_copy(&w->arena, bytes_of(a->working_dir)),
        .session_ref = pb_str(&w->arena, a->session_ref),
        .session_used = a->session_use,
        .desired_model = pb_str(&w->arena, a->wish.model),
        .desired_mode = pb_str(&w->arena, a->wish.mode),
        .turn_state = LEAPMUX__V1__TURN_STATE__TURN_STATE_STARTING,
        .created_at_ms = a->created_at_ms,
        .request_hash = arena_copy(&w->arena, (struct bytes){ a->request_hash, 32 }),
        .created_by = pb_str(&w->arena, n->author->id.s),
    };
    w->rows.insert = row;
}

static const char *or_default(const char *given, const char *standard)
{
    return given[0] != '\0' || standard == NULL ? given : standard;
}

void agents_create(struct agents *all, const struct agents_new *n, struct reply *reply)
{
    const Leapmux__V1__OpenAgentRequest *r = n->request;
    struct agent *a = agents_find(all, r->agent_id);
    struct id id = { 0 };
    struct id workspace = { 0 };
    struct agent_write *w;

    if (a != NULL) {
        answer_again(a, n->request_hash, n->author->id, reply);
        return;
    }
    memcpy(id.s, r->agent_id, ID_LEN);
    memcpy(workspace.s, r->workspace_id, ID_LEN);
    a = agent_new(all, id, workspace, n->provider);
    a->title = must_strdup(n->title);
    a->working_dir = must_strdup(n->working_dir);
    a->created_at_ms = clock_unix_ms();
    a->version = 1;
    memcpy(a->request_hash, n->request_hash, 32);
    agent_setting_set(&a->wish.model, or_default(r->model, all->options.default_model));
    agent_setting_set(&a->wish.mode, or_default(r->permission_mode, all->options.default_mode));
    choose_session(a, r->resume_ref);
    w = agent_write_new(a);
    write_row(w, n);
    if (r->first_message[0] != '\0') {
        (void)agent_queue_first(w, r->first_message, n->author);
    }
    w->subject = pb_str(&w->arena, n->author->id.s);
    w->check = check_unused;
    w->reply = reply;
    w->shows = 0;
    w->done = on_created;
    agent_write_submit(w);
}
