/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An agent's state machine against a made-up CLI and a made-up clock: whatever happens in
 * whatever order, it never rests in a state that nothing leads out of, and never asks for
 * something that makes no sense. Seeds are printed; LEAPMUX_SEED runs one alone.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "worker/agent/agent_state.h"

enum { SEEDS = 400, STEPS = 400, START_LIMIT_MS = 300000, SOON_MS = 400000 };

#define NO_PROCESS LEAPMUX__V1__PROCESS_STATE__PROCESS_STATE_NONE
#define RUNNING    LEAPMUX__V1__PROCESS_STATE__PROCESS_STATE_RUNNING

struct world {
    struct agent_state s;
    uint64_t now_ms;
    uint64_t random;
    bool launching;
    bool process;
    bool killed;   /* it must exit soon */
    bool stubborn; /* only SIGKILL ends it */
    bool cli_turn;
    uint32_t prompts;
    uint32_t queue;
};

static uint64_t next_random(struct world *w)
{
    uint64_t z = (w->random += 0x9e3779b97f4a7c15u);

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static void feed(struct world *w, enum agent_event_kind kind, uint32_t value);

/* Carry out what was asked for, and hold it against what can be true. */
static void act(struct world *w, uint32_t todo)
{
    if (todo & AGENT_DO_EXPIRE) {
        w->prompts = 0;
    }
    if (todo & AGENT_DO_CANCEL_LAUNCH) {
        assert_true(w->launching);
        w->launching = false;
    }
    if (todo & (AGENT_DO_INTERRUPT | AGENT_DO_SIGINT | AGENT_DO_END | AGENT_DO_TERM)) {
        assert_true(w->process);
        w->killed = w->killed || (!w->stubborn && (todo & (AGENT_DO_END | AGENT_DO_TERM)) != 0);
    }
    if (todo & AGENT_DO_KILL) {
        assert_true(w->process);
        w->killed = true;
    }
    if (todo & AGENT_DO_SPAWN) {
        assert_false(w->process || w->launching);
        w->launching = true;
    }
    if (todo & AGENT_DO_FAIL_NEXT) {
        w->queue = 0;
        feed(w, AGENT_EV_QUEUE, 0);
    }
    if (todo & AGENT_DO_SEND_NEXT) {
        assert_true(w->process && w->queue > 0);
        w->queue--;
        w->cli_turn = true;
        feed(w, AGENT_EV_QUEUE, w->queue > 0);
    }
    if (todo & (AGENT_DO_CLOSED | AGENT_DO_STOPPED)) {
        assert_false(w->process || w->launching);
        assert_true(w->s.over);
    }
}

static void check(const struct world *w)
{
    const struct agent_state *s = &w->s;

    assert_int_equal(s->process == NO_PROCESS, !w->process && !w->launching);
    assert_true(s->process != RUNNING || w->process);
    if (s->process == NO_PROCESS) {
        assert_false(s->turn || s->prompts > 0 || s->starting || s->again);
        assert_int_equal(s->deadline_ms, 0);
    } else if (s->process != RUNNING || s->interrupt_step > 0) {
        assert_true(s->deadline_ms != 0);
    }
    /* Nothing that could be sent lies about. */
    if (s->process == RUNNING && agent_state_turn(s) == LEAPMUX__V1__TURN_STATE__TURN_STATE_IDLE) {
        assert_true(!s->sendable || s->paused || s->interrupt_step > 0);
    }
}

static void feed(struct world *w, enum agent_event_kind kind, uint32_t value)
{
    act(w,
        agent_state_step(&w->s, (struct agent_event){ .kind = kind, .value = value }, w->now_ms));
}

static void exit_process(struct world *w)
{
    w->process = false;
    w->killed = false;
    w->cli_turn = false;
    w->prompts = 0;
    feed(w, AGENT_EV_EXITED, 0);
}

static void launch(struct world *w)
{
    w->launching = false;
    if (next_random(w) % 4 == 0) {
        feed(w, AGENT_EV_SPAWN_FAILED, 0);
        return;
    }
    w->process = true;
    w->stubborn = next_random(w) % 3 == 0;
    feed(w, AGENT_EV_PHASE, LEAPMUX__V1__START_PHASE__START_PHASE_HANDSHAKE);
}

/* Something of what a CLI may do by itself. */
static void cli_acts(struct world *w)
{
    static const enum agent_event_kind SAYS[] = { AGENT_EV_READY,        AGENT_EV_START_FAILED,
                                                  AGENT_EV_TURN_STARTED, AGENT_EV_TURN_ENDED,
                                                  AGENT_EV_INTERRUPTED,  AGENT_EV_PROMPT_OPENED };
    enum agent_event_kind kind = SAYS[next_random(w) % ARRAY_LEN(SAYS)];

    if (next_random(w) % 20 == 0) {
        exit_process(w);
        return;
    }
    w->prompts += kind == AGENT_EV_PROMPT_OPENED ? 1 : 0;
    feed(w, kind, 0);
    if (w->prompts > 0 && next_random(w) % 2 == 0) {
        w->prompts--;
        feed(w, AGENT_EV_PROMPT_CLOSED, 0);
    }
}

static void person_acts(struct world *w)
{
    switch (next_random(w) % 8) {
    case 0:
    case 1:
        w->queue++;
        feed(w, AGENT_EV_QUEUE, 1);
        feed(w, AGENT_EV_INPUT, 0);
        break;
    case 2:
        feed(w, AGENT_EV_START, 0);
        break;
    case 3:
        feed(w, AGENT_EV_CANCEL_START, 0);
        break;
    case 4:
        feed(w, AGENT_EV_INTERRUPT, 0);
        break;
    case 5:
        feed(w, AGENT_EV_FORCE, 0);
        break;
    case 6:
        feed(w, AGENT_EV_RESTART, 0);
        break;
    default:
        w->queue = 0;
        feed(w, AGENT_EV_QUEUE, 0);
        break;
    }
}

static void pass_time(struct world *w)
{
    w->now_ms += next_random(w) % 4000;
    if (w->s.deadline_ms != 0 && w->now_ms >= w->s.deadline_ms) {
        feed(w, AGENT_EV_TIMEOUT, 0);
    }
}

static void live(struct world *w)
{
    for (int i = 0; i < STEPS; i++) {
        uint64_t what = next_random(w) % 4;

        if (w->launching && what == 0) {
            launch(w);
        } else if (w->process && w->killed && what == 0) {
            exit_process(w);
        } else if (w->process && what <= 1) {
            cli_acts(w);
        } else if (what == 2) {
            person_acts(w);
        } else {
            pass_time(w);
        }
        check(w);
    }
}

/* From here on the CLI says nothing; it only ends when it is made to. */
static void only_time(struct world *w, bool (*arrived)(const struct world *))
{
    uint64_t end = w->now_ms + SOON_MS;

    while (!arrived(w)) {
        assert_true(w->now_ms < end);
        if (w->killed) {
            exit_process(w);
        } else if (w->launching) {
            launch(w);
        } else {
            assert_true(w->s.deadline_ms != 0);
            w->now_ms = w->s.deadline_ms;
            feed(w, AGENT_EV_TIMEOUT, 0);
        }
        check(w);
    }
}

static bool is_over(const struct world *w)
{
    return w->s.over;
}

/* Nothing of a start or an interrupt is left. */
static bool is_calm(const struct world *w)
{
    return w->s.process == NO_PROCESS || (w->s.process == RUNNING && w->s.interrupt_step == 0);
}

static struct world born(uint64_t seed)
{
    struct world w = { .random = seed, .now_ms = 1 };

    agent_state_init(&w.s, START_LIMIT_MS);
    return w;
}

static void each_seed(void (*story)(struct world *))
{
    const char *only = getenv("LEAPMUX_SEED");

    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct world w;

        if (only != NULL && strtoull(only, NULL, 10) != seed) {
            continue;
        }
        print_message("# seed %llu\n", (unsigned long long)seed);
        w = born(seed);
        live(&w);
        story(&w);
    }
}

static void close_it(struct world *w)
{
    feed(w, AGENT_EV_CLOSE, 0);
    only_time(w, is_over);
}

static void stop_it(struct world *w)
{
    feed(w, AGENT_EV_STOP, 0);
    only_time(w, is_over);
}

static void interrupt_it(struct world *w)
{
    feed(w, AGENT_EV_INTERRUPT, 0);
    only_time(w, is_calm);
    assert_true(w->s.process == NO_PROCESS || (!w->s.turn && w->s.prompts == 0));
}

static void use_it(struct world *w)
{
    feed(w, AGENT_EV_FORCE, 0);
    only_time(w, is_calm);
    w->queue = 1;
    feed(w, AGENT_EV_QUEUE, 1);
    feed(w, AGENT_EV_INPUT, 0);
    assert_true(w->launching || w->s.turn || w->queue == 0);
}

static void closing_always_comes_to_an_end(void **state)
{
    (void)state;
    each_seed(close_it);
}

static void stopping_always_comes_to_an_end(void **state)
{
    (void)state;
    each_seed(stop_it);
}

static void an_interrupt_always_comes_to_an_end(void **state)
{
    (void)state;
    each_seed(interrupt_it);
}

static void an_agent_can_always_be_used_again(void **state)
{
    (void)state;
    each_seed(use_it);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(closing_always_comes_to_an_end),
        cmocka_unit_test(stopping_always_comes_to_an_end),
        cmocka_unit_test(an_interrupt_always_comes_to_an_end),
        cmocka_unit_test(an_agent_can_always_be_used_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
