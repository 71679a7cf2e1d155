/* SPDX-License-Identifier: Apache-2.0 */
/* What passes the guard is unpacked and packed again without harm. First octet: which message. */
#include <assert.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "gen/leapmux/v1/agent.pb-c.h"
#include "gen/leapmux/v1/connector.pb-c.h"
#include "gen/leapmux/v1/hub.pb-c.h"
#include "gen/leapmux/v1/layout.pb-c.h"
#include "gen/leapmux/v1/socket.pb-c.h"
#include "gen/leapmux/v1/worker.pb-c.h"
#include "rpc/guard.h"

static const ProtobufCMessageDescriptor *const TYPES[] = {
    &leapmux__v1__apply_ops_request__descriptor,
    &leapmux__v1__layout_snapshot__descriptor,
    &leapmux__v1__scope_event__descriptor,
    &leapmux__v1__open_channel__descriptor,
    &leapmux__v1__subscribe__descriptor,
    &leapmux__v1__agent_message__descriptor,
    &leapmux__v1__watch_agent_event__descriptor,
    &leapmux__v1__answer_prompt_request__descriptor,
    &leapmux__v1__error_info__descriptor,
    &leapmux__v1__worker_to_hub__descriptor,
    &leapmux__v1__hub_to_worker__descriptor,
    &leapmux__v1__open_agent_request__descriptor,
    &leapmux__v1__send_message_request__descriptor,
};

static void pack_again(const ProtobufCMessage *m)
{
    size_t n = protobuf_c_message_get_packed_size(m);
    uint8_t *wire = must_alloc(n);
    struct err e;

    assert(protobuf_c_message_pack(m, wire) == n);
    assert(guard_check(m->descriptor, (struct bytes){ wire, n }, &e));
    free(wire);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct err e = { 0 };
    ProtobufCMessage *m;

    if (size < 1) {
        return 0;
    }
    m = guard_unpack(TYPES[data[0] % ARRAY_LEN(TYPES)], (struct bytes){ data + 1, size - 1 }, &e);
    if (m == NULL) {
        assert(e.code != ERR_OK && e.reason != NULL);
        return 0;
    }
    pack_again(m);
    protobuf_c_message_free_unpacked(m, NULL);
    return 0;
}
