/* SPDX-License-Identifier: Apache-2.0 */
#include "store/dbq.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/alloc.h"

enum { BATCH_MAX = 512 }; /* jobs in one transaction: bounds how long the first of them waits */

struct dbq_job {
    struct link link;
    dbq_work_fn work;
    dbq_done_fn done;
    void *job;
    struct err *error; /* owned; NULL while all goes well */
    bool wrote;
};

struct dbq {
    struct loop *loop;
    struct db *db; /* the thread's, once jobs are there */
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t work_came;
    pthread_cond_t work_done;
    struct link waiting;  /* under the lock */
    struct link finished; /* under the lock */
    bool is_stopping;     /* under the lock */
    bool is_wake_posted;  /* under the lock: deliver() is on its way to the loop */
    bool is_delivering;   /* the loop's */
    bool is_closed;       /* the loop's: the last wake frees */
    size_t unanswered;    /* the loop's: submitted, done not yet run */
};

/* ---- the thread ---- */

static void fail_job(struct dbq_job *job, const struct err *e)
{
    if (job->error == NULL) {
        job->error = NEW(struct err);
        *job->error = *e;
    }
}

/*
 * The transaction did not reach the disk: nobody who wrote may be told that he did, and nobody who
 * read behind him may keep what he saw.
 */
static void fail_from_first_writer(struct link *jobs, const struct err *e)
{
    bool has_writer = false;

    LIST_EACH(jobs, struct dbq_job, link, job)
    {
        has_writer = has_writer || job->wrote;
        if (has_writer) {
            fail_job(job, e);
        }
    }
}

/* Run one job in a savepoint. False when the whole transaction is gone. */
static bool run_job(struct db *db, struct dbq_job *job, struct err *lost)
{
    int64_t before = db_changed_ever(db);
    struct err e = { 0 };
    bool is_lost;

    if (!db_begin(db, &e)) {
        fail_job(job, &e);
        *lost = e;
        return !db_is_lost(db);
    }
    if (!job->work(db, job->job, &e)) {
        fail_job(job, &e);
    }
    job->wrote = db_changed_ever(db) != before;
    if (job->error == NULL && !db_commit(db, &e)) {
        fail_job(job, &e);
    }
    if (job->error == NULL) {
        return true;
    }
    is_lost = db_is_lost(db);
    *lost = *job->error;
    db_rollback(db);
    return !is_lost;
}

static void take_first(struct link *from, struct link *to)
{
    struct link *l = from->next;

    list_remove(l);
    list_append(to, l);
}

/* One transaction for as many jobs as there are; those that ran move to `ran`. */
static void run_batch(struct db *db, struct link *jobs, struct link *ran)
{
    struct err e = { 0 };

    if (!db_begin(db, &e)) {
        LIST_EACH(jobs, struct dbq_job, link, job)
        {
            fail_job(job, &e);
        }
        while (!list_empty(jobs)) {
            take_first(jobs, ran);
        }
        return;
    }
    while (!list_empty(jobs)) {
        struct dbq_job *job = LIST_FIRST(jobs, struct dbq_job, link);

        take_first(jobs, ran);
        if (!run_job(db, job, &e)) {
            fail_from_first_writer(ran, &e);
            db_rollback(db);
            return; /* the rest gets a transaction of its own */
        }
    }
    if (!db_commit(db, &e)) {
        fail_from_first_writer(ran, &e);
        db_rollback(db);
    }
}

static void deliver_wake(void *arg);

static void hand_over(struct dbq *q, struct link *ran)
{
    pthread_mutex_lock(&q->lock);
    while (!list_empty(ran)) {
        take_first(ran, &q->finished);
    }
    pthread_cond_signal(&q->work_done);
    if (!q->is_wake_posted) {
        q->is_wake_posted = true;
        loop_post(q->loop, deliver_wake, q);
    }
    pthread_mutex_unlock(&q->lock);
}

static bool await_jobs(struct dbq *q, struct link *jobs)
{
    pthread_mutex_lock(&q->lock);
    while (list_empty(&q->waiting) && !q->is_stopping) {
        pthread_cond_wait(&q->work_came, &q->lock);
    }
    for (int i = 0; i < BATCH_MAX && !list_empty(&q->waiting); i++) {
        take_first(&q->waiting, jobs);
    }
    pthread_mutex_unlock(&q->lock);
    return !list_empty(jobs);
}

static void *run_thread(void *arg)
{
    struct dbq *q = arg;
    struct link jobs;
    struct link ran;

    list_init(&jobs);
    list_init(&ran);
    while (await_jobs(q, &jobs)) {
        while (!list_empty(&jobs)) {
            run_batch(q->db, &jobs, &ran);
            hand_over(q, &ran);
        }
    }
    return NULL;
}

/* ---- the loop ---- */

static void free_queue(struct dbq *q)
{
    pthread_mutex_destroy(&q->lock);
    pthread_cond_destroy(&q->work_came);
    pthread_cond_destroy(&q->work_done);
    free(q);
}

static void deliver(struct dbq *q)
{
    struct link batch;

    list_init(&batch);
    pthread_mutex_lock(&q->lock);
    while (!list_empty(&q->finished)) {
        take_first(&q->finished, &batch);
    }
    pthread_mutex_unlock(&q->lock);

    q->is_delivering = true;
    while (!list_empty(&batch)) {
        struct dbq_job *job = LIST_FIRST(&batch, struct dbq_job, link);

        list_remove(&job->link);
        q->unanswered--;
        if (job->done != NULL) {
            job->done(job->job, job->error);
        }
        free(job->error);
        free(job);
    }
    q->is_delivering = false;
}

static void deliver_wake(void *arg)
{
    struct dbq *q = arg;

    pthread_mutex_lock(&q->lock);
    q->is_wake_posted = false;
    pthread_mutex_unlock(&q->lock);
    if (q->is_closed) {
        free_queue(q);
    } else {
        deliver(q);
    }
}

static struct db *open_migrated(const char *path, const struct db_migration *migrations, size_t n,
                                struct err *e)
{
    CLEANUP(db_closep) struct db *db = db_open(path, e);

    if (db == NULL) {
        return NULL;
    }
    if (!db_migrate(db, migrations, n, e)) {
        err_prefix(e, "%s", path);
        return NULL;
    }
    return TAKE(db, NULL);
}

struct dbq *dbq_open(struct loop *loop, const char *path, const struct db_migration *migrations,
                     size_t n, struct err *e)
{
    struct db *db = open_migrated(path, migrations, n, e);
    struct dbq *q;

    if (db == NULL) {
        if (e->code == ERR_DATA_LOSS) {
            err_prefix(e, "the database is damaged; look with 'leapmux admin check' or restore a "
                          "backup");
        }
        return NULL;
    }
    q = NEW(struct dbq);
    q->loop = loop;
    q->db = db;
    list_init(&q->waiting);
    list_init(&q->finished);
    if (pthread_mutex_init(&q->lock, NULL) != 0 || pthread_cond_init(&q->work_came, NULL) != 0 ||
        pthread_cond_init(&q->work_done, NULL) != 0 ||
        pthread_create(&q->thread, NULL, run_thread, q) != 0) {
        abort();
    }
    return q;
}

void dbq_submit(struct dbq *q, dbq_work_fn work, dbq_done_fn done, void *job)
{
    struct dbq_job *j = NEW(struct dbq_job);

    *j = (struct dbq_job){ .work = work, .done = done, .job = job };
    list_init(&j->link);
    q->unanswered++;
    pthread_mutex_lock(&q->lock);
    list_append(&q->waiting, &j->link);
    pthread_cond_signal(&q->work_came);
    pthread_mutex_unlock(&q->lock);
}

bool dbq_run_at_start(struct dbq *q, dbq_work_fn work, void *job, struct err *e)
{
    assert(q->unanswered == 0);
    TRY(db_begin(q->db, e));
    if (!work(q->db, job, e) || !db_commit(q->db, e)) {
        db_rollback(q->db);
        return false;
    }
    return true;
}

static void await_answers(struct dbq *q)
{
    pthread_mutex_lock(&q->lock);
    while (list_empty(&q->finished)) {
        pthread_cond_wait(&q->work_done, &q->lock);
    }
    pthread_mutex_unlock(&q->lock);
}

void dbq_close(struct dbq *q)
{
    bool is_wake_posted;

    if (q == NULL) {
        return;
    }
    assert(!q->is_delivering);
    while (q->unanswered > 0) { /* a done function may submit more */
        await_answers(q);
        deliver(q);
    }
    pthread_mutex_lock(&q->lock);
    q->is_stopping = true;
    is_wake_posted = q->is_wake_posted;
    pthread_cond_signal(&q->work_came);
    pthread_mutex_unlock(&q->lock);
    pthread_join(q->thread, NULL);
    db_checkpoint(q->db);
    db_close(q->db);
    q->is_closed = true;
    if (!is_wake_posted) {
        free_queue(q);
    }
}
