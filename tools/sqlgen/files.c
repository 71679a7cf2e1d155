/* SPDX-License-Identifier: Apache-2.0 */
#include "sqlgen.h"

#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

_Noreturn void give_up(const char *file, int line, const char *fmt, ...)
{
    va_list va;

    fprintf(stderr, "%s:%d: error: ", file, line);
    va_start(va, fmt);
    vfprintf(stderr, fmt, va);
    va_end(va);
    fputc('\n', stderr);
    exit(1);
}

void *must_get(size_t n)
{
    void *p = calloc(1, n);

    if (p == NULL) {
        abort();
    }
    return p;
}

char *copy_text(const char *text, size_t n)
{
    char *copy = must_get(n + 1);

    memcpy(copy, text, n);
    return copy;
}

static char *read_whole(const char *path)
{
    FILE *f = fopen(path, "rb");
    long size;
    char *text;

    if (f == NULL || fseek(f, 0, SEEK_END) != 0 || (size = ftell(f)) < 0) {
        give_up(path, 1, "cannot be read: %s", strerror(errno));
    }
    rewind(f);
    text = must_get((size_t)size + 1);
    if (fread(text, 1, (size_t)size, f) != (size_t)size) {
        give_up(path, 1, "cannot be read to its end");
    }
    fclose(f);
    return text;
}

static int is_sql(const struct dirent *entry)
{
    size_t n = strlen(entry->d_name);

    return n > 4 && strcmp(entry->d_name + n - 4, ".sql") == 0;
}

void files_read(const char *dir, struct sql_files *out)
{
    struct dirent **names = NULL;
    int n = scandir(dir, &names, is_sql, alphasort);

    if (n < 0 && errno != ENOENT) {
        give_up(dir, 1, "cannot be listed: %s", strerror(errno));
    }
    if (n > FILES_MAX) {
        give_up(dir, 1, "holds more than %d files", FILES_MAX);
    }
    for (int i = 0; i < n; i++) {
        struct sql_file *file = &out->v[out->n++];
        size_t size = strlen(dir) + strlen(names[i]->d_name) + 2;

        file->path = must_get(size);
        snprintf(file->path, size, "%s/%s", dir, names[i]->d_name);
        file->base = copy_text(names[i]->d_name, strlen(names[i]->d_name));
        file->text = read_whole(file->path);
    }
}
