/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/provider/provider.h"

#include <string.h>

static const struct provider *const ALL[] = { &PROVIDER_CLAUDE };

const struct provider *provider_by_id(const char *id)
{
    for (size_t i = 0; i < ARRAY_LEN(ALL); i++) {
        if (strcmp(ALL[i]->id, id) == 0) {
            return ALL[i];
        }
    }
    return NULL;
}
