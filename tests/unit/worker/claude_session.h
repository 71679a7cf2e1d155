/* SPDX-License-Identifier: Apache-2.0 */
/* A session of the Claude Code provider whose CLI is played by the test. */
#ifndef TESTS_UNIT_WORKER_CLAUDE_SESSION_H
#define TESTS_UNIT_WORKER_CLAUDE_SESSION_H

#include "provider_trace.h"

static const char INITIALIZED[] =
    "{'type':'control_response','response':{'subtype':'success','request_id':'host-1',"
    "'response':{'claude_code_version':'2.1.329','current_permission_mode':'default',"
    "'models':[{'value':'default','displayName':'Default','resolvedModel':'big-1'},"
    "{'value':'small','displayName':'Small','resolvedModel':'small-1'}],"
    "'commands':[{'name':'compact','description':'Compact','argumentHint':'[text]'}]}}}";

struct claude {
    struct trace trace;
    struct provider_session *session;
};

static inline struct provider_launch claude_launch(void)
{
    static const char *const COMMAND[] = { "claude", NULL };

    return (struct provider_launch){
        .command = COMMAND,
        .working_dir = "/work",
        .session_ref = "00000000-0000-4000-8000-000000000000",
    };
}

static inline void claude_start(struct claude *c, const struct provider_launch *launch)
{
    struct provider_sink sink;

    trace_init(&c->trace);
    sink = trace_sink(&c->trace);
    c->session = PROVIDER_CLAUDE.open(launch, &sink);
}

/* The CLI writes a line; quotes are written ' here and a real ' as `. */
static inline void says_at(struct claude *c, const char *line, int64_t now_ms)
{
    char *text = must_printf("%s\n", line);

    for (char *p = text; *p != '\0'; p++) {
        *p = *p == '\'' ? '"' : *p;
        *p = *p == '`' ? '\'' : *p;
    }
    PROVIDER_CLAUDE.feed(c->session, bytes_of(text), now_ms);
    free(text);
}

static inline void says(struct claude *c, const char *line)
{
    says_at(c, line, 1000);
}

/* What was told since the last call. */
static inline char *told(struct claude *c)
{
    char *text = bytes_dup(buf_view(&c->trace.text));

    buf_clear(&c->trace.text);
    return text;
}

/* What was written to the CLI since the last call, with ' for ". */
static inline char *written(struct claude *c)
{
    char *text = bytes_dup(buf_view(&c->trace.input));

    buf_clear(&c->trace.input);
    for (char *p = text; *p != '\0'; p++) {
        *p = *p == '"' ? '\'' : *p;
    }
    return text;
}

static inline int claude_begin(void **state)
{
    struct claude *c = NEW(struct claude);
    struct provider_launch launch = claude_launch();

    claude_start(c, &launch);
    says(c, INITIALIZED);
    free(told(c));
    free(written(c));
    *state = c;
    return 0;
}

static inline int claude_end(void **state)
{
    struct claude *c = *state;

    PROVIDER_CLAUDE.finish(c->session, 2000);
    PROVIDER_CLAUDE.free(c->session);
    trace_done(&c->trace);
    free(c);
    return 0;
}

static inline int claude_begin_bypass(void **state)
{
    struct claude *c = NEW(struct claude);
    struct provider_launch launch = claude_launch();

    launch.may_bypass = true;
    claude_start(c, &launch);
    says(c, INITIALIZED);
    free(told(c));
    free(written(c));
    *state = c;
    return 0;
}

#define assert_told(c, want)                                                                       \
    do {                                                                                           \
        char *told_ = told(c);                                                                     \
        assert_string_equal(told_, want);                                                          \
        free(told_);                                                                               \
    } while (0)

#define assert_written(c, want)                                                                    \
    do {                                                                                           \
        char *written_ = written(c);                                                               \
        assert_string_equal(written_, want);                                                       \
        free(written_);                                                                            \
    } while (0)

#endif
