/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files that must be whole or absent: secrets, keys and settings of our own.
 */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <sys/types.h>

#include "base/buf.h"

/* Append all of a file to out. Fails with NOT_FOUND, OS_DENIED, or TOO_LARGE beyond out's limit. */
MUST_CHECK bool file_read(const char *path, struct buf *out, struct err *e);

/*
 * Put data at path in one step: a temporary file beside it (mode), synced, renamed over it, the
 * folder synced. After a crash at any instant path holds either the old or the new content.
 */
MUST_CHECK bool file_write_atomic(const char *path, struct bytes data, mode_t mode, struct err *e);

/*
 * Make a folder (with parents, 0700 each) unless it exists, and check that it is ours and that
 * nobody else can read or write it. Otherwise FAILED_PRECONDITION with the chmod that repairs it.
 */
MUST_CHECK bool file_private_dir(const char *path, struct err *e);

/*
 * Take the exclusive lock on a file, creating it (0600), and write our process id into it.
 * *fd stays open as long as the lock is wanted. Fails with FAILED_PRECONDITION "BUSY", naming
 * the process id of the holder, while another process has it.
 */
MUST_CHECK bool file_lock(const char *path, int *fd, struct err *e);

#endif
