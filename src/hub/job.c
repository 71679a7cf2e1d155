/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/job.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "hub/hub_internal.h"

void *job_new(size_t size, struct rpc_call *call)
{
    struct job *job = must_calloc(1, size);

    job->hub = rpc_context(call);
    job->call = call;
    return job;
}

/* What was handed over is still done: it may be committed already. */
static void on_cancel(void *arg)
{
    struct job *job = arg;

    job->call = NULL;
}

struct rpc_done *job_submit(void *arg, dbq_work_fn work, dbq_done_fn done)
{
    struct job *job = arg;

    dbq_submit(job->hub->db, work, done, job);
    return rpc_later(job->call, on_cancel, job);
}

static void job_free(struct job *job)
{
    arena_done(&job->arena);
    free(job);
}

void job_answer(void *arg, const void *response)
{
    struct job *job = arg;

    if (job->call != NULL) {
        rpc_ok(job->call, response);
    }
    job_free(job);
}

void job_fail(void *arg, const struct err *e)
{
    struct job *job = arg;

    if (job->call != NULL) {
        rpc_fail(job->call, e);
    }
    job_free(job);
}
