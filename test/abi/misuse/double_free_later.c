/* SPDX-License-Identifier: MIT */
/*
 * double_free_later SIZE BETWEEN - free twice, with that many blocks of the
 * size freed in between, and all the others after: an object that is in a
 * cache twice is seen at the latest when the cache is emptied. Nothing is
 * allocated meanwhile, so the block cannot have got a new owner.
 */
#include <malloc.h>
#include "misuse.h"

#define NR 8192

int main(int argc, char **argv)
{
	static void *p[NR];
	size_t n = t_arg(argc, argv, 1, 64);
	size_t between = t_arg(argc, argv, 2, 3);
	size_t nr = n <= 1024 ? NR : n <= 65536 ? 512 : 40, i;

	CHECK(between + 1 < nr);
	for (i = 0; i < nr; i++)
		p[i] = t_good(malloc(n));
	for (i = 0; i <= between; i++)
		free(p[i]);
	free(wrong(p[0]));
	for (; i < nr; i++)
		free(p[i]);
	malloc_trim(0);
	return 0;
}
