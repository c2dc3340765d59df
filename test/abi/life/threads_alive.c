/* SPDX-License-Identifier: MIT */
/*
 * threads_alive [N] - a thousand threads alive at once, each with some
 * blocks: all get memory, and a thread costs little beyond what it holds.
 */
#include <pthread.h>
#include "../t.h"

static pthread_barrier_t all_hold, may_free;

static void *thread(void *arg)
{
	uint64_t seed = (uintptr_t)arg;
	void *p[16];
	size_t n[16], i;

	for (i = 0; i < 16; i++) {
		n[i] = t_rand_size(&seed, 12);
		p[i] = t_good(malloc(n[i]));
		t_fill(p[i], n[i], i);
	}
	pthread_barrier_wait(&all_hold);
	pthread_barrier_wait(&may_free);
	for (i = 0; i < 16; i++) {
		CHECK(t_differs(p[i], n[i], i) == n[i]);
		free(p[i]);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	static pthread_t tid[10000];
	unsigned int nr = (unsigned int)t_arg(argc, argv, 1, 1000), i;
	size_t rss;

	CHECK(nr <= T_NR(tid));
	pthread_barrier_init(&all_hold, NULL, nr + 1);
	pthread_barrier_init(&may_free, NULL, nr + 1);
	for (i = 0; i < nr; i++)
		CHECK(!pthread_create(&tid[i], NULL, thread,
				      (void *)(uintptr_t)(i + 1)));
	pthread_barrier_wait(&all_hold);
	rss = t_rss(getpid());
	CHECKF(rss < 16 * T_MIB + nr * 128 * T_KIB, "%zu MiB resident",
	       rss >> 20);
	pthread_barrier_wait(&may_free);
	for (i = 0; i < nr; i++)
		CHECK(!pthread_join(tid[i], NULL));
	t_work(1);
	return 0;
}
