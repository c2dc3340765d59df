/* SPDX-License-Identifier: MIT */
/*
 * mallinfo2: what is in use grows by at least what was allocated and falls
 * when it is freed; mallinfo tells the same in ints.
 */
#include <malloc.h>
#include "../t.h"

#define NR 20000

static size_t in_use(void)
{
	struct mallinfo2 m = mallinfo2();

	return m.uordblks + m.hblkhd;
}

int main(void)
{
	static void *p[NR];
	struct mallinfo old;
	size_t start = in_use(), peak, i;
	void *big;

	for (i = 0; i < NR; i++)
		p[i] = t_good(malloc(1000));
	peak = in_use();
	CHECKF(peak >= start + NR * 1000, "%zu, then %zu", start, peak);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
	old = mallinfo();
#pragma GCC diagnostic pop
	CHECKF((size_t)old.uordblks + (size_t)old.hblkhd >= NR * 1000,
	       "%d in use", old.uordblks);
	big = t_good(malloc(50 * T_MIB));
	CHECK(in_use() >= peak + 50 * T_MIB);
	free(big);
	for (i = 0; i < NR; i++)
		free(p[i]);
	CHECKF(in_use() < start + NR * 500, "%zu after free", in_use());
	return 0;
}
