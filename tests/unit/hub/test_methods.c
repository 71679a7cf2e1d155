/* SPDX-License-Identifier: Apache-2.0 */
/* Every method of the protos has one handler and one rule. */
#include "unit/hub/world.h"

#include "hub/access.h"

static const ProtobufCServiceDescriptor *const SERVICES[] = {
    &leapmux__v1__system_service__descriptor,    &leapmux__v1__auth_service__descriptor,
    &leapmux__v1__user_service__descriptor,      &leapmux__v1__worker_service__descriptor,
    &leapmux__v1__workspace_service__descriptor, &leapmux__v1__layout_service__descriptor,
};

/* How often a method is in the tables; *found is one of them. */
static int count_of(const struct hub *hub, const char *name, const struct rpc_method **found)
{
    int n = 0;

    for (size_t s = 0; s < HUB_SERVICES; s++) {
        for (size_t i = 0; i < hub->services[s].n; i++) {
            if (strcmp(hub->services[s].methods[i].name, name) == 0) {
                *found = &hub->services[s].methods[i];
                n++;
            }
        }
    }
    return n;
}

static void every_method_of_the_protos_is_in_one_table_with_its_types(void **state)
{
    struct world *w = *state;
    size_t in_protos = 0;
    size_t in_tables = 0;

    for (size_t s = 0; s < ARRAY_LEN(SERVICES); s++) {
        for (unsigned i = 0; i < SERVICES[s]->n_methods; i++) {
            const ProtobufCMethodDescriptor *m = &SERVICES[s]->methods[i];
            const struct rpc_method *found = NULL;
            char name[160];

            snprintf(name, sizeof(name), "/%s/%s", SERVICES[s]->name, m->name);
            if (count_of(w->hub, name, &found) != 1) {
                fail_msg("%s is not in exactly one table", name);
            }
            assert_ptr_equal(found->request, m->input);
            assert_ptr_equal(found->response, m->output);
            assert_in_range(found->rule, ACCESS_PUBLIC, ACCESS_SCOPE_EDIT);
            in_protos++;
        }
    }
    for (size_t s = 0; s < HUB_SERVICES; s++) {
        rpc_service_check(&w->hub->services[s]);
        in_tables += w->hub->services[s].n;
    }
    assert_int_equal(in_protos, in_tables);
}

static void a_rule_finds_its_id_in_the_request(void **state)
{
    static const char *const FIELDS[] = {
        [ACCESS_ORG_MEMBER] = "org_id",    [ACCESS_WORKER_SEE] = "worker_id",
        [ACCESS_WS_VIEW] = "workspace_id", [ACCESS_WS_EDIT] = "workspace_id",
        [ACCESS_SCOPE_VIEW] = "scope",     [ACCESS_SCOPE_EDIT] = "scope",
    };
    struct world *w = *state;

    for (size_t s = 0; s < HUB_SERVICES; s++) {
        for (size_t i = 0; i < w->hub->services[s].n; i++) {
            const struct rpc_method *m = &w->hub->services[s].methods[i];
            const ProtobufCFieldDescriptor *f;

            if (FIELDS[m->rule] == NULL) {
                continue;
            }
            f = protobuf_c_message_descriptor_get_field_by_name(m->request, FIELDS[m->rule]);
            if (f == NULL || f->type != PROTOBUF_C_TYPE_STRING) {
                fail_msg("%s has no %s", m->name, FIELDS[m->rule]);
            }
        }
    }
}

static void only_the_version_is_for_anybody(void **state)
{
    struct world *w = *state;

    for (size_t s = 0; s < HUB_SERVICES; s++) {
        for (size_t i = 0; i < w->hub->services[s].n; i++) {
            const struct rpc_method *m = &w->hub->services[s].methods[i];

            assert_int_equal(m->rule == ACCESS_PUBLIC,
                             strcmp(m->name, "/leapmux.v1.SystemService/GetSystemInfo") == 0);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_WORLD(every_method_of_the_protos_is_in_one_table_with_its_types),
        WITH_WORLD(a_rule_finds_its_id_in_the_request),
        WITH_WORLD(only_the_version_is_for_anybody),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
