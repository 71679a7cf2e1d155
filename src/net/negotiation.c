/* SPDX-License-Identifier: Apache-2.0 */
#include "net/negotiation.h"

#include <string.h>
#include <strings.h>

#include "base/defs.h"

/* "q=0.5" in thousandths; RFC 9110 12.4.2. Malformed counts as absent. */
static int quality(const char *parameters, size_t n)
{
    static const int weights[] = { 100, 10, 1 };
    const char *end = parameters + n;
    const char *q = memchr(parameters, '=', n);
    int v = 0;

    if (q == NULL || q == parameters || (q[-1] | 0x20) != 'q' || q + 1 >= end) {
        return NEGOTIATION_MAX;
    }
    q++;
    if (*q == '1') {
        return NEGOTIATION_MAX;
    }
    if (q + 1 < end && q[1] == '.') {
        for (size_t i = 0; i < ARRAY_LEN(weights) && q + 2 + i < end; i++) {
            v += q[2 + i] >= '0' && q[2 + i] <= '9' ? (q[2 + i] - '0') * weights[i] : 0;
        }
    }
    return v;
}

int negotiation_welcome(const char *accept, const char *coding)
{
    int star = -1;

    while (*accept != '\0') {
        size_t all = strcspn(accept, ",");
        size_t name;

        while (all > 0 && (*accept == ' ' || *accept == '\t')) {
            accept++;
            all--;
        }
        name = strcspn(accept, ",; \t");
        if (name == strlen(coding) && strncasecmp(accept, coding, name) == 0) {
            return quality(accept + name, all - name);
        }
        if (name == 1 && *accept == '*') {
            star = quality(accept + name, all - name);
        }
        accept += all;
        accept += *accept == ',' ? 1 : 0;
    }
    return star;
}

bool negotiation_has_tag(const char *tags, const char *etag)
{
    const char *at = tags;

    if (at == NULL) {
        return false;
    }
    if (strcmp(at, "*") == 0) {
        return true;
    }
    while (*at != '\0') {
        size_t n;

        at += strspn(at, ", \t");
        at += strncmp(at, "W/", 2) == 0 ? 2 : 0;
        n = strcspn(at, ", \t");
        if (n == strlen(etag) && strncmp(at, etag, n) == 0) {
            return true;
        }
        at += n;
    }
    return false;
}
