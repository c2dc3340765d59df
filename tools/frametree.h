/* SPDX-License-Identifier: MIT */
/*
 * frametree.h - call stacks merged where they begin alike, with sums.
 *
 * A path is a run of keys; what a key stands for, and whether paths begin at
 * the leaf or at the root, is the caller's choice. Node 0 is the root, above
 * all paths.
 */
#ifndef TOOLS_FRAMETREE_H
#define TOOLS_FRAMETREE_H

#include <stddef.h>
#include <stdint.h>

struct node {
	uint32_t key;
	uint32_t parent;
	uint32_t child; /* the first; 0 = none */
	uint32_t next;	/* of the same parent; 0 = none */
	uint32_t depth; /* root 0 */
	uint64_t value; /* of all paths through here */
};

struct frametree {
	struct node *node;
	size_t nr;
	size_t room, mask;
	uint32_t *slot; /* (parent, key) -> node; 0 = empty */
};

void frametree_init(struct frametree *t);
void frametree_free(struct frametree *t);
/* the node at the path's end */
uint32_t frametree_add(struct frametree *t, const uint32_t *key, size_t nr,
		       uint64_t value);

/* orders all children: cmp as of qsort_r, of two nodes */
void frametree_sort(struct frametree *t,
		    int (*cmp)(const struct node *a, const struct node *b,
			       const void *data),
		    const void *data);

/* largest first, then in order of their keys */
int node_by_value(const struct node *a, const struct node *b, const void *data);

#endif
