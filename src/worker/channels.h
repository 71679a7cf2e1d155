/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Worker's ends of sealed channels: each is a channel of e2ee/channel.h, whose streams are
 * calls of rpc/rpc.h.
 *
 *   opened by the Hub -> handshake -> waits for Hello (10 s) -> admitted -> closed
 */
#ifndef WORKER_CHANNELS_H
#define WORKER_CHANNELS_H

#include "e2ee/proof.h"
#include "leapmux/v1/connector.pb-c.h"
#include "worker/core.h"

enum {
    CHANNELS_MAX = 4096,
    CHANNELS_WAITING_MAX = 64, /* without a good Hello */
    CHANNELS_HELLO_MS = 10000,
    CHANNELS_CLOSE_MS = 5000,                    /* for the peer's CLOSE after ours */
    CHANNELS_UNFINISHED_MAX = 512 * 1024 * 1024, /* octets of requests over all channels */
};

struct channels;
struct sealed; /* one channel; rpc_peer() of its calls */

/* Where sealed records and news go: the link to the Hub. */
struct channels_out {
    bool (*record)(void *arg, uint32_t number, struct bytes record); /* false: full */
    void (*closed)(void *arg, uint32_t number, uint32_t reason);
    void *arg;
};

struct channels *channels_new(struct worker *w);

/* Frees all channels, silently. Accepts NULL. */
void channels_free(struct channels *all);

/* From now on records go there; NULL: nowhere, and all channels end. */
void channels_set_out(struct channels *all, const struct channels_out *out);

/*
 * Take a handshake. On success message2 holds the answer. Fails with STALE_KEYS,
 * HANDSHAKE_FAILED or LIMIT, and nothing is kept.
 */
MUST_CHECK bool channels_open(struct channels *all, const Leapmux__V1__ChannelOpen *open,
                              struct buf *message2, struct err *e);

void channels_feed(struct channels *all, uint32_t number, struct bytes record);

/* The Hub says that the other end is gone. */
void channels_close(struct channels *all, uint32_t number);

/* The link has room again. */
void channels_drained(struct channels *all);

/* End the channels of users who have no rights left here. */
void channels_check_access(struct channels *all);

/* End all channels with "shutting down". */
void channels_shut_down(struct channels *all);

size_t channels_count(const struct channels *all);

/* ---- for Hello ---- */

/* What a proof must be bound to. */
const uint8_t *sealed_hash(const struct sealed *s);
struct id sealed_device(const struct sealed *s);
bool sealed_is_admitted(const struct sealed *s);
void sealed_admit(struct sealed *s);

/* Close it soon, once what was answered has been sent. */
void sealed_close(struct sealed *s, uint16_t reason);

/* While work for a channel is under way, *s is set to NULL when the channel goes. One at a time. */
void sealed_watch(struct sealed *s, struct sealed **slot);

#endif
