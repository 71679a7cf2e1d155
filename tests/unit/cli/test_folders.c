/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli/folders.h"

enum { SOCKET_PATH_MAX = 107 };

static struct arena a;

static int begin(void **state)
{
    (void)state;
    setenv("HOME", "/home/demo", 1);
    unsetenv("XDG_CONFIG_HOME");
    unsetenv("XDG_DATA_HOME");
    unsetenv("XDG_RUNTIME_DIR");
    return 0;
}

static int finish(void **state)
{
    (void)state;
    arena_done(&a);
    return 0;
}

static void defaults_lie_below_home(void **state)
{
    (void)state;
    assert_string_equal(folders_config_file(&a, "solo"), "/home/demo/.config/leapmux/solo.yaml");
    assert_string_equal(folders_data(&a, "solo"), "/home/demo/.local/share/leapmux/solo");
}

static void the_variables_of_the_desktop_win(void **state)
{
    (void)state;
    setenv("XDG_CONFIG_HOME", "/c", 1);
    setenv("XDG_DATA_HOME", "/d", 1);
    assert_string_equal(folders_config_file(&a, "solo"), "/c/leapmux/solo.yaml");
    assert_string_equal(folders_data(&a, "solo"), "/d/leapmux/solo");
}

static void a_relative_variable_is_ignored(void **state)
{
    (void)state;
    setenv("XDG_DATA_HOME", "data", 1);
    assert_string_equal(folders_data(&a, "solo"), "/home/demo/.local/share/leapmux/solo");
}

static void without_home_the_system_knows_where_home_is(void **state)
{
    (void)state;
    unsetenv("HOME");
    assert_true(folders_data(&a, "solo")[0] == '/');
    setenv("HOME", "not/absolute", 1);
    assert_true(folders_data(&a, "solo")[0] == '/');
}

static void a_path_is_made_absolute(void **state)
{
    char cwd[4096];
    char want[4200];

    (void)state;
    assert_non_null(getcwd(cwd, sizeof(cwd)));
    snprintf(want, sizeof(want), "%s/x", cwd);
    assert_string_equal(folders_resolve(&a, "/x", "/etc/l.yaml"), "/x");
    assert_string_equal(folders_resolve(&a, "x", "/etc/l.yaml"), "/etc/x");
    assert_string_equal(folders_resolve(&a, "x", NULL), want);
    assert_string_equal(folders_resolve(&a, "~/x", "/etc/l.yaml"), "/home/demo/x");
    assert_string_equal(folders_resolve(&a, "~", NULL), "/home/demo");
    assert_string_equal(folders_resolve(&a, "~x", "/etc/l.yaml"), "/etc/~x");
}

static const char *of_length(size_t n)
{
    char *path = arena_alloc(&a, n + 1);

    memset(path, 'd', n);
    path[0] = '/';
    return path;
}

static void a_socket_lies_in_its_folder(void **state)
{
    const char *out;
    struct err e;

    (void)state;
    assert_true(folders_socket(&a, "/data/hub", "hub.sock", &out, &e));
    assert_string_equal(out, "/data/hub/hub.sock");
    assert_true(folders_socket(&a, "/data/hub", "/run/l.sock", &out, &e));
    assert_string_equal(out, "/run/l.sock");
}

static void a_socket_path_may_be_as_long_as_the_system_allows(void **state)
{
    const size_t name = strlen("/hub.sock");
    const char *out = NULL;
    struct err e;

    (void)state;
    assert_true(folders_socket(&a, of_length(SOCKET_PATH_MAX - name), "hub.sock", &out, &e));
    assert_int_equal(strlen(out), SOCKET_PATH_MAX);
    assert_false(folders_socket(&a, of_length(SOCKET_PATH_MAX - name + 1), "hub.sock", &out, &e));
    assert_int_equal(e.code, ERR_FAILED_PRECONDITION);
    assert_non_null(strstr(e.msg, "data_dir"));
}

static void a_socket_with_a_long_path_moves_to_the_runtime_folder(void **state)
{
    char runtime[] = "/tmp/leapmux-test-folders-XXXXXX";
    char want[100];
    char command[100];
    const char *out;
    struct stat st;
    struct err e;

    (void)state;
    assert_non_null(mkdtemp(runtime));
    setenv("XDG_RUNTIME_DIR", runtime, 1);
    assert_true(folders_socket(&a, of_length(SOCKET_PATH_MAX), "hub.sock", &out, &e));
    snprintf(want, sizeof(want), "%s/leapmux/hub.sock", runtime);
    assert_string_equal(out, want);
    snprintf(want, sizeof(want), "%s/leapmux", runtime);
    assert_int_equal(stat(want, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
    snprintf(command, sizeof(command), "rm -rf '%s'", runtime);
    assert_int_equal(system(command), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(defaults_lie_below_home, begin, finish),
        cmocka_unit_test_setup_teardown(the_variables_of_the_desktop_win, begin, finish),
        cmocka_unit_test_setup_teardown(a_relative_variable_is_ignored, begin, finish),
        cmocka_unit_test_setup_teardown(without_home_the_system_knows_where_home_is, begin, finish),
        cmocka_unit_test_setup_teardown(a_path_is_made_absolute, begin, finish),
        cmocka_unit_test_setup_teardown(a_socket_lies_in_its_folder, begin, finish),
        cmocka_unit_test_setup_teardown(a_socket_path_may_be_as_long_as_the_system_allows, begin,
                                        finish),
        cmocka_unit_test_setup_teardown(a_socket_with_a_long_path_moves_to_the_runtime_folder,
                                        begin, finish),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
