/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who looks at which workspace and tab. An entry lasts until the client's next report or its end;
 * typing is shown for 5 s. Others are told at most twice a second.
 */
#ifndef HUB_PRESENCE_H
#define HUB_PRESENCE_H

#include "gen/leapmux/v1/socket.pb-c.h"
#include "hub/registry.h"
#include "loop/loop.h"

struct socket;

enum { PRESENCE_GAP_MS = 500, PRESENCE_TYPING_MS = 5000 };

/* Of one socket. */
struct presence {
    struct link link; /* in workspace->visitors */
    struct socket *socket;
    struct workspace *workspace; /* NULL: looks at none */
    struct id tab_id;
    bool is_typing;

    /* a report that came too soon after the last one waits here; the newest counts */
    bool has_next;
    struct id next_workspace;
    struct id next_tab;
    bool next_typing;
    uint64_t told_ms; /* when the last one was taken */
    struct timer gap;
    struct timer typing;
};

void presence_init(struct presence *p, struct socket *socket, struct loop *loop);
void presence_report(struct presence *p, const Leapmux__V1__PresenceReport *m);
void presence_done(struct presence *p);

#endif
