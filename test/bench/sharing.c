/* SPDX-License-Identifier: MIT */
/*
 * sharing.c - false sharing, as in Hoard's cache-thrash and cache-scratch.
 *
 * Patterns:
 *   active   every thread allocates a small block, writes it many times and
 *            frees it: blocks of different threads must not share a line
 *   passive  the main thread allocates a block for each thread, side by side;
 *            each thread frees the one it was given and then does the same: an
 *            allocator that hands the freed block out again to that thread
 *            keeps threads on one line for ever
 * With no sharing at all, time is that of the writes alone.
 */
#include "bench.h"

#define OBJECT 8
#define WRITES 100
#define ROUNDS 2000000 /* a thread */

static void *writes(void *arg)
{
	struct worker *w = arg;
	void **given = w->arg;
	size_t rounds = scaled(ROUNDS);

	if (given)
		free(given[w->id]);
	for (size_t i = 0; i < rounds; i++) {
		volatile uint64_t *object = must(malloc(OBJECT));

		*object = 0;
		for (unsigned n = 0; n < WRITES; n++)
			*object = *object + 1;
		w->sum += *object;
		free((void *)(uintptr_t)object);
	}
	if (w->sum != rounds * WRITES)
		wrong("writes were lost");
	return NULL;
}

int main(int argc, char **argv)
{
	struct worker w[MAX_THREADS];
	void *given[MAX_THREADS];
	unsigned nr = thread_count(argc > 2 ? argv[2] : "2");
	int passive = argc > 1 && !strcmp(argv[1], "passive");

	if (!passive && (argc < 2 || strcmp(argv[1], "active")))
		usage("active|passive [THREADS]");
	for (unsigned i = 0; passive && i < nr; i++)
		given[i] = must(malloc(OBJECT));
	return finish(run_workers(w, nr, 11, writes, passive ? given : NULL));
}
