/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "worker/access.h"
#include "worker/path.h"

#define VIEWER       LEAPMUX__V1__WORKSPACE_LEVEL__WORKSPACE_LEVEL_VIEWER
#define COLLABORATOR LEAPMUX__V1__WORKSPACE_LEVEL__WORKSPACE_LEVEL_COLLABORATOR
#define OWNER        LEAPMUX__V1__WORKSPACE_LEVEL__WORKSPACE_LEVEL_OWNER

static struct id user = { .s = "UserUserUserUserUser01" };
static struct id nobody = { .s = "UserUserUserUserUser02" };
static struct id here = { .s = "WorkspaceWorkspace0001" };
static struct id elsewhere = { .s = "WorkspaceWorkspace0002" };

static void grant(struct access *access, bool worker_use, Leapmux__V1__WorkspaceLevel level,
                  bool archived)
{
    Leapmux__V1__Grants grants = LEAPMUX__V1__GRANTS__INIT;
    Leapmux__V1__User person = LEAPMUX__V1__USER__INIT;
    Leapmux__V1__WorkspaceGrant one = LEAPMUX__V1__WORKSPACE_GRANT__INIT;
    Leapmux__V1__WorkspaceGrant *list[] = { &one };
    struct err e;

    person.id = user.s;
    one.workspace_id = here.s;
    one.level = level;
    one.archived = archived;
    grants.user = &person;
    grants.worker_use = worker_use;
    grants.n_workspaces = 1;
    grants.workspaces = list;
    assert_true(access_set(access, &grants, &e));
}

/* "" when it is allowed, else the reason. */
static const char *verdict(struct access *access, struct id who, enum access_rule rule,
                           const struct id *workspace)
{
    struct err e;

    return access_may(access, who, rule, workspace, &e) ? "" : e.reason;
}

static void rights_follow_level_and_worker_use(void **state)
{
    static const struct {
        Leapmux__V1__WorkspaceLevel level;
        bool worker_use;
        bool archived;
        enum access_rule rule;
        const char *verdict;
    } CASES[] = {
        { VIEWER, false, false, ACCESS_VIEW_ANYWHERE, "" },
        { VIEWER, false, false, ACCESS_ACT_ANYWHERE, "READ_ONLY" },
        { VIEWER, true, false, ACCESS_ACT_ANYWHERE, "" },
        { COLLABORATOR, false, false, ACCESS_ACT_ANYWHERE, "" },
        { VIEWER, false, false, ACCESS_VIEW_WORKSPACE, "" },
        { VIEWER, false, true, ACCESS_VIEW_AGENT, "" },
        { VIEWER, true, false, ACCESS_ACT_AGENT, "READ_ONLY" },
        { COLLABORATOR, false, false, ACCESS_ACT_AGENT, "" },
        { OWNER, true, true, ACCESS_ACT_AGENT, "ARCHIVED" },
        { COLLABORATOR, false, false, ACCESS_OPEN_IN, "OUTSIDE_ROOTS" },
        { COLLABORATOR, true, false, ACCESS_OPEN_IN, "" },
        { VIEWER, true, false, ACCESS_OPEN_IN, "READ_ONLY" },
        { OWNER, true, true, ACCESS_OPEN_IN, "ARCHIVED" },
        { VIEWER, false, false, ACCESS_LOOK_AT_PATH, "OUTSIDE_ROOTS" },
        { VIEWER, true, false, ACCESS_LOOK_AT_PATH, "" },
        { OWNER, true, false, ACCESS_HELLO, "INVALID" },
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        struct access access;

        access_init(&access);
        grant(&access, CASES[i].worker_use, CASES[i].level, CASES[i].archived);
        assert_string_equal(verdict(&access, user, CASES[i].rule, &here), CASES[i].verdict);
        access_done(&access);
    }
}

static void what_is_not_granted_does_not_exist(void **state)
{
    static const enum access_rule RULES[] = { ACCESS_VIEW_WORKSPACE, ACCESS_VIEW_AGENT,
                                              ACCESS_ACT_AGENT, ACCESS_OPEN_IN,
                                              ACCESS_LOOK_AT_PATH };
    struct access access;

    (void)state;
    access_init(&access);
    grant(&access, true, OWNER, false);
    for (size_t i = 0; i < ARRAY_LEN(RULES); i++) {
        assert_string_equal(verdict(&access, user, RULES[i], &elsewhere), "NOT_FOUND");
        assert_string_equal(verdict(&access, user, RULES[i], NULL), "NOT_FOUND");
        assert_string_equal(verdict(&access, nobody, RULES[i], &here), "NOT_FOUND");
    }
    assert_string_equal(verdict(&access, nobody, ACCESS_VIEW_ANYWHERE, NULL), "NOT_FOUND");
    access_done(&access);
}

static void a_change_replaces_all_that_was_granted(void **state)
{
    struct access access;

    (void)state;
    access_init(&access);
    grant(&access, true, OWNER, false);
    grant(&access, false, VIEWER, false);
    assert_true(access_sees(&access, user, here));
    assert_string_equal(verdict(&access, user, ACCESS_ACT_AGENT, &here), "READ_ONLY");
    assert_false(access_is_empty(&access, user));
    assert_true(access_is_empty(&access, nobody));
    access_clear(&access);
    assert_true(access_is_empty(&access, user));
    access_done(&access);
}

static void paths_are_cleaned_or_refused(void **state)
{
    static const struct {
        const char *path;
        const char *clean; /* NULL: refused */
    } CASES[] = {
        { "", "/home/ann" },
        { "~", "/home/ann" },
        { "~/", "/home/ann" },
        { "~/a//b/", "/home/ann/a/b" },
        { "/", "/" },
        { "//a/./b", "/a/b" },
        { "/a/.hidden", "/a/.hidden" },
        { "/a/..", NULL },
        { "~/../b", NULL },
        { "a", NULL },
        { "./a", NULL },
        { "~bob/x", NULL },
        { "/a/...", "/a/..." },
    };
    CLEANUP(arena_done) struct arena a = { 0 };
    struct err e;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        char *out = NULL;

        if (CASES[i].clean == NULL) {
            assert_false(path_clean(bytes_of(CASES[i].path), "/home/ann", &a, &out, &e));
            assert_string_equal(e.reason, "BAD_PATH");
        } else {
            assert_true(path_clean(bytes_of(CASES[i].path), "/home/ann", &a, &out, &e));
            assert_string_equal(out, CASES[i].clean);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rights_follow_level_and_worker_use),
        cmocka_unit_test(what_is_not_granted_does_not_exist),
        cmocka_unit_test(a_change_replaces_all_that_was_granted),
        cmocka_unit_test(paths_are_cleaned_or_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
