/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/mlkem.h"
#include "crypto/blake2b.h"
#include "unit/crypto/acvp.h"

static struct mlkem_key *key_of(const char *d, const char *z)
{
    struct secret64 seed;

    unhex_into(d, seed.b, 32);
    unhex_into(z, seed.b + 32, 32);
    return mlkem_key_new(&seed);
}

/* NIST ACVP, ML-KEM-keyGen-FIPS203, tcId 51; the key as its BLAKE2b-256. */
static void the_typed_in_key_holds(void **state)
{
    struct mlkem_key *key CLEANUP(mlkem_key_freep) =
        key_of("f3a706faf090c03db506863ab0b20bd8a1627956318e88c67eb875e8e7266009",
               "35d2bc43dd1cc879f765bf2a0c5e297889dde910e57e2bb0eae417b90ab7a275");
    uint8_t public_key[MLKEM_PUBLIC_LEN];
    uint8_t hash[32];

    (void)state;
    mlkem_public(key, public_key);
    blake2b_256((struct bytes){ public_key, sizeof(public_key) }, hash);
    assert_hex(hash, 32, "fc91b1b0132cca108bd053e5d06f22b09b17c20154b480dac205312fcbc93de4");
}

static void a_secret_comes_back_and_equal_coins_give_equal_ones(void **state)
{
    struct secret64 seed = { { 1 } };
    struct secret32 coins = { { 2 } };
    struct mlkem_key *key CLEANUP(mlkem_key_freep) = mlkem_key_new(&seed);
    uint8_t public_key[MLKEM_PUBLIC_LEN];
    uint8_t ciphertext[2][MLKEM_CIPHERTEXT_LEN];
    struct secret32 shared[3];

    (void)state;
    mlkem_public(key, public_key);
    assert_true(mlkem_encapsulate(public_key, &coins, ciphertext[0], &shared[0]));
    assert_true(mlkem_encapsulate(public_key, &coins, ciphertext[1], &shared[1]));
    assert_memory_equal(ciphertext[0], ciphertext[1], MLKEM_CIPHERTEXT_LEN);
    mlkem_decapsulate(key, ciphertext[0], &shared[2]);
    assert_memory_equal(shared[0].b, shared[2].b, 32);
}

static void a_spoilt_ciphertext_gives_another_secret(void **state)
{
    struct secret64 seed = { { 1 } };
    struct secret32 coins = { { 2 } };
    struct mlkem_key *key CLEANUP(mlkem_key_freep) = mlkem_key_new(&seed);
    uint8_t public_key[MLKEM_PUBLIC_LEN];
    uint8_t ciphertext[MLKEM_CIPHERTEXT_LEN];
    struct secret32 shared;
    struct secret32 other;

    (void)state;
    mlkem_public(key, public_key);
    assert_true(mlkem_encapsulate(public_key, &coins, ciphertext, &shared));
    ciphertext[700] ^= 1;
    mlkem_decapsulate(key, ciphertext, &other);
    assert_memory_not_equal(shared.b, other.b, 32);
    assert_false(ct_is_zero(other.b, sizeof(other.b)));
}

/* FIPS 203 section 7.2: each of the 1,024 numbers of 12 bits is below 3,329. */
static void a_key_that_fails_the_modulus_check_is_refused(void **state)
{
    struct secret64 seed = { { 1 } };
    struct secret32 coins = { { 2 } };
    struct mlkem_key *key CLEANUP(mlkem_key_freep) = mlkem_key_new(&seed);
    uint8_t public_key[MLKEM_PUBLIC_LEN];
    uint8_t ciphertext[MLKEM_CIPHERTEXT_LEN];
    struct secret32 shared;

    (void)state;
    mlkem_public(key, public_key);
    public_key[1533] = 0x01; /* the last number but one becomes 3,329, then 3,328 */
    public_key[1534] = (uint8_t)((public_key[1534] & 0xf0) | 0x0d);
    assert_false(mlkem_encapsulate(public_key, &coins, ciphertext, &shared));
    public_key[1533] = 0x00;
    assert_true(mlkem_encapsulate(public_key, &coins, ciphertext, &shared));
}

static void check_key(yyjson_val *test)
{
    struct mlkem_key *key CLEANUP(mlkem_key_freep) =
        key_of(acvp_text(test, "d"), acvp_text(test, "z"));
    uint8_t public_key[MLKEM_PUBLIC_LEN];
    uint8_t want[MLKEM_PUBLIC_LEN];

    mlkem_public(key, public_key);
    unhex_into(acvp_text(test, "ek"), want, sizeof(want));
    assert_memory_equal(public_key, want, sizeof(want));
}

static void check_encapsulation(yyjson_val *test)
{
    uint8_t public_key[MLKEM_PUBLIC_LEN];
    uint8_t want[MLKEM_CIPHERTEXT_LEN];
    uint8_t ciphertext[MLKEM_CIPHERTEXT_LEN];
    struct secret32 coins;
    struct secret32 shared;

    unhex_into(acvp_text(test, "ek"), public_key, sizeof(public_key));
    unhex_into(acvp_text(test, "m"), coins.b, 32);
    assert_true(mlkem_encapsulate(public_key, &coins, ciphertext, &shared));
    unhex_into(acvp_text(test, "c"), want, sizeof(want));
    assert_memory_equal(ciphertext, want, sizeof(want));
    unhex_into(acvp_text(test, "k"), want, 32);
    assert_memory_equal(shared.b, want, 32);
}

static void check_decapsulation(yyjson_val *test)
{
    struct mlkem_key *key CLEANUP(mlkem_key_freep) =
        key_of(acvp_text(test, "d"), acvp_text(test, "z"));
    uint8_t ciphertext[MLKEM_CIPHERTEXT_LEN];
    struct secret32 shared;
    uint8_t want[32];

    unhex_into(acvp_text(test, "c"), ciphertext, sizeof(ciphertext));
    mlkem_decapsulate(key, ciphertext, &shared);
    unhex_into(acvp_text(test, "k"), want, sizeof(want));
    assert_memory_equal(shared.b, want, sizeof(want));
}

static void check_encapsulation_key(yyjson_val *test)
{
    struct bytes public_key = unhex(acvp_text(test, "ek"));
    uint8_t ciphertext[MLKEM_CIPHERTEXT_LEN];
    struct secret32 coins = { { 1 } };
    struct secret32 shared;
    bool good = public_key.n == MLKEM_PUBLIC_LEN &&
                mlkem_encapsulate(public_key.p, &coins, ciphertext, &shared);

    assert_int_equal(good, yyjson_get_bool(yyjson_obj_get(test, "testPassed")));
    free((void *)(uintptr_t)public_key.p);
}

static void nists_vectors_hold(void **state)
{
    yyjson_doc *keys = acvp_open(ACVP "ML-KEM-keyGen-FIPS203.ML-KEM-1024.json");
    yyjson_doc *use = acvp_open(ACVP "ML-KEM-encapDecap-FIPS203.ML-KEM-1024.json");
    yyjson_doc *seeded = acvp_open(ACVP "ML-KEM-encapDecap-FIPS203-tr1.ML-KEM-1024.json");

    (void)state;
    assert_int_equal(acvp_each(keys, NULL, NULL, check_key), 25);
    assert_int_equal(acvp_each(use, "function", "encapsulation", check_encapsulation), 25);
    assert_int_equal(acvp_each(use, "function", "encapsulationKeyCheck", check_encapsulation_key),
                     10);
    assert_int_equal(acvp_each(seeded, "function", "decapsulation", check_decapsulation), 10);
    yyjson_doc_free(keys);
    yyjson_doc_free(use);
    yyjson_doc_free(seeded);
}

int main(void)
{
    static const struct CMUnitTest TESTS[] = {
        cmocka_unit_test(the_typed_in_key_holds),
        cmocka_unit_test(a_secret_comes_back_and_equal_coins_give_equal_ones),
        cmocka_unit_test(a_spoilt_ciphertext_gives_another_secret),
        cmocka_unit_test(a_key_that_fails_the_modulus_check_is_refused),
        cmocka_unit_test(nists_vectors_hold),
    };

    return cmocka_run_group_tests(TESTS, NULL, NULL);
}
