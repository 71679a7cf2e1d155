/* SPDX-License-Identifier: Apache-2.0 */
/* UUIDs in their text form (RFC 9562), which some CLIs ask for where we have ids. */
#ifndef WORKER_PROVIDER_UUID_H
#define WORKER_PROVIDER_UUID_H

#include "base/buf.h"

struct uuid {
    char s[37]; /* NUL-terminated */
};

/* A UUID of version 4: 122 of the 128 random bits. */
struct uuid uuid_from_random(const uint8_t random[16]);

/*
 * The UUID of an id: its 128 bits with the version and variant that strict readers look for (six
 * bits are lost, so keep the pair). The same id always gives the same UUID.
 */
struct uuid uuid_from_id(const char *id);

#endif
