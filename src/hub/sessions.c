/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/sessions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "crypto/blake2b.h"
#include "crypto/ct.h"
#include "crypto/random.h"
#include "gen/store/hub_sql.h"
#include "hub/hub_internal.h"

static const int64_t DAY_MS = 24 * 60 * 60 * 1000;
static const int64_t LIFETIME_DAYS = 7;
static const int64_t MAX_AGE_DAYS = 90;
static const int64_t WRITE_GAP_MS = 60 * 1000; /* the end is written at most once a minute */

enum { SWEEP_MS = 60 * 60 * 1000 };

struct session {
    struct link link; /* in hub->sessions, oldest first */
    struct id id;
    struct user *user;
    uint8_t hash[BLAKE2B_256_LEN];
    int64_t created_at_ms;
    int64_t expires_at_ms;
    int64_t written_at_ms;
};

static bool load_one(void *arg, const struct hub_sql_list_sessions_row *row, struct err *e)
{
    struct hub *hub = arg;
    struct user *user = registry_user(&hub->registry, row->user_id);
    struct session *s;

    if (user == NULL || row->token_hash.n != BLAKE2B_256_LEN) {
        return err_set(e, ERR_DATA_LOSS, "DAMAGED", "a session is damaged");
    }
    s = NEW(struct session);
    snprintf(s->id.s, sizeof(s->id.s), "%s", row->id);
    s->user = user;
    memcpy(s->hash, row->token_hash.p, sizeof(s->hash));
    s->created_at_ms = row->created_at_ms;
    s->expires_at_ms = row->expires_at_ms;
    list_init(&s->link);
    list_append(&hub->sessions, &s->link);
    return true;
}

bool sessions_load(struct hub *hub, struct db *db, struct err *e)
{
    return hub_sql_drop_old_sessions(
               db, &(struct hub_sql_drop_old_sessions_args){ .now_ms = clock_unix_ms() }, e) &&
           hub_sql_list_sessions(db, load_one, hub, e);
}

static void free_session(struct session *s)
{
    list_remove(&s->link);
    free(s);
}

void sessions_done(struct hub *hub)
{
    LIST_EACH(&hub->sessions, struct session, link, s)
    {
        free_session(s);
    }
}

/* ---- the end ---- */

struct sweep {
    int64_t now_ms;
};

static bool sweep_work(struct db *db, void *arg, struct err *e)
{
    const struct sweep *sweep = arg;

    return hub_sql_drop_old_sessions(
        db, &(struct hub_sql_drop_old_sessions_args){ .now_ms = sweep->now_ms }, e);
}

static void sweep_done(void *arg, const struct err *e)
{
    (void)e; /* the next hour tries again */
    free(arg);
}

void sessions_sweep(void *arg)
{
    struct hub *hub = arg;
    struct sweep *sweep = NEW(struct sweep);

    sweep->now_ms = clock_unix_ms();
    LIST_EACH(&hub->sessions, struct session, link, s)
    {
        if (s->expires_at_ms <= sweep->now_ms) {
            free_session(s);
        }
    }
    dbq_submit(hub->db, sweep_work, sweep_done, sweep);
    timer_start(&hub->sweep, SWEEP_MS);
}

/* ---- use ---- */

struct slide {
    struct id id;
    int64_t seen_at_ms;
    int64_t expires_at_ms;
};

static bool slide_work(struct db *db, void *arg, struct err *e)
{
    struct slide *slide = arg;

    return hub_sql_slide_session(
        db,
        &(struct hub_sql_slide_session_args){ .id = slide->id.s,
                                              .seen_at_ms = slide->seen_at_ms,
                                              .expires_at_ms = slide->expires_at_ms },
        e);
}

static void slide_done(void *arg, const struct err *e)
{
    (void)e; /* the session ends a little sooner after a restart */
    free(arg);
}

static void slide(struct hub *hub, struct session *s, int64_t now)
{
    int64_t last = s->created_at_ms + MAX_AGE_DAYS * DAY_MS;
    int64_t end = now + LIFETIME_DAYS * DAY_MS;
    struct slide *job;

    s->expires_at_ms = end < last ? end : last;
    if (now - s->written_at_ms < WRITE_GAP_MS) {
        return;
    }
    s->written_at_ms = now;
    job = NEW(struct slide);
    *job = (struct slide){ .id = s->id, .seen_at_ms = now, .expires_at_ms = s->expires_at_ms };
    dbq_submit(hub->db, slide_work, slide_done, job);
}

struct user *sessions_use(struct hub *hub, const char *token)
{
    uint8_t hash[BLAKE2B_256_LEN];
    int64_t now = clock_unix_ms();

    if (strlen(token) != SESSIONS_TOKEN_LEN) {
        return NULL;
    }
    blake2b_256(bytes_of(token), hash);
    LIST_EACH(&hub->sessions, struct session, link, s)
    {
        if (ct_equal(s->hash, hash, sizeof(hash))) {
            if (s->expires_at_ms <= now) {
                free_session(s);
                return NULL;
            }
            slide(hub, s, now);
            return s->user;
        }
    }
    return NULL;
}

/* ---- a new one ---- */

struct make {
    struct hub *hub;
    struct session *session; /* not in the list yet */
    char token[SESSIONS_TOKEN_LEN + 1];
    sessions_made_fn made;
    void *arg;
};

static bool make_work(struct db *db, void *arg, struct err *e)
{
    const struct make *make = arg;
    const struct session *s = make->session;

    return hub_sql_drop_old_sessions(
               db, &(struct hub_sql_drop_old_sessions_args){ .now_ms = s->created_at_ms }, e) &&
           hub_sql_drop_oldest_sessions(
               db,
               &(struct hub_sql_drop_oldest_sessions_args){ .user_id = s->user->id.s,
                                                            .keep = SESSIONS_PER_USER - 1 },
               e) &&
           hub_sql_add_session(
               db,
               &(struct hub_sql_add_session_args){ .id = s->id.s,
                                                   .token_hash = { s->hash, sizeof(s->hash) },
                                                   .user_id = s->user->id.s,
                                                   .created_at_ms = s->created_at_ms,
                                                   .expires_at_ms = s->expires_at_ms },
               e);
}

/* As the database did: the user's oldest make room. */
static void drop_oldest(struct hub *hub, const struct user *user)
{
    size_t n = 0;

    LIST_EACH(&hub->sessions, struct session, link, s)
    {
        n += s->user == user;
    }
    LIST_EACH(&hub->sessions, struct session, link, s)
    {
        if (s->user == user && n >= SESSIONS_PER_USER) {
            free_session(s);
            n--;
        }
    }
}

static void make_done(void *arg, const struct err *e)
{
    struct make *make = arg;

    if (e == NULL) {
        drop_oldest(make->hub, make->session->user);
        list_append(&make->hub->sessions, &make->session->link);
    } else {
        free(make->session);
    }
    make->made(make->arg, e == NULL ? make->token : NULL, e);
    wipe(make->token, sizeof(make->token));
    free(make);
}

void sessions_make(struct hub *hub, struct user *user, sessions_made_fn made, void *arg)
{
    struct make *make = NEW(struct make);
    struct session *s = NEW(struct session);

    snprintf(make->token, sizeof(make->token), "%s%s", random_id().s, random_id().s);
    s->id = random_id();
    s->user = user;
    blake2b_256(bytes_of(make->token), s->hash);
    s->created_at_ms = clock_unix_ms();
    s->expires_at_ms = s->created_at_ms + LIFETIME_DAYS * DAY_MS;
    s->written_at_ms = s->created_at_ms;
    list_init(&s->link);
    make->hub = hub;
    make->session = s;
    make->made = made;
    make->arg = arg;
    dbq_submit(hub->db, make_work, make_done, make);
}
