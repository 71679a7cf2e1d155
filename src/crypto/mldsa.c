/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/mldsa.h"

#include <openssl/core_names.h>

#include "crypto/provider.h"

static const char NAME[] = "ML-DSA-65";

static EVP_PKEY *private_from(const struct secret32 *seed)
{
    EVP_PKEY *key = key_from(NAME, EVP_PKEY_KEYPAIR, OSSL_PKEY_PARAM_ML_DSA_SEED,
                             (struct bytes){ seed->b, sizeof(seed->b) });

    must(key != NULL);
    return key;
}

void mldsa_public(const struct secret32 *seed, uint8_t out[static MLDSA_PUBLIC_LEN])
{
    EVP_PKEY *key = private_from(seed);
    size_t n = MLDSA_PUBLIC_LEN;

    must(EVP_PKEY_get_raw_public_key(key, out, &n));
    must(n == MLDSA_PUBLIC_LEN);
    EVP_PKEY_free(key);
}

void mldsa_sign(const struct secret32 *seed, const char *context, const uint8_t *rnd,
                struct bytes message, uint8_t signature[static MLDSA_SIGNATURE_LEN])
{
    EVP_PKEY *key = private_from(seed);

    sign_message(key, algorithms()->mldsa, context, rnd, message, signature, MLDSA_SIGNATURE_LEN);
    EVP_PKEY_free(key);
}

bool mldsa_verify(const uint8_t public_key[static MLDSA_PUBLIC_LEN], const char *context,
                  struct bytes message, struct bytes signature)
{
    EVP_PKEY *key;
    bool good;

    if (signature.n != MLDSA_SIGNATURE_LEN) {
        return false;
    }
    key = key_from(NAME, EVP_PKEY_PUBLIC_KEY, OSSL_PKEY_PARAM_PUB_KEY,
                   (struct bytes){ public_key, MLDSA_PUBLIC_LEN });
    good = key != NULL && verify_message(key, algorithms()->mldsa, context, message, signature);
    EVP_PKEY_free(key);
    return good;
}
