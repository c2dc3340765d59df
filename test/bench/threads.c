/* SPDX-License-Identifier: MIT */
/*
 * threads.c - threads that come, allocate a little, and go.
 *
 * Patterns:
 *   churn  pools of 8 threads, made and joined again and again; a tenth of
 *          each thread's blocks is left to the main thread to free. A thread
 *          per request: what setting up and tearing down a heap costs.
 *   leak   one thread after another, each with a few larger blocks, as in the
 *          test for leaks of dead threads' heaps: peak RSS must stay that of
 *          one thread. All on one CPU: no two run at once, and whether the
 *          system starts the next one here or there would be half of the time.
 */
#include "bench.h"

#define POOLS	     600
#define POOL	     8
#define CHURN_BLOCKS 600
#define LEFT	     60 /* of them, for the main thread */
#define LIVES	     10000
#define LEAK_BLOCKS  40

struct life {
	struct block block[CHURN_BLOCKS];
};

static struct life lives[POOL];

static void *churn(void *arg)
{
	struct worker *w = arg;
	struct block *b = lives[w->id].block;

	for (uint32_t i = 0; i < CHURN_BLOCKS; i++) {
		block_alloc(&b[i], rnd_log(&w->seed, 4, 11), i);
		w->sum += b[i].size;
	}
	for (size_t i = LEFT; i < CHURN_BLOCKS; i++)
		block_free(&b[i]);
	return NULL;
}

static void *leak(void *arg)
{
	struct worker *w = arg;
	struct block *b = lives[0].block;

	for (uint32_t i = 0; i < LEAK_BLOCKS; i++) {
		block_alloc(&b[i], rnd_log(&w->seed, 6, 15), i);
		w->sum += b[i].size;
	}
	for (size_t i = 0; i < LEAK_BLOCKS; i++)
		block_free(&b[i]);
	return NULL;
}

static void stay_on_this_cpu(void)
{
	int here = sched_getcpu();
	cpu_set_t cpu;

	CPU_ZERO(&cpu);
	if (here >= 0 && here < CPU_SETSIZE)
		CPU_SET(here, &cpu);
	/* The system refuses an empty set: all CPUs, then. */
	sched_setaffinity(0, sizeof(cpu), &cpu);
}

int main(int argc, char **argv)
{
	struct worker w[POOL];
	uint64_t sum = 0;

	if (argc > 1 && !strcmp(argv[1], "leak")) {
		stay_on_this_cpu();
		for (size_t i = 0; i < scaled(LIVES); i++)
			sum += run_workers(w, 1, 10 + i, leak, NULL);
		return finish(sum);
	}
	if (argc < 2 || strcmp(argv[1], "churn"))
		usage("churn|leak");
	for (size_t i = 0; i < scaled(POOLS); i++) {
		sum += run_workers(w, POOL, 10 + i * POOL, churn, NULL);
		for (size_t t = 0; t < POOL; t++)
			for (size_t j = 0; j < LEFT; j++)
				block_free(&lives[t].block[j]);
	}
	return finish(sum);
}
