/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sealed channels on their way through: each belongs to one client's socket and one Worker's link.
 * Records pass unread.
 *
 *   OPENING ──ChannelOpened──> OPEN ──either side ends──> ENDING ──its last records out──> gone
 *      └──refused, 10 s──> gone
 *
 * While a channel ends, the side that ended it is detached and what it sent still goes out to the
 * other; what was on its way back is dropped.
 */
#ifndef HUB_CHANNELS_H
#define HUB_CHANNELS_H

#include "gen/leapmux/v1/connector.pb-c.h"
#include "gen/leapmux/v1/socket.pb-c.h"
#include "loop/loop.h"
#include "relay/queue.h"

struct hub;
struct socket;
struct worker_link;

struct channel {
    struct link link; /* in hub->channels */
    struct hub *hub;
    struct socket *socket;    /* NULL once the client's side has ended */
    struct worker_link *peer; /* NULL once the Worker's side has ended */
    uint32_t ref;             /* the client's name for it */
    uint32_t number;          /* ours on the Worker's link */
    bool is_open;
    struct lane to_client;
    struct lane to_worker;
    struct timer patience; /* for the Worker's answer */
};

/* Frames of a client. Failing is a fault of the protocol; a refusal is none. */
MUST_CHECK bool channels_open_of_client(struct socket *s, const Leapmux__V1__OpenChannel *m,
                                        struct err *e);
MUST_CHECK bool channels_record_of_client(struct socket *s, uint32_t ref, struct bytes record,
                                          struct err *e);
void channels_close_of_client(struct socket *s, uint32_t ref, uint32_t reason);

/* Messages of a Worker; those about channels that are gone are dropped in silence. */
void channels_opened(struct worker_link *l, const Leapmux__V1__ChannelOpened *m);
void channels_refused(struct worker_link *l, const Leapmux__V1__ChannelRefused *m);
void channels_record_of_worker(struct worker_link *l, uint32_t number, struct bytes record);
void channels_close_of_worker(struct worker_link *l, uint32_t number, uint32_t reason);

/* One end is gone, and with it all its channels. */
void channels_socket_gone(struct socket *s);
void channels_link_gone(struct worker_link *l);

/* There is room again. */
void channels_pump_socket(struct socket *s);
void channels_pump_link(struct worker_link *l);

#endif
