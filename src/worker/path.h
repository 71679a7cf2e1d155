/* SPDX-License-Identifier: Apache-2.0 */
/* Paths as clients name them. */
#ifndef WORKER_PATH_H
#define WORKER_PATH_H

#include "base/arena.h"

enum { PATH_LIMIT = 4096 }; /* octets */

/*
 * A path from outside, made absolute and clean: "" and "~" are home, "~/x" lies below it; empty
 * and "." elements vanish. Fails with BAD_PATH for "..", NUL, a relative path, or one that is too
 * long. The result lives in a.
 */
MUST_CHECK bool path_clean(struct bytes path, const char *home, struct arena *a, char **out,
                           struct err *e);

/* Blocking: check that path is a directory that may be entered. Fails with NOT_FOUND, BAD_PATH
 * (something else) or OS_DENIED. */
MUST_CHECK bool path_check_directory(const char *path, struct err *e);

#endif
