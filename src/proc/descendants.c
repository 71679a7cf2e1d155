/* SPDX-License-Identifier: Apache-2.0 */
#include "proc/descendants.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fd.h"

enum {
    ROUNDS = 8, /* looks at /proc; a process that forks faster than that is a fork bomb */
    ENVIRON_LIMIT = 4 * 1024 * 1024,
};

struct process {
    pid_t pid;
    pid_t parent;
    pid_t group;
    pid_t session;
    bool doomed;
};

struct table {
    struct process *rows;
    size_t n;
    size_t cap;
};

static void table_done(struct table *t)
{
    free(t->rows);
}

/* All of a small file of /proc into memory, or as much as max allows. */
static char *read_proc(pid_t pid, const char *name, size_t max, size_t *n)
{
    CLEANUP(fd_closep) int fd = -1;
    CLEANUP(free_p) char *text = NULL;
    char path[64];
    size_t cap = 4096;
    ssize_t got;

    (void)snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd == -1) {
        return NULL;
    }
    text = must_alloc(cap + 1);
    *n = 0;
    while ((got = read(fd, text + *n, cap - *n)) > 0) {
        *n += (size_t)got;
        if (*n == cap) {
            if (cap >= max) {
                break;
            }
            cap *= 2;
            text = must_realloc(text, cap + 1);
        }
    }
    if (got == -1) {
        return NULL;
    }
    text[*n] = '\0';
    return TAKE(text, NULL);
}

static bool next_number(const char **at, pid_t *out)
{
    char *end;
    long n = strtol(*at, &end, 10);
    bool is_number = end != *at && n >= INT_MIN && n <= INT_MAX;

    *out = is_number ? (pid_t)n : 0;
    *at = end;
    return is_number;
}

/* Source: proc(5), /proc/pid/stat: the name in brackets may hold anything, brackets too. */
static bool read_stat(pid_t pid, struct process *out)
{
    size_t n;
    CLEANUP(free_p) char *text = read_proc(pid, "stat", 4096, &n);
    const char *at = text != NULL ? strrchr(text, ')') : NULL;
    struct process p = { .pid = pid };

    /* ") S parent group session" */
    if (at == NULL || strlen(at) < 4 || at[2] == 'Z' || at[2] == 'X') {
        return false;
    }
    at += 3;
    if (!next_number(&at, &p.parent) || !next_number(&at, &p.group) ||
        !next_number(&at, &p.session)) {
        return false;
    }
    *out = p;
    return true;
}

static void read_table(struct table *t)
{
    DIR *proc = opendir("/proc");

    t->n = 0;
    for (struct dirent *d; proc != NULL && (d = readdir(proc)) != NULL;) {
        struct process p;

        if (!isdigit((unsigned char)d->d_name[0]) ||
            !read_stat((pid_t)strtol(d->d_name, NULL, 10), &p)) {
            continue;
        }
        if (t->n == t->cap) {
            t->cap = t->cap == 0 ? 256 : t->cap * 2;
            t->rows = must_realloc(t->rows, t->cap * sizeof(*t->rows));
        }
        t->rows[t->n++] = p;
    }
    if (proc != NULL) {
        (void)closedir(proc);
    }
}

static bool has_mark(pid_t pid, const char *mark)
{
    size_t n;
    CLEANUP(free_p) char *text = NULL;

    if (mark == NULL) {
        return false;
    }
    text = read_proc(pid, "environ", ENVIRON_LIMIT, &n);
    for (size_t at = 0; text != NULL && at < n; at += strlen(text + at) + 1) {
        if (strcmp(text + at, mark) == 0) {
            return true;
        }
    }
    return false;
}

static bool has_doomed_parent(const struct table *t, const struct process *p, pid_t root)
{
    if (p->parent == root) {
        return true;
    }
    for (size_t i = 0; i < t->n; i++) {
        if (t->rows[i].doomed && t->rows[i].pid == p->parent) {
            return true;
        }
    }
    return false;
}

/* Mark all that must go; passes repeat, since a child may stand before its parent in the table. */
static void doom(struct table *t, pid_t root, const char *mark)
{
    for (size_t i = 0; i < t->n; i++) {
        struct process *p = &t->rows[i];

        p->doomed =
            p->pid != root && (p->group == root || p->session == root || has_mark(p->pid, mark));
    }
    for (bool more = true; more;) {
        more = false;
        for (size_t i = 0; i < t->n; i++) {
            struct process *p = &t->rows[i];

            if (!p->doomed && p->pid != root && has_doomed_parent(t, p, root)) {
                p->doomed = true;
                more = true;
            }
        }
    }
}

size_t descendants_kill(pid_t pid, const char *mark)
{
    CLEANUP(table_done) struct table t = { 0 };
    size_t killed = 0;

    for (int round = 0; round < ROUNDS; round++) {
        size_t now = 0;

        read_table(&t);
        doom(&t, pid, mark);
        for (size_t i = 0; i < t.n; i++) {
            const struct process *p = &t.rows[i];

            if (p->doomed && p->pid != getpid() && p->pid > 1 && kill(p->pid, SIGKILL) == 0) {
                now++;
            }
        }
        if (now == 0) {
            break;
        }
        killed += now;
    }
    return killed;
}

void descendants_reap(bool (*is_child)(void *arg, pid_t pid), void *arg)
{
    for (;;) {
        siginfo_t info = { .si_pid = 0 };

        if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == -1 || info.si_pid == 0) {
            return;
        }
        /* A child of ours is in front: its own watch collects it, the rest is for the next time. */
        if (is_child(arg, info.si_pid)) {
            return;
        }
        (void)waitpid(info.si_pid, NULL, WNOHANG);
    }
}
