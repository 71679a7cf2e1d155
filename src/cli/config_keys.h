/* SPDX-License-Identifier: Apache-2.0 */
/* The table of keys: names, forms, defaults, checks. config.c does the rest. */
#ifndef CLI_CONFIG_KEYS_H
#define CLI_CONFIG_KEYS_H

#include "cli/config.h"

enum config_kind { KIND_TEXT, KIND_BOOL, KIND_DURATION, KIND_CHOICE, KIND_LIST };

/* Whether one text (of a list: each of it) is right; NULL, or what is wrong with it. */
typedef const char *(*config_check)(const char *text);

struct config_key {
    const char *name;
    enum config_half half;
    enum config_kind kind;
    size_t offset;            /* in struct settings */
    const char *default_text; /* of a list: joined by commas; NULL = none */
    const char *form;         /* what is expected, for people */
    const char *meaning;      /* for the help text */
    config_check check;       /* NULL = any text */
    int64_t least;            /* durations: milliseconds */
    int64_t most;
    const char *const *choices; /* KIND_CHOICE: NULL-terminated, index = value */
    size_t least_items;         /* KIND_LIST */
    size_t most_items;
};

extern const struct config_key CONFIG_KEYS[];
extern const size_t CONFIG_KEYS_LEN;

/* The key of that name ('-' and '_' are the same); NULL when there is none. */
const struct config_key *config_key_find(const char *name);

/* The known key that is spelled most alike. Never NULL. */
const struct config_key *config_key_nearest(const char *name);

#endif
