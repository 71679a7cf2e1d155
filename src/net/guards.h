/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a browser must prove before a handler runs, and what every answer tells it: pure functions
 * over the fields of a request.
 *
 * A page of another site can make a browser send us requests, with our cookies; it cannot forge
 * Host, Origin or Sec-Fetch-Site. Source: Fetch standard, Fetch Metadata.
 */
#ifndef NET_GUARDS_H
#define NET_GUARDS_H

#include "net/http.h"

struct guard_policy {
    /* Names accepted in Host, NULL-terminated, without ports ("localhost", "[::1]"); NULL or empty
     * accepts any. Compared without case and without a dot at the end. */
    const char *const *allowed_hosts;
    const char *public_origin; /* "https://host[:port]"; NULL = scheme and Host of the request */
};

/* The first guard, for every request: Host is allowed. Otherwise answer 421. */
bool guard_host(const struct guard_policy *p, const struct http_request *r);

/*
 * The second guard, for calls and the WebSocket: Origin, where sent, is ours, and Sec-Fetch-Site,
 * where sent, is same-origin (or none with GET and HEAD). Otherwise answer 403.
 *
 *   resting_on_cookie   the identity is a cookie: then a WebSocket, and any method but GET and
 *                       HEAD, must carry one of the two
 */
bool guard_origin(const struct guard_policy *p, const struct http_request *r,
                  bool resting_on_cookie);

/* True if the request is a WebSocket's opening handshake (whatever its faults). */
bool guard_is_upgrade(const struct http_request *r);

/* True if a Content-Type is the given one, parameters aside; a charset must be UTF-8. */
bool guard_type_is(const char *content_type, const char *want);

/* "scheme://host[:port]" of an http(s) URL, in lower case and without a default port, into out.
 * False when url is none. */
bool guard_origin_of(const char *url, char *out, size_t room);

enum { GUARD_HEADERS = 7 }; /* fields that every answer carries, at most */

/*
 * The Content-Security-Policy of an answer, in memory of the caller's arena.
 *
 *   origin         "https://host[:port]" of the page
 *   extra_origin   one more origin that scripts, styles and connections may use; NULL = none
 */
const char *guard_csp(struct arena *arena, const char *origin, const char *extra_origin);

/* The fields that every answer carries; returns how many. tls adds Strict-Transport-Security. */
size_t guard_headers(const char *csp, bool tls, struct http_header out[static GUARD_HEADERS]);

#endif
