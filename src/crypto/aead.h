/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ChaCha20-Poly1305 with the nonces of Noise: four zero octets, then a counter, least
 * significant octet first. Source: RFC 8439 section 2.8; Noise revision 34, section 12.3.
 */
#ifndef CRYPTO_AEAD_H
#define CRYPTO_AEAD_H

#include "base/buf.h"
#include "crypto/ct.h"

enum { AEAD_TAG_LEN = 16 }; /* octets that sealing adds */

/*
 * Seal plain into out, which has room for plain.n + 16 octets and may be where plain is.
 *
 *   n   counter; never twice with one key
 */
void aead_seal(const struct secret32 *key, uint64_t n, struct bytes ad, struct bytes plain,
               uint8_t *out);

/*
 * Open sealed into out, which has room for sealed.n - 16 octets and may be where sealed is.
 *
 * False if it is not genuine or shorter than a tag; out is wiped then.
 */
MUST_CHECK bool aead_open(const struct secret32 *key, uint64_t n, struct bytes ad,
                          struct bytes sealed, uint8_t *out);

/*
 * Make this thread forget the last key that it sealed or opened with. Part of wiping a key:
 * what the cipher made of it lives on in the thread's context until another takes its place.
 */
void aead_forget(void);

#endif
