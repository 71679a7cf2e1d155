/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A provider is the driver for one kind of agent CLI: a table of functions and flags.
 *
 * Pure: bytes of the CLI's standard output and the time come in, events and bytes for its standard
 * input go out through the sink. It owns no process, no clock and no file, so that a recording
 * gives the same events each time. Nothing that belongs to one CLI may pass this header.
 */
#ifndef WORKER_PROVIDER_PROVIDER_H
#define WORKER_PROVIDER_PROVIDER_H

#include "base/arena.h"
#include "leapmux/v1/agent.pb-c.h"

enum provider_flags {
    PROVIDER_LIVE_MODEL = 1, /* set_model works on the running process */
    PROVIDER_LIVE_MODE = 2,
    PROVIDER_RESUME = 4,
    PROVIDER_PLAN = 8,
    PROVIDER_QUESTIONS = 16,
};

/* How a session is started or continued. Borrowed during the calls that take it. */
struct provider_launch {
    const char *const *command; /* NULL-terminated: program and the person's arguments */
    const char *working_dir;
    const char *session_ref; /* the CLI's own id of the session */
    bool resume;             /* the session exists: continue it */
    const char *model;       /* NULL = the CLI's own default */
    const char *mode;        /* permission mode; NULL = the CLI's own default */
    bool may_bypass;         /* a mode that asks nothing may be offered: not root */
};

enum provider_event_kind {
    PROVIDER_READY,            /* handshake and configuration are over: input is welcome */
    PROVIDER_START_FAILED,     /* error: reason and the CLI's words; the process will be ended */
    PROVIDER_SESSION,          /* session: what is known now, whole */
    PROVIDER_TURN_STARTED,     /* the CLI works (input was taken, or by itself) */
    PROVIDER_INPUT_TAKEN,      /* ref: the input with this id is part of the conversation now */
    PROVIDER_MESSAGE,          /* message (body, parent_call_id, block_id), raw */
    PROVIDER_LIVE,             /* live: text appended at an offset */
    PROVIDER_LIVE_DROPPED,     /* ref: block_id */
    PROVIDER_PROMPT,           /* prompt (body, task_title), ref, data */
    PROVIDER_PROMPT_WITHDRAWN, /* ref */
    PROVIDER_INTERRUPTED,      /* an interrupt was confirmed; comes without a turn too */
    PROVIDER_TURN_ENDED,       /* the turn is over; its usage and result came as messages before */
    PROVIDER_SETTING_DONE,     /* ref: "model" or "mode"; error.reason empty when it was taken. Also
                                * before READY, when the mode of the launch was refused */
    PROVIDER_BACKGROUND,       /* count: tasks that run on beside turns */
};

/*
 * One event. All pointers are borrowed for the duration of the sink's call. Messages carry no seq,
 * turn, author or time: the runner numbers them.
 */
struct provider_event {
    enum provider_event_kind kind;
    const Leapmux__V1__AgentMessage *message;
    const Leapmux__V1__LiveBlock *live;
    const Leapmux__V1__Prompt *prompt;
    const Leapmux__V1__SessionInfo *session;
    const char *ref;
    struct bytes data; /* of a prompt: what provider->answer needs, opaque, stored by the runner */
    struct bytes raw;  /* the provider's line a message came from */
    struct {
        const char *reason; /* stable: NOT_LOGGED_IN, RESUME_FAILED, START_FAILED, REFUSED */
        const char *text;
    } error;
    uint32_t count;
};

struct provider_sink {
    void (*event)(void *arg, const struct provider_event *event);
    void (*write)(void *arg, struct bytes input); /* for the CLI's standard input, in order */
    void (*close_input)(void *arg);               /* end of its standard input */
    void *arg;
};

/* What a person answered to a prompt; exactly one pointer is set. */
struct provider_answer {
    const char *ref;   /* of PROVIDER_PROMPT */
    struct bytes data; /* of PROVIDER_PROMPT */
    const Leapmux__V1__PermissionAnswer *permission;
    const Leapmux__V1__QuestionAnswer *question;
    const Leapmux__V1__PlanAnswer *plan;
};

struct provider_session; /* one process instance as the provider sees it */

struct provider {
    const char *id;           /* "claude" */
    const char *name;         /* "Claude Code" */
    const char *install_hint; /* the command that installs it */
    unsigned flags;
    const char *const *modes; /* NULL-terminated permission modes, the default first */
    const char *bypass_mode;  /* the one of them that asks nothing; NULL when there is none */

    /* Arguments and extra environment ("NAME=value") of a process, both NULL-terminated, in a. */
    void (*command)(const struct provider_launch *launch, struct arena *a, const char *const **argv,
                    const char *const **env);

    /* A new session_ref for a first start; random is 16 octets. The result lives in a. */
    const char *(*new_session_ref)(const uint8_t random[16], struct arena *a);

    /* The session's side of a process that has just been started; may write at once. */
    struct provider_session *(*open)(const struct provider_launch *launch,
                                     const struct provider_sink *sink);
    void (*free)(struct provider_session *s);

    /* Output of the CLI, cut anywhere. now_ms is Unix time. */
    void (*feed)(struct provider_session *s, struct bytes output, int64_t now_ms);

    /* No output will come any more: flush what is left of a last line. */
    void (*finish)(struct provider_session *s, int64_t now_ms);

    /* input_id is a 22-character id; PROVIDER_INPUT_TAKEN names it. */
    void (*send)(struct provider_session *s, const char *input_id, const char *text);
    void (*interrupt)(struct provider_session *s);
    void (*answer)(struct provider_session *s, const struct provider_answer *answer);
    void (*set_model)(struct provider_session *s, const char *model);
    void (*set_mode)(struct provider_session *s, const char *mode);

    /* Ask the process to end when nothing runs; the runner's limits follow. */
    void (*end)(struct provider_session *s);
};

extern const struct provider PROVIDER_CLAUDE;

/* The provider of that id, or NULL. */
const struct provider *provider_by_id(const char *id);

/* Whether an agent of ours may be given a mode that asks nothing: never as root. */
bool provider_may_bypass(void);

/* Whether the provider has a permission mode of that name, and it may be used here. */
bool provider_has_mode(const struct provider *p, const char *mode);

#endif
