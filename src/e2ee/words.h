/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Fingerprints as words: 88 bits as eight words of the BIP-39 English list, for people to
 * compare or to type. Source: channel.md, "Keys of a Worker".
 */
#ifndef E2EE_WORDS_H
#define E2EE_WORDS_H

#include "base/buf.h"
#include "crypto/blake2b.h"
#include "crypto/slhdsa.h"

enum {
    WORDS_COUNT = 8,      /* words shown */
    WORDS_BITS_LEN = 11,  /* octets behind them: 88 bits, 11 a word */
    WORDS_TEXT_MAX = 72,  /* octets of the words with one blank between them, and a NUL */
    FINGERPRINT_LEN = 32, /* octets of a whole fingerprint */
};

/* BLAKE2b-256 of `leapmux-worker-identity-v1` and a Worker's public identity key. */
void fingerprint_of_identity(const uint8_t identity[static SLHDSA_PUBLIC_LEN],
                             uint8_t out[static FINGERPRINT_LEN]);

/* The words of 11 octets, most significant bit first. They have static storage. */
void words_of(const uint8_t bits[static WORDS_BITS_LEN], const char *words[static WORDS_COUNT]);

/* The words with one blank between them, NUL-terminated. */
void words_text(const uint8_t bits[static WORDS_BITS_LEN], char out[static WORDS_TEXT_MAX]);

/*
 * Read words as a person types them: any case, blanks or hyphens between them.
 *
 * Fails with INVALID, naming the first word that is not in the list or how many there are.
 */
MUST_CHECK bool words_parse(struct bytes text, uint8_t bits[static WORDS_BITS_LEN], struct err *e);

/* A whole fingerprint in hexadecimal: 64 characters and a NUL. */
void fingerprint_hex(const uint8_t fingerprint[static FINGERPRINT_LEN],
                     char out[static 2 * FINGERPRINT_LEN + 1]);

#endif
