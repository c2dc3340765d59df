/* SPDX-License-Identifier: MIT */
/*
 * aligned_alloc: the size need not be a multiple of the alignment (DR 460);
 * what is no power of two is refused with EINVAL (glibc 2.38) or rounded up
 * to one (before), never taken literally; a sum of size and alignment that
 * wraps is ENOMEM (CVE-2026-0861).
 */
#include "../t.h"

static void odd(size_t align, size_t rounded)
{
	void *p;

	errno = 0;
	p = t_hide(aligned_alloc(t_hide_size(align), 100));
	if (!p) {
		CHECKF(errno == EINVAL, "alignment %zu", align);
		return;
	}
	free(t_aligned(p, rounded));
}

int main(void)
{
	size_t align, n;
	void *p;

	for (align = 1; align <= 65536; align *= 2) {
		for (n = 1; n < 300; n += 13) {
			p = t_aligned(aligned_alloc(align, n), align);
			memset(p, 1, n);
			free(p);
		}
	}
	odd(0, 1);
	odd(3, 4);
	odd(24, 32);
	odd(48, 64);
	odd(4095, 4096);
	odd(100000, 131072);
	for (align = 4096; align <= (size_t)1 << 62; align *= 2) {
		n = t_hide_size(SIZE_MAX - align + 1);
		errno = 0;
		CHECK(!t_hide(aligned_alloc(align, n)) && errno == ENOMEM);
		errno = 0;
		CHECK(!t_hide(aligned_alloc(align, n - 1)) && errno == ENOMEM);
	}
	return 0;
}
