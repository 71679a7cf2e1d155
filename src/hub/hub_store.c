/* SPDX-License-Identifier: Apache-2.0 */
/* The Hub without its port: database, registry, services. */
#include <stdlib.h>

#include "base/alloc.h"
#include "gen/store/hub_sql.h"
#include "hub/access.h"
#include "hub/bootstrap.h"
#include "hub/events.h"
#include "hub/hub_internal.h"
#include "hub/services.h"
#include "hub/sessions.h"
#include "hub/sockets.h"
#include "hub/workers.h"
#include "relay/limits.h"

void hub_make_services(struct hub *hub)
{
    const struct {
        const struct rpc_method *methods;
        size_t n;
    } TABLES[HUB_SERVICES] = {
        { SYSTEM_METHODS, SYSTEM_METHODS_LEN },       { AUTH_METHODS, AUTH_METHODS_LEN },
        { USER_METHODS, USER_METHODS_LEN },           { WORKER_METHODS, WORKER_METHODS_LEN },
        { WORKSPACE_METHODS, WORKSPACE_METHODS_LEN }, { LAYOUT_METHODS, LAYOUT_METHODS_LEN },
    };

    for (size_t i = 0; i < HUB_SERVICES; i++) {
        hub->services[i] = (struct rpc_service){
            .methods = TABLES[i].methods,
            .n = TABLES[i].n,
            .context = hub,
            .may = access_check,
        };
    }
}

static bool load(struct db *db, void *arg, struct err *e)
{
    struct hub *hub = arg;

    if (hub->config->solo) {
        struct bootstrap made;

        TRY(bootstrap_solo(db, &made, e));
        hub->solo_user = made.user;
        hub->local_worker = made.worker;
    }
    return registry_load(&hub->registry, db, e) && sessions_load(hub, db, e);
}

bool hub_open_store(struct hub *hub, struct loop *loop, const struct hub_config *config,
                    struct err *e)
{
    CLEANUP(free_p)
    char *path = config->data_dir == NULL ? must_strdup(":memory:")
                                          : must_printf("%s/hub.db", config->data_dir);

    hub->loop = loop;
    hub->config = config;
    hub->relay_max = RELAY_MEMORY_MAX;
    list_init(&hub->sockets);
    list_init(&hub->links);
    list_init(&hub->channels);
    list_init(&hub->sessions);
    list_init(&hub->dirty_orgs);
    list_init(&hub->dirty_workspaces);
    timer_init(&hub->flush, loop, events_flush, hub);
    timer_init(&hub->sweep, loop, sessions_sweep, hub);
    registry_init(&hub->registry);
    hub_make_services(hub);
    hub->is_store_open = true;
    hub->db = dbq_open(loop, path, HUB_MIGRATIONS, HUB_MIGRATIONS_LEN, e);
    TRY(hub->db != NULL && dbq_run_at_start(hub->db, load, hub, e));
    sessions_sweep(hub);
    return true;
}

void hub_close_store(struct hub *hub)
{
    if (!hub->is_store_open) {
        return;
    }
    hub->is_store_open = false;
    sockets_free_all(hub);
    workers_free_all(hub);
    timer_stop(&hub->sweep);
    dbq_close(TAKE(hub->db, NULL));
    timer_stop(&hub->flush);
    sessions_done(hub);
    registry_done(&hub->registry);
}
