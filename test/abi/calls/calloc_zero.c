/* SPDX-License-Identifier: MIT */
/*
 * calloc gives zeroes up to malloc_usable_size, also when the memory was in
 * use before: every size class and large blocks, freed dirty in several
 * numbers and orders, then had again by calloc.
 */
#include <malloc.h>
#include "../t.h"

#define MAX 64

static void *dirty(size_t n)
{
	void *p = t_good(malloc(n));

	memset(p, 0xa5, malloc_usable_size(p));
	return p;
}

static void *clean(size_t n)
{
	void *p = t_good(n % 2 ? calloc(1, n) : calloc(n / 2, 2));
	size_t usable = malloc_usable_size(p);

	CHECKF(t_not_zero(p, usable) == usable,
	       "byte %zu of %zu usable, %zu asked", t_not_zero(p, usable),
	       usable, n);
	memset(p, 0x5a, usable);
	return p;
}

static void recycle(size_t n, size_t nr)
{
	void *p[MAX];
	size_t i, round;

	for (round = 0; round < 3; round++) {
		for (i = 0; i < nr; i++)
			p[i] = dirty(n);
		for (i = 0; i < nr; i++)
			free(p[round == 1 ? nr - 1 - i : i]);
		for (i = 0; i < nr; i++)
			p[i] = clean(n);
		for (i = 0; i < nr; i++)
			free(p[i]);
	}
}

int main(void)
{
	size_t n;

	for (n = 0; n <= 600; n++)
		recycle(n, MAX);
	for (; n <= 100000; n += n / 9)
		recycle(n, 8);
	for (; n <= 24 * T_MIB; n += n / 3)
		recycle(n, 2);
	return 0;
}
