/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fault.h"
#include "base/fd.h"

enum { READ_STEP = 64 * 1024 }; /* octets a read(2) asks for */

bool file_read(const char *path, struct buf *out, struct err *e)
{
    CLEANUP(fd_closep) int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fault_here("file.open") || fd == -1) {
        return err_sys(e, "cannot open %s", path);
    }
    for (;;) {
        uint8_t step[READ_STEP];
        ssize_t n = read(fd, step, sizeof(step));
        bool taken = n > 0 && buf_put(out, (struct bytes){ step, (size_t)n }, e);

        explicit_bzero(step, n > 0 ? (size_t)n : 0); /* it may have been a key */
        if (fault_here("file.read") || n < 0) {
            return err_sys(e, "cannot read %s", path);
        }
        if (n == 0 || !taken) {
            return n == 0;
        }
    }
}

static bool write_all(int fd, struct bytes data, struct err *e)
{
    while (data.n > 0) {
        ssize_t n = fault_here("file.write") ? -1 : write(fd, data.p, data.n);

        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return err_sys(e, "cannot write");
        }
        data.p += n;
        data.n -= (size_t)n;
    }
    return true;
}

/* The folder's own entry must reach the disk too, or the rename may be forgotten. */
static bool sync_folder_of(const char *path, struct err *e)
{
    CLEANUP(free_p) char *copy = must_strdup(path);
    CLEANUP(fd_closep) int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd == -1 || fault_here("file.sync_folder") || fsync(fd) != 0) {
        return err_sys(e, "cannot sync the folder of %s", path);
    }
    return true;
}

static bool fill_temporary(const char *path, struct bytes data, mode_t mode, struct err *e)
{
    const int how = O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC;
    CLEANUP(fd_closep) int fd = open(path, how, mode);

    if (fault_here("file.create") || fd == -1) {
        return err_sys(e, "cannot create %s", path);
    }
    if (fchmod(fd, mode) != 0) { /* a left-over file keeps its mode at open */
        return err_sys(e, "cannot set the mode of %s", path);
    }
    if (!write_all(fd, data, e)) {
        return err_prefix(e, "%s", path);
    }
    if (fault_here("file.sync") || fsync(fd) != 0) {
        return err_sys(e, "cannot sync %s", path);
    }
    return true;
}

bool file_write_atomic(const char *path, struct bytes data, mode_t mode, struct err *e)
{
    CLEANUP(free_p) char *temporary = must_printf("%s.new", path);

    if (!fill_temporary(temporary, data, mode, e)) {
        (void)unlink(temporary);
        return false;
    }
    if (fault_here("file.rename") || rename(temporary, path) != 0) {
        err_sys(e, "cannot rename %s", temporary);
        (void)unlink(temporary);
        return false;
    }
    return sync_folder_of(path, e);
}

static bool make_with_parents(const char *path, struct err *e)
{
    CLEANUP(free_p) char *copy = must_strdup(path);

    for (char *at = copy + 1;; at++) {
        bool last = *at == '\0';

        if (*at != '/' && !last) {
            continue;
        }
        *at = '\0';
        if (mkdir(copy, 0700) != 0 && errno != EEXIST) {
            return err_sys(e, "cannot make the folder %s", copy);
        }
        if (last) {
            return true;
        }
        *at = '/';
    }
}

bool file_private_dir(const char *path, struct err *e)
{
    struct stat st;

    TRY(make_with_parents(path, e));
    if (stat(path, &st) != 0) {
        return err_sys(e, "cannot look at %s", path);
    }
    if (!S_ISDIR(st.st_mode)) {
        return err_set(e, ERR_FAILED_PRECONDITION, "INVALID", "%s is not a folder", path);
    }
    if (st.st_uid != geteuid()) {
        return err_set(e, ERR_FAILED_PRECONDITION, "OS_DENIED", "%s belongs to another user", path);
    }
    if ((st.st_mode & 077) != 0) {
        return err_set(e, ERR_FAILED_PRECONDITION, "OS_DENIED",
                       "%s can be used by others; repair it with: chmod 700 '%s'", path, path);
    }
    return true;
}

bool file_lock(const char *path, int *out, struct err *e)
{
    CLEANUP(fd_closep) int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    char pid[24] = "";

    if (fd == -1) {
        return err_sys(e, "cannot open the lock file %s", path);
    }
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK) {
            return err_sys(e, "cannot lock %s", path);
        }
        ssize_t n = pread(fd, pid, sizeof(pid) - 1, 0);
        pid[n > 0 ? n : 0] = '\0';
        pid[strcspn(pid, "\n")] = '\0';
        return err_set(e, ERR_FAILED_PRECONDITION, "BUSY",
                       "%s is in use by another process (pid %s)", path, pid);
    }
    snprintf(pid, sizeof(pid), "%d\n", (int)getpid());
    if (ftruncate(fd, 0) != 0 || pwrite(fd, pid, strlen(pid), 0) < 0) {
        return err_sys(e, "cannot write %s", path);
    }
    *out = TAKE_FD(fd);
    return true;
}
