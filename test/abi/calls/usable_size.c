/* SPDX-License-Identifier: MIT */
/*
 * malloc_usable_size: 0 for NULL, at least what was asked, all of it
 * writable without harm to neighbours, the same as long as the block lives.
 */
#include <malloc.h>
#include "../t.h"

#define NR 500

int main(void)
{
	static void *p[NR];
	static size_t usable[NR];
	uint64_t seed = 3;
	size_t i, n, round;

	CHECK(malloc_usable_size(NULL) == 0);
	for (round = 0; round < 20; round++) {
		for (i = 0; i < NR; i++) {
			n = t_rand_size(&seed, i % 100 ? 13 : 23);
			p[i] = t_good(malloc(n));
			usable[i] = malloc_usable_size(p[i]);
			CHECKF(usable[i] >= n, "%zu for %zu", usable[i], n);
			t_fill(p[i], usable[i], i);
		}
		for (i = 0; i < NR; i++) {
			CHECK(malloc_usable_size(p[i]) == usable[i]);
			CHECKF(t_differs(p[i], usable[i], i) == usable[i],
			       "%zu usable bytes overlap", usable[i]);
			free(p[i]);
		}
	}
	return 0;
}
