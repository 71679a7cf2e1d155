/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The only place that reads a clock. Records carry Unix time, waits use the monotonic one; the
 * two types never mix. Tests may put a clock of their own in place.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include "base/defs.h"

/* Milliseconds since 1970 UTC. May jump. */
int64_t clock_unix_ms(void);

/* Milliseconds of a clock that never jumps; its zero means nothing. */
uint64_t clock_mono_ms(void);

/* Microseconds of the same clock, for figures in logs and metrics. */
uint64_t clock_mono_us(void);

/* From now on both clocks show what a test says. Negative unix_ms ends that. */
void clock_pretend(int64_t unix_ms, uint64_t mono_ms);

#endif
