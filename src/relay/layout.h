/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The reducer of a workspace's layout: a state and an op in, a state out. The same rules run in
 * every client (frontend/src/model), so that all of them end equal. Pure: ids, times and rights
 * come from outside.
 */
#ifndef RELAY_LAYOUT_H
#define RELAY_LAYOUT_H

#include "base/arena.h"
#include "base/id.h"
#include "gen/leapmux/v1/layout.pb-c.h"

enum {
    LAYOUT_TABS_MAX = 512,
    LAYOUT_TILES_MAX = 64,
    LAYOUT_DEPTH_MAX = 8,
    LAYOUT_TITLE_MAX = 128,         /* characters of a title that a person typed */
    LAYOUT_OPS_MAX = 64,            /* ops of one call */
    LAYOUT_LOG_MAX = 10000,         /* ops of a scope that are kept */
    LAYOUT_STATE_MAX = 1024 * 1024, /* octets of an encoded state: 512 tabs with long titles */
};

/* A state and the memory it lives in; `= {0}` is none. */
struct layout {
    struct arena arena;
    Leapmux__V1__LayoutSnapshot *state;
};

/* What became of an op. */
enum layout_verdict {
    LAYOUT_APPLIED,
    LAYOUT_GONE,        /* names a tab that is not there */
    LAYOUT_STALE_SHAPE, /* fits another shape of the tree */
    LAYOUT_LIMIT,
    LAYOUT_DENIED,
    LAYOUT_INVALID,
    LAYOUT_ID_IN_USE,
};

/* The word of the contract: "GONE"; "" for LAYOUT_APPLIED. */
const char *layout_verdict_name(enum layout_verdict v);

/* The state of a new workspace: one empty tile. */
void layout_init(struct layout *l, struct id tile_id);
void layout_done(struct layout *l);

/* Read an encoded state. Fails with DATA_LOSS when it is none, or breaks a rule. */
MUST_CHECK bool layout_read(struct layout *l, struct bytes encoded, struct err *e);

/* Append the encoded state. Fails as buf_put() does. */
MUST_CHECK bool layout_write(const struct layout *l, struct buf *out, struct err *e);

/*
 * Bring an op from a client into the form in which it is stored and told: ids checked, titles
 * cleaned (in memory of the arena). LAYOUT_INVALID when it can never be applied.
 */
enum layout_verdict layout_clean_op(Leapmux__V1__LayoutOp *op, struct arena *a);

/* Apply a clean op. The state is untouched unless LAYOUT_APPLIED. */
enum layout_verdict layout_apply(struct layout *l, const Leapmux__V1__LayoutOp *op);

/* A tab of the state, or NULL. */
const Leapmux__V1__LayoutTab *layout_find_tab(const struct layout *l, const char *tab_id);

/* True if any tab of the state lies on a Worker. */
bool layout_has_tab_on(const struct layout *l, const char *worker_id);

/* How many tabs there are. */
size_t layout_count_tabs(const struct layout *l);

/* Whether all rules of a state hold; *e says which one does not. */
MUST_CHECK bool layout_check(const struct layout *l, struct err *e);

#endif
