/* SPDX-License-Identifier: Apache-2.0 */
/* A device proof: any octets, and a genuine one with the input laid over it. */
#include <assert.h>
#include <string.h>

#include "e2ee/proof.h"

static const uint8_t H[HANDSHAKE_HASH_LEN] = { 1 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t genuine[PROOF_LEN];
    static const struct device_secret SECRET = { { { 1 } }, { { 2 } } };
    struct device_public device;
    uint8_t proof[PROOF_LEN];
    struct err e;
    bool changed = false;
    size_t at = size >= 2 ? ((size_t)data[0] << 8 | data[1]) % PROOF_LEN : 0;

    if (ct_is_zero(genuine, sizeof(genuine))) {
        proof_make(&SECRET, H, NULL, genuine);
    }
    (void)!proof_verify((struct bytes){ data, size }, H, &device, &e);
    memcpy(proof, genuine, sizeof(proof));
    for (size_t i = 2; i < size && at < PROOF_LEN; i++) {
        changed = changed || data[i] != 0;
        proof[at++] ^= data[i];
    }
    assert(proof_verify((struct bytes){ proof, sizeof(proof) }, H, &device, &e) == !changed);
    return 0;
}
