/* SPDX-License-Identifier: Apache-2.0 */
#include "base/fd.h"

#include <errno.h>
#include <unistd.h>

void fd_closep(int *fd)
{
    int saved = errno;

    if (*fd != -1) {
        (void)close(*fd);
        *fd = -1;
    }
    errno = saved;
}
