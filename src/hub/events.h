/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What subscribers of a scope are told. Layout ops go out one by one and in order; everything else
 * is state, sent whole at subscribe and whole again, at most once a turn, when it changed.
 */
#ifndef HUB_EVENTS_H
#define HUB_EVENTS_H

#include "gen/leapmux/v1/socket.pb-c.h"
#include "hub/registry.h"

struct hub;
struct socket;

enum { EVENTS_SUBSCRIPTIONS_MAX = 1024 }; /* of one socket */

/* An op was applied to a workspace's layout. */
void events_op(struct workspace *ws, Leapmux__V1__AppliedOp *applied);

/* Members, Workers, their online state or keys, or workspaces of an organization changed. */
void events_org_changed(struct hub *hub, struct org *org);

/* A workspace's title, or who looks at it, changed. */
void events_workspace_changed(struct hub *hub, struct workspace *ws);

/* Tell what changed; arg is the Hub. Its timer calls this. */
void events_flush(void *arg);

/* Frames of a client. */
void events_subscribe(struct socket *s, const Leapmux__V1__Subscribe *m);
void events_unsubscribe(struct socket *s, const Leapmux__V1__Unsubscribe *m);

/* The socket goes: end all it subscribed to, in silence. */
void events_socket_gone(struct socket *s);

#endif
