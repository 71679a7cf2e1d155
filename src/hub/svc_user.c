/* SPDX-License-Identifier: Apache-2.0 */
/* leapmux.v1.UserService */
#include "gen/leapmux/v1/hub.pb-c.h"
#include "gen/store/hub_sql.h"
#include "hub/access.h"
#include "hub/job.h"
#include "hub/proto.h"
#include "hub/services.h"

enum { PREFERENCES_MAX = 256 * 1024 }; /* octets */

struct preferences_job {
    struct job job;
    struct id user;
    uint64_t version; /* the one that was read, then the stored one */
    struct bytes body;
};

static bool get_work(struct db *db, void *arg, struct err *e)
{
    struct preferences_job *job = arg;
    struct hub_sql_get_preferences_row row = { 0 };
    bool found = false;

    TRY(hub_sql_get_preferences(db,
                                &(struct hub_sql_get_preferences_args){ .user_id = job->user.s },
                                &job->job.arena, &row, &found, e));
    job->version = (uint64_t)row.version;
    job->body = row.body;
    return true;
}

static void get_done(void *arg, const struct err *e)
{
    struct preferences_job *job = arg;
    Leapmux__V1__GetPreferencesResponse resp = LEAPMUX__V1__GET_PREFERENCES_RESPONSE__INIT;

    if (e != NULL) {
        job_fail(job, e);
        return;
    }
    resp.version = job->version;
    resp.body = proto_bytes(job->body);
    job_answer(job, &resp);
}

static struct rpc_done *get_preferences(struct rpc_call *call, const void *request)
{
    struct preferences_job *job = job_new(sizeof(*job), call);

    (void)request;
    job->user = rpc_user(call);
    return job_submit(job, get_work, get_done);
}

static bool update_work(struct db *db, void *arg, struct err *e)
{
    struct preferences_job *job = arg;
    struct hub_sql_get_preferences_row row = { 0 };
    bool found = false;

    TRY(hub_sql_get_preferences(db,
                                &(struct hub_sql_get_preferences_args){ .user_id = job->user.s },
                                &job->job.arena, &row, &found, e));
    if ((uint64_t)row.version != job->version) {
        return err_set(e, ERR_ABORTED, "STALE", "the preferences have changed meanwhile");
    }
    TRY(hub_sql_put_preferences(
        db,
        &(struct hub_sql_put_preferences_args){
            .user_id = job->user.s, .version = (int64_t)job->version, .body = job->body },
        e));
    job->version++;
    return true;
}

static void update_done(void *arg, const struct err *e)
{
    struct preferences_job *job = arg;
    Leapmux__V1__UpdatePreferencesResponse resp = LEAPMUX__V1__UPDATE_PREFERENCES_RESPONSE__INIT;

    if (e != NULL) {
        job_fail(job, e);
        return;
    }
    resp.version = job->version;
    job_answer(job, &resp);
}

static struct rpc_done *update_preferences(struct rpc_call *call, const void *request)
{
    const Leapmux__V1__UpdatePreferencesRequest *req = request;
    struct preferences_job *job;
    struct err e = { 0 };

    if (req->body.len > PREFERENCES_MAX) {
        err_set(&e, ERR_INVALID_ARGUMENT, "TOO_LONG", "preferences of more than %d octets",
                PREFERENCES_MAX);
        e.field = "body";
        return rpc_fail(call, &e);
    }
    job = job_new(sizeof(*job), call);
    job->user = rpc_user(call);
    job->version = req->version;
    job->body = arena_copy(&job->job.arena, proto_view(req->body));
    return job_submit(job, update_work, update_done);
}

const struct rpc_method USER_METHODS[] = {
    {
        .name = "/leapmux.v1.UserService/GetPreferences",
        .rule = ACCESS_USER,
        .flags = RPC_SAFE,
        .request = &leapmux__v1__get_preferences_request__descriptor,
        .response = &leapmux__v1__get_preferences_response__descriptor,
        .handle = get_preferences,
    },
    {
        .name = "/leapmux.v1.UserService/UpdatePreferences",
        .rule = ACCESS_USER,
        .request = &leapmux__v1__update_preferences_request__descriptor,
        .response = &leapmux__v1__update_preferences_response__descriptor,
        .handle = update_preferences,
    },
};
const size_t USER_METHODS_LEN = ARRAY_LEN(USER_METHODS);
