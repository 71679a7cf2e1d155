/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/presence.h"

#include <stdio.h>

#include "hub/access.h"
#include "hub/events.h"
#include "hub/hub_internal.h"
#include "hub/sockets.h"

/* The workspace of a report; NULL for none, and for one that the user may not see. */
static struct workspace *visible(struct presence *p, const char *id)
{
    struct workspace *ws = registry_workspace(&p->socket->hub->registry, id);

    return ws != NULL && access_level(p->socket->user, ws) !=
                             LEAPMUX__V1__WORKSPACE_LEVEL__WORKSPACE_LEVEL_UNSPECIFIED
               ? ws
               : NULL;
}

static void leave(struct presence *p)
{
    if (p->workspace != NULL) {
        list_remove(&p->link);
        events_workspace_changed(p->socket->hub, p->workspace);
        p->workspace = NULL;
    }
}

static void take_next(struct presence *p)
{
    struct workspace *ws = visible(p, p->next_workspace.s);

    p->has_next = false;
    p->told_ms = loop_now_ms(p->gap.loop);
    if (ws != p->workspace) {
        leave(p);
        p->workspace = ws;
        if (ws != NULL) {
            list_append(&ws->visitors, &p->link);
        }
    } else if (id_equal(p->tab_id, p->next_tab) && p->is_typing == p->next_typing) {
        if (p->is_typing) {
            timer_start(&p->typing, PRESENCE_TYPING_MS);
        }
        return;
    }
    p->tab_id = p->next_tab;
    p->is_typing = ws != NULL && p->next_typing;
    if (p->is_typing) {
        timer_start(&p->typing, PRESENCE_TYPING_MS);
    }
    if (ws != NULL) {
        events_workspace_changed(p->socket->hub, ws);
    }
}

static void on_gap_over(void *arg)
{
    struct presence *p = arg;

    if (p->has_next) {
        take_next(p);
    }
}

static void on_typing_over(void *arg)
{
    struct presence *p = arg;

    p->is_typing = false;
    if (p->workspace != NULL) {
        events_workspace_changed(p->socket->hub, p->workspace);
    }
}

void presence_init(struct presence *p, struct socket *socket, struct loop *loop)
{
    *p = (struct presence){ .socket = socket };
    list_init(&p->link);
    timer_init(&p->gap, loop, on_gap_over, p);
    timer_init(&p->typing, loop, on_typing_over, p);
}

void presence_report(struct presence *p, const Leapmux__V1__PresenceReport *m)
{
    uint64_t now = loop_now_ms(p->gap.loop);

    snprintf(p->next_workspace.s, sizeof(p->next_workspace.s), "%s", m->workspace_id);
    p->next_tab = (struct id){ { 0 } };
    if (id_is_valid(bytes_of(m->tab_id))) {
        snprintf(p->next_tab.s, sizeof(p->next_tab.s), "%s", m->tab_id);
    }
    p->next_typing = m->typing;
    p->has_next = true;
    if (p->told_ms == 0 || now - p->told_ms >= PRESENCE_GAP_MS) {
        timer_stop(&p->gap);
        take_next(p);
    } else if (!timer_is_on(&p->gap)) {
        timer_start(&p->gap, PRESENCE_GAP_MS - (now - p->told_ms));
    }
}

void presence_done(struct presence *p)
{
    timer_stop(&p->gap);
    timer_stop(&p->typing);
    leave(p);
}
