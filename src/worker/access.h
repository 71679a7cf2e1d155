/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who may do what on this Worker: what the Hub says of its users, kept in memory only.
 */
#ifndef WORKER_ACCESS_H
#define WORKER_ACCESS_H

#include "base/id.h"
#include "base/list.h"
#include "leapmux/v1/connector.pb-c.h"

/* The rule of a method. "Agent" and "workspace" are those that the request names. */
enum access_rule {
    ACCESS_HELLO = 1,      /* the first call of a channel, and only that */
    ACCESS_VIEW_ANYWHERE,  /* a level in any workspace, or worker use */
    ACCESS_ACT_ANYWHERE,   /* collaborator in any workspace, or worker use */
    ACCESS_VIEW_WORKSPACE, /* a level in the workspace */
    ACCESS_VIEW_AGENT,     /* a level in the agent's workspace */
    ACCESS_ACT_AGENT,      /* collaborator in the agent's workspace */
    ACCESS_OPEN_IN,        /* collaborator in the workspace; worker use, since outside its roots */
    ACCESS_LOOK_AT_PATH,   /* a level in the workspace; worker use, since outside its roots */
};

struct grants {
    struct link link;
    struct id user;
    char *name; /* shown to people */
    bool worker_use;
    size_t n;
    struct grant {
        struct id workspace;
        Leapmux__V1__WorkspaceLevel level;
        bool archived;
    } * v;
};

struct access {
    struct link users; /* of struct grants */
};

void access_init(struct access *access);
void access_done(struct access *access);

/* Replace what is known of a user. Fails with BAD_ID. */
MUST_CHECK bool access_set(struct access *access, const Leapmux__V1__Grants *message,
                           struct err *e);

/* Forget everybody: the Hub is gone. */
void access_clear(struct access *access);

/* What is known of a user, or NULL. */
const struct grants *access_of(const struct access *access, struct id user);

/* True if the user sees the workspace at all. */
bool access_sees(const struct access *access, struct id user, struct id workspace);

/* True when nothing is left to the user: his channels end. */
bool access_is_empty(const struct access *access, struct id user);

/*
 * Decide. workspace: that of the agent, or the one that the request names; NULL when neither is
 * there or known, which is NOT_FOUND for rules that need one. Fails with NOT_FOUND, READ_ONLY,
 * ARCHIVED, OUTSIDE_ROOTS or ROLE.
 */
MUST_CHECK bool access_may(const struct access *access, struct id user, enum access_rule rule,
                           const struct id *workspace, struct err *e);

#endif
