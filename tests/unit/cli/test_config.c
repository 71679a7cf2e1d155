/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli/config.h"

enum { FLAGS_MAX = 8, SOURCES_PATH_MAX = 128 };

static char folder[64];
static char file[SOURCES_PATH_MAX];         /* the one that --config would name */
static char default_file[SOURCES_PATH_MAX]; /* where solo mode looks by itself */

/* Where the settings of one case come from, and what came of them. */
struct reading {
    const char *yaml;       /* of the named file; NULL = none is named */
    size_t yaml_len;        /* 0 = up to its NUL */
    const char *environ[4]; /* NULL-terminated */
    struct config_flag flags[FLAGS_MAX];
    struct config *config;
    char *problems;
};

static int begin(void **state)
{
    char path[SOURCES_PATH_MAX];

    (void)state;
    snprintf(folder, sizeof(folder), "/tmp/leapmux-test-config-XXXXXX");
    if (mkdtemp(folder) == NULL) {
        return -1;
    }
    snprintf(file, sizeof(file), "%s/named.yaml", folder);
    snprintf(default_file, sizeof(default_file), "%s/leapmux/solo.yaml", folder);
    snprintf(path, sizeof(path), "mkdir '%s/leapmux'", folder);
    setenv("XDG_CONFIG_HOME", folder, 1);
    setenv("XDG_DATA_HOME", "/data", 1);
    setenv("HOME", "/home/demo", 1);
    return system(path);
}

static int finish(void **state)
{
    char command[SOURCES_PATH_MAX];

    (void)state;
    snprintf(command, sizeof(command), "rm -rf '%s'", folder);
    return system(command);
}

static void write_file(const char *path, const char *text, size_t n)
{
    FILE *f = fopen(path, "we");

    assert_non_null(f);
    assert_int_equal(fwrite(text, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
}

static void read_all(struct reading *r)
{
    size_t n_flags = 0;
    size_t n;
    FILE *out = open_memstream(&r->problems, &n);

    assert_non_null(out);
    if (r->yaml != NULL) {
        write_file(file, r->yaml, r->yaml_len > 0 ? r->yaml_len : strlen(r->yaml));
    }
    while (n_flags < FLAGS_MAX && r->flags[n_flags].name != NULL) {
        n_flags++;
    }
    r->config = config_read("solo", r->yaml != NULL ? file : NULL, (char *const *)r->environ,
                            r->flags, n_flags, out);
    assert_int_equal(fclose(out), 0);
}

static void done(struct reading *r)
{
    config_free(r->config);
    free(r->problems);
}

static const struct settings *settings_of(struct reading *r)
{
    read_all(r);
    if (r->config == NULL) {
        fail_msg("%s", r->problems);
    }
    return config_settings(r->config);
}

static size_t lines(const char *text)
{
    size_t n = 0;

    for (; *text != '\0'; text++) {
        n += *text == '\n';
    }
    return n;
}

/* One problem, with the given words in its line. */
static void assert_refused(struct reading r, const char *words)
{
    read_all(&r);
    if (r.config != NULL || strstr(r.problems, words) == NULL) {
        fail_msg("expected '%s', got: %s", words, r.problems);
    }
    assert_int_equal(lines(r.problems), 1);
    assert_non_null(strstr(r.problems, ", expected "));
    done(&r);
}

static void assert_flag_refused(const char *name, const char *value, const char *words)
{
    assert_refused((struct reading){ .flags = { { name, value } } }, words);
}

static void assert_flag_taken(const char *name, const char *value)
{
    struct reading r = { .flags = { { name, value } } };

    (void)settings_of(&r);
    assert_string_equal(r.problems, "");
    done(&r);
}

/* ---- sources ---- */

static void without_any_source_the_defaults_hold(void **state)
{
    struct reading r = { .yaml = NULL };
    const struct settings *s = settings_of(&r);

    (void)state;
    assert_string_equal(s->addr[0], "127.0.0.1:4327");
    assert_string_equal(s->socket, "hub.sock");
    assert_string_equal(s->data_dir, "/data/leapmux/solo");
    assert_string_equal(s->base_path, "/");
    assert_null(s->public_url);
    assert_int_equal(s->request_timeout_ms, 10000);
    assert_int_equal(s->agent_start_timeout_ms, 300000);
    assert_int_equal(s->log_level, LOG_LEVEL_INFO);
    assert_true(s->use_login_shell);
    assert_string_equal(s->claude_command, "claude");
    assert_true(strlen(s->worker_name) > 0);
    assert_string_equal(r.problems, "");
    done(&r);
}

static void flags_win_over_the_environment_over_the_file_over_defaults(void **state)
{
    struct reading r = {
        .yaml = "worker_name: file\nlog_level: error\ndrain_timeout: 3s\n",
        .environ = { "LEAPMUX_WORKER_NAME=environment", "LEAPMUX_LOG_LEVEL=warn", NULL },
        .flags = { { "worker-name", "flag" } },
    };
    const struct settings *s = settings_of(&r);

    (void)state;
    assert_string_equal(s->worker_name, "flag");
    assert_int_equal(s->log_level, LOG_LEVEL_WARN);
    assert_int_equal(s->drain_timeout_ms, 3000);
    assert_int_equal(s->log_format, LOG_FORMAT_TEXT);
    done(&r);
}

static void the_last_of_equal_flags_wins(void **state)
{
    struct reading r = { .flags = { { "worker-name", "a" }, { "worker_name", "b" } } };

    (void)state;
    assert_string_equal(settings_of(&r)->worker_name, "b");
    done(&r);
}

static void the_default_file_is_read_where_it_exists(void **state)
{
    static const char TEXT[] = "worker-name: from the default file\n";
    struct reading r = { .yaml = NULL };

    (void)state;
    write_file(default_file, TEXT, strlen(TEXT));
    assert_string_equal(settings_of(&r)->worker_name, "from the default file");
    done(&r);
}

static void a_named_file_must_exist(void **state)
{
    char *problems;
    size_t n;
    FILE *out = open_memstream(&problems, &n);
    char *none[] = { NULL };

    (void)state;
    assert_null(config_read("solo", "/nowhere/x.yaml", none, NULL, 0, out));
    assert_int_equal(fclose(out), 0);
    assert_non_null(strstr(problems, "/nowhere/x.yaml"));
    free(problems);
}

static void a_default_file_that_cannot_be_read_is_a_problem(void **state)
{
    char command[SOURCES_PATH_MAX * 2];
    struct reading r = { .yaml = NULL };

    (void)state;
    snprintf(command, sizeof(command), "mkdir '%s'", default_file);
    assert_int_equal(system(command), 0);
    read_all(&r);
    assert_null(r.config);
    assert_non_null(strstr(r.problems, default_file));
    done(&r);
}

static void an_unknown_variable_is_only_a_warning(void **state)
{
    struct reading r = { .environ = { "LEAPMUX_WORKER_NAM=x", "LEAPMUX_MODE=solo", NULL } };

    (void)state;
    (void)settings_of(&r);
    assert_int_equal(lines(r.problems), 1);
    assert_int_equal(strncmp(r.problems, "warning: LEAPMUX_WORKER_NAM: ", 29), 0);
    assert_non_null(strstr(r.problems, "worker_name"));
    done(&r);
}

static void a_data_folder_of_the_file_lies_beside_the_file(void **state)
{
    struct reading in_file = { .yaml = "data_dir: here\n" };
    struct reading at_home = { .yaml = "data_dir: ~/there\n" };
    struct reading by_flag = { .flags = { { "data-dir", "here" } } };
    char want[4200];
    char here[4096];

    (void)state;
    snprintf(want, sizeof(want), "%s/here", folder);
    assert_string_equal(settings_of(&in_file)->data_dir, want);
    assert_string_equal(settings_of(&at_home)->data_dir, "/home/demo/there");
    snprintf(want, sizeof(want), "%s/here", getcwd(here, sizeof(here)));
    assert_string_equal(settings_of(&by_flag)->data_dir, want);
    done(&in_file);
    done(&at_home);
    done(&by_flag);
}

/* ---- problems ---- */

static void every_problem_is_reported_at_once(void **state)
{
    struct reading r = {
        .yaml = "log_level: loud\nwrker_name: x\n",
        .environ = { "LEAPMUX_REQUEST_TIMEOUT=10", NULL },
        .flags = { { "addr", "0.0.0.0:80" }, { "base-path", "mux" }, { "log-formt", "json" } },
    };

    (void)state;
    read_all(&r);
    assert_null(r.config);
    assert_int_equal(lines(r.problems), 6);
    assert_non_null(strstr(r.problems, "named.yaml: log_level: 'loud' is not understood, expected "
                                       "debug, info, warn or error\n"));
    assert_non_null(strstr(r.problems, "named.yaml: wrker_name: unknown key, expected a known key "
                                       "such as 'worker_name'\n"));
    assert_non_null(strstr(r.problems, "LEAPMUX_REQUEST_TIMEOUT: request_timeout: '10' is not "
                                       "understood, expected a duration from 1s to 5m\n"));
    assert_non_null(strstr(r.problems, "--addr: addr: '0.0.0.0:80' is not a loopback address"));
    assert_non_null(strstr(r.problems, "--base-path: base_path: 'mux' does not begin with '/'"));
    assert_non_null(strstr(r.problems, "--log-formt: log-formt: unknown key, expected a known key "
                                       "such as 'log_format'\n"));
    done(&r);
}

static void a_value_that_a_better_source_replaces_is_not_judged(void **state)
{
    struct reading r = { .yaml = "log_level: loud\n", .flags = { { "log-level", "debug" } } };

    (void)state;
    assert_int_equal(settings_of(&r)->log_level, LOG_LEVEL_DEBUG);
    done(&r);
}

static void a_duration_needs_a_unit_and_its_range(void **state)
{
    static const struct {
        const char *text;
        int64_t ms;
    } good[] = { { "1000ms", 1000 }, { "1s", 1000 }, { "5m", 300000 }, { "300s", 300000 } };
    static const char *const bad[] = { "10",
                                       "",
                                       "s",
                                       "-1s",
                                       "+1s",
                                       "1.5s",
                                       " 1s",
                                       "1s ",
                                       "1 s",
                                       "1w",
                                       "0x1s",
                                       "99999999999999999999s",
                                       "9223372036854775807d" };
    static const char *const outside[] = { "999ms", "0s", "301s", "6m", "1h", "1d" };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        struct reading r = { .flags = { { "request-timeout", good[i].text } } };

        assert_int_equal(settings_of(&r)->request_timeout_ms, good[i].ms);
        done(&r);
    }
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        assert_flag_refused("request-timeout", bad[i], "is not understood");
    }
    for (size_t i = 0; i < ARRAY_LEN(outside); i++) {
        assert_flag_refused("request-timeout", outside[i], "is out of range");
    }
    assert_flag_taken("drain-timeout", "0s");
}

static void solo_listens_on_loopback_only(void **state)
{
    static const char *const good[] = { "127.0.0.1:0", "127.9.8.7:65535", "[::1]:80",
                                        "127.0.0.1:1,[::1]:2 , 127.0.0.2:3" };
    static const char *const not_loopback[] = { "0.0.0.0:80", "[::]:80", "192.168.0.1:80",
                                                "[::ffff:127.0.0.1]:80", "128.0.0.1:80" };
    static const char *const no_address[] = {
        ":4327",           "127.0.0.1",      "127.0.0.1:",       "localhost:80",
        "127.0.0.1:65536", "127.1:80",       "127.0.0.1:+80",    "127.0.0.1: 80",
        "127.0.0.1:-1",    "127.0.0.1:http", "::1:80",           "[127.0.0.1]:8",
        "[::1:80",         "[]:80",          "127.0.0.1:000080", "[::1%lo]:80"
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        assert_flag_taken("addr", good[i]);
    }
    for (size_t i = 0; i < ARRAY_LEN(not_loopback); i++) {
        assert_flag_refused("addr", not_loopback[i], "is not a loopback address");
    }
    for (size_t i = 0; i < ARRAY_LEN(no_address); i++) {
        assert_flag_refused("addr", no_address[i], "is no address");
    }
}

static void a_list_has_its_bounds(void **state)
{
    struct reading r = { .flags = { { "addr", " 127.0.0.1:1 ,127.0.0.1:2," } } };
    const struct settings *s = settings_of(&r);

    (void)state;
    assert_string_equal(s->addr[0], "127.0.0.1:1");
    assert_string_equal(s->addr[1], "127.0.0.1:2");
    assert_null(s->addr[2]);
    done(&r);
    assert_flag_taken("addr", "127.0.0.1:1,127.0.0.1:2,127.0.0.1:3,127.0.0.1:4,127.0.0.1:5,"
                              "127.0.0.1:6,127.0.0.1:7,127.0.0.1:8");
    assert_flag_refused("addr",
                        "127.0.0.1:1,127.0.0.1:2,127.0.0.1:3,127.0.0.1:4,127.0.0.1:5,"
                        "127.0.0.1:6,127.0.0.1:7,127.0.0.1:8,127.0.0.1:9",
                        "has too many items");
    assert_flag_refused("addr", "", "has no items");
    assert_flag_taken("allowed-hosts", "");
}

static void each_text_is_checked_for_its_form(void **state)
{
    static const struct {
        const char *key;
        const char *value;
    } bad[] = {
        { "base_path", "" },
        { "base_path", "mux" },
        { "base_path", "/a/../b" },
        { "base_path", "/a?b" },
        { "base_path", "/a#b" },
        { "base_path", "/a\"b" },
        { "public_url", "x" },
        { "public_url", "https://" },
        { "public_url", "https:///" },
        { "public_url", "ftp://x" },
        { "public_url", "http://a b" },
        { "dev_frontend", "localhost:4328" },
        { "allowed_hosts", "a/b" },
        { "allowed_hosts", "a b" },
        { "worker_name", "" },
        { "worker_name", "\xff" },
        { "worker_name", "0123456789012345678901234567890123456789012345678901234567890123x" },
        { "default_shell", "bash" },
        { "claude_command", " \t" },
        { "claude_command", "" },
        { "data_dir", "" },
        { "socket", "" },
        { "default_model", "opus" },
        { "default_model", "=opus" },
        { "default_mode", "claude=" },
        { "log_format", "xml" },
        { "log_level", "INFO" },
        { "use_login_shell", "yes" },
        { "use_login_shell", "" },
    };
    static const struct {
        const char *key;
        const char *value;
    } good[] = {
        { "base_path", "/mux" },
        { "base_path", "/a/b/" },
        { "public_url", "https://mux.example.com:8443/x" },
        { "worker_name", "Rechner von J\xc3\xbcrgen" },
        { "allowed_hosts", "mux.example.com,[::1]" },
        { "default_shell", "/bin/zsh" },
        { "default_model", "claude=opus" },
        { "socket", "off" },
        { "use_login_shell", "false" },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        assert_flag_refused(bad[i].key, bad[i].value, bad[i].key);
    }
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        assert_flag_taken(good[i].key, good[i].value);
    }
    assert_flag_refused("log-level", NULL, "has no value");
}

static void a_base_path_gets_its_slash_at_the_end(void **state)
{
    struct reading r = { .flags = { { "base-path", "/mux" } } };

    (void)state;
    assert_string_equal(settings_of(&r)->base_path, "/mux/");
    done(&r);
}

static void a_boolean_without_a_value_is_true(void **state)
{
    struct reading r = { .yaml = "use_login_shell: false\n",
                         .flags = { { "use-login-shell", NULL } } };

    (void)state;
    assert_true(settings_of(&r)->use_login_shell);
    done(&r);
}

/* ---- YAML ---- */

static void yaml_takes_lists_and_comma_separated_words(void **state)
{
    struct reading r = { .yaml = "# a comment\naddr:\n  - 127.0.0.1:1\n  - '[::1]:2'\n"
                                 "default_mode: claude=plan, other=x\n" };
    const struct settings *s = settings_of(&r);

    (void)state;
    assert_string_equal(s->addr[0], "127.0.0.1:1");
    assert_string_equal(s->addr[1], "[::1]:2");
    assert_null(s->addr[2]);
    assert_string_equal(config_of_provider((const char *const *)s->default_mode, "claude"), "plan");
    assert_string_equal(config_of_provider((const char *const *)s->default_mode, "other"), "x");
    assert_null(config_of_provider((const char *const *)s->default_mode, "clau"));
    done(&r);
}

static void an_empty_file_is_fine(void **state)
{
    static const char *const texts[] = { "", "\n", "# nothing\n", "---\n", "{}\n" };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        struct reading r = { .yaml = texts[i] };

        (void)settings_of(&r);
        done(&r);
    }
}

static void yaml_that_is_none_is_refused_with_its_place(void **state)
{
    static const struct {
        const char *text;
        size_t n;
        const char *words;
    } bad[] = {
        { "worker_name: x\n: : :\n\t- x\n", 0, "line " },
        { "worker_name: 'x\n", 0, "line " },
        { "addr: [127.0.0.1:1\n", 0, "line " },
        { "- a\n- b\n", 0, "is not a list of keys" },
        { "just words\n", 0, "is not a list of keys" },
        { "worker_name: \xff\xfe\n", 0, "is not UTF-8" },
        { "worker_name: [a]\n", 0, "worker_name: is not a plain value" },
        { "worker_name: {a: b}\n", 0, "worker_name: is not a plain value" },
        { "addr: [[a]]\n", 0, "addr: is not a plain value" },
        { "? [a, b]\n: c\n", 0, "a key is not a word" },
        { "worker_name: \"a\\0b\"\n", 0, "worker_name: is not a plain value" },
        { "worker_name: a\nworker_name: b\n", 0, "worker_name: stands there twice" },
        { "worker_name: a\0b\n", 17, "named.yaml" },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        assert_refused((struct reading){ .yaml = bad[i].text, .yaml_len = bad[i].n }, bad[i].words);
    }
}

static void a_file_of_absurd_size_is_refused(void **state)
{
    size_t n = 300 * 1024;
    char *text = malloc(n);
    struct reading r = { .yaml = text, .yaml_len = n };

    (void)state;
    assert_non_null(text);
    memset(text, '#', n);
    read_all(&r);
    assert_null(r.config);
    assert_non_null(strstr(r.problems, file));
    done(&r);
    free(text);
}

static void aliases_without_end_are_survived(void **state)
{
    struct reading r = { .yaml = "addr: &a [*a, *a, *a]\n" };

    (void)state;
    read_all(&r);
    assert_null(r.config);
    done(&r);
}

/* ---- what is shown ---- */

static void null_in_a_file_is_no_value(void **state)
{
    struct reading r = { .yaml = "public_url: null\nlog_level: null\nworker_name: \"null\"\n" };
    const struct settings *s = settings_of(&r);

    (void)state;
    assert_null(s->public_url);
    assert_int_equal(s->log_level, LOG_LEVEL_INFO);
    assert_string_equal(s->worker_name, "null");
    done(&r);
}

static void every_effective_value_is_printed_with_its_source(void **state)
{
    struct reading r = { .yaml = "log_format: json\n",
                         .environ = { "LEAPMUX_REQUEST_TIMEOUT=1m", NULL },
                         .flags = { { "worker-name", "a \"b\"\n" }, { "addr", "127.0.0.1:1" } } };
    char *text;
    char want[SOURCES_PATH_MAX + 40];
    size_t n;
    FILE *out = open_memstream(&text, &n);

    (void)state;
    (void)settings_of(&r);
    config_print(r.config, out);
    assert_int_equal(fclose(out), 0);
    snprintf(want, sizeof(want), "log_format: json  # %s\n", file);
    assert_non_null(strstr(text, want));
    assert_non_null(strstr(text, "request_timeout: 60000ms  # LEAPMUX_REQUEST_TIMEOUT\n"));
    assert_non_null(strstr(text, "worker_name: \"a \\\"b\\\"\\x0a\"  # --worker-name\n"));
    assert_non_null(strstr(text, "addr: [\"127.0.0.1:1\"]  # --addr\n"));
    assert_non_null(strstr(text, "public_url: null  # default\n"));
    assert_non_null(strstr(text, "use_login_shell: true  # default\n"));
    free(text);
    done(&r);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, finish)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(without_any_source_the_defaults_hold),
        CASE(flags_win_over_the_environment_over_the_file_over_defaults),
        CASE(the_last_of_equal_flags_wins),
        CASE(the_default_file_is_read_where_it_exists),
        CASE(a_named_file_must_exist),
        CASE(a_default_file_that_cannot_be_read_is_a_problem),
        CASE(an_unknown_variable_is_only_a_warning),
        CASE(a_data_folder_of_the_file_lies_beside_the_file),
        CASE(every_problem_is_reported_at_once),
        CASE(a_value_that_a_better_source_replaces_is_not_judged),
        CASE(a_duration_needs_a_unit_and_its_range),
        CASE(solo_listens_on_loopback_only),
        CASE(a_list_has_its_bounds),
        CASE(each_text_is_checked_for_its_form),
        CASE(a_base_path_gets_its_slash_at_the_end),
        CASE(a_boolean_without_a_value_is_true),
        CASE(yaml_takes_lists_and_comma_separated_words),
        CASE(an_empty_file_is_fine),
        CASE(yaml_that_is_none_is_refused_with_its_place),
        CASE(a_file_of_absurd_size_is_refused),
        CASE(aliases_without_end_are_survived),
        CASE(every_effective_value_is_printed_with_its_source),
        CASE(null_in_a_file_is_no_value),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
