/* SPDX-License-Identifier: Apache-2.0 */
/* Directories in a directory, for choosing one. Blocking: for threads of slow work. */
#ifndef WORKER_DIRECTORY_H
#define WORKER_DIRECTORY_H

#include "base/arena.h"

enum { DIRECTORY_PAGE = 200, DIRECTORY_PAGE_MAX = 1000 };

struct directory_options {
    const char *path; /* absolute and clean */
    bool hidden;      /* names that begin with a dot, too */
    uint32_t limit;   /* 0 = DIRECTORY_PAGE; above DIRECTORY_PAGE_MAX counts as that */
    const char *page_token;
};

struct directory_entry {
    struct bytes name;
    bool is_repository; /* holds a .git */
};

struct directory_page {
    struct directory_entry *v; /* by name, octet by octet */
    size_t n;
    const char *next_page_token; /* "" at the end */
};

/* Everything lies in a. Fails with NOT_FOUND, OS_DENIED, BAD_PATH, or INVALID for the token. */
MUST_CHECK bool directory_list(const struct directory_options *options, struct arena *a,
                               struct directory_page *out, struct err *e);

#endif
