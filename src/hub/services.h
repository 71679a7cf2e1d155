/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of the Hub's services, one file each; context of all calls is the struct hub. */
#ifndef HUB_SERVICES_H
#define HUB_SERVICES_H

#include "rpc/rpc.h"

extern const struct rpc_method SYSTEM_METHODS[];
extern const size_t SYSTEM_METHODS_LEN;
extern const struct rpc_method AUTH_METHODS[];
extern const size_t AUTH_METHODS_LEN;
extern const struct rpc_method USER_METHODS[];
extern const size_t USER_METHODS_LEN;
extern const struct rpc_method WORKER_METHODS[];
extern const size_t WORKER_METHODS_LEN;
extern const struct rpc_method WORKSPACE_METHODS[];
extern const size_t WORKSPACE_METHODS_LEN;
extern const struct rpc_method LAYOUT_METHODS[];
extern const size_t LAYOUT_METHODS_LEN;

#endif
