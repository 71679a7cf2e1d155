/* SPDX-License-Identifier: Apache-2.0 */
/* leapmux.v1.AuthService */
#include "gen/leapmux/v1/hub.pb-c.h"
#include "hub/access.h"
#include "hub/hub_internal.h"
#include "hub/services.h"
#include "hub/views.h"

static struct rpc_done *get_current_user(struct rpc_call *call, const void *request)
{
    const struct hub *hub = rpc_context(call);
    const struct user *user = registry_user(&hub->registry, rpc_user(call).s);
    struct arena *a = rpc_arena(call);
    Leapmux__V1__GetCurrentUserResponse resp = LEAPMUX__V1__GET_CURRENT_USER_RESPONSE__INIT;

    (void)request;
    resp.user = view_user(a, user);
    resp.personal_org = view_org(a, registry_member(user, registry_personal_org(user)));
    resp.n_orgs = view_orgs(a, user, &resp.orgs);
    return rpc_ok(call, &resp);
}

const struct rpc_method AUTH_METHODS[] = {
    {
        .name = "/leapmux.v1.AuthService/GetCurrentUser",
        .rule = ACCESS_USER,
        .flags = RPC_SAFE,
        .request = &leapmux__v1__get_current_user_request__descriptor,
        .response = &leapmux__v1__get_current_user_response__descriptor,
        .handle = get_current_user,
    },
};
const size_t AUTH_METHODS_LEN = ARRAY_LEN(AUTH_METHODS);
