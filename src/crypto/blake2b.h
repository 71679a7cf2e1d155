/* SPDX-License-Identifier: Apache-2.0 */
/*
 * BLAKE2b, unkeyed, and HMAC over it. Source: RFC 7693; HMAC: RFC 2104 with a block of 128.
 * The digest length is part of the hash: BLAKE2b-256 is not the front half of BLAKE2b-512.
 */
#ifndef CRYPTO_BLAKE2B_H
#define CRYPTO_BLAKE2B_H

#include "base/buf.h"
#include "crypto/ct.h"

enum { BLAKE2B_256_LEN = 32, BLAKE2B_512_LEN = 64, BLAKE2B_BLOCK_LEN = 128 }; /* octets */

/* The hash of one octet string; blake2b_256() is what tokens and fingerprints use. */
void blake2b_256(struct bytes input, uint8_t out[static BLAKE2B_256_LEN]);
void blake2b_512(struct bytes input, uint8_t out[static BLAKE2B_512_LEN]);

/* The hash of n octet strings, one behind the other, with a digest of out_len octets (1..64). */
void blake2b_parts(const struct bytes *parts, size_t n, uint8_t *out, size_t out_len);

/* HMAC-BLAKE2b-512 over n octet strings, one behind the other; a key of at most 128 octets. */
void hmac_blake2b(struct bytes key, const struct bytes *parts, size_t n,
                  uint8_t out[static BLAKE2B_512_LEN]);

#endif
