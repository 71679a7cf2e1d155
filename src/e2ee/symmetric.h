/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The symmetric half of a Noise handshake with BLAKE2b and ChaChaPoly: handshake hash, chaining
 * key, cipher key and nonce. Source: Noise revision 34, section 5.2.
 */
#ifndef E2EE_SYMMETRIC_H
#define E2EE_SYMMETRIC_H

#include "crypto/aead.h"
#include "crypto/hkdf.h"

enum { HANDSHAKE_HASH_LEN = 64 }; /* octets */

struct symmetric {
    uint8_t h[HANDSHAKE_HASH_LEN];
    uint8_t ck[HKDF_LEN];
    struct secret32 k; /* meaningless until has_key */
    uint64_t n;
    bool has_key;
};

/* InitializeSymmetric with a protocol name of any length. */
void symmetric_init(struct symmetric *s, const char *protocol_name);

/* Wipe; for CLEANUP() too. */
void symmetric_done(struct symmetric *s);

void symmetric_mix_hash(struct symmetric *s, struct bytes data);
void symmetric_mix_key(struct symmetric *s, struct bytes input);
void symmetric_mix_key_and_hash(struct symmetric *s, struct bytes input);

/* EncryptAndHash: writes plain.n octets, and 16 more once there is a key. */
void symmetric_seal(struct symmetric *s, struct bytes plain, uint8_t *out);

/* DecryptAndHash: the reverse. False if it is not genuine; s is useless then. */
MUST_CHECK bool symmetric_open(struct symmetric *s, struct bytes sealed, uint8_t *out);

/* Split: the keys initiator -> responder and back. */
void symmetric_split(const struct symmetric *s, struct secret32 *first, struct secret32 *second);

#endif
