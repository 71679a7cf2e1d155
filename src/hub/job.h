/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A piece of work for the database on behalf of a call, which may be gone when it is done.
 *
 * Embedded as the first member of what a handler hands over; freed by job_answer() and job_fail().
 */
#ifndef HUB_JOB_H
#define HUB_JOB_H

#include "rpc/rpc.h"
#include "store/dbq.h"

struct hub;

struct job {
    struct hub *hub;
    struct rpc_call *call; /* NULL once the caller is gone */
    struct arena arena;    /* inputs and outputs */
};

/* A zeroed object of `size` octets that begins with a struct job. */
void *job_new(size_t size, struct rpc_call *call);

/* Submit to the Hub's database and answer later. done(job, e) answers. */
struct rpc_done *job_submit(void *job, dbq_work_fn work, dbq_done_fn done);

/* Answer and free; both do nothing but free when the caller is gone. */
void job_answer(void *job, const void *response);
void job_fail(void *job, const struct err *e);

#endif
