/* SPDX-License-Identifier: MIT */
/*
 * realloc keeps what was written up to malloc_usable_size, not only up to
 * the size once asked for: programs grow into the slack before they realloc.
 */
#include <malloc.h>
#include "../t.h"

static void grow(size_t n, size_t to)
{
	void *p = t_good(malloc(n));
	size_t usable = malloc_usable_size(p);
	size_t kept = usable < to ? usable : to;

	CHECK(usable >= n);
	t_fill(p, usable, n);
	p = t_good(realloc(p, to));
	CHECKF(t_differs(p, kept, n) == kept,
	       "byte %zu of %zu usable lost from %zu to %zu",
	       t_differs(p, kept, n), usable, n, to);
	free(p);
}

int main(void)
{
	size_t n;

	for (n = 1; n <= 12 * T_MIB; n += n / 7 + 1) {
		grow(n, n + 1);
		grow(n, n * 2);
		grow(n, n * 9 / 8 + 20);
		grow(n, n - n / 3);
		grow(n, 1);
	}
	return 0;
}
