/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/certificate.h"

#include <assert.h>
#include <string.h>

static const char CONTEXT[] = "leapmux-worker-cert-v1";

static bool reject(struct err *e, const char *why)
{
    return err_set(e, ERR_FAILED_PRECONDITION, "KEY_REJECTED", "certificate: %s", why);
}

/* Cannot fail: the buffer has the room of a whole body. */
static void put(bool ok)
{
    assert(ok);
    (void)ok;
}

void certificate_body(const struct certificate *c, uint8_t out[static CERTIFICATE_BODY_LEN])
{
    struct err e;
    struct buf b CLEANUP(buf_done);

    buf_init(&b, CERTIFICATE_BODY_LEN);
    put(buf_put_u32be(&b, c->epoch, &e));
    put(buf_put_u64be(&b, (uint64_t)c->not_before_ms, &e));
    put(buf_put_u64be(&b, (uint64_t)c->not_after_ms, &e));
    put(buf_put(&b, id_bytes(&c->worker_id), &e));
    put(buf_put(&b, (struct bytes){ c->kx, sizeof(c->kx) }, &e));
    put(buf_put(&b, (struct bytes){ c->kem, sizeof(c->kem) }, &e));
    assert(b.n == CERTIFICATE_BODY_LEN);
    memcpy(out, b.p, CERTIFICATE_BODY_LEN);
}

bool certificate_sign(const struct certificate *c, const struct slhdsa_private *identity,
                      const uint8_t *rnd, uint8_t out[static CERTIFICATE_LEN], struct err *e)
{
    certificate_body(c, out);
    if (!slhdsa_sign(identity, CONTEXT, rnd, (struct bytes){ out, CERTIFICATE_BODY_LEN },
                     out + CERTIFICATE_BODY_LEN)) {
        return err_set(e, ERR_DATA_LOSS, "INTERNAL", "the Worker's identity key is damaged");
    }
    return true;
}

/* A time of 64 bits without sign; what does not fit into ours is as far away as ours goes. */
static int64_t read_time(struct reader *r)
{
    uint64_t ms = read_u64be(r);

    return ms <= INT64_MAX ? (int64_t)ms : INT64_MAX;
}

bool certificate_parse(struct bytes encoded, struct certificate *out, struct err *e)
{
    struct reader r = reader_of(encoded);
    struct certificate c = { 0 };
    struct err ignored;

    if (encoded.n != CERTIFICATE_LEN) {
        return reject(e, "wrong length");
    }
    c.epoch = read_u32be(&r);
    c.not_before_ms = read_time(&r);
    c.not_after_ms = read_time(&r);
    if (!id_parse(read_bytes(&r, ID_LEN), "worker_id", &c.worker_id, &ignored)) {
        return reject(e, "worker id is none");
    }
    memcpy(c.kx, read_bytes(&r, sizeof(c.kx)).p, sizeof(c.kx));
    memcpy(c.kem, read_bytes(&r, sizeof(c.kem)).p, sizeof(c.kem));
    if (c.epoch == 0) {
        return reject(e, "epoch 0");
    }
    *out = c;
    return true;
}

bool certificate_verify(struct bytes encoded, const uint8_t identity[static SLHDSA_PUBLIC_LEN],
                        struct certificate *out, struct err *e)
{
    struct reader r = reader_of(encoded);
    struct certificate c;
    struct bytes body;

    TRY(certificate_parse(encoded, &c, e));
    body = read_bytes(&r, CERTIFICATE_BODY_LEN);
    if (!slhdsa_verify(identity, CONTEXT, body, read_rest(&r))) {
        return reject(e, "the identity did not sign it");
    }
    *out = c;
    return true;
}

void certificate_body_hash(struct bytes encoded, uint8_t out[static BLAKE2B_256_LEN])
{
    assert(encoded.n >= CERTIFICATE_BODY_LEN);
    blake2b_256((struct bytes){ encoded.p, CERTIFICATE_BODY_LEN }, out);
}
