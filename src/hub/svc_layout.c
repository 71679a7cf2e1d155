/* SPDX-License-Identifier: Apache-2.0 */
/* leapmux.v1.LayoutService */
#include "gen/leapmux/v1/hub.pb-c.h"
#include "gen/store/hub_sql.h"
#include "hub/access.h"
#include "hub/hub_internal.h"
#include "hub/job.h"
#include "hub/layouts.h"
#include "hub/proto.h"
#include "hub/services.h"
#include "relay/layout.h"

static const struct bucket_rate OPS = { .per_second = 60, .burst = 240 };

/* ---- GetLayout ---- */

struct get_job {
    struct job job;
    char scope[LAYOUTS_SCOPE_LEN];
    uint64_t revision;
    Leapmux__V1__LayoutSnapshot *snapshot;
};

static bool get_work(struct db *db, void *arg, struct err *e)
{
    struct get_job *job = arg;
    struct hub_sql_get_scope_row row;
    bool found = false;

    TRY(hub_sql_get_scope(db, &(struct hub_sql_get_scope_args){ .scope = job->scope },
                          &job->job.arena, &row, &found, e));
    if (!found) {
        return err_set(e, ERR_NOT_FOUND, "NOT_FOUND", "no such workspace");
    }
    job->revision = (uint64_t)row.revision;
    job->snapshot =
        proto_unpack(&job->job.arena, &leapmux__v1__layout_snapshot__descriptor, row.snapshot);
    return job->snapshot != NULL ||
           err_set(e, ERR_DATA_LOSS, "DAMAGED", "a stored layout cannot be read");
}

static void get_done(void *arg, const struct err *e)
{
    struct get_job *job = arg;
    Leapmux__V1__GetLayoutResponse resp = LEAPMUX__V1__GET_LAYOUT_RESPONSE__INIT;

    if (e != NULL) {
        job_fail(job, e);
        return;
    }
    resp.revision = job->revision;
    resp.snapshot = job->snapshot;
    job_answer(job, &resp);
}

static struct rpc_done *get_layout(struct rpc_call *call, const void *request)
{
    const struct hub *hub = rpc_context(call);
    const Leapmux__V1__GetLayoutRequest *req = request;
    struct get_job *job = job_new(sizeof(*job), call);

    layouts_scope(access_scope_workspace(&hub->registry, req->scope)->id, job->scope);
    return job_submit(job, get_work, get_done);
}

/* ---- ApplyOps ---- */

static void apply_done(void *arg, Leapmux__V1__LayoutOpResult **results, size_t n,
                       const struct err *e)
{
    struct job *job = arg;
    Leapmux__V1__ApplyOpsResponse resp = LEAPMUX__V1__APPLY_OPS_RESPONSE__INIT;

    if (e != NULL) {
        job_fail(job, e);
        return;
    }
    resp.results = results;
    resp.n_results = n;
    job_answer(job, &resp);
}

static void forget_call(void *arg)
{
    struct job *job = arg;

    job->call = NULL;
}

static bool check_ops(struct rpc_call *call, const Leapmux__V1__ApplyOpsRequest *req,
                      struct user *user, struct err *e)
{
    const struct hub *hub = rpc_context(call);
    int64_t wait_ms = 0;

    if (req->n_ops > LAYOUT_OPS_MAX) {
        return err_invalid(e, "ops", "at most %d ops at once", LAYOUT_OPS_MAX);
    }
    if (!bucket_take(&user->ops, OPS, (uint32_t)req->n_ops, loop_now_ms(hub->loop), &wait_ms)) {
        err_set(e, ERR_RESOURCE_EXHAUSTED, "RATE_LIMITED", "too many changes at once");
        e->retry_after_ms = wait_ms;
        return false;
    }
    return true;
}

static struct rpc_done *apply_ops(struct rpc_call *call, const void *request)
{
    struct hub *hub = rpc_context(call);
    const Leapmux__V1__ApplyOpsRequest *req = request;
    struct user *user = registry_user(&hub->registry, rpc_user(call).s);
    struct err e = { 0 };
    struct job *job;

    if (!check_ops(call, req, user, &e)) {
        return rpc_fail(call, &e);
    }
    job = job_new(sizeof(*job), call);
    layouts_apply(hub, access_scope_workspace(&hub->registry, req->scope),
                  (struct layouts_actor){ .user = user }, req->ops, req->n_ops, apply_done, job);
    return rpc_later(call, forget_call, job);
}

const struct rpc_method LAYOUT_METHODS[] = {
    {
        .name = "/leapmux.v1.LayoutService/GetLayout",
        .rule = ACCESS_SCOPE_VIEW,
        .flags = RPC_SAFE,
        .request = &leapmux__v1__get_layout_request__descriptor,
        .response = &leapmux__v1__get_layout_response__descriptor,
        .handle = get_layout,
    },
    {
        .name = "/leapmux.v1.LayoutService/ApplyOps",
        .rule = ACCESS_SCOPE_EDIT,
        .request = &leapmux__v1__apply_ops_request__descriptor,
        .response = &leapmux__v1__apply_ops_response__descriptor,
        .handle = apply_ops,
    },
};
const size_t LAYOUT_METHODS_LEN = ARRAY_LEN(LAYOUT_METHODS);
