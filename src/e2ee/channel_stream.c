/* SPDX-License-Identifier: Apache-2.0 */
#include "e2ee/channel_parts.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

enum { IDLE_CAP = 16 }; /* streams that a table without streams has room for, at most */

/* Where a stream is in the table, or where it would be. */
static uint32_t position_of(const struct channel *ch, uint32_t id)
{
    uint32_t low = 0;
    uint32_t high = ch->n_streams;

    while (low < high) {
        uint32_t middle = (low + high) / 2;

        if (ch->streams[middle]->id < id) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

struct stream *stream_find(const struct channel *ch, uint32_t id)
{
    uint32_t at = position_of(ch, id);

    return at < ch->n_streams && ch->streams[at]->id == id ? ch->streams[at] : NULL;
}

struct stream *stream_after(const struct channel *ch, uint32_t id)
{
    uint32_t at = position_of(ch, id + 1); /* ids end below 2^31 */

    return at < ch->n_streams ? ch->streams[at] : NULL;
}

struct stream *stream_add(struct channel *ch, uint32_t id)
{
    struct stream *s = NEW(struct stream);

    assert(ch->n_streams == 0 || ch->streams[ch->n_streams - 1]->id < id);
    if (ch->n_streams == ch->cap_streams) {
        ch->cap_streams = ch->cap_streams == 0 ? 4 : 2 * ch->cap_streams;
        ch->streams = must_realloc(ch->streams, ch->cap_streams * sizeof(struct stream *));
    }
    s->id = id;
    s->send_credit = STREAM_CREDIT;
    s->receive_credit = STREAM_CREDIT;
    list_init(&s->turn);
    ch->streams[ch->n_streams++] = s;
    return s;
}

void stream_drop_in(struct channel *ch, struct stream *s)
{
    ch->unfinished -= s->in.n;
    if (ch->config.budget != NULL) {
        ch->config.budget->held -= s->in.n;
    }
    buf_done(&s->in);
    s->is_inside_message = false;
}

void stream_drop_out(struct channel *ch, struct stream *s)
{
    ch->pending -= s->out.n - s->out_at;
    buf_done(&s->out);
    s->out_at = 0;
    s->has_message = false;
}

void stream_set_wanting(struct channel *ch, struct stream *s, bool wants)
{
    if (s->wants_write != wants) {
        s->wants_write = wants;
        ch->n_wanting += wants ? 1 : (uint32_t)-1;
    }
}

static void stream_free(struct channel *ch, struct stream *s)
{
    list_remove(&s->turn);
    stream_set_wanting(ch, s, false);
    stream_drop_in(ch, s);
    stream_drop_out(ch, s);
    ch->n_refused -= s->is_refused ? 1 : 0;
    buf_done(&s->method);
    buf_done(&s->end);
    free(s);
}

void stream_remove(struct channel *ch, struct stream *s)
{
    uint32_t at = position_of(ch, s->id);

    assert(ch->streams[at] == s);
    ch->n_streams--;
    memmove(ch->streams + at, ch->streams + at + 1, (ch->n_streams - at) * sizeof(struct stream *));
    stream_free(ch, s);
    if (ch->n_streams == 0 && ch->cap_streams > IDLE_CAP) {
        stream_remove_all(ch); /* an idle channel holds no table of a busy hour */
    }
}

void stream_remove_all(struct channel *ch)
{
    while (ch->n_streams > 0) {
        stream_free(ch, ch->streams[--ch->n_streams]);
    }
    free(ch->streams);
    ch->streams = NULL;
    ch->cap_streams = 0;
}

bool stream_keep(struct channel *ch, struct stream *s, struct bytes part)
{
    struct channel_budget *budget = ch->config.budget;
    struct err e;

    if (part.n > CHANNEL_UNFINISHED_MAX - ch->unfinished ||
        (budget != NULL && part.n > budget->max - budget->held)) {
        return false;
    }
    if (!s->is_inside_message) {
        buf_init(&s->in, CHANNEL_MESSAGE_MAX);
        s->is_inside_message = true;
    }
    if (!buf_put(&s->in, part, &e)) {
        return false;
    }
    ch->unfinished += part.n;
    if (budget != NULL) {
        budget->held += part.n;
    }
    return true;
}
