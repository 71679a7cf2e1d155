/* SPDX-License-Identifier: Apache-2.0 */
/* SLH-DSA, ML-DSA and Ed25519. */
#include "crypto/blake2b.h"
#include "crypto/ed25519.h"
#include "crypto/mldsa.h"
#include "crypto/slhdsa.h"
#include "crypto/provider.h"
#include "unit/crypto/acvp.h"

#include <openssl/core_names.h>

static void assert_hash(const uint8_t *p, size_t n, const char *want)
{
    uint8_t hash[32];

    blake2b_256((struct bytes){ p, n }, hash);
    assert_hex(hash, sizeof(hash), want);
}

/* ---- Ed25519 ---- */

/* RFC 8032 section 7.1, tests 1 to 3. */
static void ed25519_known_answers_hold(void **state)
{
    static const char *const VECTORS[][4] = {
        { "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
          "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
          "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
          "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b" },
        { "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
          "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
          "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
          "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00" },
        { "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
          "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
          "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
          "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a" },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(VECTORS); i++) {
        struct secret32 seed;
        uint8_t public_key[32];
        uint8_t signature[64];
        struct bytes message = unhex(VECTORS[i][2]);

        unhex_into(VECTORS[i][0], seed.b, 32);
        ed25519_public(&seed, public_key);
        assert_hex(public_key, 32, VECTORS[i][1]);
        ed25519_sign(&seed, message, signature);
        assert_hex(signature, 64, VECTORS[i][3]);
        assert_true(ed25519_verify(public_key, message, (struct bytes){ signature, 64 }));
        assert_false(ed25519_verify(public_key, message, (struct bytes){ signature, 63 }));
        assert_false(ed25519_verify(public_key, bytes_of("x"), (struct bytes){ signature, 64 }));
        signature[32] ^= 1;
        assert_false(ed25519_verify(public_key, message, (struct bytes){ signature, 64 }));
        free((void *)(uintptr_t)message.p);
    }
}

/* ---- ML-DSA-65 ---- */

static void mldsa_signs_under_a_context(void **state)
{
    struct secret32 seed = { { 1 } };
    uint8_t rnd[32] = { 2 };
    uint8_t public_key[MLDSA_PUBLIC_LEN];
    uint8_t signature[2][MLDSA_SIGNATURE_LEN];
    struct bytes view = { signature[0], MLDSA_SIGNATURE_LEN };
    struct bytes message = bytes_of("message");

    (void)state;
    mldsa_public(&seed, public_key);
    mldsa_sign(&seed, "context", NULL, message, signature[0]);
    mldsa_sign(&seed, "context", NULL, message, signature[1]);
    assert_memory_equal(signature[0], signature[1], MLDSA_SIGNATURE_LEN);
    mldsa_sign(&seed, "context", rnd, message, signature[1]);
    assert_memory_not_equal(signature[0], signature[1], MLDSA_SIGNATURE_LEN);
    assert_true(mldsa_verify(public_key, "context", message, view));
    assert_true(mldsa_verify(public_key, "context", message,
                             (struct bytes){ signature[1], MLDSA_SIGNATURE_LEN }));
    assert_false(mldsa_verify(public_key, "Context", message, view));
    assert_false(mldsa_verify(public_key, "", message, view));
    assert_false(mldsa_verify(public_key, "context", bytes_of("massage"), view));
    view.n--;
    assert_false(mldsa_verify(public_key, "context", message, view));
    public_key[500] ^= 1;
    view.n++;
    assert_false(mldsa_verify(public_key, "context", message, view));
}

/* ---- SLH-DSA-SHAKE-256f ---- */

static void slhdsa_from(const char *seed_hex, struct slhdsa_private *key)
{
    uint8_t seed[SLHDSA_SEED_LEN];

    unhex_into(seed_hex, seed, sizeof(seed));
    slhdsa_keygen(seed, key);
}

/* NIST ACVP, SLH-DSA-keyGen-FIPS205, tcId 111. */
static void slhdsa_typed_in_key_holds(void **state)
{
    static const char SEED[] = "2ac9403858d186b172edd8df9c78a11449893681487d3af0dad0ec341e8aca48"
                               "afa2771bae6c17dd6f77b4e3808b05f56f31b8f4128df2ccb677f0283cfb18da"
                               "559bc883105e8ba0264648b532626155f87edb4bedcfc12a24204d3b696d5370";
    struct slhdsa_private key;
    uint8_t public_key[SLHDSA_PUBLIC_LEN];

    (void)state;
    slhdsa_from(SEED, &key);
    slhdsa_public(&key, public_key);
    assert_hex(public_key, sizeof(public_key),
               "559bc883105e8ba0264648b532626155f87edb4bedcfc12a24204d3b696d5370"
               "7a158ff5d30e3428183a3b3a96a0e4a341a2a16e5a6226af374d1efb39a35df6");
}

/* Deterministic; the signature, as its BLAKE2b-256, was made with another implementation. */
static void slhdsa_signature_holds_and_nothing_near_it(void **state)
{
    struct slhdsa_private key;
    uint8_t public_key[SLHDSA_PUBLIC_LEN];
    uint8_t *signature = must_alloc(SLHDSA_SIGNATURE_LEN);
    struct bytes view = { signature, SLHDSA_SIGNATURE_LEN };
    struct bytes message = bytes_of("worker static key binding");

    (void)state;
    slhdsa_from("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
                "202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f"
                "404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f",
                &key);
    slhdsa_public(&key, public_key);
    assert_true(slhdsa_sign(&key, "", NULL, message, signature));
    assert_hash(signature, SLHDSA_SIGNATURE_LEN,
                "b1e0f54ddb23d710d9ce6a5428b0e81e28293a665ac2781f0bad665edb520702");
    assert_true(slhdsa_verify(public_key, "", message, view));
    assert_false(slhdsa_verify(public_key, "x", message, view));
    assert_false(slhdsa_verify(public_key, "", bytes_of("worker"), view));
    view.n--;
    assert_false(slhdsa_verify(public_key, "", message, view));
    view.n++;
    signature[40000] ^= 1;
    assert_false(slhdsa_verify(public_key, "", message, view));
    free(signature);
}

static void slhdsa_key_with_a_flipped_bit_does_not_sign(void **state)
{
    uint8_t seed[SLHDSA_SEED_LEN] = { 5 };
    struct slhdsa_private key;
    uint8_t *signature = must_calloc(1, SLHDSA_SIGNATURE_LEN);

    (void)state;
    slhdsa_keygen(seed, &key);
    key.b[0] ^= 1;
    assert_false(slhdsa_sign(&key, "", NULL, bytes_of("message"), signature));
    assert_true(ct_is_zero(signature, SLHDSA_SIGNATURE_LEN));
    free(signature);
}

static void check_slhdsa_key(yyjson_val *test)
{
    char *seed CLEANUP(free_p) = must_printf("%s%s%s", acvp_text(test, "skSeed"),
                                             acvp_text(test, "skPrf"), acvp_text(test, "pkSeed"));
    struct slhdsa_private key;
    uint8_t want[SLHDSA_PRIVATE_LEN];

    slhdsa_from(seed, &key);
    unhex_into(acvp_text(test, "sk"), want, sizeof(want));
    assert_memory_equal(key.b, want, sizeof(want));
}

/* Signatures made elsewhere, with contexts and with fixed randomness. */
static void check_external(yyjson_val *test)
{
    struct slhdsa_private key;
    const char *rnd_hex = yyjson_get_str(yyjson_obj_get(test, "opt_rand"));
    struct bytes context = unhex(acvp_text(test, "ctx"));
    struct bytes message = unhex(acvp_text(test, "msg"));
    struct bytes want = unhex(acvp_text(test, "sig"));
    char *context_text CLEANUP(free_p) = bytes_dup(context);
    uint8_t *signature = must_alloc(SLHDSA_SIGNATURE_LEN);
    uint8_t rnd[32];

    if (rnd_hex != NULL) {
        unhex_into(rnd_hex, rnd, sizeof(rnd));
    }
    unhex_into(acvp_text(test, "sk"), key.b, sizeof(key.b));
    if (strlen(context_text) == context.n) { /* contexts of ours are text without NUL */
        assert_true(
            slhdsa_sign(&key, context_text, rnd_hex != NULL ? rnd : NULL, message, signature));
        assert_memory_equal(signature, want.p, SLHDSA_SIGNATURE_LEN);
    }
    free(signature);
    free((void *)(uintptr_t)context.p);
    free((void *)(uintptr_t)message.p);
    free((void *)(uintptr_t)want.p);
}

/* The internal interface of FIPS 205, which most of NIST's signatures use: no context at all. */
static bool verifies_internally(const char *public_hex, const char *message_hex,
                                const char *signature_hex)
{
    struct bytes public_key = unhex(public_hex);
    struct bytes message = unhex(message_hex);
    struct bytes signature = unhex(signature_hex);
    EVP_PKEY *key =
        key_from("SLH-DSA-SHAKE-256f", EVP_PKEY_PUBLIC_KEY, OSSL_PKEY_PARAM_PUB_KEY, public_key);
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
    int raw = 0;
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_int(OSSL_SIGNATURE_PARAM_MESSAGE_ENCODING, &raw),
        OSSL_PARAM_construct_end(),
    };
    bool good;

    must(EVP_PKEY_verify_message_init(ctx, algorithms()->slhdsa, params));
    good = EVP_PKEY_verify(ctx, signature.p, signature.n, message.p, message.n) == 1;
    EVP_PKEY_CTX_free(ctx);
    EVP_PKEY_free(key);
    free((void *)(uintptr_t)public_key.p);
    free((void *)(uintptr_t)message.p);
    free((void *)(uintptr_t)signature.p);
    return good;
}

static void check_internal(yyjson_val *test)
{
    assert_int_equal(verifies_internally(acvp_text(test, "pk"), acvp_text(test, "message"),
                                         acvp_text(test, "signature")),
                     yyjson_get_bool(yyjson_obj_get(test, "testPassed")));
}

static void nists_vectors_hold(void **state)
{
    yyjson_doc *internal = acvp_open(ACVP "SLH-DSA-sigVer-FIPS205-initial.SHAKE-256f.json");
    yyjson_doc *keys = acvp_open(ACVP "SLH-DSA-keyGen-FIPS205.SLH-DSA-SHAKE-256f.json");
    yyjson_doc *external = acvp_open(ACVP "generated_slhdsa_shake_256f_external_ctx.json");
    yyjson_val *test;
    size_t i;
    size_t max;

    (void)state;
    assert_int_equal(acvp_each(keys, NULL, NULL, check_slhdsa_key), 10);
    yyjson_arr_foreach(yyjson_doc_get_root(external), i, max, test)
    {
        check_external(test);
    }
    assert_int_equal(acvp_each(internal, NULL, NULL, check_internal), 9);
    yyjson_doc_free(internal);
    yyjson_doc_free(keys);
    yyjson_doc_free(external);
}

int main(void)
{
    static const struct CMUnitTest TESTS[] = {
        cmocka_unit_test(ed25519_known_answers_hold),
        cmocka_unit_test(mldsa_signs_under_a_context),
        cmocka_unit_test(slhdsa_typed_in_key_holds),
        cmocka_unit_test(slhdsa_signature_holds_and_nothing_near_it),
        cmocka_unit_test(slhdsa_key_with_a_flipped_bit_does_not_sign),
        cmocka_unit_test(nists_vectors_hold),
    };

    return cmocka_run_group_tests(TESTS, NULL, NULL);
}
