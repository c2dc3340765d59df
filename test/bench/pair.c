/* SPDX-License-Identifier: MIT */
/*
 * pair.c - nanoseconds of one malloc and one free, by size and pattern.
 *
 * Patterns:
 *   pair    free at once: the shortest path, always the same block
 *   lifo    64 blocks, then the last first: what a small cache can hold
 *   random  replacement in a working set, which is larger the smaller the size
 * The first byte of each block is written, as any program would. A chunk of
 * operations long enough for the clock is timed a few times and the best
 * counts: noise only adds. Pinned to one CPU. Prints lines
 *   PATTERN SIZE NANOSECONDS
 */
#include "bench.h"

#define BATCH	      64
#define MAX_SET	      4096
#define CHUNK_SECONDS 200e-6
#define ROUNDS	      5

static const size_t sizes[] = {
	16,	  64,	    256,       KIB,	   4 * KIB,
	16 * KIB, 64 * KIB, 256 * KIB, 1024 * KIB, 4096 * KIB,
};

static char *set[MAX_SET];
static uint32_t order[MAX_SET]; /* random indices, drawn beforehand */

static char *get(size_t size)
{
	char *p = must(malloc(size));

	*(volatile char *)p = 1;
	return p;
}

static void run_pair(size_t size, size_t ops)
{
	while (ops--)
		free(get(size));
}

static void run_lifo(size_t size, size_t ops)
{
	for (; ops; ops -= BATCH) {
		for (size_t i = 0; i < BATCH; i++)
			set[i] = get(size);
		for (size_t i = BATCH; i-- > 0;)
			free(set[i]);
	}
}

/* The set stays filled from one call to the next, until it is dropped. */
static void run_random(size_t size, size_t ops)
{
	for (size_t i = 0; i < ops; i++) {
		char **slot = &set[order[i % MAX_SET]];

		free(*slot);
		*slot = get(size);
	}
}

static size_t set_size(size_t size)
{
	return size <= 4 * KIB ? MAX_SET : size <= 64 * KIB ? 256 : 32;
}

static void drop_set(void)
{
	for (size_t i = 0; i < MAX_SET; i++) {
		free(set[i]);
		set[i] = NULL;
	}
}

static double time_of(void (*run)(size_t, size_t), size_t size, size_t ops)
{
	double start = now();

	run(size, ops);
	return now() - start;
}

static double best(void (*run)(size_t, size_t), size_t size)
{
	size_t ops = BATCH;
	double least, t;

	while ((least = time_of(run, size, ops)) < CHUNK_SECONDS)
		ops *= 2;
	for (unsigned i = 0; i < ROUNDS; i++) {
		t = time_of(run, size, ops);
		if (t < least)
			least = t;
	}
	return least / (double)ops * 1e9;
}

int main(void)
{
	uint64_t seed = 16;
	cpu_set_t cpu;

	CPU_ZERO(&cpu);
	CPU_SET(sched_getcpu(), &cpu);
	sched_setaffinity(0, sizeof(cpu), &cpu);
	for (size_t i = 0; i < NELEM(sizes); i++) {
		size_t size = sizes[i];

		printf("pair %zu %.2f\n", size, best(run_pair, size));
		printf("lifo %zu %.2f\n", size, best(run_lifo, size));
		memset(set, 0, sizeof(set));
		for (size_t n = 0; n < MAX_SET; n++)
			order[n] = (uint32_t)(rnd(&seed) % set_size(size));
		printf("random %zu %.2f\n", size, best(run_random, size));
		drop_set();
	}
	return 0;
}
