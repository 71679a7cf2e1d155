/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/agent/agent_state.h"

#define NONE     LEAPMUX__V1__PROCESS_STATE__PROCESS_STATE_NONE
#define STARTING LEAPMUX__V1__PROCESS_STATE__PROCESS_STATE_STARTING
#define RUNNING  LEAPMUX__V1__PROCESS_STATE__PROCESS_STATE_RUNNING
#define ENDING   LEAPMUX__V1__PROCESS_STATE__PROCESS_STATE_ENDING

void agent_state_init(struct agent_state *s, uint64_t start_limit_ms)
{
    *s = (struct agent_state){ .process = NONE, .start_limit_ms = start_limit_ms };
}

void agent_state_restore(struct agent_state *s, bool error, bool paused)
{
    s->error = error;
    s->cause = error ? AGENT_CAUSE_GIVEN : AGENT_CAUSE_NONE;
    s->paused = paused;
}

Leapmux__V1__TurnState agent_state_turn(const struct agent_state *s)
{
    if (s->starting) {
        return LEAPMUX__V1__TURN_STATE__TURN_STATE_STARTING;
    }
    if (s->error) {
        return LEAPMUX__V1__TURN_STATE__TURN_STATE_ERROR;
    }
    if (s->prompts > 0) {
        return LEAPMUX__V1__TURN_STATE__TURN_STATE_WAITING;
    }
    return s->turn ? LEAPMUX__V1__TURN_STATE__TURN_STATE_WORKING
                   : LEAPMUX__V1__TURN_STATE__TURN_STATE_IDLE;
}

/* Start a process, or see to it that one is started when the old one is gone. */
static uint32_t start(struct agent_state *s, uint64_t now_ms)
{
    if (s->closing || s->stopping) {
        return 0;
    }
    s->starting = true;
    s->error = false;
    s->cause = AGENT_CAUSE_NONE;
    if (s->process == ENDING) {
        s->again = true;
        return 0;
    }
    s->again = false;
    s->spawned = false;
    s->process = STARTING;
    s->phase = LEAPMUX__V1__START_PHASE__START_PHASE_LAUNCHING;
    s->deadline_ms = now_ms + s->start_limit_ms;
    return AGENT_DO_SPAWN;
}

/* Hand over the next item of the queue when the CLI can take it. */
static uint32_t send_next(struct agent_state *s)
{
    if (s->process != RUNNING || s->turn || s->prompts > 0 || !s->sendable || s->paused ||
        s->interrupt_step > 0) {
        return 0;
    }
    s->turn = true;
    return AGENT_DO_SEND_NEXT;
}

static void forget_turn(struct agent_state *s)
{
    s->turn = false;
    s->interrupt_step = 0;
    s->prompts = 0;
}

/* Begin (or hasten) the end of the process; step is the first means that is tried. */
static uint32_t end_process(struct agent_state *s, uint8_t step, uint64_t now_ms)
{
    static const uint32_t means[] = { 0, AGENT_DO_END, AGENT_DO_TERM, AGENT_DO_KILL };
    static const uint64_t wait_ms[] = { 0, AGENT_END_TERM_MS, AGENT_END_KILL_MS - AGENT_END_TERM_MS,
                                        AGENT_KILL_AGAIN_MS };

    if (s->process == ENDING && s->end_step >= step) {
        return 0;
    }
    s->process = ENDING;
    s->end_step = step;
    s->deadline_ms = now_ms + wait_ms[step];
    return means[step];
}

/* All that is left when no process is there. */
static uint32_t rest(struct agent_state *s)
{
    s->process = NONE;
    s->spawned = false;
    s->end_step = 0;
    s->deadline_ms = 0;
    if (s->closing || s->stopping) {
        bool first = !s->over;

        s->over = true;
        s->starting = false;
        return !first ? 0 : s->closing ? AGENT_DO_CLOSED : AGENT_DO_STOPPED;
    }
    return 0;
}

/* A launch without a process is simply forgotten. */
static uint32_t end_or_cancel(struct agent_state *s, uint8_t step, uint64_t now_ms)
{
    if (s->process == STARTING && !s->spawned) {
        return AGENT_DO_CANCEL_LAUNCH | rest(s);
    }
    return end_process(s, step, now_ms);
}

static void fail(struct agent_state *s, enum agent_cause cause)
{
    s->starting = false;
    s->again = false;
    s->error = true;
    s->cause = cause;
}

/* An interrupt is over, one way or the other. */
static uint32_t interrupt_done(struct agent_state *s)
{
    uint32_t todo = AGENT_DO_NOTE_INTERRUPTED | (s->prompts > 0 ? AGENT_DO_EXPIRE : 0);

    forget_turn(s);
    s->paused = s->sendable;
    if (s->process == RUNNING) {
        s->deadline_ms = 0;
    }
    return todo;
}

static uint32_t on_input(struct agent_state *s, uint64_t now_ms)
{
    s->paused = false;
    if (s->starting || s->closing || s->stopping) {
        return 0;
    }
    if (s->process == RUNNING) {
        return send_next(s);
    }
    return s->sendable ? start(s, now_ms) : 0;
}

static uint32_t on_start(struct agent_state *s, uint64_t now_ms)
{
    if (s->starting || s->process == RUNNING) {
        return 0;
    }
    return start(s, now_ms);
}

static uint32_t on_cancel_start(struct agent_state *s, uint64_t now_ms)
{
    if (!s->starting) {
        return 0;
    }
    s->starting = false;
    s->again = false;
    s->paused = s->sendable;
    return end_or_cancel(s, 2, now_ms);
}

static uint32_t on_phase(struct agent_state *s, uint32_t phase)
{
    if (s->process != STARTING) {
        return 0;
    }
    s->phase = (Leapmux__V1__StartPhase)phase;
    s->spawned = s->spawned || phase > LEAPMUX__V1__START_PHASE__START_PHASE_LAUNCHING;
    return 0;
}

static uint32_t on_ready(struct agent_state *s)
{
    if (s->process != STARTING) {
        return 0;
    }
    s->process = RUNNING;
    s->phase = LEAPMUX__V1__START_PHASE__START_PHASE_READY;
    s->starting = false;
    s->deadline_ms = 0;
    forget_turn(s);
    return send_next(s);
}

static uint32_t on_spawn_failed(struct agent_state *s)
{
    if (s->process != STARTING) {
        return 0;
    }
    fail(s, AGENT_CAUSE_GIVEN);
    return rest(s) | (s->sendable ? AGENT_DO_FAIL_NEXT : 0);
}

static uint32_t on_start_failed(struct agent_state *s, uint64_t now_ms)
{
    if (s->process != STARTING) {
        return 0;
    }
    fail(s, AGENT_CAUSE_GIVEN);
    return end_process(s, 1, now_ms);
}

/* The end that somebody asked for. */
static uint32_t exited_as_asked(struct agent_state *s, uint64_t now_ms)
{
    uint32_t todo = s->prompts > 0 ? AGENT_DO_EXPIRE : 0;

    if (s->interrupt_step > 0) {
        todo |= interrupt_done(s);
    } else if (s->turn) {
        todo |= AGENT_DO_NOTE_INTERRUPTED;
    }
    forget_turn(s);
    todo |= rest(s);
    if (s->again) {
        todo |= start(s, now_ms);
    }
    return todo;
}

static uint32_t on_exited(struct agent_state *s, uint64_t now_ms)
{
    uint32_t todo;

    if (s->process == NONE) {
        return 0;
    }
    if (s->process == ENDING || s->interrupt_step > 0) {
        return exited_as_asked(s, now_ms);
    }
    todo = s->process == RUNNING ? AGENT_DO_NOTE_EXIT : 0;
    todo |= s->prompts > 0 ? AGENT_DO_EXPIRE : 0;
    forget_turn(s);
    fail(s, AGENT_CAUSE_EXITED);
    return todo | rest(s);
}

static uint32_t on_turn_ended(struct agent_state *s)
{
    if (s->process != RUNNING) {
        s->turn = false; /* its end is on the way: nothing of it is cut off */
        return 0;
    }
    if (s->interrupt_step > 0) {
        return interrupt_done(s) | send_next(s);
    }
    s->turn = false;
    return send_next(s);
}

static uint32_t on_prompt_closed(struct agent_state *s)
{
    if (s->prompts == 0) {
        return 0;
    }
    s->prompts--;
    return send_next(s);
}

static uint32_t on_interrupt(struct agent_state *s, uint64_t now_ms)
{
    if (s->process != RUNNING || s->interrupt_step > 0 || (!s->turn && s->prompts == 0)) {
        return 0;
    }
    s->interrupt_step = 1;
    s->deadline_ms = now_ms + AGENT_INTERRUPT_MS;
    return AGENT_DO_INTERRUPT;
}

static uint32_t on_force(struct agent_state *s, uint64_t now_ms)
{
    if (s->process == NONE || s->process == STARTING) {
        return 0;
    }
    if (s->process == RUNNING) {
        s->interrupt_step = 3;
    }
    return end_process(s, 3, now_ms);
}

/*
 * The CLI may confirm before it says that the turn is over; then its end is waited for, within
 * the deadline that runs already, so that the next input cannot fall into the old turn.
 */
static uint32_t on_interrupted(struct agent_state *s)
{
    if (s->process != RUNNING || s->interrupt_step == 0 || s->turn) {
        return 0;
    }
    return interrupt_done(s) | send_next(s);
}

static uint32_t on_restart(struct agent_state *s, uint64_t now_ms)
{
    if (s->process == NONE || s->closing || s->stopping) {
        return 0;
    }
    if (s->process == STARTING && !s->spawned) {
        s->process = NONE;
        return AGENT_DO_CANCEL_LAUNCH | start(s, now_ms);
    }
    s->turn = false;
    s->starting = true;
    s->error = false;
    s->again = true;
    return end_process(s, 1, now_ms);
}

static uint32_t on_close(struct agent_state *s, bool for_good, uint64_t now_ms)
{
    uint32_t todo = 0;

    if (s->over) {
        return 0;
    }
    s->closing = s->closing || for_good;
    s->stopping = s->stopping || !for_good;
    s->again = false;
    s->starting = false;
    if (s->process == NONE) {
        todo = s->prompts > 0 ? AGENT_DO_EXPIRE : 0;
        s->prompts = 0;
        return todo | rest(s);
    }
    return end_or_cancel(s, 1, now_ms);
}

static uint32_t on_timeout(struct agent_state *s, uint64_t now_ms)
{
    if (s->deadline_ms == 0 || now_ms < s->deadline_ms) {
        return 0;
    }
    if (s->process == ENDING) {
        if (s->end_step < 3) {
            return end_process(s, (uint8_t)(s->end_step + 1), now_ms);
        }
        s->deadline_ms = now_ms + AGENT_KILL_AGAIN_MS;
        return AGENT_DO_KILL;
    }
    if (s->process == STARTING) {
        fail(s, AGENT_CAUSE_START_TIMEOUT);
        return end_or_cancel(s, 2, now_ms);
    }
    if (s->interrupt_step == 1) {
        s->interrupt_step = 2;
        s->deadline_ms = now_ms + AGENT_INTERRUPT_MS;
        return AGENT_DO_SIGINT;
    }
    if (s->interrupt_step == 2) {
        s->interrupt_step = 3;
        return end_process(s, 1, now_ms);
    }
    s->deadline_ms = 0;
    return 0;
}

uint32_t agent_state_step(struct agent_state *s, struct agent_event ev, uint64_t now_ms)
{
    switch (ev.kind) {
    case AGENT_EV_INPUT:
        return on_input(s, now_ms);
    case AGENT_EV_START:
        return on_start(s, now_ms);
    case AGENT_EV_CANCEL_START:
        return on_cancel_start(s, now_ms);
    case AGENT_EV_PHASE:
        return on_phase(s, ev.value);
    case AGENT_EV_READY:
        return on_ready(s);
    case AGENT_EV_SPAWN_FAILED:
        return on_spawn_failed(s);
    case AGENT_EV_START_FAILED:
        return on_start_failed(s, now_ms);
    case AGENT_EV_EXITED:
        return on_exited(s, now_ms);
    case AGENT_EV_TURN_STARTED:
        s->turn = s->turn || s->process == RUNNING;
        return 0;
    case AGENT_EV_TURN_ENDED:
        return on_turn_ended(s);
    case AGENT_EV_PROMPT_OPENED:
        s->prompts += s->process == NONE ? 0 : 1;
        return 0;
    case AGENT_EV_PROMPT_CLOSED:
        return on_prompt_closed(s);
    case AGENT_EV_INTERRUPT:
        return on_interrupt(s, now_ms);
    case AGENT_EV_FORCE:
        return on_force(s, now_ms);
    case AGENT_EV_INTERRUPTED:
        return on_interrupted(s);
    case AGENT_EV_QUEUE:
        s->sendable = ev.value != 0;
        return send_next(s);
    case AGENT_EV_RESTART:
        return on_restart(s, now_ms);
    case AGENT_EV_CLOSE:
        return on_close(s, true, now_ms);
    case AGENT_EV_STOP:
        return on_close(s, false, now_ms);
    case AGENT_EV_TIMEOUT:
        return on_timeout(s, now_ms);
    }
    return 0;
}
