/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A whole Worker in a temporary folder, a stand-in for the Hub at the other end of its link, and
 * clients that speak through sealed channels. Everything on one loop; waiting is for conditions.
 */
#ifndef TESTS_RIG_H
#define TESTS_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "base/log.h"
#include "crypto/random.h"
#include "e2ee/channel.h"
#include "e2ee/pin.h"
#include "e2ee/proof.h"
#include "leapmux/v1/connector.pb-c.h"
#include "leapmux/v1/worker.pb-c.h"
#include "net/msgpipe.h"
#include "worker/pb.h"
#include "worker/worker.h"

#define RIG static __attribute__((unused))

enum { RIG_CLIENTS = 64, RIG_CALLS = 64, RIG_LIMIT_MS = 20000 };

struct rig;
struct client;

/* One call of a client. */
struct asked {
    struct client *client;
    uint32_t stream;
    unsigned messages;
    struct buf last; /* the newest message */
    bool ended;
    enum err_code code;
    char reason[65];
    char text[200];
    void (*on_message)(struct asked *asked, struct bytes message);
    void *arg;
    bool reads_not; /* gives no credit back */
};

struct client {
    struct rig *rig;
    uint32_t number;
    struct id user;
    struct id channel_id;
    struct id device;
    struct device_secret secret;
    struct handshake_client handshake;
    uint8_t hash[HANDSHAKE_HASH_LEN];
    struct channel *channel;
    bool refused;
    char refuse_reason[65];
    bool gone; /* the Worker said so, or the channel ended */
    struct asked calls[RIG_CALLS];
    size_t n_calls;
};

struct rig {
    char dir[64];
    char home[96];
    struct loop *loop;
    struct worker_config config;
    char command[512];
    struct worker *worker;
    struct msgpipe *hub;
    struct certificate certificate;
    uint8_t identity[SLHDSA_PUBLIC_LEN];
    bool has_keys;
    unsigned inventories;
    size_t inventory_items;
    unsigned acks;
    unsigned tabs_closed;
    unsigned pongs;
    uint32_t numbers;
    struct client *clients[RIG_CLIENTS];
    size_t n_clients;
    bool (*until)(void *arg);
    void *until_arg;
    bool too_long;
    bool stopped;
};

static struct id rig_user;
static struct id rig_workspace;
static char rig_program[256]; /* this test */

/* ---- waiting ---- */

RIG void rig_poke(struct rig *r)
{
    if (r->until != NULL && r->until(r->until_arg)) {
        r->until = NULL;
        loop_stop(r->loop);
    }
}

RIG void rig_on_limit(void *arg)
{
    struct rig *r = arg;

    r->too_long = true;
    loop_stop(r->loop);
}

/* Turn the loop until something is true; the test fails when that takes too long. */
#define rig_wait(r, fn, arg) rig_wait_at((r), (fn), (arg), #fn, __LINE__)
RIG void rig_wait_at(struct rig *r, bool (*fn)(void *), void *arg, const char *what, int line)
{
    struct timer limit;

    if (fn(arg)) {
        return;
    }
    timer_init(&limit, r->loop, rig_on_limit, r);
    timer_start(&limit, RIG_LIMIT_MS);
    r->until = fn;
    r->until_arg = arg;
    r->too_long = false;
    loop_run(r->loop);
    timer_stop(&limit);
    if (r->too_long) {
        fail_msg("line %d waited too long for %s", line, what);
    }
}

/* ---- the stand-in for the Hub ---- */

RIG void rig_to_worker(struct rig *r, const Leapmux__V1__HubToWorker *m)
{
    CLEANUP(arena_done) struct arena a = { 0 };

    (void)msgpipe_send(r->hub, pb_pack(&a, m));
}

#define RIG_MESSAGE(case_)                                                                         \
    {                                                                                              \
        PROTOBUF_C_MESSAGE_INIT(&leapmux__v1__hub_to_worker__descriptor),                          \
            LEAPMUX__V1__HUB_TO_WORKER__MESSAGE_##case_,                                           \
        {                                                                                          \
            0                                                                                      \
        }                                                                                          \
    }

RIG void rig_accept(struct rig *r, const Leapmux__V1__LinkHello *hello)
{
    Leapmux__V1__LinkAccepted accepted = LEAPMUX__V1__LINK_ACCEPTED__INIT;
    Leapmux__V1__HubToWorker m = RIG_MESSAGE(ACCEPTED);
    struct err e;

    assert_int_equal(hello->protocol, 1);
    assert_int_equal(hello->identity.len, SLHDSA_PUBLIC_LEN);
    memcpy(r->identity, hello->identity.data, SLHDSA_PUBLIC_LEN);
    assert_true(certificate_parse(pb_view(&hello->certificate), &r->certificate, &e));
    r->has_keys = true;
    m.accepted = &accepted;
    rig_to_worker(r, &m);
}

RIG struct client *rig_client_of(struct rig *r, uint32_t number)
{
    for (size_t i = 0; i < r->n_clients; i++) {
        if (r->clients[i]->number == number) {
            return r->clients[i];
        }
    }
    return NULL;
}

RIG void client_opened(struct client *c, struct bytes message2);

RIG void rig_on_worker_message(struct rig *r, const Leapmux__V1__WorkerToHub *m)
{
    struct client *c;

    switch (m->message_case) {
    case LEAPMUX__V1__WORKER_TO_HUB__MESSAGE_HELLO:
        rig_accept(r, m->hello);
        break;
    case LEAPMUX__V1__WORKER_TO_HUB__MESSAGE_INVENTORY:
        r->inventories++;
        r->inventory_items = m->inventory->n_items;
        break;
    case LEAPMUX__V1__WORKER_TO_HUB__MESSAGE_TAB_CLOSED:
        r->tabs_closed++;
        break;
    case LEAPMUX__V1__WORKER_TO_HUB__MESSAGE_NOTIFICATION_ACK:
        r->acks++;
        break;
    case LEAPMUX__V1__WORKER_TO_HUB__MESSAGE_PONG:
        r->pongs++;
        break;
    case LEAPMUX__V1__WORKER_TO_HUB__MESSAGE_CHANNEL_OPENED:
        c = rig_client_of(r, m->channel_opened->number);
        if (c != NULL) {
            client_opened(c, pb_view(&m->channel_opened->handshake));
        }
        break;
    case LEAPMUX__V1__WORKER_TO_HUB__MESSAGE_CHANNEL_REFUSED:
        c = rig_client_of(r, m->channel_refused->number);
        if (c != NULL) {
            c->refused = true;
            snprintf(c->refuse_reason, sizeof(c->refuse_reason), "%s", m->channel_refused->reason);
        }
        break;
    case LEAPMUX__V1__WORKER_TO_HUB__MESSAGE_RECORD:
        c = rig_client_of(r, m->record->number);
        if (c != NULL && c->channel != NULL) {
            channel_feed(c->channel, pb_view(&m->record->record));
        }
        break;
    case LEAPMUX__V1__WORKER_TO_HUB__MESSAGE_CHANNEL_CLOSED:
        c = rig_client_of(r, m->channel_closed->number);
        if (c != NULL) {
            c->gone = true;
        }
        break;
    default:
        fail_msg("the worker sent message %d", (int)m->message_case);
    }
}

RIG void rig_on_message(void *arg, struct bytes message)
{
    struct rig *r = arg;
    Leapmux__V1__WorkerToHub *m = pb_unpack(&leapmux__v1__worker_to_hub__descriptor, message);

    assert_non_null(m);
    rig_on_worker_message(r, m);
    pb_free(m);
    rig_poke(r);
}

RIG void rig_on_drain(void *arg)
{
    (void)arg;
}

RIG void rig_on_closed(void *arg)
{
    (void)arg;
}

static const struct msgpipe_handlers RIG_HANDLERS = { rig_on_message, rig_on_drain, rig_on_closed };

RIG void rig_grant(struct rig *r, struct id user, bool worker_use, struct id workspace,
                   Leapmux__V1__WorkspaceLevel level)
{
    Leapmux__V1__Grants grants = LEAPMUX__V1__GRANTS__INIT;
    Leapmux__V1__User person = LEAPMUX__V1__USER__INIT;
    Leapmux__V1__WorkspaceGrant grant = LEAPMUX__V1__WORKSPACE_GRANT__INIT;
    Leapmux__V1__WorkspaceGrant *list[] = { &grant };
    Leapmux__V1__HubToWorker m = RIG_MESSAGE(GRANTS);
    char name[] = "ann";

    person.id = user.s;
    person.username = name;
    grant.workspace_id = workspace.s;
    grant.level = level;
    grants.user = &person;
    grants.worker_use = worker_use;
    if (level != LEAPMUX__V1__WORKSPACE_LEVEL__WORKSPACE_LEVEL_UNSPECIFIED) {
        grants.n_workspaces = 1;
        grants.workspaces = list;
    }
    m.grants = &grants;
    rig_to_worker(r, &m);
}

/* ---- clients ---- */

RIG struct asked *asked_of(struct client *c, uint32_t stream)
{
    for (size_t i = 0; i < c->n_calls; i++) {
        if (c->calls[i].stream == stream) {
            return &c->calls[i];
        }
    }
    return NULL;
}

RIG void client_emit(void *arg, struct bytes record)
{
    struct client *c = arg;
    Leapmux__V1__LinkRecord r = LEAPMUX__V1__LINK_RECORD__INIT;
    Leapmux__V1__HubToWorker m = RIG_MESSAGE(RECORD);

    if (c->rig->hub == NULL) {
        return;
    }
    r.number = c->number;
    r.record = pb_bytes(record);
    m.record = &r;
    rig_to_worker(c->rig, &m);
}

RIG void client_on_message(void *arg, uint32_t stream, struct bytes message, uint32_t credit)
{
    struct client *c = arg;
    struct asked *asked = asked_of(c, stream);
    struct err e;

    assert_non_null(asked);
    asked->messages++;
    buf_clear(&asked->last);
    assert_true(buf_put(&asked->last, message, &e));
    if (asked->on_message != NULL) {
        asked->on_message(asked, message);
    }
    if (!asked->reads_not) {
        channel_consumed(c->channel, stream, credit);
    }
}

RIG void client_on_end(void *arg, uint32_t stream, const struct channel_status *status)
{
    struct asked *asked = asked_of(arg, stream);

    assert_non_null(asked);
    asked->ended = true;
    asked->code = status->code;
    snprintf(asked->reason, sizeof(asked->reason), "%.*s", (int)status->reason.n,
             (const char *)status->reason.p);
    snprintf(asked->text, sizeof(asked->text), "%.*s", (int)status->message.n,
             (const char *)status->message.p);
}

RIG void client_on_closed(void *arg, const struct channel_end_cause *cause)
{
    struct client *c = arg;

    (void)cause;
    c->gone = true;
}

RIG void client_on_finished(void *arg)
{
    (void)arg;
}

RIG void client_on_pong(void *arg)
{
    (void)arg;
}

static const struct channel_events CLIENT_EVENTS = {
    .emit = client_emit,
    .on_message = client_on_message,
    .on_end = client_on_end,
    .on_pong = client_on_pong,
    .on_closed = client_on_closed,
    .on_finished = client_on_finished,
};

RIG void client_opened(struct client *c, struct bytes message2)
{
    CLEANUP(handshake_result_done) struct handshake_result keys = { .version = 0 };
    struct channel_config config = { .role = CHANNEL_CLIENT, .events = &CLIENT_EVENTS, .arg = c };
    struct err e;

    assert_true(handshake_client_finish(&c->handshake, message2, &keys, &e));
    memcpy(c->hash, keys.h, sizeof(c->hash));
    c->channel = channel_new(&config, &keys);
}

RIG void client_dial(struct client *c)
{
    struct rig *r = c->rig;
    struct handshake_ids ids = { .worker = r->certificate.worker_id,
                                 .user = c->user,
                                 .device = c->device };
    struct handshake_client_random random;
    uint8_t message1[HANDSHAKE_MESSAGE1_LEN];
    Leapmux__V1__ChannelOpen open = LEAPMUX__V1__CHANNEL_OPEN__INIT;
    Leapmux__V1__HubToWorker m = RIG_MESSAGE(CHANNEL_OPEN);
    struct err e;

    c->number = ++r->numbers;
    c->channel_id = random_id();
    ids.channel = c->channel_id;
    random_bytes(&random, sizeof(random));
    assert_true(handshake_client_start(&c->handshake, r->identity, &r->certificate, &ids, 0,
                                       &random, message1, &e));
    open.number = c->number;
    open.channel_id = c->channel_id.s;
    open.user_id = c->user.s;
    open.device_id = c->device.s;
    open.handshake = pb_bytes((struct bytes){ message1, sizeof(message1) });
    m.channel_open = &open;
    rig_to_worker(r, &m);
}

RIG bool client_is_answered(void *arg)
{
    struct client *c = arg;

    return c->channel != NULL || c->refused;
}

/* A new device of a user, with a channel that has not said Hello. */
RIG struct client *client_new(struct rig *r, struct id user)
{
    struct client *c = NEW(struct client);

    assert_true(r->n_clients < RIG_CLIENTS);
    r->clients[r->n_clients++] = c;
    c->rig = r;
    c->user = user;
    c->device = random_id();
    random_bytes(&c->secret, sizeof(c->secret));
    client_dial(c);
    rig_wait(r, client_is_answered, c);
    return c;
}

RIG struct asked *client_call(struct client *c, const char *method, const void *request,
                              void (*on_message)(struct asked *, struct bytes), void *arg)
{
    CLEANUP(arena_done) struct arena a = { 0 };
    struct asked *asked = &c->calls[c->n_calls++];
    struct err e;

    assert_true(c->n_calls <= RIG_CALLS);
    *asked = (struct asked){ .client = c, .on_message = on_message, .arg = arg };
    buf_init(&asked->last, CHANNEL_MESSAGE_MAX);
    asked->stream = channel_open(c->channel, bytes_of(method), pb_pack(&a, request), &e);
    assert_true(asked->stream != 0);
    return asked;
}

RIG bool asked_is_over(void *arg)
{
    struct asked *asked = arg;

    return asked->ended || asked->client->gone;
}

/* Make a call and wait for its answer: the message (free with pb_free()), or NULL on an error,
 * which is in client->calls[]. The call's place is used again. */
RIG void *client_ask(struct client *c, const char *method, const void *request,
                     const ProtobufCMessageDescriptor *response)
{
    struct asked *asked = client_call(c, method, request, NULL, NULL);
    void *out = NULL;

    rig_wait(c->rig, asked_is_over, asked);
    if (asked->ended && asked->code == ERR_OK) {
        out = pb_unpack(response, buf_view(&asked->last));
        assert_non_null(out);
    }
    buf_done(&asked->last);
    asked->stream = 0;
    if (asked == &c->calls[c->n_calls - 1]) {
        c->n_calls--; /* what it says stays readable until the next call */
    }
    return out;
}

/* The reason of the last client_ask(). */
RIG const char *client_reason(const struct client *c)
{
    return c->calls[c->n_calls].reason;
}

RIG Leapmux__V1__HelloResponse *client_hello(struct client *c)
{
    Leapmux__V1__HelloRequest request = LEAPMUX__V1__HELLO_REQUEST__INIT;
    Leapmux__V1__HelloResponse *response;
    char name[] = "a browser";
    uint8_t proof[PROOF_LEN];

    proof_make(&c->secret, c->hash, NULL, proof);
    request.proof = pb_bytes((struct bytes){ proof, sizeof(proof) });
    request.device_name = name;
    response = client_ask(c, "Hello", &request, &leapmux__v1__hello_response__descriptor);
    if (response != NULL) {
        channel_admit(c->channel);
    }
    return response;
}

/* The link of this client is cut without a word, and it comes back with another channel. */
RIG void client_cut(struct client *c, bool come_back)
{
    Leapmux__V1__ChannelClosed closed = LEAPMUX__V1__CHANNEL_CLOSED__INIT;
    Leapmux__V1__HubToWorker m = RIG_MESSAGE(CHANNEL_CLOSE);

    closed.number = c->number;
    m.channel_close = &closed;
    rig_to_worker(c->rig, &m);
    channel_free(TAKE(c->channel, NULL));
    for (size_t i = 0; i < c->n_calls; i++) {
        buf_done(&c->calls[i].last);
    }
    c->n_calls = 0;
    c->gone = false;
    if (come_back) {
        client_dial(c);
        rig_wait(c->rig, client_is_answered, c);
        pb_free(client_hello(c));
    }
}

RIG void client_free(struct client *c)
{
    channel_free(c->channel);
    handshake_client_done(&c->handshake);
    for (size_t i = 0; i < c->n_calls; i++) {
        buf_done(&c->calls[i].last);
    }
    free(c);
}

/* A client of the usual user that has said Hello. */
RIG struct client *rig_client(struct rig *r)
{
    struct client *c = client_new(r, rig_user);
    Leapmux__V1__HelloResponse *hello = client_hello(c);

    assert_non_null(hello);
    pb_free(hello);
    return c;
}

/* ---- the Worker ---- */

RIG bool rig_is_linked(void *arg)
{
    struct rig *r = arg;

    return r->inventories > 0;
}

RIG void rig_start(struct rig *r)
{
    int ends[2];
    struct err e;

    r->worker = worker_start(r->loop, &r->config, &e);
    if (r->worker == NULL) {
        fail_msg("%s", e.msg);
    }
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    r->hub = msgpipe_new(r->loop, ends[0], &RIG_HANDLERS, r);
    r->inventories = 0;
    worker_attach_hub(r->worker, ends[1]);
    rig_wait(r, rig_is_linked, r);
    rig_grant(r, rig_user, true, rig_workspace,
              LEAPMUX__V1__WORKSPACE_LEVEL__WORKSPACE_LEVEL_OWNER);
}

RIG void rig_on_stopped(void *arg)
{
    struct rig *r = arg;

    r->stopped = true;
    rig_poke(r);
}

RIG bool rig_is_stopped(void *arg)
{
    struct rig *r = arg;

    return r->stopped;
}

RIG void rig_drop_clients(struct rig *r)
{
    for (size_t i = 0; i < r->n_clients; i++) {
        client_free(r->clients[i]);
    }
    r->n_clients = 0;
}

/* End the Worker: politely, or as if it had been killed. */
RIG void rig_end(struct rig *r, bool politely)
{
    if (politely) {
        r->stopped = false;
        worker_stop(r->worker, rig_on_stopped, r);
        rig_wait(r, rig_is_stopped, r);
    }
    rig_drop_clients(r);
    msgpipe_free(TAKE(r->hub, NULL));
    worker_free(TAKE(r->worker, NULL));
}

RIG struct rig *rig_new(void)
{
    struct rig *r = NEW(struct rig);

    log_configure(getenv("LEAPMUX_TEST_LOG") != NULL ? LOG_LEVEL_DEBUG : LOG_LEVEL_ERROR,
                  LOG_FORMAT_TEXT);
    snprintf(r->dir, sizeof(r->dir), "/tmp/leapmux-worker-XXXXXX");
    assert_non_null(mkdtemp(r->dir));
    snprintf(r->home, sizeof(r->home), "%s/home", r->dir);
    assert_int_equal(mkdir(r->home, 0700), 0);
    setenv("HOME", r->home, 1);
    snprintf(r->command, sizeof(r->command), "'%s' fake-claude", rig_program);
    r->loop = loop_new();
    r->config = (struct worker_config){ .data_dir = r->dir,
                                        .worker_id = "WorkerWorkerWorker0001",
                                        .name = "here",
                                        .claude_command = r->command,
                                        .agent_start_timeout_ms = 10000,
                                        .drain_timeout_ms = 10000 };
    rig_start(r);
    return r;
}

RIG int rig_remove(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    (void)st;
    (void)kind;
    (void)at;
    return remove(path);
}

RIG void rig_free(struct rig *r)
{
    if (r->worker != NULL) {
        rig_end(r, true);
    }
    loop_free(r->loop);
    nftw(r->dir, rig_remove, 16, FTW_DEPTH | FTW_PHYS);
    free(r);
}

/* ---- watching an agent ---- */

struct seen {
    struct client *client;
    struct asked *call;
    struct id agent;
    uint32_t last_seq; /* of the newest message */
    bool has_gap;
    unsigned begins;
    unsigned resets;
    unsigned catch_ups;
    uint32_t watermark;
    unsigned prompts_closed;
    Leapmux__V1__PromptState closed_state;
    char *prompt_id; /* of the newest pending one; NULL: none */
    size_t prompts;
    size_t queue;
    Leapmux__V1__QueueItemState queue_state;
    char queue_error[300];
    Leapmux__V1__AgentState *state;
    Leapmux__V1__SessionInfo *session;
    char texts[400000]; /* of user and text messages, each with a line end */
    unsigned notices[32];
    unsigned results;
    char live[100000]; /* the live block so far */
    unsigned deltas;
    bool live_has_gap;
};

RIG void seen_message(struct seen *s, const Leapmux__V1__AgentMessage *m)
{
    s->has_gap = s->has_gap || (s->last_seq != 0 && m->seq != s->last_seq + 1);
    s->last_seq = m->seq;
    if (m->body_case == LEAPMUX__V1__AGENT_MESSAGE__BODY_USER) {
        snprintf(s->texts + strlen(s->texts), sizeof(s->texts) - strlen(s->texts), "> %s\n",
                 m->user->markdown);
    } else if (m->body_case == LEAPMUX__V1__AGENT_MESSAGE__BODY_TEXT) {
        snprintf(s->texts + strlen(s->texts), sizeof(s->texts) - strlen(s->texts), "%s\n",
                 m->text->markdown);
    } else if (m->body_case == LEAPMUX__V1__AGENT_MESSAGE__BODY_NOTICE) {
        s->notices[m->notice->code]++;
    } else if (m->body_case == LEAPMUX__V1__AGENT_MESSAGE__BODY_RESULT) {
        s->results++;
    }
}

RIG void seen_prompts(struct seen *s, const Leapmux__V1__PendingPrompts *p)
{
    free(TAKE(s->prompt_id, NULL));
    s->prompts = p->n_prompts;
    if (p->n_prompts > 0) {
        s->prompt_id = must_strdup(p->prompts[p->n_prompts - 1]->prompt_id);
    }
}

RIG void seen_live(struct seen *s, const Leapmux__V1__LiveBlock *live)
{
    s->deltas++;
    s->live_has_gap = s->live_has_gap || (live->offset != 0 && live->offset != strlen(s->live));
    snprintf(s->live + live->offset, sizeof(s->live) - live->offset, "%s", live->text);
}

RIG void seen_event(struct asked *asked, struct bytes message)
{
    struct seen *s = asked->arg;
    Leapmux__V1__WatchAgentEvent *ev =
        pb_unpack(&leapmux__v1__watch_agent_event__descriptor, message);

    assert_non_null(ev);
    switch (ev->event_case) {
    case LEAPMUX__V1__WATCH_AGENT_EVENT__EVENT_RESET:
        s->resets++;
        s->last_seq = 0;
        s->texts[0] = '\0';
        break;
    case LEAPMUX__V1__WATCH_AGENT_EVENT__EVENT_BEGIN:
        s->begins++;
        break;
    case LEAPMUX__V1__WATCH_AGENT_EVENT__EVENT_MESSAGE:
        seen_message(s, ev->message);
        break;
    case LEAPMUX__V1__WATCH_AGENT_EVENT__EVENT_STATE:
        pb_free(s->state);
        s->state = TAKE(ev->state, NULL);
        ev->event_case = LEAPMUX__V1__WATCH_AGENT_EVENT__EVENT__NOT_SET;
        break;
    case LEAPMUX__V1__WATCH_AGENT_EVENT__EVENT_PROMPTS:
        seen_prompts(s, ev->prompts);
        break;
    case LEAPMUX__V1__WATCH_AGENT_EVENT__EVENT_QUEUE:
        s->queue = ev->queue->n_items;
        if (s->queue > 0) {
            s->queue_state = ev->queue->items[0]->state;
            snprintf(s->queue_error, sizeof(s->queue_error), "%s", ev->queue->items[0]->error);
        }
        break;
    case LEAPMUX__V1__WATCH_AGENT_EVENT__EVENT_SESSION:
        pb_free(s->session);
        s->session = TAKE(ev->session, NULL);
        ev->event_case = LEAPMUX__V1__WATCH_AGENT_EVENT__EVENT__NOT_SET;
        break;
    case LEAPMUX__V1__WATCH_AGENT_EVENT__EVENT_LIVE:
        seen_live(s, ev->live);
        break;
    case LEAPMUX__V1__WATCH_AGENT_EVENT__EVENT_LIVE_DROPPED:
        break;
    case LEAPMUX__V1__WATCH_AGENT_EVENT__EVENT_CATCH_UP:
        s->catch_ups++;
        s->watermark = ev->catch_up->watermark;
        break;
    case LEAPMUX__V1__WATCH_AGENT_EVENT__EVENT_PROMPT_CLOSED:
        s->prompts_closed++;
        s->closed_state = ev->prompt_closed->state;
        break;
    default:
        fail_msg("event %d", (int)ev->event_case);
    }
    pb_free(ev);
}

/* Watch from behind what was seen already (everything, when that is nothing). */
RIG void seen_watch(struct seen *s)
{
    Leapmux__V1__WatchAgentRequest request = LEAPMUX__V1__WATCH_AGENT_REQUEST__INIT;

    request.agent_id = s->agent.s;
    request._after_seq_case = LEAPMUX__V1__WATCH_AGENT_REQUEST___AFTER_SEQ_AFTER_SEQ;
    request.after_seq = s->last_seq;
    s->call = client_call(s->client, "WatchAgent", &request, seen_event, s);
}

RIG struct seen *seen_new(struct client *c, struct id agent)
{
    struct seen *s = NEW(struct seen);

    s->client = c;
    s->agent = agent;
    seen_watch(s);
    return s;
}

RIG void seen_free(struct seen *s)
{
    s->call->on_message = NULL; /* its client goes later */
    pb_free(s->state);
    pb_free(s->session);
    free(s->prompt_id);
    free(s);
}

#define SEEN_TURN(name_, state_)                                                                   \
    RIG bool name_(void *arg)                                                                      \
    {                                                                                              \
        struct seen *s = arg;                                                                      \
        return s->catch_ups > 0 && s->state != NULL &&                                             \
               s->state->turn_state == LEAPMUX__V1__TURN_STATE__TURN_STATE_##state_;               \
    }

SEEN_TURN(seen_idle, IDLE)
SEEN_TURN(seen_working, WORKING)
SEEN_TURN(seen_waiting, WAITING)
SEEN_TURN(seen_error, ERROR)

/* ---- agents ---- */

RIG struct id rig_open(struct client *c, const char *first_message)
{
    Leapmux__V1__OpenAgentRequest request = LEAPMUX__V1__OPEN_AGENT_REQUEST__INIT;
    Leapmux__V1__OpenAgentResponse *response;
    struct id agent = random_id();
    char provider[] = "claude";
    char title[] = "Agent 1";

    request.workspace_id = rig_workspace.s;
    request.agent_id = agent.s;
    request.provider = provider;
    request.title = title;
    request.first_message = (char *)(uintptr_t)first_message;
    response = client_ask(c, "OpenAgent", &request, &leapmux__v1__open_agent_response__descriptor);
    if (response == NULL) {
        fail_msg("OpenAgent: %s", client_reason(c));
    }
    assert_string_equal(response->agent->id, agent.s);
    pb_free(response);
    return agent;
}

/* NULL when it was taken, else the reason. */
RIG const char *rig_send(struct client *c, struct id agent, struct id message, const char *text)
{
    Leapmux__V1__SendMessageRequest request = LEAPMUX__V1__SEND_MESSAGE_REQUEST__INIT;
    void *response;

    request.agent_id = agent.s;
    request.message_id = message.s;
    request.text = (char *)(uintptr_t)text;
    response =
        client_ask(c, "SendMessage", &request, &leapmux__v1__send_message_response__descriptor);
    pb_free(response);
    return response != NULL ? NULL : client_reason(c);
}

/* main() of a program that uses a rig. */
RIG void rig_setup(char **argv)
{
    ssize_t n = readlink("/proc/self/exe", rig_program, sizeof(rig_program) - 1);

    (void)argv;
    rig_program[n > 0 ? n : 0] = '\0';
    rig_user = random_id();
    rig_workspace = random_id();
}

#endif
