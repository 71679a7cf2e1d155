/* SPDX-License-Identifier: Apache-2.0 */
#include "e2ee/pin.h"

enum { CLOCK_SKEW_MS = 24 * 60 * 60 * 1000 }; /* how wrong the clock of a device may be */

static bool is_in_time(const struct certificate *c, int64_t now_ms)
{
    int64_t last;

    if (__builtin_add_overflow(c->not_after_ms, CLOCK_SKEW_MS, &last)) {
        last = INT64_MAX;
    }
    return now_ms >= c->not_before_ms - CLOCK_SKEW_MS && now_ms <= last;
}

bool pin_accepts(const struct pin *pin, struct bytes certificate, struct id worker_id,
                 int64_t now_ms, struct certificate *out, struct err *e)
{
    struct certificate c;
    uint8_t hash[BLAKE2B_256_LEN];

    TRY(certificate_parse(certificate, &c, e));
    if (!id_equal(c.worker_id, worker_id)) {
        return err_set(e, ERR_FAILED_PRECONDITION, "KEY_REJECTED",
                       "certificate is that of another Worker");
    }
    if (!is_in_time(&c, now_ms)) {
        return err_set(e, ERR_FAILED_PRECONDITION, "CERT_TIME",
                       "certificate is not valid at this time");
    }
    TRY(certificate_verify(certificate, pin->identity, &c, e));
    if (c.epoch < pin->epoch) {
        return err_set(e, ERR_FAILED_PRECONDITION, "CERT_OLD",
                       "certificate of epoch %u where %u is known", c.epoch, pin->epoch);
    }
    certificate_body_hash(certificate, hash);
    if (c.epoch == pin->epoch && !ct_equal(hash, pin->body_hash, sizeof(hash))) {
        return err_set(e, ERR_FAILED_PRECONDITION, "CERT_CONFLICT",
                       "a second certificate of epoch %u", c.epoch);
    }
    *out = c;
    return true;
}

void pin_raise(struct pin *pin, struct bytes certificate, uint32_t epoch)
{
    pin->epoch = epoch;
    certificate_body_hash(certificate, pin->body_hash);
}
