/* SPDX-License-Identifier: Apache-2.0 */
/* What a login shell says: start files print what they like around the environment. */
#include <assert.h>
#include <string.h>

#include "proc/environment.h"
#include "proc/login_env.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const NOTHING[] = { NULL };
    struct arena a = { 0 };
    const char *const *list = login_env_read((struct bytes){ data, size }, "mark", &a);
    size_t octets = 0;

    if (list != NULL) {
        assert(list[0] != NULL);
        for (size_t i = 0; list[i] != NULL; i++) {
            assert(strchr(list[i], '=') != NULL);
            octets += strlen(list[i]) + 1;
        }
        assert(octets + 2 * strlen("\nmark\n") <= size);
        list = environment_for_child(list, NOTHING, &a);
        for (size_t i = 0; list[i] != NULL; i++) {
            assert(strncmp(list[i], "LEAPMUX_", 8) != 0);
        }
    }
    arena_done(&a);
    return 0;
}
