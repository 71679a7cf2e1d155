/* SPDX-License-Identifier: Apache-2.0 */
#include "base/clock.h"

#include <time.h>

/* Set by tests before threads start, so plain variables do. */
static int64_t pretended_unix_ms = -1;
static uint64_t pretended_mono_ms;

void clock_pretend(int64_t unix_ms, uint64_t mono_ms)
{
    pretended_unix_ms = unix_ms;
    pretended_mono_ms = mono_ms;
}

int64_t clock_unix_ms(void)
{
    struct timespec t;

    if (pretended_unix_ms >= 0) {
        return pretended_unix_ms;
    }
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

uint64_t clock_mono_us(void)
{
    struct timespec t;

    if (pretended_unix_ms >= 0) {
        return pretended_mono_ms * 1000;
    }
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

uint64_t clock_mono_ms(void)
{
    return clock_mono_us() / 1000;
}
