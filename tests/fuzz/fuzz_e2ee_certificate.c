/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Certificates and stored epoch keys. Short inputs are stretched to the length that is wanted, so
 * that the fields are reached without a corpus of 50 kB files.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "e2ee/pin.h"
#include "e2ee/worker_keys.h"

static void read_certificate(struct bytes input)
{
    struct certificate c;
    struct pin pin = { .epoch = 7 };
    struct err e;

    if (certificate_parse(input, &c, &e)) {
        uint8_t body[CERTIFICATE_BODY_LEN];

        assert(c.epoch >= 1 && id_is_valid(id_bytes(&c.worker_id)));
        if (c.not_before_ms != INT64_MAX && c.not_after_ms != INT64_MAX) {
            certificate_body(&c, body);
            assert(memcmp(body, input.p, sizeof(body)) == 0);
        }
        (void)!pin_accepts(&pin, input, c.worker_id, c.not_before_ms, &c, &e);
    } else {
        assert(strcmp(e.reason, "KEY_REJECTED") == 0);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t want = size > 0 && data[0] % 2 == 0 ? CERTIFICATE_LEN : WORKER_KEYS_ENCODED_LEN;
    uint8_t *whole = must_calloc(1, want);
    struct err e;

    if (size > 1) {
        memcpy(whole, data + 1, size - 1 < want ? size - 1 : want);
    }
    read_certificate((struct bytes){ data, size });
    if (want == CERTIFICATE_LEN) {
        read_certificate((struct bytes){ whole, want });
    } else {
        worker_keys_free(worker_keys_decode((struct bytes){ whole, want }, &e));
    }
    free(whole);
    return 0;
}
