/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/hkdf.h"

#include "crypto/blake2b.h"

void hkdf(const uint8_t chaining_key[static HKDF_LEN], struct bytes input,
          uint8_t out1[static HKDF_LEN], uint8_t out2[static HKDF_LEN], uint8_t *out3)
{
    static const uint8_t ONE = 1;
    static const uint8_t TWO = 2;
    static const uint8_t THREE = 3;
    uint8_t temp_key[HKDF_LEN];
    struct bytes key = { temp_key, sizeof(temp_key) };

    hmac_blake2b((struct bytes){ chaining_key, HKDF_LEN }, &input, 1, temp_key);
    hmac_blake2b(key, &(struct bytes){ &ONE, 1 }, 1, out1);
    hmac_blake2b(key, (struct bytes[]){ { out1, HKDF_LEN }, { &TWO, 1 } }, 2, out2);
    if (out3 != NULL) {
        hmac_blake2b(key, (struct bytes[]){ { out2, HKDF_LEN }, { &THREE, 1 } }, 2, out3);
    }
    wipe(temp_key, sizeof(temp_key));
}
