/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ML-KEM-1024. Source: FIPS 203. Keys are kept as the seed d || z and expanded when loaded.
 */
#ifndef CRYPTO_MLKEM_H
#define CRYPTO_MLKEM_H

#include "crypto/ct.h"

enum {
    MLKEM_SEED_LEN = 64,         /* octets: d || z */
    MLKEM_PUBLIC_LEN = 1568,     /* the encapsulation key */
    MLKEM_CIPHERTEXT_LEN = 1568, /* what encapsulation sends */
    MLKEM_COINS_LEN = 32,        /* randomness of one encapsulation: m */
};

struct mlkem_key; /* an expanded key pair; wiped when freed */

/* Expand a seed. Never NULL; the caller frees it with mlkem_key_free(). */
struct mlkem_key *mlkem_key_new(const struct secret64 *seed);
void mlkem_key_free(struct mlkem_key *key);
void mlkem_key_freep(struct mlkem_key **key); /* for CLEANUP() */

void mlkem_public(const struct mlkem_key *key, uint8_t out[static MLKEM_PUBLIC_LEN]);

/*
 * Make a secret and seal it to an encapsulation key.
 *
 *   coins   32 fresh random octets; the same ones give the same result
 *
 * False if the key fails the modulus check of FIPS 203 section 7.2.
 */
MUST_CHECK bool mlkem_encapsulate(const uint8_t public_key[static MLKEM_PUBLIC_LEN],
                                  const struct secret32 *coins,
                                  uint8_t ciphertext[static MLKEM_CIPHERTEXT_LEN],
                                  struct secret32 *shared);

/*
 * The secret in a ciphertext. Never fails: one that was tampered with gives a secret that nobody
 * else has (FIPS 203 section 6.3), which the next authenticated message shows.
 */
void mlkem_decapsulate(const struct mlkem_key *key,
                       const uint8_t ciphertext[static MLKEM_CIPHERTEXT_LEN],
                       struct secret32 *shared);

#endif
