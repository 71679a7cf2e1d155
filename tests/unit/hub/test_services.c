/* SPDX-License-Identifier: Apache-2.0 */
/* The Hub's calls, on a real database in memory. */
#include "unit/hub/world.h"

static const char CREATE[] = "/leapmux.v1.WorkspaceService/CreateWorkspace";
static const char APPLY[] = "/leapmux.v1.LayoutService/ApplyOps";

static const Leapmux__V1__CreateWorkspaceResponse *create(struct world *w, struct id id,
                                                          const char *title)
{
    Leapmux__V1__CreateWorkspaceRequest req = LEAPMUX__V1__CREATE_WORKSPACE_REQUEST__INIT;

    req.org_id = w->org.s;
    req.workspace_id = id.s;
    req.title = proto_str(title);
    return call(w, CREATE, &req.base);
}

static void a_new_hub_has_one_user_one_workspace_and_one_worker(void **state)
{
    struct world *w = *state;
    Leapmux__V1__GetCurrentUserRequest who = LEAPMUX__V1__GET_CURRENT_USER_REQUEST__INIT;
    Leapmux__V1__ListWorkspacesRequest spaces = LEAPMUX__V1__LIST_WORKSPACES_REQUEST__INIT;
    Leapmux__V1__ListWorkersRequest workers = LEAPMUX__V1__LIST_WORKERS_REQUEST__INIT;
    const Leapmux__V1__GetCurrentUserResponse *user;
    const Leapmux__V1__ListWorkspacesResponse *s;
    const Leapmux__V1__ListWorkersResponse *k;

    user = call(w, "/leapmux.v1.AuthService/GetCurrentUser", &who.base);
    assert_string_equal(user->user->username, "solo");
    assert_true(user->personal_org->is_personal);
    assert_string_equal(user->personal_org->role, "owner");
    assert_int_equal(user->n_orgs, 1);
    spaces.org_id = workers.org_id = w->org.s;
    s = call(w, "/leapmux.v1.WorkspaceService/ListWorkspaces", &spaces.base);
    assert_int_equal(s->n_workspaces, 1);
    assert_string_equal(s->workspaces[0]->title, "First workspace");
    assert_int_equal(s->workspaces[0]->level, LEAPMUX__V1__WORKSPACE_LEVEL__WORKSPACE_LEVEL_OWNER);
    k = call(w, "/leapmux.v1.WorkerService/ListWorkers", &workers.base);
    assert_int_equal(k->n_workers, 1);
    assert_false(k->workers[0]->online);
    assert_true(k->workers[0]->may_use);
    assert_string_equal(k->workers[0]->id, hub_local_worker_id(w->hub));
}

static void anybody_may_ask_for_the_version_and_nobody_for_more(void **state)
{
    struct world *w = *state;
    struct id nobody = { { 0 } };
    Leapmux__V1__GetSystemInfoRequest info = LEAPMUX__V1__GET_SYSTEM_INFO_REQUEST__INIT;
    Leapmux__V1__GetCurrentUserRequest who = LEAPMUX__V1__GET_CURRENT_USER_REQUEST__INIT;
    const Leapmux__V1__GetSystemInfoResponse *resp;
    struct err e = { 0 };

    resp = call_as(w, nobody, "/leapmux.v1.SystemService/GetSystemInfo", &info.base, &e);
    assert_non_null(resp);
    assert_string_equal(resp->version, LEAPMUX_VERSION);
    assert_string_equal(resp->mode, "solo");
    assert_false(resp->setup_needed);
    assert_true(resp->time_ms > 1600000000000);
    assert_null(call_as(w, nobody, "/leapmux.v1.AuthService/GetCurrentUser", &who.base, &e));
    assert_int_equal(e.code, ERR_UNAUTHENTICATED);
    assert_string_equal(e.reason, "NO_IDENTITY");
    assert_null(call_as(w, random_id(), "/leapmux.v1.AuthService/GetCurrentUser", &who.base, &e));
    assert_int_equal(e.code, ERR_UNAUTHENTICATED);
}

static void creating_twice_gives_the_first_answer(void **state)
{
    struct world *w = *state;
    struct id id = random_id();
    Leapmux__V1__CreateWorkspaceRequest req = LEAPMUX__V1__CREATE_WORKSPACE_REQUEST__INIT;
    const Leapmux__V1__CreateWorkspaceResponse *first = create(w, id, "  Tools\t and  things ");
    const Leapmux__V1__CreateWorkspaceResponse *again = create(w, id, "Tools and things");

    assert_string_equal(first->workspace->title, "Tools and things");
    assert_int_equal(first->workspace->created_at_ms, again->workspace->created_at_ms);
    req.org_id = w->org.s;
    req.workspace_id = id.s;
    req.title = proto_str("Other");
    call_fails(w, CREATE, &req.base, ERR_ALREADY_EXISTS, "ID_IN_USE");
    assert_string_equal(create(w, random_id(), " ")->workspace->title, "Untitled");
}

static void bad_ids_and_titles_store_nothing(void **state)
{
    struct world *w = *state;
    Leapmux__V1__CreateWorkspaceRequest req = LEAPMUX__V1__CREATE_WORKSPACE_REQUEST__INIT;
    struct id id = random_id();
    char title[200];

    memset(title, 'x', sizeof(title) - 1);
    title[sizeof(title) - 1] = '\0';
    req.org_id = w->org.s;
    req.workspace_id = proto_str("short");
    call_fails(w, CREATE, &req.base, ERR_INVALID_ARGUMENT, "BAD_ID");
    req.workspace_id = id.s;
    req.title = title;
    call_fails(w, CREATE, &req.base, ERR_INVALID_ARGUMENT, "TOO_LONG");
    req.title = proto_str("bad \xff octet");
    call_fails(w, CREATE, &req.base, ERR_INVALID_ARGUMENT, "BAD_UTF8");
    req.title = proto_str("good");
    req.org_id = proto_str("nowhere");
    call_fails(w, CREATE, &req.base, ERR_INVALID_ARGUMENT, "BAD_ID");
    req.org_id = id.s;
    call_fails(w, CREATE, &req.base, ERR_NOT_FOUND, "NOT_FOUND");
    assert_null(registry_workspace(&w->hub->registry, id.s));
}

static void a_workspace_is_renamed_for_everybody(void **state)
{
    struct world *w = *state;
    Leapmux__V1__RenameWorkspaceRequest req = LEAPMUX__V1__RENAME_WORKSPACE_REQUEST__INIT;
    Leapmux__V1__GetWorkspaceRequest get = LEAPMUX__V1__GET_WORKSPACE_REQUEST__INIT;
    const Leapmux__V1__GetWorkspaceResponse *got;
    struct id unknown = random_id();

    req.workspace_id = get.workspace_id = w->workspace.s;
    req.title = proto_str("Other name");
    call(w, "/leapmux.v1.WorkspaceService/RenameWorkspace", &req.base);
    got = call(w, "/leapmux.v1.WorkspaceService/GetWorkspace", &get.base);
    assert_string_equal(got->workspace->title, "Other name");
    req.workspace_id = unknown.s;
    call_fails(w, "/leapmux.v1.WorkspaceService/RenameWorkspace", &req.base, ERR_NOT_FOUND,
               "NOT_FOUND");
}

static void preferences_are_versioned(void **state)
{
    struct world *w = *state;
    Leapmux__V1__GetPreferencesRequest get = LEAPMUX__V1__GET_PREFERENCES_REQUEST__INIT;
    Leapmux__V1__UpdatePreferencesRequest put = LEAPMUX__V1__UPDATE_PREFERENCES_REQUEST__INIT;
    static const char *const PUT = "/leapmux.v1.UserService/UpdatePreferences";
    const Leapmux__V1__GetPreferencesResponse *got;
    uint8_t *big = must_calloc(1, 256 * 1024 + 1);

    got = call(w, "/leapmux.v1.UserService/GetPreferences", &get.base);
    assert_int_equal(got->version, 0);
    assert_int_equal(got->body.len, 0);
    put.body = proto_bytes(bytes_of("{\"a\":1}"));
    assert_int_equal(((Leapmux__V1__UpdatePreferencesResponse *)call(w, PUT, &put.base))->version,
                     1);
    call_fails(w, PUT, &put.base, ERR_ABORTED, "STALE");
    put.version = 1;
    put.body = proto_bytes(bytes_of("{}"));
    call(w, PUT, &put.base);
    got = call(w, "/leapmux.v1.UserService/GetPreferences", &get.base);
    assert_int_equal(got->version, 2);
    assert_int_equal(got->body.len, 2);
    put.version = 2;
    put.body = (ProtobufCBinaryData){ 256 * 1024 + 1, big };
    call_fails(w, PUT, &put.base, ERR_INVALID_ARGUMENT, "TOO_LONG");
    free(big);
}

static const Leapmux__V1__GetLayoutResponse *layout_of(struct world *w, struct id workspace)
{
    Leapmux__V1__GetLayoutRequest req = LEAPMUX__V1__GET_LAYOUT_REQUEST__INIT;

    req.scope = proto_str(scope_of(w, workspace));
    return call(w, "/leapmux.v1.LayoutService/GetLayout", &req.base);
}

static void ops_get_revisions_and_repeats_their_first_answer(void **state)
{
    struct world *w = *state;
    struct id tab = random_id();
    Leapmux__V1__LayoutOp *op = add_op(w, tab, w->worker);
    const Leapmux__V1__LayoutOpResult *first = apply_op(w, w->workspace, op);
    const Leapmux__V1__LayoutOpResult *again;
    const Leapmux__V1__LayoutOpResult *other;
    const Leapmux__V1__GetLayoutResponse *got;

    assert_true(first->applied);
    assert_int_equal(first->revision, 1);
    again = apply_op(w, w->workspace, op);
    assert_true(again->applied);
    assert_int_equal(again->revision, 1);
    other = apply_op(w, w->workspace, add_op(w, tab, w->worker));
    assert_false(other->applied);
    assert_string_equal(other->reason, "ID_IN_USE");
    got = layout_of(w, w->workspace);
    assert_int_equal(got->revision, 1);
    assert_int_equal(got->snapshot->root->tile->n_tabs, 1);
    assert_string_equal(got->snapshot->root->tile->tabs[0]->tab_id, tab.s);
    assert_non_null(registry_tab(&w->hub->registry, tab.s));
}

static void a_tab_lives_in_one_workspace(void **state)
{
    struct world *w = *state;
    struct id tab = random_id();
    struct id other = random_id();
    const Leapmux__V1__LayoutOpResult *r;

    create(w, other, "Other");
    assert_true(apply_op(w, w->workspace, add_op(w, tab, w->worker))->applied);
    r = apply_op(w, other, add_op(w, tab, w->worker));
    assert_string_equal(r->reason, "ID_IN_USE");
    r = apply_op(w, other, close_op(w, tab));
    assert_string_equal(r->reason, "GONE");
    assert_true(apply_op(w, w->workspace, close_op(w, tab))->applied);
    assert_true(apply_op(w, other, add_op(w, tab, w->worker))->applied);
}

static void a_tab_needs_a_worker_that_exists(void **state)
{
    struct world *w = *state;
    const Leapmux__V1__LayoutOpResult *r =
        apply_op(w, w->workspace, add_op(w, random_id(), random_id()));

    assert_string_equal(r->reason, "DENIED");
    assert_int_equal(layout_of(w, w->workspace)->revision, 0);
}

static void one_rejected_op_does_not_stop_the_others(void **state)
{
    struct world *w = *state;
    struct id tab = random_id();
    Leapmux__V1__LayoutOp *ops[] = { close_op(w, tab), add_op(w, tab, w->worker), close_op(w, tab),
                                     add_op(w, tab, w->worker) };
    Leapmux__V1__ApplyOpsRequest req = LEAPMUX__V1__APPLY_OPS_REQUEST__INIT;
    const Leapmux__V1__ApplyOpsResponse *resp;

    req.scope = proto_str(scope_of(w, w->workspace));
    req.ops = ops;
    req.n_ops = 4;
    resp = call(w, APPLY, &req.base);
    assert_string_equal(resp->results[0]->reason, "GONE");
    assert_int_equal(resp->results[1]->revision, 1);
    assert_int_equal(resp->results[2]->revision, 2);
    assert_int_equal(resp->results[3]->revision, 3);
    /* the tab is back: its Worker has nothing to close */
    assert_true(list_empty(&registry_worker(&w->hub->registry, w->worker.s)->notes));
}

static void too_many_ops_are_refused(void **state)
{
    struct world *w = *state;
    Leapmux__V1__LayoutOp *ops[65];
    Leapmux__V1__ApplyOpsRequest req = LEAPMUX__V1__APPLY_OPS_REQUEST__INIT;

    for (int i = 0; i < 65; i++) {
        ops[i] = close_op(w, random_id());
    }
    req.scope = proto_str(scope_of(w, w->workspace));
    req.ops = ops;
    req.n_ops = 65;
    call_fails(w, APPLY, &req.base, ERR_INVALID_ARGUMENT, "INVALID");
    req.n_ops = 64;
    for (int i = 0; i < 3; i++) {
        call(w, APPLY, &req.base);
    }
    call_fails(w, APPLY, &req.base, ERR_RESOURCE_EXHAUSTED, "RATE_LIMITED");
}

static void a_strange_scope_is_not_found(void **state)
{
    struct world *w = *state;
    static const char *const SCOPES[] = { "", "ws:", "ws:nowhere", "user", "side:x", "ws" };
    Leapmux__V1__GetLayoutRequest req = LEAPMUX__V1__GET_LAYOUT_REQUEST__INIT;

    for (size_t i = 0; i < ARRAY_LEN(SCOPES); i++) {
        req.scope = proto_str(SCOPES[i]);
        call_fails(w, "/leapmux.v1.LayoutService/GetLayout", &req.base, ERR_NOT_FOUND, "NOT_FOUND");
    }
}

static void a_caller_who_leaves_does_no_harm(void **state)
{
    struct world *w = *state;
    struct id id = random_id();
    Leapmux__V1__CreateWorkspaceRequest req = LEAPMUX__V1__CREATE_WORKSPACE_REQUEST__INIT;
    struct rpc_caller caller = { .user = w->user };
    struct answer a = { .world = w };
    struct rpc_call *running;

    req.org_id = w->org.s;
    req.workspace_id = id.s;
    req.title = proto_str("made all the same");
    running = rpc_dispatch(w->hub->services, HUB_SERVICES, CREATE, proto_pack(&w->arena, &req.base),
                           &caller, &TEST_TRANSPORT, &a);
    assert_non_null(running);
    rpc_cancel(running);
    create(w, id, "made all the same");
    assert_false(a.came);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_WORLD(a_new_hub_has_one_user_one_workspace_and_one_worker),
        WITH_WORLD(anybody_may_ask_for_the_version_and_nobody_for_more),
        WITH_WORLD(creating_twice_gives_the_first_answer),
        WITH_WORLD(bad_ids_and_titles_store_nothing),
        WITH_WORLD(a_workspace_is_renamed_for_everybody),
        WITH_WORLD(preferences_are_versioned),
        WITH_WORLD(ops_get_revisions_and_repeats_their_first_answer),
        WITH_WORLD(a_tab_lives_in_one_workspace),
        WITH_WORLD(a_tab_needs_a_worker_that_exists),
        WITH_WORLD(one_rejected_op_does_not_stop_the_others),
        WITH_WORLD(too_many_ops_are_refused),
        WITH_WORLD(a_strange_scope_is_not_found),
        WITH_WORLD(a_caller_who_leaves_does_no_harm),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
