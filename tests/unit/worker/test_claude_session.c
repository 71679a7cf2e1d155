/* SPDX-License-Identifier: Apache-2.0 */
/* The life of a session: start, settings, inputs, interrupt, end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "claude_session.h"
#include "worker/provider/uuid.h"

static char *command_of(struct provider_launch launch)
{
    CLEANUP(arena_done) struct arena a = { 0 };
    const char *const *argv;
    const char *const *env;
    struct buf out;
    struct err e;
    char *text;

    buf_init(&out, 10000);
    PROVIDER_CLAUDE.command(&launch, &a, &argv, &env);
    for (size_t i = 0; argv[i] != NULL; i++) {
        assert_true(buf_printf(&out, &e, "%s%s", i > 0 ? " " : "", argv[i]));
    }
    for (size_t i = 0; env[i] != NULL; i++) {
        assert_true(buf_printf(&out, &e, " | %s", env[i]));
    }
    text = bytes_dup(buf_view(&out));
    buf_done(&out);
    return text;
}

#define FIXED                                                                                      \
    "-p --input-format stream-json --output-format stream-json --verbose "                         \
    "--include-partial-messages --permission-prompt-tool stdio --replay-user-messages"
#define STATE_EVENTS " | CLAUDE_CODE_EMIT_SESSION_STATE_EVENTS=1"
#define SESSION_REF  "00000000-0000-4000-8000-000000000000"

static void the_command_says_all_that_is_wanted(void **state)
{
    static const char *const OWN[] = { "node", "cli.js", NULL };
    struct provider_launch launch = claude_launch();
    CLEANUP(free_p) char *first = command_of(launch);
    CLEANUP(free_p) char *again = NULL;
    CLEANUP(free_p) char *bypass = NULL;

    (void)state;
    assert_string_equal(first, "claude " FIXED " --session-id " SESSION_REF STATE_EVENTS);

    launch.command = OWN;
    launch.resume = true;
    launch.model = "opus";
    launch.mode = "plan";
    again = command_of(launch);
    assert_string_equal(again, "node cli.js " FIXED " --resume " SESSION_REF
                               " --model opus --permission-mode plan" STATE_EVENTS);

    /* bypass is asked for later, so that a refusal does not end the start */
    launch = claude_launch();
    launch.model = "default";
    launch.mode = "bypassPermissions";
    launch.may_bypass = true;
    bypass = command_of(launch);
    assert_string_equal(bypass, "claude " FIXED " --session-id " SESSION_REF
                                " --allow-dangerously-skip-permissions" STATE_EVENTS);
}

static void a_session_is_ready_when_the_cli_has_introduced_itself(void **state)
{
    struct claude *c = NEW(struct claude);
    struct provider_launch launch = claude_launch();
    void *end = c;

    (void)state;
    claude_start(c, &launch);
    assert_written(c, "{'type':'control_request','request_id':'host-1','request':"
                      "{'subtype':'initialize','hooks':{}}}\n");
    assert_told(c, "");
    says(c, "{'type':'control_response','response':{'subtype':'success','request_id':'other'}}");
    assert_told(c, "");
    says(c, INITIALIZED);
    assert_told(c, "session model=default mode=default models=2 modes=3 commands=1 "
                   "version=2.1.329\nready\n");
    assert_written(c, "");
    (void)claude_end(&end);
}

static void start_in_mode(struct claude *c, const char *mode)
{
    struct provider_launch launch = claude_launch();

    launch.mode = mode;
    launch.may_bypass = true;
    claude_start(c, &launch);
    says(c, INITIALIZED);
    free(written(c));
}

static void a_wanted_mode_is_confirmed_before_ready(void **state)
{
    struct claude *c = NEW(struct claude);
    void *end = c;

    (void)state;
    start_in_mode(c, "bypassPermissions");
    assert_told(c, "session model=default mode=default models=2 modes=4 commands=1 "
                   "version=2.1.329\n");
    says(c, "{'type':'control_response','response':{'subtype':'success','request_id':'host-2',"
            "'response':{'mode':'bypassPermissions'}}}");
    assert_told(c, "session model=default mode=bypassPermissions models=2 modes=4 commands=1 "
                   "version=2.1.329\nready\n");
    (void)claude_end(&end);
}

static void a_refused_mode_does_not_end_the_start(void **state)
{
    struct claude *c = NEW(struct claude);
    void *end = c;

    (void)state;
    start_in_mode(c, "bypassPermissions");
    free(told(c));
    says(c, "{'type':'control_response','response':{'subtype':'error','request_id':'host-2',"
            "'error':'not launched with it'}}");
    assert_told(c, "setting mode REFUSED not launched with it\nready\n");
    (void)claude_end(&end);
}

static void an_error_before_ready_is_a_failed_start(void **state)
{
    static const char RESULT[] =
        "{'type':'result','subtype':'error_during_execution','is_error':true,"
        "'errors':['No conversation found with session ID: x']}";
    struct provider_launch launch = claude_launch();

    (void)state;
    for (int resume = 0; resume < 2; resume++) {
        struct claude *c = NEW(struct claude);
        void *end = c;

        launch.resume = resume == 1;
        claude_start(c, &launch);
        says(c, RESULT);
        assert_told(c,
                    resume == 1
                        ? "start failed RESUME_FAILED: No conversation found with session ID: x\n"
                        : "start failed START_FAILED: No conversation found with session ID: x\n");
        (void)claude_end(&end);
    }
}

static void a_refused_introduction_is_a_failed_start(void **state)
{
    struct claude *c = NEW(struct claude);
    struct provider_launch launch = claude_launch();
    void *end = c;

    (void)state;
    claude_start(c, &launch);
    says(c, "{'type':'control_response','response':{'subtype':'error','request_id':'host-1',"
            "'error':'too old'}}");
    assert_told(c, "start failed START_FAILED: too old\n");
    (void)claude_end(&end);
}

static void settings_are_confirmed_or_refused_with_the_clis_words(void **state)
{
    struct claude *c = *state;

    PROVIDER_CLAUDE.set_model(c->session, "small");
    assert_written(c, "{'type':'control_request','request_id':'host-2','request':"
                      "{'subtype':'set_model','model':'small'}}\n");
    says(c, "{'type':'control_response','response':{'subtype':'success','request_id':'host-2',"
            "'response':{'model':'small-1'}}}");
    assert_told(c, "session model=small mode=default models=2 modes=3 commands=1 "
                   "version=2.1.329\nsetting model  \n");

    PROVIDER_CLAUDE.set_mode(c->session, "nonsense");
    says(c, "{'response':{'error':'Cannot set permission mode','request_id':'host-3',"
            "'subtype':'error'},'type':'control_response'}");
    assert_told(c, "setting mode REFUSED Cannot set permission mode\n");

    free(written(c));
    PROVIDER_CLAUDE.set_model(c->session, "default");
    assert_written(c, "{'type':'control_request','request_id':'host-4','request':"
                      "{'subtype':'set_model'}}\n");
}

static void a_mode_that_the_cli_changes_itself_is_told(void **state)
{
    struct claude *c = *state;

    says(c, "{'type':'system','subtype':'status','status':null,'permissionMode':'plan'}");
    assert_told(c, "session model=default mode=plan models=2 modes=3 commands=1 "
                   "version=2.1.329\n");
    says(c, "{'type':'system','subtype':'status','status':null,'permissionMode':'plan'}");
    assert_told(c, "");
}

static void inputs_are_sent_with_a_uuid_and_taken_by_it(void **state)
{
    struct claude *c = *state;
    CLEANUP(free_p) char *want = NULL;
    CLEANUP(free_p) char *started = NULL;

    PROVIDER_CLAUDE.send(c->session, "AAAAAAAAAAAAAAAAAAAAAA", "say \"hi\"\n\xe2\x82\xac");
    want = must_printf("{'type':'user','message':{'role':'user','content':"
                       "'say \\'hi\\'\\n\xe2\x82\xac'},'parent_tool_use_id':null,'uuid':'%s'}\n",
                       uuid_from_id("AAAAAAAAAAAAAAAAAAAAAA").s);
    assert_written(c, want);
    started = must_printf("{'type':'command_lifecycle','state':'started','command_uuid':'%s'}",
                          uuid_from_id("AAAAAAAAAAAAAAAAAAAAAA").s);
    says(c, started);
    assert_told(c, "taken AAAAAAAAAAAAAAAAAAAAAA\n");
    says(c, started);
    assert_told(c, "");
}

static void inputs_that_the_cli_joins_are_all_taken(void **state)
{
    struct claude *c = *state;
    CLEANUP(free_p)
    char *replay =
        must_printf("{'type':'user','isReplay':true,'uuid':'%s','message':{'content':'x'}}",
                    uuid_from_id("CCCCCCCCCCCCCCCCCCCCCC").s);

    PROVIDER_CLAUDE.send(c->session, "AAAAAAAAAAAAAAAAAAAAAA", "one");
    PROVIDER_CLAUDE.send(c->session, "BBBBBBBBBBBBBBBBBBBBBB", "two");
    PROVIDER_CLAUDE.send(c->session, "CCCCCCCCCCCCCCCCCCCCCC", "three");
    PROVIDER_CLAUDE.send(c->session, "DDDDDDDDDDDDDDDDDDDDDD", "four");
    says(c, replay);
    assert_told(c, "taken AAAAAAAAAAAAAAAAAAAAAA\ntaken BBBBBBBBBBBBBBBBBBBBBB\n"
                   "taken CCCCCCCCCCCCCCCCCCCCCC\n");
}

static void a_cancelled_input_is_not_taken(void **state)
{
    struct claude *c = *state;
    CLEANUP(free_p)
    char *cancelled =
        must_printf("{'type':'command_lifecycle','state':'cancelled','command_uuid':'%s'}",
                    uuid_from_id("AAAAAAAAAAAAAAAAAAAAAA").s);

    PROVIDER_CLAUDE.send(c->session, "AAAAAAAAAAAAAAAAAAAAAA", "one");
    says(c, cancelled);
    says(c, "{'type':'system','subtype':'init'}");
    says(c, "{'type':'result','subtype':'success','is_error':false}");
    assert_told(c, "turn started\nturn ok stop=completed calls=0 error= []\nturn ended\n");
}

static void versions_that_tell_of_no_input_are_understood(void **state)
{
    struct claude *c = *state;
    CLEANUP(free_p)
    char *replay =
        must_printf("{'type':'user','isReplay':true,'uuid':'%s','message':{'content':'x'}}",
                    uuid_from_id("AAAAAAAAAAAAAAAAAAAAAA").s);

    PROVIDER_CLAUDE.send(c->session, "AAAAAAAAAAAAAAAAAAAAAA", "hello");
    says(c, "{'type':'system','subtype':'init'}");
    says(c, replay);
    says(c, "{'type':'result','subtype':'success','is_error':false}");
    assert_told(c, "turn started\ntaken AAAAAAAAAAAAAAAAAAAAAA\n"
                   "turn ok stop=completed calls=0 error= []\nturn ended\n");
    /* a command of the CLI itself is not even repeated; a turn of its own takes no input */
    PROVIDER_CLAUDE.send(c->session, "BBBBBBBBBBBBBBBBBBBBBB", "/model");
    says(c, "{'type':'result','subtype':'success','origin':{'kind':'task-notification'}}");
    assert_told(c, "turn started\nturn ok stop=completed calls=0 error= []\nturn ended\n");
    says(c, "{'type':'result','subtype':'success','local_command':'model'}");
    assert_told(c, "turn started\ntaken BBBBBBBBBBBBBBBBBBBBBB\n"
                   "turn ok stop=completed calls=0 error= []\nturn ended\n");
    PROVIDER_CLAUDE.interrupt(c->session);
    says(c, "{'type':'control_response','response':{'subtype':'success','request_id':'host-2'}}");
    assert_told(c, "interrupted\n");
}

static void turns_may_start_without_the_host(void **state)
{
    struct claude *c = *state;

    says(c, "{'type':'system','subtype':'session_state_changed','state':'running'}");
    says(c, "{'type':'system','subtype':'init'}");
    assert_told(c, "turn started\n");
    says(c, "{'type':'result','subtype':'success','is_error':false,"
            "'origin':{'kind':'task-notification'}}");
    assert_told(c, "turn ok stop=completed calls=0 error= []\nturn ended\n");
    says(c, "{'type':'system','subtype':'session_state_changed','state':'idle'}");
    assert_told(c, "");
    /* a state that ends without a result */
    says(c, "{'type':'system','subtype':'session_state_changed','state':'requires_action'}");
    says(c, "{'type':'system','subtype':'session_state_changed','state':'idle'}");
    assert_told(c, "turn started\nturn ended\n");
}

static void lines_of_a_background_agent_start_no_turn(void **state)
{
    struct claude *c = *state;

    says(c, "{'type':'assistant','parent_tool_use_id':'t1','message':{'id':'m',"
            "'content':[{'type':'text','text':'report'}]}}");
    assert_told(c, "in t1:\ntext report\n");
}

static void an_interrupt_is_confirmed_and_cancels_what_the_cli_queued(void **state)
{
    struct claude *c = *state;

    says(c, "{'type':'system','subtype':'init'}");
    PROVIDER_CLAUDE.interrupt(c->session);
    assert_written(c, "{'type':'control_request','request_id':'host-2','request':"
                      "{'subtype':'interrupt','cancel_queued':true}}\n");
    says(c, "{'type':'control_response','response':{'subtype':'success','request_id':'host-2'}}");
    says(c, "{'type':'user','message':{'content':[{'type':'text',"
            "'text':'[Request interrupted by user]'}]}}");
    says(c, "{'type':'result','subtype':'error_during_execution','is_error':true,"
            "'errors':['[ede_diagnostic] x']}");
    assert_told(c, "turn started\ninterrupted\n"
                   "turn failed stop=interrupted calls=0 error= []\nturn ended\n");
}

static void a_new_conversation_has_a_new_session(void **state)
{
    struct claude *c = *state;

    says(c, "{'type':'conversation_reset','new_conversation_id':'11111111-0000-4000-8000-0'}");
    assert_told(c, "notice 2 \nsession model=default mode=default models=2 modes=3 commands=1 "
                   "version=2.1.329\n");
}

static void the_end_closes_the_input(void **state)
{
    struct claude *c = *state;

    assert_false(c->trace.input_closed);
    PROVIDER_CLAUDE.end(c->session);
    assert_true(c->trace.input_closed);
}

static void requests_that_nobody_serves_are_answered(void **state)
{
    struct claude *c = *state;

    says(c, "{'type':'control_request','request_id':'r1','request':{'subtype':'hook_callback'}}");
    assert_written(c, "{'type':'control_response','response':{'subtype':'error',"
                      "'request_id':'r1','error':'not supported by this host'}}\n");
    assert_told(c, "");
}

static void garbage_is_shown_and_harms_nothing(void **state)
{
    struct claude *c = *state;

    says(c, "Segmentation fault");
    says(c, "[]");
    says(c, "{'no':'type'}");
    assert_told(c, "notice 13 \nnotice 13 \nnotice 13 \n");
    assert_int_equal(c->trace.unknown, 3);
    /* a new kind of line is shown once, or it would flood the chat */
    says(c, "{'type':'brand_new'}");
    says(c, "{'type':'brand_new'}");
    assert_told(c, "notice 13 \n");
    says(c, "{'type':'system','subtype':'brand_new'}");
    says(c, "{'type':'keep_alive'}");
    assert_told(c, "");
}

static void a_line_beyond_the_limit_is_cut_and_noted_and_the_next_is_read(void **state)
{
    enum { CHUNK = 1024 * 1024 };
    struct claude *c = *state;
    CLEANUP(free_p) uint8_t *chunk = must_alloc(CHUNK);

    memset(chunk, 'x', CHUNK);
    for (int i = 0; i < 65; i++) {
        PROVIDER_CLAUDE.feed(c->session, (struct bytes){ .p = chunk, .n = CHUNK }, 1);
    }
    says(c, "");
    says(c, "{'type':'assistant','message':{'id':'m','content':[{'type':'text','text':'hi'}]}}");
    assert_told(c, "notice 13 A line of 68157440 octets was cut.\nturn started\ntext hi\n");
}

static void members_of_the_wrong_type_harm_nothing(void **state)
{
    static const char *const TYPES[] = { "assistant",        "user",
                                         "system",           "result",
                                         "stream_event",     "control_request",
                                         "control_response", "rate_limit_event" };
    static const char *const BODIES[] = { "'message':5",
                                          "'message':{'content':7}",
                                          "'message':{'content':[1,null,{}]}",
                                          "'event':[]",
                                          "'request':'x'",
                                          "'response':[1]",
                                          "'usage':[],'modelUsage':3,'errors':{},'is_error':'x'",
                                          "'subtype':4" };
    struct claude *c = *state;

    for (size_t t = 0; t < ARRAY_LEN(TYPES); t++) {
        for (size_t b = 0; b < ARRAY_LEN(BODIES); b++) {
            CLEANUP(free_p) char *line = must_printf("{'type':'%s',%s}", TYPES[t], BODIES[b]);

            says(c, line);
        }
    }
    says(c, "{'type':'assistant','message':{'id':'m','content':[{'type':'text','text':'hi'}]}}");
    {
        CLEANUP(free_p) char *text = told(c);

        assert_non_null(strstr(text, "text hi\n"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_command_says_all_that_is_wanted),
        cmocka_unit_test(a_session_is_ready_when_the_cli_has_introduced_itself),
        cmocka_unit_test(a_wanted_mode_is_confirmed_before_ready),
        cmocka_unit_test(a_refused_mode_does_not_end_the_start),
        cmocka_unit_test(an_error_before_ready_is_a_failed_start),
        cmocka_unit_test(a_refused_introduction_is_a_failed_start),
        cmocka_unit_test_setup_teardown(settings_are_confirmed_or_refused_with_the_clis_words,
                                        claude_begin, claude_end),
        cmocka_unit_test_setup_teardown(a_mode_that_the_cli_changes_itself_is_told, claude_begin,
                                        claude_end),
        cmocka_unit_test_setup_teardown(inputs_are_sent_with_a_uuid_and_taken_by_it, claude_begin,
                                        claude_end),
        cmocka_unit_test_setup_teardown(inputs_that_the_cli_joins_are_all_taken, claude_begin,
                                        claude_end),
        cmocka_unit_test_setup_teardown(a_cancelled_input_is_not_taken, claude_begin, claude_end),
        cmocka_unit_test_setup_teardown(versions_that_tell_of_no_input_are_understood, claude_begin,
                                        claude_end),
        cmocka_unit_test_setup_teardown(turns_may_start_without_the_host, claude_begin, claude_end),
        cmocka_unit_test_setup_teardown(lines_of_a_background_agent_start_no_turn, claude_begin,
                                        claude_end),
        cmocka_unit_test_setup_teardown(an_interrupt_is_confirmed_and_cancels_what_the_cli_queued,
                                        claude_begin, claude_end),
        cmocka_unit_test_setup_teardown(a_new_conversation_has_a_new_session, claude_begin,
                                        claude_end),
        cmocka_unit_test_setup_teardown(the_end_closes_the_input, claude_begin, claude_end),
        cmocka_unit_test_setup_teardown(requests_that_nobody_serves_are_answered, claude_begin,
                                        claude_end),
        cmocka_unit_test_setup_teardown(garbage_is_shown_and_harms_nothing, claude_begin,
                                        claude_end),
        cmocka_unit_test_setup_teardown(
            a_line_beyond_the_limit_is_cut_and_noted_and_the_next_is_read, claude_begin,
            claude_end),
        cmocka_unit_test_setup_teardown(members_of_the_wrong_type_harm_nothing, claude_begin,
                                        claude_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
