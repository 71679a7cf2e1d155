/* SPDX-License-Identifier: Apache-2.0 */
/* tools/sqlgen as the build runs it: what it refuses, and where it points. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"

static const char SCHEMA[] = "CREATE TABLE things (\n"
                             "    id TEXT PRIMARY KEY,\n"
                             "    n INTEGER NOT NULL,\n"
                             "    maybe INTEGER\n"
                             ") STRICT;\n";

struct run {
    char dir[64];
    char said[2048]; /* standard error */
    int status;
    struct buf header;
};

static void put(const char *dir, const char *name, const char *text)
{
    char path[160];
    struct err e = { 0 };

    snprintf(path, sizeof(path), "%s/%s", dir, name);
    if (!file_write_atomic(path, bytes_of(text), 0600, &e)) {
        fail_msg("%s", e.msg);
    }
}

_Noreturn static void exec_sqlgen(const char *dir, int err_fd)
{
    char program[512];
    char out_c[160];
    char out_h[160];
    char copy[512];

    snprintf(copy, sizeof(copy), "%s", getenv("LEAPMUX_BIN"));
    snprintf(program, sizeof(program), "%s/sqlgen", dirname(copy));
    snprintf(out_c, sizeof(out_c), "%s/out.c", dir);
    snprintf(out_h, sizeof(out_h), "%s/out.h", dir);
    dup2(err_fd, STDERR_FILENO);
    if (chdir(dir) == 0) {
        setenv("ASAN_OPTIONS", "detect_leaks=0", 1);
        execl(program, "sqlgen", "--schema", "m", "--queries", "q", "--name", "test", "--out-c",
              out_c, "--out-h", out_h, (char *)NULL);
    }
    _exit(127);
}

static void collect(struct run *r, int fd)
{
    size_t n = 0;
    ssize_t got;

    while ((got = read(fd, r->said + n, sizeof(r->said) - 1 - n)) > 0) {
        n += (size_t)got;
    }
    r->said[n] = '\0';
}

/* Run sqlgen over one migration and one file of queries. */
static struct run run_on(const char *migration, const char *queries)
{
    struct run r = { .dir = "/tmp/lm-sqlgen-XXXXXX" };
    char path[160];
    struct err e = { 0 };
    int ends[2];
    int status;
    pid_t child;

    assert_non_null(mkdtemp(r.dir));
    snprintf(path, sizeof(path), "%s/m", r.dir);
    assert_int_equal(mkdir(path, 0700), 0);
    snprintf(path, sizeof(path), "%s/q", r.dir);
    assert_int_equal(mkdir(path, 0700), 0);
    put(r.dir, "m/001-start.sql", migration);
    put(r.dir, "q/things.sql", queries);
    assert_int_equal(pipe(ends), 0);
    child = fork();
    if (child == 0) {
        exec_sqlgen(r.dir, ends[1]);
    }
    close(ends[1]);
    collect(&r, ends[0]);
    close(ends[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    r.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    buf_init(&r.header, 1 << 16);
    snprintf(path, sizeof(path), "%s/out.h", r.dir);
    if (r.status == 0) {
        assert_true(file_read(path, &r.header, &e));
        assert_true(buf_put_u8(&r.header, 0, &e));
    }
    return r;
}

static void clean_up(struct run *r)
{
    static const char *const NAMES[] = { "m/001-start.sql", "q/things.sql", "out.c", "out.h" };
    char path[160];

    for (size_t i = 0; i < ARRAY_LEN(NAMES); i++) {
        snprintf(path, sizeof(path), "%s/%s", r->dir, NAMES[i]);
        unlink(path);
    }
    snprintf(path, sizeof(path), "%s/m", r->dir);
    rmdir(path);
    snprintf(path, sizeof(path), "%s/q", r->dir);
    rmdir(path);
    assert_int_equal(rmdir(r->dir), 0);
    buf_done(&r->header);
}

static void assert_refused(const char *migration, const char *queries, const char *said)
{
    struct run r = run_on(migration, queries);

    assert_int_equal(r.status, 1);
    if (strstr(r.said, said) == NULL) {
        fail_msg("'%s' is not in: %s", said, r.said);
    }
    clean_up(&r);
}

static void good_queries_become_functions(void **state)
{
    struct run r = run_on(SCHEMA, "-- name: get_thing :one\n"
                                  "-- Finds it.\n"
                                  "SELECT n, maybe FROM things WHERE id = :id;\n");

    (void)state;
    assert_int_equal(r.status, 0);
    assert_non_null(strstr((char *)r.header.p,
                           "bool test_sql_get_thing(struct db *db, const struct "
                           "test_sql_get_thing_args *args"));
    assert_non_null(strstr((char *)r.header.p, "    int64_t n;\n    struct db_opt_int maybe;\n"));
    assert_non_null(strstr((char *)r.header.p, " * Finds it.\n"));
    clean_up(&r);
}

static void a_typo_is_told_with_file_and_line(void **state)
{
    (void)state;
    assert_refused(SCHEMA, "-- name: a :one\nSELECT n\nFROM things\nWHERE idd = :id;\n",
                   "q/things.sql:4: error: a: no such column: idd");
    assert_refused("CREATE TABLE x (\n  id TEXT,\n) STRICT;", "", "m/001-start.sql:3: error:");
}

static void text_in_double_quotes_is_no_text(void **state)
{
    (void)state;
    assert_refused(SCHEMA, "-- name: a :one\nSELECT n FROM things WHERE id = \"x\";\n",
                   "no such column");
}

static void a_parameter_needs_a_type(void **state)
{
    (void)state;
    assert_refused(SCHEMA, "-- name: a :one\nSELECT n FROM things WHERE id = :what;\n",
                   "the type of :what is unknown");
    assert_refused(SCHEMA,
                   "-- name: a :one\n-- param: x int\nSELECT n FROM things WHERE id = :id;\n",
                   "has no parameter :x");
}

static void an_expression_needs_a_type(void **state)
{
    (void)state;
    assert_refused(SCHEMA, "-- name: a :one\nSELECT n + 1 AS m FROM things WHERE id = :id;\n",
                   "the type of column 'm' is unknown");
}

static void reading_a_whole_table_needs_a_reason(void **state)
{
    struct run r =
        run_on(SCHEMA, "-- name: a :many\n-- scan: it is small\nSELECT n FROM things;\n");

    (void)state;
    assert_int_equal(r.status, 0);
    clean_up(&r);
    assert_refused(SCHEMA, "-- name: a :many\nSELECT n FROM things WHERE n = :n;\n",
                   "'a' reads a whole table (SCAN things)");
    assert_refused(SCHEMA, "-- name: a :one\n-- scan: no\nSELECT n FROM things WHERE id = :id;\n",
                   "'a' scans nothing");
}

static void behind_a_left_join_every_column_may_be_null(void **state)
{
    struct run r =
        run_on(SCHEMA, "-- name: a :one\nSELECT b.n FROM things AS a LEFT JOIN things AS b"
                       " ON b.id = a.id WHERE a.id = :id;\n");

    (void)state;
    assert_int_equal(r.status, 0);
    assert_non_null(strstr((char *)r.header.p, "    struct db_opt_int n;\n"));
    clean_up(&r);
    assert_refused("CREATE TABLE x (id TEXT PRIMARY KEY, r REAL) STRICT;",
                   "-- name: a :one\nSELECT r FROM x WHERE id = :id;\n", "r may be NULL");
}

static void a_kind_must_fit_its_query(void **state)
{
    (void)state;
    assert_refused(SCHEMA, "-- name: a :exec\nSELECT n FROM things WHERE id = :id;\n",
                   ":exec has no");
    assert_refused(SCHEMA, "-- name: a :one\nDELETE FROM things WHERE id = :id;\n", ":exec has no");
    assert_refused(SCHEMA, "-- name: a :two\nSELECT 1;\n", "is not :one, :many or :exec");
}

static void one_name_is_one_query(void **state)
{
    (void)state;
    assert_refused(SCHEMA,
                   "-- name: a :exec\nDELETE FROM things WHERE id = :id;\n"
                   "-- name: a :exec\nDELETE FROM things WHERE id = :id;\n",
                   "q/things.sql:3: error: 'a' is also in");
    assert_refused(SCHEMA, "-- name: a :exec\nDELETE FROM things WHERE id = :id; SELECT 1;\n",
                   "more than one statement");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_queries_become_functions),
        cmocka_unit_test(a_typo_is_told_with_file_and_line),
        cmocka_unit_test(text_in_double_quotes_is_no_text),
        cmocka_unit_test(a_parameter_needs_a_type),
        cmocka_unit_test(an_expression_needs_a_type),
        cmocka_unit_test(reading_a_whole_table_needs_a_reason),
        cmocka_unit_test(behind_a_left_join_every_column_may_be_null),
        cmocka_unit_test(a_kind_must_fit_its_query),
        cmocka_unit_test(one_name_is_one_query),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
