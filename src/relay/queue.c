/* SPDX-License-Identifier: Apache-2.0 */
#include "relay/queue.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

struct queued {
    struct link link;
    size_t n;
    uint8_t octets[];
};

void outlet_init(struct outlet *o, size_t *total)
{
    list_init(&o->ready);
    o->octets = 0;
    o->total = total;
}

void lane_init(struct lane *l)
{
    *l = (struct lane){ 0 };
    list_init(&l->link);
    list_init(&l->records);
}

static void make_ready(struct outlet *o, struct lane *l)
{
    if (list_empty(&l->link)) {
        list_append(&o->ready, &l->link);
    }
}

bool lane_put(struct outlet *o, struct lane *l, struct bytes record)
{
    struct queued *q;

    assert(!l->has_end);
    if (record.n > RELAY_QUEUE_MAX - l->octets) {
        return false;
    }
    q = must_alloc(sizeof(*q) + record.n);
    list_init(&q->link);
    q->n = record.n;
    memcpy(q->octets, record.p, record.n);
    list_append(&l->records, &q->link);
    l->octets += record.n;
    o->octets += record.n;
    *o->total += record.n;
    make_ready(o, l);
    return true;
}

void lane_end(struct outlet *o, struct lane *l, uint32_t reason)
{
    if (!l->has_end) {
        l->has_end = true;
        l->end_reason = reason;
        make_ready(o, l);
    }
}

void lane_drop(struct outlet *o, struct lane *l)
{
    while (!list_empty(&l->records)) {
        struct queued *q = LIST_FIRST(&l->records, struct queued, link);

        list_remove(&q->link);
        free(q);
    }
    o->octets -= l->octets;
    *o->total -= l->octets;
    list_remove(&l->link);
    lane_init(l);
}

bool outlet_is_empty(const struct outlet *o)
{
    return list_empty(&o->ready);
}

bool outlet_next(struct outlet *o, struct outlet_item *out)
{
    struct lane *l = LIST_FIRST(&o->ready, struct lane, link);
    struct queued *q;

    if (l == NULL) {
        return false;
    }
    list_remove(&l->link);
    if (list_empty(&l->records)) {
        *out = (struct outlet_item){ .lane = l, .end_reason = l->end_reason };
        return true;
    }
    q = LIST_FIRST(&l->records, struct queued, link);
    list_remove(&q->link);
    l->octets -= q->n;
    o->octets -= q->n;
    *o->total -= q->n;
    if (!list_empty(&l->records) || l->has_end) {
        list_append(&o->ready, &l->link); /* behind the others */
    }
    *out = (struct outlet_item){ .lane = l, .record = { q->octets, q->n }, .memory = q };
    return true;
}

void outlet_item_done(struct outlet_item *item)
{
    free(item->memory);
    item->memory = NULL;
}
