/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/net/harness.h"

#include "gen/assets.h"
#include "net/assets.h"

#define FORM(text)                                                                                 \
    {                                                                                              \
        (const unsigned char *)(text), sizeof(text) - 1                                            \
    }

static const struct asset TABLE[] = {
    { "/assets/app-1a2b.js", "text/javascript; charset=utf-8", "\"e1\"", FORM("identity form"),
      FORM("br form"), FORM("gzip form"), true },
    { "/assets/font.woff2", "font/woff2", "\"e2\"", FORM("font"), { NULL, 0 }, { NULL, 0 }, true },
    { "/favicon.svg",
      "image/svg+xml",
      "\"e3\"",
      FORM("icon"),
      { NULL, 0 },
      FORM("gzip icon"),
      false },
    { "/index.html",
      "text/html; charset=utf-8",
      "\"e4\"",
      FORM("<base href=\"__BASE_PATH__\"><i>__BASE_PATH__</i>"),
      FORM("br page"),
      { NULL, 0 },
      false },
    { "/sw.js",
      "text/javascript; charset=utf-8",
      "\"e5\"",
      FORM("worker"),
      { NULL, 0 },
      { NULL, 0 },
      false },
};

static struct world world;
static struct client client;
static struct assets *assets;

static void on_request(void *arg, struct http_request *r)
{
    (void)arg;
    if (!assets_respond(assets, r, r->path)) {
        http_respond_text(r, 404, "not found");
    }
}

static const struct http_handler HANDLER = { .on_request = on_request };

static int begin(void **state)
{
    (void)state;
    assets = assets_new(TABLE, ARRAY_LEN(TABLE), "/m\"ux/", "/sw.js");
    world_open(&world);
    world_serve(&world, &HANDLER, NULL, NULL);
    client_open(&client, &world);
    return 0;
}

static int finish(void **state)
{
    (void)state;
    client_close(&client);
    world_close(&world);
    assets_free(assets);
    return 0;
}

#define GET(path, fields) "GET " path " HTTP/1.1\r\nHost: a\r\n" fields "\r\n"

static void the_best_form_that_the_client_takes_is_sent(void **state)
{
    static const struct {
        const char *accept;
        const char *body;
    } cases[] = {
        { NULL, "\r\n\r\nidentity form" },
        { "gzip, deflate, br, zstd", "\r\n\r\nbr form" },
        { "gzip", "\r\n\r\ngzip form" },
        { "GZIP;q=1.0, br;q=0.5", "\r\n\r\ngzip form" },
        { "br;q=0, gzip;q=0.1", "\r\n\r\ngzip form" },
        { "br;q=0.000", "\r\n\r\nidentity form" },
        { "*", "\r\n\r\nbr form" },
        { "br;q=0, *;q=0.2", "\r\n\r\ngzip form" },
        { "identity;q=1, gzip;q=0.5", "\r\n\r\nidentity form" },
        { "identity;q=0.1, gzip;q=0.5", "\r\n\r\ngzip form" },
        { "xbr, brx", "\r\n\r\nidentity form" },
        { "", "\r\n\r\nidentity form" },
        { ";;,,=;q", "\r\n\r\nidentity form" },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char request[200];

        snprintf(
            request, sizeof(request), "GET /assets/app-1a2b.js HTTP/1.1\r\nHost: a\r\n%s%s%s\r\n",
            cases[i].accept != NULL ? "Accept-Encoding: " : "",
            cases[i].accept != NULL ? cases[i].accept : "", cases[i].accept != NULL ? "\r\n" : "");
        client_expect(&client, request, 200, cases[i].body);
    }
}

static void files_say_how_long_they_are_good_for(void **state)
{
    (void)state;
    client_expect(&client, GET("/assets/app-1a2b.js", ""), 200,
                  "cache-control: public, max-age=31536000, immutable\r\n");
    client_expect(&client, GET("/assets/app-1a2b.js", "Accept-Encoding: br\r\n"), 200,
                  "etag: \"e1-br\"\r\n");
    client_expect(&client, GET("/assets/app-1a2b.js", "Accept-Encoding: br\r\n"), 200,
                  "vary: accept-encoding\r\n");
    client_expect(&client, GET("/favicon.svg", ""), 200, "cache-control: no-cache\r\n");
    client_expect(&client, GET("/assets/font.woff2", "Accept-Encoding: br, gzip\r\n"), 200,
                  "\r\n\r\nfont");
}

static void what_the_client_has_is_not_sent_again(void **state)
{
    (void)state;
    client_expect(&client, GET("/favicon.svg", "If-None-Match: \"e3\"\r\n"), 304,
                  "etag: \"e3\"\r\n");
    client_expect(&client, GET("/favicon.svg", "If-None-Match: \"x\", W/\"e3\"\r\n"), 304, NULL);
    client_expect(&client, GET("/favicon.svg", "If-None-Match: *\r\n"), 304, NULL);
    client_expect(&client, GET("/favicon.svg", "If-None-Match: \"e33\"\r\n"), 200, NULL);
    client_expect(&client,
                  GET("/favicon.svg", "Accept-Encoding: gzip\r\nIf-None-Match: \"e3\"\r\n"), 200,
                  "gzip icon");
    client_expect(&client, "HEAD /favicon.svg HTTP/1.1\r\nHost: a\r\n\r\n", 200,
                  "content-length: 4\r\n");
}

static void the_page_stands_at_every_path_without_a_dot(void **state)
{
    static const char *const paths[] = { GET("/", ""), GET("/o/acme/ws/x1", ""), GET("/setup", ""),
                                         GET("/v1.2/x", "") };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
        client_expect(&client, paths[i], 200, "<base href=\"/m&quot;ux/\"><i>/m&quot;ux/</i>");
    }
    client_expect(&client, GET("/", "Accept-Encoding: br\r\n"), 200, "cache-control: no-cache\r\n");
}

static void the_page_is_revalidated_by_its_content(void **state)
{
    char *answer;
    char tag[64];
    char request[200];

    (void)state;
    client_send(&client, GET("/", ""));
    answer = client_answer(&client);
    assert_int_equal(sscanf(strstr(answer, "etag: "), "etag: %63[^\r]", tag), 1);
    free(answer);
    snprintf(request, sizeof(request), "GET /x HTTP/1.1\r\nHost: a\r\nIf-None-Match: %s\r\n\r\n",
             tag);
    client_expect(&client, request, 304, NULL);
}

static void everything_else_is_not_found(void **state)
{
    static const char *const paths[] = {
        GET("/sw.js", ""),          GET("/index.html", ""),
        GET("/assets/none.js", ""), GET("/leapmux.v1.AuthService/GetCurrentUser", ""),
        GET("/../favicon.svg", ""), GET("/assets/../favicon.svg", ""),
        GET("//favicon.svg", ""),   GET("/favicon.svg%00", ""),
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
        client_expect(&client, paths[i], 404, NULL);
    }
}

static void other_methods_are_told_which_are_allowed(void **state)
{
    (void)state;
    client_expect(&client, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", 405,
                  "allow: GET, HEAD\r\n");
    client_expect(&client, "DELETE /favicon.svg HTTP/1.1\r\nHost: a\r\n\r\n", 405,
                  "allow: GET, HEAD\r\n");
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, begin, finish)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        CASE(the_best_form_that_the_client_takes_is_sent),
        CASE(files_say_how_long_they_are_good_for),
        CASE(what_the_client_has_is_not_sent_again),
        CASE(the_page_stands_at_every_path_without_a_dot),
        CASE(the_page_is_revalidated_by_its_content),
        CASE(everything_else_is_not_found),
        CASE(other_methods_are_told_which_are_allowed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
