/* SPDX-License-Identifier: Apache-2.0 */
/* leapmux.v1.SystemService */
#include "base/clock.h"
#include "gen/leapmux/v1/hub.pb-c.h"
#include "hub/access.h"
#include "hub/hub_internal.h"
#include "hub/proto.h"
#include "hub/services.h"

static struct rpc_done *get_system_info(struct rpc_call *call, const void *request)
{
    const struct hub *hub = rpc_context(call);
    Leapmux__V1__GetSystemInfoResponse resp = LEAPMUX__V1__GET_SYSTEM_INFO_RESPONSE__INIT;

    (void)request;
    resp.version = proto_str(LEAPMUX_VERSION);
    resp.mode = proto_str(hub_mode(hub));
    resp.base_path = proto_str(hub->config->base_path);
    resp.time_ms = rpc_now_ms(call);
    return rpc_ok(call, &resp);
}

const struct rpc_method SYSTEM_METHODS[] = {
    {
        .name = "/leapmux.v1.SystemService/GetSystemInfo",
        .rule = ACCESS_PUBLIC,
        .flags = RPC_SAFE,
        .request = &leapmux__v1__get_system_info_request__descriptor,
        .response = &leapmux__v1__get_system_info_response__descriptor,
        .handle = get_system_info,
    },
};
const size_t SYSTEM_METHODS_LEN = ARRAY_LEN(SYSTEM_METHODS);
