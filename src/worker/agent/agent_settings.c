/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "worker/agent/agent_inside.h"
#include "worker/pb.h"

enum {
    MODEL_MAX = 200,    /* octets of a model's name */
    CHANGES_MS = 10000, /* in which changes become one notice */
};

void agent_setting_set(char **setting, const char *value)
{
    char *copy = must_strdup(value);

    free(*setting);
    *setting = copy;
}

/* ---- what is known and wanted ---- */

Leapmux__V1__SessionInfo *agent_session_message(const struct agent *a, struct arena *arena)
{
    Leapmux__V1__SessionInfo *m = ARENA_NEW(arena, Leapmux__V1__SessionInfo);

    if (a->session != NULL) {
        *m = *a->session;
    } else {
        leapmux__v1__session_info__init(m);
    }
    m->session_ref = pb_str(arena, a->session_ref);
    m->desired_model = pb_str(arena, a->wish.model);
    m->desired_permission_mode = pb_str(arena, a->wish.mode);
    m->settings_error = pb_str(arena, a->settings_error);
    return m;
}

void agent_write_session_row(struct agent_write *w)
{
    struct agent *a = w->agent;
    struct worker_sql_set_agent_session_args *row =
        ARENA_NEW(&w->arena, struct worker_sql_set_agent_session_args);

    row->id = a->id.s;
    row->session_ref = pb_str(&w->arena, a->session_ref);
    row->session_used = a->session_use;
    row->desired_model = pb_str(&w->arena, a->wish.model);
    row->desired_mode = pb_str(&w->arena, a->wish.mode);
    row->session = a->session != NULL ? pb_pack(&w->arena, a->session)
                                      : (struct bytes){ .p = (const uint8_t *)"", .n = 0 };
    w->rows.session = row;
    w->shows |= AGENT_SHOWS_SESSION;
}

void agent_write_session(struct agent *a)
{
    struct agent_write *w = agent_write_new(a);

    agent_write_session_row(w);
    agent_write_submit(w);
}

/* ---- notices of changes ---- */

static void on_changes_due(void *arg)
{
    agent_settings_flush(arg);
}

static void clear_changes(struct agent *a)
{
    timer_stop(&a->changes_due);
    for (size_t i = 0; i < SETTINGS; i++) {
        free(TAKE(a->changes[i].from, NULL));
        free(TAKE(a->changes[i].to, NULL));
    }
}

void agent_settings_init(struct agent *a)
{
    timer_init(&a->changes_due, a->all->options.loop, on_changes_due, a);
    agent_setting_set(&a->wish.model, "");
    agent_setting_set(&a->wish.mode, "");
    agent_setting_set(&a->asked.model, "");
    agent_setting_set(&a->asked.mode, "");
    agent_setting_set(&a->confirmed.model, "");
    agent_setting_set(&a->confirmed.mode, "");
}

static void free_wish(struct settings_wish *wish)
{
    free(wish->model);
    free(wish->mode);
}

void agent_settings_done(struct agent *a)
{
    clear_changes(a);
    free_wish(&a->wish);
    free_wish(&a->asked);
    free_wish(&a->confirmed);
    free(a->settings_error);
}

void agent_settings_flush(struct agent *a)
{
    static const char *const NAMES[SETTINGS] = { "model", "permission_mode" };
    CLEANUP(arena_done) struct arena arena = { 0 };
    Leapmux__V1__Notice notice = LEAPMUX__V1__NOTICE__INIT;
    Leapmux__V1__SettingsChange changes[SETTINGS];
    Leapmux__V1__SettingsChange *list[SETTINGS];

    for (size_t i = 0; i < SETTINGS; i++) {
        const struct settings_change *change = &a->changes[i];

        if (change->from != NULL && strcmp(change->from, change->to) != 0) {
            leapmux__v1__settings_change__init(&changes[i]);
            changes[i].name = pb_str(&arena, NAMES[i]);
            changes[i].from = pb_str(&arena, change->from);
            changes[i].to = pb_str(&arena, change->to);
            list[notice.n_changes++] = &changes[i];
        }
    }
    clear_changes(a);
    if (notice.n_changes > 0) {
        notice.code = LEAPMUX__V1__NOTICE_CODE__NOTICE_CODE_SETTINGS_CHANGED;
        notice.changes = list;
        agent_note(a, &notice);
    }
}

/* The CLI uses another value now. */
static void confirm(struct agent *a, size_t which, char **confirmed, const char *to)
{
    struct settings_change *change = &a->changes[which];

    if (strcmp(*confirmed, to) != 0) {
        if (change->from == NULL) {
            change->from = must_strdup(*confirmed);
        }
        agent_setting_set(&change->to, to);
        if (!timer_is_on(&a->changes_due)) {
            timer_start(&a->changes_due, CHANGES_MS);
        }
        agent_setting_set(confirmed, to);
    }
}

/* ---- what the CLI says ---- */

/* The CLI may change its mode by itself, for example when a plan was approved. */
static void follow_mode(struct agent *a, const char *mode)
{
    if (mode[0] == '\0' || strcmp(mode, a->confirmed.mode) == 0) {
        return;
    }
    if (a->confirmed.mode[0] == '\0') {
        agent_setting_set(&a->confirmed.mode, mode);
    } else {
        confirm(a, SETTING_MODE, &a->confirmed.mode, mode);
    }
    if (strcmp(a->wish.mode, a->asked.mode) == 0 && strcmp(a->asked.mode, mode) != 0) {
        agent_setting_set(&a->wish.mode, mode);
        agent_setting_set(&a->asked.mode, mode);
    }
}

static bool is_same(const Leapmux__V1__SessionInfo *a, const Leapmux__V1__SessionInfo *b)
{
    CLEANUP(arena_done) struct arena arena = { 0 };

    return a != NULL && bytes_equal(pb_pack(&arena, a), pb_pack(&arena, b));
}

void agent_session_told(struct agent *a, const Leapmux__V1__SessionInfo *session)
{
    CLEANUP(arena_done) struct arena arena = { 0 };

    agent_event(a, AGENT_EV_PHASE, LEAPMUX__V1__START_PHASE__START_PHASE_CONFIGURING);
    if (is_same(a->session, session)) {
        return;
    }
    if (session->session_ref[0] != '\0') {
        agent_setting_set(&a->session_ref, session->session_ref);
    }
    pb_free(a->session);
    a->session = pb_unpack(&leapmux__v1__session_info__descriptor, pb_pack(&arena, session));
    follow_mode(a, session->permission_mode);
    agent_write_session(a);
}

static void refuse(struct agent *a, char **wish, char **asked, const char *back, const char *why)
{
    CLEANUP(arena_done) struct arena arena = { 0 };
    Leapmux__V1__Notice notice = LEAPMUX__V1__NOTICE__INIT;

    agent_setting_set(wish, back);
    agent_setting_set(asked, back);
    agent_setting_set(&a->settings_error, why);
    notice.code = LEAPMUX__V1__NOTICE_CODE__NOTICE_CODE_ERROR;
    notice.text = pb_str(&arena, why);
    agent_note(a, &notice);
}

void agent_setting_done(struct agent *a, const struct provider_event *ev)
{
    bool refused = ev->error.reason != NULL && ev->error.reason[0] != '\0';
    const char *why = ev->error.text != NULL ? ev->error.text : "";

    if (strcmp(ev->ref, "model") == 0) {
        if (refused) {
            refuse(a, &a->wish.model, &a->asked.model, a->confirmed.model, why);
        } else {
            confirm(a, SETTING_MODEL, &a->confirmed.model, a->asked.model);
        }
    } else if (refused) {
        refuse(a, &a->wish.mode, &a->asked.mode, a->confirmed.mode, why);
    } else {
        confirm(a, SETTING_MODE, &a->confirmed.mode, a->asked.mode);
    }
    agent_write_session(a);
}

/* ---- what people want ---- */

void agent_settings_apply(struct agent *a)
{
    bool model = strcmp(a->wish.model, a->asked.model) != 0;
    bool mode = strcmp(a->wish.mode, a->asked.mode) != 0;

    if (a->cli == NULL || a->state.process != LEAPMUX__V1__PROCESS_STATE__PROCESS_STATE_RUNNING) {
        return;
    }
    if (model && (a->provider->flags & PROVIDER_LIVE_MODEL) != 0) {
        agent_setting_set(&a->asked.model, a->wish.model);
        a->provider->set_model(a->cli, a->wish.model[0] != '\0' ? a->wish.model : NULL);
        model = false;
    }
    if (mode && (a->provider->flags & PROVIDER_LIVE_MODE) != 0 && a->wish.mode[0] != '\0') {
        agent_setting_set(&a->asked.mode, a->wish.mode);
        a->provider->set_mode(a->cli, a->wish.mode);
        mode = false;
    }
    /* What does not go live needs another process, between turns. */
    if ((model || mode) && !a->state.turn && a->state.prompts == 0) {
        agent_event(a, AGENT_EV_RESTART, 0);
    }
}

bool agent_set(struct agent *a, const char *model, const char *mode, struct err *e)
{
    if (mode != NULL && mode[0] != '\0' && !provider_has_mode(a->provider, mode)) {
        return err_set(e, ERR_FAILED_PRECONDITION, "UNSUPPORTED", "no mode of that name");
    }
    if (model != NULL && strlen(model) > MODEL_MAX) {
        return err_invalid(e, "model", "longer than %d octets", MODEL_MAX);
    }
    if (model != NULL) {
        agent_setting_set(&a->wish.model, model);
    }
    if (mode != NULL) {
        agent_setting_set(&a->wish.mode, mode);
    }
    agent_setting_set(&a->settings_error, "");
    agent_settings_apply(a);
    agent_write_session(a);
    return true;
}
