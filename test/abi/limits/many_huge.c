/* SPDX-License-Identifier: MIT */
/*
 * many_huge [BLOCKS] - 40000 areas of 4.1 MiB alive at once, each of which
 * would like a guard page; then every second one freed.
 */
#include "../t.h"

#define SIZE (4 * T_MIB + 100 * T_KIB)
#define MAX  100000

int main(int argc, char **argv)
{
	static unsigned char *p[MAX];
	size_t nr = t_arg(argc, argv, 1, 40000), i;

	CHECK(nr <= MAX);
	for (i = 0; i < nr; i++) {
		p[i] = t_good(malloc(SIZE));
		if (i % 8 == 0)
			p[i][SIZE - 1] = (unsigned char)i;
	}
	for (i = 0; i < nr; i += 2) {
		CHECK(i % 8 || p[i][SIZE - 1] == (unsigned char)i);
		free(p[i]);
	}
	for (i = 0; i < nr; i += 2)
		p[i] = t_good(malloc(SIZE + 4096 * (i % 3)));
	for (i = 0; i < nr; i++)
		free(p[i]);
	t_work(1);
	return 0;
}
