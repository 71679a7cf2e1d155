/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Hub linked by itself, with every function of its interface: what this program does not
 * contain, the Hub cannot reach. It is looked at, not run.
 */
#include "hub/hub.h"

int main(void)
{
    struct hub_config config = { .solo = true };
    struct loop *loop = loop_new();
    struct err e;
    struct hub *hub = hub_start(loop, &config, &e);

    if (hub == NULL) {
        return 1;
    }
    hub_attach_worker(hub, -1);
    (void)hub_url(hub, 0);
    (void)hub_access_code(hub);
    (void)hub_local_worker_id(hub);
    hub_stop(hub, NULL, NULL);
    loop_run(loop);
    hub_free(hub);
    loop_free(loop);
    return 0;
}
