/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/registry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "gen/store/hub_sql.h"

void registry_init(struct registry *r)
{
    *r = (struct registry){ 0 };
    list_init(&r->all_users);
    list_init(&r->all_orgs);
}

struct user *registry_user(const struct registry *r, const char *id)
{
    return idmap_get(&r->users, id);
}

struct org *registry_org(const struct registry *r, const char *id)
{
    return idmap_get(&r->orgs, id);
}

struct worker *registry_worker(const struct registry *r, const char *id)
{
    return idmap_get(&r->workers, id);
}

struct workspace *registry_workspace(const struct registry *r, const char *id)
{
    return idmap_get(&r->workspaces, id);
}

struct tab *registry_tab(const struct registry *r, const char *id)
{
    return idmap_get(&r->tabs, id);
}

struct member *registry_member(const struct user *user, const struct org *org)
{
    LIST_EACH(&user->memberships, struct member, by_user, m)
    {
        if (m->org == org) {
            return m;
        }
    }
    return NULL;
}

struct org *registry_personal_org(const struct user *user)
{
    LIST_EACH(&user->memberships, struct member, by_user, m)
    {
        if (m->org->is_personal) {
            return m->org;
        }
    }
    return NULL;
}

struct workspace *registry_add_workspace(struct registry *r, const struct workspace_facts *facts)
{
    struct workspace *ws = NEW(struct workspace);

    ws->id = facts->id;
    ws->org = facts->org;
    ws->owner = facts->owner;
    ws->title = must_strdup(facts->title);
    ws->created_at_ms = facts->created_at_ms;
    ws->is_archived = facts->is_archived;
    list_init(&ws->tabs);
    list_init(&ws->watchers);
    list_init(&ws->visitors);
    list_init(&ws->dirty);
    list_init(&ws->by_org);
    list_append(&ws->org->workspaces, &ws->by_org);
    idmap_put(&r->workspaces, ws->id, ws);
    return ws;
}

void registry_add_tab(struct registry *r, struct id id, struct workspace *ws, struct worker *worker,
                      int kind)
{
    struct tab *tab = NEW(struct tab);

    *tab = (struct tab){ .id = id, .workspace = ws, .worker = worker, .kind = kind };
    list_init(&tab->by_workspace);
    list_init(&tab->by_worker);
    list_append(&ws->tabs, &tab->by_workspace);
    list_append(&worker->tabs, &tab->by_worker);
    idmap_put(&r->tabs, id, tab);
}

void registry_drop_tab(struct registry *r, struct tab *tab)
{
    list_remove(&tab->by_workspace);
    list_remove(&tab->by_worker);
    idmap_remove(&r->tabs, tab->id);
    free(tab);
}

void registry_add_note(struct worker *worker, struct id id, struct id tab_id, struct bytes payload)
{
    struct note *note = NEW(struct note);
    struct err e = { 0 };

    note->id = id;
    note->tab_id = tab_id;
    buf_init(&note->payload, payload.n);
    if (!buf_put(&note->payload, payload, &e)) {
        abort();
    }
    list_init(&note->link);
    list_append(&worker->notes, &note->link);
}

void registry_drop_note(struct note *note)
{
    list_remove(&note->link);
    buf_done(&note->payload);
    free(note);
}

/* ---- reading everything ---- */

/* Ids in the database are ours or were checked when they came. */
static struct id stored_id(const char *text)
{
    struct id id = { { 0 } };

    snprintf(id.s, sizeof(id.s), "%s", text == NULL ? "" : text);
    return id;
}

static bool lost(struct err *e, const char *what, const char *id)
{
    return err_set(e, ERR_DATA_LOSS, "DAMAGED", "%s %s names something that is not there", what,
                   id);
}

static bool load_user(void *arg, const struct hub_sql_list_users_row *row, struct err *e)
{
    struct registry *r = arg;
    struct user *user = NEW(struct user);

    (void)e;
    user->id = stored_id(row->id);
    user->username = must_strdup(row->username);
    user->display_name = must_strdup(row->display_name);
    list_init(&user->memberships);
    list_init(&user->watchers);
    list_init(&user->link);
    list_append(&r->all_users, &user->link);
    idmap_put(&r->users, user->id, user);
    return true;
}

static bool load_org(void *arg, const struct hub_sql_list_orgs_row *row, struct err *e)
{
    struct registry *r = arg;
    struct org *org = NEW(struct org);

    (void)e;
    org->id = stored_id(row->id);
    org->name = must_strdup(row->name);
    org->is_personal = row->is_personal != 0;
    list_init(&org->members);
    list_init(&org->workers);
    list_init(&org->workspaces);
    list_init(&org->watchers);
    list_init(&org->dirty);
    list_init(&org->link);
    list_append(&r->all_orgs, &org->link);
    idmap_put(&r->orgs, org->id, org);
    return true;
}

static bool load_member(void *arg, const struct hub_sql_list_org_members_row *row, struct err *e)
{
    struct registry *r = arg;
    struct user *user = registry_user(r, row->user_id);
    struct org *org = registry_org(r, row->org_id);
    struct member *m;

    if (user == NULL || org == NULL) {
        return lost(e, "membership", row->user_id);
    }
    m = NEW(struct member);
    m->user = user;
    m->org = org;
    snprintf(m->role, sizeof(m->role), "%s", row->role);
    list_init(&m->by_user);
    list_init(&m->by_org);
    list_append(&user->memberships, &m->by_user);
    list_append(&org->members, &m->by_org);
    return true;
}

static void load_bytes(struct buf *out, struct bytes data)
{
    struct err e = { 0 };

    buf_init(out, data.n);
    if (data.n > 0 && !buf_put(out, data, &e)) {
        abort();
    }
}

static bool load_worker(void *arg, const struct hub_sql_list_workers_row *row, struct err *e)
{
    struct registry *r = arg;
    struct user *registrant = registry_user(r, row->registered_by);
    struct org *org = registry_org(r, row->org_id);
    struct worker *w;

    if (registrant == NULL || org == NULL) {
        return lost(e, "worker", row->id);
    }
    w = NEW(struct worker);
    w->id = stored_id(row->id);
    w->org = org;
    w->registrant = registrant;
    w->name = must_strdup(row->name);
    w->is_shared = row->is_shared != 0;
    w->is_local = row->is_local != 0;
    load_bytes(&w->identity, row->identity);
    load_bytes(&w->certificate, row->certificate);
    w->epoch = (uint32_t)row->epoch;
    w->os = must_strdup(row->os);
    w->arch = must_strdup(row->arch);
    w->version = must_strdup(row->version);
    w->seen_at_ms = row->seen_at_ms;
    list_init(&w->tabs);
    list_init(&w->notes);
    list_init(&w->by_org);
    list_append(&org->workers, &w->by_org);
    idmap_put(&r->workers, w->id, w);
    return true;
}

static bool load_workspace(void *arg, const struct hub_sql_list_workspaces_row *row, struct err *e)
{
    struct registry *r = arg;
    struct workspace_facts facts = {
        .id = stored_id(row->id),
        .org = registry_org(r, row->org_id),
        .owner = registry_user(r, row->owner_id),
        .title = row->title,
        .created_at_ms = row->created_at_ms,
        .is_archived = strcmp(row->state, "archived") == 0,
    };

    if (facts.org == NULL || facts.owner == NULL) {
        return lost(e, "workspace", row->id);
    }
    registry_add_workspace(r, &facts);
    return true;
}

static bool load_tab(void *arg, const struct hub_sql_list_tabs_row *row, struct err *e)
{
    struct registry *r = arg;
    struct workspace *ws = registry_workspace(r, row->workspace_id);
    struct worker *worker = registry_worker(r, row->worker_id);

    if (worker == NULL) {
        return lost(e, "tab", row->tab_id);
    }
    if (ws != NULL) { /* those of deleted workspaces wait in the database */
        registry_add_tab(r, stored_id(row->tab_id), ws, worker, (int)row->kind);
    }
    return true;
}

static bool load_note(void *arg, const struct hub_sql_list_notifications_row *row, struct err *e)
{
    struct worker *worker = registry_worker(arg, row->worker_id);

    if (worker == NULL) {
        return lost(e, "notification", row->id);
    }
    registry_add_note(worker, stored_id(row->id), stored_id(row->tab_id), row->payload);
    return true;
}

bool registry_load(struct registry *r, struct db *db, struct err *e)
{
    return hub_sql_list_users(db, load_user, r, e) && hub_sql_list_orgs(db, load_org, r, e) &&
           hub_sql_list_org_members(db, load_member, r, e) &&
           hub_sql_list_workers(db, load_worker, r, e) &&
           hub_sql_list_workspaces(db, load_workspace, r, e) &&
           hub_sql_list_tabs(db, load_tab, r, e) && hub_sql_list_notifications(db, load_note, r, e);
}

/* ---- freeing everything ---- */

static void free_workspace(struct registry *r, struct workspace *ws)
{
    LIST_EACH(&ws->tabs, struct tab, by_workspace, tab)
    {
        registry_drop_tab(r, tab);
    }
    list_remove(&ws->by_org);
    list_remove(&ws->dirty);
    free(ws->title);
    free(ws);
}

static void free_worker(struct worker *w)
{
    LIST_EACH(&w->notes, struct note, link, note)
    {
        registry_drop_note(note);
    }
    list_remove(&w->by_org);
    buf_done(&w->identity);
    buf_done(&w->certificate);
    free(w->name);
    free(w->os);
    free(w->arch);
    free(w->version);
    free(w);
}

static void free_org(struct registry *r, struct org *org)
{
    LIST_EACH(&org->workspaces, struct workspace, by_org, ws)
    {
        free_workspace(r, ws);
    }
    LIST_EACH(&org->workers, struct worker, by_org, w)
    {
        free_worker(w);
    }
    LIST_EACH(&org->members, struct member, by_org, m)
    {
        list_remove(&m->by_org);
        list_remove(&m->by_user);
        free(m);
    }
    list_remove(&org->dirty);
    list_remove(&org->link);
    free(org->name);
    free(org);
}

void registry_done(struct registry *r)
{
    /* Tabs join workspaces of one organization with Workers of the same. */
    LIST_EACH(&r->all_orgs, struct org, link, org)
    {
        free_org(r, org);
    }
    LIST_EACH(&r->all_users, struct user, link, user)
    {
        list_remove(&user->link);
        free(user->username);
        free(user->display_name);
        free(user);
    }
    idmap_done(&r->users);
    idmap_done(&r->orgs);
    idmap_done(&r->workers);
    idmap_done(&r->workspaces);
    idmap_done(&r->tabs);
}
