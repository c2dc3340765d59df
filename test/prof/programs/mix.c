/* SPDX-License-Identifier: MIT */
/*
 * mix TIMES - requests of known sums, of all sizes, from five places, for the
 * sample's estimates. `held` keeps some of its blocks.
 */
#include "p.h"

enum { KEPT = 20000 };

#define PLACE(name)                               \
	MARK(name) static void *name(size_t n)    \
	{                                         \
		void *p = malloc(n);              \
                                                  \
		P_FRAME;                          \
		return p;                         \
	}

PLACE(tiny)
PLACE(small)
PLACE(middle)
PLACE(large)
PLACE(held)

static void *kept[KEPT];
static unsigned long state = 1;

static unsigned int next(unsigned int below)
{
	state = state * 6364136223846793005u + 1442695040888963407u;
	return (unsigned int)(state >> 33) % below;
}

int main(int argc, char **argv)
{
	size_t times = argc > 1 ? strtoul(argv[1], NULL, 10) : 400000;
	size_t asked[4] = { 0 }, large_ones = 0, n;

	p_about_me(0);
	for (size_t i = 0; i < times; i++) {
		n = 16 + next(48);
		asked[0] += n;
		free(tiny(n));
		n = 100 + next(400);
		asked[1] += n;
		free(small(n));
		n = 1000 + next(7000);
		asked[2] += n;
		free(middle(n));
		if (i % 16 == 0) {
			n = 10000 + next(90000);
			asked[3] += n;
			free(large(n));
			large_ones++;
		}
		free(kept[i % KEPT]);
		kept[i % KEPT] = held(200 + next(1000));
	}
	p_expect(tiny, "allocs~5=%zu asked~5=%zu frees~5=%zu", times, asked[0],
		 times);
	p_expect(small, "allocs~5=%zu asked~5=%zu frees~5=%zu", times, asked[1],
		 times);
	p_expect(middle, "allocs~5=%zu asked~5=%zu frees~5=%zu", times,
		 asked[2], times);
	p_expect(large, "allocs~5=%zu asked~5=%zu frees~5=%zu", large_ones,
		 asked[3], large_ones);
	p_expect(held, "allocs~5=%zu live~15=%d peak_blocks~15=%d", times, KEPT,
		 KEPT);
	return 0;
}
