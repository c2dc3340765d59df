/* SPDX-License-Identifier: MIT */
/*
 * bursts [ROUNDS] - grow to many blocks of one size, verify, shrink to none,
 * next size: what a class gave back must serve the others, so that memory
 * stays near one burst however many sizes pass.
 */
#include "../t.h"

#define BURST (24 * T_MIB)

static void *p[BURST / 16];

static void burst(size_t n)
{
	size_t nr = BURST / (n < 32 ? 32 : n), i, step;

	for (i = 0; i < nr; i++) {
		p[i] = t_good(malloc(n));
		t_fill(p[i], n, i);
	}
	for (step = 0; step < 2; step++) {
		for (i = step; i < nr; i += 2) {
			CHECKF(t_differs(p[i], n, i) == n, "%zu bytes", n);
			free(p[i]);
		}
	}
}

int main(int argc, char **argv)
{
	unsigned long rounds = t_arg(argc, argv, 1, 1), r;
	size_t n, start = t_rss(getpid()), now;

	for (r = 0; r < rounds; r++)
		for (n = 24; n <= 8 * T_MIB; n = n * 3 / 2)
			burst(n);
	now = t_rss(getpid());
	CHECKF(now < start + 3 * BURST, "%zu MiB resident", now >> 20);
	return 0;
}
