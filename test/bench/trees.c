/* SPDX-License-Identifier: MIT */
/*
 * trees.c - build, walk and drop binary trees.
 *
 * Pattern: binary-trees of the language benchmarks: nodes of one small size,
 * built depth first and freed depth first, many short trees while one large
 * tree lives. It stands for compilers' syntax trees and for the heaps of
 * language run-times; packing of equal small objects decides cache misses.
 */
#include "bench.h"

#define LONG_DEPTH	19
#define MIN_DEPTH	4
#define MAX_DEPTH	16
#define NODES_PER_DEPTH 4000000

struct node {
	struct node *left, *right;
	uint64_t value;
};

static struct node *tree_build(unsigned depth, uint64_t value)
{
	struct node *n = must(malloc(sizeof(*n)));

	*n = (struct node){ .value = value };
	if (depth) {
		n->left = tree_build(depth - 1, 2 * value);
		n->right = tree_build(depth - 1, 2 * value + 1);
	}
	return n;
}

static uint64_t tree_sum(const struct node *n)
{
	return n ? n->value + tree_sum(n->left) + tree_sum(n->right) : 0;
}

static void tree_drop(struct node *n)
{
	if (!n)
		return;
	tree_drop(n->left);
	tree_drop(n->right);
	free(n);
}

/* Nodes are numbered 1 .. 2^(depth + 1) - 1 when the root is 1. */
static uint64_t expected(unsigned depth)
{
	uint64_t n = ((uint64_t)2 << depth) - 1;

	return n * (n + 1) / 2;
}

int main(void)
{
	struct node *whole = tree_build(LONG_DEPTH, 1);
	uint64_t sum = 0;

	for (unsigned d = MIN_DEPTH; d <= MAX_DEPTH; d += 2) {
		size_t trees = scaled(NODES_PER_DEPTH >> (d + 1));

		for (size_t i = 0; i < trees; i++) {
			struct node *t = tree_build(d, 1);
			uint64_t s = tree_sum(t);

			if (s != expected(d))
				wrong("a tree lost a node");
			tree_drop(t);
			sum += s;
		}
	}
	if (tree_sum(whole) != expected(LONG_DEPTH))
		wrong("the long-lived tree lost a node");
	tree_drop(whole);
	return finish(sum);
}
