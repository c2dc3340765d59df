/* SPDX-License-Identifier: MIT */
/*
 * posix_memalign: EINVAL unless the alignment is a power of two and a
 * multiple of sizeof(void *), ENOMEM when there is no room; the code is
 * returned, and neither errno nor *memptr change on failure.
 */
#include "../t.h"

static void refused(size_t align, size_t n, int err)
{
	char mark;
	void *p = &mark;
	int got;

	errno = 4242;
	got = posix_memalign(&p, t_hide_size(align), t_hide_size(n));
	CHECKF(got == err, "%d for %#zx, %#zx", got, align, n);
	CHECKF(errno == 4242, "%#zx, %#zx", align, n);
	CHECKF(p == &mark, "memptr changed: %#zx, %#zx", align, n);
}

int main(void)
{
	size_t align, n;
	void *p;

	for (align = 0; align < 5000; align++) {
		if (align % sizeof(void *) || align & (align - 1) || !align) {
			refused(align, 0, EINVAL);
			refused(align, 100, EINVAL);
			continue;
		}
		for (n = 0; n < 3 * align; n += align / 2 + 1) {
			errno = 4242;
			CHECK(posix_memalign(&p, align, n) == 0);
			CHECK(errno == 4242);
			memset(t_aligned(p, align), 1, n);
			free(p);
		}
	}
	refused(SIZE_MAX, 1, EINVAL);
	refused(SIZE_MAX / 2 + 2, 1, EINVAL);
	refused(SIZE_MAX / 2 + 1, 1, ENOMEM);
	refused(64, SIZE_MAX, ENOMEM);
	refused(64, SIZE_MAX - 64, ENOMEM);
	refused(8, PTRDIFF_MAX, ENOMEM);
	refused(4 * T_MIB, SIZE_MAX - T_MIB, ENOMEM);
	return 0;
}
