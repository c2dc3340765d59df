/* SPDX-License-Identifier: MIT */
/*
 * Size zero: every allocating call gives a pointer of its own, which
 * realloc and free take (glibc's choice among what ISO C allows).
 */
#include <malloc.h>
#include "../t.h"

static void *by_posix_memalign(void)
{
	void *p = NULL;

	CHECK(posix_memalign(&p, 64, 0) == 0);
	return p;
}

static void *zero(int how)
{
	switch (how) {
	case 0:
		return malloc(0);
	case 1:
		return calloc(0, 8);
	case 2:
		return calloc(8, 0);
	case 3:
		return realloc(NULL, 0);
	case 4:
		return reallocarray(NULL, 0, 8);
	case 5:
		return aligned_alloc(64, 0);
	case 6:
		return memalign(64, 0);
	case 7:
		return by_posix_memalign();
	case 8:
		return valloc(0);
	default:
		return pvalloc(0);
	}
}

int main(void)
{
	static void *p[10][100];
	size_t how, i, k;

	for (how = 0; how < T_NR(p); how++) {
		for (i = 0; i < T_NR(p[0]); i++) {
			p[how][i] = t_good(zero((int)how));
			for (k = 0; k < i; k++)
				CHECK(p[how][k] != p[how][i]);
		}
	}
	for (how = 0; how < T_NR(p); how++) {
		for (i = 0; i < T_NR(p[0]); i += 2) {
			p[how][i] = t_good(realloc(p[how][i], 10));
			memset(p[how][i], 1, 10);
		}
		for (i = 0; i < T_NR(p[0]); i++)
			free(p[how][i]);
	}
	return 0;
}
