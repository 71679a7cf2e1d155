/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HKDF as the Noise Protocol Framework has it, over HMAC-BLAKE2b-512.
 * Source: Noise revision 34, section 4.3.
 */
#ifndef CRYPTO_HKDF_H
#define CRYPTO_HKDF_H

#include "base/buf.h"

enum { HKDF_LEN = 64 }; /* octets of a chaining key and of each output */

/* Two or three outputs; out3 may be NULL. The input may be empty. Outputs may be the key. */
void hkdf(const uint8_t chaining_key[static HKDF_LEN], struct bytes input,
          uint8_t out1[static HKDF_LEN], uint8_t out2[static HKDF_LEN], uint8_t *out3);

#endif
