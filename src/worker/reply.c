/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/reply.h"

#include <stdlib.h>

#include "base/alloc.h"

struct reply {
    struct rpc_call *call; /* NULL: the caller is gone */
};

static void on_cancel(void *arg)
{
    struct reply *r = arg;

    r->call = NULL;
}

struct rpc_done *reply_later(struct rpc_call *call, struct reply **out)
{
    struct reply *r = NEW(struct reply);

    r->call = call;
    *out = r;
    return rpc_later(call, on_cancel, r);
}

void reply_ok(struct reply *r, const void *response)
{
    if (r != NULL && r->call != NULL) {
        (void)rpc_ok(r->call, response);
    }
    free(r);
}

void reply_fail(struct reply *r, const struct err *e)
{
    if (r != NULL && r->call != NULL) {
        (void)rpc_fail(r->call, e);
    }
    free(r);
}
