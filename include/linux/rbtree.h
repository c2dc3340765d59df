/* SPDX-License-Identifier: MIT */
/*
 * rbtree.h - intrusive red-black trees: the user searches the place, links
 * the node there and has the tree balanced.
 */
#ifndef KV_LINUX_RBTREE_H
#define KV_LINUX_RBTREE_H

#include <linux/compiler.h>
#include <linux/container_of.h>
#include <linux/types.h>

struct rb_node {
	unsigned long __rb_parent_color; /* bit 0: black */
	struct rb_node *rb_left, *rb_right;
} __attribute__((aligned(sizeof(long))));

struct rb_root {
	struct rb_node *rb_node;
};

/* Knows its first node. */
struct rb_root_cached {
	struct rb_root rb_root;
	struct rb_node *rb_leftmost;
};

#define RB_ROOT		{ NULL }
#define RB_ROOT_CACHED	{ { NULL }, NULL }
#ifndef __cplusplus /* kernel code assigns them, too */
#undef RB_ROOT
#undef RB_ROOT_CACHED
#define RB_ROOT		((struct rb_root){ NULL })
#define RB_ROOT_CACHED	((struct rb_root_cached){ { NULL }, NULL })
#endif

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* @node was linked by rb_link_node(). */
void rb_insert_color(struct rb_node *node, struct rb_root *root);
void kv_rb_erase(struct rb_node *node, struct rb_root *root);
/* First (last) in order; the neighbour before (behind). NULL: none. */
struct rb_node *kv_rb_end(const struct rb_root *root, int last);
struct rb_node *kv_rb_step(const struct rb_node *node, int forward);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#define rb_erase(node, root)	kv_rb_erase(node, root)
#define rb_first(root)		kv_rb_end(root, 0)
#define rb_last(root)		kv_rb_end(root, 1)
#define rb_prev(node)		kv_rb_step(node, 0)
#define rb_next(node)		kv_rb_step(node, 1)
#define rb_entry(ptr, type, member) container_of(ptr, type, member)
#define rb_entry_safe(ptr, type, member)                                  \
	__extension__({                                                   \
		__typeof__(ptr) node_ = (ptr);                            \
		node_ ? rb_entry(node_, type, member) : (type *)NULL;     \
	})
#define rb_parent(r)	((struct rb_node *)((r)->__rb_parent_color & ~3ul))

#define RB_EMPTY_ROOT(root)	(READ_ONCE((root)->rb_node) == NULL)
#define RB_EMPTY_NODE(node) \
	((node)->__rb_parent_color == (unsigned long)(node))
#define RB_CLEAR_NODE(node) \
	((void)((node)->__rb_parent_color = (unsigned long)(node)))

static inline void rb_link_node(struct rb_node *node, struct rb_node *parent,
				struct rb_node **link)
{
	node->__rb_parent_color = (unsigned long)parent;
	node->rb_left = node->rb_right = NULL;
	*link = node;
}

/* @victim's place for @to, which orders as it does. */
static inline void rb_replace_node(struct rb_node *victim, struct rb_node *to,
				   struct rb_root *root)
{
	struct rb_node *parent = rb_parent(victim);
	struct rb_node *child[2] = { victim->rb_left, victim->rb_right };

	*to = *victim;
	for (int i = 0; i < 2; i++)
		if (child[i])
			child[i]->__rb_parent_color =
				(unsigned long)to |
				(child[i]->__rb_parent_color & 1);
	if (!parent)
		root->rb_node = to;
	else if (parent->rb_left == victim)
		parent->rb_left = to;
	else
		parent->rb_right = to;
}

#define rb_first_cached(root)	((root)->rb_leftmost)

static inline void rb_insert_color_cached(struct rb_node *node,
					  struct rb_root_cached *root,
					  bool leftmost)
{
	if (leftmost)
		root->rb_leftmost = node;
	rb_insert_color(node, &root->rb_root);
}

static inline struct rb_node *rb_erase_cached(struct rb_node *node,
					      struct rb_root_cached *root)
{
	struct rb_node *first = NULL;

	if (root->rb_leftmost == node)
		first = root->rb_leftmost = rb_next(node);
	rb_erase(node, &root->rb_root);
	return first;
}

/* @less(a, b): a goes before b. */
static inline void rb_add(struct rb_node *node, struct rb_root *tree,
			  bool (*less)(struct rb_node *,
				       const struct rb_node *))
{
	struct rb_node **link = &tree->rb_node, *parent = NULL;

	while (*link) {
		parent = *link;
		link = less(node, parent) ? &parent->rb_left :
					    &parent->rb_right;
	}
	rb_link_node(node, parent, link);
	rb_insert_color(node, tree);
}

static inline struct rb_node *rb_find(const void *key,
				      const struct rb_root *tree,
				      int (*cmp)(const void *key,
						 const struct rb_node *))
{
	struct rb_node *node = tree->rb_node;
	int c;

	while (node && (c = cmp(key, node)) != 0)
		node = c < 0 ? node->rb_left : node->rb_right;
	return node;
}

/* Children before their parents: a tree can be freed that way. */
static inline struct rb_node *__rb_deepest_kv(struct rb_node *node)
{
	while (node && (node->rb_left || node->rb_right))
		node = node->rb_left ? node->rb_left : node->rb_right;
	return node;
}

static inline struct rb_node *rb_first_postorder(const struct rb_root *root)
{
	return __rb_deepest_kv(root->rb_node);
}

static inline struct rb_node *rb_next_postorder(const struct rb_node *node)
{
	struct rb_node *parent = node ? rb_parent(node) : NULL;

	if (parent && node == parent->rb_left && parent->rb_right)
		return __rb_deepest_kv(parent->rb_right);
	return parent;
}

#define rbtree_postorder_for_each_entry_safe(pos, n, root, field)         \
	for ((pos) = rb_entry_safe(rb_first_postorder(root),              \
				   __typeof__(*(pos)), field);            \
	     (pos) &&                                                     \
	     ((n) = rb_entry_safe(rb_next_postorder(&(pos)->field),       \
				  __typeof__(*(pos)), field), 1);         \
	     (pos) = (n))

#endif
