/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Handling of secrets: comparing without telling where they differ, wiping, and types that say
 * "this is one". There is no function that prints or copies a secret.
 */
#ifndef CRYPTO_CT_H
#define CRYPTO_CT_H

#include "base/defs.h"

/* True if n octets are equal. Takes the same time wherever they differ. n may be 0. */
MUST_CHECK bool ct_equal(const void *a, const void *b, size_t n);

/* True if n octets are all zero, in constant time. */
MUST_CHECK bool ct_is_zero(const void *p, size_t n);

/* Overwrite n octets with zeros; the compiler does not leave it out. */
void wipe(void *p, size_t n);

/* 32 secret octets: a private key, a cipher key, a shared secret. Wiped by secret32_done(). */
struct secret32 {
    uint8_t b[32];
};

/* 64 secret octets: the seed of an ML-KEM key. Wiped by secret64_done(). */
struct secret64 {
    uint8_t b[64];
};

/* Wipe; for CLEANUP() too. */
void secret32_done(struct secret32 *s);
void secret64_done(struct secret64 *s);

#endif
