/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All that solo mode serves to a peer that is not our own user: one sentence, and a field for the
 * access code, which gives a session.
 */
#ifndef HUB_DOORSTEP_H
#define HUB_DOORSTEP_H

#include "net/http.h"

struct hub;

/* path is below the base path, or NULL. Answers now or later. */
void doorstep_respond(struct hub *hub, struct http_request *r, const char *path);

#endif
