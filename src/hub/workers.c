/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/workers.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/utf8.h"
#include "crypto/certificate.h"
#include "gen/store/hub_sql.h"
#include "hub/channels.h"
#include "hub/events.h"
#include "hub/hub_internal.h"
#include "hub/layouts.h"
#include "hub/proto.h"
#include "rpc/guard.h"

enum { NAME_MAX_CHARACTERS = 64 };

/* ---- who comes ---- */

/* What a Worker says of itself, on its way into the database. */
struct hello_job {
    struct hub *hub;
    struct worker_link *l; /* NULL once the link is gone */
    struct arena arena;
    struct id worker;
    struct hub_sql_put_worker_link_args row;
};

static bool store_hello(struct db *db, void *arg, struct err *e)
{
    struct hello_job *job = arg;

    return hub_sql_put_worker_link(db, &job->row, e);
}

static void put_text(char **at, const char *text)
{
    free(*at);
    *at = must_strdup(text);
}

static void put_bytes(struct buf *at, struct bytes data)
{
    struct err e = { 0 };

    buf_done(at);
    buf_init(at, data.n);
    if (!buf_put(at, data, &e)) {
        abort();
    }
}

/* The database has it: from now on this is what the Worker is. */
static void remember(struct worker *w, const struct hello_job *job)
{
    put_text(&w->name, job->row.name);
    put_text(&w->os, job->row.os);
    put_text(&w->arch, job->row.arch);
    put_text(&w->version, job->row.version);
    put_bytes(&w->identity, job->row.identity);
    put_bytes(&w->certificate, job->row.certificate);
    w->epoch = (uint32_t)job->row.epoch;
    w->seen_at_ms = job->row.seen_at_ms;
}

static void hello_stored(void *arg, const struct err *e)
{
    struct hello_job *job = arg;
    struct worker_link *l = job->l;

    if (e == NULL) {
        struct worker *w = registry_worker(&job->hub->registry, job->worker.s);

        remember(w, job);
        events_org_changed(job->hub, w->org);
    } else {
        log_error("a worker's keys cannot be stored", F_ERR(e));
    }
    if (l != NULL) {
        l->storing = NULL;
        if (e != NULL) {
            worker_link_free(l);
        } else if (l->state == LINK_STORING) {
            l->state = LINK_INVENTORY;
            worker_link_send_accepted(l);
        }
    }
    arena_done(&job->arena);
    free(job);
}

static bool key_rejected(struct err *e, const char *why)
{
    return err_set(e, ERR_FAILED_PRECONDITION, "KEY_REJECTED", "%s", why);
}

/*
 * Clients check for themselves; the Hub does so that it serves no keys that all of them refuse.
 * The one signature of a rotation costs 3 ms here; an unchanged certificate costs nothing.
 * *epoch is written on success.
 */
static bool check_certificate(const struct worker *w, struct bytes identity,
                              struct bytes certificate, uint32_t *epoch, struct err *e)
{
    struct certificate c;

    if (w->epoch != 0 && bytes_equal(certificate, buf_view(&w->certificate))) {
        *epoch = w->epoch;
        return true;
    }
    TRY(certificate_parse(certificate, &c, e));
    if (c.epoch < w->epoch) {
        return key_rejected(e, "the key epoch went back");
    }
    if (c.epoch == w->epoch) {
        return key_rejected(e, "the epoch has another certificate already");
    }
    if (strcmp(c.worker_id.s, w->id.s) != 0) {
        return key_rejected(e, "the certificate is another worker's");
    }
    TRY(certificate_verify(certificate, identity.p, &c, e));
    *epoch = c.epoch;
    return true;
}

static bool check_identity(const struct worker *w, struct bytes identity, struct err *e)
{
    if (identity.n != SLHDSA_PUBLIC_LEN) {
        return key_rejected(e, "the identity has a wrong length");
    }
    return w->identity.n == 0 || bytes_equal(identity, buf_view(&w->identity)) ||
           key_rejected(e, "the worker has another identity");
}

static struct hello_job *hello_job_new(struct worker_link *l, struct bytes identity,
                                       struct bytes certificate, uint32_t epoch)
{
    struct hello_job *job = NEW(struct hello_job);
    struct worker *w = l->worker;

    job->hub = l->hub;
    job->l = l;
    job->worker = w->id;
    job->row = (struct hub_sql_put_worker_link_args){
        .id = job->worker.s,
        .name = arena_str(&job->arena, bytes_of(w->name)),
        .os = arena_str(&job->arena, bytes_of(w->os)),
        .arch = arena_str(&job->arena, bytes_of(w->arch)),
        .version = arena_str(&job->arena, bytes_of(w->version)),
        .identity = arena_copy(&job->arena, identity),
        .certificate = arena_copy(&job->arena, certificate),
        .epoch = epoch,
        .seen_at_ms = clock_unix_ms(),
    };
    return job;
}

static void submit_hello(struct worker_link *l, struct hello_job *job)
{
    if (l->storing != NULL) {
        l->storing->l = NULL; /* overtaken: its commit still counts, its answer does not */
    }
    l->storing = job;
    dbq_submit(l->hub->db, store_hello, hello_stored, job);
}

/* A name as it is shown; the old one where the new one is none. */
static const char *clean_name(struct arena *a, const char *name, const char *old)
{
    char *clean = arena_alloc(a, strlen(name) + 1);

    utf8_clean_title(bytes_of(name), clean);
    return clean[0] == '\0' || utf8_count(bytes_of(clean)) > NAME_MAX_CHARACTERS ? old : clean;
}

static bool take_hello(struct worker_link *l, const Leapmux__V1__LinkHello *m, struct err *e)
{
    uint32_t epoch = 0;
    struct hello_job *job;

    if (l->state != LINK_HELLO || strcmp(m->worker_id, l->worker->id.s) != 0 ||
        m->protocol != WORKERS_PROTOCOL) {
        return err_set(e, ERR_INVALID_ARGUMENT, "INVALID", "a hello that does not fit");
    }
    TRY(check_identity(l->worker, proto_view(m->identity), e));
    TRY(check_certificate(l->worker, proto_view(m->identity), proto_view(m->certificate), &epoch,
                          e));
    job = hello_job_new(l, proto_view(m->identity), proto_view(m->certificate), epoch);
    job->row.name = clean_name(&job->arena, m->name, job->row.name);
    job->row.os = arena_str(&job->arena, bytes_of(m->os));
    job->row.arch = arena_str(&job->arena, bytes_of(m->arch));
    job->row.version = arena_str(&job->arena, bytes_of(m->version));
    l->state = LINK_STORING;
    submit_hello(l, job);
    return true;
}

static bool take_keys(struct worker_link *l, const Leapmux__V1__KeysChanged *m, struct err *e)
{
    uint32_t epoch = 0;
    struct bytes identity = buf_view(&l->worker->identity);

    TRY(check_certificate(l->worker, identity, proto_view(m->certificate), &epoch, e));
    submit_hello(l, hello_job_new(l, identity, proto_view(m->certificate), epoch));
    return true;
}

/* ---- what it has ---- */

static bool has_item(const Leapmux__V1__Inventory *m, const struct tab *tab)
{
    for (size_t i = 0; i < m->n_items; i++) {
        if (strcmp(m->items[i]->tab_id, tab->id.s) == 0) {
            return true;
        }
    }
    return false;
}

static bool take_inventory(struct worker_link *l, const Leapmux__V1__Inventory *m, struct err *e)
{
    struct worker *w = l->worker;

    if (l->state != LINK_INVENTORY) {
        return err_set(e, ERR_INVALID_ARGUMENT, "INVALID", "an inventory out of turn");
    }
    LIST_EACH(&w->tabs, struct tab, by_worker, tab)
    {
        if (!has_item(m, tab)) {
            layouts_close_for_worker(l->hub, tab);
        }
    }
    if (w->link != NULL) { /* the newer connection wins */
        worker_link_free(w->link);
    }
    l->state = LINK_READY;
    w->link = l;
    log_info("worker online", F_STR("worker", w->id.s), F_STR("name", w->name));
    events_org_changed(l->hub, w->org);
    notes_start(&l->notes, l);
    return true;
}

static void take_closed_tab(struct worker_link *l, const Leapmux__V1__TabClosed *m)
{
    struct tab *tab = registry_tab(&l->hub->registry, m->tab_id);

    if (tab != NULL && tab->worker == l->worker &&
        strcmp(tab->workspace->id.s, m->workspace_id) == 0) {
        layouts_close_for_worker(l->hub, tab);
    }
}

/* ---- in ---- */

/* Messages of a link that is ready; those about channels are dropped before, as none are open. */
static void take_ready(struct worker_link *l, const Leapmux__V1__WorkerToHub *m)
{
    switch (m->message_case) {
    case LEAPMUX__V1__WORKER_TO_HUB__MESSAGE_TAB_CLOSED:
        take_closed_tab(l, m->tab_closed);
        break;
    case LEAPMUX__V1__WORKER_TO_HUB__MESSAGE_CHANNEL_OPENED:
        channels_opened(l, m->channel_opened);
        break;
    case LEAPMUX__V1__WORKER_TO_HUB__MESSAGE_CHANNEL_REFUSED:
        channels_refused(l, m->channel_refused);
        break;
    case LEAPMUX__V1__WORKER_TO_HUB__MESSAGE_RECORD:
        if (m->record->record.len >= RELAY_RECORD_MIN &&
            m->record->record.len <= RELAY_RECORD_MAX) {
            channels_record_of_worker(l, m->record->number, proto_view(m->record->record));
        }
        break;
    case LEAPMUX__V1__WORKER_TO_HUB__MESSAGE_CHANNEL_CLOSED:
        channels_close_of_worker(l, m->channel_closed->number, m->channel_closed->reason);
        break;
    case LEAPMUX__V1__WORKER_TO_HUB__MESSAGE_NOTIFICATION_ACK:
        notes_acknowledged(&l->notes, m->notification_ack->id);
        break;
    case LEAPMUX__V1__WORKER_TO_HUB__MESSAGE__NOT_SET:
    case LEAPMUX__V1__WORKER_TO_HUB__MESSAGE_HELLO:
    case LEAPMUX__V1__WORKER_TO_HUB__MESSAGE_KEYS_CHANGED:
    case LEAPMUX__V1__WORKER_TO_HUB__MESSAGE_INVENTORY:
    case LEAPMUX__V1__WORKER_TO_HUB__MESSAGE_PING:
    case LEAPMUX__V1__WORKER_TO_HUB__MESSAGE_PONG:
    case _LEAPMUX__V1__WORKER_TO_HUB__MESSAGE__CASE_IS_INT_SIZE:
        break; /* an unknown message, or one that take() has seen to */
    }
}

static bool take(struct worker_link *l, const Leapmux__V1__WorkerToHub *m, struct err *e)
{
    if (m->message_case == LEAPMUX__V1__WORKER_TO_HUB__MESSAGE_HELLO) {
        return take_hello(l, m->hello, e);
    }
    if (m->message_case == LEAPMUX__V1__WORKER_TO_HUB__MESSAGE_INVENTORY) {
        return take_inventory(l, m->inventory, e);
    }
    if (m->message_case == LEAPMUX__V1__WORKER_TO_HUB__MESSAGE_PING) {
        worker_link_send_ping(l, m->ping->nonce, true);
    } else if (l->state != LINK_READY) {
        return m->message_case == LEAPMUX__V1__WORKER_TO_HUB__MESSAGE_PONG ||
               err_set(e, ERR_INVALID_ARGUMENT, "INVALID", "a message before the inventory");
    } else if (m->message_case == LEAPMUX__V1__WORKER_TO_HUB__MESSAGE_KEYS_CHANGED) {
        return take_keys(l, m->keys_changed, e);
    } else {
        take_ready(l, m);
    }
    return true;
}

static void on_message(void *arg, struct bytes message)
{
    struct worker_link *l = arg;
    struct err e = { 0 };
    ProtobufCMessage *m = guard_unpack(&leapmux__v1__worker_to_hub__descriptor, message, &e);

    l->heard_ms = loop_now_ms(l->hub->loop);
    if (m == NULL || !take(l, (const Leapmux__V1__WorkerToHub *)m, &e)) {
        log_error("a worker's link is refused", F_STR("worker", l->worker->id.s),
                  F_STR("reason", e.reason), F_ERR(&e));
        worker_link_free(l);
    }
    if (m != NULL) {
        protobuf_c_message_free_unpacked(m, NULL);
    }
}

static void on_drain(void *arg)
{
    struct worker_link *l = arg;

    l->is_full = false;
    channels_pump_link(l);
}

static void on_closed(void *arg)
{
    worker_link_free(arg);
}

static void on_quiet(void *arg)
{
    struct worker_link *l = arg;
    uint64_t quiet_ms = loop_now_ms(l->hub->loop) - l->heard_ms;

    if (quiet_ms >= WORKERS_DEAD_MS) {
        log_warn("a worker is silent", F_STR("worker", l->worker->id.s));
        worker_link_free(l);
        return;
    }
    if (quiet_ms >= WORKERS_PING_MS) {
        worker_link_send_ping(l, l->heard_ms, false);
        timer_start(&l->alive, WORKERS_DEAD_MS - quiet_ms);
        return;
    }
    timer_start(&l->alive, WORKERS_PING_MS - quiet_ms);
}

/* ---- life ---- */

void workers_attach(struct hub *hub, struct worker *worker, int fd)
{
    static const struct msgpipe_handlers HANDLERS = { on_message, on_drain, on_closed };
    struct worker_link *l = NEW(struct worker_link);

    l->hub = hub;
    l->worker = worker;
    l->pipe = msgpipe_new(hub->loop, fd, &HANDLERS, l);
    l->heard_ms = loop_now_ms(hub->loop);
    outlet_init(&l->outlet, &hub->relay_octets);
    list_init(&l->granted);
    list_init(&l->link);
    list_append(&hub->links, &l->link);
    timer_init(&l->alive, hub->loop, on_quiet, l);
    timer_start(&l->alive, WORKERS_PING_MS);
}

struct seen {
    struct id id;
    int64_t at_ms;
};

static bool store_seen(struct db *db, void *arg, struct err *e)
{
    struct seen *seen = arg;

    return hub_sql_put_worker_seen(
        db, &(struct hub_sql_put_worker_seen_args){ .id = seen->id.s, .seen_at_ms = seen->at_ms },
        e);
}

static void seen_stored(void *arg, const struct err *e)
{
    (void)e; /* only what people see beside "offline" */
    free(arg);
}

static void go_offline(struct worker_link *l)
{
    struct seen *seen = NEW(struct seen);

    l->worker->link = NULL;
    l->worker->seen_at_ms = clock_unix_ms();
    *seen = (struct seen){ .id = l->worker->id, .at_ms = l->worker->seen_at_ms };
    dbq_submit(l->hub->db, store_seen, seen_stored, seen);
    log_info("worker offline", F_STR("worker", l->worker->id.s));
    events_org_changed(l->hub, l->worker->org);
}

void worker_link_free(struct worker_link *l)
{
    channels_link_gone(l);
    notes_stop(&l->notes);
    if (l->worker->link == l) {
        go_offline(l);
    }
    if (l->storing != NULL) {
        l->storing->l = NULL;
    }
    worker_link_forget_grants(l);
    refmap_done(&l->channels);
    timer_stop(&l->alive);
    msgpipe_free(l->pipe);
    list_remove(&l->link);
    free(l);
}

void workers_free_all(struct hub *hub)
{
    LIST_EACH(&hub->links, struct worker_link, link, l)
    {
        worker_link_free(l);
    }
}
