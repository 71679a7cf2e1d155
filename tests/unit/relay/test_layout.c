/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "relay/layout.h"

enum { OP_ADD = 2, OP_CLOSE, OP_MOVE, OP_RENAME }; /* as in the proto */

static struct id numbered(char kind, unsigned n)
{
    struct id id = { { 0 } };

    snprintf(id.s, sizeof(id.s), "%c%021u", kind, n);
    return id;
}

/* An op with the messages it points at. */
struct any_op {
    Leapmux__V1__LayoutOp op;
    Leapmux__V1__AddTab add;
    Leapmux__V1__CloseTab close;
    Leapmux__V1__MoveTab move;
    Leapmux__V1__RenameTab rename;
    Leapmux__V1__LayoutTab tab;
    struct id op_id, tab_id, worker_id, tile_id, before;
    char title[512];
};

/* tab, tile and before by number; before 0 is none. */
static void make(struct any_op *o, int kind, unsigned tab, unsigned tile, unsigned before)
{
    *o = (struct any_op){ 0 };
    leapmux__v1__layout_op__init(&o->op);
    leapmux__v1__add_tab__init(&o->add);
    leapmux__v1__close_tab__init(&o->close);
    leapmux__v1__move_tab__init(&o->move);
    leapmux__v1__rename_tab__init(&o->rename);
    leapmux__v1__layout_tab__init(&o->tab);
    o->op_id = numbered('o', tab);
    o->tab_id = numbered('t', tab);
    o->worker_id = numbered('w', 1);
    o->tile_id = numbered('i', tile);
    if (before != 0) {
        o->before = numbered('t', before);
    }
    o->tab.tab_id = o->close.tab_id = o->move.tab_id = o->rename.tab_id = o->tab_id.s;
    o->tab.worker_id = o->worker_id.s;
    o->tab.kind = LEAPMUX__V1__TAB_KIND__TAB_KIND_AGENT;
    o->tab.title = o->rename.title = o->title;
    o->add.tab = &o->tab;
    o->add.tile_id = o->move.tile_id = o->tile_id.s;
    o->add.before_tab_id = o->move.before_tab_id = o->before.s;
    o->op.op_id = o->op_id.s;
    o->op.op_case = (Leapmux__V1__LayoutOp__OpCase)kind;
    switch (kind) {
    case OP_ADD:
        o->op.add_tab = &o->add;
        break;
    case OP_CLOSE:
        o->op.close_tab = &o->close;
        break;
    case OP_MOVE:
        o->op.move_tab = &o->move;
        break;
    default:
        o->op.rename_tab = &o->rename;
        break;
    }
}

static enum layout_verdict apply(struct layout *l, int kind, unsigned tab, unsigned before)
{
    struct any_op o;

    make(&o, kind, tab, 1, before);
    return layout_apply(l, &o.op);
}

static struct layout fresh(void)
{
    struct layout l;

    layout_init(&l, numbered('i', 1));
    return l;
}

/* The numbers of the tabs of the only tile, "1 2 3". */
static void assert_order(const struct layout *l, const char *want)
{
    const Leapmux__V1__LayoutTile *tile = l->state->root->tile;
    char got[256] = "";

    for (size_t i = 0; i < tile->n_tabs; i++) {
        snprintf(got + strlen(got), sizeof(got) - strlen(got), "%s%lu", i > 0 ? " " : "",
                 strtoul(tile->tabs[i]->tab_id + 1, NULL, 10));
    }
    assert_string_equal(got, want);
}

static void tabs_go_before_the_named_one_or_to_the_end(void **state)
{
    struct layout l = fresh();

    (void)state;
    assert_int_equal(apply(&l, OP_ADD, 1, 0), LAYOUT_APPLIED);
    assert_int_equal(apply(&l, OP_ADD, 2, 0), LAYOUT_APPLIED);
    assert_int_equal(apply(&l, OP_ADD, 3, 1), LAYOUT_APPLIED);
    assert_int_equal(apply(&l, OP_ADD, 4, 99), LAYOUT_APPLIED);
    assert_order(&l, "3 1 2 4");
    assert_int_equal(apply(&l, OP_MOVE, 4, 3), LAYOUT_APPLIED);
    assert_order(&l, "4 3 1 2");
    assert_int_equal(apply(&l, OP_MOVE, 4, 0), LAYOUT_APPLIED);
    assert_order(&l, "3 1 2 4");
    assert_int_equal(apply(&l, OP_CLOSE, 1, 0), LAYOUT_APPLIED);
    assert_order(&l, "3 2 4");
    layout_done(&l);
}

static void what_is_gone_is_gone_and_what_is_there_is_in_use(void **state)
{
    struct layout l = fresh();

    (void)state;
    assert_int_equal(apply(&l, OP_CLOSE, 1, 0), LAYOUT_GONE);
    assert_int_equal(apply(&l, OP_MOVE, 1, 0), LAYOUT_GONE);
    assert_int_equal(apply(&l, OP_RENAME, 1, 0), LAYOUT_GONE);
    assert_int_equal(apply(&l, OP_ADD, 1, 0), LAYOUT_APPLIED);
    assert_int_equal(apply(&l, OP_ADD, 1, 0), LAYOUT_ID_IN_USE);
    assert_int_equal(apply(&l, OP_MOVE, 1, 1), LAYOUT_INVALID);
    assert_order(&l, "1");
    layout_done(&l);
}

static void a_tile_that_is_gone_means_the_first(void **state)
{
    struct layout l = fresh();
    struct any_op o;

    (void)state;
    make(&o, OP_ADD, 1, 77, 0);
    assert_int_equal(layout_apply(&l, &o.op), LAYOUT_APPLIED);
    assert_order(&l, "1");
    layout_done(&l);
}

static void there_are_at_most_512_tabs(void **state)
{
    struct layout l = fresh();

    (void)state;
    for (unsigned i = 1; i <= LAYOUT_TABS_MAX; i++) {
        assert_int_equal(apply(&l, OP_ADD, i, 0), LAYOUT_APPLIED);
    }
    assert_int_equal(apply(&l, OP_ADD, 600, 0), LAYOUT_LIMIT);
    assert_int_equal(apply(&l, OP_CLOSE, 5, 0), LAYOUT_APPLIED);
    assert_int_equal(apply(&l, OP_ADD, 600, 0), LAYOUT_APPLIED);
    layout_done(&l);
}

static void ops_are_cleaned_or_refused(void **state)
{
    struct arena a = { 0 };
    struct any_op o;

    (void)state;
    make(&o, OP_RENAME, 1, 1, 0);
    snprintf(o.title, sizeof(o.title), "  a\n\t b  ");
    assert_int_equal(layout_clean_op(&o.op, &a), LAYOUT_APPLIED);
    assert_string_equal(o.rename.title, "a b");

    make(&o, OP_RENAME, 1, 1, 0);
    memset(o.title, 'x', LAYOUT_TITLE_MAX + 1);
    assert_int_equal(layout_clean_op(&o.op, &a), LAYOUT_INVALID);

    make(&o, OP_ADD, 1, 1, 0);
    o.tab.kind = LEAPMUX__V1__TAB_KIND__TAB_KIND_UNSPECIFIED;
    assert_int_equal(layout_clean_op(&o.op, &a), LAYOUT_INVALID);

    make(&o, OP_ADD, 1, 1, 0);
    o.add.tab = NULL;
    assert_int_equal(layout_clean_op(&o.op, &a), LAYOUT_INVALID);

    make(&o, OP_CLOSE, 1, 1, 0);
    o.close.tab_id = (char[]){ "../../etc/passwd" };
    assert_int_equal(layout_clean_op(&o.op, &a), LAYOUT_INVALID);

    make(&o, OP_CLOSE, 1, 1, 0);
    o.op_id.s[0] = '\0';
    assert_int_equal(layout_clean_op(&o.op, &a), LAYOUT_INVALID);

    make(&o, OP_CLOSE, 1, 1, 0);
    o.op.op_case = LEAPMUX__V1__LAYOUT_OP__OP__NOT_SET;
    assert_int_equal(layout_clean_op(&o.op, &a), LAYOUT_INVALID);
    arena_done(&a);
}

static struct layout copy_of(const struct layout *l)
{
    struct layout copy;
    struct buf encoded;
    struct err e = { 0 };

    buf_init(&encoded, LAYOUT_STATE_MAX);
    assert_true(layout_write(l, &encoded, &e));
    if (!layout_read(&copy, buf_view(&encoded), &e)) {
        fail_msg("%s", e.msg);
    }
    buf_done(&encoded);
    return copy;
}

static void assert_same(const struct layout *a, const struct layout *b)
{
    struct buf ea;
    struct buf eb;
    struct err e = { 0 };

    buf_init(&ea, LAYOUT_STATE_MAX);
    buf_init(&eb, LAYOUT_STATE_MAX);
    assert_true(layout_write(a, &ea, &e) && layout_write(b, &eb, &e));
    assert_true(bytes_equal(buf_view(&ea), buf_view(&eb)));
    buf_done(&ea);
    buf_done(&eb);
}

/* A tree of two splits and three tiles, to walk in. */
static struct layout split_layout(void)
{
    static Leapmux__V1__LayoutTile tiles[3];
    static Leapmux__V1__LayoutNode leaves[3], inner, root;
    static Leapmux__V1__LayoutSplit outer_split, inner_split;
    static Leapmux__V1__LayoutNode *outer_children[] = { &leaves[0], &inner };
    static Leapmux__V1__LayoutNode *inner_children[] = { &leaves[1], &leaves[2] };
    static double ratios[] = { 0.25, 0.75 };
    static struct id ids[3];
    Leapmux__V1__LayoutSnapshot snapshot = LEAPMUX__V1__LAYOUT_SNAPSHOT__INIT;
    struct layout plain = { .state = &snapshot };

    for (unsigned i = 0; i < 3; i++) {
        leapmux__v1__layout_tile__init(&tiles[i]);
        ids[i] = numbered('i', i + 1);
        tiles[i].tile_id = ids[i].s;
        leapmux__v1__layout_node__init(&leaves[i]);
        leaves[i].node_case = LEAPMUX__V1__LAYOUT_NODE__NODE_TILE;
        leaves[i].tile = &tiles[i];
    }
    leapmux__v1__layout_split__init(&inner_split);
    inner_split.n_children = inner_split.n_ratios = 2;
    inner_split.children = inner_children;
    inner_split.ratios = ratios;
    outer_split = inner_split;
    outer_split.children = outer_children;
    leapmux__v1__layout_node__init(&inner);
    inner.node_case = LEAPMUX__V1__LAYOUT_NODE__NODE_SPLIT;
    inner.split = &inner_split;
    root = inner;
    root.split = &outer_split;
    snapshot.root = &root;
    return copy_of(&plain);
}

/* Ops by chance: rules hold after each, a replica that gets the same ops stays equal, and so does
 * one that begins with a snapshot half way. */
static void random_ops_keep_the_rules_and_replicas_equal(void **state)
{
    uint32_t chance = 7;

    (void)state;
    for (int round = 0; round < 20; round++) {
        struct layout l = round % 2 == 0 ? fresh() : split_layout();
        struct layout replica = copy_of(&l);
        struct err e = { 0 };

        for (int i = 0; i < 300; i++) {
            struct any_op o;
            struct layout before = copy_of(&l);
            enum layout_verdict v;

            chance = chance * 1664525u + 1013904223u;
            make(&o, OP_ADD + (int)(chance >> 28) % 4, 1 + (chance >> 8) % 30,
                 1 + (chance >> 20) % 5, (chance >> 16) % 30);
            snprintf(o.title, sizeof(o.title), "title %u", chance);
            v = layout_apply(&l, &o.op);
            assert_int_equal(layout_apply(&replica, &o.op), v);
            if (v != LAYOUT_APPLIED) {
                assert_same(&l, &before);
            }
            if (!layout_check(&l, &e)) {
                fail_msg("%s", e.msg);
            }
            assert_same(&l, &replica);
            layout_done(&before);
            if (i == 150) {
                layout_done(&replica);
                replica = copy_of(&l);
            }
        }
        layout_done(&l);
        layout_done(&replica);
    }
}

static void a_stored_state_that_breaks_a_rule_is_refused(void **state)
{
    struct layout l = split_layout();
    struct layout out;
    struct buf encoded;
    struct err e = { 0 };

    (void)state;
    l.state->root->split->ratios[0] = 0.001;
    buf_init(&encoded, LAYOUT_STATE_MAX);
    assert_true(layout_write(&l, &encoded, &e));
    assert_false(layout_read(&out, buf_view(&encoded), &e));
    assert_int_equal(e.code, ERR_DATA_LOSS);
    assert_false(layout_read(&out, bytes_of("nonsense"), &e));
    buf_done(&encoded);
    layout_done(&l);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tabs_go_before_the_named_one_or_to_the_end),
        cmocka_unit_test(what_is_gone_is_gone_and_what_is_there_is_in_use),
        cmocka_unit_test(a_tile_that_is_gone_means_the_first),
        cmocka_unit_test(there_are_at_most_512_tabs),
        cmocka_unit_test(ops_are_cleaned_or_refused),
        cmocka_unit_test(random_ops_keep_the_rules_and_replicas_equal),
        cmocka_unit_test(a_stored_state_that_breaks_a_rule_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
