/* SPDX-License-Identifier: Apache-2.0 */
/*
 * NKhybrid once more, token by token over the symmetric core, in the order in which channel.md
 * writes it down: shows h, ck, k and n after each token, which the product's own functions keep
 * to themselves, and checks them by being written a second time.
 */
#ifndef TESTS_UNIT_E2EE_WALK_H
#define TESTS_UNIT_E2EE_WALK_H

#include "unit/e2ee/fixture.h"

struct walk {
    /* in */
    const uint8_t *identity;
    const struct certificate *certificate;
    struct handshake_ids ids;
    struct handshake_client_random client;
    struct handshake_worker_random worker;
    struct bytes client_hello;
    struct bytes worker_hello;
    const uint8_t *e1_instead; /* not a key: only message 1 is made then */
    void (*on_step)(void *arg, const char *step, const struct symmetric *s);
    void *arg;

    /* out */
    struct symmetric s;
    uint8_t message1[HANDSHAKE_MESSAGE1_MAX];
    uint8_t message2[HANDSHAKE_MESSAGE2_MAX];
    size_t message1_len;
    size_t message2_len;
    struct secret32 c2w;
    struct secret32 w2c;
};

FIXTURE void walk_step(struct walk *w, const char *step)
{
    if (w->on_step != NULL) {
        w->on_step(w->arg, step, &w->s);
    }
}

FIXTURE void walk_hash(struct walk *w, const void *p, size_t n, const char *step)
{
    symmetric_mix_hash(&w->s, (struct bytes){ p, n });
    walk_step(w, step);
}

FIXTURE void walk_dh(struct walk *w, const struct secret32 *key, const uint8_t *peer,
                     const char *step)
{
    struct secret32 shared;

    assert_true(x25519(key, peer, &shared));
    symmetric_mix_key(&w->s, (struct bytes){ shared.b, sizeof(shared.b) });
    walk_step(w, step);
}

FIXTURE uint8_t *walk_seal(struct walk *w, const void *p, size_t n, uint8_t *at, const char *step)
{
    symmetric_seal(&w->s, (struct bytes){ p, n }, at);
    walk_step(w, step);
    return at + n + AEAD_TAG_LEN;
}

FIXTURE uint8_t *walk_kem(struct walk *w, const uint8_t *key, const struct secret32 *coins,
                          uint8_t *at, const char *ct_step, const char *ss_step)
{
    uint8_t ciphertext[MLKEM_CIPHERTEXT_LEN];
    struct secret32 shared;

    assert_true(mlkem_encapsulate(key, coins, ciphertext, &shared));
    at = walk_seal(w, ciphertext, sizeof(ciphertext), at, ct_step);
    symmetric_mix_key_and_hash(&w->s, (struct bytes){ shared.b, sizeof(shared.b) });
    walk_step(w, ss_step);
    return at;
}

FIXTURE void walk_start(struct walk *w)
{
    uint8_t prologue[HANDSHAKE_PROLOGUE_LEN];

    handshake_prologue(w->identity, w->certificate->epoch, &w->ids, prologue);
    symmetric_init(&w->s, HANDSHAKE_PROTOCOL);
    walk_step(w, "init");
    walk_hash(w, prologue, sizeof(prologue), "prologue");
    walk_hash(w, w->certificate->kx, X25519_LEN, "pre kx");
    walk_hash(w, w->certificate->kem, MLKEM_PUBLIC_LEN, "pre kem");
}

FIXTURE void walk_all(struct walk *w)
{
    struct mlkem_key *e1 CLEANUP(mlkem_key_freep) = mlkem_key_new(&w->client.e1);
    uint8_t e1_public[MLKEM_PUBLIC_LEN];
    uint32_t epoch = w->certificate->epoch;
    uint8_t client_e[X25519_LEN];
    uint8_t *at = w->message1;

    walk_start(w);
    *at++ = 1;
    for (int shift = 24; shift >= 0; shift -= 8) {
        *at++ = (uint8_t)(epoch >> shift);
    }
    x25519_public(&w->client.e, client_e);
    at = (uint8_t *)mempcpy(at, client_e, X25519_LEN);
    walk_hash(w, client_e, X25519_LEN, "1 e");
    walk_dh(w, &w->client.e, w->certificate->kx, "1 es");
    at = walk_kem(w, w->certificate->kem, &w->client.coins, at, "1 skem ct", "1 skem ss");
    mlkem_public(e1, e1_public);
    if (w->e1_instead != NULL) {
        memcpy(e1_public, w->e1_instead, sizeof(e1_public));
    }
    at = walk_seal(w, e1_public, sizeof(e1_public), at, "1 e1");
    at = walk_seal(w, w->client_hello.p, w->client_hello.n, at, "1 payload");
    w->message1_len = (size_t)(at - w->message1);
    if (w->e1_instead != NULL) {
        return;
    }

    at = w->message2;
    x25519_public(&w->worker.e, at);
    walk_hash(w, at, X25519_LEN, "2 e");
    walk_dh(w, &w->worker.e, client_e, "2 ee");
    at = walk_kem(w, e1_public, &w->worker.coins, at + X25519_LEN, "2 ekem1 ct", "2 ekem1 ss");
    at = walk_seal(w, w->worker_hello.p, w->worker_hello.n, at, "2 payload");
    w->message2_len = (size_t)(at - w->message2);
    symmetric_split(&w->s, &w->c2w, &w->w2c);
}

#endif
