/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The JSON form of protobuf messages (proto3 JSON), by descriptors.
 *
 * 64-bit numbers are strings, bytes base64, enums names, fields lowerCamelCase (the proto name is
 * accepted too). Unset and default fields are left out. Unknown fields are ignored, null is
 * absence, of equal keys the first counts. Well-known types have no special form: we use none.
 * Source: the ProtoJSON format of the protobuf documentation.
 */
#ifndef RPC_JSON_H
#define RPC_JSON_H

#include <protobuf-c/protobuf-c.h>

#include "base/buf.h"

/*
 * Read a JSON object into the wire form of a message, appended to out. An empty text counts as {}.
 *
 * Fails with INVALID and the field for a wrong type, a number out of range, an unknown enum name,
 * two members of a oneof, text that is no JSON or no object, or nesting beyond GUARD_DEPTH;
 * with BAD_UTF8; with TOO_LARGE at out's limit.
 */
MUST_CHECK bool json_to_wire(const ProtobufCMessageDescriptor *type, struct bytes json,
                             struct buf *out, struct err *e);

/* Append a message as JSON. Fails with TOO_LARGE at out's limit. */
MUST_CHECK bool json_write(const ProtobufCMessage *message, struct buf *out, struct err *e);

/* Append text as a JSON string with its quotes; text is UTF-8. Fails as buf_put() does. */
MUST_CHECK bool json_put_string(struct buf *out, struct bytes text, struct err *e);

#endif
