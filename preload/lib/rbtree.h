/* SPDX-License-Identifier: MIT */
/*
 * rbtree.h - intrusive red-black trees, with augmentation, that never
 * allocate.
 *
 * Theory: a binary search tree whose nodes are red or black. Invariants
 * (rb_validate() returns how many are broken):
 *   R1  the root is black and has no parent
 *   R2  a red node has no red child
 *   R3  each way down from a node to a leaf passes as many black nodes
 *   R4  a child's parent link leads back to its parent
 * so no way down is more than twice as long as another: 2 log2(n + 1).
 *
 * Left and right are child[0] and child[1]: each mirrored pair of cases of
 * the textbook is one case with a side.
 *
 * Augmentation: a node may carry a value computed from itself and its two
 * children (the largest range below, say). The owner passes a function that
 * computes it again and tells whether it changed. The templates below are
 * always inlined, so with a constant function there is no indirect call and
 * with NULL no call at all. The owner searches and compares by itself.
 *
 * Locks: the owner's.
 */
#ifndef KV_RBTREE_H
#define KV_RBTREE_H

#include "lib/types.h"

struct rb_node {
	uintptr_t up;		  /* parent; bit 0: black */
	struct rb_node *child[2]; /* left, right */
};

struct rb_root {
	struct rb_node *node; /* NULL: empty */
};

enum rb_side { RB_LEFT, RB_RIGHT };

/* Computes @n's value from @n and its children; true if it changed. */
typedef bool (*rb_update_fn)(struct rb_node *n);

#define rb_entry(p, type, member) container_of(p, type, member)

static inline struct rb_node *rb_parent(const struct rb_node *n)
{
	return (struct rb_node *)(n->up & ~(uintptr_t)1);
}

static inline bool rb_is_black(const struct rb_node *n)
{
	return !n || (n->up & 1);
}

static inline void rb_set_parent(struct rb_node *n, struct rb_node *parent)
{
	n->up = (uintptr_t)parent | (n->up & 1);
}

static inline void rb_set_black(struct rb_node *n, bool black)
{
	n->up = (n->up & ~(uintptr_t)1) | (uintptr_t)black;
}

/* The first node in order (the last for RB_RIGHT); NULL in an empty tree. */
struct rb_node *rb_end(const struct rb_root *root, enum rb_side side);
/* The neighbour in order on @side; NULL at the end. */
struct rb_node *rb_step(const struct rb_node *n, enum rb_side side);

static inline struct rb_node *rb_first(const struct rb_root *root)
{
	return rb_end(root, RB_LEFT);
}

static inline struct rb_node *rb_next(const struct rb_node *n)
{
	return rb_step(n, RB_RIGHT);
}

static inline struct rb_node *rb_prev(const struct rb_node *n)
{
	return rb_step(n, RB_LEFT);
}

/*
 * Inserts @n as the @side child of @parent (NULL: into an empty tree); the
 * place must be free and right in order.
 */
void rb_insert(struct rb_root *root, struct rb_node *n, struct rb_node *parent,
	       enum rb_side side);
void rb_erase(struct rb_root *root, struct rb_node *n);

/*
 * How many invariants are broken: R1..R4, the order (@ordered(a, b) is called
 * for neighbours and must hold), the values (@exact(n) must hold for each
 * node). Either function may be NULL.
 */
unsigned long rb_validate(const struct rb_root *root,
			  bool (*ordered)(const struct rb_node *a,
					  const struct rb_node *b),
			  bool (*exact)(const struct rb_node *n));

/* Puts @to (may be NULL) where @from hangs below @parent. */
static ALWAYS_INLINE void rb_replace(struct rb_root *root,
				     struct rb_node *parent,
				     const struct rb_node *from,
				     struct rb_node *to)
{
	if (parent)
		parent->child[parent->child[RB_RIGHT] == from] = to;
	else
		root->node = to;
	if (to)
		rb_set_parent(to, parent);
}

/*
 * Turns the edge from @x to its child on the other side of @side: the child
 * comes up, @x goes down to @side. What hangs below the pair stays the same,
 * so values above do not change.
 */
static ALWAYS_INLINE void rb_rotate(struct rb_root *root, struct rb_node *x,
				    unsigned int side, rb_update_fn update)
{
	struct rb_node *y = x->child[!side], *inner = y->child[side];

	x->child[!side] = inner;
	if (inner)
		rb_set_parent(inner, x);
	rb_replace(root, rb_parent(x), x, y);
	y->child[side] = x;
	rb_set_parent(x, y);
	if (update) {
		update(x);
		update(y);
	}
}

/* Values from @n upwards, as far as they change. */
static ALWAYS_INLINE void rb_propagate(struct rb_node *n, rb_update_fn update)
{
	while (n && update(n))
		n = rb_parent(n);
}

/* rb_insert() with values; @n's own must not matter before. */
static ALWAYS_INLINE void rb_insert_augmented(struct rb_root *root,
					      struct rb_node *n,
					      struct rb_node *parent,
					      enum rb_side side,
					      rb_update_fn update)
{
	struct rb_node *p;

	n->up = (uintptr_t)parent;
	n->child[RB_LEFT] = n->child[RB_RIGHT] = NULL;
	if (parent)
		parent->child[side] = n;
	else
		root->node = n;
	if (update) {
		update(n);
		rb_propagate(parent, update);
	}

	while ((p = rb_parent(n)) && !rb_is_black(p)) {
		struct rb_node *g = rb_parent(p);
		unsigned int s = g->child[RB_RIGHT] == p;
		struct rb_node *uncle = g->child[!s];

		rb_set_black(g, false);
		if (!rb_is_black(uncle)) {
			rb_set_black(p, true);
			rb_set_black(uncle, true);
			n = g;
			continue;
		}
		if (p->child[!s] == n) {
			rb_rotate(root, p, s, update);
			p = n;
		}
		rb_set_black(p, true);
		rb_rotate(root, g, !s, update);
		break;
	}
	rb_set_black(root->node, true);
}

/*
 * The ways through @x (may be NULL), a child of @parent, are one black node
 * short: colours it, or turns until they are not.
 */
static ALWAYS_INLINE void rb_mend(struct rb_root *root, struct rb_node *x,
				  struct rb_node *parent, rb_update_fn update)
{
	while (parent && rb_is_black(x)) {
		unsigned int s = parent->child[RB_RIGHT] == x;
		struct rb_node *w = parent->child[!s]; /* never NULL: R3 */

		if (!rb_is_black(w)) {
			rb_set_black(w, true);
			rb_set_black(parent, false);
			rb_rotate(root, parent, s, update);
			w = parent->child[!s];
		}
		if (rb_is_black(w->child[0]) && rb_is_black(w->child[1])) {
			rb_set_black(w, false);
			x = parent;
			parent = rb_parent(x);
			continue;
		}
		if (rb_is_black(w->child[!s])) {
			rb_set_black(w->child[s], true);
			rb_set_black(w, false);
			rb_rotate(root, w, !s, update);
			w = parent->child[!s];
		}
		rb_set_black(w, rb_is_black(parent));
		rb_set_black(parent, true);
		rb_set_black(w->child[!s], true);
		rb_rotate(root, parent, s, update);
		return;
	}
	if (x)
		rb_set_black(x, true);
}

/* rb_erase() with values. */
static ALWAYS_INLINE void
rb_erase_augmented(struct rb_root *root, struct rb_node *n, rb_update_fn update)
{
	struct rb_node *parent = rb_parent(n), *x, *low;
	bool black = rb_is_black(n);

	if (!n->child[RB_LEFT] || !n->child[RB_RIGHT]) {
		x = n->child[!n->child[RB_LEFT]];
		rb_replace(root, parent, n, x);
		low = parent;
	} else {
		/* the next in order takes n's place and colour */
		struct rb_node *s = n->child[RB_RIGHT];

		while (s->child[RB_LEFT])
			s = s->child[RB_LEFT];
		black = rb_is_black(s);
		x = s->child[RB_RIGHT];
		low = rb_parent(s);
		if (low == n) {
			low = s;
		} else {
			rb_replace(root, low, s, x);
			s->child[RB_RIGHT] = n->child[RB_RIGHT];
			rb_set_parent(s->child[RB_RIGHT], s);
		}
		s->child[RB_LEFT] = n->child[RB_LEFT];
		rb_set_parent(s->child[RB_LEFT], s);
		rb_set_black(s, rb_is_black(n));
		rb_replace(root, parent, n, s);
	}
	/* all the way: a value may stay the same below the one replaced */
	if (update)
		for (struct rb_node *p = low; p; p = rb_parent(p))
			update(p);
	if (black)
		rb_mend(root, x, low, update);
}

#endif
