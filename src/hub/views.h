/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What one user sees of the registry, as messages. They borrow the registry's texts: valid while
 * nothing changes, that is for this turn of the loop.
 */
#ifndef HUB_VIEWS_H
#define HUB_VIEWS_H

#include "base/arena.h"
#include "gen/leapmux/v1/socket.pb-c.h"
#include "hub/registry.h"

Leapmux__V1__User *view_user(struct arena *a, const struct user *user);
Leapmux__V1__Org *view_org(struct arena *a, const struct member *member);
Leapmux__V1__Workspace *view_workspace(struct arena *a, const struct workspace *ws,
                                       const struct user *as);
Leapmux__V1__WorkerSummary *view_worker(struct arena *a, const struct worker *worker,
                                        const struct user *as);

/* All organizations of a user. */
size_t view_orgs(struct arena *a, const struct user *user, Leapmux__V1__Org ***out);

/* What a user sees of an organization. */
size_t view_workers(struct arena *a, const struct org *org, const struct user *as,
                    Leapmux__V1__WorkerSummary ***out);
size_t view_workspaces(struct arena *a, const struct org *org, const struct user *as,
                       Leapmux__V1__Workspace ***out);

/* A workspace and who looks at it. */
Leapmux__V1__WorkspaceState *view_workspace_state(struct arena *a, const struct workspace *ws,
                                                  const struct user *as);

#endif
