/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What generated SQL functions are made of: prepared statements, one for each query and database,
 * made at its first use and kept. Only generated code and this folder use it.
 */
#ifndef STORE_STMT_H
#define STORE_STMT_H

#include "store/db.h"

struct stmt;

/* A query of the program; its address is what the cache of statements goes by. */
struct stmt_sql {
    const char *name; /* for messages */
    const char *sql;
};

/*
 * The statement of a query, ready to be bound. NULL on failure. A query must not be run inside
 * a callback of itself.
 */
struct stmt *stmt_enter(struct db *db, const struct stmt_sql *sql, struct err *e);

/* Reset and unbind; for CLEANUP(). Accepts NULL. */
void stmt_leave(struct stmt **s);

/* Parameters count from 1. What is bound must stay valid until stmt_leave(). */
void stmt_bind_int(struct stmt *s, int at, int64_t v);
void stmt_bind_opt_int(struct stmt *s, int at, struct db_opt_int v);
void stmt_bind_real(struct stmt *s, int at, double v);
void stmt_bind_text(struct stmt *s, int at, const char *v);      /* NULL binds SQL NULL */
void stmt_bind_blob(struct stmt *s, int at, struct bytes v);     /* no octets: an empty blob */
void stmt_bind_opt_blob(struct stmt *s, int at, struct bytes v); /* p NULL: SQL NULL */

/* Go to the next row; *has_row is false at the end. */
MUST_CHECK bool stmt_step(struct stmt *s, bool *has_row, struct err *e);

/* Go to the end, where there must be no more rows. */
MUST_CHECK bool stmt_end(struct stmt *s, struct err *e);

/*
 * Columns of the row, from 0. Text and blobs are views valid until the next step, or copies when
 * there is an arena. SQL NULL is NULL, a blob with p NULL, 0, or an unset number.
 */
int64_t stmt_int(struct stmt *s, int column);
struct db_opt_int stmt_opt_int(struct stmt *s, int column);
double stmt_real(struct stmt *s, int column);
const char *stmt_text(struct stmt *s, int column, struct arena *a);
struct bytes stmt_blob(struct stmt *s, int column, struct arena *a);

#endif
