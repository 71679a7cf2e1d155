/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The real claude program below a whole Worker, with the scripted model server behind it. Left
 * out unless LEAPMUX_TEST_CLAUDE names the program.
 */
#include "unit/worker/rig.h"

#include <signal.h>
#include <sys/wait.h>

static pid_t server = -1;
static char server_url[128];
static char scenarios[64];

static void write_scenario(const char *name, const char *json)
{
    char path[256];
    FILE *file;

    snprintf(path, sizeof(path), "%s/%s.json", scenarios, name);
    file = fopen(path, "w");
    assert_non_null(file);
    fputs(json, file);
    fclose(file);
}

static void start_server(void)
{
    int out[2];
    ssize_t n = 0;

    snprintf(scenarios, sizeof(scenarios), "/tmp/leapmux-model-XXXXXX");
    assert_non_null(mkdtemp(scenarios));
    write_scenario("tool",
                   "{\"turns\":[{\"match\":{\"user\":\"make it\"},\"reply\":[{\"tool\":\"Bash\","
                   "\"input\":{\"command\":\"touch created.txt\",\"description\":"
                   "\"Create file\"}}]},{\"match\":{\"toolResult\":true},\"reply\":["
                   "{\"text\":\"All done.\"}]}]}");
    write_scenario("stream", "{\"turns\":[{\"match\":{\"user\":\"talk\"},\"reply\":[{\"text\":"
                             "\"One two three four five six seven. \"},{\"hang\":true}]},"
                             "{\"match\":{\"user\":\"again\"},\"reply\":[{\"text\":"
                             "\"Here again.\"}]}]}");
    write_scenario("resume", "{\"turns\":[{\"match\":{\"user\":\"first\"},\"reply\":[{\"text\":"
                             "\"Hello.\"}]},{\"match\":{\"user\":\"second\",\"all\":\"first\"},"
                             "\"reply\":[{\"text\":\"I remember the first.\"}]}]}");
    assert_int_equal(pipe(out), 0);
    server = fork();
    assert_true(server >= 0);
    if (server == 0) {
        dup2(out[1], 1);
        execlp("node", "node", SOURCE_DIR "/tests/model-server/main.mjs", "--dir", scenarios,
               (char *)NULL);
        _exit(127);
    }
    close(out[1]);
    while (n < (ssize_t)sizeof(server_url) - 1 && read(out[0], server_url + n, 1) == 1 &&
           server_url[n] != '\n') {
        n++;
    }
    server_url[n] = '\0';
    close(out[0]);
    assert_non_null(strstr(server_url, "http://"));
}

static bool has_claude(void)
{
    return getenv("LEAPMUX_TEST_CLAUDE") != NULL;
}

/* A Worker whose claude talks to a scenario. The server reads the folder's files as it starts. */
static struct rig *claude_rig(const char *name)
{
    struct rig *r = rig_new();
    const char *url = strstr(server_url, "http://");
    char base[256];

    rig_end(r, true);
    snprintf(base, sizeof(base), "%s/s/%s", url, name);
    setenv("ANTHROPIC_BASE_URL", base, 1);
    setenv("ANTHROPIC_API_KEY", "test-key", 1);
    setenv("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "1", 1);
    setenv("DISABLE_AUTOUPDATER", "1", 1);
    snprintf(r->command, sizeof(r->command), "'%s'", getenv("LEAPMUX_TEST_CLAUDE"));
    r->config.agent_start_timeout_ms = 60000;
    rig_start(r);
    return r;
}

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

static bool has_prompt(void *arg)
{
    struct seen *s = arg;

    return s->prompt_id != NULL && seen_waiting(s);
}

static bool has_live(void *arg)
{
    struct seen *s = arg;

    return s->deltas > 0;
}

static void allow(struct client *c, struct seen *s)
{
    Leapmux__V1__AnswerPromptRequest request = LEAPMUX__V1__ANSWER_PROMPT_REQUEST__INIT;
    Leapmux__V1__PermissionAnswer permission = LEAPMUX__V1__PERMISSION_ANSWER__INIT;
    struct id id = random_id();
    void *response;

    permission.choice = LEAPMUX__V1__PERMISSION_CHOICE__PERMISSION_CHOICE_ALLOW_ONCE;
    request.agent_id = s->agent.s;
    request.prompt_id = s->prompt_id;
    request.answer_id = id.s;
    request.answer_case = LEAPMUX__V1__ANSWER_PROMPT_REQUEST__ANSWER_PERMISSION;
    request.permission = &permission;
    response =
        client_ask(c, "AnswerPrompt", &request, &leapmux__v1__answer_prompt_response__descriptor);
    assert_non_null(response);
    pb_free(response);
}

static void a_tool_is_asked_for_and_runs(void **state)
{
    struct rig *r;
    struct client *c;
    struct seen *s;
    char made[160];

    (void)state;
    if (!has_claude()) {
        skip();
    }
    r = claude_rig("tool");
    c = rig_client(r);
    s = seen_new(c, rig_open(c, "make it"));
    rig_wait(r, has_prompt, s);
    allow(c, s);
    rig_wait(r, has_result, s);
    snprintf(made, sizeof(made), "%s/created.txt", r->home);
    assert_int_equal(access(made, F_OK), 0);
    assert_non_null(strstr(s->texts, "All done."));
    seen_free(s);
    rig_free(r);
}

static void an_interrupt_stops_a_stream_and_the_agent_goes_on(void **state)
{
    struct rig *r;
    struct client *c;
    struct seen *s;
    Leapmux__V1__InterruptAgentRequest stop = LEAPMUX__V1__INTERRUPT_AGENT_REQUEST__INIT;

    (void)state;
    if (!has_claude()) {
        skip();
    }
    r = claude_rig("stream");
    c = rig_client(r);
    s = seen_new(c, rig_open(c, "talk"));
    rig_wait(r, has_live, s);
    stop.agent_id = s->agent.s;
    pb_free(
        client_ask(c, "InterruptAgent", &stop, &leapmux__v1__interrupt_agent_response__descriptor));
    rig_wait(r, seen_idle, s);
    assert_int_equal(s->notices[LEAPMUX__V1__NOTICE_CODE__NOTICE_CODE_INTERRUPTED], 1);
    assert_int_equal(s->state->process, LEAPMUX__V1__PROCESS_STATE__PROCESS_STATE_RUNNING);
    s->results = 0;
    assert_null(rig_send(c, s->agent, random_id(), "again"));
    rig_wait(r, has_result, s);
    assert_non_null(strstr(s->texts, "Here again."));
    seen_free(s);
    rig_free(r);
}

static void a_killed_worker_resumes_the_session(void **state)
{
    struct rig *r;
    struct client *c;
    struct seen *s;

    (void)state;
    if (!has_claude()) {
        skip();
    }
    r = claude_rig("resume");
    c = rig_client(r);
    s = seen_new(c, rig_open(c, "first"));
    rig_wait(r, has_result, s);
    rig_end(r, false);
    rig_start(r);
    c = rig_client(r);
    s->client = c;
    s->catch_ups = 0;
    seen_watch(s);
    rig_wait(r, seen_idle, s);
    assert_null(rig_send(c, s->agent, random_id(), "second"));
    rig_wait(r, has_two_results, s);
    assert_non_null(strstr(s->texts, "I remember the first."));
    assert_false(s->has_gap);
    seen_free(s);
    rig_free(r);
}

static int begin(void **state)
{
    (void)state;
    if (!has_claude()) {
        return 0;
    }
    start_server();
    return 0;
}

static int end(void **state)
{
    (void)state;
    if (server > 0) {
        kill(server, SIGTERM);
        waitpid(server, NULL, 0);
        nftw(scenarios, rig_remove, 16, FTW_DEPTH | FTW_PHYS);
    }
    return 0;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_tool_is_asked_for_and_runs),
        cmocka_unit_test(an_interrupt_stops_a_stream_and_the_agent_goes_on),
        cmocka_unit_test(a_killed_worker_resumes_the_session),
    };

    (void)argc;
    rig_setup(argv);
    return cmocka_run_group_tests(tests, begin, end);
}
