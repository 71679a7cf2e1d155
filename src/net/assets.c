/* SPDX-License-Identifier: Apache-2.0 */
#include "net/assets.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "gen/assets.h"
#include "net/negotiation.h"

enum {
    PAGE_MAX = 4 * 1024 * 1024, /* octets */
    ETAG_ROOM = 80,
};

static const char PAGE[] = "/index.html";
static const char MARKER[] = "__BASE_PATH__";

struct assets {
    const struct asset *table;
    size_t n;
    const char *skip;
    struct buf page; /* the application page with the base path in it; empty = there is none */
    char page_etag[ETAG_ROOM];
};

static const struct asset *find(const struct assets *a, const char *path)
{
    size_t low = 0;
    size_t high = a->n;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = strcmp(a->table[middle].path, path);

        if (order == 0) {
            return &a->table[middle];
        }
        if (order < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return NULL;
}

/* ---- the page ---- */

static void add(struct buf *out, const void *p, size_t n)
{
    struct err e;

    if (!buf_put(out, (struct bytes){ p, n }, &e)) {
        abort(); /* our own page, at start */
    }
}

/* As the value of an attribute. */
static void add_escaped(struct buf *out, const char *text)
{
    for (; *text != '\0'; text++) {
        switch (*text) {
        case '&':
            add(out, "&amp;", 5);
            break;
        case '"':
            add(out, "&quot;", 6);
            break;
        case '<':
            add(out, "&lt;", 4);
            break;
        default: /* a character */
            add(out, text, 1);
            break;
        }
    }
}

static void write_page(struct buf *out, const char *base_path, struct asset_bytes page)
{
    const uint8_t *at = page.p;
    size_t left = page.n;
    size_t marker = strlen(MARKER);

    for (;;) {
        const uint8_t *found = memmem(at, left, MARKER, marker);

        if (found == NULL) {
            add(out, at, left);
            return;
        }
        add(out, at, (size_t)(found - at));
        add_escaped(out, base_path);
        left -= (size_t)(found - at) + marker;
        at = found + marker;
    }
}

/* FNV-1a: tells versions of our own page apart, nothing more. */
static uint64_t digest(struct bytes data)
{
    uint64_t h = 14695981039346656037U;

    for (size_t i = 0; i < data.n; i++) {
        h = (h ^ data.p[i]) * 1099511628211U;
    }
    return h;
}

struct assets *assets_new(const struct asset *table, size_t n, const char *base_path,
                          const char *skip)
{
    struct assets *a = NEW(struct assets);
    const struct asset *page;

    a->table = table;
    a->n = n;
    a->skip = skip;
    buf_init(&a->page, PAGE_MAX);
    page = find(a, PAGE);
    if (page != NULL) {
        write_page(&a->page, base_path, page->identity);
        snprintf(a->page_etag, sizeof(a->page_etag), "\"%016llx\"",
                 (unsigned long long)digest(buf_view(&a->page)));
    }
    return a;
}

void assets_free(struct assets *a)
{
    if (a != NULL) {
        buf_done(&a->page);
        free(a);
    }
}

/* ---- negotiation ---- */

struct form {
    const char *coding; /* Content-Encoding; NULL = none */
    struct asset_bytes content;
};

static struct form choose(const struct asset *file, const char *accept)
{
    struct form forms[] = {
        { "br", file->br },
        { "gzip", file->gzip },
    };
    struct form best = { NULL, file->identity };
    int identity = accept != NULL ? negotiation_welcome(accept, "identity") : NEGOTIATION_MAX;
    int best_quality = identity >= 0 ? identity : 1; /* last resort, unless it is named */

    for (size_t i = 0; accept != NULL && i < ARRAY_LEN(forms); i++) {
        int q = forms[i].content.p != NULL ? negotiation_welcome(accept, forms[i].coding) : 0;

        if (q > 0 && (q > best_quality || (q == best_quality && best.coding == NULL))) {
            best = forms[i];
            best_quality = q;
        }
    }
    return best;
}

/* ---- answers ---- */

static void respond(struct http_request *r, const char *type, const char *etag, const char *cache,
                    const char *coding, struct bytes content, enum http_body_kind kind)
{
    struct http_header fields[4];
    size_t n = 0;
    bool fresh = negotiation_has_tag(http_header(r, "if-none-match"), etag);
    struct http_response response = {
        .status = fresh ? 304 : 200,
        .type = fresh ? NULL : type,
        .body = content,
        .body_kind = kind,
        .headers = fields,
    };

    fields[n++] = (struct http_header){ "etag", etag };
    fields[n++] = (struct http_header){ "cache-control", cache };
    fields[n++] = (struct http_header){ "vary", "accept-encoding" };
    if (coding != NULL && !fresh) {
        fields[n++] = (struct http_header){ "content-encoding", coding };
    }
    response.n_headers = n;
    http_respond(r, &response);
}

static void respond_file(struct http_request *r, const struct asset *file)
{
    struct form form = choose(file, http_header(r, "accept-encoding"));
    size_t n = strlen(file->etag);
    char etag[ETAG_ROOM];

    /* Each form is a thing of its own to a cache: "tag" becomes "tag-br". */
    assert(n >= 2 && n + sizeof("-gzip") < sizeof(etag));
    snprintf(etag, sizeof(etag), "%.*s%s%s\"", (int)n - 1, file->etag,
             form.coding != NULL ? "-" : "", form.coding != NULL ? form.coding : "");
    respond(r, file->type, etag,
            file->immutable ? "public, max-age=31536000, immutable" : "no-cache", form.coding,
            (struct bytes){ form.content.p, form.content.n }, HTTP_STATIC);
}

static bool is_page_path(const char *path)
{
    const char *last = strrchr(path, '/');

    return last != NULL && strchr(last, '.') == NULL && strncmp(path, "/leapmux.", 9) != 0;
}

bool assets_respond(const struct assets *a, struct http_request *r, const char *path)
{
    const struct asset *file = NULL;
    bool page = is_page_path(path) && a->page.n > 0;

    if (!page && strcmp(path, PAGE) != 0 && (a->skip == NULL || strcmp(path, a->skip) != 0)) {
        file = find(a, path);
    }
    if (!page && file == NULL) {
        return false;
    }
    if (r->method != HTTP_GET && r->method != HTTP_HEAD) {
        http_respond_not_allowed(r, "GET, HEAD");
    } else if (page) {
        respond(r, "text/html; charset=utf-8", a->page_etag, "no-cache", NULL, buf_view(&a->page),
                HTTP_COPIED);
    } else {
        respond_file(r, file);
    }
    return true;
}
