/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random schedules: both ends open, send, stand still, cancel, end and are held up in any order,
 * while records travel in any interleaving. Whatever the schedule: nobody breaks a rule, what was
 * sent arrives whole and in order, nothing is stuck once readers read, and all credit is back.
 */
#include "e2ee/channel_parts.h"
#include "unit/e2ee/pair.h"

enum { SCHEDULES = 120, STEPS = 400, STREAMS_MAX = 1000 };

/* The relay's bound for a direction of a channel. */
enum { RELAY_MAX = CHANNEL_CREDIT + 262144 };

struct schedule {
    struct pair p;
    struct chance chance;
    uint32_t streams;               /* opened */
    uint32_t sent[STREAMS_MAX];     /* messages that the Worker took, by stream */
    uint32_t received[STREAMS_MAX]; /* messages that the client saw */
    bool is_ended[STREAMS_MAX];     /* the Worker said END, after all its messages */
    bool is_dropped[STREAMS_MAX];   /* cancelled, or aborted */
};

/* A message names its stream and number, then whatever belongs to them. */
static struct bytes message_of(struct schedule *s, uint32_t stream, uint32_t number)
{
    static const size_t SIZES[] = { 8, 9, 40, 1000, 32752, 32753, 70000, 300000 };
    size_t n = SIZES[chance_below(&s->chance, ARRAY_LEN(SIZES))];
    struct bytes message = blob(n, (uint8_t)(stream + number));
    uint8_t *p = (uint8_t *)(uintptr_t)message.p;

    memcpy(p, &stream, 4);
    memcpy(p + 4, &number, 4);
    return message;
}

static void on_client_message(struct end *end, uint32_t stream)
{
    struct schedule *s = end->arg;
    uint32_t head[2];

    memcpy(head, end->last, sizeof(head));
    assert_int_equal(head[0], stream);
    assert_int_equal(head[1], s->received[stream]); /* in order, none missing */
    if (end->message_len > 8) {
        assert_int_equal(end->last[8], (uint8_t)(stream + head[1] + 8 * 7));
    }
    s->received[stream]++;
}

static void step_open(struct schedule *s)
{
    static const size_t SIZES[] = { 0, 1, 100, 40000, 400000 };
    struct bytes request CLEANUP(blob_done) = blob(SIZES[chance_below(&s->chance, 5)], 1);
    struct err e;

    if (s->streams + 1 < STREAMS_MAX &&
        channel_open(s->p.client.ch, bytes_of("M"), request, &e) != 0) {
        s->streams++;
    }
}

static void step_send(struct schedule *s, uint32_t stream)
{
    struct bytes message CLEANUP(blob_done) = message_of(s, stream, s->sent[stream]);

    if (stream <= s->p.worker.opened &&
        channel_send_message(s->p.worker.ch, stream, message) == SEND_OK) {
        s->sent[stream]++;
    }
}

static void step_end(struct schedule *s, uint32_t stream)
{
    static const struct channel_status ABORTED = { .code = ERR_ABORTED };
    struct stream *at = stream_find(s->p.worker.ch, stream);

    if (at == NULL || at->has_end) {
        return;
    }
    if (chance_below(&s->chance, 4) == 0) {
        s->is_dropped[stream] = true;
        channel_abort(s->p.worker.ch, stream, &ABORTED);
    } else {
        s->is_ended[stream] = true;
        channel_end_ok(s->p.worker.ch, stream);
    }
}

static void give_back(struct end *end, uint32_t stream)
{
    uint32_t credit = end->unreturned[stream];

    end->unreturned[stream] = 0;
    channel_consumed(end->ch, stream, credit);
}

static void step_cancel(struct schedule *s, uint32_t stream)
{
    if (stream_find(s->p.client.ch, stream) != NULL) {
        s->is_dropped[stream] = true;
        channel_cancel(s->p.client.ch, stream);
    }
}

static void carry_some(struct schedule *s, struct end *from, struct end *to)
{
    for (uint32_t n = chance_below(&s->chance, 12); n > 0 && carry_one(from, to); n--) {
    }
}

/* What the peer was allowed to send at first is all somewhere: none lost, none made. */
static void assert_credit_adds_up(const struct channel *ch)
{
    for (uint32_t i = 0; i < ch->n_streams; i++) {
        const struct stream *s = ch->streams[i];

        if (!s->is_cancelled && !s->has_end) {
            assert_int_equal(s->receive_credit + s->returnable + s->unread + s->withheld,
                             STREAM_CREDIT);
        }
    }
    assert_int_equal(ch->receive_credit + ch->returnable, CHANNEL_CREDIT);
}

static void step(struct schedule *s)
{
    uint32_t stream = 1 + chance_below(&s->chance, s->streams + 1);
    struct end *client = &s->p.client;
    struct end *worker = &s->p.worker;
    static const uint8_t OCTETS[FRAME_PING_LEN] = { 7 };

    switch (chance_below(&s->chance, 16)) {
    case 0:
    case 1:
        step_open(s);
        break;
    case 2:
    case 3:
    case 4:
    case 5:
        step_send(s, stream);
        break;
    case 6:
        step_end(s, stream);
        break;
    case 7:
        if (chance_below(&s->chance, 3) == 0) {
            step_cancel(s, stream);
        }
        break;
    case 8:
        client->consumes = !client->consumes;
        break;
    case 9:
        give_back(client, stream);
        break;
    case 10:
        channel_hold(worker->ch, chance_below(&s->chance, 2) == 0);
        break;
    case 11:
        channel_hold(client->ch, chance_below(&s->chance, 2) == 0);
        break;
    case 12:
        (void)!channel_ping(client->ch, OCTETS);
        break;
    case 13:
    case 14:
        carry_some(s, worker, client);
        break;
    default:
        carry_some(s, client, worker);
        break;
    }
    assert_int_equal(channel_state(client->ch), CHANNEL_OPEN);
    assert_int_equal(channel_state(worker->ch), CHANNEL_OPEN);
    assert_credit_adds_up(client->ch);
    assert_credit_adds_up(worker->ch);
}

/* Everybody reads and nobody holds up: all that was sent must now arrive. */
static void settle(struct schedule *s)
{
    s->p.client.consumes = true;
    channel_hold(s->p.client.ch, false);
    channel_hold(s->p.worker.ch, false);
    for (uint32_t stream = 1; stream <= s->streams; stream++) {
        give_back(&s->p.client, stream);
    }
    carry(&s->p);
    for (uint32_t stream = 1; stream <= s->streams; stream++) {
        if (!s->is_dropped[stream]) {
            assert_int_equal(s->received[stream], s->sent[stream]);
            s->is_ended[stream] = true;
            channel_end_ok(s->p.worker.ch, stream);
        }
    }
    carry(&s->p);
}

static void assert_all_is_back(const struct end *a, const struct end *b)
{
    struct channel_counts sender = channel_counts(a->ch);
    struct channel_counts receiver = channel_counts(b->ch);

    assert_int_equal(sender.streams, 0);
    assert_int_equal(sender.pending, 0);
    assert_int_equal(sender.unfinished, 0);
    assert_int_equal(sender.send_credit, receiver.receive_credit);
    assert_int_equal(sender.send_credit + receiver.returnable, CHANNEL_CREDIT);
    assert_true(receiver.returnable < CHANNEL_WINDOW_MIN);
    assert_true(a->out.most <= RELAY_MAX);
}

static void run_schedule(uint64_t seed)
{
    struct schedule *s = NEW(struct schedule);

    (void)fprintf(stderr, "# seed %llu\n", (unsigned long long)seed);
    s->chance.state = seed;
    pair_init(&s->p, &(struct channel_config){ .limits = { .records = 50, .octets = 100000 } });
    channel_admit(s->p.client.ch);
    channel_admit(s->p.worker.ch);
    s->p.client.then = on_client_message;
    s->p.client.arg = s;
    for (int i = 0; i < STEPS; i++) {
        step(s);
    }
    settle(s);
    assert_int_equal(s->p.client.closes + s->p.worker.closes, 0);
    assert_all_is_back(&s->p.client, &s->p.worker);
    assert_all_is_back(&s->p.worker, &s->p.client);
    pair_done(&s->p);
    free(s);
}

static void random_schedules_end_with_everything_delivered_and_all_credit_back(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= SCHEDULES; seed++) {
        run_schedule(seed);
    }
}

/* The Worker floods with the smallest messages; the wire must not take more than its bound. */
static void
one_octet_messages_to_a_reader_that_stands_still_stay_below_the_relays_bound(void **state)
{
    struct pair p;
    bool moved = true;

    (void)state;
    pair_start(&p);
    p.client.consumes = false;
    for (int i = 0; i < 100; i++) {
        (void)call(&p, "Watch", "");
    }
    carry(&p);
    while (moved) { /* nobody takes a record off the wire */
        moved = false;
        for (uint32_t stream = 1; stream <= 100; stream++) {
            moved = channel_send_message(p.worker.ch, stream, bytes_of("x")) == SEND_OK || moved;
        }
    }
    assert_true(p.worker.out.most <= CHANNEL_CREDIT);
    assert_true(p.worker.out.n * (RECORD_MIN + 1 + 16) <= RELAY_MAX);
    assert_true(channel_counts(p.worker.ch).send_credit < 41);
    pair_done(&p);
}

int main(void)
{
    static const struct CMUnitTest TESTS[] = {
        cmocka_unit_test(random_schedules_end_with_everything_delivered_and_all_credit_back),
        cmocka_unit_test(
            one_octet_messages_to_a_reader_that_stands_still_stay_below_the_relays_bound),
    };

    return cmocka_run_group_tests(TESTS, NULL, NULL);
}
