/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What protobuf-c does not check: a walk over the wire form before it is unpacked.
 *
 * protobuf-c accepts invalid UTF-8, NUL octets in strings (which then end early) and nesting
 * without limit (which ends the stack), and its structs can be 19 times as large as the wire
 * form. Source: measured, see docs/dependencies.md.
 */
#ifndef RPC_GUARD_H
#define RPC_GUARD_H

#include <protobuf-c/protobuf-c.h>

#include "base/buf.h"

enum { GUARD_DEPTH = 32 }; /* messages within messages; ours need 20 (a layout of depth 8) */

/*
 * Check that data is a well-formed message of the type: wire format, lengths, UTF-8 and no NUL in
 * strings (BAD_UTF8), depth, and at most 100,000 repeated elements and submessages together
 * (TOO_LARGE). Fails with INVALID otherwise; e->field names the field.
 */
MUST_CHECK bool guard_check(const ProtobufCMessageDescriptor *type, struct bytes data,
                            struct err *e);

/* guard_check() and unpack. NULL on failure; free with protobuf_c_message_free_unpacked(). */
ProtobufCMessage *guard_unpack(const ProtobufCMessageDescriptor *type, struct bytes data,
                               struct err *e);

#endif
