/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/pb.h"

#include "base/alloc.h"

struct bytes pb_pack(struct arena *a, const void *message)
{
    const ProtobufCMessage *m = message;
    size_t n = protobuf_c_message_get_packed_size(m);
    uint8_t *p = arena_alloc(a, n);

    protobuf_c_message_pack(m, p);
    return (struct bytes){ .p = p, .n = n };
}

void *pb_unpack(const ProtobufCMessageDescriptor *type, struct bytes data)
{
    return protobuf_c_message_unpack(type, NULL, data.n, data.p);
}

static void *take(void *arena, size_t n)
{
    return arena_alloc(arena, n);
}

/* What lies in an arena goes with it. */
static void leave(void *arena, void *p)
{
    (void)arena;
    (void)p;
}

void *pb_unpack_in(struct arena *a, const ProtobufCMessageDescriptor *type, struct bytes data)
{
    ProtobufCAllocator in_arena = { .alloc = take, .free = leave, .allocator_data = a };

    return protobuf_c_message_unpack(type, &in_arena, data.n, data.p);
}

void pb_free(void *message)
{
    protobuf_c_message_free_unpacked(message, NULL);
}

ProtobufCBinaryData pb_bytes(struct bytes src)
{
    return (ProtobufCBinaryData){ .len = src.n, .data = (uint8_t *)(uintptr_t)src.p };
}

struct bytes pb_view(const ProtobufCBinaryData *data)
{
    return (struct bytes){ .p = data->data, .n = data->len };
}

char *pb_str(struct arena *a, const char *s)
{
    return arena_str(a, bytes_of(s != NULL ? s : ""));
}
