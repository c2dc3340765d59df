/* SPDX-License-Identifier: MIT */
/*
 * mprotect on page-aligned blocks (the manual page's own example): nothing
 * of the allocator lives in a block, so neighbours can be used and freed
 * while it is out of reach.
 */
#include <sys/mman.h>
#include "../t.h"

#define NR 16

static void protect(size_t n)
{
	void *p[NR];
	size_t i;

	for (i = 0; i < NR; i++) {
		p[i] = t_good(aligned_alloc(4096, n));
		t_fill(p[i], n, i);
		if (i % 2)
			CHECK(!mprotect(p[i], n, PROT_NONE));
	}
	for (i = 0; i < NR; i += 2)
		free(p[i]);
	t_work(n);
	for (i = 1; i < NR; i += 2) {
		CHECK(!mprotect(p[i], n, PROT_READ | PROT_WRITE));
		CHECK(t_differs(p[i], n, i) == n);
		free(p[i]);
	}
}

int main(void)
{
	size_t n;

	for (n = 4096; n <= 16 * T_MIB; n *= 4)
		protect(n);
	return 0;
}
