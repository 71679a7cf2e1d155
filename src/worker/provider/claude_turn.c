/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/provider/claude.h"

#include <stdlib.h>
#include <string.h>

static const struct {
    const char *word;   /* the CLI's */
    const char *reason; /* ours, stable */
    const char *text;
} ERRORS[] = {
    { "authentication_failed", "NOT_LOGGED_IN",
      "The model's service did not accept the login or key." },
    { "overloaded", "OVERLOADED", "The model's service is overloaded." },
    { "rate_limit", "RATE_LIMITED", "The model's service limits the rate of requests." },
    { "server_error", "SERVER_ERROR", "The model's service failed." },
    { "billing_error", "BILLING", "The model's service reports a problem with billing." },
    { "model_not_found", "MODEL_NOT_FOUND", "The model's service does not know the model." },
    { "invalid_request", "INVALID_REQUEST", "The model's service refused the request." },
};

const char *claude_error_text(const char *word)
{
    for (size_t i = 0; i < ARRAY_LEN(ERRORS); i++) {
        if (strcmp(ERRORS[i].word, word) == 0) {
            return ERRORS[i].text;
        }
    }
    return "The model's service did not answer.";
}

static const char *reason_of(const struct provider_session *s, yyjson_val *line, const char *stop)
{
    if (json_count(line, "api_error_status") == 529) {
        return "OVERLOADED";
    }
    for (size_t i = 0; s->api_error != NULL && i < ARRAY_LEN(ERRORS); i++) {
        if (strcmp(ERRORS[i].word, s->api_error) == 0) {
            return ERRORS[i].reason;
        }
    }
    if (strcmp(stop, "max_turns") == 0) {
        return "MAX_TURNS";
    }
    return strcmp(stop, "prompt_too_long") == 0 ? "PROMPT_TOO_LONG" : "";
}

static const char *stop_of(const struct provider_session *s, yyjson_val *line)
{
    const char *terminal = json_text(line, "terminal_reason");

    if (strncmp(terminal, "aborted", strlen("aborted")) == 0) {
        return "interrupted";
    }
    if (terminal[0] != '\0') {
        return terminal;
    }
    /* older versions say it by the subtype only */
    if (json_is(line, "subtype", "error_max_turns")) {
        return "max_turns";
    }
    if (json_is(line, "subtype", "error_during_execution")) {
        return s->interrupting ? "interrupted" : "error";
    }
    if (json_bool(line, "is_error")) {
        return s->api_error != NULL ? "api_error" : "error";
    }
    return "completed";
}

/* The CLI's words for people; its own diagnostics are left out. */
static char *error_text(struct provider_session *s, yyjson_val *line)
{
    static const char DIAGNOSTIC[] = "[ede_diagnostic]";
    char *text = json_copy_of(&s->line, line, "result");
    size_t i, max;
    yyjson_val *error;

    yyjson_arr_foreach(json_get(line, "errors"), i, max, error)
    {
        char *more = json_copy(&s->line, error);

        if (more[0] != '\0' && strncmp(more, DIAGNOSTIC, strlen(DIAGNOSTIC)) != 0) {
            text = text[0] != '\0' ? arena_printf(&s->line, "%s\n%s", text, more) : more;
        }
    }
    return text;
}

/* --- usage --- */

static uint64_t window_of(const struct provider_session *s, yyjson_val *models)
{
    uint64_t largest = 0;
    size_t i, max;
    yyjson_val *name, *model;

    if (s->model != NULL && json_get(models, s->model) != NULL) {
        return json_count(json_get(models, s->model), "contextWindow");
    }
    if (!yyjson_is_obj(models)) {
        return 0; /* the macro below computes with its address */
    }
    yyjson_obj_foreach(models, i, max, name, model)
    {
        uint64_t window = json_count(model, "contextWindow");

        largest = window > largest ? window : largest;
    }
    return largest;
}

static void tell_usage(struct provider_session *s, yyjson_val *line)
{
    Leapmux__V1__AgentMessage m = LEAPMUX__V1__AGENT_MESSAGE__INIT;
    Leapmux__V1__Usage usage = LEAPMUX__V1__USAGE__INIT;
    Leapmux__V1__TokenCounts turn = LEAPMUX__V1__TOKEN_COUNTS__INIT;
    yyjson_val *counts = json_get(line, "usage");
    double cost = json_number(line, "total_cost_usd") * 1e6;

    turn.input = json_count(counts, "input_tokens");
    turn.cache_read = json_count(counts, "cache_read_input_tokens");
    turn.cache_write = json_count(counts, "cache_creation_input_tokens");
    turn.output = json_count(counts, "output_tokens");
    usage.turn = &turn;
    usage.context_used = s->context_used;
    usage.context_window = window_of(s, json_get(line, "modelUsage"));
    usage.cost_micro = cost > 0 && cost < 1e15 ? (uint64_t)(cost + 0.5) : 0;
    if (turn.input + turn.cache_read + turn.cache_write + turn.output + usage.cost_micro == 0) {
        return;
    }
    m.body_case = LEAPMUX__V1__AGENT_MESSAGE__BODY_USAGE;
    m.usage = &usage;
    claude_message(s, &m, "", "");
}

/* --- the end --- */

void claude_turn_end(struct provider_session *s)
{
    if (!s->in_turn) {
        return;
    }
    s->in_turn = false;
    claude_blocks_drop(s);
    claude_prompts_free(s);
    claude_tell_session(s);
    claude_event(s, &(struct provider_event){ .kind = PROVIDER_TURN_ENDED });
}

static void tell_result(struct provider_session *s, yyjson_val *line)
{
    Leapmux__V1__AgentMessage m = LEAPMUX__V1__AGENT_MESSAGE__INIT;
    Leapmux__V1__TurnResult result = LEAPMUX__V1__TURN_RESULT__INIT;
    const char *stop = stop_of(s, line);

    result.ok = !json_bool(line, "is_error");
    result.duration_ms = (int64_t)json_count(line, "duration_ms");
    result.tool_calls = s->tool_calls;
    result.stop_reason = arena_str(&s->line, bytes_of(stop));
    if (!result.ok && strcmp(stop, "interrupted") != 0) {
        result.error = error_text(s, line);
        result.error_reason = arena_str(&s->line, bytes_of(reason_of(s, line, stop)));
    }
    m.body_case = LEAPMUX__V1__AGENT_MESSAGE__BODY_RESULT;
    m.result = &result;
    claude_message(s, &m, "", "");
}

/* A result before the session is ready tells why it will never be. */
static void fail_start(struct provider_session *s, yyjson_val *line)
{
    s->failed = true;
    claude_event(s, &(struct provider_event){
                        .kind = PROVIDER_START_FAILED,
                        .error = { .reason = s->resume ? "RESUME_FAILED" : "START_FAILED",
                                   .text = error_text(s, line) },
                    });
}

void claude_result(struct provider_session *s, yyjson_val *line)
{
    size_t i, max;
    yyjson_val *uuid;

    if (!s->ready && !s->in_turn && json_bool(line, "is_error")) {
        fail_start(s, line);
        return;
    }
    claude_turn_begin(s);
    yyjson_arr_foreach(json_get(line, "user_message_uuids"), i, max, uuid)
    {
        claude_input_taken(s, yyjson_is_str(uuid) ? yyjson_get_str(uuid) : "");
    }
    /* Versions that tell of no input (a command such as /model is not repeated either). */
    if (!s->knows_lifecycle && !s->took_input && json_get(line, "origin") == NULL) {
        (void)claude_oldest_taken(s);
    }
    tell_usage(s, line);
    tell_result(s, line);
    claude_turn_end(s);
}

/* --- limits of the service --- */

void claude_rate_limit(struct provider_session *s, yyjson_val *line)
{
    Leapmux__V1__AgentMessage m = LEAPMUX__V1__AGENT_MESSAGE__INIT;
    Leapmux__V1__RateLimit limit = LEAPMUX__V1__RATE_LIMIT__INIT;
    yyjson_val *info = json_get(line, "rate_limit_info");
    double used = json_number(info, "utilization");
    char *facts;

    limit.limit = json_copy_of(&s->line, info, "rateLimitType");
    limit.status = json_copy_of(&s->line, info, "status");
    limit.used = used > 1 ? used / 100 : used; /* versions differ between share and percent */
    limit.resets_at_ms = (int64_t)json_count(info, "resetsAt") * 1000;
    facts = arena_printf(&s->line, "%s %s %.3f %lld", limit.limit, limit.status, limit.used,
                         (long long)limit.resets_at_ms);
    if (s->rate_limit != NULL && strcmp(s->rate_limit, facts) == 0) {
        return;
    }
    claude_set(&s->rate_limit, facts);
    m.body_case = LEAPMUX__V1__AGENT_MESSAGE__BODY_RATE_LIMIT;
    m.rate_limit = &limit;
    claude_message(s, &m, "", "");
}
