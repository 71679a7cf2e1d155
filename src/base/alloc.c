/* SPDX-License-Identifier: Apache-2.0 */
#include "base/alloc.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *must(void *p)
{
    if (p == NULL) {
        abort();
    }
    return p;
}

void *must_alloc(size_t n)
{
    return must(malloc(n > 0 ? n : 1));
}

void *must_calloc(size_t count, size_t size)
{
    return must(calloc(count > 0 ? count : 1, size > 0 ? size : 1));
}

void *must_realloc(void *p, size_t n)
{
    return must(realloc(p, n > 0 ? n : 1));
}

char *must_strdup(const char *s)
{
    return s != NULL ? must(strdup(s)) : NULL;
}

char *must_printf(const char *fmt, ...)
{
    char *out = NULL;
    va_list va;
    int n;

    va_start(va, fmt);
    n = vasprintf(&out, fmt, va);
    va_end(va);
    if (n < 0) {
        abort();
    }
    return out;
}

void free_p(void *p)
{
    void **at = p;

    free(*at);
    *at = NULL;
}
