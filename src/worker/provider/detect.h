/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is a CLI there, and which version? Pure: what to run, and what its answer means. The runner runs
 * it in the login environment with DETECT_LIMIT_MS and keeps the answer for DETECT_CACHE_MS.
 */
#ifndef WORKER_PROVIDER_DETECT_H
#define WORKER_PROVIDER_DETECT_H

#include "worker/provider/provider.h"

enum {
    DETECT_LIMIT_MS = 10000, /* product.md, provider detection */
    DETECT_CACHE_MS = 5 * 60 * 1000,
};

/* The command that prints the version: command's program and arguments and "--version"; in a. */
const char *const *detect_argv(const char *const *command, struct arena *a);

/*
 * The version in the output of a successful run, such as "2.1.329" of "2.1.329 (Claude Code)": the
 * first word that is digits and dots with at least one dot. "" when there is none. Lives in a.
 */
const char *detect_version(struct bytes output, struct arena *a);

#endif
