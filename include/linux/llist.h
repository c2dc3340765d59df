/* SPDX-License-Identifier: MIT */
/* llist.h - stacks that many threads push to without a lock. */
#ifndef KV_LINUX_LLIST_H
#define KV_LINUX_LLIST_H

#include <linux/compiler.h>
#include <linux/container_of.h>
#include <linux/types.h>

struct llist_node {
	struct llist_node *next;
};
struct llist_head {
	struct llist_node *first;
};

#define LLIST_HEAD_INIT(name)	{ NULL }
#define LLIST_HEAD(name)	struct llist_head name = LLIST_HEAD_INIT(name)
#define llist_entry(ptr, type, member) container_of(ptr, type, member)

static inline void init_llist_head(struct llist_head *head)
{
	head->first = NULL;
}

static inline bool llist_empty(const struct llist_head *head)
{
	return !READ_ONCE(head->first);
}

/* True if the list was empty. */
static inline bool llist_add(struct llist_node *n, struct llist_head *head)
{
	struct llist_node *first =
		__atomic_load_n(&head->first, __ATOMIC_RELAXED);

	do
		n->next = first;
	while (!__atomic_compare_exchange_n(&head->first, &first, n, true,
					    __ATOMIC_RELEASE,
					    __ATOMIC_RELAXED));
	return !first;
}

static inline struct llist_node *llist_del_all(struct llist_head *head)
{
	return __atomic_exchange_n(&head->first, (struct llist_node *)NULL,
				   __ATOMIC_ACQUIRE);
}

/* [@first, @last], linked already. True if the list was empty. */
static inline bool llist_add_batch(struct llist_node *first,
				   struct llist_node *last,
				   struct llist_head *head)
{
	struct llist_node *top =
		__atomic_load_n(&head->first, __ATOMIC_RELAXED);

	do
		last->next = top;
	while (!__atomic_compare_exchange_n(&head->first, &top, first, true,
					    __ATOMIC_RELEASE,
					    __ATOMIC_RELAXED));
	return !top;
}

/* One thread at a time: the top must not come back in between. */
static inline struct llist_node *llist_del_first(struct llist_head *head)
{
	struct llist_node *top =
		__atomic_load_n(&head->first, __ATOMIC_ACQUIRE);

	while (top && !__atomic_compare_exchange_n(
			      &head->first, &top,
			      __atomic_load_n(&top->next, __ATOMIC_RELAXED),
			      true, __ATOMIC_ACQUIRE, __ATOMIC_ACQUIRE))
		;
	return top;
}

static inline struct llist_node *llist_reverse_order(struct llist_node *head)
{
	struct llist_node *reversed = NULL;

	while (head) {
		struct llist_node *next = head->next;

		head->next = reversed;
		reversed = head;
		head = next;
	}
	return reversed;
}

#define llist_next(node)	((node)->next)
#define llist_for_each(pos, node) \
	for ((pos) = (node); (pos); (pos) = (pos)->next)
/* NULL: the end. */
#define __llist_entry_kv(node, pos, member)                              \
	__extension__({                                                  \
		struct llist_node *node_ = (node);                       \
		node_ ? llist_entry(node_, __typeof__(*(pos)), member) : \
			(__typeof__(pos))NULL;                           \
	})
#define llist_for_each_entry(pos, node, member)                          \
	for ((pos) = __llist_entry_kv(node, pos, member); (pos);         \
	     (pos) = __llist_entry_kv((pos)->member.next, pos, member))
#define llist_for_each_entry_safe(pos, n, node, member)                  \
	for ((pos) = __llist_entry_kv(node, pos, member);                \
	     (pos) &&                                                    \
	     ((n) = __llist_entry_kv((pos)->member.next, n, member), 1); \
	     (pos) = (n))
#define llist_for_each_safe(pos, n, node) \
	for ((pos) = (node); (pos) && ((n) = (pos)->next, 1); (pos) = (n))

#endif
