/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the files of this folder share: algorithms fetched once for the process, and contexts
 * that are made once a thread, since fetching and making them costs more than using them.
 * Not for other folders.
 */
#ifndef CRYPTO_PROVIDER_H
#define CRYPTO_PROVIDER_H

#include <openssl/evp.h>

#include "base/buf.h"

struct algorithms {
    EVP_CIPHER *chacha20_poly1305;
    EVP_MD *blake2b; /* 64 octets unless told otherwise */
    EVP_SIGNATURE *slhdsa;
    EVP_SIGNATURE *mldsa;
    EVP_SIGNATURE *ed25519;
};

/* One thread's contexts. Freed, and with them every key they saw, when the thread ends. */
struct thread_contexts {
    EVP_CIPHER_CTX *aead;
    EVP_MD_CTX *hash;
};

/* Never NULL: the process ends if the linked OpenSSL lacks one of them. Any thread. */
const struct algorithms *algorithms(void);
struct thread_contexts *thread_contexts(void);

/* A call into OpenSSL that fails only when memory ran out or our own code is wrong. */
void must(int ok);

/* An EVP_PKEY from one octet string of its key data; NULL if OpenSSL refuses it. The caller
 * frees it. `param` is an OSSL_PKEY_PARAM_ name, `selection` an EVP_PKEY_ constant. */
EVP_PKEY *key_from(const char *type, int selection, const char *param, struct bytes data);

/*
 * Sign and verify with the message interface of OpenSSL 3.5.
 *
 *   context   the context string of FIPS 204 and 205; NULL where the algorithm has none
 *   rnd       32 octets that blind the signature; NULL for the deterministic variant
 */
void sign_message(EVP_PKEY *key, EVP_SIGNATURE *algorithm, const char *context, const uint8_t *rnd,
                  struct bytes message, uint8_t *signature, size_t signature_len);
bool verify_message(EVP_PKEY *key, EVP_SIGNATURE *algorithm, const char *context,
                    struct bytes message, struct bytes signature);

#endif
