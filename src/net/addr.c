/* SPDX-License-Identifier: Apache-2.0 */
#include "net/addr.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool parse_port(const char *text, uint16_t *out)
{
    unsigned v = 0;
    size_t n = strspn(text, "0123456789");

    if (n == 0 || n > 5 || text[n] != '\0') {
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        v = v * 10 + (unsigned)(text[i] - '0');
    }
    *out = (uint16_t)v;
    return v <= UINT16_MAX;
}

static bool parse_host(const char *host, uint16_t port, struct addr *out)
{
    size_t n = strlen(host);
    char inner[INET6_ADDRSTRLEN];

    if (n == 0) {
        *out = (struct addr){ .v6 = { .sin6_family = AF_INET6, .sin6_port = htons(port) },
                              .len = sizeof(out->v6) };
        return true;
    }
    if (host[0] == '[' && host[n - 1] == ']' && n - 2 < sizeof(inner)) {
        memcpy(inner, host + 1, n - 2);
        inner[n - 2] = '\0';
        *out = (struct addr){ .v6 = { .sin6_family = AF_INET6, .sin6_port = htons(port) },
                              .len = sizeof(out->v6) };
        return inet_pton(AF_INET6, inner, &out->v6.sin6_addr) == 1;
    }
    *out = (struct addr){ .v4 = { .sin_family = AF_INET, .sin_port = htons(port) },
                          .len = sizeof(out->v4) };
    return inet_pton(AF_INET, host, &out->v4.sin_addr) == 1;
}

bool addr_parse(const char *text, struct addr *out, struct err *e)
{
    const char *colon = strrchr(text, ':');
    char host[INET6_ADDRSTRLEN + 3];
    struct addr parsed;
    uint16_t port;
    size_t n = colon != NULL ? (size_t)(colon - text) : 0;

    if (colon == NULL || n >= sizeof(host) || !parse_port(colon + 1, &port)) {
        return err_invalid(e, "addr", "'%.100s' is no address, expected host:port", text);
    }
    memcpy(host, text, n);
    host[n] = '\0';
    if (!parse_host(host, port, &parsed)) {
        return err_invalid(e, "addr",
                           "'%.100s' is no address, expected host:port with an IPv4 or "
                           "[IPv6] address",
                           text);
    }
    *out = parsed;
    return true;
}

bool addr_unix(const char *path, struct addr *out, struct err *e)
{
    size_t n = strlen(path);

    if (n == 0 || n >= sizeof(out->un.sun_path)) {
        return err_invalid(e, "socket", "the path of a socket has 1 to %zu octets, not %zu",
                           sizeof(out->un.sun_path) - 1, n);
    }
    *out = (struct addr){ .un = { .sun_family = AF_UNIX }, .len = sizeof(out->un) };
    memcpy(out->un.sun_path, path, n + 1);
    return true;
}

struct addr addr_unmapped(const struct addr *a)
{
    struct addr out;

    if (a->any.sa_family != AF_INET6 || !IN6_IS_ADDR_V4MAPPED(&a->v6.sin6_addr)) {
        return *a;
    }
    out = (struct addr){ .v4 = { .sin_family = AF_INET, .sin_port = a->v6.sin6_port },
                         .len = sizeof(out.v4) };
    memcpy(&out.v4.sin_addr, a->v6.sin6_addr.s6_addr + 12, sizeof(out.v4.sin_addr));
    return out;
}

void addr_text(const struct addr *a, char out[static ADDR_TEXT_MAX])
{
    struct addr plain = addr_unmapped(a);
    char host[INET6_ADDRSTRLEN] = "";

    if (plain.any.sa_family == AF_INET) {
        inet_ntop(AF_INET, &plain.v4.sin_addr, host, sizeof(host));
        snprintf(out, ADDR_TEXT_MAX, "%s:%u", host, addr_port(&plain));
    } else if (plain.any.sa_family == AF_INET6) {
        inet_ntop(AF_INET6, &plain.v6.sin6_addr, host, sizeof(host));
        snprintf(out, ADDR_TEXT_MAX, "[%s]:%u", host, addr_port(&plain));
    } else {
        snprintf(out, ADDR_TEXT_MAX, "unix:%s", plain.len > 0 ? plain.un.sun_path : "");
    }
}

bool addr_is_loopback(const struct addr *a)
{
    struct addr plain = addr_unmapped(a);

    if (plain.any.sa_family == AF_INET) {
        return ntohl(plain.v4.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
    }
    return plain.any.sa_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&plain.v6.sin6_addr);
}

uint16_t addr_port(const struct addr *a)
{
    if (a->any.sa_family == AF_INET) {
        return ntohs(a->v4.sin_port);
    }
    return a->any.sa_family == AF_INET6 ? ntohs(a->v6.sin6_port) : 0;
}
