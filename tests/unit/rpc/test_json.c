/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "gen/leapmux/v1/agent.pb-c.h"
#include "gen/leapmux/v1/hub.pb-c.h"
#include "gen/leapmux/v1/layout.pb-c.h"
#include "gen/leapmux/v1/socket.pb-c.h"
#include "rpc/guard.h"
#include "rpc/json.h"

#define SPLIT     (&leapmux__v1__layout_split__descriptor)
#define OP        (&leapmux__v1__layout_op__descriptor)
#define WORKSPACE (&leapmux__v1__workspace__descriptor)
#define WORKER    (&leapmux__v1__worker_summary__descriptor)
#define SUBSCRIBE (&leapmux__v1__subscribe__descriptor)
#define RENAME    (&leapmux__v1__rename_tab__descriptor)
#define CREATE    (&leapmux__v1__create_workspace_request__descriptor)
#define SNAPSHOT  (&leapmux__v1__layout_snapshot__descriptor)

/* JSON in, through the wire and a struct, JSON out. The caller frees. */
static char *round_trip(const ProtobufCMessageDescriptor *type, const char *json, struct err *e)
{
    struct buf wire;
    struct buf text;
    ProtobufCMessage *m = NULL;
    char *out = NULL;

    buf_init(&wire, 1024 * 1024);
    buf_init(&text, 1024 * 1024);
    if (json_to_wire(type, bytes_of(json), &wire, e)) {
        m = guard_unpack(type, buf_view(&wire), e);
    }
    if (m != NULL) {
        assert_true(json_write(m, &text, e));
        out = bytes_dup(buf_view(&text));
        protobuf_c_message_free_unpacked(m, NULL);
    }
    buf_done(&wire);
    buf_done(&text);
    return out;
}

static void every_kind_of_field_survives(void **state)
{
    static const struct {
        const ProtobufCMessageDescriptor *type;
        const char *in;
        const char *out;
    } cases[] = {
        { RENAME, "", "{}" },
        { RENAME, " {} ", "{}" },
        { RENAME, "{\"tabId\":\"\",\"title\":\"x\"}", "{\"title\":\"x\"}" },
        { RENAME, "{\"tab_id\":\"a\",\"tabId\":\"b\"}", "{\"tabId\":\"a\"}" },
        { RENAME, "{\"title\":\"\\u00fc\\n\\\"\\\\\\u0001\\u20ac\\ud83d\\ude00/\"}",
          "{\"title\":\"\xc3\xbc\\n\\\"\\\\\\u0001\xe2\x82\xac\xf0\x9f\x98\x80/\"}" },
        { RENAME, "{\"unknown\":{\"deep\":[1,2,{\"x\":null}]},\"title\":null}", "{}" },
        { WORKSPACE, "{\"createdAtMs\":\"9007199254740993\",\"archived\":true}",
          "{\"archived\":true,\"createdAtMs\":\"9007199254740993\"}" },
        { WORKSPACE, "{\"createdAtMs\":-5}", "{\"createdAtMs\":\"-5\"}" },
        { WORKSPACE, "{\"createdAtMs\":1e3,\"archived\":false}", "{\"createdAtMs\":\"1000\"}" },
        { WORKSPACE, "{\"createdAtMs\":\"-9223372036854775808\"}",
          "{\"createdAtMs\":\"-9223372036854775808\"}" },
        { WORKSPACE, "{\"level\":\"WORKSPACE_LEVEL_OWNER\"}",
          "{\"level\":\"WORKSPACE_LEVEL_OWNER\"}" },
        { WORKSPACE, "{\"level\":2}", "{\"level\":\"WORKSPACE_LEVEL_COLLABORATOR\"}" },
        { WORKSPACE, "{\"level\":77}", "{\"level\":77}" },
        { WORKER, "{\"epoch\":4294967295,\"identityHash\":\"AP/-\"}",
          "{\"epoch\":4294967295,\"identityHash\":\"AP/+\"}" },
        { WORKER, "{\"epoch\":\"7\",\"identityHash\":\"AA\"}",
          "{\"epoch\":7,\"identityHash\":\"AA==\"}" },
        { SUBSCRIBE, "{\"scope\":\"user\"}", "{\"scope\":\"user\"}" },
        { SUBSCRIBE, "{\"afterOffset\":\"0\"}", "{\"afterOffset\":\"0\"}" }, /* present, though 0 */
        { SUBSCRIBE, "{\"afterOffset\":18446744073709551615}",
          "{\"afterOffset\":\"18446744073709551615\"}" },
        { SPLIT,
          "{\"ratios\":[0.1,0.25,1,\"2.5\",1e-7,0.3333333333333333,\"NaN\",\"-Infinity\",5e-324,-0."
          "0]}",
          "{\"ratios\":[0.1,0.25,1,2.5,1e-07,0.3333333333333333,\"NaN\",\"-Infinity\","
          "4.94065645841247e-324,-0.0]}" },
        { SPLIT, "{\"ratios\":[],\"children\":[{},{\"tile\":{}}]}",
          "{\"children\":[{},{\"tile\":{}}]}" },
        { OP, "{\"opId\":\"o\",\"addTab\":{\"tab\":{\"tabId\":\"t\",\"kind\":\"TAB_KIND_AGENT\"}}}",
          "{\"opId\":\"o\",\"addTab\":{\"tab\":{\"tabId\":\"t\",\"kind\":\"TAB_KIND_AGENT\"}}}" },
        { OP, "{\"closeTab\":{},\"addTab\":null}", "{\"closeTab\":{}}" },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct err e = { 0 };
        char *out = round_trip(cases[i].type, cases[i].in, &e);

        if (out == NULL || strcmp(out, cases[i].out) != 0) {
            fail_msg("%s\ngave %s", cases[i].in, out != NULL ? out : e.msg);
        }
        free(out);
    }
}

static void wrong_values_are_refused_with_their_field(void **state)
{
    static const struct {
        const ProtobufCMessageDescriptor *type;
        const char *in;
        const char *reason;
        const char *field; /* NULL = none */
    } cases[] = {
        { RENAME, "{", "INVALID", NULL },
        { RENAME, "[]", "INVALID", NULL },
        { RENAME, "null", "INVALID", NULL },
        { RENAME, "{} {}", "INVALID", NULL },
        { RENAME, "{'title':1}", "INVALID", NULL },
        { RENAME, "{\"title\":\"x\",}", "INVALID", NULL },
        { RENAME, "{\"title\":\"\xff\"}", "BAD_UTF8", NULL },
        { RENAME, "{\"title\":\"\\ud800\"}", "INVALID", NULL },
        { RENAME, "{\"title\":\"a\\u0000b\"}", "BAD_UTF8", "title" },
        { RENAME, "{\"title\":5}", "INVALID", "title" },
        { RENAME, "{\"title\":[\"x\"]}", "INVALID", "title" },
        { RENAME, "{\"title\":{}}", "INVALID", "title" },
        { WORKSPACE, "{\"archived\":\"true\"}", "INVALID", "archived" },
        { WORKSPACE, "{\"archived\":1}", "INVALID", "archived" },
        { WORKSPACE, "{\"createdAtMs\":\"\"}", "INVALID", "created_at_ms" },
        { WORKSPACE, "{\"createdAtMs\":\"1x\"}", "INVALID", "created_at_ms" },
        { WORKSPACE, "{\"createdAtMs\":\" 1\"}", "INVALID", "created_at_ms" },
        { WORKSPACE, "{\"createdAtMs\":1.5}", "INVALID", "created_at_ms" },
        { WORKSPACE, "{\"createdAtMs\":\"9223372036854775808\"}", "INVALID", "created_at_ms" },
        { WORKSPACE, "{\"createdAtMs\":9223372036854775808}", "INVALID", "created_at_ms" },
        { WORKSPACE, "{\"createdAtMs\":1e300}", "INVALID", "created_at_ms" },
        { WORKSPACE, "{\"level\":\"OWNER\"}", "INVALID", "level" },
        { WORKSPACE, "{\"level\":\"WORKSPACE_LEVEL_OWNER\\u0000\"}", "INVALID", "level" },
        { WORKSPACE, "{\"level\":2147483648}", "INVALID", "level" },
        { WORKSPACE, "{\"level\":1.5}", "INVALID", "level" },
        { WORKER, "{\"epoch\":-1}", "INVALID", "epoch" },
        { WORKER, "{\"epoch\":4294967296}", "INVALID", "epoch" },
        { WORKER, "{\"identityHash\":\"?\"}", "INVALID", "identity_hash" },
        { WORKER, "{\"identityHash\":7}", "INVALID", "identity_hash" },
        { SUBSCRIBE, "{\"afterOffset\":\"18446744073709551616\"}", "INVALID", "after_offset" },
        { SPLIT, "{\"ratios\":1}", "INVALID", "ratios" },
        { SPLIT, "{\"ratios\":[null]}", "INVALID", "ratios" },
        { SPLIT, "{\"ratios\":[\"1.0x\"]}", "INVALID", "ratios" },
        { SPLIT, "{\"ratios\":[\"\"]}", "INVALID", "ratios" },
        { SPLIT, "{\"children\":[1]}", "INVALID", "children" },
        { SPLIT, "{\"children\":[{\"tile\":{\"tabs\":[{\"title\":1}]}}]}", "INVALID", "title" },
        { OP, "{\"addTab\":{},\"closeTab\":{}}", "INVALID", "close_tab" },
        { OP, "{\"addTab\":[]}", "INVALID", "add_tab" },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct err e = { 0 };
        char *out = round_trip(cases[i].type, cases[i].in, &e);

        if (out != NULL || strcmp(e.reason, cases[i].reason) != 0 ||
            (cases[i].field == NULL) != (e.field == NULL) ||
            (e.field != NULL && strcmp(e.field, cases[i].field) != 0)) {
            fail_msg("%s gave %s %s %s", cases[i].in, out != NULL ? out : e.reason,
                     e.field != NULL ? e.field : "-", e.msg);
        }
        assert_int_equal(e.code, ERR_INVALID_ARGUMENT);
    }
}

static void deep_json_ends_at_the_limit(void **state)
{
    struct buf json;
    struct err e = { 0 };
    char *out;

    (void)state;
    for (int depth = 2; depth <= 20000; depth = depth < 100 ? depth + 1 : depth * 10) {
        buf_init(&json, 1024 * 1024);
        assert_true(buf_printf(&json, &e, "{\"root\":{"));
        for (int i = 2; i < depth; i++) {
            assert_true(buf_printf(&json, &e, i % 2 == 0 ? "\"split\":{" : "\"children\":[{"));
        }
        for (int i = depth - 1; i >= 2; i--) {
            assert_true(buf_printf(&json, &e, i % 2 == 0 ? "}" : "}]"));
        }
        assert_true(buf_printf(&json, &e, "}}"));
        assert_true(buf_put_u8(&json, 0, &e));
        out = round_trip(SNAPSHOT, (const char *)json.p, &e);
        assert_int_equal(out != NULL, depth <= GUARD_DEPTH);
        if (out != NULL) {
            assert_string_equal(out, (const char *)json.p);
        }
        free(out);
        buf_done(&json);
    }
}

static void the_limit_of_the_output_holds(void **state)
{
    struct buf wire;
    struct err e = { 0 };

    (void)state;
    buf_init(&wire, 6);
    assert_true(json_to_wire(RENAME, bytes_of("{\"title\":\"1234\"}"), &wire, &e));
    buf_clear(&wire);
    assert_false(json_to_wire(RENAME, bytes_of("{\"title\":\"12345\"}"), &wire, &e));
    assert_string_equal(e.reason, "TOO_LARGE");
    buf_done(&wire);
}

static void doubles_read_back_as_they_were(void **state)
{
    unsigned seed = 1;

    (void)state;
    for (int i = 0; i < 2000; i++) {
        Leapmux__V1__LayoutSplit split = LEAPMUX__V1__LAYOUT_SPLIT__INIT;
        Leapmux__V1__LayoutSplit *back;
        double v;
        uint64_t bits =
            (uint64_t)rand_r(&seed) << 42 ^ (uint64_t)rand_r(&seed) << 21 ^ (uint64_t)rand_r(&seed);
        struct buf text;
        struct buf wire;
        struct err e;

        memcpy(&v, &bits, sizeof(v));
        if (!isfinite(v)) {
            continue;
        }
        split.ratios = &v;
        split.n_ratios = 1;
        buf_init(&text, 100);
        buf_init(&wire, 100);
        assert_true(json_write(&split.base, &text, &e));
        assert_true(json_to_wire(SPLIT, buf_view(&text), &wire, &e));
        back = leapmux__v1__layout_split__unpack(NULL, wire.n, wire.p);
        assert_non_null(back);
        assert_memory_equal(&back->ratios[0], &v, sizeof(v));
        leapmux__v1__layout_split__free_unpacked(back, NULL);
        buf_done(&text);
        buf_done(&wire);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_of_field_survives),
        cmocka_unit_test(wrong_values_are_refused_with_their_field),
        cmocka_unit_test(deep_json_ends_at_the_limit),
        cmocka_unit_test(the_limit_of_the_output_holds),
        cmocka_unit_test(doubles_read_back_as_they_were),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
