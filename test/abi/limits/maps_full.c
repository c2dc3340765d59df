/* SPDX-License-Identifier: MIT */
/*
 * No mapping can be split any more (vm.max_map_count is reached): free
 * succeeds all the same, keeps errno, and what it freed can be had again.
 */
#include <sys/mman.h>
#include "../t.h"

#define NR 64

static void fill_up(void)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE), i;
	char *p = mmap(NULL, 200000 * page, PROT_NONE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED)
		SKIP("no address space");
	for (i = 0; i < 200000; i += 2)
		if (mprotect(p + i * page, page, PROT_READ))
			return;
	SKIP("vm.max_map_count is too high here");
}

int main(void)
{
	void *p[NR];
	size_t i, n[NR];

	for (i = 0; i < NR; i++) {
		n[i] = i % 4 ? (i + 1) * 100000 : i * 200 + 1;
		p[i] = t_good(malloc(n[i]));
		t_fill(p[i], n[i], i);
	}
	fill_up();
	for (i = 0; i < NR; i += 2) {
		errno = 4242;
		free(p[i]);
		CHECKF(errno == 4242, "%zu bytes", n[i]);
	}
	for (i = 0; i < NR; i += 2) {
		p[i] = malloc(n[i] / 2);
		CHECKF(p[i] || (errno == ENOMEM && n[i] > 100000), "%zu bytes",
		       n[i] / 2);
	}
	for (i = 0; i < NR; i++) {
		CHECK(i % 2 == 0 || t_differs(p[i], n[i], i) == n[i]);
		errno = 4242;
		free(p[i]);
		CHECK(errno == 4242);
	}
	return 0;
}
