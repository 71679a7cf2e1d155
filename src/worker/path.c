/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/path.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool bad(struct err *e, const char *why)
{
    err_set(e, ERR_INVALID_ARGUMENT, "BAD_PATH", "%s", why);
    e->field = "path";
    return false;
}

/* The next element of a path, and what is behind it. */
static struct bytes next_element(struct bytes *rest)
{
    struct bytes element = { .p = rest->p, .n = 0 };

    while (rest->n > 0 && rest->p[0] == '/') {
        rest->p++;
        rest->n--;
    }
    element.p = rest->p;
    while (rest->n > 0 && rest->p[0] != '/') {
        rest->p++;
        rest->n--;
        element.n++;
    }
    return element;
}

static bool add_elements(struct bytes path, struct buf *out, struct err *e)
{
    for (;;) {
        struct bytes element = next_element(&path);

        if (element.n == 0) {
            return true;
        }
        if (bytes_are(element, "..")) {
            return bad(e, "a path must not contain '..'");
        }
        if (!bytes_are(element, ".") && (!buf_put_u8(out, '/', e) || !buf_put(out, element, e))) {
            return bad(e, "the path is too long");
        }
    }
}

bool path_clean(struct bytes path, const char *home, struct arena *a, char **out, struct err *e)
{
    CLEANUP(buf_done) struct buf clean;
    bool below_home =
        path.n == 0 || bytes_are(path, "~") || (path.n > 1 && path.p[0] == '~' && path.p[1] == '/');

    buf_init(&clean, PATH_LIMIT);
    if (path.n > PATH_LIMIT) {
        return bad(e, "the path is too long");
    }
    if (path.n > 0 && memchr(path.p, '\0', path.n) != NULL) {
        return bad(e, "a path must not contain NUL");
    }
    if (!below_home && path.p[0] != '/') {
        return bad(e, "a path is absolute or begins with '~/'");
    }
    if (below_home) {
        TRY(add_elements(bytes_of(home), &clean, e));
        path = path.n > 1 ? (struct bytes){ path.p + 1, path.n - 1 } : (struct bytes){ 0 };
    }
    TRY(add_elements(path, &clean, e));
    *out = clean.n > 0 ? arena_str(a, buf_view(&clean)) : arena_str(a, bytes_of("/"));
    return true;
}

bool path_check_directory(const char *path, struct err *e)
{
    struct stat st;

    if (stat(path, &st) != 0) {
        return err_sys(e, "cannot look at the directory");
    }
    if (!S_ISDIR(st.st_mode)) {
        return bad(e, "that is not a directory");
    }
    return access(path, R_OK | X_OK) == 0 || err_sys(e, "cannot enter the directory");
}
