/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "relay/socket_frame.h"

static bool read_frame(const uint8_t *p, size_t n, struct socket_frame *f)
{
    uint8_t *exact = malloc(n > 0 ? n : 1); /* so that ASan sees one octet over */
    struct err e = { 0 };
    bool ok;

    assert_non_null(exact);
    memcpy(exact, p, n);
    ok = socket_frame_read((struct bytes){ exact, n }, f, &e);
    assert_int_equal(ok, e.code == ERR_OK);
    f->body.p = NULL; /* gone with the copy */
    free(exact);
    return ok;
}

static void a_record_has_a_ref_and_the_rest(void **state)
{
    static const uint32_t REFS[] = { 0, 1, 127, 128, 16383, 16384, UINT32_MAX };
    uint8_t message[SOCKET_FRAME_HEAD_MAX + RELAY_RECORD_MIN] = { 0 };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(REFS); i++) {
        struct socket_frame f = { 0 };
        size_t n = socket_frame_record_head(REFS[i], message);

        assert_true(n <= SOCKET_FRAME_HEAD_MAX);
        assert_true(read_frame(message, n + RELAY_RECORD_MIN, &f));
        assert_int_equal(f.kind, LEAPMUX__V1__FRAME_KIND__FRAME_KIND_RECORD);
        assert_int_equal(f.ref, REFS[i]);
        assert_int_equal(f.body.n, RELAY_RECORD_MIN);
        assert_false(read_frame(message, n + RELAY_RECORD_MIN - 1, &f));
    }
}

static void a_record_is_never_too_long(void **state)
{
    uint8_t *message = calloc(1, 2 + RELAY_RECORD_MAX + 1);
    struct socket_frame f = { 0 };
    size_t n;

    (void)state;
    assert_non_null(message);
    n = socket_frame_record_head(5, message);
    assert_true(read_frame(message, n + RELAY_RECORD_MAX, &f));
    assert_false(read_frame(message, n + RELAY_RECORD_MAX + 1, &f));
    free(message);
}

static void a_close_has_a_ref_and_a_known_reason(void **state)
{
    uint8_t message[SOCKET_FRAME_HEAD_MAX + 6];
    struct socket_frame f = { 0 };
    size_t n = socket_frame_close(300, 4, message);

    (void)state;
    assert_true(read_frame(message, n, &f));
    assert_int_equal(f.ref, 300);
    assert_int_equal(f.reason, 4);
    for (size_t cut = 0; cut < n; cut++) {
        assert_false(read_frame(message, cut, &f));
    }
    message[n] = 0;
    assert_false(read_frame(message, n + 1, &f));
    n = socket_frame_close(300, 9, message);
    assert_false(read_frame(message, n, &f));
}

static void numbers_beyond_32_bits_and_endless_varints_are_refused(void **state)
{
    static const uint8_t BIG[] = { 6, 0x80, 0x80, 0x80, 0x80, 0x10, 0 };
    static const uint8_t ENDLESS[] = { 6,    0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                       0xff, 0xff, 0xff, 0xff, 0xff, 0x01 };
    struct socket_frame f = { 0 };

    (void)state;
    assert_false(read_frame(BIG, sizeof(BIG), &f));
    assert_false(read_frame(ENDLESS, sizeof(ENDLESS), &f));
}

static void clients_send_some_kinds_only(void **state)
{
    (void)state;
    for (int kind = 0; kind < 256; kind++) {
        uint8_t message[1 + 1 + RELAY_RECORD_MIN] = { (uint8_t)kind };
        struct socket_frame f = { 0 };
        bool ok = read_frame(message, sizeof(message), &f);

        /* OPEN, RECORD, SUBSCRIBE, UNSUBSCRIBE, PRESENCE; CLOSE has a form that this is not */
        assert_int_equal(ok, kind == 2 || kind == 5 || kind == 7 || kind == 8 || kind == 13);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_record_has_a_ref_and_the_rest),
        cmocka_unit_test(a_record_is_never_too_long),
        cmocka_unit_test(a_close_has_a_ref_and_a_known_reason),
        cmocka_unit_test(numbers_beyond_32_bits_and_endless_varints_are_refused),
        cmocka_unit_test(clients_send_some_kinds_only),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
