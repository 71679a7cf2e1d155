/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"

static void put_fills_a_buffer_up_to_its_limit(void **state)
{
    struct err e = { 0 };
    struct buf b;

    (void)state;
    buf_init(&b, 8);
    assert_true(buf_put(&b, bytes_of("12345"), &e));
    assert_true(buf_put(&b, bytes_of("678"), &e));
    assert_true(bytes_are(buf_view(&b), "12345678"));
    buf_done(&b);
}

static void put_past_the_limit_changes_nothing(void **state)
{
    struct err e = { 0 };
    struct buf b;

    (void)state;
    buf_init(&b, 8);
    assert_true(buf_put(&b, bytes_of("12345"), &e));
    assert_false(buf_put(&b, bytes_of("6789"), &e));
    assert_int_equal(e.code, ERR_RESOURCE_EXHAUSTED);
    assert_string_equal(e.reason, "TOO_LARGE");
    assert_true(bytes_are(buf_view(&b), "12345"));
    assert_null(buf_room(&b, 4));
    assert_non_null(buf_room(&b, 3));
    buf_done(&b);
}

static void formatted_text_fits_exactly_or_not_at_all(void **state)
{
    struct err e = { 0 };
    struct buf b;

    (void)state;
    buf_init(&b, 6); /* five characters and the NUL that is written behind them */
    assert_true(buf_printf(&b, &e, "%s", "12345"));
    assert_int_equal(b.n, 5);
    assert_false(buf_printf(&b, &e, "%d", 67));
    assert_int_equal(b.n, 5);
    buf_done(&b);
}

static void a_zeroed_buffer_can_be_dropped_and_takes_nothing(void **state)
{
    struct err e = { 0 };
    struct buf b = { 0 };

    (void)state;
    assert_false(buf_put(&b, bytes_of("x"), &e));
    assert_true(buf_put(&b, bytes_of(""), &e));
    buf_done(&b);
    buf_done(&b);
}

static void consume_moves_the_rest_to_the_front(void **state)
{
    struct err e = { 0 };
    struct buf b;

    (void)state;
    buf_init(&b, 1000);
    assert_true(buf_put(&b, bytes_of("head and rest"), &e));
    buf_consume(&b, 5);
    assert_true(bytes_are(buf_view(&b), "and rest"));
    buf_consume(&b, 8);
    assert_int_equal(b.n, 0);
    buf_done(&b);
}

static void numbers_come_back_as_they_were_put(void **state)
{
    struct err e = { 0 };
    struct buf b;
    struct reader r;

    (void)state;
    buf_init(&b, 100);
    assert_true(buf_put_u8(&b, 0xfe, &e) && buf_put_u16be(&b, 0xfedc, &e) &&
                buf_put_u32be(&b, 0xfedcba98, &e) && buf_put_u64be(&b, 0xfedcba9876543210, &e));
    assert_int_equal(b.p[1], 0xfe);
    r = reader_of(buf_view(&b));
    assert_int_equal(read_u8(&r), 0xfe);
    assert_int_equal(read_u16be(&r), 0xfedc);
    assert_int_equal(read_u32be(&r), 0xfedcba98);
    assert_true(read_u64be(&r) == 0xfedcba9876543210);
    assert_true(reader_end(&r, &e));
    buf_done(&b);
}

static void varints_round_trip_at_every_length(void **state)
{
    struct err e = { 0 };

    (void)state;
    for (unsigned bits = 0; bits <= 64; bits++) {
        uint64_t v = bits == 64 ? UINT64_MAX : (UINT64_C(1) << bits) - 1;
        struct buf b;
        struct reader r;

        buf_init(&b, 10);
        assert_true(buf_put_varint(&b, v, &e));
        assert_int_equal(b.n, bits == 0 ? 1 : (bits + 6) / 7);
        r = reader_of(buf_view(&b));
        assert_true(read_varint(&r) == v);
        assert_true(reader_end(&r, &e));
        buf_done(&b);
    }
}

static void varints_beyond_64_bits_are_refused(void **state)
{
    static const uint8_t too_big[] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 2 };
    static const uint8_t too_long[] = { 0x80, 0x80, 0x80, 0x80, 0x80, 0x80,
                                        0x80, 0x80, 0x80, 0x80, 0 };
    struct reader r = reader_of((struct bytes){ too_big, sizeof(too_big) });

    (void)state;
    assert_int_equal(read_varint(&r), 0);
    assert_true(r.bad);
    r = reader_of((struct bytes){ too_long, sizeof(too_long) });
    assert_int_equal(read_varint(&r), 0);
    assert_true(r.bad);
}

/* Every prefix of a good message is a bad one, and no prefix reads outside itself (ASan). */
static void a_reader_refuses_every_prefix(void **state)
{
    static const uint8_t msg[] = { 7, 0, 0, 0, 3, 'a', 'b', 'c' };
    struct err e = { 0 };

    (void)state;
    for (size_t n = 0; n <= sizeof(msg); n++) {
        uint8_t *copy = malloc(n > 0 ? n : 1); /* exact size, so that one octet over shows */
        struct reader r;
        struct bytes body;

        assert_non_null(copy);
        memcpy(copy, msg, n);
        r = reader_of((struct bytes){ copy, n });
        (void)read_u8(&r);
        body = read_bytes(&r, read_u32be(&r));
        assert_int_equal(reader_end(&r, &e), n == sizeof(msg));
        if (n == sizeof(msg)) {
            assert_true(bytes_are(body, "abc"));
        } else {
            assert_string_equal(e.msg, "message is cut short");
        }
        free(copy);
    }
}

static void a_reader_refuses_what_is_left_over(void **state)
{
    struct err e = { 0 };
    struct reader r = reader_of(bytes_of("abc"));

    (void)state;
    assert_int_equal(read_u8(&r), 'a');
    assert_false(reader_end(&r, &e));
    assert_string_equal(e.msg, "2 octets after the message");
    assert_true(bytes_are(read_rest(&r), "bc"));
    assert_true(reader_end(&r, &e));
}

static void a_huge_length_does_not_wrap_around(void **state)
{
    struct reader r = reader_of(bytes_of("abc"));

    (void)state;
    assert_int_equal(read_bytes(&r, SIZE_MAX).n, 0);
    assert_true(r.bad);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(put_fills_a_buffer_up_to_its_limit),
        cmocka_unit_test(put_past_the_limit_changes_nothing),
        cmocka_unit_test(formatted_text_fits_exactly_or_not_at_all),
        cmocka_unit_test(a_zeroed_buffer_can_be_dropped_and_takes_nothing),
        cmocka_unit_test(consume_moves_the_rest_to_the_front),
        cmocka_unit_test(numbers_come_back_as_they_were_put),
        cmocka_unit_test(varints_round_trip_at_every_length),
        cmocka_unit_test(varints_beyond_64_bits_are_refused),
        cmocka_unit_test(a_reader_refuses_every_prefix),
        cmocka_unit_test(a_reader_refuses_what_is_left_over),
        cmocka_unit_test(a_huge_length_does_not_wrap_around),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
