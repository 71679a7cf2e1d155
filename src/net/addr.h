/* SPDX-License-Identifier: Apache-2.0 */
/* Socket addresses: parsed, compared and written. Never looks up a name. */
#ifndef NET_ADDR_H
#define NET_ADDR_H

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/err.h"

struct addr {
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
        struct sockaddr_un un;
    };
    socklen_t len; /* octets of the address; 0 = none */
};

enum { ADDR_TEXT_MAX = 112 }; /* longest text with its NUL: a unix path with "unix:" */

/*
 * Parse "127.0.0.1:4327", "[::1]:4327" or ":4327" (any address: "[::]").
 *
 * Fails with INVALID for anything else, a host name included; the message says the form.
 */
MUST_CHECK bool addr_parse(const char *text, struct addr *out, struct err *e);

/* The address of a unix socket. Fails with INVALID when the path has more than 107 octets. */
MUST_CHECK bool addr_unix(const char *path, struct addr *out, struct err *e);

/* "127.0.0.1:4327", "[::1]:4327", "unix:/path"; a mapped IPv4 address is written as IPv4. */
void addr_text(const struct addr *a, char out[static ADDR_TEXT_MAX]);

/* An IPv4 address that a dual-stack socket shows as ::ffff:a.b.c.d becomes a plain one. */
struct addr addr_unmapped(const struct addr *a);

/* 127.0.0.0/8 or ::1. */
bool addr_is_loopback(const struct addr *a);

/* Port in host order; 0 for unix sockets. */
uint16_t addr_port(const struct addr *a);

#endif
