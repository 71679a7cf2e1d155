/* SPDX-License-Identifier: Apache-2.0 */
/* A listening socket on the loop. */
#ifndef NET_LISTENER_H
#define NET_LISTENER_H

#include "loop/loop.h"
#include "net/addr.h"

struct listener;

/* Takes ownership of the non-blocking socket of a new connection. */
typedef void (*listener_fn)(void *arg, int fd);

/*
 * Listen at an address as in http_server_listen(): "host:port", ":port" (both families where the
 * machine has IPv6) or "unix:<path>".
 *
 * NULL on failure: INVALID for a bad address, FAILED_PRECONDITION "BUSY" with "address in use:
 * <addr>" when somebody listens there, EXISTS when a unix path is a file of another kind.
 */
struct listener *listener_new(struct loop *loop, const char *address, listener_fn fn, void *arg,
                              struct err *e);

/* The address with its real port. Valid until listener_free(). */
const char *listener_address(const struct listener *l);

/* Stop listening; a unix socket's file is removed. Accepts NULL. */
void listener_free(struct listener *l);

#endif
