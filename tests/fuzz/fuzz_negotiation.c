/* SPDX-License-Identifier: Apache-2.0 */
/* Accept-Encoding and If-None-Match: two lines of the input. */
#include <assert.h>
#include <string.h>

#include "base/arena.h"
#include "net/negotiation.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const codings[] = { "br", "gzip", "identity" };
    struct arena a = { 0 };
    char *tags = arena_str(&a, (struct bytes){ data, size });
    /* of its own, so that reading past its end is seen */
    char *accept = arena_printf(&a, "%s", strsep(&tags, "\n"));

    for (size_t i = 0; i < ARRAY_LEN(codings); i++) {
        int q = negotiation_welcome(accept, codings[i]);

        assert(q >= -1 && q <= NEGOTIATION_MAX);
        assert(q == -1 || strchr(accept, '*') != NULL || strcasestr(accept, codings[i]) != NULL);
    }
    if (negotiation_has_tag(tags, "\"0123456789abcdef\"")) {
        assert(strcmp(tags, "*") == 0 || strstr(tags, "\"0123456789abcdef\"") != NULL);
    }
    arena_done(&a);
    return 0;
}
