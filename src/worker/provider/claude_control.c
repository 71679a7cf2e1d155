/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/provider/claude.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/utf8.h"

enum {
    MODELS_LIMIT = 100, /* of a list from outside; real ones have ten */
    COMMANDS_LIMIT = 1000,
    DESCRIPTION_LIMIT = 500, /* octets shown of a command's description */
};

/* --- writing --- */

void claude_write(struct provider_session *s, yyjson_mut_doc *doc)
{
    size_t n;
    char *text = yyjson_mut_write(doc, YYJSON_WRITE_ALLOW_INVALID_UNICODE, &n);

    if (text != NULL) {
        text[n] = '\n'; /* in place of the NUL, so that a line goes out in one piece */
        s->sink.write(s->sink.arg, (struct bytes){ .p = (const uint8_t *)text, .n = n + 1 });
        free(text);
    }
    yyjson_mut_doc_free(doc);
}

static const char *const SUBTYPES[] = {
    [CLAUDE_INITIALIZE] = "initialize",        [CLAUDE_FIRST_MODE] = "set_permission_mode",
    [CLAUDE_SET_MODE] = "set_permission_mode", [CLAUDE_SET_MODEL] = "set_model",
    [CLAUDE_INTERRUPT] = "interrupt",
};

static void add_fields(yyjson_mut_doc *doc, yyjson_mut_val *request, enum claude_request_kind kind,
                       const char *value)
{
    switch (kind) {
    case CLAUDE_INITIALIZE:
        (void)yyjson_mut_obj_add_val(doc, request, "hooks", yyjson_mut_obj(doc));
        break;
    case CLAUDE_FIRST_MODE:
    case CLAUDE_SET_MODE:
        yyjson_mut_obj_add_str(doc, request, "mode", value);
        break;
    case CLAUDE_SET_MODEL:
        /* no model at all means the CLI's own default */
        if (value[0] != '\0' && strcmp(value, "default") != 0) {
            yyjson_mut_obj_add_str(doc, request, "model", value);
        }
        break;
    case CLAUDE_INTERRUPT:
        yyjson_mut_obj_add_bool(doc, request, "cancel_queued", true);
        break;
    }
}

void claude_request(struct provider_session *s, enum claude_request_kind kind, const char *value)
{
    struct claude_request *r = NEW(struct claude_request);
    yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
    yyjson_mut_val *root = yyjson_mut_obj(doc);
    yyjson_mut_val *request = yyjson_mut_obj(doc);

    r->kind = kind;
    r->id = must_printf("host-%u", ++s->last_request);
    r->value = must_strdup(value);
    list_init(&r->link);
    list_append(&s->requests, &r->link);
    s->interrupting = s->interrupting || (kind == CLAUDE_INTERRUPT && s->in_turn);

    yyjson_mut_doc_set_root(doc, root);
    yyjson_mut_obj_add_str(doc, root, "type", "control_request");
    yyjson_mut_obj_add_str(doc, root, "request_id", r->id);
    yyjson_mut_obj_add_str(doc, request, "subtype", SUBTYPES[kind]);
    add_fields(doc, request, kind, r->value);
    yyjson_mut_obj_add_val(doc, root, "request", request);
    claude_write(s, doc);
}

void claude_respond(struct provider_session *s, const char *request_id, yyjson_mut_doc *doc,
                    yyjson_mut_val *response)
{
    yyjson_mut_val *root = yyjson_mut_obj(doc);
    yyjson_mut_val *outer = yyjson_mut_obj(doc);

    yyjson_mut_doc_set_root(doc, root);
    yyjson_mut_obj_add_str(doc, root, "type", "control_response");
    yyjson_mut_obj_add_str(doc, outer, "subtype", "success");
    yyjson_mut_obj_add_str(doc, outer, "request_id", request_id);
    yyjson_mut_obj_add_val(doc, outer, "response", response);
    yyjson_mut_obj_add_val(doc, root, "response", outer);
    claude_write(s, doc);
}

void claude_respond_error(struct provider_session *s, const char *request_id, const char *text)
{
    yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
    yyjson_mut_val *root = yyjson_mut_obj(doc);
    yyjson_mut_val *outer = yyjson_mut_obj(doc);

    yyjson_mut_doc_set_root(doc, root);
    yyjson_mut_obj_add_str(doc, root, "type", "control_response");
    yyjson_mut_obj_add_str(doc, outer, "subtype", "error");
    yyjson_mut_obj_add_str(doc, outer, "request_id", request_id);
    yyjson_mut_obj_add_str(doc, outer, "error", text);
    yyjson_mut_obj_add_val(doc, root, "response", outer);
    claude_write(s, doc);
}

/* --- what is known of the session --- */

static void fact_is(struct provider_session *s, char **fact, const char *value)
{
    if (value[0] == '\0' || (*fact != NULL && strcmp(*fact, value) == 0)) {
        return;
    }
    claude_set(fact, value);
    s->info_changed = true;
}

void claude_mode_is(struct provider_session *s, const char *mode)
{
    fact_is(s, &s->mode, mode);
}

void claude_model_is(struct provider_session *s, const char *model)
{
    fact_is(s, &s->model, model);
}

void claude_session_is(struct provider_session *s, const char *session_ref)
{
    fact_is(s, &s->session_ref, session_ref);
}

/*
 * The CLI answers with the full name of a model, people choose from its list of short ones: show
 * what was chosen as long as it means what is used.
 */
static const char *model_shown(const struct provider_session *s)
{
    const char *first = NULL;

    if (s->model == NULL) {
        /* told with the first turn only; until then it is what was asked for */
        return s->wanted_model != NULL && s->wanted_model[0] != '\0' ? s->wanted_model : "default";
    }
    for (size_t i = 0; i < s->n_models; i++) {
        if (strcmp(s->resolved[i].resolved, s->model) != 0) {
            continue;
        }
        if (s->wanted_model != NULL && strcmp(s->models[i]->id, s->wanted_model) == 0) {
            return s->wanted_model;
        }
        first = first != NULL ? first : s->models[i]->id;
    }
    return first != NULL ? first : s->model;
}

void claude_tell_session(struct provider_session *s)
{
    Leapmux__V1__SessionInfo info = LEAPMUX__V1__SESSION_INFO__INIT;
    const char *modes[8];
    size_t n = 0;

    if (!s->info_changed) {
        return;
    }
    s->info_changed = false;
    for (size_t i = 0; PROVIDER_CLAUDE.modes[i] != NULL && n < ARRAY_LEN(modes); i++) {
        bool bypass = strcmp(PROVIDER_CLAUDE.modes[i], PROVIDER_CLAUDE.bypass_mode) == 0;

        if (!bypass || s->may_bypass) {
            modes[n++] = PROVIDER_CLAUDE.modes[i];
        }
    }
    info.session_ref = s->session_ref;
    info.model = arena_str(&s->line, bytes_of(model_shown(s)));
    info.permission_mode = s->mode != NULL ? s->mode : info.permission_mode;
    info.models = s->models;
    info.n_models = s->n_models;
    info.modes = (char **)modes;
    info.n_modes = n;
    info.commands = s->commands;
    info.n_commands = s->n_commands;
    info.cli_version = s->version != NULL ? s->version : info.cli_version;
    claude_event(s, &(struct provider_event){ .kind = PROVIDER_SESSION, .session = &info });
}

static size_t at_most(size_t n, size_t limit)
{
    return n < limit ? n : limit;
}

static void read_models(struct provider_session *s, yyjson_val *list)
{
    size_t n = at_most(yyjson_arr_size(list), MODELS_LIMIT);
    size_t i, max;
    yyjson_val *entry;

    s->models = arena_alloc(&s->info, (n + 1) * sizeof(*s->models));
    s->resolved = arena_alloc(&s->info, (n + 1) * sizeof(*s->resolved));
    yyjson_arr_foreach(list, i, max, entry)
    {
        Leapmux__V1__Model *m = ARENA_NEW(&s->info, Leapmux__V1__Model);

        if (s->n_models == n || !json_has_text(entry, "value")) {
            continue;
        }
        leapmux__v1__model__init(m);
        m->id = json_copy_of(&s->info, entry, "value");
        m->name = json_copy_of(&s->info, entry,
                               json_has_text(entry, "displayName") ? "displayName" : "value");
        m->description = json_copy_of(&s->info, entry, "description");
        s->resolved[s->n_models].resolved = json_copy_of(&s->info, entry, "resolvedModel");
        s->models[s->n_models++] = m;
    }
}

static void read_commands(struct provider_session *s, yyjson_val *list)
{
    size_t n = at_most(yyjson_arr_size(list), COMMANDS_LIMIT);
    size_t i, max;
    yyjson_val *entry;

    s->commands = arena_alloc(&s->info, (n + 1) * sizeof(*s->commands));
    yyjson_arr_foreach(list, i, max, entry)
    {
        Leapmux__V1__SlashCommand *c = ARENA_NEW(&s->info, Leapmux__V1__SlashCommand);
        struct bytes description = bytes_of(json_text(entry, "description"));

        if (s->n_commands == n || !json_has_text(entry, "name")) {
            continue;
        }
        leapmux__v1__slash_command__init(c);
        c->name = json_copy_of(&s->info, entry, "name");
        description.n = utf8_cut(description, DESCRIPTION_LIMIT);
        c->description = arena_str(&s->info, description);
        c->argument_hint = json_copy_of(&s->info, entry, "argumentHint");
        s->commands[s->n_commands++] = c;
    }
}

/* --- answers to our requests --- */

static void ready(struct provider_session *s)
{
    if (!s->ready && !s->failed) {
        s->ready = true;
        claude_tell_session(s);
        claude_event(s, &(struct provider_event){ .kind = PROVIDER_READY });
    }
}

static void on_initialized(struct provider_session *s, const char *error, yyjson_val *response)
{
    struct provider_event failed = { .kind = PROVIDER_START_FAILED,
                                     .error = { .reason = "START_FAILED", .text = error } };

    if (error != NULL) {
        s->failed = true;
        claude_event(s, &failed);
        return;
    }
    read_models(s, json_get(response, "models"));
    read_commands(s, json_get(response, "commands"));
    fact_is(s, &s->version, json_text(response, "claude_code_version"));
    claude_mode_is(s, json_text(response, "current_permission_mode"));
    s->info_changed = true;
    if (s->wanted_mode == NULL || (s->mode != NULL && strcmp(s->mode, s->wanted_mode) == 0)) {
        ready(s);
        return;
    }
    claude_request(s, CLAUDE_FIRST_MODE, s->wanted_mode);
}

static void setting_done(struct provider_session *s, const char *what, const char *error)
{
    struct provider_event done = { .kind = PROVIDER_SETTING_DONE,
                                   .ref = what,
                                   .error = { .reason = "", .text = "" } };

    if (error != NULL) {
        done.error.reason = "REFUSED";
        done.error.text = error;
    }
    claude_tell_session(s);
    claude_event(s, &done);
}

static void on_mode_set(struct provider_session *s, const struct claude_request *r,
                        const char *error, yyjson_val *response)
{
    if (error == NULL) {
        claude_mode_is(s, json_has_text(response, "mode") ? json_text(response, "mode") : r->value);
    }
    if (r->kind == CLAUDE_SET_MODE || error != NULL) {
        setting_done(s, "mode", error);
    }
    if (r->kind == CLAUDE_FIRST_MODE) {
        ready(s); /* also without the wanted mode: what holds now is told, and why */
    }
}

static void on_model_set(struct provider_session *s, const struct claude_request *r,
                         const char *error, yyjson_val *response)
{
    if (error == NULL) {
        claude_set(&s->wanted_model, r->value);
        claude_model_is(s,
                        json_has_text(response, "model") ? json_text(response, "model") : r->value);
        s->info_changed = true;
    }
    setting_done(s, "model", error);
}

static struct claude_request *request_of(struct provider_session *s, const char *id)
{
    LIST_EACH(&s->requests, struct claude_request, link, r)
    {
        if (strcmp(r->id, id) == 0) {
            return r;
        }
    }
    return NULL;
}

static void request_free(struct claude_request *r)
{
    list_remove(&r->link);
    free(r->id);
    free(r->value);
    free(r);
}

void claude_requests_free(struct provider_session *s)
{
    while (!list_empty(&s->requests)) {
        request_free(LIST_FIRST(&s->requests, struct claude_request, link));
    }
}

void claude_response(struct provider_session *s, yyjson_val *line)
{
    yyjson_val *outer = json_get(line, "response");
    yyjson_val *response = json_get(outer, "response");
    const char *id = json_text(outer, "request_id");
    struct claude_request *r = request_of(s, id);
    const char *error = NULL;

    if (r == NULL) {
        claude_prompt_answered(s, id); /* the CLI repeats what we answered */
        return;
    }
    list_remove(&r->link);
    if (!json_is(outer, "subtype", "success")) {
        error = json_has_text(outer, "error") ? json_text(outer, "error") : "refused";
    }
    switch (r->kind) {
    case CLAUDE_INITIALIZE:
        on_initialized(s, error, response);
        break;
    case CLAUDE_FIRST_MODE:
    case CLAUDE_SET_MODE:
        on_mode_set(s, r, error, response);
        break;
    case CLAUDE_SET_MODEL:
        on_model_set(s, r, error, response);
        break;
    case CLAUDE_INTERRUPT:
        if (error == NULL) {
            claude_event(s, &(struct provider_event){ .kind = PROVIDER_INTERRUPTED });
        }
        break;
    }
    request_free(r);
}
