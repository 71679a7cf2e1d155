/* SPDX-License-Identifier: Apache-2.0 */
/* The Hub's end of a link, with a Worker made up by the test at the other. */
#include "unit/hub/world.h"

static struct worker *worker_of(struct world *w)
{
    return registry_worker(&w->hub->registry, w->worker.s);
}

static void a_worker_that_says_hello_is_stored_and_online(void **state)
{
    struct world *w = *state;
    struct fake_worker *f = fake_new(w);
    const Leapmux__V1__HubToWorker *m;
    const struct worker *worker = worker_of(w);

    fake_hello(f);
    m = fake_expect(f, LEAPMUX__V1__HUB_TO_WORKER__MESSAGE_ACCEPTED);
    assert_string_equal(m->accepted->registrant_id, w->user.s);
    assert_null(worker->link);
    fake_inventory(f, NULL, 0);
    wait_for(w->loop, is_online, w);
    assert_string_equal(worker->name, "My machine");
    assert_string_equal(worker->os, "linux");
    assert_int_equal(worker->epoch, 5);
    assert_int_equal(worker->certificate.n, CERTIFICATE_LEN);
    fake_done(f);
}

static void keys_are_told_to_those_who_may_see_the_worker(void **state)
{
    struct world *w = *state;
    struct fake_worker *f = fake_online(w, NULL, 0);
    Leapmux__V1__GetWorkerKeysRequest req = LEAPMUX__V1__GET_WORKER_KEYS_REQUEST__INIT;
    const Leapmux__V1__GetWorkerKeysResponse *resp;
    struct id unknown = random_id();

    req.worker_id = w->worker.s;
    resp = call(w, "/leapmux.v1.WorkerService/GetWorkerKeys", &req.base);
    assert_true(resp->online);
    assert_int_equal(resp->identity.len, SLHDSA_PUBLIC_LEN);
    assert_memory_equal(resp->certificate.data, f->certificate, CERTIFICATE_LEN);
    req.worker_id = unknown.s;
    call_fails(w, "/leapmux.v1.WorkerService/GetWorkerKeys", &req.base, ERR_NOT_FOUND, "NOT_FOUND");
    fake_done(f);
}

/* Connect once, go, and come again with something changed: the link must be closed. */
static void come_again_changed(struct world *w, void (*change)(struct fake_worker *f))
{
    struct fake_worker *f = fake_online(w, NULL, 0);
    struct fake_worker *again;

    fake_done(f);
    again = fake_new(w);
    change(again);
    fake_hello(again);
    wait_for(w->loop, fake_is_closed, again);
    assert_int_equal(again->n, 0);
    assert_int_equal(worker_of(w)->epoch, 5);
    fake_done(again);
}

static void change_identity(struct fake_worker *f)
{
    f->identity[3] ^= 1;
}

static void lower_epoch(struct fake_worker *f)
{
    fake_certify(f, f->world->worker, 4);
}

static void no_epoch(struct fake_worker *f)
{
    f->certificate[3] = 0;
}

static void other_certificate(struct fake_worker *f)
{
    f->certificate[1000] ^= 1;
}

static void another_identity_is_rejected(void **state)
{
    come_again_changed(*state, change_identity);
}

static void an_epoch_that_goes_back_is_rejected(void **state)
{
    come_again_changed(*state, lower_epoch);
    come_again_changed(*state, no_epoch);
}

static void a_second_certificate_of_one_epoch_is_rejected(void **state)
{
    come_again_changed(*state, other_certificate);
}

static void unsigned_epoch(struct fake_worker *f)
{
    f->certificate[3] = 6;
}

static void damaged_signature(struct fake_worker *f)
{
    fake_certify(f, f->world->worker, 6);
    f->certificate[CERTIFICATE_LEN - 1] ^= 1;
}

static void of_another_worker(struct fake_worker *f)
{
    fake_certify(f, random_id(), 6);
}

static void short_certificate(struct fake_worker *f)
{
    fake_certify(f, f->world->worker, 6);
    f->certificate_len--;
}

static void a_certificate_that_does_not_verify_is_rejected(void **state)
{
    come_again_changed(*state, unsigned_epoch);
    come_again_changed(*state, damaged_signature);
    come_again_changed(*state, of_another_worker);
    come_again_changed(*state, short_certificate);
}

static void a_first_hello_with_a_bad_signature_is_rejected(void **state)
{
    struct world *w = *state;
    struct fake_worker *f = fake_new(w);

    f->certificate[CERTIFICATE_LEN - 1] ^= 1;
    fake_hello(f);
    wait_for(w->loop, fake_is_closed, f);
    assert_int_equal(f->n, 0);
    assert_int_equal(worker_of(w)->epoch, 0);
    assert_int_equal(worker_of(w)->identity.n, 0);
    fake_done(f);
}

static bool has_epoch_6(void *arg)
{
    return worker_of(arg)->epoch == 6;
}

static void change_keys(struct fake_worker *f)
{
    Leapmux__V1__KeysChanged m = LEAPMUX__V1__KEYS_CHANGED__INIT;

    m.certificate = (ProtobufCBinaryData){ f->certificate_len, f->certificate };
    fake_send(f, LEAPMUX__V1__WORKER_TO_HUB__MESSAGE_KEYS_CHANGED, &m.base);
}

static void new_keys_are_stored_while_the_link_goes_on(void **state)
{
    struct world *w = *state;
    struct fake_worker *f = fake_online(w, NULL, 0);

    fake_certify(f, w->worker, 6);
    change_keys(f);
    wait_for(w->loop, has_epoch_6, w);
    assert_non_null(worker_of(w)->link);
    assert_true(bytes_equal(buf_view(&worker_of(w)->certificate),
                            (struct bytes){ f->certificate, CERTIFICATE_LEN }));
    fake_done(f);
}

static void new_keys_with_a_bad_signature_end_the_link(void **state)
{
    struct world *w = *state;
    struct fake_worker *f = fake_online(w, NULL, 0);

    damaged_signature(f);
    change_keys(f);
    wait_for(w->loop, fake_is_closed, f);
    assert_int_equal(worker_of(w)->epoch, 5);
    assert_null(worker_of(w)->link);
    fake_done(f);
}

static void the_newer_connection_wins(void **state)
{
    struct world *w = *state;
    struct fake_worker *older = fake_online(w, NULL, 0);
    struct fake_worker *newer = fake_online(w, NULL, 0);

    wait_for(w->loop, fake_is_closed, older);
    assert_non_null(worker_of(w)->link);
    assert_false(newer->is_closed);
    fake_done(older);
    fake_done(newer);
}

static bool is_offline(void *arg)
{
    return !is_online(arg);
}

static void a_worker_that_goes_is_offline(void **state)
{
    struct world *w = *state;
    struct fake_worker *f = fake_online(w, NULL, 0);

    fake_done(f);
    wait_for(w->loop, is_offline, w);
}

static void messages_out_of_turn_end_the_link(void **state)
{
    struct world *w = *state;
    struct fake_worker *f = fake_new(w);
    Leapmux__V1__TabClosed m = LEAPMUX__V1__TAB_CLOSED__INIT;

    fake_send(f, LEAPMUX__V1__WORKER_TO_HUB__MESSAGE_TAB_CLOSED, &m.base);
    wait_for(w->loop, fake_is_closed, f);
    fake_done(f);
    f = fake_new(w);
    msgpipe_send(f->pipe, bytes_of("\xff\xff garbage"));
    wait_for(w->loop, fake_is_closed, f);
    fake_done(f);
    f = fake_new(w);
    fake_inventory(f, NULL, 0);
    wait_for(w->loop, fake_is_closed, f);
    fake_done(f);
}

static void a_ping_is_answered(void **state)
{
    struct world *w = *state;
    struct fake_worker *f = fake_new(w);
    Leapmux__V1__LinkPing m = LEAPMUX__V1__LINK_PING__INIT;

    m.nonce = 77;
    fake_send(f, LEAPMUX__V1__WORKER_TO_HUB__MESSAGE_PING, &m.base);
    assert_int_equal(fake_expect(f, LEAPMUX__V1__HUB_TO_WORKER__MESSAGE_PONG)->pong->nonce, 77);
    fake_done(f);
}

/* ---- tabs ---- */

struct tab_question {
    struct world *w;
    struct id tab;
};

static bool is_gone(void *arg)
{
    struct tab_question *q = arg;

    return registry_tab(&q->w->hub->registry, q->tab.s) == NULL;
}

static void tabs_that_the_worker_does_not_have_are_closed(void **state)
{
    struct world *w = *state;
    struct id kept = random_id();
    struct tab_question lost = { w, random_id() };
    struct fake_worker *f;

    apply_op(w, w->workspace, add_op(w, kept, w->worker));
    apply_op(w, w->workspace, add_op(w, lost.tab, w->worker));
    f = fake_online(w, &kept, 1);
    wait_for(w->loop, is_gone, &lost);
    assert_non_null(registry_tab(&w->hub->registry, kept.s));
    settle(w->loop);
    assert_false(fake_has_mail(f)); /* what the Worker said itself is no order to it */
    fake_done(f);
}

static void a_tab_that_the_worker_closed_leaves_the_layout(void **state)
{
    struct world *w = *state;
    struct tab_question q = { w, random_id() };
    struct id other = random_id();
    struct fake_worker *f;
    Leapmux__V1__TabClosed m = LEAPMUX__V1__TAB_CLOSED__INIT;

    apply_op(w, w->workspace, add_op(w, q.tab, w->worker));
    f = fake_online(w, &q.tab, 1);
    m.tab_id = q.tab.s;
    m.workspace_id = other.s;
    fake_send(f, LEAPMUX__V1__WORKER_TO_HUB__MESSAGE_TAB_CLOSED, &m.base);
    settle(w->loop);
    assert_false(is_gone(&q)); /* it lies in another workspace than the one named */
    m.workspace_id = w->workspace.s;
    fake_send(f, LEAPMUX__V1__WORKER_TO_HUB__MESSAGE_TAB_CLOSED, &m.base);
    wait_for(w->loop, is_gone, &q);
    fake_done(f);
}

static void acknowledge(struct fake_worker *f, const char *id)
{
    Leapmux__V1__NotificationAck m = LEAPMUX__V1__NOTIFICATION_ACK__INIT;

    m.id = proto_str(id);
    fake_send(f, LEAPMUX__V1__WORKER_TO_HUB__MESSAGE_NOTIFICATION_ACK, &m.base);
}

/* The next order closes a tab. Returns its id. */
static const char *expect_order(struct fake_worker *f, struct id tab)
{
    const Leapmux__V1__HubToWorker *m =
        fake_expect(f, LEAPMUX__V1__HUB_TO_WORKER__MESSAGE_NOTIFICATION);

    assert_int_equal(m->notification->order_case, LEAPMUX__V1__NOTIFICATION__ORDER_TABS_CLOSED);
    assert_string_equal(m->notification->tabs_closed->workspace_id, f->world->workspace.s);
    assert_int_equal(m->notification->tabs_closed->n_tab_ids, 1);
    assert_string_equal(m->notification->tabs_closed->tab_ids[0], tab.s);
    return m->notification->id;
}

static bool has_no_notes(void *arg)
{
    return list_empty(&worker_of(arg)->notes);
}

static void closing_tabs_orders_the_worker_one_by_one(void **state)
{
    struct world *w = *state;
    struct id tabs[] = { random_id(), random_id() };
    struct fake_worker *f;
    const char *first;

    apply_op(w, w->workspace, add_op(w, tabs[0], w->worker));
    apply_op(w, w->workspace, add_op(w, tabs[1], w->worker));
    f = fake_online(w, tabs, 2);
    apply_op(w, w->workspace, close_op(w, tabs[0]));
    apply_op(w, w->workspace, close_op(w, tabs[1]));
    first = expect_order(f, tabs[0]);
    settle(w->loop);
    assert_false(fake_has_mail(f)); /* the second waits for the first's acknowledgement */
    acknowledge(f, w->user.s);
    settle(w->loop);
    assert_false(fake_has_mail(f));
    acknowledge(f, first);
    acknowledge(f, expect_order(f, tabs[1]));
    wait_for(w->loop, has_no_notes, w);
    fake_done(f);
}

static void orders_wait_for_a_worker_that_is_away_and_come_again(void **state)
{
    struct world *w = *state;
    struct id tab = random_id();
    struct fake_worker *f;
    char id[ID_LEN + 1];

    apply_op(w, w->workspace, add_op(w, tab, w->worker));
    apply_op(w, w->workspace, close_op(w, tab));
    f = fake_online(w, NULL, 0);
    snprintf(id, sizeof(id), "%s", expect_order(f, tab));
    fake_done(f); /* gone without an acknowledgement */
    wait_for(w->loop, is_offline, w);
    f = fake_online(w, NULL, 0);
    assert_string_equal(expect_order(f, tab), id);
    acknowledge(f, id);
    wait_for(w->loop, has_no_notes, w);
    fake_done(f);
    wait_for(w->loop, is_offline, w);
    f = fake_online(w, NULL, 0);
    settle(w->loop);
    assert_false(fake_has_mail(f));
    fake_done(f);
}

static void a_tab_that_comes_back_cancels_its_order(void **state)
{
    struct world *w = *state;
    struct id tab = random_id();
    struct fake_worker *f;

    apply_op(w, w->workspace, add_op(w, tab, w->worker));
    apply_op(w, w->workspace, close_op(w, tab));
    assert_false(has_no_notes(w));
    apply_op(w, w->workspace, add_op(w, tab, w->worker));
    assert_true(has_no_notes(w));
    f = fake_online(w, &tab, 1);
    settle(w->loop);
    assert_false(fake_has_mail(f));
    fake_done(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_WORLD(a_worker_that_says_hello_is_stored_and_online),
        WITH_WORLD(keys_are_told_to_those_who_may_see_the_worker),
        WITH_WORLD(another_identity_is_rejected),
        WITH_WORLD(an_epoch_that_goes_back_is_rejected),
        WITH_WORLD(a_second_certificate_of_one_epoch_is_rejected),
        WITH_WORLD(a_certificate_that_does_not_verify_is_rejected),
        WITH_WORLD(a_first_hello_with_a_bad_signature_is_rejected),
        WITH_WORLD(new_keys_are_stored_while_the_link_goes_on),
        WITH_WORLD(new_keys_with_a_bad_signature_end_the_link),
        WITH_WORLD(the_newer_connection_wins),
        WITH_WORLD(a_worker_that_goes_is_offline),
        WITH_WORLD(messages_out_of_turn_end_the_link),
        WITH_WORLD(a_ping_is_answered),
        WITH_WORLD(tabs_that_the_worker_does_not_have_are_closed),
        WITH_WORLD(a_tab_that_the_worker_closed_leaves_the_layout),
        WITH_WORLD(closing_tabs_orders_the_worker_one_by_one),
        WITH_WORLD(orders_wait_for_a_worker_that_is_away_and_come_again),
        WITH_WORLD(a_tab_that_comes_back_cancels_its_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
