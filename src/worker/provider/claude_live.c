/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/provider/claude.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

static void block_free(struct claude_block *b)
{
    list_remove(&b->link);
    free(b->id);
    free(b->message_id);
    free(b->parent);
    free(b->tool_name);
    free(b);
}

static void block_drop(struct provider_session *s, struct claude_block *b)
{
    if (s->sink.event != NULL && b->length > 0) {
        claude_event(s, &(struct provider_event){ .kind = PROVIDER_LIVE_DROPPED, .ref = b->id });
    }
    block_free(b);
}

void claude_blocks_drop(struct provider_session *s)
{
    while (!list_empty(&s->blocks)) {
        block_drop(s, LIST_FIRST(&s->blocks, struct claude_block, link));
    }
}

const char *claude_block_done(struct provider_session *s, const char *message_id,
                              Leapmux__V1__LiveKind kind)
{
    LIST_EACH(&s->blocks, struct claude_block, link, b)
    {
        if (b->kind == kind && strcmp(b->message_id, message_id) == 0) {
            const char *id = arena_str(&s->line, bytes_of(b->id));
            bool shown = b->length > 0;

            block_free(b);
            return shown ? id : "";
        }
    }
    return "";
}

static Leapmux__V1__LiveKind kind_of(yyjson_val *block)
{
    if (json_is(block, "type", "text")) {
        return LEAPMUX__V1__LIVE_KIND__LIVE_KIND_TEXT;
    }
    if (json_is(block, "type", "thinking")) {
        return LEAPMUX__V1__LIVE_KIND__LIVE_KIND_THINKING;
    }
    if (json_is(block, "type", "tool_use")) {
        return LEAPMUX__V1__LIVE_KIND__LIVE_KIND_TOOL_INPUT;
    }
    return LEAPMUX__V1__LIVE_KIND__LIVE_KIND_UNSPECIFIED;
}

static void append(struct provider_session *s, struct claude_block *b, yyjson_val *text)
{
    Leapmux__V1__LiveBlock live = LEAPMUX__V1__LIVE_BLOCK__INIT;

    live.text = json_copy(&s->line, text);
    if (live.text[0] == '\0') {
        return;
    }
    live.block_id = b->id;
    live.kind = b->kind;
    live.offset = b->length;
    live.parent_call_id = b->parent;
    live.tool_name = b->tool_name;
    b->length += strlen(live.text);
    claude_event(s, &(struct provider_event){ .kind = PROVIDER_LIVE, .live = &live });
}

static size_t count_blocks(const struct provider_session *s)
{
    size_t n = 0;

    LIST_EACH(&s->blocks, struct claude_block, link, b)
    {
        n += b != NULL;
    }
    return n;
}

static void on_block_start(struct provider_session *s, yyjson_val *line, yyjson_val *event)
{
    yyjson_val *content = json_get(event, "content_block");
    Leapmux__V1__LiveKind kind = kind_of(content);
    struct claude_block *b;

    if (kind == LEAPMUX__V1__LIVE_KIND__LIVE_KIND_UNSPECIFIED || s->stream_message == NULL) {
        return;
    }
    if (count_blocks(s) >= CLAUDE_BLOCKS) {
        block_drop(s, LIST_FIRST(&s->blocks, struct claude_block, link));
    }
    b = NEW(struct claude_block);
    b->index = json_count(event, "index");
    b->message_id = must_strdup(s->stream_message);
    b->id = must_printf("%s/%llu", s->stream_message, (unsigned long long)b->index);
    b->kind = kind;
    b->parent = must_strdup(json_text(line, "parent_tool_use_id"));
    b->tool_name = must_strdup(json_text(content, "name"));
    list_init(&b->link);
    list_append(&s->blocks, &b->link);
    append(s, b,
           json_get(content, kind == LEAPMUX__V1__LIVE_KIND__LIVE_KIND_TEXT ? "text" : "thinking"));
}

static const char *delta_key(Leapmux__V1__LiveKind kind)
{
    if (kind == LEAPMUX__V1__LIVE_KIND__LIVE_KIND_TEXT) {
        return "text";
    }
    return kind == LEAPMUX__V1__LIVE_KIND__LIVE_KIND_THINKING ? "thinking" : "partial_json";
}

static void on_delta(struct provider_session *s, yyjson_val *event)
{
    yyjson_val *delta = json_get(event, "delta");
    uint64_t index = json_count(event, "index");

    LIST_EACH(&s->blocks, struct claude_block, link, b)
    {
        if (b->index != index || s->stream_message == NULL ||
            strcmp(b->message_id, s->stream_message) != 0) {
            continue;
        }
        append(s, b, json_get(delta, delta_key(b->kind)));
        return;
    }
}

/* The size of the conversation after the newest request of the main agent. */
static void note_usage(struct provider_session *s, yyjson_val *line, yyjson_val *usage)
{
    uint64_t used =
        json_count(usage, "input_tokens") + json_count(usage, "cache_creation_input_tokens") +
        json_count(usage, "cache_read_input_tokens") + json_count(usage, "output_tokens");

    if (used > 0 && !json_has_text(line, "parent_tool_use_id")) {
        s->context_used = used;
    }
}

void claude_stream_event(struct provider_session *s, yyjson_val *line)
{
    yyjson_val *event = json_get(line, "event");

    if (json_is(event, "type", "message_start")) {
        yyjson_val *message = json_get(event, "message");

        if (!json_has_text(line, "parent_tool_use_id")) {
            claude_turn_begin(s);
        }
        /* what an earlier message left open was given up by the service */
        claude_blocks_drop(s);
        claude_set(&s->stream_message, json_text(message, "id"));
        note_usage(s, line, json_get(message, "usage"));
    } else if (json_is(event, "type", "content_block_start")) {
        on_block_start(s, line, event);
    } else if (json_is(event, "type", "content_block_delta")) {
        on_delta(s, event);
    } else if (json_is(event, "type", "message_delta")) {
        note_usage(s, line, json_get(event, "usage"));
    }
}
