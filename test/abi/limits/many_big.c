/* SPDX-License-Identifier: MIT */
/*
 * many_big [BLOCKS] - 60000 blocks of 132 KiB alive at once: with a mapping
 * or guard page for each, vm.max_map_count (65530) is not far.
 */
#include "../t.h"

#define MAX 100000

int main(int argc, char **argv)
{
	static unsigned char *p[MAX];
	size_t nr = t_arg(argc, argv, 1, 60000), i;

	CHECK(nr <= MAX);
	for (i = 0; i < nr; i++) {
		p[i] = t_good(malloc(132 * T_KIB));
		memcpy(p[i], &i, sizeof(i));
	}
	for (i = 0; i < nr; i++) {
		CHECK(!memcmp(p[i], &i, sizeof(i)));
		if (i % 2)
			free(p[i]);
	}
	for (i = 1; i < nr; i += 2)
		p[i] = t_good(malloc(132 * T_KIB));
	for (i = 0; i < nr; i++)
		free(p[i]);
	t_work(1);
	return 0;
}
