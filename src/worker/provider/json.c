/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/provider/json.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

static const double LARGEST_COUNT = 9007199254740992.0; /* 2^53: what JavaScript counts to */

/* The value of \uXXXX at p, or -1. */
static int escape_at(const uint8_t *p, size_t n)
{
    int value = 0;

    if (n < 6 || p[0] != '\\' || p[1] != 'u') {
        return -1;
    }
    for (int i = 2; i < 6; i++) {
        int c = tolower(p[i]);

        if (!isxdigit(c)) {
            return -1;
        }
        value = value * 16 + (isdigit(c) ? c - '0' : c - 'a' + 10);
    }
    return value;
}

/* Overwrite halves of surrogate pairs, which are as long as what replaces them. */
static void repair_escapes(uint8_t *p, size_t n)
{
    size_t at = 0;

    while (at < n) {
        int value = escape_at(p + at, n - at);
        int next = value >= 0 ? escape_at(p + at + 6, n - at - 6) : -1;

        if (value >= 0xd800 && value < 0xdc00 && next >= 0xdc00 && next < 0xe000) {
            at += 12;
        } else if (value >= 0xd800 && value < 0xe000) {
            memcpy(p + at, "\\ufffd", 6);
            at += 6;
        } else {
            /* a backslash takes the octet after it along: \\u is no escape of this kind */
            at += p[at] == '\\' ? 2 : 1;
        }
    }
}

yyjson_doc *json_parse(struct bytes text)
{
    yyjson_doc *doc = yyjson_read((const char *)text.p, text.n, 0);
    struct buf copy;
    struct err e;

    if (doc != NULL) {
        return doc;
    }
    buf_init(&copy, 3 * text.n);
    if (utf8_put_lossy(&copy, text, &e)) {
        repair_escapes(copy.p, copy.n);
        doc = yyjson_read((const char *)copy.p, copy.n, 0);
    }
    buf_done(&copy);
    return doc;
}

void json_freep(yyjson_doc **doc)
{
    yyjson_doc_free(*doc);
    *doc = NULL;
}

yyjson_val *json_get(yyjson_val *obj, const char *key)
{
    return yyjson_obj_get(obj, key);
}

bool json_is(yyjson_val *obj, const char *key, const char *text)
{
    return yyjson_equals_str(json_get(obj, key), text);
}

const char *json_text(yyjson_val *obj, const char *key)
{
    const char *text = yyjson_get_str(json_get(obj, key));

    return text != NULL ? text : "";
}

bool json_has_text(yyjson_val *obj, const char *key)
{
    return json_text(obj, key)[0] != '\0';
}

char *json_copy(struct arena *a, yyjson_val *val)
{
    const char *text = yyjson_get_str(val);
    size_t n = yyjson_get_len(val);
    size_t nuls = 0;
    char *out, *to;

    if (text == NULL) {
        return arena_str(a, bytes_of(""));
    }
    for (size_t i = 0; i < n; i++) {
        nuls += text[i] == '\0';
    }
    if (nuls == 0) {
        return arena_str(a, (struct bytes){ .p = (const uint8_t *)text, .n = n });
    }
    out = to = arena_alloc(a, n + 2 * nuls + 1);
    for (size_t i = 0; i < n; i++) {
        if (text[i] == '\0') {
            memcpy(to, "\xef\xbf\xbd", 3);
            to += 3;
        } else {
            *to++ = text[i];
        }
    }
    return out;
}

char *json_copy_of(struct arena *a, yyjson_val *obj, const char *key)
{
    return json_copy(a, json_get(obj, key));
}

bool json_bool(yyjson_val *obj, const char *key)
{
    return yyjson_get_bool(json_get(obj, key));
}

double json_number(yyjson_val *obj, const char *key)
{
    double number = yyjson_get_num(json_get(obj, key));

    return isfinite(number) ? number : 0;
}

uint64_t json_count(yyjson_val *obj, const char *key)
{
    double number = json_number(obj, key);

    if (number <= 0) {
        return 0;
    }
    return (uint64_t)(number < LARGEST_COUNT ? number : LARGEST_COUNT);
}

char *json_text_of(struct arena *a, yyjson_val *val)
{
    size_t n;
    char *text = yyjson_val_write(val, YYJSON_WRITE_ALLOW_INF_AND_NAN, &n);
    char *copy;

    if (text == NULL) {
        return arena_str(a, bytes_of(""));
    }
    copy = arena_str(a, (struct bytes){ .p = (const uint8_t *)text, .n = n });
    free(text);
    return copy;
}

static int base64_digit(int c)
{
    static const char DIGITS[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = c != '\0' ? strchr(DIGITS, c) : NULL;

    return at != NULL ? (int)(at - DIGITS) : -1;
}

bool json_base64(struct arena *a, yyjson_val *val, struct bytes *out)
{
    const char *text = yyjson_get_str(val);
    size_t n = yyjson_get_len(val);
    uint8_t *to;
    size_t made = 0;
    uint32_t bits = 0;
    int have = 0;

    if (text == NULL) {
        return false;
    }
    to = arena_alloc(a, n / 4 * 3 + 3);
    for (size_t i = 0; i < n && text[i] != '='; i++) {
        int digit = base64_digit((unsigned char)text[i]);

        if (text[i] == '\n' || text[i] == '\r') {
            continue;
        }
        if (digit < 0) {
            return false;
        }
        bits = bits << 6 | (uint32_t)digit;
        have += 6;
        if (have >= 8) {
            have -= 8;
            to[made++] = (uint8_t)(bits >> have);
        }
    }
    *out = (struct bytes){ .p = to, .n = made };
    return made > 0;
}
