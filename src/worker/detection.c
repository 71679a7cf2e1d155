/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/detection.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "proc/command_line.h"
#include "proc/environment.h"
#include "proc/run.h"
#include "worker/pb.h"
#include "worker/provider/detect.h"

enum { OUTPUT_LIMIT = 4096, WAITING_MAX = 64 };

struct detection {
    struct worker *worker;
    struct reply *waiting[WAITING_MAX];
    size_t n_waiting;
    bool under_way;
    struct run *run;
    uint64_t found_ms;  /* monotonic; 0: never */
    struct arena found; /* what the fields below lie in */
    const char *path;
    const char *version;
    const char *reason; /* empty: available */
};

struct detection *detection_new(struct worker *w)
{
    struct detection *d = NEW(struct detection);

    d->worker = w;
    return d;
}

void detection_free(struct detection *d)
{
    struct err e;

    if (d == NULL) {
        return;
    }
    err_set(&e, ERR_UNAVAILABLE, "GOING_AWAY", "the Worker stops");
    if (d->run != NULL) {
        run_cancel(d->run);
    }
    for (size_t i = 0; i < d->n_waiting; i++) {
        reply_fail(d->waiting[i], &e);
    }
    arena_done(&d->found);
    free(d);
}

/* ---- answering ---- */

static void fill(const struct detection *d, const struct provider *p, Leapmux__V1__Provider *out,
                 struct arena *a)
{
    size_t n = 0;

    leapmux__v1__provider__init(out);
    while (p->modes != NULL && p->modes[n] != NULL) {
        n++;
    }
    out->modes = arena_alloc(a, (n + 1) * sizeof(char *));
    for (size_t i = 0; i < n; i++) {
        if (provider_has_mode(p, p->modes[i])) {
            out->modes[out->n_modes++] = pb_str(a, p->modes[i]);
        }
    }
    out->id = pb_str(a, p->id);
    out->name = pb_str(a, p->name);
    out->version = pb_str(a, d->version);
    out->path = pb_bytes(bytes_of(d->path));
    out->available = d->reason[0] == '\0';
    out->reason = pb_str(a, d->reason);
    out->install_hint = pb_str(a, p->install_hint);
}

static void answer(const struct detection *d, struct reply *reply)
{
    CLEANUP(arena_done) struct arena a = { 0 };
    Leapmux__V1__ListProvidersResponse response = LEAPMUX__V1__LIST_PROVIDERS_RESPONSE__INIT;
    Leapmux__V1__Provider provider;
    Leapmux__V1__Provider *providers[] = { &provider };

    fill(d, &PROVIDER_CLAUDE, &provider, &a);
    response.n_providers = 1;
    response.providers = providers;
    reply_ok(reply, &response);
}

static void answer_all(struct detection *d)
{
    d->under_way = false;
    d->found_ms = clock_mono_ms() + 1;
    for (size_t i = 0; i < d->n_waiting; i++) {
        answer(d, d->waiting[i]);
    }
    d->n_waiting = 0;
}

/* ---- looking ---- */

static void missing(struct detection *d, const char *reason)
{
    d->reason = reason;
    answer_all(d);
}

static void on_version(void *arg, const struct run_result *result)
{
    struct detection *d = arg;

    d->run = NULL;
    if (result->timed_out) {
        missing(d, arena_printf(&d->found, "'%s --version' did not answer in %d s.", d->path,
                                DETECT_LIMIT_MS / 1000));
    } else if (result->code != 0) {
        missing(d, arena_printf(&d->found, "'%s --version' failed.", d->path));
    } else {
        d->version = detect_version(result->out, &d->found);
        missing(d, "");
    }
}

static void ask_version(struct detection *d, const char *const *command, const char *const *env)
{
    CLEANUP(arena_done) struct arena a = { 0 };
    struct run_options options = { .limit_ms = DETECT_LIMIT_MS, .output_limit = OUTPUT_LIMIT };
    struct err e;

    options.spawn.argv = detect_argv(command, &a);
    options.spawn.envp = environment_for_child(env, NULL, &a);
    options.spawn.cwd = d->worker->home;
    d->run = run_start(d->worker->children, &options, on_version, d, &e);
    if (d->run == NULL) {
        missing(d, arena_printf(&d->found, "'%s' could not be started: %s.", d->path, e.msg));
    }
}

static void on_environment(void *arg, const char *const *env, const char *notice)
{
    struct detection *d = arg;
    const char *const plain[] = { PROVIDER_CLAUDE.id, NULL };
    const char *const *command = plain;
    const char *configured = d->worker->config.claude_command;
    char *path;
    struct err e;

    (void)notice; /* told where agents are started */
    arena_done(&d->found);
    d->path = "";
    d->version = "";
    d->reason = "";
    if (configured != NULL && configured[0] != '\0' &&
        !command_line_split(configured, &d->found, &command, &e)) {
        missing(d, arena_printf(&d->found, "The configured command is not valid: %s.", e.msg));
        return;
    }
    path = spawn_find(command[0], env, &e);
    if (path == NULL) {
        missing(d, arena_printf(&d->found, "'%s' was not found.", command[0]));
        return;
    }
    d->path = arena_str(&d->found, bytes_of(path));
    free(path);
    ask_version(d, command, env);
}

void detection_get(struct detection *d, bool refresh, struct reply *reply)
{
    struct err e;

    if (!d->under_way && !refresh && d->found_ms != 0 &&
        clock_mono_ms() + 1 - d->found_ms < DETECT_CACHE_MS) {
        answer(d, reply);
        return;
    }
    if (d->n_waiting == WAITING_MAX) {
        err_set(&e, ERR_RESOURCE_EXHAUSTED, "LIMIT", "too many ask at once");
        reply_fail(reply, &e);
        return;
    }
    d->waiting[d->n_waiting++] = reply;
    if (!d->under_way) {
        d->under_way = true;
        if (refresh) {
            login_env_forget(d->worker->login_env);
        }
        login_env_get(d->worker->login_env, on_environment, d);
    }
}
