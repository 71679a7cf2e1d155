/* SPDX-License-Identifier: Apache-2.0 */
/* Who gets in, what he may do there, and what the Hub may order. */
#include <sys/stat.h>

#include "unit/worker/rig.h"

#include "store/db.h"
#include "unit/worker/fake_claude.h"

static bool has_result(void *arg)
{
    struct seen *s = arg;

    return s->results > 0 && seen_idle(s);
}

static bool is_gone(void *arg)
{
    struct client *c = arg;

    return c->gone;
}

static void a_new_device_is_recorded_once(void **state)
{
    struct rig *r = rig_new();
    struct client *c = client_new(r, rig_user);
    Leapmux__V1__HelloResponse *hello = client_hello(c);

    (void)state;
    assert_non_null(hello);
    assert_true(hello->new_device);
    assert_true(hello->worker_use);
    assert_string_equal(hello->worker_name, "here");
    pb_free(hello);
    client_cut(c, false);
    client_dial(c);
    rig_wait(r, client_is_answered, c);
    hello = client_hello(c);
    assert_non_null(hello);
    assert_false(hello->new_device);
    pb_free(hello);
    rig_free(r);
}

static void a_device_id_belongs_to_its_first_keys(void **state)
{
    struct rig *r = rig_new();
    struct client *c = rig_client(r);
    struct client *thief = client_new(r, rig_user);

    (void)state;
    client_cut(thief, false);
    thief->device = c->device;
    client_dial(thief);
    rig_wait(r, client_is_answered, thief);
    assert_null(client_hello(thief));
    assert_string_equal(client_reason(thief), "ID_IN_USE");
    rig_free(r);
}

static void a_proof_for_another_channel_is_refused(void **state)
{
    struct rig *r = rig_new();
    struct client *c = client_new(r, rig_user);

    (void)state;
    c->hash[0] ^= 1;
    assert_null(client_hello(c));
    assert_string_equal(client_reason(c), "BAD_CREDENTIALS");
    rig_free(r);
}

static void a_revoked_device_is_thrown_out_under_any_name(void **state)
{
    struct rig *r = rig_new();
    struct client *c = rig_client(r);
    struct device_secret secret = c->secret;
    struct id device = c->device;
    char path[96];
    struct err e;

    (void)state;
    rig_end(r, true);
    snprintf(path, sizeof(path), "%s/worker.db", r->dir);
    {
        CLEANUP(db_closep) struct db *db = db_open(path, &e);

        assert_non_null(db);
        assert_true(db_exec(db, "UPDATE devices SET revoked = 1", &e));
    }
    rig_start(r);
    for (int i = 0; i < 2; i++) {
        c = client_new(r, rig_user);
        client_cut(c, false);
        c->secret = secret;
        c->device = i == 0 ? device : random_id();
        client_dial(c);
        rig_wait(r, client_is_answered, c);
        assert_null(client_hello(c));
        assert_string_equal(client_reason(c), "DEVICE_REVOKED");
        rig_wait(r, is_gone, c);
    }
    rig_free(r);
}

static void anything_but_hello_comes_first_in_vain(void **state)
{
    struct rig *r = rig_new();
    struct client *c = client_new(r, rig_user);
    Leapmux__V1__GetWorkerInfoRequest request = LEAPMUX__V1__GET_WORKER_INFO_REQUEST__INIT;

    (void)state;
    (void)client_call(c, "GetWorkerInfo", &request, NULL, NULL);
    rig_wait(r, is_gone, c);
    rig_free(r);
}

static void a_channel_without_hello_is_closed_after_10_seconds(void **state)
{
    struct rig *r = rig_new();
    struct client *c = client_new(r, rig_user);
    uint64_t start = clock_mono_ms();

    (void)state;
    rig_wait(r, is_gone, c);
    assert_in_range(clock_mono_ms() - start, 9900, 15000);
    rig_free(r);
}

static void keys_of_another_epoch_are_refused(void **state)
{
    struct rig *r = rig_new();
    struct client *c = rig_client(r);

    (void)state;
    client_cut(c, false);
    r->certificate.epoch++;
    client_dial(c);
    rig_wait(r, client_is_answered, c);
    assert_true(c->refused);
    assert_string_equal(c->refuse_reason, "STALE_KEYS");
    rig_free(r);
}

static void channels_that_say_nothing_are_limited(void **state)
{
    struct rig *r = rig_new();
    struct client *c = NULL;

    (void)state;
    for (int i = 0; i < 64 && r->n_clients < RIG_CLIENTS; i++) {
        c = client_new(r, rig_user);
    }
    assert_non_null(c->channel);
    client_cut(r->clients[0], false);
    client_dial(r->clients[0]);
    rig_wait(r, client_is_answered, r->clients[0]);
    assert_non_null(r->clients[0]->channel);
    /* One more than 64: the last one forgets its channel, the Worker does not. */
    channel_free(TAKE(c->channel, NULL));
    client_dial(c);
    rig_wait(r, client_is_answered, c);
    assert_true(c->refused);
    assert_string_equal(c->refuse_reason, "LIMIT");
    rig_free(r);
}

static void an_unknown_method_ends_its_stream_only(void **state)
{
    struct rig *r = rig_new();
    struct client *c = rig_client(r);
    Leapmux__V1__GetWorkerInfoRequest request = LEAPMUX__V1__GET_WORKER_INFO_REQUEST__INIT;
    Leapmux__V1__GetWorkerInfoResponse *info;

    (void)state;
    assert_null(
        client_ask(c, "MakeCoffee", &request, &leapmux__v1__get_worker_info_response__descriptor));
    assert_string_equal(client_reason(c), "UNKNOWN_METHOD");
    info = client_ask(c, "GetWorkerInfo", &request,
                      &leapmux__v1__get_worker_info_response__descriptor);
    assert_non_null(info);
    assert_string_equal(info->name, "here");
    assert_memory_equal(info->home.data, r->home, info->home.len);
    pb_free(info);
    rig_free(r);
}

static void a_viewer_may_look_and_a_stranger_sees_nothing(void **state)
{
    struct rig *r = rig_new();
    struct client *c = rig_client(r);
    struct id agent = rig_open(c, "one");
    struct id viewer = random_id();
    struct id stranger = random_id();
    struct client *v;
    struct client *x;
    struct seen *s;
    Leapmux__V1__ReadMessagesRequest read = LEAPMUX__V1__READ_MESSAGES_REQUEST__INIT;
    Leapmux__V1__ListDirectoryRequest list = LEAPMUX__V1__LIST_DIRECTORY_REQUEST__INIT;

    (void)state;
    rig_grant(r, viewer, false, rig_workspace,
              LEAPMUX__V1__WORKSPACE_LEVEL__WORKSPACE_LEVEL_VIEWER);
    rig_grant(r, stranger, true, random_id(), LEAPMUX__V1__WORKSPACE_LEVEL__WORKSPACE_LEVEL_OWNER);
    v = client_new(r, viewer);
    pb_free(client_hello(v));
    x = client_new(r, stranger);
    pb_free(client_hello(x));
    s = seen_new(v, agent);
    rig_wait(r, has_result, s);
    assert_string_equal(rig_send(v, agent, random_id(), "x"), "READ_ONLY");
    list.workspace_id = rig_workspace.s;
    assert_null(
        client_ask(v, "ListDirectory", &list, &leapmux__v1__list_directory_response__descriptor));
    assert_string_equal(client_reason(v), "OUTSIDE_ROOTS");
    assert_string_equal(rig_send(x, agent, random_id(), "x"), "NOT_FOUND");
    read.agent_id = agent.s;
    assert_null(
        client_ask(x, "ReadMessages", &read, &leapmux__v1__read_messages_response__descriptor));
    assert_string_equal(client_reason(x), "NOT_FOUND");
    seen_free(s);
    rig_free(r);
}

static void a_user_without_any_right_is_cut_off(void **state)
{
    struct rig *r = rig_new();
    struct client *c = rig_client(r);

    (void)state;
    rig_grant(r, rig_user, false, rig_workspace,
              LEAPMUX__V1__WORKSPACE_LEVEL__WORKSPACE_LEVEL_UNSPECIFIED);
    rig_wait(r, is_gone, c);
    rig_free(r);
}

/* ---- orders of the Hub ---- */

static bool is_acknowledged(void *arg)
{
    struct rig *r = arg;

    return r->acks > 0;
}

static bool is_acknowledged_twice(void *arg)
{
    struct rig *r = arg;

    return r->acks > 1;
}

static bool has_pong(void *arg)
{
    struct rig *r = arg;

    return r->pongs > 0;
}

static void order_closed(struct rig *r, struct id notification, struct id workspace, struct id tab)
{
    Leapmux__V1__Notification n = LEAPMUX__V1__NOTIFICATION__INIT;
    Leapmux__V1__TabsClosed tabs = LEAPMUX__V1__TABS_CLOSED__INIT;
    Leapmux__V1__HubToWorker m = RIG_MESSAGE(NOTIFICATION);
    char *ids[] = { tab.s };

    tabs.workspace_id = workspace.s;
    tabs.n_tab_ids = 1;
    tabs.tab_ids = ids;
    n.id = notification.s;
    n.order_case = LEAPMUX__V1__NOTIFICATION__ORDER_TABS_CLOSED;
    n.tabs_closed = &tabs;
    m.notification = &n;
    rig_to_worker(r, &m);
}

static void a_closed_tab_ends_its_agent_before_it_is_acknowledged(void **state)
{
    struct rig *r = rig_new();
    struct client *c = rig_client(r);
    struct id agent = rig_open(c, "one");
    struct seen *s = seen_new(c, agent);
    struct id order = random_id();

    (void)state;
    rig_wait(r, has_result, s);
    order_closed(r, random_id(), random_id(), agent); /* a foreign workspace */
    rig_wait(r, is_acknowledged, r);
    assert_int_equal(worker_running_agents(r->worker), 1);
    r->acks = 0;
    order_closed(r, order, rig_workspace, agent);
    rig_wait(r, is_acknowledged, r);
    assert_int_equal(worker_running_agents(r->worker), 0);
    order_closed(r, order, rig_workspace, agent);
    rig_wait(r, is_acknowledged_twice, r);
    seen_free(s);
    rig_free(r);
}

static void a_ping_of_the_hub_is_answered(void **state)
{
    struct rig *r = rig_new();
    Leapmux__V1__LinkPing ping = LEAPMUX__V1__LINK_PING__INIT;
    Leapmux__V1__HubToWorker m = RIG_MESSAGE(PING);

    (void)state;
    ping.nonce = 42;
    m.ping = &ping;
    rig_to_worker(r, &m);
    rig_wait(r, has_pong, r);
    rig_free(r);
}

static void garbage_from_the_hub_harms_nobody(void **state)
{
    struct rig *r = rig_new();
    struct client *c = rig_client(r);
    Leapmux__V1__LinkPing ping = LEAPMUX__V1__LINK_PING__INIT;
    Leapmux__V1__HubToWorker m = RIG_MESSAGE(PING);
    uint8_t junk[300];

    (void)state;
    for (int i = 0; i < 200; i++) {
        random_bytes(junk, sizeof(junk));
        (void)msgpipe_send(r->hub, (struct bytes){ junk, (size_t)i });
    }
    m.ping = &ping;
    rig_to_worker(r, &m);
    rig_wait(r, has_pong, r);
    assert_non_null(c->channel);
    rig_free(r);
}

/* ---- directories and providers ---- */

static Leapmux__V1__ListDirectoryResponse *list(struct client *c, const char *path, uint32_t limit,
                                                const char *token, bool hidden)
{
    Leapmux__V1__ListDirectoryRequest request = LEAPMUX__V1__LIST_DIRECTORY_REQUEST__INIT;

    request.workspace_id = rig_workspace.s;
    request.path = pb_bytes(bytes_of(path));
    request.limit = limit;
    request.page_token = (char *)(uintptr_t)token;
    request.hidden = hidden;
    return client_ask(c, "ListDirectory", &request,
                      &leapmux__v1__list_directory_response__descriptor);
}

static bool is_entry(const Leapmux__V1__ListDirectoryResponse *page, size_t i, const char *name)
{
    return bytes_are(pb_view(&page->entries[i]->name), name);
}

static void make_dir(const struct rig *r, const char *name)
{
    char path[256];

    snprintf(path, sizeof(path), "%s/%s", r->home, name);
    assert_int_equal(mkdir(path, 0700), 0);
}

static void directories_are_listed_by_name_in_pages(void **state)
{
    struct rig *r = rig_new();
    struct client *c = rig_client(r);
    Leapmux__V1__ListDirectoryResponse *page;
    char path[256];
    FILE *file;

    (void)state;
    make_dir(r, "b");
    make_dir(r, "b/.git");
    make_dir(r, "a");
    make_dir(r, ".hidden");
    make_dir(r, "c\xff");
    snprintf(path, sizeof(path), "%s/file", r->home);
    file = fopen(path, "w");
    assert_non_null(file);
    fclose(file);
    page = list(c, "~/", 0, "", false);
    assert_non_null(page);
    assert_memory_equal(page->path.data, r->home, page->path.len);
    assert_int_equal(page->n_entries, 3);
    assert_true(is_entry(page, 0, "a") && is_entry(page, 1, "b") && is_entry(page, 2, "c\xff"));
    assert_false(page->entries[0]->is_repository);
    assert_true(page->entries[1]->is_repository);
    assert_string_equal(page->next_page_token, "");
    pb_free(page);
    page = list(c, "", 2, "", true);
    assert_int_equal(page->n_entries, 2);
    assert_true(is_entry(page, 0, ".hidden"));
    snprintf(path, sizeof(path), "%s", page->next_page_token);
    pb_free(page);
    page = list(c, "", 2, path, true);
    assert_int_equal(page->n_entries, 2);
    assert_true(is_entry(page, 0, "b") && is_entry(page, 1, "c\xff"));
    assert_string_equal(page->next_page_token, "");
    pb_free(page);
    rig_free(r);
}

static void bad_paths_are_refused(void **state)
{
    struct rig *r = rig_new();
    struct client *c = rig_client(r);
    char path[4200];

    (void)state;
    assert_null(list(c, "/tmp/..", 0, "", false));
    assert_string_equal(client_reason(c), "BAD_PATH");
    assert_null(list(c, "relative", 0, "", false));
    assert_string_equal(client_reason(c), "BAD_PATH");
    memset(path, 'a', sizeof(path));
    path[0] = '/';
    path[sizeof(path) - 1] = '\0';
    assert_null(list(c, path, 0, "", false));
    assert_string_equal(client_reason(c), "BAD_PATH");
    assert_null(list(c, "/no/such", 0, "", false));
    assert_string_equal(client_reason(c), "NOT_FOUND");
    assert_null(list(c, "/", 0, "zz", false));
    assert_string_equal(client_reason(c), "INVALID");
    rig_free(r);
}

static void an_installed_provider_is_listed_with_its_version(void **state)
{
    struct rig *r = rig_new();
    struct client *c = rig_client(r);
    Leapmux__V1__ListProvidersRequest request = LEAPMUX__V1__LIST_PROVIDERS_REQUEST__INIT;
    Leapmux__V1__ListProvidersResponse *found;

    (void)state;
    for (int i = 0; i < 2; i++) {
        request.refresh = i == 1;
        found = client_ask(c, "ListProviders", &request,
                           &leapmux__v1__list_providers_response__descriptor);
        assert_non_null(found);
        assert_int_equal(found->n_providers, 1);
        assert_true(found->providers[0]->available);
        assert_string_equal(found->providers[0]->id, "claude");
        assert_string_equal(found->providers[0]->version, "9.8.7");
        assert_string_equal(found->providers[0]->reason, "");
        assert_true(found->providers[0]->n_modes > 0);
        pb_free(found);
    }
    rig_free(r);
}

static void a_second_worker_on_the_folder_is_refused(void **state)
{
    struct rig *r = rig_new();
    struct err e;

    (void)state;
    assert_null(worker_start(r->loop, &r->config, &e));
    assert_string_equal(e.reason, "BUSY");
    rig_free(r);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_device_is_recorded_once),
        cmocka_unit_test(a_device_id_belongs_to_its_first_keys),
        cmocka_unit_test(a_proof_for_another_channel_is_refused),
        cmocka_unit_test(a_revoked_device_is_thrown_out_under_any_name),
        cmocka_unit_test(anything_but_hello_comes_first_in_vain),
        cmocka_unit_test(a_channel_without_hello_is_closed_after_10_seconds),
        cmocka_unit_test(keys_of_another_epoch_are_refused),
        cmocka_unit_test(channels_that_say_nothing_are_limited),
        cmocka_unit_test(an_unknown_method_ends_its_stream_only),
        cmocka_unit_test(a_viewer_may_look_and_a_stranger_sees_nothing),
        cmocka_unit_test(a_user_without_any_right_is_cut_off),
        cmocka_unit_test(a_closed_tab_ends_its_agent_before_it_is_acknowledged),
        cmocka_unit_test(a_ping_of_the_hub_is_answered),
        cmocka_unit_test(garbage_from_the_hub_harms_nobody),
        cmocka_unit_test(directories_are_listed_by_name_in_pages),
        cmocka_unit_test(bad_paths_are_refused),
        cmocka_unit_test(an_installed_provider_is_listed_with_its_version),
        cmocka_unit_test(a_second_worker_on_the_folder_is_refused),
    };

    if (argc > 1 && strcmp(argv[1], "fake-claude") == 0) {
        return fake_claude(argc, argv);
    }
    rig_setup(argv);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
