/* SPDX-License-Identifier: Apache-2.0 */
/* What providers are made of: lines, forgiving JSON, UUIDs, versions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/id.h"
#include "worker/provider/detect.h"
#include "worker/provider/json.h"
#include "worker/provider/lines.h"
#include "worker/provider/uuid.h"

/* --- lines --- */

struct heard {
    struct buf text; /* lines with '|' between */
    uint64_t longest;
};

static void on_line(void *arg, struct bytes line, uint64_t length)
{
    struct heard *h = arg;
    struct err e;

    h->longest = length > h->longest ? length : h->longest;
    assert_true(buf_put(&h->text, line, &e) && buf_put(&h->text, bytes_of("|"), &e));
}

static char *lines_of(const char *text, size_t limit, size_t chunk, uint64_t *longest)
{
    struct heard h = { 0 };
    struct lines l;
    char *out;

    buf_init(&h.text, 1024 * 1024);
    lines_init(&l, limit);
    for (size_t at = 0; at < strlen(text); at += chunk) {
        size_t n = strlen(text) - at < chunk ? strlen(text) - at : chunk;

        lines_feed(&l, (struct bytes){ .p = (const uint8_t *)text + at, .n = n }, on_line, &h);
    }
    lines_finish(&l, on_line, &h);
    lines_done(&l);
    out = bytes_dup(buf_view(&h.text));
    buf_done(&h.text);
    *longest = h.longest;
    return out;
}

static void lines_are_the_same_however_they_arrive(void **state)
{
    (void)state;
    for (size_t chunk = 1; chunk < 30; chunk++) {
        uint64_t longest;
        CLEANUP(free_p)
        char *out = lines_of("one\n\ntwo\r\nthree is longer\nlast", 1000, chunk, &longest);

        assert_string_equal(out, "one|two|three is longer|last|");
        assert_int_equal(longest, 15);
    }
}

static void a_long_line_is_cut_and_counted_and_the_next_is_whole(void **state)
{
    (void)state;
    for (size_t chunk = 1; chunk < 30; chunk++) {
        uint64_t longest;
        CLEANUP(free_p) char *out = lines_of("0123456789abc\nshort\n", 10, chunk, &longest);

        assert_string_equal(out, "0123456789|short|");
        assert_int_equal(longest, 13);
    }
}

/* --- JSON --- */

static void json_with_broken_text_is_repaired(void **state)
{
    static const struct {
        const char *text;
        const char *value;
    } CASES[] = {
        { "{\"a\":\"x\\ud83d\"}", "x\xef\xbf\xbd" },
        { "{\"a\":\"\\ude00y\"}", "\xef\xbf\xbdy" },
        { "{\"a\":\"\\ud83d\\ud83d\\ude00\"}", "\xef\xbf\xbd\xf0\x9f\x98\x80" },
        { "{\"a\":\"\\\\ud83d\\ud83d\"}", "\\ud83d\xef\xbf\xbd" },
        { "{\"a\":\"\xff\"}", "\xef\xbf\xbd" },
        { "{\"a\":\"\\ud83d\\ude00\"}", "\xf0\x9f\x98\x80" },
        { "{\"a\":\"n\\u0000l\"}", "n\xef\xbf\xbdl" },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        CLEANUP(json_freep) yyjson_doc *doc = json_parse(bytes_of(CASES[i].text));
        CLEANUP(arena_done) struct arena a = { 0 };

        assert_non_null(doc);
        assert_string_equal(json_copy_of(&a, yyjson_doc_get_root(doc), "a"), CASES[i].value);
    }
}

static void what_is_no_json_is_none(void **state)
{
    static const char *const BAD[] = { "", "{", "x", "{\"a\":1}}", "\xff", "\"\\ud83d" };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(BAD); i++) {
        assert_null(json_parse(bytes_of(BAD[i])));
    }
}

static void missing_and_mistyped_members_are_empty(void **state)
{
    CLEANUP(json_freep)
    yyjson_doc *doc = json_parse(
        bytes_of("{\"t\":\"x\",\"n\":-3,\"big\":1e300,\"f\":1.9,\"b\":true,\"l\":[1],\"z\":null}"));
    CLEANUP(arena_done) struct arena a = { 0 };
    yyjson_val *o = yyjson_doc_get_root(doc);

    (void)state;
    assert_string_equal(json_text(o, "n"), "");
    assert_string_equal(json_text(o, "none"), "");
    assert_string_equal(json_text(NULL, "t"), "");
    assert_string_equal(json_text(json_get(o, "l"), "t"), "");
    assert_string_equal(json_copy_of(&a, o, "z"), "");
    assert_false(json_has_text(o, "z"));
    assert_true(json_is(o, "t", "x"));
    assert_false(json_is(o, "b", "true"));
    assert_true(json_bool(o, "b"));
    assert_false(json_bool(o, "t"));
    assert_int_equal(json_count(o, "n"), 0);
    assert_int_equal(json_count(o, "f"), 1);
    assert_int_equal(json_count(o, "big"), 9007199254740992);
    assert_int_equal(json_count(o, "t"), 0);
    assert_string_equal(json_text_of(&a, json_get(o, "l")), "[1]");
    assert_string_equal(json_text_of(&a, NULL), "");
}

static void base64_is_read_with_line_ends_and_nothing_else(void **state)
{
    CLEANUP(json_freep)
    yyjson_doc *doc = json_parse(bytes_of("[\"aGVsbG8=\",\"aGVs\\nbG8\",\"a*\",\"\",5]"));
    CLEANUP(arena_done) struct arena a = { 0 };
    yyjson_val *list = yyjson_doc_get_root(doc);
    struct bytes out = { 0 };

    (void)state;
    assert_true(json_base64(&a, yyjson_arr_get(list, 0), &out));
    assert_true(bytes_are(out, "hello"));
    assert_true(json_base64(&a, yyjson_arr_get(list, 1), &out));
    assert_true(bytes_are(out, "hello"));
    for (size_t i = 2; i < 5; i++) {
        assert_false(json_base64(&a, yyjson_arr_get(list, i), &out));
    }
}

/* --- UUIDs --- */

static void a_uuid_has_the_form_that_strict_readers_want(void **state)
{
    uint8_t random[16];
    struct uuid u;

    (void)state;
    memset(random, 0xff, sizeof(random));
    u = uuid_from_random(random);
    assert_string_equal(u.s, "ffffffff-ffff-4fff-bfff-ffffffffffff");
    memset(random, 0, sizeof(random));
    u = uuid_from_random(random);
    assert_string_equal(u.s, "00000000-0000-4000-8000-000000000000");
}

static void an_id_gives_the_uuid_of_its_bits(void **state)
{
    uint8_t random[16];
    struct id id;

    (void)state;
    for (size_t i = 0; i < sizeof(random); i++) {
        random[i] = (uint8_t)(i * 37 + 11);
    }
    id = id_from_random(random);
    assert_string_equal(uuid_from_id(id.s).s, uuid_from_random(random).s);
    assert_string_equal(uuid_from_id("").s, "00000000-0000-4000-8000-000000000000");
}

/* --- detection --- */

static void a_version_is_found_in_what_clis_print(void **state)
{
    static const struct {
        const char *output;
        const char *version;
    } CASES[] = {
        { "2.1.329 (Claude Code)\n", "2.1.329" },
        { "codex-cli 0.169.0", "0.169.0" },
        { "warning: node 20\nv1.2.3\n1.0.2-beta.1+5", "1.0.2-beta.1+5" },
        { "no version at all, only 42 words.", "" },
        { "", "" },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        CLEANUP(arena_done) struct arena a = { 0 };

        assert_string_equal(detect_version(bytes_of(CASES[i].output), &a), CASES[i].version);
    }
}

static void detection_asks_the_command_with_its_own_arguments(void **state)
{
    static const char *const COMMAND[] = { "node", "fake.mjs", NULL };
    CLEANUP(arena_done) struct arena a = { 0 };
    const char *const *argv = detect_argv(COMMAND, &a);

    (void)state;
    assert_string_equal(argv[0], "node");
    assert_string_equal(argv[1], "fake.mjs");
    assert_string_equal(argv[2], "--version");
    assert_null(argv[3]);
}

static void providers_are_found_by_id(void **state)
{
    (void)state;
    assert_ptr_equal(provider_by_id("claude"), &PROVIDER_CLAUDE);
    assert_null(provider_by_id("nobody"));
    assert_null(provider_by_id(""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_the_same_however_they_arrive),
        cmocka_unit_test(a_long_line_is_cut_and_counted_and_the_next_is_whole),
        cmocka_unit_test(json_with_broken_text_is_repaired),
        cmocka_unit_test(what_is_no_json_is_none),
        cmocka_unit_test(missing_and_mistyped_members_are_empty),
        cmocka_unit_test(base64_is_read_with_line_ends_and_nothing_else),
        cmocka_unit_test(a_uuid_has_the_form_that_strict_readers_want),
        cmocka_unit_test(an_id_gives_the_uuid_of_its_bits),
        cmocka_unit_test(a_version_is_found_in_what_clis_print),
        cmocka_unit_test(detection_asks_the_command_with_its_own_arguments),
        cmocka_unit_test(providers_are_found_by_id),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
