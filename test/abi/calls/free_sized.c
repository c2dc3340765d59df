/* SPDX-License-Identifier: MIT */
/*
 * free_sized and free_aligned_sized (C23) equal free when size and alignment
 * are those of the allocation. Skipped where there is none (glibc < 2.43).
 */
#include <dlfcn.h>
#include "../t.h"

int main(void)
{
	void (*sized)(void *, size_t);
	void (*aligned)(void *, size_t, size_t);
	size_t before = 0, align, n, i;
	void *p;

	*(void **)&sized = dlsym(RTLD_DEFAULT, "free_sized");
	*(void **)&aligned = dlsym(RTLD_DEFAULT, "free_aligned_sized");
	if (!sized || !aligned)
		SKIP("no free_sized in this C library");
	errno = 4242;
	sized(NULL, 0);
	sized(NULL, 100);
	aligned(NULL, 64, 100);
	for (i = 0; i < 40; i++) {
		for (n = 0; n <= 12 * T_MIB; n += n / 8 + 1) {
			sized(t_good(malloc(n)), n);
			sized(t_good(calloc(1, n)), n);
			p = t_good(realloc(t_good(malloc(1)), n + 1));
			sized(p, n + 1);
		}
		for (align = 1; align <= 4 * T_MIB; align *= 2)
			for (n = 0; n <= 5 * T_MIB; n += 3 * n + 1)
				aligned(t_good(aligned_alloc(align, n)), align,
					n);
		/* by then what such swings need is kept */
		if (i == 9)
			before = t_rss(getpid());
	}
	CHECK(t_rss(getpid()) < before + 16 * T_MIB);
	CHECK(errno == 4242);
	return 0;
}
