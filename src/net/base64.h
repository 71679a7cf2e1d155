/* SPDX-License-Identifier: Apache-2.0 */
/* Base64 as protocols use it (RFC 4648): both alphabets are read, padding may be left out. */
#ifndef NET_BASE64_H
#define NET_BASE64_H

#include "base/buf.h"

/* Append data in the standard alphabet. Fails as buf_put() does. */
MUST_CHECK bool base64_put(struct buf *out, struct bytes data, bool padded, struct err *e);

/* Append what text stands for. Fails with INVALID when it is no base64. */
MUST_CHECK bool base64_read(struct bytes text, struct buf *out, struct err *e);

#endif
