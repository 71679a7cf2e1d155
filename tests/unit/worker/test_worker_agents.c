/* SPDX-License-Identifier: Apache-2.0 */
/* Agents from the outside: a client, a sealed channel, a CLI. */
#include <sys/mman.h>

#include "unit/worker/rig.h"

#include "store/db.h"
#include "unit/worker/fake_claude.h"

static bool has_result(void *arg)
{
    struct seen *s = arg;

    return s->results > 0 && seen_idle(s);
}

static bool has_two_results(void *arg)
{
    struct seen *s = arg;

    return s->results > 1 && seen_idle(s);
}

static bool has_three_results(void *arg)
{
    struct seen *s = arg;

    return s->results > 2 && seen_idle(s);
}

static bool has_live(void *arg)
{
    struct seen *s = arg;

    return s->deltas > 0;
}

static bool has_lost_session(void *arg)
{
    struct seen *s = arg;
    return seen_error(s) && strcmp(s->state->error->reason, "RESUME_FAILED") == 0;
}

static bool has_prompt(void *arg)
{
    struct seen *s = arg;

    return s->prompt_id != NULL && seen_waiting(s);
}

static bool has_closed_prompt(void *arg)
{
    struct seen *s = arg;

    return s->prompts_closed > 0 && s->prompts == 0;
}

static bool has_queue(void *arg)
{
    struct seen *s = arg;

    return s->queue == 1;
}

static bool is_paused(void *arg)
{
    struct seen *s = arg;

    return seen_idle(s) && s->state->queue_paused;
}

static bool has_failed_item(void *arg)
{
    struct seen *s = arg;

    return seen_error(s) && s->queue == 1 &&
           s->queue_state == LEAPMUX__V1__QUEUE_ITEM_STATE__QUEUE_ITEM_STATE_FAILED;
}

static bool watch_ended(void *arg)
{
    struct seen *s = arg;

    return s->call->ended;
}

static void an_opened_agent_answers_its_first_message(void **state)
{
    struct rig *r = rig_new();
    struct client *c = rig_client(r);
    struct seen *s = seen_new(c, rig_open(c, "hi there"));

    (void)state;
    rig_wait(r, has_result, s);
    assert_string_equal(s->texts, "> hi there\nhi there\n");
    assert_false(s->has_gap);
    assert_int_equal(s->begins, 1);
    assert_int_equal(s->queue, 0);
    assert_int_equal(s->state->process, LEAPMUX__V1__PROCESS_STATE__PROCESS_STATE_RUNNING);
    assert_int_equal(worker_running_agents(r->worker), 1);
    seen_free(s);
    rig_free(r);
}

static void the_same_open_gives_the_same_agent_and_another_is_refused(void **state)
{
    struct rig *r = rig_new();
    struct client *c = rig_client(r);
    Leapmux__V1__OpenAgentRequest request = LEAPMUX__V1__OPEN_AGENT_REQUEST__INIT;
    struct id agent = random_id();
    char provider[] = "claude";
    char title[] = "Agent 1";
    char other[] = "Agent 2";
    void *response;

    (void)state;
    request.workspace_id = rig_workspace.s;
    request.agent_id = agent.s;
    request.provider = provider;
    request.title = title;
    for (int i = 0; i < 2; i++) {
        response =
            client_ask(c, "OpenAgent", &request, &leapmux__v1__open_agent_response__descriptor);
        assert_non_null(response);
        pb_free(response);
    }
    request.title = other;
    assert_null(
        client_ask(c, "OpenAgent", &request, &leapmux__v1__open_agent_response__descriptor));
    assert_string_equal(client_reason(c), "ID_IN_USE");
    rig_free(r);
}

static const char *open_reason(struct client *c, const char *provider, struct bytes dir)
{
    Leapmux__V1__OpenAgentRequest request = LEAPMUX__V1__OPEN_AGENT_REQUEST__INIT;
    struct id agent = random_id();

    request.workspace_id = rig_workspace.s;
    request.agent_id = agent.s;
    request.provider = (char *)(uintptr_t)provider;
    request.working_dir = pb_bytes(dir);
    assert_null(
        client_ask(c, "OpenAgent", &request, &leapmux__v1__open_agent_response__descriptor));
    return client_reason(c);
}

static void a_bad_directory_or_provider_is_refused(void **state)
{
    struct rig *r = rig_new();
    struct client *c = rig_client(r);

    (void)state;
    assert_string_equal(open_reason(c, "claude", bytes_of("/tmp/../etc")), "BAD_PATH");
    assert_string_equal(open_reason(c, "claude", bytes_of("tmp")), "BAD_PATH");
    assert_string_equal(open_reason(c, "claude", (struct bytes){ (const uint8_t *)"/a\0b", 4 }),
                        "BAD_PATH");
    assert_string_equal(open_reason(c, "claude", bytes_of("/etc/passwd")), "BAD_PATH");
    assert_string_equal(open_reason(c, "claude", bytes_of("/no/such/folder")), "NOT_FOUND");
    assert_string_equal(open_reason(c, "eliza", bytes_of("/tmp")), "UNSUPPORTED");
    rig_free(r);
}

static const char *answer(struct client *c, struct id agent, const char *prompt, struct id id,
                          Leapmux__V1__PermissionChoice choice)
{
    Leapmux__V1__AnswerPromptRequest request = LEAPMUX__V1__ANSWER_PROMPT_REQUEST__INIT;
    Leapmux__V1__PermissionAnswer permission = LEAPMUX__V1__PERMISSION_ANSWER__INIT;
    void *response;

    permission.choice = choice;
    request.agent_id = agent.s;
    request.prompt_id = (char *)(uintptr_t)prompt;
    request.answer_id = id.s;
    request.answer_case = LEAPMUX__V1__ANSWER_PROMPT_REQUEST__ANSWER_PERMISSION;
    request.permission = &permission;
    response =
        client_ask(c, "AnswerPrompt", &request, &leapmux__v1__answer_prompt_response__descriptor);
    pb_free(response);
    return response != NULL ? NULL : client_reason(c);
}

static void the_first_answer_to_a_prompt_wins(void **state)
{
    struct rig *r = rig_new();
    struct client *c = rig_client(r);
    struct client *d = rig_client(r);
    struct id agent = rig_open(c, "ask");
    struct seen *s = seen_new(c, agent);
    struct seen *t = seen_new(d, agent);
    struct id first = random_id();
    char *prompt;

    (void)state;
    rig_wait(r, has_prompt, s);
    rig_wait(r, has_prompt, t);
    prompt = must_strdup(s->prompt_id);
    assert_string_equal(answer(c, agent, prompt, random_id(),
                               LEAPMUX__V1__PERMISSION_CHOICE__PERMISSION_CHOICE_UNSPECIFIED),
                        "INVALID");
    assert_null(answer(c, agent, prompt, first,
                       LEAPMUX__V1__PERMISSION_CHOICE__PERMISSION_CHOICE_ALLOW_ONCE));
    assert_null(answer(d, agent, prompt, first,
                       LEAPMUX__V1__PERMISSION_CHOICE__PERMISSION_CHOICE_ALLOW_ONCE));
    assert_string_equal(answer(d, agent, prompt, random_id(),
                               LEAPMUX__V1__PERMISSION_CHOICE__PERMISSION_CHOICE_DENY),
                        "PROMPT_CLOSED");
    rig_wait(r, has_result, s);
    rig_wait(r, has_closed_prompt, t);
    assert_int_equal(t->closed_state, LEAPMUX__V1__PROMPT_STATE__PROMPT_STATE_ANSWERED);
    assert_non_null(strstr(s->texts, "allowed\n"));
    free(prompt);
    seen_free(s);
    seen_free(t);
    rig_free(r);
}

static void input_waits_while_the_agent_works_and_an_interrupt_pauses_it(void **state)
{
    struct rig *r = rig_new();
    struct client *c = rig_client(r);
    struct id agent = rig_open(c, "hang");
    struct seen *s = seen_new(c, agent);
    Leapmux__V1__InterruptAgentRequest stop = LEAPMUX__V1__INTERRUPT_AGENT_REQUEST__INIT;
    Leapmux__V1__ResumeQueueRequest resume = LEAPMUX__V1__RESUME_QUEUE_REQUEST__INIT;
    void *response;

    (void)state;
    rig_wait(r, seen_working, s);
    assert_null(rig_send(c, agent, random_id(), "second"));
    rig_wait(r, has_queue, s);
    stop.agent_id = agent.s;
    response =
        client_ask(c, "InterruptAgent", &stop, &leapmux__v1__interrupt_agent_response__descriptor);
    assert_non_null(response);
    pb_free(response);
    rig_wait(r, is_paused, s);
    assert_int_equal(s->notices[LEAPMUX__V1__NOTICE_CODE__NOTICE_CODE_INTERRUPTED], 1);
    assert_int_equal(s->queue, 1);
    resume.agent_id = agent.s;
    response =
        client_ask(c, "ResumeQueue", &resume, &leapmux__v1__resume_queue_response__descriptor);
    pb_free(response);
    rig_wait(r, has_two_results, s);
    assert_non_null(strstr(s->texts, "> second\nsecond\n"));
    assert_null(
        client_ask(c, "InterruptAgent", &stop, &leapmux__v1__interrupt_agent_response__descriptor));
    assert_string_equal(client_reason(c), "NOT_RUNNING");
    seen_free(s);
    rig_free(r);
}

static void a_forced_stop_ends_a_deaf_cli_and_the_next_input_resumes(void **state)
{
    struct rig *r = rig_new();
    struct client *c = rig_client(r);
    struct id agent = rig_open(c, "deaf");
    struct seen *s = seen_new(c, agent);
    Leapmux__V1__InterruptAgentRequest stop = LEAPMUX__V1__INTERRUPT_AGENT_REQUEST__INIT;

    (void)state;
    rig_wait(r, seen_working, s);
    stop.agent_id = agent.s;
    stop.force = true;
    pb_free(
        client_ask(c, "InterruptAgent", &stop, &leapmux__v1__interrupt_agent_response__descriptor));
    rig_wait(r, seen_idle, s);
    assert_int_equal(s->state->process, LEAPMUX__V1__PROCESS_STATE__PROCESS_STATE_NONE);
    assert_null(rig_send(c, agent, random_id(), "again"));
    rig_wait(r, has_result, s);
    seen_free(s);
    rig_free(r);
}

/* How often a word stands in the log of starts. */
static int starts_with(const char *path, const char *word)
{
    char line[4096];
    int n = 0;
    FILE *log = fopen(path, "r");

    assert_non_null(log);
    while (fgets(line, sizeof(line), log) != NULL) {
        n += strstr(line, word) != NULL;
    }
    fclose(log);
    return n;
}

static void a_cli_that_dies_is_an_error_and_the_next_input_resumes_its_session(void **state)
{
    char path[] = "/tmp/leapmux-starts-XXXXXX";
    int fd = mkstemp(path);
    struct rig *r;
    struct client *c;
    struct id agent;
    struct seen *s;

    (void)state;
    close(fd);
    setenv("FAKE_CLAUDE_LOG", path, 1);
    r = rig_new();
    c = rig_client(r);
    agent = rig_open(c, "one");
    s = seen_new(c, agent);
    rig_wait(r, has_result, s);
    assert_null(rig_send(c, agent, random_id(), "die"));
    rig_wait(r, seen_error, s);
    assert_string_equal(s->state->error->reason, "EXITED");
    assert_string_equal(s->state->error->exit_signal, "SIGKILL");
    assert_non_null(strstr(s->state->error->stderr_tail, "last words"));
    assert_int_equal(s->notices[LEAPMUX__V1__NOTICE_CODE__NOTICE_CODE_EXITED], 1);
    assert_null(rig_send(c, agent, random_id(), "two"));
    rig_wait(r, has_two_results, s);
    assert_string_equal(s->texts, "> one\none\n> die\n> two\ntwo\n");
    assert_int_equal(starts_with(path, "--session-id"), 1);
    assert_int_equal(starts_with(path, "--resume"), 1);
    seen_free(s);
    rig_free(r);
    unsetenv("FAKE_CLAUDE_LOG");
    unlink(path);
}

static void a_session_that_never_answered_begins_anew(void **state)
{
    char path[] = "/tmp/leapmux-forgets-XXXXXX";
    int fd = mkstemp(path);
    struct rig *r;
    struct client *c;
    struct id agent;
    struct seen *s;

    (void)state;
    close(fd);
    setenv("FAKE_CLAUDE_FORGETS", path, 1);
    r = rig_new();
    c = rig_client(r);
    agent = rig_open(c, "die");
    s = seen_new(c, agent);
    rig_wait(r, seen_error, s);
    assert_null(rig_send(c, agent, random_id(), "two"));
    rig_wait(r, has_result, s);
    assert_string_equal(s->texts, "> die\n> two\ntwo\n");
    unsetenv("FAKE_CLAUDE_FORGETS");
    unlink(path);
    seen_free(s);
    rig_free(r);
}

static void a_session_that_the_cli_has_lost_is_an_error_in_its_words(void **state)
{
    char path[] = "/tmp/leapmux-forgets-XXXXXX";
    int fd = mkstemp(path);
    struct rig *r;
    struct client *c;
    struct id agent;
    struct seen *s;

    (void)state;
    close(fd);
    setenv("FAKE_CLAUDE_FORGETS", path, 1);
    r = rig_new();
    c = rig_client(r);
    agent = rig_open(c, "one");
    s = seen_new(c, agent);
    rig_wait(r, has_result, s);
    assert_null(rig_send(c, agent, random_id(), "die"));
    rig_wait(r, seen_error, s);
    assert_null(rig_send(c, agent, random_id(), "two"));
    rig_wait(r, has_lost_session, s);
    assert_non_null(strstr(s->state->error->message, "No conversation found"));
    assert_int_equal(s->queue, 1);
    unlink(path);
    unsetenv("FAKE_CLAUDE_FORGETS");
    assert_null(rig_send(c, agent, random_id(), "three"));
    rig_wait(r, has_three_results, s);
    assert_string_equal(s->texts, "> one\none\n> die\n> two\ntwo\n> three\nthree\n");
    seen_free(s);
    rig_free(r);
}

static void a_killed_worker_keeps_history_and_goes_on(void **state)
{
    struct rig *r = rig_new();
    struct client *c = rig_client(r);
    struct id agent = rig_open(c, "one");
    struct seen *s = seen_new(c, agent);
    uint32_t last;

    (void)state;
    rig_wait(r, has_result, s);
    assert_null(rig_send(c, agent, random_id(), "ask"));
    rig_wait(r, has_prompt, s);
    last = s->last_seq;
    rig_end(r, false);
    rig_start(r);
    assert_int_equal(r->inventory_items, 1);
    c = rig_client(r);
    s->client = c;
    s->catch_ups = 0;
    seen_watch(s);
    rig_wait(r, seen_error, s);
    assert_false(s->has_gap);
    assert_true(s->last_seq > last);
    assert_int_equal(s->prompts, 0);
    assert_int_equal(s->notices[LEAPMUX__V1__NOTICE_CODE__NOTICE_CODE_EXITED], 1);
    assert_int_equal(s->state->process, LEAPMUX__V1__PROCESS_STATE__PROCESS_STATE_NONE);
    assert_null(rig_send(c, agent, random_id(), "two"));
    rig_wait(r, has_two_results, s);
    assert_non_null(strstr(s->texts, "> two\ntwo\n"));
    assert_false(s->has_gap);
    seen_free(s);
    rig_free(r);
}

static void a_worker_that_stops_ends_processes_and_starts_idle(void **state)
{
    struct rig *r = rig_new();
    struct client *c = rig_client(r);
    struct id agent = rig_open(c, "hang");
    struct seen *s = seen_new(c, agent);

    (void)state;
    rig_wait(r, seen_working, s);
    rig_end(r, true);
    rig_start(r);
    c = rig_client(r);
    s->client = c;
    s->catch_ups = 0;
    seen_watch(s);
    rig_wait(r, seen_idle, s);
    assert_int_equal(s->notices[LEAPMUX__V1__NOTICE_CODE__NOTICE_CODE_EXITED], 0);
    assert_int_equal(s->notices[LEAPMUX__V1__NOTICE_CODE__NOTICE_CODE_INTERRUPTED], 1);
    seen_free(s);
    rig_free(r);
}

static void a_stop_kills_what_still_runs_when_its_time_is_over(void **state)
{
    struct rig *r = rig_new();
    struct client *c;
    struct seen *s;
    uint64_t start;

    (void)state;
    rig_end(r, true);
    r->config.drain_timeout_ms = 50;
    rig_start(r);
    c = rig_client(r);
    s = seen_new(c, rig_open(c, "deaf"));
    rig_wait(r, seen_working, s);
    start = clock_mono_ms();
    rig_end(r, true);
    assert_true(clock_mono_ms() - start < 2500); /* SIGTERM would come after 3 s */
    rig_start(r);
    s->client = rig_client(r);
    s->catch_ups = 0;
    seen_watch(s);
    rig_wait(r, seen_idle, s);
    assert_int_equal(s->notices[LEAPMUX__V1__NOTICE_CODE__NOTICE_CODE_EXITED], 0);
    seen_free(s);
    rig_free(r);
}

static void a_missing_cli_fails_the_item_which_can_be_tried_again(void **state)
{
    struct rig *r = rig_new();
    struct client *c;
    struct seen *s;
    struct id agent;
    Leapmux__V1__RetryQueuedRequest retry = LEAPMUX__V1__RETRY_QUEUED_REQUEST__INIT;
    Leapmux__V1__ListProvidersRequest list = LEAPMUX__V1__LIST_PROVIDERS_REQUEST__INIT;
    Leapmux__V1__ListProvidersResponse *providers;
    struct id message = random_id();

    (void)state;
    rig_end(r, true);
    r->config.claude_command = "no-such-claude";
    rig_start(r);
    c = rig_client(r);
    providers =
        client_ask(c, "ListProviders", &list, &leapmux__v1__list_providers_response__descriptor);
    assert_non_null(providers);
    assert_false(providers->providers[0]->available);
    assert_non_null(strstr(providers->providers[0]->reason, "no-such-claude"));
    assert_true(providers->providers[0]->install_hint[0] != '\0');
    pb_free(providers);
    agent = rig_open(c, "");
    s = seen_new(c, agent);
    rig_wait(r, seen_error, s);
    assert_string_equal(s->state->error->reason, "NOT_INSTALLED");
    assert_null(rig_send(c, agent, message, "hello"));
    rig_wait(r, has_failed_item, s);
    assert_non_null(strstr(s->queue_error, "not installed"));
    retry.agent_id = agent.s;
    retry.item_id = message.s;
    pb_free(client_ask(c, "RetryQueued", &retry, &leapmux__v1__retry_queued_response__descriptor));
    rig_wait(r, has_failed_item, s);
    rig_end(r, true);
    r->config.claude_command = r->command;
    rig_start(r);
    c = rig_client(r);
    s->client = c;
    s->catch_ups = 0;
    seen_watch(s);
    rig_wait(r, has_failed_item, s);
    pb_free(client_ask(c, "RetryQueued", &retry, &leapmux__v1__retry_queued_response__descriptor));
    rig_wait(r, has_result, s);
    assert_string_equal(s->texts, "> hello\nhello\n");
    seen_free(s);
    rig_free(r);
}

static void a_cli_that_never_gets_ready_is_ended(void **state)
{
    struct rig *r = rig_new();
    struct client *c;
    struct seen *s;

    (void)state;
    rig_end(r, true);
    r->config.agent_start_timeout_ms = 200;
    setenv("FAKE_CLAUDE_MUTE", "1", 1);
    rig_start(r);
    c = rig_client(r);
    s = seen_new(c, rig_open(c, "hello"));
    rig_wait(r, seen_error, s);
    assert_string_equal(s->state->error->reason, "START_TIMEOUT");
    rig_wait(r, has_queue, s);
    unsetenv("FAKE_CLAUDE_MUTE");
    seen_free(s);
    rig_free(r);
}

static bool is_in_handshake(void *arg)
{
    struct seen *s = arg;

    return s->state != NULL && s->state->phase == LEAPMUX__V1__START_PHASE__START_PHASE_HANDSHAKE;
}

static void a_start_that_is_cancelled_keeps_what_waits(void **state)
{
    struct rig *r;
    struct client *c;
    struct seen *s;
    Leapmux__V1__CancelStartRequest cancel = LEAPMUX__V1__CANCEL_START_REQUEST__INIT;

    (void)state;
    setenv("FAKE_CLAUDE_MUTE", "1", 1);
    r = rig_new();
    c = rig_client(r);
    s = seen_new(c, rig_open(c, "hello"));
    rig_wait(r, is_in_handshake, s);
    cancel.agent_id = s->agent.s;
    pb_free(client_ask(c, "CancelStart", &cancel, &leapmux__v1__cancel_start_response__descriptor));
    rig_wait(r, is_paused, s);
    rig_wait(r, has_queue, s);
    unsetenv("FAKE_CLAUDE_MUTE");
    seen_free(s);
    rig_free(r);
}

static void a_message_that_comes_twice_is_one_and_a_blank_one_is_none(void **state)
{
    struct rig *r = rig_new();
    struct client *c = rig_client(r);
    struct id agent = rig_open(c, "");
    struct seen *s = seen_new(c, agent);
    struct id message = random_id();
    struct id bad = { .s = "short" };

    (void)state;
    assert_null(rig_send(c, agent, message, "once"));
    assert_null(rig_send(c, agent, message, "once"));
    rig_wait(r, has_result, s);
    assert_null(rig_send(c, agent, message, "once"));
    assert_string_equal(rig_send(c, agent, random_id(), " \n\t"), "INVALID");
    assert_string_equal(rig_send(c, agent, bad, "x"), "BAD_ID");
    assert_null(rig_send(c, agent, random_id(), "twice"));
    rig_wait(r, has_two_results, s);
    assert_string_equal(s->texts, "> once\nonce\n> twice\ntwice\n");
    seen_free(s);
    rig_free(r);
}

static void an_item_that_waits_can_be_deleted(void **state)
{
    struct rig *r = rig_new();
    struct client *c = rig_client(r);
    struct id agent = rig_open(c, "hang");
    struct seen *s = seen_new(c, agent);
    struct id message = random_id();
    Leapmux__V1__DeleteQueuedRequest request = LEAPMUX__V1__DELETE_QUEUED_REQUEST__INIT;
    void *response;

    (void)state;
    rig_wait(r, seen_working, s);
    assert_null(rig_send(c, agent, message, "second"));
    request.agent_id = agent.s;
    request.item_id = message.s;
    request.version = 7;
    assert_null(
        client_ask(c, "DeleteQueued", &request, &leapmux__v1__delete_queued_response__descriptor));
    assert_string_equal(client_reason(c), "STALE");
    request.version = 1;
    response =
        client_ask(c, "DeleteQueued", &request, &leapmux__v1__delete_queued_response__descriptor);
    assert_non_null(response);
    pb_free(response);
    assert_null(
        client_ask(c, "DeleteQueued", &request, &leapmux__v1__delete_queued_response__descriptor));
    assert_string_equal(client_reason(c), "NOT_FOUND");
    seen_free(s);
    rig_free(r);
}

static bool has_mode_plan(void *arg)
{
    struct seen *s = arg;

    return s->session != NULL && strcmp(s->session->permission_mode, "plan") == 0;
}

static void settings_go_to_the_running_cli_and_make_one_notice(void **state)
{
    struct rig *r = rig_new();
    struct client *c = rig_client(r);
    struct id agent = rig_open(c, "one");
    struct seen *s = seen_new(c, agent);
    Leapmux__V1__UpdateAgentSettingsRequest request =
        LEAPMUX__V1__UPDATE_AGENT_SETTINGS_REQUEST__INIT;
    Leapmux__V1__UpdateAgentSettingsResponse *response;
    char mode[] = "acceptEdits";
    char plan[] = "plan";
    char nonsense[] = "nonsense";

    (void)state;
    rig_wait(r, has_result, s);
    request.agent_id = agent.s;
    request._permission_mode_case =
        LEAPMUX__V1__UPDATE_AGENT_SETTINGS_REQUEST___PERMISSION_MODE_PERMISSION_MODE;
    request.permission_mode = nonsense;
    assert_null(client_ask(c, "UpdateAgentSettings", &request,
                           &leapmux__v1__update_agent_settings_response__descriptor));
    assert_string_equal(client_reason(c), "UNSUPPORTED");
    request.permission_mode = mode;
    response = client_ask(c, "UpdateAgentSettings", &request,
                          &leapmux__v1__update_agent_settings_response__descriptor);
    assert_non_null(response);
    assert_string_equal(response->session->desired_permission_mode, mode);
    pb_free(response);
    request.permission_mode = plan;
    pb_free(client_ask(c, "UpdateAgentSettings", &request,
                       &leapmux__v1__update_agent_settings_response__descriptor));
    rig_wait(r, has_mode_plan, s);
    assert_int_equal(s->notices[LEAPMUX__V1__NOTICE_CODE__NOTICE_CODE_SETTINGS_CHANGED], 0);
    assert_null(rig_send(c, agent, random_id(), "two"));
    rig_wait(r, has_two_results, s);
    assert_int_equal(s->notices[LEAPMUX__V1__NOTICE_CODE__NOTICE_CODE_SETTINGS_CHANGED], 1);
    seen_free(s);
    rig_free(r);
}

static void *answer_plan(struct client *c, struct seen *s, bool approve, bool fresh)
{
    Leapmux__V1__AnswerPromptRequest request = LEAPMUX__V1__ANSWER_PROMPT_REQUEST__INIT;
    Leapmux__V1__PlanAnswer plan = LEAPMUX__V1__PLAN_ANSWER__INIT;
    struct id id = random_id();

    plan.approve = approve;
    plan.fresh_context = fresh;
    request.agent_id = s->agent.s;
    request.prompt_id = s->prompt_id;
    request.answer_id = id.s;
    request.answer_case = LEAPMUX__V1__ANSWER_PROMPT_REQUEST__ANSWER_PLAN;
    request.plan = &plan;
    return client_ask(c, "AnswerPrompt", &request,
                      &leapmux__v1__answer_prompt_response__descriptor);
}

static void a_plan_that_is_sent_back_goes_on_in_its_session(void **state)
{
    struct rig *r = rig_new();
    struct client *c = rig_client(r);
    struct seen *s = seen_new(c, rig_open(c, "plan"));

    (void)state;
    rig_wait(r, has_prompt, s);
    pb_free(answer_plan(c, s, false, false));
    rig_wait(r, has_result, s);
    assert_non_null(strstr(s->texts, "planning on\n"));
    seen_free(s);
    rig_free(r);
}

static void a_plan_with_fresh_context_starts_another_session_with_it(void **state)
{
    char path[] = "/tmp/leapmux-starts-XXXXXX";
    int fd = mkstemp(path);
    struct rig *r;
    struct client *c;
    struct seen *s;

    (void)state;
    close(fd);
    setenv("FAKE_CLAUDE_LOG", path, 1);
    r = rig_new();
    c = rig_client(r);
    s = seen_new(c, rig_open(c, "plan"));
    rig_wait(r, has_prompt, s);
    pb_free(answer_plan(c, s, true, true));
    rig_wait(r, has_result, s);
    assert_int_equal(s->notices[LEAPMUX__V1__NOTICE_CODE__NOTICE_CODE_PLAN_STARTED], 1);
    assert_int_equal(s->notices[LEAPMUX__V1__NOTICE_CODE__NOTICE_CODE_EXITED], 0);
    assert_non_null(strstr(s->texts, "> Implement the following plan"));
    assert_non_null(strstr(s->texts, "first this"));
    assert_int_equal(starts_with(path, "--session-id"), 2);
    assert_int_equal(starts_with(path, "--resume"), 0);
    seen_free(s);
    rig_free(r);
    unsetenv("FAKE_CLAUDE_LOG");
    unlink(path);
}

/* A log that is looked into again and again, since nothing else tells of what it says. */
struct log_watch {
    struct rig *rig;
    struct timer timer;
    int fd;
};

static bool log_says_disk(void *arg)
{
    struct log_watch *l = arg;
    char text[65536];
    ssize_t n = pread(l->fd, text, sizeof(text) - 1, 0);

    text[n > 0 ? n : 0] = '\0';
    return strstr(text, "waits for the disk") != NULL;
}

static void on_look(void *arg)
{
    struct log_watch *l = arg;

    timer_start(&l->timer, 20);
    rig_poke(l->rig);
}

static void a_database_that_is_busy_loses_nothing(void **state)
{
    struct rig *r = rig_new();
    struct client *c = rig_client(r);
    struct seen *s = seen_new(c, rig_open(c, "drip 200"));
    struct log_watch log = { .rig = r, .fd = memfd_create("log", MFD_CLOEXEC) };
    struct db *other;
    char path[96];
    struct err e;

    (void)state;
    log_configure(LOG_LEVEL_WARN, LOG_FORMAT_TEXT);
    log_to_fd(log.fd);
    timer_init(&log.timer, r->loop, on_look, &log);
    on_look(&log);
    snprintf(path, sizeof(path), "%s/worker.db", r->dir);
    rig_wait(r, has_live, s);
    other = db_open(path, &e);
    assert_non_null(other);
    assert_true(db_begin(other, &e));
    rig_wait(r, log_says_disk, &log);
    assert_int_equal(s->results, 0);
    db_rollback(other);
    db_close(other);
    rig_wait(r, has_result, s);
    assert_false(s->has_gap);
    assert_non_null(strstr(s->texts, "p198 p199 "));
    timer_stop(&log.timer);
    log_to_fd(STDERR_FILENO);
    close(log.fd);
    seen_free(s);
    rig_free(r);
}

static void a_closed_agent_is_gone_with_its_process(void **state)
{
    struct rig *r = rig_new();
    struct client *c = rig_client(r);
    struct id agent = rig_open(c, "one");
    struct seen *s = seen_new(c, agent);
    Leapmux__V1__CloseAgentRequest request = LEAPMUX__V1__CLOSE_AGENT_REQUEST__INIT;
    void *response;

    (void)state;
    rig_wait(r, has_result, s);
    request.agent_id = agent.s;
    response =
        client_ask(c, "CloseAgent", &request, &leapmux__v1__close_agent_response__descriptor);
    assert_non_null(response);
    pb_free(response);
    rig_wait(r, watch_ended, s);
    assert_int_equal(worker_running_agents(r->worker), 0);
    assert_int_equal(r->tabs_closed, 1);
    assert_string_equal(rig_send(c, agent, random_id(), "x"), "NOT_FOUND");
    seen_free(s);
    rig_free(r);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_opened_agent_answers_its_first_message),
        cmocka_unit_test(the_same_open_gives_the_same_agent_and_another_is_refused),
        cmocka_unit_test(a_bad_directory_or_provider_is_refused),
        cmocka_unit_test(the_first_answer_to_a_prompt_wins),
        cmocka_unit_test(input_waits_while_the_agent_works_and_an_interrupt_pauses_it),
        cmocka_unit_test(a_forced_stop_ends_a_deaf_cli_and_the_next_input_resumes),
        cmocka_unit_test(a_cli_that_dies_is_an_error_and_the_next_input_resumes_its_session),
        cmocka_unit_test(a_session_that_never_answered_begins_anew),
        cmocka_unit_test(a_session_that_the_cli_has_lost_is_an_error_in_its_words),
        cmocka_unit_test(a_killed_worker_keeps_history_and_goes_on),
        cmocka_unit_test(a_worker_that_stops_ends_processes_and_starts_idle),
        cmocka_unit_test(a_stop_kills_what_still_runs_when_its_time_is_over),
        cmocka_unit_test(a_missing_cli_fails_the_item_which_can_be_tried_again),
        cmocka_unit_test(a_cli_that_never_gets_ready_is_ended),
        cmocka_unit_test(a_start_that_is_cancelled_keeps_what_waits),
        cmocka_unit_test(a_message_that_comes_twice_is_one_and_a_blank_one_is_none),
        cmocka_unit_test(an_item_that_waits_can_be_deleted),
        cmocka_unit_test(settings_go_to_the_running_cli_and_make_one_notice),
        cmocka_unit_test(a_plan_that_is_sent_back_goes_on_in_its_session),
        cmocka_unit_test(a_plan_with_fresh_context_starts_another_session_with_it),
        cmocka_unit_test(a_database_that_is_busy_loses_nothing),
        cmocka_unit_test(a_closed_agent_is_gone_with_its_process),
    };

    if (argc > 1 && strcmp(argv[1], "fake-claude") == 0) {
        return fake_claude(argc, argv);
    }
    rig_setup(argv);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
