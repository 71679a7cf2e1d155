/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Frames of a client's WebSocket: kind (1 octet), then a body. RECORD is the ref as a varint and a
 * sealed record, CLOSE the ref and a reason as varints; all other bodies are protobuf
 * (proto/leapmux/v1/socket.proto).
 */
#ifndef RELAY_SOCKET_FRAME_H
#define RELAY_SOCKET_FRAME_H

#include "base/buf.h"
#include "gen/leapmux/v1/socket.pb-c.h"
#include "relay/limits.h"

enum { SOCKET_FRAME_HEAD_MAX = 1 + 5 }; /* octets: kind and a 32-bit ref */

struct socket_frame {
    Leapmux__V1__FrameKind kind;
    uint32_t ref;      /* RECORD, CLOSE */
    uint32_t reason;   /* CLOSE: a CloseReason */
    struct bytes body; /* RECORD: the record; other kinds: protobuf. A view into the message */
};

/*
 * Read one message of a client. Fails with INVALID for an empty message, a kind that clients do
 * not send, a ref that is no 32-bit number, a record of wrong length, an unknown reason.
 */
MUST_CHECK bool socket_frame_read(struct bytes message, struct socket_frame *out, struct err *e);

/* The head of a RECORD, which the record itself follows. Returns its length. */
size_t socket_frame_record_head(uint32_t ref, uint8_t out[static SOCKET_FRAME_HEAD_MAX]);

/* A whole CLOSE. Returns its length. */
size_t socket_frame_close(uint32_t ref, uint32_t reason,
                          uint8_t out[static SOCKET_FRAME_HEAD_MAX + 5]);

#endif
