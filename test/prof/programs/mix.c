/* SPDX-License-Identifier: MIT */
/*
 * mix TIMES WORK BY - requests of known sums, of all sizes, from five places,
 * for the sample's estimates: they must be right by BY per cent. Between them
 * the program does WORK. `held` keeps some of its blocks.
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
	unsigned long work = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;
	const char *by = argc > 3 ? argv[3] : "5";
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
		for (unsigned long w = 0; w < work; w++)
			__asm__ volatile("" : "+r"(w));
		free(kept[i % KEPT]);
		kept[i % KEPT] = held(200 + next(1000));
	}
	p_expect(tiny, "allocs~%s=%zu asked~%s=%zu frees~%s=%zu", by, times, by,
		 asked[0], by, times);
	p_expect(small, "allocs~%s=%zu asked~%s=%zu frees~%s=%zu", by, times,
		 by, asked[1], by, times);
	p_expect(middle, "allocs~%s=%zu asked~%s=%zu frees~%s=%zu", by, times,
		 by, asked[2], by, times);
	p_expect(large, "allocs~%s=%zu asked~%s=%zu frees~%s=%zu", by,
		 large_ones, by, asked[3], by, large_ones);
	p_expect(held, "allocs~%s=%zu live~%s=%d peak_blocks~%s=%d", by, times,
		 by, KEPT, by, KEPT);
	return 0;
}
