/* SPDX-License-Identifier: Apache-2.0 */
/* What a Hub in solo mode needs to exist: made at the first start, found again at every other. */
#ifndef HUB_BOOTSTRAP_H
#define HUB_BOOTSTRAP_H

#include "base/id.h"

struct db;

struct bootstrap {
    struct id user;   /* "solo" */
    struct id worker; /* the Worker of this process */
};

/* In one transaction, at start. */
MUST_CHECK bool bootstrap_solo(struct db *db, struct bootstrap *out, struct err *e);

#endif
