/* SPDX-License-Identifier: Apache-2.0 */
#include "e2ee/symmetric.h"

#include <string.h>

#include "crypto/blake2b.h"

void symmetric_init(struct symmetric *s, const char *protocol_name)
{
    struct bytes name = bytes_of(protocol_name);

    memset(s, 0, sizeof(*s));
    if (name.n <= sizeof(s->h)) {
        memcpy(s->h, name.p, name.n);
    } else {
        blake2b_512(name, s->h);
    }
    memcpy(s->ck, s->h, sizeof(s->ck));
}

void symmetric_done(struct symmetric *s)
{
    wipe(s, sizeof(*s));
}

void symmetric_mix_hash(struct symmetric *s, struct bytes data)
{
    struct bytes parts[] = { { s->h, sizeof(s->h) }, data };

    blake2b_parts(parts, ARRAY_LEN(parts), s->h, sizeof(s->h));
}

/* A 64-octet output of HKDF is cut to the 32 octets of a cipher key. */
static void set_key(struct symmetric *s, uint8_t output[static HKDF_LEN])
{
    memcpy(s->k.b, output, sizeof(s->k.b));
    s->n = 0;
    s->has_key = true;
    wipe(output, HKDF_LEN);
}

void symmetric_mix_key(struct symmetric *s, struct bytes input)
{
    uint8_t key[HKDF_LEN];

    hkdf(s->ck, input, s->ck, key, NULL);
    set_key(s, key);
}

void symmetric_mix_key_and_hash(struct symmetric *s, struct bytes input)
{
    uint8_t temp_h[HKDF_LEN];
    uint8_t key[HKDF_LEN];

    hkdf(s->ck, input, s->ck, temp_h, key);
    symmetric_mix_hash(s, (struct bytes){ temp_h, sizeof(temp_h) });
    wipe(temp_h, sizeof(temp_h));
    set_key(s, key);
}

void symmetric_seal(struct symmetric *s, struct bytes plain, uint8_t *out)
{
    size_t n = plain.n;

    if (s->has_key) {
        aead_seal(&s->k, s->n++, (struct bytes){ s->h, sizeof(s->h) }, plain, out);
        n += AEAD_TAG_LEN;
    } else if (n > 0) {
        memcpy(out, plain.p, n);
    }
    symmetric_mix_hash(s, (struct bytes){ out, n });
}

bool symmetric_open(struct symmetric *s, struct bytes sealed, uint8_t *out)
{
    struct bytes ad = { s->h, sizeof(s->h) };

    if (!s->has_key) {
        if (sealed.n > 0) {
            memcpy(out, sealed.p, sealed.n);
        }
    } else if (!aead_open(&s->k, s->n++, ad, sealed, out)) {
        return false;
    }
    symmetric_mix_hash(s, sealed);
    return true;
}

void symmetric_split(const struct symmetric *s, struct secret32 *first, struct secret32 *second)
{
    uint8_t one[HKDF_LEN];
    uint8_t two[HKDF_LEN];

    hkdf(s->ck, (struct bytes){ 0 }, one, two, NULL);
    memcpy(first->b, one, sizeof(first->b));
    memcpy(second->b, two, sizeof(second->b));
    wipe(one, sizeof(one));
    wipe(two, sizeof(two));
}
