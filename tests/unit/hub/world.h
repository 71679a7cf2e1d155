/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A whole Hub for tests: its store in memory, calls through the real dispatcher, and Workers at
 * the other end of a socket pair. Everything runs on one loop, in this thread.
 */
#ifndef TESTS_UNIT_HUB_WORLD_H
#define TESTS_UNIT_HUB_WORLD_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "crypto/certificate.h"
#include "crypto/random.h"
#include "gen/leapmux/v1/connector.pb-c.h"
#include "gen/leapmux/v1/hub.pb-c.h"
#include "hub/hub_internal.h"
#include "hub/proto.h"
#include "hub/workers.h"
#include "net/msgpipe.h"

#define FIXTURE static inline __attribute__((unused))

enum { PATIENCE_MS = 10000 }; /* a condition that has not come by then will not come */

struct world {
    struct loop *loop;
    struct hub_config config;
    struct hub *hub;
    struct arena arena;
    struct id user;
    struct id org;
    struct id workspace; /* "First workspace" */
    struct id worker;
};

/* ---- waiting for conditions ---- */

typedef bool (*condition)(void *arg);

struct waiting {
    struct loop *loop;
    struct timer look;
    condition is_so;
    void *arg;
    uint64_t until_ms;
    bool came;
};

FIXTURE void on_look(void *arg)
{
    struct waiting *w = arg;

    w->came = w->is_so(w->arg);
    if (w->came || loop_now_ms(w->loop) >= w->until_ms) {
        loop_stop(w->loop);
    } else {
        timer_start(&w->look, 1);
    }
}

/* Turn the loop until a condition holds; fails the test when it does not come. */
FIXTURE void wait_for(struct loop *loop, condition is_so, void *arg)
{
    struct waiting w = { .loop = loop, .is_so = is_so, .arg = arg };

    w.until_ms = loop_now_ms(loop) + PATIENCE_MS;
    timer_init(&w.look, loop, on_look, &w);
    timer_start(&w.look, 0);
    loop_run(loop);
    timer_stop(&w.look);
    if (!w.came) {
        fail_msg("what the test waits for does not come");
    }
}

struct countdown {
    int left;
};

FIXTURE bool count_down(void *arg)
{
    struct countdown *c = arg;

    return c->left-- == 0;
}

/* Turn the loop so often that all that is on its way between our own ends has arrived. */
FIXTURE void settle(struct loop *loop)
{
    struct countdown c = { 10 };

    wait_for(loop, count_down, &c);
}

/* ---- the Hub ---- */

FIXTURE void find_first_ids(struct world *w)
{
    struct user *user = registry_user(&w->hub->registry, w->hub->solo_user.s);
    struct org *org = registry_personal_org(user);

    w->user = user->id;
    w->org = org->id;
    w->workspace = LIST_FIRST(&org->workspaces, struct workspace, by_org)->id;
    w->worker = w->hub->local_worker;
}

/* Without a port, with its store in memory. */
FIXTURE int open_world(void **state)
{
    struct world *w = NEW(struct world);
    struct err e = { 0 };

    w->loop = loop_new();
    w->config = (struct hub_config){ .solo = true, .base_path = "/" };
    w->hub = NEW(struct hub);
    w->hub->lock_fd = -1;
    if (!hub_open_store(w->hub, w->loop, &w->config, &e)) {
        fail_msg("%s", e.msg);
    }
    find_first_ids(w);
    *state = w;
    return 0;
}

FIXTURE int close_world(void **state)
{
    struct world *w = *state;

    hub_free(w->hub);
    loop_free(w->loop);
    arena_done(&w->arena);
    free(w);
    return 0;
}

#define WITH_WORLD(test) cmocka_unit_test_setup_teardown(test, open_world, close_world)

/* ---- calls ---- */

struct answer {
    struct world *world;
    bool came;
    struct err e;
    void *message; /* in the world's arena; NULL after a failure */
    const ProtobufCMessageDescriptor *type;
};

FIXTURE bool take_answer(void *t, struct bytes message)
{
    struct answer *a = t;

    a->message = proto_unpack(&a->world->arena, a->type, message);
    assert_non_null(a->message);
    return true;
}

FIXTURE void end_answer(void *t, const struct err *e)
{
    struct answer *a = t;

    a->came = true;
    if (e != NULL) {
        a->e = *e;
    }
}

FIXTURE bool has_come(void *arg)
{
    return ((struct answer *)arg)->came;
}

static const struct rpc_transport TEST_TRANSPORT = { take_answer, end_answer };

/* Begin a call; the answer comes into *a, maybe at once. */
FIXTURE void begin_call(struct world *w, struct id user, const char *method,
                        const ProtobufCMessage *request, struct answer *a)
{
    const struct rpc_service *service;
    const struct rpc_method *m = rpc_find(w->hub->services, HUB_SERVICES, method, &service);
    struct rpc_caller caller = { .user = user };

    assert_non_null(m);
    *a = (struct answer){ .world = w, .type = m->response };
    rpc_dispatch(w->hub->services, HUB_SERVICES, method, proto_pack(&w->arena, request), &caller,
                 &TEST_TRANSPORT, a);
}

/* Call as a user and wait. NULL with *e on failure. */
FIXTURE void *call_as(struct world *w, struct id user, const char *method,
                      const ProtobufCMessage *request, struct err *e)
{
    struct answer a;

    begin_call(w, user, method, request, &a);
    if (!a.came) {
        wait_for(w->loop, has_come, &a);
    }
    *e = a.e;
    return a.message;
}

/* Call as the one user; must succeed. */
FIXTURE void *call(struct world *w, const char *method, const ProtobufCMessage *request)
{
    struct err e = { 0 };
    void *message = call_as(w, w->user, method, request, &e);

    if (message == NULL) {
        fail_msg("%s: %s %s", method, e.reason, e.msg);
    }
    return message;
}

/* Must fail with a reason. */
FIXTURE void call_fails(struct world *w, const char *method, const ProtobufCMessage *request,
                        enum err_code code, const char *reason)
{
    struct err e = { 0 };

    assert_null(call_as(w, w->user, method, request, &e));
    assert_string_equal(e.reason, reason);
    assert_int_equal(e.code, code);
}

/* ---- layout calls ---- */

FIXTURE const char *scope_of(struct world *w, struct id workspace)
{
    return arena_printf(&w->arena, "ws:%s", workspace.s);
}

/* Apply one op to the first workspace. */
FIXTURE const Leapmux__V1__LayoutOpResult *apply_op(struct world *w, struct id workspace,
                                                    Leapmux__V1__LayoutOp *op)
{
    Leapmux__V1__ApplyOpsRequest req = LEAPMUX__V1__APPLY_OPS_REQUEST__INIT;
    const Leapmux__V1__ApplyOpsResponse *resp;

    req.scope = proto_str(scope_of(w, workspace));
    req.ops = &op;
    req.n_ops = 1;
    resp = call(w, "/leapmux.v1.LayoutService/ApplyOps", &req.base);
    assert_int_equal(resp->n_results, 1);
    return resp->results[0];
}

FIXTURE Leapmux__V1__LayoutOp *add_op(struct world *w, struct id tab, struct id worker)
{
    Leapmux__V1__LayoutOp *op = ARENA_NEW(&w->arena, Leapmux__V1__LayoutOp);

    leapmux__v1__layout_op__init(op);
    op->op_id = arena_str(&w->arena, bytes_of(random_id().s));
    op->op_case = LEAPMUX__V1__LAYOUT_OP__OP_ADD_TAB;
    op->add_tab = ARENA_NEW(&w->arena, Leapmux__V1__AddTab);
    leapmux__v1__add_tab__init(op->add_tab);
    op->add_tab->tab = ARENA_NEW(&w->arena, Leapmux__V1__LayoutTab);
    leapmux__v1__layout_tab__init(op->add_tab->tab);
    op->add_tab->tab->tab_id = arena_str(&w->arena, bytes_of(tab.s));
    op->add_tab->tab->worker_id = arena_str(&w->arena, bytes_of(worker.s));
    op->add_tab->tab->kind = LEAPMUX__V1__TAB_KIND__TAB_KIND_AGENT;
    return op;
}

FIXTURE Leapmux__V1__LayoutOp *close_op(struct world *w, struct id tab)
{
    Leapmux__V1__LayoutOp *op = ARENA_NEW(&w->arena, Leapmux__V1__LayoutOp);

    leapmux__v1__layout_op__init(op);
    op->op_id = arena_str(&w->arena, bytes_of(random_id().s));
    op->op_case = LEAPMUX__V1__LAYOUT_OP__OP_CLOSE_TAB;
    op->close_tab = ARENA_NEW(&w->arena, Leapmux__V1__CloseTab);
    leapmux__v1__close_tab__init(op->close_tab);
    op->close_tab->tab_id = arena_str(&w->arena, bytes_of(tab.s));
    return op;
}

/* ---- a Worker ---- */

enum { FAKE_INBOX = 1024 };

struct fake_worker {
    struct world *world;
    struct msgpipe *pipe;
    bool is_closed;
    struct arena arena;
    Leapmux__V1__HubToWorker *inbox[FAKE_INBOX];
    size_t n;
    size_t at; /* next to be looked at */
    bool answers_pings;
    uint8_t identity[SLHDSA_PUBLIC_LEN];
    uint8_t certificate[CERTIFICATE_LEN];
    size_t certificate_len;
};

FIXTURE void fake_send(struct fake_worker *f, int kind, ProtobufCMessage *body)
{
    Leapmux__V1__WorkerToHub m = LEAPMUX__V1__WORKER_TO_HUB__INIT;
    struct arena a = { 0 };

    m.message_case = (Leapmux__V1__WorkerToHub__MessageCase)kind;
    m.hello = (Leapmux__V1__LinkHello *)body; /* all members of the union are pointers */
    msgpipe_send(f->pipe, proto_pack(&a, &m.base));
    arena_done(&a);
}

FIXTURE void fake_on_message(void *arg, struct bytes message)
{
    struct fake_worker *f = arg;

    assert_true(f->n < FAKE_INBOX);
    f->inbox[f->n] = proto_unpack(&f->arena, &leapmux__v1__hub_to_worker__descriptor, message);
    assert_non_null(f->inbox[f->n]);
    f->n++;
}

FIXTURE void fake_on_drain(void *arg)
{
    (void)arg;
}

FIXTURE void fake_on_closed(void *arg)
{
    ((struct fake_worker *)arg)->is_closed = true;
}

/* The identity's certificate for an epoch. Signing takes its time, so the last one is kept. */
FIXTURE void fake_certify(struct fake_worker *f, struct id worker, uint32_t epoch)
{
    static const uint8_t SEED[SLHDSA_SEED_LEN] = "the identity of all made-up workers";
    static struct certificate c;
    static uint8_t signed_one[CERTIFICATE_LEN];
    struct slhdsa_private key;
    struct err e;

    slhdsa_keygen(SEED, &key);
    slhdsa_public(&key, f->identity);
    if (c.epoch != epoch || strcmp(c.worker_id.s, worker.s) != 0) {
        c = (struct certificate){ .epoch = epoch, .worker_id = worker };
        assert_true(certificate_sign(&c, &key, NULL, signed_one, &e));
    }
    memcpy(f->certificate, signed_one, sizeof(signed_one));
    slhdsa_private_done(&key);
}

FIXTURE void fake_done(struct fake_worker *f)
{
    msgpipe_free(f->pipe);
    arena_done(&f->arena);
    free(f);
}

FIXTURE struct fake_worker *fake_new(struct world *w)
{
    static const struct msgpipe_handlers HANDLERS = { fake_on_message, fake_on_drain,
                                                      fake_on_closed };
    struct fake_worker *f = NEW(struct fake_worker);
    int ends[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    f->world = w;
    f->pipe = msgpipe_new(w->loop, ends[0], &HANDLERS, f);
    fake_certify(f, w->worker, 5);
    f->certificate_len = CERTIFICATE_LEN;
    hub_attach_worker(w->hub, ends[1]);
    return f;
}

FIXTURE bool fake_has_mail(void *arg)
{
    struct fake_worker *f = arg;

    return f->at < f->n;
}

FIXTURE bool fake_is_closed(void *arg)
{
    return ((struct fake_worker *)arg)->is_closed;
}

/* The next message, which must be of the kind. */
FIXTURE const Leapmux__V1__HubToWorker *fake_expect(struct fake_worker *f, int kind)
{
    wait_for(f->world->loop, fake_has_mail, f);
    assert_int_equal(f->inbox[f->at]->message_case, kind);
    return f->inbox[f->at++];
}

FIXTURE void fake_hello(struct fake_worker *f)
{
    Leapmux__V1__LinkHello m = LEAPMUX__V1__LINK_HELLO__INIT;

    m.worker_id = f->world->worker.s;
    m.name = proto_str("  My \n machine ");
    m.version = proto_str("1");
    m.protocol = WORKERS_PROTOCOL;
    m.os = proto_str("linux");
    m.arch = proto_str("x86_64");
    m.identity = (ProtobufCBinaryData){ sizeof(f->identity), f->identity };
    m.certificate = (ProtobufCBinaryData){ f->certificate_len, f->certificate };
    fake_send(f, LEAPMUX__V1__WORKER_TO_HUB__MESSAGE_HELLO, &m.base);
}

/* tabs of the first workspace */
FIXTURE void fake_inventory(struct fake_worker *f, const struct id *tabs, size_t n)
{
    Leapmux__V1__Inventory m = LEAPMUX__V1__INVENTORY__INIT;
    Leapmux__V1__InventoryItem items[8];
    Leapmux__V1__InventoryItem *at[8];

    assert_true(n <= 8);
    for (size_t i = 0; i < n; i++) {
        leapmux__v1__inventory_item__init(&items[i]);
        items[i].workspace_id = f->world->workspace.s;
        items[i].tab_id = proto_str(tabs[i].s);
        items[i].kind = LEAPMUX__V1__TAB_KIND__TAB_KIND_AGENT;
        at[i] = &items[i];
    }
    m.items = at;
    m.n_items = n;
    fake_send(f, LEAPMUX__V1__WORKER_TO_HUB__MESSAGE_INVENTORY, &m.base);
}

FIXTURE bool is_online(void *arg)
{
    const struct world *w = arg;

    return registry_worker(&w->hub->registry, w->worker.s)->link != NULL;
}

/* Hello, inventory, online. */
FIXTURE struct fake_worker *fake_online(struct world *w, const struct id *tabs, size_t n)
{
    struct fake_worker *f = fake_new(w);

    fake_hello(f);
    fake_expect(f, LEAPMUX__V1__HUB_TO_WORKER__MESSAGE_ACCEPTED);
    fake_inventory(f, tabs, n);
    wait_for(w->loop, is_online, w);
    return f;
}

#endif
