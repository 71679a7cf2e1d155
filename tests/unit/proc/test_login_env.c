/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/file.h"
#include "proc/environment.h"
#include "proc/login_env.h"
#include "proc/run.h"

/* A home folder of its own with a start file, and this program as the one that prints. */
struct story {
    struct loop *loop;
    struct children *all;
    struct login_env *le;
    char home[64];
    int answers;
    bool in_loop;
    char *fruit;
    char *notice;
    bool has_marker;
    struct run_result result;
    char *run_out;
};

static void write_profile(struct story *s, const char *text)
{
    CLEANUP(free_p) char *path = must_printf("%s/.profile", s->home);
    struct err e;

    assert_true(file_write_atomic(path, bytes_of(text), 0600, &e));
}

static int begin(void **state)
{
    struct story *s = NEW(struct story);

    (void)snprintf(s->home, sizeof(s->home), "/tmp/lm-login-env-XXXXXX");
    assert_non_null(mkdtemp(s->home));
    s->loop = loop_new();
    s->all = children_new(s->loop);
    *state = s;
    return 0;
}

static int end(void **state)
{
    struct story *s = *state;
    CLEANUP(free_p) char *path = must_printf("%s/.profile", s->home);

    login_env_free(s->le);
    loop_stop(s->loop);
    loop_run(s->loop);
    children_free(s->all);
    loop_free(s->loop);
    (void)unlink(path);
    (void)rmdir(s->home);
    free(s->fruit);
    free(s->notice);
    free(s->run_out);
    free(s);
    return 0;
}

static void make(struct story *s, const char *shell, uint64_t limit_ms)
{
    struct login_env_options options = { .shell = shell, .home = s->home, .limit_ms = limit_ms };

    s->le = login_env_new(s->all, &options);
}

static void on_env(void *arg, const char *const *env, const char *notice)
{
    struct story *s = arg;
    const char *fruit = spawn_getenv(env, "FRUIT");

    free(s->fruit);
    free(s->notice);
    s->fruit = must_strdup(fruit != NULL ? fruit : "");
    s->notice = must_strdup(notice);
    s->has_marker = spawn_getenv(env, "LEAPMUX_PRINT_ENV_MARKER") != NULL;
    s->answers++;
    if (s->in_loop) {
        loop_stop(s->loop);
    }
}

static void get(struct story *s)
{
    int before = s->answers;

    login_env_get(s->le, on_env, s);
    if (s->answers == before) {
        s->in_loop = true;
        loop_run(s->loop);
        s->in_loop = false;
    }
    assert_int_equal(s->answers, before + 1);
}

static void the_environment_is_what_the_start_files_make(void **state)
{
    struct story *s = *state;

    static const char *const SHELLS[] = { "/bin/sh", "/bin/bash", "/bin/dash" };

    write_profile(s, "echo noise; printf 'FRUIT=lies\\0'; FRUIT='an apple\n2'; export FRUIT\n");
    for (size_t i = 0; i < ARRAY_LEN(SHELLS); i++) {
        if (access(SHELLS[i], X_OK) != 0) {
            continue;
        }
        login_env_free(s->le);
        make(s, SHELLS[i], 0);
        get(s);
        assert_string_equal(s->fruit, "an apple\n2");
        assert_null(s->notice);
        assert_false(s->has_marker);
    }
}

static void it_is_asked_once_until_a_start_file_changes(void **state)
{
    struct story *s = *state;

    write_profile(s, "echo x >> \"$HOME/count\"; FRUIT=$(wc -l < \"$HOME/count\"); export FRUIT\n");
    make(s, "/bin/sh", 0);
    get(s);
    assert_int_equal(strtol(s->fruit, NULL, 10), 1);
    get(s);
    assert_int_equal(strtol(s->fruit, NULL, 10), 1);
    login_env_forget(s->le);
    get(s);
    assert_int_equal(strtol(s->fruit, NULL, 10), 2);
    write_profile(s, "FRUIT=pear; export FRUIT\n");
    get(s);
    assert_string_equal(s->fruit, "pear");
    {
        CLEANUP(free_p) char *count = must_printf("%s/count", s->home);

        (void)unlink(count);
    }
}

static void callers_that_wait_share_one_shell(void **state)
{
    struct story *s = *state;

    write_profile(s, "FRUIT=fig; export FRUIT\n");
    make(s, "/bin/sh", 0);
    login_env_get(s->le, on_env, s);
    login_env_get(s->le, on_env, s);
    s->in_loop = true;
    loop_run(s->loop);
    assert_int_equal(s->answers, 2);
    assert_string_equal(s->fruit, "fig");
}

static void a_shell_that_hangs_leads_to_the_own_environment(void **state)
{
    struct story *s = *state;

    (void)setenv("FRUIT", "own", 1);
    write_profile(s, "sleep 300\n");
    make(s, "/bin/sh", 300);
    get(s);
    assert_string_equal(s->fruit, "own");
    assert_non_null(strstr(s->notice, "did not answer"));
}

static void a_shell_that_fails_or_is_missing_leads_to_the_own_environment(void **state)
{
    struct story *s = *state;

    (void)setenv("FRUIT", "own", 1);
    make(s, "/bin/false", 0);
    get(s);
    assert_string_equal(s->fruit, "own");
    assert_non_null(strstr(s->notice, "did not give"));
    login_env_free(s->le);
    make(s, "/no/such/shell", 0);
    get(s);
    assert_non_null(strstr(s->notice, "did not start"));
    login_env_free(s->le);
    make(s, NULL, 0);
    get(s);
    assert_null(s->notice);
    assert_string_equal(s->fruit, "own");
}

static void a_child_environment_drops_ours_and_replaces_by_name(void **state)
{
    static const char *const BASE[] = { "A=1", "LEAPMUX_SECRET=x", "CLAUDECODE=1", "PWD=/x",
                                        "B=2", "broken",           "AB=3",         NULL };
    static const char *const EXTRA[] = { "B=4", "LEAPMUX_AGENT_ID=a", NULL };
    CLEANUP(arena_done) struct arena a = { 0 };
    const char *const *env = environment_for_child(BASE, EXTRA, &a);

    (void)state;
    assert_string_equal(env[0], "A=1");
    assert_string_equal(env[1], "AB=3");
    assert_string_equal(env[2], "B=4");
    assert_string_equal(env[3], "LEAPMUX_AGENT_ID=a");
    assert_null(env[4]);
}

static void on_run(void *arg, const struct run_result *result)
{
    struct story *s = arg;

    s->result = *result;
    s->run_out = bytes_dup(result->out);
    loop_stop(s->loop);
}

static void run(struct story *s, const char *script, uint64_t limit_ms, size_t output_limit)
{
    const char *const argv[] = { "/bin/sh", "-c", script, NULL };
    const char *const env[] = { "PATH=/usr/bin:/bin", NULL };
    struct run_options options = {
        .spawn = { .argv = argv, .envp = env },
        .limit_ms = limit_ms,
        .output_limit = output_limit,
    };
    struct err e;

    free(s->run_out);
    s->run_out = NULL;
    assert_non_null(run_start(s->all, &options, on_run, s, &e));
    loop_run(s->loop);
    assert_non_null(s->run_out);
}

static void a_command_is_collected_within_its_limits(void **state)
{
    struct story *s = *state;

    run(s, "cat; echo out; echo err >&2; exit 4", 20000, 100);
    assert_int_equal(s->result.code, 4);
    assert_string_equal(s->run_out, "out\n");
    assert_int_equal(s->result.err.n, 4);
    assert_false(s->result.cut);

    run(s, "seq 1 1000", 20000, 10);
    assert_int_equal(s->result.code, 0);
    assert_true(s->result.cut);
    assert_string_equal(s->run_out, "1\n2\n3\n4\n5\n");

    run(s, "echo before; sleep 300", 200, 100);
    assert_true(s->result.timed_out);
    assert_int_equal(s->result.code, -1);
    assert_string_equal(s->run_out, "before\n");
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_environment_is_what_the_start_files_make, begin, end),
        cmocka_unit_test_setup_teardown(it_is_asked_once_until_a_start_file_changes, begin, end),
        cmocka_unit_test_setup_teardown(callers_that_wait_share_one_shell, begin, end),
        cmocka_unit_test_setup_teardown(a_shell_that_hangs_leads_to_the_own_environment, begin,
                                        end),
        cmocka_unit_test_setup_teardown(
            a_shell_that_fails_or_is_missing_leads_to_the_own_environment, begin, end),
        cmocka_unit_test(a_child_environment_drops_ours_and_replaces_by_name),
        cmocka_unit_test_setup_teardown(a_command_is_collected_within_its_limits, begin, end),
    };

    /* the shell runs this very program to print the environment */
    if (argc == 3 && strcmp(argv[1], "print-env") == 0) {
        return print_env_main(argv[2]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
