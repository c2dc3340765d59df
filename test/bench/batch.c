/* SPDX-License-Identifier: MIT */
/*
 * batch.c - allocate a batch of blocks, then free all of it.
 *
 * Pattern: a request's objects are built and dropped together. The order in
 * which they are dropped decides how well an allocator reuses them:
 *   lifo    the last first, as nested calls and destructors do
 *   fifo    the first first, as queues and lists do
 *   random  in shuffled order, as hash tables do
 *   simple  the first first with one size, batches of 25, 100, 400 and 1600 in
 *           turn: what glibc's malloc-simple benchmark does
 * The other modes take batches of 16 to 1024 blocks of 16 to 1023 bytes.
 */
#include "bench.h"

#define OPS	    32000000 /* blocks a thread */
#define MAX_BATCH   1600
#define SIMPLE_SIZE 128

enum order { LIFO, FIFO, RANDOM, SIMPLE };

static const char *const orders[] = {
	[LIFO] = "lifo",
	[FIFO] = "fifo",
	[RANDOM] = "random",
	[SIMPLE] = "simple",
};

static const uint32_t simple_counts[] = { 25, 100, 400, 1600 };

struct batch {
	struct block block[MAX_BATCH];
	uint32_t order[MAX_BATCH]; /* shuffled once a batch length */
};

static void batch_order(struct batch *b, enum order order, uint32_t nr,
			uint64_t *seed)
{
	for (uint32_t i = 0; i < nr; i++)
		b->order[i] = order == LIFO ? nr - 1 - i : i;
	if (order == RANDOM)
		shuffle(b->order, nr, seed);
}

static uint64_t batch_run(struct batch *b, enum order order, uint32_t nr,
			  uint64_t *seed)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < nr; i++) {
		size_t size = SIMPLE_SIZE;

		if (order != SIMPLE)
			size = rnd_log(seed, 4, 10);
		block_alloc(&b->block[i], size, i);
		sum += size;
	}
	for (uint32_t i = 0; i < nr; i++)
		block_free(&b->block[b->order[i]]);
	return sum;
}

static void *batches(void *arg)
{
	struct worker *w = arg;
	enum order order = *(const enum order *)w->arg;
	struct batch *b = must(calloc(1, sizeof(*b)));
	size_t ops = scaled(OPS);

	for (size_t done = 0, round = 0; done < ops; round++) {
		uint32_t nr = 16u << round % 7;

		if (order == SIMPLE)
			nr = simple_counts[round % NELEM(simple_counts)];
		batch_order(b, order, nr, &w->seed);
		for (uint32_t i = 0; i < 3200; i += nr, done += nr)
			w->sum += batch_run(b, order, nr, &w->seed);
	}
	free(b);
	return NULL;
}

int main(int argc, char **argv)
{
	struct worker w[MAX_THREADS];
	unsigned nr = thread_count(argc > 2 ? argv[2] : NULL);

	for (enum order o = 0; argc > 1 && o < NELEM(orders); o++)
		if (!strcmp(argv[1], orders[o]))
			return finish(run_workers(w, nr, 3, batches, &o));
	usage("lifo|fifo|random|simple [THREADS]");
}
