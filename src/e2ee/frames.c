/* SPDX-License-Identifier: Apache-2.0 */
#include "e2ee/frames.h"

#include <assert.h>

#include "base/utf8.h"

enum { REASON_MAX = 64, MESSAGE_MAX = 1024 }; /* octets of what we send in an END */

/* What is fixed about a type: who sends it, where, and with which flag. */
struct shape {
    bool from_client;
    bool from_worker;
    bool on_stream;
    bool on_channel;
    uint8_t flag;
};

static const struct shape SHAPES[] = {
    [FRAME_OPEN] = { .from_client = true, .on_stream = true, .flag = FRAME_MORE },
    [FRAME_DATA] = { .from_client = true,
                     .from_worker = true,
                     .on_stream = true,
                     .flag = FRAME_MORE },
    [FRAME_WINDOW] = { .from_client = true,
                       .from_worker = true,
                       .on_stream = true,
                       .on_channel = true },
    [FRAME_END] = { .from_worker = true, .on_stream = true },
    [FRAME_CANCEL] = { .from_client = true, .on_stream = true },
    [FRAME_PING] = { .from_client = true, .from_worker = true, .on_channel = true },
    [FRAME_PONG] = { .from_client = true, .from_worker = true, .on_channel = true },
    [FRAME_CLOSE] = { .from_client = true, .from_worker = true, .on_channel = true },
    [FRAME_FILL] = { .from_client = true,
                     .from_worker = true,
                     .on_channel = true,
                     .flag = FRAME_ANSWER },
};

static bool is_zero(struct bytes b)
{
    for (size_t i = 0; i < b.n; i++) {
        if (b.p[i] != 0) {
            return false;
        }
    }
    return true;
}

static const char *read_open(struct reader *r, struct frame *f)
{
    f->method = read_bytes(r, read_u8(r));
    f->body = read_rest(r);
    return r->bad || f->method.n == 0 ? "OPEN without a method" : NULL;
}

static const char *read_end(struct reader *r, struct frame *f)
{
    uint8_t code = read_u8(r);

    f->status.code = code <= ERR_UNAUTHENTICATED ? (enum err_code)code : ERR_UNKNOWN;
    f->status.reason = read_bytes(r, read_u16be(r));
    f->status.message = read_bytes(r, read_u16be(r));
    f->status.details = read_rest(r);
    f->status.message.n = utf8_valid_prefix(f->status.message);
    return r->bad ? "END has a wrong length" : NULL;
}

static const char *read_body(struct bytes body, struct frame *f)
{
    struct reader r = reader_of(body);

    f->body = body;
    switch (f->type) {
    case FRAME_OPEN:
        return read_open(&r, f);
    case FRAME_DATA:
    case FRAME_FILL:
        return NULL;
    case FRAME_WINDOW:
        f->credit = read_u32be(&r);
        if (body.n != 4) {
            return "WINDOW has a wrong length";
        }
        return f->credit >= 1 && f->credit <= FRAME_CREDIT_MAX ? NULL : "WINDOW out of range";
    case FRAME_END:
        return body.n <= FRAME_END_MAX ? read_end(&r, f) : "END is too long";
    case FRAME_CANCEL:
        return body.n == 0 ? NULL : "CANCEL has a wrong length";
    case FRAME_PING:
    case FRAME_PONG:
        return body.n == FRAME_PING_LEN ? NULL : "PING or PONG has a wrong length";
    case FRAME_CLOSE:
        f->reason = read_u16be(&r);
        return body.n == 2 ? NULL : "CLOSE has a wrong length";
    }
    return "unknown type";
}

static const char *check_shape(const struct frame *f, uint8_t flags, bool from_client)
{
    const struct shape *shape = &SHAPES[f->type];

    if (!(from_client ? shape->from_client : shape->from_worker)) {
        return "frame in the wrong direction";
    }
    if ((flags & ~shape->flag) != 0) {
        return "unknown flag";
    }
    if (f->stream == 0 ? !shape->on_channel : !shape->on_stream) {
        return "frame on the wrong kind of stream";
    }
    return f->stream <= FRAME_STREAM_MAX ? NULL : "stream id out of range";
}

const char *frame_read(struct bytes plain, bool from_client, struct frame *out)
{
    struct reader r = reader_of(plain);
    uint8_t type = read_u8(&r);
    uint8_t flags = read_u8(&r);
    uint16_t padding = read_u16be(&r);
    uint32_t stream = read_u32be(&r);
    struct frame f = { .stream = stream };
    struct bytes body;
    const char *wrong;

    if (r.bad) {
        return "frame is shorter than its header";
    }
    if (type < FRAME_OPEN || type > FRAME_FILL) {
        return "unknown type";
    }
    f.type = (enum frame_type)type;
    f.more = (flags & FRAME_MORE) != 0;
    f.answer = (flags & FRAME_ANSWER) != 0;
    wrong = check_shape(&f, flags, from_client);
    if (wrong != NULL) {
        return wrong;
    }
    if (padding > r.left.n) {
        return "padding is too long";
    }
    body = read_bytes(&r, r.left.n - padding);
    if (!is_zero(read_rest(&r))) {
        return "padding is not zero";
    }
    wrong = read_body(body, &f);
    if (wrong == NULL) {
        *out = f;
    }
    return wrong;
}

void frame_header(enum frame_type type, unsigned flags, uint32_t stream,
                  uint8_t out[static FRAME_HEADER_LEN])
{
    out[0] = (uint8_t)type;
    out[1] = (uint8_t)flags;
    out[2] = 0;
    out[3] = 0;
    for (int i = 0; i < 4; i++) {
        out[4 + i] = (uint8_t)(stream >> (24 - 8 * i));
    }
}

void frame_put_status(const struct channel_status *status, struct buf *out)
{
    struct bytes reason = { status->reason.p, utf8_cut(status->reason, REASON_MAX) };
    struct bytes message = { status->message.p, utf8_cut(status->message, MESSAGE_MAX) };
    struct err e;
    bool fits;

    /* a peer closes the channel over text that is not UTF-8, so ours must not be wrong */
    message.n = utf8_valid_prefix(message);
    fits = buf_put_u8(out, (uint8_t)status->code, &e) &&
           buf_put_u16be(out, (uint16_t)reason.n, &e) && buf_put(out, reason, &e) &&
           buf_put_u16be(out, (uint16_t)message.n, &e) && buf_put(out, message, &e);
    assert(fits);
    if (out->n + status->details.n <= FRAME_END_MAX) {
        fits = buf_put(out, status->details, &e);
        assert(fits);
    }
}
