/* SPDX-License-Identifier: Apache-2.0 */
/*
 * NKhybrid: the handshake of a channel, both ends. Client = initiator, Worker = responder.
 * Pure: randomness comes in as a parameter, and the same randomness gives the same octets.
 * Source: channel.md, "Handshake"; Noise revision 34.
 *
 *   client                                   Worker
 *   handshake_client_start()  -- message 1 ->  handshake_check(), the caller's own checks,
 *                                              handshake_respond()
 *   handshake_client_finish() <- message 2 --
 *
 * Every failure is HANDSHAKE_FAILED, or STALE_KEYS for an epoch that the Worker does not hold.
 * The sentence in the error names the cause and is for the log only: peer and Hub learn no more
 * than the reason. An attempt that failed is over; the next one draws everything anew.
 */
#ifndef E2EE_HANDSHAKE_H
#define E2EE_HANDSHAKE_H

#include "base/id.h"
#include "e2ee/symmetric.h"
#include "e2ee/worker_keys.h"

enum {
    HANDSHAKE_VERSION = 1,
    HANDSHAKE_HELLO_MAX = 1024, /* octets of either hello; we send the shortest form */
    CLIENT_HELLO_LEN = 16,
    WORKER_HELLO_LEN = 24,

    /* octets of a message without the sealed hello's plaintext */
    HANDSHAKE_MESSAGE1_FRAME = 1 + 4 + X25519_LEN + MLKEM_CIPHERTEXT_LEN + AEAD_TAG_LEN +
                               MLKEM_PUBLIC_LEN + AEAD_TAG_LEN + AEAD_TAG_LEN,
    HANDSHAKE_MESSAGE2_FRAME = X25519_LEN + MLKEM_CIPHERTEXT_LEN + AEAD_TAG_LEN + AEAD_TAG_LEN,

    HANDSHAKE_MESSAGE1_LEN = HANDSHAKE_MESSAGE1_FRAME + CLIENT_HELLO_LEN,
    HANDSHAKE_MESSAGE1_MAX = HANDSHAKE_MESSAGE1_FRAME + HANDSHAKE_HELLO_MAX,
    HANDSHAKE_MESSAGE2_LEN = HANDSHAKE_MESSAGE2_FRAME + WORKER_HELLO_LEN,
    HANDSHAKE_MESSAGE2_MAX = HANDSHAKE_MESSAGE2_FRAME + HANDSHAKE_HELLO_MAX,

    FEATURE_PAD_LENGTHS = 1 << 0,
    FEATURE_ANSWER_FILL = 1 << 1,

    CHANNEL_STREAMS_MAX = 256,      /* streams open at once */
    CHANNEL_MESSAGE_MAX = 16777216, /* octets of one message */
};

/* What both sides bind the handshake to, exactly as it was sent over the Hub. */
struct handshake_ids {
    struct id worker;
    struct id channel;
    struct id user;
    struct id device;
};

/* Fresh random octets of one attempt. Both functions that take them wipe them. */
struct handshake_client_random {
    struct secret32 e;     /* X25519 */
    struct secret64 e1;    /* seed of the fresh ML-KEM key */
    struct secret32 coins; /* encapsulation to the Worker's static key */
};
struct handshake_worker_random {
    struct secret32 e;
    struct secret32 coins; /* encapsulation to e1 */
};

/* What a handshake leaves behind. Wiped by handshake_result_done(). */
struct handshake_result {
    uint8_t h[HANDSHAKE_HASH_LEN]; /* what device proofs are bound to */
    struct secret32 send;          /* key of our records */
    struct secret32 receive;       /* key of the peer's */
    uint16_t version;              /* 0 at the Worker: none in common, send message 2 and close */
    uint32_t features;             /* FEATURE_ bits that the Worker granted */
    uint16_t streams;              /* how many the Worker lets be open at once */
    uint32_t newest_epoch;         /* above ours: fetch the certificate before the next channel */
    uint32_t message_max;          /* octets */
};

void handshake_result_done(struct handshake_result *r);

/* The client's side between its two messages. Wiped by handshake_client_done(). */
struct handshake_client {
    struct symmetric symmetric;
    struct secret32 e;
    struct mlkem_key *e1;
    uint32_t features; /* wanted */
};

/*
 * Make message 1.
 *
 *   identity      of the Worker, as pinned
 *   certificate   one that pin_accepts() took; its worker id is ids->worker
 *   features      FEATURE_ bits wanted
 *
 * Afterwards c needs handshake_client_done(), also after a failure.
 * Fails with HANDSHAKE_FAILED when the certificate's keys are none.
 */
MUST_CHECK bool
handshake_client_start(struct handshake_client *c, const uint8_t identity[static SLHDSA_PUBLIC_LEN],
                       const struct certificate *certificate, const struct handshake_ids *ids,
                       uint32_t features, struct handshake_client_random *random,
                       uint8_t message1[static HANDSHAKE_MESSAGE1_LEN], struct err *e);

/* Take message 2. c is spent and wiped, whatever comes out. */
MUST_CHECK bool handshake_client_finish(struct handshake_client *c, struct bytes message2,
                                        struct handshake_result *out, struct err *e);

void handshake_client_done(struct handshake_client *c);

/*
 * The Worker's first checks, which cost nothing: length, version, epoch. Afterwards the caller
 * checks that the channel id is not open and that few channels wait for their Hello.
 *
 *   known   the epochs whose private keys the Worker still holds
 *
 * *chosen points to one of them. Fails with HANDSHAKE_FAILED or STALE_KEYS.
 */
MUST_CHECK bool handshake_check(struct bytes message1, const struct worker_keys *const *known,
                                size_t n, const struct worker_keys **chosen, struct err *e);

/*
 * Take a message 1 that handshake_check() passed, and make message 2. About 300 us.
 *
 *   ids            as the Hub told them; the worker id is our own, out of the keys
 *   newest_epoch   of the Worker
 *   features       FEATURE_ bits that the Worker offers
 */
MUST_CHECK bool handshake_respond(const struct worker_keys *keys, const struct handshake_ids *ids,
                                  uint32_t newest_epoch, uint32_t features, struct bytes message1,
                                  struct handshake_worker_random *random,
                                  uint8_t message2[static HANDSHAKE_MESSAGE2_LEN],
                                  struct handshake_result *out, struct err *e);

/* The protocol's name and prologue; for tests that walk the handshake token by token. */
extern const char HANDSHAKE_PROTOCOL[];
enum { HANDSHAKE_PROLOGUE_LEN = 174 };
void handshake_prologue(const uint8_t identity[static SLHDSA_PUBLIC_LEN], uint32_t epoch,
                        const struct handshake_ids *ids,
                        uint8_t out[static HANDSHAKE_PROLOGUE_LEN]);

#endif
