/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/directory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"

struct names {
    char **v;
    size_t n;
    size_t cap;
};

static void close_dir(DIR **dir)
{
    if (*dir != NULL) {
        closedir(*dir);
    }
}

static void free_names(struct names *names)
{
    free(names->v);
}

static bool is_directory(int fd, const struct dirent *entry)
{
    struct stat st;

    if (entry->d_type == DT_DIR) {
        return true;
    }
    return (entry->d_type == DT_LNK || entry->d_type == DT_UNKNOWN) &&
           fstatat(fd, entry->d_name, &st, 0) == 0 && S_ISDIR(st.st_mode);
}

static bool is_wanted(const char *name, const struct directory_options *o, const char *after)
{
    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || (name[0] == '.' && !o->hidden)) {
        return false;
    }
    return after == NULL || strcmp(name, after) > 0;
}

static bool read_names(DIR *dir, const struct directory_options *o, const char *after,
                       struct arena *a, struct names *out, struct err *e)
{
    for (;;) {
        struct dirent *entry;

        errno = 0;
        entry = readdir(dir);
        if (entry == NULL) {
            return errno == 0 || err_sys(e, "cannot read the directory");
        }
        if (!is_wanted(entry->d_name, o, after) || !is_directory(dirfd(dir), entry)) {
            continue;
        }
        if (out->n == out->cap) {
            out->cap = out->cap > 0 ? 2 * out->cap : 64;
            out->v = must_realloc(out->v, out->cap * sizeof(*out->v));
        }
        out->v[out->n++] = arena_str(a, bytes_of(entry->d_name));
    }
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* A token is the last name of the page before, in hexadecimal, since names need not be text. */
static char *token_of(const char *name, struct arena *a)
{
    static const char HEX[] = "0123456789abcdef";
    size_t n = strlen(name);
    char *out = arena_alloc(a, 2 * n + 1);

    for (size_t i = 0; i < n; i++) {
        out[2 * i] = HEX[(uint8_t)name[i] >> 4];
        out[2 * i + 1] = HEX[(uint8_t)name[i] & 15];
    }
    return out;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool read_token(const char *token, struct arena *a, const char **after, struct err *e)
{
    size_t n = strlen(token);
    char *name;

    if (n == 0) {
        *after = NULL;
        return true;
    }
    if (n % 2 != 0 || n > 2 * NAME_MAX) {
        return err_invalid(e, "page_token", "not a token of ours");
    }
    name = arena_alloc(a, n / 2 + 1);
    for (size_t i = 0; i < n / 2; i++) {
        int high = hex_digit(token[2 * i]);
        int low = hex_digit(token[2 * i + 1]);

        if (high < 0 || low < 0) {
            return err_invalid(e, "page_token", "not a token of ours");
        }
        name[i] = (char)(16 * high + low);
    }
    *after = name;
    return true;
}

static bool has_git(int fd, const char *name, struct arena *a)
{
    struct stat st;

    return fstatat(fd, arena_printf(a, "%s/.git", name), &st, 0) == 0;
}

bool directory_list(const struct directory_options *o, struct arena *a, struct directory_page *out,
                    struct err *e)
{
    CLEANUP(close_dir) DIR *dir = opendir(o->path);
    CLEANUP(free_names) struct names names = { 0 };
    uint32_t limit = o->limit == 0 ? DIRECTORY_PAGE : o->limit;
    const char *after = NULL;

    if (dir == NULL) {
        if (errno == ENOTDIR) {
            return err_set(e, ERR_INVALID_ARGUMENT, "BAD_PATH", "that is not a directory");
        }
        return err_sys(e, "cannot open the directory");
    }
    limit = limit > DIRECTORY_PAGE_MAX ? DIRECTORY_PAGE_MAX : limit;
    TRY(read_token(o->page_token, a, &after, e));
    TRY(read_names(dir, o, after, a, &names, e));
    if (names.n > 0) {
        qsort(names.v, names.n, sizeof(*names.v), by_name);
    }
    out->n = names.n < limit ? names.n : limit;
    out->v = arena_alloc(a, (out->n + 1) * sizeof(*out->v));
    for (size_t i = 0; i < out->n; i++) {
        out->v[i] = (struct directory_entry){ .name = bytes_of(names.v[i]),
                                              .is_repository = has_git(dirfd(dir), names.v[i], a) };
    }
    out->next_page_token = names.n > limit ? token_of(names.v[limit - 1], a) : "";
    return true;
}
