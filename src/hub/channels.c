/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/channels.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/log.h"
#include "hub/access.h"
#include "hub/hub_internal.h"
#include "hub/proto.h"
#include "hub/sockets.h"
#include "hub/workers.h"

static const struct bucket_rate OPENS = { .per_second = 50, .burst = 500 };

/* ---- the two sides of a channel ---- */

static void free_if_ended(struct channel *c)
{
    if (c->socket == NULL && c->peer == NULL) {
        timer_stop(&c->patience);
        list_remove(&c->link);
        free(c);
    }
}

/* The client hears no more of this channel, and what it sends for it is dropped. */
static void detach_socket(struct channel *c)
{
    if (c->socket != NULL) {
        lane_drop(&c->socket->outlet, &c->to_client);
        refmap_remove(&c->socket->channels, c->ref);
        c->socket = NULL;
    }
}

static void detach_link(struct channel *c)
{
    if (c->peer != NULL) {
        lane_drop(&c->peer->outlet, &c->to_worker);
        refmap_remove(&c->peer->channels, c->number);
        c->peer = NULL;
    }
}

static void end_towards_client(struct channel *c, uint32_t reason)
{
    if (c->socket != NULL && !list_empty(&c->to_client.link)) {
        lane_end(&c->socket->outlet, &c->to_client, reason);
    } else if (c->socket != NULL) {
        socket_send_close(c->socket, c->ref, reason);
        detach_socket(c);
    }
}

static void end_towards_worker(struct channel *c, uint32_t reason)
{
    if (c->peer != NULL && !list_empty(&c->to_worker.link)) {
        lane_end(&c->peer->outlet, &c->to_worker, reason);
    } else if (c->peer != NULL) {
        worker_link_send_close(c->peer, c->number, reason);
        detach_link(c);
    }
}

/* The Hub ends it: nothing that waits is worth sending. */
static void cut(struct channel *c, uint32_t reason)
{
    if (c->socket != NULL) {
        lane_drop(&c->socket->outlet, &c->to_client);
    }
    if (c->peer != NULL) {
        lane_drop(&c->peer->outlet, &c->to_worker);
    }
    end_towards_client(c, reason);
    end_towards_worker(c, reason);
    free_if_ended(c);
}

static size_t queued(const struct channel *c)
{
    return c->to_client.octets + c->to_worker.octets;
}

/* All queues together are too big: the one with the biggest pays. */
static void cut_biggest(struct hub *hub)
{
    struct channel *biggest = NULL;

    LIST_EACH(&hub->channels, struct channel, link, c)
    {
        biggest = biggest == NULL || queued(c) > queued(biggest) ? c : biggest;
    }
    if (biggest != NULL) {
        log_warn("relay memory is full; the biggest queue is dropped");
        cut(biggest, LEAPMUX__V1__CLOSE_REASON__CLOSE_REASON_OVERFLOW);
    }
}

static void queue_record(struct channel *c, struct outlet *o, struct lane *lane,
                         struct bytes record)
{
    struct hub *hub = c->hub;

    if (!lane_put(o, lane, record)) {
        cut(c, LEAPMUX__V1__CLOSE_REASON__CLOSE_REASON_OVERFLOW);
    } else if (hub->relay_octets > hub->relay_max) {
        cut_biggest(hub);
    }
}

/* ---- opening ---- */

static void refuse(struct socket *s, uint32_t ref, const struct err *e)
{
    Leapmux__V1__ChannelRefusal m = LEAPMUX__V1__CHANNEL_REFUSAL__INIT;

    m.ref = ref;
    m.code = proto_str(err_code_name(e->code));
    m.reason = proto_str(e->reason);
    m.retry_after_ms = e->retry_after_ms;
    socket_send(s, LEAPMUX__V1__FRAME_KIND__FRAME_KIND_REFUSED, &m.base);
}

static void on_no_answer(void *arg)
{
    struct channel *c = arg;
    struct err e = { 0 };

    if (c->socket != NULL) {
        err_set(&e, ERR_DEADLINE_EXCEEDED, "TIMEOUT", "the worker does not answer");
        refuse(c->socket, c->ref, &e);
        detach_socket(c);
    }
    end_towards_worker(c, LEAPMUX__V1__CLOSE_REASON__CLOSE_REASON_DONE);
    free_if_ended(c);
}

/* The Worker that the client wants, if he may and can have it. */
static struct worker_link *find_link(struct socket *s, const Leapmux__V1__OpenChannel *m,
                                     struct err *e)
{
    struct worker *worker = registry_worker(&s->hub->registry, m->worker_id);

    if (worker == NULL || !access_worker_open(s->user, worker)) {
        err_set(e, ERR_NOT_FOUND, "NOT_FOUND", "no such worker");
        return NULL;
    }
    if (worker->link == NULL) {
        err_set(e, ERR_UNAVAILABLE, "WORKER_OFFLINE", "the worker is offline");
        return NULL;
    }
    if (s->channels.n >= RELAY_SOCKET_CHANNELS ||
        worker->link->channels.n >= RELAY_WORKER_CHANNELS) {
        err_set(e, ERR_RESOURCE_EXHAUSTED, "LIMIT", "too many channels");
        return NULL;
    }
    return worker->link;
}

static bool check_open(struct socket *s, const Leapmux__V1__OpenChannel *m, struct err *e)
{
    struct id id;
    int64_t wait_ms;

    TRY(id_parse(bytes_of(m->channel_id), "channel_id", &id, e));
    TRY(id_parse(bytes_of(m->worker_id), "worker_id", &id, e));
    TRY(id_parse(bytes_of(m->device_id), "device_id", &id, e));
    if (m->handshake.len == 0 || m->handshake.len > RELAY_HANDSHAKE_MAX) {
        return err_invalid(e, "handshake", "a handshake of %zu octets", m->handshake.len);
    }
    if (bucket_take(&s->user->opens, OPENS, 1, loop_now_ms(s->hub->loop), &wait_ms)) {
        return true;
    }
    err_set(e, ERR_RESOURCE_EXHAUSTED, "RATE_LIMITED", "too many channels at once");
    e->retry_after_ms = wait_ms;
    return false;
}

static void start(struct socket *s, struct worker_link *l, const Leapmux__V1__OpenChannel *m)
{
    struct channel *c = NEW(struct channel);

    c->hub = s->hub;
    c->socket = s;
    c->peer = l;
    c->ref = m->ref;
    c->number = ++l->last_number;
    lane_init(&c->to_client);
    lane_init(&c->to_worker);
    timer_init(&c->patience, s->hub->loop, on_no_answer, c);
    timer_start(&c->patience, RELAY_OPEN_TIMEOUT_MS);
    list_init(&c->link);
    list_append(&s->hub->channels, &c->link);
    refmap_put(&s->channels, c->ref, c);
    refmap_put(&l->channels, c->number, c);
    worker_link_send_open(l, c->number, s->user, m);
}

bool channels_open_of_client(struct socket *s, const Leapmux__V1__OpenChannel *m, struct err *e)
{
    struct err why = { 0 };
    struct worker_link *l = NULL;

    if (refmap_get(&s->channels, m->ref) != NULL) {
        return err_set(e, ERR_INVALID_ARGUMENT, "INVALID", "ref %u is in use", m->ref);
    }
    if (check_open(s, m, &why)) {
        l = find_link(s, m, &why);
    }
    if (l == NULL) {
        refuse(s, m->ref, &why);
    } else {
        start(s, l, m);
    }
    return true;
}

void channels_opened(struct worker_link *l, const Leapmux__V1__ChannelOpened *m)
{
    struct channel *c = refmap_get(&l->channels, m->number);
    Leapmux__V1__ChannelIsOpen open = LEAPMUX__V1__CHANNEL_IS_OPEN__INIT;

    if (c == NULL || c->is_open || c->socket == NULL) {
        return;
    }
    timer_stop(&c->patience);
    c->is_open = true;
    open.ref = c->ref;
    open.handshake = m->handshake;
    socket_send(c->socket, LEAPMUX__V1__FRAME_KIND__FRAME_KIND_OPENED, &open.base);
}

void channels_refused(struct worker_link *l, const Leapmux__V1__ChannelRefused *m)
{
    struct channel *c = refmap_get(&l->channels, m->number);
    Leapmux__V1__ChannelRefusal refusal = LEAPMUX__V1__CHANNEL_REFUSAL__INIT;

    if (c == NULL || c->is_open) {
        return;
    }
    if (c->socket != NULL) {
        refusal.ref = c->ref;
        refusal.code = m->code;
        refusal.reason = m->reason;
        socket_send(c->socket, LEAPMUX__V1__FRAME_KIND__FRAME_KIND_REFUSED, &refusal.base);
    }
    detach_socket(c);
    detach_link(c);
    free_if_ended(c);
}

/* ---- records ---- */

bool channels_record_of_client(struct socket *s, uint32_t ref, struct bytes record, struct err *e)
{
    struct channel *c = refmap_get(&s->channels, ref);

    if (c == NULL || c->to_client.has_end || c->peer == NULL) {
        return true; /* the channel has ended meanwhile */
    }
    if (!c->is_open) {
        return err_set(e, ERR_INVALID_ARGUMENT, "INVALID", "a record before the channel is open");
    }
    if (c->peer->is_full || !outlet_is_empty(&c->peer->outlet)) {
        queue_record(c, &c->peer->outlet, &c->to_worker, record);
    } else {
        worker_link_send_record(c->peer, c->number, record);
    }
    return true;
}

void channels_record_of_worker(struct worker_link *l, uint32_t number, struct bytes record)
{
    struct channel *c = refmap_get(&l->channels, number);

    if (c == NULL || !c->is_open || c->socket == NULL || c->to_worker.has_end) {
        return;
    }
    if (c->socket->is_full || !outlet_is_empty(&c->socket->outlet)) {
        queue_record(c, &c->socket->outlet, &c->to_client, record);
    } else {
        socket_send_record(c->socket, c->ref, record);
    }
}

/* ---- ends ---- */

void channels_close_of_client(struct socket *s, uint32_t ref, uint32_t reason)
{
    struct channel *c = refmap_get(&s->channels, ref);

    if (c != NULL) {
        timer_stop(&c->patience);
        detach_socket(c);
        end_towards_worker(c, reason);
        free_if_ended(c);
    }
}

void channels_close_of_worker(struct worker_link *l, uint32_t number, uint32_t reason)
{
    struct channel *c = refmap_get(&l->channels, number);

    if (c != NULL) {
        timer_stop(&c->patience);
        detach_link(c);
        end_towards_client(c, reason);
        free_if_ended(c);
    }
}

void channels_socket_gone(struct socket *s)
{
    struct channel *c;

    while ((c = refmap_any(&s->channels)) != NULL) {
        channels_close_of_client(s, c->ref, LEAPMUX__V1__CLOSE_REASON__CLOSE_REASON_DONE);
    }
}

void channels_link_gone(struct worker_link *l)
{
    struct channel *c;

    while ((c = refmap_any(&l->channels)) != NULL) {
        channels_close_of_worker(l, c->number,
                                 LEAPMUX__V1__CLOSE_REASON__CLOSE_REASON_WORKER_OFFLINE);
    }
}

void channels_pump_socket(struct socket *s)
{
    struct outlet_item item;

    while (!s->is_full && outlet_next(&s->outlet, &item)) {
        struct channel *c = CONTAINER_OF(item.lane, struct channel, to_client);

        if (item.record.p != NULL) {
            socket_send_record(s, c->ref, item.record);
            outlet_item_done(&item);
        } else {
            socket_send_close(s, c->ref, item.end_reason);
            detach_socket(c);
            free_if_ended(c);
        }
    }
}

void channels_pump_link(struct worker_link *l)
{
    struct outlet_item item;

    while (!l->is_full && outlet_next(&l->outlet, &item)) {
        struct channel *c = CONTAINER_OF(item.lane, struct channel, to_worker);

        if (item.record.p != NULL) {
            worker_link_send_record(l, c->number, item.record);
            outlet_item_done(&item);
        } else {
            worker_link_send_close(l, c->number, item.end_reason);
            detach_link(c);
            free_if_ended(c);
        }
    }
}
