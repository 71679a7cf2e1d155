/* SPDX-License-Identifier: Apache-2.0 */
/* A command with arguments as a person writes it, split like a shell would, without a shell. */
#ifndef PROC_COMMAND_LINE_H
#define PROC_COMMAND_LINE_H

#include "base/arena.h"

enum {
    COMMAND_LINE_LIMIT = 64 * 1024, /* octets; more than any real command */
    COMMAND_LINE_WORDS = 256,
};

/*
 * Split text at blanks. '…' keeps everything, "…" knows \" \\ \$ \` and \newline, a backslash
 * keeps the next character. Nothing is expanded: $, ~, *, ; and | are plain characters.
 * *argv ends in NULL and lives in a. Fails with INVALID: an open quote, a lone backslash at the
 * end, no word, too many words, too long.
 */
MUST_CHECK bool command_line_split(const char *text, struct arena *a, const char *const **argv,
                                   struct err *e);

#endif
