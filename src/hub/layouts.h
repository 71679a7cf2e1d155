/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Layouts of workspaces: ops into the database and out to everybody who watches.
 *
 * The state lies in the database alone and is read for each call; the database's thread is what
 * orders the ops of a scope.
 */
#ifndef HUB_LAYOUTS_H
#define HUB_LAYOUTS_H

#include "gen/leapmux/v1/layout.pb-c.h"
#include "hub/registry.h"

struct db;
struct hub;

enum { LAYOUTS_SCOPE_LEN = 32 }; /* room for "ws:" and an id */

/* "ws:<id>" */
void layouts_scope(struct id workspace, char out[static LAYOUTS_SCOPE_LEN]);

/* Make the state of a new workspace. On the database's thread. */
MUST_CHECK bool layouts_create(struct db *db, struct id workspace, struct id tile_id,
                               struct err *e);

/* Called once; e is NULL and there is a result for each op in order, or e says why nothing was
 * done. Results are valid during the call. */
typedef void (*layouts_done_fn)(void *arg, Leapmux__V1__LayoutOpResult **results, size_t n,
                                const struct err *e);

struct layouts_actor {
    const struct user *user;     /* who asks; NULL when a Worker does */
    const struct worker *worker; /* the Worker that reports its own tabs closed */
};

/*
 * Apply ops to a workspace's layout, tell watchers and Workers, then call done. The ops are
 * copied. Rights on the workspace were checked before.
 */
void layouts_apply(struct hub *hub, struct workspace *ws, struct layouts_actor actor,
                   Leapmux__V1__LayoutOp *const *ops, size_t n, layouts_done_fn done, void *arg);

/* Close one tab in a Worker's name. */
void layouts_close_for_worker(struct hub *hub, struct tab *tab);

#endif
