/* SPDX-License-Identifier: MIT */
/*
 * burst.c - a threaded server after a peak.
 *
 * Pattern: every thread serves a few bursts of requests, each with some 20 MiB
 * of blocks that are all freed at its end, and then waits, alive, for the next
 * one, while another thread handles a small request every 5 ms for 1.2 s. What
 * is resident then is what thread caches and empty slabs hold on to.
 * Time is that of the bursts; the rest is not counted.
 */
#include "bench.h"

#define BURSTS	 8
#define BLOCKS	 30000
#define REST_MS	 1200
#define TICK_MS	 5
#define REQUESTS 20

static pthread_barrier_t served, stop;

static void *serve(void *arg)
{
	struct worker *w = arg;
	struct block *b = must(calloc(BLOCKS, sizeof(*b)));

	for (size_t burst = 0; burst < scaled(BURSTS); burst++) {
		for (uint32_t i = 0; i < BLOCKS; i++) {
			block_alloc(&b[i], rnd_log(&w->seed, 4, 12), i);
			w->sum += b[i].size;
		}
		for (size_t i = 0; i < BLOCKS; i++)
			block_free(&b[i]);
	}
	free(b);
	pthread_barrier_wait(&served);
	pthread_barrier_wait(&stop);
	return NULL;
}

static void rest(uint64_t *seed)
{
	double end = now() + REST_MS / 1000.0;
	struct block request[REQUESTS];

	while (now() < end) {
		sleep_ms(TICK_MS);
		for (size_t i = 0; i < REQUESTS; i++)
			block_alloc(&request[i], rnd_log(seed, 4, 10), 0);
		for (size_t i = 0; i < REQUESTS; i++)
			block_free(&request[i]);
	}
}

/* Stands between the workers and main(), which waits for them in the end. */
static void *supervise(void *arg)
{
	double start = *(double *)arg;
	uint64_t seed = 17;

	pthread_barrier_wait(&served);
	metric("time", now() - start);
	rest(&seed);
	metric("idle_rss", resident_kib());
	pthread_barrier_wait(&stop);
	return NULL;
}

int main(int argc, char **argv)
{
	struct worker w[MAX_THREADS];
	unsigned nr = thread_count(argc > 1 ? argv[1] : NULL);
	double start = now();
	pthread_t supervisor;
	uint64_t sum;

	pthread_barrier_init(&served, NULL, nr + 1);
	pthread_barrier_init(&stop, NULL, nr + 1);
	if (pthread_create(&supervisor, NULL, supervise, &start))
		wrong("cannot create a thread");
	sum = run_workers(w, nr, 18, serve, NULL);
	pthread_join(supervisor, NULL);
	return finish(sum);
}
