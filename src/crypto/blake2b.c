/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/blake2b.h"

#include <assert.h>
#include <openssl/core_names.h>
#include <string.h>

#include "crypto/provider.h"

void blake2b_parts(const struct bytes *parts, size_t n, uint8_t *out, size_t out_len)
{
    EVP_MD_CTX *ctx = thread_contexts()->hash;
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_size_t(OSSL_DIGEST_PARAM_SIZE, &out_len),
        OSSL_PARAM_construct_end(),
    };
    unsigned int written = 0;

    assert(out_len >= 1 && out_len <= BLAKE2B_512_LEN);
    must(EVP_DigestInit_ex2(ctx, algorithms()->blake2b, params));
    for (size_t i = 0; i < n; i++) {
        must(EVP_DigestUpdate(ctx, parts[i].p, parts[i].n));
    }
    must(EVP_DigestFinal_ex(ctx, out, &written));
    must(written == out_len);
}

void blake2b_256(struct bytes input, uint8_t out[static BLAKE2B_256_LEN])
{
    blake2b_parts(&input, 1, out, BLAKE2B_256_LEN);
}

void blake2b_512(struct bytes input, uint8_t out[static BLAKE2B_512_LEN])
{
    blake2b_parts(&input, 1, out, BLAKE2B_512_LEN);
}

/* One of HMAC's two passes: hash(key xor pad || parts). */
static void pass(struct bytes key, uint8_t pad, const struct bytes *parts, size_t n, uint8_t *out)
{
    struct bytes all[4];
    uint8_t block[BLAKE2B_BLOCK_LEN] = { 0 };

    assert(key.n <= sizeof(block) && n + 1 <= ARRAY_LEN(all));
    memcpy(block, key.p, key.n);
    for (size_t i = 0; i < sizeof(block); i++) {
        block[i] ^= pad;
    }
    all[0] = (struct bytes){ block, sizeof(block) };
    for (size_t i = 0; i < n; i++) {
        all[i + 1] = parts[i];
    }
    blake2b_parts(all, n + 1, out, BLAKE2B_512_LEN);
    wipe(block, sizeof(block));
}

void hmac_blake2b(struct bytes key, const struct bytes *parts, size_t n,
                  uint8_t out[static BLAKE2B_512_LEN])
{
    uint8_t inner[BLAKE2B_512_LEN];
    struct bytes inner_view = { inner, sizeof(inner) };

    pass(key, 0x36, parts, n, inner);
    pass(key, 0x5c, &inner_view, 1, out);
    wipe(inner, sizeof(inner));
}
