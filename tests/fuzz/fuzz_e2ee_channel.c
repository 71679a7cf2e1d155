/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A channel whose peer holds the right keys and no manners. The input is a list of steps: a
 * frame's plaintext that is sealed and fed, a raw record, or something that the owner does.
 */
#include <assert.h>
#include <string.h>

#include "e2ee/channel.h"

struct owner {
    struct channel *ch;
    uint32_t credit; /* of the newest message */
    uint32_t stream;
    uint64_t emitted; /* octets */
    unsigned closes;
    unsigned finishes;
};

static void on_emit(void *arg, struct bytes record)
{
    struct owner *o = arg;

    assert(record.n >= RECORD_MIN && record.n <= RECORD_MAX);
    assert(o->finishes == 0);
    o->emitted += record.n;
}

static void on_open(void *arg, uint32_t stream, struct bytes method)
{
    struct owner *o = arg;

    assert(stream != 0 && method.n > 0 && o->closes == 0);
    o->stream = stream;
}

static void on_message(void *arg, uint32_t stream, struct bytes message, uint32_t credit)
{
    struct owner *o = arg;

    assert(message.n <= CHANNEL_MESSAGE_MAX && o->closes == 0);
    o->stream = stream;
    o->credit = credit;
}

static void on_end(void *arg, uint32_t stream, const struct channel_status *status)
{
    struct owner *o = arg;

    assert(stream != 0 && status->code <= ERR_UNAUTHENTICATED && o->closes == 0);
    o->credit = 0;
}

static void on_stream(void *arg, uint32_t stream)
{
    struct owner *o = arg;

    assert(stream != 0 && o->closes == 0);
}

static void on_closed(void *arg, const struct channel_end_cause *cause)
{
    struct owner *o = arg;

    assert(cause->why != NULL);
    o->closes++;
}

static void on_finished(void *arg)
{
    ((struct owner *)arg)->finishes++;
}

static void on_pong(void *arg)
{
    (void)arg;
}

static const struct channel_events EVENTS = {
    .emit = on_emit,
    .on_open = on_open,
    .on_message = on_message,
    .on_end = on_end,
    .on_cancel = on_stream,
    .on_writable = on_stream,
    .on_pong = on_pong,
    .on_closed = on_closed,
    .on_finished = on_finished,
};

/* What the owner does: `what` and the octets that come with it. */
static void act(struct owner *o, bool is_worker, uint8_t what, struct bytes octets)
{
    static const uint8_t LARGE[300000];
    static const uint8_t PING[FRAME_PING_LEN];
    struct bytes message = what & 0x10 ? (struct bytes){ LARGE, sizeof(LARGE) } : octets;
    struct err e;

    switch (what % 8) {
    case 0:
        if (is_worker) {
            (void)!channel_send_message(o->ch, o->stream, message);
        } else {
            (void)!channel_open(o->ch, bytes_of("M"), message, &e);
        }
        break;
    case 1:
        if (is_worker) {
            channel_end_ok(o->ch, o->stream);
        } else {
            channel_cancel(o->ch, o->stream + 1);
        }
        break;
    case 2:
        channel_consumed(o->ch, o->stream, o->credit);
        o->credit = 0;
        break;
    case 3:
        channel_hold(o->ch, (what & 0x20) != 0);
        break;
    case 4:
        (void)!channel_ping(o->ch, PING);
        break;
    case 5:
        channel_admit(o->ch);
        break;
    case 6:
        channel_feed(o->ch, octets);
        break;
    default:
        channel_close(o->ch, CHANNEL_DONE);
        break;
    }
}

static void feed_frame(struct owner *o, struct session *peer, struct bytes octets)
{
    uint8_t plain[RECORD_PLAIN_MAX] = { 0 };
    uint8_t record[RECORD_MAX];
    size_t n = octets.n < RECORD_PLAIN_MIN ? RECORD_PLAIN_MIN : octets.n;

    if (octets.n > 0) {
        memcpy(plain, octets.p, octets.n);
    }
    n = session_seal(peer, (struct bytes){ plain, n }, record);
    channel_feed(o->ch, (struct bytes){ record, n });
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct reader r = reader_of((struct bytes){ data, size });
    uint8_t setup = read_u8(&r);
    bool is_worker = (setup & 1) != 0;
    struct owner o = { .stream = 0 };
    struct handshake_result keys = { .send = { { 1 } }, .receive = { { 2 } } };
    struct channel_config config = {
        .role = is_worker ? CHANNEL_WORKER : CHANNEL_CLIENT,
        .events = &EVENTS,
        .arg = &o,
        .streams = (setup & 2) != 0 ? 2 : 0,
        .features = setup >> 2 & 3,
        .limits = { .records = 3, .octets = 1000 },
    };
    struct session peer;

    o.ch = channel_new(&config, &keys);
    session_init(&peer, &keys.receive, &keys.send, config.limits);
    while (!r.bad && r.left.n >= 2) {
        uint8_t what = read_u8(&r);
        struct bytes octets = read_bytes(&r, read_u8(&r));

        if ((what & 0x80) != 0) {
            act(&o, is_worker, what, octets);
        } else {
            feed_frame(&o, &peer, octets);
        }
    }
    assert(o.closes <= 1 && o.finishes <= 1);
    assert((channel_state(o.ch) == CHANNEL_CLOSED) == (o.finishes == 1));
    channel_free(o.ch);
    return 0;
}
