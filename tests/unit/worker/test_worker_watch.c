/* SPDX-License-Identifier: Apache-2.0 */
/* WatchAgent and its kin: nothing lost, nothing doubled, whatever is cut. */
#include "unit/worker/rig.h"

#include "unit/worker/fake_claude.h"

enum { MANY = 300, CUTS = 40 };

static uint64_t chance;

static uint64_t next_chance(uint64_t below)
{
    chance = chance * 6364136223846793005u + 1442695040888963407u;
    return (chance >> 33) % below;
}

/* LEAPMUX_SEED takes the place of the usual seed. */
static void seed_chance(uint64_t usual)
{
    const char *seed = getenv("LEAPMUX_SEED");

    chance = seed != NULL ? strtoull(seed, NULL, 10) : usual;
    print_message("# seed %llu\n", (unsigned long long)chance);
}

static bool has_result(void *arg)
{
    struct seen *s = arg;

    return s->results > 0 && seen_idle(s);
}

static bool has_caught_up(void *arg)
{
    struct seen *s = arg;

    return s->catch_ups > 0;
}

/* A watcher that is cut again when it has seen so many more messages. */
struct cut {
    struct seen *seen;
    uint32_t at;
};

static bool is_at_cut(void *arg)
{
    struct cut *cut = arg;

    return cut->seen->last_seq >= cut->at || has_result(cut->seen);
}

static void expect_many(const struct seen *s, const char *first)
{
    char line[64];
    const char *at = s->texts;

    assert_memory_equal(at, first, strlen(first));
    at += strlen(first);
    for (int i = 0; i < MANY; i++) {
        snprintf(line, sizeof(line), "text %d\n", i);
        assert_memory_equal(at, line, strlen(line));
        at += strlen(line);
    }
    assert_string_equal(at, "");
}

static void a_watcher_that_is_cut_at_random_sees_everything_once(void **state)
{
    struct rig *r = rig_new();
    struct client *c = rig_client(r);
    struct seen *s;
    struct cut cut = { .seen = NULL };

    (void)state;
    seed_chance(20261120);
    s = seen_new(c, rig_open(c, "many 300"));
    cut.seen = s;
    for (int i = 0; i < CUTS && !has_result(s); i++) {
        cut.at = s->last_seq + 1 + (uint32_t)next_chance(25);
        rig_wait(r, is_at_cut, &cut);
        client_cut(c, true);
        s->catch_ups = 0;
        seen_watch(s);
    }
    rig_wait(r, has_result, s);
    assert_false(s->has_gap);
    assert_int_equal(s->resets, 0);
    expect_many(s, "> many 300\n");
    seen_free(s);
    rig_free(r);
}

static void a_watcher_that_does_not_read_holds_up_nobody_and_goes_on_later(void **state)
{
    struct rig *r = rig_new();
    struct client *c = rig_client(r);
    struct id agent = rig_open(c, "one");
    struct seen *s = seen_new(c, agent);
    struct seen *t = seen_new(c, agent);
    char big[60000];

    (void)state;
    t->call->reads_not = true;
    memset(big, 'x', sizeof(big) - 1);
    big[sizeof(big) - 1] = '\0';
    rig_wait(r, has_result, s);
    for (unsigned i = 0; i < 6; i++) {
        s->results = 0;
        s->texts[0] = '\0';
        assert_null(rig_send(c, agent, random_id(), big));
        rig_wait(r, has_result, s);
    }
    assert_false(s->has_gap);
    assert_true(t->last_seq < s->last_seq);
    /* It comes back from where it stood. */
    t->call->on_message = NULL;
    channel_cancel(c->channel, t->call->stream);
    t->catch_ups = 0;
    seen_watch(t);
    rig_wait(r, has_caught_up, t);
    assert_false(t->has_gap);
    assert_int_equal(t->last_seq, s->last_seq);
    seen_free(s);
    seen_free(t);
    rig_free(r);
}

static bool has_live(void *arg)
{
    struct seen *s = arg;

    return s->deltas > 0;
}

static void live_text_comes_in_pieces_and_a_late_watcher_gets_all_of_it(void **state)
{
    struct rig *r = rig_new();
    struct client *c = rig_client(r);
    struct id agent = rig_open(c, "drip 100");
    struct seen *s = seen_new(c, agent);
    struct seen *late;

    (void)state;
    rig_wait(r, has_live, s);
    late = seen_new(c, agent);
    rig_wait(r, has_result, s);
    rig_wait(r, has_result, late);
    assert_false(s->live_has_gap);
    assert_false(late->live_has_gap);
    assert_true(s->deltas < 100);
    assert_true(strncmp(s->live, "p0 p1 ", 6) == 0);
    assert_true(late->live[0] == '\0' || strncmp(late->live, "p0 p1 ", 6) == 0);
    assert_non_null(strstr(s->texts, "p98 p99 "));
    seen_free(s);
    seen_free(late);
    rig_free(r);
}

static void a_place_beyond_the_end_is_reset_to_the_tail(void **state)
{
    struct rig *r = rig_new();
    struct client *c = rig_client(r);
    struct id agent = rig_open(c, "one");
    struct seen *s = seen_new(c, agent);
    struct seen *t;
    uint32_t last;

    (void)state;
    rig_wait(r, has_result, s);
    last = s->last_seq;
    t = NEW(struct seen);
    t->client = c;
    t->agent = agent;
    t->last_seq = last + 1000;
    seen_watch(t);
    rig_wait(r, has_caught_up, t);
    assert_int_equal(t->resets, 1);
    assert_int_equal(t->last_seq, last);
    assert_string_equal(t->texts, s->texts);
    seen_free(s);
    seen_free(t);
    rig_free(r);
}

static void a_tail_is_the_newest_messages_only(void **state)
{
    struct rig *r = rig_new();
    struct client *c = rig_client(r);
    struct id agent = rig_open(c, "many 20");
    struct seen *s = seen_new(c, agent);
    struct seen *t = NEW(struct seen);
    Leapmux__V1__WatchAgentRequest request = LEAPMUX__V1__WATCH_AGENT_REQUEST__INIT;

    (void)state;
    rig_wait(r, has_result, s);
    t->client = c;
    request.agent_id = agent.s;
    request.tail = 3;
    t->call = client_call(c, "WatchAgent", &request, seen_event, t);
    rig_wait(r, has_caught_up, t);
    assert_int_equal(t->watermark, s->last_seq);
    assert_int_equal(t->last_seq, s->last_seq);
    assert_null(strstr(t->texts, "text 5\n"));
    seen_free(s);
    seen_free(t);
    rig_free(r);
}

static Leapmux__V1__ReadMessagesResponse *
read_page(struct client *c, struct id agent, Leapmux__V1__ReadMessagesRequest__PlaceCase place,
          uint32_t seq, uint32_t limit)
{
    Leapmux__V1__ReadMessagesRequest request = LEAPMUX__V1__READ_MESSAGES_REQUEST__INIT;
    Leapmux__V1__ReadMessagesResponse *page;

    request.agent_id = agent.s;
    request.place_case = place;
    request.before_seq = seq; /* one memory for all three */
    request.limit = limit;
    page =
        client_ask(c, "ReadMessages", &request, &leapmux__v1__read_messages_response__descriptor);
    assert_non_null(page);
    for (size_t i = 1; i < page->n_messages; i++) {
        assert_int_equal(page->messages[i]->seq, page->messages[i - 1]->seq + 1);
    }
    return page;
}

static void history_is_read_in_pages(void **state)
{
    struct rig *r = rig_new();
    struct client *c = rig_client(r);
    struct id agent = rig_open(c, "many 30");
    struct seen *s = seen_new(c, agent);
    Leapmux__V1__ReadMessagesResponse *page;

    (void)state;
    rig_wait(r, has_result, s);
    page = read_page(c, agent, LEAPMUX__V1__READ_MESSAGES_REQUEST__PLACE__NOT_SET, 0, 10);
    assert_int_equal(page->n_messages, 10);
    assert_int_equal(page->messages[9]->seq, s->last_seq);
    assert_true(page->has_earlier);
    assert_false(page->has_later);
    pb_free(page);
    page = read_page(c, agent, LEAPMUX__V1__READ_MESSAGES_REQUEST__PLACE_BEFORE_SEQ, 5, 10);
    assert_int_equal(page->n_messages, 4);
    assert_false(page->has_earlier);
    assert_true(page->has_later);
    pb_free(page);
    page = read_page(c, agent, LEAPMUX__V1__READ_MESSAGES_REQUEST__PLACE_AFTER_SEQ, 2, 500);
    assert_int_equal(page->n_messages, s->last_seq - 2);
    pb_free(page);
    page = read_page(c, agent, LEAPMUX__V1__READ_MESSAGES_REQUEST__PLACE_AROUND_SEQ, 20, 10);
    assert_int_equal(page->messages[0]->seq, 15);
    assert_int_equal(page->messages[9]->seq, 24);
    pb_free(page);
    seen_free(s);
    rig_free(r);
}

static void the_line_of_a_message_can_be_had(void **state)
{
    struct rig *r = rig_new();
    struct client *c = rig_client(r);
    struct id agent = rig_open(c, "one");
    struct seen *s = seen_new(c, agent);
    Leapmux__V1__GetRawRequest request = LEAPMUX__V1__GET_RAW_REQUEST__INIT;
    Leapmux__V1__GetRawResponse *raw = NULL;

    (void)state;
    rig_wait(r, has_result, s);
    request.agent_id = agent.s;
    for (request.seq = 1; raw == NULL && request.seq <= s->last_seq; request.seq++) {
        raw = client_ask(c, "GetRaw", &request, &leapmux__v1__get_raw_response__descriptor);
    }
    assert_non_null(raw);
    assert_non_null(memmem(raw->raw.data, raw->raw.len, "\"type\":", 7));
    pb_free(raw);
    request.seq = 100000;
    assert_null(client_ask(c, "GetRaw", &request, &leapmux__v1__get_raw_response__descriptor));
    assert_string_equal(client_reason(c), "NOT_FOUND");
    seen_free(s);
    rig_free(r);
}

/* ---- WatchWorkspace ---- */

struct overview {
    unsigned snapshots;
    size_t agents; /* in the snapshot */
    unsigned changes;
    unsigned gone;
    Leapmux__V1__TurnState turn;
    uint32_t read_seq;
    char title[64];
    struct asked *call;
};

static void on_overview(struct asked *asked, struct bytes message)
{
    struct overview *o = asked->arg;
    Leapmux__V1__WatchWorkspaceEvent *ev =
        pb_unpack(&leapmux__v1__watch_workspace_event__descriptor, message);

    assert_non_null(ev);
    if (ev->event_case == LEAPMUX__V1__WATCH_WORKSPACE_EVENT__EVENT_SNAPSHOT) {
        o->snapshots++;
        o->agents = ev->snapshot->n_agents;
    } else if (ev->event_case == LEAPMUX__V1__WATCH_WORKSPACE_EVENT__EVENT_AGENT) {
        o->changes++;
        o->turn = ev->agent->state->turn_state;
        o->read_seq = ev->agent->read_seq;
        snprintf(o->title, sizeof(o->title), "%s", ev->agent->title);
    } else {
        o->gone++;
    }
    pb_free(ev);
}

static bool overview_idle(void *arg)
{
    struct overview *o = arg;

    return o->turn == LEAPMUX__V1__TURN_STATE__TURN_STATE_IDLE;
}

static bool overview_read(void *arg)
{
    struct overview *o = arg;

    return o->read_seq == 2;
}

static bool overview_gone(void *arg)
{
    struct overview *o = arg;

    return o->gone == 1;
}

static bool overview_ended(void *arg)
{
    struct overview *o = arg;

    return o->call->ended;
}

static void watch_workspace(struct client *c, struct overview *o)
{
    Leapmux__V1__WatchWorkspaceRequest request = LEAPMUX__V1__WATCH_WORKSPACE_REQUEST__INIT;

    request.workspace_id = rig_workspace.s;
    o->call = client_call(c, "WatchWorkspace", &request, on_overview, o);
}

static void a_workspace_shows_its_agents_come_change_and_go(void **state)
{
    struct rig *r = rig_new();
    struct client *c = rig_client(r);
    struct overview o = { 0 };
    struct id agent;
    Leapmux__V1__ReadUpToRequest up_to = LEAPMUX__V1__READ_UP_TO_REQUEST__INIT;
    Leapmux__V1__CloseAgentRequest close = LEAPMUX__V1__CLOSE_AGENT_REQUEST__INIT;

    (void)state;
    watch_workspace(c, &o);
    agent = rig_open(c, "one");
    rig_wait(r, overview_idle, &o);
    assert_int_equal(o.snapshots, 1);
    assert_int_equal(o.agents, 0);
    assert_string_equal(o.title, "Agent 1");
    up_to.agent_id = agent.s;
    up_to.seq = 2;
    pb_free(client_ask(c, "ReadUpTo", &up_to, &leapmux__v1__read_up_to_response__descriptor));
    rig_wait(r, overview_read, &o);
    close.agent_id = agent.s;
    pb_free(client_ask(c, "CloseAgent", &close, &leapmux__v1__close_agent_response__descriptor));
    rig_wait(r, overview_gone, &o);
    rig_free(r);
}

static void a_right_that_is_taken_ends_what_is_watched(void **state)
{
    struct rig *r = rig_new();
    struct client *c = rig_client(r);
    struct overview o = { 0 };
    struct id agent = rig_open(c, "one");
    struct seen *s = seen_new(c, agent);

    (void)state;
    watch_workspace(c, &o);
    rig_wait(r, has_result, s);
    rig_grant(r, rig_user, true, random_id(), LEAPMUX__V1__WORKSPACE_LEVEL__WORKSPACE_LEVEL_OWNER);
    rig_wait(r, overview_ended, &o);
    rig_wait(r, asked_is_over, s->call);
    assert_string_equal(o.call->reason, "ACCESS_REVOKED");
    assert_string_equal(s->call->reason, "ACCESS_REVOKED");
    assert_string_equal(rig_send(c, agent, random_id(), "x"), "NOT_FOUND");
    seen_free(s);
    rig_free(r);
}

/* ---- chance ---- */

static bool is_caught_up_again(void *arg)
{
    struct seen *s = arg;

    return s->catch_ups > 0 && seen_idle(s) && s->queue == 0;
}

static bool a_turn_later(void *arg)
{
    unsigned *turns = arg;

    return (*turns)++ > 3;
}

static void on_tick(void *arg)
{
    rig_poke(arg);
}

/* Something that a client does without waiting for what comes of it. */
static void act_at_random(struct client *c, struct id agent)
{
    Leapmux__V1__WatchAgentRequest watch = LEAPMUX__V1__WATCH_AGENT_REQUEST__INIT;
    Leapmux__V1__SendMessageRequest say = LEAPMUX__V1__SEND_MESSAGE_REQUEST__INIT;
    Leapmux__V1__ReadMessagesRequest read = LEAPMUX__V1__READ_MESSAGES_REQUEST__INIT;
    Leapmux__V1__ListDirectoryRequest list = LEAPMUX__V1__LIST_DIRECTORY_REQUEST__INIT;
    Leapmux__V1__InterruptAgentRequest stop = LEAPMUX__V1__INTERRUPT_AGENT_REQUEST__INIT;
    Leapmux__V1__WatchWorkspaceRequest workspace = LEAPMUX__V1__WATCH_WORKSPACE_REQUEST__INIT;
    struct id message = random_id();
    char text[] = "drip 30";

    switch (next_chance(7)) {
    case 0:
        watch.agent_id = agent.s;
        (void)client_call(c, "WatchAgent", &watch, NULL, NULL);
        break;
    case 1:
        say.agent_id = agent.s;
        say.message_id = message.s;
        say.text = text;
        (void)client_call(c, "SendMessage", &say, NULL, NULL);
        break;
    case 2:
        read.agent_id = agent.s;
        (void)client_call(c, "ReadMessages", &read, NULL, NULL);
        break;
    case 3:
        list.workspace_id = rig_workspace.s;
        (void)client_call(c, "ListDirectory", &list, NULL, NULL);
        break;
    case 4:
        stop.agent_id = agent.s;
        stop.force = next_chance(4) == 0;
        (void)client_call(c, "InterruptAgent", &stop, NULL, NULL);
        break;
    case 5:
        workspace.workspace_id = rig_workspace.s;
        (void)client_call(c, "WatchWorkspace", &workspace, NULL, NULL);
        break;
    default:
        if (c->n_calls > 0) {
            channel_cancel(c->channel, c->calls[next_chance(c->n_calls)].stream);
        }
        break;
    }
}

static void clients_that_come_and_go_at_random_harm_nobody(void **state)
{
    enum { WILD = 4, ACTS = 400 };
    struct rig *r = rig_new();
    struct client *calm = rig_client(r);
    struct id agent = rig_open(calm, "one");
    struct seen *s = seen_new(calm, agent);
    Leapmux__V1__ResumeQueueRequest resume = LEAPMUX__V1__RESUME_QUEUE_REQUEST__INIT;
    struct client *wild[WILD];
    struct timer tick;

    (void)state;
    seed_chance(4711);
    timer_init(&tick, r->loop, on_tick, r);
    for (int i = 0; i < WILD; i++) {
        wild[i] = rig_client(r);
    }
    for (int i = 0; i < ACTS; i++) {
        struct client *c = wild[next_chance(WILD)];
        unsigned turns = 0;

        if (c->n_calls == RIG_CALLS || next_chance(12) == 0) {
            client_cut(c, true);
        } else {
            act_at_random(c, agent);
        }
        while (!a_turn_later(&turns) && next_chance(2) == 0) {
            unsigned once = 3;

            timer_start(&tick, 1);
            rig_wait(r, a_turn_later, &once);
        }
    }
    timer_stop(&tick);
    resume.agent_id = agent.s;
    for (int i = 0; i < 200 && !is_caught_up_again(s); i++) {
        pb_free(client_ask(calm, "ResumeQueue", &resume,
                           &leapmux__v1__resume_queue_response__descriptor));
        s->results = 0;
        if (s->queue > 0) {
            rig_wait(r, has_result, s);
        }
    }
    assert_false(s->has_gap);
    s->results = 0;
    assert_null(rig_send(calm, agent, random_id(), "still here"));
    rig_wait(r, has_result, s);
    assert_non_null(strstr(s->texts, "> still here\nstill here\n"));
    seen_free(s);
    rig_free(r);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_watcher_that_is_cut_at_random_sees_everything_once),
        cmocka_unit_test(a_watcher_that_does_not_read_holds_up_nobody_and_goes_on_later),
        cmocka_unit_test(live_text_comes_in_pieces_and_a_late_watcher_gets_all_of_it),
        cmocka_unit_test(a_place_beyond_the_end_is_reset_to_the_tail),
        cmocka_unit_test(a_tail_is_the_newest_messages_only),
        cmocka_unit_test(history_is_read_in_pages),
        cmocka_unit_test(the_line_of_a_message_can_be_had),
        cmocka_unit_test(a_workspace_shows_its_agents_come_change_and_go),
        cmocka_unit_test(a_right_that_is_taken_ends_what_is_watched),
        cmocka_unit_test(clients_that_come_and_go_at_random_harm_nobody),
    };

    if (argc > 1 && strcmp(argv[1], "fake-claude") == 0) {
        return fake_claude(argc, argv);
    }
    rig_setup(argv);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
