/* SPDX-License-Identifier: Apache-2.0 */
/* Frames of a client: whatever is accepted says the same when it is written again. */
#include <stdlib.h>
#include <string.h>

#include "relay/socket_frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool holds)
{
    if (!holds) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t head[SOCKET_FRAME_HEAD_MAX + 5];
    struct socket_frame f;
    struct socket_frame again;
    struct err e = { 0 };

    if (!socket_frame_read((struct bytes){ data, size }, &f, &e)) {
        must(e.code == ERR_INVALID_ARGUMENT && e.reason != NULL);
        return 0;
    }
    if (f.kind == LEAPMUX__V1__FRAME_KIND__FRAME_KIND_CLOSE) {
        size_t n = socket_frame_close(f.ref, f.reason, head);

        must(socket_frame_read((struct bytes){ head, n }, &again, &e));
        must(again.ref == f.ref && again.reason == f.reason);
    } else if (f.kind == LEAPMUX__V1__FRAME_KIND__FRAME_KIND_RECORD) {
        must(f.body.n >= RELAY_RECORD_MIN && f.body.n <= RELAY_RECORD_MAX);
        must(f.body.p + f.body.n == data + size);
        must(socket_frame_record_head(f.ref, head) <= SOCKET_FRAME_HEAD_MAX);
    } else {
        must(f.body.n == size - 1);
    }
    return 0;
}
