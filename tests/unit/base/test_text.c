/* SPDX-License-Identifier: Apache-2.0 */
/* UTF-8, ids, arenas, errors. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/id.h"
#include "base/utf8.h"

#define TEXT(literal) ((struct bytes){ (const uint8_t *)(literal), sizeof(literal) - 1 })

static void well_formed_text_is_told_from_the_rest(void **state)
{
    static const struct {
        struct bytes text;
        size_t prefix;
    } cases[] = {
        { TEXT(""), 0 },
        { TEXT("plain"), 5 },
        { TEXT("a\0b"), 3 },
        { TEXT("\xc3\xbc\xe2\x82\xac\xf0\x9f\x98\x80"), 9 },
        { TEXT("\xf4\x8f\xbf\xbf"), 4 },         /* U+10FFFF */
        { TEXT("\xf4\x90\x80\x80"), 0 },         /* beyond */
        { TEXT("ok\xed\xa0\x80"), 2 },           /* a surrogate */
        { TEXT("\xed\x9f\xbf\xee\x80\x80"), 6 }, /* around the surrogates */
        { TEXT("\xc0\x80"), 0 },                 /* overlong NUL */
        { TEXT("\xc1\xbf"), 0 },                 /* overlong DEL */
        { TEXT("\xe0\x9f\xbf"), 0 },             /* overlong in three */
        { TEXT("\xf0\x8f\xbf\xbf"), 0 },         /* overlong in four */
        { TEXT("\xf8\x88\x80\x80\x80"), 0 },     /* five octets */
        { TEXT("\xff"), 0 },
        { TEXT("x\x80"), 1 },         /* a continuation alone */
        { TEXT("x\xe2\x82"), 1 },     /* cut */
        { TEXT("x\xe2\x28\xa1"), 1 }, /* broken in the middle */
        { TEXT("\xef\xbf\xbe"), 3 },  /* a noncharacter is well-formed */
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        assert_int_equal(utf8_valid_prefix(cases[i].text), cases[i].prefix);
        assert_int_equal(utf8_is_valid(cases[i].text), cases[i].prefix == cases[i].text.n);
    }
}

static void a_cut_never_halves_a_character(void **state)
{
    struct bytes text = TEXT("a\xe2\x82\xac"
                             "b");

    (void)state;
    assert_int_equal(utf8_cut(text, 0), 0);
    assert_int_equal(utf8_cut(text, 1), 1);
    assert_int_equal(utf8_cut(text, 2), 1);
    assert_int_equal(utf8_cut(text, 3), 1);
    assert_int_equal(utf8_cut(text, 4), 4);
    assert_int_equal(utf8_cut(text, 99), 5);
}

static void bad_octets_become_replacement_characters(void **state)
{
    struct err e;
    struct buf out;

    (void)state;
    buf_init(&out, 100);
    assert_true(utf8_put_lossy(&out, TEXT("a\xff\xfe\xc3\xbc\x80"), &e));
    assert_true(bytes_equal(buf_view(&out), TEXT("a\xef\xbf\xbd\xef\xbf\xbd\xc3\xbc\xef\xbf\xbd")));
    buf_done(&out);
}

static void a_title_is_trimmed_and_folded(void **state)
{
    static const struct {
        struct bytes in;
        const char *out;
    } cases[] = {
        { TEXT("  two  \t words \n"), "two words" },
        { TEXT("\x01\x1b[31mred\x7f"), "[31mred" },
        { TEXT(" \r\n "), "" },
        { TEXT("c1\xc2\x85 end"), "c1 end" },
        { TEXT("\xc3\xbc"), "\xc3\xbc" },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char out[64];

        assert_int_equal(utf8_clean_title(cases[i].in, out), strlen(cases[i].out));
        assert_string_equal(out, cases[i].out);
    }
    assert_int_equal(utf8_count(TEXT("a\xe2\x82\xac")), 2);
}

static void ids_have_one_form(void **state)
{
    uint8_t zeros[16] = { 0 };
    uint8_t ones[16];
    struct id id = { "unchanged" };
    struct err e = { 0 };

    (void)state;
    memset(ones, 0xff, sizeof(ones));
    assert_string_equal(id_from_random(zeros).s, "0000000000000000000000");
    assert_string_equal(id_from_random(ones).s, "7n42DGM5Tflk9n8mt7Fhc7");
    assert_true(id_is_valid(TEXT("7n42DGM5Tflk9n8mt7Fhc7")));
    assert_false(id_is_valid(TEXT("7n42DGM5Tflk9n8mt7Fhc")));
    assert_false(id_is_valid(TEXT("7n42DGM5Tflk9n8mt7Fhc70")));
    assert_false(id_is_valid(TEXT("7n42DGM5Tflk9n8mt7Fh-7")));
    assert_false(id_is_valid(TEXT("7n42DGM5Tflk9n8mt7Fh\0007")));
    assert_false(id_parse(TEXT("../../etc/passwd"), "tab_id", &id, &e));
    assert_string_equal(e.reason, "BAD_ID");
    assert_string_equal(e.field, "tab_id");
    assert_string_equal(id.s, "unchanged");
    assert_true(id_parse(TEXT("7n42DGM5Tflk9n8mt7Fhc7"), "tab_id", &id, &e));
    assert_true(id_equal(id, id_from_random(ones)));
    assert_true(id_is_empty((struct id){ 0 }));
}

static void an_arena_gives_zeroed_aligned_memory_of_any_size(void **state)
{
    struct arena a = { 0 };

    (void)state;
    for (size_t n = 0; n < 10000; n += 97) {
        uint8_t *p = arena_alloc(&a, n);

        assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
        for (size_t i = 0; i < n; i++) {
            assert_int_equal(p[i], 0);
        }
        memset(p, 0xaa, n);
    }
    assert_string_equal(arena_str(&a, TEXT("copied")), "copied");
    assert_string_equal(arena_printf(&a, "%d-%s", 7, "x"), "7-x");
    arena_done(&a);
    assert_int_equal(a.used, 0);
    assert_non_null(arena_alloc(&a, 1));
    arena_done(&a);
}

static void system_errors_get_their_reason(void **state)
{
    struct err e;

    (void)state;
    errno = ENOSPC;
    assert_false(err_sys(&e, "cannot write %s", "x"));
    assert_int_equal(e.code, ERR_RESOURCE_EXHAUSTED);
    assert_string_equal(e.reason, "DISK_FULL");
    assert_int_equal(e.sys, ENOSPC);
    assert_false(err_prefix(&e, "saving"));
    assert_string_equal(e.msg, "saving: cannot write x: No space left on device");
    assert_false(err_invalid(&e, "title", "too %s", "long"));
    assert_string_equal(e.field, "title");
    assert_string_equal(err_code_name(ERR_CANCELLED), "canceled");
    assert_string_equal(err_code_name((enum err_code)99), "unknown");
}

static void a_long_message_keeps_its_cause(void **state)
{
    char name[400];
    struct err e;

    (void)state;
    memset(name, 'x', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    errno = ENOENT;
    assert_false(err_sys(&e, "cannot open %s", name));
    assert_non_null(strstr(e.msg, "No such file"));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(well_formed_text_is_told_from_the_rest),
        cmocka_unit_test(a_cut_never_halves_a_character),
        cmocka_unit_test(bad_octets_become_replacement_characters),
        cmocka_unit_test(a_title_is_trimmed_and_folded),
        cmocka_unit_test(ids_have_one_form),
        cmocka_unit_test(an_arena_gives_zeroed_aligned_memory_of_any_size),
        cmocka_unit_test(system_errors_get_their_reason),
        cmocka_unit_test(a_long_message_keeps_its_cause),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
