/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The way in for a browser that does not run as our user: 12 characters, printed at start, replaced
 * after 10 wrong tries.
 */
#ifndef HUB_ACCESS_CODE_H
#define HUB_ACCESS_CODE_H

#include "base/buf.h"

enum { ACCESS_CODE_LEN = 12, ACCESS_CODE_TRIES = 10 };

struct access_code {
    char text[ACCESS_CODE_LEN + 1];
    int wrong; /* tries since it was made */
};

void access_code_make(struct access_code *c);

/* The field "code" of a form as a browser sends it, application/x-www-form-urlencoded; nothing
 * when there is none. The good characters of a code are never encoded. */
struct bytes access_code_in_form(struct bytes form);

/* Whether a try is right; case and anything but letters and digits do not count. The tenth wrong
 * one makes a new code: *replaced says so. */
bool access_code_check(struct access_code *c, struct bytes tried, bool *replaced);

#endif
