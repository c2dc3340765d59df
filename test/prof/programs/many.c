/* SPDX-License-Identifier: MIT */
/*
 * many STACKS - so many different ones, 30 frames deep. What lives goes on
 * living, so that a place found for a stack must hold for its blocks.
 */
#include "p.h"

MARK(leaf) static void *leaf(size_t n)
{
	void *p = malloc(n);

	P_FRAME;
	return p;
}

static int __attribute__((noinline)) ways(unsigned long way, int depth)
{
	int n;

	if (!depth) {
		free(leaf(40));
		P_CHECK(leaf(24));
		return 1;
	}
	n = way & 1 ? ways(way >> 1, depth - 1) + 1 :
		      ways(way >> 1, depth - 1) + 2;
	P_FRAME;
	return n;
}

int main(int argc, char **argv)
{
	unsigned long stacks = argc > 1 ? strtoul(argv[1], NULL, 10) : 20000;

	p_about_me(0);
	for (unsigned long i = 0; i < stacks / 2; i++)
		for (volatile int twice = 0; twice < 2; twice++)
			ways(i, 24);
	p_expect(leaf, "stacks=%lu allocs=%lu live=%lu asked=%lu", stacks,
		 2 * stacks, stacks, 64 * stacks);
	return 0;
}
