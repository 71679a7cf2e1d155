/* SPDX-License-Identifier: Apache-2.0 */
/* Typed words: what is read shows as the words that were typed. */
#include <assert.h>
#include <string.h>

#include "e2ee/words.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t bits[WORDS_BITS_LEN];
    uint8_t again[WORDS_BITS_LEN];
    char text[WORDS_TEXT_MAX];
    struct err e;

    if (words_parse((struct bytes){ data, size }, bits, &e)) {
        words_text(bits, text);
        assert(words_parse(bytes_of(text), again, &e));
        assert(memcmp(bits, again, sizeof(bits)) == 0);
    }
    return 0;
}
