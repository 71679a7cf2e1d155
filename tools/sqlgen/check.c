/* SPDX-License-Identifier: Apache-2.0 */
#include "sqlgen.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Which line of a text an octet offset lies in, from 0. */
static int lines_before(const char *text, int offset)
{
    int lines = 0;

    for (int i = 0; i < offset && text[i] != '\0'; i++) {
        lines += text[i] == '\n';
    }
    return lines;
}

void schema_build(sqlite3 *db, const struct sql_files *migrations)
{
    for (int i = 0; i < migrations->n; i++) {
        const struct sql_file *file = &migrations->v[i];
        const char *rest = file->text;

        if (strtol(file->base, NULL, 10) != i + 1) {
            give_up(file->path, 1, "migrations are numbered without gaps: expected %03d", i + 1);
        }
        while (*rest != '\0') {
            const char *tail = rest;
            sqlite3_stmt *stmt = NULL;
            int base = (int)(rest - file->text);

            if (sqlite3_prepare_v2(db, rest, -1, &stmt, &tail) != SQLITE_OK) {
                int offset = sqlite3_error_offset(db);

                give_up(file->path, 1 + lines_before(file->text, base + (offset < 0 ? 0 : offset)),
                        "%s", sqlite3_errmsg(db));
            }
            if (stmt != NULL && sqlite3_step(stmt) == SQLITE_ERROR) {
                give_up(file->path, 1 + lines_before(file->text, (int)(tail - file->text)), "%s",
                        sqlite3_errmsg(db));
            }
            sqlite3_finalize(stmt);
            rest = tail;
        }
    }
}

static enum type type_of_decl(const char *decl)
{
    if (decl == NULL) {
        return TYPE_NONE;
    }
    if (strcasecmp(decl, "INTEGER") == 0 || strcasecmp(decl, "INT") == 0) {
        return TYPE_INT;
    }
    if (strcasecmp(decl, "TEXT") == 0) {
        return TYPE_TEXT;
    }
    if (strcasecmp(decl, "BLOB") == 0) {
        return TYPE_BLOB;
    }
    return strcasecmp(decl, "REAL") == 0 ? TYPE_REAL : TYPE_NONE;
}

static struct field *find(struct fields *fields, const char *name)
{
    for (int i = 0; i < fields->n; i++) {
        if (strcmp(fields->v[i].name, name) == 0) {
            return &fields->v[i];
        }
    }
    return NULL;
}

/* The type that all columns of this name have, in whatever table; TYPE_NONE when they differ. */
static enum type type_of_column(sqlite3 *db, const char *name)
{
    static const char *SQL = "SELECT DISTINCT upper(c.type) FROM sqlite_schema AS t"
                             " JOIN pragma_table_info(t.name) AS c"
                             " WHERE t.type = 'table' AND c.name = ?1 AND c.type <> ''";
    enum type type = TYPE_NONE;
    sqlite3_stmt *stmt = NULL;
    int rows = 0;

    if (sqlite3_prepare_v2(db, SQL, -1, &stmt, NULL) != SQLITE_OK) {
        give_up("sqlgen", 0, "%s", sqlite3_errmsg(db));
    }
    sqlite3_bind_text(stmt, 1, name, -1, SQLITE_STATIC);
    while (sqlite3_step(stmt) == SQLITE_ROW) {
        type = type_of_decl((const char *)sqlite3_column_text(stmt, 0));
        rows++;
    }
    sqlite3_finalize(stmt);
    return rows == 1 ? type : TYPE_NONE;
}

/* Parameters in the order of their numbers, which is that of their first use. */
static void check_params(sqlite3 *db, struct query *q, sqlite3_stmt *stmt)
{
    struct fields found = { .n = sqlite3_bind_parameter_count(stmt) };

    if (found.n > FIELDS_MAX) {
        give_up(q->file, q->line, "'%s' has more than %d parameters", q->name, FIELDS_MAX);
    }
    for (int i = 0; i < found.n; i++) {
        const char *name = sqlite3_bind_parameter_name(stmt, i + 1);
        struct field *f = &found.v[i];
        struct field *note;

        if (name == NULL || name[0] != ':') {
            give_up(q->file, q->line, "'%s' has a parameter that is not :name", q->name);
        }
        note = find(&q->params, name + 1);
        if (note != NULL) {
            note->is_used = true;
            *f = *note;
            continue;
        }
        f->name = copy_text(name + 1, strlen(name + 1));
        f->type = type_of_column(db, f->name);
        if (f->type == TYPE_NONE) {
            give_up(q->file, q->line,
                    "'%s': the type of :%s is unknown; add '-- param: %s int|text|blob|real'",
                    q->name, f->name, f->name);
        }
    }
    for (int i = 0; i < q->params.n; i++) {
        if (!q->params.v[i].is_used) {
            give_up(q->file, q->line, "'%s' has no parameter :%s", q->name, q->params.v[i].name);
        }
    }
    q->params = found;
}

/* Whether a column of a table may be NULL; behind a LEFT JOIN every one may. */
static bool may_be_null(sqlite3 *db, const struct query *q, sqlite3_stmt *stmt, int i)
{
    const char *table = sqlite3_column_table_name(stmt, i);
    const char *column = sqlite3_column_origin_name(stmt, i);
    int not_null = 0;
    int key = 0;

    if (table == NULL || column == NULL) {
        return false;
    }
    if (strcasestr(q->sql, "LEFT JOIN") != NULL || strcasestr(q->sql, "LEFT OUTER") != NULL) {
        return true;
    }
    if (sqlite3_table_column_metadata(db, NULL, table, column, NULL, NULL, &not_null, &key, NULL) !=
        SQLITE_OK) {
        return true;
    }
    return !not_null && !key;
}

static void check_columns(sqlite3 *db, struct query *q, sqlite3_stmt *stmt)
{
    struct fields found = { .n = sqlite3_column_count(stmt) };

    if (found.n > FIELDS_MAX) {
        give_up(q->file, q->line, "'%s' has more than %d columns", q->name, FIELDS_MAX);
    }
    for (int i = 0; i < found.n; i++) {
        const char *name = sqlite3_column_name(stmt, i);
        struct field *note = find(&q->columns, name);
        struct field *f = &found.v[i];

        if (note != NULL) {
            note->is_used = true;
            *f = *note;
            continue;
        }
        f->name = copy_text(name, strlen(name));
        f->type = type_of_decl(sqlite3_column_decltype(stmt, i));
        f->null = may_be_null(db, q, stmt, i);
        if (f->type == TYPE_NONE) {
            give_up(q->file, q->line,
                    "'%s': the type of column '%s' is unknown; name it with AS and add "
                    "'-- column: name int|text|blob|real'",
                    q->name, name);
        }
    }
    for (int i = 0; i < q->columns.n; i++) {
        if (!q->columns.v[i].is_used) {
            give_up(q->file, q->line, "'%s' has no column %s", q->name, q->columns.v[i].name);
        }
    }
    for (int i = 0; i < found.n; i++) {
        if (found.v[i].type == TYPE_REAL && found.v[i].null) {
            give_up(q->file, q->line, "'%s': %s may be NULL, which a double cannot say", q->name,
                    found.v[i].name);
        }
    }
    q->columns = found;
}

/* A step of a plan that reads a whole table, as opposed to a constant or a virtual table. */
static bool is_scan(const char *detail)
{
    return strncmp(detail, "SCAN ", 5) == 0 && strncmp(detail, "SCAN CONSTANT", 13) != 0 &&
           strncmp(detail, "SCAN (", 6) != 0 && strstr(detail, "VALUES") == NULL &&
           strstr(detail, "VIRTUAL TABLE") == NULL;
}

static void check_plan(sqlite3 *db, const struct query *q)
{
    char *sql = sqlite3_mprintf("EXPLAIN QUERY PLAN %s", q->sql);
    sqlite3_stmt *stmt = NULL;
    bool scans = false;

    if (sql == NULL || sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) != SQLITE_OK) {
        give_up(q->file, q->line, "%s", sqlite3_errmsg(db));
    }
    while (sqlite3_step(stmt) == SQLITE_ROW) {
        const char *detail = (const char *)sqlite3_column_text(stmt, 3);

        if (is_scan(detail)) {
            scans = true;
            if (!q->may_scan) {
                give_up(q->file, q->line,
                        "'%s' reads a whole table (%s): add an index or '-- scan: why'", q->name,
                        detail);
            }
        }
    }
    if (q->may_scan && !scans) {
        give_up(q->file, q->line, "'%s' scans nothing: drop '-- scan:'", q->name);
    }
    sqlite3_finalize(stmt);
    sqlite3_free(sql);
}

void query_check(sqlite3 *db, struct query *q)
{
    sqlite3_stmt *stmt = NULL;
    const char *tail = NULL;

    if (sqlite3_prepare_v2(db, q->sql, -1, &stmt, &tail) != SQLITE_OK) {
        int offset = sqlite3_error_offset(db);

        give_up(q->file, q->sql_line + lines_before(q->sql, offset < 0 ? 0 : offset), "%s: %s",
                q->name, sqlite3_errmsg(db));
    }
    if (tail[strspn(tail, " \t\n")] != '\0') {
        give_up(q->file, q->line, "'%s' holds more than one statement", q->name);
    }
    check_params(db, q, stmt);
    check_columns(db, q, stmt);
    if ((q->kind == KIND_EXEC) != (q->columns.n == 0)) {
        give_up(q->file, q->line, "'%s': :exec has no columns, :one and :many have some", q->name);
    }
    sqlite3_finalize(stmt);
    check_plan(db, q);
}
