/* SPDX-License-Identifier: Apache-2.0 */
#include "net/base64.h"

static const char ALPHABET[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

bool base64_put(struct buf *out, struct bytes data, bool padded, struct err *e)
{
    size_t whole = data.n / 3;
    size_t rest = data.n % 3;
    size_t n = whole * 4 + (rest == 0 ? 0 : (padded ? 4 : rest + 1));
    uint8_t *to;
    size_t at = 0;

    if (n == 0) {
        return true;
    }
    to = buf_room(out, n);
    if (to == NULL) {
        return err_set(e, ERR_RESOURCE_EXHAUSTED, "TOO_LARGE", "limit of %zu octets reached",
                       out->max);
    }
    for (size_t i = 0; i < data.n; i += 3) {
        size_t have = data.n - i < 3 ? data.n - i : 3;
        uint32_t bits = (uint32_t)data.p[i] << 16 | (have > 1 ? (uint32_t)data.p[i + 1] << 8 : 0) |
                        (have > 2 ? data.p[i + 2] : 0U);

        for (size_t k = 0; k < 4 && (k <= have || padded); k++) {
            to[at++] = (uint8_t)(k <= have ? ALPHABET[bits >> (18 - 6 * k) & 63] : '=');
        }
    }
    buf_added(out, n);
    return true;
}

/* The value of a digit in either alphabet; -1 for none. */
static int digit(uint8_t c)
{
    if (c >= 'A' && c <= 'Z') {
        return c - 'A';
    }
    if (c >= 'a' && c <= 'z') {
        return c - 'a' + 26;
    }
    if (c >= '0' && c <= '9') {
        return c - '0' + 52;
    }
    if (c == '+' || c == '-') {
        return 62;
    }
    return c == '/' || c == '_' ? 63 : -1;
}

static struct bytes without_padding(struct bytes text)
{
    size_t pad = 0;

    while (pad < 2 && text.n > pad && text.p[text.n - 1 - pad] == '=') {
        pad++;
    }
    if (pad > 0 && text.n % 4 == 0) {
        text.n -= pad;
    }
    return text;
}

bool base64_read(struct bytes text, struct buf *out, struct err *e)
{
    struct bytes digits = without_padding(text);
    size_t n = digits.n / 4 * 3 + (digits.n % 4 > 0 ? digits.n % 4 - 1 : 0);
    uint8_t *to;
    uint32_t bits = 0;
    size_t at = 0;

    if (digits.n % 4 == 1) {
        return err_set(e, ERR_INVALID_ARGUMENT, "INVALID", "text is no base64");
    }
    if (digits.n == 0) {
        return true;
    }
    to = buf_room(out, n);
    if (to == NULL) {
        return err_set(e, ERR_RESOURCE_EXHAUSTED, "TOO_LARGE", "limit of %zu octets reached",
                       out->max);
    }
    for (size_t i = 0; i < digits.n; i++) {
        int v = digit(digits.p[i]);

        if (v < 0) {
            return err_set(e, ERR_INVALID_ARGUMENT, "INVALID", "text is no base64");
        }
        bits = bits << 6 | (uint32_t)v;
        if (i % 4 > 0) {
            to[at++] = (uint8_t)(bits >> (6 - 2 * (i % 4)));
        }
    }
    buf_added(out, n);
    return true;
}
