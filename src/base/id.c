/* SPDX-License-Identifier: Apache-2.0 */
#include "base/id.h"

#include <string.h>

static const char DIGITS[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

struct id id_from_random(const uint8_t random[16])
{
    __extension__ unsigned __int128 v = 0;
    struct id id = { { 0 } };

    for (int i = 0; i < 16; i++) {
        v = v << 8 | random[i];
    }
    for (int i = ID_LEN - 1; i >= 0; i--) {
        id.s[i] = DIGITS[v % 62];
        v /= 62;
    }
    return id;
}

bool id_is_valid(struct bytes text)
{
    if (text.n != ID_LEN) {
        return false;
    }
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '\0' || strchr(DIGITS, text.p[i]) == NULL) {
            return false;
        }
    }
    return true;
}

bool id_parse(struct bytes text, const char *field, struct id *out, struct err *e)
{
    if (!id_is_valid(text)) {
        err_set(e, ERR_INVALID_ARGUMENT, "BAD_ID", "%s is not an id of %d characters 0-9 A-Z a-z",
                field, ID_LEN);
        e->field = field;
        return false;
    }
    *out = (struct id){ { 0 } };
    memcpy(out->s, text.p, ID_LEN);
    return true;
}

bool id_equal(struct id a, struct id b)
{
    return strcmp(a.s, b.s) == 0;
}

bool id_is_empty(struct id a)
{
    return a.s[0] == '\0';
}

struct bytes id_bytes(const struct id *a)
{
    return bytes_of(a->s);
}
