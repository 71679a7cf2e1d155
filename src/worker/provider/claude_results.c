/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/provider/claude.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* A tool_result on its way to a message. */
struct outcome {
    struct provider_session *s;
    struct claude_call *call; /* NULL when the call is not known, as after a resume */
    Leapmux__V1__ToolKind kind;
    yyjson_val *block;
    yyjson_val *report; /* tool_use_result: object, array, string or NULL */
    Leapmux__V1__ToolResult message;
    size_t parts_cap;
};

static Leapmux__V1__ResultPart *part_new(struct outcome *o)
{
    Leapmux__V1__ResultPart *p = ARENA_NEW(&o->s->line, Leapmux__V1__ResultPart);

    leapmux__v1__result_part__init(p);
    if (o->message.n_parts == o->parts_cap) {
        size_t cap = o->parts_cap == 0 ? 8 : o->parts_cap * 2;
        Leapmux__V1__ResultPart **parts = arena_alloc(&o->s->line, cap * sizeof(*parts));

        if (o->parts_cap > 0) {
            memcpy(parts, o->message.parts, o->parts_cap * sizeof(*parts));
        }
        o->message.parts = parts;
        o->parts_cap = cap;
    }
    o->message.parts[o->message.n_parts++] = p;
    return p;
}

static void add_text(struct outcome *o, char *text)
{
    if (text[0] != '\0') {
        Leapmux__V1__ResultPart *p = part_new(o);

        p->part_case = LEAPMUX__V1__RESULT_PART__PART_TEXT;
        p->text = text;
    }
}

static void add_ansi(struct outcome *o, char *text)
{
    if (text[0] != '\0') {
        Leapmux__V1__ResultPart *p = part_new(o);

        p->part_case = LEAPMUX__V1__RESULT_PART__PART_ANSI;
        p->ansi = text;
    }
}

static void add_json(struct outcome *o, yyjson_val *val)
{
    Leapmux__V1__ResultPart *p = part_new(o);

    p->part_case = LEAPMUX__V1__RESULT_PART__PART_JSON;
    p->json = json_text_of(&o->s->line, val);
}

static void add_image(struct outcome *o, yyjson_val *data, const char *media_type)
{
    Leapmux__V1__ResultPart *p;
    struct bytes octets;

    if (!json_base64(&o->s->line, data, &octets)) {
        return;
    }
    p = part_new(o);
    p->part_case = LEAPMUX__V1__RESULT_PART__PART_IMAGE;
    p->image = ARENA_NEW(&o->s->line, Leapmux__V1__ImagePart);
    leapmux__v1__image_part__init(p->image);
    p->image->media_type = arena_str(&o->s->line, bytes_of(media_type));
    p->image->data = (ProtobufCBinaryData){ .data = (uint8_t *)octets.p, .len = octets.n };
}

static void add_file(struct outcome *o, const char *path)
{
    if (path[0] != '\0') {
        Leapmux__V1__ResultPart *p = part_new(o);

        p->part_case = LEAPMUX__V1__RESULT_PART__PART_FILE;
        p->file.data = (uint8_t *)arena_str(&o->s->line, bytes_of(path));
        p->file.len = strlen(path);
    }
}

static void add_link(struct outcome *o, const char *address)
{
    if (address[0] != '\0') {
        Leapmux__V1__ResultPart *p = part_new(o);

        p->part_case = LEAPMUX__V1__RESULT_PART__PART_LINK;
        p->link = arena_str(&o->s->line, bytes_of(address));
    }
}

/* A text without the tags that tell the model of an error. */
static char *without_tags(struct outcome *o, char *text)
{
    static const char OPEN[] = "<tool_use_error>";
    static const char CLOSE[] = "</tool_use_error>";
    struct bytes inner = bytes_of(text);

    (void)o;
    if (strncmp(text, OPEN, strlen(OPEN)) != 0) {
        return text;
    }
    inner.p += strlen(OPEN);
    inner.n -= strlen(OPEN);
    if (inner.n >= strlen(CLOSE) &&
        memcmp(inner.p + inner.n - strlen(CLOSE), CLOSE, strlen(CLOSE)) == 0) {
        inner.n -= strlen(CLOSE);
    }
    return arena_str(&o->s->line, inner);
}

static void add_block(struct outcome *o, yyjson_val *block)
{
    yyjson_val *source = json_get(block, "source");

    if (json_is(block, "type", "text")) {
        add_text(o, without_tags(o, json_copy_of(&o->s->line, block, "text")));
    } else if (json_is(block, "type", "image") && json_is(source, "type", "base64")) {
        add_image(o, json_get(source, "data"), json_text(source, "media_type"));
    } else {
        add_json(o, block);
    }
}

/* What the model was given, as it is. */
static void add_content(struct outcome *o)
{
    yyjson_val *content = json_get(o->block, "content");
    size_t i, max;
    yyjson_val *block;

    if (yyjson_is_str(content)) {
        add_text(o, without_tags(o, json_copy(&o->s->line, content)));
    }
    yyjson_arr_foreach(content, i, max, block)
    {
        add_block(o, block);
    }
}

/* "Exit code 3\n…" -> 3 and the rest; the text itself when it does not begin so. */
static char *take_exit_code(struct outcome *o, char *text)
{
    static const char PREFIX[] = "Exit code ";
    char *end;
    long code;

    if (strncmp(text, PREFIX, strlen(PREFIX)) != 0) {
        return text;
    }
    errno = 0;
    code = strtol(text + strlen(PREFIX), &end, 10);
    if (end == text + strlen(PREFIX) || (*end != '\0' && *end != '\n') || errno != 0 ||
        code < INT32_MIN || code > INT32_MAX) {
        return text;
    }
    o->message._exit_code_case = LEAPMUX__V1__TOOL_RESULT___EXIT_CODE_EXIT_CODE;
    o->message.exit_code = (int32_t)code;
    return *end == '\n' ? end + 1 : end;
}

static void shell_result(struct outcome *o)
{
    struct arena *a = &o->s->line;
    const char *out, *err;

    if (!yyjson_is_obj(o->report) || json_bool(o->report, "isImage") ||
        json_has_text(o->report, "backgroundTaskId")) {
        yyjson_val *content = json_get(o->block, "content");

        if (yyjson_is_str(content) && !yyjson_is_obj(o->report)) {
            add_ansi(o, take_exit_code(o, without_tags(o, json_copy(a, content))));
        } else {
            add_content(o);
        }
        return;
    }
    out = json_copy_of(a, o->report, "stdout");
    err = json_copy_of(a, o->report, "stderr");
    add_ansi(o, err[0] == '\0' || out[0] == '\0' ? arena_printf(a, "%s%s", out, err)
                                                 : arena_printf(a, "%s\n%s", out, err));
    add_file(o, json_text(o->report, "persistedOutputPath"));
    if (o->message.ok && !json_bool(o->report, "interrupted")) {
        o->message._exit_code_case = LEAPMUX__V1__TOOL_RESULT___EXIT_CODE_EXIT_CODE;
        o->message.exit_code = 0;
    }
}

static void read_result(struct outcome *o)
{
    yyjson_val *file = json_get(o->report, "file");

    if (json_is(o->report, "type", "text") && yyjson_is_str(json_get(file, "content"))) {
        add_text(o, json_copy_of(&o->s->line, file, "content"));
    } else if (json_is(o->report, "type", "image") && json_has_text(file, "base64")) {
        add_image(o, json_get(file, "base64"), json_text(file, "type"));
    } else if (json_is(o->report, "type", "notebook")) {
        add_json(o, json_get(file, "cells"));
    } else {
        add_content(o);
    }
}

static void search_result(struct outcome *o)
{
    static const char *const COUNTS[] = { "numMatches", "totalMatches", "numLines", "numFiles" };

    for (size_t i = 0; i < ARRAY_LEN(COUNTS) && o->message.hits == 0; i++) {
        o->message.hits = (uint32_t)json_count(o->report, COUNTS[i]);
    }
    add_content(o);
}

static void web_search_result(struct outcome *o)
{
    yyjson_val *results = json_get(o->report, "results");
    size_t i, max, k, many;
    yyjson_val *result, *hit;

    yyjson_arr_foreach(results, i, max, result)
    {
        if (yyjson_is_str(result)) {
            add_text(o, json_copy(&o->s->line, result));
        }
        yyjson_arr_foreach(json_get(result, "content"), k, many, hit)
        {
            add_link(o, json_text(hit, "url"));
            o->message.hits++;
        }
    }
    if (o->message.n_parts == 0) {
        add_content(o);
    }
}

static void fetch_result(struct outcome *o)
{
    if (json_has_text(o->report, "result")) {
        add_text(o, json_copy_of(&o->s->line, o->report, "result"));
    } else {
        add_content(o);
    }
}

/* The report of a sub-agent without the notes around it that only the model needs. */
static void task_result(struct outcome *o)
{
    static const char NOTE[] = "<tools-used-before-summary>";
    yyjson_val *content = json_get(o->report, "content");
    size_t i, max;
    yyjson_val *block;

    if (json_bool(o->report, "isAsync")) {
        add_text(o, arena_str(&o->s->line, bytes_of("Started in the background.")));
        return;
    }
    yyjson_arr_foreach(content, i, max, block)
    {
        if (strncmp(json_text(block, "text"), NOTE, strlen(NOTE)) != 0) {
            add_block(o, block);
        }
    }
    if (o->message.n_parts == 0) {
        add_content(o);
    }
}

static void fill_parts(struct outcome *o)
{
    if (o->kind == LEAPMUX__V1__TOOL_KIND__TOOL_KIND_BASH) {
        shell_result(o);
    } else if (!o->message.ok) {
        add_content(o);
    } else if (o->kind == LEAPMUX__V1__TOOL_KIND__TOOL_KIND_READ) {
        read_result(o);
    } else if (o->kind == LEAPMUX__V1__TOOL_KIND__TOOL_KIND_SEARCH) {
        search_result(o);
    } else if (o->kind == LEAPMUX__V1__TOOL_KIND__TOOL_KIND_WEB_SEARCH) {
        web_search_result(o);
    } else if (o->kind == LEAPMUX__V1__TOOL_KIND__TOOL_KIND_FETCH) {
        fetch_result(o);
    } else if (o->kind == LEAPMUX__V1__TOOL_KIND__TOOL_KIND_TASK) {
        task_result(o);
    } else if (o->kind != LEAPMUX__V1__TOOL_KIND__TOOL_KIND_WRITE &&
               o->kind != LEAPMUX__V1__TOOL_KIND__TOOL_KIND_EDIT &&
               o->kind != LEAPMUX__V1__TOOL_KIND__TOOL_KIND_PLAN) {
        add_content(o); /* of those three, the diff and the plan say it all */
    }
}

static bool was_rejected(yyjson_val *line, const char *call_id)
{
    size_t i, max;
    yyjson_val *meta;

    yyjson_arr_foreach(json_get(line, "tool_result_meta"), i, max, meta)
    {
        if (json_is(meta, "id", call_id)) {
            return json_is(json_get(meta, "permission_decision"), "decision", "reject");
        }
    }
    return false;
}

static int64_t duration_of(const struct outcome *o)
{
    uint64_t ms = json_count(o->report, "totalDurationMs");

    if (ms == 0) {
        ms = json_count(o->report, "durationMs");
    }
    if (ms == 0) {
        ms = (uint64_t)(json_number(o->report, "durationSeconds") > 0
                            ? json_number(o->report, "durationSeconds") * 1000
                            : 0);
    }
    if (ms == 0 && o->call != NULL && o->s->now_ms > o->call->since_ms) {
        return o->s->now_ms - o->call->since_ms;
    }
    return (int64_t)ms;
}

/* original with one text (or each) replaced by another, as the Edit tool does it. */
static char *edited(struct provider_session *s, yyjson_val *report)
{
    const char *at = json_copy_of(&s->line, report, "originalFile");
    const char *from = json_copy_of(&s->line, report, "oldString");
    const char *to = json_copy_of(&s->line, report, "newString");
    bool all = json_bool(report, "replaceAll");
    struct buf out;
    struct err e;
    char *text;

    buf_init(&out, LINES_LIMIT);
    for (const char *hit; from[0] != '\0' && (hit = strstr(at, from)) != NULL;) {
        if (!buf_put(&out, (struct bytes){ (const uint8_t *)at, (size_t)(hit - at) }, &e) ||
            !buf_put(&out, bytes_of(to), &e)) {
            break;
        }
        at = hit + strlen(from);
        if (!all) {
            break;
        }
    }
    text = buf_put(&out, bytes_of(at), &e) ? arena_str(&s->line, buf_view(&out)) : NULL;
    buf_done(&out);
    return text;
}

/* A plan is written to a file of its own before it is shown to a person. */
static void note_plan(struct outcome *o, const char *parent)
{
    const char *markdown = o->call->content;

    if (!o->message.ok || !claude_is_plan_path(o->call->path)) {
        return;
    }
    if (markdown == NULL && strcmp(o->call->name, "Edit") == 0) {
        markdown = edited(o->s, o->report);
    }
    if (markdown != NULL) {
        claude_plan_is(o->s, markdown, o->call->path);
        claude_plan_tell(o->s, parent);
    }
}

static void tell(struct outcome *o, const char *parent)
{
    Leapmux__V1__AgentMessage m = LEAPMUX__V1__AGENT_MESSAGE__INIT;
    Leapmux__V1__AgentMessage change = LEAPMUX__V1__AGENT_MESSAGE__INIT;

    m.body_case = LEAPMUX__V1__AGENT_MESSAGE__BODY_TOOL_RESULT;
    m.tool_result = &o->message;
    claude_message(o->s, &m, parent, "");
    change.diff = o->message.ok ? claude_diff_applied(o->s, o->message.call_id, o->report) : NULL;
    if (change.diff != NULL) {
        change.body_case = LEAPMUX__V1__AGENT_MESSAGE__BODY_DIFF;
        claude_message(o->s, &change, parent, "");
    }
}

void claude_tool_result(struct provider_session *s, yyjson_val *line, yyjson_val *block)
{
    struct outcome o = { .s = s, .block = block, .report = json_get(line, "tool_use_result") };
    const char *parent = json_text(line, "parent_tool_use_id");

    leapmux__v1__tool_result__init(&o.message);
    o.message.call_id = json_copy_of(&s->line, block, "tool_use_id");
    o.call = claude_call_of(s, o.message.call_id);
    o.kind = o.call != NULL ? o.call->kind : LEAPMUX__V1__TOOL_KIND__TOOL_KIND_OTHER;
    o.message.ok = !json_bool(block, "is_error");
    o.message.denied = !o.message.ok && (was_rejected(line, o.message.call_id) ||
                                         (o.call != NULL && o.call->denied));
    o.message.duration_ms = duration_of(&o);
    fill_parts(&o);
    tell(&o, parent);
    if (o.call != NULL) {
        if (o.message.ok && parent[0] == '\0') {
            claude_todos_after(s, o.call, o.report);
        }
        note_plan(&o, parent);
        claude_call_end(s, o.call);
    }
}
