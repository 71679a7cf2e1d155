/* SPDX-License-Identifier: Apache-2.0 */
/* What a Worker is and can start. */
#include <sys/utsname.h>

#include "base/clock.h"
#include "worker/detection.h"
#include "worker/pb.h"
#include "worker/svc.h"

struct rpc_done *svc_get_worker_info(struct rpc_call *call, const void *request)
{
    struct worker *w = rpc_context(call);
    struct arena *a = rpc_arena(call);
    Leapmux__V1__GetWorkerInfoResponse response = LEAPMUX__V1__GET_WORKER_INFO_RESPONSE__INIT;
    struct utsname system;

    (void)request;
    response.name = pb_str(a, w->config.name);
    response.version = pb_str(a, LEAPMUX_VERSION);
    if (uname(&system) == 0) {
        response.os = pb_str(a, system.sysname);
        response.arch = pb_str(a, system.machine);
    }
    response.home = pb_bytes(bytes_of(w->home));
    response.uptime_ms = clock_unix_ms() - w->started_ms;
    return rpc_ok(call, &response);
}

struct rpc_done *svc_list_providers(struct rpc_call *call, const void *request)
{
    const Leapmux__V1__ListProvidersRequest *r = request;
    struct worker *w = rpc_context(call);
    struct reply *reply;
    struct rpc_done *done = reply_later(call, &reply);

    detection_get(w->detection, r->refresh, reply);
    return done;
}
