/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/options.h"

enum { WORDS_MAX = 80 };

/* A command line as main() gets it; the words are copied, since parsing may change them. */
struct line {
    char *argv[WORDS_MAX + 2];
    int argc;
    struct options options;
    const char *what;
    bool good;
};

static struct line parse(const char *const *words)
{
    struct line l = { .argc = 1 };

    l.argv[0] = strdup("leapmux");
    for (; *words != NULL; words++) {
        l.argv[l.argc++] = strdup(*words);
    }
    l.good = options_parse(l.argc, l.argv, &l.options, &l.what);
    return l;
}

#define PARSE(...) parse((const char *const[]){ __VA_ARGS__ __VA_OPT__(, ) NULL })

static void drop(struct line *l)
{
    for (int i = 0; i < l->argc; i++) {
        free(l->argv[i]);
    }
}

static void assert_command(struct line l, enum command want)
{
    assert_true(l.good);
    assert_int_equal(l.options.command, want);
    drop(&l);
}

static void assert_refused(struct line l, const char *part)
{
    assert_false(l.good);
    assert_non_null(strstr(l.what, part));
    drop(&l);
}

static void assert_flag(struct line l, const char *name, const char *value)
{
    assert_true(l.good);
    assert_int_equal(l.options.command, COMMAND_SOLO);
    assert_int_equal(l.options.n_flags, 1);
    assert_string_equal(l.options.flags[0].name, name);
    if (value == NULL) {
        assert_null(l.options.flags[0].value);
    } else {
        assert_string_equal(l.options.flags[0].value, value);
    }
    drop(&l);
}

static void nothing_and_a_leading_hyphen_mean_solo(void **state)
{
    (void)state;
    assert_command(PARSE(), COMMAND_SOLO);
    assert_command(PARSE("solo"), COMMAND_SOLO);
    assert_command(PARSE("--addr", "127.0.0.1:0"), COMMAND_SOLO);
}

static void each_command_is_known_by_its_word(void **state)
{
    (void)state;
    assert_command(PARSE("version"), COMMAND_VERSION);
    assert_command(PARSE("help"), COMMAND_HELP);
    assert_command(PARSE("help", "solo"), COMMAND_HELP);
    assert_command(PARSE("ctl"), COMMAND_CTL);
    assert_command(PARSE("ctl", "agents", "--all"), COMMAND_CTL);
    assert_refused(PARSE("sole"), "unknown command 'sole'");
    assert_refused(PARSE(""), "unknown command ''");
}

static void version_and_help_are_heard_anywhere(void **state)
{
    (void)state;
    assert_command(PARSE("--version"), COMMAND_VERSION);
    assert_command(PARSE("solo", "--addr", "nonsense", "--version"), COMMAND_VERSION);
    assert_command(PARSE("solo", "--addr", "--version"), COMMAND_VERSION);
    assert_command(PARSE("ctl", "--version"), COMMAND_VERSION);
    assert_command(PARSE("solo", "stray", "--help"), COMMAND_HELP);
    assert_command(PARSE("-h"), COMMAND_HELP);
    assert_command(PARSE("--unheard-of", "-help"), COMMAND_HELP);
    assert_refused(PARSE("solo", "--", "--version"), "unexpected argument '--version'");
    assert_refused(PARSE("nonsense", "--version"), "unknown command");
}

static void a_flag_takes_its_value_with_a_blank_or_an_equals_sign(void **state)
{
    (void)state;
    assert_flag(PARSE("--log-level", "debug"), "log-level", "debug");
    assert_flag(PARSE("--log-level=debug"), "log-level", "debug");
    assert_flag(PARSE("-log_level", "debug"), "log_level", "debug");
    assert_flag(PARSE("-log_level=debug"), "log_level", "debug");
    assert_flag(PARSE("--worker-name="), "worker-name", "");
    assert_flag(PARSE("--default-model=claude=opus"), "default-model", "claude=opus");
    assert_flag(PARSE("--claude-command=-x"), "claude-command", "-x");
}

static void a_boolean_stands_alone_or_says_its_value_with_an_equals_sign(void **state)
{
    (void)state;
    assert_flag(PARSE("--use-login-shell"), "use-login-shell", NULL);
    assert_flag(PARSE("--use_login_shell=false"), "use_login_shell", "false");
    assert_refused(PARSE("--use-login-shell", "false"), "unexpected argument 'false'");
}

static void a_flag_without_its_value_does_not_eat_the_next_flag(void **state)
{
    struct line l = PARSE("--unheard-of", "--log-level", "debug");

    (void)state;
    assert_true(l.good);
    assert_int_equal(l.options.n_flags, 2);
    assert_null(l.options.flags[0].value);
    assert_string_equal(l.options.flags[1].name, "log-level");
    assert_string_equal(l.options.flags[1].value, "debug");
    drop(&l);
    assert_flag(PARSE("--log-level"), "log-level", NULL);
}

static void two_hyphens_end_the_flags(void **state)
{
    (void)state;
    assert_command(PARSE("solo", "--"), COMMAND_SOLO);
    assert_command(PARSE("--"), COMMAND_SOLO);
    assert_refused(PARSE("--", "x"), "unexpected argument 'x'");
    assert_refused(PARSE("solo", "x"), "unexpected argument 'x'");
    assert_refused(PARSE("-"), "unexpected argument '-'");
}

static void the_configuration_file_and_its_print_are_no_keys(void **state)
{
    struct line l = PARSE("--config", "a.yaml", "--print-config");

    (void)state;
    assert_true(l.good);
    assert_string_equal(l.options.config_file, "a.yaml");
    assert_true(l.options.print_config);
    assert_int_equal(l.options.n_flags, 0);
    drop(&l);
    l = PARSE("-config=b.yaml", "-print_config=false");
    assert_true(l.good);
    assert_string_equal(l.options.config_file, "b.yaml");
    assert_false(l.options.print_config);
    drop(&l);
    assert_refused(PARSE("--config"), "--config needs a file");
    assert_refused(PARSE("--config", "--print-config"), "--config needs a file");
}

static void too_many_flags_are_refused(void **state)
{
    const char *words[WORDS_MAX + 1] = { NULL };

    (void)state;
    for (int i = 0; i < OPTIONS_FLAGS_MAX; i++) {
        words[i] = "--worker-name=x";
    }
    assert_command(parse(words), COMMAND_SOLO);
    words[OPTIONS_FLAGS_MAX] = "--worker-name=x";
    assert_refused(parse(words), "too many flags");
}

static void a_container_must_be_told_its_mode(void **state)
{
    (void)state;
    setenv("LEAPMUX_DOCKER", "1", 1);
    assert_refused(PARSE(), "LEAPMUX_MODE");
    assert_refused(PARSE("--log-level", "debug"), "LEAPMUX_MODE");
    assert_command(PARSE("solo"), COMMAND_SOLO);
    assert_command(PARSE("--version"), COMMAND_VERSION);
    setenv("LEAPMUX_DOCKER", "0", 1);
    assert_command(PARSE(), COMMAND_SOLO);
    unsetenv("LEAPMUX_DOCKER");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_and_a_leading_hyphen_mean_solo),
        cmocka_unit_test(each_command_is_known_by_its_word),
        cmocka_unit_test(version_and_help_are_heard_anywhere),
        cmocka_unit_test(a_flag_takes_its_value_with_a_blank_or_an_equals_sign),
        cmocka_unit_test(a_boolean_stands_alone_or_says_its_value_with_an_equals_sign),
        cmocka_unit_test(a_flag_without_its_value_does_not_eat_the_next_flag),
        cmocka_unit_test(two_hyphens_end_the_flags),
        cmocka_unit_test(the_configuration_file_and_its_print_are_no_keys),
        cmocka_unit_test(too_many_flags_are_refused),
        cmocka_unit_test(a_container_must_be_told_its_mode),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
