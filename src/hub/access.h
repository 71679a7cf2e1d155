/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who may do what: the rules that methods name, decided in one place.
 *
 * What a caller may not see is NOT_FOUND; what he may see but not do is PERMISSION_DENIED.
 */
#ifndef HUB_ACCESS_H
#define HUB_ACCESS_H

#include "gen/leapmux/v1/common.pb-c.h"
#include "hub/registry.h"
#include "rpc/rpc.h"

/* The rule of a method; the ids it needs stand in the request's fields of those names. */
enum access_rule {
    ACCESS_PUBLIC = 1, /* anybody */
    ACCESS_USER,       /* any signed-in user */
    ACCESS_ORG_MEMBER, /* org_id: any role in it */
    ACCESS_WORKER_SEE, /* worker_id */
    ACCESS_WS_VIEW,    /* workspace_id: any level in it */
    ACCESS_WS_EDIT,    /* workspace_id: collaborator or owner */
    ACCESS_SCOPE_VIEW, /* scope: "ws:" and a workspace with ACCESS_WS_VIEW */
    ACCESS_SCOPE_EDIT, /* likewise with ACCESS_WS_EDIT */
};

/* The `may` of all services of the Hub; their context is a struct hub. */
bool access_check(struct rpc_call *call, const struct rpc_method *method, const void *request,
                  struct err *e);

/* Level of a user in a workspace; UNSPECIFIED is none. */
Leapmux__V1__WorkspaceLevel access_level(const struct user *user, const struct workspace *ws);

/* The right to start things anywhere on a Worker. */
bool access_worker_use(const struct user *user, const struct worker *worker);

/* The right to know of a Worker. */
bool access_worker_see(const struct user *user, const struct worker *worker);

/* The right to open a channel: worker use, or a level in a workspace with a tab on it. */
bool access_worker_open(const struct user *user, const struct worker *worker);

/* The workspace of a scope "ws:<id>"; NULL when the text is none or there is none. */
struct workspace *access_scope_workspace(const struct registry *r, const char *scope);

#endif
