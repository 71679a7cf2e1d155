/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/aead.h"

#include <assert.h>
#include <limits.h>
#include <openssl/err.h>

#include "crypto/provider.h"

static EVP_CIPHER_CTX *start(const struct secret32 *key, uint64_t n, struct bytes ad, int sealing)
{
    EVP_CIPHER_CTX *ctx = thread_contexts()->aead;
    uint8_t nonce[12] = { 0 };
    int written;

    assert(ad.n <= INT_MAX);
    for (int i = 0; i < 8; i++) {
        nonce[4 + i] = (uint8_t)(n >> (8 * i));
    }
    must(EVP_CipherInit_ex2(ctx, algorithms()->chacha20_poly1305, key->b, nonce, sealing, NULL));
    if (ad.n > 0) {
        must(EVP_CipherUpdate(ctx, NULL, &written, ad.p, (int)ad.n));
    }
    return ctx;
}

void aead_seal(const struct secret32 *key, uint64_t n, struct bytes ad, struct bytes plain,
               uint8_t *out)
{
    EVP_CIPHER_CTX *ctx = start(key, n, ad, 1);
    int written = 0;

    assert(plain.n <= INT_MAX - AEAD_TAG_LEN);
    if (plain.n > 0) {
        must(EVP_CipherUpdate(ctx, out, &written, plain.p, (int)plain.n));
    }
    must(EVP_CipherFinal_ex(ctx, out + plain.n, &written));
    must(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, AEAD_TAG_LEN, out + plain.n));
}

bool aead_open(const struct secret32 *key, uint64_t n, struct bytes ad, struct bytes sealed,
               uint8_t *out)
{
    uint8_t tag[AEAD_TAG_LEN];
    size_t len;
    EVP_CIPHER_CTX *ctx;
    int written = 0;

    if (sealed.n < AEAD_TAG_LEN || sealed.n > INT_MAX) {
        return false;
    }
    len = sealed.n - AEAD_TAG_LEN;
    for (size_t i = 0; i < sizeof(tag); i++) {
        tag[i] = sealed.p[len + i];
    }
    ctx = start(key, n, ad, 0);
    if (len > 0) {
        must(EVP_CipherUpdate(ctx, out, &written, sealed.p, (int)len));
    }
    must(EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, sizeof(tag), tag));
    if (EVP_CipherFinal_ex(ctx, out + len, &written) != 1) {
        ERR_clear_error();
        wipe(out, len);
        return false;
    }
    return true;
}

void aead_forget(void)
{
    must(EVP_CIPHER_CTX_reset(thread_contexts()->aead));
}
