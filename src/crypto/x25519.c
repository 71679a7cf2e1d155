/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/x25519.h"

#include <openssl/err.h>

#include "crypto/provider.h"

static EVP_PKEY *private_from(const struct secret32 *private_key)
{
    EVP_PKEY *key = EVP_PKEY_new_raw_private_key_ex(NULL, "X25519", NULL, private_key->b, 32);

    must(key != NULL);
    return key;
}

void x25519_public(const struct secret32 *private_key, uint8_t public_key[static 32])
{
    EVP_PKEY *key = private_from(private_key);
    size_t n = 32;

    must(EVP_PKEY_get_raw_public_key(key, public_key, &n));
    EVP_PKEY_free(key);
}

bool x25519(const struct secret32 *private_key, const uint8_t peer[static 32],
            struct secret32 *shared)
{
    EVP_PKEY *ours = private_from(private_key);
    EVP_PKEY *theirs = EVP_PKEY_new_raw_public_key_ex(NULL, "X25519", NULL, peer, 32);
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, ours, NULL);
    size_t n = sizeof(shared->b);
    bool good;

    must(theirs != NULL && ctx != NULL);
    must(EVP_PKEY_derive_init(ctx));
    must(EVP_PKEY_derive_set_peer_ex(ctx, theirs, 0));
    good = EVP_PKEY_derive(ctx, shared->b, &n) == 1 && !ct_is_zero(shared->b, sizeof(shared->b));
    if (!good) {
        ERR_clear_error();
        secret32_done(shared);
    }
    EVP_PKEY_CTX_free(ctx);
    EVP_PKEY_free(theirs);
    EVP_PKEY_free(ours);
    return good;
}
