/* SPDX-License-Identifier: Apache-2.0 */
#include "base/fault.h"

#ifdef FAULTS

#include <assert.h>

static struct {
    bool armed;
    uint32_t left; /* points still to pass before the one that fails */
    const char *failed;
} fault;

bool fault_here(const char *name)
{
    if (!fault.armed || fault.failed != NULL) {
        return false;
    }
    if (fault.left > 0) {
        fault.left--;
        return false;
    }
    fault.failed = name;
    return true;
}

void fault_arm(uint32_t nth)
{
    assert(!fault.armed);
    fault.armed = true;
    fault.left = nth;
    fault.failed = NULL;
}

const char *fault_disarm(void)
{
    assert(fault.armed);
    fault.armed = false;
    return fault.failed;
}

#endif
