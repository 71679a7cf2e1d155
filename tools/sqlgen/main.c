/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sqlgen --schema DIR --queries DIR --name NAME --out-c FILE --out-h FILE
 *
 * How to write the .sql files: README.md beside this one.
 */
#include "sqlgen.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

struct options {
    const char *schema;
    const char *queries;
    const char *name;
    const char *out_c;
    const char *out_h;
};

static struct options parse_options(int argc, char **argv)
{
    static const struct option LONG[] = {
        { "schema", required_argument, NULL, 's' }, { "queries", required_argument, NULL, 'q' },
        { "name", required_argument, NULL, 'n' },   { "out-c", required_argument, NULL, 'c' },
        { "out-h", required_argument, NULL, 'h' },  { NULL, 0, NULL, 0 },
    };
    struct options o = { 0 };
    int c;

    while ((c = getopt_long(argc, argv, "", LONG, NULL)) != -1) {
        const char **at = c == 's'   ? &o.schema
                          : c == 'q' ? &o.queries
                          : c == 'n' ? &o.name
                          : c == 'c' ? &o.out_c
                          : c == 'h' ? &o.out_h
                                     : NULL;

        if (at == NULL) {
            exit(2);
        }
        *at = optarg;
    }
    if (o.schema == NULL || o.queries == NULL || o.name == NULL || o.out_c == NULL ||
        o.out_h == NULL) {
        fprintf(stderr,
                "usage: sqlgen --schema DIR --queries DIR --name NAME --out-c FILE --out-h FILE\n");
        exit(2);
    }
    return o;
}

static FILE *must_create(const char *path)
{
    FILE *f = fopen(path, "w");

    if (f == NULL) {
        give_up(path, 1, "cannot be written: %s", strerror(errno));
    }
    return f;
}

static void must_close(FILE *f, const char *path)
{
    if (ferror(f) || fclose(f) != 0) {
        give_up(path, 1, "cannot be written: %s", strerror(errno));
    }
}

int main(int argc, char **argv)
{
    struct options o = parse_options(argc, argv);
    struct sql_files *migrations = must_get(sizeof(*migrations));
    struct sql_files *files = must_get(sizeof(*files));
    struct queries *queries = must_get(sizeof(*queries));
    sqlite3 *db = NULL;
    FILE *out;

    if (sqlite3_open(":memory:", &db) != SQLITE_OK) {
        give_up("sqlgen", 0, "no database in memory");
    }
    sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
    sqlite3_db_config(db, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
    files_read(o.schema, migrations);
    schema_build(db, migrations);

    files_read(o.queries, files);
    for (int i = 0; i < files->n; i++) {
        queries_parse(&files->v[i], queries);
    }
    for (int i = 0; i < queries->n; i++) {
        query_check(db, &queries->v[i]);
    }

    out = must_create(o.out_h);
    emit_header(out, o.name, queries);
    must_close(out, o.out_h);
    out = must_create(o.out_c);
    emit_source(out, o.name, queries, migrations);
    must_close(out, o.out_c);
    sqlite3_close(db);
    return 0;
}
