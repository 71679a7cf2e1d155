/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Records: what travels in a channel after the handshake. Each direction has a key and a counter
 * of its own and changes its key by count, without a message about it.
 * Source: channel.md, "Records"; Rekey(): Noise revision 34, section 4.2.
 */
#ifndef E2EE_SESSION_H
#define E2EE_SESSION_H

#include "crypto/aead.h"

enum {
    RECORD_PLAIN_MIN = 8,     /* octets: a frame's header */
    RECORD_PLAIN_MAX = 65519, /* octets: with the tag, what 16 bits count */
    RECORD_MIN = RECORD_PLAIN_MIN + AEAD_TAG_LEN,
    RECORD_MAX = RECORD_PLAIN_MAX + AEAD_TAG_LEN,
};

/* When a direction takes its next key. The protocol's own: SESSION_LIMITS. */
struct session_limits {
    uint32_t records;
    uint32_t octets; /* of plaintext */
};
extern const struct session_limits SESSION_LIMITS; /* 2^20 records or 2^30 octets */

struct session_direction {
    struct secret32 key;
    uint64_t n;       /* records so far: the nonce of the next one */
    uint32_t records; /* since the last key */
    uint32_t octets;  /* since the last key */
};

struct session {
    struct session_direction send;
    struct session_direction receive;
    struct session_limits limits;
};

/* Start with the keys of a handshake, which are copied. limits as a rule SESSION_LIMITS. */
void session_init(struct session *s, const struct secret32 *send, const struct secret32 *receive,
                  struct session_limits limits);

/* Wipe; for CLEANUP() too. The session neither seals nor opens any more. */
void session_done(struct session *s);

/*
 * Seal plain (8..65,519 octets) into out, which has room for 16 more and may be where plain is.
 * Returns the record's length. Other lengths are our own fault and end the process.
 */
size_t session_seal(struct session *s, struct bytes plain, uint8_t *out);

/*
 * Open a record into out, which has room for record.n - 16 octets.
 *
 * Returns the plaintext's length. 0: the record has a wrong length or is not the next one of
 * this peer; nothing was delivered, the session is wiped, and the channel must end.
 */
size_t session_open(struct session *s, struct bytes record, uint8_t *out);

/* Noise's Rekey(); for vectors. */
void session_rekey(struct secret32 *key);

#endif
