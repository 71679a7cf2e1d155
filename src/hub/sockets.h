/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Clients' WebSockets: frames in and out. What a frame means is decided by channels.c (sealed
 * records), events.c (scopes) and presence.c.
 */
#ifndef HUB_SOCKETS_H
#define HUB_SOCKETS_H

#include <protobuf-c/protobuf-c.h>

#include "hub/presence.h"
#include "hub/registry.h"
#include "net/websocket.h"
#include "relay/queue.h"
#include "relay/refmap.h"

struct hub;

enum {
    SOCKETS_PER_USER = 64,
    SOCKETS_BACKLOG_MAX = 8 * 1024 * 1024, /* octets that a client which does not read may owe */
};

struct socket {
    struct link link; /* in hub->sockets */
    struct hub *hub;
    struct websocket *ws;
    struct id id; /* connection_id */
    struct user *user;
    struct refmap channels; /* struct channel by ref */
    struct outlet outlet;   /* records that wait for room */
    bool is_full;
    struct link subscriptions; /* struct subscription, by_socket */
    size_t n_subscriptions;
    struct presence presence;
};

/* Turn a request of a user into a socket; the request is answered in any case. */
void sockets_accept(struct hub *hub, struct http_request *r, struct user *user);

/* Send a frame with a protobuf body. Always taken. */
void socket_send(struct socket *s, int kind, const ProtobufCMessage *body);

/* Send a record. False: no room behind it. */
bool socket_send_record(struct socket *s, uint32_t ref, struct bytes record);
void socket_send_close(struct socket *s, uint32_t ref, uint32_t reason);

/* Tell all clients that the Hub stops. */
void sockets_going_away(struct hub *hub);

/* Begin to close all. */
void sockets_close_all(struct hub *hub);

/* End all at once. */
void sockets_free_all(struct hub *hub);

#endif
