/* SPDX-License-Identifier: Apache-2.0 */
#include "net/ws_codec.h"

#include <assert.h>
#include <string.h>

#include "base/utf8.h"

enum {
    FIN = 0x80,
    RESERVED = 0x70,
    OPCODE = 0x0f,
    MASKED = 0x80,
    LENGTH = 0x7f,
    LENGTH_16 = 126,
    LENGTH_64 = 127,
};

enum { PROTOCOL_ERROR = 1002, NO_CODE = 1005, BAD_TEXT = 1007, TOO_BIG = 1009 };

size_t ws_head(enum ws_opcode opcode, size_t payload, uint8_t out[static WS_HEAD_MAX])
{
    out[0] = (uint8_t)(FIN | opcode);
    if (payload < LENGTH_16) {
        out[1] = (uint8_t)payload;
        return 2;
    }
    if (payload <= UINT16_MAX) {
        out[1] = LENGTH_16;
        out[2] = (uint8_t)(payload >> 8);
        out[3] = (uint8_t)payload;
        return 4;
    }
    out[1] = LENGTH_64;
    for (size_t i = 0; i < 8; i++) {
        out[2 + i] = (uint8_t)((uint64_t)payload >> (56 - 8 * i));
    }
    return 10;
}

void ws_decoder_init(struct ws_decoder *d, size_t message_max, bool binary_only)
{
    *d = (struct ws_decoder){ .message_max = message_max, .binary_only = binary_only };
    buf_init(&d->message, message_max);
}

void ws_decoder_done(struct ws_decoder *d)
{
    buf_done(&d->message);
}

static bool fault(struct ws_event *event, int code)
{
    *event = (struct ws_event){ .kind = WS_FAULT, .code = code };
    return false;
}

static bool is_control(enum ws_opcode opcode)
{
    return opcode >= WS_CLOSE;
}

static size_t head_length(const struct ws_decoder *d)
{
    size_t n = 2 + sizeof(d->mask);

    if (d->head_n < 2) {
        return 2;
    }
    if ((d->head[1] & LENGTH) == LENGTH_16) {
        n += 2;
    } else if ((d->head[1] & LENGTH) == LENGTH_64) {
        n += 8;
    }
    return n;
}

/* What the first two octets already say. */
static bool check_begin(const struct ws_decoder *d, struct ws_event *event)
{
    unsigned opcode = d->head[0] & OPCODE;
    bool control = opcode >= WS_CLOSE;

    if ((d->head[0] & RESERVED) != 0 || (d->head[1] & MASKED) == 0) {
        return fault(event, PROTOCOL_ERROR);
    }
    if (opcode > WS_PONG || (opcode > WS_BINARY && opcode < WS_CLOSE)) {
        return fault(event, PROTOCOL_ERROR);
    }
    if (control && ((d->head[0] & FIN) == 0 || (d->head[1] & LENGTH) > WS_CONTROL_MAX)) {
        return fault(event, PROTOCOL_ERROR);
    }
    /* A continuation continues something, and nothing else comes in between. RFC 6455 5.4 */
    if (!control && (opcode == WS_CONTINUATION) != (d->collected != WS_CONTINUATION)) {
        return fault(event, PROTOCOL_ERROR);
    }
    if (opcode == WS_TEXT && d->binary_only) {
        return fault(event, PROTOCOL_ERROR);
    }
    return true;
}

/* The whole head is there. */
static bool begin_frame(struct ws_decoder *d, struct ws_event *event)
{
    struct reader r = reader_of((struct bytes){ d->head, d->head_n });
    uint8_t length;
    struct bytes mask;

    d->final = (read_u8(&r) & FIN) != 0;
    d->opcode = (enum ws_opcode)(d->head[0] & OPCODE);
    length = read_u8(&r) & LENGTH;
    d->left = length;
    if (length == LENGTH_16) {
        d->left = read_u16be(&r);
    } else if (length == LENGTH_64) {
        d->left = read_u64be(&r);
    }
    mask = read_bytes(&r, sizeof(d->mask));
    memcpy(d->mask, mask.p, sizeof(d->mask));
    d->mask_at = 0;
    d->in_payload = true;
    /* RFC 6455 5.2: the shortest form, and the highest bit is 0 */
    if ((length == LENGTH_16 && d->left < LENGTH_16) ||
        (length == LENGTH_64 && (d->left <= UINT16_MAX || d->left > INT64_MAX))) {
        return fault(event, PROTOCOL_ERROR);
    }
    if (is_control(d->opcode)) {
        d->control_n = 0;
        return true;
    }
    if (d->left > d->message_max - d->message.n) {
        return fault(event, TOO_BIG);
    }
    if (d->opcode != WS_CONTINUATION) {
        d->collected = d->opcode;
    }
    return true;
}

static size_t feed_head(struct ws_decoder *d, const uint8_t *data, size_t n, struct ws_event *event)
{
    size_t used = 0;

    while (used < n && d->head_n < head_length(d)) {
        d->head[d->head_n++] = data[used++];
        if (d->head_n == 2 && !check_begin(d, event)) {
            return used;
        }
    }
    if (d->head_n >= 2 && d->head_n == head_length(d)) {
        (void)begin_frame(d, event);
    }
    return used;
}

static void unmask(struct ws_decoder *d, uint8_t *data, size_t n)
{
    uint8_t mask[8];
    uint64_t wide;
    size_t i = 0;

    for (size_t k = 0; k < sizeof(mask); k++) {
        mask[k] = d->mask[(d->mask_at + k) % 4];
    }
    memcpy(&wide, mask, sizeof(wide));
    for (; n - i >= sizeof(wide); i += sizeof(wide)) {
        uint64_t v;

        memcpy(&v, data + i, sizeof(v));
        v ^= wide;
        memcpy(data + i, &v, sizeof(v));
    }
    for (; i < n; i++) {
        data[i] ^= mask[i % 4];
    }
    d->mask_at = (unsigned)((d->mask_at + n) % 4);
}

/* Whether octets that are no whole character may still become one. RFC 3629 4 */
static bool may_become_character(struct bytes t)
{
    size_t want;

    if (t.n == 0) {
        return true;
    }
    if (t.p[0] >= 0xc2 && t.p[0] <= 0xdf) {
        want = 2;
    } else if (t.p[0] >= 0xe0 && t.p[0] <= 0xef) {
        want = 3;
    } else if (t.p[0] >= 0xf0 && t.p[0] <= 0xf4) {
        want = 4;
    } else {
        return false;
    }
    for (size_t i = 1; i < t.n; i++) {
        if ((t.p[i] & 0xc0) != 0x80) {
            return false;
        }
    }
    if (t.n > 1 && ((t.p[0] == 0xe0 && t.p[1] < 0xa0) || (t.p[0] == 0xed && t.p[1] > 0x9f) ||
                    (t.p[0] == 0xf0 && t.p[1] < 0x90) || (t.p[0] == 0xf4 && t.p[1] > 0x8f))) {
        return false;
    }
    return t.n < want;
}

/* Text is refused at the first octet that cannot be right, not at the end of a long message. */
static bool check_text(struct ws_decoder *d, bool whole, struct ws_event *event)
{
    struct reader r = reader_of(buf_view(&d->message));
    struct bytes rest;

    if (d->collected != WS_TEXT) {
        return true;
    }
    (void)read_bytes(&r, d->checked);
    rest = read_rest(&r);
    d->checked += utf8_valid_prefix(rest);
    r = reader_of(buf_view(&d->message));
    (void)read_bytes(&r, d->checked);
    rest = read_rest(&r);
    return rest.n == 0 || (!whole && may_become_character(rest)) || fault(event, BAD_TEXT);
}

static bool is_close_code(unsigned code)
{
    return (code >= 1000 && code <= 1014 && code != 1004 && code != 1005 && code != 1006) ||
           (code >= 3000 && code <= 4999);
}

static void give_close(struct ws_decoder *d, struct ws_event *event)
{
    struct reader r = reader_of(event->payload);

    event->code = NO_CODE;
    if (d->control_n == 0) {
        return;
    }
    event->code = read_u16be(&r);
    event->payload = read_rest(&r);
    if (r.bad || !is_close_code((unsigned)event->code)) {
        (void)fault(event, PROTOCOL_ERROR);
    } else if (!utf8_is_valid(event->payload)) {
        (void)fault(event, BAD_TEXT);
    }
}

static void give_control(struct ws_decoder *d, struct ws_event *event)
{
    *event = (struct ws_event){ .kind = WS_GOT_CONTROL,
                                .opcode = d->opcode,
                                .payload = { d->control, d->control_n } };
    if (d->opcode == WS_CLOSE) {
        give_close(d, event);
    }
}

static void give_message(struct ws_decoder *d, struct bytes payload, struct ws_event *event)
{
    *event =
        (struct ws_event){ .kind = WS_GOT_MESSAGE, .opcode = d->collected, .payload = payload };
    d->collected = WS_CONTINUATION;
    d->message_given = true;
}

static void end_frame(struct ws_decoder *d, struct ws_event *event)
{
    d->head_n = 0;
    d->in_payload = false;
    if (is_control(d->opcode)) {
        give_control(d, event);
    } else if (d->final && check_text(d, true, event)) {
        give_message(d, buf_view(&d->message), event);
    }
}

/* The usual case: a whole message in one frame, all of it here. Nothing is copied. */
static bool give_at_once(struct ws_decoder *d, uint8_t *data, size_t n, struct ws_event *event)
{
    struct bytes payload = { data, (size_t)d->left };

    if (is_control(d->opcode) || !d->final || d->opcode == WS_CONTINUATION || d->left > n ||
        d->message.n > 0) {
        return false;
    }
    unmask(d, data, payload.n);
    d->left = 0;
    d->head_n = 0;
    d->in_payload = false;
    if (d->opcode == WS_TEXT && !utf8_is_valid(payload)) {
        (void)fault(event, BAD_TEXT);
        return true;
    }
    give_message(d, payload, event);
    return true;
}

static size_t feed_payload(struct ws_decoder *d, uint8_t *data, size_t n, struct ws_event *event)
{
    size_t whole = (size_t)d->left;
    size_t used = n < d->left ? n : (size_t)d->left;
    struct err e;

    if (give_at_once(d, data, n, event)) {
        return whole;
    }
    unmask(d, data, used);
    d->left -= used;
    if (is_control(d->opcode)) {
        memcpy(d->control + d->control_n, data, used);
        d->control_n = (uint8_t)(d->control_n + used);
    } else if (!buf_put(&d->message, (struct bytes){ data, used }, &e)) {
        (void)fault(event, TOO_BIG);
        return used;
    } else if (!check_text(d, false, event)) {
        return used;
    }
    if (d->left == 0) {
        end_frame(d, event);
    }
    return used;
}

size_t ws_decoder_feed(struct ws_decoder *d, uint8_t *data, size_t n, struct ws_event *event)
{
    size_t used = 0;

    *event = (struct ws_event){ .kind = WS_NEED_MORE };
    if (d->message_given) {
        /* Idle sockets hold no memory for messages. */
        buf_done(&d->message);
        buf_init(&d->message, d->message_max);
        d->checked = 0;
        d->message_given = false;
    }
    while (event->kind == WS_NEED_MORE && (used < n || (d->in_payload && d->left == 0))) {
        if (d->in_payload) {
            used += feed_payload(d, data + used, n - used, event);
        } else {
            used += feed_head(d, data + used, n - used, event);
        }
    }
    return used;
}
