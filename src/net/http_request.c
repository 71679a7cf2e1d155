/* SPDX-License-Identifier: Apache-2.0 */
/* What can be asked of a request, and its checks that no parser makes. */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "net/http_internal.h"

struct http_exchange *http_exchange_of(const struct http_request *r)
{
    return CONTAINER_OF((void *)(uintptr_t)r, struct http_exchange, pub);
}

const char *http_header(const struct http_request *r, const char *name)
{
    for (size_t i = 0; i < r->n_headers; i++) {
        if (strcmp(r->headers[i].name, name) == 0) {
            return r->headers[i].value;
        }
    }
    return NULL;
}

size_t http_header_count(const struct http_request *r, const char *name)
{
    size_t n = 0;

    for (size_t i = 0; i < r->n_headers; i++) {
        n += strcmp(r->headers[i].name, name) == 0 ? 1 : 0;
    }
    return n;
}

static bool value_lists(const char *value, const char *element)
{
    size_t want = strlen(element);

    while (*value != '\0') {
        size_t n;

        value += strspn(value, ", \t");
        n = strcspn(value, ",; \t");
        if (n == want && n > 0 && strncasecmp(value, element, n) == 0) {
            return true;
        }
        value += strcspn(value, ",");
    }
    return false;
}

bool http_header_lists(const struct http_request *r, const char *name, const char *element)
{
    for (size_t i = 0; i < r->n_headers; i++) {
        if (strcmp(r->headers[i].name, name) == 0 && value_lists(r->headers[i].value, element)) {
            return true;
        }
    }
    return false;
}

/* The value of a cookie in one Cookie field. RFC 6265 4.2.1 */
static bool find_cookie(const char *field, const char *name, struct bytes *out)
{
    size_t n = strlen(name);

    while (*field != '\0') {
        size_t len;

        field += strspn(field, "; \t");
        len = strcspn(field, ";");
        if (len > n && strncmp(field, name, n) == 0 && field[n] == '=') {
            *out = (struct bytes){ (const uint8_t *)field + n + 1, len - n - 1 };
            while (out->n > 0 && (out->p[out->n - 1] == ' ' || out->p[out->n - 1] == '\t')) {
                out->n--;
            }
            return true;
        }
        field += len;
    }
    return false;
}

const char *http_cookie(const struct http_request *r, const char *name)
{
    struct bytes found;

    for (size_t i = 0; i < r->n_headers; i++) {
        if (strcmp(r->headers[i].name, "cookie") == 0 &&
            find_cookie(r->headers[i].value, name, &found)) {
            return arena_str(r->arena, found);
        }
    }
    return NULL;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static struct bytes decode(struct arena *arena, const char *text, size_t n)
{
    uint8_t *out = arena_alloc(arena, n + 1);
    size_t at = 0;

    for (size_t i = 0; i < n; i++) {
        int high = text[i] == '%' && n - i > 2 ? hex_digit(text[i + 1]) : -1;
        int low = high >= 0 ? hex_digit(text[i + 2]) : -1;

        if (low >= 0) {
            out[at++] = (uint8_t)(high << 4 | low);
            i += 2;
        } else {
            out[at++] = text[i] == '+' ? ' ' : (uint8_t)text[i];
        }
    }
    return (struct bytes){ out, at };
}

bool http_query(const struct http_request *r, const char *name, struct bytes *out)
{
    const char *at = r->query;

    *out = (struct bytes){ 0 };
    while (*at != '\0') {
        size_t len = strcspn(at, "&");
        const char *eq = memchr(at, '=', len);
        size_t name_n = eq != NULL ? (size_t)(eq - at) : len;

        if (bytes_are(decode(r->arena, at, name_n), name)) {
            *out = eq != NULL ? decode(r->arena, eq + 1, len - name_n - 1) : (struct bytes){ 0 };
            return true;
        }
        at += len;
        at += *at == '&' ? 1 : 0;
    }
    return false;
}

/* ---- targets ---- */

static bool is_port(const char *text)
{
    size_t n = strspn(text, "0123456789");

    return n > 0 && n <= 5 && text[n] == '\0';
}

/*
 * Whether text is host[:port] and nothing that could mean something in a header, a log or a page
 * that it is written into. RFC 3986 3.2.2, without userinfo, escapes and zone ids.
 */
static bool is_host(const char *text)
{
    const char *end;
    size_t n;

    if (text[0] == '[') {
        n = strspn(text + 1, "0123456789abcdefABCDEF:.");
        end = text + 1 + n;
        if (n < 2 || *end++ != ']') {
            return false;
        }
    } else {
        n = 0;
        while (isascii((unsigned char)text[n]) &&
               (isalnum((unsigned char)text[n]) || (text[n] != '\0' && strchr("-._~", text[n])))) {
            n++;
        }
        end = text + n;
        if (n == 0 || n > 255) {
            return false;
        }
    }
    return *end == '\0' || (*end == ':' && is_port(end + 1));
}

/* "http://host/path": the authority counts, not Host (RFC 9112 3.2.2). Splits it off. */
static bool split_absolute(struct http_exchange *x, char **target, const char **host)
{
    char *at = *target;
    size_t scheme = strncasecmp(at, "http://", 7) == 0 ? 7 : 0;
    size_t n;

    scheme = strncasecmp(at, "https://", 8) == 0 ? 8 : scheme;
    if (scheme == 0) {
        return false;
    }
    n = strcspn(at + scheme, "/?");
    *host = arena_str(&x->arena, (struct bytes){ (uint8_t *)at + scheme, n });
    at += scheme + n;
    *target = *at == '/' ? at : arena_printf(&x->arena, "/%s", at);
    return true;
}

bool http_exchange_target(struct http_exchange *x, char *target, const char *host)
{
    struct http_request *r = &x->pub;
    char *query;

    if (strchr(target, '#') != NULL || !is_host(host)) {
        return false;
    }
    if (target[0] != '/' && !(strcmp(target, "*") == 0 && r->method == HTTP_OPTIONS) &&
        (!split_absolute(x, &target, &host) || !is_host(host))) {
        return false;
    }
    query = strchr(target, '?');
    if (query != NULL) {
        *query++ = '\0';
    }
    r->host = host;
    r->path = target;
    r->query = query != NULL ? query : "";
    return true;
}
