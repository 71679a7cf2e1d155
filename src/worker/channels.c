/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/channels.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/log.h"
#include "crypto/random.h"
#include "e2ee/channel.h"
#include "leapmux/v1/common.pb-c.h"
#include "worker/pb.h"

enum { METHOD_MAX = 64 }; /* octets of a method's name that we know */

struct channels {
    struct worker *worker;
    struct rpc_service service;
    struct link list;
    size_t n;
    size_t waiting; /* without a good Hello */
    struct channels_out out;
    struct channel_budget budget;
    bool full; /* the link is */
};

struct sealed {
    struct link link;
    struct channels *all;
    uint32_t number;
    struct id channel_id;
    struct id user;
    struct id device;
    struct channel *channel;
    uint8_t hash[HANDSHAKE_HASH_LEN];
    struct timer deadline; /* for Hello, later for the peer's CLOSE */
    struct link streams;
    struct sealed **slot;
    uint16_t close_reason;
    bool is_admitted;
    bool is_closing; /* we have said CLOSE, or are about to */
    bool is_gone;    /* out of the list, freed soon */
};

/* One call. */
struct stream {
    struct link link;
    struct sealed *sealed;
    uint32_t number;
    char method[METHOD_MAX + 1];
    struct rpc_call *call; /* NULL: not begun, or answered */
    struct buf spare;      /* the one message that the channel did not take */
    bool has_spare;
    bool is_ended; /* the handler is done; `outcome` follows behind the spare message */
    bool has_error;
    bool in_dispatch;
    bool is_gone; /* the channel knows it no more */
    struct err outcome;
};

/* ---- streams ---- */

static struct stream *find_stream(struct sealed *s, uint32_t number)
{
    LIST_EACH(&s->streams, struct stream, link, st)
    {
        if (st->number == number) {
            return st;
        }
    }
    return NULL;
}

static void free_stream(struct stream *st)
{
    list_remove(&st->link);
    buf_done(&st->spare);
    free(st);
}

static struct bytes error_details(const struct err *e, struct arena *a)
{
    Leapmux__V1__ErrorInfo info = LEAPMUX__V1__ERROR_INFO__INIT;

    info.reason = pb_str(a, e->reason);
    info.field = pb_str(a, e->field);
    info.retry_after_ms = e->retry_after_ms;
    return pb_pack(a, &info);
}

/* Say END, and forget the call. */
static void finish_stream(struct stream *st)
{
    CLEANUP(arena_done) struct arena a = { 0 };
    struct channel_status status = { .code = ERR_OK };

    if (!st->is_gone && st->has_error) {
        status.code = st->outcome.code;
        status.reason = bytes_of(st->outcome.reason != NULL ? st->outcome.reason : "");
        status.message = bytes_of(st->outcome.msg);
        status.details = error_details(&st->outcome, &a);
        channel_end(st->sealed->channel, st->number, &status);
    } else if (!st->is_gone) {
        channel_end_ok(st->sealed->channel, st->number);
    }
    free_stream(st);
}

/* The call is over for the channel: whoever answers it hears of it, not from inside his own send.
 */
static void on_stream_gone(void *arg)
{
    struct stream *st = arg;

    if (st->call != NULL) {
        rpc_cancel(TAKE(st->call, NULL));
    }
    free_stream(st);
}

static void drop_stream(struct stream *st)
{
    if (!st->is_gone) {
        st->is_gone = true;
        list_remove(&st->link);
        loop_defer(st->sealed->all->worker->loop, on_stream_gone, st);
    }
}

static bool on_rpc_send(void *t, struct bytes message)
{
    struct stream *st = t;
    struct err e;

    if (st->is_gone) {
        return true;
    }
    switch (channel_send_message(st->sealed->channel, st->number, message)) {
    case SEND_OK:
        return true;
    case SEND_GONE:
        if (!st->in_dispatch) {
            drop_stream(st);
        } else {
            st->is_gone = true;
        }
        return true;
    case SEND_FULL:
        break;
    }
    buf_init(&st->spare, CHANNEL_MESSAGE_MAX);
    if (!buf_put(&st->spare, message, &e)) {
        return true; /* the channel would have refused it, too */
    }
    st->has_spare = true;
    return false;
}

static void on_rpc_end(void *t, const struct err *e)
{
    struct stream *st = t;

    st->call = NULL;
    st->is_ended = true;
    st->has_error = e != NULL;
    if (e != NULL) {
        st->outcome = *e;
    }
    /* What was dropped is freed by on_stream_gone(). */
    if (!st->in_dispatch && !st->has_spare && !st->is_gone) {
        finish_stream(st);
    }
}

static const struct rpc_transport TRANSPORT = { .send = on_rpc_send, .end = on_rpc_end };

static void dispatch(struct stream *st, struct bytes request)
{
    struct sealed *s = st->sealed;
    struct rpc_caller caller = { .user = s->user, .peer = s };
    struct rpc_call *call;

    st->in_dispatch = true;
    call = rpc_dispatch(&s->all->service, 1, st->method, request, &caller, &TRANSPORT, st);
    st->in_dispatch = false;
    if (st->is_ended) {
        if (!st->has_spare || st->is_gone) {
            finish_stream(st);
        }
        return;
    }
    st->call = call;
    if (st->is_gone) {
        st->is_gone = false;
        drop_stream(st);
    }
}

/* ---- what the channel says ---- */

static void on_emit(void *arg, struct bytes record)
{
    struct sealed *s = arg;
    struct channels *all = s->all;

    if (all->out.record == NULL || all->out.record(all->out.arg, s->number, record)) {
        return;
    }
    all->full = true;
    LIST_EACH(&all->list, struct sealed, link, other)
    {
        channel_hold(other->channel, true);
    }
}

static void on_open(void *arg, uint32_t number, struct bytes method)
{
    struct sealed *s = arg;
    struct stream *st = NEW(struct stream);

    st->sealed = s;
    st->number = number;
    if (method.n <= METHOD_MAX) {
        memcpy(st->method, method.p, method.n); /* a longer one is unknown, as "" is */
    }
    list_init(&st->link);
    list_append(&s->streams, &st->link);
}

static void on_message(void *arg, uint32_t number, struct bytes message, uint32_t credit)
{
    struct sealed *s = arg;
    struct stream *st = find_stream(s, number);

    if (st != NULL) {
        dispatch(st, message);
    }
    channel_consumed(s->channel, number, credit);
}

static void on_cancel(void *arg, uint32_t number)
{
    struct stream *st = find_stream(arg, number);

    if (st != NULL) {
        drop_stream(st);
    }
}

static void on_writable(void *arg, uint32_t number)
{
    struct stream *st = find_stream(arg, number);

    if (st == NULL) {
        return;
    }
    if (st->has_spare) {
        enum send_result sent =
            channel_send_message(st->sealed->channel, st->number, buf_view(&st->spare));

        if (sent == SEND_FULL) {
            return;
        }
        st->has_spare = false;
        buf_done(&st->spare);
        if (sent == SEND_GONE) {
            drop_stream(st);
            return;
        }
    }
    if (st->is_ended) {
        finish_stream(st);
    } else if (st->call != NULL) {
        rpc_drained(st->call);
    }
}

static void drop_streams(struct sealed *s)
{
    LIST_EACH(&s->streams, struct stream, link, st)
    {
        drop_stream(st);
    }
}

static void free_sealed(void *arg)
{
    struct sealed *s = arg;

    channel_free(s->channel);
    free(s);
}

static void unlist(struct sealed *s)
{
    s->is_gone = true;
    list_remove(&s->link);
    s->all->n--;
    s->all->waiting -= s->is_admitted ? 0 : 1;
    timer_stop(&s->deadline);
    if (s->slot != NULL) {
        *s->slot = NULL;
    }
}

/* Out of the list at once; the memory goes when nobody above uses it any more. */
static void remove_sealed(struct sealed *s)
{
    if (!s->is_gone) {
        unlist(s);
        drop_streams(s);
        loop_defer(s->all->worker->loop, free_sealed, s);
    }
}

/* The same where nobody above can use it: at the end of a link or of the Worker. */
static void remove_now(struct sealed *s)
{
    unlist(s);
    LIST_EACH(&s->streams, struct stream, link, st)
    {
        st->is_gone = true;
        on_stream_gone(st);
    }
    free_sealed(s);
}

static void on_closed(void *arg, const struct channel_end_cause *cause)
{
    struct sealed *s = arg;

    if (cause->kind != CHANNEL_ENDED_BY_PEER) {
        log_warn("channel ended", F_STR("channel", s->channel_id.s), F_STR("why", cause->why));
    }
    drop_streams(s);
}

static void on_finished(void *arg)
{
    struct sealed *s = arg;
    struct channels *all = s->all;

    if (!s->is_gone && all->out.closed != NULL) {
        all->out.closed(all->out.arg, s->number, 7); /* closed by the Worker */
    }
    remove_sealed(s);
}

static void on_pong(void *arg)
{
    (void)arg;
}

static const struct channel_events EVENTS = {
    .emit = on_emit,
    .on_open = on_open,
    .on_message = on_message,
    .on_cancel = on_cancel,
    .on_writable = on_writable,
    .on_pong = on_pong,
    .on_closed = on_closed,
    .on_finished = on_finished,
};

/* ---- all channels ---- */

struct channels *channels_new(struct worker *w)
{
    struct channels *all = NEW(struct channels);

    all->worker = w;
    all->service = worker_methods(w);
    all->budget.max = CHANNELS_UNFINISHED_MAX;
    list_init(&all->list);
    rpc_service_check(&all->service);
    return all;
}

void channels_free(struct channels *all)
{
    if (all != NULL) {
        channels_set_out(all, NULL);
        free(all);
    }
}

void channels_set_out(struct channels *all, const struct channels_out *out)
{
    all->full = false;
    if (out != NULL) {
        all->out = *out;
        return;
    }
    all->out = (struct channels_out){ 0 };
    LIST_EACH(&all->list, struct sealed, link, s)
    {
        remove_now(s);
    }
}

size_t channels_count(const struct channels *all)
{
    return all->n;
}

static struct sealed *find(struct channels *all, uint32_t number)
{
    LIST_EACH(&all->list, struct sealed, link, s)
    {
        if (s->number == number) {
            return s;
        }
    }
    return NULL;
}

static bool is_open(const struct channels *all, struct id channel_id)
{
    LIST_EACH(&all->list, struct sealed, link, s)
    {
        if (id_equal(s->channel_id, channel_id)) {
            return true;
        }
    }
    return false;
}

/* ---- opening ---- */

static bool read_ids(const struct channels *all, const Leapmux__V1__ChannelOpen *open,
                     struct handshake_ids *ids, struct err *e)
{
    ids->worker = all->worker->id;
    TRY(id_parse(bytes_of(open->channel_id), "channel_id", &ids->channel, e));
    TRY(id_parse(bytes_of(open->user_id), "user_id", &ids->user, e));
    return id_parse(bytes_of(open->device_id), "device_id", &ids->device, e);
}

static bool check_room(const struct channels *all, uint32_t number, struct id channel_id,
                       struct err *e)
{
    if (is_open(all, channel_id) || find((struct channels *)(uintptr_t)all, number) != NULL) {
        return err_set(e, ERR_FAILED_PRECONDITION, "HANDSHAKE_FAILED", "that channel is open");
    }
    if (all->n >= CHANNELS_MAX || all->waiting >= CHANNELS_WAITING_MAX) {
        return err_set(e, ERR_RESOURCE_EXHAUSTED, "LIMIT", "too many channels");
    }
    return true;
}

static void on_deadline(void *arg)
{
    struct sealed *s = arg;

    if (s->is_closing) {
        on_finished(s);
    } else {
        sealed_close(s, CHANNEL_PROTOCOL_ERROR); /* no good Hello in time */
    }
}

static void add(struct channels *all, uint32_t number, const struct handshake_ids *ids,
                const struct handshake_result *keys)
{
    struct sealed *s = NEW(struct sealed);
    struct channel_config config = {
        .role = CHANNEL_WORKER,
        .events = &EVENTS,
        .arg = s,
        .streams = keys->streams,
        .features = keys->features,
        .budget = &all->budget,
    };

    s->all = all;
    s->number = number;
    s->channel_id = ids->channel;
    s->user = ids->user;
    s->device = ids->device;
    memcpy(s->hash, keys->h, sizeof(s->hash));
    list_init(&s->streams);
    list_init(&s->link);
    list_append(&all->list, &s->link);
    all->n++;
    all->waiting++;
    s->channel = channel_new(&config, keys);
    channel_hold(s->channel, all->full);
    timer_init(&s->deadline, all->worker->loop, on_deadline, s);
    timer_start(&s->deadline, CHANNELS_HELLO_MS);
}

bool channels_open(struct channels *all, const Leapmux__V1__ChannelOpen *open, struct buf *message2,
                   struct err *e)
{
    const struct worker_keys *known[] = { all->worker->keys };
    const struct worker_keys *chosen;
    CLEANUP(handshake_result_done) struct handshake_result keys = { .version = 0 };
    struct handshake_worker_random random;
    struct bytes message1 = pb_view(&open->handshake);
    uint8_t answer[HANDSHAKE_MESSAGE2_LEN];
    struct handshake_ids ids;

    TRY(read_ids(all, open, &ids, e));
    TRY(handshake_check(message1, known, 1, &chosen, e));
    TRY(check_room(all, open->number, ids.channel, e));
    random_bytes(&random, sizeof(random));
    TRY(handshake_respond(chosen, &ids, chosen->public.epoch,
                          FEATURE_PAD_LENGTHS | FEATURE_ANSWER_FILL, message1, &random, answer,
                          &keys, e));
    TRY(buf_put(message2, (struct bytes){ answer, sizeof(answer) }, e));
    if (keys.version != 0) {
        add(all, open->number, &ids, &keys);
    }
    return true;
}

void channels_feed(struct channels *all, uint32_t number, struct bytes record)
{
    struct sealed *s = find(all, number);

    if (s != NULL) {
        channel_feed(s->channel, record);
    }
}

void channels_close(struct channels *all, uint32_t number)
{
    struct sealed *s = find(all, number);

    if (s != NULL) {
        remove_sealed(s);
    }
}

void channels_drained(struct channels *all)
{
    all->full = false;
    LIST_EACH(&all->list, struct sealed, link, s)
    {
        if (!all->full) {
            channel_hold(s->channel, false);
        }
    }
}

void channels_check_access(struct channels *all)
{
    LIST_EACH(&all->list, struct sealed, link, s)
    {
        if (access_is_empty(&all->worker->access, s->user)) {
            sealed_close(s, CHANNEL_ACCESS_ENDED);
        }
    }
}

void channels_shut_down(struct channels *all)
{
    LIST_EACH(&all->list, struct sealed, link, s)
    {
        sealed_close(s, CHANNEL_SHUTTING_DOWN);
    }
}

/* ---- for Hello ---- */

const uint8_t *sealed_hash(const struct sealed *s)
{
    return s->hash;
}

struct id sealed_device(const struct sealed *s)
{
    return s->device;
}

bool sealed_is_admitted(const struct sealed *s)
{
    return s->is_admitted;
}

void sealed_admit(struct sealed *s)
{
    if (!s->is_admitted && !s->is_gone) {
        s->is_admitted = true;
        s->all->waiting--;
        timer_stop(&s->deadline);
        channel_admit(s->channel);
    }
}

static void close_now(void *arg)
{
    struct sealed *s = arg;

    if (!s->is_gone) {
        drop_streams(s);
        channel_close(s->channel, (enum channel_reason)s->close_reason);
        if (channel_state(s->channel) == CHANNEL_CLOSED) {
            on_finished(s);
        }
    }
}

void sealed_close(struct sealed *s, uint16_t reason)
{
    if (s->is_closing || s->is_gone) {
        return;
    }
    s->is_closing = true;
    s->close_reason = reason;
    timer_start(&s->deadline, CHANNELS_CLOSE_MS);
    loop_defer(s->all->worker->loop, close_now, s);
}

void sealed_watch(struct sealed *s, struct sealed **slot)
{
    s->slot = slot;
}
