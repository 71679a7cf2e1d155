/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sessions of browsers: a cookie with 256 random bits, of which only the BLAKE2b-256 is kept. Each
 * use moves the end on, never past 90 days.
 */
#ifndef HUB_SESSIONS_H
#define HUB_SESSIONS_H

#include "hub/registry.h"

struct db;
struct dbq;
struct hub;

enum {
    SESSIONS_TOKEN_LEN = 2 * ID_LEN, /* characters of [0-9A-Za-z] from 256 random bits */
    SESSIONS_PER_USER = 100,         /* beyond it the oldest ends */
};

#define SESSIONS_COOKIE "leapmux_session"

/* Read all; expired ones are dropped. At start. */
MUST_CHECK bool sessions_load(struct hub *hub, struct db *db, struct err *e);
void sessions_done(struct hub *hub);

/* Delete those that have ended, now and every hour from now on. arg is the Hub. */
void sessions_sweep(void *arg);

/* Whom a cookie's value belongs to, now; NULL for none. Moves the session's end. */
struct user *sessions_use(struct hub *hub, const char *token);

/* token is NULL when e says why there is none; valid during the call. */
typedef void (*sessions_made_fn)(void *arg, const char *token, const struct err *e);

/* Make a session; made(arg) is called once it is stored. */
void sessions_make(struct hub *hub, struct user *user, sessions_made_fn made, void *arg);

#endif
