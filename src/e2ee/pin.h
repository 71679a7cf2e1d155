/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a client remembers of a Worker, and which certificates it accepts on the strength of it.
 * Source: channel.md, "Keys of a Worker" and "Pins".
 */
#ifndef E2EE_PIN_H
#define E2EE_PIN_H

#include "crypto/certificate.h"

/* A pin of epoch 0 knows the identity only: the first contact. */
struct pin {
    uint8_t identity[SLHDSA_PUBLIC_LEN];
    uint32_t epoch;                     /* of the newest certificate that led to a channel */
    uint8_t body_hash[BLAKE2B_256_LEN]; /* BLAKE2b-256 of that certificate's body */
    bool verified;                      /* a person compared the words, or it was paired */
};

/*
 * Decide whether a certificate from the Hub may be used now for a channel to worker_id.
 *
 *   now_ms   Unix ms
 *
 * Fails with KEY_REJECTED (form, other worker, signature), CERT_TIME, CERT_OLD (epoch below the
 * pinned one) or CERT_CONFLICT (the pinned epoch with another body). There is no way around any
 * of them: nothing is sent, and the Worker's next epoch heals it.
 */
MUST_CHECK bool pin_accepts(const struct pin *pin, struct bytes certificate, struct id worker_id,
                            int64_t now_ms, struct certificate *out, struct err *e);

/* Raise the pin to a certificate that pin_accepts() took, once message 2 has opened. */
void pin_raise(struct pin *pin, struct bytes certificate, uint32_t epoch);

#endif
