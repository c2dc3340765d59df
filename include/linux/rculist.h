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

static inline void list_replace_rcu(struct list_head *old, struct list_head *n)
{
	n->next = old->next;
	n->prev = old->prev;
	rcu_assign_pointer(n->prev->next, n);
	n->next->prev = n;
	old->prev = (struct list_head *)LIST_POISON2;
}

#define list_first_or_null_rcu(head, type, member)                       \
	__extension__({                                                  \
		struct list_head *head_ = (head);                        \
		struct list_head *first_ = rcu_dereference(head_->next); \
		first_ == head_ ? (type *)NULL :                         \
				  list_entry(first_, type, member);      \
	})

static inline void hlist_add_head_rcu(struct hlist_node *n,
				      struct hlist_head *head)
{
	struct hlist_node *first = head->first;

	n->next = first;
	n->pprev = &head->first;
	rcu_assign_pointer(head->first, n);
	if (first)
		first->pprev = &n->next;
}

static inline void hlist_del_rcu(struct hlist_node *n)
{
	struct hlist_node *next = n->next;

	rcu_assign_pointer(*n->pprev, next);
	if (next)
		next->pprev = n->pprev;
	n->pprev = (struct hlist_node **)LIST_POISON2;
}

static inline void hlist_del_init_rcu(struct hlist_node *n)
{
	if (hlist_unhashed(n))
		return;
	hlist_del_rcu(n);
	n->pprev = NULL;
}

#define hlist_for_each_entry_rcu(pos, head, member)                      \
	for ((pos) = hlist_entry_safe(rcu_dereference((head)->first),    \
				      __typeof__(*(pos)), member);       \
	     (pos);                                                      \
	     (pos) = hlist_entry_safe(                                   \
		     rcu_dereference((pos)->member.next),                \
		     __typeof__(*(pos)), member))

#endif
