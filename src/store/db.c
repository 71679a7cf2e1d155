/* SPDX-License-Identifier: Apache-2.0 */
#include "store/db.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/alloc.h"
#include "base/fault.h"
#include "base/fd.h"
#include "store/db_internal.h"

enum {
    BUSY_MS = 5000, /* another process (a backup) may hold the lock for so long */
    WAL_KEPT_OCTETS = 16 * 1024 * 1024,
};

/* A full disk, a quota or a file size limit: all three end when somebody makes room. */
static bool is_full(int rc, int sys)
{
    return rc == SQLITE_FULL ||
           (rc == SQLITE_IOERR && (sys == ENOSPC || sys == EDQUOT || sys == EFBIG));
}

static bool is_taken(int extended)
{
    return extended == SQLITE_CONSTRAINT_UNIQUE || extended == SQLITE_CONSTRAINT_PRIMARYKEY ||
           extended == SQLITE_CONSTRAINT_ROWID;
}

bool db_fail(struct db *db, const char *what, struct err *e)
{
    int extended = sqlite3_extended_errcode(db->raw);
    int rc = extended & 0xff;
    int sys = sqlite3_system_errno(db->raw);
    const char *text = sqlite3_errmsg(db->raw);

    if (is_full(rc, sys)) {
        err_set(e, ERR_RESOURCE_EXHAUSTED, "DISK_FULL", "%s: the disk is full", what);
    } else if (rc == SQLITE_BUSY || rc == SQLITE_LOCKED) {
        err_set(e, ERR_UNAVAILABLE, "DATABASE_BUSY", "%s: %s", what, text);
    } else if (rc == SQLITE_CORRUPT || rc == SQLITE_NOTADB) {
        err_set(e, ERR_DATA_LOSS, "DAMAGED", "%s: %s", what, text);
    } else if (is_taken(extended)) {
        err_set(e, ERR_ALREADY_EXISTS, "EXISTS", "%s: %s", what, text);
    } else {
        err_set(e, ERR_INTERNAL, "INTERNAL", "%s: %s (%d)", what, text, extended);
    }
    e->sys = sys;
    return false;
}

/* SQLite would create the file with the umask; its WAL takes the mode of the file. */
static bool create_file(const char *path, struct err *e)
{
    CLEANUP(fd_closep) int fd = -1;
    struct stat st;

    if (strcmp(path, ":memory:") == 0) {
        return true;
    }
    fd = fault_here("store.open") ? -1 : open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd == -1) {
        return err_sys(e, "cannot open the database %s", path);
    }
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        return err_set(e, ERR_FAILED_PRECONDITION, "INVALID", "%s is not a file", path);
    }
    return true;
}

static bool set_up(struct db *db, struct err *e)
{
    char wal_limit[64];

    sqlite3_extended_result_codes(db->raw, 1);
    sqlite3_busy_timeout(db->raw, BUSY_MS);
    sqlite3_db_config(db->raw, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
    sqlite3_db_config(db->raw, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
    sqlite3_db_config(db->raw, SQLITE_DBCONFIG_ENABLE_FKEY, 1, NULL);
    sqlite3_db_config(db->raw, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    snprintf(wal_limit, sizeof(wal_limit), "PRAGMA journal_size_limit = %d", WAL_KEPT_OCTETS);
    /* The first statement reads the schema, so a damaged file is known before anything is written.
     */
    return db_exec(db, "SELECT count(*) FROM sqlite_schema", e) &&
           db_exec(db, "PRAGMA journal_mode = WAL", e) &&
           db_exec(db, "PRAGMA synchronous = FULL", e) && db_exec(db, wal_limit, e);
}

struct db *db_open(const char *path, struct err *e)
{
    CLEANUP(db_closep) struct db *db = NULL;

    if (!create_file(path, e)) {
        return NULL;
    }
    db = NEW(struct db);
    if (sqlite3_open_v2(path, &db->raw,
                        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
                        NULL) != SQLITE_OK) {
        db_fail(db, path, e);
        return NULL;
    }
    if (!set_up(db, e)) {
        err_prefix(e, "%s", path);
        return NULL;
    }
    return TAKE(db, NULL);
}

void db_close(struct db *db)
{
    if (db == NULL) {
        return;
    }
    stmt_free_all(db);
    if (sqlite3_close(db->raw) != SQLITE_OK) { /* not _v2: an open statement is a mistake of ours */
        abort();
    }
    free(db);
}

void db_closep(struct db **db)
{
    db_close(*db);
    *db = NULL;
}

bool db_exec(struct db *db, const char *sql, struct err *e)
{
    if (fault_here("store.exec")) {
        return err_set(e, ERR_INTERNAL, "INTERNAL", "made to fail");
    }
    if (sqlite3_exec(db->raw, sql, NULL, NULL, NULL) != SQLITE_OK) {
        return db_fail(db, "SQL", e);
    }
    return true;
}

static bool read_version(struct db *db, int *version, struct err *e)
{
    static const struct stmt_sql SQL = { "user_version", "PRAGMA user_version" };
    CLEANUP(stmt_leave) struct stmt *s = stmt_enter(db, &SQL, e);
    bool has_row = false;

    TRY(s != NULL);
    TRY(stmt_step(s, &has_row, e));
    *version = (int)stmt_int(s, 0);
    return true;
}

static bool migrate_from(struct db *db, int version, const struct db_migration *list, size_t n,
                         struct err *e)
{
    char set_version[64];

    for (size_t i = (size_t)version; i < n; i++) {
        assert(list[i].number == (int)i + 1);
        if (!db_exec(db, list[i].sql, e)) {
            return err_prefix(e, "migration %s", list[i].name);
        }
    }
    snprintf(set_version, sizeof(set_version), "PRAGMA user_version = %zu", n);
    return db_exec(db, set_version, e);
}

bool db_migrate(struct db *db, const struct db_migration *list, size_t n, struct err *e)
{
    int version = 0;

    TRY(read_version(db, &version, e));
    if (version < 0 || (size_t)version > n) {
        return err_set(e, ERR_FAILED_PRECONDITION, "NEWER",
                       "the database is of a newer version of this program "
                       "(schema %d, known %zu)",
                       version, n);
    }
    if ((size_t)version == n) {
        return true;
    }
    TRY(db_begin(db, e));
    if (!migrate_from(db, version, list, n, e) || !db_commit(db, e)) {
        db_rollback(db);
        return false;
    }
    return true;
}

bool db_begin(struct db *db, struct err *e)
{
    TRY(db_exec(db, db->depth == 0 ? "BEGIN IMMEDIATE" : "SAVEPOINT inner", e));
    db->depth++;
    return true;
}

bool db_commit(struct db *db, struct err *e)
{
    assert(db->depth > 0);
    if (fault_here("store.commit")) {
        return err_set(e, ERR_INTERNAL, "INTERNAL", "made to fail");
    }
    /* A full disk makes SQLite roll the whole transaction back by itself, savepoints included. */
    if (sqlite3_get_autocommit(db->raw)) {
        return err_set(e, ERR_RESOURCE_EXHAUSTED, "DISK_FULL", "the transaction was undone");
    }
    TRY(db_exec(db, db->depth == 1 ? "COMMIT" : "RELEASE inner", e));
    db->depth--;
    return true;
}

void db_rollback(struct db *db)
{
    if (db->depth == 0) {
        return;
    }
    db->depth--;
    if (sqlite3_get_autocommit(db->raw)) {
        return;
    }
    /* Undoing reads the journal only; where even that fails SQLite ends the transaction. */
    sqlite3_exec(db->raw, db->depth == 0 ? "ROLLBACK" : "ROLLBACK TO inner; RELEASE inner", NULL,
                 NULL, NULL);
}

bool db_is_lost(const struct db *db)
{
    return db->depth > 0 && sqlite3_get_autocommit(db->raw) != 0;
}

void db_checkpoint(struct db *db)
{
    sqlite3_wal_checkpoint_v2(db->raw, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
}

int64_t db_changed(const struct db *db)
{
    return sqlite3_changes64(db->raw);
}

int64_t db_changed_ever(const struct db *db)
{
    return sqlite3_total_changes64(db->raw);
}
