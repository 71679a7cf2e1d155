/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "net/peer.h"

enum { SOMEBODY = 1234 };

/* A listener on a free port; *at is where. */
static int listen_at(const char *address, struct addr *at)
{
    struct err e;
    socklen_t n = sizeof(at->v6);
    int off = 0;
    int fd;

    assert_true(addr_parse(address, at, &e));
    fd = socket(at->any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (at->any.sa_family == AF_INET6) {
        (void)setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
    }
    if (bind(fd, &at->any, at->len) != 0) {
        close(fd);
        return -1; /* this machine has no IPv6 */
    }
    assert_int_equal(listen(fd, 8), 0);
    assert_int_equal(getsockname(fd, &at->any, &n), 0);
    return fd;
}

static int connect_to(const struct addr *at)
{
    int fd = socket(at->any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_int_equal(connect(fd, &at->any, at->len), 0);
    return fd;
}

static void our_own_connections_are_ours(void **state)
{
    static const char *const addresses[] = { "127.0.0.1:0", "127.0.0.2:0", "[::1]:0" };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(addresses); i++) {
        struct addr at;
        struct peer peer;
        struct err e;
        int server = listen_at(addresses[i], &at);
        int client;
        int accepted;

        if (server < 0) {
            continue;
        }
        client = connect_to(&at);
        accepted = accept(server, NULL, NULL);
        if (!peer_ask_uid(accepted, &peer, &e)) {
            fail_msg("%s: %s", addresses[i], e.msg);
        }
        assert_true(peer.uid_known);
        assert_int_equal(peer.uid, getuid());
        assert_true(addr_is_loopback(&peer.remote));
        assert_int_equal(addr_port(&peer.local), addr_port(&at));
        close(client);
        close(accepted);
        close(server);
    }
}

/* Both directions of a mapped address: an IPv6 client at an IPv4 listener, and the reverse. */
static void mapped_addresses_count_as_ipv4(void **state)
{
    struct addr at;
    struct addr v4;
    struct addr mapped;
    struct peer peer;
    struct err e;
    char text[ADDR_TEXT_MAX];
    int server = listen_at("[::]:0", &at);
    int fds[2];

    (void)state;
    if (server < 0) {
        skip();
    }
    snprintf(text, sizeof(text), "127.0.0.1:%u", addr_port(&at));
    assert_true(addr_parse(text, &v4, &e));
    fds[0] = connect_to(&v4);
    fds[1] = accept(server, NULL, NULL);
    assert_true(peer_ask_uid(fds[1], &peer, &e) && peer.uid == getuid());
    close(fds[0]);
    close(fds[1]);
    close(server);

    server = listen_at("127.0.0.1:0", &at);
    snprintf(text, sizeof(text), "[::ffff:127.0.0.1]:%u", addr_port(&at));
    assert_true(addr_parse(text, &mapped, &e));
    fds[0] = connect_to(&mapped);
    fds[1] = accept(server, NULL, NULL);
    if (!peer_ask_uid(fds[1], &peer, &e)) {
        fail_msg("%s", e.msg);
    }
    assert_int_equal(peer.uid, getuid());
    close(fds[0]);
    close(fds[1]);
    close(server);
}

static void a_socket_that_its_owner_closed_is_nobodys(void **state)
{
    struct addr at;
    struct peer peer;
    struct err e;
    int server = listen_at("127.0.0.1:0", &at);
    int client = connect_to(&at);
    int accepted = accept(server, NULL, NULL);

    (void)state;
    /* closed: the socket lives on as FIN-WAIT with uid 0 and without an inode */
    close(client);
    assert_false(peer_ask_uid(accepted, &peer, &e));
    assert_string_equal(e.reason, "OS_DENIED");
    assert_false(peer.uid_known);
    close(accepted);
    close(server);
}

/*
 * Unread data keeps a closed socket from ending in order, and an owner that exits leaves the same
 * behind: in no state may it pass for root's.
 */
static void a_client_that_exited_is_nobodys(void **state)
{
    struct addr at;
    struct peer peer;
    struct err e;
    int status;
    int server = listen_at("127.0.0.1:0", &at);
    pid_t child = fork();
    int accepted;

    (void)state;
    if (child == 0) {
        int fd = connect_to(&at);

        _exit(send(fd, "x", 1, 0) == 1 ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    accepted = accept(server, NULL, NULL);
    assert_false(peer_ask_uid(accepted, &peer, &e));
    assert_false(peer.uid_known);
    close(accepted);
    close(server);
}

static void somebody_elses_connection_shows_his_uid(void **state)
{
    struct addr at;
    struct peer peer;
    struct err e;
    int stop[2];
    int status;
    int server;
    int accepted;
    pid_t child;

    (void)state;
    if (getuid() != 0) {
        skip();
    }
    server = listen_at("127.0.0.1:0", &at);
    assert_int_equal(pipe(stop), 0);
    child = fork();
    if (child == 0) {
        char c;

        close(stop[1]);
        if (setgid(SOMEBODY) != 0 || setuid(SOMEBODY) != 0) {
            _exit(2);
        }
        (void)connect_to(&at);
        _exit(read(stop[0], &c, 1) == 0 ? 0 : 1);
    }
    close(stop[0]);
    accepted = accept(server, NULL, NULL);
    if (!peer_ask_uid(accepted, &peer, &e)) {
        fail_msg("%s", e.msg);
    }
    assert_true(peer.uid_known);
    assert_int_equal(peer.uid, SOMEBODY);
    close(stop[1]);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    close(accepted);
    close(server);
}

static void unix_sockets_tell_the_uid_of_the_other_end(void **state)
{
    struct peer peer;
    struct err e;
    int fds[2];

    (void)state;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
    if (!peer_ask_uid(fds[0], &peer, &e)) {
        fail_msg("%s", e.msg);
    }
    assert_int_equal(peer.uid, getuid());
    close(fds[0]);
    close(fds[1]);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(our_own_connections_are_ours),
        cmocka_unit_test(mapped_addresses_count_as_ipv4),
        cmocka_unit_test(a_socket_that_its_owner_closed_is_nobodys),
        cmocka_unit_test(a_client_that_exited_is_nobodys),
        cmocka_unit_test(somebody_elses_connection_shows_his_uid),
        cmocka_unit_test(unix_sockets_tell_the_uid_of_the_other_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
