/* SPDX-License-Identifier: Apache-2.0 */
/* Solo mode: Hub and Worker in one process on loopback, one user, no login. */
#ifndef CLI_SOLO_H
#define CLI_SOLO_H

#include "cli/config.h"

/* Run until a signal ends it. Returns the process's exit code: 0 after an orderly stop, 1 when it
 * could not start, 2 when the settings make that impossible. */
int solo_run(const struct settings *settings);

#endif
