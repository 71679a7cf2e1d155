/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "net/ws_codec.h"

enum { MESSAGE_MAX = 200 * 1000 };

/* A client's frame. The mask is part of the test: it must not matter. */
static size_t put_frame(uint8_t *out, uint8_t first, const void *payload, size_t n)
{
    static const uint8_t mask[4] = { 0x37, 0xfa, 0x21, 0x3d };
    uint8_t head[WS_HEAD_MAX];
    size_t at = ws_head(WS_TEXT, n, head);

    memcpy(out, head, at);
    out[0] = first;
    out[1] |= 0x80;
    memcpy(out + at, mask, 4);
    at += 4;
    for (size_t i = 0; i < n; i++) {
        out[at + i] = ((const uint8_t *)payload)[i] ^ mask[i % 4];
    }
    return at + n;
}

/* Everything that came, in one line: "text:hello ping:x close1000:bye fault1002". */
static const char *receive(const uint8_t *octets, size_t n, size_t piece, bool binary_only)
{
    static char seen[4096];
    static const char *const names[] = { [WS_TEXT] = "text",
                                         [WS_BINARY] = "binary",
                                         [WS_CLOSE] = "close",
                                         [WS_PING] = "ping",
                                         [WS_PONG] = "pong" };
    struct ws_decoder d;
    size_t used = 0;
    size_t at = 0;

    ws_decoder_init(&d, MESSAGE_MAX, binary_only);
    seen[0] = '\0';
    while (used < n) {
        size_t k = n - used < piece ? n - used : piece;
        uint8_t *copy = must_alloc(k);
        size_t done = 0;
        struct ws_event event = { .kind = WS_NEED_MORE };

        memcpy(copy, octets + used, k);
        while (done < k && event.kind != WS_FAULT) {
            done += ws_decoder_feed(&d, copy + done, k - done, &event);
            if (event.kind == WS_FAULT) {
                at += (size_t)snprintf(seen + at, sizeof(seen) - at, "fault%d ", event.code);
            } else if (event.kind != WS_NEED_MORE) {
                at += (size_t)snprintf(seen + at, sizeof(seen) - at, "%s", names[event.opcode]);
                if (event.opcode == WS_CLOSE) {
                    at += (size_t)snprintf(seen + at, sizeof(seen) - at, "%d", event.code);
                }
                if (event.payload.n > 200) {
                    at +=
                        (size_t)snprintf(seen + at, sizeof(seen) - at, ":(%zu) ", event.payload.n);
                } else {
                    at += (size_t)snprintf(seen + at, sizeof(seen) - at, ":%.*s ",
                                           (int)event.payload.n, (const char *)event.payload.p);
                }
            }
        }
        free(copy);
        if (event.kind == WS_FAULT) {
            break;
        }
        used += k;
    }
    ws_decoder_done(&d);
    return seen;
}

struct step {
    uint8_t first; /* FIN, reserved bits and opcode */
    const char *payload;
    int n; /* -1 = as long as the text */
};

enum { STEPS = 6 };

static size_t put_steps(uint8_t *out, const struct step *steps)
{
    size_t at = 0;

    for (size_t i = 0; i < STEPS && (steps[i].first != 0 || steps[i].payload != NULL); i++) {
        size_t n = steps[i].n >= 0 ? (size_t)steps[i].n : strlen(steps[i].payload);

        at += put_frame(out + at, steps[i].first, steps[i].payload, n);
    }
    return at;
}

static const struct {
    struct step steps[STEPS];
    const char *seen;
} CASES[] = {
    { { { 0x81, "hello", -1 } }, "text:hello " },
    { { { 0x82, "hello", -1 }, { 0x81, "", 0 }, { 0x82, "2", -1 } },
      "binary:hello text: binary:2 " },
    { { { 0x01, "he", -1 }, { 0x00, "ll", -1 }, { 0x80, "o", -1 } }, "text:hello " },
    { { { 0x02, "", 0 }, { 0x00, "", 0 }, { 0x80, "", 0 } }, "binary: " },
    { { { 0x01, "", 0 }, { 0x80, "", 0 } }, "text: " },
    { { { 0x01, "he", -1 }, { 0x89, "p", -1 }, { 0x80, "llo", -1 } }, "ping:p text:hello " },
    { { { 0x8a, "unasked", -1 }, { 0x89, "", 0 } }, "pong:unasked ping: " },
    { { { 0x88, "", 0 } }, "close1005: " },
    { { { 0x88, "\x03\xe8", 2 } }, "close1000: " },
    { { { 0x88,
          "\x03\xe8"
          "bye",
          5 } },
      "close1000:bye " },
    { { { 0x88, "\x0f\xa0", 2 } }, "close4000: " },
    /* faults of framing */
    { { { 0xc1, "x", -1 } }, "fault1002 " },
    { { { 0xa1, "x", -1 } }, "fault1002 " },
    { { { 0x91, "x", -1 } }, "fault1002 " },
    { { { 0x83, "x", -1 } }, "fault1002 " },
    { { { 0x87, "", 0 } }, "fault1002 " },
    { { { 0x8b, "", 0 } }, "fault1002 " },
    { { { 0x8f, "", 0 } }, "fault1002 " },
    { { { 0x09, "x", -1 } }, "fault1002 " },
    { { { 0x08, "", 0 } }, "fault1002 " },
    { { { 0x80, "x", -1 } }, "fault1002 " },
    { { { 0x00, "x", -1 } }, "fault1002 " },
    { { { 0x01, "a", -1 }, { 0x81, "b", -1 } }, "fault1002 " },
    { { { 0x81, "a", -1 }, { 0x80, "b", -1 } }, "text:a fault1002 " },
    /* faults of Close */
    { { { 0x88, "\x03", 1 } }, "fault1002 " },
    { { { 0x88, "\x00\x00", 2 } }, "fault1002 " },
    { { { 0x88, "\x03\xe7", 2 } }, "fault1002 " },
    { { { 0x88, "\x03\xec", 2 } }, "fault1002 " },
    { { { 0x88, "\x03\xed", 2 } }, "fault1002 " },
    { { { 0x88, "\x03\xee", 2 } }, "fault1002 " },
    { { { 0x88, "\x03\xf8", 2 } }, "fault1002 " },
    { { { 0x88, "\x07\xd0", 2 } }, "fault1002 " },
    { { { 0x88, "\x13\x88", 2 } }, "fault1002 " },
    { { { 0x88, "\x03\xe8\xff", 3 } }, "fault1007 " },
    /* text */
    { { { 0x81, "\xc3\xbc\xf0\x9f\x98\x80", -1 } }, "text:\xc3\xbc\xf0\x9f\x98\x80 " },
    { { { 0x01, "\xf0\x9f", -1 }, { 0x80, "\x98\x80", -1 } }, "text:\xf0\x9f\x98\x80 " },
    { { { 0x81, "\xff", -1 } }, "fault1007 " },
    { { { 0x81, "x\xc3", -1 } }, "fault1007 " },
    { { { 0x81, "\xed\xa0\x80", -1 } }, "fault1007 " },
    { { { 0x01, "\xf4", -1 }, { 0x00, "\x90", -1 } }, "fault1007 " },
    { { { 0x01, "\xe0", -1 }, { 0x00, "\x80", -1 } }, "fault1007 " },
    { { { 0x01, "\xed", -1 }, { 0x00, "\xa0", -1 } }, "fault1007 " },
    { { { 0x01, "\xf0", -1 }, { 0x00, "\x80", -1 } }, "fault1007 " },
    { { { 0x01, "\xc0", -1 } }, "fault1007 " },
    { { { 0x01, "ok\xf5", -1 } }, "fault1007 " },
    { { { 0x01, "\xc3", -1 }, { 0x80, "", 0 } }, "fault1007 " },
    { { { 0x82, "\xff\xfe", -1 } }, "binary:\xff\xfe " },
};

static void frames_mean_the_same_however_they_are_cut(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        uint8_t octets[1024];
        size_t n = put_steps(octets, CASES[i].steps);

        for (size_t piece = 1; piece <= n; piece++) {
            const char *seen = receive(octets, n, piece, false);

            if (strcmp(seen, CASES[i].seen) != 0) {
                fail_msg("case %zu in pieces of %zu: '%s', not '%s'", i, piece, seen,
                         CASES[i].seen);
            }
        }
    }
}

static void messages_of_every_length_class_come_whole(void **state)
{
    static const size_t lengths[] = { 0, 1, 125, 126, 127, 65535, 65536, MESSAGE_MAX };
    static const size_t pieces[] = { 1, 7, 4096, SIZE_MAX };
    uint8_t *payload = must_calloc(1, MESSAGE_MAX + 1);
    uint8_t *octets = must_alloc(MESSAGE_MAX + 64);
    char want[64];

    (void)state;
    memset(payload, 'x', MESSAGE_MAX + 1);
    for (size_t i = 0; i < ARRAY_LEN(lengths); i++) {
        for (size_t k = 0; k < ARRAY_LEN(pieces); k++) {
            size_t n = put_frame(octets, 0x82, payload, lengths[i]);

            if (lengths[i] <= 200) {
                snprintf(want, sizeof(want), "binary:%.*s ", (int)(lengths[i] > 3 ? 3 : lengths[i]),
                         "xxx");
                assert_memory_equal(receive(octets, n, pieces[k], false), want,
                                    strlen("binary:") + (lengths[i] > 3 ? 3 : lengths[i]));
            } else {
                snprintf(want, sizeof(want), "binary:(%zu) ", lengths[i]);
                assert_string_equal(receive(octets, n, pieces[k], false), want);
            }
        }
    }
    assert_string_equal(
        receive(octets, put_frame(octets, 0x82, payload, MESSAGE_MAX + 1), 4096, false),
        "fault1009 ");
    free(payload);
    free(octets);
}

static void many_fragments_are_bounded_together(void **state)
{
    uint8_t *payload = must_calloc(1, MESSAGE_MAX);
    uint8_t *octets = must_alloc(MESSAGE_MAX + 64);
    size_t n = put_frame(octets, 0x02, payload, MESSAGE_MAX - 1);

    (void)state;
    n += put_frame(octets + n, 0x00, payload, 2);
    assert_string_equal(receive(octets, n, 1000, false), "fault1009 ");
    free(payload);
    free(octets);
}

static void unmasked_and_oddly_long_frames_are_faults(void **state)
{
    static const uint8_t unmasked[] = { 0x82, 0x01, 'x' };
    static const uint8_t long_16[] = { 0x82, 0xfe, 0, 5, 1, 2, 3, 4 };
    static const uint8_t long_64[] = { 0x82, 0xff, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 1, 2, 3, 4 };
    static const uint8_t negative[] = { 0x82, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4 };
    static const uint8_t huge[] = {
        0x82, 0xff, 0x7f, 255, 255, 255, 255, 255, 255, 255, 1, 2, 3, 4
    };
    static const uint8_t long_ping[] = { 0x89, 0xfe, 0, 126, 1, 2, 3, 4 };

    (void)state;
    assert_string_equal(receive(unmasked, sizeof(unmasked), 9, false), "fault1002 ");
    assert_string_equal(receive(long_16, sizeof(long_16), 1, false), "fault1002 ");
    assert_string_equal(receive(long_64, sizeof(long_64), 1, false), "fault1002 ");
    assert_string_equal(receive(negative, sizeof(negative), 1, false), "fault1002 ");
    assert_string_equal(receive(huge, sizeof(huge), 1, false), "fault1009 ");
    assert_string_equal(receive(long_ping, sizeof(long_ping), 1, false), "fault1002 ");
}

static void text_is_refused_at_its_head_where_only_binary_is_spoken(void **state)
{
    static const uint8_t head_only[] = { 0x81, 0xff };

    (void)state;
    assert_string_equal(receive(head_only, sizeof(head_only), 9, true), "fault1002 ");
}

static void heads_have_the_shortest_form(void **state)
{
    uint8_t out[WS_HEAD_MAX];

    (void)state;
    assert_int_equal(ws_head(WS_BINARY, 0, out), 2);
    assert_int_equal(ws_head(WS_BINARY, 125, out), 2);
    assert_int_equal(out[1], 125);
    assert_int_equal(ws_head(WS_BINARY, 126, out), 4);
    assert_int_equal(ws_head(WS_BINARY, 65535, out), 4);
    assert_memory_equal(out, "\x82\x7e\xff\xff", 4);
    assert_int_equal(ws_head(WS_BINARY, 65536, out), 10);
    assert_memory_equal(out, "\x82\x7f\0\0\0\0\0\1\0\0", 10);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_mean_the_same_however_they_are_cut),
        cmocka_unit_test(messages_of_every_length_class_come_whole),
        cmocka_unit_test(many_fragments_are_bounded_together),
        cmocka_unit_test(unmasked_and_oddly_long_frames_are_faults),
        cmocka_unit_test(text_is_refused_at_its_head_where_only_binary_is_spoken),
        cmocka_unit_test(heads_have_the_shortest_form),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
