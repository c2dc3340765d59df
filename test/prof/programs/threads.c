/* SPDX-License-Identifier: MIT */
/*
 * threads - MAKERS threads make blocks, each frees half of its own, another
 * thread the others but for a few; generations of threads take over from each
 * other.
 */
#include <pthread.h>
#include <stdatomic.h>

#include "p.h"

enum { MAKERS = 4, ROUNDS = 3, BLOCKS = 20000, HELD = 5 };

static void *_Atomic box[MAKERS][BLOCKS / 2];

MARK(make) static void *make(size_t n)
{
	void *p = malloc(n);

	P_FRAME;
	return p;
}

MARK(reap) static void *reap(void *arg)
{
	size_t all = 0, goal = MAKERS * (BLOCKS / 2 - HELD);

	while (all < goal)
		for (size_t m = 0; m < MAKERS; m++)
			for (size_t i = HELD; i < BLOCKS / 2; i++) {
				void *p = atomic_exchange(&box[m][i], NULL);

				free(p);
				all += p != NULL;
			}
	return arg;
}

static void *maker(void *arg)
{
	size_t m = (size_t)arg;

	for (size_t i = 0; i < BLOCKS / 2; i++) {
		free(make(16 + i % 1000));
		box[m][i] = make(16 + i % 1000);
	}
	return NULL;
}

int main(void)
{
	pthread_t tid[MAKERS], reaper;
	size_t one = 0;

	p_about_me(0);
	for (size_t i = 0; i < BLOCKS / 2; i++)
		one += 2 * (16 + i % 1000);
	for (size_t r = 0; r < ROUNDS; r++) {
		P_CHECK(!pthread_create(&reaper, NULL, reap, NULL));
		for (size_t m = 0; m < MAKERS; m++)
			P_CHECK(!pthread_create(&tid[m], NULL, maker,
						(void *)m));
		for (size_t m = 0; m < MAKERS; m++)
			P_CHECK(!pthread_join(tid[m], NULL));
		P_CHECK(!pthread_join(reaper, NULL));
	}
	p_expect(make, "allocs=%d asked=%zu frees=%d live=%d stacks=2",
		 ROUNDS * MAKERS * BLOCKS, ROUNDS * MAKERS * one,
		 ROUNDS * MAKERS * (BLOCKS - HELD), ROUNDS * MAKERS * HELD);
	p_expect(reap, "allocs=0");
	return 0;
}
