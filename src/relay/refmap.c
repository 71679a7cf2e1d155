/* SPDX-License-Identifier: Apache-2.0 */
#include "relay/refmap.h"

#include <assert.h>
#include <stdlib.h>

#include "base/alloc.h"

struct refmap_slot {
    uint32_t ref;
    void *value; /* NULL: free */
};

static size_t home_of(const struct refmap *m, uint32_t ref)
{
    return (ref * 2654435769u >> 7) & (m->cap - 1);
}

static size_t find(const struct refmap *m, uint32_t ref)
{
    size_t at = home_of(m, ref);

    while (m->slots[at].value != NULL && m->slots[at].ref != ref) {
        at = (at + 1) & (m->cap - 1);
    }
    return at;
}

void refmap_done(struct refmap *m)
{
    free(m->slots);
    *m = (struct refmap){ 0 };
}

void *refmap_get(const struct refmap *m, uint32_t ref)
{
    return m->cap == 0 ? NULL : m->slots[find(m, ref)].value;
}

static void grow(struct refmap *m)
{
    struct refmap old = *m;

    m->cap = old.cap > 0 ? 2 * old.cap : 8;
    m->slots = must_calloc(m->cap, sizeof(*m->slots));
    for (size_t i = 0; i < old.cap; i++) {
        if (old.slots[i].value != NULL) {
            m->slots[find(m, old.slots[i].ref)] = old.slots[i];
        }
    }
    free(old.slots);
}

void refmap_put(struct refmap *m, uint32_t ref, void *value)
{
    size_t at;

    assert(value != NULL);
    if (2 * (m->n + 1) > m->cap) {
        grow(m);
    }
    at = find(m, ref);
    assert(m->slots[at].value == NULL);
    m->slots[at] = (struct refmap_slot){ .ref = ref, .value = value };
    m->n++;
}

void refmap_remove(struct refmap *m, uint32_t ref)
{
    size_t hole = m->cap == 0 ? 0 : find(m, ref);

    if (m->cap == 0 || m->slots[hole].value == NULL) {
        return;
    }
    m->n--;
    /* Pull up what would not be found behind the hole; no tombstones. */
    for (size_t at = (hole + 1) & (m->cap - 1); m->slots[at].value != NULL;
         at = (at + 1) & (m->cap - 1)) {
        size_t home = home_of(m, m->slots[at].ref);

        if (((at - home) & (m->cap - 1)) >= ((at - hole) & (m->cap - 1))) {
            m->slots[hole] = m->slots[at];
            hole = at;
        }
    }
    m->slots[hole].value = NULL;
}

void *refmap_any(const struct refmap *m)
{
    for (size_t i = 0; i < m->cap; i++) {
        if (m->slots[i].value != NULL) {
            return m->slots[i].value;
        }
    }
    return NULL;
}
