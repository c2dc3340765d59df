/* SPDX-License-Identifier: MIT */
/*
 * churn.c - replace blocks of a working set, in threads that share nothing.
 *
 * Pattern: random slots are freed and filled again, as in alloc-test and in
 * glibc's malloc-thread benchmark. It stands for a program with a live heap
 * whose objects die in no particular order; with several threads it shows what
 * a private heap costs when nobody needs the others'.
 *
 * The profiles differ in what is asked for and in how long it lives:
 *   alloc-test  16 .. 1023 bytes, log-uniform, a slot is empty half the time
 *   tiny        8 .. 63 bytes, a working set that fits in the L2 cache
 *   wide        16 bytes .. 32 KiB, log-uniform: crosses every cache there is
 *   young       nine blocks in ten die within 64 steps, the tenth lives long
 */
#include "bench.h"

struct profile {
	const char *name;
	size_t ops;	       /* a thread */
	size_t slots;	       /* live blocks a thread, at most */
	unsigned lo, hi;       /* sizes from 2^lo to 2^hi - 1 */
	unsigned percent_free; /* chance that a step only frees */
	unsigned percent_old;  /* chance that a block is of the long-lived */
};

static const struct profile profiles[] = {
	{ "alloc-test", 20000000, 8192, 4, 10, 50, 100 },
	{ "tiny", 24000000, 2048, 3, 6, 0, 100 },
	{ "wide", 5500000, 4096, 4, 15, 0, 100 },
	{ "young", 15000000, 65536, 4, 9, 0, 10 },
};

#define YOUNG 64 /* slots of the short-lived, at the start of the set */

static void *churn(void *arg)
{
	struct worker *w = arg;
	const struct profile *p = w->arg;
	struct block *set = must(calloc(p->slots, sizeof(*set)));
	size_t ops = scaled(p->ops), young = 0;

	for (size_t i = 0; i < ops; i++) {
		uint64_t dice = rnd(&w->seed) >> 40;
		int old = dice % 100 < p->percent_old;
		int only_free = dice / 100 % 100 < p->percent_free;
		struct block *b = &set[young++ % YOUNG];

		if (old)
			b = &set[rnd_between(&w->seed, 0, p->slots - 1)];
		w->sum += b->mem ? b->size : 0;
		block_free(b);
		if (!only_free)
			block_alloc(b, rnd_log(&w->seed, p->lo, p->hi),
				    (uint32_t)i);
	}
	for (size_t i = 0; i < p->slots; i++)
		block_free(&set[i]);
	free(set);
	return NULL;
}

int main(int argc, char **argv)
{
	struct worker w[MAX_THREADS];
	unsigned nr = thread_count(argc > 2 ? argv[2] : NULL);

	for (size_t i = 0; argc > 1 && i < NELEM(profiles); i++) {
		struct profile p = profiles[i];

		if (!strcmp(argv[1], p.name))
			return finish(run_workers(w, nr, 1, churn, &p));
	}
	usage("alloc-test|tiny|wide|young [THREADS]");
}
