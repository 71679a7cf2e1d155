/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/ed25519.h"

#include <openssl/err.h>

#include "crypto/provider.h"

static EVP_PKEY *private_from(const struct secret32 *seed)
{
    EVP_PKEY *key = EVP_PKEY_new_raw_private_key_ex(NULL, "ED25519", NULL, seed->b, 32);

    must(key != NULL);
    return key;
}

void ed25519_public(const struct secret32 *seed, uint8_t out[static ED25519_PUBLIC_LEN])
{
    EVP_PKEY *key = private_from(seed);
    size_t n = ED25519_PUBLIC_LEN;

    must(EVP_PKEY_get_raw_public_key(key, out, &n));
    EVP_PKEY_free(key);
}

void ed25519_sign(const struct secret32 *seed, struct bytes message,
                  uint8_t signature[static ED25519_SIGNATURE_LEN])
{
    EVP_PKEY *key = private_from(seed);

    sign_message(key, algorithms()->ed25519, NULL, NULL, message, signature, ED25519_SIGNATURE_LEN);
    EVP_PKEY_free(key);
}

bool ed25519_verify(const uint8_t public_key[static ED25519_PUBLIC_LEN], struct bytes message,
                    struct bytes signature)
{
    EVP_PKEY *key;
    bool good;

    if (signature.n != ED25519_SIGNATURE_LEN) {
        return false;
    }
    key = EVP_PKEY_new_raw_public_key_ex(NULL, "ED25519", NULL, public_key, ED25519_PUBLIC_LEN);
    if (key == NULL) {
        ERR_clear_error();
        return false;
    }
    good = verify_message(key, algorithms()->ed25519, NULL, message, signature);
    EVP_PKEY_free(key);
    return good;
}
