/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/idmap.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

struct idmap_slot {
    struct id id;
    void *value; /* NULL: free */
};

/* FNV-1a. Some ids are chosen by clients, but only their own work gets slower by a bad choice. */
static size_t home_of(const struct idmap *m, const char *id)
{
    uint64_t h = 14695981039346656037u;

    for (; *id != '\0'; id++) {
        h = (h ^ (uint8_t)*id) * 1099511628211u;
    }
    return (h >> 16) & (m->cap - 1);
}

static size_t find(const struct idmap *m, const char *id)
{
    size_t at = home_of(m, id);

    while (m->slots[at].value != NULL && strcmp(m->slots[at].id.s, id) != 0) {
        at = (at + 1) & (m->cap - 1);
    }
    return at;
}

void idmap_done(struct idmap *m)
{
    free(m->slots);
    *m = (struct idmap){ 0 };
}

void *idmap_get(const struct idmap *m, const char *id)
{
    return m->cap == 0 ? NULL : m->slots[find(m, id)].value;
}

static void grow(struct idmap *m)
{
    struct idmap old = *m;

    m->cap = old.cap > 0 ? 2 * old.cap : 16;
    m->slots = must_calloc(m->cap, sizeof(*m->slots));
    for (size_t i = 0; i < old.cap; i++) {
        if (old.slots[i].value != NULL) {
            m->slots[find(m, old.slots[i].id.s)] = old.slots[i];
        }
    }
    free(old.slots);
}

void idmap_put(struct idmap *m, struct id id, void *value)
{
    size_t at;

    assert(value != NULL);
    if (2 * (m->n + 1) > m->cap) {
        grow(m);
    }
    at = find(m, id.s);
    assert(m->slots[at].value == NULL);
    m->slots[at] = (struct idmap_slot){ .id = id, .value = value };
    m->n++;
}

void idmap_remove(struct idmap *m, struct id id)
{
    size_t hole = m->cap == 0 ? 0 : find(m, id.s);

    if (m->cap == 0 || m->slots[hole].value == NULL) {
        return;
    }
    m->n--;
    for (size_t at = (hole + 1) & (m->cap - 1); m->slots[at].value != NULL;
         at = (at + 1) & (m->cap - 1)) {
        size_t home = home_of(m, m->slots[at].id.s);

        if (((at - home) & (m->cap - 1)) >= ((at - hole) & (m->cap - 1))) {
            m->slots[hole] = m->slots[at];
            hole = at;
        }
    }
    m->slots[hole].value = NULL;
}
