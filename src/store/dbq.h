/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A database and the one thread that owns it: jobs in, results out.
 *
 * Jobs that wait together run in one transaction, each in a savepoint of its own, and are answered
 * after the commit: a slow disk delays answers and never the loop, and what was answered is on
 * disk. A job that fails is rolled back alone; when the commit fails, the first job of the batch
 * that wrote and all behind it fail with its error (DISK_FULL, DATABASE_BUSY).
 */
#ifndef STORE_DBQ_H
#define STORE_DBQ_H

#include "loop/loop.h"
#include "store/db.h"

struct dbq;

/* Runs on the database's thread. May use only db and job. False (with *e) undoes this job. */
typedef bool (*dbq_work_fn)(struct db *db, void *job, struct err *e);

/* Runs on the loop after the commit, in the order of submission; e is NULL when all went well. */
typedef void (*dbq_done_fn)(void *job, const struct err *e);

/* Open, migrate (both at once, on the caller's thread) and start the thread. NULL on failure. */
MUST_CHECK struct dbq *dbq_open(struct loop *loop, const char *path,
                                const struct db_migration *migrations, size_t n, struct err *e);

/* Hand a job over. job is the caller's, must live until done, and done is called exactly once.
 * done may be NULL: then job must be static or freed by work (which does not run, and leaves the
 * job behind, when no transaction can be begun). */
void dbq_submit(struct dbq *q, dbq_work_fn work, dbq_done_fn done, void *job);

/* Finish all jobs, checkpoint, close. Jobs' done functions still run, on the loop, before this
 * returns. Accepts NULL. */
void dbq_close(struct dbq *q);

/* Run a job now on the caller's thread, before any was submitted: for reading state at start. */
MUST_CHECK bool dbq_run_at_start(struct dbq *q, dbq_work_fn work, void *job, struct err *e);

#endif
