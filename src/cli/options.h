/* SPDX-License-Identifier: Apache-2.0 */
/* The command line: which command, and which flags. */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include "cli/config.h"

enum { OPTIONS_FLAGS_MAX = 64 };

enum command { COMMAND_SOLO, COMMAND_VERSION, COMMAND_HELP, COMMAND_CTL, COMMAND_PRINT_ENV };

struct options {
    enum command command;
    bool print_config;
    const char *config_file; /* --config; NULL = the default one */
    const char *marker;      /* COMMAND_PRINT_ENV */
    struct config_flag flags[OPTIONS_FLAGS_MAX];
    size_t n_flags;
};

/*
 * Read argv (borrowed by out). False when the line cannot be understood; *what then says why, in
 * storage that stays valid.
 */
MUST_CHECK bool options_parse(int argc, char *const *argv, struct options *out, const char **what);

/* Usage for people; to standard output when asked for, to standard error when misused. */
void options_print_usage(FILE *out);

#endif
