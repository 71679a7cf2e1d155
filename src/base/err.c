/* SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct errno_meaning {
    int sys;
    enum err_code code;
    const char *reason;
};

static struct errno_meaning meaning_of(int sys)
{
    static const struct errno_meaning known[] = {
        { ENOENT, ERR_NOT_FOUND, "NOT_FOUND" },
        { ENOTDIR, ERR_NOT_FOUND, "NOT_FOUND" },
        { ESRCH, ERR_NOT_FOUND, "NOT_FOUND" },
        { EEXIST, ERR_ALREADY_EXISTS, "EXISTS" },
        { EACCES, ERR_PERMISSION_DENIED, "OS_DENIED" },
        { EPERM, ERR_PERMISSION_DENIED, "OS_DENIED" },
        { EROFS, ERR_PERMISSION_DENIED, "OS_DENIED" },
        { ENOSPC, ERR_RESOURCE_EXHAUSTED, "DISK_FULL" },
        { EDQUOT, ERR_RESOURCE_EXHAUSTED, "DISK_FULL" },
        { EMFILE, ERR_RESOURCE_EXHAUSTED, "LIMIT" },
        { ENFILE, ERR_RESOURCE_EXHAUSTED, "LIMIT" },
        { EAGAIN, ERR_RESOURCE_EXHAUSTED, "LIMIT" }, /* fork(2): too many processes */
        { ECONNREFUSED, ERR_UNAVAILABLE, "INTERNAL" },
        { ECONNRESET, ERR_UNAVAILABLE, "INTERNAL" },
        { EPIPE, ERR_UNAVAILABLE, "INTERNAL" },
    };

    for (size_t i = 0; i < ARRAY_LEN(known); i++) {
        if (known[i].sys == sys) {
            return known[i];
        }
    }
    return (struct errno_meaning){ sys, ERR_INTERNAL, "INTERNAL" };
}

static PRINTF_LIKE(4, 0) void fill(struct err *e, enum err_code code, const char *reason,
                                   const char *fmt, va_list va)
{
    *e = (struct err){ .code = code, .reason = reason };
    vsnprintf(e->msg, sizeof(e->msg), fmt, va);
}

/* In brackets: below, these names mean functions where err.h has something else for the analyzer.
 */
bool(err_set)(struct err *e, enum err_code code, const char *reason, const char *fmt, ...)
{
    va_list va;

    va_start(va, fmt);
    fill(e, code, reason, fmt, va);
    va_end(va);
    return false;
}

bool(err_invalid)(struct err *e, const char *field, const char *fmt, ...)
{
    va_list va;

    va_start(va, fmt);
    fill(e, ERR_INVALID_ARGUMENT, "INVALID", fmt, va);
    va_end(va);
    e->field = field;
    return false;
}

bool(err_sys)(struct err *e, const char *fmt, ...)
{
    int sys = errno;
    struct errno_meaning meaning = meaning_of(sys);
    char what[sizeof(e->msg)];
    va_list va;

    va_start(va, fmt);
    vsnprintf(what, sizeof(what), fmt, va);
    va_end(va);
    /* 120 leaves room for the longest strerror() text, so the cause is never what gets cut. */
    err_set(e, meaning.code, meaning.reason, "%.120s: %s", what, strerror(sys));
    e->sys = sys;
    return false;
}

bool(err_prefix)(struct err *e, const char *fmt, ...)
{
    char rest[sizeof(e->msg)];
    va_list va;
    int n;

    memcpy(rest, e->msg, sizeof(rest));
    va_start(va, fmt);
    n = vsnprintf(e->msg, sizeof(e->msg), fmt, va);
    va_end(va);
    if (n >= 0 && (size_t)n < sizeof(e->msg)) {
        snprintf(e->msg + n, sizeof(e->msg) - (size_t)n, ": %s", rest);
    }
    return false;
}

const char *err_code_name(enum err_code code)
{
    static const char *const names[] = {
        [ERR_OK] = "ok",
        [ERR_CANCELLED] = "canceled", /* spelled so in the Connect protocol */
        [ERR_UNKNOWN] = "unknown",
        [ERR_INVALID_ARGUMENT] = "invalid_argument",
        [ERR_DEADLINE_EXCEEDED] = "deadline_exceeded",
        [ERR_NOT_FOUND] = "not_found",
        [ERR_ALREADY_EXISTS] = "already_exists",
        [ERR_PERMISSION_DENIED] = "permission_denied",
        [ERR_RESOURCE_EXHAUSTED] = "resource_exhausted",
        [ERR_FAILED_PRECONDITION] = "failed_precondition",
        [ERR_ABORTED] = "aborted",
        [ERR_OUT_OF_RANGE] = "out_of_range",
        [ERR_UNIMPLEMENTED] = "unimplemented",
        [ERR_INTERNAL] = "internal",
        [ERR_UNAVAILABLE] = "unavailable",
        [ERR_DATA_LOSS] = "data_loss",
        [ERR_UNAUTHENTICATED] = "unauthenticated",
    };

    return (size_t)code < ARRAY_LEN(names) ? names[code] : "unknown";
}
