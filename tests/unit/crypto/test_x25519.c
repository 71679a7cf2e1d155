/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/x25519.h"
#include "unit/crypto/hex.h"

/* RFC 7748 section 5.2. */
static void known_answers_hold(void **state)
{
    static const char *const VECTORS[][3] = {
        { "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4",
          "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c",
          "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552" },
        { "4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d",
          "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493",
          "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957" },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(VECTORS); i++) {
        struct secret32 key;
        struct secret32 shared;
        uint8_t u[32];

        unhex_into(VECTORS[i][0], key.b, 32);
        unhex_into(VECTORS[i][1], u, 32);
        assert_true(x25519(&key, u, &shared));
        assert_hex(shared.b, 32, VECTORS[i][2]);
    }
}

static void a_thousand_rounds_hold(void **state)
{
    struct secret32 k = { { 9 } };
    uint8_t u[32] = { 9 };

    (void)state;
    for (int i = 0; i < 1000; i++) {
        struct secret32 next;

        assert_true(x25519(&k, u, &next));
        memcpy(u, k.b, 32);
        k = next;
        if (i == 0) {
            assert_hex(k.b, 32, "422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079");
        }
    }
    assert_hex(k.b, 32, "684cf59ba83309552800ef566f2f4d3c1c3887c49360e3875f2eb94d99532c51");
}

static void both_sides_find_the_same_secret(void **state)
{
    struct chance chance = { 1 };
    struct secret32 a;
    struct secret32 b;
    struct secret32 ab;
    struct secret32 ba;
    uint8_t a_public[32];
    uint8_t b_public[32];

    (void)state;
    chance_bytes(&chance, &a, sizeof(a));
    chance_bytes(&chance, &b, sizeof(b));
    x25519_public(&a, a_public);
    x25519_public(&b, b_public);
    assert_true(x25519(&a, b_public, &ab));
    assert_true(x25519(&b, a_public, &ba));
    assert_memory_equal(ab.b, ba.b, 32);
}

static void a_result_of_zeros_is_refused_and_wiped(void **state)
{
    static const char *const SMALL[] = {
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(SMALL); i++) {
        struct secret32 key = { { 7 } };
        struct secret32 shared;
        uint8_t u[32];

        memset(shared.b, 0xee, sizeof(shared.b));
        unhex_into(SMALL[i], u, 32);
        assert_false(x25519(&key, u, &shared));
        assert_true(ct_is_zero(shared.b, sizeof(shared.b)));
    }
}

int main(void)
{
    static const struct CMUnitTest TESTS[] = {
        cmocka_unit_test(known_answers_hold),
        cmocka_unit_test(a_thousand_rounds_hold),
        cmocka_unit_test(both_sides_find_the_same_secret),
        cmocka_unit_test(a_result_of_zeros_is_refused_and_wiped),
    };

    return cmocka_run_group_tests(TESTS, NULL, NULL);
}
