/* SPDX-License-Identifier: Apache-2.0 */
/* Handlers of the Worker's methods, by file; the table is in methods.c. */
#ifndef WORKER_SVC_H
#define WORKER_SVC_H

#include "worker/core.h"

/* svc_hello.c */
struct rpc_done *svc_hello(struct rpc_call *call, const void *request);

/* svc_info.c */
struct rpc_done *svc_get_worker_info(struct rpc_call *call, const void *request);
struct rpc_done *svc_list_providers(struct rpc_call *call, const void *request);

/* svc_files.c */
struct rpc_done *svc_list_directory(struct rpc_call *call, const void *request);

/* svc_watch.c */
struct rpc_done *svc_watch_workspace(struct rpc_call *call, const void *request);
struct rpc_done *svc_watch_agent(struct rpc_call *call, const void *request);
struct rpc_done *svc_read_messages(struct rpc_call *call, const void *request);
struct rpc_done *svc_get_raw(struct rpc_call *call, const void *request);
struct rpc_done *svc_read_up_to(struct rpc_call *call, const void *request);

/* svc_agent.c */
struct rpc_done *svc_open_agent(struct rpc_call *call, const void *request);
struct rpc_done *svc_cancel_start(struct rpc_call *call, const void *request);
struct rpc_done *svc_start_agent(struct rpc_call *call, const void *request);
struct rpc_done *svc_close_agent(struct rpc_call *call, const void *request);
struct rpc_done *svc_update_agent_settings(struct rpc_call *call, const void *request);
struct rpc_done *svc_interrupt_agent(struct rpc_call *call, const void *request);

/* svc_prompt.c */
struct rpc_done *svc_send_message(struct rpc_call *call, const void *request);
struct rpc_done *svc_delete_queued(struct rpc_call *call, const void *request);
struct rpc_done *svc_retry_queued(struct rpc_call *call, const void *request);
struct rpc_done *svc_resume_queue(struct rpc_call *call, const void *request);
struct rpc_done *svc_answer_prompt(struct rpc_call *call, const void *request);

#endif
