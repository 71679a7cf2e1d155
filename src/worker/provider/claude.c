/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/provider/claude.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/utf8.h"

static const char BYPASS[] = "bypassPermissions";

void claude_set(char **owned, const char *text)
{
    char *copy = must_strdup(text);

    free(*owned);
    *owned = copy;
}

void claude_event(struct provider_session *s, const struct provider_event *event)
{
    s->sink.event(s->sink.arg, event);
}

void claude_message(struct provider_session *s, Leapmux__V1__AgentMessage *m, const char *parent,
                    const char *block)
{
    m->parent_call_id = arena_str(&s->line, bytes_of(parent));
    m->block_id = arena_str(&s->line, bytes_of(block));
    claude_event(s, &(struct provider_event){
                        .kind = PROVIDER_MESSAGE,
                        .message = m,
                        .raw = s->raw,
                    });
}

void claude_notice(struct provider_session *s, Leapmux__V1__Notice *notice)
{
    Leapmux__V1__AgentMessage m = LEAPMUX__V1__AGENT_MESSAGE__INIT;

    m.body_case = LEAPMUX__V1__AGENT_MESSAGE__BODY_NOTICE;
    m.notice = notice;
    claude_message(s, &m, "", "");
}

void claude_unknown(struct provider_session *s, const char *why, struct bytes line)
{
    Leapmux__V1__Notice notice = LEAPMUX__V1__NOTICE__INIT;
    struct bytes shown = line;
    struct buf detail;
    struct err e;

    if (shown.n > CLAUDE_DETAIL / 3) {
        shown.n = CLAUDE_DETAIL / 3; /* an octet that is no UTF-8 becomes three */
    }
    buf_init(&detail, CLAUDE_DETAIL);
    if (utf8_put_lossy(&detail, shown, &e)) {
        notice.detail = arena_str(&s->line, buf_view(&detail));
    }
    buf_done(&detail);
    notice.code = LEAPMUX__V1__NOTICE_CODE__NOTICE_CODE_UNKNOWN_OUTPUT;
    notice.text = arena_str(&s->line, bytes_of(why));
    claude_notice(s, &notice);
}

/* --- turns and inputs --- */

void claude_turn_begin(struct provider_session *s)
{
    if (s->in_turn) {
        return;
    }
    s->in_turn = true;
    s->took_input = false;
    s->interrupting = false;
    s->tool_calls = 0;
    claude_set(&s->api_error, NULL);
    claude_event(s, &(struct provider_event){ .kind = PROVIDER_TURN_STARTED });
}

static void take(struct provider_session *s, struct claude_input *input)
{
    list_remove(&input->link);
    s->took_input = true;
    claude_event(s, &(struct provider_event){ .kind = PROVIDER_INPUT_TAKEN, .ref = input->id.s });
    free(input);
}

static struct claude_input *input_of(struct provider_session *s, const char *uuid)
{
    LIST_EACH(&s->inputs, struct claude_input, link, input)
    {
        if (strcmp(input->uuid.s, uuid) == 0) {
            return input;
        }
    }
    return NULL;
}

bool claude_oldest_taken(struct provider_session *s)
{
    struct claude_input *input = LIST_FIRST(&s->inputs, struct claude_input, link);

    if (input != NULL) {
        take(s, input);
    }
    return input != NULL;
}

void claude_input_taken(struct provider_session *s, const char *uuid)
{
    struct claude_input *input = input_of(s, uuid);
    bool more = input != NULL;

    /* The CLI takes its queue in order, and names only some of those that it joins. */
    while (more) {
        more = LIST_FIRST(&s->inputs, struct claude_input, link) != input;
        (void)claude_oldest_taken(s);
    }
}

void claude_input_dropped(struct provider_session *s, const char *uuid)
{
    struct claude_input *input = input_of(s, uuid);

    if (input != NULL) {
        list_remove(&input->link);
        free(input);
    }
}

/* --- which line goes where --- */

static void lifecycle(struct provider_session *s, yyjson_val *line)
{
    const char *uuid = json_text(line, "command_uuid");

    s->knows_lifecycle = true;
    if (json_is(line, "state", "started") || json_is(line, "state", "completed")) {
        claude_input_taken(s, uuid);
    } else if (json_is(line, "state", "cancelled")) {
        claude_input_dropped(s, uuid);
    }
}

static void conversation_reset(struct provider_session *s, yyjson_val *line)
{
    Leapmux__V1__Notice notice = LEAPMUX__V1__NOTICE__INIT;

    claude_session_is(s, json_text(line, "new_conversation_id"));
    claude_todos_clear(s);
    notice.code = LEAPMUX__V1__NOTICE_CODE__NOTICE_CODE_CONTEXT_RESET;
    claude_notice(s, &notice);
}

static void control_request(struct provider_session *s, yyjson_val *line)
{
    yyjson_val *request = json_get(line, "request");
    const char *id = json_text(line, "request_id");

    if (json_is(request, "subtype", "can_use_tool")) {
        claude_can_use_tool(s, id, request);
        return;
    }
    /* We register no hooks and no servers; whatever else it asks must not wait for ever. */
    claude_respond_error(s, id, "not supported by this host");
}

static void control_cancel(struct provider_session *s, yyjson_val *line)
{
    claude_prompt_withdrawn(s, json_text(line, "request_id"));
}

static void ignore(struct provider_session *s, yyjson_val *line)
{
    (void)s;
    (void)line;
}

static const struct {
    const char *type;
    void (*handle)(struct provider_session *s, yyjson_val *line);
} KINDS[] = {
    { "stream_event", claude_stream_event },
    { "assistant", claude_assistant },
    { "user", claude_user },
    { "system", claude_system },
    { "result", claude_result },
    { "control_request", control_request },
    { "control_response", claude_response },
    { "control_cancel_request", control_cancel },
    { "command_lifecycle", lifecycle },
    { "conversation_reset", conversation_reset },
    { "rate_limit_event", claude_rate_limit },
    { "prompt_suggestion", ignore },
    { "keep_alive", ignore },
    { "tool_progress", ignore },
    { "tool_use_summary", ignore },
    { "auth_status", ignore },
};

/* One notice for each kind: a new kind of progress report must not flood the chat. */
static bool is_new_unknown(struct provider_session *s, const char *type)
{
    for (size_t i = 0; i < s->n_unknown; i++) {
        if (strcmp(s->unknown[i], type) == 0) {
            return false;
        }
    }
    if (s->n_unknown == CLAUDE_UNKNOWN) {
        return false;
    }
    s->unknown[s->n_unknown++] = must_strdup(type);
    return true;
}

static void handle(struct provider_session *s, yyjson_val *line)
{
    const char *type = json_text(line, "type");

    for (size_t i = 0; i < ARRAY_LEN(KINDS); i++) {
        if (strcmp(type, KINDS[i].type) == 0) {
            KINDS[i].handle(s, line);
            claude_tell_session(s);
            return;
        }
    }
    if (type[0] == '\0' || is_new_unknown(s, type)) {
        claude_unknown(s, "", s->raw);
    }
}

static void on_line(void *arg, struct bytes text, uint64_t length)
{
    struct provider_session *s = arg;
    CLEANUP(json_freep) yyjson_doc *doc = NULL;

    s->raw = text;
    if (length > text.n) {
        s->raw.n = CLAUDE_DETAIL < text.n ? CLAUDE_DETAIL : text.n;
        claude_unknown(
            s, arena_printf(&s->line, "A line of %llu octets was cut.", (unsigned long long)length),
            s->raw);
    } else {
        doc = json_parse(text);
        if (yyjson_is_obj(yyjson_doc_get_root(doc))) {
            handle(s, yyjson_doc_get_root(doc));
        } else {
            claude_unknown(s, "", text);
        }
    }
    s->raw = (struct bytes){ 0 };
    arena_done(&s->line);
}

/* --- the table --- */

static const char *const MODES[] = { "default", "acceptEdits", "plan", BYPASS, NULL };

static size_t count(const char *const *list)
{
    size_t n = 0;

    while (list[n] != NULL) {
        n++;
    }
    return n;
}

static bool is_given(const char *text)
{
    return text != NULL && text[0] != '\0' && strcmp(text, "default") != 0;
}

static void command(const struct provider_launch *launch, struct arena *a, const char *const **argv,
                    const char *const **env)
{
    /* turns are told by the CLI itself, those too that it starts alone */
    static const char *const ENV[] = { "CLAUDE_CODE_EMIT_SESSION_STATE_EVENTS=1", NULL };
    static const char *const FIXED[] = {
        "-p",
        "--input-format",
        "stream-json",
        "--output-format",
        "stream-json",
        "--verbose",
        "--include-partial-messages",
        "--permission-prompt-tool",
        "stdio",
        "--replay-user-messages",
        NULL,
    };
    size_t given = count(launch->command);
    const char **out = arena_alloc(a, (given + count(FIXED) + 8) * sizeof(*out));
    size_t n = 0;

    for (size_t i = 0; i < given; i++) {
        out[n++] = launch->command[i];
    }
    for (size_t i = 0; FIXED[i] != NULL; i++) {
        out[n++] = FIXED[i];
    }
    out[n++] = launch->resume ? "--resume" : "--session-id";
    out[n++] = launch->session_ref;
    if (is_given(launch->model)) {
        out[n++] = "--model";
        out[n++] = launch->model;
    }
    /* Bypass is asked for on the running process: refused there, it does not end the start. */
    if (launch->mode != NULL && launch->mode[0] != '\0' && strcmp(launch->mode, BYPASS) != 0) {
        out[n++] = "--permission-mode";
        out[n++] = launch->mode;
    }
    if (launch->may_bypass) {
        out[n++] = "--allow-dangerously-skip-permissions";
    }
    out[n] = NULL;
    *argv = out;
    *env = ENV;
}

static const char *new_session_ref(const uint8_t random[16], struct arena *a)
{
    struct uuid u = uuid_from_random(random);

    return arena_str(a, bytes_of(u.s));
}

static struct provider_session *open_session(const struct provider_launch *launch,
                                             const struct provider_sink *sink)
{
    struct provider_session *s = NEW(struct provider_session);

    s->sink = *sink;
    s->resume = launch->resume;
    s->may_bypass = launch->may_bypass;
    s->wanted_mode =
        launch->mode != NULL && launch->mode[0] != '\0' ? must_strdup(launch->mode) : NULL;
    s->wanted_model = must_strdup(launch->model);
    s->working_dir = must_strdup(launch->working_dir != NULL ? launch->working_dir : "");
    s->session_ref = must_strdup(launch->session_ref != NULL ? launch->session_ref : "");
    lines_init(&s->lines, LINES_LIMIT);
    list_init(&s->requests);
    list_init(&s->inputs);
    list_init(&s->blocks);
    list_init(&s->calls);
    list_init(&s->tasks);
    list_init(&s->todos);
    list_init(&s->prompts);
    claude_request(s, CLAUDE_INITIALIZE, NULL);
    return s;
}

static void free_session(struct provider_session *s)
{
    char *owned[] = { s->wanted_mode, s->wanted_model, s->working_dir, s->session_ref,
                      s->model,       s->mode,         s->version,     s->stream_message,
                      s->plan,        s->plan_path,    s->plan_told,   s->rate_limit,
                      s->api_error };

    for (size_t i = 0; i < ARRAY_LEN(owned); i++) {
        free(owned[i]);
    }
    for (size_t i = 0; i < s->n_unknown; i++) {
        free(s->unknown[i]);
    }
    LIST_EACH(&s->inputs, struct claude_input, link, input)
    {
        free(input);
    }
    while (!list_empty(&s->calls)) {
        claude_call_end(s, LIST_FIRST(&s->calls, struct claude_call, link));
    }
    s->sink.event = NULL; /* nothing is told from here on */
    claude_blocks_drop(s);
    claude_requests_free(s);
    claude_tasks_free(s);
    claude_todos_clear(s);
    claude_prompts_free(s);
    lines_done(&s->lines);
    arena_done(&s->line);
    arena_done(&s->info);
    free(s);
}

static void feed(struct provider_session *s, struct bytes output, int64_t now_ms)
{
    s->now_ms = now_ms;
    lines_feed(&s->lines, output, on_line, s);
}

static void finish(struct provider_session *s, int64_t now_ms)
{
    s->now_ms = now_ms;
    lines_finish(&s->lines, on_line, s);
    claude_blocks_drop(s);
}

static void remember_input(struct provider_session *s, const char *input_id, struct uuid uuid)
{
    struct claude_input *input = NEW(struct claude_input);
    size_t n = 0;

    LIST_EACH(&s->inputs, struct claude_input, link, other)
    {
        n += other != NULL;
    }
    if (n >= CLAUDE_INPUTS) {
        struct claude_input *oldest = LIST_FIRST(&s->inputs, struct claude_input, link);

        list_remove(&oldest->link);
        free(oldest);
    }
    input->uuid = uuid;
    for (size_t i = 0; i < ID_LEN && input_id[i] != '\0'; i++) {
        input->id.s[i] = input_id[i];
    }
    list_init(&input->link);
    list_append(&s->inputs, &input->link);
}

static void send(struct provider_session *s, const char *input_id, const char *text)
{
    struct uuid uuid = uuid_from_id(input_id);
    yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
    yyjson_mut_val *root = yyjson_mut_obj(doc);
    yyjson_mut_val *message = yyjson_mut_obj(doc);

    yyjson_mut_doc_set_root(doc, root);
    yyjson_mut_obj_add_str(doc, root, "type", "user");
    yyjson_mut_obj_add_str(doc, message, "role", "user");
    yyjson_mut_obj_add_str(doc, message, "content", text);
    yyjson_mut_obj_add_val(doc, root, "message", message);
    yyjson_mut_obj_add_null(doc, root, "parent_tool_use_id");
    yyjson_mut_obj_add_str(doc, root, "uuid", uuid.s);
    remember_input(s, input_id, uuid);
    claude_write(s, doc);
}

static void interrupt(struct provider_session *s)
{
    claude_request(s, CLAUDE_INTERRUPT, NULL);
}

static void set_model(struct provider_session *s, const char *model)
{
    claude_request(s, CLAUDE_SET_MODEL, model != NULL ? model : "");
}

static void set_mode(struct provider_session *s, const char *mode)
{
    claude_request(s, CLAUDE_SET_MODE, mode);
}

static void end(struct provider_session *s)
{
    s->sink.close_input(s->sink.arg);
}

const struct provider PROVIDER_CLAUDE = {
    .id = "claude",
    .name = "Claude Code",
    .install_hint = "npm install -g @anthropic-ai/claude-code",
    .flags = PROVIDER_LIVE_MODEL | PROVIDER_LIVE_MODE | PROVIDER_RESUME | PROVIDER_PLAN |
             PROVIDER_QUESTIONS,
    .modes = MODES,
    .bypass_mode = "bypassPermissions",
    .command = command,
    .new_session_ref = new_session_ref,
    .open = open_session,
    .free = free_session,
    .feed = feed,
    .finish = finish,
    .send = send,
    .interrupt = interrupt,
    .answer = claude_answer,
    .set_model = set_model,
    .set_mode = set_mode,
    .end = end,
};
