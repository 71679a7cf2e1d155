/* SPDX-License-Identifier: Apache-2.0 */
#include "relay/socket_frame.h"

static bool read_u32_varint(struct reader *r, uint32_t *out, struct err *e)
{
    uint64_t v = read_varint(r);

    if (r->bad || v > UINT32_MAX) {
        return err_set(e, ERR_INVALID_ARGUMENT, "INVALID", "a frame without a 32-bit number");
    }
    *out = (uint32_t)v;
    return true;
}

static bool read_record(struct reader *r, struct socket_frame *out, struct err *e)
{
    TRY(read_u32_varint(r, &out->ref, e));
    out->body = read_rest(r);
    if (out->body.n < RELAY_RECORD_MIN || out->body.n > RELAY_RECORD_MAX) {
        return err_set(e, ERR_INVALID_ARGUMENT, "INVALID", "a record of %zu octets", out->body.n);
    }
    return true;
}

static bool read_close(struct reader *r, struct socket_frame *out, struct err *e)
{
    TRY(read_u32_varint(r, &out->ref, e));
    TRY(read_u32_varint(r, &out->reason, e));
    if (out->reason > LEAPMUX__V1__CLOSE_REASON__CLOSE_REASON_REPLACED) {
        return err_set(e, ERR_INVALID_ARGUMENT, "INVALID", "an unknown reason to close");
    }
    return reader_end(r, e);
}

bool socket_frame_read(struct bytes message, struct socket_frame *out, struct err *e)
{
    struct reader r = reader_of(message);
    struct socket_frame frame = { .kind = (Leapmux__V1__FrameKind)read_u8(&r) };

    switch ((int)frame.kind) {
    case LEAPMUX__V1__FRAME_KIND__FRAME_KIND_RECORD:
        TRY(read_record(&r, &frame, e));
        break;
    case LEAPMUX__V1__FRAME_KIND__FRAME_KIND_CLOSE:
        TRY(read_close(&r, &frame, e));
        break;
    case LEAPMUX__V1__FRAME_KIND__FRAME_KIND_OPEN:
    case LEAPMUX__V1__FRAME_KIND__FRAME_KIND_SUBSCRIBE:
    case LEAPMUX__V1__FRAME_KIND__FRAME_KIND_UNSUBSCRIBE:
    case LEAPMUX__V1__FRAME_KIND__FRAME_KIND_PRESENCE:
        frame.body = read_rest(&r);
        break;
    default: /* a number from outside, not an enumerator */
        return err_set(e, ERR_INVALID_ARGUMENT, "INVALID", "a frame that clients do not send");
    }
    *out = frame;
    return true;
}

static size_t put_varint(uint32_t v, uint8_t *out)
{
    size_t n = 0;

    while (v >= 0x80) {
        out[n++] = (uint8_t)(v | 0x80);
        v >>= 7;
    }
    out[n++] = (uint8_t)v;
    return n;
}

size_t socket_frame_record_head(uint32_t ref, uint8_t out[static SOCKET_FRAME_HEAD_MAX])
{
    out[0] = LEAPMUX__V1__FRAME_KIND__FRAME_KIND_RECORD;
    return 1 + put_varint(ref, out + 1);
}

size_t socket_frame_close(uint32_t ref, uint32_t reason,
                          uint8_t out[static SOCKET_FRAME_HEAD_MAX + 5])
{
    size_t n = 1;

    out[0] = LEAPMUX__V1__FRAME_KIND__FRAME_KIND_CLOSE;
    n += put_varint(ref, out + n);
    return n + put_varint(reason, out + n);
}
