/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Both messages and both hellos of a handshake. The first octet chooses what the rest is:
 * message 1, message 2, or the plaintext of a hello that is sealed as its sender would.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "e2ee/handshake.h"

static struct worker_keys *keys;
static struct handshake_ids ids;

static void make_keys(void)
{
    static const uint8_t RANDOM[16] = { 1 };

    keys = NEW(struct worker_keys);
    memset(keys->kx.b, 3, sizeof(keys->kx.b));
    memset(keys->kem_seed.b, 4, sizeof(keys->kem_seed.b));
    keys->kem = mlkem_key_new(&keys->kem_seed);
    mlkem_public(keys->kem, keys->public.kem);
    x25519_public(&keys->kx, keys->public.kx);
    keys->public.epoch = 0x01010101;
    ids.worker = id_from_random(RANDOM);
    ids.channel = ids.worker;
    ids.user = ids.worker;
    ids.device = ids.worker;
    keys->public.worker_id = ids.worker;
}

static bool respond(struct bytes message1, uint8_t message2[static HANDSHAKE_MESSAGE2_LEN])
{
    const struct worker_keys *const known = keys;
    const struct worker_keys *chosen;
    struct handshake_worker_random random;
    struct handshake_result result;
    struct err e;
    bool good;

    memset(&random, 5, sizeof(random));
    good = handshake_check(message1, &known, 1, &chosen, &e) &&
           handshake_respond(chosen, &ids, 1, 3, message1, &random, message2, &result, &e);
    assert(good || strcmp(e.reason, "HANDSHAKE_FAILED") == 0 ||
           strcmp(e.reason, "STALE_KEYS") == 0);
    assert(!good || (result.features & ~3U) == 0);
    return good;
}

static void start_client(struct handshake_client *c,
                         uint8_t message1[static HANDSHAKE_MESSAGE1_LEN])
{
    struct handshake_client_random random;
    struct err e;
    bool good;

    memset(&random, 6, sizeof(random));
    good = handshake_client_start(c, keys->identity, &keys->public, &ids, 1, &random, message1, &e);
    assert(good);
}

static bool finish_client(struct bytes message2)
{
    struct handshake_client c;
    struct handshake_result result;
    uint8_t message1[HANDSHAKE_MESSAGE1_LEN];
    struct err e;
    bool good;

    start_client(&c, message1);
    good = handshake_client_finish(&c, message2, &result, &e);
    assert(good || strcmp(e.reason, "HANDSHAKE_FAILED") == 0);
    assert(!good || (result.version == 1 && (result.features & ~1U) == 0));
    return good;
}

/* The state in which message 1's hello is sealed; `out` gets the message up to there. */
static uint8_t *up_to_hello(struct symmetric *s, uint8_t *out)
{
    struct handshake_client c;
    uint8_t whole[HANDSHAKE_MESSAGE1_LEN];
    uint8_t prologue[HANDSHAKE_PROLOGUE_LEN];
    uint8_t opened[MLKEM_PUBLIC_LEN];
    struct secret32 shared;
    size_t head = HANDSHAKE_MESSAGE1_FRAME - AEAD_TAG_LEN;
    bool good;

    start_client(&c, whole);
    handshake_client_done(&c);
    handshake_prologue(keys->identity, keys->public.epoch, &ids, prologue);
    symmetric_init(s, HANDSHAKE_PROTOCOL);
    symmetric_mix_hash(s, (struct bytes){ prologue, sizeof(prologue) });
    symmetric_mix_hash(s, (struct bytes){ keys->public.kx, 32 });
    symmetric_mix_hash(s, (struct bytes){ keys->public.kem, MLKEM_PUBLIC_LEN });
    symmetric_mix_hash(s, (struct bytes){ whole + 5, 32 });
    good = x25519(&keys->kx, whole + 5, &shared);
    assert(good);
    symmetric_mix_key(s, (struct bytes){ shared.b, 32 });
    good = symmetric_open(s, (struct bytes){ whole + 37, 1584 }, opened);
    assert(good);
    mlkem_decapsulate(keys->kem, opened, &shared);
    symmetric_mix_key_and_hash(s, (struct bytes){ shared.b, 32 });
    good = symmetric_open(s, (struct bytes){ whole + 1621, 1584 }, opened);
    assert(good);
    memcpy(out, whole, head);
    return out + head;
}

static void respond_to_hello(struct bytes hello)
{
    struct symmetric s;
    uint8_t message1[HANDSHAKE_MESSAGE1_MAX];
    uint8_t message2[HANDSHAKE_MESSAGE2_LEN];
    uint8_t *at = up_to_hello(&s, message1);
    size_t n;

    hello.n = hello.n < HANDSHAKE_HELLO_MAX ? hello.n : HANDSHAKE_HELLO_MAX;
    symmetric_seal(&s, hello, at);
    n = (size_t)(at - message1) + hello.n + AEAD_TAG_LEN;
    if (respond((struct bytes){ message1, n }, message2)) {
        assert(hello.n >= CLIENT_HELLO_LEN);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes rest = { size > 0 ? data + 1 : NULL, size > 0 ? size - 1 : 0 };
    uint8_t message[HANDSHAKE_MESSAGE1_LEN];
    uint8_t message2[HANDSHAKE_MESSAGE2_LEN];
    struct handshake_client c;

    if (keys == NULL) {
        make_keys();
    }
    switch (size > 0 ? data[0] % 5 : 0) {
    case 0:
        (void)respond(rest, message2);
        break;
    case 1:
        (void)finish_client(rest);
        break;
    case 2:
        respond_to_hello(rest);
        break;
    case 3: /* a genuine message 1 with the input laid over it */
        start_client(&c, message);
        handshake_client_done(&c);
        for (size_t i = 0; i < rest.n && i < sizeof(message); i++) {
            message[i] ^= rest.p[i];
        }
        (void)respond((struct bytes){ message, sizeof(message) }, message2);
        break;
    default: /* the same for message 2 */
        start_client(&c, message);
        handshake_client_done(&c);
        if (respond((struct bytes){ message, sizeof(message) }, message2)) {
            for (size_t i = 0; i < rest.n && i < sizeof(message2); i++) {
                message2[i] ^= rest.p[i];
            }
            (void)finish_client((struct bytes){ message2, sizeof(message2) });
        }
        break;
    }
    return 0;
}
