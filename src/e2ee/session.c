/* SPDX-License-Identifier: Apache-2.0 */
#include "e2ee/session.h"

#include <assert.h>
#include <string.h>

const struct session_limits SESSION_LIMITS = { .records = 1U << 20, .octets = 1U << 30 };

void session_init(struct session *s, const struct secret32 *send, const struct secret32 *receive,
                  struct session_limits limits)
{
    *s = (struct session){ .limits = limits };
    s->send.key = *send;
    s->receive.key = *receive;
}

void session_done(struct session *s)
{
    wipe(s, sizeof(*s));
    aead_forget();
}

/* A wiped session has limits of 0, which no live one has. */
static bool is_live(const struct session *s)
{
    return s->limits.records != 0;
}

void session_rekey(struct secret32 *key)
{
    static const uint8_t ZEROS[32];
    uint8_t sealed[sizeof(ZEROS) + AEAD_TAG_LEN];

    aead_seal(key, UINT64_MAX, (struct bytes){ 0 }, (struct bytes){ ZEROS, sizeof(ZEROS) }, sealed);
    memcpy(key->b, sealed, sizeof(key->b));
    wipe(sealed, sizeof(sealed));
}

/* Count a record of n octets that was sealed or opened. The nonce goes on over a new key. */
static void count(struct session_direction *d, const struct session_limits *limits, size_t n)
{
    assert(d->n < UINT64_MAX - 1); /* the last nonce is that of Rekey() */
    d->n++;
    d->records++;
    d->octets += (uint32_t)n;
    if (d->records >= limits->records || d->octets >= limits->octets) {
        session_rekey(&d->key);
        d->records = 0;
        d->octets = 0;
    }
}

size_t session_seal(struct session *s, struct bytes plain, uint8_t *out)
{
    assert(is_live(s) && plain.n >= RECORD_PLAIN_MIN && plain.n <= RECORD_PLAIN_MAX);
    aead_seal(&s->send.key, s->send.n, (struct bytes){ 0 }, plain, out);
    count(&s->send, &s->limits, plain.n);
    return plain.n + AEAD_TAG_LEN;
}

size_t session_open(struct session *s, struct bytes record, uint8_t *out)
{
    if (!is_live(s) || record.n < RECORD_MIN || record.n > RECORD_MAX ||
        !aead_open(&s->receive.key, s->receive.n, (struct bytes){ 0 }, record, out)) {
        session_done(s);
        return 0;
    }
    count(&s->receive, &s->limits, record.n - AEAD_TAG_LEN);
    return record.n - AEAD_TAG_LEN;
}
