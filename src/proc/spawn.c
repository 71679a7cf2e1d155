/* SPDX-License-Identifier: Apache-2.0 */
#include "proc/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fault.h"
#include "base/fd.h"

/* What the child sends up the report pipe when it cannot become its program. */
struct failure {
    int sys;
    char step; /* 'p'ipes, 'c'hdir, 'e'xec */
};

/* All that the child needs, ready made: between fork and exec nothing may allocate. */
struct plan {
    const char *program;
    const struct spawn_options *options;
    int in, out, err; /* the child's ends */
    int report;
    pid_t parent;
};

enum { CLOSE_ON_EXEC_RANGE = 4 }; /* CLOSE_RANGE_CLOEXEC, which older headers lack */

static const char DEFAULT_PATH[] = "/usr/local/bin:/usr/bin:/bin";

static _Noreturn void child_fail(int report, char step)
{
    struct failure f = { .sys = errno, .step = step };

    (void)!write(report, &f, sizeof(f));
    _exit(127);
}

/* Runs between fork and exec: async-signal-safe calls only. */
static _Noreturn void child_run(const struct plan *plan)
{
    const struct sigaction standard = { .sa_handler = SIG_DFL };
    sigset_t none;

    for (int sig = 1; sig < NSIG; sig++) {
        (void)sigaction(sig, &standard, NULL); /* fails for SIGKILL and SIGSTOP, which is right */
    }
    (void)setsid();
    (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != plan->parent) {
        _exit(127); /* the parent died before it could be watched */
    }
    if (dup2(plan->in, 0) == -1 || dup2(plan->out, 1) == -1 || dup2(plan->err, 2) == -1) {
        child_fail(plan->report, 'p');
    }
    if (plan->options->cwd != NULL && chdir(plan->options->cwd) == -1) {
        child_fail(plan->report, 'c');
    }
    /* what this process itself inherited without the flag; fails on Linux before 5.11 only */
    (void)syscall(SYS_close_range, 3U, ~0U, CLOSE_ON_EXEC_RANGE);
    sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    execve(plan->program, (char *const *)plan->options->argv, (char *const *)plan->options->envp);
    child_fail(plan->report, 'e');
}

const char *spawn_getenv(const char *const *envp, const char *name)
{
    size_t n = strlen(name);

    for (size_t i = 0; envp[i] != NULL; i++) {
        if (strncmp(envp[i], name, n) == 0 && envp[i][n] == '=') {
            return envp[i] + n + 1;
        }
    }
    return NULL;
}

static bool is_program(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, X_OK) == 0;
}

char *spawn_find(const char *name, const char *const *envp, struct err *e)
{
    const char *path = spawn_getenv(envp, "PATH");

    if (strchr(name, '/') != NULL) {
        return must_strdup(name);
    }
    if (path == NULL || path[0] == '\0') {
        path = DEFAULT_PATH;
    }
    for (const char *at = path; name[0] != '\0'; at++) {
        size_t n = strcspn(at, ":");

        /* an empty entry would mean the working directory, where no program of ours is sought */
        if (n > 0) {
            char *found = must_printf("%.*s/%s", (int)n, at, name);

            if (is_program(found)) {
                return found;
            }
            free(found);
        }
        at += n;
        if (*at == '\0') {
            break;
        }
    }
    (void)err_set(e, ERR_NOT_FOUND, "NOT_FOUND", "'%s' is not installed or not in PATH", name);
    return NULL;
}

static bool open_pipe(int *reading, int *writing, struct err *e)
{
    int ends[2];

    if (fault_here("proc.pipe") || pipe2(ends, O_CLOEXEC) == -1) {
        return err_sys(e, "open a pipe");
    }
    *reading = ends[0];
    *writing = ends[1];
    return true;
}

/*
 * A copy above the three standard descriptors: otherwise, in a process that has closed its own,
 * dup2() in the child would overwrite one end with another.
 */
static bool lift(int *fd, struct err *e)
{
    int high;

    if (*fd > 2) {
        return true;
    }
    high = fcntl(*fd, F_DUPFD_CLOEXEC, 3);
    if (high == -1) {
        return err_sys(e, "move a pipe");
    }
    (void)close(*fd);
    *fd = high;
    return true;
}

static bool set_nonblocking(int fd, struct err *e)
{
    int flags = fcntl(fd, F_GETFL);

    if (flags == -1 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) == -1) {
        return err_sys(e, "make a pipe non-blocking");
    }
    return true;
}

/* Wait for the child to exec (the pipe closes empty) or to report why it could not. */
static bool await_exec(int report, pid_t pid, const struct spawn_options *options, struct err *e)
{
    struct failure f;
    ssize_t n;

    do {
        n = read(report, &f, sizeof(f));
    } while (n == -1 && errno == EINTR);
    if (n == 0) {
        return true;
    }

    while (waitpid(pid, NULL, 0) == -1 && errno == EINTR) {
    }
    if (n != (ssize_t)sizeof(f)) {
        return err_set(e, ERR_INTERNAL, "INTERNAL", "child died before it could report");
    }
    errno = f.sys;
    switch (f.step) {
    case 'c':
        return err_sys(e, "change to '%s'", options->cwd);
    case 'e':
        return err_sys(e, "run '%s'", options->argv[0]);
    default:
        return err_sys(e, "connect the pipes of '%s'", options->argv[0]);
    }
}

/*
 * Signals stay blocked across the fork, so that no handler of ours runs in the child. vfork: the
 * Worker has threads and much memory, none of which the child needs (with 200 MiB resident a
 * start takes a quarter of what it takes with fork); the child touches only its own stack frames.
 */
static pid_t __attribute__((noinline)) fork_child(const struct plan *plan)
{
    sigset_t all, before;
    pid_t pid;

    sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    pid = vfork(); /* NOLINT(clang-analyzer-security.insecureAPI.vfork) */
    if (pid == 0) {
        child_run(plan); /* NOLINT(clang-analyzer-unix.Vfork) */
    }
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return pid;
}

bool spawn_start(const struct spawn_options *options, struct spawned *child, struct err *e)
{
    CLEANUP(fd_closep) int in_r = -1;
    CLEANUP(fd_closep) int in_w = -1;
    CLEANUP(fd_closep) int out_r = -1;
    CLEANUP(fd_closep) int out_w = -1;
    CLEANUP(fd_closep) int err_r = -1;
    CLEANUP(fd_closep) int err_w = -1;
    CLEANUP(fd_closep) int report_r = -1;
    CLEANUP(fd_closep) int report_w = -1;
    CLEANUP(free_p) char *program = spawn_find(options->argv[0], options->envp, e);
    pid_t pid;

    TRY(program != NULL);
    TRY(open_pipe(&in_r, &in_w, e) && open_pipe(&out_r, &out_w, e) &&
        open_pipe(&err_r, &err_w, e) && open_pipe(&report_r, &report_w, e));
    TRY(lift(&in_r, e) && lift(&out_w, e) && lift(&err_w, e) && lift(&report_w, e));
    TRY(set_nonblocking(in_w, e) && set_nonblocking(out_r, e) && set_nonblocking(err_r, e));

    pid = fork_child(&(struct plan){
        .program = program,
        .options = options,
        .in = in_r,
        .out = out_w,
        .err = err_w,
        .report = report_w,
        .parent = getpid(),
    });
    if (pid == -1) {
        return err_sys(e, "start a process");
    }
    fd_closep(&report_w); /* ours must go, or the read below never sees the end */
    TRY(await_exec(report_r, pid, options, e));
    *child = (struct spawned){
        .pid = pid,
        .in = TAKE_FD(in_w),
        .out = TAKE_FD(out_r),
        .err = TAKE_FD(err_r),
    };
    return true;
}
