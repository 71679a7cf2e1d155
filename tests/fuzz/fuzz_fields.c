/* SPDX-License-Identifier: Apache-2.0 */
/* Target, host and fields of a request: lines of the input, one each. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "net/base64.h"
#include "net/guards.h"
#include "net/http_internal.h"

static const char *const NAMES[] = { "cookie",       "origin",     "sec-fetch-site",
                                     "content-type", "connection", "upgrade" };

/* The next line of the input in the arena, without octets that no parser lets through. */
static char *next_line(struct arena *arena, struct bytes *left)
{
    const uint8_t *end = left->n > 0 ? memchr(left->p, '\n', left->n) : NULL;
    size_t n = end != NULL ? (size_t)(end - left->p) : left->n;
    char *line = arena_alloc(arena, n + 1);
    size_t at = 0;

    for (size_t i = 0; i < n; i++) {
        if (left->p[i] != 0 && left->p[i] != '\r') {
            line[at++] = (char)left->p[i];
        }
    }
    left->p += end != NULL ? n + 1 : n;
    left->n -= end != NULL ? n + 1 : n;
    return line;
}

static void ask_everything(struct http_request *r)
{
    static const char *const hosts[] = { "localhost", "[::1]", NULL };
    struct guard_policy policy = { .allowed_hosts = hosts };
    struct bytes value;
    struct buf out;
    struct err e;
    char origin[64];

    (void)http_query(r, "message", &value);
    buf_init(&out, 1024 * 1024);
    if (base64_read(value, &out, &e)) {
        assert(out.n <= value.n);
    }
    buf_done(&out);
    (void)http_cookie(r, "leapmux_session");
    (void)guard_host(&policy, r);
    (void)guard_origin(&policy, r, true);
    (void)guard_is_upgrade(r);
    (void)guard_type_is(http_header(r, "content-type"), "application/json");
    (void)guard_origin_of(r->query, origin, sizeof(origin));
    /* a host that passed can be written into a field */
    assert(strpbrk(guard_csp(r->arena, arena_printf(r->arena, "http://%s", r->host), NULL),
                   "\r\n") == NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct http_exchange x = { 0 };
    struct http_header headers[ARRAY_LEN(NAMES)];
    struct bytes left = { data, size };
    char *target;
    char *host;

    x.pub.arena = &x.arena;
    x.pub.method = HTTP_OPTIONS;
    target = next_line(&x.arena, &left);
    host = next_line(&x.arena, &left);
    for (size_t i = 0; i < ARRAY_LEN(NAMES); i++) {
        headers[i] = (struct http_header){ NAMES[i], next_line(&x.arena, &left) };
    }
    x.pub.headers = headers;
    x.pub.n_headers = ARRAY_LEN(NAMES);
    if (http_exchange_target(&x, target, host)) {
        assert(strpbrk(x.pub.host, " \"'<>;,/\\@") == NULL);
        assert(strchr(x.pub.path, '?') == NULL);
        ask_everything(&x.pub);
    }
    arena_done(&x.arena);
    return 0;
}
