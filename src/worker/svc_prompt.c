/* SPDX-License-Identifier: Apache-2.0 */
/* What people say to agents: input and answers. */
#include <string.h>

#include "worker/svc.h"

static bool check_text(const char *text, struct err *e)
{
    if (strlen(text) > AGENT_MESSAGE_MAX) {
        return err_set(e, ERR_RESOURCE_EXHAUSTED, "TOO_LARGE", "a message is at most 1 MiB");
    }
    return text[strspn(text, " \t\r\n\v\f")] != '\0' ||
           err_invalid(e, "text", "a message needs a character");
}

struct rpc_done *svc_send_message(struct rpc_call *call, const void *request)
{
    const Leapmux__V1__SendMessageRequest *r = request;
    struct worker *w = rpc_context(call);
    struct author author = worker_author(w, call);
    struct rpc_done *done;
    struct reply *reply;
    struct id id;
    struct err e;

    if (!id_parse(bytes_of(r->message_id), "message_id", &id, &e) || !check_text(r->text, &e)) {
        return rpc_fail(call, &e);
    }
    done = reply_later(call, &reply);
    agent_send(agents_find(w->agents, r->agent_id), r->message_id, r->text, &author, reply);
    return done;
}

struct rpc_done *svc_delete_queued(struct rpc_call *call, const void *request)
{
    const Leapmux__V1__DeleteQueuedRequest *r = request;
    struct worker *w = rpc_context(call);
    struct reply *reply;
    struct rpc_done *done = reply_later(call, &reply);

    agent_delete_queued(agents_find(w->agents, r->agent_id), r->item_id, r->version, reply);
    return done;
}

struct rpc_done *svc_retry_queued(struct rpc_call *call, const void *request)
{
    const Leapmux__V1__RetryQueuedRequest *r = request;
    struct worker *w = rpc_context(call);
    struct reply *reply;
    struct rpc_done *done = reply_later(call, &reply);

    agent_retry_queued(agents_find(w->agents, r->agent_id), r->item_id, reply);
    return done;
}

struct rpc_done *svc_resume_queue(struct rpc_call *call, const void *request)
{
    static const Leapmux__V1__ResumeQueueResponse done = LEAPMUX__V1__RESUME_QUEUE_RESPONSE__INIT;
    const Leapmux__V1__ResumeQueueRequest *r = request;
    struct worker *w = rpc_context(call);

    agent_resume_queue(agents_find(w->agents, r->agent_id));
    return rpc_ok(call, &done);
}

struct rpc_done *svc_answer_prompt(struct rpc_call *call, const void *request)
{
    const Leapmux__V1__AnswerPromptRequest *r = request;
    struct worker *w = rpc_context(call);
    struct author author = worker_author(w, call);
    struct rpc_done *done;
    struct reply *reply;
    struct id id;
    struct err e;

    if (!id_parse(bytes_of(r->prompt_id), "prompt_id", &id, &e) ||
        !id_parse(bytes_of(r->answer_id), "answer_id", &id, &e)) {
        return rpc_fail(call, &e);
    }
    done = reply_later(call, &reply);
    agent_answer(agents_find(w->agents, r->agent_id), r, &author, reply);
    return done;
}
