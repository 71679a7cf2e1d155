/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Worker's key files in its data folder, 0600 and replaced in one step:
 *
 *   identity.key   format 1 and the SLH-DSA private key; read only to sign, then wiped
 *   epoch.key      what worker_keys_encode() makes: both static keys and their certificate
 *
 * Blocking file work, and up to 110 ms of one core where something is signed: call on a thread
 * for slow work. The caller holds the folder's lock.
 */
#ifndef E2EE_KEYS_STORE_H
#define E2EE_KEYS_STORE_H

#include "e2ee/worker_keys.h"

/*
 * The Worker's public identity, made at the first call for this folder.
 * Fails with DATA_LOSS when identity.key is not one, or is gone while epoch.key is there (a new
 * identity is the operator's decision), or with the errors of base/file.h.
 */
MUST_CHECK bool keys_store_identity(const char *folder, uint8_t out[static SLHDSA_PUBLIC_LEN],
                                    struct err *e);

/* The keys of epoch.key. NULL with NOT_FOUND when there are none, DATA_LOSS when damaged. */
struct worker_keys *keys_store_load(const char *folder, struct err *e);

/*
 * Make the next epoch, write it, and return it. previous is the last epoch that the caller
 * knows of (from epoch.key or from the Hub), 0 for none. NULL on failure; the old file stays.
 */
struct worker_keys *keys_store_new_epoch(const char *folder, struct id worker_id, uint32_t previous,
                                         int64_t now_ms, struct err *e);

/*
 * The keys to start with: those of epoch.key, or a new epoch when there are none, when they are
 * damaged, or when worker_keys_need_new_epoch(). identity.key is read in the last three cases
 * only. NULL on failure.
 */
struct worker_keys *keys_store_open(const char *folder, struct id worker_id, uint32_t previous,
                                    int64_t now_ms, struct err *e);

#endif
