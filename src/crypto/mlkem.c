/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/mlkem.h"

#include <openssl/core_names.h>

#include "crypto/provider.h"

static const char NAME[] = "ML-KEM-1024";

/* struct mlkem_key has no members: it is OpenSSL's key under a name that says what it is. */
static EVP_PKEY *pkey_of(const struct mlkem_key *key)
{
    return (EVP_PKEY *)(uintptr_t)key;
}

/* Generated from its seed, not imported: an import would also try the key out, at twice the cost.
 */
struct mlkem_key *mlkem_key_new(const struct secret64 *seed)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, NAME, NULL);
    EVP_PKEY *key = NULL;
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_ML_KEM_SEED, (void *)(uintptr_t)seed->b,
                                          sizeof(seed->b)),
        OSSL_PARAM_construct_end(),
    };

    must(ctx != NULL);
    must(EVP_PKEY_keygen_init(ctx));
    must(EVP_PKEY_CTX_set_params(ctx, params));
    must(EVP_PKEY_generate(ctx, &key));
    EVP_PKEY_CTX_free(ctx);
    return (struct mlkem_key *)(void *)key;
}

void mlkem_key_free(struct mlkem_key *key)
{
    EVP_PKEY_free(pkey_of(key));
}

void mlkem_key_freep(struct mlkem_key **key)
{
    mlkem_key_free(*key);
    *key = NULL;
}

void mlkem_public(const struct mlkem_key *key, uint8_t out[static MLKEM_PUBLIC_LEN])
{
    size_t n = MLKEM_PUBLIC_LEN;

    must(EVP_PKEY_get_raw_public_key(pkey_of(key), out, &n));
    must(n == MLKEM_PUBLIC_LEN);
}

bool mlkem_encapsulate(const uint8_t public_key[static MLKEM_PUBLIC_LEN],
                       const struct secret32 *coins,
                       uint8_t ciphertext[static MLKEM_CIPHERTEXT_LEN], struct secret32 *shared)
{
    EVP_PKEY *key = key_from(NAME, EVP_PKEY_PUBLIC_KEY, OSSL_PKEY_PARAM_PUB_KEY,
                             (struct bytes){ public_key, MLKEM_PUBLIC_LEN });
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_octet_string(OSSL_KEM_PARAM_IKME, (void *)(uintptr_t)coins->b, 32),
        OSSL_PARAM_construct_end(),
    };
    EVP_PKEY_CTX *ctx;
    size_t ciphertext_len = MLKEM_CIPHERTEXT_LEN;
    size_t shared_len = sizeof(shared->b);

    if (key == NULL) {
        return false;
    }
    ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
    must(ctx != NULL);
    must(EVP_PKEY_encapsulate_init(ctx, params));
    must(EVP_PKEY_encapsulate(ctx, ciphertext, &ciphertext_len, shared->b, &shared_len));
    must(ciphertext_len == MLKEM_CIPHERTEXT_LEN && shared_len == sizeof(shared->b));
    EVP_PKEY_CTX_free(ctx);
    EVP_PKEY_free(key);
    return true;
}

void mlkem_decapsulate(const struct mlkem_key *key,
                       const uint8_t ciphertext[static MLKEM_CIPHERTEXT_LEN],
                       struct secret32 *shared)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, pkey_of(key), NULL);
    size_t shared_len = sizeof(shared->b);

    must(ctx != NULL);
    must(EVP_PKEY_decapsulate_init(ctx, NULL));
    must(EVP_PKEY_decapsulate(ctx, shared->b, &shared_len, ciphertext, MLKEM_CIPHERTEXT_LEN));
    must(shared_len == sizeof(shared->b));
    EVP_PKEY_CTX_free(ctx);
}
