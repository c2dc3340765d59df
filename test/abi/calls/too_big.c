/* SPDX-License-Identifier: MIT */
/*
 * What cannot be had: sizes above PTRDIFF_MAX, sizes beyond the address
 * space, and products or sums that wrap give NULL and ENOMEM, by every
 * allocating call (glibc 2.30, POSIX; sums of size and alignment wrapped
 * in several libraries).
 */
#include <malloc.h>
#include "../t.h"

#define NOMEM(call)                                             \
	do {                                                    \
		errno = 0;                                      \
		CHECKF(t_hide(call) == NULL && errno == ENOMEM, \
		       "size %#zx, alignment %#zx", n, align);  \
	} while (0)

static void *with_posix_memalign(size_t align, size_t n)
{
	void *p = NULL;
	int err;

	err = posix_memalign(&p, align, n);
	CHECKF(err == ENOMEM, "returned %d", err);
	errno = err;
	return p;
}

static void too_big(size_t n)
{
	void *old = t_good(malloc(100));
	size_t align = 16;

	t_fill(old, 100, 7);
	NOMEM(malloc(n));
	NOMEM(calloc(1, n));
	NOMEM(calloc(n, 1));
	NOMEM(realloc(NULL, n));
	NOMEM(realloc(t_hide(old), n));
	NOMEM(reallocarray(t_hide(old), n, 1));
	NOMEM(reallocarray(NULL, 1, n));
	NOMEM(valloc(n));
	NOMEM(pvalloc(n));
	for (; align <= (size_t)1 << 62; align *= 2) {
		NOMEM(aligned_alloc(align, n));
		NOMEM(memalign(align, n));
		NOMEM(with_posix_memalign(align, n));
	}
	CHECK(t_differs(old, 100, 7) == 100);
	free(old);
}

static void product(size_t n, size_t align)
{
	void *old = t_good(malloc(100));

	t_fill(old, 100, 7);
	NOMEM(calloc(n, align));
	NOMEM(calloc(align, n));
	NOMEM(reallocarray(t_hide(old), n, align));
	NOMEM(reallocarray(NULL, align, n));
	CHECK(t_differs(old, 100, 7) == 100);
	free(old);
}

int main(void)
{
	size_t i;

	for (i = 0; i < 70; i++) {
		too_big(t_hide_size(SIZE_MAX - i));
		too_big(t_hide_size((size_t)PTRDIFF_MAX + 35 - i));
	}
	for (i = 4000; i < 5000; i++)
		too_big(t_hide_size(SIZE_MAX - i));
	for (i = 1; i <= 6; i++)
		too_big(t_hide_size(SIZE_MAX - (i << 20)));
	for (i = 48; i < 64; i++)
		too_big(t_hide_size((size_t)1 << i));
	product(SIZE_MAX, 2);
	product(SIZE_MAX / 2 + 1, 2);
	product(SIZE_MAX / 16 + 1, 16);
	product((size_t)1 << 32, (size_t)1 << 32);
	product(((size_t)1 << 32) + 1, ((size_t)1 << 32) - 1);
	product(SIZE_MAX, SIZE_MAX);
	product((size_t)1 << 63, 1);
	return 0;
}
