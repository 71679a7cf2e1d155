/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/provider/claude.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/utf8.h"

enum { TITLE_LIMIT = 200 }; /* octets */

static const char MCP_PREFIX[] = "mcp__";

static const struct {
    const char *name;
    Leapmux__V1__ToolKind kind;
} KINDS[] = {
    { "Bash", LEAPMUX__V1__TOOL_KIND__TOOL_KIND_BASH },
    { "Read", LEAPMUX__V1__TOOL_KIND__TOOL_KIND_READ },
    { "NotebookRead", LEAPMUX__V1__TOOL_KIND__TOOL_KIND_READ },
    { "Write", LEAPMUX__V1__TOOL_KIND__TOOL_KIND_WRITE },
    { "Edit", LEAPMUX__V1__TOOL_KIND__TOOL_KIND_EDIT },
    { "MultiEdit", LEAPMUX__V1__TOOL_KIND__TOOL_KIND_EDIT },
    { "NotebookEdit", LEAPMUX__V1__TOOL_KIND__TOOL_KIND_EDIT },
    { "Glob", LEAPMUX__V1__TOOL_KIND__TOOL_KIND_SEARCH },
    { "Grep", LEAPMUX__V1__TOOL_KIND__TOOL_KIND_SEARCH },
    { "LS", LEAPMUX__V1__TOOL_KIND__TOOL_KIND_SEARCH },
    { "WebFetch", LEAPMUX__V1__TOOL_KIND__TOOL_KIND_FETCH },
    { "WebSearch", LEAPMUX__V1__TOOL_KIND__TOOL_KIND_WEB_SEARCH },
    { "Agent", LEAPMUX__V1__TOOL_KIND__TOOL_KIND_TASK },
    { "Task", LEAPMUX__V1__TOOL_KIND__TOOL_KIND_TASK },
    { "TodoWrite", LEAPMUX__V1__TOOL_KIND__TOOL_KIND_TODO },
    { "TaskCreate", LEAPMUX__V1__TOOL_KIND__TOOL_KIND_TODO },
    { "TaskUpdate", LEAPMUX__V1__TOOL_KIND__TOOL_KIND_TODO },
    { "TaskList", LEAPMUX__V1__TOOL_KIND__TOOL_KIND_TODO },
    { "TaskGet", LEAPMUX__V1__TOOL_KIND__TOOL_KIND_TODO },
    { "EnterPlanMode", LEAPMUX__V1__TOOL_KIND__TOOL_KIND_PLAN },
    { "ExitPlanMode", LEAPMUX__V1__TOOL_KIND__TOOL_KIND_PLAN },
    { "AskUserQuestion", LEAPMUX__V1__TOOL_KIND__TOOL_KIND_QUESTION },
};

Leapmux__V1__ToolKind claude_tool_kind(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(KINDS); i++) {
        if (strcmp(KINDS[i].name, name) == 0) {
            return KINDS[i].kind;
        }
    }
    return strncmp(name, MCP_PREFIX, strlen(MCP_PREFIX)) == 0
               ? LEAPMUX__V1__TOOL_KIND__TOOL_KIND_MCP
               : LEAPMUX__V1__TOOL_KIND__TOOL_KIND_OTHER;
}

char *claude_one_line(struct provider_session *s, const char *text)
{
    struct bytes line;

    text += strspn(text, " \t\r\n");
    line = bytes_of(text);
    line.n = strcspn(text, "\r\n");
    if (line.n > TITLE_LIMIT) {
        line.n = utf8_cut(line, TITLE_LIMIT);
    }
    return arena_str(&s->line, line);
}

static ProtobufCBinaryData path_of(struct provider_session *s, yyjson_val *input, const char *key)
{
    char *text = json_copy_of(&s->line, input, key);

    return (ProtobufCBinaryData){ .data = (uint8_t *)text, .len = strlen(text) };
}

/* A path below the working folder is shown from there on. */
static const char *short_path(const struct provider_session *s, const char *path)
{
    size_t n = strlen(s->working_dir);

    if (n > 1 && strncmp(path, s->working_dir, n) == 0 && path[n] == '/' && path[n + 1] != '\0') {
        return path + n + 1;
    }
    return path;
}

/* "mcp__<server>__<tool>" -> server and tool; both "" when it has another form. */
static void split_mcp(struct provider_session *s, const char *name, char **server, char **tool)
{
    const char *begin = name + strlen(MCP_PREFIX);
    const char *end = strstr(begin, "__");

    *server = arena_str(&s->line, (struct bytes){ .p = (const uint8_t *)begin,
                                                  .n = end != NULL ? (size_t)(end - begin) : 0 });
    *tool = arena_str(&s->line, bytes_of(end != NULL ? end + 2 : begin));
}

static void fill_mcp(struct provider_session *s, Leapmux__V1__ToolCall *call, yyjson_val *input)
{
    char *tool;

    split_mcp(s, call->name, &call->input->server, &tool);
    call->input->json = json_text_of(&s->line, input);
    call->title = call->input->server[0] != '\0'
                      ? arena_printf(&s->line, "%s (%s)", tool, call->input->server)
                      : tool;
}

static void fill_file(struct provider_session *s, Leapmux__V1__ToolCall *call, yyjson_val *input)
{
    const char *key = json_has_text(input, "notebook_path") ? "notebook_path" : "file_path";

    call->input->path = path_of(s, input, key);
    call->input->first_line = (uint32_t)json_count(input, "offset");
    call->input->line_count = (uint32_t)json_count(input, "limit");
    if (call->tool == LEAPMUX__V1__TOOL_KIND__TOOL_KIND_WRITE) {
        call->input->content = json_copy_of(&s->line, input, "content");
    }
    call->title = claude_one_line(s, short_path(s, (const char *)call->input->path.data));
}

static void fill_task(struct provider_session *s, Leapmux__V1__ToolCall *call, yyjson_val *input)
{
    call->input->description = json_copy_of(&s->line, input, "description");
    call->input->agent_kind = json_copy_of(&s->line, input, "subagent_type");
    call->input->prompt = json_copy_of(&s->line, input, "prompt");
    call->input->background = json_bool(input, "run_in_background");
    call->title = claude_one_line(s, call->input->description);
}

static void fill_todo(struct provider_session *s, Leapmux__V1__ToolCall *call, yyjson_val *input)
{
    call->input->json = json_text_of(&s->line, input);
    if (json_has_text(input, "subject")) {
        call->title = claude_one_line(s, json_text(input, "subject"));
    } else if (json_has_text(input, "taskId")) {
        call->title =
            claude_one_line(s, arena_printf(&s->line, "#%s %s", json_text(input, "taskId"),
                                            json_text(input, "status")));
    }
}

static void fill_question(struct provider_session *s, Leapmux__V1__ToolCall *call,
                          yyjson_val *input)
{
    yyjson_val *first = yyjson_arr_get_first(json_get(input, "questions"));

    call->input->json = json_text_of(&s->line, input);
    call->title = claude_one_line(s, json_text(first, "question"));
}

static void fill_plan(struct provider_session *s, Leapmux__V1__ToolCall *call)
{
    if (strcmp(call->name, "ExitPlanMode") == 0 && s->plan != NULL) {
        call->title = claude_plan_title(s, s->plan);
    } else {
        call->title = arena_str(&s->line, bytes_of("Plan mode"));
    }
}

static void fill_bash(struct provider_session *s, Leapmux__V1__ToolCall *call, yyjson_val *input)
{
    call->input->command = json_copy_of(&s->line, input, "command");
    call->input->description = json_copy_of(&s->line, input, "description");
    call->input->background = json_bool(input, "run_in_background");
    call->title = claude_one_line(s, call->input->command);
}

static void fill_search(struct provider_session *s, Leapmux__V1__ToolCall *call, yyjson_val *input)
{
    call->input->pattern = json_copy_of(&s->line, input, "pattern");
    call->input->path = path_of(s, input, "path");
    call->input->json = json_text_of(&s->line, input);
    call->title = claude_one_line(s, call->input->pattern[0] != '\0'
                                         ? call->input->pattern
                                         : short_path(s, (const char *)call->input->path.data));
}

static void fill_web(struct provider_session *s, Leapmux__V1__ToolCall *call, yyjson_val *input)
{
    call->input->url = json_copy_of(&s->line, input, "url");
    call->input->query = json_copy_of(&s->line, input, "query");
    call->input->prompt = json_copy_of(&s->line, input, "prompt");
    call->title =
        claude_one_line(s, call->input->url[0] != '\0' ? call->input->url : call->input->query);
}

static void fill(struct provider_session *s, Leapmux__V1__ToolCall *call, yyjson_val *input)
{
    Leapmux__V1__ToolKind kind = call->tool;

    if (kind == LEAPMUX__V1__TOOL_KIND__TOOL_KIND_BASH) {
        fill_bash(s, call, input);
    } else if (kind == LEAPMUX__V1__TOOL_KIND__TOOL_KIND_READ ||
               kind == LEAPMUX__V1__TOOL_KIND__TOOL_KIND_WRITE ||
               kind == LEAPMUX__V1__TOOL_KIND__TOOL_KIND_EDIT) {
        fill_file(s, call, input);
    } else if (kind == LEAPMUX__V1__TOOL_KIND__TOOL_KIND_SEARCH) {
        fill_search(s, call, input);
    } else if (kind == LEAPMUX__V1__TOOL_KIND__TOOL_KIND_FETCH ||
               kind == LEAPMUX__V1__TOOL_KIND__TOOL_KIND_WEB_SEARCH) {
        fill_web(s, call, input);
    } else if (kind == LEAPMUX__V1__TOOL_KIND__TOOL_KIND_TASK) {
        fill_task(s, call, input);
    } else if (kind == LEAPMUX__V1__TOOL_KIND__TOOL_KIND_TODO) {
        fill_todo(s, call, input);
    } else if (kind == LEAPMUX__V1__TOOL_KIND__TOOL_KIND_PLAN) {
        fill_plan(s, call);
    } else if (kind == LEAPMUX__V1__TOOL_KIND__TOOL_KIND_QUESTION) {
        fill_question(s, call, input);
    } else if (kind == LEAPMUX__V1__TOOL_KIND__TOOL_KIND_MCP) {
        fill_mcp(s, call, input);
    } else {
        call->input->json = json_text_of(&s->line, input);
    }
}

Leapmux__V1__ToolCall *claude_tool_call(struct provider_session *s, const char *call_id,
                                        const char *name, yyjson_val *input)
{
    Leapmux__V1__ToolCall *call = ARENA_NEW(&s->line, Leapmux__V1__ToolCall);

    leapmux__v1__tool_call__init(call);
    call->input = ARENA_NEW(&s->line, Leapmux__V1__ToolInput);
    leapmux__v1__tool_input__init(call->input);
    call->call_id = arena_str(&s->line, bytes_of(call_id));
    call->name = arena_str(&s->line, bytes_of(name));
    call->tool = claude_tool_kind(name);
    call->working_dir = (ProtobufCBinaryData){
        .data = (uint8_t *)arena_str(&s->line, bytes_of(s->working_dir)),
        .len = strlen(s->working_dir),
    };
    fill(s, call, input);
    if (call->title[0] == '\0') {
        call->title = call->name;
    }
    return call;
}

/* --- calls that have no result yet --- */

struct claude_call *claude_call_of(struct provider_session *s, const char *call_id)
{
    LIST_EACH(&s->calls, struct claude_call, link, c)
    {
        if (strcmp(c->id, call_id) == 0) {
            return c;
        }
    }
    return NULL;
}

void claude_call_end(struct provider_session *s, struct claude_call *call)
{
    list_remove(&call->link);
    s->n_calls--;
    free(call->id);
    free(call->name);
    free(call->working_dir);
    free(call->path);
    free(call->content);
    free(call->todo_id);
    free(call->todo_text);
    free(call->todo_state);
    free(call);
}

void claude_call_begin(struct provider_session *s, const Leapmux__V1__ToolCall *call,
                       yyjson_val *input)
{
    struct claude_call *c = claude_call_of(s, call->call_id);

    if (c != NULL) {
        claude_call_end(s, c);
    } else if (s->n_calls >= CLAUDE_CALLS) {
        claude_call_end(s, LIST_FIRST(&s->calls, struct claude_call, link));
    }
    c = NEW(struct claude_call);
    c->id = must_strdup(call->call_id);
    c->name = must_strdup(call->name);
    c->kind = call->tool;
    c->working_dir = must_strdup(s->working_dir);
    c->since_ms = s->now_ms;
    c->path =
        must_strdup(call->input->path.data != NULL ? (const char *)call->input->path.data : "");
    if (c->kind == LEAPMUX__V1__TOOL_KIND__TOOL_KIND_WRITE && claude_is_plan_path(c->path)) {
        c->content = must_strdup(call->input->content);
    }
    if (c->kind == LEAPMUX__V1__TOOL_KIND__TOOL_KIND_TODO) {
        c->todo_id = must_strdup(json_text(input, "taskId"));
        c->todo_text = must_strdup(json_text(input, "subject"));
        c->todo_state = must_strdup(json_text(input, "status"));
    }
    list_init(&c->link);
    list_append(&s->calls, &c->link);
    s->n_calls++;
}
