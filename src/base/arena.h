/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory with one lifetime: everything taken from an arena goes when the arena goes.
 *
 * `= {0}` is an empty arena. Used for one call, one parsed message, one batch of rows.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/buf.h"

struct arena_block;

struct arena {
    struct arena_block *blocks; /* newest first */
    size_t used;                /* octets handed out so far */
};

/* n octets aligned for any type, zeroed. Never NULL. Valid until arena_done(). */
void *arena_alloc(struct arena *a, size_t n);

/* Copies into the arena; both are NUL-terminated behind their last octet. */
char *arena_str(struct arena *a, struct bytes src);
struct bytes arena_copy(struct arena *a, struct bytes src);

/* printf into the arena. */
char *arena_printf(struct arena *a, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* Wipe and free everything; the arena is then empty and can be used again. */
void arena_done(struct arena *a);

#define ARENA_NEW(arena, type) ((type *)arena_alloc((arena), sizeof(type)))

#endif
