/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/provider/claude.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

enum {
    QUESTIONS_LIMIT = 8, /* product.md, prompts */
    OPTIONS_LIMIT = 50,
    PERMISSIONS_LIMIT = 50,
};

static const char BYPASS[] = "bypassPermissions";
static const char DENIED[] = "The user denied this action.";
static const char DECLINED[] = "The user declined to answer the questions.";
static const char KEEP_PLANNING[] = "The user wants to keep planning.";
static const char FRESH[] = "The user approved the plan and carries it out in a new session.";

/* --- what is pending --- */

static struct claude_prompt *prompt_of(struct provider_session *s, const char *request_id)
{
    LIST_EACH(&s->prompts, struct claude_prompt, link, p)
    {
        if (strcmp(p->request_id, request_id) == 0) {
            return p;
        }
    }
    return NULL;
}

static void prompt_free(struct claude_prompt *p)
{
    list_remove(&p->link);
    free(p->request_id);
    free(p->call_id);
    free(p);
}

void claude_prompts_free(struct provider_session *s)
{
    while (!list_empty(&s->prompts)) {
        prompt_free(LIST_FIRST(&s->prompts, struct claude_prompt, link));
    }
}

void claude_prompt_withdrawn(struct provider_session *s, const char *request_id)
{
    struct claude_prompt *p = prompt_of(s, request_id);

    claude_event(s,
                 &(struct provider_event){ .kind = PROVIDER_PROMPT_WITHDRAWN, .ref = request_id });
    if (p != NULL) {
        prompt_free(p);
    }
}

void claude_prompt_answered(struct provider_session *s, const char *request_id)
{
    struct claude_prompt *p = prompt_of(s, request_id);
    struct claude_call *call = p != NULL ? claude_call_of(s, p->call_id) : NULL;

    if (call != NULL) {
        call->since_ms = s->now_ms; /* the time that a person took is not the tool's */
    }
    if (p != NULL) {
        prompt_free(p);
    }
}

/* --- permissions --- */

/* What a choice makes of the CLI's suggestions. */
enum reach { REACH_SESSION, REACH_ALWAYS };

static bool is_rule(yyjson_val *suggestion)
{
    return json_is(suggestion, "type", "addRules") || json_is(suggestion, "type", "replaceRules");
}

static bool has_rules(yyjson_val *suggestions)
{
    size_t i, max;
    yyjson_val *suggestion;

    yyjson_arr_foreach(suggestions, i, max, suggestion)
    {
        if (is_rule(suggestion)) {
            return true;
        }
    }
    return false;
}

/* True if a rule would outlive the session. */
static bool is_lasting(yyjson_val *suggestion)
{
    return is_rule(suggestion) && !json_is(suggestion, "destination", "session");
}

static bool has_lasting(yyjson_val *suggestions)
{
    size_t i, max;
    yyjson_val *suggestion;

    yyjson_arr_foreach(suggestions, i, max, suggestion)
    {
        if (is_lasting(suggestion)) {
            return true;
        }
    }
    return false;
}

/*
 * Which suggestions a choice takes. Where there are rules, the rules and no more: they are enough
 * for the same call, and the session gets them for itself. Otherwise a session gets what the CLI
 * suggests for one: a folder, or another mode.
 */
static bool is_taken(yyjson_val *suggestion, enum reach reach, bool rules)
{
    if (rules) {
        return is_rule(suggestion);
    }
    return reach == REACH_SESSION && json_is(suggestion, "destination", "session");
}

static void describe(struct provider_session *s, yyjson_val *suggestion, struct buf *out)
{
    size_t i, max;
    yyjson_val *entry;
    struct err e;
    bool ok = true;

    yyjson_arr_foreach(json_get(suggestion, "rules"), i, max, entry)
    {
        const char *tool = json_copy_of(&s->line, entry, "toolName");
        const char *content = json_copy_of(&s->line, entry, "ruleContent");
        const char *comma = out->n > 0 ? ", " : "";

        ok = ok && (content[0] != '\0' ? buf_printf(out, &e, "%s%s(%s)", comma, tool, content)
                                       : buf_printf(out, &e, "%s%s", comma, tool));
    }
    yyjson_arr_foreach(json_get(suggestion, "directories"), i, max, entry)
    {
        ok = ok &&
             buf_printf(out, &e, "%sfolder %s", out->n > 0 ? ", " : "", json_copy(&s->line, entry));
    }
    if (json_is(suggestion, "type", "setMode")) {
        ok = ok && buf_printf(out, &e, "%smode %s", out->n > 0 ? ", " : "",
                              json_text(suggestion, "mode"));
    }
    (void)ok; /* what the limit cuts off is not said */
}

/* The rules of a choice, as people write them: "Bash(npm run *)". */
static char *rule_text(struct provider_session *s, yyjson_val *suggestions, enum reach reach)
{
    bool rules = has_rules(suggestions);
    struct buf out;
    size_t i, max;
    yyjson_val *suggestion;
    char *text;

    buf_init(&out, 64 * 1024);
    yyjson_arr_foreach(suggestions, i, max, suggestion)
    {
        if (is_taken(suggestion, reach, rules)) {
            describe(s, suggestion, &out);
        }
    }
    text = arena_str(&s->line, buf_view(&out));
    buf_done(&out);
    return text;
}

static void add_option(struct provider_session *s, Leapmux__V1__PermissionPrompt *p,
                       Leapmux__V1__PermissionChoice choice, char *rule)
{
    Leapmux__V1__PermissionOption *o = ARENA_NEW(&s->line, Leapmux__V1__PermissionOption);

    leapmux__v1__permission_option__init(o);
    o->choice = choice;
    o->rule = rule;
    p->options[p->n_options++] = o;
}

static void add_options(struct provider_session *s, Leapmux__V1__PermissionPrompt *p,
                        yyjson_val *request)
{
    yyjson_val *suggestions = json_get(request, "permission_suggestions");
    char *none = arena_str(&s->line, bytes_of(""));
    char *session = rule_text(s, suggestions, REACH_SESSION);

    p->options = arena_alloc(&s->line, 5 * sizeof(*p->options));
    add_option(s, p, LEAPMUX__V1__PERMISSION_CHOICE__PERMISSION_CHOICE_ALLOW_ONCE, none);
    if (session[0] != '\0') {
        add_option(s, p, LEAPMUX__V1__PERMISSION_CHOICE__PERMISSION_CHOICE_ALLOW_SESSION, session);
    }
    if (has_lasting(suggestions) && !json_bool(request, "suppress_always_allow_rule")) {
        add_option(s, p, LEAPMUX__V1__PERMISSION_CHOICE__PERMISSION_CHOICE_ALLOW_ALWAYS,
                   rule_text(s, suggestions, REACH_ALWAYS));
    }
    if (s->may_bypass) {
        add_option(s, p, LEAPMUX__V1__PERMISSION_CHOICE__PERMISSION_CHOICE_ALLOW_AND_BYPASS, none);
    }
    add_option(s, p, LEAPMUX__V1__PERMISSION_CHOICE__PERMISSION_CHOICE_DENY, none);
}

static const char *sentence_of(struct provider_session *s, const Leapmux__V1__ToolCall *call)
{
    static const struct {
        Leapmux__V1__ToolKind kind;
        const char *sentence;
    } SENTENCES[] = {
        { LEAPMUX__V1__TOOL_KIND__TOOL_KIND_BASH, "Run this command?" },
        { LEAPMUX__V1__TOOL_KIND__TOOL_KIND_READ, "Read this file?" },
        { LEAPMUX__V1__TOOL_KIND__TOOL_KIND_WRITE, "Write this file?" },
        { LEAPMUX__V1__TOOL_KIND__TOOL_KIND_EDIT, "Change this file?" },
        { LEAPMUX__V1__TOOL_KIND__TOOL_KIND_SEARCH, "Search here?" },
        { LEAPMUX__V1__TOOL_KIND__TOOL_KIND_FETCH, "Fetch this address?" },
        { LEAPMUX__V1__TOOL_KIND__TOOL_KIND_WEB_SEARCH, "Search the web?" },
        { LEAPMUX__V1__TOOL_KIND__TOOL_KIND_TASK, "Start this task?" },
    };

    for (size_t i = 0; i < ARRAY_LEN(SENTENCES); i++) {
        if (SENTENCES[i].kind == call->tool) {
            return SENTENCES[i].sentence;
        }
    }
    return arena_printf(&s->line, "Use the tool %s?",
                        call->tool == LEAPMUX__V1__TOOL_KIND__TOOL_KIND_MCP ? call->title
                                                                            : call->name);
}

static Leapmux__V1__PermissionPrompt *permission_prompt(struct provider_session *s,
                                                        yyjson_val *request)
{
    Leapmux__V1__PermissionPrompt *p = ARENA_NEW(&s->line, Leapmux__V1__PermissionPrompt);
    const char *name = json_text(request, "tool_name");
    const char *call_id = json_text(request, "tool_use_id");

    leapmux__v1__permission_prompt__init(p);
    p->call = claude_tool_call(s, call_id, name, json_get(request, "input"));
    p->sentence = arena_str(&s->line, bytes_of(sentence_of(s, p->call)));
    p->diff = claude_diff_proposed(s, call_id, name, json_get(request, "input"));
    p->reason = json_copy_of(&s->line, request, "decision_reason");
    add_options(s, p, request);
    return p;
}

/* --- questions --- */

static Leapmux__V1__Question *question_of(struct provider_session *s, yyjson_val *asked)
{
    Leapmux__V1__Question *q = ARENA_NEW(&s->line, Leapmux__V1__Question);
    size_t i, max;
    yyjson_val *option;

    leapmux__v1__question__init(q);
    q->header = json_copy_of(&s->line, asked, "header");
    q->text = json_copy_of(&s->line, asked, "question");
    q->multiple = json_bool(asked, "multiSelect");
    q->free_text = true;
    q->options = arena_alloc(&s->line, OPTIONS_LIMIT * sizeof(*q->options));
    yyjson_arr_foreach(json_get(asked, "options"), i, max, option)
    {
        Leapmux__V1__QuestionOption *o = ARENA_NEW(&s->line, Leapmux__V1__QuestionOption);

        if (i == OPTIONS_LIMIT) {
            break;
        }
        leapmux__v1__question_option__init(o);
        o->label = json_copy_of(&s->line, option, "label");
        o->description = json_copy_of(&s->line, option, "description");
        q->options[q->n_options++] = o;
    }
    return q;
}

static Leapmux__V1__QuestionPrompt *question_prompt(struct provider_session *s,
                                                    yyjson_val *questions)
{
    Leapmux__V1__QuestionPrompt *p = ARENA_NEW(&s->line, Leapmux__V1__QuestionPrompt);
    size_t i, max;
    yyjson_val *asked;

    leapmux__v1__question_prompt__init(p);
    p->questions = arena_alloc(&s->line, QUESTIONS_LIMIT * sizeof(*p->questions));
    yyjson_arr_foreach(questions, i, max, asked)
    {
        if (i == QUESTIONS_LIMIT) {
            break;
        }
        p->questions[p->n_questions++] = question_of(s, asked);
    }
    return p;
}

/* --- plans --- */

static void add_plan_permissions(struct provider_session *s, Leapmux__V1__PlanPrompt *p,
                                 yyjson_val *asked)
{
    size_t i, max;
    yyjson_val *permission;

    p->permissions = arena_alloc(&s->line, PERMISSIONS_LIMIT * sizeof(*p->permissions));
    yyjson_arr_foreach(asked, i, max, permission)
    {
        if (i == PERMISSIONS_LIMIT) {
            break;
        }
        p->permissions[p->n_permissions++] = arena_printf(
            &s->line, "%s: %s", json_text(permission, "tool"), json_text(permission, "prompt"));
    }
}

static Leapmux__V1__PlanPrompt *plan_prompt(struct provider_session *s, yyjson_val *input)
{
    static const char *const MODES[] = { "default", "acceptEdits", BYPASS };
    Leapmux__V1__PlanPrompt *p = ARENA_NEW(&s->line, Leapmux__V1__PlanPrompt);

    leapmux__v1__plan_prompt__init(p);
    if (json_has_text(input, "plan")) {
        claude_plan_is(s, json_copy_of(&s->line, input, "plan"), s->plan_path);
    }
    if (json_has_text(input, "planFilePath")) {
        claude_set(&s->plan_path, json_text(input, "planFilePath"));
    }
    if (s->plan != NULL) {
        p->markdown = arena_str(&s->line, bytes_of(s->plan));
        p->title = claude_plan_title(s, s->plan);
    }
    if (s->plan_path != NULL) {
        p->path.data = (uint8_t *)arena_str(&s->line, bytes_of(s->plan_path));
        p->path.len = strlen(s->plan_path);
    }
    add_plan_permissions(s, p, json_get(input, "allowedPrompts"));
    p->modes = arena_alloc(&s->line, ARRAY_LEN(MODES) * sizeof(*p->modes));
    for (size_t i = 0; i < ARRAY_LEN(MODES); i++) {
        if (s->may_bypass || strcmp(MODES[i], BYPASS) != 0) {
            p->modes[p->n_modes++] = arena_str(&s->line, bytes_of(MODES[i]));
        }
    }
    return p;
}

/* --- asking --- */

void claude_can_use_tool(struct provider_session *s, const char *request_id, yyjson_val *request)
{
    Leapmux__V1__Prompt prompt = LEAPMUX__V1__PROMPT__INIT;
    yyjson_val *input = json_get(request, "input");
    yyjson_val *questions = json_get(input, "questions");
    struct claude_prompt *p = prompt_of(s, request_id);

    if (p == NULL) {
        p = NEW(struct claude_prompt);
        p->request_id = must_strdup(request_id);
        list_init(&p->link);
        list_append(&s->prompts, &p->link);
    }
    claude_set(&p->call_id, json_text(request, "tool_use_id"));
    prompt.task_title =
        arena_str(&s->line, bytes_of(claude_task_title(s, json_text(request, "agent_id"))));
    prompt.state = LEAPMUX__V1__PROMPT_STATE__PROMPT_STATE_PENDING;
    if (json_is(request, "tool_name", "AskUserQuestion") && yyjson_arr_size(questions) > 0 &&
        yyjson_arr_size(questions) <= QUESTIONS_LIMIT) {
        prompt.body_case = LEAPMUX__V1__PROMPT__BODY_QUESTION;
        prompt.question = question_prompt(s, questions);
    } else if (json_is(request, "tool_name", "ExitPlanMode")) {
        prompt.body_case = LEAPMUX__V1__PROMPT__BODY_PLAN;
        prompt.plan = plan_prompt(s, input);
    } else {
        prompt.body_case = LEAPMUX__V1__PROMPT__BODY_PERMISSION;
        prompt.permission = permission_prompt(s, request);
    }
    claude_event(s, &(struct provider_event){
                        .kind = PROVIDER_PROMPT,
                        .prompt = &prompt,
                        .ref = request_id,
                        .data = bytes_of(json_text_of(&s->line, request)),
                    });
}

/* --- answering --- */

/* One answer on its way: doc is what goes out, request what was asked. */
struct reply {
    struct provider_session *s;
    struct arena a; /* not the line's: people answer between lines and in the middle of one */
    const char *ref;
    yyjson_val *request;
    yyjson_mut_doc *doc;
    yyjson_mut_val *response;
};

static void deny(struct reply *r, const char *text, bool interrupt)
{
    struct claude_call *call = claude_call_of(r->s, json_text(r->request, "tool_use_id"));

    if (call != NULL) {
        call->denied = true;
    }
    yyjson_mut_obj_add_str(r->doc, r->response, "behavior", "deny");
    yyjson_mut_obj_add_str(r->doc, r->response, "message", text);
    if (interrupt) {
        yyjson_mut_obj_add_bool(r->doc, r->response, "interrupt", true);
    }
}

/* The input goes back as it came: some versions refuse an answer without it. */
static yyjson_mut_val *allow(struct reply *r)
{
    yyjson_val *input = json_get(r->request, "input");
    yyjson_mut_val *updated =
        yyjson_is_obj(input) ? yyjson_val_mut_copy(r->doc, input) : yyjson_mut_obj(r->doc);

    yyjson_mut_obj_add_str(r->doc, r->response, "behavior", "allow");
    yyjson_mut_obj_add_val(r->doc, r->response, "updatedInput", updated);
    return updated;
}

static yyjson_mut_val *add_permissions(struct reply *r)
{
    yyjson_mut_val *list = yyjson_mut_arr(r->doc);

    yyjson_mut_obj_add_val(r->doc, r->response, "updatedPermissions", list);
    return list;
}

static void add_mode(struct reply *r, yyjson_mut_val *list, const char *mode)
{
    yyjson_mut_val *set = yyjson_mut_obj(r->doc);

    yyjson_mut_obj_add_str(r->doc, set, "type", "setMode");
    yyjson_mut_obj_add_str(r->doc, set, "mode", mode);
    yyjson_mut_obj_add_str(r->doc, set, "destination", "session");
    yyjson_mut_arr_append(list, set);
}

static void allow_reaching(struct reply *r, enum reach reach)
{
    yyjson_val *suggestions = json_get(r->request, "permission_suggestions");
    bool rules = has_rules(suggestions);
    yyjson_mut_val *list;
    size_t i, max;
    yyjson_val *suggestion;

    (void)allow(r);
    list = add_permissions(r);
    yyjson_arr_foreach(suggestions, i, max, suggestion)
    {
        yyjson_mut_val *copy;

        if (!is_taken(suggestion, reach, rules)) {
            continue;
        }
        copy = yyjson_val_mut_copy(r->doc, suggestion);
        if (reach == REACH_SESSION) {
            yyjson_mut_obj_put(copy, yyjson_mut_str(r->doc, "destination"),
                               yyjson_mut_str(r->doc, "session"));
        }
        yyjson_mut_arr_append(list, copy);
    }
}

static void answer_permission(struct reply *r, const Leapmux__V1__PermissionAnswer *answer)
{
    switch ((int)answer->choice) {
    case LEAPMUX__V1__PERMISSION_CHOICE__PERMISSION_CHOICE_ALLOW_ONCE:
        (void)allow(r);
        break;
    case LEAPMUX__V1__PERMISSION_CHOICE__PERMISSION_CHOICE_ALLOW_SESSION:
        allow_reaching(r, REACH_SESSION);
        break;
    case LEAPMUX__V1__PERMISSION_CHOICE__PERMISSION_CHOICE_ALLOW_ALWAYS:
        allow_reaching(r, REACH_ALWAYS);
        break;
    case LEAPMUX__V1__PERMISSION_CHOICE__PERMISSION_CHOICE_ALLOW_AND_BYPASS:
        (void)allow(r);
        add_mode(r, add_permissions(r), BYPASS);
        break;
    default: /* a choice from outside that we do not know allows nothing */
        deny(r, answer->text[0] != '\0' ? answer->text : DENIED, false);
        break;
    }
}

/* The labels and the free text of one reply, joined as the CLI does it. */
static char *joined(struct reply *r, const Leapmux__V1__QuestionReply *reply)
{
    struct buf out;
    struct err e;
    bool ok = true;
    char *text;

    buf_init(&out, LINES_LIMIT);
    for (size_t i = 0; i < reply->n_labels; i++) {
        ok = ok && buf_printf(&out, &e, "%s%s", out.n > 0 ? ", " : "", reply->labels[i]);
    }
    if (ok && reply->other[0] != '\0') {
        ok = buf_printf(&out, &e, "%s%s", out.n > 0 ? ", " : "", reply->other);
    }
    text = arena_str(&r->a, ok ? buf_view(&out) : bytes_of(""));
    buf_done(&out);
    return text;
}

static void answer_question(struct reply *r, const Leapmux__V1__QuestionAnswer *answer)
{
    yyjson_val *questions = json_get(json_get(r->request, "input"), "questions");
    yyjson_mut_val *updated, *answers;
    size_t i, max;
    yyjson_val *question;

    if (answer->decline) {
        deny(r, answer->text[0] != '\0' ? answer->text : DECLINED, false);
        return;
    }
    updated = allow(r);
    answers = yyjson_mut_obj(r->doc);
    yyjson_arr_foreach(questions, i, max, question)
    {
        if (i < answer->n_replies) {
            yyjson_mut_obj_put(answers, yyjson_val_mut_copy(r->doc, json_get(question, "question")),
                               yyjson_mut_str(r->doc, joined(r, answer->replies[i])));
        }
    }
    yyjson_mut_obj_put(updated, yyjson_mut_str(r->doc, "answers"), answers);
}

static void answer_plan(struct reply *r, const Leapmux__V1__PlanAnswer *answer)
{
    if (!answer->approve) {
        deny(r, answer->feedback[0] != '\0' ? answer->feedback : KEEP_PLANNING, false);
        return;
    }
    if (answer->fresh_context) {
        deny(r, FRESH, true);
        return;
    }
    (void)allow(r);
    add_mode(r, add_permissions(r), answer->mode[0] != '\0' ? answer->mode : "default");
}

void claude_answer(struct provider_session *s, const struct provider_answer *answer)
{
    CLEANUP(json_freep) yyjson_doc *asked = json_parse(answer->data);
    struct reply r = { .s = s, .ref = answer->ref, .request = yyjson_doc_get_root(asked) };

    r.doc = yyjson_mut_doc_new(NULL);
    r.response = yyjson_mut_obj(r.doc);
    if (!yyjson_is_obj(r.request)) {
        deny(&r, DENIED, false); /* what was asked is lost: nothing may run */
    } else if (answer->permission != NULL) {
        answer_permission(&r, answer->permission);
    } else if (answer->question != NULL) {
        answer_question(&r, answer->question);
    } else if (answer->plan != NULL) {
        answer_plan(&r, answer->plan);
    } else {
        deny(&r, DENIED, false);
    }
    claude_respond(s, answer->ref, r.doc, r.response);
    arena_done(&r.a);
}
