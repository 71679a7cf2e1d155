/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/random.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

void random_bytes(void *out, size_t n)
{
    uint8_t *at = out;

    while (n > 0) {
        ssize_t got = getrandom(at, n, 0);

        if (got < 0) {
            if (errno == EINTR) {
                continue;
            }
            abort(); /* keys without chance would be worse than no process */
        }
        at += got;
        n -= (size_t)got;
    }
}

struct id random_id(void)
{
    uint8_t bits[16];

    random_bytes(bits, sizeof(bits));
    return id_from_random(bits);
}

uint64_t random_below(uint64_t bound)
{
    uint64_t v;
    uint64_t surplus; /* the lowest values, which would make some results likelier than others */

    assert(bound >= 1);
    surplus = (0 - bound) % bound;
    do {
        random_bytes(&v, sizeof(v));
    } while (v < surplus);
    return v % bound;
}
