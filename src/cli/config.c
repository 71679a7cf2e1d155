/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/config.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <yaml.h>

#include "base/alloc.h"
#include "base/file.h"
#include "base/utf8.h"
#include "cli/config_keys.h"
#include "cli/folders.h"

enum {
    CONFIG_FILE_MAX = 256 * 1024, /* octets; a settings file of a person is far below */
    LIST_MAX = 64,                /* items read before a list's own limit is checked */
};

/* One key's text as some source gave it. */
struct given {
    enum config_source_kind kind;
    const char *source; /* as shown to people: file, variable or flag */
    const char **items; /* NULL-terminated; one item unless the key is a list; NULL = not given */
};

struct config {
    struct arena arena;
    struct given *given; /* one for each of CONFIG_KEYS */
    struct settings settings;
    const char *file;
    FILE *problems;
    size_t bad;
};

static void problem(struct config *c, const char *source, const char *key, const char *what,
                    const char *form)
{
    fprintf(c->problems, "%s: %s: %s, expected %s\n", source, key, what, form);
    c->bad++;
}

static void unknown_key(struct config *c, const char *source, const char *name)
{
    CLEANUP(free_p)
    char *form = must_printf("a known key such as '%s'", config_key_nearest(name)->name);

    problem(c, source, name, "unknown key", form);
}

static void give(struct config *c, const struct config_key *key, enum config_source_kind kind,
                 const char *source, const char **items)
{
    c->given[key - CONFIG_KEYS] = (struct given){ .kind = kind,
                                                  .source = arena_str(&c->arena, bytes_of(source)),
                                                  .items = items };
}

static char *trimmed(char *text)
{
    size_t n;

    text += strspn(text, " \t");
    n = strlen(text);
    while (n > 0 && (text[n - 1] == ' ' || text[n - 1] == '\t')) {
        n--;
    }
    text[n] = '\0';
    return text;
}

/* The items of a text: of a list those between commas, otherwise the text itself. */
static const char **items_of(struct config *c, const struct config_key *key, const char *text)
{
    const char **items = arena_alloc(&c->arena, (LIST_MAX + 1) * sizeof(*items));
    char *copy = arena_str(&c->arena, bytes_of(text));
    char *save = NULL;
    size_t n = 0;

    if (key->kind != KIND_LIST) {
        items[0] = copy;
        return items;
    }
    for (char *item = strtok_r(copy, ",", &save); item != NULL && n < LIST_MAX;
         item = strtok_r(NULL, ",", &save)) {
        items[n++] = trimmed(item);
    }
    return items;
}

/* ---- sources ---- */

static void read_defaults(struct config *c)
{
    for (size_t i = 0; i < CONFIG_KEYS_LEN; i++) {
        const struct config_key *key = &CONFIG_KEYS[i];

        if (key->default_text != NULL) {
            give(c, key, SOURCE_DEFAULT, "default", items_of(c, key, key->default_text));
        }
    }
}

/* NULL when the node is not a word: a list, or one with a NUL, which would hide what follows it. */
static const char *yaml_word(struct config *c, const yaml_node_t *node)
{
    struct bytes text;

    if (node == NULL || node->type != YAML_SCALAR_NODE) {
        return NULL;
    }
    text = (struct bytes){ node->data.scalar.value, node->data.scalar.length };
    return memchr(text.p, '\0', text.n) == NULL ? arena_str(&c->arena, text) : NULL;
}

/* NULL when the value is neither a word nor a list of words. */
static const char **yaml_items(struct config *c, yaml_document_t *doc, yaml_node_t *value)
{
    const char **items = arena_alloc(&c->arena, (LIST_MAX + 1) * sizeof(*items));
    size_t n = 0;

    if (value->type == YAML_SCALAR_NODE) {
        items[0] = yaml_word(c, value);
        return items[0] != NULL ? items : NULL;
    }
    if (value->type != YAML_SEQUENCE_NODE) {
        return NULL;
    }
    for (yaml_node_item_t *at = value->data.sequence.items.start;
         at < value->data.sequence.items.top && n < LIST_MAX; at++) {
        const char *item = yaml_word(c, yaml_document_get_node(doc, *at));

        if (item == NULL) {
            return NULL;
        }
        items[n++] = item;
    }
    return items;
}

/* What is printed for a key without a value; in a file it says as little. */
static bool is_null(const yaml_node_t *node)
{
    return node->type == YAML_SCALAR_NODE && node->data.scalar.style == YAML_PLAIN_SCALAR_STYLE &&
           strcmp((const char *)node->data.scalar.value, "null") == 0;
}

static void read_yaml_pair(struct config *c, yaml_document_t *doc, yaml_node_t *name,
                           yaml_node_t *value)
{
    const struct config_key *key;
    const char **items;
    const char *text = yaml_word(c, name);

    if (text == NULL) {
        problem(c, c->file, "?", "a key is not a word", "key: value");
        return;
    }
    key = config_key_find(text);
    if (key == NULL) {
        unknown_key(c, c->file, text);
        return;
    }
    if (c->given[key - CONFIG_KEYS].kind == SOURCE_FILE) {
        problem(c, c->file, key->name, "stands there twice", "each key once");
        return;
    }
    if (is_null(value)) {
        return;
    }
    items = yaml_items(c, doc, value);
    if (items == NULL || (value->type == YAML_SEQUENCE_NODE && key->kind != KIND_LIST)) {
        problem(c, c->file, key->name, "is not a plain value", key->form);
        return;
    }
    if (value->type == YAML_SCALAR_NODE && key->kind == KIND_LIST) {
        items = items_of(c, key, items[0]);
    }
    give(c, key, SOURCE_FILE, c->file, items);
}

static void read_yaml(struct config *c, struct bytes text)
{
    yaml_parser_t parser;
    yaml_document_t doc;
    yaml_node_t *root;

    if (text.n == 0) {
        return; /* libyaml wants at least an address */
    }
    if (yaml_parser_initialize(&parser) == 0) {
        abort();
    }
    yaml_parser_set_input_string(&parser, text.p, text.n);
    if (yaml_parser_load(&parser, &doc) == 0) {
        CLEANUP(free_p)
        char *what = must_printf("line %zu: %s", parser.problem_mark.line + 1, parser.problem);

        problem(c, c->file, "?", what, "YAML, one key a line");
        yaml_parser_delete(&parser);
        return;
    }
    root = yaml_document_get_root_node(&doc);
    if (root != NULL && root->type == YAML_SCALAR_NODE && root->data.scalar.length == 0) {
        root = NULL; /* a document that says nothing */
    }
    if (root != NULL && root->type != YAML_MAPPING_NODE) {
        problem(c, c->file, "?", "is not a list of keys", "YAML, one key a line");
    } else if (root != NULL) {
        for (yaml_node_pair_t *at = root->data.mapping.pairs.start;
             at < root->data.mapping.pairs.top; at++) {
            read_yaml_pair(c, &doc, yaml_document_get_node(&doc, at->key),
                           yaml_document_get_node(&doc, at->value));
        }
    }
    yaml_document_delete(&doc);
    yaml_parser_delete(&parser);
}

static void read_file(struct config *c, bool must_exist)
{
    CLEANUP(buf_done) struct buf text;
    struct err e;

    buf_init(&text, CONFIG_FILE_MAX);
    if (!file_read(c->file, &text, &e)) {
        if (must_exist || e.code != ERR_NOT_FOUND) {
            fprintf(c->problems, "%s: %s\n", c->file, e.msg);
            c->bad++;
        }
        return;
    }
    if (!utf8_is_valid(buf_view(&text))) {
        problem(c, c->file, "?", "is not UTF-8", "YAML, one key a line");
        return;
    }
    read_yaml(c, buf_view(&text));
}

static void read_environment(struct config *c, char *const *list)
{
    static const char PREFIX[] = "LEAPMUX_";
    static const char *const not_ours[] = { "LEAPMUX_MODE", "LEAPMUX_DOCKER", NULL };

    for (; *list != NULL; list++) {
        const char *equals = strchr(*list, '=');
        const struct config_key *key;
        char *variable;
        char *name;
        bool skip = false;

        if (strncmp(*list, PREFIX, sizeof(PREFIX) - 1) != 0 || equals == NULL) {
            continue;
        }
        variable = arena_str(&c->arena,
                             (struct bytes){ (const uint8_t *)*list, (size_t)(equals - *list) });
        for (size_t i = 0; not_ours[i] != NULL; i++) {
            skip = skip || strcmp(variable, not_ours[i]) == 0;
        }
        if (skip) {
            continue;
        }
        name = arena_str(&c->arena, bytes_of(variable + sizeof(PREFIX) - 1));
        for (char *at = name; *at != '\0'; at++) {
            *at = (char)tolower((unsigned char)*at);
        }
        key = config_key_find(name);
        if (key == NULL) {
            fprintf(c->problems, "warning: %s: unknown variable; the nearest known key is '%s'\n",
                    variable, config_key_nearest(name)->name);
            continue;
        }
        give(c, key, SOURCE_ENVIRONMENT, variable, items_of(c, key, equals + 1));
    }
}

static void read_flags(struct config *c, const struct config_flag *flags, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct config_key *key = config_key_find(flags[i].name);
        const char *source = arena_printf(&c->arena, "--%s", flags[i].name);

        if (key == NULL) {
            unknown_key(c, source, flags[i].name);
        } else if (flags[i].value == NULL && key->kind != KIND_BOOL) {
            problem(c, source, key->name, "has no value", key->form);
        } else {
            const char *value = flags[i].value != NULL ? flags[i].value : "true";

            give(c, key, SOURCE_FLAG, source, items_of(c, key, value));
        }
    }
}

/* ---- values ---- */

static bool parse_duration(const char *text, int64_t *out)
{
    static const struct {
        const char *unit;
        int64_t ms;
    } units[] = { { "ms", 1 }, { "s", 1000 }, { "m", 60000 }, { "h", 3600000 }, { "d", 86400000 } };
    char *end;
    long long n;

    errno = 0;
    n = strtoll(text, &end, 10);
    if (end == text || errno != 0 || n < 0 || !isdigit((unsigned char)text[0])) {
        return false;
    }
    for (size_t i = 0; i < ARRAY_LEN(units); i++) {
        if (strcmp(end, units[i].unit) == 0) {
            return !__builtin_mul_overflow((int64_t)n, units[i].ms, out);
        }
    }
    return false;
}

static bool parse_bool(const char *text, bool *out)
{
    *out = strcmp(text, "true") == 0;
    return *out || strcmp(text, "false") == 0;
}

static bool parse_choice(const struct config_key *key, const char *text, int *out)
{
    for (int i = 0; key->choices[i] != NULL; i++) {
        if (strcmp(key->choices[i], text) == 0) {
            *out = i;
            return true;
        }
    }
    return false;
}

/* What is wrong with a value, or NULL; a right one is stored. */
static const char *take_value(const struct config_key *key, const char **items,
                              struct settings *out)
{
    void *at = (char *)out + key->offset;
    size_t n = 0;
    bool good = false;

    switch (key->kind) {
    case KIND_LIST:
        for (; items[n] != NULL; n++) {
            const char *wrong = key->check != NULL ? key->check(items[n]) : NULL;

            if (wrong != NULL) {
                return wrong;
            }
        }
        *(const char ***)at = items;
        return n < key->least_items  ? "has no items"
               : n > key->most_items ? "has too many items"
                                     : NULL;
    case KIND_TEXT:
        *(const char **)at = items[0];
        return key->check != NULL ? key->check(items[0]) : NULL;
    case KIND_BOOL:
        good = parse_bool(items[0], at);
        break;
    case KIND_CHOICE:
        good = parse_choice(key, items[0], at);
        break;
    case KIND_DURATION:
        good = parse_duration(items[0], at);
        if (good && (*(int64_t *)at < key->least || *(int64_t *)at > key->most)) {
            return "is out of range";
        }
        break;
    }
    return good ? NULL : "is not understood";
}

static const char *joined(struct arena *a, const char *const *items)
{
    const char *text = items[0] != NULL ? items[0] : "";

    for (size_t i = 1; items[0] != NULL && items[i] != NULL; i++) {
        text = arena_printf(a, "%s,%s", text, items[i]);
    }
    return text;
}

static void take_values(struct config *c)
{
    for (size_t i = 0; i < CONFIG_KEYS_LEN; i++) {
        const struct given *g = &c->given[i];
        const char *wrong;

        if (g->items == NULL) {
            continue;
        }
        wrong = take_value(&CONFIG_KEYS[i], g->items, &c->settings);
        if (wrong != NULL) {
            CLEANUP(free_p) char *what = must_printf("'%s' %s", joined(&c->arena, g->items), wrong);

            problem(c, g->source, CONFIG_KEYS[i].name, what, CONFIG_KEYS[i].form);
        }
    }
}

/* Values whose default depends on the machine, and paths that depend on where they were given. */
static void settle(struct config *c, const char *mode)
{
    static char host[65];
    struct settings *s = &c->settings;
    const struct given *dir = &c->given[config_key_find("data_dir") - CONFIG_KEYS];
    const struct given *addr = &c->given[config_key_find("addr") - CONFIG_KEYS];

    if (s->worker_name == NULL) {
        s->worker_name =
            gethostname(host, sizeof(host) - 1) == 0 && host[0] != '\0' ? host : "worker";
    }
    s->data_dir = s->data_dir == NULL ? folders_data(&c->arena, mode)
                                      : folders_resolve(&c->arena, s->data_dir,
                                                        dir->kind == SOURCE_FILE ? c->file : NULL);
    if (addr->kind == SOURCE_DEFAULT && !folders_machine_has_ipv6()) {
        s->addr[1] = NULL;
    }
    if (s->base_path != NULL && s->base_path[strlen(s->base_path) - 1] != '/') {
        s->base_path = arena_printf(&c->arena, "%s/", s->base_path);
    }
}

struct config *config_read(const char *mode, const char *file, char *const *environ_list,
                           const struct config_flag *flags, size_t n_flags, FILE *problems)
{
    struct config *c = NEW(struct config);

    c->problems = problems;
    c->given = arena_alloc(&c->arena, CONFIG_KEYS_LEN * sizeof(*c->given));
    c->file = file != NULL ? folders_resolve(&c->arena, file, NULL)
                           : folders_config_file(&c->arena, mode);
    read_defaults(c);
    read_file(c, file != NULL);
    read_environment(c, environ_list);
    read_flags(c, flags, n_flags);
    take_values(c);
    if (c->bad > 0) {
        config_free(c);
        return NULL;
    }
    settle(c, mode);
    return c;
}

void config_free(struct config *c)
{
    if (c != NULL) {
        arena_done(&c->arena);
        free(c);
    }
}

const struct settings *config_settings(const struct config *c)
{
    return &c->settings;
}

const char *config_of_provider(const char *const *list, const char *provider)
{
    size_t n = strlen(provider);

    for (size_t i = 0; list != NULL && list[i] != NULL; i++) {
        if (strncmp(list[i], provider, n) == 0 && list[i][n] == '=') {
            return list[i] + n + 1;
        }
    }
    return NULL;
}

static void print_quoted(FILE *out, const char *text)
{
    fputc('"', out);
    for (; *text != '\0'; text++) {
        if ((unsigned char)*text < ' ' || *text == 0x7f) {
            fprintf(out, "\\x%02x", (unsigned)*text);
            continue;
        }
        if (*text == '"' || *text == '\\') {
            fputc('\\', out);
        }
        fputc(*text, out);
    }
    fputc('"', out);
}

static void print_value(const struct config *c, const struct config_key *key, FILE *out)
{
    const char *const *list;
    const void *at = (const char *)&c->settings + key->offset;
    const char *text;

    switch (key->kind) {
    case KIND_LIST:
        list = *(const char *const *const *)at;
        fputc('[', out);
        for (size_t i = 0; list != NULL && list[i] != NULL; i++) {
            fputs(i > 0 ? ", " : "", out);
            print_quoted(out, list[i]);
        }
        fputc(']', out);
        break;
    case KIND_TEXT:
        text = *(const char *const *)at;
        if (text == NULL) {
            fputs("null", out);
        } else {
            print_quoted(out, text);
        }
        break;
    case KIND_BOOL:
        fputs(*(const bool *)at ? "true" : "false", out);
        break;
    case KIND_CHOICE:
        fputs(key->choices[*(const int *)at], out);
        break;
    case KIND_DURATION:
        fprintf(out, "%lldms", (long long)*(const int64_t *)at);
        break;
    }
}

void config_print(const struct config *c, FILE *out)
{
    for (size_t i = 0; i < CONFIG_KEYS_LEN; i++) {
        const struct given *g = &c->given[i];

        fprintf(out, "%s: ", CONFIG_KEYS[i].name);
        print_value(c, &CONFIG_KEYS[i], out);
        fprintf(out, "  # %s\n", g->source != NULL ? g->source : "default");
    }
}

void config_print_keys(FILE *out)
{
    for (size_t i = 0; i < CONFIG_KEYS_LEN; i++) {
        const struct config_key *key = &CONFIG_KEYS[i];

        fprintf(out, "  %-20s %s (%s%s%s)\n", key->name, key->meaning, key->form,
                key->default_text != NULL ? "; default " : "",
                key->default_text != NULL ? key->default_text : "");
    }
}
