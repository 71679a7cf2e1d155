/* SPDX-License-Identifier: Apache-2.0 */
#include "proc/login_env.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "proc/environment.h"
#include "proc/run.h"

enum {
    OUTPUT_LIMIT = 4 * 1024 * 1024, /* of the shell; Linux allows 6 MiB of environment at most */
    MARKER_LEN = 64,
};

/* The one text that the shell runs. sh, bash, zsh, ksh and fish understand it alike. */
static const char COMMAND[] =
    "exec \"$LEAPMUX_PRINT_ENV_PROGRAM\" print-env \"$LEAPMUX_PRINT_ENV_MARKER\"";

/* Below the home folder, or absolute. */
static const char *const START_FILES[] = {
    "/etc/environment", "/etc/profile", ".profile", ".bash_profile",
    ".bash_login",      ".bashrc",      ".zshenv",  ".zprofile",
    ".zshrc",           ".zlogin",      ".kshrc",   ".config/fish/config.fish",
};

struct waiter {
    struct link link;
    login_env_done done;
    void *arg;
};

struct login_env {
    struct children *all;
    char *shell;
    char *program;
    char *home;
    uint64_t limit_ms;
    struct run *run; /* while the shell is asked */
    char marker[MARKER_LEN];
    struct link waiters;
    bool known;
    uint64_t stamp; /* of the start files when the shell was asked */
    struct arena memory;
    const char *const *env;
    const char *notice;
};

/* FNV-1a over what tells that a file changed. */
static uint64_t stamp_file(uint64_t stamp, const char *path)
{
    struct stat st;
    uint64_t facts[4] = { 0 };

    if (stat(path, &st) == 0) {
        facts[0] = (uint64_t)st.st_mtim.tv_sec;
        facts[1] = (uint64_t)st.st_mtim.tv_nsec;
        facts[2] = (uint64_t)st.st_size;
        facts[3] = (uint64_t)st.st_ino;
    }
    for (size_t i = 0; i < ARRAY_LEN(facts); i++) {
        stamp = (stamp ^ facts[i]) * 1099511628211u;
    }
    return stamp;
}

static uint64_t stamp_of(const struct login_env *le)
{
    uint64_t stamp = 14695981039346656037u;

    for (size_t i = 0; i < ARRAY_LEN(START_FILES); i++) {
        const char *name = START_FILES[i];
        CLEANUP(free_p)
        char *path = name[0] == '/' ? must_strdup(name) : must_printf("%s/%s", le->home, name);

        stamp = stamp_file(stamp, path);
    }
    return stamp;
}

static const char *home_folder(void)
{
    const char *home = getenv("HOME");

    return home != NULL ? home : "/";
}

struct login_env *login_env_new(struct children *all, const struct login_env_options *options)
{
    struct login_env *le = NEW(struct login_env);

    le->all = all;
    le->shell = must_strdup(options->shell);
    le->program = must_strdup(options->program);
    le->home = must_strdup(options->home != NULL ? options->home : home_folder());
    le->limit_ms = options->limit_ms != 0 ? options->limit_ms : LOGIN_ENV_LIMIT_MS;
    list_init(&le->waiters);
    return le;
}

void login_env_free(struct login_env *le)
{
    if (le == NULL) {
        return;
    }
    if (le->run != NULL) {
        run_cancel(le->run);
    }
    LIST_EACH(&le->waiters, struct waiter, link, w)
    {
        list_remove(&w->link);
        free(w);
    }
    arena_done(&le->memory);
    free(le->shell);
    free(le->program);
    free(le->home);
    free(le);
}

/* Callers may ask again or free us in their call, so nothing of le is touched after the last. */
static void tell_waiters(struct login_env *le)
{
    struct link ready;
    const char *const *env = le->env;
    const char *notice = le->notice;

    list_init(&ready);
    while (!list_empty(&le->waiters)) {
        struct link *l = le->waiters.next;

        list_remove(l);
        list_append(&ready, l);
    }
    while (!list_empty(&ready)) {
        struct waiter *w = LIST_FIRST(&ready, struct waiter, link);
        login_env_done done = w->done;
        void *arg = w->arg;

        list_remove(&w->link);
        free(w);
        done(arg, env, notice);
    }
}

static const char *const NOTHING[] = { NULL };

static void use_own(struct login_env *le, const char *notice)
{
    le->env = environment_for_child((const char *const *)environ, NOTHING, &le->memory);
    le->notice = notice != NULL ? arena_str(&le->memory, bytes_of(notice)) : NULL;
    le->known = true;
}

/* What stands between two lines of the marker; nothing when it is not there twice. */
static struct bytes between(struct bytes said, struct bytes line)
{
    const uint8_t *begin = said.n > 0 ? memmem(said.p, said.n, line.p, line.n) : NULL;
    const uint8_t *end;

    if (begin == NULL) {
        return (struct bytes){ 0 };
    }
    begin += line.n;
    end = memmem(begin, (size_t)(said.p + said.n - begin), line.p, line.n);
    return end == NULL ? (struct bytes){ 0 } : (struct bytes){ begin, (size_t)(end - begin) };
}

const char *const *login_env_read(struct bytes said, const char *marker, struct arena *a)
{
    struct bytes left = between(said, bytes_of(arena_printf(a, "\n%s\n", marker)));
    const char **list = arena_alloc(a, (left.n / 2 + 2) * sizeof(*list));
    size_t n = 0;

    while (left.n > 0) {
        const uint8_t *stop = memchr(left.p, '\0', left.n);
        size_t len;

        if (stop == NULL) {
            break;
        }
        len = (size_t)(stop - left.p);
        if (memchr(left.p, '=', len) != NULL) {
            list[n++] = arena_str(a, (struct bytes){ left.p, len });
        }
        left = (struct bytes){ stop + 1, left.n - len - 1 };
    }
    return n > 0 ? (const char *const *)list : NULL;
}

static void on_answer(void *arg, const struct run_result *result)
{
    struct login_env *le = arg;
    const char *const *list = login_env_read(result->out, le->marker, &le->memory);

    le->run = NULL;
    if (list != NULL) {
        le->env = environment_for_child(list, NOTHING, &le->memory);
        le->notice = NULL;
        le->known = true;
    } else if (result->timed_out) {
        use_own(le,
                "The login shell did not answer in time. The worker's own environment is used.");
    } else {
        use_own(le, "The login shell did not give its environment. The worker's own is used.");
    }
    tell_waiters(le);
}

static void ask_shell(struct login_env *le)
{
    CLEANUP(arena_done) struct arena a = { 0 };
    struct err e;
    const char *const argv[] = { le->shell, "-l", "-i", "-c", COMMAND, NULL };
    const char *extra[4] = { NULL };
    struct run_options options = { .limit_ms = le->limit_ms, .output_limit = OUTPUT_LIMIT };

    (void)snprintf(le->marker, sizeof(le->marker), "leapmux-env-%d-%llu", (int)getpid(),
                   (unsigned long long)clock_mono_us());
    extra[0] = arena_printf(&a, "LEAPMUX_PRINT_ENV_MARKER=%s", le->marker);
    extra[1] = arena_printf(&a, "LEAPMUX_PRINT_ENV_PROGRAM=%s", le->program);
    extra[2] = arena_printf(&a, "HOME=%s", le->home);
    options.spawn.argv = argv;
    options.spawn.envp = environment_for_child((const char *const *)environ, extra, &a);
    options.spawn.cwd = le->home;
    le->run = run_start(le->all, &options, on_answer, le, &e);
    if (le->run == NULL) {
        use_own(le, arena_printf(&a,
                                 "The login shell did not start (%s). The worker's own "
                                 "environment is used.",
                                 e.msg));
    }
}

/* /proc/self/exe would be the shell by the time that the shell runs it. */
static bool find_program(struct login_env *le)
{
    char path[4096];
    ssize_t n;

    if (le->program != NULL) {
        return true;
    }
    n = readlink("/proc/self/exe", path, sizeof(path) - 1);
    if (n <= 0) {
        return false;
    }
    path[n] = '\0';
    le->program = must_strdup(path);
    return true;
}

static void begin(struct login_env *le)
{
    arena_done(&le->memory);
    le->known = false;
    le->stamp = stamp_of(le);
    if (le->shell == NULL) {
        use_own(le, NULL);
    } else if (!find_program(le)) {
        use_own(le, "The login shell was not asked. The worker's own environment is used.");
    } else {
        ask_shell(le);
    }
}

void login_env_get(struct login_env *le, login_env_done done, void *arg)
{
    struct waiter *w;

    if (le->run == NULL && (!le->known || le->stamp != stamp_of(le))) {
        begin(le);
    }
    if (le->known) {
        done(arg, le->env, le->notice);
        return;
    }
    w = NEW(struct waiter);
    w->done = done;
    w->arg = arg;
    list_append(&le->waiters, &w->link);
}

void login_env_forget(struct login_env *le)
{
    le->known = false;
}

char *login_env_shell(void)
{
    const char *shell = getenv("SHELL");
    const struct passwd *user;

    if (shell != NULL && shell[0] == '/') {
        return must_strdup(shell);
    }
    user = getpwuid(getuid());
    if (user != NULL && user->pw_shell != NULL && user->pw_shell[0] == '/') {
        return must_strdup(user->pw_shell);
    }
    return must_strdup("/bin/sh");
}

int print_env_main(const char *marker)
{
    bool ok = printf("\n%s\n", marker) > 0;

    for (size_t i = 0; ok && environ[i] != NULL; i++) {
        ok = fwrite(environ[i], strlen(environ[i]) + 1, 1, stdout) == 1;
    }
    ok = ok && printf("\n%s\n", marker) > 0 && fflush(stdout) == 0;
    return ok ? 0 : 1;
}
