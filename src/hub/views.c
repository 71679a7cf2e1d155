/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/views.h"

#include "crypto/blake2b.h"
#include "hub/access.h"
#include "hub/proto.h"
#include "hub/sockets.h"
#include "hub/workers.h"

#define NEW_MESSAGE(arena, type, init)                                                             \
    ({                                                                                             \
        type *m_ = ARENA_NEW((arena), type);                                                       \
        init(m_);                                                                                  \
        m_;                                                                                        \
    })

Leapmux__V1__User *view_user(struct arena *a, const struct user *user)
{
    Leapmux__V1__User *m = NEW_MESSAGE(a, Leapmux__V1__User, leapmux__v1__user__init);

    m->id = proto_str(user->id.s);
    m->username = user->username;
    m->display_name = user->display_name;
    return m;
}

Leapmux__V1__Org *view_org(struct arena *a, const struct member *member)
{
    Leapmux__V1__Org *m = NEW_MESSAGE(a, Leapmux__V1__Org, leapmux__v1__org__init);

    m->id = proto_str(member->org->id.s);
    m->name = member->org->name;
    m->is_personal = member->org->is_personal;
    m->role = proto_str(member->role);
    return m;
}

Leapmux__V1__Workspace *view_workspace(struct arena *a, const struct workspace *ws,
                                       const struct user *as)
{
    Leapmux__V1__Workspace *m =
        NEW_MESSAGE(a, Leapmux__V1__Workspace, leapmux__v1__workspace__init);

    m->id = proto_str(ws->id.s);
    m->org_id = proto_str(ws->org->id.s);
    m->title = ws->title;
    m->owner_id = proto_str(ws->owner->id.s);
    m->level = access_level(as, ws);
    m->archived = ws->is_archived;
    m->created_at_ms = ws->created_at_ms;
    return m;
}

Leapmux__V1__WorkerSummary *view_worker(struct arena *a, const struct worker *worker,
                                        const struct user *as)
{
    Leapmux__V1__WorkerSummary *m =
        NEW_MESSAGE(a, Leapmux__V1__WorkerSummary, leapmux__v1__worker_summary__init);

    m->id = proto_str(worker->id.s);
    m->name = worker->name;
    m->online = worker->link != NULL;
    m->os = worker->os;
    m->arch = worker->arch;
    m->version = worker->version;
    m->may_use = access_worker_use(as, worker);
    m->epoch = worker->epoch;
    m->seen_at_ms = worker->seen_at_ms;
    if (worker->identity.n > 0) {
        uint8_t *hash = arena_alloc(a, BLAKE2B_256_LEN);

        blake2b_256(buf_view(&worker->identity), hash);
        m->identity_hash = proto_bytes((struct bytes){ hash, BLAKE2B_256_LEN });
    }
    return m;
}

/* An array with room for every object of a list. */
static void *room_for(struct arena *a, const struct link *list)
{
    size_t n = 1;

    for (const struct link *l = list->next; l != list; l = l->next) {
        n++;
    }
    return arena_alloc(a, n * sizeof(void *));
}

size_t view_orgs(struct arena *a, const struct user *user, Leapmux__V1__Org ***out)
{
    size_t n = 0;

    *out = room_for(a, &user->memberships);
    LIST_EACH(&user->memberships, struct member, by_user, m)
    {
        (*out)[n++] = view_org(a, m);
    }
    return n;
}

size_t view_workers(struct arena *a, const struct org *org, const struct user *as,
                    Leapmux__V1__WorkerSummary ***out)
{
    size_t n = 0;

    *out = room_for(a, &org->workers);
    LIST_EACH(&org->workers, struct worker, by_org, w)
    {
        if (access_worker_see(as, w)) {
            (*out)[n++] = view_worker(a, w, as);
        }
    }
    return n;
}

size_t view_workspaces(struct arena *a, const struct org *org, const struct user *as,
                       Leapmux__V1__Workspace ***out)
{
    size_t n = 0;

    *out = room_for(a, &org->workspaces);
    LIST_EACH(&org->workspaces, struct workspace, by_org, ws)
    {
        if (access_level(as, ws) != LEAPMUX__V1__WORKSPACE_LEVEL__WORKSPACE_LEVEL_UNSPECIFIED) {
            (*out)[n++] = view_workspace(a, ws, as);
        }
    }
    return n;
}

Leapmux__V1__WorkspaceState *view_workspace_state(struct arena *a, const struct workspace *ws,
                                                  const struct user *as)
{
    Leapmux__V1__WorkspaceState *m =
        NEW_MESSAGE(a, Leapmux__V1__WorkspaceState, leapmux__v1__workspace_state__init);

    m->workspace = view_workspace(a, ws, as);
    m->people = room_for(a, &ws->visitors);
    LIST_EACH(&ws->visitors, struct presence, link, p)
    {
        Leapmux__V1__PresenceEntry *entry =
            NEW_MESSAGE(a, Leapmux__V1__PresenceEntry, leapmux__v1__presence_entry__init);

        entry->connection_id = p->socket->id.s;
        entry->user = view_user(a, p->socket->user);
        entry->tab_id = p->tab_id.s;
        entry->typing = p->is_typing;
        m->people[m->n_people++] = entry;
    }
    return m;
}
