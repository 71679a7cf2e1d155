/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SLH-DSA-SHAKE-256f, pure mode. Source: FIPS 205.
 * Signing takes 100 ms of one core, verifying 3 ms: sign on a thread for slow work.
 */
#ifndef CRYPTO_SLHDSA_H
#define CRYPTO_SLHDSA_H

#include "base/buf.h"
#include "crypto/ct.h"

enum {
    SLHDSA_SEED_LEN = 96,     /* octets: SK.seed || SK.prf || PK.seed */
    SLHDSA_PRIVATE_LEN = 128, /* SK.seed || SK.prf || PK.seed || PK.root */
    SLHDSA_PUBLIC_LEN = 64,   /* PK.seed || PK.root, the last half of the private key */
    SLHDSA_SIGNATURE_LEN = 49856,
};

struct slhdsa_private {
    uint8_t b[SLHDSA_PRIVATE_LEN];
};

/* Wipe; for CLEANUP() too. */
void slhdsa_private_done(struct slhdsa_private *key);

/* Make the key pair of 96 random octets; 5 ms. */
void slhdsa_keygen(const uint8_t seed[static SLHDSA_SEED_LEN], struct slhdsa_private *key);

void slhdsa_public(const struct slhdsa_private *key, uint8_t out[static SLHDSA_PUBLIC_LEN]);

/*
 * Sign a message under a context string of at most 255 octets.
 *
 *   rnd   32 random octets, or NULL for the deterministic variant
 *
 * False if the private key is not one (its parts do not fit each other).
 */
MUST_CHECK bool slhdsa_sign(const struct slhdsa_private *key, const char *context,
                            const uint8_t *rnd, struct bytes message,
                            uint8_t signature[static SLHDSA_SIGNATURE_LEN]);

MUST_CHECK bool slhdsa_verify(const uint8_t public_key[static SLHDSA_PUBLIC_LEN],
                              const char *context, struct bytes message, struct bytes signature);

#endif
