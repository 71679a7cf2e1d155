/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-1 (FIPS 180-4), for the opening handshake of WebSockets, where it guards nothing. */
#ifndef NET_SHA1_H
#define NET_SHA1_H

#include "base/buf.h"

enum { SHA1_LEN = 20, SHA1_INPUT_MAX = 119 }; /* two blocks are all that a handshake needs */

/* data has at most SHA1_INPUT_MAX octets. */
void sha1(struct bytes data, uint8_t out[static SHA1_LEN]);

#endif
