/* SPDX-License-Identifier: MIT */
/* rbtree.c - rbtree.h: the trees without values, walking and the validator. */
#include "lib/rbtree.h"

enum {
	RB_MAX_DEPTH = 128, /* 2 log2(n + 1), n: what an address space holds */
	RB_GIVE_UP = 1000,  /* broken links may make loops: enough is known */
};

struct rb_node *rb_end(const struct rb_root *root, enum rb_side side)
{
	struct rb_node *n = root->node;

	while (n && n->child[side])
		n = n->child[side];
	return n;
}

struct rb_node *rb_step(const struct rb_node *n, enum rb_side side)
{
	struct rb_node *up;

	if (n->child[side]) {
		struct rb_root below = { n->child[side] };

		return rb_end(&below, side == RB_LEFT ? RB_RIGHT : RB_LEFT);
	}
	while ((up = rb_parent(n)) && up->child[side] == n)
		n = up;
	return up;
}

void rb_insert(struct rb_root *root, struct rb_node *n, struct rb_node *parent,
	       enum rb_side side)
{
	rb_insert_augmented(root, n, parent, side, NULL);
}

void rb_erase(struct rb_root *root, struct rb_node *n)
{
	rb_erase_augmented(root, n, NULL);
}

struct rb_check {
	bool (*ordered)(const struct rb_node *a, const struct rb_node *b);
	bool (*exact)(const struct rb_node *n);
	const struct rb_node *last; /* visited before, in order */
	unsigned long broken;
};

/* Checks what hangs at @n, in order; returns its black height. */
static unsigned int check_below(struct rb_check *c, const struct rb_node *n,
				unsigned int depth)
{
	unsigned int height[2];

	if (!n)
		return 0;
	if (depth > RB_MAX_DEPTH || c->broken > RB_GIVE_UP) {
		c->broken++;
		return 0;
	}
	for (int side = RB_LEFT; side <= RB_RIGHT; side++) {
		const struct rb_node *child = n->child[side];

		if (child && rb_parent(child) != n)
			c->broken++;
		if (!rb_is_black(n) && !rb_is_black(child))
			c->broken++;
	}
	height[0] = check_below(c, n->child[RB_LEFT], depth + 1);
	if (c->last && c->ordered && !c->ordered(c->last, n))
		c->broken++;
	c->last = n;
	if (c->exact && !c->exact(n))
		c->broken++;
	height[1] = check_below(c, n->child[RB_RIGHT], depth + 1);
	if (height[0] != height[1])
		c->broken++;
	return height[0] + rb_is_black(n);
}

unsigned long rb_validate(const struct rb_root *root,
			  bool (*ordered)(const struct rb_node *a,
					  const struct rb_node *b),
			  bool (*exact)(const struct rb_node *n))
{
	struct rb_check c = { .ordered = ordered, .exact = exact };

	if (root->node && (!rb_is_black(root->node) || rb_parent(root->node)))
		c.broken++;
	check_below(&c, root->node, 0);
	return c.broken;
}
