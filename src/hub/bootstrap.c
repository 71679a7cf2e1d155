/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/bootstrap.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "crypto/random.h"
#include "gen/store/hub_sql.h"
#include "hub/layouts.h"

static const char LOCAL_WORKER[] = "local_worker"; /* a setting: the id of this process's Worker */

static bool make_user(struct db *db, struct id user, struct id org, int64_t now, struct err *e)
{
    return hub_sql_add_user(
               db,
               &(struct hub_sql_add_user_args){
                   .id = user.s, .username = "solo", .display_name = "You", .created_at_ms = now },
               e) &&
           hub_sql_add_org(
               db,
               &(struct hub_sql_add_org_args){
                   .id = org.s, .name = "solo", .is_personal = 1, .created_at_ms = now },
               e) &&
           hub_sql_add_org_member(
               db,
               &(struct hub_sql_add_org_member_args){
                   .org_id = org.s, .user_id = user.s, .role = "owner", .joined_at_ms = now },
               e);
}

static bool make_workspace(struct db *db, struct id user, struct id org, int64_t now, struct err *e)
{
    struct id id = random_id();

    return hub_sql_add_workspace(db,
                                 &(struct hub_sql_add_workspace_args){ .id = id.s,
                                                                       .org_id = org.s,
                                                                       .owner_id = user.s,
                                                                       .title = "First workspace",
                                                                       .created_at_ms = now },
                                 e) &&
           layouts_create(db, id, random_id(), e);
}

static bool make_worker(struct db *db, struct id worker, struct id user, struct id org, int64_t now,
                        struct err *e)
{
    return hub_sql_add_worker(db,
                              &(struct hub_sql_add_worker_args){ .id = worker.s,
                                                                 .org_id = org.s,
                                                                 .name = "This computer",
                                                                 .registered_by = user.s,
                                                                 .is_local = 1,
                                                                 .created_at_ms = now },
                              e) &&
           hub_sql_put_setting(db,
                               &(struct hub_sql_put_setting_args){
                                   .key = LOCAL_WORKER, .value = worker.s, .changed_at_ms = now },
                               e);
}

static bool make_all(struct db *db, struct bootstrap *out, struct err *e)
{
    int64_t now = clock_unix_ms();
    struct id org = random_id();

    out->user = random_id();
    out->worker = random_id();
    return make_user(db, out->user, org, now, e) && make_workspace(db, out->user, org, now, e) &&
           make_worker(db, out->worker, out->user, org, now, e);
}

bool bootstrap_solo(struct db *db, struct bootstrap *out, struct err *e)
{
    CLEANUP(arena_done) struct arena a = { 0 };
    struct hub_sql_get_user_by_name_row user;
    struct hub_sql_get_setting_row worker;
    bool has_user = false;
    bool has_worker = false;

    *out = (struct bootstrap){ 0 };
    TRY(hub_sql_get_user_by_name(db, &(struct hub_sql_get_user_by_name_args){ .username = "solo" },
                                 &a, &user, &has_user, e));
    if (!has_user) {
        return make_all(db, out, e);
    }
    TRY(hub_sql_get_setting(db, &(struct hub_sql_get_setting_args){ .key = LOCAL_WORKER }, &a,
                            &worker, &has_worker, e));
    if (!has_worker) {
        return err_set(e, ERR_DATA_LOSS, "DAMAGED", "the database has lost its own worker");
    }
    snprintf(out->user.s, sizeof(out->user.s), "%s", user.id);
    snprintf(out->worker.s, sizeof(out->worker.s), "%s", worker.value);
    return true;
}
