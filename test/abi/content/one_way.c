/* SPDX-License-Identifier: MIT */
/*
 * one_way [BLOCKS] - one thread only allocates, the other only frees.
 *
 * Contents are checked on arrival, and memory must be found again: the peak
 * stays far below the sum of all blocks (a thread that only frees must not
 * hoard). Ring of blocks; head and tail are each written by one side.
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include "../t.h"

#define RING 4096

static _Atomic(unsigned long) head, tail;
static struct {
	void *p;
	size_t n;
} ring[RING];
static unsigned long nr_blocks;

static void *consumer(void *arg)
{
	unsigned long i;

	for (i = 0; i < nr_blocks; i++) {
		while (atomic_load(&head) == i)
			sched_yield();
		CHECKF(t_differs(ring[i % RING].p, ring[i % RING].n, i) ==
			       ring[i % RING].n,
		       "block %lu of %zu bytes", i, ring[i % RING].n);
		free(ring[i % RING].p);
		atomic_store(&tail, i + 1);
	}
	return arg;
}

int main(int argc, char **argv)
{
	uint64_t seed = 1;
	pthread_t tid;
	unsigned long i;
	size_t n;

	nr_blocks = t_arg(argc, argv, 1, 300000);
	CHECK(!pthread_create(&tid, NULL, consumer, NULL));
	for (i = 0; i < nr_blocks; i++) {
		while (i - atomic_load(&tail) == RING)
			sched_yield();
		n = t_rand_size(&seed, i % 64 ? 11 : 16);
		ring[i % RING].p = t_good(malloc(n));
		ring[i % RING].n = n;
		t_fill(ring[i % RING].p, n, i);
		atomic_store(&head, i + 1);
	}
	CHECK(!pthread_join(tid, NULL));
	CHECKF(t_rss(getpid()) < 64 * T_MIB, "%zu MiB resident",
	       t_rss(getpid()) >> 20);
	return 0;
}
