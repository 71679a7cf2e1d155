/* SPDX-License-Identifier: Apache-2.0 */
#include "e2ee/channel_parts.h"
#include "unit/e2ee/pair.h"

static void a_call_brings_its_request_and_its_answer(void **state)
{
    struct channel_status status = {
        .code = ERR_NOT_FOUND,
        .reason = bytes_of("NOT_FOUND"),
        .message = bytes_of("no such agent"),
        .details = bytes_of("details"),
    };
    struct pair p;
    uint32_t stream;

    (void)state;
    pair_start(&p);
    stream = call(&p, "GetAgent", "request");
    carry(&p);
    assert_int_equal(stream, 1);
    assert_int_equal(p.worker.opened, stream);
    assert_string_equal(p.worker.method, "GetAgent");
    assert_int_equal(p.worker.message_len, 7);
    assert_memory_equal(p.worker.last, "request", 7);
    assert_int_equal(channel_send_message(p.worker.ch, stream, bytes_of("answer")), SEND_OK);
    assert_int_equal(channel_send_message(p.worker.ch, stream, bytes_of("")), SEND_OK);
    channel_end(p.worker.ch, stream, &status);
    carry(&p);
    assert_int_equal(p.client.messages, 2);
    assert_int_equal(p.client.message_len, 0);
    assert_memory_equal(p.client.last, "answer", 6);
    assert_int_equal(p.client.ended, stream);
    assert_int_equal(p.client.code, ERR_NOT_FOUND);
    assert_string_equal(p.client.reason, "NOT_FOUND");
    assert_string_equal(p.client.message, "no such agent");
    assert_string_equal(p.client.details, "details");
    assert_int_equal(channel_counts(p.client.ch).streams, 0);
    assert_int_equal(channel_counts(p.worker.ch).streams, 0);
    assert_int_equal(channel_send_message(p.worker.ch, stream, bytes_of("late")), SEND_GONE);
    pair_done(&p);
}

static void messages_of_every_size_arrive_whole(void **state)
{
    static const size_t SIZES[] = { 0,     1,      32759,  32760,   32761,
                                    65511, 262144, 300000, 5000000, CHANNEL_MESSAGE_MAX };
    struct pair p;
    struct err e;

    (void)state;
    pair_start(&p);
    for (size_t i = 0; i < ARRAY_LEN(SIZES); i++) {
        struct bytes message CLEANUP(blob_done) = blob(SIZES[i], (uint8_t)i);
        uint32_t stream = channel_open(p.client.ch, bytes_of("Echo"), message, &e);
        size_t head = message.n < LAST_MAX ? message.n : LAST_MAX;

        carry(&p);
        assert_int_equal(p.worker.message_stream, stream);
        assert_int_equal(p.worker.message_len, message.n);
        assert_memory_equal(p.worker.last, message.p, head);
        assert_int_equal(channel_send_message(p.worker.ch, stream, message), SEND_OK);
        channel_end_ok(p.worker.ch, stream);
        carry(&p);
        assert_int_equal(p.client.message_len, message.n);
        assert_memory_equal(p.client.last, message.p, head);
        assert_int_equal(p.client.ended, stream);
        assert_int_equal(p.client.code, ERR_OK);
    }
    assert_int_equal(channel_counts(p.client.ch).unfinished, 0);
    assert_int_equal(channel_counts(p.worker.ch).unfinished, 0);
    pair_done(&p);
}

static void a_message_beyond_16_mib_ends_the_call_and_not_the_channel(void **state)
{
    struct bytes message CLEANUP(blob_done) = blob(CHANNEL_MESSAGE_MAX + 1, 0);
    struct pair p;
    struct err e;
    uint32_t stream;

    (void)state;
    pair_start(&p);
    assert_int_equal(channel_open(p.client.ch, bytes_of("Echo"), message, &e), 0);
    assert_string_equal(e.reason, "TOO_LARGE");
    stream = call(&p, "Big", "");
    carry(&p);
    assert_int_equal(channel_send_message(p.worker.ch, stream, message), SEND_GONE);
    carry(&p);
    assert_int_equal(p.client.code, ERR_RESOURCE_EXHAUSTED);
    assert_string_equal(p.client.reason, "TOO_LARGE");
    assert_int_equal(channel_state(p.client.ch), CHANNEL_OPEN);
    pair_done(&p);
}

/* Send parts of 60,000 octets on a raw stream until the channel objects or enough are sent. */
static size_t pour(struct raw *r, uint32_t stream, size_t most)
{
    static const uint8_t PART[60000];
    size_t sent = 0;

    while (sent < most && r->end.cancels == 0) {
        raw_frame(r, FRAME_DATA, FRAME_MORE, stream, PART, sizeof(PART));
        sent += sizeof(PART);
    }
    return sent;
}

static void a_request_that_grows_beyond_16_mib_is_refused(void **state)
{
    struct raw r;
    struct frame f = { 0 };
    uint8_t plain[RECORD_PLAIN_MAX];

    (void)state;
    raw_start(&r, CHANNEL_WORKER);
    raw_open(&r, 1, true, 0);
    assert_in_range(pour(&r, 1, 2 * CHANNEL_MESSAGE_MAX), CHANNEL_MESSAGE_MAX,
                    CHANNEL_MESSAGE_MAX + 60000);
    while (raw_hear(&r, false, &f, plain) && f.type != FRAME_END) {
    }
    assert_int_equal(f.type, FRAME_END);
    assert_int_equal(f.status.code, ERR_RESOURCE_EXHAUSTED);
    assert_true(bytes_are(f.status.reason, "TOO_LARGE"));
    raw_frame(&r, FRAME_DATA, 0, 1, "late", 4); /* the client cannot know yet */
    assert_int_equal(channel_state(r.end.ch), CHANNEL_OPEN);
    assert_int_equal(channel_counts(r.end.ch).unfinished, 0);
    raw_done(&r);
}

static void unfinished_requests_of_a_channel_hold_32_mib_at_most(void **state)
{
    struct raw r;

    (void)state;
    raw_start(&r, CHANNEL_WORKER);
    for (uint32_t stream = 1; stream <= 4; stream++) {
        raw_open(&r, stream, true, 0);
        (void)pour(&r, stream, 12000000);
    }
    assert_int_equal(r.end.cancels, 1);
    assert_int_equal(r.end.cancelled, 3);
    assert_true(channel_counts(r.end.ch).unfinished <= CHANNEL_UNFINISHED_MAX);
    assert_int_equal(channel_state(r.end.ch), CHANNEL_OPEN);
    raw_done(&r);
}

static void unfinished_requests_of_all_channels_share_one_budget(void **state)
{
    struct channel_budget budget = { .max = 200000 };
    struct raw one;
    struct raw two;

    (void)state;
    raw_init(&one, CHANNEL_WORKER, &(struct channel_config){ .budget = &budget });
    raw_init(&two, CHANNEL_WORKER, &(struct channel_config){ .budget = &budget });
    channel_admit(one.end.ch);
    channel_admit(two.end.ch);
    raw_open(&one, 1, true, 0);
    raw_open(&two, 1, true, 0);
    (void)pour(&one, 1, 180000);
    assert_int_equal(one.end.cancels, 0);
    (void)pour(&two, 1, 60000);
    assert_int_equal(two.end.cancels, 1);
    assert_int_equal(budget.held, 180000);
    raw_done(&one);
    raw_done(&two);
    assert_int_equal(budget.held, 0);
}

static void a_reader_that_stands_still_stops_its_own_stream_only(void **state)
{
    struct bytes message CLEANUP(blob_done) = blob(20000, 1);
    struct pair p;
    unsigned before;

    (void)state;
    pair_start(&p);
    p.client.consumes = false;
    for (int i = 0; i < 100; i++) {
        (void)call(&p, "Watch", "");
    }
    carry(&p);
    for (uint32_t stream = 2; stream <= 100; stream++) {
        while (channel_send_message(p.worker.ch, stream, message) == SEND_OK) {
            carry(&p);
        }
    }
    p.client.consumes = true;
    before = p.client.messages;
    for (int i = 0; i < 500; i++) {
        assert_int_equal(channel_send_message(p.worker.ch, 1, message), SEND_OK);
        carry(&p);
    }
    assert_int_equal(p.client.messages - before, 500);
    assert_int_equal(p.client.message_stream, 1);
    pair_done(&p);
}

static void a_stalled_stream_holds_a_window_and_goes_on_when_read(void **state)
{
    struct bytes message CLEANUP(blob_done) = blob(1000, 1);
    struct pair p;
    uint32_t stream;
    unsigned sent = 0;

    (void)state;
    pair_start(&p);
    p.client.consumes = false;
    stream = call(&p, "Watch", "");
    carry(&p);
    while (channel_send_message(p.worker.ch, stream, message) == SEND_OK) {
        sent++;
        carry(&p);
    }
    assert_int_equal(sent, STREAM_CREDIT / 1040 + 1); /* and one that waits */
    assert_int_equal(p.client.messages, sent - 1);
    assert_int_equal(channel_counts(p.worker.ch).pending, 1000);
    channel_consumed(p.client.ch, stream, p.client.unreturned[stream]);
    carry(&p);
    assert_int_equal(p.worker.writables, 1);
    assert_int_equal(p.worker.writable, stream);
    assert_int_equal(p.client.messages, sent);
    assert_int_equal(channel_counts(p.worker.ch).pending, 0);
    pair_done(&p);
}

/* Without returning it while parts come, a message larger than the window would never end. */
static void a_large_message_behind_an_unread_one_waits_for_the_reader(void **state)
{
    struct bytes large CLEANUP(blob_done) = blob(1000000, 3);
    struct pair p;
    uint32_t stream;

    (void)state;
    pair_start(&p);
    p.client.consumes = false;
    stream = call(&p, "Watch", "");
    carry(&p);
    assert_int_equal(channel_send_message(p.worker.ch, stream, bytes_of("small")), SEND_OK);
    assert_int_equal(channel_send_message(p.worker.ch, stream, large), SEND_OK);
    carry(&p);
    assert_int_equal(p.client.messages, 1);
    assert_true(channel_counts(p.client.ch).unfinished <= STREAM_CREDIT);
    channel_consumed(p.client.ch, stream, p.client.unreturned[stream]);
    carry(&p);
    assert_int_equal(p.client.messages, 2);
    assert_int_equal(p.client.message_len, large.n);
    pair_done(&p);
}

/* A record cannot be told apart on the wire; its order of streams can, at the other end. */
struct order {
    uint32_t streams[64];
    size_t n;
};

static void note_order(struct end *end, uint32_t stream)
{
    struct order *order = end->arg;

    if (order->n < ARRAY_LEN(order->streams)) {
        order->streams[order->n++] = stream;
    }
}

static void waiting_streams_are_served_in_turn(void **state)
{
    struct bytes message CLEANUP(blob_done) = blob(30000, 1);
    struct order order = { .n = 0 };
    struct pair p;

    (void)state;
    pair_start(&p);
    for (int i = 0; i < 4; i++) {
        (void)call(&p, "Watch", "");
    }
    carry(&p);
    channel_hold(p.worker.ch, true);
    for (uint32_t stream = 1; stream <= 4; stream++) {
        assert_int_equal(channel_send_message(p.worker.ch, stream, message), SEND_OK);
        assert_int_equal(channel_send_message(p.worker.ch, stream, message), SEND_FULL);
    }
    assert_true(wire_is_empty(&p.worker.out));
    p.client.then = note_order;
    p.client.arg = &order;
    channel_hold(p.worker.ch, false);
    carry(&p);
    assert_int_equal(order.n, 4);
    for (uint32_t i = 0; i < 4; i++) {
        assert_int_equal(order.streams[i], i + 1);
    }
    assert_int_equal(p.worker.writables, 4);
    pair_done(&p);
}

/* Streams with long messages share the channel frame by frame. */
static void long_messages_are_sent_frame_by_frame_in_turn(void **state)
{
    struct bytes message CLEANUP(blob_done) = blob(100000, 1);
    struct raw r;
    struct frame f;
    uint8_t plain[RECORD_PLAIN_MAX];
    unsigned frames = 0;

    (void)state;
    raw_start(&r, CHANNEL_WORKER);
    for (uint32_t stream = 1; stream <= 3; stream++) {
        raw_open(&r, stream, false, 0);
    }
    channel_hold(r.end.ch, true);
    for (uint32_t stream = 1; stream <= 3; stream++) {
        assert_int_equal(channel_send_message(r.end.ch, stream, message), SEND_OK);
    }
    channel_hold(r.end.ch, false);
    while (raw_hear(&r, false, &f, plain)) {
        assert_int_equal(f.type, FRAME_DATA);
        assert_int_equal(f.stream, frames % 3 + 1);
        assert_int_equal(f.more, frames < 9);
        frames++;
    }
    assert_int_equal(frames, 12);
    raw_done(&r);
}

/* Send messages of one frame until a stream has used `octets` of credit. */
static void use_up(struct end *worker, uint32_t stream, uint32_t octets)
{
    static const uint8_t MESSAGE[32760];

    while (octets > 0) {
        uint32_t cost = octets < 2 * (sizeof(MESSAGE) + 40) && octets > sizeof(MESSAGE) + 40
                            ? octets / 2
                            : (octets < sizeof(MESSAGE) + 40 ? octets : sizeof(MESSAGE) + 40);

        assert_int_equal(
            channel_send_message(worker->ch, stream, (struct bytes){ MESSAGE, cost - 40 }),
            SEND_OK);
        octets -= cost;
    }
    assert_int_equal(channel_counts(worker->ch).pending, 0);
}

static void credit_is_used_to_its_last_octet_and_not_beyond(void **state)
{
    enum { LEFT = 1000 };
    static const uint8_t MESSAGE[LEFT];

    (void)state;
    for (uint32_t extra = 0; extra <= 1; extra++) {
        struct bytes message = { MESSAGE, LEFT - 40 + extra };
        struct pair p;

        pair_start(&p);
        for (int i = 0; i < 17; i++) {
            (void)call(&p, "Watch", "");
        }
        carry(&p);
        use_up(&p.worker, 1, STREAM_CREDIT - LEFT); /* a stream's credit */
        assert_int_equal(channel_send_message(p.worker.ch, 1, message), SEND_OK);
        assert_int_equal(channel_counts(p.worker.ch).pending, extra == 0 ? 0 : message.n);
        pair_done(&p);

        pair_start(&p);
        for (int i = 0; i < 17; i++) {
            (void)call(&p, "Watch", "");
        }
        carry(&p);
        for (uint32_t stream = 1; stream <= 15; stream++) {
            use_up(&p.worker, stream, STREAM_CREDIT);
        }
        use_up(&p.worker, 16, STREAM_CREDIT - LEFT); /* the channel's credit */
        assert_int_equal(channel_counts(p.worker.ch).send_credit, LEFT);
        assert_int_equal(channel_send_message(p.worker.ch, 17, message), SEND_OK);
        assert_int_equal(channel_counts(p.worker.ch).pending, extra == 0 ? 0 : message.n);
        pair_done(&p);
    }
}

static void messages_that_wait_are_bounded_over_all_streams(void **state)
{
    struct bytes message CLEANUP(blob_done) = blob(CHANNEL_MESSAGE_MAX, 1);
    struct pair p;

    (void)state;
    pair_start(&p);
    for (int i = 0; i < 3; i++) {
        (void)call(&p, "Watch", "");
    }
    carry(&p);
    channel_hold(p.worker.ch, true);
    assert_int_equal(channel_send_message(p.worker.ch, 1, message), SEND_OK);
    assert_int_equal(channel_send_message(p.worker.ch, 2, message), SEND_OK);
    assert_int_equal(channel_send_message(p.worker.ch, 3, message), SEND_FULL);
    assert_int_equal(channel_counts(p.worker.ch).pending, CHANNEL_PENDING_MAX);
    channel_hold(p.worker.ch, false);
    carry(&p);
    assert_int_equal(p.client.messages, 2);
    assert_int_equal(p.worker.writables, 1);
    assert_int_equal(p.worker.writable, 3);
    pair_done(&p);
}

static void an_end_comes_after_what_was_sent_and_an_abort_before_it(void **state)
{
    struct bytes message CLEANUP(blob_done) = blob(2000000, 1);
    struct channel_status revoked = { .code = ERR_PERMISSION_DENIED,
                                      .reason = bytes_of("ACCESS_REVOKED") };
    struct pair p;

    (void)state;
    pair_start(&p);
    (void)call(&p, "Watch", "");
    (void)call(&p, "Watch", "");
    carry(&p);
    assert_int_equal(channel_send_message(p.worker.ch, 1, message), SEND_OK);
    channel_end_ok(p.worker.ch, 1);
    assert_int_equal(channel_send_message(p.worker.ch, 2, message), SEND_OK);
    channel_abort(p.worker.ch, 2, &revoked);
    carry(&p);
    assert_int_equal(p.client.ends, 2);
    assert_int_equal(p.client.messages, 1);
    assert_int_equal(p.client.message_stream, 1);
    assert_int_equal(p.client.ended, 1);
    assert_int_equal(channel_counts(p.worker.ch).pending, 0);
    pair_done(&p);
}

static void a_cancelled_call_ends_silently_at_the_client(void **state)
{
    struct bytes message CLEANUP(blob_done) = blob(500000, 1);
    struct pair p;
    uint32_t stream;

    (void)state;
    pair_start(&p);
    stream = call(&p, "Watch", "");
    carry(&p);
    assert_int_equal(channel_send_message(p.worker.ch, stream, message), SEND_OK);
    channel_cancel(p.client.ch, stream);
    channel_cancel(p.client.ch, stream);
    carry(&p);
    assert_int_equal(p.worker.cancels, 1);
    assert_int_equal(p.worker.cancelled, stream);
    assert_int_equal(p.client.messages, 0);
    assert_int_equal(p.client.ends, 0);
    assert_int_equal(channel_counts(p.client.ch).streams, 0);
    assert_int_equal(channel_counts(p.worker.ch).streams, 0);
    assert_int_equal(channel_state(p.client.ch), CHANNEL_OPEN);
    pair_done(&p);
}

static void a_call_cancelled_before_it_was_sent_is_never_run(void **state)
{
    struct pair p;
    uint32_t stream;

    (void)state;
    pair_start(&p);
    channel_hold(p.client.ch, true);
    stream = call(&p, "Delete", "everything");
    channel_cancel(p.client.ch, stream);
    channel_hold(p.client.ch, false);
    carry(&p);
    assert_int_equal(p.worker.opens, 1);
    assert_int_equal(p.worker.messages, 0);
    assert_int_equal(p.worker.cancels, 1);
    assert_int_equal(call(&p, "Next", ""), stream + 1);
    carry(&p);
    assert_int_equal(p.worker.messages, 1);
    pair_done(&p);
}

static void nothing_follows_a_cancel(void **state)
{
    struct bytes request CLEANUP(blob_done) = blob(1000000, 1);
    struct raw r;
    struct frame f;
    uint8_t plain[RECORD_PLAIN_MAX];
    bool is_cancelled = false;
    struct err e;

    (void)state;
    raw_start(&r, CHANNEL_CLIENT);
    assert_int_equal(channel_open(r.end.ch, bytes_of("Upload"), request, &e), 1);
    channel_cancel(r.end.ch, 1);
    assert_int_equal(channel_counts(r.end.ch).pending, 0);
    raw_say_hex(&r, "030000000000000100080000"); /* credit that crossed the CANCEL */
    while (raw_hear(&r, true, &f, plain)) {
        assert_false(is_cancelled);
        is_cancelled = f.type == FRAME_CANCEL;
    }
    assert_true(is_cancelled);
    raw_done(&r);
}

static void refuse_at_once(struct end *end, uint32_t stream)
{
    channel_end_ok(end->ch, stream);
}

static void a_call_ended_when_it_opens_brings_no_request(void **state)
{
    struct pair p;

    (void)state;
    for (int is_held = 0; is_held <= 1; is_held++) {
        pair_start(&p);
        p.worker.then_on_open = refuse_at_once;
        channel_hold(p.worker.ch, is_held == 1);
        (void)call(&p, "Nothing", "request");
        carry(&p);
        assert_int_equal(p.worker.opens, 1);
        assert_int_equal(p.worker.messages, 0);
        channel_hold(p.worker.ch, false);
        carry(&p);
        assert_int_equal(p.client.ends, 1);
        pair_done(&p);
    }
}

static void an_end_may_come_before_the_request_is_complete(void **state)
{
    struct bytes request CLEANUP(blob_done) = blob(1000000, 1);
    struct channel_status status = { .code = ERR_UNIMPLEMENTED,
                                     .reason = bytes_of("UNKNOWN_METHOD") };
    struct pair p;
    struct err e;
    uint32_t stream;

    (void)state;
    pair_start(&p);
    stream = channel_open(p.client.ch, bytes_of("Nothing"), request, &e);
    assert_true(carry_one(&p.client, &p.worker));
    channel_end(p.worker.ch, stream, &status);
    carry(&p);
    assert_int_equal(p.client.ends, 1);
    assert_int_equal(p.client.code, ERR_UNIMPLEMENTED);
    assert_int_equal(p.worker.messages, 0);
    assert_int_equal(channel_counts(p.client.ch).pending, 0);
    assert_int_equal(channel_state(p.worker.ch), CHANNEL_OPEN);
    pair_done(&p);
}

static void the_257th_open_call_is_refused_and_the_channel_goes_on(void **state)
{
    struct raw r;
    struct frame f;
    uint8_t plain[RECORD_PLAIN_MAX];
    struct pair p;
    struct err e;

    (void)state;
    raw_start(&r, CHANNEL_WORKER);
    for (uint32_t stream = 1; stream <= 257; stream++) {
        raw_open(&r, stream, false, 0);
    }
    assert_int_equal(r.end.opens, 256);
    assert_true(raw_hear(&r, false, &f, plain));
    assert_int_equal(f.type, FRAME_END);
    assert_int_equal(f.stream, 257);
    assert_true(bytes_are(f.status.reason, "LIMIT"));
    channel_end_ok(r.end.ch, 7);
    raw_open(&r, 258, false, 0);
    assert_int_equal(r.end.opened, 258);
    raw_done(&r);

    pair_start(&p);
    for (int i = 0; i < 256; i++) {
        (void)call(&p, "Watch", "");
    }
    assert_int_equal(channel_open(p.client.ch, bytes_of("Watch"), (struct bytes){ 0 }, &e), 0);
    assert_string_equal(e.reason, "LIMIT");
    pair_done(&p);
}

static void before_hello_there_is_one_stream_and_no_other(void **state)
{
    struct pair p;
    struct err e;
    uint32_t stream;

    (void)state;
    pair_init(&p, &(struct channel_config){ 0 });
    stream = call(&p, "Hello", "proof");
    assert_int_equal(channel_open(p.client.ch, bytes_of("Next"), bytes_of(""), &e), 0);
    assert_string_equal(e.reason, "LIMIT");
    carry(&p);
    assert_int_equal(p.worker.messages, 1);
    channel_admit(p.worker.ch);
    channel_end_ok(p.worker.ch, stream);
    carry(&p);
    channel_admit(p.client.ch);
    (void)call(&p, "Next", "");
    carry(&p);
    assert_int_equal(p.worker.messages, 2);
    pair_done(&p);
}

static void a_ping_is_answered_once(void **state)
{
    static const uint8_t OCTETS[FRAME_PING_LEN] = { 1, 2, 3, 4, 5, 6, 7, 8 };
    struct pair p;

    (void)state;
    pair_start(&p);
    assert_true(channel_ping(p.client.ch, OCTETS));
    assert_false(channel_ping(p.client.ch, OCTETS));
    carry(&p);
    assert_int_equal(p.client.pongs, 1);
    assert_true(channel_ping(p.client.ch, OCTETS));
    assert_true(channel_ping(p.worker.ch, OCTETS));
    carry(&p);
    assert_int_equal(p.client.pongs, 2);
    assert_int_equal(p.worker.pongs, 1);
    pair_done(&p);
}

static void a_close_is_answered_and_ends_both_sides_once(void **state)
{
    struct pair p;

    (void)state;
    pair_start(&p);
    (void)call(&p, "Watch", "");
    carry(&p);
    channel_close(p.worker.ch, CHANNEL_SHUTTING_DOWN);
    channel_close(p.worker.ch, CHANNEL_DONE);
    assert_int_equal(channel_state(p.worker.ch), CHANNEL_CLOSING);
    carry(&p);
    assert_int_equal(channel_state(p.worker.ch), CHANNEL_CLOSED);
    assert_int_equal(channel_state(p.client.ch), CHANNEL_CLOSED);
    assert_int_equal(p.client.closes, 1);
    assert_int_equal(p.client.cause.kind, CHANNEL_ENDED_BY_PEER);
    assert_int_equal(p.client.cause.reason, CHANNEL_SHUTTING_DOWN);
    assert_int_equal(p.client.finishes, 1);
    assert_int_equal(p.worker.closes, 0);
    assert_int_equal(p.worker.finishes, 1);
    assert_int_equal(p.client.ends, 0);
    pair_done(&p);
}

static void what_crosses_a_close_is_dropped(void **state)
{
    struct pair p;
    struct err e;

    (void)state;
    pair_start(&p);
    (void)call(&p, "Watch", "");
    channel_close(p.worker.ch, CHANNEL_DONE);
    carry(&p);
    assert_int_equal(p.worker.opens, 0);
    assert_int_equal(p.worker.finishes, 1);
    assert_int_equal(channel_open(p.client.ch, bytes_of("Late"), bytes_of(""), &e), 0);
    assert_string_equal(e.reason, "GOING_AWAY");
    assert_int_equal(channel_send_message(p.worker.ch, 1, bytes_of("late")), SEND_GONE);
    pair_done(&p);
}

static void both_may_close_at_once(void **state)
{
    struct pair p;

    (void)state;
    pair_start(&p);
    channel_close(p.worker.ch, CHANNEL_SHUTTING_DOWN);
    channel_close(p.client.ch, CHANNEL_DONE);
    carry(&p);
    assert_int_equal(p.client.finishes, 1);
    assert_int_equal(p.worker.finishes, 1);
    assert_int_equal(p.client.closes + p.worker.closes, 0);
    pair_done(&p);
}

/* Take two records off the wire and hand one over as a test likes. */
static void a_record_out_of_order_ends_the_channel_and_delivers_nothing(void **state)
{
    enum { REPLAYED, REORDERED, DROPPED, CUT, FLIPPED, REFLECTED, SHORT, CASES };

    (void)state;
    for (int which = REPLAYED; which < CASES; which++) {
        struct pair p;
        struct buf first CLEANUP(buf_done) = { 0 };
        struct buf second CLEANUP(buf_done) = { 0 };
        unsigned delivered = which == REPLAYED ? 1 : 0;
        struct end *victim;

        pair_start(&p);
        victim = which == REFLECTED ? &p.client : &p.worker;
        (void)call(&p, "One", "");
        (void)call(&p, "Two", "");
        first = wire_take(&p.client.out);
        second = wire_take(&p.client.out);
        if (which == REPLAYED) {
            channel_feed(p.worker.ch, buf_view(&first));
        } else if (which == CUT) {
            first.n--;
        } else if (which == FLIPPED) {
            first.p[first.n / 2] ^= 1;
        } else if (which == SHORT) {
            first.n = AEAD_TAG_LEN;
        }
        channel_feed(victim->ch,
                     which == REORDERED || which == DROPPED ? buf_view(&second) : buf_view(&first));
        assert_int_equal(channel_state(victim->ch), CHANNEL_CLOSED);
        assert_int_equal(victim->opens, delivered);
        assert_int_equal(victim->closes, 1);
        assert_int_equal(victim->cause.kind, CHANNEL_BROKEN);
        assert_int_equal(victim->finishes, 1);
        assert_true(wire_is_empty(&p.worker.out)); /* no answer */
        channel_feed(victim->ch, buf_view(&second));
        assert_int_equal(victim->opens, delivered);
        pair_done(&p);
    }
}

static void padding_is_accepted_and_a_fill_is_answered_when_granted(void **state)
{
    static const uint8_t FILL[128] = { FRAME_FILL, FRAME_ANSWER, 0, 120 };
    struct raw r;
    struct frame f;
    uint8_t plain[RECORD_PLAIN_MAX];

    (void)state;
    raw_init(&r, CHANNEL_WORKER, &(struct channel_config){ .features = FEATURE_ANSWER_FILL });
    raw_say_hex(&r, "0100000500000001"
                    "0548656c6c6f"
                    "c0ffee"
                    "0000000000");
    assert_string_equal(r.end.method, "Hello");
    assert_int_equal(r.end.message_len, 3);
    raw_say(&r, FILL, sizeof(FILL));
    assert_true(raw_hear(&r, false, &f, plain));
    assert_int_equal(f.type, FRAME_FILL);
    assert_false(f.answer);
    assert_int_equal(f.body.n + FRAME_HEADER_LEN, sizeof(FILL));
    assert_false(raw_hear(&r, false, &f, plain));
    raw_done(&r);

    raw_start(&r, CHANNEL_WORKER);
    raw_say(&r, FILL, sizeof(FILL));
    assert_false(raw_hear(&r, false, &f, plain));
    assert_int_equal(channel_state(r.end.ch), CHANNEL_OPEN);
    raw_done(&r);
}

/* A Worker holds 6 KiB for an idle channel at most, all told; most of that is not ours. */
static void an_idle_channel_is_small(void **state)
{
    struct pair p;

    (void)state;
    pair_start(&p);
    for (int i = 0; i < 256; i++) {
        (void)call(&p, "Watch", "");
    }
    carry(&p);
    for (uint32_t stream = 1; stream <= 256; stream++) {
        channel_end_ok(p.worker.ch, stream);
    }
    carry(&p);
    assert_int_equal(channel_counts(p.client.ch).streams, 0);
    assert_true(sizeof(struct channel) + p.worker.ch->cap_streams * sizeof(void *) <= 1024);
    pair_done(&p);
}

int main(void)
{
    static const struct CMUnitTest TESTS[] = {
        cmocka_unit_test(a_call_brings_its_request_and_its_answer),
        cmocka_unit_test(messages_of_every_size_arrive_whole),
        cmocka_unit_test(a_message_beyond_16_mib_ends_the_call_and_not_the_channel),
        cmocka_unit_test(a_request_that_grows_beyond_16_mib_is_refused),
        cmocka_unit_test(unfinished_requests_of_a_channel_hold_32_mib_at_most),
        cmocka_unit_test(unfinished_requests_of_all_channels_share_one_budget),
        cmocka_unit_test(a_reader_that_stands_still_stops_its_own_stream_only),
        cmocka_unit_test(a_stalled_stream_holds_a_window_and_goes_on_when_read),
        cmocka_unit_test(a_large_message_behind_an_unread_one_waits_for_the_reader),
        cmocka_unit_test(waiting_streams_are_served_in_turn),
        cmocka_unit_test(long_messages_are_sent_frame_by_frame_in_turn),
        cmocka_unit_test(credit_is_used_to_its_last_octet_and_not_beyond),
        cmocka_unit_test(messages_that_wait_are_bounded_over_all_streams),
        cmocka_unit_test(an_end_comes_after_what_was_sent_and_an_abort_before_it),
        cmocka_unit_test(a_cancelled_call_ends_silently_at_the_client),
        cmocka_unit_test(a_call_cancelled_before_it_was_sent_is_never_run),
        cmocka_unit_test(nothing_follows_a_cancel),
        cmocka_unit_test(a_call_ended_when_it_opens_brings_no_request),
        cmocka_unit_test(an_end_may_come_before_the_request_is_complete),
        cmocka_unit_test(the_257th_open_call_is_refused_and_the_channel_goes_on),
        cmocka_unit_test(before_hello_there_is_one_stream_and_no_other),
        cmocka_unit_test(a_ping_is_answered_once),
        cmocka_unit_test(a_close_is_answered_and_ends_both_sides_once),
        cmocka_unit_test(what_crosses_a_close_is_dropped),
        cmocka_unit_test(both_may_close_at_once),
        cmocka_unit_test(a_record_out_of_order_ends_the_channel_and_delivers_nothing),
        cmocka_unit_test(padding_is_accepted_and_a_fill_is_answered_when_granted),
        cmocka_unit_test(an_idle_channel_is_small),
    };

    return cmocka_run_group_tests(TESTS, NULL, NULL);
}
