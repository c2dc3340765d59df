/* SPDX-License-Identifier: MIT */
/*
 * list.h - circular doubly linked lists, and the one-headed kind of hash
 * tables, whose nodes live in what they link.
 */
#ifndef KV_LINUX_LIST_H
#define KV_LINUX_LIST_H

#include <linux/compiler.h>
#include <linux/container_of.h>
#include <linux/poison.h>
#include <linux/types.h>

#define LIST_HEAD_INIT(name)	{ &(name), &(name) }
#define LIST_HEAD(name)		struct list_head name = LIST_HEAD_INIT(name)

static inline void INIT_LIST_HEAD(struct list_head *list)
{
	list->next = list;
	list->prev = list;
}

static inline void __list_add(struct list_head *n, struct list_head *prev,
			      struct list_head *next)
{
	next->prev = n;
	n->next = next;
	n->prev = prev;
	prev->next = n;
}

static inline void list_add(struct list_head *n, struct list_head *head)
{
	__list_add(n, head, head->next);
}

static inline void list_add_tail(struct list_head *n, struct list_head *head)
{
	__list_add(n, head->prev, head);
}

static inline void __list_del(struct list_head *prev, struct list_head *next)
{
	next->prev = prev;
	prev->next = next;
}

static inline void __list_del_entry(struct list_head *entry)
{
	__list_del(entry->prev, entry->next);
}

static inline void list_del(struct list_head *entry)
{
	__list_del_entry(entry);
	entry->next = (struct list_head *)LIST_POISON1;
	entry->prev = (struct list_head *)LIST_POISON2;
}

static inline void list_del_init(struct list_head *entry)
{
	__list_del_entry(entry);
	INIT_LIST_HEAD(entry);
}

static inline void list_replace(struct list_head *old, struct list_head *n)
{
	n->next = old->next;
	n->next->prev = n;
	n->prev = old->prev;
	n->prev->next = n;
}

static inline void list_replace_init(struct list_head *old,
				     struct list_head *n)
{
	list_replace(old, n);
	INIT_LIST_HEAD(old);
}

static inline void list_move(struct list_head *entry, struct list_head *head)
{
	__list_del_entry(entry);
	list_add(entry, head);
}

static inline void list_move_tail(struct list_head *entry,
				  struct list_head *head)
{
	__list_del_entry(entry);
	list_add_tail(entry, head);
}

static inline void list_swap(struct list_head *a, struct list_head *b)
{
	struct list_head *pos = b->prev;

	list_del_init(b);
	list_replace(a, b);
	if (pos == a)
		pos = b;
	list_add(a, pos);
}

/* [@first, @last], a piece of some list, to the end of @head's. */
static inline void list_bulk_move_tail(struct list_head *head,
				       struct list_head *first,
				       struct list_head *last)
{
	__list_del(first->prev, last->next);
	head->prev->next = first;
	first->prev = head->prev;
	last->next = head;
	head->prev = last;
}

static inline bool list_empty(const struct list_head *head)
{
	return READ_ONCE(head->next) == head;
}

#define list_empty_careful(head) \
	(list_empty(head) && READ_ONCE((head)->prev) == (head))
#define list_del_init_careful(entry) list_del_init(entry)

static inline bool list_is_singular(const struct list_head *head)
{
	return !list_empty(head) && head->next == head->prev;
}

static inline bool list_is_first(const struct list_head *entry,
				 const struct list_head *head)
{
	return entry->prev == head;
}

static inline bool list_is_last(const struct list_head *entry,
				const struct list_head *head)
{
	return entry->next == head;
}

static inline bool list_is_head(const struct list_head *entry,
				const struct list_head *head)
{
	return entry == head;
}

static inline void list_rotate_left(struct list_head *head)
{
	if (!list_empty(head))
		list_move_tail(head->next, head);
}

/* So that @list is the first. */
static inline void list_rotate_to_front(struct list_head *list,
					struct list_head *head)
{
	list_move_tail(head, list);
}

/* What @head has up to @entry goes to @list; what that had is lost. */
static inline void list_cut_position(struct list_head *list,
				     struct list_head *head,
				     struct list_head *entry)
{
	if (list_empty(head) || entry == head) {
		INIT_LIST_HEAD(list);
		return;
	}
	list->next = head->next;
	list->next->prev = list;
	list->prev = entry;
	head->next = entry->next;
	head->next->prev = head;
	entry->next = list;
}

/* The same without @entry. */
static inline void list_cut_before(struct list_head *list,
				   struct list_head *head,
				   struct list_head *entry)
{
	list_cut_position(list, head,
			  head->next == entry ? head : entry->prev);
}

static inline void __list_splice(const struct list_head *list,
				 struct list_head *prev,
				 struct list_head *next)
{
	struct list_head *first = list->next, *last = list->prev;

	first->prev = prev;
	prev->next = first;
	last->next = next;
	next->prev = last;
}

static inline void list_splice(const struct list_head *list,
			       struct list_head *head)
{
	if (!list_empty(list))
		__list_splice(list, head, head->next);
}

static inline void list_splice_tail(const struct list_head *list,
				    struct list_head *head)
{
	if (!list_empty(list))
		__list_splice(list, head->prev, head);
}

static inline void list_splice_init(struct list_head *list,
				    struct list_head *head)
{
	list_splice(list, head);
	INIT_LIST_HEAD(list);
}

static inline void list_splice_tail_init(struct list_head *list,
					 struct list_head *head)
{
	list_splice_tail(list, head);
	INIT_LIST_HEAD(list);
}

static inline size_t list_count_nodes(struct list_head *head)
{
	size_t n = 0;

	for (struct list_head *p = head->next; p != head; p = p->next)
		n++;
	return n;
}

#define list_entry(ptr, type, member)	container_of(ptr, type, member)
#define list_first_entry(ptr, type, member) \
	list_entry((ptr)->next, type, member)
#define list_last_entry(ptr, type, member) \
	list_entry((ptr)->prev, type, member)
#define list_first_entry_or_null(ptr, type, member) \
	(list_empty(ptr) ? NULL : list_first_entry(ptr, type, member))
#define list_next_entry(pos, member) \
	list_entry((pos)->member.next, __typeof__(*(pos)), member)
#define list_prev_entry(pos, member) \
	list_entry((pos)->member.prev, __typeof__(*(pos)), member)
#define list_next_entry_circular(pos, head, member)                \
	(list_is_last(&(pos)->member, head) ?                      \
		 list_first_entry(head, __typeof__(*(pos)), member) : \
		 list_next_entry(pos, member))
#define list_prepare_entry(pos, head, member) \
	((pos) ? (pos) : list_entry(head, __typeof__(*(pos)), member))
#define list_entry_is_head(pos, head, member) (&(pos)->member == (head))

#define list_for_each(pos, head) \
	for ((pos) = (head)->next; (pos) != (head); (pos) = (pos)->next)
#define list_for_each_prev(pos, head) \
	for ((pos) = (head)->prev; (pos) != (head); (pos) = (pos)->prev)
#define list_for_each_safe(pos, n, head)                              \
	for ((pos) = (head)->next, (n) = (pos)->next; (pos) != (head); \
	     (pos) = (n), (n) = (pos)->next)
#define list_for_each_continue(pos, head) \
	for ((pos) = (pos)->next; (pos) != (head); (pos) = (pos)->next)
#define list_for_each_prev_safe(pos, n, head)                         \
	for ((pos) = (head)->prev, (n) = (pos)->prev; (pos) != (head); \
	     (pos) = (n), (n) = (pos)->prev)
#define list_for_each_entry(pos, head, member)                          \
	for ((pos) = list_first_entry(head, __typeof__(*(pos)), member); \
	     !list_entry_is_head(pos, head, member);                    \
	     (pos) = list_next_entry(pos, member))
#define list_for_each_entry_reverse(pos, head, member)                  \
	for ((pos) = list_last_entry(head, __typeof__(*(pos)), member); \
	     !list_entry_is_head(pos, head, member);                    \
	     (pos) = list_prev_entry(pos, member))
#define list_for_each_entry_continue(pos, head, member)  \
	for ((pos) = list_next_entry(pos, member);       \
	     !list_entry_is_head(pos, head, member);     \
	     (pos) = list_next_entry(pos, member))
#define list_for_each_entry_from(pos, head, member)      \
	for (; !list_entry_is_head(pos, head, member);   \
	     (pos) = list_next_entry(pos, member))
#define list_for_each_entry_continue_reverse(pos, head, member) \
	for ((pos) = list_prev_entry(pos, member);              \
	     !list_entry_is_head(pos, head, member);            \
	     (pos) = list_prev_entry(pos, member))
#define list_for_each_entry_from_reverse(pos, head, member) \
	for (; !list_entry_is_head(pos, head, member);      \
	     (pos) = list_prev_entry(pos, member))
#define list_for_each_entry_safe_from(pos, n, head, member) \
	for ((n) = list_next_entry(pos, member);            \
	     !list_entry_is_head(pos, head, member);        \
	     (pos) = (n), (n) = list_next_entry(n, member))
#define list_for_each_entry_safe_continue(pos, n, head, member)         \
	for ((pos) = list_next_entry(pos, member),                      \
	     (n) = list_next_entry(pos, member);                        \
	     !list_entry_is_head(pos, head, member);                    \
	     (pos) = (n), (n) = list_next_entry(n, member))
/* @n was looked up before @pos changed: looks again. */
#define list_safe_reset_next(pos, n, member) \
	((n) = list_next_entry(pos, member))
#define list_for_each_entry_safe(pos, n, head, member)                  \
	for ((pos) = list_first_entry(head, __typeof__(*(pos)), member), \
	     (n) = list_next_entry(pos, member);                        \
	     !list_entry_is_head(pos, head, member);                    \
	     (pos) = (n), (n) = list_next_entry(n, member))
#define list_for_each_entry_safe_reverse(pos, n, head, member)          \
	for ((pos) = list_last_entry(head, __typeof__(*(pos)), member), \
	     (n) = list_prev_entry(pos, member);                        \
	     !list_entry_is_head(pos, head, member);                    \
	     (pos) = (n), (n) = list_prev_entry(n, member))

/* One pointer a head. */
#define HLIST_HEAD_INIT		{ NULL }
#define HLIST_HEAD(name)	struct hlist_head name = HLIST_HEAD_INIT
#define INIT_HLIST_HEAD(head)	((head)->first = NULL)

static inline void INIT_HLIST_NODE(struct hlist_node *n)
{
	n->next = NULL;
	n->pprev = NULL;
}

static inline bool hlist_unhashed(const struct hlist_node *n)
{
	return !n->pprev;
}

static inline bool hlist_empty(const struct hlist_head *head)
{
	return !READ_ONCE(head->first);
}

static inline void hlist_add_head(struct hlist_node *n, struct hlist_head *head)
{
	n->next = head->first;
	if (n->next)
		n->next->pprev = &n->next;
	head->first = n;
	n->pprev = &head->first;
}

static inline void hlist_add_before(struct hlist_node *n,
				    struct hlist_node *next)
{
	n->pprev = next->pprev;
	n->next = next;
	next->pprev = &n->next;
	*n->pprev = n;
}

static inline void hlist_add_behind(struct hlist_node *n,
				    struct hlist_node *prev)
{
	n->next = prev->next;
	prev->next = n;
	n->pprev = &prev->next;
	if (n->next)
		n->next->pprev = &n->next;
}

/* As if it were on a list: hlist_del() will do. */
static inline void hlist_add_fake(struct hlist_node *n)
{
	n->pprev = &n->next;
}

static inline bool hlist_fake(const struct hlist_node *n)
{
	return n->pprev == &n->next;
}

static inline bool hlist_is_singular_node(const struct hlist_node *n,
					  const struct hlist_head *head)
{
	return !n->next && n->pprev == &head->first;
}

static inline void hlist_move_list(struct hlist_head *old,
				   struct hlist_head *to)
{
	to->first = old->first;
	if (to->first)
		to->first->pprev = &to->first;
	old->first = NULL;
}

static inline void __hlist_del(struct hlist_node *n)
{
	*n->pprev = n->next;
	if (n->next)
		n->next->pprev = n->pprev;
}

static inline void hlist_del(struct hlist_node *n)
{
	__hlist_del(n);
	n->next = (struct hlist_node *)LIST_POISON1;
	n->pprev = (struct hlist_node **)LIST_POISON2;
}

static inline void hlist_del_init(struct hlist_node *n)
{
	if (hlist_unhashed(n))
		return;
	__hlist_del(n);
	INIT_HLIST_NODE(n);
}

#define hlist_entry(ptr, type, member)	container_of(ptr, type, member)
#define hlist_entry_safe(ptr, type, member)                            \
	__extension__({                                                \
		__typeof__(ptr) node_ = (ptr);                         \
		node_ ? hlist_entry(node_, type, member) : (type *)NULL; \
	})
#define hlist_for_each(pos, head) \
	for ((pos) = (head)->first; (pos); (pos) = (pos)->next)
#define hlist_for_each_safe(pos, n, head)                       \
	for ((pos) = (head)->first; (pos) && ((n) = (pos)->next, 1); \
	     (pos) = (n))
#define hlist_for_each_entry(pos, head, member)                         \
	for ((pos) = hlist_entry_safe((head)->first, __typeof__(*(pos)), \
				      member);                          \
	     (pos);                                                     \
	     (pos) = hlist_entry_safe((pos)->member.next,               \
				      __typeof__(*(pos)), member))
#define hlist_for_each_entry_continue(pos, member)                      \
	for ((pos) = hlist_entry_safe((pos)->member.next,               \
				      __typeof__(*(pos)), member);      \
	     (pos);                                                     \
	     (pos) = hlist_entry_safe((pos)->member.next,               \
				      __typeof__(*(pos)), member))
#define hlist_for_each_entry_from(pos, member)                          \
	for (; (pos);                                                   \
	     (pos) = hlist_entry_safe((pos)->member.next,               \
				      __typeof__(*(pos)), member))
#define hlist_for_each_entry_safe(pos, n, head, member)                 \
	for ((pos) = hlist_entry_safe((head)->first, __typeof__(*(pos)), \
				      member);                          \
	     (pos) && ((n) = (pos)->member.next, 1);                    \
	     (pos) = hlist_entry_safe(n, __typeof__(*(pos)), member))

#endif
