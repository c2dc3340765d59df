/* SPDX-License-Identifier: MIT */
/*
 * malloc_trim gives free memory back to the system at once and returns 1
 * exactly if it did, else 0 (glibc manual). Live blocks are untouched.
 */
#include <malloc.h>
#include "../t.h"

#define NR 40000

int main(void)
{
	static void *p[NR];
	size_t full, i;
	int ret;

	for (i = 0; i < NR; i++) {
		p[i] = t_good(malloc(3000));
		t_fill(p[i], 3000, i);
	}
	full = t_rss(getpid());
	for (i = 0; i < NR; i++)
		if (i % 1000)
			free(p[i]);
	ret = malloc_trim(0);
	CHECKF(ret == 0 || ret == 1, "malloc_trim returned %d", ret);
	CHECKF(t_rss(getpid()) + 80 * T_MIB < full,
	       "%zu MiB resident, then %zu", full >> 20, t_rss(getpid()) >> 20);
	for (i = 0; i < NR; i += 1000) {
		CHECK(t_differs(p[i], 3000, i) == 3000);
		free(p[i]);
	}
	malloc_trim(0);
	CHECKF(malloc_trim(0) == 0, "nothing was left to give back");
	p[0] = t_good(malloc(3000));
	t_fill(p[0], 3000, 1);
	free(p[0]);
	return 0;
}
