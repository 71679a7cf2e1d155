/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ids: 22 characters of [0-9A-Za-z] from 128 random bits. Fixed-size text values, not pointers.
 */
#ifndef BASE_ID_H
#define BASE_ID_H

#include "base/buf.h"

enum { ID_LEN = 22 }; /* octets, without the NUL */

struct id {
    char s[ID_LEN + 2]; /* NUL-terminated; "" is no id */
};

/* Make an id out of 128 random bits (base 62, most significant digit first). */
struct id id_from_random(const uint8_t random[16]);

/* True if text is an id in form. */
bool id_is_valid(struct bytes text);

/* Read an id from outside. Fails with BAD_ID; *out is untouched then. */
MUST_CHECK bool id_parse(struct bytes text, const char *field, struct id *out, struct err *e);

bool id_equal(struct id a, struct id b);
bool id_is_empty(struct id a);
struct bytes id_bytes(const struct id *a);

#endif
