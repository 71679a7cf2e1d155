/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of this folder share of an agent. Nobody else includes this. */
#ifndef WORKER_AGENT_AGENT_INSIDE_H
#define WORKER_AGENT_AGENT_INSIDE_H

#include "worker/agent/agent.h"
#include "worker/agent/agents.h"

/* What the CLI knows of a session, kept in agents.session_used. */
enum session_use {
    SESSION_NEW = 0,   /* never given any input */
    SESSION_GIVEN = 1, /* was given input, but nothing came back: the CLI may have lost it */
    SESSION_KNOWN = 2,
};

struct queue_item {
    struct link link;
    char *id;
    char *text;
    size_t n; /* octets of text */
    int64_t rank;
    struct id author;
    char *author_name;
    Leapmux__V1__QueueItemState state;
    char *error;
    int64_t created_at_ms;
    uint64_t version;
    bool is_written; /* may be shown */
    bool is_leaving; /* a write that removes it is under way */
};

struct prompt {
    struct link link;
    struct id id;
    char *ref;       /* the provider's */
    struct buf data; /* the provider's */
    Leapmux__V1__Prompt *body;
    bool is_written;
    bool is_leaving;
};

struct read_mark {
    struct id user;
    uint32_t seq;
};

struct settings_wish {
    char *model; /* "" = the provider's own default */
    char *mode;
};

enum { SETTING_MODEL, SETTING_MODE, SETTINGS };

/* A change that is confirmed but not in history yet; both NULL: none. */
struct settings_change {
    char *from;
    char *to;
};

struct agents {
    struct agents_options options;
    const char *const *command; /* of Claude Code; in arena */
    struct arena arena;
    struct link list;
    uint64_t writes; /* under way */
    bool stopping;
    loop_fn on_stopped;
    void *on_stopped_arg;
};

struct agent {
    struct link link;
    struct agents *all;
    struct id id;
    struct id workspace;
    const struct provider *provider;
    char *title;
    char *working_dir;
    uint8_t request_hash[32];
    int64_t created_at_ms;
    char *git_branch;
    char *git_root;

    struct agent_state state;
    struct agent_event events[16]; /* waiting for agent_event() above us to take them */
    size_t n_events;
    bool stepping;
    struct timer deadline;

    struct id turn_id;
    struct id instance_id;
    Leapmux__V1__AgentError *error; /* NULL: none; from malloc */
    int64_t since_ms;
    uint64_t version;
    struct buf submitted; /* AgentState as last written, version 0 */
    struct buf shown;     /* AgentState as last shown */
    struct id shown_instance;
    uint32_t last_seq;
    bool is_shown; /* its row has been written */

    char *session_ref;
    enum session_use session_use;
    Leapmux__V1__SessionInfo *session; /* from the provider; NULL: nothing known */
    struct settings_wish wish;         /* what people want */
    struct settings_wish asked;        /* what the running process was started with or told */
    struct settings_wish confirmed;    /* what the CLI said it uses, as far as history knows */
    char *settings_error;
    struct settings_change changes[SETTINGS];
    struct timer changes_due;

    struct link queue; /* by rank */
    int64_t next_rank;
    size_t queue_octets;
    struct link prompts;
    struct link lives;
    uint64_t live_number;
    struct read_mark *marks;
    size_t n_marks;
    struct link watchers;

    struct child *child;
    struct provider_session *cli;
    struct buf stderr_tail;
    int exit_code; /* of the last process; -1: by exit_signal, or never started */
    int exit_signal;
    bool launching;      /* waiting for the login environment */
    uint32_t env_waits;  /* answers of it that are still to come; the last one counts */
    bool env_told;       /* a notice about it was written */
    struct run *git;     /* under way */
    uint32_t writes;     /* under way */
    struct link waiting; /* of struct agent_write, in order */
    struct link flying;  /* what is being written: all of it or nothing */
    struct timer retry;  /* on: the disk is full or busy, and what flies is tried again soon */
    bool is_full;        /* the CLI waits for the database */

    struct reply *close_reply;
    uint32_t holds; /* work under way that will come back to this struct */
    bool is_gone;   /* out of the list; freed when nothing holds it */
};

/* ---- agent.c ---- */

/* Tell whoever waits for the end of all agents, when that is reached. */
void agents_check_stopped(struct agents *all);

/* Let something happen. May be called from inside an action: it then waits its turn. */
void agent_event(struct agent *a, enum agent_event_kind kind, uint32_t value);

/* ---- agent_write.c ---- */

void agent_writes_init(struct agent *a);
/* What waits for better times is tried once more, now. */
void agent_writes_hurry(struct agent *a);
void agent_writes_free(struct agent *a);

/*
 * One write, all of its parts together, and what follows once it is on disk: messages are sent to
 * watchers, `done` is called, watchers are told what else to look at. Everything of it lives in
 * its arena.
 */
struct agent_write {
    struct link link; /* in agent->waiting or agent->flying */
    struct agent *agent;
    struct arena arena;
    struct agent_rows rows;
    struct agent_line **last_line;
    unsigned shows;     /* of enum agent_shows */
    struct bytes state; /* AgentState to be shown */
    struct id state_instance;
    struct reply *reply;
    const char *subject; /* an id that done needs */
    struct id instance;
    const void *answer;
    void *arg;                                                          /* what else done needs */
    bool (*check)(struct db *db, struct agent_write *w, struct err *e); /* first, on its thread */
    bool is_alone; /* in a transaction of its own, which may fail: somebody is told */
    /* e is NULL when all was written. A reply that is left here is answered with e. */
    void (*done)(struct agent_write *w, const struct err *e);
};

enum agent_shows {
    AGENT_SHOWS_STATE = 1,
    AGENT_SHOWS_PROMPTS = 2,
    AGENT_SHOWS_QUEUE = 4,
    AGENT_SHOWS_SESSION = 8,
    AGENT_SHOWS_SUMMARY = 16,
};

struct agent_write *agent_write_new(struct agent *a);
void agent_write_submit(struct agent_write *w);

/* Add a message to a write: at_ms, turn and texts are filled in and copied. */
void agent_write_message(struct agent_write *w, const Leapmux__V1__AgentMessage *m,
                         struct bytes raw, const char *queue_id);

/* A notice in a write of its own, and as part of one. */
void agent_note(struct agent *a, const Leapmux__V1__Notice *notice);
void agent_write_notice(struct agent_write *w, const Leapmux__V1__Notice *notice);

void agent_set_title(struct agent *a, const char *title);

/* ---- what agent.c shows ---- */

/* Replace the error that the state shows. */
void agent_set_error(struct agent *a, const char *reason, const char *message, int code,
                     int signal);
void agent_clear_error(struct agent *a);

/* Write and show what changed of the state, if anything did. */
void agent_show_state(struct agent *a);
/* Show the state as it is, for an agent that nobody has seen yet. */
void agent_show_first(struct agent *a);

/* Write the session and what is wanted of it; the second by itself. */
void agent_write_session_row(struct agent_write *w);
void agent_write_session(struct agent *a);

struct agent *agent_new(struct agents *all, struct id id, struct id workspace,
                        const struct provider *provider);
void agent_free(struct agent *a);
void agent_hold(struct agent *a);
void agent_release(struct agent *a);

/* ---- agent_process.c ---- */

void agent_launch(struct agent *a);
void agent_cancel_launch(struct agent *a);
void agent_end_politely(struct agent *a);
void agent_signal(struct agent *a, int signum);
void agent_kill(struct agent *a);
/* Read the CLI's output again, once the database has caught up. */
void agent_resume_output(struct agent *a);
/* Ask git about the working directory. */
void agent_look_at_git(struct agent *a);

/* ---- agent_queue.c ---- */

struct queue_item *agent_queue_item(struct agent *a, const char *id);
struct queue_item *agent_queue_add(struct agent *a, const char *id, const char *text,
                                   struct id author, const char *author_name, int64_t rank,
                                   int64_t created_at_ms);
void agent_queue_remove(struct agent *a, struct queue_item *item);
void agent_queue_changed(struct agent *a);
void agent_send_next(struct agent *a);
void agent_fail_next(struct agent *a);
/* Put a text before everything else that waits, as part of a write. */
struct queue_item *agent_queue_first(struct agent_write *w, const char *text,
                                     const struct author *author);

/* ---- agent_prompts.c ---- */

struct prompt *agent_prompt_add(struct agent *a, struct id id, const char *ref);
void agent_prompt_remove(struct agent *a, struct prompt *p);
void agent_prompt_open(struct agent *a, const struct provider_event *ev);
void agent_prompt_withdraw(struct agent *a, const char *ref);
void agent_prompts_expire(struct agent *a);

/* ---- agent_settings.c ---- */

void agent_session_told(struct agent *a, const Leapmux__V1__SessionInfo *session);
void agent_setting_done(struct agent *a, const struct provider_event *ev);
void agent_settings_apply(struct agent *a);
void agent_setting_set(char **setting, const char *value);

/* Changes of settings that follow each other within 10 s are one notice, which is written at the
 * end of that time, or in front of the next message. */
void agent_settings_init(struct agent *a);
void agent_settings_flush(struct agent *a);
void agent_settings_done(struct agent *a);

/* ---- agent_live.c ---- */

void agent_live_append(struct agent *a, const Leapmux__V1__LiveBlock *block);
void agent_live_drop(struct agent *a, const char *block_id);
void agent_live_drop_all(struct agent *a);
/* A message that replaces a block was submitted, and was written. */
void agent_live_over(struct agent *a, const char *block_id);
void agent_live_replaced(struct agent *a, const char *block_id);

#endif
