/* SPDX-License-Identifier: Apache-2.0 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/utf8.h"
#include "crypto/random.h"
#include "proc/environment.h"
#include "proc/run.h"
#include "worker/agent/agent_inside.h"
#include "worker/pb.h"

enum {
    INPUT_LIMIT =
        64 * 1024 * 1024, /* octets that may wait for the CLI; a line of it is no longer */
    WRITES_FULL = 256,    /* messages on their way to the database at which the CLI waits */
    GIT_LIMIT_MS = 10000,
    GIT_OUTPUT_LIMIT = 16 * 1024,
};

/* ---- what the provider says ---- */

/* A plan's title is the tab's, until the next one. */
static void take_plan_title(struct agent *a, const Leapmux__V1__AgentMessage *m)
{
    char *title;

    if (m->body_case != LEAPMUX__V1__AGENT_MESSAGE__BODY_PLAN || m->plan->title[0] == '\0') {
        return;
    }
    title = must_alloc(strlen(m->plan->title) + 1);
    (void)utf8_clean_title(bytes_of(m->plan->title), title);
    title[utf8_cut(bytes_of(title), AGENT_TITLE_MAX)] = '\0';
    if (title[0] != '\0' && strcmp(title, a->title) != 0) {
        agent_set_title(a, title);
    }
    free(title);
}

static void write_usage(struct agent_write *w, const Leapmux__V1__Usage *usage)
{
    struct agent *a = w->agent;
    struct worker_sql_insert_usage_args *row =
        ARENA_NEW(&w->arena, struct worker_sql_insert_usage_args);

    if (usage->turn == NULL || id_is_empty(a->turn_id)) {
        return;
    }
    *row = (struct worker_sql_insert_usage_args){
        .agent_id = a->id.s,
        .usage_id = pb_str(&w->arena, a->turn_id.s),
        .at_ms = clock_unix_ms(),
        .model = pb_str(&w->arena, a->session != NULL ? a->session->model : ""),
        .input = (int64_t)usage->turn->input,
        .cache_read = (int64_t)usage->turn->cache_read,
        .cache_write = (int64_t)usage->turn->cache_write,
        .output = (int64_t)usage->turn->output,
        .cost_micro = (int64_t)usage->cost_micro,
    };
    w->rows.usage = row;
}

/* True if a message shows that the CLI has kept something of the session. */
static bool is_kept(const Leapmux__V1__AgentMessage *m)
{
    return m->body_case == LEAPMUX__V1__AGENT_MESSAGE__BODY_TOOL_CALL ||
           m->body_case == LEAPMUX__V1__AGENT_MESSAGE__BODY_TEXT ||
           (m->body_case == LEAPMUX__V1__AGENT_MESSAGE__BODY_RESULT && m->result->ok);
}

static void take_message(struct agent *a, const struct provider_event *ev)
{
    struct agent_write *w = agent_write_new(a);
    const Leapmux__V1__AgentMessage *m = ev->message;

    agent_write_message(w, m, ev->raw, NULL);
    if (m->body_case == LEAPMUX__V1__AGENT_MESSAGE__BODY_USAGE) {
        write_usage(w, m->usage);
    }
    if (a->session_use != SESSION_KNOWN && is_kept(m)) {
        a->session_use = SESSION_KNOWN;
        agent_write_session_row(w);
    }
    agent_write_submit(w);
    take_plan_title(a, m);
}

static void take_start_failure(struct agent *a, const struct provider_event *ev)
{
    CLEANUP(arena_done) struct arena arena = { 0 };
    uint8_t random[16];

    /* A session that got input but never answered may never have been stored: begin it anew. */
    if (a->session_use == SESSION_GIVEN && strcmp(ev->error.reason, "RESUME_FAILED") == 0) {
        random_bytes(random, sizeof(random));
        agent_setting_set(&a->session_ref, a->provider->new_session_ref(random, &arena));
        a->session_use = SESSION_NEW;
        agent_write_session(a);
        agent_event(a, AGENT_EV_RESTART, 0);
        return;
    }
    agent_set_error(a, ev->error.reason, ev->error.text, -1, 0);
    agent_event(a, AGENT_EV_START_FAILED, 0);
}

static void on_provider_event(void *arg, const struct provider_event *ev)
{
    struct agent *a = arg;

    switch (ev->kind) {
    case PROVIDER_READY:
        agent_event(a, AGENT_EV_READY, 0);
        agent_settings_apply(a);
        break;
    case PROVIDER_START_FAILED:
        take_start_failure(a, ev);
        break;
    case PROVIDER_SESSION:
        agent_session_told(a, ev->session);
        break;
    case PROVIDER_TURN_STARTED:
        agent_event(a, AGENT_EV_TURN_STARTED, 0);
        break;
    case PROVIDER_INPUT_TAKEN:
        break;
    case PROVIDER_MESSAGE:
        take_message(a, ev);
        break;
    case PROVIDER_LIVE:
        agent_live_append(a, ev->live);
        break;
    case PROVIDER_LIVE_DROPPED:
        agent_live_drop(a, ev->ref);
        break;
    case PROVIDER_PROMPT:
        agent_prompt_open(a, ev);
        break;
    case PROVIDER_PROMPT_WITHDRAWN:
        agent_prompt_withdraw(a, ev->ref);
        break;
    case PROVIDER_INTERRUPTED:
        agent_event(a, AGENT_EV_INTERRUPTED, 0);
        break;
    case PROVIDER_TURN_ENDED:
        agent_event(a, AGENT_EV_TURN_ENDED, 0);
        agent_settings_apply(a);
        break;
    case PROVIDER_SETTING_DONE:
        agent_setting_done(a, ev);
        break;
    case PROVIDER_BACKGROUND:
        break;
    }
}

static void on_provider_write(void *arg, struct bytes input)
{
    struct agent *a = arg;
    struct err e;

    if (a->child != NULL && !child_write(a->child, input, &e) &&
        e.code != ERR_FAILED_PRECONDITION) {
        log_warn("agent does not read its input", F_STR("agent", a->id.s), F_ERR(&e));
        child_kill(a->child);
    }
}

static void on_provider_close(void *arg)
{
    struct agent *a = arg;

    if (a->child != NULL) {
        child_close_input(a->child);
    }
}

/* ---- the process ---- */

static void on_output(void *arg, struct bytes data)
{
    struct agent *a = arg;

    agent_hold(a);
    a->provider->feed(a->cli, data, clock_unix_ms());
    if (a->writes > WRITES_FULL && a->child != NULL && !a->is_full) {
        a->is_full = true;
        child_pause(a->child);
    }
    agent_release(a);
}

void agent_resume_output(struct agent *a)
{
    if (a->is_full && a->writes < WRITES_FULL / 2 && a->child != NULL) {
        a->is_full = false;
        child_resume(a->child);
    }
}

static void on_error_output(void *arg, struct bytes data)
{
    struct agent *a = arg;
    struct err ignored;

    if (data.n > AGENT_STDERR_TAIL) {
        data = (struct bytes){ data.p + data.n - AGENT_STDERR_TAIL, AGENT_STDERR_TAIL };
    }
    if (a->stderr_tail.n + data.n > AGENT_STDERR_TAIL) {
        size_t over = a->stderr_tail.n + data.n - AGENT_STDERR_TAIL;

        buf_consume(&a->stderr_tail, over < a->stderr_tail.n ? over : a->stderr_tail.n);
    }
    (void)!buf_put(&a->stderr_tail, data, &ignored);
}

static void forget_process(struct agent *a)
{
    struct child *child = TAKE(a->child, NULL);
    struct provider_session *cli = TAKE(a->cli, NULL);

    a->is_full = false;
    if (cli != NULL) {
        a->provider->free(cli);
    }
    child_free(child);
}

static void on_exited(void *arg, int code, int signal)
{
    struct agent *a = arg;

    agent_hold(a);
    a->exit_code = code;
    a->exit_signal = signal;
    a->provider->finish(a->cli, clock_unix_ms());
    forget_process(a);
    agent_event(a, AGENT_EV_EXITED, 0);
    agent_release(a);
}

/* ---- launching ---- */

/* Why there is no process, in words for people. */
static void explain_spawn(struct agent *a, const char *program, const struct err *e)
{
    CLEANUP(arena_done) struct arena arena = { 0 };
    struct stat st;

    if (stat(a->working_dir, &st) != 0 || !S_ISDIR(st.st_mode)) {
        agent_set_error(a, "NOT_FOUND", "The working directory does not exist any more.", -1, 0);
    } else if (e->code == ERR_NOT_FOUND) {
        agent_set_error(a, "NOT_INSTALLED",
                        arena_printf(&arena,
                                     "%s is not installed: '%s' was not found. Install it with: %s",
                                     a->provider->name, program, a->provider->install_hint),
                        -1, 0);
    } else {
        agent_set_error(a, e->reason, e->msg, -1, 0);
    }
}

static const char *const *list_with(const char *const *list, const char *entry, struct arena *arena)
{
    size_t n = 0;
    const char **out;

    while (list != NULL && list[n] != NULL) {
        n++;
    }
    out = arena_alloc(arena, (n + 2) * sizeof(*out));
    for (size_t i = 0; i < n; i++) {
        out[i] = list[i];
    }
    out[n] = entry;
    return out;
}

static struct provider_launch launch_of(struct agent *a, struct arena *arena)
{
    const char **command = arena_alloc(arena, 2 * sizeof(*command));

    command[0] = a->provider->id;
    return (struct provider_launch){
        .command = a->all->command != NULL ? a->all->command : command,
        .working_dir = a->working_dir,
        .session_ref = a->session_ref,
        .resume = a->session_use != SESSION_NEW,
        .model = a->wish.model[0] != '\0' ? a->wish.model : NULL,
        .mode = a->wish.mode[0] != '\0' ? a->wish.mode : NULL,
        .may_bypass = provider_may_bypass(),
    };
}

static bool spawn(struct agent *a, const char *const *env, struct arena *arena, struct err *e)
{
    static const struct child_events EVENTS = { .output = on_output,
                                                .error_output = on_error_output,
                                                .exited = on_exited };
    struct child_events events = EVENTS;
    struct provider_launch launch = launch_of(a, arena);
    const char *mark = arena_printf(arena, "LEAPMUX_AGENT_ID=%s", a->id.s);
    const char *const *argv;
    const char *const *extra;
    struct child_options options = { .mark = mark, .input_limit = INPUT_LIMIT };
    struct provider_sink sink = { .event = on_provider_event,
                                  .write = on_provider_write,
                                  .close_input = on_provider_close,
                                  .arg = a };

    events.arg = a;
    a->provider->command(&launch, arena, &argv, &extra);
    options.spawn.argv = argv;
    options.spawn.envp = environment_for_child(env, list_with(extra, mark, arena), arena);
    options.spawn.cwd = a->working_dir;
    a->child = child_start(a->all->options.children, &options, &events, e);
    if (a->child == NULL) {
        explain_spawn(a, argv[0], e);
        return false;
    }
    a->instance_id = random_id();
    agent_setting_set(&a->asked.model, a->wish.model);
    agent_setting_set(&a->asked.mode, a->wish.mode);
    agent_setting_set(&a->confirmed.model, a->wish.model);
    agent_setting_set(&a->confirmed.mode, a->wish.mode);
    agent_event(a, AGENT_EV_PHASE, LEAPMUX__V1__START_PHASE__START_PHASE_HANDSHAKE);
    a->cli = a->provider->open(&launch, &sink);
    return true;
}

static void tell_env_notice(struct agent *a, const char *text)
{
    CLEANUP(arena_done) struct arena arena = { 0 };
    Leapmux__V1__Notice notice = LEAPMUX__V1__NOTICE__INIT;

    if (text != NULL && !a->env_told) {
        a->env_told = true;
        notice.code = LEAPMUX__V1__NOTICE_CODE__NOTICE_CODE_ERROR;
        notice.text = pb_str(&arena, text);
        agent_note(a, &notice);
    }
}

static void on_environment(void *arg, const char *const *env, const char *notice)
{
    CLEANUP(arena_done) struct arena arena = { 0 };
    struct agent *a = arg;
    struct err e;

    a->env_waits--;
    if (a->launching && a->env_waits == 0) {
        a->launching = false;
        tell_env_notice(a, notice);
        if (!spawn(a, env, &arena, &e)) {
            agent_event(a, AGENT_EV_SPAWN_FAILED, 0);
        }
    }
    agent_release(a);
}

void agent_launch(struct agent *a)
{
    a->launching = true;
    a->env_waits++;
    buf_clear(&a->stderr_tail);
    a->exit_code = -1;
    a->exit_signal = 0;
    agent_hold(a);
    login_env_get(a->all->options.login_env, on_environment, a);
}

void agent_cancel_launch(struct agent *a)
{
    a->launching = false;
}

void agent_end_politely(struct agent *a)
{
    if (a->cli != NULL) {
        a->provider->end(a->cli);
    }
}

void agent_signal(struct agent *a, int signum)
{
    if (a->child != NULL && signum == SIGKILL) {
        child_kill(a->child);
    } else if (a->child != NULL) {
        child_signal(a->child, signum);
    }
    /* A paused process would never be seen to end. */
    if (a->is_full && a->child != NULL) {
        a->is_full = false;
        child_resume(a->child);
    }
}

void agent_kill(struct agent *a)
{
    a->launching = false;
    forget_process(a);
    if (a->git != NULL) {
        run_cancel(TAKE(a->git, NULL));
    }
}

/* ---- git ---- */

/* The next line of text, cut off from it. */
static struct bytes next_line(struct bytes *text)
{
    struct bytes line = *text;
    const uint8_t *end = text->n > 0 ? memchr(text->p, '\n', text->n) : NULL;

    line.n = end != NULL ? (size_t)(end - text->p) : text->n;
    text->p += line.n + (end != NULL ? 1 : 0);
    text->n -= line.n + (end != NULL ? 1 : 0);
    return line;
}

static char *text_of(struct bytes raw)
{
    struct buf text;
    struct err ignored;
    char *out;

    buf_init(&text, GIT_OUTPUT_LIMIT * 3);
    (void)!utf8_put_lossy(&text, raw, &ignored);
    out = bytes_dup(buf_view(&text));
    buf_done(&text);
    return out;
}

static struct bytes last_part(struct bytes path)
{
    const uint8_t *slash = path.n > 0 ? memrchr(path.p, '/', path.n) : NULL;

    return slash != NULL ? (struct bytes){ slash + 1, path.n - (size_t)(slash + 1 - path.p) }
                         : path;
}

static void on_git(void *arg, const struct run_result *result)
{
    struct agent *a = arg;
    struct bytes out = result->out;
    struct bytes root = next_line(&out);
    struct bytes branch = next_line(&out);
    char *root_text = text_of(last_part(root));
    /* An unborn branch is an error behind the first line. */
    char *branch_text = text_of(result->code == 0 ? branch : (struct bytes){ 0 });
    bool changed;

    a->git = NULL;
    changed = a->git_root == NULL || strcmp(root_text, a->git_root) != 0 ||
              strcmp(branch_text, a->git_branch) != 0;
    free(a->git_root);
    free(a->git_branch);
    a->git_root = root_text;
    a->git_branch = branch_text;
    if (changed && a->is_shown) {
        a->all->options.changed(a->all->options.arg, a);
    }
}

void agent_look_at_git(struct agent *a)
{
    CLEANUP(arena_done) struct arena arena = { 0 };
    static const char *const QUIET[] = { "LC_ALL=C", "GIT_TERMINAL_PROMPT=0",
                                         "GIT_OPTIONAL_LOCKS=0", NULL };
    const char *argv[] = { "git", "rev-parse", "--show-toplevel", "--abbrev-ref", "HEAD", NULL };
    struct run_options options = {
        .spawn = { .argv = argv,
                   .envp = environment_for_child((const char *const *)environ, QUIET, &arena),
                   .cwd = a->working_dir },
        .limit_ms = GIT_LIMIT_MS,
        .output_limit = GIT_OUTPUT_LIMIT,
    };
    struct err e;

    if (a->git == NULL && !a->state.closing && !a->state.stopping) {
        a->git = run_start(a->all->options.children, &options, on_git, a, &e); /* no git: fine */
    }
}
