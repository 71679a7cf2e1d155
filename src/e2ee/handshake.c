/* SPDX-License-Identifier: Apache-2.0 */
#include "e2ee/handshake.h"

#include <assert.h>
#include <string.h>

const char HANDSHAKE_PROTOCOL[] = "Noise_NKhybrid_25519+MLKEM1024_ChaChaPoly_BLAKE2b";

enum {
    SEALED_CIPHERTEXT_LEN = MLKEM_CIPHERTEXT_LEN + AEAD_TAG_LEN,
    SEALED_PUBLIC_LEN = MLKEM_PUBLIC_LEN + AEAD_TAG_LEN,
};

static bool fail(struct err *e, const char *cause)
{
    return err_set(e, ERR_FAILED_PRECONDITION, "HANDSHAKE_FAILED", "handshake: %s", cause);
}

static struct bytes view(const uint8_t *p, size_t n)
{
    return (struct bytes){ p, n };
}

static uint8_t *put_be(uint8_t *at, uint64_t v, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        at[i] = (uint8_t)(v >> (8 * (n - 1 - i)));
    }
    return at + n;
}

static uint8_t *put(uint8_t *at, const void *p, size_t n)
{
    memcpy(at, p, n);
    return at + n;
}

void handshake_prologue(const uint8_t identity[static SLHDSA_PUBLIC_LEN], uint32_t epoch,
                        const struct handshake_ids *ids, uint8_t out[static HANDSHAKE_PROLOGUE_LEN])
{
    uint8_t *at = put(out, "leapmux-channel-v1", 18);

    at = put(at, identity, SLHDSA_PUBLIC_LEN);
    at = put_be(at, epoch, 4);
    at = put(at, ids->worker.s, ID_LEN);
    at = put(at, ids->channel.s, ID_LEN);
    at = put(at, ids->user.s, ID_LEN);
    at = put(at, ids->device.s, ID_LEN);
    assert(at == out + HANDSHAKE_PROLOGUE_LEN);
}

/* Everything before message 1: name, prologue and the Worker's static keys. */
static void start(struct symmetric *s, const uint8_t identity[static SLHDSA_PUBLIC_LEN],
                  const struct certificate *c, const struct handshake_ids *ids)
{
    uint8_t prologue[HANDSHAKE_PROLOGUE_LEN];

    handshake_prologue(identity, c->epoch, ids, prologue);
    symmetric_init(s, HANDSHAKE_PROTOCOL);
    symmetric_mix_hash(s, view(prologue, sizeof(prologue)));
    symmetric_mix_hash(s, view(c->kx, sizeof(c->kx)));
    symmetric_mix_hash(s, view(c->kem, sizeof(c->kem)));
}

/* MixKey of a Diffie-Hellman result. False if that is all zeros. */
static bool mix_dh(struct symmetric *s, const struct secret32 *private_key,
                   const uint8_t peer[static X25519_LEN])
{
    struct secret32 shared CLEANUP(secret32_done) = { { 0 } };

    if (!x25519(private_key, peer, &shared)) {
        return false;
    }
    symmetric_mix_key(s, view(shared.b, sizeof(shared.b)));
    return true;
}

/* A KEM token, sending: seal the ciphertext, mix the secret. False if the key is none. */
static bool send_kem(struct symmetric *s, const uint8_t public_key[static MLKEM_PUBLIC_LEN],
                     const struct secret32 *coins, uint8_t out[static SEALED_CIPHERTEXT_LEN])
{
    struct secret32 shared CLEANUP(secret32_done) = { { 0 } };
    uint8_t ciphertext[MLKEM_CIPHERTEXT_LEN];

    if (!mlkem_encapsulate(public_key, coins, ciphertext, &shared)) {
        return false;
    }
    symmetric_seal(s, view(ciphertext, sizeof(ciphertext)), out);
    symmetric_mix_key_and_hash(s, view(shared.b, sizeof(shared.b)));
    return true;
}

/* A KEM token, receiving. False if the sealed ciphertext is not genuine. */
static bool receive_kem(struct symmetric *s, const struct mlkem_key *key, struct bytes sealed)
{
    struct secret32 shared CLEANUP(secret32_done) = { { 0 } };
    uint8_t ciphertext[MLKEM_CIPHERTEXT_LEN];

    if (!symmetric_open(s, sealed, ciphertext)) {
        return false;
    }
    mlkem_decapsulate(key, ciphertext, &shared);
    symmetric_mix_key_and_hash(s, view(shared.b, sizeof(shared.b)));
    return true;
}

static void take_keys(struct symmetric *s, bool is_client, struct handshake_result *out)
{
    memcpy(out->h, s->h, sizeof(out->h));
    if (is_client) {
        symmetric_split(s, &out->send, &out->receive);
    } else {
        symmetric_split(s, &out->receive, &out->send);
    }
}

void handshake_result_done(struct handshake_result *r)
{
    wipe(r, sizeof(*r));
    aead_forget();
}

/* ---- client ---- */

static void put_client_hello(struct symmetric *s, uint32_t features, uint8_t *out)
{
    uint8_t hello[CLIENT_HELLO_LEN] = { 0 };
    uint8_t *at = put_be(hello, HANDSHAKE_VERSION, 2);

    at = put_be(at, HANDSHAKE_VERSION, 2);
    (void)put_be(at, features, 4);
    symmetric_seal(s, view(hello, sizeof(hello)), out);
}

static bool write_message1(struct handshake_client *c, const struct certificate *certificate,
                           const struct secret32 *coins, uint8_t *out, struct err *e)
{
    struct symmetric *s = &c->symmetric;
    uint8_t e1[MLKEM_PUBLIC_LEN];
    uint8_t *at = out;

    *at++ = HANDSHAKE_VERSION;
    at = put_be(at, certificate->epoch, 4);
    x25519_public(&c->e, at);
    symmetric_mix_hash(s, view(at, X25519_LEN));
    at += X25519_LEN;
    if (!mix_dh(s, &c->e, certificate->kx)) {
        return fail(e, "the certificate's kx is of small order");
    }
    if (!send_kem(s, certificate->kem, coins, at)) {
        return fail(e, "the certificate's kem is no ML-KEM key");
    }
    at += SEALED_CIPHERTEXT_LEN;
    mlkem_public(c->e1, e1);
    symmetric_seal(s, view(e1, sizeof(e1)), at);
    at += SEALED_PUBLIC_LEN;
    put_client_hello(s, c->features, at);
    return true;
}

bool handshake_client_start(struct handshake_client *c,
                            const uint8_t identity[static SLHDSA_PUBLIC_LEN],
                            const struct certificate *certificate, const struct handshake_ids *ids,
                            uint32_t features, struct handshake_client_random *random,
                            uint8_t message1[static HANDSHAKE_MESSAGE1_LEN], struct err *e)
{
    bool good;

    assert(id_equal(certificate->worker_id, ids->worker));
    *c = (struct handshake_client){ .features = features };
    c->e = random->e;
    c->e1 = mlkem_key_new(&random->e1);
    start(&c->symmetric, identity, certificate, ids);
    good = write_message1(c, certificate, &random->coins, message1, e);
    wipe(random, sizeof(*random));
    if (!good) {
        handshake_client_done(c);
    }
    return good;
}

/* The Worker's hello, as far as we know it; what follows is ignored. */
static bool read_worker_hello(struct bytes hello, uint32_t wanted, struct handshake_result *out,
                              struct err *e)
{
    struct reader r = reader_of(hello);

    out->version = read_u16be(&r);
    out->streams = read_u16be(&r);
    out->features = read_u32be(&r);
    out->newest_epoch = read_u32be(&r);
    out->message_max = read_u32be(&r);
    (void)read_u64be(&r);
    if (r.bad) {
        return fail(e, "WorkerHello is cut short");
    }
    if (out->version != HANDSHAKE_VERSION) {
        return fail(e, "no protocol version in common");
    }
    if ((out->features & ~wanted) != 0) {
        return fail(e, "the Worker granted a feature that was not wanted");
    }
    return true;
}

static bool read_message2(struct handshake_client *c, struct bytes message2,
                          struct handshake_result *out, struct err *e)
{
    struct symmetric *s = &c->symmetric;
    struct reader r = reader_of(message2);
    uint8_t hello[HANDSHAKE_HELLO_MAX];
    struct bytes peer;
    struct bytes sealed_hello;

    if (message2.n < HANDSHAKE_MESSAGE2_LEN || message2.n > HANDSHAKE_MESSAGE2_MAX) {
        return fail(e, "message 2 has a wrong length");
    }
    peer = read_bytes(&r, X25519_LEN);
    symmetric_mix_hash(s, peer);
    if (!mix_dh(s, &c->e, peer.p)) {
        return fail(e, "e of message 2 is of small order");
    }
    if (!receive_kem(s, c->e1, read_bytes(&r, SEALED_CIPHERTEXT_LEN))) {
        return fail(e, "ekem1 of message 2 does not open");
    }
    sealed_hello = read_rest(&r);
    if (!symmetric_open(s, sealed_hello, hello)) {
        return fail(e, "WorkerHello does not open");
    }
    take_keys(s, true, out);
    return read_worker_hello(view(hello, sealed_hello.n - AEAD_TAG_LEN), c->features, out, e);
}

bool handshake_client_finish(struct handshake_client *c, struct bytes message2,
                             struct handshake_result *out, struct err *e)
{
    struct handshake_result result = { 0 };
    bool good;

    assert(c->e1 != NULL); /* serves once */
    good = read_message2(c, message2, &result, e);
    handshake_client_done(c);
    if (good) {
        *out = result;
    }
    wipe(&result, sizeof(result));
    return good;
}

void handshake_client_done(struct handshake_client *c)
{
    mlkem_key_free(c->e1);
    wipe(c, sizeof(*c));
    aead_forget();
}

/* ---- Worker ---- */

bool handshake_check(struct bytes message1, const struct worker_keys *const *known, size_t n,
                     const struct worker_keys **chosen, struct err *e)
{
    struct reader r = reader_of(message1);
    uint32_t epoch;

    if (message1.n < HANDSHAKE_MESSAGE1_LEN || message1.n > HANDSHAKE_MESSAGE1_MAX) {
        return fail(e, "message 1 has a wrong length");
    }
    if (read_u8(&r) != HANDSHAKE_VERSION) {
        return fail(e, "message 1 is of another version");
    }
    epoch = read_u32be(&r);
    for (size_t i = 0; i < n; i++) {
        if (known[i]->public.epoch == epoch) {
            *chosen = known[i];
            return true;
        }
    }
    return err_set(e, ERR_FAILED_PRECONDITION, "STALE_KEYS", "handshake: epoch %u is not held",
                   epoch);
}

struct client_hello {
    uint16_t lowest;
    uint16_t highest;
    uint32_t features;
};

/* What message 1 told. */
struct message1 {
    const uint8_t *e; /* into the message */
    uint8_t e1[MLKEM_PUBLIC_LEN];
    struct client_hello hello;
};

/* What the client said, as far as we know it; what follows is ignored. */
static bool read_client_hello(struct bytes hello, struct client_hello *out, struct err *e)
{
    struct reader r = reader_of(hello);

    out->lowest = read_u16be(&r);
    out->highest = read_u16be(&r);
    out->features = read_u32be(&r);
    (void)read_u64be(&r);
    return !r.bad || fail(e, "ClientHello is cut short");
}

static bool read_message1(struct symmetric *s, const struct worker_keys *keys,
                          struct bytes message1, struct message1 *out, struct err *e)
{
    struct reader r = reader_of(message1);
    uint8_t hello[HANDSHAKE_HELLO_MAX];
    struct bytes sealed_hello;

    (void)read_bytes(&r, 1 + 4); /* version and epoch, see handshake_check() */
    out->e = read_bytes(&r, X25519_LEN).p;
    symmetric_mix_hash(s, view(out->e, X25519_LEN));
    if (!mix_dh(s, &keys->kx, out->e)) {
        return fail(e, "e of message 1 is of small order");
    }
    if (!receive_kem(s, keys->kem, read_bytes(&r, SEALED_CIPHERTEXT_LEN))) {
        return fail(e, "skem of message 1 does not open");
    }
    if (!symmetric_open(s, read_bytes(&r, SEALED_PUBLIC_LEN), out->e1)) {
        return fail(e, "e1 of message 1 does not open");
    }
    sealed_hello = read_rest(&r);
    if (!symmetric_open(s, sealed_hello, hello)) {
        return fail(e, "ClientHello does not open");
    }
    return read_client_hello(view(hello, sealed_hello.n - AEAD_TAG_LEN), &out->hello, e);
}

static void put_worker_hello(struct symmetric *s, const struct handshake_result *r, uint8_t *out)
{
    uint8_t hello[WORKER_HELLO_LEN] = { 0 };
    uint8_t *at = put_be(hello, r->version, 2);

    at = put_be(at, r->streams, 2);
    at = put_be(at, r->features, 4);
    at = put_be(at, r->newest_epoch, 4);
    (void)put_be(at, r->message_max, 4);
    symmetric_seal(s, view(hello, sizeof(hello)), out);
}

static bool write_message2(struct symmetric *s, const struct message1 *m,
                           const struct handshake_worker_random *random,
                           const struct handshake_result *result, uint8_t *out, struct err *e)
{
    uint8_t *at = out;

    x25519_public(&random->e, at);
    symmetric_mix_hash(s, view(at, X25519_LEN));
    at += X25519_LEN;
    if (!mix_dh(s, &random->e, m->e)) {
        return fail(e, "e of message 1 is of small order");
    }
    if (!send_kem(s, m->e1, &random->coins, at)) {
        return fail(e, "e1 of message 1 is no ML-KEM key");
    }
    at += SEALED_CIPHERTEXT_LEN;
    put_worker_hello(s, result, at);
    return true;
}

static bool respond(struct symmetric *s, const struct worker_keys *keys, uint32_t features,
                    struct bytes message1, const struct handshake_worker_random *random,
                    uint8_t *message2, struct handshake_result *result, struct err *e)
{
    struct message1 m = { .e = NULL };

    TRY(read_message1(s, keys, message1, &m, e));
    result->features = m.hello.features & features;
    if (m.hello.lowest <= HANDSHAKE_VERSION && m.hello.highest >= HANDSHAKE_VERSION) {
        result->version = HANDSHAKE_VERSION;
    }
    TRY(write_message2(s, &m, random, result, message2, e));
    if (result->version != 0) {
        take_keys(s, false, result);
    }
    return true;
}

bool handshake_respond(const struct worker_keys *keys, const struct handshake_ids *ids,
                       uint32_t newest_epoch, uint32_t features, struct bytes message1,
                       struct handshake_worker_random *random,
                       uint8_t message2[static HANDSHAKE_MESSAGE2_LEN],
                       struct handshake_result *out, struct err *e)
{
    struct symmetric s CLEANUP(symmetric_done);
    struct handshake_ids ours = *ids;
    struct handshake_result result = {
        .streams = CHANNEL_STREAMS_MAX,
        .newest_epoch = newest_epoch,
        .message_max = CHANNEL_MESSAGE_MAX,
    };
    bool good;

    assert(message1.n >= HANDSHAKE_MESSAGE1_LEN && message1.n <= HANDSHAKE_MESSAGE1_MAX);
    ours.worker = keys->public.worker_id;
    start(&s, keys->identity, &keys->public, &ours);
    good = respond(&s, keys, features, message1, random, message2, &result, e);
    wipe(random, sizeof(*random));
    if (good) {
        *out = result;
    } else {
        wipe(message2, HANDSHAKE_MESSAGE2_LEN);
    }
    wipe(&result, sizeof(result));
    aead_forget();
    return good;
}
