/* SPDX-License-Identifier: Apache-2.0 */
#include "store/stmt.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/fault.h"
#include "store/db_internal.h"

static size_t slot_of(const struct db *db, const struct stmt_sql *sql)
{
    size_t at = ((uintptr_t)sql >> 4) * 0x9e3779b97f4a7c15u >> 20;

    for (at &= db->cap_stmts - 1; db->stmts[at] != NULL && db->stmts[at]->sql != sql;) {
        at = (at + 1) & (db->cap_stmts - 1);
    }
    return at;
}

static void make_room(struct db *db)
{
    struct stmt **old = db->stmts;
    size_t n = db->cap_stmts;

    if (2 * (db->n_stmts + 1) <= n) {
        return;
    }
    db->cap_stmts = n > 0 ? 2 * n : 64;
    db->stmts = must_calloc(db->cap_stmts, sizeof(struct stmt *));
    for (size_t i = 0; i < n; i++) {
        if (old[i] != NULL) {
            db->stmts[slot_of(db, old[i]->sql)] = old[i];
        }
    }
    free(old);
}

static struct stmt *prepare(struct db *db, const struct stmt_sql *sql, struct err *e)
{
    sqlite3_stmt *raw = NULL;
    struct stmt *s;

    if (fault_here("store.prepare") ||
        sqlite3_prepare_v3(db->raw, sql->sql, -1, SQLITE_PREPARE_PERSISTENT, &raw, NULL) !=
            SQLITE_OK) {
        db_fail(db, sql->name, e);
        return NULL;
    }
    s = NEW(struct stmt);
    *s = (struct stmt){ .db = db, .sql = sql, .raw = raw };
    return s;
}

struct stmt *stmt_enter(struct db *db, const struct stmt_sql *sql, struct err *e)
{
    size_t at;

    make_room(db);
    at = slot_of(db, sql);
    if (db->stmts[at] == NULL) {
        db->stmts[at] = prepare(db, sql, e);
        if (db->stmts[at] == NULL) {
            return NULL;
        }
        db->n_stmts++;
    }
    assert(!db->stmts[at]->is_entered);
    db->stmts[at]->is_entered = true;
    return db->stmts[at];
}

void stmt_leave(struct stmt **s)
{
    if (*s == NULL) {
        return;
    }
    sqlite3_reset((*s)->raw); /* repeats the error of the last step, which was told already */
    sqlite3_clear_bindings((*s)->raw);
    (*s)->is_entered = false;
    *s = NULL;
}

void stmt_free_all(struct db *db)
{
    for (size_t i = 0; i < db->cap_stmts; i++) {
        if (db->stmts[i] != NULL) {
            sqlite3_finalize(db->stmts[i]->raw);
            free(db->stmts[i]);
        }
    }
    free(db->stmts);
}

/* Binding fails only for want of memory or by a wrong index: neither is anybody else's fault. */
static void must_bind(int rc)
{
    if (rc != SQLITE_OK) {
        abort();
    }
}

void stmt_bind_int(struct stmt *s, int at, int64_t v)
{
    must_bind(sqlite3_bind_int64(s->raw, at, v));
}

void stmt_bind_opt_int(struct stmt *s, int at, struct db_opt_int v)
{
    must_bind(v.set ? sqlite3_bind_int64(s->raw, at, v.v) : sqlite3_bind_null(s->raw, at));
}

void stmt_bind_real(struct stmt *s, int at, double v)
{
    must_bind(sqlite3_bind_double(s->raw, at, v));
}

void stmt_bind_text(struct stmt *s, int at, const char *v)
{
    must_bind(sqlite3_bind_text(s->raw, at, v, -1, SQLITE_STATIC));
}

void stmt_bind_blob(struct stmt *s, int at, struct bytes v)
{
    must_bind(v.n == 0 ? sqlite3_bind_zeroblob(s->raw, at, 0)
                       : sqlite3_bind_blob64(s->raw, at, v.p, v.n, SQLITE_STATIC));
}

void stmt_bind_opt_blob(struct stmt *s, int at, struct bytes v)
{
    if (v.p == NULL) {
        must_bind(sqlite3_bind_null(s->raw, at));
    } else {
        stmt_bind_blob(s, at, v);
    }
}

bool stmt_step(struct stmt *s, bool *has_row, struct err *e)
{
    int rc;

    if (fault_here("store.step")) {
        return err_set(e, ERR_INTERNAL, "INTERNAL", "%s: made to fail", s->sql->name);
    }
    rc = sqlite3_step(s->raw);
    if (rc != SQLITE_ROW && rc != SQLITE_DONE) {
        return db_fail(s->db, s->sql->name, e);
    }
    *has_row = rc == SQLITE_ROW;
    return true;
}

bool stmt_end(struct stmt *s, struct err *e)
{
    bool has_row = false;

    TRY(stmt_step(s, &has_row, e));
    if (has_row) {
        return err_set(e, ERR_INTERNAL, "INTERNAL", "%s: more rows than expected", s->sql->name);
    }
    return true;
}

int64_t stmt_int(struct stmt *s, int column)
{
    return sqlite3_column_int64(s->raw, column);
}

struct db_opt_int stmt_opt_int(struct stmt *s, int column)
{
    if (sqlite3_column_type(s->raw, column) == SQLITE_NULL) {
        return (struct db_opt_int){ .set = false };
    }
    return (struct db_opt_int){ .set = true, .v = sqlite3_column_int64(s->raw, column) };
}

double stmt_real(struct stmt *s, int column)
{
    return sqlite3_column_double(s->raw, column);
}

const char *stmt_text(struct stmt *s, int column, struct arena *a)
{
    const char *text = (const char *)sqlite3_column_text(s->raw, column);

    return text == NULL || a == NULL ? text : arena_str(a, bytes_of(text));
}

struct bytes stmt_blob(struct stmt *s, int column, struct arena *a)
{
    static const uint8_t NOTHING[1] = { 0 };
    struct bytes blob = { .p = sqlite3_column_blob(s->raw, column) };

    if (sqlite3_column_type(s->raw, column) == SQLITE_NULL) {
        return (struct bytes){ .p = NULL };
    }
    blob.n = (size_t)sqlite3_column_bytes(s->raw, column);
    if (blob.n == 0) {
        return (struct bytes){ .p = NOTHING };
    }
    return a == NULL ? blob : arena_copy(a, blob);
}
