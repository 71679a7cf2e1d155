/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/provider/uuid.h"

#include <stdio.h>
#include <string.h>

#include "base/id.h"

struct uuid uuid_from_random(const uint8_t random[16])
{
    uint8_t b[16];
    struct uuid u;

    memcpy(b, random, sizeof(b));
    b[6] = (uint8_t)((b[6] & 0x0f) | 0x40); /* RFC 9562 section 5.4: version 4 */
    b[8] = (uint8_t)((b[8] & 0x3f) | 0x80); /* section 4.1: the variant */
    (void)snprintf(u.s, sizeof(u.s),
                   "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x", b[0],
                   b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10], b[11], b[12], b[13],
                   b[14], b[15]);
    return u;
}

static unsigned digit_of(char c)
{
    static const char DIGITS[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    const char *at = c != '\0' ? strchr(DIGITS, c) : NULL;

    return at != NULL ? (unsigned)(at - DIGITS) : 0;
}

struct uuid uuid_from_id(const char *id)
{
    uint8_t b[16] = { 0 };

    for (size_t i = 0; i < ID_LEN && id[i] != '\0'; i++) {
        unsigned carry = digit_of(id[i]);

        for (int at = 15; at >= 0; at--) {
            carry += b[at] * 62u;
            b[at] = (uint8_t)carry;
            carry >>= 8;
        }
    }
    return uuid_from_random(b);
}
