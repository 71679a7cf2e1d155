/* SPDX-License-Identifier: Apache-2.0 */
#include "net/sha1.h"

#include <assert.h>
#include <string.h>

enum { BLOCK = 64 };

static uint32_t rotate(uint32_t v, unsigned by)
{
    return v << by | v >> (32 - by);
}

/* FIPS 180-4 4.1.1 and 4.2.1 */
static uint32_t mix(size_t t, uint32_t b, uint32_t c, uint32_t d)
{
    if (t < 20) {
        return ((b & c) | (~b & d)) + 0x5a827999;
    }
    if (t < 40) {
        return (b ^ c ^ d) + 0x6ed9eba1;
    }
    if (t < 60) {
        return ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc;
    }
    return (b ^ c ^ d) + 0xca62c1d6;
}

/* FIPS 180-4 6.1.2 */
static void add_block(uint32_t h[static 5], const uint8_t block[static BLOCK])
{
    uint32_t w[80];
    uint32_t v[5];

    for (size_t t = 0; t < 16; t++) {
        w[t] = (uint32_t)block[4 * t] << 24 | (uint32_t)block[4 * t + 1] << 16 |
               (uint32_t)block[4 * t + 2] << 8 | block[4 * t + 3];
    }
    for (size_t t = 16; t < 80; t++) {
        w[t] = rotate(w[t - 3] ^ w[t - 8] ^ w[t - 14] ^ w[t - 16], 1);
    }
    memcpy(v, h, sizeof(v));
    for (size_t t = 0; t < 80; t++) {
        uint32_t next = rotate(v[0], 5) + mix(t, v[1], v[2], v[3]) + v[4] + w[t];

        v[4] = v[3];
        v[3] = v[2];
        v[2] = rotate(v[1], 30);
        v[1] = v[0];
        v[0] = next;
    }
    for (size_t i = 0; i < 5; i++) {
        h[i] += v[i];
    }
}

void sha1(struct bytes data, uint8_t out[static SHA1_LEN])
{
    uint32_t h[5] = { 0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0 };
    uint8_t padded[2 * BLOCK] = { 0 };
    size_t n = data.n < BLOCK - 8 ? BLOCK : 2 * BLOCK;

    assert(data.n <= SHA1_INPUT_MAX);
    if (data.n > 0) {
        memcpy(padded, data.p, data.n);
    }
    padded[data.n] = 0x80;
    padded[n - 2] = (uint8_t)(data.n * 8 >> 8);
    padded[n - 1] = (uint8_t)(data.n * 8);
    for (size_t at = 0; at < n; at += BLOCK) {
        add_block(h, padded + at);
    }
    for (size_t i = 0; i < SHA1_LEN; i++) {
        out[i] = (uint8_t)(h[i / 4] >> (24 - 8 * (i % 4)));
    }
}
