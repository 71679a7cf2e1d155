/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/net/harness.h"

#include "base/fault.h"
#include "net/websocket.h"

enum { MESSAGE_MAX = 128 * 1024 };

static struct world world;
static struct client client;
static struct websocket *socket_now;
static int messages;
static int drains;
static int closes;
static int close_code;
static int last_status; /* of the record of a request */
static bool echoing;
static struct websocket_options options;

static void on_message(void *arg, enum websocket_kind kind, struct bytes message)
{
    (void)arg;
    messages++;
    world_wake(&world);
    if (bytes_are(message, "free")) {
        websocket_free(TAKE(socket_now, NULL));
    } else if (bytes_are(message, "bye")) {
        websocket_close(socket_now, WEBSOCKET_POLICY, "as you wish");
    } else if (bytes_are(message, "pause")) {
        websocket_pause(socket_now, true);
    } else if (echoing) {
        (void)websocket_send(socket_now, kind, message);
    }
}

static void on_drain(void *arg)
{
    (void)arg;
    drains++;
    world_wake(&world);
}

static void on_closed(void *arg, int code)
{
    (void)arg;
    closes++;
    close_code = code;
    socket_now = NULL;
    world_wake(&world);
}

static const struct websocket_handlers SOCKET = { on_message, on_drain, on_closed };

static void on_request(void *arg, struct http_request *r)
{
    (void)arg;
    if (strcmp(r->path, "/ws") == 0) {
        socket_now = http_upgrade_websocket(r, &options, &SOCKET, NULL);
    } else {
        http_respond_text(r, 200, "page");
    }
}

static void on_done(void *arg, const struct http_record *record)
{
    (void)arg;
    assert_string_equal(record->path, "/ws");
    last_status = record->status;
}

static const struct http_handler HANDLER = { .on_request = on_request, .on_done = on_done };

#define HELLO                                                                                      \
    "GET /ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"         \
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
#define OFFER "Sec-WebSocket-Protocol: other, leapmux.v1\r\n"

static int begin(void **state)
{
    (void)state;
    socket_now = NULL;
    messages = drains = closes = 0;
    close_code = 0;
    echoing = true;
    options = (struct websocket_options){ .subprotocol = "leapmux.v1", .message_max = MESSAGE_MAX };
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

static void shake_hands(void)
{
    client_expect(&client, HELLO OFFER "\r\n", 101, "sec-websocket-protocol: leapmux.v1\r\n");
    assert_non_null(socket_now);
}

static void put_frame(struct buf *out, uint8_t first, struct bytes payload)
{
    struct err e;
    bool ok = buf_put_u8(out, first, &e);

    if (payload.n < 126) {
        ok = ok && buf_put_u8(out, (uint8_t)(0x80 | payload.n), &e);
    } else if (payload.n <= UINT16_MAX) {
        ok = ok && buf_put_u8(out, 0x80 | 126, &e) && buf_put_u16be(out, (uint16_t)payload.n, &e);
    } else {
        ok = ok && buf_put_u8(out, 0x80 | 127, &e) && buf_put_u64be(out, payload.n, &e);
    }
    ok = ok && buf_put_u32be(out, 0x01020304, &e);
    for (size_t i = 0; ok && i < payload.n; i++) {
        ok = buf_put_u8(out, payload.p[i] ^ (uint8_t)(i % 4 + 1), &e);
    }
    assert_true(ok);
}

static void send_frame(uint8_t first, struct bytes payload)
{
    struct buf frame;

    buf_init(&frame, MESSAGE_MAX + 100);
    put_frame(&frame, first, payload);
    client_send_bytes(&client, buf_view(&frame));
    buf_done(&frame);
}

static void send_text(uint8_t first, const char *text)
{
    send_frame(first, bytes_of(text));
}

static bool has_two_octets(const void *arg)
{
    return ((const struct client *)arg)->in.n >= 2;
}

struct expected {
    size_t n;
};

static bool has_octets(const void *arg)
{
    return client.in.n >= ((const struct expected *)arg)->n;
}

/* Take one frame of the server: its first octet, and the payload as a fresh text. */
static uint8_t take_frame(char **payload, size_t *n)
{
    struct expected whole = { 2 };
    size_t head = 2;
    uint8_t first;

    world_until(&world, has_two_octets, &client);
    first = client.in.p[0];
    assert_int_equal(client.in.p[1] & 0x80, 0);
    *n = client.in.p[1];
    if (*n >= 126) {
        head = *n == 126 ? 4 : 10;
        whole.n = head;
        world_until(&world, has_octets, &whole);
        *n = 0;
        for (size_t i = 2; i < head; i++) {
            *n = *n << 8 | client.in.p[i];
        }
    }
    whole.n = head + *n;
    world_until(&world, has_octets, &whole);
    *payload = bytes_dup((struct bytes){ client.in.p + head, *n });
    buf_consume(&client.in, whole.n);
    return first;
}

static void expect_frame(uint8_t first, const char *text)
{
    CLEANUP(free_p) char *payload = NULL;
    size_t n;

    assert_int_equal(take_frame(&payload, &n), first);
    assert_string_equal(payload, text);
}

static void expect_close(int code)
{
    CLEANUP(free_p) char *payload = NULL;
    size_t n;

    assert_int_equal(take_frame(&payload, &n), 0x88);
    assert_true(n >= 2);
    assert_int_equal((uint8_t)payload[0] << 8 | (uint8_t)payload[1], code);
}

static bool is_closed(const void *arg)
{
    (void)arg;
    return closes > 0;
}

static bool got_messages(const void *arg)
{
    return messages >= *(const int *)arg;
}

static void the_handshake_proves_that_it_understood(void **state)
{
    (void)state;
    /* the example of RFC 6455 1.3 */
    client_expect(&client, HELLO OFFER "\r\n", 101,
                  "sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n");
}

static void malformed_handshakes_are_refused(void **state)
{
#define KEY     "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
#define VERSION "Sec-WebSocket-Version: 13\r\n"
#define UPGRADE "Upgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
    static const struct {
        const char *fields;
        int status;
        const char *within;
    } cases[] = {
        { UPGRADE KEY VERSION OFFER "\r\n", 101, NULL },
        { KEY VERSION OFFER "\r\n", 426, "upgrade: websocket" },
        { "Upgrade: h2c\r\nConnection: Upgrade\r\n" KEY VERSION OFFER "\r\n", 426, NULL },
        { "Upgrade: websocket\r\n" KEY VERSION OFFER "\r\n", 400, NULL },
        { UPGRADE VERSION OFFER "\r\n", 400, NULL },
        { UPGRADE KEY KEY VERSION OFFER "\r\n", 400, NULL },
        { UPGRADE "Sec-WebSocket-Key: c2hvcnQ=\r\n" VERSION OFFER "\r\n", 400, NULL },
        { UPGRADE "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=?\r\n" VERSION OFFER "\r\n", 400,
          NULL },
        { UPGRADE KEY OFFER "\r\n", 426, "sec-websocket-version: 13" },
        { UPGRADE KEY "Sec-WebSocket-Version: 8\r\n" OFFER "\r\n", 426,
          "sec-websocket-version: 13" },
        { UPGRADE KEY VERSION "\r\n", 400, NULL },
        { UPGRADE KEY VERSION "Sec-WebSocket-Protocol: leapmux.v10\r\n\r\n", 400, NULL },
        { UPGRADE KEY VERSION OFFER "Content-Length: 1\r\n\r\nx", 400, NULL },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        char request[1024];

        client_close(&client);
        client_open(&client, &world);
        snprintf(request, sizeof(request), "GET /ws HTTP/1.1\r\nHost: localhost\r\n%s",
                 cases[i].fields);
        client_expect(&client, request, cases[i].status, cases[i].within);
        assert_int_equal(last_status, cases[i].status);
        assert_int_equal(socket_now != NULL, cases[i].status == 101);
        websocket_free(TAKE(socket_now, NULL));
    }
    client_close(&client);
    client_open(&client, &world);
    client_expect(&client, "POST /ws HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n", 405,
                  "allow: GET");
}

static void messages_come_back_as_they_were(void **state)
{
    static const size_t lengths[] = { 0, 125, 126, 65535, 65536, MESSAGE_MAX };
    uint8_t *data = must_alloc(MESSAGE_MAX);

    (void)state;
    shake_hands();
    memset(data, 'z', MESSAGE_MAX);
    for (size_t i = 0; i < ARRAY_LEN(lengths); i++) {
        CLEANUP(free_p) char *payload = NULL;
        size_t n;

        send_frame(0x82, (struct bytes){ data, lengths[i] });
        assert_int_equal(take_frame(&payload, &n), 0x82);
        assert_int_equal(n, lengths[i]);
        assert_int_equal(strspn(payload, "z"), n);
    }
    send_text(0x01, "frag");
    send_text(0x89, "ping");
    send_text(0x80, "ments");
    expect_frame(0x8a, "ping");
    expect_frame(0x81, "fragments");
    free(data);
}

static void what_follows_the_handshake_at_once_is_not_lost(void **state)
{
    struct buf all;
    struct err e;

    (void)state;
    buf_init(&all, 4096);
    assert_true(buf_put(&all, bytes_of(HELLO OFFER "\r\n"), &e));
    put_frame(&all, 0x82, bytes_of("early"));
    put_frame(&all, 0x82, bytes_of("bird"));
    client_send_bytes(&client, buf_view(&all));
    buf_done(&all);
    client_expect(&client, "", 101, NULL);
    expect_frame(0x82, "early");
    expect_frame(0x82, "bird");
}

static void a_client_may_close(void **state)
{
    (void)state;
    shake_hands();
    send_frame(0x88, (struct bytes){ (const uint8_t *)"\x0f\xa1gone", 6 });
    expect_close(4001);
    client_until_end(&client);
    world_until(&world, is_closed, NULL);
    assert_int_equal(close_code, 4001);
    assert_int_equal(closes, 1);
}

static void a_close_without_a_code_is_answered_without_one(void **state)
{
    CLEANUP(free_p) char *payload = NULL;
    size_t n;

    (void)state;
    shake_hands();
    send_text(0x88, "");
    assert_int_equal(take_frame(&payload, &n), 0x88);
    assert_int_equal(n, 0);
    client_until_end(&client);
    assert_int_equal(close_code, WEBSOCKET_NO_CODE);
}

static void we_may_close_and_wait_for_the_client(void **state)
{
    (void)state;
    shake_hands();
    send_text(0x82, "bye");
    expect_close(WEBSOCKET_POLICY);
    assert_int_equal(closes, 0);
    send_text(0x82, "too late");
    send_frame(0x88, (struct bytes){ (const uint8_t *)"\x03\xf0", 2 });
    client_until_end(&client);
    world_until(&world, is_closed, NULL);
    assert_int_equal(close_code, WEBSOCKET_POLICY);
    assert_int_equal(messages, 1);
}

/* The wait ends after 2 s, which this test spends. */
static void a_client_that_ignores_our_close_is_left(void **state)
{
    (void)state;
    shake_hands();
    send_text(0x82, "bye");
    world_until(&world, is_closed, NULL);
    assert_int_equal(close_code, WEBSOCKET_POLICY);
}

static void faults_close_with_their_code(void **state)
{
    static const struct {
        uint8_t first;
        struct bytes payload;
        int code;
    } cases[] = {
        { 0xc2, { (const uint8_t *)"x", 1 }, WEBSOCKET_PROTOCOL_ERROR },
        { 0x83, { (const uint8_t *)"x", 1 }, WEBSOCKET_PROTOCOL_ERROR },
        { 0x80, { (const uint8_t *)"x", 1 }, WEBSOCKET_PROTOCOL_ERROR },
        { 0x81, { (const uint8_t *)"\xff", 1 }, WEBSOCKET_BAD_TEXT },
        { 0x88, { (const uint8_t *)"\x03\xed", 2 }, WEBSOCKET_PROTOCOL_ERROR },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        client_close(&client);
        client_open(&client, &world);
        closes = 0;
        shake_hands();
        send_frame(cases[i].first, cases[i].payload);
        expect_close(cases[i].code);
        client_until_end(&client);
        assert_int_equal(closes, 1);
        assert_int_equal(close_code, cases[i].code);
    }
}

static void a_message_that_is_too_big_is_refused_at_its_head(void **state)
{
    static const uint8_t head[] = { 0x82, 0xff, 0, 0, 0, 0, 0, 2, 0, 1, 1, 2, 3, 4 };

    (void)state;
    shake_hands();
    client_send_bytes(&client, (struct bytes){ head, sizeof(head) });
    expect_close(WEBSOCKET_TOO_BIG);
    client_until_end(&client);
    assert_int_equal(close_code, WEBSOCKET_TOO_BIG);
}

static void text_is_refused_where_only_binary_is_spoken(void **state)
{
    (void)state;
    options.binary_only = true;
    shake_hands();
    send_text(0x81, "text");
    expect_close(WEBSOCKET_PROTOCOL_ERROR);
    assert_int_equal(messages, 0);
}

static void a_lost_connection_is_told(void **state)
{
    (void)state;
    shake_hands();
    client_close(&client);
    world_until(&world, is_closed, NULL);
    assert_int_equal(close_code, WEBSOCKET_ABNORMAL);
    client_open(&client, &world);
}

static void a_socket_may_be_freed_inside_its_handler(void **state)
{
    (void)state;
    shake_hands();
    send_text(0x82, "free");
    client_until_end(&client);
    assert_int_equal(closes, 0);
    assert_int_equal(http_server_connections(world.server), 0);
}

static bool has_drained(const void *arg)
{
    (void)arg;
    return drains > 0;
}

static void a_slow_reader_is_felt_by_the_sender(void **state)
{
    static uint8_t data[64 * 1024];
    size_t sent = 0;
    bool more = true;

    (void)state;
    shake_hands();
    watch_set(client.watch, 0);
    while (more) {
        more = websocket_send2(socket_now, WEBSOCKET_BINARY, bytes_of("head"),
                               (struct bytes){ data, sizeof(data) });
        sent++;
        assert_true(sent < 10000);
    }
    assert_true(websocket_queued(socket_now) > WEBSOCKET_QUEUE_FULL);
    assert_int_equal(drains, 0);
    watch_set(client.watch, WATCH_READ);
    world_until(&world, has_drained, NULL);
    assert_int_equal(websocket_queued(socket_now), 0);
    for (size_t i = 0; i < sent; i++) {
        CLEANUP(free_p) char *payload = NULL;
        size_t n;

        assert_int_equal(take_frame(&payload, &n), 0x82);
        assert_int_equal(n, sizeof(data) + 4);
        assert_memory_equal(payload, "head", 4);
    }
}

static void pausing_holds_messages_back_and_loses_none(void **state)
{
    int one = 1;
    int three = 3;

    (void)state;
    shake_hands();
    send_text(0x82, "pause");
    send_text(0x82, "a");
    send_text(0x82, "b");
    world_until(&world, got_messages, &one);
    for (int i = 0; i < 20; i++) {
        world_turn(&world);
    }
    assert_int_equal(messages, 1);
    websocket_pause(socket_now, false);
    world_until(&world, got_messages, &three);
    expect_frame(0x82, "a");
    expect_frame(0x82, "b");
}

/* Whatever call of the network fails, the owner hears of the end exactly once. */
static void every_fault_ends_in_one_close(void **state)
{
#ifdef FAULTS
    (void)state;
    for (uint32_t nth = 0;; nth++) {
        const char *failed;

        client_close(&client);
        client_open(&client, &world);
        client_expect(&client, HELLO OFFER "\r\n", 101, NULL);
        closes = 0;
        fault_arm(nth);
        send_text(0x82, "one");
        send_text(0x89, "two");
        send_frame(0x88, (struct bytes){ (const uint8_t *)"\x03\xe8", 2 });
        client_until_end(&client);
        world_until(&world, is_closed, NULL);
        failed = fault_disarm();
        assert_int_equal(closes, 1);
        assert_null(socket_now);
        if (failed == NULL) {
            assert_true(nth >= 2);
            assert_int_equal(close_code, WEBSOCKET_NORMAL);
            break;
        }
    }
#else
    (void)state;
    skip();
#endif
}

static void freeing_the_server_closes_sockets(void **state)
{
    (void)state;
    shake_hands();
    http_server_free(TAKE(world.server, NULL));
    assert_int_equal(closes, 1);
    assert_int_equal(close_code, WEBSOCKET_ABNORMAL);
    client_until_end(&client);
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, begin, finish)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        CASE(the_handshake_proves_that_it_understood),
        CASE(malformed_handshakes_are_refused),
        CASE(messages_come_back_as_they_were),
        CASE(what_follows_the_handshake_at_once_is_not_lost),
        CASE(a_client_may_close),
        CASE(a_close_without_a_code_is_answered_without_one),
        CASE(we_may_close_and_wait_for_the_client),
        CASE(a_client_that_ignores_our_close_is_left),
        CASE(faults_close_with_their_code),
        CASE(a_message_that_is_too_big_is_refused_at_its_head),
        CASE(text_is_refused_where_only_binary_is_spoken),
        CASE(a_lost_connection_is_told),
        CASE(a_socket_may_be_freed_inside_its_handler),
        CASE(a_slow_reader_is_felt_by_the_sender),
        CASE(pausing_holds_messages_back_and_loses_none),
        CASE(every_fault_ends_in_one_close),
        CASE(freeing_the_server_closes_sockets),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
