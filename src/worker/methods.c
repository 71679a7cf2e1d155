/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/channels.h"
#include "worker/pb.h"
#include "worker/svc.h"

#define M(name_, rule_, flags_, message_, handle_)                                                 \
    {                                                                                              \
        .name = (name_), .rule = (rule_), .flags = (flags_),                                       \
        .request = &leapmux__v1__##message_##_request__descriptor,                                 \
        .response = &leapmux__v1__##message_##_response__descriptor, .handle = (handle_)           \
    }

/* In the order of worker.proto. */
static const struct rpc_method METHODS[] = {
    M("Hello", ACCESS_HELLO, 0, hello, svc_hello),
    M("GetWorkerInfo", ACCESS_VIEW_ANYWHERE, 0, get_worker_info, svc_get_worker_info),
    M("ListProviders", ACCESS_ACT_ANYWHERE, 0, list_providers, svc_list_providers),
    M("ListDirectory", ACCESS_LOOK_AT_PATH, 0, list_directory, svc_list_directory),
    { .name = "WatchWorkspace",
      .rule = ACCESS_VIEW_WORKSPACE,
      .flags = RPC_STREAM,
      .request = &leapmux__v1__watch_workspace_request__descriptor,
      .response = &leapmux__v1__watch_workspace_event__descriptor,
      .handle = svc_watch_workspace },
    { .name = "WatchAgent",
      .rule = ACCESS_VIEW_AGENT,
      .flags = RPC_STREAM,
      .request = &leapmux__v1__watch_agent_request__descriptor,
      .response = &leapmux__v1__watch_agent_event__descriptor,
      .handle = svc_watch_agent },
    M("OpenAgent", ACCESS_OPEN_IN, 0, open_agent, svc_open_agent),
    M("CancelStart", ACCESS_ACT_AGENT, 0, cancel_start, svc_cancel_start),
    M("StartAgent", ACCESS_ACT_AGENT, 0, start_agent, svc_start_agent),
    M("CloseAgent", ACCESS_ACT_AGENT, 0, close_agent, svc_close_agent),
    M("UpdateAgentSettings", ACCESS_ACT_AGENT, 0, update_agent_settings, svc_update_agent_settings),
    M("SendMessage", ACCESS_ACT_AGENT, 0, send_message, svc_send_message),
    M("DeleteQueued", ACCESS_ACT_AGENT, 0, delete_queued, svc_delete_queued),
    M("RetryQueued", ACCESS_ACT_AGENT, 0, retry_queued, svc_retry_queued),
    M("ResumeQueue", ACCESS_ACT_AGENT, 0, resume_queue, svc_resume_queue),
    M("InterruptAgent", ACCESS_ACT_AGENT, 0, interrupt_agent, svc_interrupt_agent),
    M("AnswerPrompt", ACCESS_ACT_AGENT, 0, answer_prompt, svc_answer_prompt),
    M("ReadMessages", ACCESS_VIEW_AGENT, 0, read_messages, svc_read_messages),
    M("GetRaw", ACCESS_VIEW_AGENT, 0, get_raw, svc_get_raw),
    M("ReadUpTo", ACCESS_VIEW_AGENT, 0, read_up_to, svc_read_up_to),
};

/* A text field of a request by name; "" when it has none. */
static const char *text_field(const struct rpc_method *method, const void *request,
                              const char *name)
{
    const ProtobufCFieldDescriptor *field =
        protobuf_c_message_descriptor_get_field_by_name(method->request, name);

    if (field == NULL || field->type != PROTOBUF_C_TYPE_STRING) {
        return "";
    }
    return *(char *const *)(const void *)((const char *)request + field->offset);
}

/* The workspace that a request is about: its own, or that of the agent it names. */
static const struct id *workspace_of(struct worker *w, const struct rpc_method *method,
                                     const void *request, struct id *out)
{
    struct agent *a;
    struct err ignored;

    if (method->rule == ACCESS_VIEW_AGENT || method->rule == ACCESS_ACT_AGENT) {
        a = agents_find(w->agents, text_field(method, request, "agent_id"));
        if (a == NULL) {
            return NULL;
        }
        *out = agent_workspace(a);
        return out;
    }
    return id_parse(bytes_of(text_field(method, request, "workspace_id")), "workspace_id", out,
                    &ignored)
               ? out
               : NULL;
}

/* The one place that decides who may do what. */
static bool may(struct rpc_call *call, const struct rpc_method *method, const void *request,
                struct err *e)
{
    struct worker *w = rpc_context(call);
    struct sealed *channel = rpc_peer(call);
    struct id workspace;

    if (!sealed_is_admitted(channel)) {
        return method->rule == ACCESS_HELLO ||
               err_set(e, ERR_UNAUTHENTICATED, "NO_IDENTITY", "the first call is Hello");
    }
    return access_may(&w->access, rpc_user(call), (enum access_rule)method->rule,
                      workspace_of(w, method, request, &workspace), e);
}

struct rpc_service worker_methods(struct worker *w)
{
    return (struct rpc_service){
        .methods = METHODS, .n = ARRAY_LEN(METHODS), .context = w, .may = may
    };
}

struct author worker_author(const struct worker *w, const struct rpc_call *call)
{
    const struct grants *g = access_of(&w->access, rpc_user(call));

    return (struct author){ .id = rpc_user(call), .name = g != NULL ? g->name : "" };
}
