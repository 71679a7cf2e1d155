/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/access.h"

#include <stdlib.h>

#include "base/alloc.h"

#define COLLABORATOR LEAPMUX__V1__WORKSPACE_LEVEL__WORKSPACE_LEVEL_COLLABORATOR

void access_init(struct access *access)
{
    list_init(&access->users);
}

static void free_grants(struct grants *g)
{
    list_remove(&g->link);
    free(g->name);
    free(g->v);
    free(g);
}

void access_clear(struct access *access)
{
    LIST_EACH(&access->users, struct grants, link, g)
    {
        free_grants(g);
    }
}

void access_done(struct access *access)
{
    access_clear(access);
}

const struct grants *access_of(const struct access *access, struct id user)
{
    LIST_EACH(&access->users, struct grants, link, g)
    {
        if (id_equal(g->user, user)) {
            return g;
        }
    }
    return NULL;
}

static bool read_grants(struct grants *g, const Leapmux__V1__Grants *m, struct err *e)
{
    const Leapmux__V1__User *user = m->user;

    if (user == NULL) {
        return err_invalid(e, "user", "no user");
    }
    TRY(id_parse(bytes_of(user->id), "user", &g->user, e));
    g->name = must_strdup(user->display_name[0] != '\0' ? user->display_name : user->username);
    g->worker_use = m->worker_use;
    g->v = must_calloc(m->n_workspaces + 1, sizeof(*g->v));
    for (size_t i = 0; i < m->n_workspaces; i++) {
        struct grant *grant = &g->v[g->n];

        TRY(id_parse(bytes_of(m->workspaces[i]->workspace_id), "workspaces", &grant->workspace, e));
        grant->level = m->workspaces[i]->level;
        grant->archived = m->workspaces[i]->archived;
        g->n++;
    }
    return true;
}

bool access_set(struct access *access, const Leapmux__V1__Grants *message, struct err *e)
{
    struct grants *g = NEW(struct grants);
    const struct grants *old;

    list_init(&g->link);
    if (!read_grants(g, message, e)) {
        free_grants(g);
        return false;
    }
    old = access_of(access, g->user);
    if (old != NULL) {
        free_grants((struct grants *)(uintptr_t)old);
    }
    list_append(&access->users, &g->link);
    return true;
}

static const struct grant *grant_of(const struct grants *g, struct id workspace)
{
    for (size_t i = 0; g != NULL && i < g->n; i++) {
        if (id_equal(g->v[i].workspace, workspace)) {
            return &g->v[i];
        }
    }
    return NULL;
}

bool access_sees(const struct access *access, struct id user, struct id workspace)
{
    return grant_of(access_of(access, user), workspace) != NULL;
}

bool access_is_empty(const struct access *access, struct id user)
{
    const struct grants *g = access_of(access, user);

    return g == NULL || (g->n == 0 && !g->worker_use);
}

static bool not_found(struct err *e)
{
    return err_set(e, ERR_NOT_FOUND, "NOT_FOUND", "not found");
}

static bool may_anywhere(const struct grants *g, Leapmux__V1__WorkspaceLevel least, struct err *e)
{
    if (g->worker_use) {
        return true;
    }
    for (size_t i = 0; i < g->n; i++) {
        if (g->v[i].level >= least) {
            return true;
        }
    }
    return g->n == 0 ? not_found(e)
                     : err_set(e, ERR_PERMISSION_DENIED, "READ_ONLY", "you may only look");
}

static bool may_act(const struct grant *grant, struct err *e)
{
    if (grant->level < COLLABORATOR) {
        return err_set(e, ERR_PERMISSION_DENIED, "READ_ONLY", "you may only look");
    }
    if (grant->archived) {
        return err_set(e, ERR_FAILED_PRECONDITION, "ARCHIVED", "the workspace is archived");
    }
    return true;
}

/* No path is opened beneath a root here, so all of them need the whole Worker. */
static bool may_use_paths(const struct grants *g, struct err *e)
{
    return g->worker_use || err_set(e, ERR_PERMISSION_DENIED, "OUTSIDE_ROOTS",
                                    "this needs the right to use the whole Worker");
}

bool access_may(const struct access *access, struct id user, enum access_rule rule,
                const struct id *workspace, struct err *e)
{
    const struct grants *g = access_of(access, user);
    const struct grant *grant = workspace != NULL ? grant_of(g, *workspace) : NULL;

    if (g == NULL) {
        return not_found(e);
    }
    switch (rule) {
    case ACCESS_HELLO:
        return err_set(e, ERR_FAILED_PRECONDITION, "INVALID", "the channel is open already");
    case ACCESS_VIEW_ANYWHERE:
        return may_anywhere(g, LEAPMUX__V1__WORKSPACE_LEVEL__WORKSPACE_LEVEL_VIEWER, e);
    case ACCESS_ACT_ANYWHERE:
        return may_anywhere(g, COLLABORATOR, e);
    case ACCESS_VIEW_WORKSPACE:
    case ACCESS_VIEW_AGENT:
        return grant != NULL || not_found(e);
    case ACCESS_ACT_AGENT:
        return grant != NULL ? may_act(grant, e) : not_found(e);
    case ACCESS_OPEN_IN:
        TRY(grant != NULL || not_found(e));
        TRY(may_act(grant, e));
        return may_use_paths(g, e);
    case ACCESS_LOOK_AT_PATH:
        TRY(grant != NULL || not_found(e));
        return may_use_paths(g, e);
    }
    return not_found(e);
}
