/* SPDX-License-Identifier: Apache-2.0 */
#include "base/buf.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

enum { BUF_FIRST_CAP = 256 }; /* octets; covers the headers of every message we define */

struct bytes bytes_of(const char *s)
{
    return (struct bytes){ .p = (const uint8_t *)s, .n = strlen(s) };
}

bool bytes_equal(struct bytes a, struct bytes b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

bool bytes_are(struct bytes a, const char *s)
{
    return bytes_equal(a, bytes_of(s));
}

char *bytes_dup(struct bytes src)
{
    char *copy = must_alloc(src.n + 1);

    if (src.n > 0) {
        memcpy(copy, src.p, src.n);
    }
    copy[src.n] = '\0';
    return copy;
}

void buf_init(struct buf *b, size_t max)
{
    *b = (struct buf){ .max = max };
}

void buf_done(struct buf *b)
{
    if (b->p != NULL) {
        explicit_bzero(b->p, b->cap);
        free(b->p);
    }
    buf_init(b, 0);
}

/* Make room for extra octets beyond b->n. The caller has checked the limit. */
static void grow(struct buf *b, size_t extra)
{
    size_t need = b->n + extra;
    size_t cap = b->cap != 0 ? b->cap : BUF_FIRST_CAP;
    uint8_t *p;

    assert(need <= b->max);
    if (need <= b->cap) {
        return;
    }
    while (cap < need) {
        cap *= 2;
    }
    if (cap > b->max) {
        cap = b->max;
    }

    /* Not realloc(): it may leave a copy of plaintext behind in freed memory. */
    p = must_alloc(cap);
    if (b->n > 0) {
        memcpy(p, b->p, b->n);
    }
    if (b->p != NULL) {
        explicit_bzero(b->p, b->cap);
        free(b->p);
    }
    b->p = p;
    b->cap = cap;
}

uint8_t *buf_room(struct buf *b, size_t n)
{
    if (n > b->max - b->n) {
        return NULL;
    }
    grow(b, n);
    return b->p + b->n;
}

void buf_added(struct buf *b, size_t n)
{
    assert(n <= b->cap - b->n);
    b->n += n;
}

bool buf_put(struct buf *b, struct bytes src, struct err *e)
{
    if (src.n > b->max - b->n) {
        return err_set(e, ERR_RESOURCE_EXHAUSTED, "TOO_LARGE", "limit of %zu octets reached",
                       b->max);
    }
    if (src.n == 0) {
        return true;
    }
    grow(b, src.n);
    memcpy(b->p + b->n, src.p, src.n);
    b->n += src.n;
    return true;
}

/* The low n octets of v, most significant first. */
static bool put_be(struct buf *b, uint64_t v, size_t n, struct err *e)
{
    uint8_t octets[8];

    for (size_t i = 0; i < n; i++) {
        octets[i] = (uint8_t)(v >> (8 * (n - 1 - i)));
    }
    return buf_put(b, (struct bytes){ octets, n }, e);
}

bool buf_put_u8(struct buf *b, uint8_t v, struct err *e)
{
    return put_be(b, v, 1, e);
}

bool buf_put_u16be(struct buf *b, uint16_t v, struct err *e)
{
    return put_be(b, v, 2, e);
}

bool buf_put_u32be(struct buf *b, uint32_t v, struct err *e)
{
    return put_be(b, v, 4, e);
}

bool buf_put_u64be(struct buf *b, uint64_t v, struct err *e)
{
    return put_be(b, v, 8, e);
}

bool buf_put_varint(struct buf *b, uint64_t v, struct err *e)
{
    uint8_t octets[10];
    size_t n = 0;

    while (v >= 0x80) {
        octets[n++] = (uint8_t)(v | 0x80);
        v >>= 7;
    }
    octets[n++] = (uint8_t)v;
    return buf_put(b, (struct bytes){ octets, n }, e);
}

bool buf_printf(struct buf *b, struct err *e, const char *fmt, ...)
{
    va_list va;
    va_list again;
    int n;
    uint8_t *at;

    va_start(va, fmt);
    va_copy(again, va);
    n = vsnprintf(NULL, 0, fmt, va);
    va_end(va);
    assert(n >= 0);
    at = buf_room(b, (size_t)n + 1); /* vsnprintf writes a NUL that we do not count */
    if (at != NULL) {
        vsnprintf((char *)at, (size_t)n + 1, fmt, again);
        buf_added(b, (size_t)n);
    }
    va_end(again);
    return at != NULL ||
           err_set(e, ERR_RESOURCE_EXHAUSTED, "TOO_LARGE", "limit of %zu octets reached", b->max);
}

void buf_consume(struct buf *b, size_t n)
{
    assert(n <= b->n);
    b->n -= n;
    if (b->n > 0) {
        memmove(b->p, b->p + n, b->n);
    }
}

void buf_clear(struct buf *b)
{
    b->n = 0;
}

struct bytes buf_view(const struct buf *b)
{
    return (struct bytes){ b->p, b->n };
}

struct reader reader_of(struct bytes src)
{
    return (struct reader){ .left = src };
}

struct bytes read_bytes(struct reader *r, size_t n)
{
    struct bytes out;

    if (r->bad || n > r->left.n) {
        r->bad = true;
        return (struct bytes){ 0 };
    }
    if (n == 0) {
        return (struct bytes){ 0 };
    }
    out = (struct bytes){ r->left.p, n };
    r->left.p += n;
    r->left.n -= n;
    return out;
}

struct bytes read_rest(struct reader *r)
{
    return read_bytes(r, r->left.n);
}

static uint64_t read_be(struct reader *r, size_t n)
{
    struct bytes b = read_bytes(r, n);
    uint64_t v = 0;

    for (size_t i = 0; i < b.n; i++) {
        v = v << 8 | b.p[i];
    }
    return v;
}

uint8_t read_u8(struct reader *r)
{
    return (uint8_t)read_be(r, 1);
}

uint16_t read_u16be(struct reader *r)
{
    return (uint16_t)read_be(r, 2);
}

uint32_t read_u32be(struct reader *r)
{
    return (uint32_t)read_be(r, 4);
}

uint64_t read_u64be(struct reader *r)
{
    return read_be(r, 8);
}

uint64_t read_varint(struct reader *r)
{
    uint64_t v = 0;

    for (unsigned shift = 0; shift < 64; shift += 7) {
        uint8_t octet = read_u8(r);

        if (shift == 63 && octet > 1) { /* bits beyond the 64th */
            break;
        }
        v |= (uint64_t)(octet & 0x7f) << shift;
        if ((octet & 0x80) == 0) {
            return r->bad ? 0 : v;
        }
    }
    r->bad = true;
    return 0;
}

bool reader_end(const struct reader *r, struct err *e)
{
    if (r->bad) {
        return err_set(e, ERR_INVALID_ARGUMENT, "INVALID", "message is cut short");
    }
    if (r->left.n > 0) {
        return err_set(e, ERR_INVALID_ARGUMENT, "INVALID", "%zu octets after the message",
                       r->left.n);
    }
    return true;
}
