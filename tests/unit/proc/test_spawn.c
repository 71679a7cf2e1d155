/* SPDX-License-Identifier: Apache-2.0 */
#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/fault.h"
#include "base/fd.h"
#include "proc/spawn.h"

static const char *const PLAIN_ENV[] = { "PATH=/usr/bin:/bin", "FRUIT=apple", NULL };

/* Everything from a non-blocking pipe until its end. */
static char *read_all(int fd)
{
    char *text = must_calloc(1, 64 * 1024);
    size_t n = 0;

    for (;;) {
        struct pollfd p = { .fd = fd, .events = POLLIN };
        ssize_t got;

        assert_int_equal(poll(&p, 1, 20000), 1);
        got = read(fd, text + n, 64 * 1024 - 1 - n);
        if (got == 0) {
            return text;
        }
        if (got > 0) {
            n += (size_t)got;
        }
    }
}

/* Run sh -c script; returns its output. */
static char *output_of(const char *script, const char *cwd)
{
    const char *const argv[] = { "sh", "-c", script, NULL };
    struct spawn_options options = { .argv = argv, .envp = PLAIN_ENV, .cwd = cwd };
    struct spawned child;
    struct err e;
    char *text;

    assert_true(spawn_start(&options, &child, &e));
    text = read_all(child.out);
    fd_closep(&child.in);
    fd_closep(&child.out);
    fd_closep(&child.err);
    assert_int_equal(waitpid(child.pid, NULL, 0), child.pid);
    return text;
}

static void a_child_has_exactly_its_environment_and_folder(void **state)
{
    CLEANUP(free_p) char *env = output_of("env | grep -v '^_=\\|^PWD=' | sort", "/tmp");
    CLEANUP(free_p) char *cwd = output_of("pwd", "/tmp");

    (void)state;
    assert_string_equal(env, "FRUIT=apple\nPATH=/usr/bin:/bin\n");
    assert_string_equal(cwd, "/tmp\n");
}

static void a_child_leads_its_own_session_with_signals_as_new(void **state)
{
    CLEANUP(free_p) char *ids = NULL;
    CLEANUP(free_p) char *signals = NULL;
    int pid, group, session;
    sigset_t block, before;

    (void)state;
    sigemptyset(&block);
    sigaddset(&block, SIGTERM);
    (void)sigprocmask(SIG_BLOCK, &block, &before);
    (void)signal(SIGHUP, SIG_IGN);
    ids = output_of("cut -d' ' -f1,5,6 /proc/$$/stat", NULL);
    signals = output_of("grep -E 'Sig(Blk|Ign|Cgt)' /proc/self/status", NULL);
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
    (void)signal(SIGHUP, SIG_DFL);

    assert_int_equal(sscanf(ids, "%d %d %d", &pid, &group, &session), 3);
    assert_int_equal(pid, group);
    assert_int_equal(pid, session);
    assert_non_null(strstr(signals, "SigBlk:\t0000000000000000"));
    assert_non_null(strstr(signals, "SigIgn:\t0000000000000000"));
}

static void only_the_three_standard_descriptors_are_inherited(void **state)
{
    CLEANUP(free_p) char *list = output_of("ls /proc/self/fd | tr '\\n' ' '", NULL);

    (void)state;
    /* 3 is the folder that ls itself reads */
    assert_string_equal(list, "0 1 2 3 ");
}

static void a_missing_program_is_an_error_at_once(void **state)
{
    static const struct {
        const char *program;
        const char *cwd;
        const char *reason;
    } CASES[] = {
        { "no-such-program-anywhere", NULL, "NOT_FOUND" },
        { "/no/such/program", NULL, "NOT_FOUND" },
        { "/etc/passwd", NULL, "OS_DENIED" },
        { "sh", "/no/such/folder", "NOT_FOUND" },
        { "", NULL, "NOT_FOUND" },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        const char *const argv[] = { CASES[i].program, NULL };
        struct spawn_options options = { .argv = argv, .envp = PLAIN_ENV, .cwd = CASES[i].cwd };
        struct spawned child = { .pid = -7 };
        struct err e;

        assert_false(spawn_start(&options, &child, &e));
        assert_string_equal(e.reason, CASES[i].reason);
        assert_int_equal(child.pid, -7);
        assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* nothing is left behind */
        assert_int_equal(errno, ECHILD);
    }
}

static void programs_are_looked_up_in_the_path_of_the_new_environment(void **state)
{
    static const char *const NO_PATH[] = { NULL };
    static const char *const OTHER[] = { "PATH=/nowhere::/bin", NULL };
    CLEANUP(free_p) char *standard = NULL;
    CLEANUP(free_p) char *other = NULL;
    CLEANUP(free_p) char *given = NULL;
    static const char *const ELSEWHERE[] = { "PATH=/nowhere", NULL };
    struct err e;

    (void)state;
    standard = spawn_find("sh", NO_PATH, &e);
    other = spawn_find("sh", OTHER, &e);
    given = spawn_find("./here", OTHER, &e);
    assert_non_null(standard);
    assert_string_equal(other, "/bin/sh");
    assert_string_equal(given, "./here");
    assert_null(spawn_find("sh", ELSEWHERE, &e));
    assert_string_equal(e.reason, "NOT_FOUND");
}

static size_t open_descriptors(void)
{
    DIR *dir = opendir("/proc/self/fd");
    size_t n = 0;

    assert_non_null(dir);
    while (readdir(dir) != NULL) {
        n++;
    }
    (void)closedir(dir);
    return n;
}

static void a_start_that_fails_half_way_leaves_nothing_behind(void **state)
{
    const char *const argv[] = { "true", NULL };
    struct spawn_options options = { .argv = argv, .envp = PLAIN_ENV };
    size_t before = open_descriptors();

    (void)state;
#ifdef FAULTS
    for (uint32_t nth = 0; nth < 4; nth++) { /* three pipes and the one that reports */
        struct spawned child;
        struct err e;

        fault_arm(nth);
        assert_false(spawn_start(&options, &child, &e));
        assert_string_equal(fault_disarm(), "proc.pipe");
        assert_int_equal(open_descriptors(), before);
    }
#else
    (void)options;
    (void)before;
    skip();
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_child_has_exactly_its_environment_and_folder),
        cmocka_unit_test(a_child_leads_its_own_session_with_signals_as_new),
        cmocka_unit_test(only_the_three_standard_descriptors_are_inherited),
        cmocka_unit_test(a_missing_program_is_an_error_at_once),
        cmocka_unit_test(a_start_that_fails_half_way_leaves_nothing_behind),
        cmocka_unit_test(programs_are_looked_up_in_the_path_of_the_new_environment),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
