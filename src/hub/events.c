/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/events.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "gen/store/hub_sql.h"
#include "hub/access.h"
#include "hub/hub_internal.h"
#include "hub/layouts.h"
#include "hub/proto.h"
#include "hub/sockets.h"
#include "hub/views.h"
#include "relay/layout.h"

struct catch_up;

struct subscription {
    struct link by_socket;
    struct link by_target;
    struct socket *socket;
    struct user *user; /* exactly one of these three is the target */
    struct org *org;
    struct workspace *workspace;
    char scope[LAYOUTS_SCOPE_LEN + 4];
    bool is_live;              /* gets ops as they are applied */
    struct catch_up *catch_up; /* on its way through the database */
};

/* ---- telling ---- */

static void send_event(struct subscription *sub, Leapmux__V1__ScopeEvent *event)
{
    event->scope = sub->scope;
    socket_send(sub->socket, LEAPMUX__V1__FRAME_KIND__FRAME_KIND_EVENT, &event->base);
}

static void send_op(struct subscription *sub, Leapmux__V1__AppliedOp *applied)
{
    Leapmux__V1__ScopeEvent event = LEAPMUX__V1__SCOPE_EVENT__INIT;

    event.payload_case = LEAPMUX__V1__SCOPE_EVENT__PAYLOAD_OP;
    event.op = applied;
    send_event(sub, &event);
}

static void send_state(struct subscription *sub)
{
    CLEANUP(arena_done) struct arena a = { 0 };
    Leapmux__V1__ScopeEvent event = LEAPMUX__V1__SCOPE_EVENT__INIT;
    Leapmux__V1__UserState user = LEAPMUX__V1__USER_STATE__INIT;
    Leapmux__V1__OrgState org = LEAPMUX__V1__ORG_STATE__INIT;
    const struct user *as = sub->socket->user;

    if (sub->user != NULL) {
        user.user = view_user(&a, sub->user);
        user.n_orgs = view_orgs(&a, sub->user, &user.orgs);
        event.payload_case = LEAPMUX__V1__SCOPE_EVENT__PAYLOAD_USER;
        event.user = &user;
    } else if (sub->org != NULL) {
        org.n_workers = view_workers(&a, sub->org, as, &org.workers);
        org.n_workspaces = view_workspaces(&a, sub->org, as, &org.workspaces);
        event.payload_case = LEAPMUX__V1__SCOPE_EVENT__PAYLOAD_ORG;
        event.org = &org;
    } else {
        event.payload_case = LEAPMUX__V1__SCOPE_EVENT__PAYLOAD_WORKSPACE;
        event.workspace = view_workspace_state(&a, sub->workspace, as);
    }
    send_event(sub, &event);
}

void events_op(struct workspace *ws, Leapmux__V1__AppliedOp *applied)
{
    LIST_EACH(&ws->watchers, struct subscription, by_target, sub)
    {
        if (sub->is_live) {
            send_op(sub, applied);
        }
    }
}

static void mark_dirty(struct hub *hub, struct link *list, struct link *item)
{
    if (list_empty(item)) {
        list_append(list, item);
    }
    if (!timer_is_on(&hub->flush)) {
        timer_start(&hub->flush, 0);
    }
}

void events_org_changed(struct hub *hub, struct org *org)
{
    mark_dirty(hub, &hub->dirty_orgs, &org->dirty);
}

void events_workspace_changed(struct hub *hub, struct workspace *ws)
{
    mark_dirty(hub, &hub->dirty_workspaces, &ws->dirty);
}

static void send_to_all(struct link *watchers)
{
    LIST_EACH(watchers, struct subscription, by_target, sub)
    {
        send_state(sub);
    }
}

void events_flush(void *arg)
{
    struct hub *hub = arg;

    LIST_EACH(&hub->dirty_orgs, struct org, dirty, org)
    {
        list_remove(&org->dirty);
        send_to_all(&org->watchers);
    }
    LIST_EACH(&hub->dirty_workspaces, struct workspace, dirty, ws)
    {
        list_remove(&ws->dirty);
        send_to_all(&ws->watchers);
    }
}

/* ---- catching up with a layout ---- */

struct catch_up {
    struct hub *hub;
    struct subscription *sub; /* NULL once it ended */
    struct arena arena;
    char scope[LAYOUTS_SCOPE_LEN];
    bool has_after;
    uint64_t after;
    uint64_t revision;
    bool is_reset;
    Leapmux__V1__LayoutSnapshot *snapshot;
    Leapmux__V1__AppliedOp **ops;
    size_t n;
};

static bool take_op(void *arg, const struct hub_sql_list_ops_after_row *row, struct err *e)
{
    struct catch_up *c = arg;
    Leapmux__V1__AppliedOp *applied = ARENA_NEW(&c->arena, Leapmux__V1__AppliedOp);

    leapmux__v1__applied_op__init(applied);
    applied->revision = (uint64_t)row->revision;
    applied->actor_id = arena_str(&c->arena, bytes_of(row->actor_id));
    applied->at_ms = row->at_ms;
    applied->op = proto_unpack(&c->arena, &leapmux__v1__layout_op__descriptor, row->op);
    if (applied->op == NULL) {
        return err_set(e, ERR_DATA_LOSS, "DAMAGED", "a stored op cannot be read");
    }
    c->ops[c->n++] = applied;
    return true;
}

/* Whether the log goes back far enough to continue behind what the client has. */
static bool is_in_log(struct db *db, struct catch_up *c, bool *in_log, struct err *e)
{
    struct hub_sql_oldest_op_row oldest;
    bool found = false;

    *in_log = false;
    if (!c->has_after || c->after > c->revision || c->revision - c->after > LAYOUT_LOG_MAX) {
        return true;
    }
    TRY(hub_sql_oldest_op(db, &(struct hub_sql_oldest_op_args){ .scope = c->scope }, &c->arena,
                          &oldest, &found, e));
    *in_log = c->after == c->revision ||
              (found && oldest.revision.set && c->after + 1 >= (uint64_t)oldest.revision.v);
    return true;
}

static bool catch_up_work(struct db *db, void *arg, struct err *e)
{
    struct catch_up *c = arg;
    struct hub_sql_get_scope_row row;
    bool found = false;
    bool in_log = false;

    TRY(hub_sql_get_scope(db, &(struct hub_sql_get_scope_args){ .scope = c->scope }, &c->arena,
                          &row, &found, e));
    if (!found) {
        return err_set(e, ERR_NOT_FOUND, "NOT_FOUND", "no such workspace");
    }
    c->revision = (uint64_t)row.revision;
    TRY(is_in_log(db, c, &in_log, e));
    if (in_log) {
        c->ops = arena_alloc(&c->arena, (c->revision - c->after + 1) * sizeof(*c->ops));
        return hub_sql_list_ops_after(db,
                                      &(struct hub_sql_list_ops_after_args){
                                          .scope = c->scope, .revision = (int64_t)c->after },
                                      take_op, c, e);
    }
    c->is_reset = true;
    c->snapshot = proto_unpack(&c->arena, &leapmux__v1__layout_snapshot__descriptor, row.snapshot);
    return c->snapshot != NULL ||
           err_set(e, ERR_DATA_LOSS, "DAMAGED", "a stored layout cannot be read");
}

static void send_catch_up(struct subscription *sub, const uint64_t *watermark)
{
    Leapmux__V1__ScopeCatchUp m = LEAPMUX__V1__SCOPE_CATCH_UP__INIT;

    m.scope = sub->scope;
    if (watermark != NULL) {
        m._watermark_case = LEAPMUX__V1__SCOPE_CATCH_UP___WATERMARK_WATERMARK;
        m.watermark = *watermark;
    }
    socket_send(sub->socket, LEAPMUX__V1__FRAME_KIND__FRAME_KIND_CATCH_UP, &m.base);
}

static void send_end(struct socket *s, const char *scope, const struct err *e)
{
    Leapmux__V1__SubscriptionEnd m = LEAPMUX__V1__SUBSCRIPTION_END__INIT;

    m.scope = proto_str(scope);
    m.code = proto_str(err_code_name(e->code));
    m.reason = proto_str(e->reason);
    socket_send(s, LEAPMUX__V1__FRAME_KIND__FRAME_KIND_SUBSCRIPTION_END, &m.base);
}

static void subscription_free(struct subscription *sub);

static void deliver(struct subscription *sub, struct catch_up *c)
{
    if (c->is_reset) {
        Leapmux__V1__ScopeReset m = LEAPMUX__V1__SCOPE_RESET__INIT;

        m.scope = sub->scope;
        m.offset = c->revision;
        m.snapshot = c->snapshot;
        socket_send(sub->socket, LEAPMUX__V1__FRAME_KIND__FRAME_KIND_RESET, &m.base);
    }
    for (size_t i = 0; i < c->n; i++) {
        send_op(sub, c->ops[i]);
    }
    send_catch_up(sub, &c->revision);
    sub->is_live = true;
}

static void catch_up_done(void *arg, const struct err *e)
{
    struct catch_up *c = arg;

    if (c->sub != NULL) {
        c->sub->catch_up = NULL;
        if (e == NULL) {
            deliver(c->sub, c);
        } else {
            log_warn("a layout could not be read", F_ERR(e));
            send_end(c->sub->socket, c->sub->scope, e);
            subscription_free(c->sub);
        }
    }
    arena_done(&c->arena);
    free(c);
}

static void catch_up(struct subscription *sub, const Leapmux__V1__Subscribe *m)
{
    struct catch_up *c = NEW(struct catch_up);

    c->hub = sub->socket->hub;
    c->sub = sub;
    sub->catch_up = c;
    layouts_scope(sub->workspace->id, c->scope);
    c->has_after = m->_after_offset_case == LEAPMUX__V1__SUBSCRIBE___AFTER_OFFSET_AFTER_OFFSET;
    c->after = c->has_after ? m->after_offset : 0;
    dbq_submit(c->hub->db, catch_up_work, catch_up_done, c);
}

/* ---- frames ---- */

static void subscription_free(struct subscription *sub)
{
    if (sub->catch_up != NULL) {
        sub->catch_up->sub = NULL;
    }
    list_remove(&sub->by_socket);
    list_remove(&sub->by_target);
    sub->socket->n_subscriptions--;
    free(sub);
}

static struct subscription *find(struct socket *s, const char *scope)
{
    LIST_EACH(&s->subscriptions, struct subscription, by_socket, sub)
    {
        if (strcmp(sub->scope, scope) == 0) {
            return sub;
        }
    }
    return NULL;
}

/* Fill in the target of a scope; where the user may not look there is none. */
static struct link *find_target(struct socket *s, const char *scope, struct subscription *sub)
{
    if (strcmp(scope, "user") == 0) {
        sub->user = s->user;
        return &s->user->watchers;
    }
    if (strncmp(scope, "org:", 4) == 0) {
        sub->org = registry_org(&s->hub->registry, scope + 4);
        return sub->org != NULL && registry_member(s->user, sub->org) != NULL ? &sub->org->watchers
                                                                              : NULL;
    }
    sub->workspace = access_scope_workspace(&s->hub->registry, scope);
    return sub->workspace != NULL && access_level(s->user, sub->workspace) !=
                                         LEAPMUX__V1__WORKSPACE_LEVEL__WORKSPACE_LEVEL_UNSPECIFIED
               ? &sub->workspace->watchers
               : NULL;
}

void events_subscribe(struct socket *s, const Leapmux__V1__Subscribe *m)
{
    struct subscription *old = find(s, m->scope);
    struct subscription *sub;
    struct link *watchers;
    struct err e = { 0 };

    if (old != NULL) { /* the client begins anew */
        subscription_free(old);
    }
    if (s->n_subscriptions >= EVENTS_SUBSCRIPTIONS_MAX) {
        err_set(&e, ERR_RESOURCE_EXHAUSTED, "LIMIT", "too many subscriptions");
        send_end(s, m->scope, &e);
        return;
    }
    sub = NEW(struct subscription);
    watchers = find_target(s, m->scope, sub);
    if (watchers == NULL) {
        free(sub);
        err_set(&e, ERR_NOT_FOUND, "NOT_FOUND", "no such scope");
        send_end(s, m->scope, &e);
        return;
    }
    sub->socket = s;
    snprintf(sub->scope, sizeof(sub->scope), "%s", m->scope);
    list_init(&sub->by_socket);
    list_init(&sub->by_target);
    list_append(&s->subscriptions, &sub->by_socket);
    list_append(watchers, &sub->by_target);
    s->n_subscriptions++;
    send_state(sub);
    if (sub->workspace != NULL) {
        catch_up(sub, m);
    } else {
        send_catch_up(sub, NULL);
    }
}

void events_unsubscribe(struct socket *s, const Leapmux__V1__Unsubscribe *m)
{
    struct subscription *sub = find(s, m->scope);

    if (sub != NULL) {
        subscription_free(sub);
    }
}

void events_socket_gone(struct socket *s)
{
    LIST_EACH(&s->subscriptions, struct subscription, by_socket, sub)
    {
        subscription_free(sub);
    }
}
