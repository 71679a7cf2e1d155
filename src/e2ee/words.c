/* SPDX-License-Identifier: Apache-2.0 */
#include "e2ee/words.h"

#include <stdio.h>
#include <string.h>

#include "gen/words.h"

enum {
    BITS_A_WORD = 11,
    LIST_LEN = 1 << BITS_A_WORD,
    WORD_MAX = 8, /* octets of the longest word in the list */
};

void fingerprint_of_identity(const uint8_t identity[static SLHDSA_PUBLIC_LEN],
                             uint8_t out[static FINGERPRINT_LEN])
{
    struct bytes parts[] = {
        bytes_of("leapmux-worker-identity-v1"),
        { identity, SLHDSA_PUBLIC_LEN },
    };

    blake2b_parts(parts, ARRAY_LEN(parts), out, FINGERPRINT_LEN);
}

void words_of(const uint8_t bits[static WORDS_BITS_LEN], const char *words[static WORDS_COUNT])
{
    uint32_t window = 0;
    int held = 0;
    int n = 0;

    for (int i = 0; i < WORDS_BITS_LEN; i++) {
        window = window << 8 | bits[i];
        held += 8;
        if (held >= BITS_A_WORD) {
            held -= BITS_A_WORD;
            words[n++] = FINGERPRINT_WORDS[window >> held & (LIST_LEN - 1)];
        }
    }
}

void words_text(const uint8_t bits[static WORDS_BITS_LEN], char out[static WORDS_TEXT_MAX])
{
    const char *words[WORDS_COUNT];
    size_t n = 0;

    words_of(bits, words);
    for (int i = 0; i < WORDS_COUNT; i++) {
        n += (size_t)snprintf(out + n, WORDS_TEXT_MAX - n, "%s%s", i > 0 ? " " : "", words[i]);
    }
}

static bool is_separator(uint8_t c)
{
    return c == ' ' || c == '-' || c == '\t' || c == '\n' || c == '\r';
}

/* The number of a word in the list, which is sorted; -1 if it is not there. */
static int index_of(const char *word)
{
    int low = 0;
    int high = LIST_LEN - 1;

    while (low <= high) {
        int middle = (low + high) / 2;
        int order = strcmp(word, FINGERPRINT_WORDS[middle]);

        if (order == 0) {
            return middle;
        }
        if (order < 0) {
            high = middle - 1;
        } else {
            low = middle + 1;
        }
    }
    return -1;
}

/* The next typed word, lower-cased; one too long for the list is cut one octet behind that. */
static size_t next_word(struct reader *r, char out[static WORD_MAX + 2])
{
    size_t n = 0;

    while (r->left.n > 0 && is_separator(r->left.p[0])) {
        (void)read_u8(r);
    }
    while (r->left.n > 0 && !is_separator(r->left.p[0])) {
        uint8_t c = read_u8(r);

        if (n <= WORD_MAX) {
            out[n++] = (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
        }
    }
    out[n] = '\0';
    return n;
}

/* Numbers of 11 bits, one behind the other, as octets. */
static void pack(const int numbers[static WORDS_COUNT], uint8_t bits[static WORDS_BITS_LEN])
{
    uint32_t window = 0;
    int held = 0;
    int n = 0;

    for (int i = 0; i < WORDS_COUNT; i++) {
        window = window << BITS_A_WORD | (uint32_t)numbers[i];
        held += BITS_A_WORD;
        while (held >= 8) {
            held -= 8;
            bits[n++] = (uint8_t)(window >> held);
        }
    }
}

bool words_parse(struct bytes text, uint8_t bits[static WORDS_BITS_LEN], struct err *e)
{
    struct reader r = reader_of(text);
    int numbers[WORDS_COUNT];
    int n = 0;
    char word[WORD_MAX + 2];

    while (next_word(&r, word) > 0) {
        int number = index_of(word);

        if (number < 0) {
            return err_invalid(e, "words", "word %d is not in the list", n + 1);
        }
        if (n == WORDS_COUNT) {
            return err_invalid(e, "words", "more than %d words", WORDS_COUNT);
        }
        numbers[n++] = number;
    }
    if (n != WORDS_COUNT) {
        return err_invalid(e, "words", "%d words where %d are needed", n, WORDS_COUNT);
    }
    pack(numbers, bits);
    return true;
}

void fingerprint_hex(const uint8_t fingerprint[static FINGERPRINT_LEN],
                     char out[static 2 * FINGERPRINT_LEN + 1])
{
    for (size_t i = 0; i < FINGERPRINT_LEN; i++) {
        (void)snprintf(out + 2 * i, 3, "%02x", fingerprint[i]);
    }
}
