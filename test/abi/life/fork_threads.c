/* SPDX-License-Identifier: MIT */
/*
 * fork_threads [FORKS] - each of 4 threads allocates and forks at any time.
 *
 * The child of a threaded program may use malloc (glibc's promise): it frees
 * and resizes blocks of all parent's threads, allocates, starts a thread,
 * and exits through exit(). A lock left held in the child is a hang, which
 * the child's alarm turns into a failure. Locks: lock guards shared[], and
 * is held by the thread that forks, so the child finds it consistent.
 */
#include <pthread.h>
#include "../t.h"

#define THREADS 4
#define SHARED	64

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static void *shared[SHARED];
static unsigned long forks;

static void churn(uint64_t *seed, int times)
{
	void *p[32] = { NULL };
	size_t i, n;

	while (times-- > 0) {
		i = t_rand(seed) % T_NR(p);
		n = t_rand_size(seed, times % 16 ? 12 : 21);
		free(p[i]);
		p[i] = t_good(malloc(n));
		t_fill(p[i], n < 100 ? n : 100, i);
	}
	for (i = 0; i < T_NR(p); i++)
		free(p[i]);
}

static void *child_thread(void *arg)
{
	uint64_t seed = 5;

	churn(&seed, 300);
	return arg;
}

__attribute__((noreturn)) static void child(uint64_t seed)
{
	pthread_t tid;
	size_t i;

	alarm(10);
	for (i = 0; i < SHARED; i++) {
		CHECK(t_differs(shared[i], 500, i) == 500);
		if (i % 3 == 0)
			shared[i] = t_good(realloc(shared[i], 100 + i * 300));
		CHECK(t_differs(shared[i], 100, i) == 100);
		free(shared[i]);
	}
	churn(&seed, 1000);
	CHECK(!pthread_create(&tid, NULL, child_thread, NULL));
	churn(&seed, 300);
	CHECK(!pthread_join(tid, NULL));
	exit(0);
}

static void *worker(void *arg)
{
	uint64_t seed = (uintptr_t)arg;
	unsigned long i;
	size_t k;
	pid_t pid;

	for (i = 0; i < forks / THREADS; i++) {
		churn(&seed, (int)(t_rand(&seed) % 200));
		pthread_mutex_lock(&lock);
		k = t_rand(&seed) % SHARED;
		free(shared[k]);
		shared[k] = t_good(malloc(500));
		t_fill(shared[k], 500, k);
		pid = fork();
		if (pid == 0)
			child(seed);
		pthread_mutex_unlock(&lock);
		t_reap(pid);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t tid[THREADS];
	size_t i;

	forks = t_arg(argc, argv, 1, 300);
	for (i = 0; i < SHARED; i++) {
		shared[i] = t_good(malloc(500));
		t_fill(shared[i], 500, i);
	}
	for (i = 0; i < THREADS; i++)
		CHECK(!pthread_create(&tid[i], NULL, worker, (void *)(i + 1)));
	for (i = 0; i < THREADS; i++)
		CHECK(!pthread_join(tid[i], NULL));
	return 0;
}
