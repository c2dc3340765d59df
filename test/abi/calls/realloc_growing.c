/* SPDX-License-Identifier: MIT */
/*
 * A block that grows by a byte at a time is copied at powers of two only, up to
 * a page; one that grows by half takes what it asked for, and no more.
 */
#include <malloc.h>
#include "../t.h"

int main(void)
{
	char *p = malloc(100), *now;
	/* 4096 2048 1024 512 256, and 128 unless it is that already */
	int moves = malloc_usable_size(p) < 128 ? 6 : 5, moved = 0;

	for (size_t size = 101; size <= 4096; size++) {
		size_t have = malloc_usable_size(p);

		now = realloc(p, size);
		CHECK(now && malloc_usable_size(now) >= size);
		if (malloc_usable_size(now) != have) {
			moved++;
			CHECK(!(malloc_usable_size(now) &
				(malloc_usable_size(now) - 1)));
		}
		p = now;
	}
	CHECK(moved == moves);
	free(p);
	p = realloc(malloc(1000), 1500);
	CHECK(malloc_usable_size(p) < 1500 + 1500 / 8);
	free(p);
	return 0;
}
