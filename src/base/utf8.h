/* SPDX-License-Identifier: Apache-2.0 */
/*
 * UTF-8, checked at the border (RFC 3629: no surrogates, no overlong forms, at most U+10FFFF).
 */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include "base/buf.h"

/* True if all of text is well-formed. A NUL octet is well-formed. */
bool utf8_is_valid(struct bytes text);

/* How many octets from the start are well-formed and end at a character's end. */
size_t utf8_valid_prefix(struct bytes text);

/* The longest prefix of at most max octets that does not cut a character. */
size_t utf8_cut(struct bytes text, size_t max);

/*
 * Append text to out with every octet that is not UTF-8 replaced by U+FFFD.
 * Fails as buf_put() does.
 */
MUST_CHECK bool utf8_put_lossy(struct buf *out, struct bytes text, struct err *e);

/*
 * A title as it is stored: control characters removed, runs of blanks folded to one space,
 * trimmed. The result is NUL-terminated in out, which must have room for text.n + 1 octets.
 * Returns its length.
 */
size_t utf8_clean_title(struct bytes text, char *out);

/* Number of code points in well-formed text. */
size_t utf8_count(struct bytes text);

#endif
