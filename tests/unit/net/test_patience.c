/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The limits of time, all in one loop at once, since each takes as long as it says: a head that
 * does not end, a body without progress is left to its deadline in test_connect, a WebSocket whose
 * client never answers a ping.
 */
#include "unit/net/harness.h"

#include "base/clock.h"
#include "net/websocket.h"

enum { SLACK_MS = 3000, ALL_OF_IT_MS = 60 * 1000 };

static struct world world;
static struct client silent; /* connects and says nothing */
static struct client slow;   /* sends an octet of its head whenever the test turns */
static struct client deaf;   /* a WebSocket that answers no ping */
static struct client polite; /* one that answers */
static struct client served; /* had an answer and is idle now */
static uint64_t began;
static uint64_t closed_after;
static int closes;

static void on_message(void *arg, enum websocket_kind kind, struct bytes message)
{
    (void)arg;
    (void)kind;
    (void)message;
}

static void on_drain(void *arg)
{
    (void)arg;
}

static void on_closed(void *arg, int code)
{
    (void)arg;
    if (code == WEBSOCKET_ABNORMAL) {
        closes++;
        closed_after = clock_mono_ms() - began;
    }
    world_wake(&world);
}

static const struct websocket_handlers SOCKET = { on_message, on_drain, on_closed };

static void on_request(void *arg, struct http_request *r)
{
    static const struct websocket_options options = { .message_max = 1000 };

    (void)arg;
    if (strcmp(r->path, "/ws") == 0) {
        assert_non_null(http_upgrade_websocket(r, &options, &SOCKET, NULL));
    } else {
        http_respond_text(r, 200, "ok");
    }
}

static const struct http_handler HANDLER = { .on_request = on_request };

static const char HELLO[] = "GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n"
                            "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

static uint64_t passed_ms(void)
{
    return clock_mono_ms() - began;
}

static void assert_about(uint64_t ms)
{
    assert_in_range(passed_ms(), ms, ms + SLACK_MS);
}

/* Like world_until(), but for as long as a limit takes; polite answers its pings meanwhile. */
static void wait_long(bool (*holds)(const void *arg), const void *arg)
{
    static const uint8_t pong[] = { 0x8a, 0x80, 1, 2, 3, 4 };

    while (!holds(arg)) {
        if (passed_ms() > ALL_OF_IT_MS) {
            fail_msg("what the test waits for did not happen");
        }
        timer_start(&world.limit, 1000);
        loop_run(world.loop);
        if (polite.in.n >= 2) {
            assert_memory_equal(polite.in.p, "\x89\x00", 2);
            buf_consume(&polite.in, 2);
            client_send_bytes(&polite, (struct bytes){ pong, sizeof(pong) });
        }
        if (!slow.ended) {
            client_send(&slow, "x");
        }
    }
}

static bool is_pinged(const void *arg)
{
    return ((const struct client *)arg)->in.n >= 2;
}

static void patience_ends_where_it_should(void **state)
{
    (void)state;
    world_open(&world);
    world_serve(&world, &HANDLER, NULL, NULL);
    client_open(&silent, &world);
    client_open(&slow, &world);
    client_open(&deaf, &world);
    client_open(&polite, &world);
    client_open(&served, &world);
    client_send(&slow, "GET / HTTP/1.1\r\nHost: a\r\nX: ");
    client_expect(&deaf, HELLO, 101, NULL);
    client_expect(&polite, HELLO, 101, NULL);
    client_expect(&served, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", 200, NULL);
    began = clock_mono_ms();

    wait_long(client_has_ended, &silent);
    assert_about(HTTP_HEAD_TIMEOUT_MS - 100);
    wait_long(client_has_ended, &slow);
    assert_about(HTTP_HEAD_TIMEOUT_MS - 100);
    assert_memory_equal(slow.in.p, "HTTP/1.1 408 ", 13);
    wait_long(is_pinged, &deaf);
    assert_about(WEBSOCKET_PING_MS - 100);
    wait_long(client_has_ended, &deaf);
    assert_in_range(closed_after, WEBSOCKET_SILENCE_MS - 100, WEBSOCKET_SILENCE_MS + SLACK_MS);
    assert_int_equal(closes, 1);
    assert_false(polite.ended);
    /* an idle connection that was served is kept longer than one that never asked */
    client_expect(&served, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", 200, NULL);

    client_close(&silent);
    client_close(&slow);
    client_close(&deaf);
    client_close(&polite);
    client_close(&served);
    world_close(&world);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(patience_ends_where_it_should),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
