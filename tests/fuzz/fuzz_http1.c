/* SPDX-License-Identifier: Apache-2.0 */
/* A request means the same whether it comes at once or in pieces. First octet: size of pieces. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "net/http1_parser.h"

enum { BODY_MAX = 4096 };

struct outcome {
    enum http1_event last;
    int status;
    size_t used;
    struct buf text; /* everything that was understood */
};

static void note(struct buf *out, struct bytes what)
{
    struct err e;

    if (!buf_put(out, what, &e) || !buf_put_u8(out, '\n', &e)) {
        abort();
    }
}

static void note_head(struct outcome *o, const struct http1_parser *p)
{
    const struct http1_head *h = http1_parser_head(p);

    note(&o->text, bytes_of(h->method));
    note(&o->text, bytes_of(h->target));
    for (size_t i = 0; i < h->n_fields; i++) {
        const char *name;
        const char *value;

        http1_parser_field(p, i, &name, &value);
        assert(strpbrk(value, "\r\n") == NULL);
        note(&o->text, bytes_of(name));
        note(&o->text, bytes_of(value));
    }
}

static struct outcome parse(struct bytes in, size_t piece)
{
    struct outcome o = { .last = HTTP1_MORE };
    struct http1_parser *p = http1_parser_new();
    struct bytes body;
    bool step = false;

    buf_init(&o.text, 1024 * 1024);
    while ((o.used < in.n || step) && o.last != HTTP1_MESSAGE && o.last != HTTP1_BAD) {
        size_t n = in.n - o.used < piece ? in.n - o.used : piece;
        uint8_t *copy = must_alloc(n);

        if (n > 0) {
            memcpy(copy, in.p + o.used, n);
        }
        o.used += http1_parser_feed(p, copy, n, &o.last);
        free(copy);
        step = o.last == HTTP1_HEAD;
        if (step) {
            note_head(&o, p);
            http1_parser_collect(p, BODY_MAX);
        }
    }
    o.status = o.last == HTTP1_BAD ? http1_parser_head(p)->status : 0;
    if (o.last == HTTP1_MESSAGE && http1_parser_body(p, &body)) {
        note(&o.text, body);
    }
    http1_parser_free(p);
    return o;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct outcome whole;
    struct outcome pieces;

    if (size < 1 || size > 65536) {
        return 0;
    }
    whole = parse((struct bytes){ data + 1, size - 1 }, size);
    pieces = parse((struct bytes){ data + 1, size - 1 }, (size_t)data[0] + 1);
    /* Which of two limits is passed first may depend on the pieces; that it is refused may not. */
    assert((whole.last == HTTP1_BAD) == (pieces.last == HTTP1_BAD));
    assert((whole.last == HTTP1_MESSAGE) == (pieces.last == HTTP1_MESSAGE));
    if (whole.last == HTTP1_BAD) {
        assert(whole.status >= 400 && pieces.status >= 400);
    } else {
        assert(bytes_equal(buf_view(&whole.text), buf_view(&pieces.text)));
        assert(whole.used == pieces.used);
    }
    buf_done(&whole.text);
    buf_done(&pieces.text);
    return 0;
}
