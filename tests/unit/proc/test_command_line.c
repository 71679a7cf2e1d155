/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "proc/command_line.h"

static void words_are_split_like_a_shell_splits_them(void **state)
{
    static const struct {
        const char *text;
        const char *words[5];
    } CASES[] = {
        { "claude", { "claude" } },
        { "  claude\t--model   opus\n", { "claude", "--model", "opus" } },
        { "'a b' \"c d\" e\\ f", { "a b", "c d", "e f" } },
        { "a'b'\"c\"d", { "abcd" } },
        { "a '' \"\" b", { "a", "", "", "b" } },
        { "x \"\\\"\\\\\\$\\`\\n\"", { "x", "\"\\$`\\n" } },
        { "x 'a\\b'", { "x", "a\\b" } },
        { "a\\\nb \"c\\\nd\"", { "ab", "cd" } },
        { "echo $HOME; ~ * | `id`", { "echo", "$HOME;", "~", "*", "|" } },
        { "\xc3\xa9t\xc3\xa9 \"\xe2\x82\xac 1\"", { "\xc3\xa9t\xc3\xa9", "\xe2\x82\xac 1" } },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        CLEANUP(arena_done) struct arena a = { 0 };
        const char *const *argv;
        struct err e;

        assert_true(command_line_split(CASES[i].text, &a, &argv, &e));
        for (size_t w = 0; w < ARRAY_LEN(CASES[i].words) && CASES[i].words[w] != NULL; w++) {
            assert_non_null(argv[w]);
            assert_string_equal(argv[w], CASES[i].words[w]);
        }
    }
}

static void the_list_ends_after_the_last_word(void **state)
{
    CLEANUP(arena_done) struct arena a = { 0 };
    const char *const *argv;
    struct err e;

    (void)state;
    assert_true(command_line_split("a b", &a, &argv, &e));
    assert_null(argv[2]);
}

static void what_a_shell_would_not_take_is_refused(void **state)
{
    static const char *const BAD[] = { "", "  ", "'", "a 'b", "a \"b", "a\\", "\"a\\", "''" };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(BAD); i++) {
        CLEANUP(arena_done) struct arena a = { 0 };
        const char *const *argv;
        struct err e;

        assert_false(command_line_split(BAD[i], &a, &argv, &e));
        assert_string_equal(e.reason, "INVALID");
    }
}

static void too_many_words_and_too_long_text_are_refused(void **state)
{
    CLEANUP(arena_done) struct arena a = { 0 };
    CLEANUP(free_p) char *text = must_calloc(1, COMMAND_LINE_LIMIT + 2);
    const char *const *argv;
    struct err e;

    (void)state;
    memset(text, 'a', COMMAND_LINE_LIMIT + 1);
    assert_false(command_line_split(text, &a, &argv, &e));
    for (size_t i = 0; i < 2 * (COMMAND_LINE_WORDS + 1); i++) {
        text[i] = i % 2 == 0 ? 'a' : ' ';
    }
    text[2 * COMMAND_LINE_WORDS] = '\0';
    assert_true(command_line_split(text, &a, &argv, &e));
    text[2 * COMMAND_LINE_WORDS] = 'a';
    text[2 * COMMAND_LINE_WORDS + 1] = '\0';
    assert_false(command_line_split(text, &a, &argv, &e));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_split_like_a_shell_splits_them),
        cmocka_unit_test(the_list_ends_after_the_last_word),
        cmocka_unit_test(what_a_shell_would_not_take_is_refused),
        cmocka_unit_test(too_many_words_and_too_long_text_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
