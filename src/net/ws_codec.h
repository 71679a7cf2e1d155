/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Frames of WebSockets, the server's side: what a client sent is taken apart and put together to
 * messages, what we send gets a head. Pure. Source: RFC 6455, sections 5 and 7.4.
 */
#ifndef NET_WS_CODEC_H
#define NET_WS_CODEC_H

#include "base/buf.h"

enum {
    WS_HEAD_MAX = 14,    /* octets of a frame's head, mask included */
    WS_CONTROL_MAX = 125 /* octets of a control frame's payload */
};

enum ws_opcode {
    WS_CONTINUATION = 0,
    WS_TEXT = 1,
    WS_BINARY = 2,
    WS_CLOSE = 8,
    WS_PING = 9,
    WS_PONG = 10,
};

/* Write the head of an unmasked, unfragmented frame; returns its length. */
size_t ws_head(enum ws_opcode opcode, size_t payload, uint8_t out[static WS_HEAD_MAX]);

enum ws_event_kind {
    WS_NEED_MORE,
    WS_GOT_MESSAGE, /* opcode WS_TEXT or WS_BINARY, payload */
    WS_GOT_CONTROL, /* opcode WS_CLOSE, WS_PING or WS_PONG, payload; code for WS_CLOSE */
    WS_FAULT,       /* code says with which the connection must be closed */
};

struct ws_event {
    enum ws_event_kind kind;
    enum ws_opcode opcode;
    struct bytes payload; /* valid until the next feed, and as long as what was fed */
    int code;             /* 1005: a Close without a code */
};

struct ws_decoder {
    size_t message_max;
    bool binary_only;
    uint8_t head[WS_HEAD_MAX];
    uint8_t head_n;
    bool in_payload;
    bool final;
    enum ws_opcode opcode;    /* of the frame */
    enum ws_opcode collected; /* of the message under way; WS_CONTINUATION = none */
    uint64_t left;            /* octets of the frame's payload that have not come yet */
    uint8_t mask[4];
    unsigned mask_at;
    struct buf message;
    size_t checked; /* octets of a text message that are known to be whole characters */
    uint8_t control[WS_CONTROL_MAX];
    uint8_t control_n;
    bool message_given; /* the last feed gave `message` out: begin anew */
};

/* binary_only: a text frame is the fault 1002. A message over message_max is the fault 1009. */
void ws_decoder_init(struct ws_decoder *d, size_t message_max, bool binary_only);
void ws_decoder_done(struct ws_decoder *d);

/*
 * Use octets (which are unmasked in place) up to the next event; returns how many. After WS_FAULT
 * the decoder is not fed again.
 */
size_t ws_decoder_feed(struct ws_decoder *d, uint8_t *data, size_t n, struct ws_event *event);

#endif
