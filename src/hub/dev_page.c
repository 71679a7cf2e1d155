/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/dev_page.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/fd.h"
#include "net/conn.h"

enum {
    ANSWER_MAX = 64 * 1024 * 1024, /* octets */
    PATIENCE_MS = 60 * 1000,       /* a dev server may compile first */
};

static const char MARKER[] = "__BASE_PATH__";

struct dev_page {
    struct conn_pool *pool;
    struct addr addr;
    char host[64]; /* as it stands in the URL, with the port */
    const char *base_path;
};

/* One request on its way through. */
struct fetch {
    struct dev_page *page;
    struct http_request *r;
    struct conn *conn;
    struct buf answer;
};

struct dev_page *dev_page_new(struct loop *loop, const char *url, const char *base_path,
                              struct err *e)
{
    static const char SCHEME[] = "http://";
    struct dev_page *d = NEW(struct dev_page);
    const char *host = url + sizeof(SCHEME) - 1;
    char literal[80];
    bool is_good = strncmp(url, SCHEME, sizeof(SCHEME) - 1) == 0;

    if (is_good) {
        snprintf(d->host, sizeof(d->host), "%.*s", (int)strcspn(host, "/"), host);
        is_good = strncmp(d->host, "localhost:", 10) == 0
                      ? snprintf(literal, sizeof(literal), "127.0.0.1:%s", d->host + 10) > 0
                      : snprintf(literal, sizeof(literal), "%s", d->host) > 0;
    }
    if (!is_good || !addr_parse(literal, &d->addr, e) || !addr_is_loopback(&d->addr)) {
        free(d);
        err_set(e, ERR_INVALID_ARGUMENT, "INVALID",
                "dev_frontend: expected http://127.0.0.1:<port>, not '%s'", url);
        return NULL;
    }
    d->pool = conn_pool_new(loop);
    d->base_path = base_path;
    return d;
}

void dev_page_free(struct dev_page *d)
{
    if (d != NULL) {
        conn_pool_free(d->pool);
        free(d);
    }
}

static void fetch_free(struct fetch *f)
{
    conn_close(f->conn);
    buf_done(&f->answer);
    free(f);
}

static void fail(struct fetch *f)
{
    struct http_request *r = f->r;

    fetch_free(f);
    http_respond_text(r, 502, "the frontend's dev server does not answer");
}

/* ---- the answer ---- */

/* The value of a field in a head that ends with an empty line; in the request's arena. */
static const char *field(struct fetch *f, const char *head, const char *name)
{
    size_t n = strlen(name);

    for (const char *line = strstr(head, "\r\n"); line != NULL; line = strstr(line, "\r\n")) {
        line += 2;
        if (strncasecmp(line, name, n) == 0 && line[n] == ':') {
            const char *value = line + n + 1 + strspn(line + n + 1, " ");

            return arena_str(f->r->arena,
                             (struct bytes){ (const uint8_t *)value, strcspn(value, "\r") });
        }
    }
    return NULL;
}

/* A page with the base path in it. */
static struct bytes with_base_path(struct fetch *f, struct bytes html)
{
    const uint8_t *at = memmem(html.p, html.n, MARKER, sizeof(MARKER) - 1);
    size_t before;
    char *text;

    if (at == NULL) {
        return html;
    }
    before = (size_t)(at - html.p);
    text = arena_printf(f->r->arena, "%.*s%s%.*s", (int)before, (const char *)html.p,
                        f->page->base_path, (int)(html.n - before - (sizeof(MARKER) - 1)),
                        (const char *)at + sizeof(MARKER) - 1);
    return bytes_of(text);
}

static void pass_on(struct fetch *f, const char *head, struct bytes body)
{
    const struct http_header headers[] = { { "cache-control", "no-store" } };
    struct http_request *r = f->r;
    const char *type = field(f, head, "content-type");
    struct http_response response = {
        .status = (int)strtol(head + strcspn(head, " "), NULL, 10),
        .type = type,
        .body = body,
        .headers = headers,
        .n_headers = ARRAY_LEN(headers),
    };

    if (response.status < 200 || response.status > 599) {
        fail(f);
        return;
    }
    if (type != NULL && strncmp(type, "text/html", 9) == 0) {
        response.body = with_base_path(f, body);
    }
    http_respond(r, &response);
    fetch_free(f);
}

static void on_end(void *arg)
{
    struct fetch *f = arg;
    struct bytes all = buf_view(&f->answer);
    const uint8_t *end = all.n == 0 ? NULL : memmem(all.p, all.n, "\r\n\r\n", 4);

    if (end == NULL || strncmp((const char *)all.p, "HTTP/1.", 7) != 0) {
        fail(f);
        return;
    }
    end += 4;
    pass_on(f, arena_str(f->r->arena, (struct bytes){ all.p, (size_t)(end - all.p) }),
            (struct bytes){ end, all.n - (size_t)(end - all.p) });
}

static size_t on_data(void *arg, uint8_t *data, size_t n)
{
    struct fetch *f = arg;
    struct err e = { 0 };

    if (!buf_put(&f->answer, (struct bytes){ data, n }, &e)) {
        fail(f);
    }
    return n;
}

static void on_drain(void *arg)
{
    (void)arg;
}

static void on_deadline(void *arg)
{
    fail(arg);
}

static void on_gone(void *arg)
{
    fetch_free(arg);
}

/* ---- the question ---- */

/* To this machine: it is made or refused at once. */
static int connect_to(const struct addr *a)
{
    CLEANUP(fd_closep) int fd = socket(a->any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

    return fd != -1 && connect(fd, &a->any, a->len) == 0 ? TAKE_FD(fd) : -1;
}

/* HTTP/1.0, so that the end of the connection is the end of the answer. */
static void send_question(struct fetch *f, const char *path)
{
    const struct http_request *r = f->r;
    const char *accept = http_header(r, "accept");

    conn_write(f->conn,
               bytes_of(arena_printf(r->arena,
                                     "%s %s%s%s HTTP/1.0\r\nHost: %s\r\n"
                                     "Accept: %s\r\n\r\n",
                                     r->method_name, path, r->query[0] != '\0' ? "?" : "", r->query,
                                     f->page->host, accept != NULL ? accept : "*/*")));
}

void dev_page_respond(struct dev_page *d, struct http_request *r, const char *path)
{
    static const struct conn_handlers HANDLERS = { on_data, on_drain, on_end, on_deadline };
    struct peer peer;
    struct fetch *f;
    int fd;

    if (r->method != HTTP_GET && r->method != HTTP_HEAD) {
        http_respond_not_allowed(r, "GET, HEAD");
        return;
    }
    fd = connect_to(&d->addr);
    if (fd == -1) {
        http_respond_text(r, 502, "the frontend's dev server does not answer");
        return;
    }
    f = NEW(struct fetch);
    f->page = d;
    f->r = r;
    buf_init(&f->answer, ANSWER_MAX);
    peer_addresses(fd, &peer);
    f->conn = conn_new(d->pool, fd, &peer);
    conn_set_handlers(f->conn, &HANDLERS, f);
    conn_set_deadline(f->conn, PATIENCE_MS);
    http_on_gone(r, on_gone, f);
    send_question(f, path);
}
