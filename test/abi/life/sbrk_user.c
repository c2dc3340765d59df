/* SPDX-License-Identifier: MIT */
/* A program that grows its own heap by sbrk keeps it, whatever malloc does. */
#include "../t.h"

#define STEP 4096

int main(void)
{
	static void *mine[200];
	size_t i;

	for (i = 0; i < T_NR(mine); i++) {
		mine[i] = sbrk(STEP);
		CHECK(mine[i] != (void *)-1);
		t_fill(mine[i], STEP, i);
		if (i % 10 == 0)
			t_work(i);
		free(t_good(malloc(i * 1000)));
	}
	for (i = 0; i < T_NR(mine); i++)
		CHECK(t_differs(mine[i], STEP, i) == STEP);
	return 0;
}
