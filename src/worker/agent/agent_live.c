/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "worker/agent/agent_inside.h"
#include "worker/watch.h"

static struct live *find(struct agent *a, const char *block_id, bool is_over)
{
    LIST_EACH(&a->lives, struct live, link, l)
    {
        if (l->is_over == is_over && strcmp(l->block_id, block_id) == 0) {
            return l;
        }
    }
    return NULL;
}

static void free_live(struct live *l)
{
    list_remove(&l->link);
    free(l->block_id);
    free(l->parent_call_id);
    free(l->tool_name);
    buf_done(&l->text);
    free(l);
}

static struct live *add(struct agent *a, const Leapmux__V1__LiveBlock *block)
{
    struct live *l = NEW(struct live);

    l->number = ++a->live_number;
    l->block_id = must_strdup(block->block_id);
    l->kind = block->kind;
    l->parent_call_id = must_strdup(block->parent_call_id);
    l->tool_name = must_strdup(block->tool_name);
    buf_init(&l->text, AGENT_LIVE_MAX);
    list_init(&l->link);
    list_append(&a->lives, &l->link);
    return l;
}

void agent_live_append(struct agent *a, const Leapmux__V1__LiveBlock *block)
{
    struct live *l = find(a, block->block_id, false);
    struct err ignored;

    if (l != NULL && block->offset < l->text.n) {
        agent_live_drop(a, block->block_id); /* it begins anew */
        l = NULL;
    }
    if (l == NULL) {
        l = add(a, block);
    }
    /* Beyond the limit the block stands still; its message brings the whole. */
    (void)!buf_put(&l->text, bytes_of(block->text), &ignored);
    watch_live(a);
}

void agent_live_drop(struct agent *a, const char *block_id)
{
    struct live *l = find(a, block_id, false);

    if (l != NULL) {
        watch_live_dropped(a, l);
        free_live(l);
    }
}

void agent_live_drop_all(struct agent *a)
{
    LIST_EACH(&a->lives, struct live, link, l)
    {
        if (!l->is_over) {
            watch_live_dropped(a, l);
            free_live(l);
        }
    }
}

void agent_live_over(struct agent *a, const char *block_id)
{
    struct live *l = find(a, block_id, false);

    if (l != NULL) {
        l->is_over = true;
    }
}

void agent_live_replaced(struct agent *a, const char *block_id)
{
    struct live *l = find(a, block_id, true);

    if (l != NULL) {
        free_live(l);
    }
}
