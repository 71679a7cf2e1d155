/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/hub.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/log.h"
#include "gen/assets.h"
#include "hub/dev_page.h"
#include "hub/hub_internal.h"
#include "hub/sockets.h"
#include "hub/surface.h"
#include "hub/workers.h"

/* Names by which a browser on this machine reaches us. */
static const char *const LOOPBACK_NAMES[] = { "localhost", "127.0.0.1", "[::1]", NULL };

const char *hub_mode(const struct hub *hub)
{
    return hub->config->solo ? "solo" : "dev";
}

static char *path_of(const struct hub_config *config, const char *name)
{
    return must_printf("%s/%s", config->data_dir, name);
}

/* ---- start ---- */

static bool take_lock(struct hub *hub, struct err *e)
{
    CLEANUP(free_p) char *path = path_of(hub->config, "hub.lock");

    return file_lock(path, &hub->lock_fd, e);
}

/* The host of "scheme://host[:port]". */
static void read_public_host(struct hub *hub)
{
    const char *host = strstr(hub->public_origin, "://") + 3;
    size_t n = host[0] == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":");

    snprintf(hub->public_host, sizeof(hub->public_host), "%.*s", (int)n, host);
}

/* Without a list: the host of public_url and, in solo mode, the names of this machine. */
static void set_policy(struct hub *hub)
{
    const struct hub_config *config = hub->config;
    size_t n = 0;

    if (config->public_url != NULL &&
        guard_origin_of(config->public_url, hub->public_origin, sizeof(hub->public_origin))) {
        hub->policy.public_origin = hub->public_origin;
        read_public_host(hub);
        hub->hosts[n++] = hub->public_host;
    }
    for (size_t i = 0; config->solo && LOOPBACK_NAMES[i] != NULL; i++) {
        hub->hosts[n++] = LOOPBACK_NAMES[i];
    }
    hub->policy.allowed_hosts = config->allowed_hosts != NULL && config->allowed_hosts[0] != NULL
                                    ? config->allowed_hosts
                                    : hub->hosts;
}

static void add_url(struct hub *hub, const char *address)
{
    size_t n = 0;

    while (n < HUB_ADDRS_MAX && hub->urls[n] != NULL) {
        n++;
    }
    if (n < HUB_ADDRS_MAX && strncmp(address, "unix:", 5) != 0) {
        hub->urls[n] = must_printf("http://%s%s", address, hub->config->base_path);
    }
}

static bool listen_all(struct hub *hub, struct err *e)
{
    const struct hub_config *config = hub->config;
    const char *address;

    for (size_t i = 0; i < config->n_addrs; i++) {
        TRY(http_server_listen(hub->server, config->addrs[i], e));
    }
    if (config->socket != NULL) {
        CLEANUP(free_p) char *text = must_printf("unix:%s", config->socket);

        TRY(http_server_listen(hub->server, text, e));
    }
    for (size_t i = 0; (address = http_server_address(hub->server, i)) != NULL; i++) {
        add_url(hub, address);
    }
    return true;
}

static void make_server(struct hub *hub)
{
    static const struct http_handler HANDLER = { surface_request, surface_done };

    hub->http_options = (struct http_options){
        .ask_uid = hub->config->solo,
        .public_origin = hub->policy.public_origin,
        .extra_origin = hub->config->dev_frontend,
    };
    hub->server = http_server_new(hub->loop, &HANDLER, &hub->http_options, hub);
}

static void make_connect(struct hub *hub)
{
    struct connect_options options = {
        .loop = hub->loop,
        .services = hub->services,
        .n_services = HUB_SERVICES,
        .timeout_ms = hub->config->request_timeout_ms,
        .identify = surface_identify,
        .arg = hub,
    };

    hub->connect = connect_new(&options);
}

static bool start(struct hub *hub, struct err *e)
{
    const struct hub_config *config = hub->config;

    TRY(take_lock(hub, e));
    set_policy(hub);
    if (config->dev_frontend != NULL) {
        hub->dev_page = dev_page_new(hub->loop, config->dev_frontend, config->base_path, e);
        TRY(hub->dev_page != NULL);
    }
    make_server(hub);
    TRY(listen_all(hub, e));
    TRY(hub_open_store(hub, hub->loop, config, e));
    /* in solo mode a later program on this port would inherit the service worker */
    hub->assets = assets_new(ASSETS, ASSETS_LEN, config->base_path, config->solo ? "/sw.js" : NULL);
    make_connect(hub);
    access_code_make(&hub->code);
    return true;
}

struct hub *hub_start(struct loop *loop, const struct hub_config *config, struct err *e)
{
    struct hub *hub = NEW(struct hub);

    hub->loop = loop;
    hub->config = config;
    hub->lock_fd = -1;
    if (!start(hub, e)) {
        hub_free(hub);
        return NULL;
    }
    hub->is_ready = true;
    return hub;
}

const char *hub_url(const struct hub *hub, size_t n)
{
    return n < HUB_ADDRS_MAX ? hub->urls[n] : NULL;
}

const char *hub_access_code(const struct hub *hub)
{
    return hub->code.text;
}

void hub_attach_worker(struct hub *hub, int fd)
{
    workers_attach(hub, registry_worker(&hub->registry, hub->local_worker.s), fd);
}

const char *hub_local_worker_id(const struct hub *hub)
{
    return hub->local_worker.s;
}

/* ---- stop ---- */

enum {
    CALLS_LOOK_MS = 10,   /* how often to see whether calls still run */
    LAST_WORDS_MS = 3000, /* for closing handshakes, then connections just end */
};

/* Aim the one timer of a stop at its next step. */
static void aim(struct hub *hub, loop_fn fn, uint64_t delay_ms)
{
    if (hub->drain.loop != NULL) {
        timer_stop(&hub->drain);
    }
    timer_init(&hub->drain, hub->loop, fn, hub);
    timer_start(&hub->drain, delay_ms);
}

static void finish(void *arg)
{
    struct hub *hub = arg;

    hub_close_store(hub);
    if (hub->on_stopped != NULL) {
        loop_defer(hub->loop, hub->on_stopped, hub->on_stopped_arg);
    }
}

/* Called from within the end of the last connection, whose owner is still to hear of it. */
static void on_no_connection(void *arg)
{
    struct hub *hub = arg;

    aim(hub, finish, 0);
}

static void on_last_words_over(void *arg)
{
    struct hub *hub = arg;

    http_server_free(TAKE(hub->server, NULL));
    finish(hub);
}

/* Calls are done, or have had their time: sockets end, and with the last one the server. */
static void on_drain_tick(void *arg)
{
    struct hub *hub = arg;

    if (connect_running(hub->connect) > 0 && loop_now_ms(hub->loop) < hub->drain_until_ms) {
        aim(hub, on_drain_tick, CALLS_LOOK_MS);
        return;
    }
    connect_free(TAKE(hub->connect, NULL));
    aim(hub, on_last_words_over, LAST_WORDS_MS);
    sockets_close_all(hub);
}

void hub_stop(struct hub *hub, loop_fn on_stopped, void *arg)
{
    if (hub->is_draining) {
        return;
    }
    hub->is_draining = true;
    hub->on_stopped = on_stopped;
    hub->on_stopped_arg = arg;
    hub->drain_until_ms = loop_now_ms(hub->loop) + hub->config->drain_timeout_ms;
    workers_going_away(hub);
    sockets_going_away(hub);
    aim(hub, on_drain_tick, 0);
    http_server_drain(hub->server, on_no_connection, hub);
}

void hub_free(struct hub *hub)
{
    if (hub == NULL) {
        return;
    }
    if (hub->drain.loop != NULL) {
        timer_stop(&hub->drain);
    }
    if (hub->connect != NULL) {
        connect_free(hub->connect);
    }
    hub_close_store(hub);
    if (hub->server != NULL) {
        http_server_free(hub->server);
    }
    dev_page_free(hub->dev_page);
    assets_free(hub->assets);
    for (size_t i = 0; i < HUB_ADDRS_MAX; i++) {
        free(hub->urls[i]);
    }
    fd_closep(&hub->lock_fd);
    free(hub);
}
