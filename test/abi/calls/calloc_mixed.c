/* SPDX-License-Identifier: MIT */
/*
 * calloc from memory that other sizes left dirty: blocks are split, merged
 * and cut from larger ones in between, and given back by malloc_trim.
 */
#include <malloc.h>
#include "../t.h"

#define NR 256

int main(void)
{
	static void *p[NR];
	uint64_t seed = 11;
	size_t i, k, n;

	for (i = 0; i < 30000; i++) {
		k = t_rand(&seed) % NR;
		free(p[k]);
		n = t_rand_size(&seed, i % 50 ? 14 : 21);
		p[k] = t_good(i % 2 ? calloc(n, 1) : malloc(n));
		CHECKF(i % 2 == 0 || t_not_zero(p[k], n) == n, "%zu bytes", n);
		memset(p[k], 0xff, malloc_usable_size(p[k]));
		if (i % 5000 == 0)
			malloc_trim(0);
	}
	for (k = 0; k < NR; k++)
		free(p[k]);
	return 0;
}
