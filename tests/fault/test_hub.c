/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls of the Hub with every call into the database failing in turn: what was not stored is not
 * told, neither in the answer nor by what the Hub does next.
 */
#include "unit/hub/world.h"

#include <pthread.h>

#include "base/fault.h"

#ifdef FAULTS

static uint64_t revision_of(struct world *w)
{
    Leapmux__V1__GetLayoutRequest req = LEAPMUX__V1__GET_LAYOUT_REQUEST__INIT;
    const Leapmux__V1__GetLayoutResponse *resp;

    req.scope = proto_str(scope_of(w, w->workspace));
    resp = call(w, "/leapmux.v1.LayoutService/GetLayout", &req.base);
    assert_int_equal(resp->snapshot->root->tile->n_tabs, resp->revision);
    return resp->revision;
}

static void a_tab_is_added_wholly_or_not_at_all(void **state)
{
    struct world *w = *state;

    for (uint32_t nth = 0;; nth++) {
        Leapmux__V1__ApplyOpsRequest req = LEAPMUX__V1__APPLY_OPS_REQUEST__INIT;
        struct id tab = random_id();
        Leapmux__V1__LayoutOp *op = add_op(w, tab, w->worker);
        uint64_t before = revision_of(w);
        struct err e = { 0 };
        const char *failed;
        void *resp;

        req.scope = proto_str(scope_of(w, w->workspace));
        req.ops = &op;
        req.n_ops = 1;
        fault_arm(nth);
        resp = call_as(w, w->user, "/leapmux.v1.LayoutService/ApplyOps", &req.base, &e);
        failed = fault_disarm();
        assert_int_equal(resp != NULL, failed == NULL);
        assert_int_equal(registry_tab(&w->hub->registry, tab.s) != NULL, failed == NULL);
        assert_int_equal(revision_of(w), before + (failed == NULL));
        if (failed != NULL) { /* the same op again goes through, once */
            assert_true(apply_op(w, w->workspace, op)->applied);
            assert_int_equal(revision_of(w), before + 1);
        }
        if (failed == NULL) {
            assert_true(nth > 8);
            return;
        }
    }
}

static void a_workspace_is_made_wholly_or_not_at_all(void **state)
{
    struct world *w = *state;

    for (uint32_t nth = 0;; nth++) {
        Leapmux__V1__CreateWorkspaceRequest req = LEAPMUX__V1__CREATE_WORKSPACE_REQUEST__INIT;
        static const char *const CREATE = "/leapmux.v1.WorkspaceService/CreateWorkspace";
        struct id id = random_id();
        struct err e = { 0 };
        const char *failed;
        void *resp;

        req.org_id = w->org.s;
        req.workspace_id = id.s;
        req.title = proto_str("New");
        fault_arm(nth);
        resp = call_as(w, w->user, CREATE, &req.base, &e);
        failed = fault_disarm();
        assert_int_equal(resp != NULL, failed == NULL);
        assert_int_equal(registry_workspace(&w->hub->registry, id.s) != NULL, failed == NULL);
        call(w, CREATE, &req.base);
        if (failed == NULL) {
            assert_true(nth > 5);
            return;
        }
    }
}

/* ---- what a lost commit takes with it ---- */

struct gate {
    pthread_mutex_t lock;
    pthread_cond_t opened;
    bool is_open;
    bool is_reached;
};

static bool wait_at_gate(struct db *db, void *arg, struct err *e)
{
    struct gate *g = arg;

    (void)db;
    (void)e;
    pthread_mutex_lock(&g->lock);
    g->is_reached = true;
    while (!g->is_open) {
        pthread_cond_wait(&g->opened, &g->lock);
    }
    pthread_mutex_unlock(&g->lock);
    return true;
}

static bool is_reached(void *arg)
{
    struct gate *g = arg;
    bool reached;

    pthread_mutex_lock(&g->lock);
    reached = g->is_reached;
    pthread_mutex_unlock(&g->lock);
    return reached;
}

struct outcome {
    const char *sql; /* NULL: looks, and changes nothing */
    bool came;
    struct err e;
};

static bool outcome_work(struct db *db, void *arg, struct err *e)
{
    struct outcome *o = arg;

    return o->sql == NULL || db_exec(db, o->sql, e);
}

static void outcome_done(void *arg, const struct err *e)
{
    struct outcome *o = arg;

    o->came = true;
    o->e = e == NULL ? (struct err){ 0 } : *e;
}

static bool outcome_came(void *arg)
{
    return ((struct outcome *)arg)->came;
}

/* A reader in front of the first writer keeps its answer; one behind it saw what never was. */
static void a_lost_commit_fails_writers_and_all_behind_them(void **state)
{
    static const char PUT[] =
        "INSERT INTO settings (key, value, changed_at_ms) VALUES ('k', 'v', 0)";
    struct world *w = *state;
    struct gate gate = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false, false };
    struct outcome before = { 0 };
    struct outcome writer = { .sql = PUT };
    struct outcome behind = { 0 };
    struct outcome *all[] = { &before, &writer, &behind };

    dbq_submit(w->hub->db, wait_at_gate, NULL, &gate);
    wait_for(w->loop, is_reached, &gate); /* what comes now is one batch */
    for (size_t i = 0; i < 3; i++) {
        dbq_submit(w->hub->db, outcome_work, outcome_done, all[i]);
    }
    /* Points to pass: two each for the ends of the gate's savepoint and transaction; the batch's
     * begin; begin and two for the end of each of three jobs, and one write. */
    fault_arm(2 + 2 + 1 + 3 * 3 + 1);
    pthread_mutex_lock(&gate.lock);
    gate.is_open = true;
    pthread_cond_signal(&gate.opened);
    pthread_mutex_unlock(&gate.lock);
    wait_for(w->loop, outcome_came, &behind);
    assert_string_equal(fault_disarm(), "store.commit");
    assert_int_equal(before.e.code, ERR_OK);
    assert_int_equal(writer.e.code, ERR_INTERNAL);
    assert_int_equal(behind.e.code, ERR_INTERNAL);
    writer = (struct outcome){ .sql = PUT };
    dbq_submit(w->hub->db, outcome_work, outcome_done, &writer);
    wait_for(w->loop, outcome_came, &writer);
    assert_int_equal(writer.e.code, ERR_OK); /* it had left nothing behind */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_WORLD(a_tab_is_added_wholly_or_not_at_all),
        WITH_WORLD(a_workspace_is_made_wholly_or_not_at_all),
        WITH_WORLD(a_lost_commit_fails_writers_and_all_behind_them),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

static void faults_are_not_compiled_in(void **state)
{
    (void)state;
    skip();
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(faults_are_not_compiled_in) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

#endif
