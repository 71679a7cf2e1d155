/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The environment that a person's login shell makes, taken once.
 *
 * The shell runs, as login and interactive shell, one fixed command: this very program, which
 * prints its environment between two markers, so that what start files print does no harm. No
 * text of ours or of a person becomes shell text.
 */
#ifndef PROC_LOGIN_ENV_H
#define PROC_LOGIN_ENV_H

#include "base/arena.h"
#include "proc/child.h"

enum { LOGIN_ENV_LIMIT_MS = 10000 }; /* for all start files together */

struct login_env;

struct login_env_options {
    const char *shell;   /* absolute path of the login shell; NULL = no shell: our environment */
    const char *program; /* what prints the environment; NULL = /proc/self/exe */
    const char *home;    /* where the shell's start files are; NULL = $HOME */
    uint64_t limit_ms;   /* 0 = LOGIN_ENV_LIMIT_MS */
};

/*
 * env     NAME=value, ending in NULL; without LEAPMUX_* (environment_for_child()); valid until the
 *         next call of a login_env function
 * notice  NULL, or why it is our own environment instead of the shell's, for people
 */
typedef void (*login_env_done)(void *arg, const char *const *env, const char *notice);

/* Options are copied. */
struct login_env *login_env_new(struct children *all, const struct login_env_options *options);

/* Callers that wait are forgotten. Accepts NULL. */
void login_env_free(struct login_env *le);

/*
 * Call done(arg) with the environment: at once when it is known and the shell's start files are
 * as they were then, else when the shell has answered. Callers that come meanwhile share it.
 */
void login_env_get(struct login_env *le, login_env_done done, void *arg);

/* "Check again": the next login_env_get() asks the shell. */
void login_env_forget(struct login_env *le);

/* The shell of a person: $SHELL, the entry of the user database, /bin/sh. On the heap. */
char *login_env_shell(void);

/*
 * The entries that print_env_main() printed, out of all that a shell and its start files said:
 * NAME=value, ending in NULL, in a. NULL when they are not there.
 */
const char *const *login_env_read(struct bytes said, const char *marker, struct arena *a);

/* What the fixed command runs: print the environment of this process between lines of marker.
 * Returns an exit code. */
int print_env_main(const char *marker);

#endif
