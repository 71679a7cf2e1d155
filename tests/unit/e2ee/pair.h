/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A client's and a Worker's channel with a wire between them that the test moves by hand, and a
 * bare session that says whatever a test wants said to one of them.
 */
#ifndef TESTS_UNIT_E2EE_PAIR_H
#define TESTS_UNIT_E2EE_PAIR_H

#include "e2ee/channel.h"
#include "unit/e2ee/fixture.h"

/* Records on their way, oldest first. */
struct wire {
    struct buf *records;
    size_t n;
    size_t cap;
    size_t at;     /* taken so far */
    size_t octets; /* on the wire now */
    size_t most;   /* octets that were on it at once */
};

FIXTURE void wire_put(struct wire *w, struct bytes record)
{
    struct err e;

    if (w->n == w->cap) {
        w->cap = w->cap == 0 ? 16 : 2 * w->cap;
        w->records = must_realloc(w->records, w->cap * sizeof(*w->records));
    }
    buf_init(&w->records[w->n], RECORD_MAX);
    assert_true(buf_put(&w->records[w->n++], record, &e));
    w->octets += record.n;
    w->most = w->octets > w->most ? w->octets : w->most;
}

FIXTURE bool wire_is_empty(const struct wire *w)
{
    return w->at == w->n;
}

/* The oldest record, which the caller frees with buf_done(). */
FIXTURE struct buf wire_take(struct wire *w)
{
    struct buf record = w->records[w->at++];

    w->octets -= record.n;
    if (wire_is_empty(w)) {
        w->at = 0;
        w->n = 0;
    }
    return record;
}

FIXTURE void wire_done(struct wire *w)
{
    while (!wire_is_empty(w)) {
        struct buf record = wire_take(w);

        buf_done(&record);
    }
    free(w->records);
}

enum { LAST_MAX = 256 };

/* One end, and what its callbacks saw. */
struct end {
    struct channel *ch;
    struct wire out;
    bool consumes; /* gives credit back at once */

    uint32_t opened; /* the newest stream that on_open named */
    char method[FRAME_METHOD_MAX + 1];
    unsigned opens;
    unsigned messages;
    uint32_t message_stream;
    size_t message_len;
    uint64_t message_octets;   /* of all messages */
    uint8_t last[LAST_MAX];    /* the beginning of the newest message */
    uint32_t unreturned[1024]; /* by stream: credit that a reader standing still keeps */
    unsigned ends;
    uint32_t ended;
    enum err_code code;
    char reason[65];
    char message[128];
    char details[128];
    unsigned cancels;
    uint32_t cancelled;
    unsigned writables;
    uint32_t writable;
    unsigned pongs;
    unsigned closes;
    struct channel_end_cause cause;
    unsigned finishes;

    /* what a test wants done on top: of on_message and on_writable, and of on_open */
    void (*then)(struct end *end, uint32_t stream);
    void (*then_on_open)(struct end *end, uint32_t stream);
    void *arg;
};

struct pair {
    struct end client;
    struct end worker;
};

FIXTURE void end_emit(void *arg, struct bytes record)
{
    struct end *end = arg;

    wire_put(&end->out, record);
}

FIXTURE void end_on_open(void *arg, uint32_t stream, struct bytes method)
{
    struct end *end = arg;

    end->opens++;
    end->opened = stream;
    (void)snprintf(end->method, sizeof(end->method), "%.*s", (int)method.n, (const char *)method.p);
    if (end->then_on_open != NULL) {
        end->then_on_open(end, stream);
    }
}

FIXTURE void end_on_message(void *arg, uint32_t stream, struct bytes message, uint32_t credit)
{
    struct end *end = arg;

    end->messages++;
    end->message_stream = stream;
    end->message_len = message.n;
    end->message_octets += message.n;
    if (message.n > 0) {
        memcpy(end->last, message.p, message.n < LAST_MAX ? message.n : LAST_MAX);
    }
    if (end->consumes) {
        channel_consumed(end->ch, stream, credit);
    } else if (stream < ARRAY_LEN(end->unreturned)) {
        end->unreturned[stream] += credit;
    }
    if (end->then != NULL) {
        end->then(end, stream);
    }
}

FIXTURE void end_on_end(void *arg, uint32_t stream, const struct channel_status *status)
{
    struct end *end = arg;

    end->ends++;
    end->ended = stream;
    end->code = status->code;
    (void)snprintf(end->reason, sizeof(end->reason), "%.*s", (int)status->reason.n,
                   (const char *)status->reason.p);
    (void)snprintf(end->message, sizeof(end->message), "%.*s", (int)status->message.n,
                   (const char *)status->message.p);
    (void)snprintf(end->details, sizeof(end->details), "%.*s", (int)status->details.n,
                   (const char *)status->details.p);
}

FIXTURE void end_on_cancel(void *arg, uint32_t stream)
{
    struct end *end = arg;

    end->cancels++;
    end->cancelled = stream;
}

FIXTURE void end_on_writable(void *arg, uint32_t stream)
{
    struct end *end = arg;

    end->writables++;
    end->writable = stream;
    if (end->then != NULL) {
        end->then(end, stream);
    }
}

FIXTURE void end_on_pong(void *arg)
{
    ((struct end *)arg)->pongs++;
}

FIXTURE void end_on_closed(void *arg, const struct channel_end_cause *cause)
{
    struct end *end = arg;

    end->closes++;
    end->cause = *cause;
}

FIXTURE void end_on_finished(void *arg)
{
    ((struct end *)arg)->finishes++;
}

static const struct channel_events END_EVENTS = {
    .emit = end_emit,
    .on_open = end_on_open,
    .on_message = end_on_message,
    .on_end = end_on_end,
    .on_cancel = end_on_cancel,
    .on_writable = end_on_writable,
    .on_pong = end_on_pong,
    .on_closed = end_on_closed,
    .on_finished = end_on_finished,
};

/* Keys as a handshake would leave them, without its cost. */
FIXTURE void some_keys(struct handshake_result *client, struct handshake_result *worker)
{
    memset(client, 0, sizeof(*client));
    memset(client->send.b, 1, sizeof(client->send.b));
    memset(client->receive.b, 2, sizeof(client->receive.b));
    *worker = *client;
    worker->send = client->receive;
    worker->receive = client->send;
}

FIXTURE void pair_init(struct pair *p, const struct channel_config *config)
{
    struct channel_config c = *config;
    struct handshake_result client;
    struct handshake_result worker;

    memset(p, 0, sizeof(*p));
    p->client.consumes = true;
    p->worker.consumes = true;
    some_keys(&client, &worker);
    c.events = &END_EVENTS;
    c.role = CHANNEL_CLIENT;
    c.arg = &p->client;
    p->client.ch = channel_new(&c, &client);
    c.role = CHANNEL_WORKER;
    c.arg = &p->worker;
    p->worker.ch = channel_new(&c, &worker);
}

/* Past Hello. */
FIXTURE void pair_start(struct pair *p)
{
    pair_init(p, &(struct channel_config){ 0 });
    channel_admit(p->client.ch);
    channel_admit(p->worker.ch);
}

FIXTURE void pair_done(struct pair *p)
{
    channel_free(p->client.ch);
    channel_free(p->worker.ch);
    wire_done(&p->client.out);
    wire_done(&p->worker.out);
}

/* Bring one record from one end to the other; false if there is none. */
FIXTURE bool carry_one(struct end *from, struct end *to)
{
    struct buf record CLEANUP(buf_done) = { 0 };

    if (wire_is_empty(&from->out)) {
        return false;
    }
    record = wire_take(&from->out);
    channel_feed(to->ch, buf_view(&record));
    return true;
}

/* Bring everything over, both ways, until both ends are silent. */
FIXTURE void carry(struct pair *p)
{
    bool moved = true;

    while (moved) {
        moved = carry_one(&p->client, &p->worker);
        moved = carry_one(&p->worker, &p->client) || moved;
    }
}

FIXTURE uint32_t call(struct pair *p, const char *method, const char *request)
{
    struct err e;
    uint32_t stream = channel_open(p->client.ch, bytes_of(method), bytes_of(request), &e);

    assert_true(stream != 0);
    return stream;
}

/* n octets on the heap; the caller frees them. */
FIXTURE struct bytes blob(size_t n, uint8_t first)
{
    uint8_t *p = must_alloc(n + 1);

    for (size_t i = 0; i < n; i++) {
        p[i] = (uint8_t)(first + i * 7);
    }
    return (struct bytes){ p, n };
}

FIXTURE void blob_done(struct bytes *b)
{
    free((void *)(uintptr_t)b->p);
}

/* ---- a peer without manners ---- */

struct raw {
    struct session session; /* of the side that the test plays */
    struct end end;         /* the channel under test */
};

FIXTURE void raw_init(struct raw *r, enum channel_role role, const struct channel_config *config)
{
    struct channel_config c = *config;
    struct handshake_result client;
    struct handshake_result worker;
    bool is_worker = role == CHANNEL_WORKER;

    memset(r, 0, sizeof(*r));
    some_keys(&client, &worker);
    c.role = role;
    c.events = &END_EVENTS;
    c.arg = &r->end;
    r->end.consumes = true;
    r->end.ch = channel_new(&c, is_worker ? &worker : &client);
    session_init(&r->session, is_worker ? &client.send : &worker.send,
                 is_worker ? &client.receive : &worker.receive, SESSION_LIMITS);
}

FIXTURE void raw_start(struct raw *r, enum channel_role role)
{
    raw_init(r, role, &(struct channel_config){ 0 });
    channel_admit(r->end.ch);
}

FIXTURE void raw_done(struct raw *r)
{
    channel_free(r->end.ch);
    wire_done(&r->end.out);
}

/* Say any octets as a record. */
FIXTURE void raw_say(struct raw *r, const void *plain, size_t n)
{
    uint8_t record[RECORD_MAX];
    size_t len = session_seal(&r->session, (struct bytes){ plain, n }, record);

    channel_feed(r->end.ch, (struct bytes){ record, len });
}

/* Say a frame whose plaintext is given in hexadecimal. */
FIXTURE void raw_say_hex(struct raw *r, const char *hex)
{
    struct bytes plain CLEANUP(blob_done) = unhex(hex);

    raw_say(r, plain.p, plain.n);
}

FIXTURE void raw_frame(struct raw *r, enum frame_type type, unsigned flags, uint32_t stream,
                       const void *body, size_t n)
{
    uint8_t plain[RECORD_PLAIN_MAX];

    frame_header(type, flags, stream, plain);
    if (n > 0) {
        memcpy(plain + FRAME_HEADER_LEN, body, n);
    }
    raw_say(r, plain, FRAME_HEADER_LEN + n);
}

/* OPEN of method "M" with n octets of request behind it. */
FIXTURE void raw_open(struct raw *r, uint32_t stream, bool more, size_t n)
{
    static const uint8_t BODY[RECORD_PLAIN_MAX] = { 1, 'M' };

    raw_frame(r, FRAME_OPEN, more ? FRAME_MORE : 0, stream, BODY, 2 + n);
}

/* The next frame that the channel said; false when there is none. *plain holds what it views. */
FIXTURE bool raw_hear(struct raw *r, bool from_client, struct frame *f,
                      uint8_t plain[static RECORD_PLAIN_MAX])
{
    struct buf record CLEANUP(buf_done) = { 0 };
    size_t n;

    if (wire_is_empty(&r->end.out)) {
        return false;
    }
    record = wire_take(&r->end.out);
    n = session_open(&r->session, buf_view(&record), plain);
    assert_true(n > 0);
    assert_null(frame_read((struct bytes){ plain, n }, from_client, f));
    return true;
}

#endif
