/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Solo mode in two processes: the Hub in this one, the Worker in a child, joined by the same socket
 * pair as in one process. So that a test can look through the Hub's memory alone.
 *
 * usage: two DATA-FOLDER WORK-COMMAND    prints "hub PID", "worker PID", then "url URL"; ends with
 * SIGTERM, or with its parent
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "hub/hub.h"
#include "worker/worker.h"

enum { DRAIN_MS = 1000, START_MS = 60 * 1000, CALL_MS = 10 * 1000 };

struct two {
    struct loop *loop;
    struct hub *hub;
    struct worker *worker;
};

static void stop_loop(void *arg)
{
    struct two *t = arg;

    loop_stop(t->loop);
}

static void on_hub_signal(void *arg)
{
    struct two *t = arg;

    hub_stop(t->hub, stop_loop, t);
}

static void on_worker_signal(void *arg)
{
    struct two *t = arg;

    worker_stop(t->worker, stop_loop, t);
}

static int fail(const struct err *e)
{
    (void)fprintf(stderr, "two: %s\n", e->msg);
    return 1;
}

/* The child: learns its id from the Hub, which made it. */
static int run_worker(const char *folder, const char *command, int link_fd, int id_fd)
{
    struct two t = { .loop = loop_new() };
    CLEANUP(free_p) char *data = must_printf("%s/worker", folder);
    struct worker_config config = {
        .data_dir = data,
        .name = "Split",
        .claude_command = command,
        .agent_start_timeout_ms = START_MS,
        .drain_timeout_ms = DRAIN_MS,
    };
    char id[32] = "";
    struct err e;

    (void)prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (read(id_fd, id, sizeof(id) - 1) <= 0 || !file_private_dir(data, &e)) {
        return 1;
    }
    config.worker_id = id;
    t.worker = worker_start(t.loop, &config, &e);
    if (t.worker == NULL) {
        return fail(&e);
    }
    loop_on_signal(t.loop, SIGTERM, on_worker_signal, &t);
    worker_attach_hub(t.worker, link_fd);
    loop_run(t.loop);
    worker_free(t.worker);
    loop_free(t.loop);
    return 0;
}

static int run_hub(const char *folder, int link_fd, int id_fd)
{
    struct two t = { .loop = loop_new() };
    CLEANUP(free_p) char *data = must_printf("%s/hub", folder);
    struct hub_config config = {
        .solo = true,
        .data_dir = data,
        .addrs = { "127.0.0.1:0" },
        .n_addrs = 1,
        .base_path = "/",
        .request_timeout_ms = CALL_MS,
        .drain_timeout_ms = DRAIN_MS,
    };
    const char *id;
    struct err e;

    if (!file_private_dir(data, &e)) {
        return fail(&e);
    }
    t.hub = hub_start(t.loop, &config, &e);
    if (t.hub == NULL) {
        return fail(&e);
    }
    id = hub_local_worker_id(t.hub);
    if (write(id_fd, id, strlen(id)) < 0) {
        return 1;
    }
    loop_on_signal(t.loop, SIGTERM, on_hub_signal, &t);
    hub_attach_worker(t.hub, link_fd);
    printf("url %s\n", hub_url(t.hub, 0));
    (void)fflush(stdout);
    loop_run(t.loop);
    hub_free(t.hub);
    loop_free(t.loop);
    return 0;
}

int main(int argc, char **argv)
{
    int link_ends[2];
    int id_ends[2];
    pid_t child;
    int code;

    if (argc != 3) {
        return 2;
    }
    (void)signal(SIGPIPE, SIG_IGN);
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, link_ends) != 0 ||
        pipe(id_ends) != 0) {
        return 1;
    }
    child = fork(); /* before either half has a thread or a secret */
    if (child == 0) {
        (void)close(link_ends[0]);
        (void)close(id_ends[1]);
        _exit(run_worker(argv[1], argv[2], link_ends[1], id_ends[0]));
    }
    (void)close(link_ends[1]);
    (void)close(id_ends[0]);
    printf("hub %d\nworker %d\n", (int)getpid(), (int)child);
    (void)fflush(stdout);
    code = run_hub(argv[1], link_ends[0], id_ends[1]);
    (void)kill(child, SIGTERM);
    (void)waitpid(child, NULL, 0);
    return code;
}
