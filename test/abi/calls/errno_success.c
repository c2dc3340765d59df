/* SPDX-License-Identifier: MIT */
/*
 * A call that succeeds leaves errno alone, the first one of a process too
 * (an allocator that reads /proc or /sys at its start may leave ENOENT).
 */
#include <malloc.h>
#include "../t.h"

#define SAME(call)                                                       \
	do {                                                             \
		errno = before;                                          \
		(void)(call);                                            \
		CHECKF(errno == before, "was %d, %zu bytes", before, n); \
	} while (0)

static void all_calls(int before, size_t n)
{
	void *p = NULL, *q = NULL;

	SAME(p = malloc(n));
	SAME(p = realloc(p, 2 * n + 1));
	SAME(p = realloc(p, n / 2 + 1));
	SAME(malloc_usable_size(p));
	SAME(free(p));
	SAME(p = calloc(n, 1));
	SAME(p = reallocarray(p, n, 2));
	SAME(free(p));
	SAME(p = aligned_alloc(256, n));
	SAME(posix_memalign(&q, 8192, n));
	SAME(free(p));
	SAME(free(q));
	SAME(p = valloc(n));
	SAME(q = pvalloc(n));
	SAME(free(p));
	SAME(free(q));
	SAME(malloc_trim(0));
	SAME(free(NULL));
}

int main(void)
{
	static const int values[] = { 0, EINTR, 4242 };
	size_t i, n;

	for (i = 0; i < T_NR(values); i++)
		for (n = 1; n <= 64 * T_MIB; n *= 2)
			all_calls(values[i], n - n / 5);
	return 0;
}
