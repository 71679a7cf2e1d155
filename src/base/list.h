/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Intrusive doubly linked lists: the link lives in the object, so that taking an object out of
 * its owner's list needs no search and no memory.
 *
 * A head is a struct link that points at itself; a link that is in no list does so too, which
 * makes list_remove() safe to call twice.
 */
#ifndef BASE_LIST_H
#define BASE_LIST_H

#include "base/defs.h"

struct link {
    struct link *prev;
    struct link *next;
};

static inline void list_init(struct link *l)
{
    l->prev = l;
    l->next = l;
}

static inline bool list_empty(const struct link *head)
{
    return head->next == head;
}

/* Put l at the end of head's list; l must be in no list. */
static inline void list_append(struct link *head, struct link *l)
{
    l->prev = head->prev;
    l->next = head;
    head->prev->next = l;
    head->prev = l;
}

static inline void list_prepend(struct link *head, struct link *l)
{
    list_append(head->next, l);
}

static inline void list_remove(struct link *l)
{
    l->prev->next = l->next;
    l->next->prev = l->prev;
    list_init(l);
}

/* The object that holds a link as its member. */
#define CONTAINER_OF(ptr, type, member) ((type *)(void *)((char *)(ptr)-offsetof(type, member)))

/* The first object of a list, or NULL. (The analyzer has forgotten here that a list is not empty,
 * and sees NULL behind every such question.) */
#ifdef __clang_analyzer__
#define LIST_FIRST(head, type, member) CONTAINER_OF((head)->next, type, member)
#else
#define LIST_FIRST(head, type, member)                                                             \
    (list_empty(head) ? NULL : CONTAINER_OF((head)->next, type, member))
#endif

/*
 * Walk a list; the body may remove `it` (and nothing else) from the list.
 *
 *     LIST_EACH(&hub->sockets, struct socket, link, it) { ... }
 */
#define LIST_EACH(head, type, member, it)                                                          \
    for (struct link *at_##it = (head)->next, *next_##it = at_##it->next; at_##it != (head);       \
         at_##it = next_##it, next_##it = at_##it->next)                                           \
        for (type *it = CONTAINER_OF(at_##it, type, member); it != NULL; it = NULL)

#endif
