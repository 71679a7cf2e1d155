/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Output of a CLI that may say anything. The first octet chooses how the rest is cut. Prompts are
 * answered at once, in the middle of the line that asked. Whatever comes, what is told must be
 * well-formed: texts are UTF-8, live text has no gaps, turns begin and end in turn.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/utf8.h"
#include "worker/provider/provider.h"

struct host {
    struct provider_session *session;
    unsigned answers;
    bool in_turn;
    bool ready;
    char *block; /* the newest live block */
    uint64_t length;
};

static void check_message(const ProtobufCMessage *m);

static void check_field(const ProtobufCFieldDescriptor *f, const void *member)
{
    if (f->type == PROTOBUF_C_TYPE_STRING) {
        const char *text = *(char *const *)member;

        assert(text != NULL && utf8_is_valid(bytes_of(text)));
    } else if (f->type == PROTOBUF_C_TYPE_MESSAGE) {
        const ProtobufCMessage *inner = *(ProtobufCMessage *const *)member;

        if (inner != NULL) {
            check_message(inner);
        }
    }
}

/* Recursion is as deep as our own messages are. */
static void check_message(const ProtobufCMessage *m)
{
    for (unsigned i = 0; i < m->descriptor->n_fields; i++) {
        const ProtobufCFieldDescriptor *f = &m->descriptor->fields[i];
        const char *at = (const char *)m + f->offset;

        if (f->label == PROTOBUF_C_LABEL_REPEATED) {
            size_t n = *(const size_t *)(const void *)((const char *)m + f->quantifier_offset);

            for (size_t k = 0; k < n; k++) {
                check_field(f, *(const char *const *)(const void *)at + k * sizeof(void *));
            }
        } else if ((f->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) == 0 ||
                   *(const unsigned *)(const void *)((const char *)m + f->quantifier_offset) ==
                       f->id) {
            check_field(f, at);
        }
    }
}

static void check_live(struct host *h, const Leapmux__V1__LiveBlock *live)
{
    check_message(&live->base);
    assert(live->text[0] != '\0');
    if (live->offset == 0) {
        free(h->block);
        h->block = must_strdup(live->block_id);
        h->length = 0;
    }
    if (h->block != NULL && strcmp(h->block, live->block_id) == 0) {
        assert(live->offset == h->length);
        h->length += strlen(live->text);
    }
}

static void answer(struct host *h, const struct provider_event *event)
{
    Leapmux__V1__PermissionAnswer permission = LEAPMUX__V1__PERMISSION_ANSWER__INIT;
    Leapmux__V1__QuestionAnswer question = LEAPMUX__V1__QUESTION_ANSWER__INIT;
    Leapmux__V1__PlanAnswer plan = LEAPMUX__V1__PLAN_ANSWER__INIT;
    struct provider_answer a = { .ref = event->ref, .data = event->data };

    h->answers++;
    if (event->prompt->body_case == LEAPMUX__V1__PROMPT__BODY_QUESTION) {
        question.decline = h->answers % 2 == 0;
        a.question = &question;
    } else if (event->prompt->body_case == LEAPMUX__V1__PROMPT__BODY_PLAN) {
        plan.approve = h->answers % 2 == 0;
        plan.fresh_context = h->answers % 3 == 0;
        a.plan = &plan;
    } else {
        permission.choice = (Leapmux__V1__PermissionChoice)(h->answers % 6);
        a.permission = &permission;
    }
    PROVIDER_CLAUDE.answer(h->session, &a);
}

static void on_event(void *arg, const struct provider_event *event)
{
    struct host *h = arg;

    if (event->message != NULL) {
        assert(event->message->body_case != LEAPMUX__V1__AGENT_MESSAGE__BODY__NOT_SET);
        check_message(&event->message->base);
    }
    if (event->session != NULL) {
        check_message(&event->session->base);
    }
    if (event->kind == PROVIDER_READY) {
        assert(!h->ready);
        h->ready = true;
    } else if (event->kind == PROVIDER_LIVE) {
        check_live(h, event->live);
    } else if (event->kind == PROVIDER_PROMPT) {
        check_message(&event->prompt->base);
        answer(h, event);
    } else if (event->kind == PROVIDER_TURN_STARTED) {
        assert(!h->in_turn);
        h->in_turn = true;
        PROVIDER_CLAUDE.send(h->session, "AAAAAAAAAAAAAAAAAAAAAA", "text");
    } else if (event->kind == PROVIDER_TURN_ENDED) {
        assert(h->in_turn);
        h->in_turn = false;
    }
}

static void on_write(void *arg, struct bytes input)
{
    (void)arg;
    assert(input.n > 1 && input.p[input.n - 1] == '\n');
    assert(memchr(input.p, '\n', input.n - 1) == NULL);
}

static void on_close(void *arg)
{
    (void)arg;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const COMMAND[] = { "claude", NULL };
    struct host h = { 0 };
    struct provider_sink sink = {
        .event = on_event, .write = on_write, .close_input = on_close, .arg = &h
    };
    struct provider_launch launch = {
        .command = COMMAND,
        .working_dir = "/work",
        .session_ref = "00000000-0000-4000-8000-000000000000",
        .mode = size > 0 && data[0] % 2 == 1 ? "plan" : NULL,
        .may_bypass = size > 0 && data[0] % 3 == 0,
    };
    size_t chunk = size > 0 && data[0] % 5 != 0 ? (size_t)data[0] * 64 + 1 : 3;

    h.session = PROVIDER_CLAUDE.open(&launch, &sink);
    for (size_t at = 1; at < size; at += chunk) {
        size_t n = size - at < chunk ? size - at : chunk;

        PROVIDER_CLAUDE.feed(h.session, (struct bytes){ .p = data + at, .n = n }, (int64_t)at);
    }
    PROVIDER_CLAUDE.finish(h.session, (int64_t)size);
    PROVIDER_CLAUDE.free(h.session);
    free(h.block);
    return 0;
}
