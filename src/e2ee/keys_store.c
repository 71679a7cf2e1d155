/* SPDX-License-Identifier: Apache-2.0 */
#include "e2ee/keys_store.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/file.h"
#include "crypto/random.h"

enum { FORMAT = 1, IDENTITY_FILE_LEN = 1 + SLHDSA_PRIVATE_LEN, KEY_MODE = 0600 };

/* Read a key file of exactly n octets; one of another length is DATA_LOSS. */
static bool read_key_file(const char *path, size_t n, struct buf *out, struct err *e)
{
    bool good;

    buf_init(out, n);
    good = file_read(path, out, e);
    if (good ? out->n != n : e->code == ERR_RESOURCE_EXHAUSTED) {
        return err_set(e, ERR_DATA_LOSS, "INTERNAL", "%s is damaged", strrchr(path, '/') + 1);
    }
    return good;
}

static bool read_identity(const char *path, struct slhdsa_private *out, struct err *e)
{
    struct buf content CLEANUP(buf_done) = { 0 };

    TRY(read_key_file(path, IDENTITY_FILE_LEN, &content, e));
    if (content.p[0] != FORMAT) {
        return err_set(e, ERR_DATA_LOSS, "INTERNAL", "identity.key is damaged");
    }
    memcpy(out->b, content.p + 1, SLHDSA_PRIVATE_LEN);
    return true;
}

static bool make_identity(const char *path, struct slhdsa_private *out, struct err *e)
{
    uint8_t seed[SLHDSA_SEED_LEN];
    uint8_t content[IDENTITY_FILE_LEN];
    bool good;

    random_bytes(seed, sizeof(seed));
    slhdsa_keygen(seed, out);
    content[0] = FORMAT;
    memcpy(content + 1, out->b, SLHDSA_PRIVATE_LEN);
    good = file_write_atomic(path, (struct bytes){ content, sizeof(content) }, KEY_MODE, e);
    wipe(seed, sizeof(seed));
    wipe(content, sizeof(content));
    return good;
}

/*
 * The private identity, made if this folder has no keys at all: where only the identity is gone,
 * a new one would make every device warn of a Worker that is not the one it knew.
 */
static bool identity_of(const char *folder, struct slhdsa_private *out, struct err *e)
{
    char *path CLEANUP(free_p) = must_printf("%s/identity.key", folder);
    char *epoch_path CLEANUP(free_p) = must_printf("%s/epoch.key", folder);

    if (read_identity(path, out, e)) {
        return true;
    }
    if (e->code != ERR_NOT_FOUND) {
        return false;
    }
    if (access(epoch_path, F_OK) == 0) {
        return err_set(e, ERR_DATA_LOSS, "INTERNAL",
                       "identity.key is missing while epoch.key is there");
    }
    return make_identity(path, out, e);
}

bool keys_store_identity(const char *folder, uint8_t out[static SLHDSA_PUBLIC_LEN], struct err *e)
{
    struct slhdsa_private identity CLEANUP(slhdsa_private_done) = { { 0 } };

    TRY(identity_of(folder, &identity, e));
    slhdsa_public(&identity, out);
    return true;
}

struct worker_keys *keys_store_load(const char *folder, struct err *e)
{
    char *path CLEANUP(free_p) = must_printf("%s/epoch.key", folder);
    struct buf content CLEANUP(buf_done) = { 0 };

    if (!read_key_file(path, WORKER_KEYS_ENCODED_LEN, &content, e)) {
        return NULL;
    }
    return worker_keys_decode(buf_view(&content), e);
}

static bool write_keys(const char *folder, const struct worker_keys *keys, struct err *e)
{
    char *path CLEANUP(free_p) = must_printf("%s/epoch.key", folder);
    struct buf content CLEANUP(buf_done); /* 50 kB with secrets: on the heap, wiped when done */

    buf_init(&content, WORKER_KEYS_ENCODED_LEN);
    worker_keys_encode(keys, buf_room(&content, WORKER_KEYS_ENCODED_LEN));
    buf_added(&content, WORKER_KEYS_ENCODED_LEN);
    return file_write_atomic(path, buf_view(&content), KEY_MODE, e);
}

struct worker_keys *keys_store_new_epoch(const char *folder, struct id worker_id, uint32_t previous,
                                         int64_t now_ms, struct err *e)
{
    struct slhdsa_private identity CLEANUP(slhdsa_private_done) = { { 0 } };
    struct worker_keys *keys CLEANUP(worker_keys_freep) = NULL;
    struct worker_keys_random random;

    if (!identity_of(folder, &identity, e)) {
        return NULL;
    }
    random_bytes(&random, sizeof(random));
    keys = worker_keys_new(&identity, worker_id, previous, now_ms, &random, e);
    if (keys == NULL || !write_keys(folder, keys, e)) {
        return NULL;
    }
    return TAKE(keys, NULL);
}

struct worker_keys *keys_store_open(const char *folder, struct id worker_id, uint32_t previous,
                                    int64_t now_ms, struct err *e)
{
    struct worker_keys *keys CLEANUP(worker_keys_freep) = keys_store_load(folder, e);

    if (keys == NULL && e->code != ERR_NOT_FOUND && e->code != ERR_DATA_LOSS) {
        return NULL;
    }
    if (keys != NULL && keys->public.epoch > previous) {
        previous = keys->public.epoch;
    }
    if (keys == NULL || worker_keys_need_new_epoch(keys, worker_id, now_ms)) {
        return keys_store_new_epoch(folder, worker_id, previous, now_ms, e);
    }
    return TAKE(keys, NULL);
}
