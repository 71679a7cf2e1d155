/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "gen/leapmux/v1/hub.pb-c.h"
#include "gen/leapmux/v1/layout.pb-c.h"
#include "gen/leapmux/v1/socket.pb-c.h"
#include "rpc/guard.h"

#define WIRE(literal) ((struct bytes){ (const uint8_t *)(literal), sizeof(literal) - 1 })

#define RENAME (&leapmux__v1__rename_tab__descriptor)
#define TILE   (&leapmux__v1__layout_tile__descriptor)
#define SPLIT  (&leapmux__v1__layout_split__descriptor)
#define NODE   (&leapmux__v1__layout_node__descriptor)
#define CATCH  (&leapmux__v1__scope_catch_up__descriptor)

static void good_messages_pass(void **state)
{
    static const struct {
        const ProtobufCMessageDescriptor *type;
        struct bytes wire;
    } cases[] = {
        { RENAME, WIRE("") },
        { RENAME, WIRE("\x0a\x01x\x12\x02\xc3\xbc") },
        { RENAME, WIRE("\x0a\x01x\x0a\x01y") },            /* the last one wins */
        { RENAME, WIRE("\x78\x05\x7a\x01\xff\x0a\x01x") }, /* unknown fields */
        { RENAME, WIRE("\x7d"
                       "1234\x79"
                       "12345678") },
        { TILE, WIRE("\x0a\x01t\x12\x05\x0a\x01x\x10\x01\x12\x00") },
        { SPLIT, WIRE("\x22\x10"
                      "1234567812345678") }, /* packed */
        { SPLIT, WIRE("\x21"
                      "12345678\x21"
                      "12345678") }, /* one by one */
        { CATCH, WIRE("\x10\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01") },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct err e;
        ProtobufCMessage *m = guard_unpack(cases[i].type, cases[i].wire, &e);

        if (m == NULL) {
            fail_msg("case %zu: %s", i, e.msg);
        }
        protobuf_c_message_free_unpacked(m, NULL);
    }
}

static void bad_messages_are_refused_with_their_field(void **state)
{
    static const struct {
        const ProtobufCMessageDescriptor *type;
        struct bytes wire;
        const char *reason;
        const char *field; /* NULL = none */
    } cases[] = {
        { RENAME, WIRE("\x12\x01\xff"), "BAD_UTF8", "title" },
        { RENAME,
          WIRE("\x12\x03"
               "a\0b"),
          "BAD_UTF8", "title" },
        { RENAME, WIRE("\x12\x03\xed\xa0\x80"), "BAD_UTF8", "title" },
        { RENAME,
          WIRE("\x12\x05"
               "abc"),
          "INVALID", "title" }, /* cut */
        { RENAME, WIRE("\x12"), "INVALID", "title" },
        { RENAME, WIRE("\x10\x05"), "INVALID", "title" }, /* a number for a text */
        { RENAME, WIRE("\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), "INVALID", "title" },
        { RENAME, WIRE("\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), "INVALID", "title" },
        { RENAME, WIRE("\x02\x00"), "INVALID", NULL }, /* field number 0 */
        { RENAME, WIRE("\x80"), "INVALID", NULL },
        { RENAME, WIRE("\x7b\x7c"), "INVALID", NULL }, /* a group */
        { RENAME, WIRE("\x7e\x00"), "INVALID", NULL }, /* wire type 6 */
        { RENAME, WIRE("\xfa\xff\xff\xff\xff\xff\xff\xff\xff\x01\x00"), "INVALID", NULL },
        { RENAME, WIRE("\x7a\x05x"), "INVALID", NULL }, /* an unknown one, cut */
        { TILE, WIRE("\x12\x03\x0a\x01\xff"), "BAD_UTF8", "tab_id" },
        { TILE, WIRE("\x12\x03\x0a\x02x"), "INVALID", "tab_id" },
        { SPLIT,
          WIRE("\x22\x09"
               "123456789"),
          "INVALID", "ratios" },
        { SPLIT, WIRE("\x1a\x02\x0a\x05"), "INVALID", "tile" },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct err e = { 0 };

        if (guard_check(cases[i].type, cases[i].wire, &e) || e.reason == NULL ||
            strcmp(e.reason, cases[i].reason) != 0 ||
            (cases[i].field != NULL && (e.field == NULL || strcmp(e.field, cases[i].field) != 0))) {
            fail_msg("case %zu: %s %s %s", i, e.reason != NULL ? e.reason : "passed",
                     e.field != NULL ? e.field : "-", e.msg);
        }
        assert_int_equal(e.code, ERR_INVALID_ARGUMENT);
    }
}

/* Nodes within splits within nodes: depth messages, the innermost empty. */
static struct bytes nested(size_t depth, uint8_t *room, size_t size)
{
    size_t n = 0;

    for (size_t i = 1; i < depth; i++) {
        uint8_t tag = i % 2 == (depth % 2) ? 0x1a : 0x12; /* children, or the split of a node */
        size_t head = n < 128 ? 2 : 3;

        assert_true(n + head <= size);
        memmove(room + head, room, n);
        room[0] = tag;
        room[1] = (uint8_t)(n < 128 ? n : (n & 0x7f) | 0x80);
        if (head == 3) {
            room[2] = (uint8_t)(n >> 7);
        }
        n += head;
    }
    return (struct bytes){ room, n };
}

static void nesting_ends_at_its_limit(void **state)
{
    uint8_t room[4096];
    struct err e = { 0 };

    (void)state;
    for (size_t depth = 2; depth <= 1000; depth++) {
        bool ok = guard_check(NODE, nested(depth, room, sizeof(room)), &e);

        if (depth <= GUARD_DEPTH && !ok) {
            fail_msg("depth %zu: %s", depth, e.msg);
        }
        if (depth > GUARD_DEPTH) {
            assert_false(ok);
            assert_string_equal(e.reason, "INVALID");
        }
    }
}

static void elements_are_counted_all_together(void **state)
{
    enum { TABS = 100 * 1000 };
    uint8_t *wire = must_calloc(TABS + 1, 2);
    struct err e = { 0 };

    (void)state;
    for (size_t i = 0; i <= TABS; i++) {
        wire[2 * i] = 0x12; /* an empty tab */
    }
    assert_true(guard_check(TILE, (struct bytes){ wire, 2 * (size_t)TABS }, &e));
    assert_false(guard_check(TILE, (struct bytes){ wire, 2 * (size_t)TABS + 2 }, &e));
    assert_int_equal(e.code, ERR_RESOURCE_EXHAUSTED);
    assert_string_equal(e.reason, "TOO_LARGE");
    for (size_t i = 0; i <= TABS; i++) {
        wire[2 * i] = 0x7a; /* unknown fields cost memory, too */
    }
    assert_false(guard_check(TILE, (struct bytes){ wire, 2 * (size_t)TABS + 2 }, &e));
    assert_string_equal(e.reason, "TOO_LARGE");
    free(wire);
}

/* What passes the guard is unpacked; whatever is cut off at any place is neither. */
static void no_prefix_reads_outside_itself(void **state)
{
    static const struct bytes whole =
        WIRE("\x0a\x01s\x10\x01\x1a\x0a\x0a\x08\x0a\x01t\x12\x03\x0a\x01x\x22\x08"
             "12345678");

    (void)state;
    for (size_t n = 0; n <= whole.n; n++) {
        uint8_t *copy = must_alloc(n);
        struct err e;
        ProtobufCMessage *m;

        memcpy(copy, whole.p, n);
        m = guard_unpack(SPLIT, (struct bytes){ copy, n }, &e);
        if (n == whole.n) {
            assert_non_null(m);
        }
        if (m != NULL) {
            protobuf_c_message_free_unpacked(m, NULL);
        }
        free(copy);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_messages_pass),
        cmocka_unit_test(bad_messages_are_refused_with_their_field),
        cmocka_unit_test(nesting_ends_at_its_limit),
        cmocka_unit_test(elements_are_counted_all_together),
        cmocka_unit_test(no_prefix_reads_outside_itself),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
