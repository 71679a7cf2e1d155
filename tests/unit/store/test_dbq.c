/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "store/dbq.h"
#include "store/stmt.h"

static const struct db_migration LIST[] = {
    { 1, "001.sql", "CREATE TABLE things (n INTEGER PRIMARY KEY, b BLOB) STRICT;" },
};
static const struct stmt_sql ADD = { "add", "INSERT INTO things (n, b) VALUES (?1, ?2)" };
static const struct stmt_sql COUNT = { "count", "SELECT count(*), max(n) FROM things" };

struct world {
    struct loop *loop;
    struct dbq *q;
    char dir[64];
    char path[96];
    int64_t answered; /* jobs answered so far */
    int64_t to_come;
};

struct one {
    struct world *w;
    int64_t n;
    size_t octets;
    bool must_fail;
    struct err e;    /* of the answer */
    int64_t came_as; /* place in the order of answers */
};

static bool count_rows(struct db *db, int64_t *rows, int64_t *last, struct err *e)
{
    CLEANUP(stmt_leave) struct stmt *s = stmt_enter(db, &COUNT, e);
    bool has_row = false;

    TRY(s != NULL);
    TRY(stmt_step(s, &has_row, e));
    *rows = stmt_int(s, 0);
    *last = stmt_int(s, 1);
    return true;
}

static bool insert(struct db *db, int64_t n, size_t octets, struct err *e)
{
    CLEANUP(stmt_leave) struct stmt *s = stmt_enter(db, &ADD, e);
    CLEANUP(free_p) char *blob = must_calloc(1, octets + 1);

    TRY(s != NULL);
    stmt_bind_int(s, 1, n);
    stmt_bind_blob(s, 2, (struct bytes){ (uint8_t *)blob, octets });
    return stmt_end(s, e);
}

static bool add_work(struct db *db, void *arg, struct err *e)
{
    struct one *one = arg;

    TRY(insert(db, one->n, one->octets, e));
    return !one->must_fail || err_set(e, ERR_ABORTED, "STALE", "asked to fail");
}

static void on_answer(void *arg, const struct err *e)
{
    struct one *one = arg;

    one->e = e == NULL ? (struct err){ 0 } : *e;
    one->came_as = one->w->answered++;
    if (one->w->answered == one->w->to_come) {
        loop_stop(one->w->loop);
    }
}

static int open_world(void **state)
{
    struct world *w = NEW(struct world);
    struct err e = { 0 };

    snprintf(w->dir, sizeof(w->dir), "/tmp/lm-dbq-XXXXXX");
    assert_non_null(mkdtemp(w->dir));
    snprintf(w->path, sizeof(w->path), "%s/x.db", w->dir);
    w->loop = loop_new();
    w->q = dbq_open(w->loop, w->path, LIST, 1, &e);
    assert_non_null(w->q);
    *state = w;
    return 0;
}

static int close_world(void **state)
{
    static const char *const ENDS[] = { "", "-wal", "-shm" };
    struct world *w = *state;
    char path[128];

    dbq_close(w->q);
    loop_free(w->loop);
    for (size_t i = 0; i < ARRAY_LEN(ENDS); i++) {
        snprintf(path, sizeof(path), "%s%s", w->path, ENDS[i]);
        unlink(path);
    }
    rmdir(w->dir);
    free(w);
    return 0;
}

/* Submit n jobs and wait for their answers. */
static void run_jobs(struct world *w, struct one *jobs, int64_t n)
{
    w->answered = 0;
    w->to_come = n;
    for (int64_t i = 0; i < n; i++) {
        jobs[i].w = w;
        dbq_submit(w->q, add_work, on_answer, &jobs[i]);
    }
    loop_run(w->loop);
    assert_int_equal(w->answered, n);
}

struct look {
    int64_t rows;
    int64_t last;
};

static bool look_work(struct db *db, void *arg, struct err *e)
{
    struct look *look = arg;

    return count_rows(db, &look->rows, &look->last, e);
}

static struct look look_at(const char *path)
{
    struct err e = { 0 };
    struct db *db = db_open(path, &e);
    struct look look = { 0 };

    assert_non_null(db);
    assert_true(look_work(db, &look, &e));
    db_close(db);
    return look;
}

static void ten_thousand_jobs_are_answered_in_their_order(void **state)
{
    enum { N = 10000 };
    struct world *w = *state;
    struct one *jobs = must_calloc(N, sizeof(*jobs));

    for (int64_t i = 0; i < N; i++) {
        jobs[i].n = i;
    }
    run_jobs(w, jobs, N);
    for (int64_t i = 0; i < N; i++) {
        assert_int_equal(jobs[i].came_as, i);
        assert_int_equal(jobs[i].e.code, ERR_OK);
    }
    assert_int_equal(look_at(w->path).rows, N);
    free(jobs);
}

static void a_job_that_fails_is_undone_alone(void **state)
{
    struct world *w = *state;
    struct one jobs[] = { { .n = 1 }, { .n = 2, .must_fail = true }, { .n = 3 }, { .n = 1 } };
    struct look look;

    run_jobs(w, jobs, 4);
    assert_int_equal(jobs[0].e.code, ERR_OK);
    assert_string_equal(jobs[1].e.reason, "STALE");
    assert_int_equal(jobs[2].e.code, ERR_OK);
    assert_string_equal(jobs[3].e.reason, "EXISTS");
    look = look_at(w->path);
    assert_int_equal(look.rows, 2);
    assert_int_equal(look.last, 3);
}

static void what_was_answered_is_there_for_others(void **state)
{
    struct world *w = *state;
    struct one job = { .n = 7 };

    run_jobs(w, &job, 1);
    assert_int_equal(look_at(w->path).last, 7);
}

struct chain {
    struct world *w;
    struct one *next;
};

static void submit_next(void *arg, const struct err *e)
{
    struct chain *chain = arg;

    assert_null(e);
    dbq_submit(chain->w->q, add_work, on_answer, chain->next);
}

static bool do_nothing(struct db *db, void *arg, struct err *e)
{
    (void)db;
    (void)arg;
    (void)e;
    return true;
}

static void closing_runs_all_jobs_and_those_that_they_submit(void **state)
{
    struct world *w = *state;
    struct one last = { .w = w, .n = 5 };
    struct chain chain = { w, &last };
    struct err e = { 0 };

    w->to_come = -1;
    dbq_submit(w->q, do_nothing, submit_next, &chain);
    dbq_close(w->q);
    assert_int_equal(w->answered, 1);
    assert_int_equal(look_at(w->path).last, 5);
    w->q = dbq_open(w->loop, w->path, LIST, 1, &e);
    assert_non_null(w->q);
}

/* A full disk, made by a limit on the size of files. */
static void a_full_disk_fails_the_writers_and_passes(void **state)
{
    struct world *w = *state;
    struct one small = { .n = 1 };
    struct one big[3] = { { .n = 2, .octets = 1000 },
                          { .n = 3, .octets = 4 * 1024 * 1024 },
                          { .n = 4, .octets = 1000 } };
    struct rlimit old;
    struct rlimit tight;

    run_jobs(w, &small, 1);
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    tight = old;
    tight.rlim_cur = 512 * 1024;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
    run_jobs(w, big, 3);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    assert_string_equal(big[1].e.reason, "DISK_FULL");
    for (int i = 0; i < 3; i += 2) { /* each is on disk or was told that it is not */
        assert_true(big[i].e.code == ERR_OK || strcmp(big[i].e.reason, "DISK_FULL") == 0);
    }
    assert_int_equal(look_at(w->path).rows,
                     1 + (big[0].e.code == ERR_OK) + (big[2].e.code == ERR_OK));
    big[1] = (struct one){ .n = 5, .octets = 4 * 1024 * 1024 };
    run_jobs(w, &big[1], 1);
    assert_int_equal(big[1].e.code, ERR_OK);
}

/* ---- killed in the middle ---- */

static int told_fd;
static int64_t next_n;

static void tell_and_go_on(void *arg, const struct err *e);

static void submit_one(struct world *w)
{
    struct one *one = NEW(struct one);

    one->w = w;
    one->n = next_n++;
    one->octets = 100;
    dbq_submit(w->q, add_work, tell_and_go_on, one);
}

static void tell_and_go_on(void *arg, const struct err *e)
{
    struct one *one = arg;
    struct world *w = one->w;

    if (e != NULL || write(told_fd, &one->n, sizeof(one->n)) != sizeof(one->n)) {
        _exit(1);
    }
    free(one);
    submit_one(w);
}

_Noreturn static void write_until_killed(const char *path)
{
    struct world w = { .loop = loop_new() };
    struct err e = { 0 };

    w.q = dbq_open(w.loop, path, LIST, 1, &e);
    if (w.q == NULL) {
        _exit(1);
    }
    for (int i = 0; i < 8; i++) {
        submit_one(&w);
    }
    loop_run(w.loop);
    _exit(1);
}

/* A program of its own, since a thread cannot be counted on behind a fork. */
_Noreturn static void be_the_writer(const char *path, int fd)
{
    char number[32];
    char first[32];

    snprintf(number, sizeof(number), "%d", fd);
    snprintf(first, sizeof(first), "%lld", (long long)next_n);
    execl("/proc/self/exe", "test_dbq", "--write", path, number, first, (char *)NULL);
    _exit(127);
}

static void what_was_answered_before_a_kill_is_on_disk(void **state)
{
    struct world *w = *state;

    next_n = 1;
    for (int round = 0; round < 5; round++) {
        int ends[2];
        int64_t n;
        int64_t last = 0;
        pid_t child;
        int status;

        assert_int_equal(pipe(ends), 0);
        child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            be_the_writer(w->path, ends[1]);
        }
        close(ends[1]);
        for (int i = 0; i < 20 + 13 * round; i++) {
            assert_int_equal(read(ends[0], &n, sizeof(n)), sizeof(n));
            last = n;
        }
        kill(child, SIGKILL);
        while (read(ends[0], &n, sizeof(n)) == sizeof(n)) {
            last = n;
        }
        close(ends[0]);
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);

        struct look look = look_at(w->path);
        assert_true(look.last >= last);
        assert_int_equal(look.rows, look.last); /* without gaps */
        next_n = look.last + 1;
    }
}

static void state_can_be_read_at_start(void **state)
{
    struct world *w = *state;
    struct look look = { .rows = -1 };
    struct err e = { 0 };

    assert_true(dbq_run_at_start(w->q, look_work, &look, &e));
    assert_int_equal(look.rows, 0);
}

static void a_damaged_file_is_told_with_what_to_do(void **state)
{
    struct world *w = *state;
    struct err e = { 0 };
    FILE *file;

    dbq_close(TAKE(w->q, NULL));
    file = fopen(w->path, "w");
    assert_non_null(file);
    for (int i = 0; i < 2000; i++) {
        assert_true(fputs("not a database ", file) >= 0);
    }
    assert_int_equal(fclose(file), 0);
    assert_null(dbq_open(w->loop, w->path, LIST, 1, &e));
    assert_int_equal(e.code, ERR_DATA_LOSS);
    assert_non_null(strstr(e.msg, "admin check"));
    assert_non_null(strstr(e.msg, "backup"));
    assert_non_null(strstr(e.msg, "x.db"));
}

#define WITH_WORLD(test) cmocka_unit_test_setup_teardown(test, open_world, close_world)

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        WITH_WORLD(state_can_be_read_at_start),
        WITH_WORLD(what_was_answered_is_there_for_others),
        WITH_WORLD(a_job_that_fails_is_undone_alone),
        WITH_WORLD(ten_thousand_jobs_are_answered_in_their_order),
        WITH_WORLD(closing_runs_all_jobs_and_those_that_they_submit),
        WITH_WORLD(a_full_disk_fails_the_writers_and_passes),
        WITH_WORLD(a_damaged_file_is_told_with_what_to_do),
        WITH_WORLD(what_was_answered_before_a_kill_is_on_disk),
    };

    if (argc == 5 && strcmp(argv[1], "--write") == 0) {
        told_fd = (int)strtol(argv[3], NULL, 10);
        next_n = strtoll(argv[4], NULL, 10);
        write_until_killed(argv[2]);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
