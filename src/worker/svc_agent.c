/* SPDX-License-Identifier: Apache-2.0 */
/* Opening, starting, stopping and closing agents; their settings. */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/utf8.h"
#include "crypto/blake2b.h"
#include "worker/path.h"
#include "worker/pb.h"
#include "worker/svc.h"

enum { MODEL_MAX = 200, RESUME_REF_MAX = 200 }; /* octets */

/* ---- OpenAgent ---- */

/* Everything between the call and the row: the directory is looked at on another thread. */
struct opening {
    struct worker *worker;
    struct reply *reply;
    struct arena arena;
    const Leapmux__V1__OpenAgentRequest *request;
    struct agents_new new_agent;
    struct author author;
    struct err error;
    bool ok;
};

static void look_at_directory(void *arg)
{
    struct opening *o = arg;

    o->ok = path_check_directory(o->new_agent.working_dir, &o->error);
}

static void on_directory(void *arg)
{
    struct opening *o = arg;
    struct worker *w = o->worker;

    if (o->ok) {
        agents_create(w->agents, &o->new_agent, o->reply);
    } else {
        reply_fail(o->reply, &o->error);
    }
    arena_done(&o->arena);
    free(o);
    worker_slow_over(w);
}

static bool is_blank(const char *text)
{
    return text[strspn(text, " \t\r\n\v\f")] == '\0';
}

static bool check_mode(const struct provider *p, const char *mode, struct err *e)
{
    return mode[0] == '\0' || provider_has_mode(p, mode) ||
           err_set(e, ERR_FAILED_PRECONDITION, "UNSUPPORTED", "no mode of that name");
}

static bool check_open(const Leapmux__V1__OpenAgentRequest *r, struct err *e)
{
    const struct provider *provider = provider_by_id(r->provider);
    struct id id;

    TRY(id_parse(bytes_of(r->workspace_id), "workspace_id", &id, e));
    TRY(id_parse(bytes_of(r->agent_id), "agent_id", &id, e));
    if (provider == NULL) {
        return err_set(e, ERR_FAILED_PRECONDITION, "UNSUPPORTED", "no provider of that name");
    }
    TRY(check_mode(provider, r->permission_mode, e));
    if (strlen(r->model) > MODEL_MAX) {
        return err_invalid(e, "model", "longer than %d octets", MODEL_MAX);
    }
    if (strlen(r->resume_ref) > RESUME_REF_MAX || r->resume_ref[0] == '-') {
        return err_invalid(e, "resume_ref", "not a session's id");
    }
    if (strlen(r->first_message) > AGENT_MESSAGE_MAX) {
        return err_set(e, ERR_RESOURCE_EXHAUSTED, "TOO_LARGE", "a message is at most 1 MiB");
    }
    return r->first_message[0] == '\0' || !is_blank(r->first_message) ||
           err_invalid(e, "first_message", "a message needs a character");
}

/* Cleaned; "Agent" when nothing is left. */
static const char *clean_title(const char *title, struct arena *a)
{
    char *out = arena_alloc(a, strlen(title) + 1);

    if (utf8_clean_title(bytes_of(title), out) == 0) {
        return "Agent";
    }
    if (utf8_count(bytes_of(out)) > AGENT_TITLE_MAX) {
        out[utf8_cut(bytes_of(out), AGENT_TITLE_MAX)] = '\0';
    }
    return out;
}

struct rpc_done *svc_open_agent(struct rpc_call *call, const void *request)
{
    const Leapmux__V1__OpenAgentRequest *r = request;
    struct worker *w = rpc_context(call);
    struct bytes packed = pb_pack(rpc_arena(call), request);
    struct author author = worker_author(w, call);
    struct opening *o;
    struct rpc_done *done;
    char *path;
    struct err e;

    if (!check_open(r, &e) ||
        !path_clean(pb_view(&r->working_dir), w->home, rpc_arena(call), &path, &e)) {
        return rpc_fail(call, &e);
    }
    o = NEW(struct opening);
    o->worker = w;
    o->author = (struct author){ .id = author.id, .name = pb_str(&o->arena, author.name) };
    o->request = pb_unpack_in(&o->arena, &leapmux__v1__open_agent_request__descriptor, packed);
    o->new_agent = (struct agents_new){ .request = o->request,
                                        .provider = provider_by_id(r->provider),
                                        .working_dir = pb_str(&o->arena, path),
                                        .title = clean_title(o->request->title, &o->arena),
                                        .author = &o->author };
    blake2b_256(packed, o->new_agent.request_hash);
    done = reply_later(call, &o->reply);
    worker_slow(w, look_at_directory, on_directory, o);
    return done;
}

/* ---- the rest ---- */

struct rpc_done *svc_cancel_start(struct rpc_call *call, const void *request)
{
    const Leapmux__V1__CancelStartRequest *r = request;
    struct worker *w = rpc_context(call);
    struct agent *a = agents_find(w->agents, r->agent_id);
    Leapmux__V1__CancelStartResponse response = LEAPMUX__V1__CANCEL_START_RESPONSE__INIT;

    agent_cancel_start(a);
    response.state = agent_state_message(a, rpc_arena(call));
    return rpc_ok(call, &response);
}

struct rpc_done *svc_start_agent(struct rpc_call *call, const void *request)
{
    const Leapmux__V1__StartAgentRequest *r = request;
    struct worker *w = rpc_context(call);
    struct agent *a = agents_find(w->agents, r->agent_id);
    Leapmux__V1__StartAgentResponse response = LEAPMUX__V1__START_AGENT_RESPONSE__INIT;

    agent_start(a);
    response.state = agent_state_message(a, rpc_arena(call));
    return rpc_ok(call, &response);
}

struct rpc_done *svc_close_agent(struct rpc_call *call, const void *request)
{
    const Leapmux__V1__CloseAgentRequest *r = request;
    struct worker *w = rpc_context(call);
    struct reply *reply;
    struct rpc_done *done = reply_later(call, &reply);

    agent_close(agents_find(w->agents, r->agent_id), reply);
    return done;
}

struct rpc_done *svc_update_agent_settings(struct rpc_call *call, const void *request)
{
    const Leapmux__V1__UpdateAgentSettingsRequest *r = request;
    struct worker *w = rpc_context(call);
    struct agent *a = agents_find(w->agents, r->agent_id);
    Leapmux__V1__UpdateAgentSettingsResponse response =
        LEAPMUX__V1__UPDATE_AGENT_SETTINGS_RESPONSE__INIT;
    bool has_model = r->_model_case == LEAPMUX__V1__UPDATE_AGENT_SETTINGS_REQUEST___MODEL_MODEL;
    bool has_mode = r->_permission_mode_case ==
                    LEAPMUX__V1__UPDATE_AGENT_SETTINGS_REQUEST___PERMISSION_MODE_PERMISSION_MODE;
    struct err e;

    if (!agent_set(a, has_model ? r->model : NULL, has_mode ? r->permission_mode : NULL, &e)) {
        return rpc_fail(call, &e);
    }
    response.session = agent_session_message(a, rpc_arena(call));
    return rpc_ok(call, &response);
}

struct rpc_done *svc_interrupt_agent(struct rpc_call *call, const void *request)
{
    const Leapmux__V1__InterruptAgentRequest *r = request;
    struct worker *w = rpc_context(call);
    struct agent *a = agents_find(w->agents, r->agent_id);
    Leapmux__V1__InterruptAgentResponse response = LEAPMUX__V1__INTERRUPT_AGENT_RESPONSE__INIT;
    struct err e;

    if (!agent_interrupt(a, r->turn_id, r->force, &e)) {
        return rpc_fail(call, &e);
    }
    response.state = agent_state_message(a, rpc_arena(call));
    return rpc_ok(call, &response);
}
