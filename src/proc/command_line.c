/* SPDX-License-Identifier: Apache-2.0 */
#include "proc/command_line.h"

#include <string.h>

struct splitter {
    const char *at;
    char *word; /* where the next octet of the current word goes */
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool take_single(struct splitter *s, struct err *e)
{
    const char *end = strchr(s->at, '\'');

    if (end == NULL) {
        return err_set(e, ERR_INVALID_ARGUMENT, "INVALID", "a single quote is not closed");
    }
    memcpy(s->word, s->at, (size_t)(end - s->at));
    s->word += end - s->at;
    s->at = end + 1;
    return true;
}

static bool take_double(struct splitter *s, struct err *e)
{
    while (*s->at != '"') {
        if (*s->at == '\0') {
            return err_set(e, ERR_INVALID_ARGUMENT, "INVALID", "a double quote is not closed");
        }
        if (s->at[0] == '\\' && s->at[1] == '\n') {
            s->at += 2;
            continue;
        }
        if (s->at[0] == '\\' && s->at[1] != '\0' && strchr("\"\\$`", s->at[1]) != NULL) {
            s->at++;
        }
        *s->word++ = *s->at++;
    }
    s->at++;
    return true;
}

static bool take_escaped(struct splitter *s, struct err *e)
{
    if (*s->at == '\0') {
        return err_set(e, ERR_INVALID_ARGUMENT, "INVALID", "a backslash stands at the end");
    }
    if (*s->at == '\n') {
        s->at++;
        return true;
    }
    *s->word++ = *s->at++;
    return true;
}

/* One word up to the next blank outside of quotes. */
static bool take_word(struct splitter *s, struct err *e)
{
    while (*s->at != '\0' && !is_blank(*s->at)) {
        char c = *s->at++;

        if (c == '\'') {
            TRY(take_single(s, e));
        } else if (c == '"') {
            TRY(take_double(s, e));
        } else if (c == '\\') {
            TRY(take_escaped(s, e));
        } else {
            *s->word++ = c;
        }
    }
    *s->word++ = '\0';
    return true;
}

bool command_line_split(const char *text, struct arena *a, const char *const **argv, struct err *e)
{
    size_t n = 0;
    const char **words;
    struct splitter s = { .at = text };

    if (strlen(text) > COMMAND_LINE_LIMIT) {
        return err_set(e, ERR_INVALID_ARGUMENT, "INVALID", "the command is longer than %d octets",
                       COMMAND_LINE_LIMIT);
    }
    words = arena_alloc(a, (COMMAND_LINE_WORDS + 1) * sizeof(*words));
    s.word = arena_alloc(a, 2 * strlen(text) + 1); /* every octet and a NUL for each word */
    for (;;) {
        while (is_blank(*s.at)) {
            s.at++;
        }
        if (*s.at == '\0') {
            break;
        }
        if (n == COMMAND_LINE_WORDS) {
            return err_set(e, ERR_INVALID_ARGUMENT, "INVALID", "the command has more than %d words",
                           COMMAND_LINE_WORDS);
        }
        words[n++] = s.word;
        TRY(take_word(&s, e));
    }
    if (n == 0 || words[0][0] == '\0') {
        return err_set(e, ERR_INVALID_ARGUMENT, "INVALID", "the command is empty");
    }
    *argv = words;
    return true;
}
