/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/ct.h"

#include <openssl/crypto.h>

bool ct_equal(const void *a, const void *b, size_t n)
{
    return CRYPTO_memcmp(a, b, n) == 0;
}

bool ct_is_zero(const void *p, size_t n)
{
    const uint8_t *octets = p;
    uint8_t any = 0;

    for (size_t i = 0; i < n; i++) {
        any |= octets[i];
    }
    return any == 0;
}

void wipe(void *p, size_t n)
{
    OPENSSL_cleanse(p, n);
}

void secret32_done(struct secret32 *s)
{
    wipe(s->b, sizeof(s->b));
}

void secret64_done(struct secret64 *s)
{
    wipe(s->b, sizeof(s->b));
}
