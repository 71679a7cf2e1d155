/* SPDX-License-Identifier: Apache-2.0 */
/* The Hub's parts, as they see each other. */
#ifndef HUB_HUB_INTERNAL_H
#define HUB_HUB_INTERNAL_H

#include "hub/access_code.h"
#include "hub/hub.h"
#include "hub/registry.h"
#include "net/assets.h"
#include "net/guards.h"
#include "rpc/connect.h"
#include "store/dbq.h"

enum { HUB_SERVICES = 6, HUB_HOSTS = 5 };

struct hub {
    struct loop *loop;
    const struct hub_config *config;

    /* the store */
    struct dbq *db;
    struct registry registry;
    struct id solo_user;    /* empty outside solo mode */
    struct id local_worker; /* the Worker of this process */

    /* calls */
    struct rpc_service services[HUB_SERVICES];

    /* sockets and links */
    struct link sockets;  /* struct socket */
    struct link links;    /* struct worker_link */
    struct link channels; /* struct channel */
    struct link sessions; /* struct session */
    struct timer sweep;   /* deletes the sessions that have ended */
    size_t relay_octets;  /* in all queues of channels */
    size_t relay_max;     /* beyond it the channel with the biggest queue is cut */
    struct link dirty_orgs;
    struct link dirty_workspaces;
    struct timer flush; /* tells watchers of what is dirty, at the end of the turn */

    /* the HTTP surface; NULL where only the parts above are wanted (tests) */
    int lock_fd;
    struct http_server *server;
    struct connect *connect;
    struct assets *assets;
    struct dev_page *dev_page; /* NULL: the page comes out of the program */
    struct guard_policy policy;
    struct http_options http_options;
    const char *hosts[HUB_HOSTS]; /* the default of allowed_hosts */
    char public_origin[128];
    char public_host[128];
    char *urls[HUB_ADDRS_MAX];
    struct access_code code;

    /* life */
    bool is_store_open;
    bool is_ready;
    bool is_draining;
    struct timer drain;
    uint64_t drain_until_ms;
    loop_fn on_stopped;
    void *on_stopped_arg;
};

/*
 * Open the database, make what the mode needs to exist, and read everything into memory.
 * config->data_dir may be NULL: then the database lies in memory.
 */
MUST_CHECK bool hub_open_store(struct hub *hub, struct loop *loop, const struct hub_config *config,
                               struct err *e);

/* End all sockets and links, finish the database's jobs, free. */
void hub_close_store(struct hub *hub);

/* Fill hub->services. */
void hub_make_services(struct hub *hub);

/* "solo" or "dev". */
const char *hub_mode(const struct hub *hub);

#endif
