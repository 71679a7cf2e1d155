/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/access_code.h"

#include <ctype.h>
#include <string.h>

#include "crypto/ct.h"
#include "crypto/random.h"

/* Without those that look alike: 60 bits in 12 characters. */
static const char DIGITS[] = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

void access_code_make(struct access_code *c)
{
    *c = (struct access_code){ 0 };
    for (int i = 0; i < ACCESS_CODE_LEN; i++) {
        c->text[i] = DIGITS[random_below(sizeof(DIGITS) - 1)];
    }
}

struct bytes access_code_in_form(struct bytes form)
{
    static const char NAME[] = "code=";
    size_t n = sizeof(NAME) - 1;

    while (form.n > 0) {
        const uint8_t *and = memchr(form.p, '&', form.n);
        size_t len = and != NULL ? (size_t)(and-form.p) : form.n;

        if (len >= n && memcmp(form.p, NAME, n) == 0) {
            return (struct bytes){ form.p + n, len - n };
        }
        len += and != NULL;
        form = (struct bytes){ form.p + len, form.n - len };
    }
    return (struct bytes){ 0 };
}

bool access_code_check(struct access_code *c, struct bytes tried, bool *replaced)
{
    char clean[ACCESS_CODE_LEN] = { 0 };
    size_t n = 0;

    *replaced = false;
    for (size_t i = 0; i < tried.n; i++) {
        if (!isalnum(tried.p[i])) {
            continue;
        }
        if (n < ACCESS_CODE_LEN) {
            clean[n] = (char)toupper(tried.p[i]);
        }
        n++;
    }
    if (ct_equal(clean, c->text, ACCESS_CODE_LEN) && n == ACCESS_CODE_LEN) {
        c->wrong = 0;
        return true;
    }
    if (++c->wrong >= ACCESS_CODE_TRIES) {
        access_code_make(c);
        *replaced = true;
    }
    return false;
}
