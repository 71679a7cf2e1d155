/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/blake2b.h"
#include "crypto/hkdf.h"
#include "unit/crypto/hex.h"

static struct bytes counting(uint8_t *out, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        out[i] = (uint8_t)i;
    }
    return (struct bytes){ out, n };
}

static void known_answers_hold(void **state)
{
    uint8_t octets[768];
    uint8_t out[64];

    (void)state;
    blake2b_512(bytes_of("abc"), out); /* RFC 7693, appendix A */
    assert_hex(out, 64,
               "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1"
               "7d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923");
    blake2b_256((struct bytes){ 0 }, out);
    assert_hex(out, 32, "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8");
    blake2b_256(counting(octets, sizeof(octets)), out);
    assert_hex(out, 32, "b8007121274217790e2923e0ad7027986e5a99d5531ef6ae7d294140fc81615d");
}

static void the_digest_length_is_part_of_the_hash(void **state)
{
    static const uint8_t ZEROS[129];
    struct bytes input = { ZEROS, sizeof(ZEROS) };
    uint8_t whole[64];
    uint8_t half[32];
    uint8_t out[20];

    (void)state;
    blake2b_512(input, whole);
    blake2b_256(input, half);
    assert_memory_not_equal(whole, half, 32);
    blake2b_parts(&input, 1, out, sizeof(out));
    assert_hex(out, sizeof(out), "40ebe222a27407c3f26d28cceb2c5c5f9542d383");
    blake2b_512(bytes_of("abc"), whole); /* the length of one call does not stay for the next */
    assert_hex(whole, 8, "ba80a53f981c4d0d");
}

static void parts_hash_as_the_whole(void **state)
{
    struct bytes parts[] = { bytes_of("a"), { NULL, 0 }, bytes_of("bc") };
    uint8_t a[64];
    uint8_t b[64];

    (void)state;
    blake2b_parts(parts, ARRAY_LEN(parts), a, sizeof(a));
    blake2b_512(bytes_of("abc"), b);
    assert_memory_equal(a, b, sizeof(a));
}

/* Computed with another implementation (Python's hmac over its own BLAKE2b). */
static void hmac_holds_for_short_and_full_keys(void **state)
{
    struct bytes message = bytes_of("The quick brown fox jumps over the lazy dog");
    uint8_t out[64];

    (void)state;
    hmac_blake2b(bytes_of("key"), &message, 1, out);
    assert_hex(out, 64,
               "92294f92c0dfb9b00ec9ae8bd94d7e7d8a036b885a499f149dfe2fd2199394aa"
               "af6b8894a1730cccb2cd050f9bcf5062a38b51b0dab33207f8ef35ae2c9df51b");
}

static void hkdf_holds_for_two_and_three_outputs(void **state)
{
    uint8_t ck[HKDF_LEN];
    uint8_t one[HKDF_LEN];
    uint8_t two[HKDF_LEN];
    uint8_t three[HKDF_LEN];

    (void)state;
    (void)counting(ck, sizeof(ck));
    hkdf(ck, bytes_of("input"), one, two, three);
    assert_hex(one, 64,
               "854ff4e7e6074bfe92f1a96cf706260641f9ba6fca788196587193a2664aed71"
               "dba5f8f8c078f3eedf196c3af46e417d0a8c8c43f79ead81c8714d03e501eded");
    assert_hex(two, 64,
               "ce5595eb115a20218998812f1f84dad889b56b766edaad0fd39d8268762d3e9f"
               "56b6507ac77dc73ca13b4c2f0e4b704ef3c3c40d98920e63df5c70239610d8ab");
    assert_hex(three, 64,
               "beb822d32dd50dffe84d52733d99602527506d06113800adb0420f3a909756ef"
               "18c4ce35880d93af067921ceeca8fe90a2a6f9dcd32d831d5b69467105193f19");
    hkdf(ck, bytes_of("input"), ck, three, NULL); /* an output may take the key's place */
    assert_memory_equal(ck, one, sizeof(one));
    assert_memory_equal(three, two, sizeof(two));
}

int main(void)
{
    static const struct CMUnitTest TESTS[] = {
        cmocka_unit_test(known_answers_hold),
        cmocka_unit_test(the_digest_length_is_part_of_the_hash),
        cmocka_unit_test(parts_hash_as_the_whole),
        cmocka_unit_test(hmac_holds_for_short_and_full_keys),
        cmocka_unit_test(hkdf_holds_for_two_and_three_outputs),
    };

    return cmocka_run_group_tests(TESTS, NULL, NULL);
}
