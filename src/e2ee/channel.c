/* SPDX-License-Identifier: Apache-2.0 */
#include "e2ee/channel.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "e2ee/channel_parts.h"

static const struct channel_status CANCELLED = { .code = ERR_CANCELLED };

struct channel *channel_new(const struct channel_config *config,
                            const struct handshake_result *keys)
{
    struct channel *ch = NEW(struct channel);
    struct session_limits limits = config->limits;

    ch->config = *config;
    if (ch->config.streams == 0) {
        ch->config.streams = CHANNEL_STREAMS_MAX;
    }
    session_init(&ch->session, &keys->send, &keys->receive,
                 limits.records != 0 ? limits : SESSION_LIMITS);
    list_init(&ch->ready);
    ch->send_credit = CHANNEL_CREDIT;
    ch->receive_credit = CHANNEL_CREDIT;
    return ch;
}

void channel_free(struct channel *ch)
{
    if (ch == NULL) {
        return;
    }
    stream_remove_all(ch);
    session_done(&ch->session);
    free(ch);
}

enum channel_state channel_state(const struct channel *ch)
{
    return ch->state;
}

void channel_admit(struct channel *ch)
{
    ch->is_admitted = true;
}

void channel_hold(struct channel *ch, bool full)
{
    ch->is_held = full;
    send_pong(ch);
    send_channel_window(ch);
    for (uint32_t i = 0; i < ch->n_streams; i++) {
        send_stream_window(ch, ch->streams[i]);
    }
    send_pump(ch);
}

struct channel_counts channel_counts(const struct channel *ch)
{
    return (struct channel_counts){
        .streams = ch->n_streams - ch->n_refused,
        .send_credit = ch->send_credit,
        .receive_credit = ch->receive_credit,
        .returnable = ch->returnable,
        .pending = ch->pending,
        .unfinished = ch->unfinished,
    };
}

/* ---- ends ---- */

static void say_close(struct channel *ch, enum channel_reason reason)
{
    uint8_t body[2] = { 0, (uint8_t)reason };

    stream_remove_all(ch);
    send_frame(ch, FRAME_CLOSE, 0, 0, (struct bytes){ body, sizeof(body) }, (struct bytes){ 0 });
}

void channel_close(struct channel *ch, enum channel_reason reason)
{
    if (ch->state == CHANNEL_OPEN) {
        ch->state = CHANNEL_CLOSING;
        say_close(ch, reason);
    }
}

static void tell_closed(struct channel *ch, struct channel_end_cause cause)
{
    if (ch->config.events->on_closed != NULL) {
        ch->config.events->on_closed(ch->config.arg, &cause);
    }
}

/* Nothing more can come or go. */
static void finish(struct channel *ch)
{
    ch->state = CHANNEL_CLOSED;
    stream_remove_all(ch);
    session_done(&ch->session);
    if (ch->config.events->on_finished != NULL) {
        ch->config.events->on_finished(ch->config.arg);
    }
}

/* The peer broke a rule. */
static void violated(struct channel *ch, const char *why)
{
    if (ch->state == CHANNEL_OPEN) {
        channel_close(ch, CHANNEL_PROTOCOL_ERROR);
        tell_closed(ch, (struct channel_end_cause){ .kind = CHANNEL_ENDED_BY_RULE,
                                                    .reason = CHANNEL_PROTOCOL_ERROR,
                                                    .why = why });
    }
}

static void on_close(struct channel *ch, uint16_t reason)
{
    bool was_open = ch->state == CHANNEL_OPEN;

    if (was_open) {
        ch->state = CHANNEL_CLOSING;
        say_close(ch, CHANNEL_DONE);
        tell_closed(ch, (struct channel_end_cause){
                            .kind = CHANNEL_ENDED_BY_PEER, .reason = reason, .why = "" });
    }
    finish(ch);
}

static void broken(struct channel *ch)
{
    bool was_open = ch->state == CHANNEL_OPEN;

    ch->state = CHANNEL_CLOSED;
    stream_remove_all(ch);
    if (was_open) {
        tell_closed(ch, (struct channel_end_cause){ .kind = CHANNEL_BROKEN,
                                                    .reason = CHANNEL_PROTOCOL_ERROR,
                                                    .why = "a record did not open" });
    }
    finish(ch);
}

/* ---- messages ---- */

/* A stream passed a limit: its call ends, the channel goes on. */
static void too_large(struct channel *ch, struct stream *s)
{
    struct channel_status status = {
        .code = ERR_RESOURCE_EXHAUSTED,
        .reason = bytes_of("TOO_LARGE"),
        .message = bytes_of("message is too large"),
    };
    uint32_t id = s->id;

    if (ch->config.role == CHANNEL_WORKER) {
        stream_drop_out(ch, s);
        send_end(ch, s, &status);
        ch->config.events->on_cancel(ch->config.arg, id);
    } else {
        channel_cancel(ch, id);
        ch->config.events->on_end(ch->config.arg, id, &status);
    }
}

/* The last part came: hand the whole message over, with the credit that it still holds. */
static void deliver(struct channel *ch, struct stream *s, struct bytes last, uint32_t cost)
{
    struct buf whole CLEANUP(buf_done) = { 0 };
    struct bytes message = last;
    uint32_t credit = s->withheld + cost;

    if (s->is_inside_message) {
        whole = s->in;
        message = buf_view(&whole);
        ch->unfinished -= whole.n;
        if (ch->config.budget != NULL) {
            ch->config.budget->held -= whole.n;
        }
        s->in = (struct buf){ 0 };
        s->is_inside_message = false;
    }
    s->withheld = 0;
    s->unread += credit;
    s->has_all = ch->config.role == CHANNEL_WORKER;
    ch->config.events->on_message(ch->config.arg, s->id, message, credit);
}

/*
 * Parts of a large message count as taken when they are put together, or no message beyond the
 * window could ever arrive; but not while an earlier message of the stream is unread, so that a
 * reader that stands still holds one message and a window, not more.
 */
static void give_back_part(struct channel *ch, struct stream *s, uint32_t cost)
{
    if (s->unread == 0) {
        s->returnable += cost;
        send_stream_window(ch, s);
    } else {
        s->withheld += cost;
    }
}

/* The next part of a message on a stream that wants it. */
static void on_part(struct channel *ch, struct stream *s, const struct frame *f, uint32_t cost)
{
    if (ch->config.role == CHANNEL_WORKER && !ch->is_admitted &&
        s->in.n + f->body.n > CHANNEL_HELLO_MAX) {
        violated(ch, "Hello is too large");
        return;
    }
    if (f->more || s->is_inside_message) {
        if (!stream_keep(ch, s, f->body)) {
            too_large(ch, s);
            return;
        }
    }
    if (f->more) {
        give_back_part(ch, s, cost);
    } else {
        deliver(ch, s, f->body, cost);
    }
}

/* ---- frames ---- */

/* Charge the peer's credit on a stream. False, and the channel closes, if it had none. */
static bool charge_stream(struct channel *ch, struct stream *s, uint32_t cost)
{
    if (cost > s->receive_credit) {
        violated(ch, "credit of a stream exceeded");
        return false;
    }
    s->receive_credit -= cost;
    return true;
}

static bool charge_channel(struct channel *ch, uint32_t cost)
{
    if (cost > ch->receive_credit) {
        violated(ch, "credit of the channel exceeded");
        return false;
    }
    ch->receive_credit -= cost;
    ch->returnable += cost;
    send_channel_window(ch);
    return true;
}

static void refuse(struct channel *ch, uint32_t id)
{
    struct channel_status status = { .code = ERR_RESOURCE_EXHAUSTED,
                                     .reason = bytes_of("LIMIT"),
                                     .message = bytes_of("too many calls are open") };
    struct stream *s;

    if (ch->n_refused == REFUSED_MAX) {
        violated(ch, "opens streams and takes no answers");
        return;
    }
    s = stream_add(ch, id);
    s->is_refused = true;
    ch->n_refused++;
    send_end(ch, s, &status);
}

static void on_open(struct channel *ch, const struct frame *f, uint32_t cost)
{
    struct stream *s;

    if (f->stream != ch->last_stream + 1) {
        violated(ch, "stream id out of turn");
        return;
    }
    if (!ch->is_admitted && (f->stream != 1 || !bytes_are(f->method, "Hello"))) {
        violated(ch, "something else before Hello");
        return;
    }
    ch->last_stream = f->stream;
    if (ch->n_streams - ch->n_refused >= ch->config.streams) {
        refuse(ch, f->stream);
        return;
    }
    s = stream_add(ch, f->stream);
    if (!charge_stream(ch, s, cost)) {
        return;
    }
    ch->config.events->on_open(ch->config.arg, f->stream, f->method);
    s = stream_find(ch, f->stream); /* the callback may have ended it, or the channel */
    if (s != NULL && !s->has_end) {
        on_part(ch, s, f, cost);
    }
}

static void on_data(struct channel *ch, const struct frame *f, uint32_t cost)
{
    struct stream *s = stream_find(ch, f->stream);

    if (s == NULL) {
        if (ch->config.role == CHANNEL_CLIENT) {
            violated(ch, "DATA after END");
        }
        return; /* at the Worker the client may not know yet that it ended */
    }
    if (s->has_all) {
        violated(ch, "DATA after the last part");
        return;
    }
    if (!charge_stream(ch, s, cost) || s->is_cancelled || s->has_end) {
        return;
    }
    on_part(ch, s, f, cost);
}

static void on_end(struct channel *ch, const struct frame *f)
{
    struct stream *s = stream_find(ch, f->stream);
    bool is_wanted = s != NULL && !s->is_cancelled;

    if (s == NULL) {
        violated(ch, "END after END");
        return;
    }
    stream_remove(ch, s);
    if (is_wanted) {
        ch->config.events->on_end(ch->config.arg, f->stream, &f->status);
    }
}

static void on_cancel(struct channel *ch, const struct frame *f)
{
    struct stream *s = stream_find(ch, f->stream);

    if (s == NULL) {
        return;
    }
    stream_drop_out(ch, s);
    if (s->has_end) {
        send_ready(ch, s); /* it need not wait for the stream's credit any more */
        return;
    }
    send_end(ch, s, &CANCELLED);
    ch->config.events->on_cancel(ch->config.arg, f->stream);
}

/* Add credit. False, and the channel closes, if the total passes 2^31 - 1. */
static bool add_credit(struct channel *ch, uint32_t *credit, uint32_t more)
{
    if (more > FRAME_CREDIT_MAX - *credit) {
        violated(ch, "credit total out of range");
        return false;
    }
    *credit += more;
    return true;
}

static void on_window(struct channel *ch, const struct frame *f)
{
    struct stream *s;

    if (f->stream == 0) {
        if (add_credit(ch, &ch->send_credit, f->credit)) {
            send_pump(ch);
        }
        return;
    }
    s = stream_find(ch, f->stream);
    if (s != NULL && add_credit(ch, &s->send_credit, f->credit)) {
        send_ready(ch, s);
    }
}

static void on_ping(struct channel *ch, const struct frame *f)
{
    if (ch->is_pong_owed) {
        violated(ch, "PING while a PONG is owed");
        return;
    }
    memcpy(ch->pong, f->body.p, sizeof(ch->pong));
    ch->is_pong_owed = true;
    send_pong(ch);
}

static void on_pong(struct channel *ch, const struct frame *f)
{
    if (!ch->is_ping_out || !bytes_equal(f->body, (struct bytes){ ch->ping, sizeof(ch->ping) })) {
        violated(ch, "PONG that was not asked for");
        return;
    }
    ch->is_ping_out = false;
    if (ch->config.events->on_pong != NULL) {
        ch->config.events->on_pong(ch->config.arg);
    }
}

/* A stream that is 0, was opened, or is being opened by this very frame. */
static bool names_a_stream(const struct channel *ch, const struct frame *f)
{
    const struct stream *s;

    if (f->stream == 0 || f->type == FRAME_OPEN) {
        return true;
    }
    if (f->stream > ch->last_stream) {
        return false;
    }
    s = stream_find(ch, f->stream);
    return s == NULL || s->method.n == 0; /* a client's OPEN may still be waiting */
}

static void on_frame(struct channel *ch, const struct frame *f, uint32_t cost)
{
    bool has_credit = f->type == FRAME_OPEN || f->type == FRAME_DATA || f->type == FRAME_END ||
                      f->type == FRAME_FILL;

    if (has_credit && !charge_channel(ch, cost)) {
        return;
    }
    if (!names_a_stream(ch, f)) {
        violated(ch, "frame on a stream never opened");
        return;
    }
    switch (f->type) {
    case FRAME_OPEN:
        on_open(ch, f, cost);
        return;
    case FRAME_DATA:
        on_data(ch, f, cost);
        return;
    case FRAME_WINDOW:
        on_window(ch, f);
        return;
    case FRAME_END:
        on_end(ch, f);
        return;
    case FRAME_CANCEL:
        on_cancel(ch, f);
        return;
    case FRAME_PING:
        on_ping(ch, f);
        return;
    case FRAME_PONG:
        on_pong(ch, f);
        return;
    case FRAME_CLOSE:
        on_close(ch, f->reason);
        return;
    case FRAME_FILL:
        if (f->answer && (ch->config.features & FEATURE_ANSWER_FILL) != 0) {
            send_fill(ch, cost - FRAME_OVERHEAD);
        }
        return;
    }
}

void channel_feed(struct channel *ch, struct bytes record)
{
    uint8_t plain[RECORD_PLAIN_MAX];
    struct frame f;
    const char *wrong;
    size_t n;

    if (ch->state == CHANNEL_CLOSED) {
        return;
    }
    n = session_open(&ch->session, record, plain);
    if (n == 0) {
        broken(ch);
        return;
    }
    wrong = frame_read((struct bytes){ plain, n }, ch->config.role == CHANNEL_WORKER, &f);
    if (wrong != NULL) {
        violated(ch, wrong);
    } else if (ch->state == CHANNEL_OPEN || f.type == FRAME_CLOSE) {
        on_frame(ch, &f, (uint32_t)n + FRAME_OVERHEAD);
    }
    wipe(plain, n);
}
