/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Frames: what one record holds. Reads and checks everything that can be told from one frame
 * alone; order, credit and streams are channel.h. Source: channel.md, "Frames".
 *
 *   offset octets
 *        0      1  type
 *        1      1  flags
 *        2      2  p, the length of the padding
 *        4      4  stream; 0 is the channel itself
 *        8         body, then p zeros
 */
#ifndef E2EE_FRAMES_H
#define E2EE_FRAMES_H

#include "base/buf.h"

enum frame_type {
    FRAME_OPEN = 1,   /* client: u8 n, method, first part of the request */
    FRAME_DATA = 2,   /* next part of a message */
    FRAME_WINDOW = 3, /* u32 credit */
    FRAME_END = 4,    /* Worker: outcome of a call */
    FRAME_CANCEL = 5, /* client */
    FRAME_PING = 6,   /* 8 octets */
    FRAME_PONG = 7,   /* the same 8 octets */
    FRAME_CLOSE = 8,  /* u16 reason */
    FRAME_FILL = 9,   /* anything; hides when something happens */
};

enum {
    FRAME_MORE = 1 << 0,   /* OPEN and DATA: the message goes on */
    FRAME_ANSWER = 1 << 1, /* FILL: send one back */

    FRAME_HEADER_LEN = 8,
    FRAME_OVERHEAD = 32, /* octets of credit beyond the plaintext: tag and the relay's header */
    FRAME_PING_LEN = 8,
    FRAME_END_MAX = 16384,        /* octets of the body of an END */
    FRAME_METHOD_MAX = 255,       /* octets of a method's name */
    FRAME_CREDIT_MAX = INT32_MAX, /* octets of credit in one WINDOW, and of all that is open */
    FRAME_STREAM_MAX = INT32_MAX,
};

/* How a call ended. Text fields of a received one point into the frame. */
struct channel_status {
    enum err_code code;
    struct bytes reason;  /* stable, such as NOT_FOUND; empty when ok */
    struct bytes message; /* for people, UTF-8 */
    struct bytes details; /* protobuf; may be empty */
};

/* A frame that was read. Views point into the plaintext. */
struct frame {
    enum frame_type type;
    bool more;
    bool answer;
    uint32_t stream;
    struct bytes body;            /* of DATA, PING, PONG, FILL; of OPEN what follows the method */
    struct bytes method;          /* of OPEN */
    uint32_t credit;              /* of WINDOW */
    uint16_t reason;              /* of CLOSE */
    struct channel_status status; /* of END */
};

/*
 * Read one plaintext of 8..65,519 octets.
 *
 *   from_client   true at the Worker: which types may come
 *
 * NULL when it is well-formed, else what is wrong with it, in words for the log: the channel
 * then closes with reason 2.
 */
MUST_CHECK const char *frame_read(struct bytes plain, bool from_client, struct frame *out);

/* Write a header without padding. */
void frame_header(enum frame_type type, unsigned flags, uint32_t stream,
                  uint8_t out[static FRAME_HEADER_LEN]);

/*
 * Write the body of an END. Details that do not fit into 16,384 octets are left out, reason
 * and message are cut to 64 and 1,024.
 */
void frame_put_status(const struct channel_status *status, struct buf *out);

#endif
