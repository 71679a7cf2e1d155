/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Points at which a test can make the world fail.
 *
 * Put one in front of each call that can fail for reasons outside the program:
 *
 *     if (fault_here("store.step") || sqlite3_step(s) != SQLITE_DONE) { ... }
 *
 * Without -DFAULTS, as in the program we ship, fault_here() is the constant false and compiles
 * away. (Not NDEBUG: asserts stay on in what we ship.)
 */
#ifndef BASE_FAULT_H
#define BASE_FAULT_H

#include "base/defs.h"

#ifndef FAULTS
static inline bool fault_here(const char *name)
{
    (void)name;
    return false;
}
#else
/* Count this point, and say whether it is the one that must fail. */
bool fault_here(const char *name);

/* From now on, fail the nth point reached (from 0), once. */
void fault_arm(uint32_t nth);

/* Stop failing. Returns the name of the point that failed, or NULL if none was reached. */
const char *fault_disarm(void);
#endif

#endif
