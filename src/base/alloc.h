/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory that is always there: out of memory ends the process, since every size that a peer can
 * choose has passed a limit before it gets here.
 */
#ifndef BASE_ALLOC_H
#define BASE_ALLOC_H

#include "base/defs.h"

/* n octets, not zeroed, n may be 0. Never NULL; freed with free(). */
void *must_alloc(size_t n);

/* count * size octets of zeros; ends the process when the product overflows. Never NULL. */
void *must_calloc(size_t count, size_t size);

/* Grow or shrink memory from must_alloc(); not for secrets, since the old place is not wiped. */
void *must_realloc(void *p, size_t n);

/* A copy of a C string; NULL gives NULL. Freed with free(). */
char *must_strdup(const char *s);

/* printf into fresh memory. Freed with free(). */
char *must_printf(const char *fmt, ...) PRINTF_LIKE(1, 2);

/* free(*p) and set it to NULL. For CLEANUP() on char * and other plain memory. */
void free_p(void *p);

/* One zeroed object of a type. */
#define NEW(type) ((type *)must_calloc(1, sizeof(type)))

#endif
