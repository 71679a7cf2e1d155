/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/sockets.h"

#include <stdlib.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "crypto/random.h"
#include "hub/channels.h"
#include "hub/events.h"
#include "hub/hub_internal.h"
#include "hub/proto.h"
#include "hub/views.h"
#include "relay/socket_frame.h"
#include "rpc/guard.h"

/* ---- out ---- */

static void note_room(struct socket *s, bool has_room)
{
    if (has_room) {
        return;
    }
    s->is_full = true;
    if (websocket_queued(s->ws) > SOCKETS_BACKLOG_MAX) {
        log_warn("a client does not read; its socket is closed", F_STR("socket", s->id.s));
        websocket_close(s->ws, WEBSOCKET_POLICY, "too much is waiting to be read");
    }
}

void socket_send(struct socket *s, int kind, const ProtobufCMessage *body)
{
    CLEANUP(arena_done) struct arena a = { 0 };
    uint8_t head = (uint8_t)kind;

    note_room(s, websocket_send2(s->ws, WEBSOCKET_BINARY, (struct bytes){ &head, 1 },
                                 proto_pack(&a, body)));
}

bool socket_send_record(struct socket *s, uint32_t ref, struct bytes record)
{
    uint8_t head[SOCKET_FRAME_HEAD_MAX];
    size_t n = socket_frame_record_head(ref, head);

    note_room(s, websocket_send2(s->ws, WEBSOCKET_BINARY, (struct bytes){ head, n }, record));
    return !s->is_full;
}

void socket_send_close(struct socket *s, uint32_t ref, uint32_t reason)
{
    uint8_t frame[SOCKET_FRAME_HEAD_MAX + 5];
    size_t n = socket_frame_close(ref, reason, frame);

    note_room(s, websocket_send(s->ws, WEBSOCKET_BINARY, (struct bytes){ frame, n }));
}

static void send_welcome(struct socket *s)
{
    CLEANUP(arena_done) struct arena a = { 0 };
    Leapmux__V1__Welcome m = LEAPMUX__V1__WELCOME__INIT;

    m.connection_id = s->id.s;
    m.user = view_user(&a, s->user);
    m.version = proto_str(LEAPMUX_VERSION);
    m.time_ms = clock_unix_ms();
    m.max_channels = RELAY_SOCKET_CHANNELS;
    socket_send(s, LEAPMUX__V1__FRAME_KIND__FRAME_KIND_WELCOME, &m.base);
}

/* ---- in ---- */

static bool take_message(struct socket *s, const struct socket_frame *f, struct err *e)
{
    static const ProtobufCMessageDescriptor *const TYPES[] = {
        [LEAPMUX__V1__FRAME_KIND__FRAME_KIND_OPEN] = &leapmux__v1__open_channel__descriptor,
        [LEAPMUX__V1__FRAME_KIND__FRAME_KIND_SUBSCRIBE] = &leapmux__v1__subscribe__descriptor,
        [LEAPMUX__V1__FRAME_KIND__FRAME_KIND_UNSUBSCRIBE] = &leapmux__v1__unsubscribe__descriptor,
        [LEAPMUX__V1__FRAME_KIND__FRAME_KIND_PRESENCE] = &leapmux__v1__presence_report__descriptor,
    };
    ProtobufCMessage *m = guard_unpack(TYPES[f->kind], f->body, e);
    bool good = m != NULL;

    if (!good) {
        return false;
    }
    if (f->kind == LEAPMUX__V1__FRAME_KIND__FRAME_KIND_OPEN) {
        good = channels_open_of_client(s, (const Leapmux__V1__OpenChannel *)m, e);
    } else if (f->kind == LEAPMUX__V1__FRAME_KIND__FRAME_KIND_SUBSCRIBE) {
        events_subscribe(s, (const Leapmux__V1__Subscribe *)m);
    } else if (f->kind == LEAPMUX__V1__FRAME_KIND__FRAME_KIND_UNSUBSCRIBE) {
        events_unsubscribe(s, (const Leapmux__V1__Unsubscribe *)m);
    } else {
        presence_report(&s->presence, (const Leapmux__V1__PresenceReport *)m);
    }
    protobuf_c_message_free_unpacked(m, NULL);
    return good;
}

static bool take_frame(struct socket *s, struct bytes message, struct err *e)
{
    struct socket_frame f;

    TRY(socket_frame_read(message, &f, e));
    if (f.kind == LEAPMUX__V1__FRAME_KIND__FRAME_KIND_RECORD) {
        return channels_record_of_client(s, f.ref, f.body, e);
    }
    if (f.kind == LEAPMUX__V1__FRAME_KIND__FRAME_KIND_CLOSE) {
        channels_close_of_client(s, f.ref, f.reason);
        return true;
    }
    return take_message(s, &f, e);
}

static void on_message(void *arg, enum websocket_kind kind, struct bytes message)
{
    struct socket *s = arg;
    struct err e = { 0 };

    (void)kind; /* text was refused before */
    if (!take_frame(s, message, &e)) {
        log_info("a client breaks the protocol", F_STR("socket", s->id.s), F_ERR(&e));
        websocket_close(s->ws, WEBSOCKET_PROTOCOL_ERROR, e.reason);
    }
}

static void on_drain(void *arg)
{
    struct socket *s = arg;

    s->is_full = false;
    channels_pump_socket(s);
}

static void socket_free(struct socket *s)
{
    channels_socket_gone(s);
    events_socket_gone(s);
    presence_done(&s->presence);
    refmap_done(&s->channels);
    s->user->sockets--;
    list_remove(&s->link);
    free(s);
}

static void on_closed(void *arg, int code)
{
    struct socket *s = arg;

    log_debug("socket closed", F_STR("socket", s->id.s), F_INT("code", code));
    socket_free(s);
}

/* ---- life ---- */

void sockets_accept(struct hub *hub, struct http_request *r, struct user *user)
{
    static const struct websocket_handlers HANDLERS = { on_message, on_drain, on_closed };
    static const struct websocket_options OPTIONS = {
        .subprotocol = "leapmux.v1",
        .message_max = RELAY_FRAME_MAX,
        .binary_only = true,
    };
    struct socket *s;
    struct websocket *ws;

    if (user->sockets >= SOCKETS_PER_USER) {
        http_respond_text(r, 429, "too many windows are open");
        return;
    }
    s = NEW(struct socket);
    ws = http_upgrade_websocket(r, &OPTIONS, &HANDLERS, s);
    if (ws == NULL) {
        free(s);
        return;
    }
    s->hub = hub;
    s->ws = ws;
    s->id = random_id();
    s->user = user;
    outlet_init(&s->outlet, &hub->relay_octets);
    list_init(&s->subscriptions);
    presence_init(&s->presence, s, hub->loop);
    list_init(&s->link);
    list_append(&hub->sockets, &s->link);
    user->sockets++;
    send_welcome(s);
}

void sockets_going_away(struct hub *hub)
{
    Leapmux__V1__GoingAway m = LEAPMUX__V1__GOING_AWAY__INIT;

    m.retry_after_ms = 1000;
    LIST_EACH(&hub->sockets, struct socket, link, s)
    {
        socket_send(s, LEAPMUX__V1__FRAME_KIND__FRAME_KIND_GOING_AWAY, &m.base);
    }
}

void sockets_close_all(struct hub *hub)
{
    LIST_EACH(&hub->sockets, struct socket, link, s)
    {
        websocket_close(s->ws, WEBSOCKET_GOING_AWAY, "the Hub stops");
    }
}

void sockets_free_all(struct hub *hub)
{
    LIST_EACH(&hub->sockets, struct socket, link, s)
    {
        struct websocket *ws = s->ws;

        channels_socket_gone(s); /* tells Workers while the link is there */
        socket_free(s);
        websocket_free(ws);
    }
}
