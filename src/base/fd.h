/* SPDX-License-Identifier: Apache-2.0 */
/* Owned file descriptors: -1 is "none", and none is always fine to close. */
#ifndef BASE_FD_H
#define BASE_FD_H

/* Close *fd unless it is -1, then set it to -1. Keeps errno. For CLEANUP(). */
void fd_closep(int *fd);

#define TAKE_FD(fd) TAKE(fd, -1)

#endif
