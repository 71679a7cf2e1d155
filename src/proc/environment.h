/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of NAME=value that processes are started with. */
#ifndef PROC_ENVIRONMENT_H
#define PROC_ENVIRONMENT_H

#include "base/arena.h"

/*
 * base without what belongs to us or to one shell only (LEAPMUX_*, CLAUDECODE, PWD, OLDPWD,
 * SHLVL, _) and with extra, whose entries replace those of the same name. Both are lists of
 * NAME=value ending in NULL; extra may be NULL. The result and its entries live in a.
 */
const char *const *environment_for_child(const char *const *base, const char *const *extra,
                                         struct arena *a);

#endif
