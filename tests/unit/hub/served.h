/* SPDX-License-Identifier: Apache-2.0 */
/* A Hub with a port, and clients that speak plain HTTP and WebSocket to it. */
#ifndef TESTS_UNIT_HUB_SERVED_H
#define TESTS_UNIT_HUB_SERVED_H

#include "unit/hub/world.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>

#include "hub/hub.h"
#include "net/websocket.h"
#include "relay/socket_frame.h"

struct served {
    struct world w; /* first: WITH_SERVED tests may use it as a world */
    char dir[64];
    char socket[96];
    int port;
    bool stopped;
};

FIXTURE void start_hub(struct served *s)
{
    struct err e = { 0 };

    s->w.hub = hub_start(s->w.loop, &s->w.config, &e);
    if (s->w.hub == NULL) {
        fail_msg("%s", e.msg);
    }
    find_first_ids(&s->w);
    s->port = (int)strtol(strrchr(hub_url(s->w.hub, 0), ':') + 1, NULL, 10);
}

FIXTURE int open_served(void **state)
{
    struct served *s = NEW(struct served);

    snprintf(s->dir, sizeof(s->dir), "/tmp/lm-hub-XXXXXX");
    assert_non_null(mkdtemp(s->dir));
    snprintf(s->socket, sizeof(s->socket), "%s/hub.sock", s->dir);
    s->w.loop = loop_new();
    s->w.config = (struct hub_config){
        .solo = true,
        .data_dir = s->dir,
        .addrs = { "127.0.0.1:0" },
        .n_addrs = 1,
        .socket = s->socket,
        .base_path = "/",
        .request_timeout_ms = 10000,
        .drain_timeout_ms = 1000,
    };
    start_hub(s);
    *state = s;
    return 0;
}

FIXTURE int close_served(void **state)
{
    struct served *s = *state;
    DIR *dir;

    hub_free(s->w.hub);
    loop_free(s->w.loop);
    arena_done(&s->w.arena);
    dir = opendir(s->dir);
    assert_non_null(dir);
    for (struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir)) {
        unlinkat(dirfd(dir), entry->d_name, 0);
    }
    closedir(dir);
    assert_int_equal(rmdir(s->dir), 0);
    free(s);
    return 0;
}

#define WITH_SERVED(test) cmocka_unit_test_setup_teardown(test, open_served, close_served)

/* ---- a client's connection ---- */

struct client {
    struct served *s;
    int fd;
    struct buf in;
    bool ended;
    size_t want; /* octets that a wait is for */
};

FIXTURE int connect_to(int port)
{
    struct sockaddr_in at = { .sin_family = AF_INET,
                              .sin_port = htons((uint16_t)port),
                              .sin_addr = { htonl(INADDR_LOOPBACK) } };
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd == -1 || connect(fd, (struct sockaddr *)&at, sizeof(at)) != 0) {
        fail_msg("cannot connect: %s", strerror(errno));
    }
    return fd;
}

FIXTURE struct client client_open(struct served *s)
{
    struct client c = { .s = s, .fd = connect_to(s->port) };

    fcntl(c.fd, F_SETFL, O_NONBLOCK);
    buf_init(&c.in, 32 * 1024 * 1024);
    return c;
}

FIXTURE void client_close(struct client *c)
{
    close(c->fd);
    buf_done(&c->in);
}

FIXTURE bool client_has(void *arg)
{
    struct client *c = arg;
    struct err e = { 0 };

    while (!c->ended) {
        uint8_t data[16384];
        ssize_t n = read(c->fd, data, sizeof(data));

        if (n > 0) {
            assert_true(buf_put(&c->in, (struct bytes){ data, (size_t)n }, &e));
            continue;
        }
        c->ended = n == 0 || (errno != EAGAIN && errno != EINTR);
        break;
    }
    return c->in.n >= c->want || c->ended;
}

/* Wait for so many octets; fewer when the connection ended. */
FIXTURE size_t client_await(struct client *c, size_t want)
{
    c->want = want;
    wait_for(c->s->w.loop, client_has, c);
    return c->in.n < want ? c->in.n : want;
}

struct unsent {
    struct client *c;
    struct bytes left;
};

FIXTURE bool try_to_send(void *arg)
{
    struct unsent *u = arg;
    ssize_t n = send(u->c->fd, u->left.p, u->left.n, MSG_NOSIGNAL);

    if (n > 0) {
        u->left = (struct bytes){ u->left.p + n, u->left.n - (size_t)n };
    }
    return u->left.n == 0 || (n < 0 && errno != EAGAIN);
}

FIXTURE void client_send(struct client *c, struct bytes data)
{
    struct unsent u = { c, data };

    if (!try_to_send(&u)) {
        wait_for(c->s->w.loop, try_to_send, &u);
    }
}

/* Send a request that asks for the end of the connection, and return the whole answer. */
FIXTURE char *ask(struct served *s, const char *request)
{
    struct client c = client_open(s);
    char *answer;

    client_send(&c, bytes_of(request));
    client_await(&c, c.in.max);
    answer = arena_str(&s->w.arena, buf_view(&c.in));
    client_close(&c);
    return answer;
}

/* A GET with further header lines ("Name: value\r\n"...). */
FIXTURE char *get(struct served *s, const char *path, const char *headers)
{
    return ask(s, arena_printf(&s->w.arena,
                               "GET %s HTTP/1.1\r\nHost: localhost:%d\r\nConnection: close\r\n"
                               "%s\r\n",
                               path, s->port, headers));
}

FIXTURE char *post(struct served *s, const char *path, const char *headers, const char *body)
{
    return ask(s, arena_printf(&s->w.arena,
                               "POST %s HTTP/1.1\r\nHost: localhost:%d\r\nConnection: close\r\n"
                               "Content-Length: %zu\r\n%s\r\n%s",
                               path, s->port, strlen(body), headers, body));
}

FIXTURE void assert_status(const char *answer, int status)
{
    char line[32];

    snprintf(line, sizeof(line), "HTTP/1.1 %d ", status);
    if (strncmp(answer, line, strlen(line)) != 0) {
        fail_msg("expected %d, got: %.400s", status, answer);
    }
}

/* ---- a WebSocket ---- */

#define WS_FIELDS                                                                                  \
    "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"                   \
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: leapmux.v1\r\n"

FIXTURE char *open_request(struct served *s, const char *headers)
{
    return arena_printf(&s->w.arena, "GET /ws HTTP/1.1\r\nHost: localhost:%d\r\n%s%s\r\n", s->port,
                        WS_FIELDS, headers);
}

/* One whole message of a client, masked by nothing but zeros. */
FIXTURE void ws_send(struct client *c, int opcode, struct bytes message)
{
    uint8_t head[14] = { (uint8_t)(0x80 | opcode) };
    size_t n = 2;

    if (message.n < 126) {
        head[1] = (uint8_t)(0x80 | message.n);
    } else if (message.n <= 0xffff) {
        head[1] = 0x80 | 126;
        head[2] = (uint8_t)(message.n >> 8);
        head[3] = (uint8_t)message.n;
        n = 4;
    } else {
        head[1] = 0x80 | 127;
        for (int i = 0; i < 8; i++) {
            head[2 + i] = (uint8_t)((uint64_t)message.n >> (56 - 8 * i));
        }
        n = 10;
    }
    client_send(c, (struct bytes){ head, n + 4 });
    client_send(c, message);
}

/* A frame of ours: kind, then a message. */
FIXTURE void send_frame(struct client *c, int kind, const ProtobufCMessage *body)
{
    struct bytes packed = proto_pack(&c->s->w.arena, body);
    uint8_t *all = arena_alloc(&c->s->w.arena, 1 + packed.n);

    all[0] = (uint8_t)kind;
    memcpy(all + 1, packed.p, packed.n);
    ws_send(c, WEBSOCKET_BINARY, (struct bytes){ all, 1 + packed.n });
}

FIXTURE void send_record(struct client *c, uint32_t ref, struct bytes record)
{
    uint8_t *all = arena_alloc(&c->s->w.arena, SOCKET_FRAME_HEAD_MAX + record.n);
    size_t n = socket_frame_record_head(ref, all);

    memcpy(all + n, record.p, record.n);
    ws_send(c, WEBSOCKET_BINARY, (struct bytes){ all, n + record.n });
}

/* The next message of the server, which is no ping; *opcode is 0 when the connection ended. */
FIXTURE struct bytes ws_next(struct client *c, int *opcode)
{
    for (;;) {
        size_t head = 2;
        size_t n;
        struct bytes message;

        *opcode = 0;
        if (client_await(c, 2) < 2) {
            return (struct bytes){ .p = NULL };
        }
        n = c->in.p[1];
        head += n == 126 ? 2 : n == 127 ? 8 : 0;
        assert_int_equal(client_await(c, head), head);
        if (n >= 126) {
            n = 0;
            for (size_t i = 2; i < head; i++) {
                n = n << 8 | c->in.p[i];
            }
        }
        assert_int_equal(client_await(c, head + n), head + n);
        *opcode = c->in.p[0] & 0x0f;
        message = arena_copy(&c->s->w.arena, (struct bytes){ c->in.p + head, n });
        buf_consume(&c->in, head + n);
        if (*opcode != 9) {
            return message;
        }
    }
}

/* The next frame, which must be of a kind; its body. */
FIXTURE struct bytes expect_frame(struct client *c, int kind)
{
    int opcode;
    struct bytes m = ws_next(c, &opcode);

    if (opcode != WEBSOCKET_BINARY || m.n == 0 || m.p[0] != kind) {
        fail_msg("expected a frame of kind %d, got opcode %d, kind %d", kind, opcode,
                 m.n > 0 ? m.p[0] : -1);
    }
    return (struct bytes){ m.p + 1, m.n - 1 };
}

FIXTURE void *expect_message(struct client *c, int kind, const ProtobufCMessageDescriptor *type)
{
    void *m = proto_unpack(&c->s->w.arena, type, expect_frame(c, kind));

    assert_non_null(m);
    return m;
}

/* The server closes with a code. */
FIXTURE void expect_close(struct client *c, int code)
{
    for (;;) {
        int opcode;
        struct bytes m = ws_next(c, &opcode);

        if (opcode == WEBSOCKET_BINARY) {
            continue;
        }
        assert_int_equal(opcode, 8);
        assert_true(m.n >= 2);
        assert_int_equal(m.p[0] << 8 | m.p[1], code);
        return;
    }
}

/* Open, and take the Welcome. */
FIXTURE struct client ws_open(struct served *s)
{
    struct client c = client_open(s);
    char *end;
    Leapmux__V1__Welcome *welcome;

    client_send(&c, bytes_of(open_request(s, "")));
    do {
        struct err e = { 0 };

        client_await(&c, c.in.n + 1);
        assert_true(buf_put_u8(&c.in, 0, &e));
        c.in.n--;
        end = strstr((char *)c.in.p, "\r\n\r\n");
    } while (end == NULL && !c.ended);
    assert_non_null(end);
    assert_status((char *)c.in.p, 101);
    buf_consume(&c.in, (size_t)(end + 4 - (char *)c.in.p));
    welcome = expect_message(&c, LEAPMUX__V1__FRAME_KIND__FRAME_KIND_WELCOME,
                             &leapmux__v1__welcome__descriptor);
    assert_string_equal(welcome->user->username, "solo");
    assert_int_equal(welcome->max_channels, RELAY_SOCKET_CHANNELS);
    return c;
}

#endif
