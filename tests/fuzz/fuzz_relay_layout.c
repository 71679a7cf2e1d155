/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The reducer: a state from outside is refused or good; ops from outside, one behind the other,
 * keep every rule, and a replica that reads the stored state goes on equal.
 *
 * Input: length of the state (2 octets), the state, then ops, each behind its length (1 octet).
 */
#include <stdlib.h>

#include "relay/layout.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds) {
        abort();
    }
}

static struct layout reread(const struct layout *l)
{
    struct layout copy;
    struct buf encoded;
    struct err e = { 0 };

    buf_init(&encoded, LAYOUT_STATE_MAX);
    must(layout_write(l, &encoded, &e));
    must(layout_read(&copy, buf_view(&encoded), &e));
    buf_done(&encoded);
    return copy;
}

static void must_be_equal(const struct layout *a, const struct layout *b)
{
    struct buf ea;
    struct buf eb;
    struct err e = { 0 };

    buf_init(&ea, LAYOUT_STATE_MAX);
    buf_init(&eb, LAYOUT_STATE_MAX);
    must(layout_write(a, &ea, &e) && layout_write(b, &eb, &e));
    must(bytes_equal(buf_view(&ea), buf_view(&eb)));
    buf_done(&ea);
    buf_done(&eb);
}

static void *take_memory(void *arena, size_t n)
{
    return arena_alloc(arena, n);
}

static void leave_memory(void *arena, void *p)
{
    (void)arena;
    (void)p;
}

static void apply(struct layout *l, struct layout *replica, struct bytes encoded)
{
    struct arena a = { 0 };
    ProtobufCAllocator allocator = { take_memory, leave_memory, &a };
    Leapmux__V1__LayoutOp *op = leapmux__v1__layout_op__unpack(&allocator, encoded.n, encoded.p);
    struct err e = { 0 };

    if (op != NULL && layout_clean_op(op, &a) == LAYOUT_APPLIED) {
        must(layout_apply(l, op) == layout_apply(replica, op));
        must(layout_check(l, &e));
    }
    arena_done(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct reader r = reader_of((struct bytes){ data, size });
    struct bytes state = read_bytes(&r, read_u16be(&r));
    struct id tile = { "iiiiiiiiiiiiiiiiiiiiii" };
    struct layout l;
    struct layout replica;
    struct err e = { 0 };

    if (!layout_read(&l, state, &e)) {
        layout_init(&l, tile);
    }
    replica = reread(&l);
    while (!r.bad && r.left.n > 0) {
        apply(&l, &replica, read_bytes(&r, read_u8(&r)));
    }
    must_be_equal(&l, &replica);
    layout_done(&l);
    layout_done(&replica);
    return 0;
}
