/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A channel after its handshake: records in, events out; calls in, records out. One object for
 * either end. Pure: no sockets, no clock, no randomness. Source: channel.md, "Records", "Frames".
 *
 *   client                                       Worker
 *   channel_open() ----- OPEN, DATA -----------> on_open, on_message (the request, once)
 *   on_message, any number <------- DATA ------- channel_send_message()
 *   on_end <------------------------ END ------- channel_end(), channel_abort()
 *   channel_cancel() ----- CANCEL -------------> on_cancel (END is sent by the channel)
 *
 * Until channel_admit() the Worker takes nothing but stream 1, method Hello, request of at most
 * 16 KiB, besides PING, WINDOW, FILL and CLOSE; and the client sends nothing else.
 *
 *   state      leads to
 *   OPEN       CLOSING  channel_close(), or the peer broke a rule (CLOSE 2 is sent)
 *   OPEN       CLOSED   the peer's CLOSE came (ours is sent), or a record did not open
 *   CLOSING    CLOSED   the peer's CLOSE came; whatever comes before it is dropped
 *
 * Every function may be called from a callback, except channel_free(). Views that a callback is
 * given are valid until it returns. One thread.
 */
#ifndef E2EE_CHANNEL_H
#define E2EE_CHANNEL_H

#include "e2ee/frames.h"
#include "e2ee/handshake.h"
#include "e2ee/session.h"

enum {
    CHANNEL_CREDIT = 4194304,     /* octets of credit to start with, each direction */
    STREAM_CREDIT = 262144,       /* the same for each stream */
    CHANNEL_WINDOW_MIN = 1048576, /* octets of credit that are returned at once, at least */
    STREAM_WINDOW_MIN = 65536,
    CHANNEL_UNFINISHED_MAX = 33554432, /* octets of unfinished messages that a side keeps */
    CHANNEL_PENDING_MAX = 33554432,    /* octets of messages that wait for credit */
    CHANNEL_HELLO_MAX = 16384,         /* octets of the request before channel_admit() */
};

enum channel_role { CHANNEL_CLIENT, CHANNEL_WORKER };

enum channel_state { CHANNEL_OPEN, CHANNEL_CLOSING, CHANNEL_CLOSED };

/* What a CLOSE says. Other numbers may come from newer peers. */
enum channel_reason {
    CHANNEL_DONE = 0,
    CHANNEL_MOVING = 1,
    CHANNEL_PROTOCOL_ERROR = 2,
    CHANNEL_ACCESS_ENDED = 3,
    CHANNEL_DEVICE_REVOKED = 4,
    CHANNEL_SHUTTING_DOWN = 5,
};

/* Why a channel ended, other than by our own channel_close(). */
struct channel_end_cause {
    enum {
        CHANNEL_ENDED_BY_PEER, /* its CLOSE came; `reason` is what it says */
        CHANNEL_ENDED_BY_RULE, /* the peer broke a rule; `why` says which */
        CHANNEL_BROKEN,        /* a record did not open; `why` says so */
    } kind;
    uint16_t reason;
    const char *why; /* for the log, static; "" when there is nothing to say */
};

/* What happens. A callback that a role never gets may be NULL. */
struct channel_events {
    /* Hand a sealed record to the transport, in this order. Both roles. Of the channel's
     * functions it may call channel_hold(ch, true) only. */
    void (*emit)(void *arg, struct bytes record);

    /* Worker: a call began; its request follows with on_message. */
    void (*on_open)(void *arg, uint32_t stream, struct bytes method);

    /*
     * A whole message came. `credit` goes back with channel_consumed() when its octets have been
     * taken; until then the peer may send 256 KiB more on this stream and no further.
     */
    void (*on_message)(void *arg, uint32_t stream, struct bytes message, uint32_t credit);

    /* Client: the call ended. The stream is gone. */
    void (*on_end)(void *arg, uint32_t stream, const struct channel_status *status);

    /* Worker: nobody waits for this call any more. The stream is gone, its END is sent. */
    void (*on_cancel)(void *arg, uint32_t stream);

    /* Worker: a stream that answered SEND_FULL takes the next message. */
    void (*on_writable)(void *arg, uint32_t stream);

    /* The answer to channel_ping() came. */
    void (*on_pong)(void *arg);

    /*
     * Once: the channel takes and gives nothing any more, and all streams are gone without
     * another callback. Not called after our own channel_close().
     */
    void (*on_closed)(void *arg, const struct channel_end_cause *cause);

    /* Once, last: both sides have said CLOSE, or nothing can be said any more. The transport may
     * go. After channel_close() it waits for the peer, so the caller sets a deadline. */
    void (*on_finished)(void *arg);
};

/* Shared by the channels of a Worker: octets of unfinished requests over all of them. */
struct channel_budget {
    size_t held;
    size_t max;
};

struct channel_config {
    enum channel_role role;
    const struct channel_events *events; /* outlives the channel */
    void *arg;
    uint32_t streams;              /* open at once; 0: CHANNEL_STREAMS_MAX */
    uint32_t features;             /* FEATURE_ bits granted */
    struct session_limits limits;  /* all 0: SESSION_LIMITS */
    struct channel_budget *budget; /* may be NULL; outlives the channel */
};

struct channel;

/* Start with the keys of a handshake (copied; the caller wipes its own). Never NULL. */
struct channel *channel_new(const struct channel_config *config,
                            const struct handshake_result *keys);

/* Wipe and free, without a callback. Accepts NULL. */
void channel_free(struct channel *ch);

enum channel_state channel_state(const struct channel *ch);

/* Take in one record from the peer. */
void channel_feed(struct channel *ch, struct bytes record);

/* The device is admitted: everything is allowed from now on. The Worker calls it before it
 * answers Hello, the client when that answer has come. */
void channel_admit(struct channel *ch);

/*
 * Tell whether the transport is full. While it is, nothing but a CLOSE is emitted; what is sent
 * waits as if there were no credit.
 */
void channel_hold(struct channel *ch, bool full);

/* ---- Worker ---- */

enum send_result {
    SEND_OK,   /* sent, or kept until there is credit */
    SEND_FULL, /* not taken: the message before it still waits; on_writable follows */
    SEND_GONE, /* not taken: the call is over */
};

/*
 * Send one message of a call's answer. At most one message of a stream waits for credit (a copy
 * of what is left of it), and at most CHANNEL_PENDING_MAX octets of all streams.
 * A message beyond 16 MiB ends the call with TOO_LARGE; on_cancel is not called then.
 */
MUST_CHECK enum send_result channel_send_message(struct channel *ch, uint32_t stream,
                                                 struct bytes message);

/* End a call after what it still has to send. Ignored when the call is over. */
void channel_end(struct channel *ch, uint32_t stream, const struct channel_status *status);

/* channel_end() with code ok. */
void channel_end_ok(struct channel *ch, uint32_t stream);

/* End a call at once, dropping what waits: for rights that ended, or when it makes no sense. */
void channel_abort(struct channel *ch, uint32_t stream, const struct channel_status *status);

/* ---- client ---- */

/*
 * Begin a call with its whole request. Sends what credit allows and keeps the rest.
 *
 * Returns the stream, or 0: LIMIT (too many calls are open, or before channel_admit() another
 * than the first), TOO_LARGE, INVALID (name of the method), or GOING_AWAY (channel is closed).
 */
MUST_CHECK uint32_t channel_open(struct channel *ch, struct bytes method, struct bytes request,
                                 struct err *e);

/* Give up a call. No further callback for it. Ignored when it is over. */
void channel_cancel(struct channel *ch, uint32_t stream);

/* ---- both ---- */

/* Return the credit of a message that on_message brought. Ignored when the call is over. */
void channel_consumed(struct channel *ch, uint32_t stream, uint32_t credit);

/* Send a PING, or false while one is unanswered or the channel is not open. */
MUST_CHECK bool channel_ping(struct channel *ch, const uint8_t octets[static FRAME_PING_LEN]);

/* Say CLOSE and drop all streams without a callback. Ignored unless the channel is open. */
void channel_close(struct channel *ch, enum channel_reason reason);

/* Figures for metrics and tests. */
struct channel_counts {
    uint32_t streams;        /* open */
    uint32_t send_credit;    /* of the channel: what we may send */
    uint32_t receive_credit; /* of the channel: what the peer may send */
    uint32_t returnable;     /* of the channel: taken in and not yet returned */
    size_t pending;          /* octets of messages that wait for credit */
    size_t unfinished;       /* octets of messages of which parts have come */
};
struct channel_counts channel_counts(const struct channel *ch);

#endif
