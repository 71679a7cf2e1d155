/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sending. Streams that have something to send stand in channel.ready and send one frame each in
 * turn. One that lacks credit of its own steps out until a WINDOW comes for it; when the
 * channel's credit is too small for the frame whose turn it is, everybody waits, so that large
 * frames are not starved by small ones.
 */
#include "e2ee/channel_parts.h"

#include <assert.h>
#include <string.h>

void send_frame(struct channel *ch, enum frame_type type, unsigned flags, uint32_t stream,
                struct bytes a, struct bytes b)
{
    uint8_t record[RECORD_MAX]; /* sealed in place, so that no plaintext stays on the stack */
    uint8_t *at = record + FRAME_HEADER_LEN;
    size_t n;

    assert(a.n + b.n <= RECORD_PLAIN_MAX - FRAME_HEADER_LEN);
    frame_header(type, flags, stream, record);
    if (a.n > 0) {
        at = (uint8_t *)mempcpy(at, a.p, a.n);
    }
    if (b.n > 0) {
        at = (uint8_t *)mempcpy(at, b.p, b.n);
    }
    n = session_seal(&ch->session, (struct bytes){ record, (size_t)(at - record) }, record);
    ch->config.events->emit(ch->config.arg, (struct bytes){ record, n });
}

static void send_window(struct channel *ch, uint32_t stream, uint32_t credit)
{
    uint8_t body[4] = { (uint8_t)(credit >> 24), (uint8_t)(credit >> 16), (uint8_t)(credit >> 8),
                        (uint8_t)credit };

    send_frame(ch, FRAME_WINDOW, 0, stream, (struct bytes){ body, sizeof(body) },
               (struct bytes){ 0 });
}

static bool may_send(const struct channel *ch)
{
    return ch->state == CHANNEL_OPEN && !ch->is_held;
}

void send_channel_window(struct channel *ch)
{
    uint32_t credit = ch->returnable;

    if (credit >= CHANNEL_WINDOW_MIN && may_send(ch)) {
        ch->returnable = 0;
        ch->receive_credit += credit;
        send_window(ch, 0, credit);
    }
}

void send_stream_window(struct channel *ch, struct stream *s)
{
    uint32_t credit = s->returnable;
    bool more_may_come = !s->has_all && !s->is_cancelled && !s->has_end;

    if (credit >= STREAM_WINDOW_MIN && more_may_come && may_send(ch)) {
        s->returnable = 0;
        s->receive_credit += credit;
        send_window(ch, s->id, credit);
    }
}

void send_pong(struct channel *ch)
{
    if (ch->is_pong_owed && may_send(ch)) {
        ch->is_pong_owed = false;
        send_frame(ch, FRAME_PONG, 0, 0, (struct bytes){ ch->pong, sizeof(ch->pong) },
                   (struct bytes){ 0 });
    }
}

void send_fill(struct channel *ch, size_t n)
{
    uint8_t zeros[RECORD_PLAIN_MAX - FRAME_HEADER_LEN];
    uint32_t cost = (uint32_t)n + FRAME_OVERHEAD;

    if (may_send(ch) && cost <= ch->send_credit) {
        ch->send_credit -= cost;
        memset(zeros, 0, n - FRAME_HEADER_LEN);
        send_frame(ch, FRAME_FILL, 0, 0, (struct bytes){ zeros, n - FRAME_HEADER_LEN },
                   (struct bytes){ 0 });
    }
}

enum turn {
    TURN_SENT,    /* one frame went out */
    TURN_IDLE,    /* nothing to send */
    TURN_PARKED,  /* no credit of its own */
    TURN_BLOCKED, /* no credit of the channel */
    TURN_GONE,    /* END went out: the stream is freed */
};

/* Charge a plaintext of n octets; s is NULL for frames that need the channel's credit only. */
static enum turn charge(struct channel *ch, struct stream *s, size_t n)
{
    uint32_t cost = (uint32_t)n + FRAME_OVERHEAD;

    if (s != NULL && cost > s->send_credit) {
        return TURN_PARKED;
    }
    if (cost > ch->send_credit) {
        return TURN_BLOCKED;
    }
    if (s != NULL) {
        s->send_credit -= cost;
    }
    ch->send_credit -= cost;
    return TURN_SENT;
}

/* How much of what is left fits behind `head` octets of header and method. */
static size_t part_of(size_t left, size_t head)
{
    return left < SEND_PLAIN_MAX - head ? left : SEND_PLAIN_MAX - head;
}

static void advance(struct channel *ch, struct stream *s, size_t n)
{
    s->out_at += n;
    ch->pending -= n;
    if (s->out_at == s->out.n) {
        stream_drop_out(ch, s);
    }
}

static enum turn send_open(struct channel *ch, struct stream *s)
{
    size_t head = FRAME_HEADER_LEN + s->method.n;
    size_t n = part_of(s->out.n - s->out_at, head);
    /* a cancelled request goes without its body, and must not look complete */
    bool more = s->has_cancel || n < s->out.n - s->out_at;
    enum turn turn = charge(ch, s, head + n);

    if (turn == TURN_SENT) {
        send_frame(ch, FRAME_OPEN, more ? FRAME_MORE : 0, s->id, buf_view(&s->method),
                   (struct bytes){ s->out.p, n });
        buf_done(&s->method);
        advance(ch, s, n);
    }
    return turn;
}

static enum turn send_data(struct channel *ch, struct stream *s)
{
    size_t left = s->out.n - s->out_at;
    size_t n = part_of(left, FRAME_HEADER_LEN);
    enum turn turn = charge(ch, s, FRAME_HEADER_LEN + n);

    if (turn == TURN_SENT) {
        send_frame(ch, FRAME_DATA, n < left ? FRAME_MORE : 0, s->id,
                   (struct bytes){ left > 0 ? s->out.p + s->out_at : NULL, n },
                   (struct bytes){ 0 });
        advance(ch, s, n);
    }
    return turn;
}

static enum turn send_last(struct channel *ch, struct stream *s)
{
    enum turn turn = charge(ch, NULL, FRAME_HEADER_LEN + s->end.n);

    if (turn == TURN_SENT) {
        send_frame(ch, FRAME_END, 0, s->id, buf_view(&s->end), (struct bytes){ 0 });
        stream_remove(ch, s);
        return TURN_GONE;
    }
    return turn;
}

static enum turn take_turn(struct channel *ch, struct stream *s)
{
    if (s->method.n > 0) {
        return send_open(ch, s);
    }
    if (s->has_cancel) {
        s->has_cancel = false;
        send_frame(ch, FRAME_CANCEL, 0, s->id, (struct bytes){ 0 }, (struct bytes){ 0 });
        return TURN_SENT;
    }
    if (s->has_message) {
        return send_data(ch, s);
    }
    return s->has_end ? send_last(ch, s) : TURN_IDLE;
}

static void tell_writable(struct channel *ch, struct stream *s)
{
    stream_set_wanting(ch, s, false);
    ch->config.events->on_writable(ch->config.arg, s->id);
}

/* Tell streams that were refused only because all together held too much. False if none is. */
static bool tell_wanting(struct channel *ch)
{
    bool told = false;

    for (uint32_t id = 0; ch->n_wanting > 0 && ch->pending <= CHANNEL_PENDING_MAX / 2;) {
        struct stream *s = stream_after(ch, id); /* the callback may add and remove streams */

        if (s == NULL) {
            break;
        }
        id = s->id;
        if (s->wants_write && !s->has_message) {
            tell_writable(ch, s);
            told = true;
        }
    }
    return told;
}

/* One turn of the first stream. False if everybody has to wait. */
static bool pump_one(struct channel *ch, struct stream *s)
{
    switch (take_turn(ch, s)) {
    case TURN_BLOCKED:
        return false;
    case TURN_SENT:
        list_remove(&s->turn);
        list_append(&ch->ready, &s->turn);
        break;
    case TURN_PARKED:
        list_remove(&s->turn);
        break;
    case TURN_IDLE:
        list_remove(&s->turn);
        if (s->wants_write) {
            tell_writable(ch, s);
        }
        break;
    case TURN_GONE:
        break;
    }
    return true;
}

/* Let streams take turns. False if everybody has to wait. */
static bool pump_ready(struct channel *ch)
{
    struct stream *s;

    while ((s = LIST_FIRST(&ch->ready, struct stream, turn)) != NULL) {
        if (!may_send(ch) || !pump_one(ch, s)) {
            return false;
        }
    }
    return may_send(ch);
}

void send_pump(struct channel *ch)
{
    if (ch->is_pumping) {
        return; /* called from a callback below; the loop there goes on */
    }
    ch->is_pumping = true;
    while (pump_ready(ch) && tell_wanting(ch)) {
    }
    ch->is_pumping = false;
}

void send_ready(struct channel *ch, struct stream *s)
{
    if (list_empty(&s->turn)) {
        list_append(&ch->ready, &s->turn);
    }
    send_pump(ch);
}

void send_end(struct channel *ch, struct stream *s, const struct channel_status *status)
{
    assert(!s->has_end);
    stream_drop_in(ch, s);
    stream_set_wanting(ch, s, false);
    buf_init(&s->end, FRAME_END_MAX);
    frame_put_status(status, &s->end);
    s->has_end = true;
    send_ready(ch, s);
}

/* ---- calls of the owner ---- */

/* A Worker's stream whose call is not over, or NULL. */
static struct stream *answering(struct channel *ch, uint32_t id)
{
    struct stream *s = ch->state == CHANNEL_OPEN ? stream_find(ch, id) : NULL;

    assert(ch->config.role == CHANNEL_WORKER);
    return s != NULL && !s->has_end ? s : NULL;
}

/* Send from the owner's memory while credit lasts and nobody waits. Returns what was taken. */
static size_t send_directly(struct channel *ch, struct stream *s, struct bytes message, bool *done)
{
    size_t at = 0;

    *done = false;
    while (!*done && may_send(ch) && !ch->is_pumping && list_empty(&ch->ready)) {
        size_t n = part_of(message.n - at, FRAME_HEADER_LEN);

        if (charge(ch, s, FRAME_HEADER_LEN + n) != TURN_SENT) {
            break;
        }
        *done = at + n == message.n;
        send_frame(ch, FRAME_DATA, *done ? 0 : FRAME_MORE, s->id,
                   (struct bytes){ n > 0 ? message.p + at : NULL, n }, (struct bytes){ 0 });
        at += n;
    }
    return at;
}

/* Keep a copy of what is left of a message. */
static void keep_out(struct channel *ch, struct stream *s, struct bytes rest)
{
    struct err e;
    bool fits;

    buf_init(&s->out, rest.n);
    fits = buf_put(&s->out, rest, &e);
    assert(fits);
    s->out_at = 0;
    s->has_message = true;
    ch->pending += rest.n;
}

enum send_result channel_send_message(struct channel *ch, uint32_t stream, struct bytes message)
{
    struct stream *s = answering(ch, stream);
    size_t sent;
    bool done;

    if (s == NULL) {
        return SEND_GONE;
    }
    if (message.n > CHANNEL_MESSAGE_MAX) {
        struct channel_status status = { .code = ERR_RESOURCE_EXHAUSTED,
                                         .reason = bytes_of("TOO_LARGE") };

        send_end(ch, s, &status);
        return SEND_GONE;
    }
    if (s->has_message || (ch->pending > 0 && message.n > CHANNEL_PENDING_MAX - ch->pending)) {
        stream_set_wanting(ch, s, true);
        return SEND_FULL;
    }
    sent = send_directly(ch, s, message, &done);
    if (!done) {
        keep_out(ch, s,
                 (struct bytes){ message.n > 0 ? message.p + sent : NULL, message.n - sent });
        send_ready(ch, s);
    }
    return SEND_OK;
}

void channel_end(struct channel *ch, uint32_t stream, const struct channel_status *status)
{
    struct stream *s = answering(ch, stream);

    if (s != NULL) {
        send_end(ch, s, status);
    }
}

void channel_end_ok(struct channel *ch, uint32_t stream)
{
    static const struct channel_status OK = { .code = ERR_OK };

    channel_end(ch, stream, &OK);
}

void channel_abort(struct channel *ch, uint32_t stream, const struct channel_status *status)
{
    struct stream *s = answering(ch, stream);

    if (s != NULL) {
        stream_drop_out(ch, s);
        send_end(ch, s, status);
    }
}

static bool may_open(const struct channel *ch, struct bytes method, struct bytes request,
                     struct err *e)
{
    uint32_t most = ch->config.streams;

    if (ch->state != CHANNEL_OPEN) {
        return err_set(e, ERR_UNAVAILABLE, "GOING_AWAY", "the channel is closed");
    }
    if (method.n == 0 || method.n > FRAME_METHOD_MAX) {
        return err_invalid(e, "method", "method of %zu octets", method.n);
    }
    if (request.n > CHANNEL_MESSAGE_MAX) {
        return err_set(e, ERR_RESOURCE_EXHAUSTED, "TOO_LARGE", "request of %zu octets", request.n);
    }
    if (ch->n_streams >= most || ch->last_stream == FRAME_STREAM_MAX ||
        (!ch->is_admitted && ch->last_stream > 0)) {
        return err_set(e, ERR_RESOURCE_EXHAUSTED, "LIMIT", "%u calls are open", ch->n_streams);
    }
    return true;
}

uint32_t channel_open(struct channel *ch, struct bytes method, struct bytes request, struct err *e)
{
    struct stream *s;
    uint32_t id;
    bool fits;

    assert(ch->config.role == CHANNEL_CLIENT);
    if (!may_open(ch, method, request, e)) {
        return 0;
    }
    id = ++ch->last_stream;
    s = stream_add(ch, id);
    buf_init(&s->method, 1 + FRAME_METHOD_MAX);
    fits = buf_put_u8(&s->method, (uint8_t)method.n, e) && buf_put(&s->method, method, e);
    assert(fits);
    /* the OPEN itself carries an empty request, so only what has octets waits as a message */
    if (request.n > 0) {
        keep_out(ch, s, request);
    }
    send_ready(ch, s);
    return id;
}

void channel_cancel(struct channel *ch, uint32_t stream)
{
    struct stream *s = ch->state == CHANNEL_OPEN ? stream_find(ch, stream) : NULL;

    assert(ch->config.role == CHANNEL_CLIENT);
    if (s == NULL || s->is_cancelled) {
        return;
    }
    stream_drop_out(ch, s);
    stream_drop_in(ch, s);
    s->is_cancelled = true;
    s->has_cancel = true;
    send_ready(ch, s);
}

void channel_consumed(struct channel *ch, uint32_t stream, uint32_t credit)
{
    struct stream *s = ch->state == CHANNEL_OPEN ? stream_find(ch, stream) : NULL;

    if (s == NULL) {
        return;
    }
    assert(credit <= s->unread);
    s->unread -= credit;
    s->returnable += credit;
    if (s->unread == 0) {
        s->returnable += s->withheld;
        s->withheld = 0;
    }
    send_stream_window(ch, s);
}

bool channel_ping(struct channel *ch, const uint8_t octets[static FRAME_PING_LEN])
{
    if (!may_send(ch) || ch->is_ping_out) {
        return false;
    }
    ch->is_ping_out = true;
    memcpy(ch->ping, octets, sizeof(ch->ping));
    send_frame(ch, FRAME_PING, 0, 0, (struct bytes){ octets, FRAME_PING_LEN }, (struct bytes){ 0 });
    return true;
}
