/* SPDX-License-Identifier: Apache-2.0 */
/* Permissions, questions and plans: what is asked, and what goes back for each answer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "claude_session.h"

static const char TOUCH[] =
    "{'type':'control_request','request_id':'r1','request':{'subtype':'can_use_tool',"
    "'tool_name':'Bash','tool_use_id':'t1','input':{'command':'touch a'},"
    "'permission_suggestions':["
    "{'type':'addRules','rules':[{'toolName':'Bash','ruleContent':'touch *'}],"
    "'behavior':'allow','destination':'localSettings'},"
    "{'type':'addDirectories','directories':['/work'],'destination':'session'},"
    "{'type':'setMode','mode':'acceptEdits','destination':'session'}]}}";

static void answer_permission(struct claude *c, Leapmux__V1__PermissionChoice choice,
                              const char *text)
{
    Leapmux__V1__PermissionAnswer answer = LEAPMUX__V1__PERMISSION_ANSWER__INIT;
    const struct traced_prompt *asked = &c->trace.prompts[c->trace.n_prompts - 1];
    struct provider_answer a = { .ref = asked->ref,
                                 .data = bytes_of(asked->data),
                                 .permission = &answer };

    answer.choice = choice;
    answer.text = (char *)text;
    PROVIDER_CLAUDE.answer(c->session, &a);
}

#define RESPONSE(body)                                                                             \
    "{'type':'control_response','response':{'subtype':'success','request_id':'r1',"                \
    "'response':" body "}}\n"

static void a_command_is_asked_with_its_rules_in_words(void **state)
{
    struct claude *c = *state;

    says(c, TOUCH);
    assert_told(c, "prompt Bash Run this command? options: 1 2<Bash(touch *)> 3<Bash(touch *)> "
                   "5\n");
}

static void each_permission_has_its_answer(void **state)
{
    static const struct {
        Leapmux__V1__PermissionChoice choice;
        const char *text;
        const char *response;
    } CASES[] = {
        { LEAPMUX__V1__PERMISSION_CHOICE__PERMISSION_CHOICE_ALLOW_ONCE, "",
          RESPONSE("{'behavior':'allow','updatedInput':{'command':'touch a'}}") },
        { LEAPMUX__V1__PERMISSION_CHOICE__PERMISSION_CHOICE_ALLOW_SESSION, "",
          RESPONSE("{'behavior':'allow','updatedInput':{'command':'touch a'},"
                   "'updatedPermissions':[{'type':'addRules','rules':[{'toolName':'Bash',"
                   "'ruleContent':'touch *'}],'behavior':'allow','destination':'session'}]}") },
        { LEAPMUX__V1__PERMISSION_CHOICE__PERMISSION_CHOICE_ALLOW_ALWAYS, "",
          RESPONSE("{'behavior':'allow','updatedInput':{'command':'touch a'},"
                   "'updatedPermissions':[{'type':'addRules','rules':[{'toolName':'Bash',"
                   "'ruleContent':'touch *'}],'behavior':'allow',"
                   "'destination':'localSettings'}]}") },
        { LEAPMUX__V1__PERMISSION_CHOICE__PERMISSION_CHOICE_ALLOW_AND_BYPASS, "",
          RESPONSE("{'behavior':'allow','updatedInput':{'command':'touch a'},"
                   "'updatedPermissions':[{'type':'setMode','mode':'bypassPermissions',"
                   "'destination':'session'}]}") },
        { LEAPMUX__V1__PERMISSION_CHOICE__PERMISSION_CHOICE_DENY, "",
          RESPONSE("{'behavior':'deny','message':'The user denied this action.'}") },
        { LEAPMUX__V1__PERMISSION_CHOICE__PERMISSION_CHOICE_DENY, "use mkdir",
          RESPONSE("{'behavior':'deny','message':'use mkdir'}") },
        { LEAPMUX__V1__PERMISSION_CHOICE__PERMISSION_CHOICE_UNSPECIFIED, "",
          RESPONSE("{'behavior':'deny','message':'The user denied this action.'}") },
    };
    struct claude *c = *state;

    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        says(c, TOUCH);
        answer_permission(c, CASES[i].choice, CASES[i].text);
        assert_written(c, CASES[i].response);
    }
}

static void without_rules_a_session_gets_what_the_cli_suggests_for_it(void **state)
{
    struct claude *c = *state;

    says(c, "{'type':'control_request','request_id':'r1','request':{'subtype':'can_use_tool',"
            "'tool_name':'Write','tool_use_id':'t1','input':{'file_path':'/work/a','content':'x'},"
            "'permission_suggestions':[{'type':'setMode','mode':'acceptEdits',"
            "'destination':'session'}]}}");
    assert_told(c, "prompt Write Write this file? options: 1 2<mode acceptEdits> 5\n");
    answer_permission(c, LEAPMUX__V1__PERMISSION_CHOICE__PERMISSION_CHOICE_ALLOW_SESSION, "");
    assert_written(c, RESPONSE("{'behavior':'allow','updatedInput':{'file_path':'/work/a',"
                               "'content':'x'},'updatedPermissions':[{'type':'setMode',"
                               "'mode':'acceptEdits','destination':'session'}]}"));
}

static void what_cannot_be_kept_is_not_offered(void **state)
{
    struct claude *c = *state;

    says(c, "{'type':'control_request','request_id':'r1','request':{'subtype':'can_use_tool',"
            "'tool_name':'mcp__mux__open_tab','input':{},'tool_use_id':'t1'}}");
    assert_told(c, "prompt mcp__mux__open_tab Use the tool open_tab (mux)? options: 1 5\n");
    says(c, "{'type':'control_request','request_id':'r2','request':{'subtype':'can_use_tool',"
            "'tool_name':'Bash','input':{'command':'x'},'suppress_always_allow_rule':true,"
            "'permission_suggestions':[{'type':'addRules','rules':[{'toolName':'Bash'}],"
            "'destination':'userSettings'}]}}");
    assert_told(c, "prompt Bash Run this command? options: 1 2<Bash> 5\n");
}

static void bypass_is_offered_where_the_process_allows_it(void **state)
{
    struct claude *c = *state;

    says(c, TOUCH);
    assert_told(c, "prompt Bash Run this command? options: 1 2<Bash(touch *)> 3<Bash(touch *)> "
                   "4 5\n");
}

static void a_withdrawn_prompt_is_told(void **state)
{
    struct claude *c = *state;

    says(c, TOUCH);
    free(told(c));
    says(c, "{'type':'control_cancel_request','request_id':'r1'}");
    assert_told(c, "withdrawn\n");
}

static void a_prompt_of_a_sub_agent_names_its_task(void **state)
{
    struct claude *c = *state;

    says(c, "{'type':'system','subtype':'task_started','task_id':'a1','description':'Survey'}");
    says(c, "{'type':'control_request','request_id':'r1','request':{'subtype':'can_use_tool',"
            "'tool_name':'Bash','tool_use_id':'t1','agent_id':'a1','input':{'command':'x'}}}");
    assert_told(c, "prompt Bash Run this command? task=Survey options: 1 5\n");
}

/* --- questions --- */

static const char QUESTIONS[] =
    "{'type':'control_request','request_id':'r1','request':{'subtype':'can_use_tool',"
    "'tool_name':'AskUserQuestion','tool_use_id':'t1','input':{'questions':["
    "{'question':'Which?','header':'DB','options':[{'label':'A','description':'a'},"
    "{'label':'B'}],'multiSelect':false},"
    "{'question':'Extras?','header':'X','options':[],'multiSelect':true}]}}}";

static void answer_questions(struct claude *c, bool decline, const char *text)
{
    Leapmux__V1__QuestionAnswer answer = LEAPMUX__V1__QUESTION_ANSWER__INIT;
    Leapmux__V1__QuestionReply one = LEAPMUX__V1__QUESTION_REPLY__INIT;
    Leapmux__V1__QuestionReply two = LEAPMUX__V1__QUESTION_REPLY__INIT;
    Leapmux__V1__QuestionReply *replies[] = { &one, &two };
    char *labels[] = { (char *)"B", (char *)"C" };
    struct provider_answer a = { .ref = c->trace.prompts[0].ref,
                                 .data = bytes_of(c->trace.prompts[0].data),
                                 .question = &answer };

    one.labels = labels;
    one.n_labels = 1;
    two.labels = labels;
    two.n_labels = 2;
    two.other = (char *)"and mine";
    answer.replies = replies;
    answer.n_replies = 2;
    answer.decline = decline;
    answer.text = (char *)text;
    PROVIDER_CLAUDE.answer(c->session, &a);
}

static void questions_are_answered_by_their_text(void **state)
{
    struct claude *c = *state;
    CLEANUP(free_p) char *text = NULL;

    says(c, QUESTIONS);
    assert_told(c, "prompt question 2: Which?\n");
    answer_questions(c, false, "");
    text = written(c);
    assert_non_null(strstr(text, "'answers':{'Which?':'B','Extras?':'B, C, and mine'}"));
    assert_non_null(strstr(text, "'updatedInput':{'questions':["));
}

static void questions_may_be_declined(void **state)
{
    struct claude *c = *state;

    says(c, QUESTIONS);
    answer_questions(c, true, "ask later");
    assert_written(c, RESPONSE("{'behavior':'deny','message':'ask later'}"));
    answer_questions(c, true, "");
    assert_written(
        c, RESPONSE("{'behavior':'deny','message':'The user declined to answer the questions.'}"));
}

static void questions_beyond_what_we_show_are_a_plain_permission(void **state)
{
    struct claude *c = *state;

    says(c, "{'type':'control_request','request_id':'r1','request':{'subtype':'can_use_tool',"
            "'tool_name':'AskUserQuestion','input':{'questions':[1,2,3,4,5,6,7,8,9]}}}");
    assert_told(c, "prompt AskUserQuestion Use the tool AskUserQuestion? options: 1 5\n");
}

/* --- plans --- */

static void ask_plan(struct claude *c)
{
    says(c, "{'type':'assistant','message':{'id':'m','content':[{'type':'tool_use','id':'t1',"
            "'name':'ExitPlanMode','input':{'plan':'# The plan\\n\\n1. do it\\n'}}]}}");
    says(c, "{'type':'control_request','request_id':'r1','request':{'subtype':'can_use_tool',"
            "'tool_name':'ExitPlanMode','input':{},'tool_use_id':'t1'}}");
}

static void answer_plan(struct claude *c, bool approve, const char *mode, bool fresh,
                        const char *feedback)
{
    Leapmux__V1__PlanAnswer answer = LEAPMUX__V1__PLAN_ANSWER__INIT;
    struct provider_answer a = { .ref = c->trace.prompts[0].ref,
                                 .data = bytes_of(c->trace.prompts[0].data),
                                 .plan = &answer };

    answer.approve = approve;
    answer.mode = (char *)mode;
    answer.fresh_context = fresh;
    answer.feedback = (char *)feedback;
    PROVIDER_CLAUDE.answer(c->session, &a);
}

static void a_plan_is_shown_although_the_request_comes_without_it(void **state)
{
    struct claude *c = *state;

    ask_plan(c);
    assert_told(c, "turn started\ncall ExitPlanMode kind=10 The plan\nplan The plan (21 octets)\n"
                   "prompt plan The plan modes=2\n");
}

static void a_plan_comes_from_the_file_that_it_was_written_to(void **state)
{
    struct claude *c = *state;

    says(c, "{'type':'assistant','message':{'id':'m','content':[{'type':'tool_use','id':'t1',"
            "'name':'Write','input':{'file_path':'/home/demo/.claude/plans/x.md',"
            "'content':'# One\\n'}}]}}");
    says(c, "{'type':'user','message':{'content':[{'type':'tool_result','tool_use_id':'t1',"
            "'content':'ok'}]},'tool_use_result':{'type':'create','filePath':"
            "'/home/demo/.claude/plans/x.md','content':'# One\\n','structuredPatch':[]}}");
    free(told(c));
    says(c, "{'type':'assistant','message':{'id':'m','content':[{'type':'tool_use','id':'t2',"
            "'name':'Edit','input':{'file_path':'/home/demo/.claude/plans/x.md',"
            "'old_string':'One','new_string':'Two'}}]}}");
    says(c, "{'type':'user','message':{'content':[{'type':'tool_result','tool_use_id':'t2',"
            "'content':'ok'}]},'tool_use_result':{'filePath':'/home/demo/.claude/plans/x.md',"
            "'oldString':'One','newString':'Two','originalFile':'# One\\n','structuredPatch':[],"
            "'replaceAll':false}}");
    {
        CLEANUP(free_p) char *text = told(c);

        assert_non_null(strstr(text, "plan Two (6 octets)\n"));
    }
    says(c, "{'type':'control_request','request_id':'r1','request':{'subtype':'can_use_tool',"
            "'tool_name':'ExitPlanMode','input':{},'tool_use_id':'t3'}}");
    assert_told(c, "prompt plan Two modes=2\n");
}

static void each_answer_to_a_plan_goes_its_way(void **state)
{
    struct claude *c = *state;

    ask_plan(c);
    answer_plan(c, true, "acceptEdits", false, "");
    assert_written(c,
                   RESPONSE("{'behavior':'allow','updatedInput':{},'updatedPermissions':["
                            "{'type':'setMode','mode':'acceptEdits','destination':'session'}]}"));
    answer_plan(c, true, "", false, "");
    assert_written(c, RESPONSE("{'behavior':'allow','updatedInput':{},'updatedPermissions':["
                               "{'type':'setMode','mode':'default','destination':'session'}]}"));
    answer_plan(c, false, "", false, "add tests");
    assert_written(c, RESPONSE("{'behavior':'deny','message':'add tests'}"));
    answer_plan(c, false, "", false, "");
    assert_written(c, RESPONSE("{'behavior':'deny','message':'The user wants to keep planning.'}"));
    answer_plan(c, true, "default", true, "");
    assert_written(c, RESPONSE("{'behavior':'deny','message':'The user approved the plan and "
                               "carries it out in a new session.','interrupt':true}"));
}

static void an_answer_with_damaged_data_allows_nothing(void **state)
{
    struct claude *c = *state;
    Leapmux__V1__PermissionAnswer answer = LEAPMUX__V1__PERMISSION_ANSWER__INIT;
    struct provider_answer a = { .ref = "r1", .data = bytes_of("not json"), .permission = &answer };

    answer.choice = LEAPMUX__V1__PERMISSION_CHOICE__PERMISSION_CHOICE_ALLOW_ALWAYS;
    PROVIDER_CLAUDE.answer(c->session, &a);
    assert_written(c, RESPONSE("{'behavior':'deny','message':'The user denied this action.'}"));
}

static void a_denied_call_is_told_as_denied(void **state)
{
    struct claude *c = *state;

    says(c, "{'type':'assistant','message':{'id':'m','content':[{'type':'tool_use','id':'t1',"
            "'name':'Bash','input':{'command':'touch a'}}]}}");
    says(c, TOUCH);
    free(told(c));
    answer_permission(c, LEAPMUX__V1__PERMISSION_CHOICE__PERMISSION_CHOICE_DENY, "");
    says(c, "{'type':'user','message':{'content':[{'type':'tool_result','tool_use_id':'t1',"
            "'is_error':true,'content':'The user denied this action.'}]},"
            "'tool_use_result':'Error: The user denied this action.'}");
    assert_told(c, "result failed denied hits=0 parts: ansi\n");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, claude_begin, claude_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_command_is_asked_with_its_rules_in_words),
        TEST(each_permission_has_its_answer),
        TEST(without_rules_a_session_gets_what_the_cli_suggests_for_it),
        TEST(what_cannot_be_kept_is_not_offered),
        cmocka_unit_test_setup_teardown(bypass_is_offered_where_the_process_allows_it,
                                        claude_begin_bypass, claude_end),
        TEST(a_withdrawn_prompt_is_told),
        TEST(a_prompt_of_a_sub_agent_names_its_task),
        TEST(questions_are_answered_by_their_text),
        TEST(questions_may_be_declined),
        TEST(questions_beyond_what_we_show_are_a_plain_permission),
        TEST(a_plan_is_shown_although_the_request_comes_without_it),
        TEST(a_plan_comes_from_the_file_that_it_was_written_to),
        TEST(each_answer_to_a_plan_goes_its_way),
        TEST(an_answer_with_damaged_data_allows_nothing),
        TEST(a_denied_call_is_told_as_denied),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
