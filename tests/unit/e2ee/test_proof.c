/* SPDX-License-Identifier: Apache-2.0 */
#include "e2ee/proof.h"
#include "unit/e2ee/fixture.h"

struct case_ {
    struct device_secret secret;
    struct device_public device;
    uint8_t h[HANDSHAKE_HASH_LEN];
    uint8_t proof[PROOF_LEN];
};

static struct case_ fresh(void)
{
    struct case_ c;
    struct chance chance = { 3 };

    chance_bytes(&chance, &c.secret, sizeof(c.secret));
    chance_bytes(&chance, c.h, sizeof(c.h));
    device_public_of(&c.secret, &c.device);
    proof_make(&c.secret, c.h, NULL, c.proof);
    return c;
}

static bool holds(const struct case_ *c, size_t n)
{
    struct device_public got;
    struct err e = { 0 };
    bool good = proof_verify((struct bytes){ c->proof, n }, c->h, &got, &e);

    if (good) {
        assert_memory_equal(&got, &c->device, sizeof(got));
    } else {
        assert_int_equal(e.code, ERR_UNAUTHENTICATED);
        assert_string_equal(e.reason, "BAD_CREDENTIALS");
    }
    return good;
}

static void a_proof_has_the_documented_length_and_holds(void **state)
{
    struct case_ c = fresh();

    (void)state;
    assert_int_equal(PROOF_LEN, 32 + 1952 + 64 + 3309);
    assert_true(holds(&c, PROOF_LEN));
}

static void a_proof_with_fresh_randomness_holds_too_and_differs(void **state)
{
    struct case_ c = fresh();
    uint8_t rnd[32] = { 9 };
    uint8_t other[PROOF_LEN];

    (void)state;
    proof_make(&c.secret, c.h, rnd, other);
    assert_memory_not_equal(other, c.proof, PROOF_LEN);
    assert_memory_equal(other, c.proof, PROOF_LEN - MLDSA_SIGNATURE_LEN);
    memcpy(c.proof, other, PROOF_LEN);
    assert_true(holds(&c, PROOF_LEN));
}

static void each_flipped_octet_of_a_proof_is_refused(void **state)
{
    struct case_ c = fresh();

    (void)state;
    for (size_t i = 0; i < PROOF_LEN; i++) {
        c.proof[i] ^= (uint8_t)(1U << i % 8);
        assert_false(holds(&c, PROOF_LEN));
        c.proof[i] ^= (uint8_t)(1U << i % 8);
    }
    assert_true(holds(&c, PROOF_LEN));
}

static void a_proof_of_a_wrong_length_is_refused(void **state)
{
    struct case_ c = fresh();

    (void)state;
    assert_false(holds(&c, 0));
    assert_false(holds(&c, PROOF_LEN - 1));
    assert_false(holds(&c, PROOF_LEN - MLDSA_SIGNATURE_LEN));
}

static void a_proof_moved_to_another_channel_is_refused(void **state)
{
    struct case_ c = fresh();

    (void)state;
    c.h[63] ^= 1;
    assert_false(holds(&c, PROOF_LEN));
}

/* Neither signature counts without the other, and each signs both keys. */
static void halves_of_two_devices_do_not_make_one(void **state)
{
    struct case_ c = fresh();
    struct case_ other = fresh();
    enum { SIGNATURES = 32 + 1952 };

    (void)state;
    other.secret.mldsa.b[0] ^= 1;
    device_public_of(&other.secret, &other.device);
    proof_make(&other.secret, other.h, NULL, other.proof);

    memcpy(c.proof + 32, other.proof + 32, MLDSA_PUBLIC_LEN);
    memcpy(c.proof + SIGNATURES + 64, other.proof + SIGNATURES + 64, MLDSA_SIGNATURE_LEN);
    assert_false(holds(&c, PROOF_LEN)); /* the Ed25519 half signed another ML-DSA key */
    assert_true(holds(&other, PROOF_LEN));
}

static void devices_that_share_one_key_are_told(void **state)
{
    struct case_ a = fresh();
    struct case_ b = fresh();

    (void)state;
    b.device.ed25519[0] ^= 1;
    assert_true(device_shares_key(&a.device, &b.device));
    b.device.mldsa[0] ^= 1;
    assert_false(device_shares_key(&a.device, &b.device));
    b.device.ed25519[0] ^= 1;
    assert_true(device_shares_key(&a.device, &b.device));
}

int main(void)
{
    static const struct CMUnitTest TESTS[] = {
        cmocka_unit_test(a_proof_has_the_documented_length_and_holds),
        cmocka_unit_test(a_proof_with_fresh_randomness_holds_too_and_differs),
        cmocka_unit_test(each_flipped_octet_of_a_proof_is_refused),
        cmocka_unit_test(a_proof_of_a_wrong_length_is_refused),
        cmocka_unit_test(a_proof_moved_to_another_channel_is_refused),
        cmocka_unit_test(halves_of_two_devices_do_not_make_one),
        cmocka_unit_test(devices_that_share_one_key_are_told),
    };

    return cmocka_run_group_tests(TESTS, NULL, NULL);
}
