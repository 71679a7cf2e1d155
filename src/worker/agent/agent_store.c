/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/agent/agent_store.h"

#include <string.h>
#include <zstd.h>

#include "base/alloc.h"
#include "base/utf8.h"
#include "worker/pb.h"

enum {
    PACK_FROM = 512, /* octets from which a column is compressed */
    PACK_LEVEL = 3,
    UNPACKED_MAX = 65 * 1024 * 1024, /* octets: a provider's line is at most 64 MiB */
};

enum { FORM_PLAIN = 0, FORM_ZSTD = 1 };

/* ---- columns ---- */

/* form(1) and the data, compressed where that pays. Empty stays empty. */
static struct bytes pack(struct arena *a, struct bytes data)
{
    uint8_t *p;
    size_t room;
    size_t n;

    if (data.n == 0) {
        return (struct bytes){ .p = (const uint8_t *)"", .n = 0 };
    }
    if (data.n > PACK_FROM) {
        room = ZSTD_compressBound(data.n);
        p = arena_alloc(a, room + 1);
        n = ZSTD_compress(p + 1, room, data.p, data.n, PACK_LEVEL);
        if (!ZSTD_isError(n)) {
            p[0] = FORM_ZSTD;
            return (struct bytes){ .p = p, .n = n + 1 };
        }
    }
    p = arena_alloc(a, data.n + 1);
    p[0] = FORM_PLAIN;
    memcpy(p + 1, data.p, data.n);
    return (struct bytes){ .p = p, .n = data.n + 1 };
}

static bool damaged(struct err *e)
{
    return err_set(e, ERR_DATA_LOSS, "DATA_LOSS", "a stored message is damaged");
}

static bool unpack(struct bytes packed, struct arena *a, struct bytes *out, struct err *e)
{
    unsigned long long size;
    uint8_t *p;

    if (packed.n == 0) {
        *out = (struct bytes){ 0 };
        return true;
    }
    if (packed.p[0] == FORM_PLAIN) {
        *out = arena_copy(a, (struct bytes){ packed.p + 1, packed.n - 1 });
        return true;
    }
    size = ZSTD_getFrameContentSize(packed.p + 1, packed.n - 1);
    if (packed.p[0] != FORM_ZSTD || size > UNPACKED_MAX) {
        return damaged(e);
    }
    p = arena_alloc(a, size);
    if (ZSTD_decompress(p, size, packed.p + 1, packed.n - 1) != size) {
        return damaged(e);
    }
    *out = (struct bytes){ .p = p, .n = size };
    return true;
}

/* ---- writing ---- */

/* What a search will look at. */
static const char *text_of(const Leapmux__V1__AgentMessage *m)
{
    switch (m->body_case) {
    case LEAPMUX__V1__AGENT_MESSAGE__BODY_USER:
        return m->user->markdown;
    case LEAPMUX__V1__AGENT_MESSAGE__BODY_TEXT:
        return m->text->markdown;
    case LEAPMUX__V1__AGENT_MESSAGE__BODY_PLAN:
        return m->plan->markdown;
    case LEAPMUX__V1__AGENT_MESSAGE__BODY_TOOL_CALL:
        return m->tool_call->title;
    default: /* allow: the rest holds nothing that people wrote or read as text */
        return "";
    }
}

static const char *call_of(const Leapmux__V1__AgentMessage *m)
{
    switch (m->body_case) {
    case LEAPMUX__V1__AGENT_MESSAGE__BODY_TOOL_CALL:
        return m->tool_call->call_id;
    case LEAPMUX__V1__AGENT_MESSAGE__BODY_TOOL_RESULT:
        return m->tool_result->call_id;
    case LEAPMUX__V1__AGENT_MESSAGE__BODY_DIFF:
        return m->diff->call_id;
    default: /* allow: the rest belongs to no call */
        return "";
    }
}

static bool write_line(struct db *db, const char *agent_id, struct agent_line *line, struct err *e)
{
    CLEANUP(arena_done) struct arena a = { 0 };
    Leapmux__V1__AgentMessage m = *line->message;
    struct worker_sql_next_seq_row row = { 0 };
    bool found = false;

    TRY(worker_sql_next_seq(db, &(struct worker_sql_next_seq_args){ .id = agent_id }, &a, &row,
                            &found, e));
    if (!found) {
        return err_set(e, ERR_NOT_FOUND, "NOT_FOUND", "no such agent");
    }
    m.seq = 0;
    m.has_raw = 0;
    line->seq = (uint32_t)row.last_seq;
    return worker_sql_insert_message(db,
                                     &(struct worker_sql_insert_message_args){
                                         .agent_id = agent_id,
                                         .seq = row.last_seq,
                                         .kind = m.body_case,
                                         .turn_id = m.turn_id,
                                         .call_id = call_of(&m),
                                         .parent_call_id = m.parent_call_id,
                                         .author_id = m.author_id,
                                         .author_name = m.author_name,
                                         .at_ms = m.at_ms,
                                         .body = pack(&a, pb_pack(&a, &m)),
                                         .raw = pack(&a, line->raw),
                                         .text = text_of(&m),
                                         .queue_id = line->queue_id,
                                     },
                                     e);
}

static bool write_queue(struct db *db, const struct agent_rows *r, struct err *e)
{
    TRY(r->queued == NULL || worker_sql_insert_queued(db, r->queued, e));
    TRY(r->unqueued == NULL || worker_sql_delete_queued(db, r->unqueued, e));
    return r->queued_state == NULL || worker_sql_set_queued_state(db, r->queued_state, e);
}

static bool write_prompt(struct db *db, const struct agent_rows *r, struct err *e)
{
    TRY(r->prompt == NULL || worker_sql_insert_prompt(db, r->prompt, e));
    if (r->prompt_closed != NULL) {
        TRY(worker_sql_close_prompt(db, r->prompt_closed, e));
        if (db_changed(db) == 0) {
            return err_set(e, ERR_FAILED_PRECONDITION, "PROMPT_CLOSED", "the prompt is closed");
        }
    }
    return true;
}

static bool write_agent(struct db *db, const struct agent_rows *r, struct err *e)
{
    TRY(r->usage == NULL || worker_sql_insert_usage(db, r->usage, e));
    TRY(r->state == NULL || worker_sql_set_agent_state(db, r->state, e));
    TRY(r->session == NULL || worker_sql_set_agent_session(db, r->session, e));
    TRY(r->title == NULL || worker_sql_set_agent_title(db, r->title, e));
    return r->close == NULL || worker_sql_close_agent(db, r->close, e);
}

bool agent_store_write(struct db *db, struct agent_rows *rows, struct err *e)
{
    TRY(rows->insert == NULL || worker_sql_insert_agent(db, rows->insert, e));
    TRY(write_queue(db, rows, e));
    TRY(write_prompt(db, rows, e));
    for (struct agent_line *l = rows->lines; l != NULL; l = l->next) {
        TRY(write_line(db, rows->agent_id, l, e));
    }
    return write_agent(db, rows, e);
}

/* ---- reading ---- */

static void cut_text(char **text, struct arena *a, uint64_t *cut_at)
{
    size_t n = strlen(*text);

    if (n > AGENT_TEXT_MAX) {
        struct bytes whole = { (const uint8_t *)*text, n };

        n = utf8_cut(whole, AGENT_TEXT_MAX);
        *text = arena_str(a, (struct bytes){ whole.p, n });
        *cut_at = n;
    }
}

static void cut_result(Leapmux__V1__ToolResult *result, struct arena *a)
{
    for (size_t i = 0; i < result->n_parts; i++) {
        Leapmux__V1__ResultPart *part = result->parts[i];

        if (part->part_case == LEAPMUX__V1__RESULT_PART__PART_TEXT) {
            cut_text(&part->text, a, &result->truncated_at);
        } else if (part->part_case == LEAPMUX__V1__RESULT_PART__PART_ANSI) {
            cut_text(&part->ansi, a, &result->truncated_at);
        } else if (part->part_case == LEAPMUX__V1__RESULT_PART__PART_JSON) {
            cut_text(&part->json, a, &result->truncated_at);
        }
    }
}

void agent_message_cut(Leapmux__V1__AgentMessage *m, struct arena *a)
{
    uint64_t ignored = 0;

    if (m->body_case == LEAPMUX__V1__AGENT_MESSAGE__BODY_TOOL_RESULT) {
        cut_result(m->tool_result, a);
    } else if (m->body_case == LEAPMUX__V1__AGENT_MESSAGE__BODY_TOOL_CALL &&
               m->tool_call->input != NULL) {
        cut_text(&m->tool_call->input->content, a, &ignored);
        cut_text(&m->tool_call->input->json, a, &ignored);
    }
}

/* *out stays NULL when the page is full already. */
static bool read_message(struct agent_page *page, int64_t seq, struct bytes body, bool has_raw,
                         Leapmux__V1__AgentMessage **out, struct err *e)
{
    Leapmux__V1__AgentMessage *m;
    struct bytes plain;

    TRY(unpack(body, &page->arena, &plain, e));
    m = pb_unpack_in(&page->arena, &leapmux__v1__agent_message__descriptor, plain);
    if (m == NULL) {
        return damaged(e);
    }
    m->seq = (uint32_t)seq;
    m->has_raw = has_raw;
    agent_message_cut(m, &page->arena);
    page->octets += plain.n;
    *out = m;
    return true;
}

static bool page_is_full(const struct agent_page *page)
{
    return page->n == page->cap || page->octets >= AGENT_PAGE_OCTETS;
}

static void page_open(struct agent_page *page, uint32_t max)
{
    page->cap = max;
    page->v = arena_alloc(&page->arena, max * sizeof(Leapmux__V1__AgentMessage *));
}

static bool on_row_after(void *arg, const struct worker_sql_messages_after_row *row, struct err *e)
{
    struct agent_page *page = arg;

    if (page_is_full(page)) {
        return true;
    }
    TRY(read_message(page, row->seq, row->body, row->has_raw != 0, &page->v[page->n], e));
    page->n++;
    return true;
}

bool agent_store_after(struct db *db, const char *agent_id, uint32_t after_seq, uint32_t max,
                       struct agent_page *page, struct err *e)
{
    page_open(page, max);
    return worker_sql_messages_after(db,
                                     &(struct worker_sql_messages_after_args){
                                         .agent_id = agent_id, .after_seq = after_seq, .max = max },
                                     on_row_after, page, e);
}

static bool on_row_before(void *arg, const struct worker_sql_messages_before_row *row,
                          struct err *e)
{
    struct agent_page *page = arg;

    if (page_is_full(page)) {
        return true;
    }
    TRY(read_message(page, row->seq, row->body, row->has_raw != 0, &page->v[page->n], e));
    page->n++;
    return true;
}

bool agent_store_before(struct db *db, const char *agent_id, uint32_t before_seq, uint32_t max,
                        struct agent_page *page, struct err *e)
{
    page_open(page, max);
    TRY(worker_sql_messages_before(db,
                                   &(struct worker_sql_messages_before_args){
                                       .agent_id = agent_id, .before_seq = before_seq, .max = max },
                                   on_row_before, page, e));
    for (size_t i = 0; i < page->n / 2; i++) {
        Leapmux__V1__AgentMessage *m = page->v[i];

        page->v[i] = page->v[page->n - 1 - i];
        page->v[page->n - 1 - i] = m;
    }
    return true;
}

bool agent_store_raw(struct db *db, const char *agent_id, uint32_t seq, struct buf *out,
                     struct err *e)
{
    CLEANUP(arena_done) struct arena a = { 0 };
    struct worker_sql_message_raw_row row = { 0 };
    struct bytes raw;
    bool found = false;

    TRY(worker_sql_message_raw(
        db, &(struct worker_sql_message_raw_args){ .agent_id = agent_id, .seq = seq }, &a, &row,
        &found, e));
    if (!found || row.raw.n == 0) {
        return err_set(e, ERR_NOT_FOUND, "NOT_FOUND", "that message has no raw line");
    }
    TRY(unpack(row.raw, &a, &raw, e));
    return buf_put(out, raw, e);
}

bool agent_store_input(struct db *db, const char *agent_id, const char *queue_id, struct arena *a,
                       Leapmux__V1__AgentMessage **out, struct err *e)
{
    struct worker_sql_message_of_input_row row = { 0 };
    struct bytes plain;
    bool found = false;

    *out = NULL;
    TRY(worker_sql_message_of_input(
        db,
        &(struct worker_sql_message_of_input_args){ .agent_id = agent_id, .queue_id = queue_id }, a,
        &row, &found, e));
    if (!found) {
        return true;
    }
    TRY(unpack(row.body, a, &plain, e));
    *out = pb_unpack_in(a, &leapmux__v1__agent_message__descriptor, plain);
    if (*out == NULL) {
        return damaged(e);
    }
    (*out)->seq = (uint32_t)row.seq;
    return true;
}
