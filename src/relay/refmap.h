/* SPDX-License-Identifier: Apache-2.0 */
/* A map from 32-bit numbers to objects: the channels of a socket or of a Worker's link. */
#ifndef RELAY_REFMAP_H
#define RELAY_REFMAP_H

#include "base/defs.h"

struct refmap_slot;

/* `= {0}` is an empty map. */
struct refmap {
    struct refmap_slot *slots;
    size_t n; /* objects in it */
    size_t cap;
};

void refmap_done(struct refmap *m);

/* The object of a number, or NULL. */
void *refmap_get(const struct refmap *m, uint32_t ref);

/* value is not NULL, ref is not in the map. */
void refmap_put(struct refmap *m, uint32_t ref, void *value);

/* Does nothing when it is not there. */
void refmap_remove(struct refmap *m, uint32_t ref);

/* Any object of the map, or NULL when it is empty: for taking it apart. */
void *refmap_any(const struct refmap *m);

#endif
