/* SPDX-License-Identifier: Apache-2.0 */
#include "base/utf8.h"

#include <string.h>

/* Length of the well-formed character at the start of text, 0 if there is none. */
static size_t character(struct bytes text)
{
    static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
    size_t n;
    uint32_t c;

    if (text.n == 0) {
        return 0;
    }
    c = text.p[0];
    if (c < 0x80) {
        return 1;
    }
    n = c >= 0xf0 && c < 0xf8 ? 4 : c >= 0xe0 && c < 0xf0 ? 3 : c >= 0xc0 && c < 0xe0 ? 2 : 0;
    if (n == 0 || n > text.n) {
        return 0;
    }
    c &= 0x7fu >> n;
    for (size_t i = 1; i < n; i++) {
        if ((text.p[i] & 0xc0) != 0x80) {
            return 0;
        }
        c = c << 6 | (text.p[i] & 0x3f);
    }
    if (c < least[n] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff)) {
        return 0;
    }
    return n;
}

static struct bytes after(struct bytes text, size_t n)
{
    return (struct bytes){ text.p + n, text.n - n };
}

size_t utf8_valid_prefix(struct bytes text)
{
    struct bytes left = text;

    while (left.n > 0) {
        size_t n = character(left);

        if (n == 0) {
            break;
        }
        left = after(left, n);
    }
    return text.n - left.n;
}

bool utf8_is_valid(struct bytes text)
{
    return utf8_valid_prefix(text) == text.n;
}

size_t utf8_cut(struct bytes text, size_t max)
{
    size_t n = max;

    if (text.n <= max) {
        return text.n;
    }
    while (n > 0 && (text.p[n] & 0xc0) == 0x80) {
        n--;
    }
    return n;
}

bool utf8_put_lossy(struct buf *out, struct bytes text, struct err *e)
{
    while (text.n > 0) {
        size_t good = utf8_valid_prefix(text);

        TRY(buf_put(out, (struct bytes){ text.p, good }, e));
        text = after(text, good);
        if (text.n > 0) {
            TRY(buf_put(out, bytes_of("\xef\xbf\xbd"), e));
            text = after(text, 1);
        }
    }
    return true;
}

size_t utf8_clean_title(struct bytes text, char *out)
{
    size_t n = 0;
    bool blank = true; /* at the start, blanks are dropped */

    for (size_t i = 0; i < text.n; i++) {
        uint8_t c = text.p[i];
        /* C1 controls are U+0080..U+009F: C2 80..C2 9F */
        if (c == 0xc2 && i + 1 < text.n && text.p[i + 1] < 0xa0) {
            i++;
            continue;
        }
        if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
            if (!blank) {
                out[n++] = ' ';
            }
            blank = true;
        } else if (c >= 0x20 && c != 0x7f) {
            out[n++] = (char)c;
            blank = false;
        }
    }
    if (n > 0 && out[n - 1] == ' ') {
        n--;
    }
    out[n] = '\0';
    return n;
}

size_t utf8_count(struct bytes text)
{
    size_t count = 0;

    for (size_t i = 0; i < text.n; i++) {
        count += (text.p[i] & 0xc0) != 0x80;
    }
    return count;
}
