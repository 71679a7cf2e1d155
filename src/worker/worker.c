/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/worker.h"

#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/log.h"
#include "crypto/thread.h"
#include "e2ee/keys_store.h"
#include "worker/channels.h"
#include "worker/core.h"
#include "worker/detection.h"
#include "worker/hublink.h"
#include "worker/watch.h"

/* ---- rights that changed ---- */

struct access_question {
    struct worker *worker;
    struct id workspace;
};

static bool may_still_watch(void *arg, struct id user)
{
    struct access_question *q = arg;

    return access_sees(&q->worker->access, user, q->workspace);
}

static bool may_still_see(void *arg, struct id user, struct id workspace)
{
    struct worker *w = arg;

    return access_sees(&w->access, user, workspace);
}

void worker_check_access(struct worker *w)
{
    for (struct agent *a = agents_first(w->agents); a != NULL; a = agents_next(w->agents, a)) {
        struct access_question q = { w, agent_workspace(a) };

        watch_check_access(a, may_still_watch, &q);
    }
    workspace_watch_check(&w->workspace_watchers, may_still_see, w);
    channels_check_access(w->channels);
}

/* ---- news of agents ---- */

static void on_agent_changed(void *arg, struct agent *a)
{
    struct worker *w = arg;

    workspace_watch_changed(&w->workspace_watchers, a);
}

static void on_agent_gone(void *arg, struct agent *a)
{
    struct worker *w = arg;

    workspace_watch_changed(&w->workspace_watchers, a);
    hublink_agent_gone(w->hub, agent_workspace(a), agent_id(a));
}

/* ---- slow work ---- */

static void check_stopped(struct worker *w)
{
    if (w->agents_stopped && w->slow_jobs == 0 && w->on_stopped != NULL) {
        timer_stop(&w->drain);
        loop_defer(w->loop, w->on_stopped, w->on_stopped_arg);
        w->on_stopped = NULL;
    }
}

void worker_slow(struct worker *w, loop_fn work, loop_fn done, void *arg)
{
    w->slow_jobs++;
    loop_slow(w->loop, work, done, arg);
}

void worker_slow_over(struct worker *w)
{
    w->slow_jobs--;
    check_stopped(w);
}

/* ---- keys: read, or made, on another thread ---- */

struct key_work {
    struct worker *worker;
    char *folder;
    struct id id;
    int64_t now_ms;
    struct worker_keys *keys;
    struct err error;
};

static void open_keys(void *arg)
{
    struct key_work *k = arg;

    k->keys = keys_store_open(k->folder, k->id, 0, k->now_ms, &k->error);
    crypto_thread_end();
}

static void link_up(struct worker *w)
{
    if (w->keys != NULL && w->waiting_hub_fd != -1 && !w->stopping) {
        w->hub = hublink_new(w, TAKE_FD(w->waiting_hub_fd));
    }
}

static void on_keys(void *arg)
{
    struct key_work *k = arg;
    struct worker *w = k->worker;

    w->keys = k->keys;
    if (k->keys == NULL) {
        log_error("no keys: nobody can reach this worker", F_ERR(&k->error));
    }
    free(k->folder);
    free(k);
    link_up(w);
    worker_slow_over(w);
}

static void start_keys(struct worker *w)
{
    struct key_work *k = NEW(struct key_work);

    k->worker = w;
    k->folder = must_strdup(w->config.data_dir);
    k->id = w->id;
    k->now_ms = clock_unix_ms();
    worker_slow(w, open_keys, on_keys, k);
}

/* ---- start ---- */

static char *find_home(void)
{
    const char *home = getenv("HOME");
    const struct passwd *entry;

    if (home != NULL && home[0] == '/') {
        return must_strdup(home);
    }
    entry = getpwuid(getuid());
    return must_strdup(entry != NULL ? entry->pw_dir : "/");
}

static void open_environment(struct worker *w)
{
    struct login_env_options options = { 0 };
    char *shell = NULL;

    if (w->config.use_login_shell) {
        shell = w->config.default_shell != NULL ? must_strdup(w->config.default_shell)
                                                : login_env_shell();
    }
    options.shell = shell;
    w->children = children_new(w->loop);
    w->login_env = login_env_new(w->children, &options);
    free(shell);
}

static bool open_agents(struct worker *w, struct err *e)
{
    struct agents_options options = {
        .loop = w->loop,
        .db = w->db,
        .children = w->children,
        .login_env = w->login_env,
        .claude_command = w->config.claude_command,
        .default_model = w->config.default_model,
        .default_mode = w->config.default_mode,
        .start_timeout_ms = w->config.agent_start_timeout_ms,
        .changed = on_agent_changed,
        .gone = on_agent_gone,
        .arg = w,
    };

    w->agents = agents_open(&options, e);
    w->workspace_watchers.agents = w->agents;
    return w->agents != NULL;
}

static bool open_all(struct worker *w, struct err *e)
{
    CLEANUP(arena_done) struct arena a = { 0 };
    const char *folder = w->config.data_dir;

    TRY(id_parse(bytes_of(w->config.worker_id), "worker_id", &w->id, e));
    TRY(file_lock(arena_printf(&a, "%s/worker.lock", folder), &w->lock_fd, e));
    w->db = dbq_open(w->loop, arena_printf(&a, "%s/worker.db", folder), WORKER_MIGRATIONS,
                     WORKER_MIGRATIONS_LEN, e);
    if (w->db == NULL) {
        return false;
    }
    open_environment(w);
    TRY(open_agents(w, e));
    w->detection = detection_new(w);
    w->channels = channels_new(w);
    start_keys(w);
    return true;
}

static void on_drain_over(void *arg)
{
    struct worker *w = arg;

    agents_kill(w->agents);
}

struct worker *worker_start(struct loop *loop, const struct worker_config *config, struct err *e)
{
    struct worker *w = NEW(struct worker);

    w->loop = loop;
    w->config = *config;
    w->started_ms = clock_unix_ms();
    w->home = find_home();
    w->lock_fd = -1;
    w->waiting_hub_fd = -1;
    access_init(&w->access);
    workspace_watchers_init(&w->workspace_watchers, loop);
    timer_init(&w->drain, loop, on_drain_over, w);
    if (!open_all(w, e)) {
        worker_free(w);
        return NULL;
    }
    log_info("worker ready", F_STR("worker", w->id.s));
    return w;
}

void worker_attach_hub(struct worker *w, int fd)
{
    hublink_free(TAKE(w->hub, NULL));
    fd_closep(&w->waiting_hub_fd);
    w->waiting_hub_fd = fd;
    link_up(w);
}

size_t worker_running_agents(const struct worker *w)
{
    return agents_running(w->agents);
}

/* ---- stop ---- */

static void on_agents_stopped(void *arg)
{
    struct worker *w = arg;

    w->agents_stopped = true;
    check_stopped(w);
}

void worker_stop(struct worker *w, loop_fn on_stopped, void *arg)
{
    w->stopping = true;
    w->on_stopped = on_stopped;
    w->on_stopped_arg = arg;
    channels_shut_down(w->channels);
    timer_start(&w->drain, w->config.drain_timeout_ms);
    agents_stop(w->agents, on_agents_stopped, w);
}

void worker_free(struct worker *w)
{
    if (w == NULL) {
        return;
    }
    timer_stop(&w->drain);
    hublink_free(w->hub);
    fd_closep(&w->waiting_hub_fd);
    /* In this order: what still waits for the database or a shell is let go before its owner. */
    detection_free(w->detection);
    login_env_free(w->login_env);
    dbq_close(w->db);
    channels_free(w->channels);
    agents_free(w->agents);
    children_free(w->children);
    access_done(&w->access);
    worker_keys_free(w->keys);
    fd_closep(&w->lock_fd);
    free(w->home);
    free(w);
}
