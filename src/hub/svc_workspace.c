/* SPDX-License-Identifier: Apache-2.0 */
/* leapmux.v1.WorkspaceService */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/utf8.h"
#include "crypto/random.h"
#include "gen/leapmux/v1/hub.pb-c.h"
#include "gen/store/hub_sql.h"
#include "hub/access.h"
#include "hub/events.h"
#include "hub/hub_internal.h"
#include "hub/job.h"
#include "hub/layouts.h"
#include "hub/services.h"
#include "hub/views.h"
#include "hub/workers.h"

enum { TITLE_MAX = 128, WORKSPACES_PER_ORG = 2000 };

/* A title in the form in which it is stored. */
static bool clean_title(const char *title, struct arena *a, const char **out, struct err *e)
{
    char *clean = arena_alloc(a, strlen(title) + 1);

    utf8_clean_title(bytes_of(title), clean);
    if (utf8_count(bytes_of(clean)) > TITLE_MAX) {
        err_set(e, ERR_INVALID_ARGUMENT, "TOO_LONG", "a title has at most %d characters",
                TITLE_MAX);
        e->field = "title";
        return false;
    }
    *out = clean[0] == '\0' ? "Untitled" : clean;
    return true;
}

/* The workspace as the caller of a job sees it. */
static Leapmux__V1__Workspace *view_for(struct job *job, struct id user, const struct workspace *ws)
{
    return view_workspace(&job->arena, ws, registry_user(&job->hub->registry, user.s));
}

/* ---- CreateWorkspace ---- */

struct create_job {
    struct job job;
    struct id id;
    struct id org;
    struct id owner;
    const char *title;
    int64_t now_ms;
    bool is_repeated;
};

static bool check_repeat(struct create_job *job, const struct hub_sql_get_workspace_row *row,
                         struct err *e)
{
    job->is_repeated = strcmp(row->org_id, job->org.s) == 0 &&
                       strcmp(row->owner_id, job->owner.s) == 0 &&
                       strcmp(row->title, job->title) == 0;
    return job->is_repeated ||
           err_set(e, ERR_ALREADY_EXISTS, "ID_IN_USE", "another workspace has this id");
}

static bool create_work(struct db *db, void *arg, struct err *e)
{
    struct create_job *job = arg;
    struct hub_sql_get_workspace_row row;
    struct hub_sql_count_workspaces_row count = { 0 };
    bool found = false;

    TRY(hub_sql_get_workspace(db, &(struct hub_sql_get_workspace_args){ .id = job->id.s },
                              &job->job.arena, &row, &found, e));
    if (found) {
        return check_repeat(job, &row, e);
    }
    TRY(hub_sql_count_workspaces(db,
                                 &(struct hub_sql_count_workspaces_args){ .org_id = job->org.s },
                                 &job->job.arena, &count, &found, e));
    if (count.n >= WORKSPACES_PER_ORG) {
        return err_set(e, ERR_RESOURCE_EXHAUSTED, "LIMIT",
                       "an organization has at most %d workspaces", WORKSPACES_PER_ORG);
    }
    TRY(hub_sql_add_workspace(db,
                              &(struct hub_sql_add_workspace_args){ .id = job->id.s,
                                                                    .org_id = job->org.s,
                                                                    .owner_id = job->owner.s,
                                                                    .title = job->title,
                                                                    .created_at_ms = job->now_ms },
                              e));
    return layouts_create(db, job->id, random_id(), e);
}

static struct workspace *remember_created(struct create_job *job)
{
    struct registry *r = &job->job.hub->registry;
    struct workspace_facts facts = {
        .id = job->id,
        .org = registry_org(r, job->org.s),
        .owner = registry_user(r, job->owner.s),
        .title = job->title,
        .created_at_ms = job->now_ms,
    };
    struct workspace *ws = registry_add_workspace(r, &facts);

    workers_grants_changed(job->job.hub, ws->org);
    events_org_changed(job->job.hub, ws->org);
    return ws;
}

static void create_done(void *arg, const struct err *e)
{
    struct create_job *job = arg;
    Leapmux__V1__CreateWorkspaceResponse resp = LEAPMUX__V1__CREATE_WORKSPACE_RESPONSE__INIT;
    struct workspace *ws;

    if (e != NULL) {
        job_fail(job, e);
        return;
    }
    ws = job->is_repeated ? registry_workspace(&job->job.hub->registry, job->id.s)
                          : remember_created(job);
    resp.workspace = view_for(&job->job, job->owner, ws);
    job_answer(job, &resp);
}

static struct rpc_done *create_workspace(struct rpc_call *call, const void *request)
{
    const Leapmux__V1__CreateWorkspaceRequest *req = request;
    const struct hub *hub = rpc_context(call);
    struct create_job *job;
    const char *title;
    struct err e = { 0 };
    struct id id;

    if (!id_parse(bytes_of(req->workspace_id), "workspace_id", &id, &e) ||
        !clean_title(req->title, rpc_arena(call), &title, &e)) {
        return rpc_fail(call, &e);
    }
    job = job_new(sizeof(*job), call);
    job->id = id;
    job->org = registry_org(&hub->registry, req->org_id)->id;
    job->owner = rpc_user(call);
    job->title = arena_str(&job->job.arena, bytes_of(title));
    job->now_ms = rpc_now_ms(call);
    return job_submit(job, create_work, create_done);
}

/* ---- ListWorkspaces, GetWorkspace ---- */

static struct rpc_done *list_workspaces(struct rpc_call *call, const void *request)
{
    const struct hub *hub = rpc_context(call);
    const Leapmux__V1__ListWorkspacesRequest *req = request;
    Leapmux__V1__ListWorkspacesResponse resp = LEAPMUX__V1__LIST_WORKSPACES_RESPONSE__INIT;

    resp.n_workspaces =
        view_workspaces(rpc_arena(call), registry_org(&hub->registry, req->org_id),
                        registry_user(&hub->registry, rpc_user(call).s), &resp.workspaces);
    return rpc_ok(call, &resp);
}

static struct rpc_done *get_workspace(struct rpc_call *call, const void *request)
{
    const struct hub *hub = rpc_context(call);
    const Leapmux__V1__GetWorkspaceRequest *req = request;
    Leapmux__V1__GetWorkspaceResponse resp = LEAPMUX__V1__GET_WORKSPACE_RESPONSE__INIT;

    resp.workspace =
        view_workspace(rpc_arena(call), registry_workspace(&hub->registry, req->workspace_id),
                       registry_user(&hub->registry, rpc_user(call).s));
    return rpc_ok(call, &resp);
}

/* ---- RenameWorkspace ---- */

struct rename_job {
    struct job job;
    struct id id;
    struct id user;
    const char *title;
};

static bool rename_work(struct db *db, void *arg, struct err *e)
{
    struct rename_job *job = arg;

    return hub_sql_rename_workspace(
        db, &(struct hub_sql_rename_workspace_args){ .id = job->id.s, .title = job->title }, e);
}

static void rename_done(void *arg, const struct err *e)
{
    struct rename_job *job = arg;
    struct hub *hub = job->job.hub;
    Leapmux__V1__RenameWorkspaceResponse resp = LEAPMUX__V1__RENAME_WORKSPACE_RESPONSE__INIT;
    struct workspace *ws = registry_workspace(&hub->registry, job->id.s);

    if (e != NULL) {
        job_fail(job, e);
        return;
    }
    free(ws->title);
    ws->title = must_strdup(job->title);
    events_workspace_changed(hub, ws);
    events_org_changed(hub, ws->org);
    resp.workspace = view_for(&job->job, job->user, ws);
    job_answer(job, &resp);
}

static struct rpc_done *rename_workspace(struct rpc_call *call, const void *request)
{
    const Leapmux__V1__RenameWorkspaceRequest *req = request;
    const struct hub *hub = rpc_context(call);
    struct rename_job *job;
    const char *title;
    struct err e = { 0 };

    if (!clean_title(req->title, rpc_arena(call), &title, &e)) {
        return rpc_fail(call, &e);
    }
    job = job_new(sizeof(*job), call);
    job->id = registry_workspace(&hub->registry, req->workspace_id)->id;
    job->user = rpc_user(call);
    job->title = arena_str(&job->job.arena, bytes_of(title));
    return job_submit(job, rename_work, rename_done);
}

const struct rpc_method WORKSPACE_METHODS[] = {
    {
        .name = "/leapmux.v1.WorkspaceService/CreateWorkspace",
        .rule = ACCESS_ORG_MEMBER,
        .request = &leapmux__v1__create_workspace_request__descriptor,
        .response = &leapmux__v1__create_workspace_response__descriptor,
        .handle = create_workspace,
    },
    {
        .name = "/leapmux.v1.WorkspaceService/ListWorkspaces",
        .rule = ACCESS_ORG_MEMBER,
        .flags = RPC_SAFE,
        .request = &leapmux__v1__list_workspaces_request__descriptor,
        .response = &leapmux__v1__list_workspaces_response__descriptor,
        .handle = list_workspaces,
    },
    {
        .name = "/leapmux.v1.WorkspaceService/GetWorkspace",
        .rule = ACCESS_WS_VIEW,
        .flags = RPC_SAFE,
        .request = &leapmux__v1__get_workspace_request__descriptor,
        .response = &leapmux__v1__get_workspace_response__descriptor,
        .handle = get_workspace,
    },
    {
        .name = "/leapmux.v1.WorkspaceService/RenameWorkspace",
        .rule = ACCESS_WS_EDIT,
        .request = &leapmux__v1__rename_workspace_request__descriptor,
        .response = &leapmux__v1__rename_workspace_response__descriptor,
        .handle = rename_workspace,
    },
};
const size_t WORKSPACE_METHODS_LEN = ARRAY_LEN(WORKSPACE_METHODS);
