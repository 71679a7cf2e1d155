/* SPDX-License-Identifier: Apache-2.0 */
/* Directories, for choosing where an agent works. */
#include <stdlib.h>

#include "base/alloc.h"
#include "worker/directory.h"
#include "worker/path.h"
#include "worker/pb.h"
#include "worker/svc.h"

struct listing {
    struct worker *worker;
    struct arena arena;
    struct directory_options options;
    struct directory_page page;
    struct reply *reply;
    struct err error;
    bool ok;
};

static void list(void *arg)
{
    struct listing *l = arg;

    l->ok = directory_list(&l->options, &l->arena, &l->page, &l->error);
}

static void answer(struct listing *l)
{
    Leapmux__V1__ListDirectoryResponse response = LEAPMUX__V1__LIST_DIRECTORY_RESPONSE__INIT;

    response.path = pb_bytes(bytes_of(l->options.path));
    response.entries =
        arena_alloc(&l->arena, (l->page.n + 1) * sizeof(Leapmux__V1__DirectoryEntry *));
    for (size_t i = 0; i < l->page.n; i++) {
        Leapmux__V1__DirectoryEntry *entry = ARENA_NEW(&l->arena, Leapmux__V1__DirectoryEntry);

        leapmux__v1__directory_entry__init(entry);
        entry->name = pb_bytes(l->page.v[i].name);
        entry->is_repository = l->page.v[i].is_repository;
        response.entries[response.n_entries++] = entry;
    }
    response.next_page_token = pb_str(&l->arena, l->page.next_page_token);
    reply_ok(l->reply, &response);
}

static void on_listed(void *arg)
{
    struct listing *l = arg;
    struct worker *w = l->worker;

    if (l->ok) {
        answer(l);
    } else {
        reply_fail(l->reply, &l->error);
    }
    arena_done(&l->arena);
    free(l);
    worker_slow_over(w);
}

struct rpc_done *svc_list_directory(struct rpc_call *call, const void *request)
{
    const Leapmux__V1__ListDirectoryRequest *r = request;
    struct worker *w = rpc_context(call);
    struct listing *l;
    struct rpc_done *done;
    char *path;
    struct err e;

    if (!path_clean(pb_view(&r->path), w->home, rpc_arena(call), &path, &e)) {
        return rpc_fail(call, &e);
    }
    l = NEW(struct listing);
    l->worker = w;
    l->options = (struct directory_options){ .path = pb_str(&l->arena, path),
                                             .hidden = r->hidden,
                                             .limit = r->limit,
                                             .page_token = pb_str(&l->arena, r->page_token) };
    done = reply_later(call, &l->reply);
    worker_slow(w, list, on_listed, l);
    return done;
}
