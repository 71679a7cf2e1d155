/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the Hub's port serves: calls, the WebSocket, the page, health. Guards stand in front of it,
 * in this order: the peer (solo mode), Host, Origin.
 */
#ifndef HUB_SURFACE_H
#define HUB_SURFACE_H

#include "rpc/connect.h"

struct hub;

/* For struct http_handler; arg is the Hub. */
void surface_request(void *arg, struct http_request *r);
void surface_done(void *arg, const struct http_record *record);

/* For struct connect_options. */
bool surface_identify(void *arg, struct http_request *r, struct rpc_caller *caller, struct err *e);

#endif
