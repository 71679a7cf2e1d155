/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ML-DSA-65, pure mode. Source: FIPS 204. A private key is its 32-octet seed.
 */
#ifndef CRYPTO_MLDSA_H
#define CRYPTO_MLDSA_H

#include "base/buf.h"
#include "crypto/ct.h"

enum {
    MLDSA_PUBLIC_LEN = 1952,    /* octets */
    MLDSA_SIGNATURE_LEN = 3309, /* octets */
};

void mldsa_public(const struct secret32 *seed, uint8_t out[static MLDSA_PUBLIC_LEN]);

/* Sign under a context string. rnd: 32 random octets, or NULL for the deterministic variant. */
void mldsa_sign(const struct secret32 *seed, const char *context, const uint8_t *rnd,
                struct bytes message, uint8_t signature[static MLDSA_SIGNATURE_LEN]);

MUST_CHECK bool mldsa_verify(const uint8_t public_key[static MLDSA_PUBLIC_LEN], const char *context,
                             struct bytes message, struct bytes signature);

#endif
