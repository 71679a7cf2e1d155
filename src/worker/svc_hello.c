/* SPDX-License-Identifier: Apache-2.0 */
/* Hello: which device is at the other end of a channel. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/utf8.h"
#include "e2ee/channel.h"
#include "gen/store/worker_sql.h"
#include "worker/channels.h"
#include "worker/pb.h"
#include "worker/svc.h"

enum { DEVICE_NAME_MAX = 64 }; /* characters */

struct admission {
    struct worker *worker;
    struct sealed *sealed; /* NULL: the channel is gone */
    struct reply *reply;
    struct id user;
    struct id device;
    struct device_public keys;
    char *name;
    int64_t now_ms;
    bool is_new;
};

static struct bytes ed25519_of(const struct admission *ad)
{
    return (struct bytes){ ad->keys.ed25519, sizeof(ad->keys.ed25519) };
}

static struct bytes mldsa_of(const struct admission *ad)
{
    return (struct bytes){ ad->keys.mldsa, sizeof(ad->keys.mldsa) };
}

static bool revoked(struct err *e)
{
    return err_set(e, ERR_PERMISSION_DENIED, "DEVICE_REVOKED", "this device was revoked");
}

/* Neither half of a revoked device comes back under any name. */
static bool check_revoked(struct db *db, const struct admission *ad, struct err *e)
{
    CLEANUP(arena_done) struct arena a = { 0 };
    struct worker_sql_revoked_keys_row row = { 0 };
    bool found = false;

    TRY(worker_sql_revoked_keys(
        db,
        &(struct worker_sql_revoked_keys_args){ .ed25519 = ed25519_of(ad), .mldsa = mldsa_of(ad) },
        &a, &row, &found, e));
    return row.n == 0 || revoked(e);
}

static bool record_new(struct db *db, const struct admission *ad, struct err *e)
{
    return worker_sql_insert_device(db,
                                    &(struct worker_sql_insert_device_args){
                                        .user_id = ad->user.s,
                                        .device_id = ad->device.s,
                                        .ed25519 = ed25519_of(ad),
                                        .mldsa = mldsa_of(ad),
                                        .name = ad->name,
                                        .first_seen_ms = ad->now_ms,
                                        .last_seen_ms = ad->now_ms,
                                    },
                                    e);
}

static bool admit(struct db *db, void *job, struct err *e)
{
    CLEANUP(arena_done) struct arena a = { 0 };
    struct admission *ad = job;
    struct worker_sql_get_device_row row = { 0 };
    bool found = false;

    TRY(check_revoked(db, ad, e));
    TRY(worker_sql_get_device(
        db,
        &(struct worker_sql_get_device_args){ .user_id = ad->user.s, .device_id = ad->device.s },
        &a, &row, &found, e));
    ad->is_new = !found;
    if (!found) {
        return record_new(db, ad, e);
    }
    if (row.revoked != 0) {
        return revoked(e);
    }
    if (!bytes_equal(row.ed25519, ed25519_of(ad)) || !bytes_equal(row.mldsa, mldsa_of(ad))) {
        return err_set(e, ERR_ALREADY_EXISTS, "ID_IN_USE", "that device id belongs to other keys");
    }
    return worker_sql_touch_device(
        db,
        &(struct worker_sql_touch_device_args){ .name = ad->name,
                                                .last_seen_ms = ad->now_ms,
                                                .user_id = ad->user.s,
                                                .device_id = ad->device.s },
        e);
}

static void answer(struct admission *ad)
{
    CLEANUP(arena_done) struct arena a = { 0 };
    Leapmux__V1__HelloResponse response = LEAPMUX__V1__HELLO_RESPONSE__INIT;
    const struct grants *g = access_of(&ad->worker->access, ad->user);

    response.worker_name = pb_str(&a, ad->worker->config.name);
    response.version = pb_str(&a, LEAPMUX_VERSION);
    response.worker_use = g != NULL && g->worker_use;
    response.new_device = ad->is_new;
    reply_ok(ad->reply, &response);
}

static void on_admitted(void *job, const struct err *e)
{
    struct admission *ad = job;

    if (e != NULL) {
        reply_fail(ad->reply, e);
        if (ad->sealed != NULL) {
            log_warn("device refused", F_STR("device", ad->device.s), F_STR("reason", e->reason));
            sealed_watch(ad->sealed, NULL);
            if (strcmp(e->reason, "DEVICE_REVOKED") == 0) {
                sealed_close(ad->sealed, CHANNEL_DEVICE_REVOKED);
            }
        }
    } else {
        if (ad->sealed != NULL) {
            sealed_watch(ad->sealed, NULL);
            sealed_admit(ad->sealed);
        }
        answer(ad);
    }
    free(ad->name);
    free(ad);
}

static char *device_name(const char *given)
{
    char *name = must_alloc(strlen(given) + 1);

    (void)utf8_clean_title(bytes_of(given), name);
    if (utf8_count(bytes_of(name)) > DEVICE_NAME_MAX) {
        name[utf8_cut(bytes_of(name), DEVICE_NAME_MAX)] = '\0';
    }
    return name;
}

struct rpc_done *svc_hello(struct rpc_call *call, const void *request)
{
    const Leapmux__V1__HelloRequest *r = request;
    struct worker *w = rpc_context(call);
    struct sealed *sealed = rpc_peer(call);
    struct device_public keys;
    struct admission *ad;
    struct rpc_done *done;
    struct err e;

    if (!proof_verify(pb_view(&r->proof), sealed_hash(sealed), &keys, &e)) {
        return rpc_fail(call, &e);
    }
    ad = NEW(struct admission);
    ad->worker = w;
    ad->sealed = sealed;
    ad->user = rpc_user(call);
    ad->device = sealed_device(sealed);
    ad->keys = keys;
    ad->name = device_name(r->device_name);
    ad->now_ms = rpc_now_ms(call);
    sealed_watch(sealed, &ad->sealed);
    done = reply_later(call, &ad->reply);
    dbq_submit(w->db, admit, on_admitted, ad);
    return done;
}
