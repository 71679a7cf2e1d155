/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/x25519.h"

#include <openssl/core_names.h>
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

/*
 * A key pair for one shared secret. OpenSSL derives the public key of every private one that it
 * imports, which takes as long as the secret itself; it does not when some public key comes with
 * it, and for the secret that one is not used.
 */
static EVP_PKEY *private_for_secret(const struct secret32 *private_key)
{
    static const uint8_t UNUSED[X25519_LEN];
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "X25519", NULL);
    EVP_PKEY *key = NULL;
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PRIV_KEY,
                                          (void *)(uintptr_t)private_key->b, X25519_LEN),
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, (void *)(uintptr_t)UNUSED,
                                          X25519_LEN),
        OSSL_PARAM_construct_end(),
    };

    must(ctx != NULL);
    must(EVP_PKEY_fromdata_init(ctx));
    must(EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_KEYPAIR, params));
    EVP_PKEY_CTX_free(ctx);
    return key;
}

bool x25519(const struct secret32 *private_key, const uint8_t peer[static 32],
            struct secret32 *shared)
{
    EVP_PKEY *ours = private_for_secret(private_key);
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
