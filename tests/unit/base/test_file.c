/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
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

#include "base/alloc.h"
#include "base/fault.h"
#include "base/fd.h"
#include "base/file.h"

static char folder[64];
static char path[96];

static int begin(void **state)
{
    (void)state;
    snprintf(folder, sizeof(folder), "/tmp/leapmux-test-file-XXXXXX");
    if (mkdtemp(folder) == NULL) {
        return -1;
    }
    snprintf(path, sizeof(path), "%s/secret", folder);
    return 0;
}

static int finish(void **state)
{
    char command[128];

    (void)state;
    snprintf(command, sizeof(command), "rm -rf '%s'", folder);
    return system(command);
}

static void assert_holds(const char *want)
{
    struct err e;
    struct buf b;

    buf_init(&b, 1000);
    assert_true(file_read(path, &b, &e));
    assert_true(bytes_are(buf_view(&b), want));
    buf_done(&b);
}

static bool temporary_exists(void)
{
    CLEANUP(free_p) char *temporary = must_printf("%s.new", path);

    return access(temporary, F_OK) == 0;
}

static void a_written_file_is_private_and_whole(void **state)
{
    struct err e;
    struct stat st;

    (void)state;
    assert_true(file_write_atomic(path, bytes_of("first"), 0600, &e));
    assert_holds("first");
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_true(file_write_atomic(path, bytes_of("second"), 0600, &e));
    assert_holds("second");
}

/* Wherever writing fails, the old content or the new one stands there, and no rubbish beside it. */
static void a_failed_write_leaves_the_old_or_the_new_content(void **state)
{
    struct err e = { 0 };

    (void)state;
#ifdef FAULTS
    for (uint32_t nth = 0;; nth++) {
        bool ok;
        const char *failed;
        struct buf b;

        assert_true(file_write_atomic(path, bytes_of("old"), 0600, &e));
        fault_arm(nth);
        ok = file_write_atomic(path, bytes_of("new"), 0600, &e);
        failed = fault_disarm();
        assert_int_equal(ok, failed == NULL);
        assert_false(temporary_exists());
        if (failed == NULL) {
            assert_true(nth >= 4);
            break;
        }
        assert_int_not_equal(e.code, ERR_OK);
        buf_init(&b, 100);
        assert_true(file_read(path, &b, &e));
        assert_true(
            bytes_are(buf_view(&b), strcmp(failed, "file.sync_folder") == 0 ? "new" : "old"));
        buf_done(&b);
    }
#else
    (void)e;
    skip();
#endif
}

static void a_link_in_place_of_the_temporary_is_not_followed(void **state)
{
    struct err e;
    char target[96];
    char temporary[112];

    (void)state;
    snprintf(target, sizeof(target), "%s/elsewhere", folder);
    snprintf(temporary, sizeof(temporary), "%s.new", path);
    assert_int_equal(symlink(target, temporary), 0);
    assert_false(file_write_atomic(path, bytes_of("x"), 0600, &e));
    assert_int_not_equal(access(target, F_OK), 0);
}

static void reading_has_a_limit_and_tells_what_is_missing(void **state)
{
    struct err e;
    struct buf b;

    (void)state;
    buf_init(&b, 4);
    assert_false(file_read(path, &b, &e));
    assert_string_equal(e.reason, "NOT_FOUND");
    assert_true(file_write_atomic(path, bytes_of("12345"), 0600, &e));
    assert_false(file_read(path, &b, &e));
    assert_string_equal(e.reason, "TOO_LARGE");
    buf_done(&b);
}

static void a_folder_that_others_can_read_is_refused(void **state)
{
    struct err e;
    char deep[128];

    (void)state;
    snprintf(deep, sizeof(deep), "%s/a/b/c", folder);
    assert_true(file_private_dir(deep, &e));
    assert_true(file_private_dir(deep, &e));
    assert_int_equal(chmod(deep, 0750), 0);
    assert_false(file_private_dir(deep, &e));
    assert_int_equal(e.code, ERR_FAILED_PRECONDITION);
    assert_non_null(strstr(e.msg, "chmod 700"));
    assert_true(file_write_atomic(path, bytes_of("x"), 0600, &e));
    assert_false(file_private_dir(path, &e));
}

static void a_lock_has_one_holder_who_is_named(void **state)
{
    struct err e;
    int first = -1;
    int second = -1;
    char pid[24];

    (void)state;
    snprintf(pid, sizeof(pid), "pid %d", (int)getpid());
    assert_true(file_lock(path, &first, &e));
    assert_false(file_lock(path, &second, &e));
    assert_string_equal(e.reason, "BUSY");
    assert_non_null(strstr(e.msg, pid));
    assert_int_equal(second, -1);
    fd_closep(&first);
    assert_int_equal(first, -1);
    assert_true(file_lock(path, &second, &e));
    fd_closep(&second);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_written_file_is_private_and_whole, begin, finish),
        cmocka_unit_test_setup_teardown(a_failed_write_leaves_the_old_or_the_new_content, begin,
                                        finish),
        cmocka_unit_test_setup_teardown(a_link_in_place_of_the_temporary_is_not_followed, begin,
                                        finish),
        cmocka_unit_test_setup_teardown(reading_has_a_limit_and_tells_what_is_missing, begin,
                                        finish),
        cmocka_unit_test_setup_teardown(a_folder_that_others_can_read_is_refused, begin, finish),
        cmocka_unit_test_setup_teardown(a_lock_has_one_holder_who_is_named, begin, finish),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
