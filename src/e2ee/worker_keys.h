/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The keys of a Worker: its identity, and the channel keys of one epoch with their certificate.
 * Pure; keys_store.h keeps them in files. Any thread, one object at a time.
 * Source: channel.md, "Keys of a Worker".
 */
#ifndef E2EE_WORKER_KEYS_H
#define E2EE_WORKER_KEYS_H

#include "crypto/certificate.h"

/* One epoch's keys as a handshake uses them. Freed by worker_keys_free(), which wipes. */
struct worker_keys {
    uint8_t identity[SLHDSA_PUBLIC_LEN];
    struct certificate public; /* epoch, times, worker id, both public keys */
    struct secret32 kx;
    struct secret64 kem_seed;
    struct mlkem_key *kem; /* expanded from the seed */
    uint8_t certificate[CERTIFICATE_LEN];
};

/* Fresh random octets for a new epoch; worker_keys_new() wipes them. */
struct worker_keys_random {
    struct secret32 kx;
    struct secret64 kem_seed;
    uint8_t signing[32];
};

/*
 * Make a new epoch: max(previous + 1, minutes since 1970), valid from now for 60 days. Signs,
 * so it takes 100 ms of one core: not on the loop's thread.
 *
 *   previous   the last epoch made; 0 if none is known
 *   now_ms     Unix ms
 *
 * NULL with DATA_LOSS when the identity is damaged, or OUT_OF_RANGE when there is no epoch left.
 */
struct worker_keys *worker_keys_new(const struct slhdsa_private *identity, struct id worker_id,
                                    uint32_t previous, int64_t now_ms,
                                    struct worker_keys_random *random, struct err *e);
void worker_keys_free(struct worker_keys *keys);
void worker_keys_freep(struct worker_keys **keys); /* for CLEANUP() */

/* True if the keys are older than 30 days, made in the future, or made for another worker id. */
MUST_CHECK bool worker_keys_need_new_epoch(const struct worker_keys *keys, struct id worker_id,
                                           int64_t now_ms);

enum { WORKER_KEYS_ENCODED_LEN = 1 + SLHDSA_PUBLIC_LEN + 32 + 64 + CERTIFICATE_LEN };

/* One octet string that holds everything: format 1, identity public, kx, kem seed, certificate. */
void worker_keys_encode(const struct worker_keys *keys,
                        uint8_t out[static WORKER_KEYS_ENCODED_LEN]);

/*
 * Read it back, check the signature, and that the private keys belong to the certificate.
 * NULL with DATA_LOSS when anything does not fit.
 */
struct worker_keys *worker_keys_decode(struct bytes encoded, struct err *e);

#endif
