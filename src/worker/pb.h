/* SPDX-License-Identifier: Apache-2.0 */
/* Small helpers around generated messages. */
#ifndef WORKER_PB_H
#define WORKER_PB_H

#include <protobuf-c/protobuf-c.h>

#include "base/arena.h"
#include "base/id.h"

/* The encoded message, in the arena. */
struct bytes pb_pack(struct arena *a, const void *message);

/* Unpack data that we packed ourselves; NULL when it is damaged. Free with pb_free(). */
void *pb_unpack(const ProtobufCMessageDescriptor *type, struct bytes data);

/* Unpack into the arena, with which it goes. NULL when data is damaged. */
void *pb_unpack_in(struct arena *a, const ProtobufCMessageDescriptor *type, struct bytes data);

/* Accepts NULL. */
void pb_free(void *message);

/* A field of type bytes that shows src, which must outlive the message. */
ProtobufCBinaryData pb_bytes(struct bytes src);
struct bytes pb_view(const ProtobufCBinaryData *data);

/* A copy of a C string in the arena, as the generated structs want it; NULL gives "". */
char *pb_str(struct arena *a, const char *s);

#endif
