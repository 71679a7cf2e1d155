/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The only source of chance in the tree: the kernel's generator. Code that must be replayed
 * exactly (e2ee/) takes its random octets as a parameter, and its callers fill them here.
 */
#ifndef CRYPTO_RANDOM_H
#define CRYPTO_RANDOM_H

#include "base/id.h"

/* Fill n octets. Any thread. Ends the process if the kernel has no randomness to give. */
void random_bytes(void *out, size_t n);

/* A fresh id out of 128 random bits. */
struct id random_id(void);

/* A number in [0, bound), each equally likely; bound >= 1. For jitter and the like. */
uint64_t random_below(uint64_t bound);

#endif
