/* SPDX-License-Identifier: Apache-2.0 */
#include "sqlgen.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static bool is_name(const char *s)
{
    if (!islower((unsigned char)*s)) {
        return false;
    }
    for (; *s != '\0'; s++) {
        if (!islower((unsigned char)*s) && !isdigit((unsigned char)*s) && *s != '_') {
            return false;
        }
    }
    return true;
}

/* The text after "-- word:" on a line, or NULL. */
static const char *after(const char *line, const char *word)
{
    size_t n = strlen(word);

    if (strncmp(line, "-- ", 3) != 0 || strncmp(line + 3, word, n) != 0 || line[3 + n] != ':') {
        return NULL;
    }
    line += 4 + n;
    return line + strspn(line, " ");
}

static enum type type_of(const char *word)
{
    static const struct {
        const char *word;
        enum type type;
    } TYPES[] = {
        { "int", TYPE_INT }, { "text", TYPE_TEXT }, { "blob", TYPE_BLOB }, { "real", TYPE_REAL }
    };

    for (size_t i = 0; i < sizeof(TYPES) / sizeof(TYPES[0]); i++) {
        if (strcmp(word, TYPES[i].word) == 0) {
            return TYPES[i].type;
        }
    }
    return TYPE_NONE;
}

/* "name type [null]" */
static void parse_field(const char *file, int line, const char *text, struct fields *out)
{
    char name[64];
    char type[16];
    char null[16] = "";
    int n = sscanf(text, "%63s %15s %15s", name, type, null);
    struct field *f = &out->v[out->n];

    if (n < 2 || type_of(type) == TYPE_NONE || (n == 3 && strcmp(null, "null") != 0)) {
        give_up(file, line, "expected: name int|text|blob|real [null]");
    }
    if (out->n == FIELDS_MAX) {
        give_up(file, line, "more than %d fields", FIELDS_MAX);
    }
    f->name = copy_text(name, strlen(name));
    f->type = type_of(type);
    f->null = n == 3;
    f->is_annotated = true;
    out->n++;
}

static struct query *start_query(const char *file, int line, const char *text, struct queries *out)
{
    char name[64];
    char kind[16];
    struct query *q = &out->v[out->n];

    if (sscanf(text, "%63s %15s", name, kind) != 2 || !is_name(name)) {
        give_up(file, line, "expected: -- name: lower_case_name :one|:many|:exec");
    }
    if (strcmp(kind, ":one") == 0) {
        q->kind = KIND_ONE;
    } else if (strcmp(kind, ":many") == 0) {
        q->kind = KIND_MANY;
    } else if (strcmp(kind, ":exec") == 0) {
        q->kind = KIND_EXEC;
    } else {
        give_up(file, line, "'%s' is not :one, :many or :exec", kind);
    }
    for (int i = 0; i < out->n; i++) {
        if (strcmp(out->v[i].name, name) == 0) {
            give_up(file, line, "'%s' is also in %s:%d", name, out->v[i].file, out->v[i].line);
        }
    }
    if (out->n == QUERIES_MAX - 1) {
        give_up(file, line, "more than %d queries", QUERIES_MAX);
    }
    q->file = file;
    q->line = line;
    q->name = copy_text(name, strlen(name));
    out->n++;
    return q;
}

static char *add_line(char *text, const char *line)
{
    size_t n = text == NULL ? 0 : strlen(text);
    char *longer = must_get(n + strlen(line) + 2);

    if (n > 0) {
        memcpy(longer, text, n);
    }
    memcpy(longer + n, line, strlen(line));
    longer[n + strlen(line)] = '\n';
    return longer;
}

static void take_line(struct query *q, int number, const char *line)
{
    const char *text;

    if ((text = after(line, "param")) != NULL) {
        parse_field(q->file, number, text, &q->params);
    } else if ((text = after(line, "column")) != NULL) {
        parse_field(q->file, number, text, &q->columns);
    } else if ((text = after(line, "scan")) != NULL) {
        if (*text == '\0') {
            give_up(q->file, number, "-- scan: needs a reason");
        }
        q->may_scan = true;
    } else if (strncmp(line, "--", 2) == 0) {
        if (strstr(line, "*/") != NULL) {
            give_up(q->file, number, "a comment cannot hold the end of a C comment");
        }
        q->doc = add_line(q->doc, line + 2 + strspn(line + 2, " "));
    } else if (q->sql != NULL || line[strspn(line, " \t")] != '\0') {
        q->sql_line = q->sql == NULL ? number : q->sql_line;
        q->sql = add_line(q->sql, line);
    }
}

/* Blank lines at the end are no part of the text. */
static void end_query(struct query *q)
{
    size_t n;

    if (q == NULL) {
        return;
    }
    if (q->sql == NULL) {
        give_up(q->file, q->line, "'%s' has no SQL", q->name);
    }
    n = strlen(q->sql);
    while (n > 0 && isspace((unsigned char)q->sql[n - 1])) {
        q->sql[--n] = '\0';
    }
}

void queries_parse(const struct sql_file *file, struct queries *out)
{
    struct query *q = NULL;
    int number = 0;

    for (const char *at = file->text; *at != '\0';) {
        size_t n = strcspn(at, "\n");
        char *line = copy_text(at, n);
        const char *text = after(line, "name");

        number++;
        at += n + (at[n] == '\n');
        if (text != NULL) {
            end_query(q);
            q = start_query(file->path, number, text, out);
        } else if (q != NULL) {
            take_line(q, number, line);
        } else if (strncmp(line, "--", 2) != 0 && line[strspn(line, " \t")] != '\0') {
            give_up(file->path, number, "SQL before the first '-- name:'");
        }
        free(line);
    }
    end_query(q);
}
