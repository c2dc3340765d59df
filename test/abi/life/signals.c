/* SPDX-License-Identifier: MIT */
/*
 * Signals at a high rate, in all threads: no call fails with EINTR or sets
 * errno, and contents stay. The handler does only what a handler may.
 */
#include <pthread.h>
#include <signal.h>
#include <sys/time.h>
#include "../t.h"

static volatile sig_atomic_t ticks;
static long until;

static void on_tick(int sig)
{
	(void)sig;
	ticks = ticks + 1;
}

static void *worker(void *arg)
{
	uint64_t seed = (uintptr_t)arg;
	size_t n, m;
	void *p;

	while (t_now() < until) {
		errno = 0;
		n = t_rand_size(&seed, 23);
		m = t_rand_size(&seed, 23) + 1;
		p = t_good(malloc(n));
		n = n < 5000 ? n : 5000;
		t_fill(p, n, m);
		p = t_good(realloc(p, m));
		n = n < m ? n : m;
		CHECK(t_differs(p, n, m) == n);
		free(p);
		free(t_good(aligned_alloc(4096, m)));
		CHECK(errno == 0);
	}
	return NULL;
}

int main(void)
{
	struct itimerval often = { { 0, 200 }, { 0, 200 } };
	struct sigaction act = { .sa_handler = on_tick };
	pthread_t tid;

	CHECK(!sigaction(SIGALRM, &act, NULL));
	CHECK(!sigaction(SIGPROF, &act, NULL));
	CHECK(!setitimer(ITIMER_REAL, &often, NULL));
	CHECK(!setitimer(ITIMER_PROF, &often, NULL));
	until = t_now() + 1000;
	CHECK(!pthread_create(&tid, NULL, worker, (void *)1));
	worker((void *)2);
	CHECK(!pthread_join(tid, NULL));
	CHECKF(ticks > 100, "only %d signals came", (int)ticks);
	return 0;
}
