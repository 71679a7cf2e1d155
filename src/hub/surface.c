/* SPDX-License-Identifier: Apache-2.0 */
#include "hub/surface.h"

#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "hub/dev_page.h"
#include "hub/doorstep.h"
#include "hub/hub_internal.h"
#include "hub/sessions.h"
#include "hub/sockets.h"

static const struct bucket_rate CALLS = { .per_second = 50, .burst = 200 };

struct identity {
    struct user *user; /* NULL: nobody */
    bool by_cookie;
};

static bool is_ours(const struct http_request *r)
{
    return r->peer->uid_known && r->peer->uid == geteuid();
}

static struct identity identify(struct hub *hub, const struct http_request *r)
{
    const char *cookie;

    if (hub->config->solo && is_ours(r)) {
        return (struct identity){ registry_user(&hub->registry, hub->solo_user.s), false };
    }
    cookie = http_cookie(r, SESSIONS_COOKIE);
    return (struct identity){ cookie == NULL ? NULL : sessions_use(hub, cookie), true };
}

bool surface_identify(void *arg, struct http_request *r, struct rpc_caller *caller, struct err *e)
{
    struct hub *hub = arg;
    struct identity who = identify(hub, r);
    int64_t wait_ms;

    if (who.user == NULL) {
        return true; /* the rule of the method decides */
    }
    caller->user = who.user->id;
    if (bucket_take(&who.user->calls, CALLS, 1, loop_now_ms(hub->loop), &wait_ms)) {
        return true;
    }
    err_set(e, ERR_RESOURCE_EXHAUSTED, "RATE_LIMITED", "too many calls");
    e->retry_after_ms = wait_ms;
    return false;
}

/* The path below the base path, with a '/' in front; NULL when it is not below. */
static const char *below_base(const struct hub *hub, const char *path)
{
    size_t n = strlen(hub->config->base_path);

    return strncmp(path, hub->config->base_path, n) == 0 ? path + n - 1 : NULL;
}

static bool starts_with(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

static void respond_health(struct http_request *r, int status, const char *word)
{
    if (r->method != HTTP_GET && r->method != HTTP_HEAD) {
        http_respond_not_allowed(r, "GET, HEAD");
    } else {
        http_respond_text(r, status, word);
    }
}

static void respond_ready(const struct hub *hub, struct http_request *r)
{
    if (hub->is_ready && !hub->is_draining) {
        respond_health(r, 200, "ready");
    } else {
        respond_health(r, 503, hub->is_draining ? "draining" : "starting");
    }
}

static void respond_call(struct hub *hub, struct http_request *r, const char *path)
{
    struct err e = { 0 };

    if (!guard_origin(&hub->policy, r, identify(hub, r).by_cookie)) {
        err_set(&e, ERR_PERMISSION_DENIED, "ORIGIN", "the request comes from another site");
        connect_refuse(r, &e);
    } else if (hub->is_draining) {
        err_set(&e, ERR_UNAVAILABLE, "GOING_AWAY", "the Hub is stopping");
        e.retry_after_ms = 1000;
        connect_refuse(r, &e);
    } else {
        connect_respond(hub->connect, r, path);
    }
}

static void respond_socket(struct hub *hub, struct http_request *r)
{
    struct identity who = identify(hub, r);

    if (!guard_origin(&hub->policy, r, who.by_cookie)) {
        http_respond_text(r, 403, "the request comes from another site");
    } else if (who.user == NULL) {
        http_respond_text(r, 401, "please sign in");
    } else if (hub->is_draining) {
        http_respond_text(r, 503, "the Hub is stopping");
    } else {
        sockets_accept(hub, r, who.user);
    }
}

static void route(struct hub *hub, struct http_request *r, const char *path)
{
    if (strcmp(path, "/healthz") == 0) {
        respond_health(r, 200, "ok");
    } else if (strcmp(path, "/readyz") == 0) {
        respond_ready(hub, r);
    } else if (strcmp(path, "/ws") == 0) {
        respond_socket(hub, r);
    } else if (starts_with(path, "/leapmux.")) {
        respond_call(hub, r, path);
    } else if (hub->dev_page != NULL) {
        dev_page_respond(hub->dev_page, r, path);
    } else if (!assets_respond(hub->assets, r, path)) {
        http_respond_text(r, 404, "not found");
    }
}

void surface_request(void *arg, struct http_request *r)
{
    struct hub *hub = arg;
    const char *path = below_base(hub, r->path);

    if (!guard_host(&hub->policy, r)) {
        http_respond_text(r, 421, "this Hub has another name");
    } else if (hub->config->solo && identify(hub, r).user == NULL) {
        doorstep_respond(hub, r, path);
    } else if (path == NULL) {
        http_respond_text(r, 404, "not found");
    } else {
        route(hub, r, path);
    }
}

void surface_done(void *arg, const struct http_record *record)
{
    (void)arg;
    log_debug("request", F_STR("id", record->id.s), F_STR("method", record->method),
              F_STR("path", record->path), F_INT("status", record->status),
              F_INT("took_us", record->took_us));
}
