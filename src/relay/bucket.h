/* SPDX-License-Identifier: Apache-2.0 */
/* Limits of rate: so many a second, and so many at once after a quiet time. */
#ifndef RELAY_BUCKET_H
#define RELAY_BUCKET_H

#include "base/defs.h"

struct bucket_rate {
    uint32_t per_second;
    uint32_t burst;
};

/* Zeroed memory is a full bucket. */
struct bucket {
    uint64_t spent_until; /* monotonic microseconds at which it is full again */
};

/*
 * Take n at a time. False when there is not enough left: nothing is taken then, and
 * *retry_after_ms (may be NULL) says when there will be.
 */
bool bucket_take(struct bucket *b, struct bucket_rate rate, uint32_t n, uint64_t now_ms,
                 int64_t *retry_after_ms);

#endif
