/* SPDX-License-Identifier: MIT */
/*
 * Threads are cancelled while they allocate (deferred): none takes a lock of
 * the allocator with it, and their memory is found again. The allocating
 * calls themselves are no cancellation points.
 */
#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include "../t.h"

static atomic_int got_through;

static void release(void *arg)
{
	free(*(void **)arg);
}

static void loop(void **p, uint64_t seed)
{
	for (;;) {
		*p = t_good(realloc(*p, t_rand_size(&seed, 18) + 1));
		pthread_testcancel();
	}
}

static void *loops(void *arg)
{
	static __thread void *p;

	pthread_cleanup_push(release, &p);
	loop(&p, (uintptr_t)arg);
	pthread_cleanup_pop(1);
	return NULL;
}

/* All calls, with a cancellation pending. */
static void *pending(void *arg)
{
	size_t n;
	void *p;

	pthread_cancel(pthread_self());
	for (n = 1; n <= 40 * T_MIB; n *= 3) {
		p = t_good(malloc(n));
		p = t_good(realloc(p, 2 * n));
		free(t_good(calloc(1, n)));
		free(t_good(aligned_alloc(65536, n)));
		CHECK(malloc_usable_size(p) >= 2 * n);
		free(p);
		malloc_trim(0);
	}
	got_through++;
	pthread_testcancel();
	CHECKF(0, "was not cancelled at all");
	return arg;
}

int main(void)
{
	size_t before = 0;
	pthread_t tid;
	uintptr_t i;
	void *ret;

	for (i = 0; i < 1000; i++) {
		CHECK(!pthread_create(&tid, NULL, loops, (void *)i));
		free(t_good(malloc(i * 100)));
		CHECK(!pthread_cancel(tid));
		CHECK(!pthread_join(tid, &ret) && ret == PTHREAD_CANCELED);
		if (i == 100)
			before = t_rss(getpid());
	}
	CHECKF(t_rss(getpid()) < before + 16 * T_MIB, "%zu KiB, then %zu",
	       before >> 10, t_rss(getpid()) >> 10);
	for (i = 0; i < 20; i++) {
		CHECK(!pthread_create(&tid, NULL, pending, NULL));
		CHECK(!pthread_join(tid, &ret) && ret == PTHREAD_CANCELED);
	}
	CHECKF(got_through == 20, "cancelled inside an allocating call");
	return 0;
}
