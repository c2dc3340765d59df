/* SPDX-License-Identifier: MIT */
/* rculist.h - lists that readers walk while one writer changes them. */
#ifndef KV_LINUX_RCULIST_H
#define KV_LINUX_RCULIST_H

#include <linux/list.h>
#include <linux/rcupdate.h>

static inline void list_add_rcu(struct list_head *n, struct list_head *head)
{
	n->next = head->next;
	n->prev = head;
	rcu_assign_pointer(head->next, n);
	n->next->prev = n;
}

static inline void list_add_tail_rcu(struct list_head *n,
				     struct list_head *head)
{
	struct list_head *last = head->prev;

	n->next = head;
	n->prev = last;
	rcu_assign_pointer(last->next, n);
	head->prev = n;
}

/* Readers on @entry still find their way on. */
static inline void list_del_rcu(struct list_head *entry)
{
	__list_del_entry(entry);
	entry->prev = (struct list_head *)LIST_POISON2;
}

#define list_entry_rcu(ptr, type, member) \
	container_of(rcu_dereference(ptr), type, member)
#define list_for_each_entry_rcu(pos, head, member)                       \
	for ((pos) = list_entry_rcu((head)->next, __typeof__(*(pos)),    \
				    member);                             \
	     &(pos)->member != (head);                                   \
	     (pos) = list_entry_rcu((pos)->member.next,                  \
				    __typeof__(*(pos)), member))

#endif
