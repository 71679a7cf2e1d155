/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/provider/detect.h"

#include <ctype.h>
#include <string.h>

enum { VERSION_LIMIT = 64 }; /* octets */

const char *const *detect_argv(const char *const *command, struct arena *a)
{
    size_t n = 0;
    const char **argv;

    while (command[n] != NULL) {
        n++;
    }
    argv = arena_alloc(a, (n + 2) * sizeof(*argv));
    memcpy(argv, command, n * sizeof(*argv));
    argv[n] = "--version";
    return argv;
}

static bool is_version_char(uint8_t c)
{
    return isalnum(c) || c == '.' || c == '-' || c == '+';
}

/* The length of the word at p, which is a version, or 0. */
static size_t version_at(struct bytes text)
{
    size_t n = 0;
    bool dot = false;

    while (n < text.n && is_version_char(text.p[n])) {
        dot = dot || text.p[n] == '.';
        n++;
    }
    return n > 0 && n <= VERSION_LIMIT && isdigit(text.p[0]) && dot ? n : 0;
}

const char *detect_version(struct bytes output, struct arena *a)
{
    bool begins = true;

    while (output.n > 0) {
        size_t n = begins ? version_at(output) : 0;

        if (n > 0) {
            return arena_str(a, (struct bytes){ .p = output.p, .n = n });
        }
        begins = !is_version_char(output.p[0]);
        output.p++;
        output.n--;
    }
    return "";
}
