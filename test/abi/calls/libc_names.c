/* SPDX-License-Identifier: MIT */
/*
 * __libc_malloc and its family: some programs call them to reach the heap of
 * the C library. Whether they are redirected or not, they fit together.
 */
#include "../t.h"

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);
extern void __libc_free(void *);

int main(void)
{
	size_t n;
	void *p;

	for (n = 1; n < 8 * T_MIB; n *= 3) {
		p = t_good(__libc_malloc(n));
		t_fill(p, n, 1);
		p = t_good(__libc_realloc(p, 2 * n));
		CHECK(t_differs(p, n, 1) == n);
		__libc_free(p);
		p = t_good(__libc_calloc(n, 1));
		CHECK(t_not_zero(p, n) == n);
		__libc_free(p);
		__libc_free(t_aligned(__libc_memalign(4096, n), 4096));
	}
	t_work(1);
	return 0;
}
