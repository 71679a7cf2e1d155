/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which coding agents are installed on this machine, as the person's login shell would find them.
 * What was found is remembered for 5 minutes.
 */
#ifndef WORKER_DETECTION_H
#define WORKER_DETECTION_H

#include "worker/core.h"

struct detection;

struct detection *detection_new(struct worker *w);

/* Whoever waits is not answered any more. Accepts NULL. */
void detection_free(struct detection *d);

/* Answer ListProviders, now or when it is known; refresh looks again. */
void detection_get(struct detection *d, bool refresh, struct reply *reply);

#endif
