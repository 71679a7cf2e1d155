/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How long a handshake takes: both sides, keys of the Worker loaded, without certificate and
 * device proof, which are checked once a channel and once an epoch.
 * Prints `handshake_c_us N`: the median, in microseconds.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/alloc.h"
#include "base/clock.h"
#include "crypto/random.h"
#include "e2ee/handshake.h"

enum { ROUNDS = 1001 };

static struct worker_keys *make_keys(struct id worker_id)
{
    struct worker_keys *keys = NEW(struct worker_keys);

    random_bytes(keys->kx.b, sizeof(keys->kx.b));
    random_bytes(keys->kem_seed.b, sizeof(keys->kem_seed.b));
    keys->kem = mlkem_key_new(&keys->kem_seed);
    mlkem_public(keys->kem, keys->public.kem);
    x25519_public(&keys->kx, keys->public.kx);
    keys->public.epoch = 1;
    keys->public.worker_id = worker_id;
    return keys;
}

static bool handshake(const struct worker_keys *keys, const struct handshake_ids *ids,
                      struct err *e)
{
    struct handshake_client_random client_random;
    struct handshake_worker_random worker_random;
    struct handshake_result client_result CLEANUP(handshake_result_done) = { .version = 0 };
    struct handshake_result worker_result CLEANUP(handshake_result_done) = { .version = 0 };
    struct handshake_client client;
    const struct worker_keys *chosen;
    uint8_t message1[HANDSHAKE_MESSAGE1_LEN];
    uint8_t message2[HANDSHAKE_MESSAGE2_LEN];
    struct bytes view1 = { message1, sizeof(message1) };

    random_bytes(&client_random, sizeof(client_random));
    random_bytes(&worker_random, sizeof(worker_random));
    TRY(handshake_client_start(&client, keys->identity, &keys->public, ids, 0, &client_random,
                               message1, e));
    TRY(handshake_check(view1, &keys, 1, &chosen, e));
    TRY(handshake_respond(chosen, ids, 1, 0, view1, &worker_random, message2, &worker_result, e));
    return handshake_client_finish(&client, (struct bytes){ message2, sizeof(message2) },
                                   &client_result, e);
}

static int by_size(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;

    return x < y ? -1 : x > y;
}

int main(void)
{
    struct handshake_ids ids = { random_id(), random_id(), random_id(), random_id() };
    struct worker_keys *keys CLEANUP(worker_keys_freep) = make_keys(ids.worker);
    uint64_t took_us[ROUNDS];
    struct err e;

    for (int i = 0; i < ROUNDS; i++) {
        uint64_t start_us = clock_mono_us();

        if (!handshake(keys, &ids, &e)) {
            (void)fprintf(stderr, "%s\n", e.msg);
            return 1;
        }
        took_us[i] = clock_mono_us() - start_us;
    }
    qsort(took_us, ROUNDS, sizeof(took_us[0]), by_size);
    printf("handshake_c_us %llu\n", (unsigned long long)took_us[ROUNDS / 2]);
    return 0;
}
