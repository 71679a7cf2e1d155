/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/proto.h"

#include <stdlib.h>

static void *take_memory(void *arena, size_t n)
{
    return arena_alloc(arena, n);
}

static void leave_memory(void *arena, void *p)
{
    (void)arena; /* goes with the arena */
    (void)p;
}

struct bytes proto_pack(struct arena *a, const ProtobufCMessage *message)
{
    size_t n = protobuf_c_message_get_packed_size(message);
    uint8_t *p = arena_alloc(a, n > 0 ? n : 1);

    return (struct bytes){ .p = p, .n = protobuf_c_message_pack(message, p) };
}

void *proto_unpack(struct arena *a, const ProtobufCMessageDescriptor *type, struct bytes encoded)
{
    ProtobufCAllocator allocator = { take_memory, leave_memory, a };

    return protobuf_c_message_unpack(type, &allocator, encoded.n, encoded.p);
}

void *proto_copy(struct arena *a, const ProtobufCMessage *message)
{
    void *copy = proto_unpack(a, message->descriptor, proto_pack(a, message));

    if (copy == NULL) {
        abort(); /* what we packed is well-formed */
    }
    return copy;
}
