/* SPDX-License-Identifier: Apache-2.0 */
/* The end of a turn: usage, result, errors, limits, notices. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "claude_session.h"

static void a_turn_ends_with_usage_and_result(void **state)
{
    struct claude *c = *state;

    says(c, "{'type':'system','subtype':'init','model':'small-1'}");
    says(c, "{'type':'stream_event','event':{'type':'message_delta','usage':{'input_tokens':100,"
            "'cache_read_input_tokens':20,'cache_creation_input_tokens':3,'output_tokens':7}}}");
    free(told(c));
    says(c, "{'total_cost_usd':0.0112,'usage':{'input_tokens':200,'output_tokens':80},"
            "'modelUsage':{'big-1':{'contextWindow':9},'small-1':{'contextWindow':200000}},"
            "'is_error':false,'terminal_reason':'completed','duration_ms':991,"
            "'subtype':'success','type':'result'}");
    assert_told(c, "usage in=200 out=80 context=130/200000 cost=11200\n"
                   "turn ok stop=completed calls=0 error= []\nturn ended\n");
}

static void the_size_of_a_sub_agents_context_is_not_the_agents(void **state)
{
    struct claude *c = *state;

    says(c, "{'type':'stream_event','parent_tool_use_id':'t','event':{'type':'message_delta',"
            "'usage':{'input_tokens':100}}}");
    says(c, "{'type':'result','usage':{'input_tokens':1},'subtype':'success'}");
    assert_told(c, "turn started\nusage in=1 out=0 context=0/0 cost=0\n"
                   "turn ok stop=completed calls=0 error= []\nturn ended\n");
}

static void is_error_counts_and_not_the_subtype(void **state)
{
    static const struct {
        const char *error; /* of the synthetic answer; "" for none */
        const char *result;
        const char *want;
    } CASES[] = {
        { "authentication_failed",
          "'subtype':'success','is_error':true,'terminal_reason':'api_error',"
          "'result':'Not logged in'",
          "turn failed stop=api_error calls=0 error=Not logged in [NOT_LOGGED_IN]\n" },
        { "rate_limit",
          "'subtype':'success','is_error':true,'terminal_reason':'api_error','result':'slow'",
          "turn failed stop=api_error calls=0 error=slow [RATE_LIMITED]\n" },
        { "server_error",
          "'subtype':'success','is_error':true,'terminal_reason':'api_error',"
          "'api_error_status':529,'result':'busy'",
          "turn failed stop=api_error calls=0 error=busy [OVERLOADED]\n" },
        { "something_new", "'subtype':'success','is_error':true,'result':'x'",
          "turn failed stop=api_error calls=0 error=x []\n" },
        { "", "'subtype':'error_max_turns','is_error':true,'errors':['Reached the maximum']",
          "turn failed stop=max_turns calls=0 error=Reached the maximum [MAX_TURNS]\n" },
        { "",
          "'subtype':'success','is_error':true,'terminal_reason':'prompt_too_long',"
          "'result':'Prompt is too long'",
          "turn failed stop=prompt_too_long calls=0 error=Prompt is too long "
          "[PROMPT_TOO_LONG]\n" },
        { "",
          "'subtype':'error_during_execution','is_error':true,"
          "'errors':['[ede_diagnostic] a=b','disk full']",
          "turn failed stop=error calls=0 error=disk full []\n" },
        { "", "'subtype':'success','is_error':false,'terminal_reason':'aborted_streaming'",
          "turn ok stop=interrupted calls=0 error= []\n" },
        { "",
          "'subtype':'error_during_execution','is_error':true,"
          "'terminal_reason':'aborted_tools','errors':['[ede_diagnostic] x']",
          "turn failed stop=interrupted calls=0 error= []\n" },
    };
    struct claude *c = *state;

    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        CLEANUP(free_p)
        char *answer =
            must_printf("{'type':'assistant','error':'%s','message':{'id':'e','content':["
                        "{'type':'text','text':'words'}]}}",
                        CASES[i].error);
        CLEANUP(free_p) char *result = must_printf("{'type':'result',%s}", CASES[i].result);
        CLEANUP(free_p) char *want = must_printf("turn started\n%sturn ended\n", CASES[i].want);

        if (CASES[i].error[0] != '\0') {
            says(c, answer);
        }
        says(c, result);
        assert_told(c, want);
    }
}

static void top_level_calls_are_counted(void **state)
{
    struct claude *c = *state;
    CLEANUP(free_p) char *text = NULL;

    says(c, "{'type':'assistant','message':{'id':'m','content':[{'type':'tool_use','id':'a',"
            "'name':'Bash','input':{}}]}}");
    says(c, "{'type':'assistant','parent_tool_use_id':'a','message':{'id':'m','content':["
            "{'type':'tool_use','id':'b','name':'Bash','input':{}}]}}");
    says(c, "{'type':'result','subtype':'success'}");
    text = told(c);
    assert_non_null(strstr(text, "turn ok stop=completed calls=1"));
}

static void retries_and_compaction_are_notices(void **state)
{
    struct claude *c = *state;

    says(c, "{'type':'system','subtype':'api_retry','attempt':1,'max_retries':10,"
            "'retry_delay_ms':590,'error':'overloaded'}");
    says(c, "{'type':'system','subtype':'api_retry','error':'never_heard_of'}");
    says(c, "{'type':'system','subtype':'compact_boundary',"
            "'compact_metadata':{'pre_tokens':1240}}");
    says(c, "{'type':'system','subtype':'informational','level':'warning','content':'careful'}");
    says(c, "{'type':'system','subtype':'informational','level':'info','content':'tip'}");
    assert_told(c, "notice 14 The model's service is overloaded.\n"
                   "notice 14 The model's service did not answer.\n"
                   "notice 3 \nnotice 7 careful\n");
}

static void a_limit_is_told_once_until_it_changes(void **state)
{
    static const char LIMIT[] =
        "{'type':'rate_limit_event','rate_limit_info':{'status':'allowed_warning',"
        "'resetsAt':1700000000,'rateLimitType':'five_hour','utilization':0.9}}";
    struct claude *c = *state;

    says(c, LIMIT);
    says(c, LIMIT);
    assert_told(c, "rate limit five_hour allowed_warning 0.90\n");
    says(c, "{'type':'rate_limit_event','rate_limit_info':{'status':'rejected',"
            "'resetsAt':1700000000,'rateLimitType':'five_hour','utilization':100}}");
    assert_told(c, "rate limit five_hour rejected 1.00\n");
}

static void background_tasks_are_counted(void **state)
{
    struct claude *c = *state;

    says(c, "{'type':'system','subtype':'task_started','task_id':'a','is_backgrounded':true}");
    says(c, "{'type':'system','subtype':'task_started','task_id':'b','is_backgrounded':false}");
    assert_told(c, "background 1\n");
    says(c, "{'type':'system','subtype':'task_notification','task_id':'a'}");
    assert_told(c, "background 0\n");
    says(c, "{'type':'system','subtype':'background_tasks_changed','tasks':[{},{}]}");
    says(c, "{'type':'system','subtype':'background_tasks_changed','tasks':[{},{}]}");
    assert_told(c, "background 2\n");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, claude_begin, claude_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_turn_ends_with_usage_and_result),
        TEST(the_size_of_a_sub_agents_context_is_not_the_agents),
        TEST(is_error_counts_and_not_the_subtype),
        TEST(top_level_calls_are_counted),
        TEST(retries_and_compaction_are_notices),
        TEST(a_limit_is_told_once_until_it_changes),
        TEST(background_tasks_are_counted),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
