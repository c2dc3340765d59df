/* SPDX-License-Identifier: MIT */
/*
 * larson.c - a server whose threads free each other's objects.
 *
 * Pattern: Larson and Krishnan's: every thread works on an array of blocks,
 * replacing random ones; after a while it ends and a new thread takes over an
 * array that another one filled. It stands for servers with worker threads
 * where a session's objects outlive the thread that made them.
 */
#include "bench.h"

#define GENERATIONS 16
#define SLOTS	    5000
#define OPS	    1000000 /* a thread and generation */
#define MIN_SIZE    10
#define MAX_SIZE    500

struct server {
	struct block set[MAX_THREADS][SLOTS];
	unsigned generation;
};

static void *session(void *arg)
{
	struct worker *w = arg;
	struct server *s = w->arg;
	struct block *set = s->set[(w->id + s->generation) % w->nr];
	size_t ops = scaled(OPS);

	for (size_t i = 0; i < ops; i++) {
		struct block *b = &set[rnd(&w->seed) % SLOTS];
		size_t size = rnd_between(&w->seed, MIN_SIZE, MAX_SIZE);

		block_free(b);
		block_alloc(b, size, (uint32_t)i);
		w->sum += size;
	}
	return NULL;
}

int main(int argc, char **argv)
{
	static struct server s;
	struct worker w[MAX_THREADS];
	unsigned nr = thread_count(argc > 1 ? argv[1] : NULL);
	uint64_t sum = 0;

	for (; s.generation < GENERATIONS; s.generation++)
		sum += run_workers(w, nr, 7 + s.generation * nr, session, &s);
	for (unsigned t = 0; t < nr; t++)
		for (size_t i = 0; i < SLOTS; i++)
			block_free(&s.set[t][i]);
	return finish(sum);
}
