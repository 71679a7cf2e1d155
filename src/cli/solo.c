/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/solo.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/file.h"
#include "cli/folders.h"
#include "hub/hub.h"
#include "worker/worker.h"

enum { EXIT_FAILED = 1, EXIT_SETTINGS = 2 };

struct solo {
    struct loop *loop;
    struct arena arena;
    const struct settings *settings;
    struct hub_config hub_config;
    struct worker_config worker_config;
    struct hub *hub;
    struct worker *worker;
    bool stopping;
};

/* The second signal does not wait for anything: whoever sends it has waited long enough. */
static void on_end_signal(void *arg);

static void on_worker_stopped(void *arg)
{
    struct solo *s = arg;

    loop_stop(s->loop);
}

static void on_hub_stopped(void *arg)
{
    struct solo *s = arg;

    worker_stop(s->worker, on_worker_stopped, s);
}

static void on_end_signal(void *arg)
{
    struct solo *s = arg;

    if (s->stopping) {
        _Exit(0);
    }
    s->stopping = true;
    log_info("stopping", F_INT("running_agents", worker_running_agents(s->worker)));
    hub_stop(s->hub, on_hub_stopped, s);
}

static bool prepare_folders(struct solo *s, struct err *e)
{
    const struct settings *set = s->settings;
    struct hub_config *hub = &s->hub_config;

    TRY(file_private_dir(set->data_dir, e));
    hub->data_dir = arena_printf(&s->arena, "%s/hub", set->data_dir);
    s->worker_config.data_dir = arena_printf(&s->arena, "%s/worker", set->data_dir);
    TRY(file_private_dir(hub->data_dir, e));
    TRY(file_private_dir(s->worker_config.data_dir, e));
    return true;
}

/* Where a wish cannot be fulfilled by any start, the settings are wrong: nothing was touched yet.
 */
static bool find_socket(struct solo *s, struct err *e)
{
    const char *name = s->settings->socket;
    const char *folder = arena_printf(&s->arena, "%s/hub", s->settings->data_dir);

    return strcmp(name, "off") == 0 ||
           folders_socket(&s->arena, folder, name, &s->hub_config.socket, e);
}

static void configure_hub(struct solo *s)
{
    const struct settings *set = s->settings;
    struct hub_config *hub = &s->hub_config;

    hub->solo = true;
    for (; set->addr[hub->n_addrs] != NULL; hub->n_addrs++) {
        hub->addrs[hub->n_addrs] = set->addr[hub->n_addrs];
    }
    hub->base_path = set->base_path;
    hub->public_url = set->public_url;
    hub->allowed_hosts = (const char *const *)set->allowed_hosts;
    hub->dev_frontend = set->dev_frontend;
    hub->request_timeout_ms = (uint64_t)set->request_timeout_ms;
    hub->drain_timeout_ms = (uint64_t)set->drain_timeout_ms;
}

static void configure_worker(struct solo *s)
{
    const struct settings *set = s->settings;
    struct worker_config *worker = &s->worker_config;

    worker->name = set->worker_name;
    worker->use_login_shell = set->use_login_shell;
    worker->default_shell = set->default_shell;
    worker->claude_command = set->claude_command;
    worker->default_model = config_of_provider((const char *const *)set->default_model, "claude");
    worker->default_mode = config_of_provider((const char *const *)set->default_mode, "claude");
    worker->agent_start_timeout_ms = (uint64_t)set->agent_start_timeout_ms;
    worker->drain_timeout_ms = (uint64_t)set->drain_timeout_ms;
    worker->worker_id = hub_local_worker_id(s->hub);
}

static bool join(struct solo *s, struct err *e)
{
    int ends[2];

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0) {
        return err_sys(e, "cannot join Hub and Worker");
    }
    hub_attach_worker(s->hub, ends[0]);
    worker_attach_hub(s->worker, ends[1]);
    return true;
}

static bool start(struct solo *s, struct err *e)
{
    TRY(prepare_folders(s, e));
    configure_hub(s);
    s->hub = hub_start(s->loop, &s->hub_config, e);
    if (s->hub == NULL) {
        return false;
    }
    configure_worker(s);
    s->worker = worker_start(s->loop, &s->worker_config, e);
    return s->worker != NULL && join(s, e);
}

static void greet(const struct solo *s)
{
    printf("LeapMux %s\n", LEAPMUX_VERSION);
    for (size_t i = 0; hub_url(s->hub, i) != NULL; i++) {
        printf("%s %s\n", i == 0 ? "Open" : "  or", hub_url(s->hub, i));
    }
    printf("Access code for a browser of another user: %s\n", hub_access_code(s->hub));
    fflush(stdout);
}

static void explain(const struct err *e)
{
    fprintf(stderr, "leapmux: %s\n", e->msg);
    if (strcmp(e->reason, "DAMAGED") == 0) {
        fputs("leapmux: nothing was changed; `leapmux admin check` says what is damaged, and a "
              "backup of the database can take its place\n",
              stderr);
    }
}

int solo_run(const struct settings *settings)
{
    struct solo s = { .settings = settings, .loop = loop_new() };
    struct err e = { 0 };
    int code = EXIT_SETTINGS;

    if (find_socket(&s, &e)) {
        code = start(&s, &e) ? 0 : EXIT_FAILED;
    }
    if (code == 0) {
        loop_on_signal(s.loop, SIGTERM, on_end_signal, &s);
        loop_on_signal(s.loop, SIGINT, on_end_signal, &s);
        greet(&s);
        loop_run(s.loop);
    } else {
        explain(&e);
    }
    worker_free(s.worker);
    hub_free(s.hub);
    loop_free(s.loop);
    loop_end_threads();
    arena_done(&s.arena);
    return code;
}
