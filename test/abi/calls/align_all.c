/* SPDX-License-Identifier: MIT */
/*
 * Alignments: all powers of two up to 4 MiB, with sizes below, at and above
 * them, by the three calls that take one. Several blocks of a kind are alive
 * at once, all of each is writable, and free and realloc take them.
 */
#include <malloc.h>
#include "../t.h"

#define LIVE 4

/* clang-format off */
static const size_t sizes[] = {
	0, 1, 8, 16, 17, 24, 100, 129, 1000, 4095, 4096, 4097, 5000, 8192,
	8193, 40000, 65536, 65537, 100000, 1048576, 4194304, 4194305,
};
/* clang-format on */

static void *aligned(int how, size_t align, size_t n)
{
	void *p = NULL;

	if (how == 0)
		return aligned_alloc(align, n);
	if (how == 1)
		return memalign(align, n);
	if (align < sizeof(void *))
		align = sizeof(void *);
	CHECK(posix_memalign(&p, align, n) == 0);
	return p;
}

static void touch(unsigned char *p, size_t align, size_t n)
{
	CHECKF(malloc_usable_size(p) >= n, "align %zu size %zu", align, n);
	if (n) {
		p[0] = 1;
		p[n / 2] = 2;
		p[n - 1] = 3;
	}
}

static void several(int how, size_t align, size_t n)
{
	unsigned char *p[LIVE];
	size_t i;

	for (i = 0; i < LIVE; i++) {
		p[i] = t_aligned(aligned(how, align, n), align);
		touch(p[i], align, n);
	}
	p[0] = t_good(realloc(p[0], n + 100));
	memset(p[0] + n, 4, 100);
	CHECK(n == 0 || p[0][n - 1] == 3);
	for (i = 0; i < LIVE; i++)
		free(p[i]);
}

int main(void)
{
	size_t align, i;
	int how;

	for (align = 1; align <= 4 * T_MIB; align *= 2)
		for (i = 0; i < T_NR(sizes); i++)
			for (how = 0; how < 3; how++)
				several(how, align, sizes[i]);
	return 0;
}
