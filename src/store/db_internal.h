/* SPDX-License-Identifier: Apache-2.0 */
/* What db.c and stmt.c share. */
#ifndef STORE_DB_INTERNAL_H
#define STORE_DB_INTERNAL_H

#include <sqlite3.h>

#include "store/stmt.h"

struct stmt {
    struct db *db;
    const struct stmt_sql *sql;
    sqlite3_stmt *raw;
    bool is_entered;
};

struct db {
    sqlite3 *raw;
    int depth;           /* transactions and savepoints that are open */
    struct stmt **stmts; /* open addressing by the address of their query */
    size_t n_stmts;
    size_t cap_stmts; /* a power of two, or 0 */
};

/* Fill *e from the database's last error. Returns false. */
bool db_fail(struct db *db, const char *what, struct err *e);

void stmt_free_all(struct db *db);

#endif
