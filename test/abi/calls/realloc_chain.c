/* SPDX-License-Identifier: MIT */
/*
 * Contents live through chains of realloc from 1 byte to 64 MiB and back,
 * by different steps, from plain and from aligned blocks.
 */
#include "../t.h"

#define TOP (64 * T_MIB)

/* realloc and see that what both sizes share is still there. */
static void *step(void *p, size_t from, size_t to, uint64_t key)
{
	size_t common = from < to ? from : to;

	p = t_good(realloc(p, to));
	CHECKF(t_differs(p, common, key) == common,
	       "byte %zu changed from %zu to %zu bytes",
	       t_differs(p, common, key), from, to);
	if (to > from)
		t_fill(p, to, key);
	return p;
}

/* Up to `top` by a factor of num/4 plus `add`, down by the same. */
static void chain(void *p, size_t num, size_t add, size_t top, uint64_t key)
{
	size_t n = 1, to;

	t_fill(p, 1, key);
	for (; n < top; n = to) {
		to = n * num / 4 + add;
		if (to > top)
			to = top;
		p = step(p, n, to, key);
	}
	for (; n > 1; n = to) {
		to = n * 4 / num > add ? n * 4 / num - add : 1;
		p = step(p, n, to, key);
	}
	free(p);
}

int main(void)
{
	chain(malloc(1), 8, 1, TOP, 1);
	chain(malloc(1), 6, 1, TOP / 2, 2);
	chain(malloc(1), 5, 7, TOP / 16, 3);
	chain(malloc(1), 4, 13, 40000, 4);
	chain(malloc(1), 4, 4096, 2 * T_MIB, 5);
	chain(malloc(1), 4, T_MIB, 24 * T_MIB, 6);
	chain(aligned_alloc(4096, 1), 8, 1, TOP / 4, 7);
	chain(aligned_alloc(2 * T_MIB, 1), 7, 3, TOP / 4, 8);
	chain(calloc(1, 1), 4000, 5, TOP, 9);
	return 0;
}
