/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/net/harness.h"

#include "base/fault.h"

static struct world world;
static struct client client;
static char last_body[64];
static struct http_request *held; /* of /later and /later-body */
static int gone;
static int records;
static int last_status;
static bool drained;

static void answer_body(void *arg, struct http_request *r, const struct bytes *body)
{
    (void)arg;
    if (body == NULL) {
        snprintf(last_body, sizeof(last_body), "(too big)");
        http_respond_text(r, 413, "too big");
        return;
    }
    snprintf(last_body, sizeof(last_body), "%.*s", (int)body->n, (const char *)body->p);
    http_respond(r, &(struct http_response){ .status = 200, .type = "text/plain", .body = *body });
}

static void count_gone(void *arg)
{
    (void)arg;
    gone++;
    held = NULL;
    world_wake(&world);
}

static void answer_big(struct http_request *r, enum http_body_kind kind)
{
    static uint8_t big[3 * 1024 * 1024];

    memset(big, 'b', sizeof(big));
    http_respond(r, &(struct http_response){
                        .status = 200, .body = { big, sizeof(big) }, .body_kind = kind });
}

static void hold(struct http_request *r)
{
    held = r;
    http_on_gone(r, count_gone, NULL);
    world_wake(&world);
}

static void on_request(void *arg, struct http_request *r)
{
    (void)arg;
    if (strcmp(r->path, "/echo") == 0) {
        http_read_body(r, 16, answer_body, NULL);
    } else if (strcmp(r->path, "/later") == 0 || strcmp(r->path, "/later-body") == 0) {
        hold(r);
    } else if (strcmp(r->path, "/big-static") == 0) {
        answer_big(r, HTTP_STATIC);
    } else if (strcmp(r->path, "/big-copied") == 0) {
        answer_big(r, HTTP_COPIED);
    } else if (strcmp(r->path, "/free") == 0) {
        http_server_free(TAKE(world.server, NULL));
    } else if (r->method != HTTP_GET && r->method != HTTP_HEAD) {
        http_respond_not_allowed(r, "GET, HEAD");
    } else {
        http_respond_text(
            r, 200,
            arena_printf(r->arena, "%s %s?%s at %s", r->method_name, r->path, r->query, r->host));
    }
}

static void on_done(void *arg, const struct http_record *record)
{
    (void)arg;
    records++;
    last_status = record->status;
    assert_true(id_is_valid(id_bytes(&record->id)));
    assert_null(strchr(record->path, '?'));
}

static const struct http_handler HANDLER = { .on_request = on_request, .on_done = on_done };

static int begin(void **state)
{
    (void)state;
    held = NULL;
    gone = 0;
    records = 0;
    last_status = -1;
    drained = false;
    last_body[0] = '\0';
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
    return 0;
}

static bool is_held(const void *arg)
{
    (void)arg;
    return held != NULL;
}

static bool is_gone(const void *arg)
{
    return gone == *(const int *)arg;
}

static bool is_drained(const void *arg)
{
    (void)arg;
    return drained;
}

#define GET(path)  "GET " path " HTTP/1.1\r\nHost: localhost\r\n\r\n"
#define POST(path) "POST " path " HTTP/1.1\r\nHost: localhost\r\n"

static void every_answer_carries_the_security_headers(void **state)
{
    static const char *const wanted[] = {
        "\r\ncontent-security-policy: default-src 'self'; ",
        "connect-src 'self' ws://localhost;",
        "\r\nx-content-type-options: nosniff\r\n",
        "\r\nreferrer-policy: no-referrer\r\n",
        "\r\ncross-origin-opener-policy: same-origin\r\n",
        "\r\ncross-origin-resource-policy: same-origin\r\n",
        "\r\npermissions-policy: ",
        "\r\nx-request-id: ",
        "\r\ndate: ",
    };
    static const char *const requests[] = {
        GET("/"),
        POST("/echo") "Content-Length: 2\r\n\r\nok",
        POST("/echo") "Content-Length: 20\r\n\r\n01234567890123456789",
        "DELETE / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "BREW / HTTP/1.1\r\nHost: localhost\r\n\r\n",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(requests); i++) {
        CLEANUP(free_p) char *answer = NULL;

        client_send(&client, requests[i]);
        answer = client_answer(&client);
        for (size_t k = 0; k < ARRAY_LEN(wanted); k++) {
            /* a request that was refused for its first line has no host yet */
            if (strstr(answer, wanted[k]) == NULL) {
                fail_msg("no '%s' in\n%s", wanted[k], answer);
            }
        }
        assert_null(strstr(answer, "strict-transport-security"));
    }
    assert_int_equal(records, ARRAY_LEN(requests));
}

static void head_is_get_without_a_body(void **state)
{
    (void)state;
    client_expect(&client, "HEAD /x HTTP/1.1\r\nHost: a\r\n\r\n", 200, "content-length: 14\r\n");
    assert_int_equal(client.in.n, 0);
    client_expect(&client, GET("/y?z=1"), 200, "GET /y?z=1 at localhost\n");
}

static void pipelined_requests_are_answered_in_order(void **state)
{
    struct buf all;
    struct err e;

    (void)state;
    buf_init(&all, 1024 * 1024);
    for (int i = 0; i < 500; i++) {
        assert_true(buf_printf(&all, &e, GET("/%d"), i));
    }
    client_send_bytes(&client, buf_view(&all));
    for (int i = 0; i < 500; i++) {
        char want[40];
        CLEANUP(free_p) char *answer = client_answer(&client);

        snprintf(want, sizeof(want), "GET /%d? at", i);
        assert_non_null(strstr(answer, want));
    }
    buf_done(&all);
}

static void requests_may_come_in_single_octets(void **state)
{
    static const char text[] = POST("/echo") "Transfer-Encoding: chunked\r\n\r\n"
                                             "2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n" GET("/next");

    (void)state;
    for (size_t i = 0; i < strlen(text); i++) {
        client_send_bytes(&client, (struct bytes){ (const uint8_t *)text + i, 1 });
        if (i % 7 == 0) {
            world_turn(&world);
        }
    }
    client_expect(&client, "", 200, "hello");
    client_expect(&client, "", 200, "GET /next");
}

static void bodies_are_delivered_up_to_the_limit(void **state)
{
    (void)state;
    client_expect(&client, POST("/echo") "Content-Length: 0\r\n\r\n", 200, "content-length: 0\r\n");
    client_expect(&client, POST("/echo") "\r\n", 200, "content-length: 0\r\n");
    client_expect(&client, POST("/echo") "Content-Length: 16\r\n\r\n0123456789abcdef", 200,
                  "0123456789abcdef");
    /* declared: refused, the connection goes on */
    client_expect(&client, POST("/echo") "Content-Length: 17\r\n\r\n0123456789abcdefg", 413,
                  "too big");
    assert_string_equal(last_body, "(too big)");
    client_expect(&client, GET("/"), 200, "GET /");
    /* chunked: how much would come is not known, so the connection ends */
    client_expect(&client,
                  POST("/echo") "Transfer-Encoding: chunked\r\n\r\n"
                                "11\r\n0123456789abcdefg\r\n",
                  413, "connection: close");
    client_until_end(&client);
}

static void a_huge_declared_body_ends_the_connection(void **state)
{
    (void)state;
    client_expect(&client, POST("/echo") "Content-Length: 99999999999\r\n\r\n", 413,
                  "connection: close");
    client_until_end(&client);
}

static void an_unread_body_is_skipped(void **state)
{
    (void)state;
    client_expect(&client, "DELETE /x HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n", 405,
                  "allow: GET, HEAD\r\n");
    client_expect(&client, "GET /" GET("/next"), 200, "GET /next");
}

static void expecting_clients_are_told_to_go_on(void **state)
{
    CLEANUP(free_p) char *answer = NULL;

    (void)state;
    client_send(&client, POST("/echo") "Content-Length: 2\r\nExpect: 100-continue\r\n\r\n");
    answer = client_answer(&client);
    assert_string_equal(answer, "HTTP/1.1 100 Continue\r\n\r\n");
    client_expect(&client, "ok", 200, "ok");
    /* too large: no Continue, and the body that may come or not ends the connection */
    client_expect(&client, POST("/echo") "Content-Length: 99\r\nExpect: 100-continue\r\n\r\n", 413,
                  "connection: close");
    client_until_end(&client);
}

static void unknown_expectations_are_refused(void **state)
{
    (void)state;
    client_expect(&client, POST("/echo") "Content-Length: 2\r\nExpect: magic\r\n\r\nok", 417, NULL);
    client_until_end(&client);
}

static void refused_requests_get_an_answer_and_end_the_connection(void **state)
{
    static const struct {
        const char *request;
        int status;
    } cases[] = {
        { "GET / HTTP/1.1\r\n\r\n", 400 },
        { "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400 },
        { "GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400 },
        { "GET / HTTP/1.1\r\nHost:\r\n\r\n", 400 },
        { "GET x HTTP/1.1\r\nHost: a\r\n\r\n", 400 },
        { "GET /\r\n\r\n", 400 },
        { "GET / HTTP/3.0\r\nHost: a\r\n\r\n", 505 },
        { "CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n", 405 },
        { POST("/") "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400 },
        { POST("/echo") "Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400 },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        client_close(&client);
        client_open(&client, &world);
        client_expect(&client, cases[i].request, cases[i].status, "connection: close");
        client_until_end(&client);
        assert_int_equal(last_status, cases[i].status);
    }
}

static void keep_alive_is_as_the_client_says(void **state)
{
    (void)state;
    client_expect(&client, "GET / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n", 200,
                  "connection: keep-alive\r\n");
    client_expect(&client, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", 200,
                  "connection: close\r\n");
    client_until_end(&client);
    client_close(&client);
    client_open(&client, &world);
    client_expect(&client, "GET / HTTP/1.0\r\nHost: a\r\n\r\n", 200, "connection: close\r\n");
    client_until_end(&client);
}

static void an_unknown_upgrade_is_an_ordinary_request(void **state)
{
    (void)state;
    client_expect(&client,
                  "GET /u HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\n"
                  "Upgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n",
                  200, "GET /u");
    client_expect(&client, GET("/next"), 200, "GET /next");
}

static void an_answer_may_come_later(void **state)
{
    (void)state;
    client_send(&client, GET("/later") GET("/after"));
    world_until(&world, is_held, NULL);
    http_respond_text(TAKE(held, NULL), 200, "at last");
    client_expect(&client, "", 200, "at last");
    client_expect(&client, "", 200, "GET /after");
    assert_int_equal(gone, 0);
}

static void a_body_may_be_asked_for_later(void **state)
{
    (void)state;
    client_send(&client, POST("/later-body") "Content-Length: 5\r\n\r\nhello");
    world_until(&world, is_held, NULL);
    http_read_body(TAKE(held, NULL), 16, answer_body, NULL);
    client_expect(&client, "", 200, "hello");
    client_send(&client, GET("/later-body"));
    world_until(&world, is_held, NULL);
    http_read_body(TAKE(held, NULL), 16, answer_body, NULL);
    client_expect(&client, "", 200, "content-length: 0");
}

static void a_client_that_goes_away_is_told_once(void **state)
{
    int one = 1;

    (void)state;
    client_send(&client, GET("/later"));
    world_until(&world, is_held, NULL);
    client_close(&client);
    world_until(&world, is_gone, &one);
    assert_int_equal(last_status, 0);
    client_open(&client, &world);
    client_expect(&client, GET("/"), 200, NULL);
    assert_int_equal(gone, 1);
}

static void big_answers_arrive_whole(void **state)
{
    static const char *const paths[] = { GET("/big-static"), GET("/big-copied") };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
        CLEANUP(free_p) char *answer = NULL;
        const char *body;

        client_send(&client, paths[i]);
        client_send(&client, GET("/small"));
        answer = client_answer(&client);
        body = strstr(answer, "\r\n\r\n") + 4;
        assert_int_equal(strlen(body), 3 * 1024 * 1024);
        assert_int_equal(strspn(body, "b"), 3 * 1024 * 1024);
        client_expect(&client, "", 200, "GET /small");
    }
}

static void a_client_that_only_writes_is_not_read_for_ever(void **state)
{
    enum { BATCHES = 1000, IN_A_BATCH = 1000 };
    bool blocked = false;
    struct buf batch;
    struct err e;

    (void)state;
    watch_set(client.watch, 0);
    buf_init(&batch, 1024 * 1024);
    for (int i = 0; i < IN_A_BATCH; i++) {
        assert_true(buf_put(&batch, bytes_of(GET("/big-static")), &e));
    }
    for (int i = 0; i < BATCHES && !blocked; i++) {
        ssize_t n = send(client.fd, batch.p, batch.n, MSG_NOSIGNAL);

        blocked = n < 0;
        world_turn(&world);
    }
    buf_done(&batch);
    assert_true(blocked);
    assert_true(records < 100); /* far fewer answers were made than asked for */
}

static void half_closed_clients_get_what_was_answered(void **state)
{
    (void)state;
    client_send(&client, GET("/a"));
    assert_int_equal(shutdown(client.fd, SHUT_WR), 0);
    client_expect(&client, "", 200, "GET /a");
    client_until_end(&client);
}

static void on_drained(void *arg)
{
    (void)arg;
    drained = true;
    world_wake(&world);
}

static void draining_ends_idle_connections_and_lets_running_ones_finish(void **state)
{
    struct client busy;

    (void)state;
    client_expect(&client, GET("/"), 200, NULL);
    client_open(&busy, &world);
    client_send(&busy, GET("/later"));
    world_until(&world, is_held, NULL);
    http_server_drain(world.server, on_drained, NULL);
    client_until_end(&client);
    assert_false(drained);
    http_respond_text(TAKE(held, NULL), 200, "last words");
    client_expect(&busy, "", 200, "connection: close");
    client_until_end(&busy);
    world_until(&world, is_drained, NULL);
    assert_int_equal(http_server_connections(world.server), 0);
    client_close(&busy);
}

/* Free the server as soon as it is drained: the answer must be out by then. */
static void free_when_drained(void *arg)
{
    on_drained(arg);
    http_server_free(TAKE(world.server, NULL));
}

static void drained_means_that_big_answers_are_sent(void **state)
{
    enum { MORE_THAN_SOCKETS_HOLD = 24 * 1024 * 1024 };
    CLEANUP(free_p) char *answer = NULL;
    uint8_t *huge = must_alloc(MORE_THAN_SOCKETS_HOLD);

    (void)state;
    memset(huge, 'h', MORE_THAN_SOCKETS_HOLD);
    client_send(&client, GET("/later"));
    world_until(&world, is_held, NULL);
    http_server_drain(world.server, free_when_drained, NULL);
    watch_set(client.watch, 0);
    http_respond(TAKE(held, NULL), &(struct http_response){
                                       .status = 200, .body = { huge, MORE_THAN_SOCKETS_HOLD } });
    free(huge);
    for (int i = 0; i < 50; i++) {
        world_turn(&world);
    }
    assert_false(drained);
    watch_set(client.watch, WATCH_READ);
    answer = client_answer(&client);
    assert_true(strlen(answer) > MORE_THAN_SOCKETS_HOLD);
    world_until(&world, is_drained, NULL);
}

static void freeing_the_server_tells_open_requests(void **state)
{
    (void)state;
    client_send(&client, GET("/later"));
    world_until(&world, is_held, NULL);
    http_server_free(TAKE(world.server, NULL));
    assert_int_equal(gone, 1);
    client_until_end(&client);
}

static void the_server_may_be_freed_inside_a_handler(void **state)
{
    (void)state;
    client_send(&client, GET("/free"));
    client_until_end(&client);
    assert_null(world.server);
}

static void both_families_and_unix_sockets_are_served(void **state)
{
    char path[64];
    char address[80];
    struct err e;
    struct client other;

    (void)state;
    snprintf(path, sizeof(path), "/tmp/leapmux-test-http-%d.sock", (int)getpid());
    snprintf(address, sizeof(address), "unix:%s", path);
    assert_true(http_server_listen(world.server, address, &e));
    client_open_at(&other, &world, 1);
    client_expect(&other, GET("/u"), 200, "GET /u");
    client_close(&other);
    if (http_server_listen(world.server, "[::1]:0", &e)) {
        client_open_at(&other, &world, 2);
        client_expect(&other, GET("/6"), 200, "GET /6");
        client_close(&other);
    }
    assert_false(http_server_listen(world.server, http_server_address(world.server, 0), &e));
    assert_string_equal(e.reason, "BUSY");
    assert_null(http_server_address(world.server, 7));
}

/* Whatever call of the network fails, the server lives and serves the next client. */
static void the_server_outlives_every_fault(void **state)
{
    (void)state;
#ifdef FAULTS
    for (uint32_t nth = 0;; nth++) {
        struct client victim;
        const char *failed;

        fault_arm(nth);
        client_open(&victim, &world);
        client_send(&victim, POST("/echo") "Content-Length: 2\r\nConnection: close\r\n\r\nok");
        client_until_end(&victim);
        failed = fault_disarm();
        if (failed == NULL) {
            assert_non_null(memmem(victim.in.p, victim.in.n, " 200 ", 5));
        }
        client_close(&victim);
        client_expect(&client, GET("/"), 200, NULL);
        if (failed == NULL) {
            assert_true(nth > 2);
            break;
        }
    }
#else
    skip();
#endif
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, begin, finish)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        CASE(every_answer_carries_the_security_headers),
        CASE(head_is_get_without_a_body),
        CASE(pipelined_requests_are_answered_in_order),
        CASE(requests_may_come_in_single_octets),
        CASE(bodies_are_delivered_up_to_the_limit),
        CASE(a_huge_declared_body_ends_the_connection),
        CASE(an_unread_body_is_skipped),
        CASE(expecting_clients_are_told_to_go_on),
        CASE(unknown_expectations_are_refused),
        CASE(refused_requests_get_an_answer_and_end_the_connection),
        CASE(keep_alive_is_as_the_client_says),
        CASE(an_unknown_upgrade_is_an_ordinary_request),
        CASE(an_answer_may_come_later),
        CASE(a_body_may_be_asked_for_later),
        CASE(a_client_that_goes_away_is_told_once),
        CASE(big_answers_arrive_whole),
        CASE(a_client_that_only_writes_is_not_read_for_ever),
        CASE(half_closed_clients_get_what_was_answered),
        CASE(draining_ends_idle_connections_and_lets_running_ones_finish),
        CASE(drained_means_that_big_answers_are_sent),
        CASE(freeing_the_server_tells_open_requests),
        CASE(the_server_may_be_freed_inside_a_handler),
        CASE(both_families_and_unix_sockets_are_served),
        CASE(the_server_outlives_every_fault),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
