/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every way to break the rules of a channel: each is answered with CLOSE 2, once, and nothing of
 * the frame that did it is delivered.
 */
#include "unit/e2ee/pair.h"

struct rule {
    const char *name;
    enum channel_role role;         /* of the channel under test */
    const char *before;             /* frames that are fine, in hexadecimal, blanks between them */
    const char *frame;              /* the one that is not */
    void (*prepare)(struct raw *r); /* instead of, or after, `before` */
};

static void hold(struct raw *r)
{
    channel_hold(r->end.ch, true);
}

static void call_once(struct raw *r)
{
    struct err e;

    assert_int_equal(channel_open(r->end.ch, bytes_of("M"), bytes_of(""), &e), 1);
}

static void call_held(struct raw *r)
{
    channel_hold(r->end.ch, true);
    call_once(r);
}

static void ping_once(struct raw *r)
{
    static const uint8_t OCTETS[FRAME_PING_LEN] = { 0 };

    assert_true(channel_ping(r->end.ch, OCTETS));
}

#define W         CHANNEL_WORKER
#define C         CHANNEL_CLIENT
#define OPEN_MORE "0101000000000001014d"
#define OPEN_LAST "0100000000000001014d"
#define PING8     "0600000000000000aaaaaaaaaaaaaaaa"

static const struct rule RULES[] = {
    { "type 0", W, "", "0000000000000000", NULL },
    { "type 10", W, "", "0a00000000000000", NULL },
    { "type 255", C, "", "ff00000000000000", NULL },
    { "an unknown flag of OPEN", W, "", "0104000000000001014d", NULL },
    { "ANSWER on DATA", W, OPEN_MORE, "0202000000000001", NULL },
    { "MORE on WINDOW", W, "", "030100000000000000000001", NULL },
    { "MORE on CANCEL", W, OPEN_LAST, "0501000000000001", NULL },
    { "MORE on FILL", W, "", "0901000000000000", NULL },
    { "MORE on END", C, "", "04010000000000010000000000", call_once },
    { "ANSWER on PING", W, "", "0602000000000000aaaaaaaaaaaaaaaa", NULL },
    { "MORE on CLOSE", W, "", "08010000000000000000", NULL },
    { "OPEN without a method's length", W, "", "0100000000000001", NULL },
    { "OPEN with an empty method", W, "", "010000000000000100", NULL },
    { "OPEN with a method cut short", W, "", "0100000000000001054d", NULL },
    { "WINDOW of 3 octets", W, "", "0300000000000000000001", NULL },
    { "WINDOW of 5 octets", W, "", "03000000000000000000000100", NULL },
    { "WINDOW of 0", W, "", "030000000000000000000000", NULL },
    { "WINDOW of 2^31", W, "", "030000000000000080000000", NULL },
    { "END without a status", C, "", "0400000000000001", call_once },
    { "END with a reason cut short", C, "", "0400000000000001030005414243", call_once },
    { "END with a message cut short", C, "", "04000000000000010300000005414243", call_once },
    { "CANCEL with a body", W, OPEN_LAST, "050000000000000100", NULL },
    { "PING of 7 octets", W, "", "0600000000000000aaaaaaaaaaaaaa", NULL },
    { "PING of 9 octets", C, "", "0600000000000000aaaaaaaaaaaaaaaaaa", NULL },
    { "PONG of 9 octets", C, "", "0700000000000000000000000000000000", ping_once },
    { "CLOSE of 1 octet", W, "", "080000000000000000", NULL },
    { "CLOSE of 3 octets", W, "", "0800000000000000000000", NULL },
    { "padding that is not zero", W, "", "0600000100000000aaaaaaaaaaaaaaaa01", NULL },
    { "padding longer than the frame", W, "", "0600000900000000aaaaaaaaaaaaaaaa", NULL },
    { "padding that leaves too little", W, "",
      "0600000100000000aaaaaaaaaaaaaa0000"
      "00",
      NULL },
    { "padding longer than nothing", W, "", "0900000100000000", NULL },
    { "OPEN from the Worker", C, "", OPEN_LAST, NULL },
    { "CANCEL from the Worker", C, "", "0500000000000001", call_once },
    { "END from the client", W, OPEN_LAST, "04000000000000010000000000", NULL },
    { "OPEN on stream 0", W, "", "0100000000000000014d", NULL },
    { "DATA on stream 0", W, "", "0200000000000000", NULL },
    { "CANCEL on stream 0", W, "", "0500000000000000", NULL },
    { "END on stream 0", C, "", "04000000000000000000000000", call_once },
    { "PING on a stream", W, OPEN_LAST, "0600000000000001aaaaaaaaaaaaaaaa", NULL },
    { "PONG on a stream", C, "", "07000000000000010000000000000000", ping_once },
    { "CLOSE on a stream", W, OPEN_LAST, "08000000000000010000", NULL },
    { "FILL on a stream", W, OPEN_LAST, "0900000000000001", NULL },
    { "a stream of 2^31", W, "", "0100000080000000014d", NULL },
    { "first stream 2", W, "", "0100000000000002014d", NULL },
    { "a stream id skipped", W, OPEN_LAST, "0100000000000003014d", NULL },
    { "a stream id again", W, OPEN_LAST, OPEN_LAST, NULL },
    { "DATA on a stream never opened", W, "", "0200000000000001", NULL },
    { "WINDOW on a stream never opened", W, "", "030000000000000100000001", NULL },
    { "CANCEL on a stream never opened", W, "", "0500000000000001", NULL },
    { "DATA to a client that never called", C, "", "0200000000000001", NULL },
    { "END to a client that never called", C, "", "04000000000000010000000000", NULL },
    { "WINDOW to a client that never called", C, "", "030000000000000100000001", NULL },
    { "DATA for a call that still waits", C, "", "0200000000000001", call_held },
    { "END for a call that still waits", C, "", "04000000000000010000000000", call_held },
    { "DATA after the last part", W, OPEN_LAST, "0200000000000001", NULL },
    { "DATA after the last DATA", W, OPEN_MORE " 020000000000000100", "020000000000000100", NULL },
    { "PONG that was not asked for", W, "", "0700000000000000aaaaaaaaaaaaaaaa", NULL },
    { "PONG with other octets", C, "", "07000000000000000100000000000000", ping_once },
    { "PING while a PONG is owed", W, PING8, PING8, hold },
};

static void say_all(struct raw *r, const char *frames)
{
    while (*frames != '\0') {
        size_t n = strcspn(frames, " ");
        char *one CLEANUP(free_p) = must_printf("%.*s", (int)n, frames);

        raw_say_hex(r, one);
        frames += n + (frames[n] == ' ' ? 1 : 0);
    }
}

/* What the peer hears last, and nothing after it. */
static void assert_closed_by_rule(struct raw *r)
{
    bool heard_by_client = false;
    struct frame f = { 0 };
    uint8_t plain[RECORD_PLAIN_MAX];

    for (size_t i = r->end.out.at; i < r->end.out.n; i++) {
        size_t n = session_open(&r->session, buf_view(&r->end.out.records[i]), plain);

        assert_true(n > 0);
        heard_by_client = true;
        if (frame_read((struct bytes){ plain, n }, true, &f) != NULL) {
            assert_null(frame_read((struct bytes){ plain, n }, false, &f));
        }
    }
    assert_true(heard_by_client);
    assert_int_equal(f.type, FRAME_CLOSE);
    assert_int_equal(f.reason, CHANNEL_PROTOCOL_ERROR);
    assert_int_equal(channel_state(r->end.ch), CHANNEL_CLOSING);
    assert_int_equal(r->end.closes, 1);
    assert_int_equal(r->end.cause.kind, CHANNEL_ENDED_BY_RULE);
    assert_true(strlen(r->end.cause.why) > 0);
    assert_int_equal(r->end.finishes, 0);
}

static void each_breach_is_answered_with_close_2(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(RULES); i++) {
        const struct rule *rule = &RULES[i];
        struct raw r;
        unsigned messages;
        unsigned opens;

        (void)fprintf(stderr, "# %s\n", rule->name); /* which one, should it fail */
        raw_start(&r, rule->role);
        if (rule->prepare != NULL) {
            rule->prepare(&r);
        }
        say_all(&r, rule->before);
        assert_int_equal(channel_state(r.end.ch), CHANNEL_OPEN);
        messages = r.end.messages;
        opens = r.end.opens;
        raw_say_hex(&r, rule->frame);
        assert_closed_by_rule(&r);
        assert_int_equal(r.end.messages, messages);
        assert_int_equal(r.end.opens, opens);
        assert_int_equal(r.end.ends, 0);
        raw_say_hex(&r, PING8); /* dropped: the channel is closing */
        raw_say_hex(&r, "08000000000000000000");
        assert_int_equal(channel_state(r.end.ch), CHANNEL_CLOSED);
        assert_int_equal(r.end.finishes, 1);
        assert_int_equal(r.end.closes, 1);
        raw_done(&r);
    }
}

static void an_end_longer_than_16384_octets_closes(void **state)
{
    static const uint8_t BODY[FRAME_END_MAX + 1];
    struct raw r;

    (void)state;
    raw_start(&r, CHANNEL_CLIENT);
    call_once(&r);
    raw_frame(&r, FRAME_END, 0, 1, BODY, FRAME_END_MAX);
    assert_int_equal(r.end.ends, 1);
    assert_int_equal(channel_state(r.end.ch), CHANNEL_OPEN);
    raw_done(&r);

    raw_start(&r, CHANNEL_CLIENT);
    call_once(&r);
    raw_frame(&r, FRAME_END, 0, 1, BODY, FRAME_END_MAX + 1);
    assert_closed_by_rule(&r);
    raw_done(&r);
}

static void data_or_end_after_the_end_closes_at_the_client(void **state)
{
    static const char *const AFTER[] = { "0200000000000001", "04000000000000010000000000" };
    struct raw r;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(AFTER); i++) {
        raw_start(&r, CHANNEL_CLIENT);
        call_once(&r);
        raw_say_hex(&r, "04000000000000010000000000");
        raw_say_hex(&r, "030000000000000100010000"); /* WINDOW for it is fine */
        assert_int_equal(channel_state(r.end.ch), CHANNEL_OPEN);
        raw_say_hex(&r, AFTER[i]);
        assert_closed_by_rule(&r);
        raw_done(&r);
    }
}

static void what_comes_late_for_an_ended_call_is_ignored_at_the_worker(void **state)
{
    struct raw r;

    (void)state;
    raw_start(&r, CHANNEL_WORKER);
    raw_say_hex(&r, OPEN_MORE);
    channel_end_ok(r.end.ch, 1);
    raw_say_hex(&r, "0200000000000001ff");
    raw_say_hex(&r, "030000000000000100010000");
    raw_say_hex(&r, "0500000000000001");
    assert_int_equal(channel_state(r.end.ch), CHANNEL_OPEN);
    assert_int_equal(r.end.messages, 0);
    assert_int_equal(r.end.cancels, 0);
    raw_done(&r);
}

static void a_stream_beyond_its_credit_closes(void **state)
{
    enum { FULL = 65511, FRAMES = 3, LEFT = STREAM_CREDIT - FRAMES * (FULL + 8 + 32) - 40 };
    static const uint8_t PART[FULL];
    struct raw r;

    (void)state;
    for (int extra = 0; extra <= 1; extra++) {
        raw_start(&r, CHANNEL_CLIENT);
        r.end.consumes = false;
        call_once(&r);
        for (int i = 0; i < FRAMES; i++) {
            raw_frame(&r, FRAME_DATA, 0, 1, PART, FULL);
        }
        raw_frame(&r, FRAME_DATA, 0, 1, PART, (size_t)(LEFT + extra));
        if (extra == 0) {
            assert_int_equal(channel_state(r.end.ch), CHANNEL_OPEN);
            assert_int_equal(r.end.messages, FRAMES + 1);
        } else {
            assert_closed_by_rule(&r);
            assert_int_equal(r.end.messages, FRAMES);
        }
        raw_done(&r);
    }
}

/* The channel's credit comes back at once unless the transport is held up. */
static void a_channel_beyond_its_credit_closes(void **state)
{
    static const uint8_t FILL[RECORD_PLAIN_MAX - FRAME_HEADER_LEN];
    uint32_t left = CHANNEL_CREDIT;
    struct raw r;

    (void)state;
    raw_start(&r, CHANNEL_WORKER);
    channel_hold(r.end.ch, true);
    while (left >= RECORD_PLAIN_MAX + FRAME_OVERHEAD) {
        raw_frame(&r, FRAME_FILL, 0, 0, FILL, sizeof(FILL));
        left -= RECORD_PLAIN_MAX + FRAME_OVERHEAD;
    }
    raw_frame(&r, FRAME_FILL, 0, 0, FILL, left - 39 - FRAME_OVERHEAD - FRAME_HEADER_LEN);
    assert_int_equal(channel_state(r.end.ch), CHANNEL_OPEN);
    assert_int_equal(channel_counts(r.end.ch).receive_credit, 39);
    raw_frame(&r, FRAME_FILL, 0, 0, NULL, 0); /* costs 40 */
    assert_closed_by_rule(&r);
    raw_done(&r);
}

static void the_channels_credit_comes_back_for_ended_streams_too(void **state)
{
    static const uint8_t PART[60000];
    struct raw r;
    struct frame f = { 0 };
    uint8_t plain[RECORD_PLAIN_MAX];
    uint64_t returned = 0;

    (void)state;
    raw_start(&r, CHANNEL_WORKER);
    raw_say_hex(&r, OPEN_MORE);
    channel_end_ok(r.end.ch, 1);
    for (int i = 0; i < 200; i++) {
        raw_frame(&r, FRAME_DATA, FRAME_MORE, 1, PART, sizeof(PART));
        while (raw_hear(&r, false, &f, plain)) {
            returned += f.type == FRAME_WINDOW && f.stream == 0 ? f.credit : 0;
            assert_false(f.type == FRAME_WINDOW && f.stream == 1);
        }
    }
    assert_int_equal(channel_state(r.end.ch), CHANNEL_OPEN);
    assert_true(returned > 10 * CHANNEL_WINDOW_MIN);
    raw_done(&r);
}

/* A reader that takes everything at once makes no more WINDOWs than it must. */
static void windows_are_as_large_as_promised_and_none_follows_the_last_octet(void **state)
{
    static const uint8_t PART[20000];
    struct raw r;
    struct frame f = { 0 };
    uint8_t plain[RECORD_PLAIN_MAX];
    unsigned windows = 0;

    (void)state;
    raw_start(&r, CHANNEL_CLIENT);
    call_once(&r);
    for (int i = 0; i < 500; i++) {
        raw_frame(&r, FRAME_DATA, i % 3 == 0 ? FRAME_MORE : 0, 1, PART, sizeof(PART));
        while (raw_hear(&r, true, &f, plain)) {
            if (f.type == FRAME_WINDOW) {
                assert_true(f.credit >= (f.stream == 0 ? CHANNEL_WINDOW_MIN : STREAM_WINDOW_MIN));
                windows++;
            }
        }
    }
    assert_in_range(windows, 100, 500 * 20040 / STREAM_WINDOW_MIN + 10);
    raw_done(&r);

    raw_start(&r, CHANNEL_WORKER); /* a request of 200 kB has nothing behind its last part */
    raw_open(&r, 1, true, 60000);
    raw_frame(&r, FRAME_DATA, FRAME_MORE, 1, PART, sizeof(PART));
    assert_true(raw_hear(&r, false, &f, plain) && f.type == FRAME_WINDOW && f.stream == 1);
    for (int i = 0; i < 3; i++) {
        raw_frame(&r, FRAME_DATA, FRAME_MORE, 1, PART, sizeof(PART));
    }
    raw_frame(&r, FRAME_DATA, 0, 1, PART, sizeof(PART));
    assert_int_equal(r.end.messages, 1);
    assert_int_equal(r.end.message_len, 160000);
    assert_false(raw_hear(&r, false, &f, plain));
    raw_done(&r);
}

static void credit_beyond_2_31_closes(void **state)
{
    struct raw r;

    (void)state;
    for (int is_stream = 0; is_stream <= 1; is_stream++) {
        uint32_t most = FRAME_CREDIT_MAX - (is_stream ? STREAM_CREDIT : CHANNEL_CREDIT);
        uint8_t body[4] = { (uint8_t)(most >> 24), (uint8_t)(most >> 16), (uint8_t)(most >> 8),
                            (uint8_t)most };

        raw_start(&r, CHANNEL_WORKER);
        raw_say_hex(&r, OPEN_LAST);
        raw_frame(&r, FRAME_WINDOW, 0, (uint32_t)is_stream, body, sizeof(body));
        assert_int_equal(channel_state(r.end.ch), CHANNEL_OPEN);
        raw_frame(&r, FRAME_WINDOW, 0, (uint32_t)is_stream, "\0\0\0\1", 4);
        assert_closed_by_rule(&r);
        raw_done(&r);
    }
}

static void before_hello_anything_else_closes(void **state)
{
    static const char *const BAD[] = {
        OPEN_LAST,                          /* another method */
        "01000000000000010568656c6c6f",     /* hello */
        "01000000000000020548656c6c6f",     /* not stream 1 */
        "07000000000000000000000000000000", /* PONG */
    };
    static const char *const GOOD[] = {
        PING8,
        "030000000000000000000001",     /* WINDOW */
        "0900000000000000",             /* FILL */
        "01010000000000010548656c6c6f", /* OPEN Hello */
        "0200000000000001",             /* DATA */
        "030000000000000100000001",     /* WINDOW on stream 1 */
    };
    struct raw r;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(BAD); i++) {
        raw_init(&r, CHANNEL_WORKER, &(struct channel_config){ 0 });
        raw_say_hex(&r, BAD[i]);
        assert_closed_by_rule(&r);
        assert_int_equal(r.end.opens, 0);
        raw_done(&r);
    }
    raw_init(&r, CHANNEL_WORKER, &(struct channel_config){ 0 });
    for (size_t i = 0; i < ARRAY_LEN(GOOD); i++) {
        raw_say_hex(&r, GOOD[i]);
        assert_int_equal(channel_state(r.end.ch), CHANNEL_OPEN);
    }
    assert_int_equal(r.end.messages, 1);
    raw_say_hex(&r, "0100000000000002"
                    "0548656c6c6f"); /* a second stream */
    assert_closed_by_rule(&r);
    raw_done(&r);
}

static void hello_is_16_kib_at_most(void **state)
{
    static const uint8_t REQUEST[6 + CHANNEL_HELLO_MAX + 1] = { 5, 'H', 'e', 'l', 'l', 'o' };
    struct raw r;

    (void)state;
    raw_init(&r, CHANNEL_WORKER, &(struct channel_config){ 0 });
    raw_frame(&r, FRAME_OPEN, 0, 1, REQUEST, 6 + CHANNEL_HELLO_MAX);
    assert_int_equal(r.end.message_len, CHANNEL_HELLO_MAX);
    raw_done(&r);

    for (int parts = 1; parts <= 2; parts++) {
        raw_init(&r, CHANNEL_WORKER, &(struct channel_config){ 0 });
        if (parts == 1) {
            raw_frame(&r, FRAME_OPEN, 0, 1, REQUEST, sizeof(REQUEST));
        } else {
            raw_frame(&r, FRAME_OPEN, FRAME_MORE, 1, REQUEST, 6 + CHANNEL_HELLO_MAX);
            raw_frame(&r, FRAME_DATA, FRAME_MORE, 1, REQUEST, 1);
        }
        assert_closed_by_rule(&r);
        assert_int_equal(r.end.messages, 0);
        raw_done(&r);
    }
}

/* A client that returns no credit cannot make the Worker remember refusals without end. */
static void refusals_that_are_never_taken_close(void **state)
{
    static const uint8_t FILL[RECORD_PLAIN_MAX - FRAME_HEADER_LEN];
    struct raw r;
    uint32_t stream = 0;

    (void)state;
    raw_init(&r, CHANNEL_WORKER, &(struct channel_config){ .features = FEATURE_ANSWER_FILL });
    channel_admit(r.end.ch);
    for (int i = 0; i < 64; i++) { /* the answers use up what the Worker may send */
        raw_frame(&r, FRAME_FILL, FRAME_ANSWER, 0, FILL, sizeof(FILL));
    }
    while (channel_counts(r.end.ch).send_credit >= 40) {
        raw_frame(&r, FRAME_FILL, FRAME_ANSWER, 0, FILL, 0);
    }
    while (channel_state(r.end.ch) == CHANNEL_OPEN && stream < 1000) {
        raw_open(&r, ++stream, false, 0);
    }
    assert_int_equal(stream, 256 + 256 + 1);
    assert_closed_by_rule(&r);
    raw_done(&r);
}

int main(void)
{
    static const struct CMUnitTest TESTS[] = {
        cmocka_unit_test(each_breach_is_answered_with_close_2),
        cmocka_unit_test(an_end_longer_than_16384_octets_closes),
        cmocka_unit_test(data_or_end_after_the_end_closes_at_the_client),
        cmocka_unit_test(what_comes_late_for_an_ended_call_is_ignored_at_the_worker),
        cmocka_unit_test(a_stream_beyond_its_credit_closes),
        cmocka_unit_test(a_channel_beyond_its_credit_closes),
        cmocka_unit_test(the_channels_credit_comes_back_for_ended_streams_too),
        cmocka_unit_test(windows_are_as_large_as_promised_and_none_follows_the_last_octet),
        cmocka_unit_test(credit_beyond_2_31_closes),
        cmocka_unit_test(before_hello_anything_else_closes),
        cmocka_unit_test(hello_is_16_kib_at_most),
        cmocka_unit_test(refusals_that_are_never_taken_close),
    };

    return cmocka_run_group_tests(TESTS, NULL, NULL);
}
