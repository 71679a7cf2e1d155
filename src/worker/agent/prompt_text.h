/* SPDX-License-Identifier: Apache-2.0 */
/* Prompts and their answers: what fits to what, and both in one line. Pure. */
#ifndef WORKER_AGENT_PROMPT_TEXT_H
#define WORKER_AGENT_PROMPT_TEXT_H

#include "base/arena.h"
#include "leapmux/v1/worker.pb-c.h"

enum { PROMPT_LINE_MAX = 200 }; /* octets of a summary */

Leapmux__V1__PromptKind prompt_kind(const Leapmux__V1__Prompt *prompt);

/* What was asked, one line. */
char *prompt_summary(const Leapmux__V1__Prompt *prompt, struct arena *a);

/* What was answered, one line. */
char *prompt_answer_summary(const Leapmux__V1__AnswerPromptRequest *answer, struct arena *a);

/*
 * Check that an answer fits a prompt: of its kind, a choice or mode that was offered, every
 * question answered or declined. Fails with INVALID.
 */
MUST_CHECK bool prompt_answer_check(const Leapmux__V1__Prompt *prompt,
                                    const Leapmux__V1__AnswerPromptRequest *answer, struct err *e);

/* The first input of a session that carries out a plan. */
char *prompt_plan_input(const Leapmux__V1__PlanPrompt *plan, struct arena *a);

#endif
