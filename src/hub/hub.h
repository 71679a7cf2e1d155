/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Hub: accounts, workspaces, layout, the registry of Workers, and the relay of sealed records,
 * which it cannot open.
 */
#ifndef HUB_HUB_H
#define HUB_HUB_H

#include "base/err.h"
#include "loop/loop.h"

enum { HUB_ADDRS_MAX = 8 };

/* Start values, borrowed until hub_free(). */
struct hub_config {
    bool solo;
    const char *data_dir;             /* its own folder, exists, private */
    const char *addrs[HUB_ADDRS_MAX]; /* "host:port"; port 0 = any */
    size_t n_addrs;
    const char *socket;               /* path of the unix socket; NULL = none */
    const char *base_path;            /* begins and ends with '/' */
    const char *public_url;           /* NULL = from the request */
    const char *const *allowed_hosts; /* NULL-terminated; NULL = the default */
    const char *dev_frontend;         /* http URL of a dev server; NULL = none */
    uint64_t request_timeout_ms;
    uint64_t drain_timeout_ms;
};

struct hub;

/*
 * Take the lock, bind all listeners, open and migrate the database, load settings; afterwards
 * /readyz answers 200. NULL on failure, with nothing left open.
 */
MUST_CHECK struct hub *hub_start(struct loop *loop, const struct hub_config *config, struct err *e);

/* The URL of the n-th listener with its real port, NULL beyond the last. Valid until hub_free(). */
const char *hub_url(const struct hub *hub, size_t n);

/* The one-time access code of solo mode (12 characters). Valid until it is replaced. */
const char *hub_access_code(const struct hub *hub);

/*
 * Speak with the Worker of this process (solo, dev) over fd, one end of a connected stream socket
 * pair, which the Hub then owns. The Worker names itself with hub_local_worker_id().
 */
void hub_attach_worker(struct hub *hub, int fd);

/* The id of this process's Worker at the Hub, made at the first start. */
const char *hub_local_worker_id(const struct hub *hub);

/* Stop accepting, tell clients, finish running calls up to the drain limit, then on_stopped. */
void hub_stop(struct hub *hub, loop_fn on_stopped, void *arg);

void hub_free(struct hub *hub);

#endif
