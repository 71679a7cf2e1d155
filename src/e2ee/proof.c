/* SPDX-License-Identifier: Apache-2.0 */
#include "e2ee/proof.h"

#include <string.h>

static const char CONTEXT[] = "leapmux-device-proof-v1";

enum {
    CONTEXT_LEN = sizeof(CONTEXT) - 1,
    SIGNED_LEN = CONTEXT_LEN + HANDSHAKE_HASH_LEN + ED25519_PUBLIC_LEN + MLDSA_PUBLIC_LEN,
};

void device_secret_done(struct device_secret *secret)
{
    wipe(secret, sizeof(*secret));
}

void device_public_of(const struct device_secret *secret, struct device_public *out)
{
    ed25519_public(&secret->ed25519, out->ed25519);
    mldsa_public(&secret->mldsa, out->mldsa);
}

void device_fingerprint(const struct device_public *device, uint8_t out[static BLAKE2B_256_LEN])
{
    struct bytes parts[] = {
        bytes_of("leapmux-device-v1"),
        { device->ed25519, sizeof(device->ed25519) },
        { device->mldsa, sizeof(device->mldsa) },
    };

    blake2b_parts(parts, ARRAY_LEN(parts), out, BLAKE2B_256_LEN);
}

bool device_shares_key(const struct device_public *a, const struct device_public *b)
{
    return ct_equal(a->ed25519, b->ed25519, sizeof(a->ed25519)) ||
           ct_equal(a->mldsa, b->mldsa, sizeof(a->mldsa));
}

/* M, the octets that both keys sign. */
static struct bytes signed_octets(const uint8_t h[static HANDSHAKE_HASH_LEN],
                                  const struct device_public *device,
                                  uint8_t out[static SIGNED_LEN])
{
    uint8_t *at = out;

    at = (uint8_t *)mempcpy(at, CONTEXT, CONTEXT_LEN);
    at = (uint8_t *)mempcpy(at, h, HANDSHAKE_HASH_LEN);
    at = (uint8_t *)mempcpy(at, device->ed25519, sizeof(device->ed25519));
    memcpy(at, device->mldsa, sizeof(device->mldsa));
    return (struct bytes){ out, SIGNED_LEN };
}

void proof_make(const struct device_secret *secret, const uint8_t h[static HANDSHAKE_HASH_LEN],
                const uint8_t *rnd, uint8_t out[static PROOF_LEN])
{
    struct device_public device;
    uint8_t octets[SIGNED_LEN];
    struct bytes message;
    uint8_t *at = out;

    device_public_of(secret, &device);
    message = signed_octets(h, &device, octets);
    at = (uint8_t *)mempcpy(at, device.ed25519, sizeof(device.ed25519));
    at = (uint8_t *)mempcpy(at, device.mldsa, sizeof(device.mldsa));
    ed25519_sign(&secret->ed25519, message, at);
    mldsa_sign(&secret->mldsa, CONTEXT, rnd, message, at + ED25519_SIGNATURE_LEN);
}

bool proof_verify(struct bytes proof, const uint8_t h[static HANDSHAKE_HASH_LEN],
                  struct device_public *out, struct err *e)
{
    struct reader r = reader_of(proof);
    struct device_public device;
    uint8_t octets[SIGNED_LEN];
    struct bytes message;
    struct bytes ed25519_signature;
    struct bytes mldsa_signature;

    if (proof.n != PROOF_LEN) {
        return err_set(e, ERR_UNAUTHENTICATED, "BAD_CREDENTIALS", "device proof: wrong length");
    }
    memcpy(device.ed25519, read_bytes(&r, sizeof(device.ed25519)).p, sizeof(device.ed25519));
    memcpy(device.mldsa, read_bytes(&r, sizeof(device.mldsa)).p, sizeof(device.mldsa));
    ed25519_signature = read_bytes(&r, ED25519_SIGNATURE_LEN);
    mldsa_signature = read_rest(&r);
    message = signed_octets(h, &device, octets);
    if (!ed25519_verify(device.ed25519, message, ed25519_signature) ||
        !mldsa_verify(device.mldsa, CONTEXT, message, mldsa_signature)) {
        return err_set(e, ERR_UNAUTHENTICATED, "BAD_CREDENTIALS",
                       "device proof: signatures do not hold for this channel");
    }
    *out = device;
    return true;
}
