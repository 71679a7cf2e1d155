/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/access.h"

#include <string.h>

#include "hub/hub_internal.h"

Leapmux__V1__WorkspaceLevel access_level(const struct user *user, const struct workspace *ws)
{
    return ws->owner == user ? LEAPMUX__V1__WORKSPACE_LEVEL__WORKSPACE_LEVEL_OWNER
                             : LEAPMUX__V1__WORKSPACE_LEVEL__WORKSPACE_LEVEL_UNSPECIFIED;
}

bool access_worker_use(const struct user *user, const struct worker *worker)
{
    return worker->registrant == user ||
           (worker->is_shared && registry_member(user, worker->org) != NULL);
}

bool access_worker_open(const struct user *user, const struct worker *worker)
{
    if (access_worker_use(user, worker)) {
        return true;
    }
    LIST_EACH(&worker->tabs, struct tab, by_worker, tab)
    {
        if (access_level(user, tab->workspace) !=
            LEAPMUX__V1__WORKSPACE_LEVEL__WORKSPACE_LEVEL_UNSPECIFIED) {
            return true;
        }
    }
    return false;
}

bool access_worker_see(const struct user *user, const struct worker *worker)
{
    const struct member *m = registry_member(user, worker->org);

    return access_worker_open(user, worker) || (m != NULL && strcmp(m->role, "member") != 0);
}

struct workspace *access_scope_workspace(const struct registry *r, const char *scope)
{
    return strncmp(scope, "ws:", 3) == 0 ? registry_workspace(r, scope + 3) : NULL;
}

/* The text field of a request; every rule is given to methods that have it. */
static const char *field_of(const struct rpc_method *method, const void *request, const char *name)
{
    const ProtobufCFieldDescriptor *f =
        protobuf_c_message_descriptor_get_field_by_name(method->request, name);

    return *(const char *const *)((const char *)request + f->offset);
}

static bool need_id(const struct rpc_method *method, const void *request, const char *name,
                    struct id *out, struct err *e)
{
    return id_parse(bytes_of(field_of(method, request, name)), name, out, e);
}

static bool no_such(struct err *e, const char *what)
{
    return err_set(e, ERR_NOT_FOUND, "NOT_FOUND", "no such %s", what);
}

static bool may_workspace(const struct user *user, const struct workspace *ws, bool edit,
                          struct err *e)
{
    Leapmux__V1__WorkspaceLevel level;

    if (ws == NULL || (level = access_level(user, ws)) ==
                          LEAPMUX__V1__WORKSPACE_LEVEL__WORKSPACE_LEVEL_UNSPECIFIED) {
        return no_such(e, "workspace");
    }
    if (edit && level < LEAPMUX__V1__WORKSPACE_LEVEL__WORKSPACE_LEVEL_COLLABORATOR) {
        return err_set(e, ERR_PERMISSION_DENIED, "READ_ONLY", "you may only look at it");
    }
    if (edit && ws->is_archived) {
        return err_set(e, ERR_FAILED_PRECONDITION, "ARCHIVED", "the workspace is archived");
    }
    return true;
}

static bool may_org(const struct hub *hub, const struct user *user, const struct rpc_method *method,
                    const void *request, struct err *e)
{
    struct id id;
    const struct org *org;

    TRY(need_id(method, request, "org_id", &id, e));
    org = registry_org(&hub->registry, id.s);
    return (org != NULL && registry_member(user, org) != NULL) || no_such(e, "organization");
}

static bool may_worker(const struct hub *hub, const struct user *user,
                       const struct rpc_method *method, const void *request, struct err *e)
{
    struct id id;
    const struct worker *worker;

    TRY(need_id(method, request, "worker_id", &id, e));
    worker = registry_worker(&hub->registry, id.s);
    return (worker != NULL && access_worker_see(user, worker)) || no_such(e, "worker");
}

static bool may_named_workspace(const struct hub *hub, const struct user *user,
                                const struct rpc_method *method, const void *request, bool edit,
                                struct err *e)
{
    struct id id;

    TRY(need_id(method, request, "workspace_id", &id, e));
    return may_workspace(user, registry_workspace(&hub->registry, id.s), edit, e);
}

static bool may_scope(const struct hub *hub, const struct user *user,
                      const struct rpc_method *method, const void *request, bool edit,
                      struct err *e)
{
    const char *scope = field_of(method, request, "scope");

    return may_workspace(user, access_scope_workspace(&hub->registry, scope), edit, e);
}

bool access_check(struct rpc_call *call, const struct rpc_method *method, const void *request,
                  struct err *e)
{
    const struct hub *hub = rpc_context(call);
    enum access_rule rule = (enum access_rule)method->rule;
    const struct user *user = registry_user(&hub->registry, rpc_user(call).s);

    if (rule == ACCESS_PUBLIC) {
        return true;
    }
    if (user == NULL) {
        return err_set(e, ERR_UNAUTHENTICATED, "NO_IDENTITY", "please sign in");
    }
    switch (rule) {
    case ACCESS_PUBLIC:
    case ACCESS_USER:
        return true;
    case ACCESS_ORG_MEMBER:
        return may_org(hub, user, method, request, e);
    case ACCESS_WORKER_SEE:
        return may_worker(hub, user, method, request, e);
    case ACCESS_WS_VIEW:
    case ACCESS_WS_EDIT:
        return may_named_workspace(hub, user, method, request, rule == ACCESS_WS_EDIT, e);
    case ACCESS_SCOPE_VIEW:
    case ACCESS_SCOPE_EDIT:
        return may_scope(hub, user, method, request, rule == ACCESS_SCOPE_EDIT, e);
    }
    return err_set(e, ERR_INTERNAL, "INTERNAL", "%s has no rule", method->name);
}
