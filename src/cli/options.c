/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/options.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "cli/config_keys.h"

PRINTF_LIKE(2, 3) static bool refuse(const char **what, const char *format, ...)
{
    static char text[256];
    va_list va;

    va_start(va, format);
    vsnprintf(text, sizeof(text), format, va);
    va_end(va);
    *what = text;
    return false;
}

static bool is_bool_flag(const char *name)
{
    const struct config_key *key = config_key_find(name);

    return strcmp(name, "print-config") == 0 || strcmp(name, "print_config") == 0 ||
           (key != NULL && key->kind == KIND_BOOL);
}

static bool is_help(const char *name)
{
    return strcmp(name, "h") == 0 || strcmp(name, "help") == 0;
}

/* Flags that are no keys: config, print-config. True if it was one. */
static bool take_special(struct options *o, const char *name, const char *value)
{
    if (strcmp(name, "config") == 0) {
        o->config_file = value;
    } else if (strcmp(name, "print-config") == 0 || strcmp(name, "print_config") == 0) {
        o->print_config = value == NULL || strcmp(value, "false") != 0;
    } else {
        return false;
    }
    return true;
}

/* Read the flag at argv[*at] and its value, which may be the next argument. */
static bool take_flag(struct options *o, char *const *argv, int *at, const char **what)
{
    char *name = argv[*at] + (argv[*at][1] == '-' ? 2 : 1);
    char *equals = strchr(name, '=');
    const char *value = equals != NULL ? equals + 1 : NULL;

    if (equals != NULL) {
        *equals = '\0'; /* argv is ours to change */
    } else if (!is_bool_flag(name) && argv[*at + 1] != NULL && argv[*at + 1][0] != '-') {
        value = argv[++*at]; /* one that begins with a hyphen is written --key=-value */
    }
    if (strcmp(name, "config") == 0 && value == NULL) {
        return refuse(what, "--%s needs a file", name);
    }
    if (take_special(o, name, value)) {
        return true;
    }
    if (o->n_flags == OPTIONS_FLAGS_MAX) {
        return refuse(what, "too many flags at --%s", name);
    }
    o->flags[o->n_flags++] = (struct config_flag){ .name = name, .value = value };
    return true;
}

static bool take_command(struct options *o, const char *word, const char **what)
{
    static const struct {
        const char *word;
        enum command command;
    } commands[] = {
        { "solo", COMMAND_SOLO }, { "version", COMMAND_VERSION },     { "help", COMMAND_HELP },
        { "ctl", COMMAND_CTL },   { "print-env", COMMAND_PRINT_ENV },
    };

    for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
        if (strcmp(commands[i].word, word) == 0) {
            o->command = commands[i].command;
            return true;
        }
    }
    return refuse(what, "unknown command '%s'", word);
}

/* What follows names a topic, or belongs to ctl. */
static bool takes_any_words(enum command command)
{
    return command == COMMAND_HELP || command == COMMAND_CTL;
}

/* --version, --help and -h win wherever they stand before "--", whatever else is wrong. */
static bool asks_about_program(struct options *o, char *const *argv)
{
    for (size_t i = 1; argv[i] != NULL && strcmp(argv[i], "--") != 0; i++) {
        const char *name = argv[i] + (argv[i][0] == '-') + (strncmp(argv[i], "--", 2) == 0);

        if (name != argv[i] && (strcmp(name, "version") == 0 || is_help(name))) {
            o->command = is_help(name) ? COMMAND_HELP : COMMAND_VERSION;
            return true;
        }
    }
    return false;
}

/* In a container solo mode must be asked for: there it would serve without login by accident. */
static bool is_container(void)
{
    const char *flag = getenv("LEAPMUX_DOCKER");

    return flag != NULL && strcmp(flag, "1") == 0;
}

bool options_parse(int argc, char *const *argv, struct options *out, const char **what)
{
    int at = 1;

    *out = (struct options){ .command = COMMAND_SOLO };
    if (argc > 1 && argv[1][0] != '-') {
        TRY(take_command(out, argv[1], what));
        at = 2;
    }
    if (out->command == COMMAND_PRINT_ENV) {
        out->marker = argc > 2 ? argv[2] : "";
        return true;
    }
    if (takes_any_words(out->command)) {
        at = argc;
    }
    if (asks_about_program(out, argv)) {
        return true;
    }
    if (is_container() && (argc < 2 || argv[1][0] == '-')) {
        return refuse(what, "set LEAPMUX_MODE to say what this container is");
    }
    for (; at < argc; at++) {
        if (strcmp(argv[at], "--") == 0) {
            at++;
            break;
        }
        if (argv[at][0] != '-' || argv[at][1] == '\0') {
            return refuse(what, "unexpected argument '%s'", argv[at]);
        }
        TRY(take_flag(out, argv, &at, what));
    }
    return at >= argc || refuse(what, "unexpected argument '%s'", argv[at]);
}

void options_print_usage(FILE *out)
{
    fputs(
        "Usage: leapmux [solo] [--key value ...]\n"
        "       leapmux version | help\n"
        "\n"
        "Starts LeapMux for one person on this machine and prints the address to open.\n"
        "\n"
        "  --config FILE    read settings from FILE\n"
        "  --print-config   print every setting with its source and exit\n"
        "  --version        print name and version and exit\n"
        "  -h, --help       print this text and exit\n"
        "\n"
        "Settings, also as 'key: value' in the YAML file and as LEAPMUX_KEY in the environment:\n",
        out);
    config_print_keys(out);
}
