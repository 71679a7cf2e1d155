/* SPDX-License-Identifier: Apache-2.0 */
#include "e2ee/worker_keys.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

static const int64_t DAY_MS = INT64_C(24) * 60 * 60 * 1000;
static const int64_t MINUTE_MS = 60 * 1000;

enum {
    FORMAT = 1,
    VALID_DAYS = 60,
    RENEW_DAYS = 30, /* so that a device that was off for a month still finds a valid one */
};

void worker_keys_free(struct worker_keys *keys)
{
    if (keys == NULL) {
        return;
    }
    mlkem_key_free(keys->kem);
    wipe(keys, sizeof(*keys));
    free(keys);
}

void worker_keys_freep(struct worker_keys **keys)
{
    worker_keys_free(*keys);
    *keys = NULL;
}

/* Epochs follow the clock, so that a Worker restored from a backup passes those it forgot. */
static bool next_epoch(uint32_t previous, int64_t now_ms, uint32_t *out, struct err *e)
{
    int64_t minutes = now_ms / MINUTE_MS;
    int64_t next = (int64_t)previous + 1;

    if (next < minutes) {
        next = minutes;
    }
    if (next < 1 || next > UINT32_MAX) {
        return err_set(e, ERR_OUT_OF_RANGE, "INTERNAL", "no key epoch left");
    }
    *out = (uint32_t)next;
    return true;
}

static void derive_public(struct worker_keys *keys)
{
    keys->kem = mlkem_key_new(&keys->kem_seed);
    mlkem_public(keys->kem, keys->public.kem);
    x25519_public(&keys->kx, keys->public.kx);
}

static bool fill(struct worker_keys *keys, const struct slhdsa_private *identity, uint32_t previous,
                 const struct worker_keys_random *random, struct err *e)
{
    slhdsa_public(identity, keys->identity);
    TRY(next_epoch(previous, keys->public.not_before_ms, &keys->public.epoch, e));
    keys->kx = random->kx;
    keys->kem_seed = random->kem_seed;
    derive_public(keys);
    return certificate_sign(&keys->public, identity, random->signing, keys->certificate, e);
}

struct worker_keys *worker_keys_new(const struct slhdsa_private *identity, struct id worker_id,
                                    uint32_t previous, int64_t now_ms,
                                    struct worker_keys_random *random, struct err *e)
{
    struct worker_keys *keys CLEANUP(worker_keys_freep) = NEW(struct worker_keys);
    bool good;

    keys->public.not_before_ms = now_ms;
    keys->public.not_after_ms = now_ms + VALID_DAYS * DAY_MS;
    keys->public.worker_id = worker_id;
    good = fill(keys, identity, previous, random, e);
    wipe(random, sizeof(*random));
    return good ? TAKE(keys, NULL) : NULL;
}

bool worker_keys_need_new_epoch(const struct worker_keys *keys, struct id worker_id, int64_t now_ms)
{
    const struct certificate *c = &keys->public;

    return !id_equal(c->worker_id, worker_id) || now_ms < c->not_before_ms - DAY_MS ||
           now_ms > c->not_before_ms + RENEW_DAYS * DAY_MS;
}

void worker_keys_encode(const struct worker_keys *keys, uint8_t out[static WORKER_KEYS_ENCODED_LEN])
{
    uint8_t *at = out;

    *at++ = FORMAT;
    at = (uint8_t *)mempcpy(at, keys->identity, sizeof(keys->identity));
    at = (uint8_t *)mempcpy(at, keys->kx.b, sizeof(keys->kx.b));
    at = (uint8_t *)mempcpy(at, keys->kem_seed.b, sizeof(keys->kem_seed.b));
    memcpy(at, keys->certificate, sizeof(keys->certificate));
}

static bool fits_certificate(const struct worker_keys *keys, const struct certificate *c)
{
    return ct_equal(keys->public.kx, c->kx, sizeof(c->kx)) &&
           ct_equal(keys->public.kem, c->kem, sizeof(c->kem));
}

static struct worker_keys *damaged(struct err *e, const char *what)
{
    (void)err_set(e, ERR_DATA_LOSS, "INTERNAL", "the Worker's epoch keys are damaged: %s", what);
    return NULL;
}

struct worker_keys *worker_keys_decode(struct bytes encoded, struct err *e)
{
    struct worker_keys *keys CLEANUP(worker_keys_freep) = NULL;
    struct reader r = reader_of(encoded);
    struct certificate c;

    if (encoded.n != WORKER_KEYS_ENCODED_LEN || read_u8(&r) != FORMAT) {
        return damaged(e, "unknown form");
    }
    keys = NEW(struct worker_keys);
    memcpy(keys->identity, read_bytes(&r, sizeof(keys->identity)).p, sizeof(keys->identity));
    memcpy(keys->kx.b, read_bytes(&r, 32).p, 32);
    memcpy(keys->kem_seed.b, read_bytes(&r, 64).p, 64);
    memcpy(keys->certificate, read_rest(&r).p, CERTIFICATE_LEN);
    if (!certificate_verify((struct bytes){ keys->certificate, CERTIFICATE_LEN }, keys->identity,
                            &c, e)) {
        return damaged(e, "certificate");
    }
    derive_public(keys);
    if (!fits_certificate(keys, &c)) {
        return damaged(e, "private keys");
    }
    keys->public = c;
    return TAKE(keys, NULL);
}
