/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inside of a channel, shared by channel.c (life and receiving), channel_send.c (sending)
 * and channel_stream.c (the table of streams). Not for other files.
 */
#ifndef E2EE_CHANNEL_PARTS_H
#define E2EE_CHANNEL_PARTS_H

#include "base/list.h"
#include "e2ee/channel.h"

enum {
    /* Octets of plaintext in a DATA of ours: small enough that a stream in a hurry waits for
     * little, and what hiding lengths leaves as it is. */
    SEND_PLAIN_MAX = 32768,
    REFUSED_MAX = 256, /* streams beyond the limit whose END waits for credit */
};

struct stream {
    uint32_t id;
    bool is_refused; /* beyond the limit: exists only until its END is sent */

    /* sending, in the order in which it goes out */
    struct link turn; /* in channel.ready, or alone while it has nothing to send or no credit */
    uint32_t send_credit;
    struct buf method; /* client: OPEN that waits; empty once it is sent */
    struct buf out;    /* the message that waits */
    size_t out_at;     /* octets of it that are sent */
    bool has_message;
    bool has_cancel;  /* client: CANCEL waits */
    bool has_end;     /* Worker: END waits; the call is over for its owner */
    bool wants_write; /* SEND_FULL was answered */
    struct buf end;   /* body of that END */

    /* receiving */
    struct buf in; /* parts of a message so far */
    bool is_inside_message;
    bool has_all;            /* Worker: the request is complete */
    bool is_cancelled;       /* client: dropped until the END comes */
    uint32_t receive_credit; /* what the peer may send */
    uint32_t unread;         /* credit of messages that their reader has not taken */
    uint32_t withheld;       /* credit of parts that came while something was unread */
    uint32_t returnable;     /* credit to return in the next WINDOW */
};

struct channel {
    struct channel_config config;
    struct session session;
    enum channel_state state;
    bool is_admitted;
    bool is_held;
    bool is_pumping;

    struct stream **streams; /* by id, rising */
    uint32_t n_streams;
    uint32_t cap_streams;
    uint32_t n_refused;   /* of them, is_refused */
    uint32_t last_stream; /* the newest id */

    struct link ready; /* streams that have something to send, in turn */
    uint32_t n_wanting;
    uint32_t send_credit;
    size_t pending;

    uint32_t receive_credit;
    uint32_t returnable;
    size_t unfinished;

    bool is_pong_owed; /* while held */
    bool is_ping_out;
    uint8_t pong[FRAME_PING_LEN];
    uint8_t ping[FRAME_PING_LEN];
};

/* ---- channel_stream.c ---- */

struct stream *stream_find(const struct channel *ch, uint32_t id);
/* The stream with the lowest id above one, or NULL. */
struct stream *stream_after(const struct channel *ch, uint32_t id);
struct stream *stream_add(struct channel *ch, uint32_t id);
void stream_remove(struct channel *ch, struct stream *s);
void stream_remove_all(struct channel *ch);

/* Append a part of a message; false if that would pass a limit. */
MUST_CHECK bool stream_keep(struct channel *ch, struct stream *s, struct bytes part);
/* Forget the parts of an unfinished message. */
void stream_drop_in(struct channel *ch, struct stream *s);
/* Forget the message that waits. */
void stream_drop_out(struct channel *ch, struct stream *s);
void stream_set_wanting(struct channel *ch, struct stream *s, bool wants);

/* ---- channel_send.c ---- */

/* Seal and emit one frame of header, a and b. Charges no credit. */
void send_frame(struct channel *ch, enum frame_type type, unsigned flags, uint32_t stream,
                struct bytes a, struct bytes b);

/* Put a stream in turn, if it has something to send, and send what may be sent. */
void send_ready(struct channel *ch, struct stream *s);
void send_pump(struct channel *ch);

/* Return credit if there is enough of it. */
void send_channel_window(struct channel *ch);
void send_stream_window(struct channel *ch, struct stream *s);
void send_pong(struct channel *ch);
/* A FILL with a plaintext of n octets, if there is credit for it. */
void send_fill(struct channel *ch, size_t n);

/* Queue the END of a stream, behind its message if that still waits. */
void send_end(struct channel *ch, struct stream *s, const struct channel_status *status);

#endif
