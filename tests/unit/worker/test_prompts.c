/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "worker/agent/prompt_text.h"

static char first[] = "Which one?";
static char second[] = "Which ones?";
static char label_a[] = "a";
static char label_b[] = "b";
static char *one_label[] = { label_a };
static char *two_labels[] = { label_a, label_b };

/* Two questions: one answer or free text; several answers. */
struct asked {
    Leapmux__V1__Question questions[2];
    Leapmux__V1__Question *list[2];
    Leapmux__V1__QuestionPrompt body;
    Leapmux__V1__Prompt prompt;
};

static void ask(struct asked *a)
{
    leapmux__v1__question__init(&a->questions[0]);
    leapmux__v1__question__init(&a->questions[1]);
    a->questions[0].text = first;
    a->questions[0].free_text = true;
    a->questions[1].text = second;
    a->questions[1].multiple = true;
    a->list[0] = &a->questions[0];
    a->list[1] = &a->questions[1];
    leapmux__v1__question_prompt__init(&a->body);
    a->body.n_questions = 2;
    a->body.questions = a->list;
    leapmux__v1__prompt__init(&a->prompt);
    a->prompt.body_case = LEAPMUX__V1__PROMPT__BODY_QUESTION;
    a->prompt.question = &a->body;
}

struct replied {
    Leapmux__V1__QuestionReply replies[2];
    Leapmux__V1__QuestionReply *list[2];
    Leapmux__V1__QuestionAnswer body;
    Leapmux__V1__AnswerPromptRequest request;
};

static void reply(struct replied *r, size_t n)
{
    leapmux__v1__question_reply__init(&r->replies[0]);
    leapmux__v1__question_reply__init(&r->replies[1]);
    r->replies[0].n_labels = 1;
    r->replies[0].labels = one_label;
    r->replies[1].n_labels = 2;
    r->replies[1].labels = two_labels;
    r->list[0] = &r->replies[0];
    r->list[1] = &r->replies[1];
    leapmux__v1__question_answer__init(&r->body);
    r->body.n_replies = n;
    r->body.replies = r->list;
    leapmux__v1__answer_prompt_request__init(&r->request);
    r->request.answer_case = LEAPMUX__V1__ANSWER_PROMPT_REQUEST__ANSWER_QUESTION;
    r->request.question = &r->body;
}

static void every_question_needs_an_answer_that_it_allows(void **state)
{
    struct asked a;
    struct replied r;
    char other[] = "something else";
    struct err e;

    (void)state;
    ask(&a);
    reply(&r, 2);
    assert_true(prompt_answer_check(&a.prompt, &r.request, &e));
    reply(&r, 1);
    assert_false(prompt_answer_check(&a.prompt, &r.request, &e));
    assert_string_equal(e.reason, "INVALID");
    reply(&r, 2);
    r.replies[0].n_labels = 0;
    assert_false(prompt_answer_check(&a.prompt, &r.request, &e));
    r.replies[0].other = other;
    assert_true(prompt_answer_check(&a.prompt, &r.request, &e));
    reply(&r, 2);
    r.replies[0].n_labels = 2;
    r.replies[0].labels = two_labels;
    assert_false(prompt_answer_check(&a.prompt, &r.request, &e));
    reply(&r, 2);
    r.replies[1].other = other;
    assert_false(prompt_answer_check(&a.prompt, &r.request, &e));
    reply(&r, 0);
    r.body.decline = true;
    assert_true(prompt_answer_check(&a.prompt, &r.request, &e));
}

static void an_answer_of_another_kind_does_not_fit(void **state)
{
    struct asked a;
    struct replied r;
    Leapmux__V1__PlanAnswer plan = LEAPMUX__V1__PLAN_ANSWER__INIT;
    struct err e;

    (void)state;
    ask(&a);
    reply(&r, 2);
    r.request.answer_case = LEAPMUX__V1__ANSWER_PROMPT_REQUEST__ANSWER_PLAN;
    r.request.plan = &plan;
    assert_false(prompt_answer_check(&a.prompt, &r.request, &e));
    assert_string_equal(e.field, "answer");
    leapmux__v1__answer_prompt_request__init(&r.request);
    assert_false(prompt_answer_check(&a.prompt, &r.request, &e));
}

static void a_choice_must_have_been_offered(void **state)
{
    Leapmux__V1__PermissionOption option = LEAPMUX__V1__PERMISSION_OPTION__INIT;
    Leapmux__V1__PermissionOption *options[] = { &option };
    Leapmux__V1__PermissionPrompt permission = LEAPMUX__V1__PERMISSION_PROMPT__INIT;
    Leapmux__V1__Prompt prompt = LEAPMUX__V1__PROMPT__INIT;
    Leapmux__V1__PermissionAnswer answer = LEAPMUX__V1__PERMISSION_ANSWER__INIT;
    Leapmux__V1__AnswerPromptRequest request = LEAPMUX__V1__ANSWER_PROMPT_REQUEST__INIT;
    struct err e;

    (void)state;
    option.choice = LEAPMUX__V1__PERMISSION_CHOICE__PERMISSION_CHOICE_DENY;
    permission.n_options = 1;
    permission.options = options;
    prompt.body_case = LEAPMUX__V1__PROMPT__BODY_PERMISSION;
    prompt.permission = &permission;
    request.answer_case = LEAPMUX__V1__ANSWER_PROMPT_REQUEST__ANSWER_PERMISSION;
    request.permission = &answer;
    answer.choice = LEAPMUX__V1__PERMISSION_CHOICE__PERMISSION_CHOICE_ALLOW_ALWAYS;
    assert_false(prompt_answer_check(&prompt, &request, &e));
    answer.choice = LEAPMUX__V1__PERMISSION_CHOICE__PERMISSION_CHOICE_DENY;
    assert_true(prompt_answer_check(&prompt, &request, &e));
}

static void a_mode_must_have_been_offered(void **state)
{
    char mode[] = "acceptEdits";
    char bypass[] = "bypassPermissions";
    char *modes[] = { mode };
    Leapmux__V1__PlanPrompt plan = LEAPMUX__V1__PLAN_PROMPT__INIT;
    Leapmux__V1__Prompt prompt = LEAPMUX__V1__PROMPT__INIT;
    Leapmux__V1__PlanAnswer answer = LEAPMUX__V1__PLAN_ANSWER__INIT;
    Leapmux__V1__AnswerPromptRequest request = LEAPMUX__V1__ANSWER_PROMPT_REQUEST__INIT;
    struct err e;

    (void)state;
    plan.n_modes = 1;
    plan.modes = modes;
    prompt.body_case = LEAPMUX__V1__PROMPT__BODY_PLAN;
    prompt.plan = &plan;
    request.answer_case = LEAPMUX__V1__ANSWER_PROMPT_REQUEST__ANSWER_PLAN;
    request.plan = &answer;
    answer.approve = true;
    answer.mode = bypass;
    assert_false(prompt_answer_check(&prompt, &request, &e));
    answer.mode = mode;
    assert_true(prompt_answer_check(&prompt, &request, &e));
    answer.approve = false;
    answer.mode = bypass;
    assert_true(prompt_answer_check(&prompt, &request, &e));
}

static void summaries_are_one_clean_line(void **state)
{
    CLEANUP(arena_done) struct arena arena = { 0 };
    struct asked a;
    struct replied r;
    char text[3000];

    (void)state;
    ask(&a);
    memset(text, 'x', sizeof(text) - 1);
    memcpy(text, "a\nb\x1b[31m  c", 11);
    text[sizeof(text) - 1] = '\0';
    a.questions[0].text = text;
    assert_true(strlen(prompt_summary(&a.prompt, &arena)) <= PROMPT_LINE_MAX);
    assert_null(strchr(prompt_summary(&a.prompt, &arena), '\n'));
    assert_null(strchr(prompt_summary(&a.prompt, &arena), '\x1b'));
    reply(&r, 2);
    assert_string_equal(prompt_answer_summary(&r.request, &arena), "a, a, b");
    r.body.decline = true;
    r.body.text = text;
    assert_true(strncmp(prompt_answer_summary(&r.request, &arena), "Declined: a", 11) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_question_needs_an_answer_that_it_allows),
        cmocka_unit_test(an_answer_of_another_kind_does_not_fit),
        cmocka_unit_test(a_choice_must_have_been_offered),
        cmocka_unit_test(a_mode_must_have_been_offered),
        cmocka_unit_test(summaries_are_one_clean_line),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
