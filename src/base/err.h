/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One error type for the whole tree.
 *
 * A function that can fail returns bool (or a pointer) and takes a struct err * as its last
 * argument. On failure it returns false (NULL) and fills *e; on success it leaves *e alone.
 * The caller owns the struct, usually on the stack: reporting an error never allocates.
 *
 * Codes are the canonical gRPC status codes, so that an error raised in the store reaches the
 * browser without being translated on the way. Beside the code stands a stable reason such as
 * "NOT_FOUND" or "DISK_FULL", which programs may rely on; the sentence is for people only.
 * Source: the status codes of gRPC; reasons: docs/errors.md.
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include "base/defs.h"

enum err_code {
    ERR_OK = 0,
    ERR_CANCELLED = 1,
    ERR_UNKNOWN = 2,
    ERR_INVALID_ARGUMENT = 3,
    ERR_DEADLINE_EXCEEDED = 4,
    ERR_NOT_FOUND = 5,
    ERR_ALREADY_EXISTS = 6,
    ERR_PERMISSION_DENIED = 7,
    ERR_RESOURCE_EXHAUSTED = 8,
    ERR_FAILED_PRECONDITION = 9,
    ERR_ABORTED = 10,
    ERR_OUT_OF_RANGE = 11,
    ERR_UNIMPLEMENTED = 12,
    ERR_INTERNAL = 13,
    ERR_UNAVAILABLE = 14,
    ERR_DATA_LOSS = 15,
    ERR_UNAUTHENTICATED = 16,
};

struct err {
    enum err_code code;
    int sys;            /* errno at the point of failure, or 0 */
    const char *reason; /* stable, static storage, such as "NOT_FOUND"; NULL when code is ERR_OK */
    const char *field;  /* which field of a request is wrong, static storage; NULL when none */
    int64_t retry_after_ms; /* when to try again; 0 when that says nothing */
    char msg[192];          /* for people; NUL-terminated, cut when too long, never holds secrets */
};

/*
 * Fill *e and return false, so that failing is one line:
 *
 *     return err_set(e, ERR_NOT_FOUND, "NOT_FOUND", "no workspace '%s'", id);
 *
 *   reason   static string in capitals, part of the product's contract
 */
bool err_set(struct err *e, enum err_code code, const char *reason, const char *fmt, ...)
    PRINTF_LIKE(4, 5);

/* ERR_INVALID_ARGUMENT with reason "INVALID" about one field of a request. */
bool err_invalid(struct err *e, const char *field, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* Like err_set(), with the code, reason and text that belong to the current errno
 * ("OS_DENIED", "NOT_FOUND", "EXISTS", "DISK_FULL", "LIMIT", otherwise "INTERNAL"). */
bool err_sys(struct err *e, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Put "what: " in front of an error already set. Code, reason and sys stay. Returns false. */
bool err_prefix(struct err *e, const char *fmt, ...) PRINTF_LIKE(2, 3);

#ifdef __clang_analyzer__
/* The analyzer does not look into err.c: here it learns that all of these return false. */
#define err_set(...)     ((void)err_set(__VA_ARGS__), false)
#define err_invalid(...) ((void)err_invalid(__VA_ARGS__), false)
#define err_sys(...)     ((void)err_sys(__VA_ARGS__), false)
#define err_prefix(...)  ((void)err_prefix(__VA_ARGS__), false)
#endif

/* The name of a code as the Connect protocol spells it, such as "not_found". Never NULL. */
const char *err_code_name(enum err_code code);

#endif
