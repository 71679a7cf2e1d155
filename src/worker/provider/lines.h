/* SPDX-License-Identifier: Apache-2.0 */
/* Cuts a stream of octets into lines, however it arrives. Lines are as long as they are. */
#ifndef WORKER_PROVIDER_LINES_H
#define WORKER_PROVIDER_LINES_H

#include "base/buf.h"

enum { LINES_LIMIT = 64 * 1024 * 1024 }; /* octets kept of one line; product.md, provider line */

struct lines {
    struct buf held; /* the beginning of a line whose end has not come */
    uint64_t length; /* of that line so far; more than held.n when it is cut */
};

/*
 * One line without its LF and a CR before it, valid during the call. length is that of the whole
 * line and larger than line.n when the line was cut at the limit. Empty lines are not told.
 */
typedef void (*lines_fn)(void *arg, struct bytes line, uint64_t length);

/* limit: octets kept of one line. */
void lines_init(struct lines *l, size_t limit);
void lines_done(struct lines *l);

/* Take the next octets and tell each line that ends in them. */
void lines_feed(struct lines *l, struct bytes data, lines_fn fn, void *arg);

/* No more octets will come: what is left is the last line. */
void lines_finish(struct lines *l, lines_fn fn, void *arg);

#endif
