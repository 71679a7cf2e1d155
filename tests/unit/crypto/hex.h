/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hexadecimal, and chance that can be repeated, for tests of cryptography. Header only; each test
 * program takes what it needs.
 */
#ifndef TESTS_UNIT_CRYPTO_HEX_H
#define TESTS_UNIT_CRYPTO_HEX_H

#include <assert.h>
#include <stdarg.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/buf.h"

#define FIXTURE static inline __attribute__((unused))

/* Octets that are random to the code under test and the same in every run. */
struct chance {
    uint64_t state;
};

FIXTURE uint64_t chance_u64(struct chance *c)
{
    uint64_t z = (c->state += 0x9e3779b97f4a7c15U);

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31);
}

FIXTURE uint32_t chance_below(struct chance *c, uint32_t bound)
{
    return (uint32_t)(chance_u64(c) % bound);
}

FIXTURE void chance_bytes(struct chance *c, void *out, size_t n)
{
    uint8_t *at = out;

    while (n-- > 0) {
        *at++ = (uint8_t)chance_u64(c);
    }
}

FIXTURE uint8_t nibble(char c)
{
    static const char DIGITS[] = "0123456789abcdef0123456789ABCDEF";
    const char *at = c != '\0' ? strchr(DIGITS, c) : NULL;

    assert(at != NULL);
    return (uint8_t)((at - DIGITS) % 16);
}

/* Hexadecimal to octets on the heap; the caller frees out.p. */
FIXTURE struct bytes unhex(const char *hex)
{
    size_t n = strlen(hex) / 2;
    uint8_t *p = must_alloc(n + 1);

    for (size_t i = 0; i < n; i++) {
        p[i] = (uint8_t)(nibble(hex[2 * i]) << 4 | nibble(hex[2 * i + 1]));
    }
    return (struct bytes){ p, n };
}

/* Octets to hexadecimal on the heap. */
FIXTURE char *hex_of(const void *p, size_t n)
{
    char *out = must_alloc(2 * n + 1);

    out[0] = '\0';
    for (size_t i = 0; i < n; i++) {
        (void)snprintf(out + 2 * i, 3, "%02x", ((const uint8_t *)p)[i]);
    }
    return out;
}

/* Fail unless octets are what the hexadecimal text says. */
FIXTURE void assert_hex(const void *p, size_t n, const char *want)
{
    char *got CLEANUP(free_p) = hex_of(p, n);

    assert_string_equal(got, want);
}

/* Hexadecimal of exactly n octets. */
FIXTURE void unhex_into(const char *hex, void *out, size_t n)
{
    struct bytes octets = unhex(hex);

    assert_int_equal(octets.n, n);
    memcpy(out, octets.p, n);
    free((void *)(uintptr_t)octets.p);
}

#endif
