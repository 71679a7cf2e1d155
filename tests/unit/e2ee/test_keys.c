/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates, what a pin accepts, epochs, and the files that hold them. */
#include "e2ee/keys_store.h"
#include "e2ee/pin.h"
#include "unit/e2ee/fixture.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"

static const int64_t NOW_MS = INT64_C(1800000000000);
static const int64_t HOUR_MS = INT64_C(3600000);
static const int64_t DAY_MS = INT64_C(86400000);

/* Signing takes 100 ms: one identity and one epoch for all tests. */
struct world {
    struct slhdsa_private identity;
    struct worker_keys *keys;
    struct pin pin;
};

static void free_octets(uint8_t **p)
{
    free(*p);
}

static struct bytes certificate_of(const struct worker_keys *keys)
{
    return (struct bytes){ keys->certificate, CERTIFICATE_LEN };
}

static struct worker_keys *make(const struct world *w, uint32_t previous, int64_t now_ms)
{
    struct worker_keys_random random;
    struct worker_keys *keys;
    struct err e;

    memset(&random, (int)previous + 1, sizeof(random));
    keys = worker_keys_new(&w->identity, some_ids().worker, previous, now_ms, &random, &e);
    assert_non_null(keys);
    assert_true(ct_is_zero(&random, sizeof(random)));
    return keys;
}

static int make_world(void **state)
{
    struct world *w = NEW(struct world);
    uint8_t seed[SLHDSA_SEED_LEN] = { 1 };

    slhdsa_keygen(seed, &w->identity);
    w->keys = make(w, 0, NOW_MS);
    memcpy(w->pin.identity, w->keys->identity, sizeof(w->pin.identity));
    *state = w;
    return 0;
}

static int end_world(void **state)
{
    struct world *w = *state;

    worker_keys_free(w->keys);
    free(w);
    return 0;
}

static bool accepts(const struct pin *pin, struct bytes certificate, int64_t now_ms, struct err *e)
{
    struct certificate c;

    return pin_accepts(pin, certificate, some_ids().worker, now_ms, &c, e);
}

static void assert_reason(bool accepted, const struct err *e, const char *reason)
{
    assert_false(accepted);
    assert_int_equal(e->code, ERR_FAILED_PRECONDITION);
    assert_string_equal(e->reason, reason);
}

static void a_certificate_has_the_documented_length_and_is_accepted(void **state)
{
    struct world *w = *state;
    struct certificate c;
    struct err e;

    assert_int_equal(CERTIFICATE_LEN, 51498);
    assert_true(pin_accepts(&w->pin, certificate_of(w->keys), some_ids().worker, NOW_MS, &c, &e));
    assert_int_equal(c.epoch, NOW_MS / 60000);
    assert_int_equal(c.not_before_ms, NOW_MS);
    assert_int_equal(c.not_after_ms, NOW_MS + 60 * DAY_MS);
    assert_memory_equal(c.kx, w->keys->public.kx, sizeof(c.kx));
    assert_memory_equal(c.kem, w->keys->public.kem, sizeof(c.kem));
}

static void a_certificate_is_accepted_a_day_around_its_time_and_no_longer(void **state)
{
    struct world *w = *state;
    struct bytes certificate = certificate_of(w->keys);
    int64_t end_ms = NOW_MS + 60 * DAY_MS;
    struct err e;

    assert_true(accepts(&w->pin, certificate, NOW_MS - DAY_MS, &e));
    assert_reason(accepts(&w->pin, certificate, NOW_MS - DAY_MS - 1, &e), &e, "CERT_TIME");
    assert_true(accepts(&w->pin, certificate, end_ms + DAY_MS, &e));
    assert_reason(accepts(&w->pin, certificate, end_ms + DAY_MS + 1, &e), &e, "CERT_TIME");
}

static void a_certificate_of_another_worker_or_identity_is_refused(void **state)
{
    struct world *w = *state;
    struct pin other = w->pin;
    struct certificate c;
    struct err e;

    assert_reason(pin_accepts(&w->pin, certificate_of(w->keys), some_ids().user, NOW_MS, &c, &e),
                  &e, "KEY_REJECTED");
    other.identity[63] ^= 1;
    assert_reason(accepts(&other, certificate_of(w->keys), NOW_MS, &e), &e, "KEY_REJECTED");
}

static void an_older_epoch_and_a_second_body_of_one_are_refused(void **state)
{
    struct world *w = *state;
    struct worker_keys *twin CLEANUP(worker_keys_freep) =
        make(w, w->keys->public.epoch - 1, NOW_MS + 1);
    struct pin pin = w->pin;
    struct err e;

    assert_int_equal(twin->public.epoch, w->keys->public.epoch);
    pin_raise(&pin, certificate_of(w->keys), w->keys->public.epoch);
    assert_true(accepts(&pin, certificate_of(w->keys), NOW_MS, &e));
    assert_reason(accepts(&pin, certificate_of(twin), NOW_MS, &e), &e, "CERT_CONFLICT");
    pin.epoch++;
    assert_reason(accepts(&pin, certificate_of(w->keys), NOW_MS, &e), &e, "CERT_OLD");
    pin.epoch -= 2;
    assert_true(accepts(&pin, certificate_of(twin), NOW_MS, &e)); /* a newer one heals it */
}

static void a_certificate_of_a_wrong_length_is_refused(void **state)
{
    struct world *w = *state;
    struct bytes certificate = certificate_of(w->keys);
    struct err e;

    for (size_t cut = 1; cut <= CERTIFICATE_LEN; cut += 12345) {
        assert_reason(
            accepts(&w->pin, (struct bytes){ certificate.p, certificate.n - cut }, NOW_MS, &e), &e,
            "KEY_REJECTED");
    }
}

/* Every octet of the body, the signature in steps; all of it with SLOW in the environment. */
static void each_flipped_octet_of_a_certificate_is_refused(void **state)
{
    struct world *w = *state;
    uint8_t *copy CLEANUP(free_octets) = must_alloc(CERTIFICATE_LEN);
    size_t stride = getenv("SLOW") != NULL ? 1 : 499;
    struct err e;

    memcpy(copy, w->keys->certificate, CERTIFICATE_LEN);
    for (size_t i = 0; i < CERTIFICATE_LEN;
         i += i < CERTIFICATE_BODY_LEN ? stride / 50 + 1 : stride) {
        struct pin pin = w->pin;

        copy[i] ^= (uint8_t)(1U << i % 8);
        assert_false(accepts(&pin, (struct bytes){ copy, CERTIFICATE_LEN }, NOW_MS, &e));
        assert_int_equal(e.code, ERR_FAILED_PRECONDITION);
        copy[i] ^= (uint8_t)(1U << i % 8);
    }
    assert_true(accepts(&w->pin, (struct bytes){ copy, CERTIFICATE_LEN }, NOW_MS, &e));
}

static void epochs_rise_with_the_clock_and_never_fall(void **state)
{
    struct world *w = *state;
    uint32_t minutes = (uint32_t)(NOW_MS / 60000);
    struct worker_keys *ahead CLEANUP(worker_keys_freep) = make(w, minutes + 5, NOW_MS);
    struct worker_keys *behind CLEANUP(worker_keys_freep) = make(w, 17, NOW_MS);
    struct worker_keys_random random = { .signing = { 1 } };
    struct err e;

    assert_int_equal(w->keys->public.epoch, minutes);
    assert_int_equal(ahead->public.epoch, minutes + 6);
    assert_int_equal(behind->public.epoch, minutes);
    assert_null(worker_keys_new(&w->identity, some_ids().worker, UINT32_MAX, NOW_MS, &random, &e));
    assert_int_equal(e.code, ERR_OUT_OF_RANGE);
    assert_true(ct_is_zero(&random, sizeof(random)));
}

static void keys_are_renewed_after_30_days_or_for_another_worker_id(void **state)
{
    struct world *w = *state;
    struct id id = some_ids().worker;

    assert_false(worker_keys_need_new_epoch(w->keys, id, NOW_MS));
    assert_false(worker_keys_need_new_epoch(w->keys, id, NOW_MS + 30 * DAY_MS));
    assert_true(worker_keys_need_new_epoch(w->keys, id, NOW_MS + 30 * DAY_MS + 1));
    assert_false(worker_keys_need_new_epoch(w->keys, id, NOW_MS - HOUR_MS));
    assert_true(worker_keys_need_new_epoch(w->keys, id, NOW_MS - 2 * DAY_MS));
    assert_true(worker_keys_need_new_epoch(w->keys, some_ids().user, NOW_MS));
}

static void a_damaged_identity_does_not_sign(void **state)
{
    struct world *w = *state;
    struct worker_keys_random random = { .signing = { 1 } };
    struct err e;

    for (size_t i = 0; i < SLHDSA_PRIVATE_LEN; i += 96) { /* SK.seed, PK.root */
        struct slhdsa_private damaged = w->identity;

        damaged.b[i] ^= 1;
        assert_null(worker_keys_new(&damaged, some_ids().worker, 0, NOW_MS, &random, &e));
        assert_int_equal(e.code, ERR_DATA_LOSS);
    }
}

static void encoded_keys_come_back_and_damaged_ones_do_not(void **state)
{
    struct world *w = *state;
    /* not in z, the end of the seed: it has no part in the public key, and does no harm */
    static const size_t DAMAGE[] = { 0, 1, 70, 100, 120, 200, 300, 40000 };
    uint8_t *encoded CLEANUP(free_octets) = must_alloc(WORKER_KEYS_ENCODED_LEN);
    struct bytes view = { encoded, WORKER_KEYS_ENCODED_LEN };
    struct worker_keys *back CLEANUP(worker_keys_freep) = NULL;
    struct err e;

    worker_keys_encode(w->keys, encoded);
    back = worker_keys_decode(view, &e);
    assert_non_null(back);
    assert_memory_equal(back->kx.b, w->keys->kx.b, 32);
    assert_memory_equal(back->certificate, w->keys->certificate, CERTIFICATE_LEN);
    assert_memory_equal(&back->public, &w->keys->public, sizeof(back->public));
    for (size_t i = 0; i < ARRAY_LEN(DAMAGE); i++) {
        encoded[DAMAGE[i]] ^= 2;
        assert_null(worker_keys_decode(view, &e));
        assert_int_equal(e.code, ERR_DATA_LOSS);
        encoded[DAMAGE[i]] ^= 2;
    }
    assert_null(worker_keys_decode((struct bytes){ encoded, 100 }, &e));
    assert_int_equal(e.code, ERR_DATA_LOSS);
}

/* ---- files ---- */

struct folder {
    char path[64];
};

static struct folder folder_new(void)
{
    struct folder f = { "/tmp/leapmux-keys-XXXXXX" };

    assert_non_null(mkdtemp(f.path));
    return f;
}

static char *in_folder(const struct folder *f, const char *name)
{
    return must_printf("%s/%s", f->path, name);
}

static void folder_done(struct folder *f)
{
    static const char *const NAMES[] = { "identity.key", "epoch.key" };

    for (size_t i = 0; i < ARRAY_LEN(NAMES); i++) {
        char *path CLEANUP(free_p) = in_folder(f, NAMES[i]);

        (void)unlink(path);
    }
    assert_int_equal(rmdir(f->path), 0); /* nothing else is left behind */
}

static void assert_private(const struct folder *f, const char *name)
{
    char *path CLEANUP(free_p) = in_folder(f, name);
    struct stat st;

    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 07777, 0600);
}

static void the_first_start_makes_keys_and_the_next_finds_them(void **state)
{
    struct folder f CLEANUP(folder_done) = folder_new();
    struct worker_keys *first CLEANUP(worker_keys_freep) = NULL;
    struct worker_keys *second CLEANUP(worker_keys_freep) = NULL;
    uint8_t identity[SLHDSA_PUBLIC_LEN];
    uint8_t again[SLHDSA_PUBLIC_LEN];
    struct err e = { 0 };

    (void)state;
    assert_null(keys_store_load(f.path, &e));
    assert_int_equal(e.code, ERR_NOT_FOUND);
    assert_true(keys_store_identity(f.path, identity, &e)); /* before Register gave an id */
    assert_true(keys_store_identity(f.path, again, &e));
    assert_memory_equal(identity, again, sizeof(identity));
    first = keys_store_open(f.path, some_ids().worker, 0, NOW_MS, &e);
    assert_non_null(first);
    assert_memory_equal(first->identity, identity, sizeof(identity));
    assert_private(&f, "identity.key");
    assert_private(&f, "epoch.key");
    second = keys_store_open(f.path, some_ids().worker, 0, NOW_MS + DAY_MS, &e);
    assert_non_null(second);
    assert_memory_equal(second->certificate, first->certificate, CERTIFICATE_LEN);
    assert_memory_equal(second->kx.b, first->kx.b, 32);
}

static void old_keys_are_replaced_under_the_same_identity(void **state)
{
    struct folder f CLEANUP(folder_done) = folder_new();
    struct worker_keys *first CLEANUP(worker_keys_freep) = NULL;
    struct worker_keys *second CLEANUP(worker_keys_freep) = NULL;
    struct err e = { 0 };

    (void)state;
    first = keys_store_open(f.path, some_ids().worker, 0, NOW_MS, &e);
    second = keys_store_open(f.path, some_ids().worker, 0, NOW_MS + 31 * DAY_MS, &e);
    assert_non_null(first);
    assert_non_null(second);
    assert_true(second->public.epoch > first->public.epoch);
    assert_memory_equal(second->identity, first->identity, SLHDSA_PUBLIC_LEN);
    assert_memory_not_equal(second->kx.b, first->kx.b, 32);
    assert_memory_not_equal(second->kem_seed.b, first->kem_seed.b, 64);
}

/* A new identity is what every device warns of: only the operator may decide on it. */
static void a_lost_identity_is_not_replaced_while_its_keys_are_there(void **state)
{
    struct folder f CLEANUP(folder_done) = folder_new();
    struct worker_keys *keys CLEANUP(worker_keys_freep) = NULL;
    char *path CLEANUP(free_p) = in_folder(&f, "identity.key");
    struct err e = { 0 };

    (void)state;
    keys = keys_store_open(f.path, some_ids().worker, 0, NOW_MS, &e);
    assert_non_null(keys);
    assert_int_equal(unlink(path), 0);
    assert_null(keys_store_open(f.path, some_ids().worker, 0, NOW_MS + 31 * DAY_MS, &e));
    assert_int_equal(e.code, ERR_DATA_LOSS);
    assert_int_equal(access(path, F_OK), -1);
}

static void damaged_files_are_told_from_missing_ones(void **state)
{
    static const char *const BAD[] = { "", "x", "\002 not a key" };
    struct folder f CLEANUP(folder_done) = folder_new();
    char *identity_path CLEANUP(free_p) = in_folder(&f, "identity.key");
    char *epoch_path CLEANUP(free_p) = in_folder(&f, "epoch.key");
    uint8_t identity[SLHDSA_PUBLIC_LEN];
    struct err e = { 0 };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(BAD); i++) {
        assert_true(file_write_atomic(identity_path, bytes_of(BAD[i]), 0600, &e));
        assert_true(file_write_atomic(epoch_path, bytes_of(BAD[i]), 0600, &e));
        assert_false(keys_store_identity(f.path, identity, &e));
        assert_int_equal(e.code, ERR_DATA_LOSS);
        assert_null(keys_store_load(f.path, &e));
        assert_int_equal(e.code, ERR_DATA_LOSS);
    }
}

int main(void)
{
    static const struct CMUnitTest TESTS[] = {
        cmocka_unit_test(a_certificate_has_the_documented_length_and_is_accepted),
        cmocka_unit_test(a_certificate_is_accepted_a_day_around_its_time_and_no_longer),
        cmocka_unit_test(a_certificate_of_another_worker_or_identity_is_refused),
        cmocka_unit_test(an_older_epoch_and_a_second_body_of_one_are_refused),
        cmocka_unit_test(a_certificate_of_a_wrong_length_is_refused),
        cmocka_unit_test(each_flipped_octet_of_a_certificate_is_refused),
        cmocka_unit_test(epochs_rise_with_the_clock_and_never_fall),
        cmocka_unit_test(keys_are_renewed_after_30_days_or_for_another_worker_id),
        cmocka_unit_test(a_damaged_identity_does_not_sign),
        cmocka_unit_test(encoded_keys_come_back_and_damaged_ones_do_not),
        cmocka_unit_test(the_first_start_makes_keys_and_the_next_finds_them),
        cmocka_unit_test(old_keys_are_replaced_under_the_same_identity),
        cmocka_unit_test(a_lost_identity_is_not_replaced_while_its_keys_are_there),
        cmocka_unit_test(damaged_files_are_told_from_missing_ones),
    };

    return cmocka_run_group_tests(TESTS, make_world, end_world);
}
