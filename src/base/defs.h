/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Language helpers that every file may use.
 *
 * These are the only macros in the tree that change how C reads. Anything else that a
 * function can do, a function does.
 */
#ifndef BASE_DEFS_H
#define BASE_DEFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The caller must look at the result. */
#define MUST_CHECK __attribute__((warn_unused_result))

/* Argument fmt is a printf format for the arguments from va on (both counted from 1). */
#define PRINTF_LIKE(fmt, va) __attribute__((format(printf, fmt, va)))

/* Run fn(&variable) when the variable leaves its scope, whichever way it leaves. */
#define CLEANUP(fn) __attribute__((cleanup(fn)))

/* Hand ownership out of a CLEANUP variable: yields the value and leaves an empty one behind. */
#define TAKE(var, empty)                                                                           \
    ({                                                                                             \
        __typeof__(var) taken_ = (var);                                                            \
        (var) = (empty);                                                                           \
        taken_;                                                                                    \
    })

/*
 * Return false if expr is false.
 *
 * The one macro that returns. Use it only in functions that return bool and report through
 * a struct err; everything such a function holds is a CLEANUP variable, so leaving early is safe.
 */
#define TRY(expr)                                                                                  \
    do {                                                                                           \
        if (!(expr)) {                                                                             \
            return false;                                                                          \
        }                                                                                          \
    } while (0)

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

#endif
