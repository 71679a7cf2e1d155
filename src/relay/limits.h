/* SPDX-License-Identifier: Apache-2.0 */
/* The outside of a channel in numbers. Those of its inside stand with the code that opens it. */
#ifndef RELAY_LIMITS_H
#define RELAY_LIMITS_H

enum {
    RELAY_RECORD_MIN = 24, /* octets of a sealed record */
    RELAY_RECORD_MAX = 65535,
    RELAY_HANDSHAKE_MAX = 65535,           /* octets of a handshake message */
    RELAY_FRAME_MAX = 128 * 1024,          /* octets of one message of a client's socket */
    RELAY_QUEUE_MAX = (4096 + 256) * 1024, /* octets a channel may have queued in one direction:
                                              its credit and one stream's */
    RELAY_MEMORY_MAX = 512 * 1024 * 1024,  /* octets of all queues together */
    RELAY_SOCKET_CHANNELS = 256,
    RELAY_WORKER_CHANNELS = 4096,
    RELAY_OPEN_TIMEOUT_MS = 10 * 1000, /* for the Worker's answer to a channel's opening */
};

#endif
