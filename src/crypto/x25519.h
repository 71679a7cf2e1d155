/* SPDX-License-Identifier: Apache-2.0 */
/*
 * X25519. Source: RFC 7748 section 5.
 */
#ifndef CRYPTO_X25519_H
#define CRYPTO_X25519_H

#include "crypto/ct.h"

enum { X25519_LEN = 32 }; /* octets of a private key, a public key and a shared secret */

/* The public key of 32 random octets. */
void x25519_public(const struct secret32 *private_key, uint8_t public_key[static 32]);

/*
 * The secret shared with the owner of a public key.
 *
 * False if it is all zeros, which a peer gets with a point of small order (RFC 7748 section
 * 6.1); *shared is wiped then.
 */
MUST_CHECK bool x25519(const struct secret32 *private_key, const uint8_t peer[static 32],
                       struct secret32 *shared);

#endif
