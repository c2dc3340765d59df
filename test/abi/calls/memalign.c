/* SPDX-License-Identifier: MIT */
/*
 * memalign: a boundary that is no power of two is rounded up to one; one
 * that has no power of two above it is EINVAL; one that cannot be served is
 * ENOMEM (glibc).
 */
#include <malloc.h>
#include "../t.h"

static void refused(size_t align, size_t n, int err)
{
	errno = 0;
	CHECKF(!t_hide(memalign(t_hide_size(align), t_hide_size(n))),
	       "%#zx, %#zx", align, n);
	CHECKF(errno == err, "%#zx, %#zx", align, n);
}

int main(void)
{
	size_t align, up;
	void *p;

	for (align = 0; align <= 5000; align++) {
		for (up = 1; up < align; up *= 2)
			;
		p = t_aligned(memalign(align, 100), up);
		t_fill(p, 100, align);
		CHECK(t_differs(p, 100, align) == 100);
		free(p);
	}
	refused(SIZE_MAX, 1, EINVAL);
	refused(SIZE_MAX / 2 + 2, 1, EINVAL);
	refused(SIZE_MAX / 2 + 1, 1, ENOMEM);
	refused(SIZE_MAX / 4 + 1, 1, ENOMEM);
	refused(64, SIZE_MAX - 63, ENOMEM);
	refused(64, SIZE_MAX - 64, ENOMEM);
	refused(4096, SIZE_MAX - 4096, ENOMEM);
	return 0;
}
