/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SQL files -> typed C functions, checked against the migrated schema.
 *
 *   files.c    reading, growing, and giving up with file:line
 *   queries.c  one .sql file -> queries with their annotations
 *   check.c    prepares each query: types of parameters and columns, plan
 *   emit.c     the two generated files
 *
 * It runs once and ends: what it allocates it never frees, and the first fault ends it.
 */
#ifndef SQLGEN_H
#define SQLGEN_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum { FIELDS_MAX = 64, QUERIES_MAX = 1024, FILES_MAX = 256 };

enum type { TYPE_NONE, TYPE_INT, TYPE_TEXT, TYPE_BLOB, TYPE_REAL };

/* A parameter or a result column. */
struct field {
    char *name;
    enum type type;
    bool null;
    bool is_annotated;
    bool is_used; /* an annotation that names nothing is a fault */
};

struct fields {
    struct field v[FIELDS_MAX];
    int n;
};

enum kind { KIND_ONE, KIND_MANY, KIND_EXEC };

struct query {
    const char *file;
    int line;     /* of "-- name:" */
    int sql_line; /* of the first line of text */
    char *name;
    enum kind kind;
    char *doc; /* plain comment lines, or NULL */
    char *sql;
    bool may_scan;
    struct fields params;
    struct fields columns;
};

struct queries {
    struct query v[QUERIES_MAX];
    int n;
};

struct sql_file {
    char *path;
    char *base; /* file name alone */
    char *text;
};

struct sql_files {
    struct sql_file v[FILES_MAX];
    int n;
};

/* Write "file:line: text" to standard error and end with 1. */
_Noreturn void give_up(const char *file, int line, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

void *must_get(size_t n);
char *copy_text(const char *text, size_t n);
/* All *.sql files of a folder by name. */
void files_read(const char *dir, struct sql_files *out);

/* Add the queries of one file. */
void queries_parse(const struct sql_file *file, struct queries *out);

/* Run the migrations in order; their numbers must be 1, 2, 3 ... */
void schema_build(sqlite3 *db, const struct sql_files *migrations);

/* Prepare a query, fill in types, and look at its plan. */
void query_check(sqlite3 *db, struct query *q);

void emit_header(FILE *out, const char *name, const struct queries *qs);
void emit_source(FILE *out, const char *name, const struct queries *qs,
                 const struct sql_files *migrations);

#endif
