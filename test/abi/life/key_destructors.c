/* SPDX-License-Identifier: MIT */
/*
 * Destructors of pthread keys allocate and free in all rounds the system
 * makes (PTHREAD_DESTRUCTOR_ITERATIONS), whether their key was made before
 * or after the first allocation, hence run before or after any destructor of
 * the allocator. Nothing may be lost each time.
 */
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include "../t.h"

#define KEYS	40
#define THREADS 2000

static pthread_key_t keys[KEYS];
static atomic_uint rounds;

struct value {
	unsigned int key, round;
	void *more;
};

/* Free what the last round left, leave something for the next. */
static void destroy(void *arg)
{
	struct value *v = arg, *next;

	CHECK(t_differs(v->more, 3000, v->key) == 3000);
	atomic_fetch_add(&rounds, 1);
	if (v->round + 1 < PTHREAD_DESTRUCTOR_ITERATIONS) {
		next = t_good(malloc(sizeof(*next)));
		*next = *v;
		next->round++;
		next->more = t_good(realloc(v->more, 4000));
		CHECK(!pthread_setspecific(keys[v->key], next));
	} else {
		free(v->more);
	}
	free(v);
	free(t_good(calloc(1, 50000)));
}

static void *thread(void *arg)
{
	unsigned int i;

	for (i = 0; i < KEYS; i++) {
		struct value *v = t_good(malloc(sizeof(*v)));

		v->key = i;
		v->round = 0;
		v->more = t_good(malloc(3000));
		t_fill(v->more, 3000, i);
		CHECK(!pthread_setspecific(keys[i], v));
	}
	return arg;
}

static void make_keys(int argc, char **argv, char **envp)
{
	unsigned int i;

	(void)argc;
	(void)argv;
	(void)envp;
	for (i = 0; i < KEYS / 2; i++)
		CHECK(!pthread_key_create(&keys[i], destroy));
}

T_PREINIT(make_keys);

int main(void)
{
	size_t before = 0;
	unsigned int i;
	pthread_t tid;

	free(t_good(malloc(1)));
	for (i = KEYS / 2; i < KEYS; i++)
		CHECK(!pthread_key_create(&keys[i], destroy));
	for (i = 0; i < THREADS; i++) {
		CHECK(!pthread_create(&tid, NULL, thread, NULL));
		CHECK(!pthread_join(tid, NULL));
		if (i == 100)
			before = t_rss(getpid());
	}
	CHECK(rounds == THREADS * KEYS * PTHREAD_DESTRUCTOR_ITERATIONS);
	CHECKF(t_rss(getpid()) < before + 16 * T_MIB, "%zu KiB, then %zu",
	       before >> 10, t_rss(getpid()) >> 10);
	return 0;
}
