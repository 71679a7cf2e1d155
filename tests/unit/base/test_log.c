/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/utf8.h"

static int ends[2];
static char line[16384];

static int begin(void **state)
{
    (void)state;
    clock_pretend(1795176000123, 1);
    return pipe2(ends, O_NONBLOCK);
}

static int finish(void **state)
{
    (void)state;
    clock_pretend(-1, 0);
    log_configure(LOG_LEVEL_INFO, LOG_FORMAT_TEXT);
    log_to_fd(STDERR_FILENO);
    return close(ends[0]) | close(ends[1]);
}

static const char *written(void)
{
    ssize_t n = read(ends[0], line, sizeof(line) - 1);

    line[n > 0 ? n : 0] = '\0';
    return line;
}

static void text_quotes_only_what_needs_it(void **state)
{
    (void)state;
    log_to_fd(ends[1]);
    log_configure(LOG_LEVEL_INFO, LOG_FORMAT_TEXT);
    log_info("worker ready", F_STR("worker", "4f"), F_INT("took_ms", 12), F_STR("name", "a b"),
             F_STR("none", ""), F_STR("line", "x\ny=\"z\""));
    assert_string_equal(written(),
                        "2026-11-20T12:00:00.123Z INFO worker ready worker=4f took_ms=12 "
                        "name=\"a b\" none=\"\" line=\"x\\u000ay=\\\"z\\\"\"\n");
}

static void json_is_one_object_a_line(void **state)
{
    (void)state;
    log_to_fd(ends[1]);
    log_configure(LOG_LEVEL_DEBUG, LOG_FORMAT_JSON);
    log_debug("it's", F_STR("k", "\"\\\x01"), F_INT("n", -5));
    assert_string_equal(
        written(), "{\"time\":\"2026-11-20T12:00:00.123Z\",\"level\":\"debug\",\"msg\":\"it's\","
                   "\"k\":\"\\\"\\\\\\u0001\",\"n\":-5}\n");
}

static void what_is_not_utf8_is_replaced(void **state)
{
    (void)state;
    log_to_fd(ends[1]);
    log_configure(LOG_LEVEL_INFO, LOG_FORMAT_JSON);
    log_info("odd", F_STR("name", "a\xff\xc3(\xc3\xa9\xe2\x82\xac\xf0\x9f\x90\x87\xe2\x82"));
    assert_string_equal(written(),
                        "{\"time\":\"2026-11-20T12:00:00.123Z\",\"level\":\"info\",\"msg\":\"odd\","
                        "\"name\":\"a\\ufffd\\ufffd(\xc3\xa9\xe2\x82\xac\xf0\x9f\x90\x87"
                        "\\ufffd\\ufffd\"}\n");

    log_configure(LOG_LEVEL_INFO, LOG_FORMAT_TEXT);
    log_info("odd", F_STR("name", "\xfe"));
    assert_string_equal(written(), "2026-11-20T12:00:00.123Z INFO odd name=\\ufffd\n");
}

static void a_cut_line_is_still_json(void **state)
{
    static char huge[20000];

    (void)state;
    for (size_t i = 0; i < sizeof(huge) - 1; i++) {
        huge[i] = "\n\xe2\x82\xac\\"[i % 5];
    }
    log_to_fd(ends[1]);
    log_configure(LOG_LEVEL_INFO, LOG_FORMAT_JSON);
    for (size_t start = 0; start < 16; start++) {
        log_info("cut", F_STR("huge", huge + start), F_INT("n", INT64_MIN), F_STR("more", huge));
        (void)written();
        assert_true(strlen(line) <= 8192);
        assert_true(utf8_is_valid(bytes_of(line)));
        assert_string_equal(line + strlen(line) - 3, "\"}\n");
        const char *end = line + strlen(line) - 3;
        size_t slashes = 0;
        while (end[-1 - (ptrdiff_t)slashes] == '\\') {
            slashes++;
        }
        assert_int_equal(slashes % 2, 0);
    }
}

static void levels_below_the_least_are_not_written(void **state)
{
    (void)state;
    log_to_fd(ends[1]);
    log_configure(LOG_LEVEL_WARN, LOG_FORMAT_TEXT);
    log_info("unheard");
    assert_string_equal(written(), "");
    log_warn("heard");
    assert_non_null(strstr(written(), "WARN heard\n"));
}

static void an_endless_value_is_cut_to_one_line(void **state)
{
    static char huge[20000];

    (void)state;
    memset(huge, '\n', sizeof(huge) - 1);
    log_to_fd(ends[1]);
    log_configure(LOG_LEVEL_INFO, LOG_FORMAT_TEXT);
    log_info("cut", F_STR("huge", huge));
    (void)written();
    assert_true(strlen(line) <= 8192);
    assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(text_quotes_only_what_needs_it, begin, finish),
        cmocka_unit_test_setup_teardown(json_is_one_object_a_line, begin, finish),
        cmocka_unit_test_setup_teardown(what_is_not_utf8_is_replaced, begin, finish),
        cmocka_unit_test_setup_teardown(a_cut_line_is_still_json, begin, finish),
        cmocka_unit_test_setup_teardown(levels_below_the_least_are_not_written, begin, finish),
        cmocka_unit_test_setup_teardown(an_endless_value_is_cut_to_one_line, begin, finish),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
