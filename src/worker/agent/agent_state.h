/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What state an agent is in: its process, its turn, its prompts, its queue.
 *
 * Pure: no process, no clock, no database. The runner (agent.c) feeds what happens to
 * agent_state_step() and carries out the actions that come back, in the order of their bits.
 *
 *                     INPUT, START              READY
 *   idle, no process ---------------> starting -------> idle ---------------> working
 *        ^                               |                ^   SEND_NEXT,         | ^
 *        | EXITED after an interrupt     | failure,       |   TURN_STARTED       v | prompts
 *        |                               | limit, exit    +------------------ waiting
 *        |                               v                  TURN_ENDED, interrupt confirmed
 *        +---- working, waiting        error <---- any with a process: unexpected EXITED
 *                                        |
 *                                        +--INPUT, START--> starting
 *
 * A process that is to end is asked politely, then by SIGTERM, then by SIGKILL, each with a
 * deadline. What comes too late for a state is legal and changes nothing.
 */
#ifndef WORKER_AGENT_AGENT_STATE_H
#define WORKER_AGENT_AGENT_STATE_H

#include "base/defs.h"
#include "leapmux/v1/agent.pb-c.h"

enum {
    AGENT_INTERRUPT_MS =
        5000,                 /* from the CLI's own interrupt to SIGINT, and from that to the end */
    AGENT_END_TERM_MS = 3000, /* from the polite end to SIGTERM */
    AGENT_END_KILL_MS = 8000, /* from the polite end to SIGKILL */
    AGENT_KILL_AGAIN_MS = 5000, /* between further SIGKILLs, should one not be enough */
};

enum agent_event_kind {
    AGENT_EV_INPUT,         /* a person put something into the queue, or wants it to go on */
    AGENT_EV_START,         /* a person wants the process */
    AGENT_EV_CANCEL_START,  /* a person wants it no more */
    AGENT_EV_PHASE,         /* value: the Leapmux__V1__StartPhase that a start has reached */
    AGENT_EV_READY,         /* the CLI takes input */
    AGENT_EV_SPAWN_FAILED,  /* there is no process */
    AGENT_EV_START_FAILED,  /* there is one, but it refuses to work */
    AGENT_EV_EXITED,        /* the process is gone and its output has been read */
    AGENT_EV_TURN_STARTED,  /* the CLI works */
    AGENT_EV_TURN_ENDED,    /* the CLI is done */
    AGENT_EV_PROMPT_OPENED, /* one more prompt waits for people */
    AGENT_EV_PROMPT_CLOSED, /* one prompt less */
    AGENT_EV_INTERRUPT,     /* a person stops the turn */
    AGENT_EV_FORCE,         /* a person stops it by ending the process now */
    AGENT_EV_INTERRUPTED,   /* the CLI confirmed an interrupt */
    AGENT_EV_QUEUE,         /* value: 1 if the queue's first item can be sent, else 0 */
    AGENT_EV_RESTART,       /* end the process and start it again with what is wanted now */
    AGENT_EV_CLOSE,         /* the agent is closed for good */
    AGENT_EV_STOP,          /* the Worker stops: end the process, start none */
    AGENT_EV_TIMEOUT,       /* the deadline has passed */
};

/* What the runner must do, in this order. */
enum agent_action {
    AGENT_DO_EXPIRE = 1 << 0,           /* all pending prompts are EXPIRED */
    AGENT_DO_NOTE_EXIT = 1 << 1,        /* history: the process ended unexpectedly */
    AGENT_DO_NOTE_INTERRUPTED = 1 << 2, /* history: the turn was stopped by a person */
    AGENT_DO_FAIL_NEXT = 1 << 3,        /* the queue's first item FAILED */
    AGENT_DO_INTERRUPT = 1 << 4,        /* the CLI's own interrupt */
    AGENT_DO_SIGINT = 1 << 5,           /* to the process group, as the two below */
    AGENT_DO_END = 1 << 6,              /* the CLI's polite end */
    AGENT_DO_TERM = 1 << 7,
    AGENT_DO_KILL = 1 << 8,
    AGENT_DO_CANCEL_LAUNCH = 1 << 9, /* forget a launch that has no process yet */
    AGENT_DO_SPAWN = 1 << 10,        /* launch; answers with PHASE, READY, *_FAILED, EXITED */
    AGENT_DO_SEND_NEXT = 1 << 11,    /* hand the queue's first item to the CLI */
    AGENT_DO_CLOSED = 1 << 12,       /* nothing runs any more: the agent is closed */
    AGENT_DO_STOPPED = 1 << 13,      /* nothing runs any more: the Worker may go */
};

/* Why a turn or a start failed, where the state alone knows. */
enum agent_cause {
    AGENT_CAUSE_NONE,
    AGENT_CAUSE_GIVEN,         /* the runner brought it with *_FAILED */
    AGENT_CAUSE_EXITED,        /* unexpected end of the process */
    AGENT_CAUSE_START_TIMEOUT, /* never got ready */
};

struct agent_event {
    enum agent_event_kind kind;
    uint32_t value;
};

/* Fields are read by anybody and written by agent_state_step() only. */
struct agent_state {
    Leapmux__V1__ProcessState process;
    Leapmux__V1__StartPhase phase; /* of the present start, or of the last one */
    enum agent_cause cause;        /* of `error` */
    uint32_t prompts;              /* pending */
    bool starting;                 /* a process is wanted and not ready yet */
    bool turn;                     /* input was handed over, or the CLI works by itself */
    bool error;
    bool sendable; /* the queue's first item can be sent */
    bool paused;   /* the queue waits for "resume" or new input */
    bool again;    /* start again when the process is gone */
    bool spawned;  /* a process exists, not only its launch */
    bool closing;
    bool stopping;
    bool over;              /* CLOSED or STOPPED was given */
    uint8_t interrupt_step; /* 0 none, 1 the CLI was asked, 2 SIGINT, 3 being ended */
    uint8_t end_step;       /* 0 none, 1 polite, 2 TERM, 3 KILL */
    uint64_t deadline_ms;   /* when TIMEOUT is due, on the caller's clock; 0 = never */
    uint64_t start_limit_ms;
};

/* An idle agent without a process. */
void agent_state_init(struct agent_state *s, uint64_t start_limit_ms);

/* Go on after the Worker was gone, without a process. */
void agent_state_restore(struct agent_state *s, bool error, bool paused);

/* Take in one event at time now_ms; returns a set of enum agent_action. */
uint32_t agent_state_step(struct agent_state *s, struct agent_event ev, uint64_t now_ms);

/* The turn state that people see. */
Leapmux__V1__TurnState agent_state_turn(const struct agent_state *s);

#endif
