/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/provider/claude.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

/* --- assistant --- */

/* Where a message of this line belongs: the call of its sub-agent, "" at the top. */
static const char *parent_of(yyjson_val *line)
{
    return json_text(line, "parent_tool_use_id");
}

static void tell_text(struct provider_session *s, yyjson_val *line, yyjson_val *block,
                      const char *message_id)
{
    Leapmux__V1__AgentMessage m = LEAPMUX__V1__AGENT_MESSAGE__INIT;
    Leapmux__V1__TextMessage text = LEAPMUX__V1__TEXT_MESSAGE__INIT;
    const char *replaced = claude_block_done(s, message_id, LEAPMUX__V1__LIVE_KIND__LIVE_KIND_TEXT);

    text.markdown = json_copy_of(&s->line, block, "text");
    if (text.markdown[0] == '\0') {
        return;
    }
    m.body_case = LEAPMUX__V1__AGENT_MESSAGE__BODY_TEXT;
    m.text = &text;
    claude_message(s, &m, parent_of(line), replaced);
}

static void tell_thinking(struct provider_session *s, yyjson_val *line, yyjson_val *block,
                          const char *message_id)
{
    Leapmux__V1__AgentMessage m = LEAPMUX__V1__AGENT_MESSAGE__INIT;
    Leapmux__V1__ThinkingMessage thinking = LEAPMUX__V1__THINKING_MESSAGE__INIT;
    const char *replaced =
        claude_block_done(s, message_id, LEAPMUX__V1__LIVE_KIND__LIVE_KIND_THINKING);

    thinking.text = json_copy_of(&s->line, block, "thinking");
    thinking.redacted = json_is(block, "type", "redacted_thinking");
    thinking.duration_ms = (int64_t)json_count(line, "thinking_duration_ms");
    if (thinking.text[0] == '\0' && !thinking.redacted && thinking.duration_ms == 0) {
        return;
    }
    m.body_case = LEAPMUX__V1__AGENT_MESSAGE__BODY_THINKING;
    m.thinking = &thinking;
    claude_message(s, &m, parent_of(line), replaced);
}

static void tell_diff(struct provider_session *s, Leapmux__V1__Diff *diff, const char *parent)
{
    Leapmux__V1__AgentMessage m = LEAPMUX__V1__AGENT_MESSAGE__INIT;

    if (diff != NULL) {
        m.body_case = LEAPMUX__V1__AGENT_MESSAGE__BODY_DIFF;
        m.diff = diff;
        claude_message(s, &m, parent, "");
    }
}

static void tell_call(struct provider_session *s, yyjson_val *line, yyjson_val *block,
                      const char *message_id)
{
    Leapmux__V1__AgentMessage m = LEAPMUX__V1__AGENT_MESSAGE__INIT;
    yyjson_val *input = json_get(block, "input");
    const char *replaced =
        claude_block_done(s, message_id, LEAPMUX__V1__LIVE_KIND__LIVE_KIND_TOOL_INPUT);
    const char *name = json_text(block, "name");
    const char *parent = parent_of(line);

    m.body_case = LEAPMUX__V1__AGENT_MESSAGE__BODY_TOOL_CALL;
    if (strcmp(name, "ExitPlanMode") == 0 && json_has_text(input, "plan")) {
        claude_plan_is(s, json_copy_of(&s->line, input, "plan"), s->plan_path);
    }
    m.tool_call = claude_tool_call(s, json_text(block, "id"), name, input);
    claude_call_begin(s, m.tool_call, input);
    s->tool_calls += parent[0] == '\0';
    claude_message(s, &m, parent, replaced);
    tell_diff(s, claude_diff_proposed(s, m.tool_call->call_id, name, input), parent);
    if (strcmp(name, "ExitPlanMode") == 0) {
        claude_plan_tell(s, parent);
    }
}

static bool is_ignored_block(yyjson_val *block)
{
    /* what the service itself ran; the text that follows tells of it */
    return json_is(block, "type", "server_tool_use") ||
           json_is(block, "type", "web_search_tool_result") || json_is(block, "type", "fallback");
}

static void tell_block(struct provider_session *s, yyjson_val *line, yyjson_val *block,
                       const char *message_id)
{
    if (json_is(block, "type", "text")) {
        tell_text(s, line, block, message_id);
    } else if (json_is(block, "type", "thinking") || json_is(block, "type", "redacted_thinking")) {
        tell_thinking(s, line, block, message_id);
    } else if (json_is(block, "type", "tool_use")) {
        tell_call(s, line, block, message_id);
    } else if (!is_ignored_block(block)) {
        claude_unknown(s, "", s->raw);
    }
}

void claude_assistant(struct provider_session *s, yyjson_val *line)
{
    yyjson_val *message = json_get(line, "message");
    yyjson_val *content = json_get(message, "content");
    size_t i, max;
    yyjson_val *block;

    if (parent_of(line)[0] == '\0') {
        claude_turn_begin(s);
    }
    claude_input_taken(s, json_text(line, "user_message_uuid"));
    /* An error of the service dressed as an answer: the result line repeats it. */
    if (json_has_text(line, "error")) {
        claude_set(&s->api_error, json_text(line, "error"));
        return;
    }
    yyjson_arr_foreach(content, i, max, block)
    {
        tell_block(s, line, block, json_text(message, "id"));
    }
}

/* --- user --- */

void claude_user(struct provider_session *s, yyjson_val *line)
{
    yyjson_val *content = json_get(json_get(line, "message"), "content");
    size_t i, max;
    yyjson_val *block;

    if (json_bool(line, "isReplay")) {
        claude_input_taken(s, json_text(line, "uuid"));
        return;
    }
    /* Texts are the host's own, a sub-agent's orders, or the CLI's notes to the model. */
    yyjson_arr_foreach(content, i, max, block)
    {
        if (json_is(block, "type", "tool_result")) {
            claude_tool_result(s, line, block);
        }
    }
}

/* --- tasks --- */

static struct claude_task *task_of(struct provider_session *s, const char *id)
{
    LIST_EACH(&s->tasks, struct claude_task, link, t)
    {
        if (strcmp(t->id, id) == 0) {
            return t;
        }
    }
    return NULL;
}

static void task_free(struct provider_session *s, struct claude_task *t)
{
    list_remove(&t->link);
    s->n_tasks--;
    free(t->id);
    free(t->title);
    free(t);
}

void claude_tasks_free(struct provider_session *s)
{
    while (!list_empty(&s->tasks)) {
        task_free(s, LIST_FIRST(&s->tasks, struct claude_task, link));
    }
}

const char *claude_task_title(struct provider_session *s, const char *task_id)
{
    const struct claude_task *t = task_of(s, task_id);

    return t != NULL ? t->title : "";
}

static void background_is(struct provider_session *s, uint32_t count)
{
    if (s->background != count) {
        s->background = count;
        claude_event(s, &(struct provider_event){ .kind = PROVIDER_BACKGROUND, .count = count });
    }
}

/* Versions that do not give the whole list are counted by what starts and ends. */
static void recount(struct provider_session *s)
{
    uint32_t n = 0;

    if (s->knows_background) {
        return;
    }
    LIST_EACH(&s->tasks, struct claude_task, link, t)
    {
        n += t->background;
    }
    background_is(s, n);
}

static void on_task_started(struct provider_session *s, yyjson_val *line)
{
    struct claude_task *t = task_of(s, json_text(line, "task_id"));

    if (t == NULL) {
        if (s->n_tasks >= CLAUDE_TASKS) {
            task_free(s, LIST_FIRST(&s->tasks, struct claude_task, link));
        }
        t = NEW(struct claude_task);
        t->id = must_strdup(json_text(line, "task_id"));
        list_init(&t->link);
        list_append(&s->tasks, &t->link);
        s->n_tasks++;
    }
    claude_set(&t->title, claude_one_line(s, json_text(line, "description")));
    t->background = json_bool(line, "is_backgrounded");
    recount(s);
}

static void on_task_notification(struct provider_session *s, yyjson_val *line)
{
    struct claude_task *t = task_of(s, json_text(line, "task_id"));

    if (t != NULL) {
        task_free(s, t);
        recount(s);
    }
}

static void on_background_tasks(struct provider_session *s, yyjson_val *line)
{
    s->knows_background = true;
    background_is(s, (uint32_t)yyjson_arr_size(json_get(line, "tasks")));
}

/* --- system --- */

static void on_init(struct provider_session *s, yyjson_val *line)
{
    claude_turn_begin(s);
    if (json_has_text(line, "cwd")) {
        claude_set(&s->working_dir, json_text(line, "cwd"));
    }
    claude_session_is(s, json_text(line, "session_id"));
    claude_model_is(s, json_text(line, "model"));
    claude_mode_is(s, json_text(line, "permissionMode"));
    if (s->version == NULL && json_has_text(line, "claude_code_version")) {
        claude_set(&s->version, json_text(line, "claude_code_version"));
        s->info_changed = true;
    }
}

static void on_status(struct provider_session *s, yyjson_val *line)
{
    size_t i, max;
    yyjson_val *uuid;

    claude_mode_is(s, json_text(line, "permissionMode"));
    yyjson_arr_foreach(json_get(line, "user_message_uuids"), i, max, uuid)
    {
        claude_input_taken(s, yyjson_is_str(uuid) ? yyjson_get_str(uuid) : "");
    }
}

static void on_state(struct provider_session *s, yyjson_val *line)
{
    if (json_is(line, "state", "idle")) {
        claude_turn_end(s);
    } else {
        claude_turn_begin(s);
    }
}

static void on_compacted(struct provider_session *s, yyjson_val *line)
{
    Leapmux__V1__Notice notice = LEAPMUX__V1__NOTICE__INIT;

    notice.code = LEAPMUX__V1__NOTICE_CODE__NOTICE_CODE_CONTEXT_COMPACTED;
    notice.tokens = json_count(json_get(line, "compact_metadata"), "pre_tokens");
    claude_notice(s, &notice);
}

static void on_retry(struct provider_session *s, yyjson_val *line)
{
    Leapmux__V1__Notice notice = LEAPMUX__V1__NOTICE__INIT;

    notice.code = LEAPMUX__V1__NOTICE_CODE__NOTICE_CODE_RETRYING;
    notice.text = arena_str(&s->line, bytes_of(claude_error_text(json_text(line, "error"))));
    notice.attempt = (uint32_t)json_count(line, "attempt");
    notice.max_attempts = (uint32_t)json_count(line, "max_retries");
    notice.delay_ms = (int64_t)json_count(line, "retry_delay_ms");
    claude_notice(s, &notice);
}

static void on_informational(struct provider_session *s, yyjson_val *line)
{
    Leapmux__V1__Notice notice = LEAPMUX__V1__NOTICE__INIT;

    if (json_is(line, "level", "info") || !json_has_text(line, "content")) {
        return;
    }
    notice.code = LEAPMUX__V1__NOTICE_CODE__NOTICE_CODE_ERROR;
    notice.text = json_copy_of(&s->line, line, "content");
    claude_notice(s, &notice);
}

static const struct {
    const char *subtype;
    void (*handle)(struct provider_session *s, yyjson_val *line);
} SUBTYPES[] = {
    { "init", on_init },
    { "status", on_status },
    { "session_state_changed", on_state },
    { "compact_boundary", on_compacted },
    { "api_retry", on_retry },
    { "informational", on_informational },
    { "task_started", on_task_started },
    { "task_notification", on_task_notification },
    { "background_tasks_changed", on_background_tasks },
};

void claude_system(struct provider_session *s, yyjson_val *line)
{
    const char *subtype = json_text(line, "subtype");

    for (size_t i = 0; i < ARRAY_LEN(SUBTYPES); i++) {
        if (strcmp(SUBTYPES[i].subtype, subtype) == 0) {
            SUBTYPES[i].handle(s, line);
            return;
        }
    }
    /* Progress, titles, hooks: nothing that clients know of. New ones come with each version. */
}
