/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A stand-in for the Claude Code program, as the worker's tests start it: this test program itself
 * with "fake-claude" as first argument. It speaks just enough of the stream-JSON protocol.
 *
 * What it does with a turn stands in the input: "say X" answers X; "ask" wants permission;
 * "plan" wants a plan approved;
 * "hang" works until it is interrupted; "deaf" works and hears nothing; "die" is killed by a
 * signal; "many N" says N texts; "drip N" writes one text in N pieces.
 */
#ifndef TESTS_FAKE_CLAUDE_H
#define TESTS_FAKE_CLAUDE_H

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The value of "name":"value" in a line, unescaped as far as these tests need; "" without it. */
static char *fake_field(const char *line, const char *name)
{
    static char out[2][65536];
    static int turn;
    char key[64];
    char *to = out[turn ^= 1];
    const char *at;

    snprintf(key, sizeof(key), "\"%s\":\"", name);
    *to = '\0';
    at = strstr(line, key);
    if (at == NULL) {
        return to;
    }
    at += strlen(key);
    while (*at != '\0' && *at != '"') {
        *to++ = *at++;
    }
    *to = '\0';
    return out[turn];
}

static char *fake_input; /* the line that waits for more of it */
static size_t fake_room;

static char *fake_read(void)
{
    return getline(&fake_input, &fake_room, stdin) > 0 ? fake_input : NULL;
}

static void fake_text(int n, const char *text)
{
    printf("{\"type\":\"assistant\",\"message\":{\"id\":\"msg_%d\",\"role\":\"assistant\","
           "\"model\":\"fake\",\"content\":[{\"type\":\"text\",\"text\":\"%s\"}]},"
           "\"parent_tool_use_id\":null,\"session_id\":\"s\",\"uuid\":\"u\"}\n",
           n, text);
    fflush(stdout);
}

static void fake_event(const char *event)
{
    printf("{\"type\":\"stream_event\",\"event\":%s,\"parent_tool_use_id\":null,"
           "\"session_id\":\"s\",\"uuid\":\"u\"}\n",
           event);
    fflush(stdout);
}

static void fake_result(const char *how)
{
    printf("{\"type\":\"result\",\"subtype\":\"success\",\"is_error\":false,\"result\":\"\","
           "\"duration_ms\":5,\"num_turns\":1,\"terminal_reason\":\"%s\",\"total_cost_usd\":0.01,"
           "\"usage\":{\"input_tokens\":10,\"output_tokens\":4},\"session_id\":\"s\","
           "\"uuid\":\"u\"}\n",
           how);
    fflush(stdout);
}

static void fake_confirm(const char *request_id)
{
    printf("{\"type\":\"control_response\",\"response\":{\"subtype\":\"success\","
           "\"request_id\":\"%s\",\"response\":{\"commands\":[],\"models\":["
           "{\"value\":\"default\",\"displayName\":\"Default\",\"description\":\"\"}]}}}\n",
           request_id);
    fflush(stdout);
}

static void fake_ask(void)
{
    const char *line;

    printf("{\"type\":\"assistant\",\"message\":{\"id\":\"msg_7\",\"role\":\"assistant\","
           "\"content\":[{\"type\":\"tool_use\",\"id\":\"toolu_1\",\"name\":\"Bash\",\"input\":{"
           "\"command\":\"touch x\",\"description\":\"Make x\"}}]},\"parent_tool_use_id\":null,"
           "\"session_id\":\"s\",\"uuid\":\"u\"}\n"
           "{\"type\":\"control_request\",\"request_id\":\"perm_1\",\"request\":{\"subtype\":"
           "\"can_use_tool\",\"tool_name\":\"Bash\",\"input\":{\"command\":\"touch x\","
           "\"description\":\"Make "
           "x\"},\"permission_suggestions\":[],\"tool_use_id\":\"toolu_1\"}}\n");
    fflush(stdout);
    while ((line = fake_read()) != NULL && strstr(line, "control_response") == NULL) {
    }
    fake_text(8, line != NULL && strstr(line, "\"allow\"") != NULL ? "allowed" : "denied");
    fake_result("completed");
}

static void fake_plan(void)
{
    const char *line;

    printf("{\"type\":\"assistant\",\"message\":{\"id\":\"msg_6\",\"role\":\"assistant\","
           "\"content\":[{\"type\":\"tool_use\",\"id\":\"toolu_2\",\"name\":\"ExitPlanMode\","
           "\"input\":{\"plan\":\"# Build it\\n\\nfirst this\"}}]},\"parent_tool_use_id\":null,"
           "\"session_id\":\"s\",\"uuid\":\"u\"}\n"
           "{\"type\":\"control_request\",\"request_id\":\"perm_2\",\"request\":{\"subtype\":"
           "\"can_use_tool\",\"tool_name\":\"ExitPlanMode\",\"input\":{},"
           "\"requires_user_interaction\":true,\"tool_use_id\":\"toolu_2\"}}\n");
    fflush(stdout);
    while ((line = fake_read()) != NULL && strstr(line, "control_response") == NULL) {
    }
    if (line != NULL) {
        fake_text(8, strstr(line, "\"allow\"") != NULL ? "going on" : "planning on");
        fake_result("completed");
    }
}

static void fake_hang(void)
{
    const char *line;

    while ((line = fake_read()) != NULL && strstr(line, "\"interrupt\"") == NULL) {
    }
    if (line != NULL) {
        fake_confirm(fake_field(line, "request_id"));
        fake_result("aborted_streaming");
    }
}

static void fake_drip(int pieces)
{
    char event[256];
    char whole[65536] = "";

    fake_event(
        "{\"type\":\"message_start\",\"message\":{\"id\":\"msg_9\",\"role\":\"assistant\"}}");
    fake_event("{\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\","
               "\"text\":\"\"}}");
    for (int i = 0; i < pieces; i++) {
        snprintf(event, sizeof(event),
                 "{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\","
                 "\"text\":\"p%d \"}}",
                 i);
        fake_event(event);
        snprintf(whole + strlen(whole), sizeof(whole) - strlen(whole), "p%d ", i);
        usleep(2000); /* a model takes its time; nothing waits for this */
    }
    fake_text(9, whole);
    fake_event("{\"type\":\"content_block_stop\",\"index\":0}");
    fake_event("{\"type\":\"message_stop\"}");
    fake_result("completed");
}

static char fake_mode[64] = "default";

static void fake_turn(const char *text)
{
    printf("{\"type\":\"system\",\"subtype\":\"init\",\"session_id\":\"s\",\"model\":\"fake\","
           "\"permissionMode\":\"%s\",\"tools\":[],\"cwd\":\"/\",\"uuid\":\"u\"}\n",
           fake_mode);
    fflush(stdout);
    if (strcmp(text, "ask") == 0) {
        fake_ask();
    } else if (strcmp(text, "plan") == 0) {
        fake_plan();
    } else if (strcmp(text, "hang") == 0) {
        fake_hang();
    } else if (strcmp(text, "deaf") == 0) {
        signal(SIGINT, SIG_IGN);
        for (;;) {
            pause();
        }
    } else if (strcmp(text, "die") == 0) {
        fprintf(stderr, "last words\n");
        raise(SIGKILL);
    } else if (strncmp(text, "drip ", 5) == 0) {
        fake_drip((int)strtol(text + 5, NULL, 10));
    } else if (strncmp(text, "many ", 5) == 0) {
        int n = (int)strtol(text + 5, NULL, 10);

        for (int i = 0; i < n; i++) {
            char line[64];

            snprintf(line, sizeof(line), "text %d", i);
            fake_text(100 + i, line);
        }
        fake_result("completed");
    } else {
        fake_text(1, text);
        fake_result("completed");
    }
}

/* Say how it was started, for tests of resume: a line a start in $FAKE_CLAUDE_LOG. */
static void fake_log(int argc, char **argv)
{
    const char *path = getenv("FAKE_CLAUDE_LOG");
    FILE *log = path != NULL ? fopen(path, "a") : NULL;

    if (log != NULL) {
        for (int i = 2; i < argc; i++) {
            fprintf(log, "%s ", argv[i]);
        }
        fprintf(log, "\n");
        fclose(log);
    }
}

static bool fake_has(int argc, char **argv, const char *word)
{
    for (int i = 2; i < argc; i++) {
        if (strcmp(argv[i], word) == 0) {
            return true;
        }
    }
    return false;
}

static int fake_claude(int argc, char **argv)
{
    const char *line;

    if (argc > 2 && strcmp(argv[2], "--version") == 0) {
        printf("9.8.7 (Claude Code)\n");
        return 0;
    }
    fake_log(argc, argv);
    if (getenv("FAKE_CLAUDE_MUTE") != NULL) {
        while (fake_read() != NULL) {
        }
        return 0;
    }
    if (getenv("FAKE_CLAUDE_FORGETS") != NULL && access(getenv("FAKE_CLAUDE_FORGETS"), F_OK) == 0 &&
        fake_has(argc, argv, "--resume")) {
        fprintf(stderr, "No conversation found with session ID: x\n");
        printf("{\"type\":\"result\",\"subtype\":\"error_during_execution\",\"is_error\":true,"
               "\"errors\":[\"No conversation found with session ID: x\"]}\n");
        return 1;
    }
    while ((line = fake_read()) != NULL) {
        if (strstr(line, "\"type\":\"control_request\"") != NULL) {
            if (strstr(line, "set_permission_mode") != NULL) {
                snprintf(fake_mode, sizeof(fake_mode), "%s", fake_field(line, "mode"));
            }
            fake_confirm(fake_field(line, "request_id"));
        } else if (strstr(line, "\"type\":\"user\"") != NULL) {
            char *text = strdup(fake_field(line, "content"));

            if (*text == '\0') {
                free(text);
                text = strdup(fake_field(line, "text"));
            }
            fake_turn(text);
            free(text);
        }
    }
    return 0;
}

#endif
