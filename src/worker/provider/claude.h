/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inside of the Claude Code driver, shared by its files only.
 *
 *   claude.c           the table, the life of a session, which line goes where
 *   claude_control.c   requests of ours and their answers: start, settings, interrupt
 *   claude_live.c      deltas of blocks that are being written
 *   claude_messages.c  assistant, user and system lines
 *   claude_tools.c     what is called: kind, title, input
 *   claude_results.c   what came of it: parts, exit code
 *   claude_diff.c      proposed and applied changes
 *   claude_lists.c     to-dos and plans
 *   claude_prompts.c   permissions, questions, plans to approve, and the answers
 *   claude_turn.c      the end of a turn: usage, result, limits
 *
 * Source: recordings of Claude Code 2.1.329 and 2.1.197. Keys come in any order, unknown keys and
 * subtypes are skipped.
 */
#ifndef WORKER_PROVIDER_CLAUDE_H
#define WORKER_PROVIDER_CLAUDE_H

#include "base/arena.h"
#include "base/id.h"
#include "base/list.h"
#include "worker/provider/json.h"
#include "worker/provider/lines.h"
#include "worker/provider/provider.h"
#include "worker/provider/uuid.h"

enum {
    CLAUDE_CALLS = 1024, /* open tool calls remembered; the oldest is forgotten beyond */
    CLAUDE_BLOCKS = 256, /* live blocks */
    CLAUDE_TASKS = 1024, /* sub-agents and background commands */
    CLAUDE_TODOS = 1000,
    CLAUDE_INPUTS = 1024, /* inputs that are not taken yet */
    CLAUDE_DETAIL = 4096, /* octets of a raw line shown in a notice */
    CLAUDE_UNKNOWN = 16,  /* unknown kinds of lines that get a notice each */
};

enum claude_request_kind {
    CLAUDE_INITIALIZE,
    CLAUDE_FIRST_MODE, /* the wanted mode, before the session is ready */
    CLAUDE_SET_MODE,
    CLAUDE_SET_MODEL,
    CLAUDE_INTERRUPT,
};

/* A control request of ours that has no answer yet. */
struct claude_request {
    struct link link;
    enum claude_request_kind kind;
    char *id;
    char *value; /* wanted mode or model */
};

struct claude_input {
    struct link link;
    struct uuid uuid;
    struct id id;
};

struct claude_block {
    struct link link;
    char *id; /* "<message id>/<index>" */
    char *message_id;
    uint64_t index;
    Leapmux__V1__LiveKind kind;
    uint64_t length; /* octets told so far */
    char *parent;
    char *tool_name;
};

struct claude_call {
    struct link link;
    char *id;
    char *name;
    Leapmux__V1__ToolKind kind;
    char *working_dir;
    int64_t since_ms;
    bool denied;     /* a person said no */
    char *path;      /* of files */
    char *content;   /* of a plan that is being written */
    char *todo_id;   /* TaskUpdate */
    char *todo_text; /* TaskCreate, TaskUpdate */
    char *todo_state;
};

struct claude_task {
    struct link link;
    char *id;
    char *title;
    bool background;
};

struct claude_todo {
    struct link link;
    char *id;
    char *text;
    Leapmux__V1__TodoState state;
};

struct claude_prompt {
    struct link link;
    char *request_id;
    char *call_id;
};

struct claude_model {
    char *resolved; /* the id that the service answers with */
};

struct provider_session {
    struct provider_sink sink;
    struct lines lines;
    int64_t now_ms;
    struct arena line; /* lives as long as one line is handled */
    struct bytes raw;

    bool resume;
    bool may_bypass;
    char *wanted_mode;
    char *wanted_model;
    char *working_dir;
    bool ready;
    bool failed;

    /* what the CLI says of the session */
    char *session_ref;
    char *model; /* as resolved by the CLI; NULL until known */
    char *mode;  /* NULL until known */
    char *version;
    struct arena info;
    Leapmux__V1__Model **models;
    struct claude_model *resolved; /* beside models */
    size_t n_models;
    Leapmux__V1__SlashCommand **commands;
    size_t n_commands;
    bool info_changed;

    uint32_t last_request;
    struct link requests;
    struct link inputs;
    bool knows_lifecycle; /* the CLI tells what becomes of each input */
    struct link blocks;
    char *stream_message; /* id of the message whose deltas come */
    struct link calls;
    size_t n_calls;
    struct link tasks;
    size_t n_tasks;
    bool knows_background; /* the CLI gives the whole list each time */
    uint32_t background;
    struct link todos;
    size_t n_todos;
    struct link prompts;
    char *plan; /* the newest plan as markdown */
    char *plan_path;
    char *plan_told;
    char *rate_limit; /* the last one told, to leave out repetitions */
    char *unknown[CLAUDE_UNKNOWN];
    size_t n_unknown;

    /* of the turn */
    bool in_turn;
    bool took_input;
    bool interrupting;
    uint32_t tool_calls;
    char *api_error; /* the CLI's word for what the service said */
    uint64_t context_used;
};

/* --- claude.c: events --- */

/* Replace an owned string by a copy of text (NULL allowed). */
void claude_set(char **owned, const char *text);

void claude_event(struct provider_session *s, const struct provider_event *event);

/* Emit a message with the line as raw. body is set in m; parent and block may be "". */
void claude_message(struct provider_session *s, Leapmux__V1__AgentMessage *m, const char *parent,
                    const char *block);
void claude_notice(struct provider_session *s, Leapmux__V1__Notice *notice);

/* A line that no rule understands. */
void claude_unknown(struct provider_session *s, const char *why, struct bytes line);

void claude_turn_begin(struct provider_session *s);

/* The input with that UUID, and those sent before it, are part of the conversation now. */
void claude_input_taken(struct provider_session *s, const char *uuid);

/* The oldest input is taken; false when there is none. */
bool claude_oldest_taken(struct provider_session *s);
void claude_input_dropped(struct provider_session *s, const char *uuid);

/* --- claude_control.c --- */

void claude_request(struct provider_session *s, enum claude_request_kind kind, const char *value);
void claude_response(struct provider_session *s, yyjson_val *line);

/* Answer a request of the CLI; response lives in doc. */
void claude_respond(struct provider_session *s, const char *request_id, yyjson_mut_doc *doc,
                    yyjson_mut_val *response);
void claude_respond_error(struct provider_session *s, const char *request_id, const char *text);

/* Write a document whose root is set as one line; frees it. */
void claude_write(struct provider_session *s, yyjson_mut_doc *doc);

void claude_mode_is(struct provider_session *s, const char *mode);
void claude_model_is(struct provider_session *s, const char *model);
void claude_session_is(struct provider_session *s, const char *session_ref);

/* Tell the session's facts if one of them changed. */
void claude_tell_session(struct provider_session *s);
void claude_requests_free(struct provider_session *s);

/* --- claude_live.c --- */

void claude_stream_event(struct provider_session *s, yyjson_val *line);

/* The block that a finished one of that kind and message replaces: its id in the line's arena, ""
 * when there is none. */
const char *claude_block_done(struct provider_session *s, const char *message_id,
                              Leapmux__V1__LiveKind kind);
void claude_blocks_drop(struct provider_session *s);

/* --- claude_messages.c --- */

void claude_assistant(struct provider_session *s, yyjson_val *line);
void claude_user(struct provider_session *s, yyjson_val *line);
void claude_system(struct provider_session *s, yyjson_val *line);
void claude_tasks_free(struct provider_session *s);

/* The title of the task with that id, "" when it is unknown. */
const char *claude_task_title(struct provider_session *s, const char *task_id);

/* --- claude_tools.c --- */

Leapmux__V1__ToolKind claude_tool_kind(const char *name);

/* The call as a message, in the line's arena. */
Leapmux__V1__ToolCall *claude_tool_call(struct provider_session *s, const char *call_id,
                                        const char *name, yyjson_val *input);

/* Remember a call until its result. */
void claude_call_begin(struct provider_session *s, const Leapmux__V1__ToolCall *call,
                       yyjson_val *input);
struct claude_call *claude_call_of(struct provider_session *s, const char *call_id);
void claude_call_end(struct provider_session *s, struct claude_call *call);

/* One line of at most 200 octets, in the line's arena. */
char *claude_one_line(struct provider_session *s, const char *text);

/* --- claude_results.c --- */

/* block: the tool_result; line: the user line around it. */
void claude_tool_result(struct provider_session *s, yyjson_val *line, yyjson_val *block);

/* --- claude_diff.c --- */

/* The change that a call proposes, or NULL when it proposes none. */
Leapmux__V1__Diff *claude_diff_proposed(struct provider_session *s, const char *call_id,
                                        const char *name, yyjson_val *input);

/* The change that a result reports, or NULL. */
Leapmux__V1__Diff *claude_diff_applied(struct provider_session *s, const char *call_id,
                                       yyjson_val *report);

/* --- claude_lists.c --- */

/* Take over what a finished call did to the to-dos; tells the whole list when it changed. */
void claude_todos_after(struct provider_session *s, const struct claude_call *call,
                        yyjson_val *report);
void claude_todos_clear(struct provider_session *s);

/* True if path is a file of plans of the CLI. */
bool claude_is_plan_path(const char *path);
void claude_plan_is(struct provider_session *s, const char *markdown, const char *path);

/* Tell the newest plan unless it was told. */
void claude_plan_tell(struct provider_session *s, const char *parent);

/* First heading, else first line; at most 128 characters; in the line's arena. */
char *claude_plan_title(struct provider_session *s, const char *markdown);

/* --- claude_prompts.c --- */

void claude_can_use_tool(struct provider_session *s, const char *request_id, yyjson_val *request);
void claude_prompt_withdrawn(struct provider_session *s, const char *request_id);

/* The CLI repeats our answer: the tool runs from now on. */
void claude_prompt_answered(struct provider_session *s, const char *request_id);
void claude_answer(struct provider_session *s, const struct provider_answer *answer);
void claude_prompts_free(struct provider_session *s);

/* --- claude_turn.c --- */

void claude_result(struct provider_session *s, yyjson_val *line);
void claude_rate_limit(struct provider_session *s, yyjson_val *line);

/* The turn ended without a result line. */
void claude_turn_end(struct provider_session *s);

/* For people: what the CLI's word for an error of the service means. */
const char *claude_error_text(const char *word);

#endif
