/* SPDX-License-Identifier: Apache-2.0 */
#include "e2ee/words.h"
#include "unit/e2ee/fixture.h"

#include "gen/words.h"

static void assert_parses(const char *text, const uint8_t *want)
{
    uint8_t bits[WORDS_BITS_LEN];
    struct err e = { 0 };

    if (!words_parse(bytes_of(text), bits, &e)) {
        fail_msg("'%s': %s", text, e.msg);
    }
    assert_memory_equal(bits, want, sizeof(bits));
}

static void assert_refused(const char *text, const char *message)
{
    uint8_t bits[WORDS_BITS_LEN] = { 0 };
    struct err e = { 0 };

    assert_false(words_parse(bytes_of(text), bits, &e));
    assert_string_equal(e.reason, "INVALID");
    assert_string_equal(e.field, "words");
    assert_string_equal(e.msg, message);
    assert_true(ct_is_zero(bits, sizeof(bits)));
}

static void the_list_is_the_one_of_the_protocol(void **state)
{
    struct buf text CLEANUP(buf_done) = { 0 };
    struct err e;

    (void)state;
    assert_string_equal(FINGERPRINT_WORDS[0], "abandon");
    assert_string_equal(FINGERPRINT_WORDS[2047], "zoo");
    buf_init(&text, 1 << 16);
    for (int i = 0; i < 2048; i++) {
        size_t n = strlen(FINGERPRINT_WORDS[i]);

        assert_true(i == 0 || strcmp(FINGERPRINT_WORDS[i - 1], FINGERPRINT_WORDS[i]) < 0);
        assert_true(n >= 3 && n <= 8);
        assert_true(buf_printf(&text, &e, "%s\n", FINGERPRINT_WORDS[i]));
    }
    assert_int_equal(text.n, 13116);
}

static void bits_are_taken_most_significant_first(void **state)
{
    static const uint8_t ZEROS[WORDS_BITS_LEN] = { 0 };
    static const uint8_t FIRST[WORDS_BITS_LEN] = { 0, 0x20 }; /* 00000000 001 00000 */
    static const uint8_t LAST[WORDS_BITS_LEN] = { [10] = 0x01 };
    uint8_t ones[WORDS_BITS_LEN];
    char text[WORDS_TEXT_MAX];

    (void)state;
    words_text(ZEROS, text);
    assert_string_equal(text, "abandon abandon abandon abandon abandon abandon abandon abandon");
    words_text(FIRST, text);
    assert_string_equal(text, "ability abandon abandon abandon abandon abandon abandon abandon");
    words_text(LAST, text);
    assert_string_equal(text, "abandon abandon abandon abandon abandon abandon abandon ability");
    memset(ones, 0xff, sizeof(ones));
    words_text(ones, text);
    assert_string_equal(text, "zoo zoo zoo zoo zoo zoo zoo zoo");
}

static void words_come_back_as_the_bits_they_show(void **state)
{
    struct chance chance = { 5 };

    (void)state;
    for (int i = 0; i < 2000; i++) {
        uint8_t bits[WORDS_BITS_LEN];
        char text[WORDS_TEXT_MAX];

        chance_bytes(&chance, bits, sizeof(bits));
        words_text(bits, text);
        assert_true(strlen(text) < sizeof(text));
        assert_parses(text, bits);
    }
}

static void words_may_be_typed_in_any_case_with_blanks_or_hyphens(void **state)
{
    static const uint8_t ONES[WORDS_BITS_LEN] = { 255, 255, 255, 255, 255, 255,
                                                  255, 255, 255, 255, 255 };

    (void)state;
    assert_parses("ZOO-zoo Zoo  zoo\tzoo--zoo\nzOo - zoo", ONES);
    assert_parses("  zoo zoo zoo zoo zoo zoo zoo zoo \r\n", ONES);
}

static void wrong_words_are_named_by_number(void **state)
{
    (void)state;
    assert_refused("", "0 words where 8 are needed");
    assert_refused("zoo zoo zoo", "3 words where 8 are needed");
    assert_refused("zoo zoo zoo zoo zoo zoo zoo zoo zoo", "more than 8 words");
    assert_refused("zoo zoq zoo zoo zoo zoo zoo zoo", "word 2 is not in the list");
    assert_refused("zoo zooo zoo zoo zoo zoo zoo zoo", "word 2 is not in the list");
    assert_refused("abstractabstractabstract zoo zoo zoo zoo zoo zoo zoo",
                   "word 1 is not in the list");
    assert_refused("z\xc3\xb6\xc3\xb6 zoo zoo zoo zoo zoo zoo zoo", "word 1 is not in the list");
}

static void a_fingerprint_is_shown_whole_in_hexadecimal(void **state)
{
    uint8_t fingerprint[FINGERPRINT_LEN] = { 0x00, 0x1f, [31] = 0xff };
    char hex[2 * FINGERPRINT_LEN + 1];

    (void)state;
    fingerprint_hex(fingerprint, hex);
    assert_string_equal(hex, "001f0000000000000000000000000000"
                             "000000000000000000000000000000ff");
}

int main(void)
{
    static const struct CMUnitTest TESTS[] = {
        cmocka_unit_test(the_list_is_the_one_of_the_protocol),
        cmocka_unit_test(bits_are_taken_most_significant_first),
        cmocka_unit_test(words_come_back_as_the_bits_they_show),
        cmocka_unit_test(words_may_be_typed_in_any_case_with_blanks_or_hyphens),
        cmocka_unit_test(wrong_words_are_named_by_number),
        cmocka_unit_test(a_fingerprint_is_shown_whole_in_hexadecimal),
    };

    return cmocka_run_group_tests(TESTS, NULL, NULL);
}
