/* SPDX-License-Identifier: Apache-2.0 */
/* Clients' WebSockets: scopes, presence, and sealed records on their way to a Worker and back. */
#include "unit/hub/served.h"

#include "hub/sockets.h"

enum {
    EVENT = LEAPMUX__V1__FRAME_KIND__FRAME_KIND_EVENT,
    CATCH_UP = LEAPMUX__V1__FRAME_KIND__FRAME_KIND_CATCH_UP,
    RESET = LEAPMUX__V1__FRAME_KIND__FRAME_KIND_RESET,
    END = LEAPMUX__V1__FRAME_KIND__FRAME_KIND_SUBSCRIPTION_END,
    OPENED = LEAPMUX__V1__FRAME_KIND__FRAME_KIND_OPENED,
    REFUSED = LEAPMUX__V1__FRAME_KIND__FRAME_KIND_REFUSED,
    RECORD = LEAPMUX__V1__FRAME_KIND__FRAME_KIND_RECORD,
    CLOSE = LEAPMUX__V1__FRAME_KIND__FRAME_KIND_CLOSE,
};

/* ---- scopes ---- */

static void subscribe(struct client *c, const char *scope, const uint64_t *after)
{
    Leapmux__V1__Subscribe m = LEAPMUX__V1__SUBSCRIBE__INIT;

    m.scope = proto_str(scope);
    if (after != NULL) {
        m._after_offset_case = LEAPMUX__V1__SUBSCRIBE___AFTER_OFFSET_AFTER_OFFSET;
        m.after_offset = *after;
    }
    send_frame(c, LEAPMUX__V1__FRAME_KIND__FRAME_KIND_SUBSCRIBE, &m.base);
}

static Leapmux__V1__ScopeEvent *expect_event(struct client *c, int kind)
{
    Leapmux__V1__ScopeEvent *m = expect_message(c, EVENT, &leapmux__v1__scope_event__descriptor);

    assert_int_equal(m->payload_case, kind);
    return m;
}

static void expect_op(struct client *c, uint64_t revision)
{
    assert_int_equal(expect_event(c, LEAPMUX__V1__SCOPE_EVENT__PAYLOAD_OP)->op->revision, revision);
}

static uint64_t expect_watermark(struct client *c)
{
    Leapmux__V1__ScopeCatchUp *m =
        expect_message(c, CATCH_UP, &leapmux__v1__scope_catch_up__descriptor);

    assert_int_equal(m->_watermark_case, LEAPMUX__V1__SCOPE_CATCH_UP___WATERMARK_WATERMARK);
    return m->watermark;
}

static void the_user_and_his_organization_are_told_whole(void **state)
{
    struct served *s = *state;
    struct client c = ws_open(s);
    Leapmux__V1__ScopeEvent *m;
    struct fake_worker *f;

    subscribe(&c, "user", NULL);
    m = expect_event(&c, LEAPMUX__V1__SCOPE_EVENT__PAYLOAD_USER);
    assert_string_equal(m->user->user->id, s->w.user.s);
    assert_int_equal(m->user->n_orgs, 1);
    expect_message(&c, CATCH_UP, &leapmux__v1__scope_catch_up__descriptor);

    subscribe(&c, arena_printf(&s->w.arena, "org:%s", s->w.org.s), NULL);
    m = expect_event(&c, LEAPMUX__V1__SCOPE_EVENT__PAYLOAD_ORG);
    assert_int_equal(m->org->n_workspaces, 1);
    assert_false(m->org->workers[0]->online);
    expect_message(&c, CATCH_UP, &leapmux__v1__scope_catch_up__descriptor);

    f = fake_online(&s->w, NULL, 0);
    m = expect_event(&c, LEAPMUX__V1__SCOPE_EVENT__PAYLOAD_ORG); /* its keys */
    if (!m->org->workers[0]->online) {
        m = expect_event(&c, LEAPMUX__V1__SCOPE_EVENT__PAYLOAD_ORG);
    }
    assert_true(m->org->workers[0]->online);
    assert_int_equal(m->org->workers[0]->epoch, 5);
    assert_int_equal(m->org->workers[0]->identity_hash.len, 32);
    fake_done(f);
    m = expect_event(&c, LEAPMUX__V1__SCOPE_EVENT__PAYLOAD_ORG);
    assert_false(m->org->workers[0]->online);
    client_close(&c);
}

static void a_layout_resumes_without_gaps(void **state)
{
    struct served *s = *state;
    struct client c = ws_open(s);
    const char *scope = scope_of(&s->w, s->w.workspace);
    Leapmux__V1__ScopeReset *reset;
    uint64_t after = 1;

    subscribe(&c, scope, NULL);
    expect_event(&c, LEAPMUX__V1__SCOPE_EVENT__PAYLOAD_WORKSPACE);
    reset = expect_message(&c, RESET, &leapmux__v1__scope_reset__descriptor);
    assert_int_equal(reset->offset, 0);
    assert_int_equal(expect_watermark(&c), 0);
    for (uint64_t i = 1; i <= 4; i++) {
        apply_op(&s->w, s->w.workspace, add_op(&s->w, random_id(), s->w.worker));
        expect_op(&c, i);
    }
    client_close(&c);

    c = ws_open(s);
    subscribe(&c, scope, &after);
    expect_event(&c, LEAPMUX__V1__SCOPE_EVENT__PAYLOAD_WORKSPACE);
    for (uint64_t i = 2; i <= 4; i++) {
        expect_op(&c, i);
    }
    assert_int_equal(expect_watermark(&c), 4);

    after = 99; /* of another life of this Hub */
    subscribe(&c, scope, &after);
    expect_event(&c, LEAPMUX__V1__SCOPE_EVENT__PAYLOAD_WORKSPACE);
    reset = expect_message(&c, RESET, &leapmux__v1__scope_reset__descriptor);
    assert_int_equal(reset->offset, 4);
    assert_int_equal(reset->snapshot->root->tile->n_tabs, 4);
    assert_int_equal(expect_watermark(&c), 4);
    client_close(&c);
}

/* Subscribing while ops are on their way: every op comes once, either in the snapshot or behind. */
static void no_op_is_lost_or_doubled_around_a_subscription(void **state)
{
    struct served *s = *state;
    struct client c = ws_open(s);
    Leapmux__V1__LayoutOp *ops[] = { add_op(&s->w, random_id(), s->w.worker) };
    Leapmux__V1__ApplyOpsRequest req = LEAPMUX__V1__APPLY_OPS_REQUEST__INIT;
    struct answer answers[6];
    Leapmux__V1__ScopeReset *reset;
    uint64_t seen;

    req.scope = proto_str(scope_of(&s->w, s->w.workspace));
    req.ops = ops;
    req.n_ops = 1;
    for (int i = 0; i < 6; i++) {
        ops[0] = add_op(&s->w, random_id(), s->w.worker);
        begin_call(&s->w, s->w.user, "/leapmux.v1.LayoutService/ApplyOps", &req.base, &answers[i]);
        if (i == 2) {
            subscribe(&c, req.scope, NULL);
            settle(s->w.loop);
        }
    }
    expect_event(&c, LEAPMUX__V1__SCOPE_EVENT__PAYLOAD_WORKSPACE);
    reset = expect_message(&c, RESET, &leapmux__v1__scope_reset__descriptor);
    seen = expect_watermark(&c);
    assert_int_equal(reset->offset, seen);
    assert_int_equal(reset->snapshot->root->tile->n_tabs, seen);
    while (seen < 6) {
        expect_op(&c, ++seen);
    }
    client_close(&c);
}

static void a_scope_that_is_not_ones_own_is_not_found(void **state)
{
    struct served *s = *state;
    struct client c = ws_open(s);
    const char *scopes[] = { "", "everything", "ws:", "org:x",
                             arena_printf(&s->w.arena, "ws:%s", random_id().s) };

    for (size_t i = 0; i < ARRAY_LEN(scopes); i++) {
        Leapmux__V1__SubscriptionEnd *m;

        subscribe(&c, scopes[i], NULL);
        m = expect_message(&c, END, &leapmux__v1__subscription_end__descriptor);
        assert_string_equal(m->scope, scopes[i]);
        assert_string_equal(m->code, "not_found");
        assert_string_equal(m->reason, "NOT_FOUND");
    }
    client_close(&c);
}

static void watch_workspace(struct client *c)
{
    subscribe(c, scope_of(&c->s->w, c->s->w.workspace), NULL);
    expect_event(c, LEAPMUX__V1__SCOPE_EVENT__PAYLOAD_WORKSPACE);
    expect_message(c, RESET, &leapmux__v1__scope_reset__descriptor);
    expect_watermark(c);
}

static void people_see_each_other(void **state)
{
    struct served *s = *state;
    struct client a = ws_open(s);
    struct client b = ws_open(s);
    Leapmux__V1__PresenceReport m = LEAPMUX__V1__PRESENCE_REPORT__INIT;
    struct id tab = random_id();
    Leapmux__V1__ScopeEvent *e;

    watch_workspace(&a);
    m.workspace_id = s->w.workspace.s;
    m.tab_id = tab.s;
    m.typing = true;
    send_frame(&b, LEAPMUX__V1__FRAME_KIND__FRAME_KIND_PRESENCE, &m.base);
    e = expect_event(&a, LEAPMUX__V1__SCOPE_EVENT__PAYLOAD_WORKSPACE);
    assert_int_equal(e->workspace->n_people, 1);
    assert_string_equal(e->workspace->people[0]->tab_id, tab.s);
    assert_true(e->workspace->people[0]->typing);
    m.typing = false;
    send_frame(&b, LEAPMUX__V1__FRAME_KIND__FRAME_KIND_PRESENCE, &m.base);
    e = expect_event(&a, LEAPMUX__V1__SCOPE_EVENT__PAYLOAD_WORKSPACE);
    assert_false(e->workspace->people[0]->typing);
    client_close(&b);
    e = expect_event(&a, LEAPMUX__V1__SCOPE_EVENT__PAYLOAD_WORKSPACE);
    assert_int_equal(e->workspace->n_people, 0);
    client_close(&a);
}

/* ---- faults of the protocol ---- */

static void what_is_no_frame_closes_with_1002(void **state)
{
    struct served *s = *state;
    static const char *const BAD[] = { "",     "\x63",         "\x02\xff\xff",
                                       "\x05", "\x06\x01\x63", "\x07\x0a\x02\xff\xfe" };

    for (size_t i = 0; i < ARRAY_LEN(BAD); i++) {
        struct client c = ws_open(s);

        ws_send(&c, WEBSOCKET_BINARY, bytes_of(BAD[i]));
        expect_close(&c, 1002);
        client_close(&c);
    }
}

static void text_closes_with_1002_and_too_much_with_1009(void **state)
{
    struct served *s = *state;
    struct client c = ws_open(s);
    uint8_t *big = arena_alloc(&s->w.arena, RELAY_FRAME_MAX + 1);

    ws_send(&c, WEBSOCKET_TEXT, bytes_of("hello"));
    expect_close(&c, 1002);
    client_close(&c);
    c = ws_open(s);
    ws_send(&c, WEBSOCKET_BINARY, (struct bytes){ big, RELAY_FRAME_MAX + 1 });
    expect_close(&c, 1009);
    client_close(&c);
}

/* ---- channels ---- */

static struct bytes sealed(struct served *s, char mark, size_t n)
{
    uint8_t *p = arena_alloc(&s->w.arena, n);

    memset(p, mark, n);
    return (struct bytes){ p, n };
}

static void open_channel(struct client *c, uint32_t ref, struct id worker)
{
    struct id channel = random_id();
    struct id device = random_id();
    Leapmux__V1__OpenChannel m = LEAPMUX__V1__OPEN_CHANNEL__INIT;

    m.ref = ref;
    m.channel_id = channel.s;
    m.worker_id = worker.s;
    m.device_id = device.s;
    m.handshake = proto_bytes(bytes_of("message 1"));
    send_frame(c, LEAPMUX__V1__FRAME_KIND__FRAME_KIND_OPEN, &m.base);
}

static void expect_refusal(struct client *c, uint32_t ref, const char *code, const char *reason)
{
    Leapmux__V1__ChannelRefusal *m =
        expect_message(c, REFUSED, &leapmux__v1__channel_refusal__descriptor);

    assert_int_equal(m->ref, ref);
    assert_string_equal(m->code, code);
    assert_string_equal(m->reason, reason);
}

/* The Worker's side of an opening: grants first when they are due. Returns the number. */
static uint32_t accept_channel(struct fake_worker *f, bool first)
{
    const Leapmux__V1__HubToWorker *m;
    Leapmux__V1__ChannelOpened opened = LEAPMUX__V1__CHANNEL_OPENED__INIT;

    if (first) {
        m = fake_expect(f, LEAPMUX__V1__HUB_TO_WORKER__MESSAGE_GRANTS);
        assert_string_equal(m->grants->user->id, f->world->user.s);
        assert_true(m->grants->worker_use);
        assert_int_equal(m->grants->n_workspaces, 1);
    }
    m = fake_expect(f, LEAPMUX__V1__HUB_TO_WORKER__MESSAGE_CHANNEL_OPEN);
    assert_string_equal(m->channel_open->user_id, f->world->user.s);
    assert_int_equal(m->channel_open->handshake.len, strlen("message 1"));
    opened.number = m->channel_open->number;
    opened.handshake = proto_bytes(bytes_of("message 2"));
    fake_send(f, LEAPMUX__V1__WORKER_TO_HUB__MESSAGE_CHANNEL_OPENED, &opened.base);
    return opened.number;
}

static uint32_t open_and_accept(struct client *c, struct fake_worker *f, uint32_t ref, bool first)
{
    Leapmux__V1__ChannelIsOpen *m;
    uint32_t number;

    open_channel(c, ref, c->s->w.worker);
    number = accept_channel(f, first);
    m = expect_message(c, OPENED, &leapmux__v1__channel_is_open__descriptor);
    assert_int_equal(m->ref, ref);
    assert_int_equal(m->handshake.len, strlen("message 2"));
    return number;
}

static void fake_record(struct fake_worker *f, uint32_t number, struct bytes record)
{
    Leapmux__V1__LinkRecord m = LEAPMUX__V1__LINK_RECORD__INIT;

    m.number = number;
    m.record = proto_bytes(record);
    fake_send(f, LEAPMUX__V1__WORKER_TO_HUB__MESSAGE_RECORD, &m.base);
}

static void fake_close(struct fake_worker *f, uint32_t number, uint32_t reason)
{
    Leapmux__V1__ChannelClosed m = LEAPMUX__V1__CHANNEL_CLOSED__INIT;

    m.number = number;
    m.reason = reason;
    fake_send(f, LEAPMUX__V1__WORKER_TO_HUB__MESSAGE_CHANNEL_CLOSED, &m.base);
}

static void expect_record(struct client *c, uint32_t ref, struct bytes record)
{
    struct bytes body = expect_frame(c, RECORD);

    assert_int_equal(body.p[0], ref); /* all refs here are below 128 */
    assert_true(bytes_equal((struct bytes){ body.p + 1, body.n - 1 }, record));
}

static void expect_channel_close(struct client *c, uint32_t ref, uint32_t reason)
{
    struct bytes body = expect_frame(c, CLOSE);

    assert_int_equal(body.n, 2);
    assert_int_equal(body.p[0], ref);
    assert_int_equal(body.p[1], reason);
}

static void records_pass_unread_both_ways(void **state)
{
    struct served *s = *state;
    struct fake_worker *f = fake_online(&s->w, NULL, 0);
    struct client c = ws_open(s);
    uint32_t one = open_and_accept(&c, f, 1, true);
    uint32_t two = open_and_accept(&c, f, 2, false);
    const Leapmux__V1__HubToWorker *m;

    assert_int_not_equal(one, two);
    send_record(&c, 2, sealed(s, 'a', 24));
    send_record(&c, 1, sealed(s, 'b', RELAY_RECORD_MAX));
    m = fake_expect(f, LEAPMUX__V1__HUB_TO_WORKER__MESSAGE_RECORD);
    assert_int_equal(m->record->number, two);
    assert_true(bytes_equal(proto_view(m->record->record), sealed(s, 'a', 24)));
    m = fake_expect(f, LEAPMUX__V1__HUB_TO_WORKER__MESSAGE_RECORD);
    assert_int_equal(m->record->number, one);
    assert_int_equal(m->record->record.len, RELAY_RECORD_MAX);

    fake_record(f, one, sealed(s, 'c', RELAY_RECORD_MAX));
    fake_record(f, two, sealed(s, 'd', 100));
    expect_record(&c, 1, sealed(s, 'c', RELAY_RECORD_MAX));
    expect_record(&c, 2, sealed(s, 'd', 100));

    /* either side may end one; what comes for it afterwards is dropped in silence */
    fake_close(f, one, 7);
    fake_record(f, one, sealed(s, 'e', 100));
    fake_record(f, 12345, sealed(s, 'e', 100));
    expect_channel_close(&c, 1, 7);
    send_record(&c, 1, sealed(s, 'f', 100));
    ws_send(&c, WEBSOCKET_BINARY, (struct bytes){ (const uint8_t *)"\x06\x02\x00", 3 });
    m = fake_expect(f, LEAPMUX__V1__HUB_TO_WORKER__MESSAGE_CHANNEL_CLOSE);
    assert_int_equal(m->channel_close->number, two);
    assert_true(list_empty(&s->w.hub->channels));
    client_close(&c);
    fake_done(f);
}

static void a_channel_needs_a_worker_that_is_there(void **state)
{
    struct served *s = *state;
    struct client c = ws_open(s);

    open_channel(&c, 1, s->w.worker);
    expect_refusal(&c, 1, "unavailable", "WORKER_OFFLINE");
    open_channel(&c, 2, random_id());
    expect_refusal(&c, 2, "not_found", "NOT_FOUND");
    open_channel(&c, 3, (struct id){ "short" });
    expect_refusal(&c, 3, "invalid_argument", "BAD_ID");
    client_close(&c);
}

static void the_workers_refusal_is_passed_on(void **state)
{
    struct served *s = *state;
    struct fake_worker *f = fake_online(&s->w, NULL, 0);
    struct client c = ws_open(s);
    Leapmux__V1__ChannelRefused m = LEAPMUX__V1__CHANNEL_REFUSED__INIT;

    open_channel(&c, 9, s->w.worker);
    fake_expect(f, LEAPMUX__V1__HUB_TO_WORKER__MESSAGE_GRANTS);
    m.number =
        fake_expect(f, LEAPMUX__V1__HUB_TO_WORKER__MESSAGE_CHANNEL_OPEN)->channel_open->number;
    m.code = proto_str("failed_precondition");
    m.reason = proto_str("STALE_KEYS");
    fake_send(f, LEAPMUX__V1__WORKER_TO_HUB__MESSAGE_CHANNEL_REFUSED, &m.base);
    expect_refusal(&c, 9, "failed_precondition", "STALE_KEYS");
    assert_true(list_empty(&s->w.hub->channels));
    client_close(&c);
    fake_done(f);
}

static void a_record_before_the_channel_is_open_is_a_fault(void **state)
{
    struct served *s = *state;
    struct fake_worker *f = fake_online(&s->w, NULL, 0);
    struct client c = ws_open(s);

    open_channel(&c, 1, s->w.worker);
    send_record(&c, 1, sealed(s, 'x', 100));
    expect_close(&c, 1002);
    client_close(&c);
    fake_expect(f, LEAPMUX__V1__HUB_TO_WORKER__MESSAGE_GRANTS);
    fake_expect(f, LEAPMUX__V1__HUB_TO_WORKER__MESSAGE_CHANNEL_OPEN);
    fake_expect(f, LEAPMUX__V1__HUB_TO_WORKER__MESSAGE_CHANNEL_CLOSE);
    c = ws_open(s);
    open_and_accept(&c, f, 1, false);
    open_channel(&c, 1, s->w.worker); /* the ref is in use */
    expect_close(&c, 1002);
    client_close(&c);
    fake_done(f);
}

static void when_one_end_goes_the_other_is_told(void **state)
{
    struct served *s = *state;
    struct fake_worker *f = fake_online(&s->w, NULL, 0);
    struct client c = ws_open(s);
    uint32_t number = open_and_accept(&c, f, 1, true);
    const Leapmux__V1__HubToWorker *m;

    client_close(&c);
    m = fake_expect(f, LEAPMUX__V1__HUB_TO_WORKER__MESSAGE_CHANNEL_CLOSE);
    assert_int_equal(m->channel_close->number, number);
    c = ws_open(s);
    open_and_accept(&c, f, 5, false);
    fake_done(f);
    expect_channel_close(&c, 5, LEAPMUX__V1__CLOSE_REASON__CLOSE_REASON_WORKER_OFFLINE);
    client_close(&c);
}

static void a_socket_has_at_most_256_channels(void **state)
{
    struct served *s = *state;
    struct fake_worker *f = fake_online(&s->w, NULL, 0);
    struct client c = ws_open(s);

    open_and_accept(&c, f, 1, true);
    for (uint32_t ref = 2; ref <= RELAY_SOCKET_CHANNELS; ref++) {
        open_channel(&c, ref, s->w.worker);
    }
    open_channel(&c, 1000, s->w.worker);
    expect_refusal(&c, 1000, "resource_exhausted", "LIMIT");
    client_close(&c);
    fake_done(f);
}

static bool is_cut(void *arg)
{
    return list_empty(&((struct served *)arg)->w.hub->channels);
}

/* A client that reads nothing: its channel is cut, not the Hub's memory used up. */
static void a_client_that_does_not_read_overflows_alone(void **state)
{
    enum { ENOUGH = 400 }; /* records: 26 MB, more than all buffers on the way */
    struct served *s = *state;
    struct fake_worker *f = fake_online(&s->w, NULL, 0);
    struct client c = ws_open(s);
    uint32_t number = open_and_accept(&c, f, 1, true);
    struct bytes record = sealed(s, 'x', RELAY_RECORD_MAX);
    size_t got = 0;

    for (int i = 0; i < ENOUGH; i++) {
        fake_record(f, number, record);
    }
    wait_for(s->w.loop, is_cut, s);
    fake_expect(f, LEAPMUX__V1__HUB_TO_WORKER__MESSAGE_CHANNEL_CLOSE);
    for (;;) { /* what was under way arrives, then the reason */
        int opcode;
        struct bytes m = ws_next(&c, &opcode);

        assert_int_equal(opcode, WEBSOCKET_BINARY);
        if (m.p[0] == CLOSE) {
            assert_int_equal(m.p[2], LEAPMUX__V1__CLOSE_REASON__CLOSE_REASON_OVERFLOW);
            break;
        }
        assert_int_equal(m.p[0], RECORD);
        got++;
    }
    assert_true(got < ENOUGH);
    open_and_accept(&c, f, 2, false); /* the socket itself goes on */
    assert_int_equal(s->w.hub->relay_octets, 0);
    client_close(&c);
    fake_done(f);
}

static bool one_is_left(void *arg)
{
    const struct link *channels = &((struct served *)arg)->w.hub->channels;

    return !list_empty(channels) && channels->next->next == channels;
}

/* Together they may not have more either: then the one with most pays. */
static void the_biggest_queue_pays_when_memory_runs_short(void **state)
{
    struct served *s = *state;
    struct fake_worker *f = fake_online(&s->w, NULL, 0);
    struct client small = ws_open(s);
    struct client big = ws_open(s);
    uint32_t small_number = open_and_accept(&small, f, 1, true);
    uint32_t big_number = open_and_accept(&big, f, 2, false);
    struct bytes record = sealed(s, 'x', RELAY_RECORD_MAX);

    s->w.hub->relay_max = 2 * 1024 * 1024;
    for (int i = 0; i < 8; i++) {
        fake_record(f, small_number, record);
    }
    for (int i = 0; i < 200; i++) {
        fake_record(f, big_number, record);
    }
    wait_for(s->w.loop, one_is_left, s);
    for (int i = 0; i < 8; i++) {
        expect_record(&small, 1, record);
    }
    send_record(&small, 1, sealed(s, 'y', 100));
    fake_expect(f, LEAPMUX__V1__HUB_TO_WORKER__MESSAGE_CHANNEL_CLOSE);
    fake_expect(f, LEAPMUX__V1__HUB_TO_WORKER__MESSAGE_RECORD);
    client_close(&small);
    client_close(&big);
    fake_done(f);
}

static void a_user_has_at_most_64_sockets(void **state)
{
    struct served *s = *state;
    struct client c[SOCKETS_PER_USER];
    struct client more = client_open(s);

    for (int i = 0; i < SOCKETS_PER_USER; i++) {
        c[i] = ws_open(s);
    }
    client_send(&more, bytes_of(open_request(s, "")));
    client_await(&more, 16);
    assert_status((char *)more.in.p, 429);
    client_close(&more);
    for (int i = 0; i < SOCKETS_PER_USER; i++) {
        client_close(&c[i]);
    }
}

/* A slow client gets everything in order as soon as it reads. */
static void what_waited_arrives_in_order_and_then_the_end(void **state)
{
    enum { RECORDS = 60 }; /* 4 MB: less than a channel may have queued */
    struct served *s = *state;
    struct fake_worker *f = fake_online(&s->w, NULL, 0);
    struct client c = ws_open(s);
    uint32_t number = open_and_accept(&c, f, 1, true);

    for (int i = 0; i < RECORDS; i++) {
        fake_record(f, number, sealed(s, (char)i, RELAY_RECORD_MAX));
    }
    fake_close(f, number, 7);
    for (int i = 0; i < RECORDS; i++) {
        expect_record(&c, 1, sealed(s, (char)i, RELAY_RECORD_MAX));
    }
    expect_channel_close(&c, 1, 7);
    assert_true(is_cut(s));
    client_close(&c);
    fake_done(f);
}

static void new_workspaces_reach_the_worker_before_the_answer(void **state)
{
    struct served *s = *state;
    struct fake_worker *f = fake_online(&s->w, NULL, 0);
    struct client c = ws_open(s);
    struct id id = random_id();
    Leapmux__V1__CreateWorkspaceRequest req = LEAPMUX__V1__CREATE_WORKSPACE_REQUEST__INIT;
    const Leapmux__V1__HubToWorker *m;

    open_and_accept(&c, f, 1, true);
    req.org_id = s->w.org.s;
    req.workspace_id = id.s;
    call(&s->w, "/leapmux.v1.WorkspaceService/CreateWorkspace", &req.base);
    m = fake_expect(f, LEAPMUX__V1__HUB_TO_WORKER__MESSAGE_GRANTS);
    assert_int_equal(m->grants->n_workspaces, 2);
    assert_string_equal(m->grants->workspaces[1]->workspace_id, id.s);
    assert_int_equal(m->grants->workspaces[1]->level,
                     LEAPMUX__V1__WORKSPACE_LEVEL__WORKSPACE_LEVEL_OWNER);
    client_close(&c);
    fake_done(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_SERVED(the_user_and_his_organization_are_told_whole),
        WITH_SERVED(a_layout_resumes_without_gaps),
        WITH_SERVED(no_op_is_lost_or_doubled_around_a_subscription),
        WITH_SERVED(a_scope_that_is_not_ones_own_is_not_found),
        WITH_SERVED(people_see_each_other),
        WITH_SERVED(what_is_no_frame_closes_with_1002),
        WITH_SERVED(text_closes_with_1002_and_too_much_with_1009),
        WITH_SERVED(records_pass_unread_both_ways),
        WITH_SERVED(a_channel_needs_a_worker_that_is_there),
        WITH_SERVED(the_workers_refusal_is_passed_on),
        WITH_SERVED(a_record_before_the_channel_is_open_is_a_fault),
        WITH_SERVED(when_one_end_goes_the_other_is_told),
        WITH_SERVED(a_socket_has_at_most_256_channels),
        WITH_SERVED(a_client_that_does_not_read_overflows_alone),
        WITH_SERVED(the_biggest_queue_pays_when_memory_runs_short),
        WITH_SERVED(a_user_has_at_most_64_sockets),
        WITH_SERVED(what_waited_arrives_in_order_and_then_the_end),
        WITH_SERVED(new_workspaces_reach_the_worker_before_the_answer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
