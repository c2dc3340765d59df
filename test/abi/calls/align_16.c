/* SPDX-License-Identifier: MIT */
/*
 * Every pointer is a multiple of 16, whatever the size, from malloc, calloc
 * and realloc: gcc assumes it of malloc, and programs keep tags in the low
 * four bits.
 */
#include "../t.h"

int main(void)
{
	void *a, *b, *c;
	size_t n;

	for (n = 0; n <= 20000; n++) {
		a = t_aligned(malloc(n), 16);
		b = t_aligned(calloc(1, n), 16);
		c = t_aligned(malloc(n / 2), 16);
		c = t_aligned(realloc(c, n + 1), 16);
		memset(a, 1, n);
		memset(b, 2, n);
		memset(c, 3, n + 1);
		CHECK(n == 0 || (*(char *)a == 1 && *(char *)b == 2));
		free(a);
		free(b);
		free(c);
	}
	return 0;
}
