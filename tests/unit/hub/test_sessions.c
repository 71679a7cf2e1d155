/* SPDX-License-Identifier: Apache-2.0 */
/* Sessions of browsers, by a clock that the test sets. */
#include "base/clock.h"
#include "gen/store/hub_sql.h"
#include "hub/sessions.h"
#include "unit/hub/world.h"

static const int64_t NOON_MS = 1795176000000;
static const int64_t DAY = 24 * 60 * 60 * 1000;

static int open_at_noon(void **state)
{
    clock_pretend(NOON_MS, 1);
    return open_world(state);
}

static int close_at_noon(void **state)
{
    clock_pretend(-1, 0);
    return close_world(state);
}

struct made {
    char token[SESSIONS_TOKEN_LEN + 1];
    bool came;
};

static void on_made(void *arg, const char *token, const struct err *e)
{
    struct made *made = arg;

    assert_null(e);
    snprintf(made->token, sizeof(made->token), "%s", token);
    made->came = true;
}

static bool is_made(void *arg)
{
    return ((struct made *)arg)->came;
}

static struct made make(struct world *w)
{
    struct made made = { .came = false };

    sessions_make(w->hub, registry_user(&w->hub->registry, w->user.s), on_made, &made);
    wait_for(w->loop, is_made, &made);
    return made;
}

struct count {
    int rows;
    bool came;
};

static bool count_row(void *arg, const struct hub_sql_list_sessions_row *row, struct err *e)
{
    (void)row;
    (void)e;
    ((struct count *)arg)->rows++;
    return true;
}

static bool count_work(struct db *db, void *arg, struct err *e)
{
    return hub_sql_list_sessions(db, count_row, arg, e);
}

static void counted(void *arg, const struct err *e)
{
    assert_null(e);
    ((struct count *)arg)->came = true;
}

static bool is_counted(void *arg)
{
    return ((struct count *)arg)->came;
}

static int stored_sessions(struct world *w)
{
    struct count count = { .rows = 0 };

    dbq_submit(w->hub->db, count_work, counted, &count);
    wait_for(w->loop, is_counted, &count);
    return count.rows;
}

static void the_hourly_sweep_deletes_what_has_ended_and_nothing_else(void **state)
{
    struct world *w = *state;
    struct made old = make(w);
    struct made young;

    clock_pretend(NOON_MS + DAY, 1);
    young = make(w);
    assert_int_equal(stored_sessions(w), 2);
    sessions_sweep(w->hub);
    assert_int_equal(stored_sessions(w), 2);

    clock_pretend(NOON_MS + 7 * DAY, 1);
    sessions_sweep(w->hub);
    assert_int_equal(stored_sessions(w), 1);
    assert_true(timer_is_on(&w->hub->sweep));
    clock_pretend(NOON_MS + DAY, 1); /* not even a clock that goes back brings it again */
    assert_null(sessions_use(w->hub, old.token));
    assert_non_null(sessions_use(w->hub, young.token));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_hourly_sweep_deletes_what_has_ended_and_nothing_else,
                                        open_at_noon, close_at_noon),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
