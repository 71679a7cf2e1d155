/* SPDX-License-Identifier: Apache-2.0 */
#include "proc/environment.h"

#include <string.h>

/* Of the shell that we or the login environment came from, wrong for anybody else. */
static const char *const DROPPED[] = { "CLAUDECODE", "PWD", "OLDPWD", "SHLVL", "_" };

static size_t name_length(const char *entry)
{
    return strcspn(entry, "=");
}

static bool is_dropped(const char *entry)
{
    size_t n = name_length(entry);

    if (entry[n] != '=' || strncmp(entry, "LEAPMUX_", strlen("LEAPMUX_")) == 0) {
        return true;
    }
    for (size_t i = 0; i < ARRAY_LEN(DROPPED); i++) {
        if (strlen(DROPPED[i]) == n && memcmp(DROPPED[i], entry, n) == 0) {
            return true;
        }
    }
    return false;
}

static size_t count(const char *const *list)
{
    size_t n = 0;

    while (list[n] != NULL) {
        n++;
    }
    return n;
}

static bool has_same_name(const char *const *list, const char *entry)
{
    size_t n = name_length(entry);

    for (size_t i = 0; list[i] != NULL; i++) {
        if (name_length(list[i]) == n && memcmp(list[i], entry, n) == 0) {
            return true;
        }
    }
    return false;
}

const char *const *environment_for_child(const char *const *base, const char *const *extra,
                                         struct arena *a)
{
    static const char *const NONE[] = { NULL };
    const char **out;
    size_t n = 0;

    extra = extra != NULL ? extra : NONE;
    out = arena_alloc(a, (count(base) + count(extra) + 1) * sizeof(*out));

    for (size_t i = 0; base[i] != NULL; i++) {
        if (!is_dropped(base[i]) && !has_same_name(extra, base[i])) {
            out[n++] = arena_str(a, bytes_of(base[i]));
        }
    }
    for (size_t i = 0; extra[i] != NULL; i++) {
        out[n++] = arena_str(a, bytes_of(extra[i]));
    }
    out[n] = NULL;
    return out;
}
