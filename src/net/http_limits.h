/* SPDX-License-Identifier: Apache-2.0 */
/* What one client can make the HTTP server hold or wait for. */
#ifndef NET_HTTP_LIMITS_H
#define NET_HTTP_LIMITS_H

enum {
    HTTP_HEAD_MAX = 32 * 1024,          /* octets of request line and fields */
    HTTP_HEADERS_MAX = 100,             /* fields */
    HTTP_TARGET_MAX = 8 * 1024,         /* octets of the request target */
    HTTP_BODY_MAX = 1024 * 1024,        /* octets of a unary request's body */
    HTTP_HEAD_TIMEOUT_MS = 10 * 1000,   /* from the first octet (or accept) to the head's end */
    HTTP_IDLE_TIMEOUT_MS = 120 * 1000,  /* between two requests of a connection */
    HTTP_STALL_TIMEOUT_MS = 100 * 1000, /* a body, or our answer, without any progress */
};

#endif
