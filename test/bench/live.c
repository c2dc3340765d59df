/* SPDX-License-Identifier: MIT */
/*
 * live.c - a heap that only grows, and is then read.
 *
 * Pattern: data is loaded and kept, as by databases, solvers and compilers.
 * Time is page faults and fresh slabs; peak RSS is what the allocator adds to
 * the data: headers, rounding up to size classes, half-filled slabs.
 *   nodes   a linked list of 24-byte nodes
 *   mixed   sizes uniform in 1 .. 2048 bytes, the worst for coarse classes
 *   powers  2^n + 16 bytes, n in 6 .. 12: a header in front of a power of two,
 *           the worst for classes that are powers of two
 */
#include "bench.h"

struct mode {
	const char *name;
	size_t blocks;
};

static const struct mode modes[] = {
	{ "nodes", 6000000 },
	{ "mixed", 280000 },
	{ "powers", 240000 },
};

struct node {
	struct node *next;
	uint32_t size, tag;
	char more[8];
};

static size_t next_size(const char *mode, uint64_t *seed)
{
	size_t size = sizeof(struct node);

	if (!strcmp(mode, "mixed"))
		size = rnd_between(seed, 1, 2048);
	else if (!strcmp(mode, "powers"))
		size = ((size_t)1 << rnd_between(seed, 6, 12)) + 16;
	return size < sizeof(struct node) ? sizeof(struct node) : size;
}

static uint64_t load_and_read(const struct mode *m)
{
	struct node *list = NULL, *next;
	uint64_t seed = 5, sum = 0;
	size_t blocks = scaled(m->blocks);

	for (size_t i = 0; i < blocks; i++) {
		size_t size = next_size(m->name, &seed);
		struct node *n = must(malloc(size));

		memset(n, (int)i, size); /* data is written, all of it */
		n->next = list;
		n->size = (uint32_t)size;
		n->tag = (uint32_t)i;
		list = n;
	}
	for (struct node *n = list; n; n = n->next) {
		if (((char *)n)[n->size - 1] != (char)n->tag)
			wrong("a block changed");
		sum += n->size ^ n->tag;
	}
	for (; list; list = next) {
		next = list->next;
		free(list);
	}
	return sum;
}

int main(int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < NELEM(modes); i++)
		if (!strcmp(argv[1], modes[i].name))
			return finish(load_and_read(&modes[i]));
	usage("nodes|mixed|powers");
}
