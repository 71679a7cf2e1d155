/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"
#include "store/db.h"
#include "store/stmt.h"

static const struct db_migration LIST[] = {
    { 1, "001-first.sql", "CREATE TABLE things (id TEXT PRIMARY KEY, n INTEGER, b BLOB) STRICT;" },
    { 2, "002-second.sql",
      "ALTER TABLE things ADD COLUMN extra TEXT;"
      "INSERT INTO things (id) VALUES ('made by a migration');" },
};

static const struct stmt_sql ADD = { "add", "INSERT INTO things (id, n, b) VALUES (?1, ?2, ?3)" };
static const struct stmt_sql ALL = { "all", "SELECT id, n, b FROM things ORDER BY id" };

struct place {
    char dir[64];
    char path[96];
};

static struct place make_place(void)
{
    struct place p;

    snprintf(p.dir, sizeof(p.dir), "/tmp/lm-store-XXXXXX");
    assert_non_null(mkdtemp(p.dir));
    snprintf(p.path, sizeof(p.path), "%s/x.db", p.dir);
    return p;
}

static void remove_place(const struct place *p)
{
    static const char *const ENDS[] = { "", "-wal", "-shm" };
    char path[128];

    for (size_t i = 0; i < ARRAY_LEN(ENDS); i++) {
        snprintf(path, sizeof(path), "%s%s", p->path, ENDS[i]);
        unlink(path);
    }
    assert_int_equal(rmdir(p->dir), 0);
}

static struct db *must_open(const char *path)
{
    struct err e = { 0 };
    struct db *db = db_open(path, &e);

    if (db == NULL) {
        fail_msg("%s", e.msg);
    }
    return db;
}

static void must(bool ok, const struct err *e)
{
    if (!ok) {
        fail_msg("%s", e->msg);
    }
}

static bool add(struct db *db, const char *id, struct err *e)
{
    CLEANUP(stmt_leave) struct stmt *s = stmt_enter(db, &ADD, e);

    TRY(s != NULL);
    stmt_bind_text(s, 1, id);
    stmt_bind_opt_int(s, 2, (struct db_opt_int){ .set = false });
    stmt_bind_blob(s, 3, (struct bytes){ .p = NULL });
    return stmt_end(s, e);
}

static int count(struct db *db)
{
    struct err e = { 0 };
    CLEANUP(stmt_leave) struct stmt *s = stmt_enter(db, &ALL, &e);
    bool has_row = true;
    int n = 0;

    assert_non_null(s);
    for (;;) {
        must(stmt_step(s, &has_row, &e), &e);
        if (!has_row) {
            return n;
        }
        n++;
    }
}

static void a_new_file_is_for_its_owner_alone(void **state)
{
    struct place p = make_place();
    struct db *db = must_open(p.path);
    struct err e = { 0 };
    struct stat st;
    char wal[128];

    (void)state;
    must(db_migrate(db, LIST, 2, &e), &e);
    assert_int_equal(stat(p.path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    snprintf(wal, sizeof(wal), "%s-wal", p.path);
    assert_int_equal(stat(wal, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    db_close(db);
    remove_place(&p);
}

static void migrations_run_once_and_only_the_missing_ones(void **state)
{
    struct place p = make_place();
    struct db *db = must_open(p.path);
    struct err e = { 0 };

    (void)state;
    must(db_migrate(db, LIST, 1, &e), &e);
    must(add(db, "a", &e), &e);
    db_close(db);

    db = must_open(p.path);
    must(db_migrate(db, LIST, 2, &e), &e);
    assert_int_equal(count(db), 2);
    must(db_migrate(db, LIST, 2, &e), &e);
    assert_int_equal(count(db), 2);
    db_close(db);
    remove_place(&p);
}

static void a_failing_migration_leaves_the_schema_as_it_was(void **state)
{
    static const struct db_migration BAD[] = {
        { 1, "001-first.sql",
          "CREATE TABLE things (id TEXT PRIMARY KEY, n INTEGER, b BLOB) STRICT;" },
        { 2, "002-bad.sql", "CREATE TABLE more (id TEXT) STRICT; NONSENSE;" },
    };
    struct db *db = must_open(":memory:");
    struct err e = { 0 };

    (void)state;
    must(db_migrate(db, BAD, 1, &e), &e);
    assert_false(db_migrate(db, BAD, 2, &e));
    assert_non_null(strstr(e.msg, "002-bad.sql"));
    e = (struct err){ 0 };
    must(db_exec(db, "CREATE TABLE more (id TEXT) STRICT", &e), &e);
    must(add(db, "a", &e), &e);
    db_close(db);
}

static void read_whole(const char *path, struct buf *out)
{
    struct err e = { 0 };

    buf_init(out, 1 << 20);
    must(file_read(path, out, &e), &e);
}

static void a_newer_database_is_refused_and_untouched(void **state)
{
    struct place p = make_place();
    struct db *db = must_open(p.path);
    CLEANUP(buf_done) struct buf before = { 0 };
    CLEANUP(buf_done) struct buf after = { 0 };
    struct err e = { 0 };

    (void)state;
    must(db_migrate(db, LIST, 2, &e), &e);
    db_close(db);
    read_whole(p.path, &before);

    db = must_open(p.path);
    assert_false(db_migrate(db, LIST, 1, &e));
    assert_int_equal(e.code, ERR_FAILED_PRECONDITION);
    assert_string_equal(e.reason, "NEWER");
    db_close(db);
    read_whole(p.path, &after);
    assert_true(bytes_equal(buf_view(&before), buf_view(&after)));
    remove_place(&p);
}

static void a_damaged_database_is_refused_and_untouched(void **state)
{
    struct place p = make_place();
    CLEANUP(buf_done) struct buf after = { 0 };
    char noise[8192];
    struct err e = { 0 };

    (void)state;
    memset(noise, 'x', sizeof(noise));
    must(file_write_atomic(p.path, (struct bytes){ (uint8_t *)noise, sizeof(noise) }, 0600, &e),
         &e);
    assert_null(db_open(p.path, &e));
    assert_int_equal(e.code, ERR_DATA_LOSS);
    assert_string_equal(e.reason, "DAMAGED");
    read_whole(p.path, &after);
    assert_true(bytes_equal(buf_view(&after), (struct bytes){ (uint8_t *)noise, sizeof(noise) }));
    remove_place(&p);
}

static void a_database_that_lost_its_end_is_refused(void **state)
{
    struct place p = make_place();
    struct db *db = must_open(p.path);
    struct err e = { 0 };

    (void)state;
    must(db_migrate(db, LIST, 2, &e), &e);
    db_close(db);
    assert_int_equal(truncate(p.path, 5000), 0);
    assert_null(db_open(p.path, &e));
    assert_int_equal(e.code, ERR_DATA_LOSS);
    remove_place(&p);
}

static void something_that_is_no_file_is_refused(void **state)
{
    struct err e = { 0 };

    (void)state;
    assert_null(db_open("/dev/null", &e));
    assert_int_equal(e.code, ERR_FAILED_PRECONDITION);
    e = (struct err){ 0 };
    assert_null(db_open("/nowhere/at/all.db", &e));
    assert_int_equal(e.code, ERR_NOT_FOUND);
}

static void an_inner_transaction_is_undone_alone(void **state)
{
    struct db *db = must_open(":memory:");
    struct err e = { 0 };

    (void)state;
    must(db_migrate(db, LIST, 1, &e), &e);
    must(db_begin(db, &e) && add(db, "outer", &e), &e);
    must(db_begin(db, &e) && add(db, "inner", &e), &e);
    db_rollback(db);
    must(db_begin(db, &e) && add(db, "second", &e) && db_commit(db, &e), &e);
    must(db_commit(db, &e), &e);
    assert_int_equal(count(db), 2);
    db_rollback(db); /* none is open: nothing happens */
    assert_int_equal(count(db), 2);
    db_close(db);
}

static void a_taken_key_is_told_as_such(void **state)
{
    struct db *db = must_open(":memory:");
    struct err e = { 0 };

    (void)state;
    must(db_migrate(db, LIST, 1, &e), &e);
    must(add(db, "a", &e), &e);
    assert_int_equal(db_changed(db), 1);
    assert_false(add(db, "a", &e));
    assert_int_equal(e.code, ERR_ALREADY_EXISTS);
    assert_string_equal(e.reason, "EXISTS");
    db_close(db);
}

static void a_full_disk_has_its_own_reason(void **state)
{
    struct db *db = must_open(":memory:");
    struct err e = { 0 };
    char big[4096];

    (void)state;
    must(db_migrate(db, LIST, 1, &e), &e);
    must(db_exec(db, "PRAGMA max_page_count = 8", &e), &e);
    memset(big, 'b', sizeof(big) - 1);
    big[sizeof(big) - 1] = '\0';
    for (int i = 0; i < 20 && e.code == ERR_OK; i++) {
        big[0] = (char)('a' + i);
        if (add(db, big, &e)) {
            continue;
        }
    }
    assert_int_equal(e.code, ERR_RESOURCE_EXHAUSTED);
    assert_string_equal(e.reason, "DISK_FULL");
    db_close(db);
}

static void null_and_empty_are_different_blobs(void **state)
{
    static const struct stmt_sql PUT = { "put", "INSERT INTO things (id, b) VALUES (?1, ?2)" };
    struct db *db = must_open(":memory:");
    struct err e = { 0 };
    struct stmt *s;
    bool has_row = false;

    (void)state;
    must(db_migrate(db, LIST, 1, &e), &e);
    s = stmt_enter(db, &PUT, &e);
    stmt_bind_text(s, 1, "empty");
    stmt_bind_blob(s, 2, (struct bytes){ .p = NULL });
    must(stmt_end(s, &e), &e);
    stmt_leave(&s);
    s = stmt_enter(db, &PUT, &e);
    stmt_bind_text(s, 1, "null");
    stmt_bind_opt_blob(s, 2, (struct bytes){ .p = NULL });
    must(stmt_end(s, &e), &e);
    stmt_leave(&s);

    s = stmt_enter(db, &ALL, &e);
    must(stmt_step(s, &has_row, &e), &e);
    assert_non_null(stmt_blob(s, 2, NULL).p);
    assert_int_equal(stmt_blob(s, 2, NULL).n, 0);
    must(stmt_step(s, &has_row, &e), &e);
    assert_null(stmt_blob(s, 2, NULL).p);
    assert_false(stmt_opt_int(s, 1).set);
    stmt_leave(&s);
    db_close(db);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_file_is_for_its_owner_alone),
        cmocka_unit_test(migrations_run_once_and_only_the_missing_ones),
        cmocka_unit_test(a_failing_migration_leaves_the_schema_as_it_was),
        cmocka_unit_test(a_newer_database_is_refused_and_untouched),
        cmocka_unit_test(a_damaged_database_is_refused_and_untouched),
        cmocka_unit_test(a_database_that_lost_its_end_is_refused),
        cmocka_unit_test(something_that_is_no_file_is_refused),
        cmocka_unit_test(an_inner_transaction_is_undone_alone),
        cmocka_unit_test(a_taken_key_is_told_as_such),
        cmocka_unit_test(a_full_disk_has_its_own_reason),
        cmocka_unit_test(null_and_empty_are_different_blobs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
