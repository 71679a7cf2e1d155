/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/hublink.h"

#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "e2ee/channel.h"
#include "gen/store/worker_sql.h"
#include "net/msgpipe.h"
#include "rpc/guard.h"
#include "worker/channels.h"
#include "worker/pb.h"

enum { PROTOCOL = 1, INBOX_KEEP = 10000 /* ids of orders that are remembered */ };

/* An order of the Hub that is not acknowledged yet. */
struct order {
    struct link link;
    struct hublink *hub; /* NULL: the link went while its id was being written */
    char *id;
    struct id *agents; /* that it closes */
    size_t n;
    int64_t at_ms;
    bool is_writing;
};

struct hublink {
    struct worker *worker;
    struct msgpipe *pipe; /* NULL: closed by the other side */
    bool accepted;
    struct link orders;
};

/* ---- sending ---- */

static bool send_to_hub(struct hublink *l, const Leapmux__V1__WorkerToHub *m)
{
    CLEANUP(arena_done) struct arena a = { 0 };

    return l->pipe == NULL || msgpipe_send(l->pipe, pb_pack(&a, m));
}

#define TO_HUB(case_)                                                                              \
    {                                                                                              \
        PROTOBUF_C_MESSAGE_INIT(&leapmux__v1__worker_to_hub__descriptor), case_,                   \
        {                                                                                          \
            0                                                                                      \
        }                                                                                          \
    }

static bool send_record(void *arg, uint32_t number, struct bytes record)
{
    Leapmux__V1__LinkRecord r = LEAPMUX__V1__LINK_RECORD__INIT;
    Leapmux__V1__WorkerToHub m = TO_HUB(LEAPMUX__V1__WORKER_TO_HUB__MESSAGE_RECORD);

    r.number = number;
    r.record = pb_bytes(record);
    m.record = &r;
    return send_to_hub(arg, &m);
}

static void send_closed(void *arg, uint32_t number, uint32_t reason)
{
    Leapmux__V1__ChannelClosed c = LEAPMUX__V1__CHANNEL_CLOSED__INIT;
    Leapmux__V1__WorkerToHub m = TO_HUB(LEAPMUX__V1__WORKER_TO_HUB__MESSAGE_CHANNEL_CLOSED);

    c.number = number;
    c.reason = reason;
    m.channel_closed = &c;
    (void)send_to_hub(arg, &m);
}

static void send_hello(struct hublink *l)
{
    CLEANUP(arena_done) struct arena a = { 0 };
    Leapmux__V1__LinkHello hello = LEAPMUX__V1__LINK_HELLO__INIT;
    Leapmux__V1__WorkerToHub m = TO_HUB(LEAPMUX__V1__WORKER_TO_HUB__MESSAGE_HELLO);
    struct worker *w = l->worker;
    struct utsname system;

    hello.worker_id = w->id.s;
    hello.name = pb_str(&a, w->config.name);
    hello.version = pb_str(&a, LEAPMUX_VERSION);
    hello.protocol = PROTOCOL;
    if (uname(&system) == 0) {
        hello.os = pb_str(&a, system.sysname);
        hello.arch = pb_str(&a, system.machine);
    }
    hello.identity = pb_bytes((struct bytes){ w->keys->identity, sizeof(w->keys->identity) });
    hello.certificate =
        pb_bytes((struct bytes){ w->keys->certificate, sizeof(w->keys->certificate) });
    m.hello = &hello;
    (void)send_to_hub(l, &m);
}

static void send_inventory(struct hublink *l)
{
    CLEANUP(arena_done) struct arena a = { 0 };
    Leapmux__V1__Inventory inventory = LEAPMUX__V1__INVENTORY__INIT;
    Leapmux__V1__WorkerToHub m = TO_HUB(LEAPMUX__V1__WORKER_TO_HUB__MESSAGE_INVENTORY);
    struct agents *agents = l->worker->agents;
    size_t n = 0;

    for (struct agent *it = agents_first(agents); it != NULL; it = agents_next(agents, it)) {
        n++;
    }
    inventory.items = arena_alloc(&a, (n + 1) * sizeof(Leapmux__V1__InventoryItem *));
    for (struct agent *it = agents_first(agents); it != NULL; it = agents_next(agents, it)) {
        Leapmux__V1__InventoryItem *item = ARENA_NEW(&a, Leapmux__V1__InventoryItem);

        leapmux__v1__inventory_item__init(item);
        item->workspace_id = pb_str(&a, agent_workspace(it).s);
        item->tab_id = pb_str(&a, agent_id(it).s);
        item->kind = LEAPMUX__V1__TAB_KIND__TAB_KIND_AGENT;
        inventory.items[inventory.n_items++] = item;
    }
    m.inventory = &inventory;
    (void)send_to_hub(l, &m);
}

/* ---- orders ---- */

static void free_order(struct order *o)
{
    list_remove(&o->link);
    free(o->id);
    free(o->agents);
    free(o);
}

static void acknowledge(struct hublink *l, char *id)
{
    Leapmux__V1__NotificationAck ack = LEAPMUX__V1__NOTIFICATION_ACK__INIT;
    Leapmux__V1__WorkerToHub m = TO_HUB(LEAPMUX__V1__WORKER_TO_HUB__MESSAGE_NOTIFICATION_ACK);

    ack.id = id;
    m.notification_ack = &ack;
    (void)send_to_hub(l, &m);
}

static bool remember_order(struct db *db, void *job, struct err *e)
{
    struct order *o = job;

    TRY(worker_sql_insert_inbox(
        db, &(struct worker_sql_insert_inbox_args){ .id = o->id, .at_ms = o->at_ms }, e));
    return worker_sql_trim_inbox(db, &(struct worker_sql_trim_inbox_args){ .keep = INBOX_KEEP }, e);
}

static void on_order_remembered(void *job, const struct err *e)
{
    struct order *o = job;

    if (o->hub != NULL && e == NULL) {
        acknowledge(o->hub, o->id); /* else the Hub sends it again */
    }
    free_order(o);
}

/* An order is obeyed when nothing of what it names is open any more. */
static void check_orders(struct hublink *l)
{
    LIST_EACH(&l->orders, struct order, link, o)
    {
        bool is_open = o->is_writing;

        for (size_t i = 0; i < o->n; i++) {
            is_open = is_open || agents_find(l->worker->agents, o->agents[i].s) != NULL;
        }
        if (!is_open) {
            o->is_writing = true;
            dbq_submit(l->worker->db, remember_order, on_order_remembered, o);
        }
    }
}

static bool is_known_order(const struct hublink *l, const char *id)
{
    LIST_EACH(&l->orders, struct order, link, o)
    {
        if (strcmp(o->id, id) == 0) {
            return true;
        }
    }
    return false;
}

/* A repeat of an order that was obeyed finds nothing open, which is all that is asked for. */
static void on_notification(struct hublink *l, const Leapmux__V1__Notification *n)
{
    const Leapmux__V1__TabsClosed *tabs =
        n->order_case == LEAPMUX__V1__NOTIFICATION__ORDER_TABS_CLOSED ? n->tabs_closed : NULL;
    struct order *o;

    if (is_known_order(l, n->id)) {
        return;
    }
    o = NEW(struct order);
    o->hub = l;
    o->id = must_strdup(n->id);
    o->at_ms = clock_unix_ms();
    o->agents = must_calloc(tabs != NULL ? tabs->n_tab_ids + 1 : 1, sizeof(*o->agents));
    list_init(&o->link);
    list_append(&l->orders, &o->link);
    for (size_t i = 0; tabs != NULL && i < tabs->n_tab_ids; i++) {
        struct agent *a = agents_find(l->worker->agents, tabs->tab_ids[i]);

        if (a != NULL && strcmp(agent_workspace(a).s, tabs->workspace_id) == 0) {
            o->agents[o->n++] = agent_id(a);
        }
    }
    for (size_t i = 0; i < o->n; i++) {
        agent_close(agents_find(l->worker->agents, o->agents[i].s), NULL);
    }
    check_orders(l);
}

void hublink_agent_gone(struct hublink *link, struct id workspace, struct id agent)
{
    Leapmux__V1__TabClosed closed = LEAPMUX__V1__TAB_CLOSED__INIT;
    Leapmux__V1__WorkerToHub m = TO_HUB(LEAPMUX__V1__WORKER_TO_HUB__MESSAGE_TAB_CLOSED);

    if (link == NULL || !link->accepted) {
        return;
    }
    closed.workspace_id = workspace.s;
    closed.tab_id = agent.s;
    m.tab_closed = &closed;
    (void)send_to_hub(link, &m);
    check_orders(link);
}

/* ---- receiving ---- */

static void on_channel_open(struct hublink *l, const Leapmux__V1__ChannelOpen *open)
{
    CLEANUP(buf_done) struct buf message2;
    Leapmux__V1__ChannelOpened opened = LEAPMUX__V1__CHANNEL_OPENED__INIT;
    Leapmux__V1__ChannelRefused refused = LEAPMUX__V1__CHANNEL_REFUSED__INIT;
    Leapmux__V1__WorkerToHub m = TO_HUB(LEAPMUX__V1__WORKER_TO_HUB__MESSAGE_CHANNEL_OPENED);
    CLEANUP(arena_done) struct arena a = { 0 };
    struct err e;

    buf_init(&message2, HANDSHAKE_MESSAGE2_MAX);
    if (channels_open(l->worker->channels, open, &message2, &e)) {
        opened.number = open->number;
        opened.handshake = pb_bytes(buf_view(&message2));
        m.channel_opened = &opened;
    } else {
        log_warn("channel refused", F_STR("channel", open->channel_id), F_ERR(&e));
        refused.number = open->number;
        refused.code = pb_str(&a, err_code_name(e.code));
        refused.reason = pb_str(&a, e.reason);
        m.message_case = LEAPMUX__V1__WORKER_TO_HUB__MESSAGE_CHANNEL_REFUSED;
        m.channel_refused = &refused;
    }
    (void)send_to_hub(l, &m);
}

static void on_grants(struct hublink *l, const Leapmux__V1__Grants *grants)
{
    struct err e;

    if (!access_set(&l->worker->access, grants, &e)) {
        log_warn("grants that make no sense", F_ERR(&e));
        return;
    }
    worker_check_access(l->worker);
}

static void on_accepted(struct hublink *l)
{
    struct channels_out out = { .record = send_record, .closed = send_closed, .arg = l };

    if (!l->accepted) {
        l->accepted = true;
        channels_set_out(l->worker->channels, &out);
        send_inventory(l);
        log_info("link to the hub is up");
    }
}

static void answer_ping(struct hublink *l, Leapmux__V1__LinkPing *ping)
{
    Leapmux__V1__WorkerToHub m = TO_HUB(LEAPMUX__V1__WORKER_TO_HUB__MESSAGE_PONG);

    m.pong = ping;
    (void)send_to_hub(l, &m);
}

static void take(struct hublink *l, const Leapmux__V1__HubToWorker *m)
{
    if (!l->accepted && m->message_case != LEAPMUX__V1__HUB_TO_WORKER__MESSAGE_ACCEPTED &&
        m->message_case != LEAPMUX__V1__HUB_TO_WORKER__MESSAGE_PING) {
        return;
    }
    switch (m->message_case) {
    case LEAPMUX__V1__HUB_TO_WORKER__MESSAGE_ACCEPTED:
        on_accepted(l);
        break;
    case LEAPMUX__V1__HUB_TO_WORKER__MESSAGE_GRANTS:
        on_grants(l, m->grants);
        break;
    case LEAPMUX__V1__HUB_TO_WORKER__MESSAGE_CHANNEL_OPEN:
        on_channel_open(l, m->channel_open);
        break;
    case LEAPMUX__V1__HUB_TO_WORKER__MESSAGE_RECORD:
        channels_feed(l->worker->channels, m->record->number, pb_view(&m->record->record));
        break;
    case LEAPMUX__V1__HUB_TO_WORKER__MESSAGE_CHANNEL_CLOSE:
        channels_close(l->worker->channels, m->channel_close->number);
        break;
    case LEAPMUX__V1__HUB_TO_WORKER__MESSAGE_NOTIFICATION:
        on_notification(l, m->notification);
        break;
    case LEAPMUX__V1__HUB_TO_WORKER__MESSAGE_PING:
        answer_ping(l, m->ping);
        break;
    default: /* allow: a pong, a farewell, or something of a newer Hub */
        break;
    }
}

static void on_message(void *arg, struct bytes message)
{
    struct hublink *l = arg;
    struct err e;
    Leapmux__V1__HubToWorker *m =
        (void *)guard_unpack(&leapmux__v1__hub_to_worker__descriptor, message, &e);

    if (m == NULL) {
        log_warn("the hub sent what is no message", F_ERR(&e));
        return;
    }
    take(l, m);
    pb_free(m);
}

static void on_drain(void *arg)
{
    struct hublink *l = arg;

    channels_drained(l->worker->channels);
}

/* ---- life ---- */

static void let_go(struct hublink *l)
{
    msgpipe_free(TAKE(l->pipe, NULL));
    channels_set_out(l->worker->channels, NULL);
    access_clear(&l->worker->access);
    l->accepted = false;
}

static void on_closed(void *arg)
{
    struct hublink *l = arg;

    log_info("link to the hub is gone");
    let_go(l);
}

static const struct msgpipe_handlers HANDLERS = { on_message, on_drain, on_closed };

struct hublink *hublink_new(struct worker *w, int fd)
{
    struct hublink *l = NEW(struct hublink);

    l->worker = w;
    list_init(&l->orders);
    l->pipe = msgpipe_new(w->loop, fd, &HANDLERS, l);
    send_hello(l);
    return l;
}

void hublink_free(struct hublink *link)
{
    if (link == NULL) {
        return;
    }
    let_go(link);
    LIST_EACH(&link->orders, struct order, link, o)
    {
        if (o->is_writing) {
            o->hub = NULL; /* freed when its write is done */
            list_remove(&o->link);
        } else {
            free_order(o);
        }
    }
    free(link);
}
