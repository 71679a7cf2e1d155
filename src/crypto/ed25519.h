/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ed25519. Source: RFC 8032 section 5.1. A private key is its 32-octet seed.
 */
#ifndef CRYPTO_ED25519_H
#define CRYPTO_ED25519_H

#include "base/buf.h"
#include "crypto/ct.h"

enum { ED25519_PUBLIC_LEN = 32, ED25519_SIGNATURE_LEN = 64 }; /* octets */

void ed25519_public(const struct secret32 *seed, uint8_t out[static ED25519_PUBLIC_LEN]);

void ed25519_sign(const struct secret32 *seed, struct bytes message,
                  uint8_t signature[static ED25519_SIGNATURE_LEN]);

MUST_CHECK bool ed25519_verify(const uint8_t public_key[static ED25519_PUBLIC_LEN],
                               struct bytes message, struct bytes signature);

#endif
