/* SPDX-License-Identifier: Apache-2.0 */
/* A map from ids to objects, which hold their id themselves and outlive their place in the map. */
#ifndef HUB_IDMAP_H
#define HUB_IDMAP_H

#include "base/id.h"

struct idmap_slot;

/* `= {0}` is an empty map. */
struct idmap {
    struct idmap_slot *slots;
    size_t n; /* objects in it */
    size_t cap;
};

void idmap_done(struct idmap *m);

/* The object of an id, or NULL; any text may be asked for. */
void *idmap_get(const struct idmap *m, const char *id);

/* id is not in the map, value is not NULL. */
void idmap_put(struct idmap *m, struct id id, void *value);
void idmap_remove(struct idmap *m, struct id id);

#endif
