/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Hub's end of a Worker's link.
 *
 *   HELLO ──LinkHello fits──> STORING ──committed, LinkAccepted──> INVENTORY ──Inventory──> READY
 *     └──another identity, a certificate that it did not sign, epoch going back,
 *        25 s of silence in any state──> gone
 *
 * A Worker is online while its link is READY. A newer link of the same Worker ends the older.
 */
#ifndef HUB_WORKERS_H
#define HUB_WORKERS_H

#include "gen/leapmux/v1/connector.pb-c.h"
#include "gen/leapmux/v1/socket.pb-c.h"
#include "hub/notes.h"
#include "hub/registry.h"
#include "net/msgpipe.h"
#include "relay/queue.h"
#include "relay/refmap.h"

struct hub;

enum {
    WORKERS_PING_MS = 10 * 1000, /* of silence, then a ping */
    WORKERS_DEAD_MS = 25 * 1000, /* of silence, then the end */
    WORKERS_PROTOCOL = 1,
};

enum worker_link_state { LINK_HELLO, LINK_STORING, LINK_INVENTORY, LINK_READY };

struct worker_link {
    struct link link; /* in hub->links */
    struct hub *hub;
    struct worker *worker; /* whom this link is for */
    struct msgpipe *pipe;
    enum worker_link_state state;
    struct hello_job *storing; /* on its way through the database */
    struct refmap channels;    /* struct channel by number */
    struct outlet outlet;
    bool is_full;
    uint32_t last_number;
    struct link granted; /* struct granted: users whose rights this Worker was told */
    struct notes notes;
    struct timer alive;
    uint64_t heard_ms;
};

/* Speak with a Worker over fd, owned from now on. */
void workers_attach(struct hub *hub, struct worker *worker, int fd);

/* End a link, as when the connection is gone. */
void worker_link_free(struct worker_link *l);

/* What a channel needs of a link. The first open of a user is preceded by his Grants. */
void worker_link_send_open(struct worker_link *l, uint32_t number, struct user *user,
                           const Leapmux__V1__OpenChannel *m);
void worker_link_send_record(struct worker_link *l, uint32_t number, struct bytes record);
void worker_link_send_close(struct worker_link *l, uint32_t number, uint32_t reason);

void worker_link_send_accepted(struct worker_link *l);
void worker_link_send_ping(struct worker_link *l, uint64_t nonce, bool is_answer);

/* The link goes: nobody's rights are known there any more. */
void worker_link_forget_grants(struct worker_link *l);

/* payload is an encoded Notification. */
void worker_link_send_notification(struct worker_link *l, struct bytes payload);

/* What users may do in an organization changed: tell its Workers, before anything is answered. */
void workers_grants_changed(struct hub *hub, struct org *org);

/* The Hub stops. */
void workers_going_away(struct hub *hub);
void workers_free_all(struct hub *hub);

#endif
