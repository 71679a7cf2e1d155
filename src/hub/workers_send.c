/* SPDX-License-Identifier: Apache-2.0 */
/* What the Hub says to a Worker. */
#include <stdlib.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "hub/access.h"
#include "hub/hub_internal.h"
#include "hub/proto.h"
#include "hub/workers.h"

/* A user whose rights the Worker knows. */
struct granted {
    struct link link;
    struct user *user;
};

static void send_message(struct worker_link *l, Leapmux__V1__HubToWorker *m)
{
    CLEANUP(arena_done) struct arena a = { 0 };

    if (!msgpipe_send(l->pipe, proto_pack(&a, &m->base))) {
        l->is_full = true;
    }
}

void worker_link_send_record(struct worker_link *l, uint32_t number, struct bytes record)
{
    Leapmux__V1__HubToWorker m = LEAPMUX__V1__HUB_TO_WORKER__INIT;
    Leapmux__V1__LinkRecord body = LEAPMUX__V1__LINK_RECORD__INIT;

    body.number = number;
    body.record = proto_bytes(record);
    m.message_case = LEAPMUX__V1__HUB_TO_WORKER__MESSAGE_RECORD;
    m.record = &body;
    send_message(l, &m);
}

void worker_link_send_close(struct worker_link *l, uint32_t number, uint32_t reason)
{
    Leapmux__V1__HubToWorker m = LEAPMUX__V1__HUB_TO_WORKER__INIT;
    Leapmux__V1__ChannelClosed body = LEAPMUX__V1__CHANNEL_CLOSED__INIT;

    body.number = number;
    body.reason = reason;
    m.message_case = LEAPMUX__V1__HUB_TO_WORKER__MESSAGE_CHANNEL_CLOSE;
    m.channel_close = &body;
    send_message(l, &m);
}

void worker_link_send_notification(struct worker_link *l, struct bytes payload)
{
    CLEANUP(arena_done) struct arena a = { 0 };
    Leapmux__V1__HubToWorker m = LEAPMUX__V1__HUB_TO_WORKER__INIT;

    m.message_case = LEAPMUX__V1__HUB_TO_WORKER__MESSAGE_NOTIFICATION;
    m.notification = proto_unpack(&a, &leapmux__v1__notification__descriptor, payload);
    if (m.notification != NULL) {
        send_message(l, &m);
    }
}

static void send_grants(struct worker_link *l, struct user *user)
{
    CLEANUP(arena_done) struct arena a = { 0 };
    Leapmux__V1__HubToWorker m = LEAPMUX__V1__HUB_TO_WORKER__INIT;
    Leapmux__V1__Grants grants = LEAPMUX__V1__GRANTS__INIT;
    Leapmux__V1__User who = LEAPMUX__V1__USER__INIT;

    who.id = user->id.s;
    who.username = user->username;
    who.display_name = user->display_name;
    grants.user = &who;
    grants.worker_use = access_worker_use(user, l->worker);
    LIST_EACH(&l->worker->org->workspaces, struct workspace, by_org, ws)
    {
        grants.n_workspaces++;
    }
    grants.workspaces = arena_alloc(&a, (grants.n_workspaces + 1) * sizeof(void *));
    grants.n_workspaces = 0;
    LIST_EACH(&l->worker->org->workspaces, struct workspace, by_org, ws)
    {
        Leapmux__V1__WorkspaceGrant *g = ARENA_NEW(&a, Leapmux__V1__WorkspaceGrant);

        leapmux__v1__workspace_grant__init(g);
        g->workspace_id = ws->id.s;
        g->level = access_level(user, ws);
        g->archived = ws->is_archived;
        if (g->level != LEAPMUX__V1__WORKSPACE_LEVEL__WORKSPACE_LEVEL_UNSPECIFIED) {
            grants.workspaces[grants.n_workspaces++] = g;
        }
    }
    m.message_case = LEAPMUX__V1__HUB_TO_WORKER__MESSAGE_GRANTS;
    m.grants = &grants;
    send_message(l, &m);
}

static void grant_once(struct worker_link *l, struct user *user)
{
    struct granted *g;

    LIST_EACH(&l->granted, struct granted, link, it)
    {
        if (it->user == user) {
            return;
        }
    }
    g = NEW(struct granted);
    g->user = user;
    list_init(&g->link);
    list_append(&l->granted, &g->link);
    send_grants(l, user);
}

void worker_link_forget_grants(struct worker_link *l)
{
    LIST_EACH(&l->granted, struct granted, link, g)
    {
        list_remove(&g->link);
        free(g);
    }
}

void workers_grants_changed(struct hub *hub, struct org *org)
{
    LIST_EACH(&hub->links, struct worker_link, link, l)
    {
        if (l->worker->org != org) {
            continue;
        }
        LIST_EACH(&l->granted, struct granted, link, g)
        {
            send_grants(l, g->user);
        }
    }
}

void worker_link_send_open(struct worker_link *l, uint32_t number, struct user *user,
                           const Leapmux__V1__OpenChannel *open)
{
    Leapmux__V1__HubToWorker m = LEAPMUX__V1__HUB_TO_WORKER__INIT;
    Leapmux__V1__ChannelOpen body = LEAPMUX__V1__CHANNEL_OPEN__INIT;

    grant_once(l, user);
    body.number = number;
    body.channel_id = open->channel_id;
    body.user_id = user->id.s;
    body.device_id = open->device_id;
    body.handshake = open->handshake;
    m.message_case = LEAPMUX__V1__HUB_TO_WORKER__MESSAGE_CHANNEL_OPEN;
    m.channel_open = &body;
    send_message(l, &m);
}

void worker_link_send_ping(struct worker_link *l, uint64_t nonce, bool is_answer)
{
    Leapmux__V1__HubToWorker m = LEAPMUX__V1__HUB_TO_WORKER__INIT;
    Leapmux__V1__LinkPing body = LEAPMUX__V1__LINK_PING__INIT;

    body.nonce = nonce;
    if (is_answer) {
        m.message_case = LEAPMUX__V1__HUB_TO_WORKER__MESSAGE_PONG;
        m.pong = &body;
    } else {
        m.message_case = LEAPMUX__V1__HUB_TO_WORKER__MESSAGE_PING;
        m.ping = &body;
    }
    send_message(l, &m);
}

void worker_link_send_accepted(struct worker_link *l)
{
    Leapmux__V1__HubToWorker m = LEAPMUX__V1__HUB_TO_WORKER__INIT;
    Leapmux__V1__LinkAccepted body = LEAPMUX__V1__LINK_ACCEPTED__INIT;

    body.time_ms = clock_unix_ms();
    body.registrant_id = l->worker->registrant->id.s;
    m.message_case = LEAPMUX__V1__HUB_TO_WORKER__MESSAGE_ACCEPTED;
    m.accepted = &body;
    send_message(l, &m);
}

void workers_going_away(struct hub *hub)
{
    Leapmux__V1__HubToWorker m = LEAPMUX__V1__HUB_TO_WORKER__INIT;
    Leapmux__V1__LinkGoingAway body = LEAPMUX__V1__LINK_GOING_AWAY__INIT;

    body.retry_after_ms = 1000;
    m.message_case = LEAPMUX__V1__HUB_TO_WORKER__MESSAGE_GOING_AWAY;
    m.going_away = &body;
    LIST_EACH(&hub->links, struct worker_link, link, l)
    {
        send_message(l, &m);
    }
}
