/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who is at the other end of a connection: its address, and the user it runs as where the kernel
 * knows that. What is particular to a platform stands in peer_<platform>.c.
 */
#ifndef NET_PEER_H
#define NET_PEER_H

#include <sys/types.h>

#include "net/addr.h"

struct peer {
    struct addr local;  /* our end */
    struct addr remote; /* the other end; for a unix socket its family only */
    bool uid_known;
    uid_t uid; /* 0 unless uid_known */
};

/*
 * Ask the kernel, once, which user owns the other end of an accepted connection.
 *
 * TCP: the socket with the reversed address pair, which must be ESTABLISHED and have an inode: a
 * socket whose owner closed it or exited is reported as uid 0 and is nobody's. Unix: SO_PEERCRED;
 * the overflow uid of an unmapped user namespace never counts.
 *
 * Fills local and remote in any case where the kernel tells them. Fails with PERMISSION_DENIED
 * "OS_DENIED" when there is no such socket on this machine or it is nobody's, and with what the
 * look-up failed on; uid_known is false then.
 */
MUST_CHECK bool peer_ask_uid(int fd, struct peer *out, struct err *e);

/* Fill local and remote only. */
void peer_addresses(int fd, struct peer *out);

#endif
