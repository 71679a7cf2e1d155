/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The transcript in docs/protocol/vectors/channel.json, which the web client checks too: it is
 * what the code makes today (another octet anywhere is a change of protocol), and it holds when
 * it is replayed. `test_vectors --write` writes the file anew.
 */
#include "unit/e2ee/walk.h"

#include <stdio.h>
#include <unistd.h>
#include <yyjson.h>

#include "base/file.h"
#include "e2ee/proof.h"
#include "e2ee/session.h"
#include "e2ee/words.h"

static const char OURS[] = SOURCE_DIR "/docs/protocol/vectors/channel.json";
static const char OTHERS[] = SOURCE_DIR "/../shared/vectors/channel/vectors.json";

enum { NEWEST_EPOCH = 29889761, DAY_60_MS = 60 * 24 * 60 * 60 };

/* ---- making ---- */

static void put_hex(yyjson_mut_doc *doc, yyjson_mut_val *obj, const char *key, const void *p,
                    size_t n)
{
    char *hex CLEANUP(free_p) = hex_of(p, n);

    yyjson_mut_obj_add_strcpy(doc, obj, key, hex);
}

static yyjson_mut_val *put_object(yyjson_mut_doc *doc, const char *key)
{
    return yyjson_mut_obj_add_obj(doc, yyjson_mut_doc_get_root(doc), key);
}

struct steps {
    yyjson_mut_doc *doc;
    yyjson_mut_val *list;
};

static void add_step(void *arg, const char *step, const struct symmetric *s)
{
    struct steps *steps = arg;
    yyjson_mut_val *obj = yyjson_mut_arr_add_obj(steps->doc, steps->list);

    yyjson_mut_obj_add_strcpy(steps->doc, obj, "step", step);
    put_hex(steps->doc, obj, "h", s->h, sizeof(s->h));
    put_hex(steps->doc, obj, "ck", s->ck, sizeof(s->ck));
    if (s->has_key) {
        put_hex(steps->doc, obj, "k", s->k.b, sizeof(s->k.b));
        yyjson_mut_obj_add_uint(steps->doc, obj, "n", s->n);
    } else {
        yyjson_mut_obj_add_null(steps->doc, obj, "k");
        yyjson_mut_obj_add_null(steps->doc, obj, "n");
    }
}

static struct worker_keys *vector_keys(uint8_t seed[static SLHDSA_SEED_LEN])
{
    struct slhdsa_private identity;
    struct worker_keys *keys = NEW(struct worker_keys);
    struct err e;

    derive("identity seed, first 64", seed, 64);
    derive("identity seed, last 32", seed + 64, 32);
    slhdsa_keygen(seed, &identity);
    slhdsa_public(&identity, keys->identity);
    derive("kx", keys->kx.b, 32);
    derive("kem", keys->kem_seed.b, 64);
    keys->kem = mlkem_key_new(&keys->kem_seed);
    mlkem_public(keys->kem, keys->public.kem);
    x25519_public(&keys->kx, keys->public.kx);
    keys->public.worker_id = some_ids().worker;
    keys->public.epoch = NEWEST_EPOCH;
    keys->public.not_before_ms = INT64_C(60000) * NEWEST_EPOCH;
    keys->public.not_after_ms = keys->public.not_before_ms + INT64_C(1000) * DAY_60_MS;
    assert_true(certificate_sign(&keys->public, &identity, NULL, keys->certificate, &e));
    return keys;
}

static void put_words(yyjson_mut_doc *doc, yyjson_mut_val *obj, const uint8_t *bits)
{
    yyjson_mut_val *list = yyjson_mut_obj_add_arr(doc, obj, "words");
    const char *words[WORDS_COUNT];

    words_of(bits, words);
    for (int i = 0; i < WORDS_COUNT; i++) {
        yyjson_mut_arr_add_str(doc, list, words[i]);
    }
}

static void put_worker(yyjson_mut_doc *doc, const struct worker_keys *keys, const uint8_t *seed)
{
    yyjson_mut_val *obj = put_object(doc, "worker");
    uint8_t hash[64];

    put_hex(doc, obj, "identity_seed", seed, SLHDSA_SEED_LEN);
    put_hex(doc, obj, "identity_public", keys->identity, sizeof(keys->identity));
    put_hex(doc, obj, "kx_private", keys->kx.b, 32);
    put_hex(doc, obj, "kx_public", keys->public.kx, 32);
    put_hex(doc, obj, "kem_seed", keys->kem_seed.b, 64);
    put_hex(doc, obj, "kem_public", keys->public.kem, MLKEM_PUBLIC_LEN);
    put_hex(doc, obj, "cert_body", keys->certificate, CERTIFICATE_BODY_LEN);
    blake2b_512((struct bytes){ keys->certificate + CERTIFICATE_BODY_LEN, SLHDSA_SIGNATURE_LEN },
                hash);
    put_hex(doc, obj, "cert_signature_blake2b512", hash, 64);
    certificate_body_hash((struct bytes){ keys->certificate, CERTIFICATE_LEN }, hash);
    put_hex(doc, obj, "body_hash", hash, 32);
    fingerprint_of_identity(keys->identity, hash);
    put_hex(doc, obj, "fingerprint", hash, 32);
    put_words(doc, obj, hash);
}

static void put_ids(yyjson_mut_doc *doc, const struct handshake_ids *ids)
{
    yyjson_mut_val *obj = put_object(doc, "ids");

    yyjson_mut_obj_add_strcpy(doc, obj, "worker_id", ids->worker.s);
    yyjson_mut_obj_add_strcpy(doc, obj, "channel_id", ids->channel.s);
    yyjson_mut_obj_add_strcpy(doc, obj, "user_id", ids->user.s);
    yyjson_mut_obj_add_strcpy(doc, obj, "device_id", ids->device.s);
}

static void put_randomness(yyjson_mut_doc *doc, struct walk *w)
{
    yyjson_mut_val *obj = put_object(doc, "randomness");

    derive("client x", w->client.e.b, 32);
    derive("client dz", w->client.e1.b, 64);
    derive("client m", w->client.coins.b, 32);
    derive("worker x", w->worker.e.b, 32);
    derive("worker m", w->worker.coins.b, 32);
    put_hex(doc, obj, "client_x", w->client.e.b, 32);
    put_hex(doc, obj, "client_dz", w->client.e1.b, 64);
    put_hex(doc, obj, "client_m", w->client.coins.b, 32);
    put_hex(doc, obj, "worker_x", w->worker.e.b, 32);
    put_hex(doc, obj, "worker_m", w->worker.coins.b, 32);
}

static void put_handshake(yyjson_mut_doc *doc, struct walk *w)
{
    static const uint8_t CLIENT_HELLO[CLIENT_HELLO_LEN] = { 0, 1, 0, 1, 0, 0, 0, 3 };
    static const uint8_t WORKER_HELLO[WORKER_HELLO_LEN] = {
        0, 1, 1, 0, 0, 0, 0, 1, 0x01, 0xc8, 0x14, 0xe1, 1, 0, 0, 0,
    };
    struct steps steps = { .doc = doc };
    uint8_t prologue[HANDSHAKE_PROLOGUE_LEN];
    yyjson_mut_val *root = yyjson_mut_doc_get_root(doc);

    handshake_prologue(w->identity, w->certificate->epoch, &w->ids, prologue);
    put_hex(doc, root, "prologue", prologue, sizeof(prologue));
    put_hex(doc, root, "client_hello", CLIENT_HELLO, sizeof(CLIENT_HELLO));
    put_hex(doc, root, "worker_hello", WORKER_HELLO, sizeof(WORKER_HELLO));
    steps.list = yyjson_mut_obj_add_arr(doc, root, "steps");
    w->client_hello = (struct bytes){ CLIENT_HELLO, sizeof(CLIENT_HELLO) };
    w->worker_hello = (struct bytes){ WORKER_HELLO, sizeof(WORKER_HELLO) };
    w->on_step = add_step;
    w->arg = &steps;
    walk_all(w);
    put_hex(doc, root, "message1", w->message1, w->message1_len);
    put_hex(doc, root, "message2", w->message2, w->message2_len);
    put_hex(doc, root, "h", w->s.h, sizeof(w->s.h));
    root = put_object(doc, "keys");
    put_hex(doc, root, "c2w", w->c2w.b, 32);
    put_hex(doc, root, "w2c", w->w2c.b, 32);
}

static void put_device(yyjson_mut_doc *doc, const uint8_t *h)
{
    yyjson_mut_val *obj = put_object(doc, "device");
    struct device_secret secret;
    struct device_public device;
    uint8_t hash[32];
    uint8_t proof[PROOF_LEN];

    derive("device ed25519", secret.ed25519.b, 32);
    derive("device ml-dsa", secret.mldsa.b, 32);
    device_public_of(&secret, &device);
    device_fingerprint(&device, hash);
    proof_make(&secret, h, NULL, proof);
    put_hex(doc, obj, "ed_seed", secret.ed25519.b, 32);
    put_hex(doc, obj, "ml_seed", secret.mldsa.b, 32);
    put_hex(doc, obj, "ed_public", device.ed25519, sizeof(device.ed25519));
    put_hex(doc, obj, "ml_public", device.mldsa, sizeof(device.mldsa));
    put_hex(doc, obj, "fingerprint", hash, sizeof(hash));
    put_hex(doc, obj, "proof_deterministic", proof, sizeof(proof));
}

static const struct {
    const char *dir;
    const char *note;
    const char *plain; /* hexadecimal; the padding of `pad` zeros follows */
    size_t pad;
} RECORDS[] = {
    { "c2w", "PING",
      "0600000000000000"
      "a1b2c3d4e5f60718",
      0 },
    { "w2c", "PONG",
      "0700000000000000"
      "a1b2c3d4e5f60718",
      0 },
    { "c2w", "OPEN Hello, request 01 02 03",
      "0100000000000001"
      "0548656c6c6f010203",
      0 },
    { "w2c", "DATA, last, empty", "0200000000000001", 0 },
    { "w2c", "END ok",
      "0400000000000001"
      "0000000000",
      0 },
    { "c2w", "OPEN Up, more follows",
      "0101000000000002"
      "0255706669727374",
      0 },
    { "c2w", "DATA, more follows, padded", "020100300000000268616c66", 48 },
    { "c2w", "DATA, last", "020000000000000200ff", 0 },
    { "w2c", "WINDOW channel, 1048576",
      "0300000000000000"
      "00100000",
      0 },
    { "w2c", "WINDOW stream 2, 65536",
      "0300000000000002"
      "00010000",
      0 },
    { "w2c", "DATA, padded to 128",
      "0200007600000002"
      "6f6b",
      118 },
    { "w2c", "END not_found NOT_FOUND \"no\", details 0a00",
      "0400000000000002"
      "0500094e4f545f464f554e4400026e6f0a00",
      0 },
    { "c2w", "OPEN W",
      "0100000000000003"
      "0157",
      0 },
    { "c2w", "CANCEL", "0500000000000003", 0 },
    { "w2c", "END canceled",
      "0400000000000003"
      "0100000000",
      0 },
    { "c2w", "FILL, answer wanted", "0902007800000000", 120 },
    { "w2c", "FILL", "0900007800000000", 120 },
    { "c2w", "CLOSE 0",
      "0800000000000000"
      "0000",
      0 },
    { "w2c", "CLOSE 0",
      "0800000000000000"
      "0000",
      0 },
};

static size_t plain_of(size_t i, uint8_t out[static RECORD_PLAIN_MAX])
{
    struct bytes head = unhex(RECORDS[i].plain);

    memcpy(out, head.p, head.n);
    memset(out + head.n, 0, RECORDS[i].pad);
    free((void *)(uintptr_t)head.p);
    return head.n + RECORDS[i].pad;
}

static void put_record(yyjson_mut_doc *doc, yyjson_mut_val *list, const char *dir, const char *note,
                       struct session *s, struct bytes plain)
{
    yyjson_mut_val *obj = yyjson_mut_arr_add_obj(doc, list);
    uint8_t record[RECORD_MAX];
    uint64_t n = s->send.n;
    size_t len = session_seal(s, plain, record);

    yyjson_mut_obj_add_strcpy(doc, obj, "dir", dir);
    yyjson_mut_obj_add_strcpy(doc, obj, "note", note);
    yyjson_mut_obj_add_uint(doc, obj, "nonce", n);
    put_hex(doc, obj, "plain", plain.p, plain.n);
    put_hex(doc, obj, "record", record, len);
    yyjson_mut_obj_add_uint(doc, obj, "cost", plain.n + 32);
}

static void put_records(yyjson_mut_doc *doc, const struct walk *w)
{
    yyjson_mut_val *list = yyjson_mut_obj_add_arr(doc, yyjson_mut_doc_get_root(doc), "records");
    struct session client;
    struct session worker;
    uint8_t plain[RECORD_PLAIN_MAX];

    session_init(&client, &w->c2w, &w->w2c, SESSION_LIMITS);
    session_init(&worker, &w->w2c, &w->c2w, SESSION_LIMITS);
    for (size_t i = 0; i < ARRAY_LEN(RECORDS); i++) {
        struct bytes view = { plain, plain_of(i, plain) };
        bool is_client = strcmp(RECORDS[i].dir, "c2w") == 0;

        put_record(doc, list, RECORDS[i].dir, RECORDS[i].note, is_client ? &client : &worker, view);
    }
}

/* One direction with limits so small that both of them are met. */
static void put_rekey(yyjson_mut_doc *doc, const struct walk *w)
{
    static const struct session_limits SMALL = { .records = 3, .octets = 100 };
    static const uint8_t LENGTHS[] = { 8, 8, 8, 60, 40, 99, 8, 8, 100, 8 };
    yyjson_mut_val *obj = put_object(doc, "rekey");
    yyjson_mut_val *list;
    struct secret32 key = w->c2w;
    struct session s;
    uint8_t plain[UINT8_MAX] = { 6 };

    put_hex(doc, obj, "before", key.b, 32);
    session_rekey(&key);
    put_hex(doc, obj, "after", key.b, 32);
    yyjson_mut_obj_add_uint(doc, obj, "limit_records", SMALL.records);
    yyjson_mut_obj_add_uint(doc, obj, "limit_bytes", SMALL.octets);
    list = yyjson_mut_obj_add_arr(doc, obj, "records");
    session_init(&s, &w->c2w, &w->w2c, SMALL);
    for (size_t i = 0; i < ARRAY_LEN(LENGTHS); i++) {
        put_record(doc, list, "c2w", "", &s, (struct bytes){ plain, LENGTHS[i] });
    }
}

/* The whole file; the caller frees it. */
static char *make_file(void)
{
    yyjson_mut_doc *doc = yyjson_mut_doc_new(NULL);
    yyjson_mut_val *root = yyjson_mut_obj(doc);
    uint8_t seed[SLHDSA_SEED_LEN];
    struct worker_keys *keys CLEANUP(worker_keys_freep) = vector_keys(seed);
    struct walk *w = NEW(struct walk);
    char *json;

    yyjson_mut_doc_set_root(doc, root);
    yyjson_mut_obj_add_str(doc, root, "about",
                           "One transcript of the channel protocol. Whatever is random is "
                           "BLAKE2b of \"leapmux channel vectors: <label>\". rekey.records are "
                           "sealed from c2w at nonce 0 with the two limits named there.");
    yyjson_mut_obj_add_str(doc, root, "protocol_name", HANDSHAKE_PROTOCOL);
    w->identity = keys->identity;
    w->certificate = &keys->public;
    w->ids = some_ids();
    put_randomness(doc, w);
    put_worker(doc, keys, seed);
    put_ids(doc, &w->ids);
    put_handshake(doc, w);
    put_device(doc, w->s.h);
    put_records(doc, w);
    put_rekey(doc, w);
    json =
        yyjson_mut_write(doc, YYJSON_WRITE_PRETTY_TWO_SPACES | YYJSON_WRITE_NEWLINE_AT_END, NULL);
    assert_non_null(json);
    yyjson_mut_doc_free(doc);
    free(w);
    return json;
}

/* ---- checking ---- */

static const char *text_at(yyjson_val *obj, const char *key)
{
    const char *text = yyjson_get_str(yyjson_obj_get(obj, key));

    assert_non_null(text);
    return text;
}

static void check_hex(yyjson_val *obj, const char *key, const void *p, size_t n)
{
    assert_hex(p, n, text_at(obj, key));
}

static void read_hex(yyjson_val *obj, const char *key, void *out, size_t n)
{
    struct bytes octets = unhex(text_at(obj, key));

    assert_int_equal(octets.n, n);
    memcpy(out, octets.p, n);
    free((void *)(uintptr_t)octets.p);
}

struct replay {
    yyjson_val *root;
    size_t step;
};

static void check_step(void *arg, const char *step, const struct symmetric *s)
{
    struct replay *replay = arg;
    yyjson_val *want = yyjson_arr_get(yyjson_obj_get(replay->root, "steps"), replay->step++);

    assert_string_equal(step, text_at(want, "step"));
    check_hex(want, "h", s->h, sizeof(s->h));
    check_hex(want, "ck", s->ck, sizeof(s->ck));
    if (s->has_key) {
        check_hex(want, "k", s->k.b, sizeof(s->k.b));
        assert_int_equal(yyjson_get_uint(yyjson_obj_get(want, "n")), s->n);
    } else {
        assert_true(yyjson_is_null(yyjson_obj_get(want, "k")));
    }
}

static struct worker_keys *read_keys(yyjson_val *root)
{
    struct worker_keys *keys = NEW(struct worker_keys);
    yyjson_val *worker = yyjson_obj_get(root, "worker");
    struct err e;

    read_hex(worker, "identity_public", keys->identity, sizeof(keys->identity));
    read_hex(worker, "kx_private", keys->kx.b, 32);
    read_hex(worker, "kem_seed", keys->kem_seed.b, 64);
    read_hex(worker, "cert_body", keys->certificate, CERTIFICATE_BODY_LEN);
    assert_true(
        certificate_parse((struct bytes){ keys->certificate, CERTIFICATE_LEN }, &keys->public, &e));
    keys->kem = mlkem_key_new(&keys->kem_seed);
    return keys;
}

static void check_worker(yyjson_val *root, const struct worker_keys *keys)
{
    yyjson_val *worker = yyjson_obj_get(root, "worker");
    yyjson_val *words = yyjson_obj_get(worker, "words");
    uint8_t public_key[MLKEM_PUBLIC_LEN];
    uint8_t hash[32];
    const char *got[WORDS_COUNT];

    mlkem_public(keys->kem, public_key);
    check_hex(worker, "kem_public", public_key, sizeof(public_key));
    x25519_public(&keys->kx, public_key);
    check_hex(worker, "kx_public", public_key, 32);
    certificate_body_hash((struct bytes){ keys->certificate, CERTIFICATE_LEN }, hash);
    check_hex(worker, "body_hash", hash, sizeof(hash));
    fingerprint_of_identity(keys->identity, hash);
    check_hex(worker, "fingerprint", hash, sizeof(hash));
    words_of(hash, got);
    for (size_t i = 0; i < WORDS_COUNT; i++) {
        assert_string_equal(got[i], yyjson_get_str(yyjson_arr_get(words, i)));
    }
}

static void read_attempt(yyjson_val *root, struct walk *w)
{
    yyjson_val *ids = yyjson_obj_get(root, "ids");
    yyjson_val *random = yyjson_obj_get(root, "randomness");

    w->ids.worker = id_of(text_at(ids, "worker_id"));
    w->ids.channel = id_of(text_at(ids, "channel_id"));
    w->ids.user = id_of(text_at(ids, "user_id"));
    w->ids.device = id_of(text_at(ids, "device_id"));
    read_hex(random, "client_x", w->client.e.b, 32);
    read_hex(random, "client_dz", w->client.e1.b, 64);
    read_hex(random, "client_m", w->client.coins.b, 32);
    read_hex(random, "worker_x", w->worker.e.b, 32);
    read_hex(random, "worker_m", w->worker.coins.b, 32);
    w->client_hello = unhex(text_at(root, "client_hello"));
    w->worker_hello = unhex(text_at(root, "worker_hello"));
}

/* The same randomness through the product's own functions gives the same messages. */
static void check_product(yyjson_val *root, const struct worker_keys *keys, const struct walk *w)
{
    struct handshake_client_random client_random = w->client;
    struct handshake_worker_random worker_random = w->worker;
    uint32_t features = w->client_hello.p[7];
    uint32_t granted = w->worker_hello.p[7];
    struct handshake_client attempt;
    struct handshake_result client;
    struct handshake_result worker;
    uint8_t message1[HANDSHAKE_MESSAGE1_LEN];
    uint8_t message2[HANDSHAKE_MESSAGE2_LEN];
    struct err e;

    assert_true(handshake_client_start(&attempt, keys->identity, &keys->public, &w->ids, features,
                                       &client_random, message1, &e));
    check_hex(root, "message1", message1, sizeof(message1));
    assert_true(handshake_respond(keys, &w->ids, keys->public.epoch, granted,
                                  (struct bytes){ message1, sizeof(message1) }, &worker_random,
                                  message2, &worker, &e));
    check_hex(root, "message2", message2, sizeof(message2));
    assert_true(handshake_client_finish(&attempt, (struct bytes){ message2, sizeof(message2) },
                                        &client, &e));
    check_hex(root, "h", client.h, sizeof(client.h));
    check_hex(root, "h", worker.h, sizeof(worker.h));
    root = yyjson_obj_get(root, "keys");
    check_hex(root, "c2w", client.send.b, 32);
    check_hex(root, "c2w", worker.receive.b, 32);
    check_hex(root, "w2c", client.receive.b, 32);
    check_hex(root, "w2c", worker.send.b, 32);
    assert_true(ct_is_zero(&client_random, sizeof(client_random)));
    assert_true(ct_is_zero(&worker_random, sizeof(worker_random)));
}

static void check_device(yyjson_val *root, const uint8_t *h)
{
    yyjson_val *device = yyjson_obj_get(root, "device");
    struct device_secret secret;
    struct device_public public_keys;
    uint8_t proof[PROOF_LEN];
    uint8_t hash[32];
    struct err e;

    read_hex(device, "ed_seed", secret.ed25519.b, 32);
    read_hex(device, "ml_seed", secret.mldsa.b, 32);
    proof_make(&secret, h, NULL, proof);
    check_hex(device, "proof_deterministic", proof, sizeof(proof));
    assert_true(proof_verify((struct bytes){ proof, sizeof(proof) }, h, &public_keys, &e));
    check_hex(device, "ed_public", public_keys.ed25519, sizeof(public_keys.ed25519));
    check_hex(device, "ml_public", public_keys.mldsa, sizeof(public_keys.mldsa));
    device_fingerprint(&public_keys, hash);
    check_hex(device, "fingerprint", hash, sizeof(hash));
}

static void check_record(yyjson_val *want, struct session *sealer, struct session *opener)
{
    struct bytes plain = unhex(text_at(want, "plain"));
    uint8_t record[RECORD_MAX];
    uint8_t opened[RECORD_PLAIN_MAX];
    size_t len;

    assert_int_equal(yyjson_get_uint(yyjson_obj_get(want, "nonce")), sealer->send.n);
    assert_int_equal(yyjson_get_uint(yyjson_obj_get(want, "cost")), plain.n + 32);
    len = session_seal(sealer, plain, record);
    check_hex(want, "record", record, len);
    assert_int_equal(session_open(opener, (struct bytes){ record, len }, opened), plain.n);
    assert_memory_equal(opened, plain.p, plain.n);
    free((void *)(uintptr_t)plain.p);
}

static void check_records(yyjson_val *root, const struct walk *w)
{
    struct session client;
    struct session worker;
    yyjson_val *list = yyjson_obj_get(root, "records");
    yyjson_val *want;
    size_t i;
    size_t max;

    session_init(&client, &w->c2w, &w->w2c, SESSION_LIMITS);
    session_init(&worker, &w->w2c, &w->c2w, SESSION_LIMITS);
    assert_true(yyjson_arr_size(list) > 0);
    yyjson_arr_foreach(list, i, max, want)
    {
        if (strcmp(text_at(want, "dir"), "c2w") == 0) {
            check_record(want, &client, &worker);
        } else {
            check_record(want, &worker, &client);
        }
    }
}

static void check_rekey(yyjson_val *root, const struct walk *w)
{
    yyjson_val *rekey = yyjson_obj_get(root, "rekey");
    yyjson_val *list = yyjson_obj_get(rekey, "records");
    struct session_limits limits = {
        .records = (uint32_t)yyjson_get_uint(yyjson_obj_get(rekey, "limit_records")),
        .octets = (uint32_t)yyjson_get_uint(yyjson_obj_get(rekey, "limit_bytes")),
    };
    struct session sealer;
    struct session opener;
    struct secret32 key;
    yyjson_val *want;
    size_t i;
    size_t max;

    read_hex(rekey, "before", key.b, 32);
    session_rekey(&key);
    check_hex(rekey, "after", key.b, 32);
    session_init(&sealer, &w->c2w, &w->w2c, limits);
    session_init(&opener, &w->w2c, &w->c2w, limits);
    yyjson_arr_foreach(list, i, max, want)
    {
        check_record(want, &sealer, &opener);
    }
}

static void check_file(const char *path)
{
    yyjson_doc *doc = yyjson_read_file(path, 0, NULL, NULL);
    yyjson_val *root = yyjson_doc_get_root(doc);
    struct replay replay = { .root = root };
    struct worker_keys *keys CLEANUP(worker_keys_freep) = NULL;
    struct walk *w = NEW(struct walk);

    assert_non_null(doc);
    assert_string_equal(text_at(root, "protocol_name"), HANDSHAKE_PROTOCOL);
    keys = read_keys(root);
    check_worker(root, keys);
    w->identity = keys->identity;
    w->certificate = &keys->public;
    w->on_step = check_step;
    w->arg = &replay;
    read_attempt(root, w);
    walk_all(w);
    assert_int_equal(replay.step, yyjson_arr_size(yyjson_obj_get(root, "steps")));
    check_hex(root, "message1", w->message1, w->message1_len);
    check_hex(root, "message2", w->message2, w->message2_len);
    check_product(root, keys, w);
    check_device(root, w->s.h);
    check_records(root, w);
    check_rekey(root, w);
    free((void *)(uintptr_t)w->client_hello.p);
    free((void *)(uintptr_t)w->worker_hello.p);
    free(w);
    yyjson_doc_free(doc);
}

static void our_transcript_is_what_the_code_makes(void **state)
{
    char *want CLEANUP(free_p) = make_file();
    struct buf have CLEANUP(buf_done) = { 0 };
    struct err e;

    (void)state;
    buf_init(&have, 1 << 20);
    assert_true(file_read(OURS, &have, &e));
    assert_true(bytes_are(buf_view(&have), want));
}

static void our_transcript_holds_when_replayed(void **state)
{
    (void)state;
    check_file(OURS);
}

static void a_transcript_made_by_others_holds_when_replayed(void **state)
{
    (void)state;
    if (access(OTHERS, R_OK) != 0) {
        skip();
    }
    check_file(OTHERS);
}

static int write_file(void)
{
    char *json CLEANUP(free_p) = make_file();
    FILE *file = fopen(OURS, "w");

    if (file == NULL || fputs(json, file) == EOF || fclose(file) != 0) {
        perror(OURS);
        return 1;
    }
    return 0;
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest TESTS[] = {
        cmocka_unit_test(our_transcript_is_what_the_code_makes),
        cmocka_unit_test(our_transcript_holds_when_replayed),
        cmocka_unit_test(a_transcript_made_by_others_holds_when_replayed),
    };

    if (argc == 2 && strcmp(argv[1], "--write") == 0) {
        return write_file();
    }
    return cmocka_run_group_tests(TESTS, NULL, NULL);
}
