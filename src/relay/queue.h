/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sealed records that wait for their turn on a connection which many channels share.
 *
 * A lane is one direction of one channel, an outlet the connection it leaves by. Lanes that hold
 * something are served round robin, one record each, so that one channel never blocks another.
 * The end of a channel waits for the channel's own records, and for nothing else.
 */
#ifndef RELAY_QUEUE_H
#define RELAY_QUEUE_H

#include "base/buf.h"
#include "base/list.h"
#include "relay/limits.h"

struct outlet {
    struct link ready; /* lanes that hold something, next one first */
    size_t octets;     /* in all lanes */
    size_t *total;     /* sum over all outlets, for the limit on them together */
};

struct lane {
    struct link link; /* in outlet->ready */
    struct link records;
    size_t octets;
    bool has_end;
    uint32_t end_reason;
};

/* One thing that leaves: a record, which the caller frees with outlet_item_done(), or an end. */
struct outlet_item {
    struct lane *lane;
    struct bytes record; /* p is NULL for an end */
    uint32_t end_reason;
    void *memory;
};

/* total is kept up to date while the outlet is used; it outlives it. */
void outlet_init(struct outlet *o, size_t *total);
void lane_init(struct lane *l);

/* Queue a copy. False, with nothing queued, when the lane would hold more than RELAY_QUEUE_MAX. */
MUST_CHECK bool lane_put(struct outlet *o, struct lane *l, struct bytes record);

/* Nothing comes behind this; told once, after the records. */
void lane_end(struct outlet *o, struct lane *l, uint32_t reason);

/* Forget what the lane holds, its end included. */
void lane_drop(struct outlet *o, struct lane *l);

bool outlet_is_empty(const struct outlet *o);

/* Take what is next. False when nothing waits. */
bool outlet_next(struct outlet *o, struct outlet_item *out);
void outlet_item_done(struct outlet_item *item);

#endif
