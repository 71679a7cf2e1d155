/* SPDX-License-Identifier: Apache-2.0 */
#include "relay/bucket.h"

enum { SCALE = 1000 }; /* the bucket counts microseconds, so that 60 a second is no 62 */

bool bucket_take(struct bucket *b, struct bucket_rate rate, uint32_t n, uint64_t now_ms,
                 int64_t *retry_after_ms)
{
    uint64_t now = now_ms * SCALE;
    uint64_t each = 1000u * SCALE / rate.per_second;
    uint64_t from = b->spent_until > now ? b->spent_until : now;
    uint64_t until = from + n * each;

    if (until > now + rate.burst * each) {
        if (retry_after_ms != NULL) {
            *retry_after_ms = (int64_t)((until - now - rate.burst * each) / SCALE + 1);
        }
        return false;
    }
    b->spent_until = until;
    return true;
}
