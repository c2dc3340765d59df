/* SPDX-License-Identifier: MIT */
/*
 * frametree.c - merges call stacks. See frametree.h.
 *
 * Theory: a node is found by the pair (parent, key) in a table with open
 * addressing, so that adding a path costs its length, however many children
 * a node has.
 */
#include "frametree.h"

#include <stdlib.h>
#include <string.h>

#include "util.h"

/* Both numbers count up together in large reports: every bit has to matter. */
static size_t hash(uint32_t parent, uint32_t key)
{
	uint64_t h = (uint64_t)parent << 32 | key;

	h = (h ^ h >> 32) * 0x9e3779b97f4a7c15u;
	h = (h ^ h >> 29) * 0xbf58476d1ce4e5b9u;
	return (size_t)(h ^ h >> 32);
}

/* where (parent, key) is, or would be */
static size_t find(const struct frametree *t, uint32_t parent, uint32_t key)
{
	size_t h = hash(parent, key) & t->mask;

	while (t->slot[h] && (t->node[t->slot[h]].parent != parent ||
			      t->node[t->slot[h]].key != key))
		h = (h + 1) & t->mask;
	return h;
}

static void grow(struct frametree *t)
{
	size_t i;

	t->room *= 2;
	t->mask = 2 * t->room - 1;
	t->node = xrealloc(t->node, t->room, sizeof(*t->node));
	free(t->slot);
	t->slot = xcalloc(t->mask + 1, sizeof(*t->slot));
	for (i = 1; i < t->nr; i++)
		t->slot[find(t, t->node[i].parent, t->node[i].key)] =
			(uint32_t)i;
}

void frametree_init(struct frametree *t)
{
	memset(t, 0, sizeof(*t));
	t->room = 32;
	t->nr = 1;
	grow(t);
	memset(&t->node[0], 0, sizeof(t->node[0]));
}

void frametree_free(struct frametree *t)
{
	free(t->node);
	free(t->slot);
	memset(t, 0, sizeof(*t));
}

static uint32_t child_of(struct frametree *t, uint32_t parent, uint32_t key)
{
	size_t h = find(t, parent, key);
	struct node *n;

	if (t->slot[h])
		return t->slot[h];
	if (t->nr == t->room) {
		grow(t);
		h = find(t, parent, key);
	}
	n = &t->node[t->nr];
	*n = (struct node){
		.key = key,
		.parent = parent,
		.next = t->node[parent].child,
		.depth = t->node[parent].depth + 1,
	};
	t->node[parent].child = (uint32_t)t->nr;
	t->slot[h] = (uint32_t)t->nr;
	return (uint32_t)t->nr++;
}

uint32_t frametree_add(struct frametree *t, const uint32_t *key, size_t nr,
		       uint64_t value)
{
	uint32_t n = 0;
	size_t i;

	t->node[0].value += value;
	for (i = 0; i < nr; i++) {
		n = child_of(t, n, key[i]);
		t->node[n].value += value;
	}
	return n;
}

struct order {
	const struct frametree *t;
	int (*cmp)(const struct node *a, const struct node *b,
		   const void *data);
	const void *data;
};

static int compare(const void *a, const void *b, void *data)
{
	const struct order *o = data;

	return o->cmp(&o->t->node[*(const uint32_t *)a],
		      &o->t->node[*(const uint32_t *)b], o->data);
}

void frametree_sort(struct frametree *t,
		    int (*cmp)(const struct node *a, const struct node *b,
			       const void *data),
		    const void *data)
{
	struct order o = { t, cmp, data };
	uint32_t *list = xcalloc(t->nr, sizeof(*list));
	size_t i, k, nr;
	uint32_t c;

	for (i = 0; i < t->nr; i++) {
		nr = 0;
		for (c = t->node[i].child; c; c = t->node[c].next)
			list[nr++] = c;
		if (nr < 2)
			continue;
		qsort_r(list, nr, sizeof(*list), compare, &o);
		t->node[i].child = list[0];
		for (k = 0; k < nr; k++)
			t->node[list[k]].next = k + 1 < nr ? list[k + 1] : 0;
	}
	free(list);
}

int node_by_value(const struct node *a, const struct node *b, const void *data)
{
	(void)data;
	if (a->value != b->value)
		return a->value < b->value ? 1 : -1;
	return a->key < b->key ? -1 : a->key > b->key;
}
