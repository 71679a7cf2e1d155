/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/notes.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "gen/store/hub_sql.h"
#include "hub/hub_internal.h"
#include "hub/workers.h"

/* How long to wait after the first, second ... try that nobody answered. */
static const uint64_t RETRY_MS[] = { 1000, 5000, 30000, 120000, 600000 };

static void send_first(struct notes *n)
{
    struct note *first = LIST_FIRST(&n->link->worker->notes, struct note, link);

    n->sent = (struct id){ { 0 } };
    timer_stop(&n->timer);
    if (first == NULL) {
        return;
    }
    n->sent = first->id;
    worker_link_send_notification(n->link, buf_view(&first->payload));
    timer_start(&n->timer, NOTES_ANSWER_MS);
}

static void on_timer(void *arg)
{
    struct notes *n = arg;

    if (id_is_empty(n->sent)) {
        send_first(n);
        return;
    }
    n->sent = (struct id){ { 0 } };
    timer_start(&n->timer,
                RETRY_MS[n->tries < ARRAY_LEN(RETRY_MS) ? n->tries : ARRAY_LEN(RETRY_MS) - 1]);
    n->tries++;
}

void notes_start(struct notes *n, struct worker_link *link)
{
    *n = (struct notes){ .link = link };
    timer_init(&n->timer, link->hub->loop, on_timer, n);
    send_first(n);
}

void notes_stop(struct notes *n)
{
    if (n->link != NULL) {
        timer_stop(&n->timer);
    }
}

void notes_add(struct worker *worker, struct id id, struct id tab_id, struct bytes payload)
{
    registry_add_note(worker, id, tab_id, payload);
    if (worker->link != NULL && !timer_is_on(&worker->link->notes.timer)) {
        worker->link->notes.tries = 0;
        send_first(&worker->link->notes);
    }
}

void notes_drop(struct worker *worker, struct note *note)
{
    bool was_sent = worker->link != NULL && id_equal(worker->link->notes.sent, note->id);

    registry_drop_note(note);
    if (was_sent) {
        worker->link->notes.tries = 0;
        send_first(&worker->link->notes);
    }
}

struct drop {
    struct id id;
};

static bool drop_work(struct db *db, void *arg, struct err *e)
{
    struct drop *drop = arg;

    return hub_sql_drop_notification(
        db, &(struct hub_sql_drop_notification_args){ .id = drop->id.s }, e);
}

static void drop_done(void *arg, const struct err *e)
{
    if (e != NULL) { /* it is sent again after the next start, which does no harm */
        log_warn("an acknowledged order stays in the database", F_ERR(e));
    }
    free(arg);
}

void notes_acknowledged(struct notes *n, const char *id)
{
    struct note *first = LIST_FIRST(&n->link->worker->notes, struct note, link);
    struct drop *drop;

    if (first == NULL || strcmp(first->id.s, id) != 0) {
        return;
    }
    drop = NEW(struct drop);
    drop->id = first->id;
    dbq_submit(n->link->hub->db, drop_work, drop_done, drop);
    registry_drop_note(first);
    n->tries = 0;
    send_first(n);
}
