/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/watch_workspace.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "worker/pb.h"

struct watcher {
    struct link link;
    struct workspace_watchers *all;
    struct rpc_call *call;
    struct id user;
    struct id workspace;
    struct id *dirty; /* agents to be sent, each once */
    size_t n_dirty;
    bool has_snapshot;
    bool full;
    struct timer soon;
};

void workspace_watchers_init(struct workspace_watchers *all, struct loop *loop)
{
    *all = (struct workspace_watchers){ .loop = loop };
    list_init(&all->list);
}

static void free_watcher(struct watcher *w)
{
    timer_stop(&w->soon);
    list_remove(&w->link);
    free(w->dirty);
    free(w);
}

static void send_snapshot(struct watcher *w)
{
    CLEANUP(arena_done) struct arena arena = { 0 };
    Leapmux__V1__WorkspaceSnapshot snapshot = LEAPMUX__V1__WORKSPACE_SNAPSHOT__INIT;
    Leapmux__V1__WatchWorkspaceEvent ev = LEAPMUX__V1__WATCH_WORKSPACE_EVENT__INIT;
    struct agents *agents = w->all->agents;
    size_t n = 0;

    for (struct agent *a = agents_first(agents); a != NULL; a = agents_next(agents, a)) {
        n++;
    }
    snapshot.agents = arena_alloc(&arena, (n + 1) * sizeof(Leapmux__V1__AgentSummary *));
    for (struct agent *a = agents_first(agents); a != NULL; a = agents_next(agents, a)) {
        if (id_equal(agent_workspace(a), w->workspace)) {
            snapshot.agents[snapshot.n_agents++] = agent_summary(a, w->user, &arena);
        }
    }
    ev.event_case = LEAPMUX__V1__WATCH_WORKSPACE_EVENT__EVENT_SNAPSHOT;
    ev.snapshot = &snapshot;
    w->has_snapshot = true;
    w->n_dirty = 0;
    w->full = !rpc_send(w->call, &ev);
}

static void send_agent(struct watcher *w, struct id id)
{
    CLEANUP(arena_done) struct arena arena = { 0 };
    Leapmux__V1__WatchWorkspaceEvent ev = LEAPMUX__V1__WATCH_WORKSPACE_EVENT__INIT;
    Leapmux__V1__AgentGone gone = LEAPMUX__V1__AGENT_GONE__INIT;
    struct agent *a = agents_find(w->all->agents, id.s);

    if (a != NULL && id_equal(agent_workspace(a), w->workspace)) {
        ev.event_case = LEAPMUX__V1__WATCH_WORKSPACE_EVENT__EVENT_AGENT;
        ev.agent = agent_summary(a, w->user, &arena);
    } else {
        gone.agent_id = id.s;
        ev.event_case = LEAPMUX__V1__WATCH_WORKSPACE_EVENT__EVENT_GONE;
        ev.gone = &gone;
    }
    w->full = !rpc_send(w->call, &ev);
}

static void pump(struct watcher *w)
{
    if (!w->has_snapshot && !w->full) {
        send_snapshot(w);
    }
    while (w->n_dirty > 0 && !w->full && !timer_is_on(&w->soon)) {
        struct id id = w->dirty[0];

        w->n_dirty--;
        memmove(w->dirty, w->dirty + 1, w->n_dirty * sizeof(*w->dirty));
        send_agent(w, id);
    }
}

static void on_soon(void *arg)
{
    pump(arg);
}

static void on_drain(void *arg)
{
    struct watcher *w = arg;

    w->full = false;
    pump(w);
}

static void on_cancel(void *arg)
{
    free_watcher(arg);
}

struct rpc_done *workspace_watch(struct workspace_watchers *all, struct rpc_call *call,
                                 const Leapmux__V1__WatchWorkspaceRequest *request)
{
    static const struct rpc_stream_handlers HANDLERS = { on_drain, on_cancel };
    struct watcher *w = NEW(struct watcher);
    struct rpc_done *done;

    w->all = all;
    w->call = call;
    w->user = rpc_user(call);
    memcpy(w->workspace.s, request->workspace_id, ID_LEN);
    timer_init(&w->soon, all->loop, on_soon, w);
    list_init(&w->link);
    list_append(&all->list, &w->link);
    done = rpc_stream(call, &HANDLERS, w);
    pump(w);
    return done;
}

static bool is_dirty(const struct watcher *w, struct id id)
{
    for (size_t i = 0; i < w->n_dirty; i++) {
        if (id_equal(w->dirty[i], id)) {
            return true;
        }
    }
    return false;
}

void workspace_watch_changed(struct workspace_watchers *all, struct agent *a)
{
    LIST_EACH(&all->list, struct watcher, link, w)
    {
        if (!id_equal(w->workspace, agent_workspace(a)) || !w->has_snapshot ||
            is_dirty(w, agent_id(a))) {
            continue;
        }
        w->dirty = must_realloc(w->dirty, (w->n_dirty + 1) * sizeof(*w->dirty));
        w->dirty[w->n_dirty++] = agent_id(a);
        if (!timer_is_on(&w->soon)) {
            timer_start(&w->soon, WATCH_WORKSPACE_MS);
        }
    }
}

void workspace_watch_check(struct workspace_watchers *all,
                           bool (*may)(void *arg, struct id user, struct id workspace), void *arg)
{
    struct err e;

    err_set(&e, ERR_PERMISSION_DENIED, "ACCESS_REVOKED", "the workspace is not shared any more");
    LIST_EACH(&all->list, struct watcher, link, w)
    {
        if (!may(arg, w->user, w->workspace)) {
            struct rpc_call *call = w->call;

            free_watcher(w);
            rpc_end(call, &e);
        }
    }
}
