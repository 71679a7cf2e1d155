/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The certificate of a Worker's channel keys: one signature by its identity over one epoch's
 * public keys. Holds public data only, which is why the Hub may check what it stores and serves;
 * what a client accepts is the business of e2ee/pin.h.
 *
 *   offset octets
 *        0      4  epoch, at least 1
 *        4      8  not before, Unix ms
 *       12      8  not after, Unix ms
 *       20     22  worker id
 *       42     32  kx public (X25519)
 *       74  1,568  kem public (ML-KEM-1024)
 *    1,642 49,856  SLH-DSA-SHAKE-256f signature over the above
 */
#ifndef CRYPTO_CERTIFICATE_H
#define CRYPTO_CERTIFICATE_H

#include "base/id.h"
#include "crypto/blake2b.h"
#include "crypto/mlkem.h"
#include "crypto/slhdsa.h"
#include "crypto/x25519.h"

enum {
    CERTIFICATE_BODY_LEN = 42 + X25519_LEN + MLKEM_PUBLIC_LEN,
    CERTIFICATE_LEN = CERTIFICATE_BODY_LEN + SLHDSA_SIGNATURE_LEN,
};

struct certificate {
    uint32_t epoch;
    int64_t not_before_ms;
    int64_t not_after_ms;
    struct id worker_id;
    uint8_t kx[X25519_LEN];
    uint8_t kem[MLKEM_PUBLIC_LEN];
};

void certificate_body(const struct certificate *c, uint8_t out[static CERTIFICATE_BODY_LEN]);

/*
 * Body and signature; about 100 ms of one core.
 *
 *   rnd   32 random octets, or NULL for the deterministic variant
 *
 * Fails with DATA_LOSS when the identity is not a key.
 */
MUST_CHECK bool certificate_sign(const struct certificate *c, const struct slhdsa_private *identity,
                                 const uint8_t *rnd, uint8_t out[static CERTIFICATE_LEN],
                                 struct err *e);

/* Read without checking the signature. Fails with KEY_REJECTED: length, epoch 0, or no id. */
MUST_CHECK bool certificate_parse(struct bytes encoded, struct certificate *out, struct err *e);

/* Read and check the signature; about 3 ms. Fails with KEY_REJECTED. */
MUST_CHECK bool certificate_verify(struct bytes encoded,
                                   const uint8_t identity[static SLHDSA_PUBLIC_LEN],
                                   struct certificate *out, struct err *e);

/* BLAKE2b-256 of the body of an encoded certificate, which is at least a body long. */
void certificate_body_hash(struct bytes encoded, uint8_t out[static BLAKE2B_256_LEN]);

#endif
