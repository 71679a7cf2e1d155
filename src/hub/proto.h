/* SPDX-License-Identifier: Apache-2.0 */
/* Messages in arenas: copies, and encoded forms. */
#ifndef HUB_PROTO_H
#define HUB_PROTO_H

#include <protobuf-c/protobuf-c.h>

#include "base/arena.h"

/* The encoded form of a message, in the arena. */
struct bytes proto_pack(struct arena *a, const ProtobufCMessage *message);

/* A deep copy in the arena; not to be freed otherwise. */
void *proto_copy(struct arena *a, const ProtobufCMessage *message);

/* Decode our own bytes into the arena; NULL when they are no such message. */
void *proto_unpack(struct arena *a, const ProtobufCMessageDescriptor *type, struct bytes encoded);

/* A field of type bytes that borrows. */
static inline ProtobufCBinaryData proto_bytes(struct bytes b)
{
    return (ProtobufCBinaryData){ .len = b.n, .data = (uint8_t *)(uintptr_t)b.p };
}

static inline struct bytes proto_view(ProtobufCBinaryData d)
{
    return (struct bytes){ .p = d.data, .n = d.len };
}

/* A field of type string that borrows; such a message is read only and never freed by its code. */
static inline char *proto_str(const char *s)
{
    return (char *)(uintptr_t)s;
}

#endif
