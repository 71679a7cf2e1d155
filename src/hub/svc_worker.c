/* SPDX-License-Identifier: Apache-2.0 */
/* leapmux.v1.WorkerService */
#include "gen/leapmux/v1/hub.pb-c.h"
#include "hub/access.h"
#include "hub/hub_internal.h"
#include "hub/proto.h"
#include "hub/services.h"
#include "hub/views.h"

static struct rpc_done *list_workers(struct rpc_call *call, const void *request)
{
    const struct hub *hub = rpc_context(call);
    const Leapmux__V1__ListWorkersRequest *req = request;
    Leapmux__V1__ListWorkersResponse resp = LEAPMUX__V1__LIST_WORKERS_RESPONSE__INIT;

    resp.n_workers = view_workers(rpc_arena(call), registry_org(&hub->registry, req->org_id),
                                  registry_user(&hub->registry, rpc_user(call).s), &resp.workers);
    return rpc_ok(call, &resp);
}

static struct rpc_done *get_worker_keys(struct rpc_call *call, const void *request)
{
    const struct hub *hub = rpc_context(call);
    const Leapmux__V1__GetWorkerKeysRequest *req = request;
    const struct worker *worker = registry_worker(&hub->registry, req->worker_id);
    Leapmux__V1__GetWorkerKeysResponse resp = LEAPMUX__V1__GET_WORKER_KEYS_RESPONSE__INIT;

    resp.identity = proto_bytes(buf_view(&worker->identity));
    resp.certificate = proto_bytes(buf_view(&worker->certificate));
    resp.online = worker->link != NULL;
    return rpc_ok(call, &resp);
}

const struct rpc_method WORKER_METHODS[] = {
    {
        .name = "/leapmux.v1.WorkerService/ListWorkers",
        .rule = ACCESS_ORG_MEMBER,
        .flags = RPC_SAFE,
        .request = &leapmux__v1__list_workers_request__descriptor,
        .response = &leapmux__v1__list_workers_response__descriptor,
        .handle = list_workers,
    },
    {
        .name = "/leapmux.v1.WorkerService/GetWorkerKeys",
        .rule = ACCESS_WORKER_SEE,
        .flags = RPC_SAFE,
        .request = &leapmux__v1__get_worker_keys_request__descriptor,
        .response = &leapmux__v1__get_worker_keys_response__descriptor,
        .handle = get_worker_keys,
    },
};
const size_t WORKER_METHODS_LEN = ARRAY_LEN(WORKER_METHODS);
