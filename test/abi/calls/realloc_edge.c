/* SPDX-License-Identifier: MIT */
/*
 * realloc at its edges: of NULL it is malloc; to size zero it frees and
 * returns NULL without setting errno (glibc; gnulib and configure scripts
 * test for it), so that a million of them need no memory.
 */
#include "../t.h"

int main(void)
{
	size_t before, i;
	void *p;

	p = t_good(realloc(NULL, 1000));
	t_fill(p, 1000, 1);
	free(p);
	errno = 0;
	CHECK(realloc(t_good(malloc(10)), t_hide_size(0)) == NULL);
	CHECK(realloc(t_good(malloc(100000)), t_hide_size(0)) == NULL);
	CHECK(realloc(t_good(malloc(9 * T_MIB)), t_hide_size(0)) == NULL);
	CHECK(reallocarray(t_good(malloc(10)), t_hide_size(0), 5) == NULL);
	CHECK(reallocarray(t_good(malloc(10)), 5, t_hide_size(0)) == NULL);
	CHECK(errno == 0);

	before = t_rss(getpid());
	for (i = 0; i < 1000000; i++)
		CHECK(realloc(malloc(100 + i % 1000), t_hide_size(0)) == NULL);
	for (i = 0; i < 1000; i++)
		CHECK(realloc(malloc(6 * T_MIB), t_hide_size(0)) == NULL);
	CHECK(t_rss(getpid()) < before + 16 * T_MIB);
	return 0;
}
