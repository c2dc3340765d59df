/* SPDX-License-Identifier: MIT */
/*
 * A realloc that fails leaves the block as it was and sets ENOMEM, for
 * blocks of every kind; the block is then still good for realloc and free.
 */
#include <malloc.h>
#include "../t.h"

static void fails(size_t n, size_t to)
{
	void *p = t_good(malloc(n));
	size_t usable = malloc_usable_size(p);

	t_fill(p, n, n);
	errno = 0;
	CHECK(t_hide(realloc(p, t_hide_size(to))) == NULL);
	CHECK(errno == ENOMEM);
	errno = 0;
	CHECK(!t_hide(reallocarray(t_hide(p), t_hide_size(SIZE_MAX / 2), 3)));
	CHECK(errno == ENOMEM);
	CHECK(malloc_usable_size(p) == usable);
	CHECKF(t_differs(p, n, n) == n, "%zu bytes", n);
	p = t_good(realloc(p, n + 1000));
	CHECKF(t_differs(p, n, n) == n, "%zu bytes", n);
	free(p);
}

int main(void)
{
	size_t n;

	for (n = 1; n <= 32 * T_MIB; n = n * 2 + 3) {
		fails(n, (size_t)1 << 50);
		fails(n, PTRDIFF_MAX);
		fails(n, SIZE_MAX - 15);
	}
	return 0;
}
