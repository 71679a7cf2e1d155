/* SPDX-License-Identifier: Apache-2.0 */
/* Small codecs, addresses, what can be asked of a request, and the guards. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "net/base64.h"
#include "net/guards.h"
#include "net/http_internal.h"
#include "net/sha1.h"

static void base64_reads_what_it_writes(void **state)
{
    /* RFC 4648 10 */
    static const char *const cases[][3] = {
        { "", "", "" },
        { "f", "Zg==", "Zg" },
        { "fo", "Zm8=", "Zm8" },
        { "foo", "Zm9v", "Zm9v" },
        { "foob", "Zm9vYg==", "Zm9vYg" },
        { "foobar", "Zm9vYmFy", "Zm9vYmFy" },
        { "\xfb\xff\xfe", "+//+", "-__-" },
    };
    struct err e;
    struct buf b;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        buf_init(&b, 100);
        assert_true(base64_put(&b, bytes_of(cases[i][0]), true, &e));
        assert_true(bytes_are(buf_view(&b), cases[i][1]));
        for (size_t k = 1; k <= 2; k++) {
            buf_clear(&b);
            assert_true(base64_read(bytes_of(cases[i][k]), &b, &e));
            assert_true(bytes_are(buf_view(&b), cases[i][0]));
        }
        buf_done(&b);
    }
}

static void what_is_no_base64_is_refused(void **state)
{
    static const char *const cases[] = { "A",    "AAAAA", "====", "A===",   "Zg=", "Zg===",
                                         "Z g=", "Zg==x", "\n",   "Zm9v\n", "=" };
    struct err e;
    struct buf b;

    (void)state;
    buf_init(&b, 100);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        if (base64_read(bytes_of(cases[i]), &b, &e)) {
            fail_msg("'%s' was taken", cases[i]);
        }
    }
    buf_done(&b);
}

static void sha1_gives_the_published_digests(void **state)
{
    static const struct {
        const char *text;
        const char *digest;
    } cases[] = {
        { "", "da39a3ee5e6b4b0d3255bfef95601890afd80709" },
        { "abc", "a9993e364706816aba3e25717850c26c9cd0d89d" },
        { "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
          "84983e441c3bd26ebaae4aa1f95129e5e54670f1" },
        { "dGhlIHNhbXBsZSBub25jZQ==258EAFA5-E914-47DA-95CA-C5AB0DC85B11",
          "b37a4f2cc0624f1690f64606cf385945b2bec4ea" },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        uint8_t digest[SHA1_LEN];
        char text[2 * SHA1_LEN + 1];

        sha1(bytes_of(cases[i].text), digest);
        for (size_t k = 0; k < SHA1_LEN; k++) {
            snprintf(text + 2 * k, 3, "%02x", digest[k]);
        }
        assert_string_equal(text, cases[i].digest);
    }
}

static void addresses_are_read_and_written(void **state)
{
    static const char *const good[][2] = {
        { "127.0.0.1:4327", "127.0.0.1:4327" },
        { "[::1]:80", "[::1]:80" },
        { ":0", "[::]:0" },
        { "[::ffff:127.0.0.1]:1", "127.0.0.1:1" },
        { "0.0.0.0:65535", "0.0.0.0:65535" },
    };
    static const char *const bad[] = { "",           "localhost:80",  "127.0.0.1",
                                       "127.0.0.1:", "1.2.3.4:65536", "1.2.3.4:+1",
                                       "::1:80",     "[::1:80",       "[]:1",
                                       "1.2.3:4",    "[::1%lo]:1",    "1.2.3.4:80x",
                                       "1.2.3.4: 80" };
    struct addr a;
    struct err e;
    char text[ADDR_TEXT_MAX];

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        assert_true(addr_parse(good[i][0], &a, &e));
        addr_text(&a, text);
        assert_string_equal(text, good[i][1]);
    }
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        if (addr_parse(bad[i], &a, &e)) {
            fail_msg("'%s' was taken", bad[i]);
        }
        assert_string_equal(e.reason, "INVALID");
    }
}

static void loopback_is_known_in_every_form(void **state)
{
    static const struct {
        const char *text;
        bool is;
    } cases[] = {
        { "127.0.0.1:1", true },          { "127.255.0.9:1", true }, { "[::1]:1", true },
        { "[::ffff:127.0.0.1]:1", true }, { "128.0.0.1:1", false },  { "0.0.0.0:1", false },
        { "[::ffff:10.0.0.1]:1", false }, { "[::]:1", false }
    };
    struct addr a;
    struct err e;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        assert_true(addr_parse(cases[i].text, &a, &e));
        assert_int_equal(addr_is_loopback(&a), cases[i].is);
    }
}

/* A request made by hand. */
struct made {
    struct http_exchange x;
    struct http_header headers[4];
};

static struct http_request *make(struct made *m, const char *query, size_t n,
                                 const struct http_header *headers)
{
    *m = (struct made){ .x.pub = { .method = HTTP_GET,
                                   .method_name = "GET",
                                   .path = "/",
                                   .host = "localhost:4327",
                                   .query = query } };
    for (size_t i = 0; i < n; i++) {
        m->headers[i] = headers[i];
    }
    m->x.pub.headers = m->headers;
    m->x.pub.n_headers = n;
    m->x.pub.arena = &m->x.arena;
    return &m->x.pub;
}

static void queries_are_decoded(void **state)
{
    struct made m;
    struct http_request *r = make(&m, "a=1&b=%41%2B+x&&c&d%20e=%zz%4&a=2&=empty&f=%00z", 0, NULL);
    struct bytes v;

    (void)state;
    assert_true(http_query(r, "a", &v) && bytes_are(v, "1"));
    assert_true(http_query(r, "b", &v) && bytes_are(v, "A+ x"));
    assert_true(http_query(r, "c", &v) && v.n == 0);
    assert_true(http_query(r, "d e", &v) && bytes_are(v, "%zz%4"));
    assert_true(http_query(r, "f", &v) && v.n == 2 && v.p[0] == 0);
    assert_false(http_query(r, "g", &v));
    assert_false(http_query(r, "empty", &v));
    arena_done(&m.x.arena);
}

static void cookies_and_lists_are_found(void **state)
{
    static const struct http_header headers[] = {
        { "cookie", "other=1; leapmux_session=abc ; xleapmux_session=no" },
        { "connection", "keep-alive, Upgrade" },
        { "cookie", "late=2" },
        { "accept", "a;q=1,  b" },
    };
    struct made m;
    struct http_request *r = make(&m, "", 4, headers);

    (void)state;
    assert_string_equal(http_cookie(r, "leapmux_session"), "abc");
    assert_string_equal(http_cookie(r, "late"), "2");
    assert_null(http_cookie(r, "session"));
    assert_true(http_header_lists(r, "connection", "upgrade"));
    assert_false(http_header_lists(r, "connection", "grade"));
    assert_true(http_header_lists(r, "accept", "a"));
    assert_true(http_header_lists(r, "accept", "b"));
    assert_false(http_header_lists(r, "accept", "q=1"));
    assert_int_equal(http_header_count(r, "cookie"), 2);
    assert_null(http_header(r, "Cookie"));
    arena_done(&m.x.arena);
}

static void targets_and_hosts_must_be_well_formed(void **state)
{
    static const struct {
        const char *target;
        const char *host;
        const char *path; /* NULL = refused */
        const char *said_host;
    } cases[] = {
        { "/a/b?c=d?e", "localhost", "/a/b", "localhost" },
        { "/", "[::1]:4327", "/", "[::1]:4327" },
        { "http://other:1/x?y", "localhost", "/x", "other:1" },
        { "HTTP://other", "localhost", "/", "other" },
        { "https://other?q", "localhost", "/", "other" },
        { "/", "", NULL, "" },
        { "/", "a b", NULL, "" },
        { "/", "a:", NULL, "" },
        { "/", "a:123456", NULL, "" },
        { "/", "a:1:2", NULL, "" },
        { "/", "user@a", NULL, "" },
        { "/", "a/b", NULL, "" },
        { "/", "a\"b", NULL, "" },
        { "/", "[::1", NULL, "" },
        { "/", "[]", NULL, "" },
        { "/", "a,b", NULL, "" },
        { "/", "\xc3\xbc", NULL, "" },
        { "*", "a", NULL, "" },
        { "a", "a", NULL, "" },
        { "/#x", "a", NULL, "" },
        { "ftp://a/", "a", NULL, "" },
        { "http://user@a/", "a", NULL, "" },
        { "http://", "a", NULL, "" },
        { "javascript:alert(1)", "a", NULL, "" },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct made m;
        char target[64];
        bool ok;

        make(&m, "", 0, NULL);
        snprintf(target, sizeof(target), "%s", cases[i].target);
        ok = http_exchange_target(&m.x, target, cases[i].host);
        if (ok != (cases[i].path != NULL)) {
            fail_msg("'%s' at '%s'", cases[i].target, cases[i].host);
        }
        if (ok) {
            assert_string_equal(m.x.pub.path, cases[i].path);
            assert_string_equal(m.x.pub.host, cases[i].said_host);
        }
        arena_done(&m.x.arena);
    }
}

static void only_allowed_hosts_pass(void **state)
{
    static const char *const names[] = { "localhost", "127.0.0.1", "[::1]", NULL };
    static const struct guard_policy solo = { .allowed_hosts = names };
    static const struct guard_policy any = { 0 };
    static const struct {
        const char *host;
        bool ok;
    } cases[] = {
        { "localhost:4327", true }, { "LocalHost", true },
        { "localhost.", true },     { "127.0.0.1:1", true },
        { "[::1]:4327", true },     { "[::1]", true },
        { "evil.example", false },  { "localhost.evil.example", false },
        { "127.0.0.10", false },    { "xlocalhost", false },
        { "[::2]", false },
    };
    struct made m;
    struct http_request *r = make(&m, "", 0, NULL);

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        r->host = cases[i].host;
        if (cases[i].ok != guard_host(&solo, r)) {
            fail_msg("'%s'", cases[i].host);
        }
        assert_true(guard_host(&any, r));
    }
}

static void foreign_pages_are_kept_out(void **state)
{
    static const struct {
        enum http_method method;
        const char *origin;
        const char *site;
        bool cookie;
        bool ok;
    } cases[] = {
        { HTTP_POST, NULL, NULL, false, true },
        { HTTP_POST, NULL, NULL, true, false },
        { HTTP_GET, NULL, NULL, true, true },
        { HTTP_POST, "http://localhost:4327", NULL, true, true },
        { HTTP_POST, "HTTP://LOCALHOST:4327", NULL, true, true },
        { HTTP_POST, "http://localhost:4328", NULL, false, false },
        { HTTP_POST, "http://localhost", NULL, false, false },
        { HTTP_POST, "https://localhost:4327", NULL, false, false },
        { HTTP_POST, "http://127.0.0.1:4327", NULL, false, false },
        { HTTP_POST, "http://evil.example", "same-origin", false, false },
        { HTTP_POST, "null", NULL, false, false },
        { HTTP_POST, "", NULL, false, false },
        { HTTP_POST, "http://localhost:4327/", NULL, false, false },
        { HTTP_POST, "http://localhost:4327@evil.example", NULL, false, false },
        { HTTP_POST, NULL, "same-origin", true, true },
        { HTTP_POST, NULL, "same-site", true, false },
        { HTTP_POST, NULL, "cross-site", false, false },
        { HTTP_POST, NULL, "none", true, false },
        { HTTP_GET, NULL, "none", true, true },
        { HTTP_GET, NULL, "cross-site", false, false },
        { HTTP_POST, "http://localhost:4327", "cross-site", false, false },
    };
    static const struct guard_policy policy = { 0 };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct http_header headers[2];
        struct made m;
        struct http_request *r;
        size_t n = 0;

        if (cases[i].origin != NULL) {
            headers[n++] = (struct http_header){ "origin", cases[i].origin };
        }
        if (cases[i].site != NULL) {
            headers[n++] = (struct http_header){ "sec-fetch-site", cases[i].site };
        }
        r = make(&m, "", n, headers);
        r->method = cases[i].method;
        if (guard_origin(&policy, r, cases[i].cookie) != cases[i].ok) {
            fail_msg("case %zu", i);
        }
    }
}

static void a_socket_that_rests_on_a_cookie_must_say_where_from(void **state)
{
    static const struct http_header headers[] = { { "upgrade", "websocket" },
                                                  { "origin", "https://mux.example" },
                                                  { "origin", "https://mux.example" } };
    static const struct guard_policy policy = { .public_origin = "https://mux.example:443/base" };
    struct made m;

    (void)state;
    assert_false(guard_origin(&policy, make(&m, "", 1, headers), true));
    assert_true(guard_origin(&policy, make(&m, "", 1, headers), false));
    assert_true(guard_origin(&policy, make(&m, "", 2, headers), true));
    assert_false(guard_origin(&policy, make(&m, "", 3, headers), true));
    assert_true(guard_is_upgrade(&m.x.pub));
}

static void content_types_are_compared_whole(void **state)
{
    (void)state;
    assert_true(guard_type_is("application/json", "application/json"));
    assert_true(guard_type_is("Application/JSON; charset=UTF-8", "application/json"));
    assert_true(guard_type_is("application/json;charset=\"utf-8\"", "application/json"));
    assert_false(guard_type_is("application/json; charset=latin1", "application/json"));
    assert_false(guard_type_is("application/json; charset=utf-8x", "application/json"));
    assert_false(guard_type_is("application/jsonx", "application/json"));
    assert_false(guard_type_is("text/plain", "application/json"));
    assert_false(guard_type_is(NULL, "application/json"));
}

static void the_content_policy_names_our_own_origin(void **state)
{
    struct arena arena = { 0 };
    struct http_header out[GUARD_HEADERS];

    (void)state;
    assert_string_equal(
        guard_csp(&arena, "http://localhost:4327", NULL),
        "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
        "connect-src 'self' ws://localhost:4327; img-src 'self' blob: data:; object-src 'none'; "
        "base-uri 'self'; form-action 'self'; frame-ancestors 'none'");
    assert_non_null(strstr(guard_csp(&arena, "https://a", "http://localhost:5173"),
                           "script-src 'self' http://localhost:5173; style-src 'self' "
                           "'unsafe-inline' http://localhost:5173; connect-src 'self' wss://a "
                           "http://localhost:5173 ws://localhost:5173; "));
    assert_int_equal(guard_headers("", false, out), GUARD_HEADERS - 1);
    assert_int_equal(guard_headers("", true, out), GUARD_HEADERS);
    assert_string_equal(out[GUARD_HEADERS - 1].name, "strict-transport-security");
    arena_done(&arena);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(base64_reads_what_it_writes),
        cmocka_unit_test(what_is_no_base64_is_refused),
        cmocka_unit_test(sha1_gives_the_published_digests),
        cmocka_unit_test(addresses_are_read_and_written),
        cmocka_unit_test(loopback_is_known_in_every_form),
        cmocka_unit_test(queries_are_decoded),
        cmocka_unit_test(cookies_and_lists_are_found),
        cmocka_unit_test(targets_and_hosts_must_be_well_formed),
        cmocka_unit_test(only_allowed_hosts_pass),
        cmocka_unit_test(foreign_pages_are_kept_out),
        cmocka_unit_test(a_socket_that_rests_on_a_cookie_must_say_where_from),
        cmocka_unit_test(content_types_are_compared_whole),
        cmocka_unit_test(the_content_policy_names_our_own_origin),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
