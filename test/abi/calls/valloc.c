/* SPDX-License-Identifier: MIT */
/*
 * valloc aligns to a page; pvalloc also makes the size whole pages. A
 * library that leaves one of them out mixes two heaps.
 */
#include <malloc.h>
#include "../t.h"

int main(void)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t n, whole;
	void *a, *b;

	for (n = 0; n <= 9 * T_MIB; n += n / 2 + 1) {
		whole = (n + page - 1) & ~(page - 1);
		a = t_aligned(valloc(n), page);
		b = t_aligned(pvalloc(n), page);
		CHECK(malloc_usable_size(a) >= n);
		CHECK(malloc_usable_size(b) >= whole);
		t_fill(a, n, 1);
		t_fill(b, whole, 2);
		CHECK(t_differs(a, n, 1) == n);
		a = t_good(realloc(a, n + page));
		CHECK(t_differs(a, n, 1) == n);
		CHECK(t_differs(b, whole, 2) == whole);
		free(a);
		free(b);
	}
	return 0;
}
