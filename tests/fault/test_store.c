/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Opening, migrating and writing with every outside call failing in turn. After each failure the
 * database is as it was before the transaction, and usable.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/fault.h"
#include "gen/store/hub_sql.h"
#include "hub/bootstrap.h"

#ifdef FAULTS

struct place {
    char dir[64];
    char path[96];
};

static struct place make_place(void)
{
    struct place p;

    snprintf(p.dir, sizeof(p.dir), "/tmp/lm-fault-XXXXXX");
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

static struct db *open_migrated(const char *path, struct err *e)
{
    CLEANUP(db_closep) struct db *db = db_open(path, e);

    if (db == NULL || !db_migrate(db, HUB_MIGRATIONS, HUB_MIGRATIONS_LEN, e)) {
        return NULL;
    }
    return TAKE(db, NULL);
}

static void opening_fails_cleanly_at_every_point(void **state)
{
    (void)state;
    for (uint32_t nth = 0;; nth++) {
        struct place p = make_place();
        struct err e = { 0 };
        struct db *db;
        const char *failed;

        fault_arm(nth);
        db = open_migrated(p.path, &e);
        failed = fault_disarm();
        assert_int_equal(db != NULL, failed == NULL);
        assert_int_equal(e.code != ERR_OK, failed != NULL);
        db_close(db);

        e = (struct err){ 0 };
        db = open_migrated(p.path, &e); /* what the failure left is a good beginning */
        if (db == NULL) {
            fail_msg("after %s: %s", failed, e.msg);
        }
        db_close(db);
        remove_place(&p);
        if (failed == NULL) {
            assert_true(nth > 5);
            return;
        }
    }
}

static bool bootstrap_in_one(struct db *db, struct bootstrap *made, struct err *e)
{
    TRY(db_begin(db, e));
    if (!bootstrap_solo(db, made, e) || !db_commit(db, e)) {
        db_rollback(db);
        return false;
    }
    return true;
}

static bool has_solo(struct db *db)
{
    CLEANUP(arena_done) struct arena a = { 0 };
    struct hub_sql_get_user_by_name_row row;
    struct err e = { 0 };
    bool found = false;

    assert_true(hub_sql_get_user_by_name(
        db, &(struct hub_sql_get_user_by_name_args){ .username = "solo" }, &a, &row, &found, &e));
    return found;
}

static void the_first_start_makes_all_or_nothing(void **state)
{
    (void)state;
    for (uint32_t nth = 0;; nth++) {
        struct err e = { 0 };
        struct db *db = open_migrated(":memory:", &e);
        struct bootstrap made;
        struct bootstrap again;
        const char *failed;
        bool ok;

        assert_non_null(db);
        fault_arm(nth);
        ok = bootstrap_in_one(db, &made, &e);
        failed = fault_disarm();
        assert_int_equal(ok, failed == NULL);
        assert_int_equal(has_solo(db), ok);

        e = (struct err){ 0 };
        assert_true(bootstrap_in_one(db, &again, &e));
        assert_true(!ok || id_equal(made.user, again.user));
        assert_true(!ok || id_equal(made.worker, again.worker));
        db_close(db);
        if (failed == NULL) {
            assert_true(nth > 12);
            return;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(opening_fails_cleanly_at_every_point),
        cmocka_unit_test(the_first_start_makes_all_or_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

static void faults_are_not_compiled_in(void **state)
{
    (void)state;
    skip();
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(faults_are_not_compiled_in) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

#endif
