/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/provider/lines.h"

#include <string.h>

void lines_init(struct lines *l, size_t limit)
{
    *l = (struct lines){ 0 };
    buf_init(&l->held, limit);
}

void lines_done(struct lines *l)
{
    buf_done(&l->held);
}

static void hold(struct lines *l, struct bytes data)
{
    struct err e;
    size_t room = l->held.max - l->held.n;

    l->length += data.n;
    if (data.n > room) {
        data.n = room;
    }
    if (!buf_put(&l->held, data, &e)) {
        return; /* cannot be: it fits */
    }
}

static void tell(struct bytes line, uint64_t length, lines_fn fn, void *arg)
{
    if (line.n > 0 && length == line.n && line.p[line.n - 1] == '\r') {
        line.n--;
        length--;
    }
    if (line.n > 0) {
        fn(arg, line, length);
    }
}

static void tell_held(struct lines *l, lines_fn fn, void *arg)
{
    /* fn may be slow and large lines are rare: their memory goes with them */
    struct buf line = l->held;
    uint64_t length = l->length;

    lines_init(l, line.max);
    tell(buf_view(&line), length, fn, arg);
    buf_done(&line);
}

void lines_feed(struct lines *l, struct bytes data, lines_fn fn, void *arg)
{
    while (data.n > 0) {
        const uint8_t *end = memchr(data.p, '\n', data.n);
        struct bytes part = { .p = data.p, .n = end != NULL ? (size_t)(end - data.p) : data.n };

        if (end == NULL) {
            hold(l, part);
            return;
        }
        if (l->length == 0 && part.n <= l->held.max) {
            tell(part, part.n, fn, arg);
        } else {
            hold(l, part);
            tell_held(l, fn, arg);
        }
        data.p += part.n + 1;
        data.n -= part.n + 1;
    }
}

void lines_finish(struct lines *l, lines_fn fn, void *arg)
{
    if (l->length > 0) {
        tell_held(l, fn, arg);
    }
}
