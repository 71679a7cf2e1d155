/* SPDX-License-Identifier: Apache-2.0 */
/* The Hub's port: what it serves, and to whom. */
#include "unit/hub/served.h"

#include <grp.h>
#include <pthread.h>
#include <sys/wait.h>

static void health_and_readiness_are_plain_words(void **state)
{
    struct served *s = *state;

    assert_status(get(s, "/healthz", ""), 200);
    assert_non_null(strstr(get(s, "/readyz", ""), "\r\n\r\nready"));
    assert_status(post(s, "/healthz", "", ""), 405);
}

static void a_call_is_answered(void **state)
{
    struct served *s = *state;
    char *answer = post(s, "/leapmux.v1.AuthService/GetCurrentUser",
                        "Content-Type: application/json\r\n", "{}");

    assert_status(answer, 200);
    assert_non_null(strstr(answer, "\"username\":\"solo\""));
    assert_status(
        post(s, "/leapmux.v1.AuthService/Nothing", "Content-Type: application/json\r\n", "{}"),
        404);
}

/* For a request whose connection stays open. */
static char *start_of_answer(struct served *s, const char *request)
{
    struct client c = client_open(s);
    char *answer;

    client_send(&c, bytes_of(request));
    client_await(&c, 16);
    answer = arena_str(&s->w.arena, buf_view(&c.in));
    client_close(&c);
    return answer;
}

static void a_foreign_host_gets_421_and_a_foreign_origin_403(void **state)
{
    struct served *s = *state;
    static const char JSON[] = "Content-Type: application/json\r\n";
    char *answer = ask(s, "GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n");

    assert_status(answer, 421);
    answer = post(s, "/leapmux.v1.AuthService/GetCurrentUser",
                  "Content-Type: application/json\r\nOrigin: http://evil.example\r\n", "{}");
    assert_status(answer, 403);
    answer = post(s, "/leapmux.v1.AuthService/GetCurrentUser",
                  "Content-Type: application/json\r\nSec-Fetch-Site: cross-site\r\n", "{}");
    assert_status(answer, 403);
    answer =
        post(s, "/leapmux.v1.AuthService/GetCurrentUser",
             arena_printf(&s->w.arena, "%sOrigin: http://localhost:%d\r\n", JSON, s->port), "{}");
    assert_status(answer, 200);
    assert_status(start_of_answer(s, open_request(s, "Origin: http://evil.example\r\n")), 403);
}

static void what_is_not_there_is_404(void **state)
{
    struct served *s = *state;

    assert_status(get(s, "/nothing.txt", ""), 404);
    assert_status(get(s, "/sw.js", ""), 404);
    assert_status(get(s, "/leapmux.v1.Nothing/Nothing", ""), 404);
    assert_status(get(s, "/metrics.txt", ""), 404);
}

static void a_second_hub_on_the_same_folder_or_port_is_refused(void **state)
{
    struct served *s = *state;
    struct hub_config config = s->w.config;
    struct err e = { 0 };
    char dir[] = "/tmp/lm-hub2-XXXXXX";
    char path[96];

    assert_null(hub_start(s->w.loop, &config, &e));
    assert_string_equal(e.reason, "BUSY");
    assert_non_null(mkdtemp(dir));
    config.data_dir = dir;
    config.socket = NULL;
    config.addrs[0] = arena_printf(&s->w.arena, "127.0.0.1:%d", s->port);
    e = (struct err){ 0 };
    assert_null(hub_start(s->w.loop, &config, &e));
    assert_non_null(strstr(e.msg, "address in use"));
    snprintf(path, sizeof(path), "%s/hub.db", dir);
    assert_int_equal(access(path, F_OK), -1); /* the database was not touched */
    snprintf(path, sizeof(path), "%s/hub.lock", dir);
    unlink(path);
    assert_int_equal(rmdir(dir), 0);
}

static void ids_stay_the_same_over_a_restart(void **state)
{
    struct served *s = *state;
    struct id worker = s->w.worker;
    struct id user = s->w.user;
    struct id workspace = s->w.workspace;
    struct id tab = random_id();

    assert_true(apply_op(&s->w, workspace, add_op(&s->w, tab, worker))->applied);
    hub_free(s->w.hub);
    start_hub(s);
    assert_string_equal(s->w.worker.s, worker.s);
    assert_string_equal(s->w.user.s, user.s);
    assert_string_equal(s->w.workspace.s, workspace.s);
    assert_non_null(registry_tab(&s->w.hub->registry, tab.s));
}

static void on_stopped(void *arg)
{
    *(bool *)arg = true;
}

static bool is_true(void *arg)
{
    return *(bool *)arg;
}

static void a_stop_tells_clients_and_ends_connections(void **state)
{
    struct served *s = *state;
    struct client c = ws_open(s);
    Leapmux__V1__GoingAway *m;
    bool stopped = false;

    hub_stop(s->w.hub, on_stopped, &stopped);
    m = expect_message(&c, LEAPMUX__V1__FRAME_KIND__FRAME_KIND_GOING_AWAY,
                       &leapmux__v1__going_away__descriptor);
    assert_int_equal(m->retry_after_ms, 1000);
    expect_close(&c, 1001);
    client_close(&c);
    wait_for(s->w.loop, is_true, &stopped);
}

static void too_many_calls_are_put_off(void **state)
{
    struct served *s = *state;
    struct user *user = registry_user(&s->w.hub->registry, s->w.user.s);
    static const char JSON[] = "Content-Type: application/json\r\n";
    static const char PATH[] = "/leapmux.v1.SystemService/GetSystemInfo";
    char *answer;

    user->calls.spent_until = (loop_now_ms(s->w.loop) + 3600 * 1000) * 1000;
    answer = post(s, PATH, JSON, "{}");
    assert_status(answer, 429);
    assert_non_null(strstr(answer, "resource_exhausted"));
    user->calls = (struct bucket){ 0 };
    assert_status(post(s, PATH, JSON, "{}"), 200);
}

/* ---- a dev server behind it ---- */

struct dev_server {
    int fd;
    char asked[4096];
};

/* Answers one request. */
static void *serve_once(void *arg)
{
    static const char ANSWER[] = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n"
                                 "<base href=\"__BASE_PATH__\">";
    struct dev_server *d = arg;
    int fd = accept(d->fd, NULL, NULL);
    size_t n = 0;

    while (fd != -1 && strstr(d->asked, "\r\n\r\n") == NULL && n < sizeof(d->asked) - 1) {
        ssize_t got = read(fd, d->asked + n, sizeof(d->asked) - 1 - n);

        if (got <= 0) {
            break;
        }
        n += (size_t)got;
    }
    if (write(fd, ANSWER, sizeof(ANSWER) - 1) < 0) {
        perror("dev server");
    }
    close(fd);
    return NULL;
}

static void a_dev_server_gives_the_page_and_nothing_else(void **state)
{
    struct served *s = *state;
    struct dev_server d = { .fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) };
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
    socklen_t len = sizeof(at);
    pthread_t thread;
    char *answer;

    assert_int_equal(bind(d.fd, (struct sockaddr *)&at, len), 0);
    assert_int_equal(listen(d.fd, 4), 0);
    assert_int_equal(getsockname(d.fd, (struct sockaddr *)&at, &len), 0);
    hub_free(s->w.hub);
    s->w.config.dev_frontend = arena_printf(&s->w.arena, "http://localhost:%d", ntohs(at.sin_port));
    s->w.config.base_path = "/mux/";
    start_hub(s);

    assert_int_equal(pthread_create(&thread, NULL, serve_once, &d), 0);
    answer = get(s, "/mux/src/main.ts?v=1", "Accept: text/html\r\n");
    assert_int_equal(pthread_join(thread, NULL), 0);
    close(d.fd);
    assert_status(answer, 200);
    assert_non_null(strstr(answer, "<base href=\"/mux/\">"));
    assert_non_null(strstr(d.asked, "GET /src/main.ts?v=1 HTTP/1.0\r\n"));
    assert_non_null(strstr(d.asked, "Accept: text/html\r\n"));

    assert_status(get(s, "/mux/", ""), 502);
    assert_status(get(s, "/mux/readyz", ""), 200);
    assert_status(get(s, "/readyz", ""), 404);
}

static void a_dev_server_elsewhere_is_refused(void **state)
{
    struct served *s = *state;
    static const char *const URLS[] = { "https://127.0.0.1:4328", "http://10.0.0.1:80",
                                        "http://example.org:80", "nonsense", "http://" };
    struct hub_config config = s->w.config;
    char dir[] = "/tmp/lm-hub3-XXXXXX";
    char path[96];

    assert_non_null(mkdtemp(dir));
    config.data_dir = dir;
    config.socket = NULL;
    for (size_t i = 0; i < ARRAY_LEN(URLS); i++) {
        struct err e = { 0 };

        config.dev_frontend = URLS[i];
        assert_null(hub_start(s->w.loop, &config, &e));
        assert_int_equal(e.code, ERR_INVALID_ARGUMENT);
    }
    snprintf(path, sizeof(path), "%s/hub.lock", dir);
    unlink(path);
    assert_int_equal(rmdir(dir), 0);
}

static void a_public_name_is_allowed_beside_those_of_this_machine(void **state)
{
    struct served *s = *state;
    static const char ASK[] = "GET /healthz HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n";
    static const char *const NO_LIST[] = { NULL };

    hub_free(s->w.hub);
    s->w.config.public_url = "https://mux.example:8443/";
    s->w.config.allowed_hosts = NO_LIST; /* empty is the default */
    start_hub(s);
    assert_status(ask(s, arena_printf(&s->w.arena, ASK, "mux.example")), 200);
    assert_status(ask(s, arena_printf(&s->w.arena, ASK, "localhost:1")), 200);
    assert_status(ask(s, arena_printf(&s->w.arena, ASK, "other.example")), 421);
}

/* ---- another user ---- */

struct child {
    int fd; /* where its answer comes out */
    pid_t pid;
    struct buf got;
    bool ended;
};

static bool child_ended(void *arg)
{
    struct child *c = arg;
    struct err e = { 0 };
    uint8_t data[4096];
    ssize_t n;

    while ((n = read(c->fd, data, sizeof(data))) > 0) {
        assert_true(buf_put(&c->got, (struct bytes){ data, (size_t)n }, &e));
    }
    return n == 0;
}

_Noreturn static void be_somebody_else(int port, const char *request, int out)
{
    char data[16384];
    ssize_t n;
    int fd;

    if (setgroups(0, NULL) != 0 || setgid(65533) != 0 || setuid(65533) != 0) {
        _exit(1);
    }
    fd = connect_to(port);
    if (write(fd, request, strlen(request)) != (ssize_t)strlen(request)) {
        _exit(1);
    }
    while ((n = read(fd, data, sizeof(data))) > 0) {
        if (write(out, data, (size_t)n) != n) {
            _exit(1);
        }
    }
    _exit(0);
}

/* What a request of another user is answered. */
static char *ask_as_another(struct served *s, const char *request)
{
    struct child c = { 0 };
    int ends[2];
    char *answer;
    int status;

    assert_int_equal(pipe(ends), 0);
    c.pid = fork();
    if (c.pid == 0) {
        close(ends[0]);
        be_somebody_else(s->port, request, ends[1]);
    }
    close(ends[1]);
    c.fd = ends[0];
    fcntl(c.fd, F_SETFL, O_NONBLOCK);
    buf_init(&c.got, 1 << 20);
    wait_for(s->w.loop, child_ended, &c);
    assert_int_equal(waitpid(c.pid, &status, 0), c.pid);
    answer = arena_str(&s->w.arena, buf_view(&c.got));
    buf_done(&c.got);
    close(c.fd);
    return answer;
}

static char *request_of(struct served *s, const char *what, const char *headers, const char *body)
{
    return arena_printf(&s->w.arena,
                        "%s HTTP/1.1\r\nHost: localhost:%d\r\nConnection: close\r\n"
                        "Content-Length: %zu\r\n%s\r\n%s",
                        what, s->port, strlen(body), headers, body);
}

static void skip_unless_root(void)
{
    if (geteuid() != 0) {
        skip();
    }
}

static void another_user_gets_one_sentence_and_a_field(void **state)
{
    struct served *s = *state;
    static const char *const WHAT[] = { "GET /", "GET /healthz", "GET /assets/app.js", "GET /ws",
                                        "POST /leapmux.v1.SystemService/GetSystemInfo" };

    skip_unless_root();
    for (size_t i = 0; i < ARRAY_LEN(WHAT); i++) {
        char *answer =
            ask_as_another(s, request_of(s, WHAT[i], "Content-Type: application/json\r\n", "{}"));

        assert_status(answer, 403);
        assert_non_null(strstr(answer, "another user"));
        assert_non_null(strstr(answer, "name=\"code\""));
        assert_null(strstr(answer, hub_access_code(s->w.hub)));
    }
}

static char *cookie_of(struct served *s, const char *answer)
{
    const char *at = strstr(answer, "leapmux_session=");

    assert_non_null(at);
    return arena_str(&s->w.arena, (struct bytes){ (const uint8_t *)at, strcspn(at, ";\r") });
}

static void the_access_code_lets_another_user_in(void **state)
{
    struct served *s = *state;
    char *answer;
    char *cookie;
    char *headers;

    skip_unless_root();
    answer = ask_as_another(
        s, request_of(s, "POST /access-code", "Content-Type: application/x-www-form-urlencoded\r\n",
                      arena_printf(&s->w.arena, "code=%s", hub_access_code(s->w.hub))));
    assert_status(answer, 303);
    assert_non_null(strstr(answer, "HttpOnly"));
    assert_non_null(strstr(answer, "SameSite=Strict"));
    assert_non_null(strstr(answer, "Path=/"));
    cookie = cookie_of(s, answer);

    headers = arena_printf(&s->w.arena,
                           "Content-Type: application/json\r\nCookie: %s\r\n"
                           "Sec-Fetch-Site: same-origin\r\n",
                           cookie);
    answer = ask_as_another(
        s, request_of(s, "POST /leapmux.v1.AuthService/GetCurrentUser", headers, "{}"));
    assert_status(answer, 200);

    /* a cookie alone proves nothing about the page that sends it */
    headers = arena_printf(&s->w.arena, "Content-Type: application/json\r\nCookie: %s\r\n", cookie);
    answer = ask_as_another(
        s, request_of(s, "POST /leapmux.v1.AuthService/GetCurrentUser", headers, "{}"));
    assert_status(answer, 403);

    /* the session outlives a restart */
    hub_free(s->w.hub);
    start_hub(s);
    headers = arena_printf(&s->w.arena, "Cookie: %s\r\n", cookie);
    assert_status(ask_as_another(s, request_of(s, "GET /healthz", headers, "")), 200);
}

static void ten_wrong_codes_make_a_new_one(void **state)
{
    struct served *s = *state;
    char old[ACCESS_CODE_LEN + 1];
    char *answer;

    skip_unless_root();
    snprintf(old, sizeof(old), "%s", hub_access_code(s->w.hub));
    for (int i = 0; i < 10; i++) {
        assert_string_equal(hub_access_code(s->w.hub), old);
        answer = ask_as_another(s, request_of(s, "POST /access-code", "", "code=AAAAAAAAAAAA"));
        assert_status(answer, 403);
        assert_non_null(strstr(answer, "not the access code"));
    }
    assert_string_not_equal(hub_access_code(s->w.hub), old);
    answer = ask_as_another(
        s, request_of(s, "POST /access-code", "", arena_printf(&s->w.arena, "code=%s", old)));
    assert_status(answer, 403);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_SERVED(health_and_readiness_are_plain_words),
        WITH_SERVED(a_call_is_answered),
        WITH_SERVED(a_foreign_host_gets_421_and_a_foreign_origin_403),
        WITH_SERVED(what_is_not_there_is_404),
        WITH_SERVED(a_second_hub_on_the_same_folder_or_port_is_refused),
        WITH_SERVED(ids_stay_the_same_over_a_restart),
        WITH_SERVED(a_stop_tells_clients_and_ends_connections),
        WITH_SERVED(too_many_calls_are_put_off),
        WITH_SERVED(a_dev_server_gives_the_page_and_nothing_else),
        WITH_SERVED(a_dev_server_elsewhere_is_refused),
        WITH_SERVED(a_public_name_is_allowed_beside_those_of_this_machine),
        WITH_SERVED(another_user_gets_one_sentence_and_a_field),
        WITH_SERVED(the_access_code_lets_another_user_in),
        WITH_SERVED(ten_wrong_codes_make_a_new_one),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
