/* SPDX-License-Identifier: Apache-2.0 */
/* Where configuration and data lie on this machine (XDG base directories). */
#ifndef CLI_FOLDERS_H
#define CLI_FOLDERS_H

#include "base/arena.h"

/* $XDG_CONFIG_HOME/leapmux/<mode>.yaml, or below ~/.config. In a. */
const char *folders_config_file(struct arena *a, const char *mode);

/* $XDG_DATA_HOME/leapmux/<mode>, or below ~/.local/share. In a. */
const char *folders_data(struct arena *a, const char *mode);

/*
 * An absolute form of path, which may begin with "~/". A relative one lies beside the file
 * `beside`, or in the working directory when that is NULL. In a.
 */
const char *folders_resolve(struct arena *a, const char *path, const char *beside);

/* folder/name, or $XDG_RUNTIME_DIR/leapmux/name when that is too long for a socket (107 octets).
 * Fails with FAILED_PRECONDITION when neither is short enough. In a. */
MUST_CHECK bool folders_socket(struct arena *a, const char *folder, const char *name,
                               const char **out, struct err *e);

/* True if a socket can be bound to the IPv6 loopback. */
bool folders_machine_has_ipv6(void);

#endif
