/* SPDX-License-Identifier: Apache-2.0 */
#include "net/guards.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { ORIGIN_MAX = 300 }; /* octets: the longest host, a port and a scheme */

/* Length of the host part of host[:port], a dot at the end left out. */
static size_t host_len(const char *host)
{
    size_t n = host[0] == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":");

    return n > 1 && host[n - 1] == '.' ? n - 1 : n;
}

bool guard_host(const struct guard_policy *p, const struct http_request *r)
{
    size_t n = host_len(r->host);

    if (p->allowed_hosts == NULL || p->allowed_hosts[0] == NULL) {
        return true;
    }
    for (const char *const *name = p->allowed_hosts; *name != NULL; name++) {
        if (strlen(*name) == n && strncasecmp(*name, r->host, n) == 0) {
            return true;
        }
    }
    return false;
}

bool guard_origin_of(const char *url, char *out, size_t room)
{
    bool https = strncasecmp(url, "https://", 8) == 0;
    const char *host = url + (https ? 8 : 7);
    const char *default_port = https ? ":443" : ":80";
    size_t n;
    size_t tail = strlen(default_port);
    int written;

    if (!https && strncasecmp(url, "http://", 7) != 0) {
        return false;
    }
    n = strcspn(host, "/?#");
    if (n == 0 || memchr(host, '@', n) != NULL) {
        return false;
    }
    if (n > tail && strncmp(host + n - tail, default_port, tail) == 0) {
        n -= tail;
    }
    written = snprintf(out, room, "%s://%.*s", https ? "https" : "http", (int)n, host);
    if (written < 0 || (size_t)written >= room) {
        return false;
    }
    for (char *c = out; *c != '\0'; c++) {
        *c = (char)tolower((unsigned char)*c);
    }
    return true;
}

static bool origin_is_ours(const struct guard_policy *p, const struct http_request *r,
                           const char *sent)
{
    char own_url[ORIGIN_MAX];
    char own[ORIGIN_MAX];
    char theirs[ORIGIN_MAX];
    const char *url = p->public_origin;

    if (url == NULL) {
        int n = snprintf(own_url, sizeof(own_url), "%s://%s", r->tls ? "https" : "http", r->host);

        if (n < 0 || (size_t)n >= sizeof(own_url)) {
            return false;
        }
        url = own_url;
    }
    return guard_origin_of(url, own, sizeof(own)) &&
           guard_origin_of(sent, theirs, sizeof(theirs)) && strcmp(own, theirs) == 0 &&
           strpbrk(strstr(sent, "://") + strlen("://"), "/?#") == NULL;
}

bool guard_origin(const struct guard_policy *p, const struct http_request *r,
                  bool resting_on_cookie)
{
    const char *origin = http_header(r, "origin");
    const char *site = http_header(r, "sec-fetch-site");
    bool reads = (r->method == HTTP_GET || r->method == HTTP_HEAD);

    if (http_header_count(r, "origin") > 1 || http_header_count(r, "sec-fetch-site") > 1) {
        return false;
    }
    if (origin != NULL && !origin_is_ours(p, r, origin)) {
        return false;
    }
    if (site != NULL && strcmp(site, "same-origin") != 0 && !(strcmp(site, "none") == 0 && reads)) {
        return false;
    }
    return !resting_on_cookie || origin != NULL || site != NULL || (reads && !guard_is_upgrade(r));
}

bool guard_is_upgrade(const struct http_request *r)
{
    return http_header_lists(r, "upgrade", "websocket");
}

/* Whether a parameter list such as "; charset=utf-8" says nothing but UTF-8. */
static bool parameters_are_fine(const char *at)
{
    const char *charset = strcasestr(at, "charset=");

    if (charset == NULL) {
        return true;
    }
    charset += strlen("charset=");
    charset += *charset == '"' ? 1 : 0;
    return strncasecmp(charset, "utf-8", 5) == 0 && strchr("\"; \t", charset[5]) != NULL;
}

bool guard_type_is(const char *content_type, const char *want)
{
    size_t n = strlen(want);

    if (content_type == NULL || strncasecmp(content_type, want, n) != 0) {
        return false;
    }
    content_type += n;
    content_type += strspn(content_type, " \t");
    return *content_type == '\0' || (*content_type == ';' && parameters_are_fine(content_type));
}

const char *guard_csp(struct arena *arena, const char *origin, const char *extra_origin)
{
    const char *extra = extra_origin != NULL ? extra_origin : "";
    const char *gap = extra_origin != NULL ? " " : "";
    bool extra_is_http = strncmp(extra, "http", 4) == 0;

    /* Not every browser counts ws: of our own origin as 'self'. */
    return arena_printf(
        arena,
        "default-src 'self'; script-src 'self'%s%s; style-src 'self' 'unsafe-inline'%s%s; "
        "connect-src 'self' ws%s%s%s%s%s%s; img-src 'self' blob: data:; object-src 'none'; "
        "base-uri 'self'; form-action 'self'; frame-ancestors 'none'",
        gap, extra, gap, extra, origin + strlen("http"), gap, extra, gap, extra_is_http ? "ws" : "",
        extra_is_http ? extra + strlen("http") : "");
}

size_t guard_headers(const char *csp, bool tls, struct http_header out[static GUARD_HEADERS])
{
    static const char nothing_of_these[] =
        "accelerometer=(), camera=(), display-capture=(), encrypted-media=(), "
        "geolocation=(), gyroscope=(), hid=(), idle-detection=(), "
        "magnetometer=(), microphone=(), midi=(), payment=(), publickey-credentials-get=(), "
        "screen-wake-lock=(), serial=(), usb=(), xr-spatial-tracking=()";
    size_t n = 0;

    out[n++] = (struct http_header){ "content-security-policy", csp };
    out[n++] = (struct http_header){ "x-content-type-options", "nosniff" };
    out[n++] = (struct http_header){ "referrer-policy", "no-referrer" };
    out[n++] = (struct http_header){ "cross-origin-opener-policy", "same-origin" };
    out[n++] = (struct http_header){ "cross-origin-resource-policy", "same-origin" };
    out[n++] = (struct http_header){ "permissions-policy", nothing_of_these };
    if (tls) {
        out[n++] = (struct http_header){ "strict-transport-security", "max-age=31536000" };
    }
    return n;
}
