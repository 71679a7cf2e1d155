/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SQLite as this tree uses it: one connection, one thread, prepared statements only.
 *
 * Only files under store/ include sqlite3.h. SQL lies in .sql files; the functions that run it
 * are generated from them at build time and checked against the migrated schema
 * (tools/sqlgen/README.md). The rest of the tree sees functions such as hub_sql_get_user().
 */
#ifndef STORE_DB_H
#define STORE_DB_H

#include "base/arena.h"

struct db;

/* One migration: a numbered file embedded in the program. */
struct db_migration {
    int number;       /* from 1, without gaps */
    const char *name; /* file name, for messages */
    const char *sql;
};

/*
 * Open (or create, 0600) the database at path; ":memory:" for a private one. WAL,
 * synchronous=FULL, foreign keys on, double-quoted strings off.
 * Fails with DATA_LOSS when the file is damaged; nothing is changed then.
 */
MUST_CHECK struct db *db_open(const char *path, struct err *e);
void db_close(struct db *db);
void db_closep(struct db **db); /* for CLEANUP() */

/*
 * Bring the schema up to date in one transaction. Fails with FAILED_PRECONDITION, the file
 * untouched, when it was written by a newer program.
 */
MUST_CHECK bool db_migrate(struct db *db, const struct db_migration *list, size_t n, struct err *e);

/* Run SQL that takes no parameters and gives no rows. For migrations and tests. */
MUST_CHECK bool db_exec(struct db *db, const char *sql, struct err *e);

/*
 * A transaction (BEGIN IMMEDIATE), and inside it a savepoint: begin and commit nest. After a
 * db_commit() that failed the transaction is still to be rolled back. db_rollback() undoes the
 * innermost; with none open it does nothing.
 */
MUST_CHECK bool db_begin(struct db *db, struct err *e);
MUST_CHECK bool db_commit(struct db *db, struct err *e);
void db_rollback(struct db *db);

/* True if the open transaction is gone: SQLite undoes it by itself when the disk is full. */
bool db_is_lost(const struct db *db);

/* Move what the write-ahead log holds into the database file, as far as nobody reads it. */
void db_checkpoint(struct db *db);

/* Rows that the last INSERT, UPDATE or DELETE touched. */
int64_t db_changed(const struct db *db);

/* Rows touched since the database was opened, undone ones included. */
int64_t db_changed_ever(const struct db *db);

/* Integer column that may be NULL. */
struct db_opt_int {
    bool set;
    int64_t v;
};

#endif
