/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/slhdsa.h"

#include <openssl/core_names.h>
#include <string.h>

#include "crypto/provider.h"

static const char NAME[] = "SLH-DSA-SHAKE-256f";

void slhdsa_private_done(struct slhdsa_private *key)
{
    wipe(key->b, sizeof(key->b));
}

void slhdsa_keygen(const uint8_t seed[static SLHDSA_SEED_LEN], struct slhdsa_private *key)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, NAME, NULL);
    EVP_PKEY *pkey = NULL;
    size_t n = sizeof(key->b);
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_SLH_DSA_SEED, (void *)(uintptr_t)seed,
                                          SLHDSA_SEED_LEN),
        OSSL_PARAM_construct_end(),
    };

    must(ctx != NULL);
    must(EVP_PKEY_keygen_init(ctx));
    must(EVP_PKEY_CTX_set_params(ctx, params));
    must(EVP_PKEY_generate(ctx, &pkey));
    must(EVP_PKEY_get_raw_private_key(pkey, key->b, &n));
    must(n == sizeof(key->b));
    EVP_PKEY_free(pkey);
    EVP_PKEY_CTX_free(ctx);
}

void slhdsa_public(const struct slhdsa_private *key, uint8_t out[static SLHDSA_PUBLIC_LEN])
{
    memcpy(out, key->b + SLHDSA_PRIVATE_LEN - SLHDSA_PUBLIC_LEN, SLHDSA_PUBLIC_LEN);
}

bool slhdsa_sign(const struct slhdsa_private *key, const char *context, const uint8_t *rnd,
                 struct bytes message, uint8_t signature[static SLHDSA_SIGNATURE_LEN])
{
    EVP_PKEY *pkey = key_from(NAME, EVP_PKEY_KEYPAIR, OSSL_PKEY_PARAM_PRIV_KEY,
                              (struct bytes){ key->b, sizeof(key->b) });
    uint8_t public_key[SLHDSA_PUBLIC_LEN];
    bool good;

    if (pkey == NULL) {
        return false;
    }
    sign_message(pkey, algorithms()->slhdsa, context, rnd, message, signature,
                 SLHDSA_SIGNATURE_LEN);
    EVP_PKEY_free(pkey);
    /* Of a key with flipped bits, or after a fault while signing, nothing must get out. */
    slhdsa_public(key, public_key);
    good = slhdsa_verify(public_key, context, message,
                         (struct bytes){ signature, SLHDSA_SIGNATURE_LEN });
    if (!good) {
        wipe(signature, SLHDSA_SIGNATURE_LEN);
    }
    return good;
}

bool slhdsa_verify(const uint8_t public_key[static SLHDSA_PUBLIC_LEN], const char *context,
                   struct bytes message, struct bytes signature)
{
    EVP_PKEY *pkey;
    bool good;

    if (signature.n != SLHDSA_SIGNATURE_LEN) {
        return false;
    }
    pkey = key_from(NAME, EVP_PKEY_PUBLIC_KEY, OSSL_PKEY_PARAM_PUB_KEY,
                    (struct bytes){ public_key, SLHDSA_PUBLIC_LEN });
    good = pkey != NULL && verify_message(pkey, algorithms()->slhdsa, context, message, signature);
    EVP_PKEY_free(pkey);
    return good;
}
