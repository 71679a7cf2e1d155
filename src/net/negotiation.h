/* SPDX-License-Identifier: Apache-2.0 */
/* What a client's fields say about the form of an answer. Pure. */
#ifndef NET_NEGOTIATION_H
#define NET_NEGOTIATION_H

#include <stdbool.h>

enum { NEGOTIATION_MAX = 1000 }; /* a quality of 1 */

/*
 * How welcome a coding is to an Accept-Encoding, in thousandths; -1 when it is not named. "*"
 * stands for all that are not named. A malformed quality counts as 1. Source: RFC 9110 12.5.3.
 */
int negotiation_welcome(const char *accept, const char *coding);

/*
 * Whether an If-None-Match (NULL = none) names a tag; quotes included, compared weakly.
 * Source: RFC 9110 13.1.2.
 */
bool negotiation_has_tag(const char *tags, const char *etag);

#endif
