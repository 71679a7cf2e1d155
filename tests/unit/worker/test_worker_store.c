/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "worker/agent/agent_store.h"

static const char AGENT[] = "AgentAgentAgentAgent01";

static struct db *open_store(void)
{
    struct err e;
    struct db *db = db_open(":memory:", &e);
    struct worker_sql_insert_agent_args agent = {
        .id = AGENT,
        .workspace_id = "WorkspaceWorkspace0001",
        .provider = "claude",
        .title = "Agent 1",
        .working_dir = bytes_of("/"),
        .session_ref = "s",
        .desired_model = "",
        .desired_mode = "",
        .turn_state = 1,
        .created_at_ms = 1,
        .request_hash = bytes_of("h"),
        .created_by = "u",
    };
    struct agent_rows rows = { .agent_id = AGENT, .insert = &agent };

    assert_non_null(db);
    assert_true(db_migrate(db, WORKER_MIGRATIONS, WORKER_MIGRATIONS_LEN, &e));
    assert_true(agent_store_write(db, &rows, &e));
    return db;
}

static bool put(struct db *db, const char *agent, const char *text, struct bytes raw,
                const char *queue_id, uint32_t *seq)
{
    Leapmux__V1__AgentMessage m = LEAPMUX__V1__AGENT_MESSAGE__INIT;
    Leapmux__V1__TextMessage body = LEAPMUX__V1__TEXT_MESSAGE__INIT;
    struct agent_line line = { .message = &m, .raw = raw, .queue_id = queue_id };
    struct agent_rows rows = { .agent_id = agent, .lines = &line };
    struct err e;

    body.markdown = (char *)(uintptr_t)text;
    m.body_case = LEAPMUX__V1__AGENT_MESSAGE__BODY_TEXT;
    m.text = &body;
    m.at_ms = 5;
    if (!db_begin(db, &e)) {
        return false;
    }
    if (!agent_store_write(db, &rows, &e)) {
        db_rollback(db);
        return false;
    }
    *seq = line.seq;
    return db_commit(db, &e);
}

static void messages_come_back_as_they_were(void **state)
{
    struct db *db = open_store();
    struct agent_page page = { .n = 0 };
    char *big = must_alloc(100001);
    struct buf raw;
    uint32_t seq;
    struct err e;

    (void)state;
    for (size_t i = 0; i < 100000; i++) {
        big[i] = (char)('a' + i % 26);
    }
    big[100000] = '\0';
    assert_true(put(db, AGENT, "short", (struct bytes){ 0 }, NULL, &seq));
    assert_int_equal(seq, 1);
    assert_true(put(db, AGENT, big, bytes_of(big), NULL, &seq));
    assert_int_equal(seq, 2);
    assert_true(agent_store_after(db, AGENT, 0, 10, &page, &e));
    assert_int_equal(page.n, 2);
    assert_string_equal(page.v[0]->text->markdown, "short");
    assert_false(page.v[0]->has_raw);
    assert_string_equal(page.v[1]->text->markdown, big);
    assert_true(page.v[1]->has_raw);
    assert_int_equal(page.v[1]->seq, 2);
    arena_done(&page.arena);
    buf_init(&raw, 200000);
    assert_true(agent_store_raw(db, AGENT, 2, &raw, &e));
    assert_true(bytes_are(buf_view(&raw), big));
    assert_false(agent_store_raw(db, AGENT, 1, &raw, &e));
    assert_string_equal(e.reason, "NOT_FOUND");
    buf_done(&raw);
    free(big);
    db_close(db);
}

static void a_write_that_is_undone_leaves_no_gap(void **state)
{
    struct db *db = open_store();
    uint32_t seq;

    (void)state;
    assert_true(put(db, AGENT, "one", (struct bytes){ 0 }, "InputInputInputInput01", &seq));
    assert_false(put(db, AGENT, "again", (struct bytes){ 0 }, "InputInputInputInput01", &seq));
    assert_false(put(db, "NobodyNobodyNobody0001", "x", (struct bytes){ 0 }, NULL, &seq));
    assert_true(put(db, AGENT, "two", (struct bytes){ 0 }, NULL, &seq));
    assert_int_equal(seq, 2);
    db_close(db);
}

static void a_page_ends_where_it_is_full(void **state)
{
    struct db *db = open_store();
    struct agent_page page = { .n = 0 };
    struct agent_page before = { .n = 0 };
    char *big = must_alloc(100001);
    uint32_t seq;
    struct err e;

    (void)state;
    memset(big, 'x', 100000);
    big[100000] = '\0';
    for (int i = 0; i < 6; i++) {
        assert_true(put(db, AGENT, big, (struct bytes){ 0 }, NULL, &seq));
    }
    assert_true(agent_store_after(db, AGENT, 1, 64, &page, &e));
    assert_int_equal(page.n, 3); /* the third passes 256 KiB */
    assert_int_equal(page.v[0]->seq, 2);
    assert_int_equal(page.v[2]->seq, 4);
    assert_true(agent_store_before(db, AGENT, 6, 64, &before, &e));
    assert_int_equal(before.n, 3);
    assert_int_equal(before.v[0]->seq, 3);
    assert_int_equal(before.v[2]->seq, 5);
    arena_done(&page.arena);
    arena_done(&before.arena);
    free(big);
    db_close(db);
}

static void a_long_result_is_cut_where_a_character_ends(void **state)
{
    CLEANUP(arena_done) struct arena a = { 0 };
    Leapmux__V1__AgentMessage m = LEAPMUX__V1__AGENT_MESSAGE__INIT;
    Leapmux__V1__ToolResult result = LEAPMUX__V1__TOOL_RESULT__INIT;
    Leapmux__V1__ResultPart part = LEAPMUX__V1__RESULT_PART__INIT;
    Leapmux__V1__ResultPart *parts[] = { &part };
    char *text = arena_alloc(&a, (size_t)AGENT_TEXT_MAX + 100);

    (void)state;
    memset(text, 'x', (size_t)AGENT_TEXT_MAX + 50);
    memcpy(text + AGENT_TEXT_MAX - 1, "\xc3\xa9", 2);
    part.part_case = LEAPMUX__V1__RESULT_PART__PART_TEXT;
    part.text = text;
    result.n_parts = 1;
    result.parts = parts;
    m.body_case = LEAPMUX__V1__AGENT_MESSAGE__BODY_TOOL_RESULT;
    m.tool_result = &result;
    agent_message_cut(&m, &a);
    assert_int_equal(result.truncated_at, AGENT_TEXT_MAX - 1);
    assert_int_equal(strlen(part.text), AGENT_TEXT_MAX - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_come_back_as_they_were),
        cmocka_unit_test(a_write_that_is_undone_leaves_no_gap),
        cmocka_unit_test(a_page_ends_where_it_is_full),
        cmocka_unit_test(a_long_result_is_cut_where_a_character_ends),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
