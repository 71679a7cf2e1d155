/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A sink that writes down what a provider tells: one line an event, readable, and for those that
 * carry more than the line shows, a hash of all of it.
 */
#ifndef TESTS_UNIT_WORKER_PROVIDER_TRACE_H
#define TESTS_UNIT_WORKER_PROVIDER_TRACE_H

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "worker/provider/provider.h"

enum { TRACE_PROMPTS = 64 };

/* A prompt that was asked, as a runner keeps it. */
struct traced_prompt {
    char *ref;
    char *data;
    Leapmux__V1__Prompt__BodyCase kind;
    size_t questions;
};

struct trace {
    struct buf text;  /* lines, without live blocks */
    struct buf input; /* what was written for the CLI's standard input */
    struct buf live;  /* text of live blocks and where it belongs */
    uint64_t hash;    /* of every event, with all that it carries */
    size_t unknown;   /* notices of unknown output */
    size_t events;
    bool input_closed;
    struct traced_prompt prompts[TRACE_PROMPTS];
    size_t n_prompts;
};

static inline void trace_init(struct trace *t)
{
    *t = (struct trace){ .hash = 14695981039346656037u };
    buf_init(&t->text, 256 * 1024 * 1024);
    buf_init(&t->input, 256 * 1024 * 1024);
    buf_init(&t->live, 256 * 1024 * 1024);
}

static inline void trace_done(struct trace *t)
{
    buf_done(&t->text);
    buf_done(&t->input);
    buf_done(&t->live);
    for (size_t i = 0; i < t->n_prompts; i++) {
        free(t->prompts[i].ref);
        free(t->prompts[i].data);
    }
}

static inline void trace_hash(struct trace *t, struct bytes data)
{
    for (size_t i = 0; i < data.n; i++) {
        t->hash = (t->hash ^ data.p[i]) * 1099511628211u;
    }
}

static inline void trace_hash_message(struct trace *t, const ProtobufCMessage *m)
{
    size_t n = protobuf_c_message_get_packed_size(m);
    uint8_t *packed = must_alloc(n + 1);

    (void)protobuf_c_message_pack(m, packed);
    trace_hash(t, (struct bytes){ .p = packed, .n = n });
    free(packed);
}

static inline void trace_line(struct trace *t, const char *format, ...) PRINTF_LIKE(2, 3);

static inline void trace_line(struct trace *t, const char *format, ...)
{
    char line[512];
    va_list va;
    struct err e;

    va_start(va, format);
    (void)vsnprintf(line, sizeof(line), format, va);
    va_end(va);
    for (char *c = line; *c != '\0'; c++) {
        *c = *c == '\n' ? '|' : *c;
    }
    if (!buf_printf(&t->text, &e, "%s\n", line)) {
        abort();
    }
}

static inline void trace_diff(struct trace *t, const Leapmux__V1__Diff *d)
{
    for (size_t i = 0; i < d->n_files; i++) {
        const Leapmux__V1__DiffFile *f = d->files[i];

        trace_line(t, "diff %s %.*s +%u -%u kind=%d hunks=%zu", d->applied ? "applied" : "proposed",
                   (int)f->path.len, (const char *)f->path.data, f->added, f->removed, f->kind,
                   f->n_hunks);
    }
}

static inline void trace_result(struct trace *t, const Leapmux__V1__ToolResult *r)
{
    static const char *const PARTS[] = { "none", "text", "ansi", "json", "image", "link", "file" };
    char parts[128] = "";
    char code[32] = "";

    for (size_t i = 0; i < r->n_parts && i < 10; i++) {
        (void)snprintf(parts + strlen(parts), sizeof(parts) - strlen(parts), " %s",
                       PARTS[r->parts[i]->part_case]);
    }
    if (r->_exit_code_case == LEAPMUX__V1__TOOL_RESULT___EXIT_CODE_EXIT_CODE) {
        (void)snprintf(code, sizeof(code), " exit=%d", r->exit_code);
    }
    trace_line(t, "result %s%s%s hits=%u parts:%s", r->ok ? "ok" : "failed",
               r->denied ? " denied" : "", code, r->hits, parts);
}

static inline void trace_todos(struct trace *t, const Leapmux__V1__Todos *todos)
{
    char items[256] = "";

    for (size_t i = 0; i < todos->n_items; i++) {
        (void)snprintf(items + strlen(items), sizeof(items) - strlen(items), " [%d %s %s]",
                       todos->items[i]->state, todos->items[i]->id, todos->items[i]->text);
    }
    trace_line(t, "todos%s", items);
}

static inline void trace_message(struct trace *t, const struct provider_event *event)
{
    const Leapmux__V1__AgentMessage *m = event->message;

    trace_hash_message(t, &m->base);
    trace_hash(t, event->raw);
    if (m->parent_call_id[0] != '\0') {
        trace_line(t, "in %s:", m->parent_call_id);
    }
    switch ((int)m->body_case) {
    case LEAPMUX__V1__AGENT_MESSAGE__BODY_TEXT:
        trace_line(t, "text %.60s", m->text->markdown);
        break;
    case LEAPMUX__V1__AGENT_MESSAGE__BODY_THINKING:
        trace_line(t, "thinking %.60s", m->thinking->text);
        break;
    case LEAPMUX__V1__AGENT_MESSAGE__BODY_TOOL_CALL:
        trace_line(t, "call %s kind=%d %s", m->tool_call->name, m->tool_call->tool,
                   m->tool_call->title);
        break;
    case LEAPMUX__V1__AGENT_MESSAGE__BODY_TOOL_RESULT:
        trace_result(t, m->tool_result);
        break;
    case LEAPMUX__V1__AGENT_MESSAGE__BODY_DIFF:
        trace_diff(t, m->diff);
        break;
    case LEAPMUX__V1__AGENT_MESSAGE__BODY_TODOS:
        trace_todos(t, m->todos);
        break;
    case LEAPMUX__V1__AGENT_MESSAGE__BODY_PLAN:
        trace_line(t, "plan %s (%zu octets)", m->plan->title, strlen(m->plan->markdown));
        break;
    case LEAPMUX__V1__AGENT_MESSAGE__BODY_USAGE:
        trace_line(
            t, "usage in=%" PRIu64 " out=%" PRIu64 " context=%" PRIu64 "/%" PRIu64 " cost=%" PRIu64,
            m->usage->turn->input, m->usage->turn->output, m->usage->context_used,
            m->usage->context_window, m->usage->cost_micro);
        break;
    case LEAPMUX__V1__AGENT_MESSAGE__BODY_RATE_LIMIT:
        trace_line(t, "rate limit %s %s %.2f", m->rate_limit->limit, m->rate_limit->status,
                   m->rate_limit->used);
        break;
    case LEAPMUX__V1__AGENT_MESSAGE__BODY_NOTICE:
        t->unknown += m->notice->code == LEAPMUX__V1__NOTICE_CODE__NOTICE_CODE_UNKNOWN_OUTPUT;
        trace_line(t, "notice %d %s", m->notice->code, m->notice->text);
        break;
    case LEAPMUX__V1__AGENT_MESSAGE__BODY_RESULT:
        trace_line(t, "turn %s stop=%s calls=%u error=%s [%s]", m->result->ok ? "ok" : "failed",
                   m->result->stop_reason, m->result->tool_calls, m->result->error,
                   m->result->error_reason);
        break;
    default:
        trace_line(t, "message of kind %d", (int)m->body_case);
        break;
    }
}

static inline void trace_prompt(struct trace *t, const struct provider_event *event)
{
    const Leapmux__V1__Prompt *p = event->prompt;
    char options[256] = "";

    trace_hash_message(t, &p->base);
    trace_hash(t, event->data);
    if (t->n_prompts < TRACE_PROMPTS) {
        t->prompts[t->n_prompts++] = (struct traced_prompt){
            .ref = must_strdup(event->ref),
            .data = bytes_dup(event->data),
            .kind = p->body_case,
            .questions =
                p->body_case == LEAPMUX__V1__PROMPT__BODY_QUESTION ? p->question->n_questions : 0,
        };
    }
    if (p->body_case == LEAPMUX__V1__PROMPT__BODY_PERMISSION) {
        for (size_t i = 0; i < p->permission->n_options; i++) {
            (void)snprintf(options + strlen(options), sizeof(options) - strlen(options), " %d",
                           p->permission->options[i]->choice);
            if (p->permission->options[i]->rule[0] != '\0') {
                (void)snprintf(options + strlen(options), sizeof(options) - strlen(options), "<%s>",
                               p->permission->options[i]->rule);
            }
        }
        trace_line(t, "prompt %s %s%s%s options:%s", p->permission->call->name,
                   p->permission->sentence, p->task_title[0] != '\0' ? " task=" : "", p->task_title,
                   options);
    } else if (p->body_case == LEAPMUX__V1__PROMPT__BODY_QUESTION) {
        trace_line(t, "prompt question %zu: %s", p->question->n_questions,
                   p->question->questions[0]->text);
    } else {
        trace_line(t, "prompt plan %s modes=%zu", p->plan->title, p->plan->n_modes);
    }
}

static inline void trace_event(void *arg, const struct provider_event *event)
{
    struct trace *t = arg;
    uint8_t kind = (uint8_t)event->kind;

    t->events++;
    trace_hash(t, (struct bytes){ .p = &kind, .n = 1 });
    switch (event->kind) {
    case PROVIDER_READY:
        trace_line(t, "ready");
        break;
    case PROVIDER_START_FAILED:
        trace_line(t, "start failed %s: %s", event->error.reason, event->error.text);
        break;
    case PROVIDER_SESSION:
        trace_hash_message(t, &event->session->base);
        trace_line(t, "session model=%s mode=%s models=%zu modes=%zu commands=%zu version=%s",
                   event->session->model, event->session->permission_mode, event->session->n_models,
                   event->session->n_modes, event->session->n_commands,
                   event->session->cli_version);
        break;
    case PROVIDER_TURN_STARTED:
        trace_line(t, "turn started");
        break;
    case PROVIDER_INPUT_TAKEN:
        trace_line(t, "taken %s", event->ref);
        break;
    case PROVIDER_MESSAGE:
        trace_message(t, event);
        break;
    case PROVIDER_LIVE: {
        struct err e;

        trace_hash_message(t, &event->live->base);
        if (!buf_put(&t->live, bytes_of(event->live->text), &e)) {
            abort();
        }
        break;
    }
    case PROVIDER_LIVE_DROPPED:
        trace_line(t, "live dropped");
        break;
    case PROVIDER_PROMPT:
        trace_prompt(t, event);
        break;
    case PROVIDER_PROMPT_WITHDRAWN:
        trace_line(t, "withdrawn");
        break;
    case PROVIDER_INTERRUPTED:
        trace_line(t, "interrupted");
        break;
    case PROVIDER_TURN_ENDED:
        trace_line(t, "turn ended");
        break;
    case PROVIDER_SETTING_DONE:
        trace_line(t, "setting %s %s %s", event->ref, event->error.reason, event->error.text);
        break;
    case PROVIDER_BACKGROUND:
        trace_line(t, "background %u", event->count);
        break;
    }
}

static inline void trace_write(void *arg, struct bytes input)
{
    struct trace *t = arg;
    struct err e;

    if (!buf_put(&t->input, input, &e)) {
        abort();
    }
}

static inline void trace_close_input(void *arg)
{
    struct trace *t = arg;

    t->input_closed = true;
}

static inline struct provider_sink trace_sink(struct trace *t)
{
    return (struct provider_sink){
        .event = trace_event,
        .write = trace_write,
        .close_input = trace_close_input,
        .arg = t,
    };
}

#endif
