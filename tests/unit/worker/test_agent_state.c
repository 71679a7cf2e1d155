/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "worker/agent/agent_state.h"

#define IDLE     LEAPMUX__V1__TURN_STATE__TURN_STATE_IDLE
#define STARTING LEAPMUX__V1__TURN_STATE__TURN_STATE_STARTING
#define WORKING  LEAPMUX__V1__TURN_STATE__TURN_STATE_WORKING
#define WAITING  LEAPMUX__V1__TURN_STATE__TURN_STATE_WAITING
#define ERROR    LEAPMUX__V1__TURN_STATE__TURN_STATE_ERROR

#define NO_PROCESS LEAPMUX__V1__PROCESS_STATE__PROCESS_STATE_NONE
#define RUNNING    LEAPMUX__V1__PROCESS_STATE__PROCESS_STATE_RUNNING
#define ENDING     LEAPMUX__V1__PROCESS_STATE__PROCESS_STATE_ENDING

enum { START_LIMIT_MS = 300000 };

static uint64_t now_ms;

static uint32_t feed_value(struct agent_state *s, enum agent_event_kind kind, uint32_t value)
{
    return agent_state_step(s, (struct agent_event){ .kind = kind, .value = value }, now_ms);
}

static uint32_t feed(struct agent_state *s, enum agent_event_kind kind)
{
    return feed_value(s, kind, 0);
}

static uint32_t queue(struct agent_state *s, bool sendable)
{
    return feed_value(s, AGENT_EV_QUEUE, sendable);
}

/* The deadline passes. */
static uint32_t time_out(struct agent_state *s)
{
    assert_true(s->deadline_ms >= now_ms);
    now_ms = s->deadline_ms;
    return feed(s, AGENT_EV_TIMEOUT);
}

static struct agent_state fresh(void)
{
    struct agent_state s;

    now_ms = 1000;
    agent_state_init(&s, START_LIMIT_MS);
    return s;
}

static void spawned(struct agent_state *s)
{
    feed_value(s, AGENT_EV_PHASE, LEAPMUX__V1__START_PHASE__START_PHASE_HANDSHAKE);
}

static struct agent_state idle_with_process(void)
{
    struct agent_state s = fresh();

    assert_int_equal(feed(&s, AGENT_EV_START), AGENT_DO_SPAWN);
    spawned(&s);
    assert_int_equal(feed(&s, AGENT_EV_READY), 0);
    return s;
}

static struct agent_state working(void)
{
    struct agent_state s = idle_with_process();

    assert_int_equal(queue(&s, true), AGENT_DO_SEND_NEXT);
    queue(&s, false);
    return s;
}

static struct agent_state waiting(void)
{
    struct agent_state s = working();

    feed(&s, AGENT_EV_PROMPT_OPENED);
    assert_int_equal(agent_state_turn(&s), WAITING);
    return s;
}

static void an_idle_agent_starts_on_input(void **state)
{
    struct agent_state s = fresh();

    (void)state;
    assert_int_equal(queue(&s, true), 0);
    assert_int_equal(feed(&s, AGENT_EV_INPUT), AGENT_DO_SPAWN);
    assert_int_equal(agent_state_turn(&s), STARTING);
    spawned(&s);
    assert_int_equal(feed(&s, AGENT_EV_READY), AGENT_DO_SEND_NEXT);
    assert_int_equal(agent_state_turn(&s), WORKING);
}

static void ready_with_an_empty_queue_is_idle(void **state)
{
    struct agent_state s = idle_with_process();

    (void)state;
    assert_int_equal(agent_state_turn(&s), IDLE);
    assert_int_equal(s.process, RUNNING);
}

static void a_turn_that_the_cli_starts_by_itself_is_work(void **state)
{
    struct agent_state s = idle_with_process();

    (void)state;
    feed(&s, AGENT_EV_TURN_STARTED);
    assert_int_equal(agent_state_turn(&s), WORKING);
    assert_int_equal(queue(&s, true), 0);
    assert_int_equal(feed(&s, AGENT_EV_TURN_ENDED), AGENT_DO_SEND_NEXT);
}

static void items_are_sent_one_after_the_other(void **state)
{
    struct agent_state s = idle_with_process();

    (void)state;
    assert_int_equal(queue(&s, true), AGENT_DO_SEND_NEXT);
    assert_int_equal(queue(&s, true), 0);
    assert_int_equal(feed(&s, AGENT_EV_INPUT), 0);
    assert_int_equal(feed(&s, AGENT_EV_TURN_ENDED), AGENT_DO_SEND_NEXT);
    queue(&s, false);
    assert_int_equal(feed(&s, AGENT_EV_TURN_ENDED), 0);
    assert_int_equal(agent_state_turn(&s), IDLE);
}

static void the_last_closed_prompt_goes_back_to_work(void **state)
{
    struct agent_state s = waiting();

    (void)state;
    feed(&s, AGENT_EV_PROMPT_OPENED);
    feed(&s, AGENT_EV_PROMPT_CLOSED);
    assert_int_equal(agent_state_turn(&s), WAITING);
    feed(&s, AGENT_EV_PROMPT_CLOSED);
    assert_int_equal(agent_state_turn(&s), WORKING);
    feed(&s, AGENT_EV_TURN_ENDED);
    assert_int_equal(agent_state_turn(&s), IDLE);
}

static void a_start_that_fails_keeps_the_queue_and_shows_an_error(void **state)
{
    struct agent_state s = fresh();

    (void)state;
    queue(&s, true);
    feed(&s, AGENT_EV_INPUT);
    spawned(&s);
    assert_int_equal(feed(&s, AGENT_EV_START_FAILED), AGENT_DO_END);
    assert_int_equal(agent_state_turn(&s), ERROR);
    assert_int_equal(feed(&s, AGENT_EV_EXITED), 0);
    assert_int_equal(agent_state_turn(&s), ERROR);
    assert_int_equal(s.cause, AGENT_CAUSE_GIVEN);
    assert_true(s.sendable);
}

static void a_cli_that_is_missing_fails_the_item(void **state)
{
    struct agent_state s = fresh();

    (void)state;
    queue(&s, true);
    feed(&s, AGENT_EV_INPUT);
    assert_int_equal(feed(&s, AGENT_EV_SPAWN_FAILED), AGENT_DO_FAIL_NEXT);
    assert_int_equal(agent_state_turn(&s), ERROR);
    assert_int_equal(s.process, NO_PROCESS);
}

static void a_start_that_takes_too_long_is_ended(void **state)
{
    struct agent_state s = fresh();

    (void)state;
    feed(&s, AGENT_EV_START);
    spawned(&s);
    assert_int_equal(s.deadline_ms, now_ms + START_LIMIT_MS);
    assert_int_equal(time_out(&s), AGENT_DO_TERM);
    assert_int_equal(s.cause, AGENT_CAUSE_START_TIMEOUT);
    assert_int_equal(time_out(&s), AGENT_DO_KILL);
    feed(&s, AGENT_EV_EXITED);
    assert_int_equal(agent_state_turn(&s), ERROR);
    assert_int_equal(s.process, NO_PROCESS);
}

static void input_after_an_error_starts_again(void **state)
{
    struct agent_state s = working();

    (void)state;
    assert_int_equal(feed(&s, AGENT_EV_EXITED), AGENT_DO_NOTE_EXIT);
    assert_int_equal(agent_state_turn(&s), ERROR);
    queue(&s, true);
    assert_int_equal(feed(&s, AGENT_EV_INPUT), AGENT_DO_SPAWN);
    assert_int_equal(agent_state_turn(&s), STARTING);
}

static void an_unexpected_exit_expires_prompts(void **state)
{
    struct agent_state s = waiting();

    (void)state;
    assert_int_equal(feed(&s, AGENT_EV_EXITED), AGENT_DO_EXPIRE | AGENT_DO_NOTE_EXIT);
    assert_int_equal(s.prompts, 0);
    assert_int_equal(s.cause, AGENT_CAUSE_EXITED);
}

static void an_interrupt_is_confirmed_and_pauses_the_queue(void **state)
{
    struct agent_state s = working();

    (void)state;
    queue(&s, true);
    assert_int_equal(feed(&s, AGENT_EV_INTERRUPT), AGENT_DO_INTERRUPT);
    assert_int_equal(feed(&s, AGENT_EV_INTERRUPT), 0);
    assert_int_equal(feed(&s, AGENT_EV_INTERRUPTED), 0);
    assert_int_equal(agent_state_turn(&s), WORKING);
    assert_int_equal(feed(&s, AGENT_EV_TURN_ENDED), AGENT_DO_NOTE_INTERRUPTED);
    assert_int_equal(agent_state_turn(&s), IDLE);
    assert_true(s.paused);
    assert_int_equal(feed(&s, AGENT_EV_INPUT), AGENT_DO_SEND_NEXT);
    assert_false(s.paused);
}

static void an_interrupt_that_nobody_confirms_climbs_the_ladder(void **state)
{
    struct agent_state s = waiting();

    (void)state;
    feed(&s, AGENT_EV_INTERRUPT);
    assert_int_equal(s.deadline_ms, now_ms + AGENT_INTERRUPT_MS);
    assert_int_equal(time_out(&s), AGENT_DO_SIGINT);
    assert_int_equal(time_out(&s), AGENT_DO_END);
    assert_int_equal(s.process, ENDING);
    assert_int_equal(time_out(&s), AGENT_DO_TERM);
    assert_int_equal(time_out(&s), AGENT_DO_KILL);
    assert_int_equal(feed(&s, AGENT_EV_EXITED), AGENT_DO_EXPIRE | AGENT_DO_NOTE_INTERRUPTED);
    assert_int_equal(agent_state_turn(&s), IDLE);
    assert_int_equal(s.process, NO_PROCESS);
}

static void a_cli_that_ends_on_sigint_is_no_error(void **state)
{
    struct agent_state s = working();

    (void)state;
    feed(&s, AGENT_EV_INTERRUPT);
    time_out(&s);
    feed(&s, AGENT_EV_TURN_ENDED);
    assert_int_equal(agent_state_turn(&s), IDLE);
    s = working();
    feed(&s, AGENT_EV_INTERRUPT);
    time_out(&s);
    assert_int_equal(feed(&s, AGENT_EV_EXITED), AGENT_DO_NOTE_INTERRUPTED);
    assert_int_equal(agent_state_turn(&s), IDLE);
}

static void force_ends_the_process_at_once(void **state)
{
    struct agent_state s = working();

    (void)state;
    assert_int_equal(feed(&s, AGENT_EV_FORCE), AGENT_DO_KILL);
    assert_int_equal(feed(&s, AGENT_EV_EXITED), AGENT_DO_NOTE_INTERRUPTED);
    assert_int_equal(agent_state_turn(&s), IDLE);
}

static void cancelling_a_launch_needs_no_process(void **state)
{
    struct agent_state s = fresh();

    (void)state;
    queue(&s, true);
    feed(&s, AGENT_EV_INPUT);
    assert_int_equal(feed(&s, AGENT_EV_CANCEL_START), AGENT_DO_CANCEL_LAUNCH);
    assert_int_equal(agent_state_turn(&s), IDLE);
    assert_true(s.paused);
}

static void cancelling_a_start_ends_its_process(void **state)
{
    struct agent_state s = fresh();

    (void)state;
    feed(&s, AGENT_EV_START);
    spawned(&s);
    assert_int_equal(feed(&s, AGENT_EV_CANCEL_START), AGENT_DO_TERM);
    assert_int_equal(feed(&s, AGENT_EV_READY), 0);
    feed(&s, AGENT_EV_EXITED);
    assert_int_equal(agent_state_turn(&s), IDLE);
    assert_int_equal(s.process, NO_PROCESS);
}

static void input_while_the_old_process_ends_starts_a_new_one_behind_it(void **state)
{
    struct agent_state s = working();

    (void)state;
    feed(&s, AGENT_EV_FORCE);
    queue(&s, true);
    assert_int_equal(feed(&s, AGENT_EV_INPUT), 0);
    assert_int_equal(agent_state_turn(&s), STARTING);
    assert_true(feed(&s, AGENT_EV_EXITED) & AGENT_DO_SPAWN);
    assert_int_equal(s.process, LEAPMUX__V1__PROCESS_STATE__PROCESS_STATE_STARTING);
}

static void a_restart_comes_back_with_another_process(void **state)
{
    struct agent_state s = waiting();

    (void)state;
    assert_int_equal(feed(&s, AGENT_EV_RESTART), AGENT_DO_END);
    assert_int_equal(agent_state_turn(&s), STARTING);
    assert_int_equal(feed(&s, AGENT_EV_EXITED), AGENT_DO_EXPIRE | AGENT_DO_SPAWN);
    spawned(&s);
    queue(&s, true);
    assert_int_equal(feed(&s, AGENT_EV_READY), AGENT_DO_SEND_NEXT);
}

static void closing_waits_for_the_process(void **state)
{
    struct agent_state s = idle_with_process();

    (void)state;
    assert_int_equal(feed(&s, AGENT_EV_CLOSE), AGENT_DO_END);
    assert_int_equal(feed(&s, AGENT_EV_INPUT), 0);
    assert_int_equal(feed(&s, AGENT_EV_START), 0);
    assert_int_equal(time_out(&s), AGENT_DO_TERM);
    assert_int_equal(feed(&s, AGENT_EV_EXITED), AGENT_DO_CLOSED);
    assert_int_equal(feed(&s, AGENT_EV_CLOSE), 0);
}

static void closing_without_a_process_is_done_at_once(void **state)
{
    struct agent_state s = fresh();

    (void)state;
    assert_int_equal(feed(&s, AGENT_EV_CLOSE), AGENT_DO_CLOSED);
}

static void the_end_of_the_worker_lets_no_process_start(void **state)
{
    struct agent_state s = working();

    (void)state;
    assert_int_equal(feed(&s, AGENT_EV_STOP), AGENT_DO_END);
    queue(&s, true);
    assert_int_equal(feed(&s, AGENT_EV_INPUT), 0);
    assert_int_equal(feed(&s, AGENT_EV_EXITED), AGENT_DO_NOTE_INTERRUPTED | AGENT_DO_STOPPED);
    assert_int_equal(agent_state_turn(&s), IDLE);
}

static void late_news_of_a_process_changes_nothing(void **state)
{
    struct agent_state s = fresh();

    (void)state;
    assert_int_equal(feed(&s, AGENT_EV_READY), 0);
    assert_int_equal(feed(&s, AGENT_EV_EXITED), 0);
    assert_int_equal(feed(&s, AGENT_EV_TURN_STARTED), 0);
    assert_int_equal(feed(&s, AGENT_EV_PROMPT_OPENED), 0);
    assert_int_equal(feed(&s, AGENT_EV_PROMPT_CLOSED), 0);
    assert_int_equal(feed(&s, AGENT_EV_INTERRUPTED), 0);
    assert_int_equal(feed(&s, AGENT_EV_TIMEOUT), 0);
    assert_int_equal(agent_state_turn(&s), IDLE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_idle_agent_starts_on_input),
        cmocka_unit_test(ready_with_an_empty_queue_is_idle),
        cmocka_unit_test(a_turn_that_the_cli_starts_by_itself_is_work),
        cmocka_unit_test(items_are_sent_one_after_the_other),
        cmocka_unit_test(the_last_closed_prompt_goes_back_to_work),
        cmocka_unit_test(a_start_that_fails_keeps_the_queue_and_shows_an_error),
        cmocka_unit_test(a_cli_that_is_missing_fails_the_item),
        cmocka_unit_test(a_start_that_takes_too_long_is_ended),
        cmocka_unit_test(input_after_an_error_starts_again),
        cmocka_unit_test(an_unexpected_exit_expires_prompts),
        cmocka_unit_test(an_interrupt_is_confirmed_and_pauses_the_queue),
        cmocka_unit_test(an_interrupt_that_nobody_confirms_climbs_the_ladder),
        cmocka_unit_test(a_cli_that_ends_on_sigint_is_no_error),
        cmocka_unit_test(force_ends_the_process_at_once),
        cmocka_unit_test(cancelling_a_launch_needs_no_process),
        cmocka_unit_test(cancelling_a_start_ends_its_process),
        cmocka_unit_test(input_while_the_old_process_ends_starts_a_new_one_behind_it),
        cmocka_unit_test(a_restart_comes_back_with_another_process),
        cmocka_unit_test(closing_waits_for_the_process),
        cmocka_unit_test(closing_without_a_process_is_done_at_once),
        cmocka_unit_test(the_end_of_the_worker_lets_no_process_start),
        cmocka_unit_test(late_news_of_a_process_changes_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
