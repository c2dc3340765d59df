/* SPDX-License-Identifier: MIT */
/* list.h - circular doubly linked lists that never allocate. */
#ifndef KV_LIST_H
#define KV_LIST_H

#include "lib/types.h"

struct list_head {
	struct list_head *next, *prev;
};

static inline void list_init(struct list_head *h)
{
	h->next = h;
	h->prev = h;
}

static inline bool list_empty(const struct list_head *h)
{
	return h->next == h;
}

/* Inserts @n right after @at (at the head of the list @at). */
static inline void list_add(struct list_head *n, struct list_head *at)
{
	n->next = at->next;
	n->prev = at;
	at->next->prev = n;
	at->next = n;
}

static inline void list_add_tail(struct list_head *n, struct list_head *at)
{
	list_add(n, at->prev);
}

static inline void list_del(struct list_head *n)
{
	n->prev->next = n->next;
	n->next->prev = n->prev;
	list_init(n);
}

#define list_entry(p, type, member) container_of(p, type, member)
#define list_for_each(p, h) \
	for (struct list_head *p = (h)->next; p != (h); p = p->next)
#define list_for_each_safe(p, n, h)                                      \
	for (struct list_head *p = (h)->next, *n = p->next; p != (h);    \
	     p = n, n = p->next)

#endif
