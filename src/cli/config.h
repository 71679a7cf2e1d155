/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Settings of a process: defaults < YAML file < environment < flags. All problems are collected,
 * so that a person mends them in one go.
 */
#ifndef CLI_CONFIG_H
#define CLI_CONFIG_H

#include <stdio.h>

#include "base/arena.h"
#include "base/log.h"

enum config_source_kind { SOURCE_DEFAULT, SOURCE_FILE, SOURCE_ENVIRONMENT, SOURCE_FLAG };

/* Which half of the program a key belongs to. */
enum config_half { FOR_HUB = 1, FOR_WORKER = 2, FOR_BOTH = 3 };

/* All effective values, parsed. Text is NULL where a key has no value. */
struct settings {
    const char **addr; /* NULL-terminated */
    const char *socket;
    const char *data_dir;
    const char *base_path;
    const char *public_url;
    const char **allowed_hosts;
    const char *dev_frontend;
    int64_t request_timeout_ms;
    int64_t drain_timeout_ms;
    enum log_level log_level;
    enum log_format log_format;
    const char *worker_name;
    bool use_login_shell;
    const char *default_shell;
    const char *claude_command;
    const char **default_model; /* "provider=value" */
    const char **default_mode;
    int64_t agent_start_timeout_ms;
};

struct config; /* values with their sources; everything in it lives in its arena */

/* What a flag said, in the order given. A NULL value is a boolean given without one. */
struct config_flag {
    const char *name; /* as typed, without the leading hyphens */
    const char *value;
};

/*
 * Read the settings of a mode.
 *
 *   mode      "solo"; names the default file <config folder>/leapmux/<mode>.yaml
 *   file      another file, which must exist; NULL = the default one, which may be missing
 *   environ   NULL-terminated "NAME=value"
 *   problems  where each problem is written, one line each: "<source>: <key>: <what is wrong>,
 *             expected <form>"; warnings begin with "warning: "
 *
 * NULL when there was any problem. Free with config_free().
 */
struct config *config_read(const char *mode, const char *file, char *const *environ_list,
                           const struct config_flag *flags, size_t n_flags, FILE *problems);
void config_free(struct config *c);

const struct settings *config_settings(const struct config *c);

/* The value that default_model or default_mode names for a provider; NULL when none. */
const char *config_of_provider(const char *const *list, const char *provider);

/* Print every key with its effective value and where that came from, as YAML. */
void config_print(const struct config *c, FILE *out);

/* Print every key with its meaning, for the help text. */
void config_print_keys(FILE *out);

#endif
