/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Over llhttp in its strict mode, which stops by our callbacks at the end of head and body, so that
 * nobody's code runs inside it. It leaves to us: all limits, Host, the version, which methods.
 */
#include "net/http1_parser.h"

#include <assert.h>
#include <llhttp.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "net/http_limits.h"

enum {
    NOTES_MAX = 16 * 1024,        /* octets of chunk extensions and trailers: nobody needs them */
    NOTE_COST = 4,                /* ": " and the line's end, which no callback sees */
    TEXT_MAX = 2 * HTTP_HEAD_MAX, /* never reached: the head is cut first */
};

struct field {
    uint32_t name; /* where they begin in `text` */
    uint32_t value;
};

struct http1_parser {
    struct http1_head head;
    llhttp_t llhttp;
    struct buf text; /* target, names and values, each with a NUL behind it */
    struct buf body;
    struct field fields[HTTP_HEADERS_MAX];
    size_t head_octets;
    size_t notes;
    uint8_t first;      /* octet of the message */
    bool value_follows; /* the last field's name is complete */
    bool head_done;
    bool body_done;
    bool collecting;
    bool too_big;
};

static struct http1_parser *of(llhttp_t *llhttp)
{
    return llhttp->data;
}

static int refuse(struct http1_parser *p, int status)
{
    p->head.status = status;
    return -1;
}

static void add_text(struct http1_parser *p, const char *at, size_t n)
{
    struct err e;

    if (!buf_put(&p->text, (struct bytes){ (const uint8_t *)at, n }, &e)) {
        assert(!"a head within its limit fits");
    }
}

static int on_target(llhttp_t *llhttp, const char *at, size_t n)
{
    struct http1_parser *p = of(llhttp);

    if (p->text.n + n > HTTP_TARGET_MAX) {
        return refuse(p, 414);
    }
    add_text(p, at, n);
    return 0;
}

static int on_target_end(llhttp_t *llhttp)
{
    add_text(of(llhttp), "", 1);
    return 0;
}

static int on_note(llhttp_t *llhttp, const char *at, size_t n)
{
    struct http1_parser *p = of(llhttp);

    (void)at;
    p->notes += n + NOTE_COST;
    return p->notes <= NOTES_MAX ? 0 : refuse(p, 400);
}

static int on_name(llhttp_t *llhttp, const char *at, size_t n)
{
    struct http1_parser *p = of(llhttp);
    size_t from = p->text.n;

    if (p->head_done) {
        return on_note(llhttp, at, n); /* a trailer */
    }
    if (p->head.n_fields == 0 || p->value_follows) {
        if (p->head.n_fields == HTTP_HEADERS_MAX) {
            return refuse(p, 431);
        }
        p->fields[p->head.n_fields++].name = (uint32_t)p->text.n;
        p->value_follows = false;
    }
    add_text(p, at, n);
    for (size_t i = from; i < p->text.n; i++) {
        if (p->text.p[i] >= 'A' && p->text.p[i] <= 'Z') {
            p->text.p[i] |= 0x20;
        }
    }
    return 0;
}

static int on_name_end(llhttp_t *llhttp)
{
    struct http1_parser *p = of(llhttp);

    if (!p->head_done) {
        add_text(p, "", 1);
        p->fields[p->head.n_fields - 1].value = (uint32_t)p->text.n;
        p->value_follows = true;
    }
    return 0;
}

static int on_value(llhttp_t *llhttp, const char *at, size_t n)
{
    struct http1_parser *p = of(llhttp);

    if (p->head_done) {
        return on_note(llhttp, at, n);
    }
    add_text(p, at, n);
    return 0;
}

static int on_value_end(llhttp_t *llhttp)
{
    struct http1_parser *p = of(llhttp);

    if (!p->head_done) {
        size_t from = p->fields[p->head.n_fields - 1].value;

        while (p->text.n > from &&
               (p->text.p[p->text.n - 1] == ' ' || p->text.p[p->text.n - 1] == '\t')) {
            p->text.n--;
        }
        add_text(p, "", 1);
    }
    return 0;
}

static int on_version(llhttp_t *llhttp)
{
    /* Told apart from 0.9 without a version, which llhttp takes for a version too. */
    return llhttp->http_major == 1 ? 0 : refuse(of(llhttp), 505);
}

static int on_method(llhttp_t *llhttp)
{
    /* Those of other protocols that llhttp also speaks, and CONNECT, which is for proxies. */
    return (llhttp->method >= HTTP_SOURCE && llhttp->method != HTTP_QUERY) ||
                   llhttp->method == HTTP_CONNECT
               ? refuse(of(llhttp), 405)
               : 0;
}

static int on_head(llhttp_t *llhttp)
{
    of(llhttp)->head_done = true;
    return HPE_PAUSED;
}

static int on_body(llhttp_t *llhttp, const char *at, size_t n)
{
    struct http1_parser *p = of(llhttp);
    struct err e;

    if (p->collecting && !p->too_big &&
        !buf_put(&p->body, (struct bytes){ (const uint8_t *)at, n }, &e)) {
        p->too_big = true;
        buf_done(&p->body);
    }
    return 0;
}

static int on_message(llhttp_t *llhttp)
{
    of(llhttp)->body_done = true;
    return HPE_PAUSED;
}

static const llhttp_settings_t SETTINGS = {
    .on_url = on_target,
    .on_url_complete = on_target_end,
    .on_method_complete = on_method,
    .on_version_complete = on_version,
    .on_header_field = on_name,
    .on_header_field_complete = on_name_end,
    .on_header_value = on_value,
    .on_header_value_complete = on_value_end,
    .on_headers_complete = on_head,
    .on_chunk_extension_name = on_note,
    .on_chunk_extension_value = on_note,
    .on_body = on_body,
    .on_message_complete = on_message,
};

struct http1_parser *http1_parser_new(void)
{
    struct http1_parser *p = NEW(struct http1_parser);

    llhttp_init(&p->llhttp, HTTP_REQUEST, &SETTINGS);
    p->llhttp.data = p;
    buf_init(&p->text, TEXT_MAX);
    return p;
}

void http1_parser_free(struct http1_parser *p)
{
    if (p != NULL) {
        buf_done(&p->text);
        buf_done(&p->body);
        free(p);
    }
}

const struct http1_head *http1_parser_head(const struct http1_parser *p)
{
    return &p->head;
}

void http1_parser_field(const struct http1_parser *p, size_t i, const char **name,
                        const char **value)
{
    assert(p->head_done && i < p->head.n_fields);
    *name = (const char *)p->text.p + p->fields[i].name;
    *value = (const char *)p->text.p + p->fields[i].value;
}

void http1_parser_collect(struct http1_parser *p, size_t max)
{
    assert(p->head_done && !p->collecting);
    buf_init(&p->body, max);
    p->collecting = true;
}

bool http1_parser_body(const struct http1_parser *p, struct bytes *out)
{
    *out = buf_view(&p->body);
    return !p->too_big;
}

static int status_of(const struct http1_parser *p, llhttp_errno_t error)
{
    if (p->head.status != 0) {
        return p->head.status;
    }
    switch (error) {
    case HPE_INVALID_METHOD:
        /* Anything else is no HTTP at all, such as a TLS hello. */
        return p->first >= 'A' && p->first <= 'Z' ? 405 : 400;
    case HPE_INVALID_VERSION:
        /* llhttp says so of a line that goes on behind the version, too */
        return p->llhttp.http_major == 1 && p->llhttp.http_minor <= 1 ? 400 : 505;
    default: /* not our enumeration: it grows with the library */
        return 400;
    }
}

static void fill_head(struct http1_parser *p)
{
    struct http1_head *h = &p->head;

    h->method = llhttp_method_name((llhttp_method_t)p->llhttp.method);
    h->target = (char *)p->text.p;
    h->is_1_0 = p->llhttp.http_minor == 0;
    h->keep_alive = llhttp_should_keep_alive(&p->llhttp) != 0;
    h->chunked = (p->llhttp.flags & F_CHUNKED) != 0;
    h->length = (p->llhttp.flags & F_CONTENT_LENGTH) != 0 ? p->llhttp.content_length : 0;
    /* Whoever upgrades takes the rest away; for everybody else it is an ordinary request. */
    p->llhttp.upgrade = 0;
}

static enum http1_event bad(struct http1_parser *p, int status)
{
    p->head.status = status;
    return HTTP1_BAD;
}

/* The event at which llhttp stopped. */
static enum http1_event after_stop(struct http1_parser *p, bool had_head)
{
    if (p->body_done) {
        return HTTP1_MESSAGE;
    }
    assert(p->head_done && !had_head);
    fill_head(p);
    if (p->llhttp.http_major != 1) {
        return bad(p, 400); /* HTTP/0.9: no version, so that on_version() was not asked */
    }
    /* RFC 9112 6.1: with both, or in 1.0, the framing is suspect. */
    if ((p->llhttp.flags & F_TRANSFER_ENCODING) != 0 &&
        (p->head.is_1_0 || !p->head.chunked || (p->llhttp.flags & F_CONTENT_LENGTH) != 0)) {
        return bad(p, 400);
    }
    return HTTP1_HEAD;
}

size_t http1_parser_feed(struct http1_parser *p, const uint8_t *data, size_t n,
                         enum http1_event *event)
{
    bool had_head = p->head_done;
    bool was_too_big = p->too_big;
    size_t most = had_head ? n : HTTP_HEAD_MAX + 1 - p->head_octets;
    const char *from = (const char *)(n > 0 ? data : (const uint8_t *)"");
    size_t used = n < most ? n : most;
    llhttp_errno_t error;

    assert(!p->body_done);
    if (p->head_octets == 0 && n > 0) {
        p->first = data[0];
    }
    if (llhttp_get_errno(&p->llhttp) == HPE_PAUSED) {
        llhttp_resume(&p->llhttp);
    }
    error = llhttp_execute(&p->llhttp, from, used);
    if (error == HPE_PAUSED) {
        used = (size_t)(llhttp_get_error_pos(&p->llhttp) - from);
    }
    p->head_octets += had_head ? 0 : used;
    if (p->head_octets > HTTP_HEAD_MAX) {
        *event = bad(p, p->head.status != 0 ? p->head.status : 431);
    } else if (error == HPE_PAUSED) {
        *event = after_stop(p, had_head);
    } else if (error != HPE_OK) {
        *event = bad(p, status_of(p, error));
    } else {
        *event = HTTP1_MORE;
    }
    if (p->too_big && !was_too_big && *event != HTTP1_BAD) {
        *event = p->body_done ? HTTP1_MESSAGE : HTTP1_TOO_BIG;
    }
    return used;
}
