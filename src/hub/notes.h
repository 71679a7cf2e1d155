/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Durable orders from the Hub to Workers: kept in order for each Worker, sent one at a time, sent
 * again until they are acknowledged.
 *
 *   at rest ──order there, link ready──> sent ──acknowledged──> next one, or at rest
 *   sent ──10 s without an answer──> waiting (1 s, 5 s, 30 s, 2 min, 10 min ...) ──> sent
 */
#ifndef HUB_NOTES_H
#define HUB_NOTES_H

#include "hub/registry.h"
#include "loop/loop.h"

/* Delivery over one link; lives in it. */
struct notes {
    struct worker_link *link;
    struct timer timer;
    struct id sent; /* waits for its acknowledgement; empty: at rest or waiting */
    size_t tries;   /* of the order in front */
};

enum { NOTES_ANSWER_MS = 10 * 1000 };

/* The link is ready: begin with what is there. */
void notes_start(struct notes *n, struct worker_link *link);
void notes_stop(struct notes *n);

/* An order was committed. */
void notes_add(struct worker *worker, struct id id, struct id tab_id, struct bytes payload);

/* An order lost its meaning, and the database has forgotten it. */
void notes_drop(struct worker *worker, struct note *note);

/* The Worker has obeyed; unknown ids do nothing. */
void notes_acknowledged(struct notes *n, const char *id);

#endif
