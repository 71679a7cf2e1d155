/* SPDX-License-Identifier: Apache-2.0 */
/* Frames mean the same whether they come at once or in pieces. First octet: size of pieces. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/utf8.h"
#include "net/ws_codec.h"

enum { MESSAGE_MAX = 4096 };

static void note(struct buf *out, const struct ws_event *event)
{
    struct err e;

    if (!buf_printf(out, &e, "%d %d %d %zu:", event->kind, event->opcode, event->code,
                    event->payload.n) ||
        !buf_put(out, event->payload, &e)) {
        abort();
    }
}

static void check(const struct ws_event *event)
{
    assert(event->payload.n <= MESSAGE_MAX);
    if (event->kind == WS_GOT_MESSAGE) {
        assert(event->opcode == WS_TEXT || event->opcode == WS_BINARY);
        assert(event->opcode != WS_TEXT || utf8_is_valid(event->payload));
    } else if (event->kind == WS_GOT_CONTROL) {
        assert(event->opcode >= WS_CLOSE && event->payload.n <= WS_CONTROL_MAX);
    } else if (event->kind == WS_FAULT) {
        assert(event->code == 1002 || event->code == 1007 || event->code == 1009);
    }
}

static struct buf receive(struct bytes in, size_t piece)
{
    struct ws_decoder d;
    struct ws_event event = { .kind = WS_NEED_MORE };
    struct buf seen;
    size_t used = 0;

    buf_init(&seen, 64 * 1024 * 1024);
    ws_decoder_init(&d, MESSAGE_MAX, false);
    while (used < in.n && event.kind != WS_FAULT) {
        size_t n = in.n - used < piece ? in.n - used : piece;
        uint8_t *copy = must_alloc(n);
        size_t done = 0;

        memcpy(copy, in.p + used, n);
        while (done < n && event.kind != WS_FAULT) {
            done += ws_decoder_feed(&d, copy + done, n - done, &event);
            assert(done <= n);
            check(&event);
            if (event.kind != WS_NEED_MORE) {
                note(&seen, &event);
            }
        }
        free(copy);
        used += n;
    }
    ws_decoder_done(&d);
    return seen;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf whole;
    struct buf pieces;

    if (size < 1 || size > 65536) {
        return 0;
    }
    whole = receive((struct bytes){ data + 1, size - 1 }, size);
    pieces = receive((struct bytes){ data + 1, size - 1 }, (size_t)data[0] + 1);
    assert(bytes_equal(buf_view(&whole), buf_view(&pieces)));
    buf_done(&whole);
    buf_done(&pieces);
    return 0;
}
