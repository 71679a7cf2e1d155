/* SPDX-License-Identifier: Apache-2.0 */
#include "base/arena.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

enum { ARENA_BLOCK = 4096 - 64 }; /* octets; with malloc's own header just below one page */

struct arena_block {
    struct arena_block *older;
    size_t n;
    size_t cap;
    alignas(max_align_t) uint8_t data[];
};

static struct arena_block *block_with_room(struct arena *a, size_t n)
{
    struct arena_block *b = a->blocks;
    size_t cap = n > ARENA_BLOCK ? n : ARENA_BLOCK;

    if (b != NULL && n <= b->cap - b->n) {
        return b;
    }
    b = must_calloc(1, sizeof(*b) + cap);
    b->cap = cap;
    b->older = a->blocks;
    a->blocks = b;
    return b;
}

void *arena_alloc(struct arena *a, size_t n)
{
    size_t whole;
    struct arena_block *b;
    void *p;

    if (__builtin_add_overflow(n, alignof(max_align_t) - 1, &whole)) {
        abort();
    }
    whole -= whole % alignof(max_align_t);
    b = block_with_room(a, whole);
    p = b->data + b->n;
    b->n += whole;
    a->used += whole;
    return p;
}

struct bytes arena_copy(struct arena *a, struct bytes src)
{
    uint8_t *p = arena_alloc(a, src.n + 1);

    if (src.n > 0) {
        memcpy(p, src.p, src.n);
    }
    return (struct bytes){ p, src.n };
}

char *arena_str(struct arena *a, struct bytes src)
{
    char *p = arena_alloc(a, src.n + 1);

    if (src.n > 0) {
        memcpy(p, src.p, src.n);
    }
    return p;
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
    va_list va;
    va_list again;
    int n;
    char *p;

    va_start(va, fmt);
    va_copy(again, va);
    n = vsnprintf(NULL, 0, fmt, va);
    va_end(va);
    if (n < 0) {
        abort();
    }
    p = arena_alloc(a, (size_t)n + 1);
    vsnprintf(p, (size_t)n + 1, fmt, again);
    va_end(again);
    return p;
}

void arena_done(struct arena *a)
{
    while (a->blocks != NULL) {
        struct arena_block *b = a->blocks;

        a->blocks = b->older;
        explicit_bzero(b->data, b->cap);
        free(b);
    }
    a->used = 0;
}
