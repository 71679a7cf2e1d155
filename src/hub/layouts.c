/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/layouts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "crypto/random.h"
#include "gen/leapmux/v1/connector.pb-c.h"
#include "gen/store/hub_sql.h"
#include "hub/access.h"
#include "hub/events.h"
#include "hub/hub_internal.h"
#include "hub/notes.h"
#include "hub/proto.h"
#include "relay/layout.h"

/* One op on its way through. */
struct one_op {
    Leapmux__V1__LayoutOp *op;
    enum layout_verdict verdict; /* judged on the loop first, then by the state */
    bool may_use_worker;         /* add_tab: worker use, else the workspace must know the Worker */
    bool is_new;                 /* applied now, not repeated */
    uint64_t revision;
    struct id closed_on;       /* close_tab: the Worker that has to be told; empty = none */
    struct id note_id;         /* of the order to that Worker */
    struct bytes note_payload; /* in the arena */
};

struct apply {
    struct hub *hub;
    struct arena arena;
    struct id workspace;
    char scope[LAYOUTS_SCOPE_LEN];
    struct id actor;
    bool by_worker;
    int64_t at_ms;
    struct one_op *ops;
    size_t n;
    layouts_done_fn done;
    void *arg;
};

void layouts_scope(struct id workspace, char out[static LAYOUTS_SCOPE_LEN])
{
    snprintf(out, LAYOUTS_SCOPE_LEN, "ws:%s", workspace.s);
}

/* ---- on the database's thread ---- */

bool layouts_create(struct db *db, struct id workspace, struct id tile_id, struct err *e)
{
    CLEANUP(layout_done) struct layout layout = { 0 };
    CLEANUP(buf_done) struct buf encoded = { 0 };
    char scope[LAYOUTS_SCOPE_LEN];

    layouts_scope(workspace, scope);
    buf_init(&encoded, LAYOUT_STATE_MAX);
    layout_init(&layout, tile_id);
    TRY(layout_write(&layout, &encoded, e));
    return hub_sql_add_scope(
        db, &(struct hub_sql_add_scope_args){ .scope = scope, .snapshot = buf_view(&encoded) }, e);
}

static bool was_applied(struct db *db, struct apply *a, struct one_op *one, bool *found,
                        struct err *e)
{
    struct hub_sql_get_op_row row;

    TRY(hub_sql_get_op(db,
                       &(struct hub_sql_get_op_args){ .scope = a->scope, .op_id = one->op->op_id },
                       &a->arena, &row, found, e));
    if (*found) {
        one->verdict = LAYOUT_APPLIED;
        one->revision = (uint64_t)row.revision;
    }
    return true;
}

/* What only the database and the state know of an add_tab. */
static bool judge_add(struct db *db, struct apply *a, struct one_op *one, const struct layout *l,
                      struct err *e)
{
    const Leapmux__V1__LayoutTab *tab = one->op->add_tab->tab;
    struct hub_sql_get_tab_row row;
    bool found = false;

    TRY(hub_sql_get_tab(db, &(struct hub_sql_get_tab_args){ .tab_id = tab->tab_id }, &a->arena,
                        &row, &found, e));
    if (found) {
        one->verdict = LAYOUT_ID_IN_USE;
    } else if (!one->may_use_worker && !layout_has_tab_on(l, tab->worker_id)) {
        one->verdict = LAYOUT_DENIED;
    }
    return true;
}

static bool project_add(struct db *db, struct apply *a, struct one_op *one, struct err *e)
{
    const Leapmux__V1__LayoutTab *tab = one->op->add_tab->tab;

    return hub_sql_add_tab(db,
                           &(struct hub_sql_add_tab_args){ .tab_id = tab->tab_id,
                                                           .workspace_id = a->workspace.s,
                                                           .worker_id = tab->worker_id,
                                                           .kind = tab->kind },
                           e) &&
           hub_sql_drop_notifications_of_tab(
               db, &(struct hub_sql_drop_notifications_of_tab_args){ .tab_id = tab->tab_id }, e);
}

static bool order_close(struct db *db, struct apply *a, struct one_op *one, const char *tab_id,
                        struct err *e)
{
    Leapmux__V1__Notification note = LEAPMUX__V1__NOTIFICATION__INIT;
    Leapmux__V1__TabsClosed closed = LEAPMUX__V1__TABS_CLOSED__INIT;
    char *ids[] = { proto_str(tab_id) };

    one->note_id = random_id();
    closed.workspace_id = a->workspace.s;
    closed.tab_ids = ids;
    closed.n_tab_ids = 1;
    note.id = one->note_id.s;
    note.order_case = LEAPMUX__V1__NOTIFICATION__ORDER_TABS_CLOSED;
    note.tabs_closed = &closed;
    one->note_payload = proto_pack(&a->arena, &note.base);
    return hub_sql_add_notification(
        db,
        &(struct hub_sql_add_notification_args){ .id = one->note_id.s,
                                                 .worker_id = one->closed_on.s,
                                                 .payload = one->note_payload,
                                                 .tab_id = tab_id,
                                                 .created_at_ms = a->at_ms },
        e);
}

static bool project_close(struct db *db, struct apply *a, struct one_op *one, struct err *e)
{
    const char *tab_id = one->op->close_tab->tab_id;

    TRY(hub_sql_drop_tab(db, &(struct hub_sql_drop_tab_args){ .tab_id = tab_id }, e));
    return id_is_empty(one->closed_on) || order_close(db, a, one, tab_id, e);
}

/* The log entry of an applied op, and what other tables say of tabs. */
static bool record(struct db *db, struct apply *a, struct one_op *one, struct err *e)
{
    TRY(hub_sql_add_op(db,
                       &(struct hub_sql_add_op_args){ .scope = a->scope,
                                                      .revision = (int64_t)one->revision,
                                                      .op_id = one->op->op_id,
                                                      .actor_id = a->actor.s,
                                                      .op = proto_pack(&a->arena, &one->op->base),
                                                      .at_ms = a->at_ms },
                       e));
    if (one->op->op_case == LEAPMUX__V1__LAYOUT_OP__OP_ADD_TAB) {
        return project_add(db, a, one, e);
    }
    if (one->op->op_case == LEAPMUX__V1__LAYOUT_OP__OP_CLOSE_TAB) {
        return project_close(db, a, one, e);
    }
    return true;
}

/* The Worker that must close what the tab shows; the one that reports it knows already. */
static struct id worker_to_tell(const struct apply *a, const struct layout *l, const char *tab_id)
{
    const Leapmux__V1__LayoutTab *tab = layout_find_tab(l, tab_id);
    struct id id = { { 0 } };

    if (tab != NULL && !a->by_worker) {
        snprintf(id.s, sizeof(id.s), "%s", tab->worker_id);
    }
    return id;
}

static bool apply_one(struct db *db, struct apply *a, struct one_op *one, struct layout *l,
                      uint64_t *revision, struct err *e)
{
    bool found = false;

    TRY(was_applied(db, a, one, &found, e));
    if (found) {
        return true;
    }
    if (one->verdict == LAYOUT_APPLIED && one->op->op_case == LEAPMUX__V1__LAYOUT_OP__OP_ADD_TAB) {
        TRY(judge_add(db, a, one, l, e));
    }
    if (one->verdict != LAYOUT_APPLIED) {
        return true;
    }
    if (one->op->op_case == LEAPMUX__V1__LAYOUT_OP__OP_CLOSE_TAB) {
        one->closed_on = worker_to_tell(a, l, one->op->close_tab->tab_id);
    }
    one->verdict = layout_apply(l, one->op);
    if (one->verdict != LAYOUT_APPLIED) {
        return true;
    }
    one->revision = ++*revision;
    one->is_new = true;
    return record(db, a, one, e);
}

static bool store_state(struct db *db, const struct apply *a, const struct layout *l,
                        uint64_t revision, struct err *e)
{
    CLEANUP(buf_done) struct buf encoded = { 0 };

    buf_init(&encoded, LAYOUT_STATE_MAX);
    TRY(layout_write(l, &encoded, e));
    TRY(hub_sql_put_scope(db,
                          &(struct hub_sql_put_scope_args){ .scope = a->scope,
                                                            .revision = (int64_t)revision,
                                                            .snapshot = buf_view(&encoded) },
                          e));
    if (revision <= LAYOUT_LOG_MAX) {
        return true;
    }
    return hub_sql_drop_ops_until(
        db,
        &(struct hub_sql_drop_ops_until_args){ .scope = a->scope,
                                               .revision = (int64_t)(revision - LAYOUT_LOG_MAX) },
        e);
}

static bool apply_work(struct db *db, void *arg, struct err *e)
{
    CLEANUP(layout_done) struct layout layout = { 0 };
    struct apply *a = arg;
    struct hub_sql_get_scope_row row;
    bool found = false;
    uint64_t revision;

    TRY(hub_sql_get_scope(db, &(struct hub_sql_get_scope_args){ .scope = a->scope }, &a->arena,
                          &row, &found, e));
    if (!found) {
        return err_set(e, ERR_NOT_FOUND, "NOT_FOUND", "no such workspace");
    }
    TRY(layout_read(&layout, row.snapshot, e));
    revision = (uint64_t)row.revision;
    for (size_t i = 0; i < a->n; i++) {
        TRY(apply_one(db, a, &a->ops[i], &layout, &revision, e));
    }
    return revision == (uint64_t)row.revision || store_state(db, a, &layout, revision, e);
}

/* ---- back on the loop ---- */

/* The tab is back: what was still to be told of its end has lost its meaning. */
static void forget_orders(struct worker *worker, const char *tab_id)
{
    LIST_EACH(&worker->notes, struct note, link, note)
    {
        if (strcmp(note->tab_id.s, tab_id) == 0) {
            notes_drop(worker, note);
        }
    }
}

static void remember_add(struct hub *hub, struct workspace *ws, const struct one_op *one)
{
    const Leapmux__V1__LayoutTab *tab = one->op->add_tab->tab;
    struct worker *worker = registry_worker(&hub->registry, tab->worker_id);
    struct id id = { { 0 } };

    snprintf(id.s, sizeof(id.s), "%s", tab->tab_id);
    registry_add_tab(&hub->registry, id, ws, worker, (int)tab->kind);
    forget_orders(worker, tab->tab_id);
}

static void remember_close(struct hub *hub, const struct one_op *one)
{
    struct tab *tab = registry_tab(&hub->registry, one->op->close_tab->tab_id);
    struct worker *worker = registry_worker(&hub->registry, one->closed_on.s);

    if (worker != NULL) {
        notes_add(worker, one->note_id, tab->id, one->note_payload);
    }
    registry_drop_tab(&hub->registry, tab);
}

static void remember_and_tell(struct hub *hub, struct apply *a, struct workspace *ws,
                              struct one_op *one)
{
    Leapmux__V1__AppliedOp applied = LEAPMUX__V1__APPLIED_OP__INIT;

    if (one->op->op_case == LEAPMUX__V1__LAYOUT_OP__OP_ADD_TAB) {
        remember_add(hub, ws, one);
    } else if (one->op->op_case == LEAPMUX__V1__LAYOUT_OP__OP_CLOSE_TAB) {
        remember_close(hub, one);
    }
    applied.revision = one->revision;
    applied.op = one->op;
    applied.actor_id = a->actor.s;
    applied.at_ms = a->at_ms;
    events_op(ws, &applied);
}

static void answer(struct apply *a)
{
    Leapmux__V1__LayoutOpResult **results =
        arena_alloc(&a->arena, (a->n > 0 ? a->n : 1) * sizeof(*results));

    for (size_t i = 0; i < a->n; i++) {
        const struct one_op *one = &a->ops[i];

        results[i] = ARENA_NEW(&a->arena, Leapmux__V1__LayoutOpResult);
        leapmux__v1__layout_op_result__init(results[i]);
        results[i]->op_id = one->op->op_id;
        results[i]->applied = one->verdict == LAYOUT_APPLIED;
        results[i]->revision = one->revision;
        results[i]->reason = proto_str(layout_verdict_name(one->verdict));
    }
    a->done(a->arg, results, a->n, NULL);
}

static void apply_done(void *arg, const struct err *e)
{
    struct apply *a = arg;
    struct workspace *ws = registry_workspace(&a->hub->registry, a->workspace.s);

    if (e != NULL) {
        a->done(a->arg, NULL, 0, e);
    } else {
        for (size_t i = 0; i < a->n; i++) {
            if (a->ops[i].is_new) {
                remember_and_tell(a->hub, a, ws, &a->ops[i]);
            }
        }
        answer(a);
    }
    arena_done(&a->arena);
    free(a);
}

/* What the loop knows of an op before the state is looked at. */
static void judge(const struct hub *hub, struct apply *a, const struct workspace *ws,
                  struct layouts_actor actor, struct one_op *one)
{
    const struct worker *worker;

    one->verdict = layout_clean_op(one->op, &a->arena);
    if (one->verdict != LAYOUT_APPLIED || one->op->op_case != LEAPMUX__V1__LAYOUT_OP__OP_ADD_TAB) {
        return;
    }
    worker = registry_worker(&hub->registry, one->op->add_tab->tab->worker_id);
    if (worker == NULL || worker->org != ws->org) {
        one->verdict = LAYOUT_DENIED;
        return;
    }
    one->may_use_worker = actor.user != NULL && access_worker_use(actor.user, worker);
}

void layouts_apply(struct hub *hub, struct workspace *ws, struct layouts_actor actor,
                   Leapmux__V1__LayoutOp *const *ops, size_t n, layouts_done_fn done, void *arg)
{
    struct apply *a = NEW(struct apply);

    a->hub = hub;
    a->workspace = ws->id;
    layouts_scope(ws->id, a->scope);
    a->actor = actor.user != NULL ? actor.user->id : actor.worker->id;
    a->by_worker = actor.user == NULL;
    a->at_ms = clock_unix_ms();
    a->done = done;
    a->arg = arg;
    a->n = n;
    a->ops = arena_alloc(&a->arena, (n > 0 ? n : 1) * sizeof(*a->ops));
    for (size_t i = 0; i < n; i++) {
        a->ops[i].op = proto_copy(&a->arena, &ops[i]->base);
        judge(hub, a, ws, actor, &a->ops[i]);
    }
    dbq_submit(hub->db, apply_work, apply_done, a);
}

static void close_reported(void *arg, Leapmux__V1__LayoutOpResult **results, size_t n,
                           const struct err *e)
{
    (void)arg;
    (void)results;
    (void)n;
    if (e != NULL) {
        log_warn("a tab that its worker closed stays", F_ERR(e));
    }
}

void layouts_close_for_worker(struct hub *hub, struct tab *tab)
{
    Leapmux__V1__LayoutOp op = LEAPMUX__V1__LAYOUT_OP__INIT;
    Leapmux__V1__CloseTab close = LEAPMUX__V1__CLOSE_TAB__INIT;
    Leapmux__V1__LayoutOp *ops[] = { &op };
    struct id op_id = random_id();

    op.op_id = op_id.s;
    op.op_case = LEAPMUX__V1__LAYOUT_OP__OP_CLOSE_TAB;
    op.close_tab = &close;
    close.tab_id = tab->id.s;
    layouts_apply(hub, tab->workspace, (struct layouts_actor){ .worker = tab->worker }, ops, 1,
                  close_reported, NULL);
}
