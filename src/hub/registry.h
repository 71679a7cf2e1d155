/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who and what exists, in memory: read once at start, changed only after the database has taken
 * the change. It makes every question about rights an immediate one.
 */
#ifndef HUB_REGISTRY_H
#define HUB_REGISTRY_H

#include "base/list.h"
#include "hub/idmap.h"
#include "relay/bucket.h"

struct db;
struct worker_link;

struct user {
    struct link link; /* in registry->all_users */
    struct id id;
    char *username;
    char *display_name;
    struct link memberships; /* struct member, by_user */
    struct link watchers;    /* struct subscription, by_target */
    size_t sockets;          /* open now */
    struct bucket calls;
    struct bucket ops;
    struct bucket opens; /* of channels */
};

struct org {
    struct link link; /* in registry->all_orgs */
    struct id id;
    char *name;
    bool is_personal;
    struct link members;    /* struct member, by_org */
    struct link workers;    /* struct worker, by_org */
    struct link workspaces; /* struct workspace, by_org, oldest first */
    struct link watchers;
    struct link dirty; /* in hub->dirty_orgs while its watchers must be told */
};

struct member {
    struct link by_user;
    struct link by_org;
    struct user *user;
    struct org *org;
    char role[8]; /* "owner", "admin", "member" */
};

struct worker {
    struct link by_org;
    struct id id;
    struct org *org;
    struct user *registrant;
    char *name;
    bool is_shared;         /* all members of the organization may use it */
    bool is_local;          /* lives in this process */
    struct buf identity;    /* empty until its first link */
    struct buf certificate; /* likewise */
    uint32_t epoch;
    char *os;
    char *arch;
    char *version;
    int64_t seen_at_ms;
    struct link tabs;         /* struct tab, by_worker */
    struct link notes;        /* struct note, in order */
    struct worker_link *link; /* NULL: offline */
};

struct workspace {
    struct link by_org;
    struct id id;
    struct org *org;
    struct user *owner;
    char *title;
    bool is_archived;
    int64_t created_at_ms;
    struct link tabs; /* struct tab, by_workspace */
    struct link watchers;
    struct link visitors; /* struct presence: who looks at it */
    struct link dirty;    /* in hub->dirty_workspaces while its watchers must be told */
};

/* What the layouts say, for rights and inventories. */
struct tab {
    struct link by_workspace;
    struct link by_worker;
    struct id id;
    struct workspace *workspace;
    struct worker *worker;
    int kind; /* TabKind */
};

/* A durable order that a Worker has not acknowledged yet. */
struct note {
    struct link link; /* in worker->notes */
    struct id id;
    struct id tab_id; /* empty: about no tab */
    struct buf payload;
};

struct registry {
    struct idmap users;
    struct idmap orgs;
    struct idmap workers;
    struct idmap workspaces;
    struct idmap tabs;
    struct link all_users;
    struct link all_orgs;
};

void registry_init(struct registry *r);

/* Read everything. Runs on the database's thread, or at start. */
MUST_CHECK bool registry_load(struct registry *r, struct db *db, struct err *e);

/* Free everything; nobody watches any more. Accepts what registry_init() left. */
void registry_done(struct registry *r);

/* By id; NULL when there is none. Any text may be asked for. */
struct user *registry_user(const struct registry *r, const char *id);
struct org *registry_org(const struct registry *r, const char *id);
struct worker *registry_worker(const struct registry *r, const char *id);
struct workspace *registry_workspace(const struct registry *r, const char *id);
struct tab *registry_tab(const struct registry *r, const char *id);

/* The membership of a user in an organization, or NULL. */
struct member *registry_member(const struct user *user, const struct org *org);

/* The personal organization of a user. */
struct org *registry_personal_org(const struct user *user);

struct workspace_facts {
    struct id id;
    struct org *org;
    struct user *owner;
    const char *title;
    int64_t created_at_ms;
    bool is_archived;
};

struct workspace *registry_add_workspace(struct registry *r, const struct workspace_facts *facts);
void registry_add_tab(struct registry *r, struct id id, struct workspace *ws, struct worker *worker,
                      int kind);
void registry_drop_tab(struct registry *r, struct tab *tab);

/* payload is copied. */
void registry_add_note(struct worker *worker, struct id id, struct id tab_id, struct bytes payload);
void registry_drop_note(struct note *note);

#endif
