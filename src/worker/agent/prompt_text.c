/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/agent/prompt_text.h"

#include <string.h>

#include "base/utf8.h"

Leapmux__V1__PromptKind prompt_kind(const Leapmux__V1__Prompt *prompt)
{
    switch (prompt->body_case) {
    case LEAPMUX__V1__PROMPT__BODY_PERMISSION:
        return LEAPMUX__V1__PROMPT_KIND__PROMPT_KIND_PERMISSION;
    case LEAPMUX__V1__PROMPT__BODY_QUESTION:
        return LEAPMUX__V1__PROMPT_KIND__PROMPT_KIND_QUESTION;
    case LEAPMUX__V1__PROMPT__BODY_PLAN:
        return LEAPMUX__V1__PROMPT_KIND__PROMPT_KIND_PLAN;
    default: /* allow: unset, or a kind of another version */
        return LEAPMUX__V1__PROMPT_KIND__PROMPT_KIND_UNSPECIFIED;
    }
}

/* Text without control characters, folded and cut. */
static char *one_line(struct arena *a, const char *text)
{
    struct bytes src = bytes_of(text);
    char *out;

    src.n = utf8_cut(src, (size_t)4 * PROMPT_LINE_MAX);
    out = arena_alloc(a, src.n + 1);
    (void)utf8_clean_title(src, out);
    out[utf8_cut(bytes_of(out), PROMPT_LINE_MAX)] = '\0';
    return out;
}

static char *permission_summary(const Leapmux__V1__PermissionPrompt *p, struct arena *a)
{
    const Leapmux__V1__ToolCall *call = p->call;

    if (call == NULL) {
        return one_line(a, p->sentence);
    }
    return one_line(a, call->title[0] != '\0' ? arena_printf(a, "%s: %s", call->name, call->title)
                                              : call->name);
}

char *prompt_summary(const Leapmux__V1__Prompt *prompt, struct arena *a)
{
    switch (prompt_kind(prompt)) {
    case LEAPMUX__V1__PROMPT_KIND__PROMPT_KIND_PERMISSION:
        return permission_summary(prompt->permission, a);
    case LEAPMUX__V1__PROMPT_KIND__PROMPT_KIND_QUESTION:
        return one_line(a, prompt->question->n_questions > 0 ? prompt->question->questions[0]->text
                                                             : "");
    case LEAPMUX__V1__PROMPT_KIND__PROMPT_KIND_PLAN:
        return one_line(a, prompt->plan->title);
    default: /* allow: nothing to say */
        return one_line(a, "");
    }
}

static char *permission_answer(const Leapmux__V1__PermissionAnswer *answer, struct arena *a)
{
    switch (answer->choice) {
    case LEAPMUX__V1__PERMISSION_CHOICE__PERMISSION_CHOICE_ALLOW_ONCE:
        return one_line(a, "Allowed once");
    case LEAPMUX__V1__PERMISSION_CHOICE__PERMISSION_CHOICE_ALLOW_SESSION:
        return one_line(a, "Allowed for this session");
    case LEAPMUX__V1__PERMISSION_CHOICE__PERMISSION_CHOICE_ALLOW_ALWAYS:
        return one_line(a, "Always allowed");
    case LEAPMUX__V1__PERMISSION_CHOICE__PERMISSION_CHOICE_ALLOW_AND_BYPASS:
        return one_line(a, "Allowed, and no more questions");
    default: /* allow: what is left is a denial */
        return one_line(a, answer->text[0] != '\0' ? arena_printf(a, "Denied: %s", answer->text)
                                                   : "Denied");
    }
}

static char *question_answer(const Leapmux__V1__QuestionAnswer *answer, struct arena *a)
{
    char *line = arena_printf(a, "%s", "");

    if (answer->decline) {
        return one_line(a, answer->text[0] != '\0' ? arena_printf(a, "Declined: %s", answer->text)
                                                   : "Declined");
    }
    for (size_t i = 0; i < answer->n_replies; i++) {
        const Leapmux__V1__QuestionReply *reply = answer->replies[i];

        for (size_t j = 0; j < reply->n_labels && strlen(line) < PROMPT_LINE_MAX; j++) {
            line = arena_printf(a, "%s%s%s", line, line[0] != '\0' ? ", " : "", reply->labels[j]);
        }
        if (reply->other[0] != '\0' && strlen(line) < PROMPT_LINE_MAX) {
            line = arena_printf(a, "%s%s%.800s", line, line[0] != '\0' ? ", " : "", reply->other);
        }
    }
    return one_line(a, line);
}

static char *plan_answer(const Leapmux__V1__PlanAnswer *answer, struct arena *a)
{
    if (!answer->approve) {
        return one_line(a, answer->feedback[0] != '\0'
                               ? arena_printf(a, "Keep planning: %.800s", answer->feedback)
                               : "Keep planning");
    }
    return one_line(a, answer->fresh_context ? "Approved, in a new session" : "Approved");
}

char *prompt_answer_summary(const Leapmux__V1__AnswerPromptRequest *answer, struct arena *a)
{
    switch (answer->answer_case) {
    case LEAPMUX__V1__ANSWER_PROMPT_REQUEST__ANSWER_PERMISSION:
        return permission_answer(answer->permission, a);
    case LEAPMUX__V1__ANSWER_PROMPT_REQUEST__ANSWER_QUESTION:
        return question_answer(answer->question, a);
    case LEAPMUX__V1__ANSWER_PROMPT_REQUEST__ANSWER_PLAN:
        return plan_answer(answer->plan, a);
    default: /* allow: unset */
        return one_line(a, "");
    }
}

static bool check_permission(const Leapmux__V1__PermissionPrompt *prompt,
                             const Leapmux__V1__PermissionAnswer *answer, struct err *e)
{
    for (size_t i = 0; i < prompt->n_options; i++) {
        if (prompt->options[i]->choice == answer->choice) {
            return true;
        }
    }
    return err_invalid(e, "choice", "that choice was not offered");
}

static bool check_question(const Leapmux__V1__QuestionPrompt *prompt,
                           const Leapmux__V1__QuestionAnswer *answer, struct err *e)
{
    if (answer->decline) {
        return true;
    }
    if (answer->n_replies != prompt->n_questions) {
        return err_invalid(e, "replies", "every question needs an answer");
    }
    for (size_t i = 0; i < answer->n_replies; i++) {
        const Leapmux__V1__QuestionReply *reply = answer->replies[i];
        const Leapmux__V1__Question *question = prompt->questions[i];

        if (reply->n_labels == 0 && reply->other[0] == '\0') {
            return err_invalid(e, "replies", "question %zu has no answer", i + 1);
        }
        if (reply->n_labels > 1 && !question->multiple) {
            return err_invalid(e, "replies", "question %zu takes one answer", i + 1);
        }
        if (reply->other[0] != '\0' && !question->free_text) {
            return err_invalid(e, "replies", "question %zu takes no free text", i + 1);
        }
    }
    return true;
}

static bool check_plan(const Leapmux__V1__PlanPrompt *prompt, const Leapmux__V1__PlanAnswer *answer,
                       struct err *e)
{
    if (!answer->approve || answer->mode[0] == '\0') {
        return true;
    }
    for (size_t i = 0; i < prompt->n_modes; i++) {
        if (strcmp(prompt->modes[i], answer->mode) == 0) {
            return true;
        }
    }
    return err_invalid(e, "mode", "that mode was not offered");
}

bool prompt_answer_check(const Leapmux__V1__Prompt *prompt,
                         const Leapmux__V1__AnswerPromptRequest *answer, struct err *e)
{
    if (prompt->body_case == LEAPMUX__V1__PROMPT__BODY_PERMISSION &&
        answer->answer_case == LEAPMUX__V1__ANSWER_PROMPT_REQUEST__ANSWER_PERMISSION) {
        return check_permission(prompt->permission, answer->permission, e);
    }
    if (prompt->body_case == LEAPMUX__V1__PROMPT__BODY_QUESTION &&
        answer->answer_case == LEAPMUX__V1__ANSWER_PROMPT_REQUEST__ANSWER_QUESTION) {
        return check_question(prompt->question, answer->question, e);
    }
    if (prompt->body_case == LEAPMUX__V1__PROMPT__BODY_PLAN &&
        answer->answer_case == LEAPMUX__V1__ANSWER_PROMPT_REQUEST__ANSWER_PLAN) {
        return check_plan(prompt->plan, answer->plan, e);
    }
    return err_invalid(e, "answer", "the answer does not fit the prompt");
}

char *prompt_plan_input(const Leapmux__V1__PlanPrompt *plan, struct arena *a)
{
    if (plan->path.len == 0) {
        return arena_printf(a, "Implement the following plan:\n\n%s", plan->markdown);
    }
    return arena_printf(a, "Implement the following plan (it is stored in %.*s):\n\n%s",
                        (int)plan->path.len, (const char *)plan->path.data, plan->markdown);
}
