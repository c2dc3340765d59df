/* SPDX-License-Identifier: MIT */
/*
 * threads_dead - what dead threads kept is given back by the slow paths of
 * those that live: large blocks soon, all of it after a rest.
 */
#include <malloc.h>
#include <pthread.h>
#include "../t.h"

#define THREADS 8
#define LARGE	((size_t)24 << 10)
#define SMALL	((size_t)256)
#define ROUNDS	100 /* of slow paths: each cache is visited several times */

static pthread_barrier_t all;

static void use(size_t size, size_t nr)
{
	void *p[64];

	for (size_t i = 0; i < nr; i++)
		p[i] = t_good(malloc(size));
	for (size_t i = 0; i < nr; i++)
		free(p[i]);
}

static void *thread(void *arg)
{
	use(LARGE, 4);
	use(SMALL, 64);
	pthread_barrier_wait(&all); /* nobody takes over from another */
	return arg;
}

/* More than two sheaves and a barn hold, again and again. */
static void slow_paths(void)
{
	static void *p[8192];

	for (size_t n = 0; n < ROUNDS; n++) {
		for (size_t i = 0; i < T_NR(p); i++)
			p[i] = t_good(malloc(16));
		for (size_t i = 0; i < T_NR(p); i++)
			free(p[i]);
	}
}

/* Bytes that are not in use but not given back. */
static size_t kept(void)
{
	return mallinfo2().fordblks;
}

int main(void)
{
	size_t before, after;
	pthread_t tid[THREADS];

	pthread_barrier_init(&all, NULL, THREADS);
	slow_paths();
	before = kept();
	for (size_t i = 0; i < THREADS; i++)
		CHECK(!pthread_create(&tid[i], NULL, thread, NULL));
	for (size_t i = 0; i < THREADS; i++)
		CHECK(!pthread_join(tid[i], NULL));
	after = kept();
	CHECKF(after > before + THREADS * (4 * LARGE + 32 * SMALL),
	       "%zu bytes, then %zu: nothing was kept", before, after);
	slow_paths();
	CHECKF(kept() < after - THREADS * 3 * LARGE, "%zu bytes, then %zu",
	       after, kept());
	usleep(100000);
	slow_paths();
	CHECKF(kept() < before + THREADS * 32 * SMALL, "%zu bytes, then %zu",
	       before, kept());
	return 0;
}
