/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the tests of a channel share: keys, ids and two ends that have shaken hands. Header only;
 * each test program takes what it needs.
 */
#ifndef TESTS_UNIT_E2EE_FIXTURE_H
#define TESTS_UNIT_E2EE_FIXTURE_H

#include "e2ee/handshake.h"
#include "unit/crypto/hex.h"

/* out_len octets (up to 64) that belong to a label. */
FIXTURE void derive(const char *label, void *out, size_t out_len)
{
    struct bytes parts[] = { bytes_of("leapmux channel vectors: "), bytes_of(label) };

    blake2b_parts(parts, ARRAY_LEN(parts), out, out_len);
}

FIXTURE struct id id_of(const char *text)
{
    struct id id;
    struct err e;

    assert_true(id_parse(bytes_of(text), "id", &id, &e));
    return id;
}

FIXTURE struct handshake_ids some_ids(void)
{
    return (struct handshake_ids){
        .worker = id_of("W0rkerW0rkerW0rkerW0rk"),
        .channel = id_of("Chann3lChann3lChann3lC"),
        .user = id_of("Us3rUs3rUs3rUs3rUs3rUs"),
        .device = id_of("D3viceD3viceD3viceD3vi"),
    };
}

/* Keys that a handshake can use; the certificate is not signed. Freed by worker_keys_free(). */
FIXTURE struct worker_keys *unsigned_keys(struct chance *c, uint32_t epoch)
{
    struct worker_keys *keys = NEW(struct worker_keys);

    chance_bytes(c, keys->identity, sizeof(keys->identity));
    chance_bytes(c, keys->kx.b, sizeof(keys->kx.b));
    chance_bytes(c, keys->kem_seed.b, sizeof(keys->kem_seed.b));
    keys->kem = mlkem_key_new(&keys->kem_seed);
    mlkem_public(keys->kem, keys->public.kem);
    x25519_public(&keys->kx, keys->public.kx);
    keys->public.epoch = epoch;
    keys->public.worker_id = some_ids().worker;
    return keys;
}

/* One handshake between two ends that agree on everything. */
FIXTURE void shake_hands(struct chance *c, const struct worker_keys *keys, uint32_t features,
                         struct handshake_result *client, struct handshake_result *worker)
{
    struct handshake_ids ids = some_ids();
    struct handshake_client_random client_random;
    struct handshake_worker_random worker_random;
    struct handshake_client attempt;
    const struct worker_keys *chosen;
    uint8_t message1[HANDSHAKE_MESSAGE1_LEN];
    uint8_t message2[HANDSHAKE_MESSAGE2_LEN];
    struct err e;

    chance_bytes(c, &client_random, sizeof(client_random));
    chance_bytes(c, &worker_random, sizeof(worker_random));
    assert_true(handshake_client_start(&attempt, keys->identity, &keys->public, &ids, features,
                                       &client_random, message1, &e));
    assert_true(
        handshake_check((struct bytes){ message1, sizeof(message1) }, &keys, 1, &chosen, &e));
    assert_true(handshake_respond(chosen, &ids, keys->public.epoch, features,
                                  (struct bytes){ message1, sizeof(message1) }, &worker_random,
                                  message2, worker, &e));
    assert_true(handshake_client_finish(&attempt, (struct bytes){ message2, sizeof(message2) },
                                        client, &e));
}

#endif
