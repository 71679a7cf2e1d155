/* SPDX-License-Identifier: Apache-2.0 */
/* JSON that is taken comes out as JSON with the same meaning. First octet: which message. */
#include <assert.h>
#include <stdlib.h>

#include "gen/leapmux/v1/agent.pb-c.h"
#include "gen/leapmux/v1/common.pb-c.h"
#include "gen/leapmux/v1/layout.pb-c.h"
#include "gen/leapmux/v1/socket.pb-c.h"
#include "rpc/guard.h"
#include "rpc/json.h"

enum { ROOM = 16 * 1024 * 1024 };

static const ProtobufCMessageDescriptor *const TYPES[] = {
    &leapmux__v1__apply_ops_request__descriptor, &leapmux__v1__layout_snapshot__descriptor,
    &leapmux__v1__worker_summary__descriptor,    &leapmux__v1__subscribe__descriptor,
    &leapmux__v1__agent_message__descriptor,     &leapmux__v1__workspace__descriptor,
};

/* JSON of a message, or nothing when it is refused. */
static bool pass(const ProtobufCMessageDescriptor *type, struct bytes json, struct buf *out)
{
    struct buf wire;
    struct err e = { 0 };
    ProtobufCMessage *m = NULL;

    buf_init(&wire, ROOM);
    if (json_to_wire(type, json, &wire, &e)) {
        m = guard_unpack(type, buf_view(&wire), &e);
    }
    buf_done(&wire);
    if (m == NULL) {
        assert(e.code != ERR_OK && e.reason != NULL);
        return false;
    }
    if (!json_write(m, out, &e)) {
        abort();
    }
    protobuf_c_message_free_unpacked(m, NULL);
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const ProtobufCMessageDescriptor *type;
    struct buf once;
    struct buf twice;

    if (size < 1) {
        return 0;
    }
    type = TYPES[data[0] % ARRAY_LEN(TYPES)];
    buf_init(&once, ROOM);
    buf_init(&twice, ROOM);
    if (pass(type, (struct bytes){ data + 1, size - 1 }, &once)) {
        assert(pass(type, buf_view(&once), &twice));
        assert(bytes_equal(buf_view(&once), buf_view(&twice)));
    }
    buf_done(&once);
    buf_done(&twice);
    return 0;
}
