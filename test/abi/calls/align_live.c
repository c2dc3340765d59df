/* SPDX-License-Identifier: MIT */
/*
 * 16-byte alignment again, with many blocks of one size alive: an allocator
 * may align the first object of a slab by luck.
 */
#include "../t.h"

#define NR 300

static void many(size_t n)
{
	static void *p[NR];
	size_t i;

	for (i = 0; i < NR; i++) {
		p[i] = t_aligned(malloc(n), 16);
		t_fill(p[i], n, i);
	}
	for (i = 0; i < NR; i++) {
		CHECKF(t_differs(p[i], n, i) == n, "size %zu", n);
		free(p[i]);
	}
}

int main(void)
{
	size_t n;

	for (n = 0; n <= 1100; n++)
		many(n);
	for (; n <= 20000; n += n / 16 - 3)
		many(n);
	return 0;
}
