/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The device proof: two signatures of a client device over the handshake hash, so that the
 * Worker learns which device is at the other end of this one channel.
 * Source: channel.md, "Device proof".
 *
 *   octets
 *       32  Ed25519 public
 *    1,952  ML-DSA-65 public
 *       64  Ed25519 signature      over  leapmux-device-proof-v1 || h || both public keys
 *    3,309  ML-DSA-65 signature    over the same, context leapmux-device-proof-v1
 */
#ifndef E2EE_PROOF_H
#define E2EE_PROOF_H

#include "crypto/blake2b.h"
#include "crypto/ed25519.h"
#include "crypto/mldsa.h"
#include "e2ee/symmetric.h"

enum {
    PROOF_LEN = ED25519_PUBLIC_LEN + MLDSA_PUBLIC_LEN + ED25519_SIGNATURE_LEN + MLDSA_SIGNATURE_LEN,
};

/* What a Worker stores of a device. */
struct device_public {
    uint8_t ed25519[ED25519_PUBLIC_LEN];
    uint8_t mldsa[MLDSA_PUBLIC_LEN];
};

/* The private keys of a device: 64 random octets. Wiped by device_secret_done(). */
struct device_secret {
    struct secret32 ed25519;
    struct secret32 mldsa;
};

void device_secret_done(struct device_secret *secret);

void device_public_of(const struct device_secret *secret, struct device_public *out);

/* BLAKE2b-256 of `leapmux-device-v1` and both keys: what a device is listed as. */
void device_fingerprint(const struct device_public *device, uint8_t out[static BLAKE2B_256_LEN]);

/* True if either key is the same: neither half of a revoked device is admitted again. */
MUST_CHECK bool device_shares_key(const struct device_public *a, const struct device_public *b);

/* Make a proof for the channel of h. rnd: 32 random octets, or NULL for deterministic signing. */
void proof_make(const struct device_secret *secret, const uint8_t h[static HANDSHAKE_HASH_LEN],
                const uint8_t *rnd, uint8_t out[static PROOF_LEN]);

/*
 * Check a proof against our own h; about 0.3 ms. Both signatures must hold.
 * Fails with BAD_CREDENTIALS (unauthenticated) and leaves *out alone.
 */
MUST_CHECK bool proof_verify(struct bytes proof, const uint8_t h[static HANDSHAKE_HASH_LEN],
                             struct device_public *out, struct err *e);

#endif
