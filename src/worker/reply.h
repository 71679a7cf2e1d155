/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The answer to a call that comes later: owned by the work under way, and harmless when the
 * caller has gone in between.
 */
#ifndef WORKER_REPLY_H
#define WORKER_REPLY_H

#include "rpc/rpc.h"

struct reply;

/* Take a call to answer it later; *out is answered with exactly one of the two below. */
struct rpc_done *reply_later(struct rpc_call *call, struct reply **out);

/* Both free the reply. NULL is nobody who waits. */
void reply_ok(struct reply *r, const void *response);
void reply_fail(struct reply *r, const struct err *e);

#endif
