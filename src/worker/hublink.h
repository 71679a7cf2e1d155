/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Worker's end of its link to the Hub:
 *
 *   LinkHello -> LinkAccepted -> Inventory -> channels, records, notifications; pings at any time
 *
 * Grants come over it and are forgotten with it, and so are all channels.
 */
#ifndef WORKER_HUBLINK_H
#define WORKER_HUBLINK_H

#include "worker/core.h"

struct hublink;

/* Greet the Hub over fd, which is owned from now on. The Worker's keys are there. */
struct hublink *hublink_new(struct worker *w, int fd);

/* Ends all channels. Accepts NULL. */
void hublink_free(struct hublink *link);

/* Tell the Hub that an agent was closed; orders that waited for that are acknowledged. */
void hublink_agent_gone(struct hublink *link, struct id workspace, struct id agent);

#endif
