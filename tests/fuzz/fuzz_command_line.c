/* SPDX-License-Identifier: Apache-2.0 */
/* A command as a person writes it: words never hold more than the text did. */
#include <assert.h>
#include <string.h>

#include "proc/command_line.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a = { 0 };
    char *text = arena_str(&a, (struct bytes){ data, size });
    const char *const *argv;
    size_t octets = 0;
    struct err e = { 0 };

    if (command_line_split(text, &a, &argv, &e)) {
        assert(argv[0] != NULL);
        for (size_t i = 0; argv[i] != NULL; i++) {
            assert(i < COMMAND_LINE_WORDS);
            octets += strlen(argv[i]);
        }
        assert(octets <= strlen(text));
    } else {
        assert(e.code == ERR_INVALID_ARGUMENT && e.reason != NULL);
    }
    arena_done(&a);
    return 0;
}
