/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/utf8.h"
#include "crypto/random.h"
#include "worker/agent/agent_inside.h"
#include "worker/pb.h"
#include "worker/watch.h"

/* ---- memory ---- */

static void on_deadline(void *arg)
{
    agent_event(arg, AGENT_EV_TIMEOUT, 0);
}

struct agent *agent_new(struct agents *all, struct id id, struct id workspace,
                        const struct provider *provider)
{
    struct agent *a = NEW(struct agent);

    a->all = all;
    a->id = id;
    a->workspace = workspace;
    a->provider = provider;
    list_init(&a->link);
    list_init(&a->queue);
    list_init(&a->prompts);
    list_init(&a->lives);
    list_init(&a->watchers);
    agent_writes_init(a);
    buf_init(&a->submitted, SIZE_MAX);
    buf_init(&a->shown, SIZE_MAX);
    buf_init(&a->stderr_tail, 2 * AGENT_STDERR_TAIL);
    agent_state_init(&a->state, all->options.start_timeout_ms);
    timer_init(&a->deadline, all->options.loop, on_deadline, a);
    a->since_ms = clock_unix_ms();
    a->exit_code = -1;
    agent_settings_init(a);
    return a;
}

void agent_free(struct agent *a)
{
    timer_stop(&a->deadline);
    agent_kill(a);
    agent_writes_free(a);
    LIST_EACH(&a->queue, struct queue_item, link, item)
    {
        agent_queue_remove(a, item);
    }
    LIST_EACH(&a->prompts, struct prompt, link, p)
    {
        agent_prompt_remove(a, p);
    }
    agent_live_drop_all(a);
    list_remove(&a->link);
    buf_done(&a->submitted);
    buf_done(&a->shown);
    buf_done(&a->stderr_tail);
    agent_clear_error(a);
    pb_free(a->session);
    agent_settings_done(a);
    free(a->title);
    free(a->working_dir);
    free(a->git_branch);
    free(a->git_root);
    free(a->session_ref);
    free(a->marks);
    free(a);
}

void agent_hold(struct agent *a)
{
    a->holds++;
}

void agent_release(struct agent *a)
{
    assert(a->holds > 0);
    a->holds--;
    if (a->holds == 0 && a->is_gone) {
        agent_free(a);
    }
}

/* ---- what is shown ---- */

struct id agent_id(const struct agent *a)
{
    return a->id;
}

struct id agent_workspace(const struct agent *a)
{
    return a->workspace;
}

uint32_t agent_last_seq(const struct agent *a)
{
    return a->last_seq;
}

struct id agent_instance(const struct agent *a)
{
    return a->shown_instance;
}

struct link *agent_watchers(struct agent *a)
{
    return &a->watchers;
}

const struct link *agent_lives(const struct agent *a)
{
    return &a->lives;
}

Leapmux__V1__AgentState *agent_state_message(const struct agent *a, struct arena *arena)
{
    return pb_unpack_in(arena, &leapmux__v1__agent_state__descriptor, buf_view(&a->shown));
}

static uint32_t read_seq(const struct agent *a, struct id user)
{
    for (size_t i = 0; i < a->n_marks; i++) {
        if (id_equal(a->marks[i].user, user)) {
            return a->marks[i].seq;
        }
    }
    return 0;
}

Leapmux__V1__AgentSummary *agent_summary(const struct agent *a, struct id user, struct arena *arena)
{
    Leapmux__V1__AgentSummary *s = ARENA_NEW(arena, Leapmux__V1__AgentSummary);

    leapmux__v1__agent_summary__init(s);
    s->id = pb_str(arena, a->id.s);
    s->workspace_id = pb_str(arena, a->workspace.s);
    s->provider = pb_str(arena, a->provider->id);
    s->title = pb_str(arena, a->title);
    s->working_dir = pb_bytes(arena_copy(arena, bytes_of(a->working_dir)));
    s->state = agent_state_message(a, arena);
    s->last_seq = a->last_seq;
    s->read_seq = read_seq(a, user);
    s->created_at_ms = a->created_at_ms;
    s->git_branch = pb_str(arena, a->git_branch);
    s->git_root = pb_str(arena, a->git_root);
    return s;
}

void agent_read_up_to(struct agent *a, struct id user, uint32_t seq)
{
    struct read_mark *mark = NULL;

    for (size_t i = 0; i < a->n_marks && mark == NULL; i++) {
        mark = id_equal(a->marks[i].user, user) ? &a->marks[i] : NULL;
    }
    if (mark == NULL) {
        a->marks = must_realloc(a->marks, (a->n_marks + 1) * sizeof(*a->marks));
        mark = &a->marks[a->n_marks++];
        *mark = (struct read_mark){ .user = user };
    }
    mark->seq = seq > mark->seq ? seq : mark->seq;
    a->all->options.changed(a->all->options.arg, a);
}

/* ---- errors ---- */

void agent_clear_error(struct agent *a)
{
    pb_free(a->error);
    a->error = NULL;
}

static char *stderr_text(const struct agent *a, struct arena *arena)
{
    struct bytes tail = buf_view(&a->stderr_tail);
    struct buf text;
    struct err ignored;
    char *out;

    if (tail.n > AGENT_STDERR_TAIL) {
        tail = (struct bytes){ tail.p + tail.n - AGENT_STDERR_TAIL, AGENT_STDERR_TAIL };
    }
    buf_init(&text, 4 * AGENT_STDERR_TAIL);
    (void)!utf8_put_lossy(&text, tail, &ignored);
    out = arena_str(arena, buf_view(&text));
    buf_done(&text);
    return out;
}

void agent_set_error(struct agent *a, const char *reason, const char *message, int code, int signal)
{
    CLEANUP(arena_done) struct arena arena = { 0 };
    Leapmux__V1__AgentError error = LEAPMUX__V1__AGENT_ERROR__INIT;

    error.reason = pb_str(&arena, reason);
    error.message = pb_str(&arena, message);
    error.stderr_tail = stderr_text(a, &arena);
    error.exit_code = code;
    if (signal > 0) {
        error.exit_signal = arena_printf(&arena, "SIG%s", sigabbrev_np(signal));
    }
    agent_clear_error(a);
    a->error = pb_unpack(&leapmux__v1__agent_error__descriptor, pb_pack(&arena, &error));
}

static void explain(struct agent *a)
{
    CLEANUP(arena_done) struct arena arena = { 0 };
    const char *text;

    switch (a->state.cause) {
    case AGENT_CAUSE_NONE:
    case AGENT_CAUSE_GIVEN:
        return;
    case AGENT_CAUSE_EXITED:
        text = a->exit_signal > 0 ? arena_printf(&arena, "%s was ended by SIG%s.",
                                                 a->provider->name, sigabbrev_np(a->exit_signal))
                                  : arena_printf(&arena, "%s ended with exit code %d.",
                                                 a->provider->name, a->exit_code);
        agent_set_error(a, "EXITED", text, a->exit_code, a->exit_signal);
        return;
    case AGENT_CAUSE_START_TIMEOUT:
        text = arena_printf(&arena, "%s did not get ready in %d s.", a->provider->name,
                            (int)(a->state.start_limit_ms / 1000));
        agent_set_error(a, "START_TIMEOUT", text, -1, 0);
        return;
    }
}

static void note_exit(struct agent *a)
{
    CLEANUP(arena_done) struct arena arena = { 0 };
    Leapmux__V1__Notice notice = LEAPMUX__V1__NOTICE__INIT;

    notice.code = LEAPMUX__V1__NOTICE_CODE__NOTICE_CODE_EXITED;
    notice.exit_code = a->exit_code;
    if (a->exit_signal > 0) {
        notice.exit_signal = arena_printf(&arena, "SIG%s", sigabbrev_np(a->exit_signal));
    }
    notice.detail = stderr_text(a, &arena);
    agent_note(a, &notice);
}

/* ---- the state as it is written and shown ---- */

static const char *phase_text(const struct agent *a)
{
    if (agent_state_turn(&a->state) != LEAPMUX__V1__TURN_STATE__TURN_STATE_STARTING) {
        return "";
    }
    switch (a->state.phase) {
    case LEAPMUX__V1__START_PHASE__START_PHASE_LAUNCHING:
        return "Launching";
    case LEAPMUX__V1__START_PHASE__START_PHASE_HANDSHAKE:
        return "Waiting for the first answer";
    case LEAPMUX__V1__START_PHASE__START_PHASE_CONFIGURING:
        return "Applying settings";
    default: /* allow: the other phases are no wait of this kind */
        return "";
    }
}

static uint32_t queue_length(const struct agent *a)
{
    uint32_t n = 0;

    LIST_EACH(&a->queue, struct queue_item, link, item)
    {
        n += item->is_leaving ? 0 : 1;
    }
    return n;
}

static void fill_state(const struct agent *a, Leapmux__V1__AgentState *s, struct arena *arena)
{
    leapmux__v1__agent_state__init(s);
    s->turn_state = agent_state_turn(&a->state);
    s->process = a->state.process;
    s->instance_id = pb_str(arena, a->instance_id.s);
    s->turn_id = pb_str(arena, a->turn_id.s);
    s->since_ms = a->since_ms;
    s->phase =
        a->state.starting ? a->state.phase : LEAPMUX__V1__START_PHASE__START_PHASE_UNSPECIFIED;
    s->phase_text = pb_str(arena, phase_text(a));
    s->error = a->state.error ? a->error : NULL;
    s->pending_prompts = a->state.prompts;
    s->queue_length = queue_length(a);
    s->queue_paused = a->state.paused;
}

static Leapmux__V1__TurnState submitted_turn(const struct agent *a)
{
    CLEANUP(arena_done) struct arena arena = { 0 };
    Leapmux__V1__AgentState *s =
        pb_unpack_in(&arena, &leapmux__v1__agent_state__descriptor, buf_view(&a->submitted));

    return s != NULL ? s->turn_state : LEAPMUX__V1__TURN_STATE__TURN_STATE_UNSPECIFIED;
}

static void write_state_row(struct agent_write *w, const Leapmux__V1__AgentState *s)
{
    struct worker_sql_set_agent_state_args *row =
        ARENA_NEW(&w->arena, struct worker_sql_set_agent_state_args);

    row->id = w->agent->id.s;
    row->turn_state = s->turn_state;
    row->turn_id = s->turn_id;
    row->instance_id = s->instance_id;
    row->error = s->error != NULL ? pb_pack(&w->arena, s->error)
                                  : (struct bytes){ .p = (const uint8_t *)"", .n = 0 };
    row->since_ms = s->since_ms;
    row->state_version = (int64_t)s->version;
    row->queue_paused = s->queue_paused;
    w->rows.state = row;
}

void agent_show_state(struct agent *a)
{
    CLEANUP(arena_done) struct arena arena = { 0 };
    struct agent_write *w;
    Leapmux__V1__AgentState *s;
    Leapmux__V1__AgentState now;
    struct bytes packed;
    struct err ignored;

    if (agent_state_turn(&a->state) != submitted_turn(a)) {
        a->since_ms = clock_unix_ms();
    }
    fill_state(a, &now, &arena);
    packed = pb_pack(&arena, &now);
    if (bytes_equal(packed, buf_view(&a->submitted))) {
        return;
    }
    buf_clear(&a->submitted);
    (void)!buf_put(&a->submitted, packed, &ignored);
    w = agent_write_new(a);
    s = pb_unpack_in(&w->arena, &leapmux__v1__agent_state__descriptor, packed);
    s->version = ++a->version;
    write_state_row(w, s);
    w->state = pb_pack(&w->arena, s);
    w->state_instance = a->instance_id;
    w->shows = AGENT_SHOWS_STATE;
    agent_write_submit(w);
}

void agent_show_first(struct agent *a)
{
    CLEANUP(arena_done) struct arena arena = { 0 };
    Leapmux__V1__AgentState s;
    struct err ignored;

    fill_state(a, &s, &arena);
    s.version = a->version;
    buf_clear(&a->shown);
    (void)!buf_put(&a->shown, pb_pack(&arena, &s), &ignored);
    a->shown_instance = a->instance_id;
    a->is_shown = true;
}

/* ---- life ---- */

/* The Worker may go when nothing runs and nothing waits to be written. */
void agents_check_stopped(struct agents *all)
{
    if (!all->stopping || all->writes > 0 || all->on_stopped == NULL) {
        return;
    }
    LIST_EACH(&all->list, struct agent, link, a)
    {
        if (!a->state.over) {
            return;
        }
    }
    loop_defer(all->options.loop, all->on_stopped, all->on_stopped_arg);
    all->on_stopped = NULL;
}

static void on_close_written(struct agent_write *w, const struct err *e)
{
    static const Leapmux__V1__CloseAgentResponse done = LEAPMUX__V1__CLOSE_AGENT_RESPONSE__INIT;
    struct agent *a = w->agent;
    struct reply *reply = TAKE(a->close_reply, NULL);

    if (e != NULL) {
        reply_fail(reply, e);
        return;
    }
    reply_ok(reply, &done);
    w->shows = 0;
    watch_end_all(a, NULL);
    list_remove(&a->link);
    a->is_gone = true;
    a->all->options.gone(a->all->options.arg, a);
}

static void write_close(struct agent *a)
{
    struct agent_write *w = agent_write_new(a);
    struct worker_sql_close_agent_args *args =
        ARENA_NEW(&w->arena, struct worker_sql_close_agent_args);

    args->id = a->id.s;
    args->closed_at_ms = clock_unix_ms();
    w->rows.close = args;
    w->done = on_close_written;
    agent_write_submit(w);
}

static void act(struct agent *a, uint32_t todo)
{
    Leapmux__V1__Notice interrupted = LEAPMUX__V1__NOTICE__INIT;

    interrupted.code = LEAPMUX__V1__NOTICE_CODE__NOTICE_CODE_INTERRUPTED;
    if (todo & AGENT_DO_EXPIRE) {
        agent_prompts_expire(a);
    }
    if (todo & AGENT_DO_NOTE_EXIT) {
        note_exit(a);
    }
    if (todo & AGENT_DO_NOTE_INTERRUPTED) {
        agent_note(a, &interrupted);
    }
    if (todo & AGENT_DO_FAIL_NEXT) {
        agent_fail_next(a);
    }
    if (todo & AGENT_DO_INTERRUPT) {
        a->provider->interrupt(a->cli);
    }
    if (todo & AGENT_DO_SIGINT) {
        agent_signal(a, SIGINT);
    }
    if (todo & AGENT_DO_END) {
        agent_end_politely(a);
    }
    if (todo & AGENT_DO_TERM) {
        agent_signal(a, SIGTERM);
    }
    if (todo & AGENT_DO_KILL) {
        agent_signal(a, SIGKILL);
    }
    if (todo & AGENT_DO_CANCEL_LAUNCH) {
        agent_cancel_launch(a);
    }
    if (todo & AGENT_DO_SPAWN) {
        agent_launch(a);
    }
    if (todo & AGENT_DO_SEND_NEXT) {
        a->turn_id = random_id();
        agent_send_next(a);
    }
    if (todo & AGENT_DO_CLOSED) {
        write_close(a);
    }
}

static void step(struct agent *a, struct agent_event ev)
{
    bool was_error = a->state.error;
    bool was_turn = a->state.turn;
    uint32_t todo = agent_state_step(&a->state, ev, loop_now_ms(a->all->options.loop));

    if (a->state.turn && id_is_empty(a->turn_id)) {
        a->turn_id = random_id();
    }
    if (!a->state.error) {
        agent_clear_error(a);
    } else if (!was_error) {
        explain(a);
    }
    if (a->state.process == LEAPMUX__V1__PROCESS_STATE__PROCESS_STATE_NONE) {
        a->instance_id = (struct id){ 0 };
    }
    act(a, todo);
    if (was_turn && !a->state.turn) {
        a->turn_id = (struct id){ 0 };
        agent_live_drop_all(a);
        agent_look_at_git(a);
    }
}

static void set_deadline(struct agent *a)
{
    uint64_t now = loop_now_ms(a->all->options.loop);

    if (a->state.deadline_ms == 0) {
        timer_stop(&a->deadline);
    } else {
        timer_start(&a->deadline, a->state.deadline_ms > now ? a->state.deadline_ms - now : 0);
    }
}

void agent_event(struct agent *a, enum agent_event_kind kind, uint32_t value)
{
    assert(a->n_events < ARRAY_LEN(a->events));
    a->events[a->n_events++] = (struct agent_event){ .kind = kind, .value = value };
    if (a->stepping) {
        return;
    }
    agent_hold(a);
    a->stepping = true;
    while (a->n_events > 0) {
        struct agent_event ev = a->events[0];

        a->n_events--;
        memmove(a->events, a->events + 1, a->n_events * sizeof(a->events[0]));
        step(a, ev);
    }
    a->stepping = false;
    set_deadline(a);
    agent_show_state(a);
    agents_check_stopped(a->all);
    agent_release(a);
}

/* ---- what people do ---- */

void agent_start(struct agent *a)
{
    agent_event(a, AGENT_EV_START, 0);
}

void agent_cancel_start(struct agent *a)
{
    agent_event(a, AGENT_EV_CANCEL_START, 0);
}

bool agent_interrupt(struct agent *a, const char *turn_id, bool force, struct err *e)
{
    bool runs = a->state.process == LEAPMUX__V1__PROCESS_STATE__PROCESS_STATE_RUNNING &&
                (a->state.turn || a->state.prompts > 0);

    if (!runs && !(force && a->child != NULL)) {
        return err_set(e, ERR_FAILED_PRECONDITION, "NOT_RUNNING", "nothing runs that could stop");
    }
    if (turn_id[0] != '\0' && runs && strcmp(turn_id, a->turn_id.s) != 0) {
        return err_set(e, ERR_ABORTED, "STALE", "another turn runs now");
    }
    agent_event(a, force ? AGENT_EV_FORCE : AGENT_EV_INTERRUPT, 0);
    return true;
}

void agent_close(struct agent *a, struct reply *reply)
{
    static const Leapmux__V1__CloseAgentResponse done = LEAPMUX__V1__CLOSE_AGENT_RESPONSE__INIT;

    if (a->close_reply != NULL) {
        reply_ok(reply, &done); /* the one who came first waits for the end */
        return;
    }
    a->close_reply = reply;
    agent_event(a, AGENT_EV_CLOSE, 0);
}

size_t agents_running(struct agents *all)
{
    size_t n = 0;

    LIST_EACH(&all->list, struct agent, link, a)
    {
        n += a->child != NULL ? 1 : 0;
    }
    return n;
}

void agents_stop(struct agents *all, loop_fn done, void *arg)
{
    all->stopping = true;
    LIST_EACH(&all->list, struct agent, link, a)
    {
        agent_settings_flush(a);
        agent_writes_hurry(a);
        agent_event(a, AGENT_EV_STOP, 0);
    }
    all->on_stopped = done;
    all->on_stopped_arg = arg;
    agents_check_stopped(all);
}

void agents_kill(struct agents *all)
{
    LIST_EACH(&all->list, struct agent, link, a)
    {
        agent_event(a, AGENT_EV_FORCE, 0);
    }
}
