/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/aead.h"
#include "unit/crypto/hex.h"

static const char TEXT[] =
    "Internet-Drafts are draft documents valid for a maximum of six months and may be updated, "
    "replaced, or obsoleted by other documents at any time. It is inappropriate to use "
    "Internet-Drafts as reference material or to cite them other than as /\xe2\x80\x9cwork in "
    "progress./\xe2\x80\x9d";
static const char SEALED[] =
    "64a0861575861af460f062c79be643bd5e805cfd345cf389f108670ac76c8cb24c6cfc18755d43eea09ee94e382d26"
    "b0bdb7b73c321b0100d4f03b7f355894cf332f830e710b97ce98c8a84abd0b948114ad176e008d33bd60f982b1ff37"
    "c8559797a06ef4f0ef61c186324e2b3506383606907b6a7c02b0f9f6157b53c867e4b9166c767b804d46a59b5216cd"
    "e7a4e99040c5a40433225ee282a1b0a06c523eaf4534d7f83fa1155b0047718cbc546a0d072b04b3564eea1b422273"
    "f548271a0bb2316053fa76991955ebd63159434ecebb4e466dae5a1073a6727627097a1049e617d91d361094fa68f0"
    "ff77987130305beaba2eda04df997b714d6c6f2c29a6ad5cb4022b02709beead9d67890cbb22392336fea1851f38";

static const uint64_t NONCE = 0x0807060504030201U;

static struct secret32 rfc_key(void)
{
    struct secret32 key;

    unhex_into("1c9240a5eb55d38af333888604f6b5f0473917c1402b80099dca5cbc207075c0", key.b, 32);
    return key;
}

/* RFC 8439, appendix A.5: its nonce is four zeros and eight octets, as Noise's are. */
static void the_known_answer_holds_both_ways(void **state)
{
    struct secret32 key = rfc_key();
    struct bytes plain = bytes_of(TEXT);
    uint8_t ad[12];
    uint8_t sealed[512];
    uint8_t opened[512];

    (void)state;
    unhex_into("f33388860000000000004e91", ad, sizeof(ad));
    aead_seal(&key, NONCE, (struct bytes){ ad, sizeof(ad) }, plain, sealed);
    assert_hex(sealed, plain.n + AEAD_TAG_LEN, SEALED);
    assert_true(aead_open(&key, NONCE, (struct bytes){ ad, sizeof(ad) },
                          (struct bytes){ sealed, plain.n + AEAD_TAG_LEN }, opened));
    assert_memory_equal(opened, plain.p, plain.n);
}

static void sealing_in_place_gives_the_same(void **state)
{
    struct secret32 key = rfc_key();
    uint8_t apart[116];
    uint8_t place[116] = { 1, 2, 3 };
    uint8_t plain[100] = { 1, 2, 3 };

    (void)state;
    aead_seal(&key, 5, (struct bytes){ 0 }, (struct bytes){ plain, 100 }, apart);
    aead_seal(&key, 5, (struct bytes){ 0 }, (struct bytes){ place, 100 }, place);
    assert_memory_equal(apart, place, sizeof(apart));
    assert_true(aead_open(&key, 5, (struct bytes){ 0 }, (struct bytes){ place, 116 }, place));
    assert_memory_equal(place, plain, sizeof(plain));
}

static void anything_else_is_refused_and_wiped(void **state)
{
    struct secret32 key = rfc_key();
    uint8_t plain[33] = { 9 };
    uint8_t sealed[33 + AEAD_TAG_LEN];
    uint8_t opened[33];
    struct bytes whole = { sealed, sizeof(sealed) };
    struct bytes ad = bytes_of("ad");

    (void)state;
    aead_seal(&key, 7, ad, (struct bytes){ plain, sizeof(plain) }, sealed);
    assert_true(aead_open(&key, 7, ad, whole, opened));
    assert_false(aead_open(&key, 8, ad, whole, opened));
    assert_true(ct_is_zero(opened, sizeof(opened)));
    assert_false(aead_open(&key, 7, bytes_of("AD"), whole, opened));
    assert_false(aead_open(&key, 7, ad, (struct bytes){ sealed, sizeof(sealed) - 1 }, opened));
    for (size_t n = 0; n < AEAD_TAG_LEN; n++) {
        assert_false(aead_open(&key, 7, ad, (struct bytes){ sealed, n }, opened));
    }
    key.b[31] ^= 1;
    assert_false(aead_open(&key, 7, ad, whole, opened));
    aead_forget();
    key.b[31] ^= 1;
    assert_true(aead_open(&key, 7, ad, whole, opened));
}

static void an_empty_message_is_a_tag(void **state)
{
    struct secret32 key = rfc_key();
    uint8_t sealed[AEAD_TAG_LEN];
    uint8_t opened[1];

    (void)state;
    aead_seal(&key, 0, (struct bytes){ 0 }, (struct bytes){ 0 }, sealed);
    assert_true(aead_open(&key, 0, (struct bytes){ 0 }, (struct bytes){ sealed, 16 }, opened));
    sealed[0] ^= 1;
    assert_false(aead_open(&key, 0, (struct bytes){ 0 }, (struct bytes){ sealed, 16 }, opened));
}

int main(void)
{
    static const struct CMUnitTest TESTS[] = {
        cmocka_unit_test(the_known_answer_holds_both_ways),
        cmocka_unit_test(sealing_in_place_gives_the_same),
        cmocka_unit_test(anything_else_is_refused_and_wiped),
        cmocka_unit_test(an_empty_message_is_a_tag),
    };

    return cmocka_run_group_tests(TESTS, NULL, NULL);
}
