/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The symmetric core against published vectors of Noise_NK_25519_ChaChaPoly_BLAKE2b: NKhybrid
 * without its KEM tokens. One vector of the cacophony project (public domain) is typed in; the
 * collections beside the project are replayed where they are.
 */
#include "e2ee/session.h"
#include "unit/e2ee/fixture.h"

#include <unistd.h>
#include <yyjson.h>

#include "base/file.h"

#define COLLECTION SOURCE_DIR "/../shared/vectors/noise/"

enum { MESSAGES_MAX = 8 };

/* Hexadecimal throughout. */
struct vector {
    const char *prologue;
    const char *resp_static;
    const char *init_ephemeral;
    const char *resp_ephemeral;
    const char *handshake_hash;            /* NULL if not given */
    const char *messages[MESSAGES_MAX][2]; /* payload, ciphertext */
};

static const struct vector CACOPHONY = {
    .prologue = "4a6f686e2047616c74",
    .resp_static = "4a3acbfdb163dec651dfa3194dece676d437029c62a408b4c5ea9114246e4893",
    .init_ephemeral = "893e28b9dc6ca8d611ab664754b8ceb7bac5117349a4439a6b0569da977c464a",
    .resp_ephemeral = "bbdb4cdbd309f1a1f2e1456967fe288cadd6f712d65dc7b7793d5e63da6b375b",
    .handshake_hash = "f87aa4eb6416e5b0d2b6e6f0b7bc41f3c5986a5d32d55c08d67cbd412f3ec2fa"
                      "04d8e358ab95b3bbfab054a140a98eccf4284bb6309b600981d451ecac484932",
    .messages = {
        { "4c756477696720766f6e204d69736573",
          "ca35def5ae56cec33dc2036731ab14896bc4c75dbb07a61f879f8e3afa4c7944f3041e39b0c8ba56008f2d1183fea6ac83564ead0267b0842ec4c521ed1e1407" },
        { "4d757272617920526f746862617264",
          "95ebc60d2b1fa672c1f46a8aa265ef51bfe38e7ccb39ec5be34069f1448088432281dcc1835131f305dca14525e15e27d1f32294aa835e40fc18be480c1db9" },
        { "462e20412e20486179656b",
          "357e24e9f28ba22080666f7efacc01b2a0a4e358e742aeeff2aaf5" },
        { "4361726c204d656e676572",
          "8b23b34ff3169de06a39551e969ca7876cc5122a4acff74bf2ec29" },
        { "4a65616e2d426170746973746520536179",
          "5c104779b6f36e59fca73ed94b0ae092eae1d76dd109caf5060aaaedba385d7076" },
        { "457567656e2042f6686d20766f6e2042617765726b",
          "34ae0518d0cd3aa641ed372ea94935ceecd87f8c4b422ce21a33d3f6f5493891e3e915d83f" },
    },
};

static void read_key(const char *hex, struct secret32 *key, uint8_t public_key[static 32])
{
    struct bytes octets = unhex(hex);

    assert_int_equal(octets.n, 32);
    memcpy(key->b, octets.p, 32);
    x25519_public(key, public_key);
    free((void *)(uintptr_t)octets.p);
}

/* A handshake message of e, one DH and the payload; sealed by one end, opened by the other. */
static void check_handshake_message(struct symmetric *s, const uint8_t e[static 32],
                                    const struct secret32 *ours, const uint8_t theirs[static 32],
                                    const char *const vector[2])
{
    struct bytes payload = unhex(vector[0]);
    uint8_t message[2048];
    uint8_t opened[2048];
    struct secret32 shared;
    struct symmetric other;

    memcpy(message, e, 32);
    symmetric_mix_hash(s, (struct bytes){ e, 32 });
    assert_true(x25519(ours, theirs, &shared));
    symmetric_mix_key(s, (struct bytes){ shared.b, sizeof(shared.b) });
    other = *s;
    symmetric_seal(s, payload, message + 32);
    assert_hex(message, 32 + payload.n + AEAD_TAG_LEN, vector[1]);
    assert_true(
        symmetric_open(&other, (struct bytes){ message + 32, payload.n + AEAD_TAG_LEN }, opened));
    assert_memory_equal(other.h, s->h, sizeof(s->h));
    if (payload.n > 0) {
        assert_memory_equal(opened, payload.p, payload.n);
    }
    free((void *)(uintptr_t)payload.p);
}

static void check_transport(const struct secret32 *key, uint64_t n, const char *const vector[2])
{
    struct bytes payload = unhex(vector[0]);
    uint8_t sealed[2048];

    aead_seal(key, n, (struct bytes){ 0 }, payload, sealed);
    assert_hex(sealed, payload.n + AEAD_TAG_LEN, vector[1]);
    free((void *)(uintptr_t)payload.p);
}

static void check_vector(const struct vector *v)
{
    struct secret32 keys[3]; /* responder's static, both ephemerals */
    uint8_t publics[3][32];
    struct secret32 transport[2];
    struct bytes prologue = unhex(v->prologue);
    struct symmetric s;

    read_key(v->resp_static, &keys[0], publics[0]);
    read_key(v->init_ephemeral, &keys[1], publics[1]);
    read_key(v->resp_ephemeral, &keys[2], publics[2]);
    symmetric_init(&s, "Noise_NK_25519_ChaChaPoly_BLAKE2b");
    symmetric_mix_hash(&s, prologue);
    symmetric_mix_hash(&s, (struct bytes){ publics[0], 32 });
    check_handshake_message(&s, publics[1], &keys[1], publics[0], v->messages[0]);
    check_handshake_message(&s, publics[2], &keys[2], publics[1], v->messages[1]);
    if (v->handshake_hash != NULL) {
        assert_hex(s.h, sizeof(s.h), v->handshake_hash);
    }
    symmetric_split(&s, &transport[0], &transport[1]);
    for (size_t i = 2; i < MESSAGES_MAX && v->messages[i][0] != NULL; i++) {
        check_transport(&transport[i % 2], (i - 2) / 2, v->messages[i]);
    }
    free((void *)(uintptr_t)prologue.p);
}

static void the_typed_in_vector_holds(void **state)
{
    (void)state;
    check_vector(&CACOPHONY);
}

static const char *text_at(yyjson_val *obj, const char *key)
{
    return yyjson_get_str(yyjson_obj_get(obj, key));
}

static void check_json_vector(yyjson_val *from)
{
    struct vector v = {
        .prologue = text_at(from, "init_prologue"),
        .resp_static = text_at(from, "resp_static"),
        .init_ephemeral = text_at(from, "init_ephemeral"),
        .resp_ephemeral = text_at(from, "resp_ephemeral"),
        .handshake_hash = text_at(from, "handshake_hash"),
    };
    yyjson_val *message;
    size_t i;
    size_t max;

    yyjson_arr_foreach(yyjson_obj_get(from, "messages"), i, max, message)
    {
        assert_true(i < MESSAGES_MAX);
        v.messages[i][0] = text_at(message, "payload");
        v.messages[i][1] = text_at(message, "ciphertext");
    }
    check_vector(&v);
}

/* The vectors of NK in one collection; others are not ours to speak. */
static unsigned check_collection(const char *path)
{
    yyjson_doc *doc = yyjson_read_file(path, 0, NULL, NULL);
    yyjson_val *vector;
    unsigned checked = 0;
    size_t i;
    size_t max;

    assert_non_null(doc);
    yyjson_arr_foreach(yyjson_obj_get(yyjson_doc_get_root(doc), "vectors"), i, max, vector)
    {
        const char *name = text_at(vector, "protocol_name");

        name = name != NULL ? name : text_at(vector, "name");
        if (strcmp(name, "Noise_NK_25519_ChaChaPoly_BLAKE2b") == 0) {
            check_json_vector(vector);
            checked++;
        }
    }
    yyjson_doc_free(doc);
    return checked;
}

static void the_collected_json_vectors_hold(void **state)
{
    static const char *const FILES[] = {
        COLLECTION "cacophony_25519_ChaChaPoly_BLAKE2b.json",
        COLLECTION "noise-c-basic_25519_ChaChaPoly_BLAKE2b.json",
        COLLECTION "snow_25519_ChaChaPoly_BLAKE2b.json",
    };

    (void)state;
    if (access(FILES[0], R_OK) != 0) {
        skip();
    }
    for (size_t i = 0; i < ARRAY_LEN(FILES); i++) {
        assert_true(check_collection(FILES[i]) > 0);
    }
}

/* One `key=value` into the vector it belongs to. The values live in the text. */
static void take_line(struct vector *v, char *line)
{
    char *value = strchr(line, '=');
    unsigned i;

    assert_non_null(value);
    *value++ = '\0';
    if (strcmp(line, "prologue") == 0) {
        v->prologue = value;
    } else if (strcmp(line, "resp_static") == 0) {
        v->resp_static = value;
    } else if (strcmp(line, "gen_init_ephemeral") == 0) {
        v->init_ephemeral = value;
    } else if (strcmp(line, "gen_resp_ephemeral") == 0) {
        v->resp_ephemeral = value;
    } else if (sscanf(line, "msg_%u_", &i) == 1) {
        assert_true(i < MESSAGES_MAX);
        v->messages[i][strstr(line, "ciphertext") != NULL ? 1 : 0] = value;
    }
}

static void the_collected_text_vectors_hold(void **state)
{
    static const char PATH[] = COLLECTION "NK_flynn.txt";
    struct buf text CLEANUP(buf_done) = { 0 };
    struct err e;
    struct vector v = { .prologue = "" };
    char *copy CLEANUP(free_p) = NULL;
    char *rest;
    unsigned checked = 0;

    (void)state;
    if (access(PATH, R_OK) != 0) {
        skip();
    }
    buf_init(&text, 1 << 20);
    assert_true(file_read(PATH, &text, &e));
    copy = bytes_dup(buf_view(&text));
    rest = copy;
    while (rest != NULL) {
        char *line = strsep(&rest, "\n");

        if (*line != '\0') {
            take_line(&v, line);
        } else if (v.resp_static != NULL) {
            check_vector(&v);
            checked++;
            v = (struct vector){ .prologue = "" };
        }
    }
    assert_true(checked > 0);
}

static void a_name_longer_than_a_hash_is_hashed(void **state)
{
    static const char NAME[] = "Noise_XXfallback+psk0_25519_ChaChaPoly_BLAKE2b_and_some_more_text";
    struct symmetric s;
    uint8_t hash[64];

    (void)state;
    assert_true(strlen(NAME) > 64);
    symmetric_init(&s, NAME);
    blake2b_512(bytes_of(NAME), hash);
    assert_memory_equal(s.h, hash, sizeof(hash));
}

static void a_payload_without_a_key_travels_open(void **state)
{
    struct symmetric s;
    struct symmetric other;
    uint8_t out[5];
    uint8_t back[5];

    (void)state;
    symmetric_init(&s, "x");
    other = s;
    symmetric_seal(&s, bytes_of("hello"), out);
    assert_memory_equal(out, "hello", 5);
    assert_true(symmetric_open(&other, (struct bytes){ out, 5 }, back));
    assert_memory_equal(s.h, other.h, sizeof(s.h));
}

int main(void)
{
    static const struct CMUnitTest TESTS[] = {
        cmocka_unit_test(the_typed_in_vector_holds),
        cmocka_unit_test(the_collected_json_vectors_hold),
        cmocka_unit_test(the_collected_text_vectors_hold),
        cmocka_unit_test(a_name_longer_than_a_hash_is_hashed),
        cmocka_unit_test(a_payload_without_a_key_travels_open),
    };

    return cmocka_run_group_tests(TESTS, NULL, NULL);
}
