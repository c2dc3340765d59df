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

#define OBJECT 8       /* bytes; each is written often */
#define WRITES 50      /* fits a char */
#define ROUNDS 1000000 /* a thread */

/* All bytes in turn, so that no write waits for the one before it. */
static void write_often(volatile char *object)
{
	for (unsigned n = 0; n < WRITES; n++)
		for (size_t i = 0; i < OBJECT; i++)
			object[i] = (char)(object[i] + 1);
}

static void *writes(void *arg)
{
	struct worker *w = arg;
	void **given = w->arg;
	size_t rounds = scaled(ROUNDS);

	if (given)
		free(given[w->id]);
	for (size_t i = 0; i < rounds; i++) {
		char *object = must(malloc(OBJECT));

		memset(object, 0, OBJECT);
		write_often(object);
		for (size_t n = 0; n < OBJECT; n++)
			w->sum += (uint64_t)object[n];
		free(object);
	}
	if (w->sum != rounds * WRITES * OBJECT)
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
