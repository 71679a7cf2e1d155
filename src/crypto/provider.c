/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/provider.h"

#include <assert.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

static struct algorithms fetched;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t contexts_key;

static void contexts_free(void *p)
{
    struct thread_contexts *contexts = p;

    EVP_CIPHER_CTX_free(contexts->aead);
    EVP_MD_CTX_free(contexts->hash);
    free(contexts);
}

static void fetch(void)
{
    fetched = (struct algorithms){
        .chacha20_poly1305 = EVP_CIPHER_fetch(NULL, "ChaCha20-Poly1305", NULL),
        .blake2b = EVP_MD_fetch(NULL, "BLAKE2B-512", NULL),
        .slhdsa = EVP_SIGNATURE_fetch(NULL, "SLH-DSA-SHAKE-256f", NULL),
        .mldsa = EVP_SIGNATURE_fetch(NULL, "ML-DSA-65", NULL),
        .ed25519 = EVP_SIGNATURE_fetch(NULL, "ED25519", NULL),
    };
    must(fetched.chacha20_poly1305 != NULL && fetched.blake2b != NULL && fetched.slhdsa != NULL &&
         fetched.mldsa != NULL && fetched.ed25519 != NULL);
    must(pthread_key_create(&contexts_key, contexts_free) == 0);
}

const struct algorithms *algorithms(void)
{
    must(pthread_once(&once, fetch) == 0);
    return &fetched;
}

struct thread_contexts *thread_contexts(void)
{
    struct thread_contexts *contexts;

    (void)algorithms();
    contexts = pthread_getspecific(contexts_key);
    if (contexts == NULL) {
        contexts = NEW(struct thread_contexts);
        contexts->aead = EVP_CIPHER_CTX_new();
        contexts->hash = EVP_MD_CTX_new();
        must(contexts->aead != NULL && contexts->hash != NULL);
        must(pthread_setspecific(contexts_key, contexts) == 0);
    }
    return contexts;
}

void must(int ok)
{
    if (ok != 1) {
        abort();
    }
}

EVP_PKEY *key_from(const char *type, int selection, const char *param, struct bytes data)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    EVP_PKEY *key = NULL;
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_octet_string(param, (void *)(uintptr_t)data.p, data.n),
        OSSL_PARAM_construct_end(),
    };

    must(ctx != NULL);
    must(EVP_PKEY_fromdata_init(ctx));
    if (EVP_PKEY_fromdata(ctx, &key, selection, params) != 1) {
        ERR_clear_error(); /* else a TLS connection on this thread would find it */
        key = NULL;
    }
    EVP_PKEY_CTX_free(ctx);
    return key;
}

static OSSL_PARAM octets_param(const char *name, const void *p, size_t n)
{
    return OSSL_PARAM_construct_octet_string(name, (void *)(uintptr_t)p, n);
}

void sign_message(EVP_PKEY *key, EVP_SIGNATURE *algorithm, const char *context, const uint8_t *rnd,
                  struct bytes message, uint8_t *signature, size_t signature_len)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
    int deterministic = 1;
    OSSL_PARAM params[3];
    size_t n = 0;
    size_t len = signature_len;

    if (context != NULL) {
        params[n++] = octets_param(OSSL_SIGNATURE_PARAM_CONTEXT_STRING, context, strlen(context));
        params[n++] = rnd != NULL ? octets_param(OSSL_SIGNATURE_PARAM_TEST_ENTROPY, rnd, 32)
                                  : OSSL_PARAM_construct_int(OSSL_SIGNATURE_PARAM_DETERMINISTIC,
                                                             &deterministic);
    }
    params[n] = OSSL_PARAM_construct_end();
    must(ctx != NULL);
    must(EVP_PKEY_sign_message_init(ctx, algorithm, params));
    must(EVP_PKEY_sign(ctx, signature, &len, message.p, message.n));
    must(len == signature_len);
    EVP_PKEY_CTX_free(ctx);
}

bool verify_message(EVP_PKEY *key, EVP_SIGNATURE *algorithm, const char *context,
                    struct bytes message, struct bytes signature)
{
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_pkey(NULL, key, NULL);
    OSSL_PARAM params[2];
    size_t n = 0;
    bool good;

    if (context != NULL) {
        params[n++] = octets_param(OSSL_SIGNATURE_PARAM_CONTEXT_STRING, context, strlen(context));
    }
    params[n] = OSSL_PARAM_construct_end();
    must(ctx != NULL);
    must(EVP_PKEY_verify_message_init(ctx, algorithm, params));
    good = EVP_PKEY_verify(ctx, signature.p, signature.n, message.p, message.n) == 1;
    if (!good) {
        ERR_clear_error();
    }
    EVP_PKEY_CTX_free(ctx);
    return good;
}
