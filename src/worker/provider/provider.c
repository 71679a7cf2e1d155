/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/provider/provider.h"

#include <string.h>
#include <unistd.h>

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

bool provider_may_bypass(void)
{
    return geteuid() != 0;
}

bool provider_has_mode(const struct provider *p, const char *mode)
{
    for (size_t i = 0; p->modes != NULL && p->modes[i] != NULL; i++) {
        if (strcmp(p->modes[i], mode) == 0) {
            return p->bypass_mode == NULL || strcmp(mode, p->bypass_mode) != 0 ||
                   provider_may_bypass();
        }
    }
    return false;
}
