/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "net/http1_parser.h"
#include "net/http_limits.h"

#define TEXT(literal) ((struct bytes){ (const uint8_t *)(literal), sizeof(literal) - 1 })

/* What came of a message. */
struct outcome {
    enum http1_event last;
    int status;     /* of HTTP1_BAD */
    size_t used;    /* octets up to the last event */
    char head[512]; /* method, target, flags and fields in one line */
    char body[512];
};

static void describe(const struct http1_parser *p, char *out, size_t room)
{
    const struct http1_head *h = http1_parser_head(p);
    int n = snprintf(out, room, "%s %s%s%s%s %llu", h->method, h->target, h->is_1_0 ? " 1.0" : "",
                     h->keep_alive ? " keep" : " close", h->chunked ? " chunked" : "",
                     (unsigned long long)h->length);

    for (size_t i = 0; i < h->n_fields; i++) {
        const char *name;
        const char *value;

        http1_parser_field(p, i, &name, &value);
        n += snprintf(out + n, room - (size_t)n, "|%s=%s", name, value);
        assert_true((size_t)n < room);
    }
}

/* Feed a message in pieces of a size; exact copies, so that a read outside shows. */
static struct outcome parse(struct bytes message, size_t piece, size_t body_max)
{
    struct outcome o = { .last = HTTP1_MORE };
    struct http1_parser *p = http1_parser_new();
    bool step = false;

    while (o.used < message.n || step) {
        size_t n = message.n - o.used < piece ? message.n - o.used : piece;
        uint8_t *copy = must_alloc(n);

        memcpy(copy, message.p + o.used, n);
        o.used += http1_parser_feed(p, copy, n, &o.last);
        free(copy);
        step = o.last == HTTP1_HEAD;
        if (step) {
            describe(p, o.head, sizeof(o.head));
            http1_parser_collect(p, body_max);
        }
        if (o.last == HTTP1_MESSAGE || o.last == HTTP1_BAD) {
            break;
        }
    }
    if (o.last == HTTP1_BAD) {
        o.status = http1_parser_head(p)->status;
    }
    if (o.last == HTTP1_MESSAGE) {
        struct bytes body;

        if (http1_parser_body(p, &body)) {
            snprintf(o.body, sizeof(o.body), "%.*s", (int)body.n, (const char *)body.p);
        } else {
            snprintf(o.body, sizeof(o.body), "(too big)");
        }
    }
    http1_parser_free(p);
    return o;
}

static void good_requests_are_understood_however_they_are_cut(void **state)
{
    static const struct {
        struct bytes message;
        const char *head;
        const char *body;
    } cases[] = {
        { TEXT("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), "GET / keep 0|host=a", "" },
        { TEXT("\r\n\r\nGET /x?y=1 HTTP/1.1\r\nHOST:a\r\nX-Y: \t two words \t \r\n\r\n"),
          "GET /x?y=1 keep 0|host=a|x-y=two words", "" },
        { TEXT("HEAD / HTTP/1.0\r\nHost: a\r\n\r\n"), "HEAD / 1.0 close 0|host=a", "" },
        { TEXT("GET / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n"),
          "GET / 1.0 keep 0|host=a|connection=keep-alive", "" },
        { TEXT("GET / HTTP/1.1\r\nHost: a\r\nConnection: Close\r\n\r\n"),
          "GET / close 0|host=a|connection=Close", "" },
        { TEXT("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello"),
          "POST / keep 5|host=a|content-length=5", "hello" },
        { TEXT("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n"),
          "POST / keep 0|host=a|content-length=0", "" },
        { TEXT("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
               "5;note=\"x\"\r\nhello\r\n1\r\n!\r\n0\r\nTrailer: t\r\n\r\n"),
          "POST / keep chunked 0|host=a|transfer-encoding=chunked", "hello!" },
        { TEXT(
              "GET / HTTP/1.1\r\nHost: a\r\nEmpty:\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n"),
          "GET / keep 0|host=a|empty=|upgrade=h2c|connection=Upgrade", "" },
        { TEXT("POST / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: x\r\n"
               "Content-Length: 2\r\n\r\nok"),
          "POST / keep 2|host=a|connection=upgrade|upgrade=x|content-length=2", "ok" },
        { TEXT("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n"), "OPTIONS * keep 0|host=a", "" },
        { TEXT("PROPFIND http://b/c HTTP/1.1\r\nHost: a\r\n\r\n"),
          "PROPFIND http://b/c keep 0|host=a", "" },
        { TEXT("GET / HTTP/1.1\r\nHost: a\r\nX: \xc3\xbc\r\n\r\n"),
          "GET / keep 0|host=a|x=\xc3\xbc", "" },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        for (size_t piece = 1; piece <= cases[i].message.n; piece++) {
            struct outcome o = parse(cases[i].message, piece, 100);

            assert_int_equal(o.last, HTTP1_MESSAGE);
            assert_string_equal(o.head, cases[i].head);
            assert_string_equal(o.body, cases[i].body);
            assert_int_equal(o.used, cases[i].message.n);
        }
    }
}

static void what_follows_a_request_is_left_alone(void **state)
{
    static const char two[] = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nok"
                              "GET /2 HTTP/1.1\r\n";
    struct outcome o = parse(TEXT(two), sizeof(two), 100);

    (void)state;
    assert_int_equal(o.last, HTTP1_MESSAGE);
    assert_string_equal(two + o.used, "GET /2 HTTP/1.1\r\n");
}

/* Each of these makes two readers disagree on where a request ends, or is no request at all. */
static void probes_for_smuggling_are_refused_however_they_are_cut(void **state)
{
    static const struct {
        struct bytes message;
        int status;
    } cases[] = {
        { TEXT("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: "
               "chunked\r\n\r\n"),
          400 },
        { TEXT("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: "
               "3\r\n\r\n"),
          400 },
        { TEXT("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 3\r\n\r\n"),
          400 },
        { TEXT("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3, 3\r\n\r\n"), 400 },
        { TEXT("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +3\r\n\r\n"), 400 },
        { TEXT("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -3\r\n\r\n"), 400 },
        { TEXT("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x3\r\n\r\n"), 400 },
        { TEXT("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3 4\r\n\r\n"), 400 },
        { TEXT("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n"), 400 },
        { TEXT("POST / HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n\r\n"), 400 },
        { TEXT("POST / HTTP/1.1\r\nHost: a\r\nContent-Length : 3\r\n\r\n"), 400 },
        { TEXT("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\n\r\n"), 400 },
        { TEXT("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity\r\n\r\n"), 400 },
        { TEXT("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n"), 400 },
        { TEXT("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, gzip\r\n\r\n"), 400 },
        { TEXT("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n"), 400 },
        { TEXT("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"
               "Transfer-Encoding: identity\r\n\r\n"),
          400 },
        { TEXT("POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"), 400 },
        { TEXT("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n"), 400 },
        { TEXT("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n"), 400 },
        { TEXT("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0x2\r\nok\r\n"),
          400 },
        { TEXT("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nokay\r\n"),
          400 },
        { TEXT("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\nok\r\n"), 400 },
        { TEXT("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2 \r\nok\r\n"),
          400 },
        { TEXT("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
               "fffffffffffffffff\r\n"),
          400 },
        { TEXT("GET / HTTP/1.1\nHost: a\n\n"), 400 },
        { TEXT("GET / HTTP/1.1\r\nHost: a\rX: y\r\n\r\n"), 400 },
        { TEXT("GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n folded\r\n\r\n"), 400 },
        { TEXT("GET / HTTP/1.1\r\n Host: a\r\n\r\n"), 400 },
        { TEXT("GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n"), 400 },
        { TEXT("GET / HTTP/1.1\r\nHost: a\r\nX\0: ab\r\n\r\n"), 400 },
        { TEXT("GET / HTTP/1.1\r\nHost: a\r\nX: a\x01"
               "b\r\n\r\n"),
          400 },
        { TEXT("GET / HTTP/1.1\r\nHost: a\r\n: nameless\r\n\r\n"), 400 },
        { TEXT("GET / HTTP/1.1\r\nHost: a\r\nno colon\r\n\r\n"), 400 },
        { TEXT("GET /\x01 HTTP/1.1\r\nHost: a\r\n\r\n"), 400 },
        { TEXT("GET /a b HTTP/1.1\r\nHost: a\r\n\r\n"), 400 },
        { TEXT("GET /\r\n\r\n"), 400 },
        { TEXT("GET / \r\n\r\n"), 400 },
        { TEXT("GET / HTTP/0.9\r\n\r\n"), 505 },
        { TEXT("GET / HTTP/1.2\r\nHost: a\r\n\r\n"), 505 },
        { TEXT("GET / HTTP/2.0\r\nHost: a\r\n\r\n"), 505 },
        { TEXT("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), 405 },
        { TEXT("BREW / HTTP/1.1\r\nHost: a\r\n\r\n"), 405 },
        { TEXT("get / HTTP/1.1\r\nHost: a\r\n\r\n"), 400 },
        { TEXT("CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n"), 405 },
        { TEXT("DESCRIBE / RTSP/1.0\r\n\r\n"), 405 },
        { TEXT("SOURCE / ICE/1.0\r\n\r\n"), 405 },
        { TEXT("GET / XTTP/1.1\r\n\r\n"), 400 },
        { TEXT("\x16\x03\x01\x02\x00\x01"), 400 },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        for (size_t piece = 1; piece <= cases[i].message.n; piece++) {
            struct outcome o = parse(cases[i].message, piece, 100);

            if (o.last != HTTP1_BAD || o.status != cases[i].status) {
                fail_msg("case %zu in pieces of %zu: event %d, status %d\n%.*s", i, piece, o.last,
                         o.status, (int)cases[i].message.n, (const char *)cases[i].message.p);
            }
        }
    }
}

/* A head of exactly so many octets. */
static struct bytes head_of(size_t octets, char *room)
{
    static const char begin[] = "GET / HTTP/1.1\r\nHost: a\r\nX: ";
    size_t filler = octets - strlen(begin) - 4;

    memcpy(room, begin, strlen(begin));
    memset(room + strlen(begin), 'y', filler);
    memcpy(room + octets - 4, "\r\n\r\n", 4);
    return (struct bytes){ (uint8_t *)room, octets };
}

static int status_of(struct bytes message, size_t piece)
{
    struct http1_parser *p = http1_parser_new();
    enum http1_event event = HTTP1_MORE;
    size_t used = 0;
    int status;

    while (used < message.n && event == HTTP1_MORE) {
        size_t n = message.n - used < piece ? message.n - used : piece;

        used += http1_parser_feed(p, message.p + used, n, &event);
    }
    status = event == HTTP1_BAD ? http1_parser_head(p)->status : (event == HTTP1_HEAD ? 200 : 0);
    http1_parser_free(p);
    return status;
}

static void heads_end_at_their_limit_to_the_octet(void **state)
{
    static char room[200 * 1024];
    static const size_t pieces[] = { 1, 1000, 64 * 1024, sizeof(room) };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(pieces); i++) {
        assert_int_equal(status_of(head_of(HTTP_HEAD_MAX, room), pieces[i]), 200);
        assert_int_equal(status_of(head_of(HTTP_HEAD_MAX + 1, room), pieces[i]), 431);
        assert_int_equal(status_of(head_of(sizeof(room), room), pieces[i]), 431);
    }
    /* an endless row of empty lines is a head too */
    memset(room, '\n', sizeof(room));
    for (size_t i = 0; i < sizeof(room); i += 2) {
        room[i] = '\r';
    }
    assert_int_equal(status_of((struct bytes){ (uint8_t *)room, sizeof(room) }, 1000), 431);
}

static void targets_and_fields_have_a_limit(void **state)
{
    static char room[64 * 1024];
    size_t n;

    (void)state;
    for (int over = 0; over <= 1; over++) {
        n = (size_t)snprintf(room, sizeof(room), "GET /");
        memset(room + n, 'x', HTTP_TARGET_MAX - 1 + (size_t)over);
        n += HTTP_TARGET_MAX - 1 + (size_t)over;
        n += (size_t)snprintf(room + n, sizeof(room) - n, " HTTP/1.1\r\nHost: a\r\n\r\n");
        assert_int_equal(status_of((struct bytes){ (uint8_t *)room, n }, 1), over ? 414 : 200);
        assert_int_equal(status_of((struct bytes){ (uint8_t *)room, n }, n), over ? 414 : 200);

        n = (size_t)snprintf(room, sizeof(room), "GET / HTTP/1.1\r\n");
        for (int i = 0; i < HTTP_HEADERS_MAX + over; i++) {
            n += (size_t)snprintf(room + n, sizeof(room) - n, "h%d: v\r\n", i);
        }
        n += (size_t)snprintf(room + n, sizeof(room) - n, "\r\n");
        assert_int_equal(status_of((struct bytes){ (uint8_t *)room, n }, 7), over ? 431 : 200);
    }
}

static void a_body_beyond_what_is_wanted_is_discarded(void **state)
{
    static const struct bytes declared =
        TEXT("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nabcdef");
    static const struct bytes chunked =
        TEXT("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
             "3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n");

    (void)state;
    for (size_t piece = 1; piece < 100; piece++) {
        assert_string_equal(parse(declared, piece, 6).body, "abcdef");
        assert_string_equal(parse(declared, piece, 5).body, "(too big)");
        assert_string_equal(parse(chunked, piece, 6).body, "abcdef");
        assert_string_equal(parse(chunked, piece, 5).body, "(too big)");
        assert_string_equal(parse(chunked, piece, 0).body, "(too big)");
    }
}

static void endless_chunk_notes_and_trailers_are_refused(void **state)
{
    static const char head[] = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
    static char room[64 * 1024];
    size_t n = strlen(head);

    (void)state;
    memcpy(room, head, n);
    while (n + 20 < sizeof(room)) {
        n += (size_t)snprintf(room + n, sizeof(room) - n, "1;abcdefgh=1\r\nx\r\n");
    }
    assert_int_equal(parse((struct bytes){ (uint8_t *)room, n }, 1000, 100000).last, HTTP1_BAD);
    n = strlen(head);
    n += (size_t)snprintf(room + n, sizeof(room) - n, "0\r\n");
    while (n + 20 < sizeof(room)) {
        n += (size_t)snprintf(room + n, sizeof(room) - n, "trailer: value\r\n");
    }
    assert_int_equal(parse((struct bytes){ (uint8_t *)room, n }, 1000, 100000).last, HTTP1_BAD);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_requests_are_understood_however_they_are_cut),
        cmocka_unit_test(what_follows_a_request_is_left_alone),
        cmocka_unit_test(probes_for_smuggling_are_refused_however_they_are_cut),
        cmocka_unit_test(heads_end_at_their_limit_to_the_octet),
        cmocka_unit_test(targets_and_fields_have_a_limit),
        cmocka_unit_test(a_body_beyond_what_is_wanted_is_discarded),
        cmocka_unit_test(endless_chunk_notes_and_trailers_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
