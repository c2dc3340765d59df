/* SPDX-License-Identifier: MIT */
/*
 * rbtree.c - linux/rbtree.h over the core's tree (lib/rbtree.h): nodes have
 * the same three words, by other names.
 */
#include "kapi/kapi.h"

#include "lib/rbtree.h"

/* linux/rbtree.h, which has its own struct rb_node */
extern EXPORT void rb_insert_color(struct rb_node *node, struct rb_root *root);
extern EXPORT void kv_rb_erase(struct rb_node *node, struct rb_root *root);
extern EXPORT struct rb_node *kv_rb_end(const struct rb_root *root, int last);
extern EXPORT struct rb_node *kv_rb_step(const struct rb_node *node,
					 int forward);

/* The user has linked it: the core does that once more. */
void rb_insert_color(struct rb_node *node, struct rb_root *root)
{
	struct rb_node *parent = rb_parent(node);

	rb_insert(root, node, parent,
		  parent && parent->child[RB_RIGHT] == node ? RB_RIGHT :
							      RB_LEFT);
}

void kv_rb_erase(struct rb_node *node, struct rb_root *root)
{
	rb_erase(root, node);
}

struct rb_node *kv_rb_end(const struct rb_root *root, int last)
{
	return rb_end(root, last ? RB_RIGHT : RB_LEFT);
}

/* A node that is in no tree (RB_CLEAR_NODE) has no neighbours. */
struct rb_node *kv_rb_step(const struct rb_node *node, int forward)
{
	if (node->up == (uintptr_t)node)
		return NULL;
	return rb_step(node, forward ? RB_RIGHT : RB_LEFT);
}
