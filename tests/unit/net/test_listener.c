/* SPDX-License-Identifier: Apache-2.0 */
#include "unit/net/harness.h"

#include <sys/stat.h>

#include "base/fault.h"
#include "net/listener.h"

static struct world world;
static char folder[64];
static char path[96];
static char address[104];
static int accepted;

static void on_accept(void *arg, int fd)
{
    (void)arg;
    accepted++;
    close(fd);
    world_wake(&world);
}

static int begin(void **state)
{
    (void)state;
    accepted = 0;
    snprintf(folder, sizeof(folder), "/tmp/leapmux-test-listener-XXXXXX");
    if (mkdtemp(folder) == NULL) {
        return -1;
    }
    snprintf(path, sizeof(path), "%s/hub.sock", folder);
    snprintf(address, sizeof(address), "unix:%s", path);
    world_open(&world);
    return 0;
}

static int finish(void **state)
{
    (void)state;
    world_close(&world);
    (void)unlink(path);
    return rmdir(folder);
}

static bool has_accepted(const void *arg)
{
    return accepted >= *(const int *)arg;
}

static int connect_to(const char *text)
{
    struct addr a;
    struct err e;
    int fd;

    if (strncmp(text, "unix:", 5) == 0) {
        assert_true(addr_unix(text + 5, &a, &e));
    } else {
        assert_true(addr_parse(text, &a, &e));
    }
    fd = socket(a.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connect(fd, &a.any, a.len) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

static void a_busy_port_is_told_with_its_address(void **state)
{
    struct err e;
    struct listener *first = listener_new(world.loop, "127.0.0.1:0", on_accept, NULL, &e);
    char want[ADDR_TEXT_MAX + 24];

    (void)state;
    assert_non_null(first);
    assert_null(listener_new(world.loop, listener_address(first), on_accept, NULL, &e));
    snprintf(want, sizeof(want), "address in use: %s", listener_address(first));
    assert_string_equal(e.msg, want);
    assert_string_equal(e.reason, "BUSY");
    listener_free(first);
}

static void a_port_alone_means_both_families(void **state)
{
    struct err e;
    struct listener *l = listener_new(world.loop, ":0", on_accept, NULL, &e);
    const char *port;
    char text[40];
    int fd;
    int one = 1;

    (void)state;
    assert_non_null(l);
    port = strrchr(listener_address(l), ':');
    snprintf(text, sizeof(text), "127.0.0.1%s", port);
    fd = connect_to(text);
    assert_true(fd >= 0);
    world_until(&world, has_accepted, &one);
    close(fd);
    listener_free(l);
}

static void a_unix_socket_is_private_and_goes_with_its_listener(void **state)
{
    struct err e;
    struct stat st;
    struct listener *l = listener_new(world.loop, address, on_accept, NULL, &e);
    int one = 1;
    int fd;

    (void)state;
    assert_non_null(l);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    fd = connect_to(address);
    assert_true(fd >= 0);
    world_until(&world, has_accepted, &one);
    close(fd);
    listener_free(l);
    assert_int_not_equal(access(path, F_OK), 0);
}

static void a_left_over_socket_is_replaced_and_a_served_one_is_not(void **state)
{
    struct err e;
    struct addr a;
    struct listener *l;
    int left = socket(AF_UNIX, SOCK_STREAM, 0);

    (void)state;
    assert_true(addr_unix(path, &a, &e));
    assert_int_equal(bind(left, &a.any, a.len), 0);
    close(left); /* the file stays, as after a crash */
    l = listener_new(world.loop, address, on_accept, NULL, &e);
    assert_non_null(l);
    assert_null(listener_new(world.loop, address, on_accept, NULL, &e));
    assert_string_equal(e.reason, "BUSY");
    assert_int_equal(access(path, F_OK), 0);
    listener_free(l);
}

static void another_kind_of_file_is_never_touched(void **state)
{
    struct err e;
    struct stat st;
    int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

    (void)state;
    close(fd);
    assert_null(listener_new(world.loop, address, on_accept, NULL, &e));
    assert_string_equal(e.reason, "EXISTS");
    assert_int_equal(stat(path, &st), 0);
    assert_true(S_ISREG(st.st_mode));
}

static void a_file_that_took_our_place_is_not_removed(void **state)
{
    struct err e;
    struct listener *l = listener_new(world.loop, address, on_accept, NULL, &e);
    struct listener *other;

    (void)state;
    assert_int_equal(unlink(path), 0);
    other = listener_new(world.loop, address, on_accept, NULL, &e);
    assert_non_null(other);
    listener_free(l);
    assert_int_equal(access(path, F_OK), 0);
    listener_free(other);
}

static void a_path_that_is_too_long_is_refused(void **state)
{
    char text[300];
    struct err e;

    (void)state;
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    memcpy(text, "unix:/tmp/", 10);
    assert_null(listener_new(world.loop, text, on_accept, NULL, &e));
    assert_string_equal(e.reason, "INVALID");
}

static void without_file_descriptors_accepting_pauses_and_goes_on(void **state)
{
#ifdef FAULTS
    struct err e;
    struct listener *l = listener_new(world.loop, "127.0.0.1:0", on_accept, NULL, &e);
    int one = 1;
    int fd;

    (void)state;
    fault_arm(0); /* the accept that follows */
    fd = connect_to(listener_address(l));
    world_until(&world, has_accepted, &one);
    assert_string_equal(fault_disarm(), "net.accept");
    close(fd);
    listener_free(l);
#else
    (void)state;
    skip();
#endif
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, begin, finish)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        CASE(a_busy_port_is_told_with_its_address),
        CASE(a_port_alone_means_both_families),
        CASE(a_unix_socket_is_private_and_goes_with_its_listener),
        CASE(a_left_over_socket_is_replaced_and_a_served_one_is_not),
        CASE(another_kind_of_file_is_never_touched),
        CASE(a_file_that_took_our_place_is_not_removed),
        CASE(a_path_that_is_too_long_is_refused),
        CASE(without_file_descriptors_accepting_pauses_and_goes_on),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
