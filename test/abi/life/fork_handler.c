/* SPDX-License-Identifier: MIT */
/*
 * fork_handler [THREADS [FORKS]] - a signal handler forks, whatever it
 * interrupts (glibc BZ 838).
 *
 * The signal often comes while malloc holds a lock: fork, in the handler,
 * must not wait for it. Half of the children leave at once; in a program of
 * one thread the others return from the handler, finish what was interrupted
 * and go on allocating.
 */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/time.h>
#include "../t.h"

static volatile sig_atomic_t forks, in_child;
static int single;

static void on_signal(int sig)
{
	int err = errno;
	pid_t pid;

	(void)sig;
	if (in_child)
		return;
	forks++;
	pid = fork();
	if (pid == 0) {
		alarm(10);
		if (!single || forks % 2)
			_exit(0);
		in_child = 1;
		return;
	}
	t_reap(pid);
	errno = err;
}

static void churn(uint64_t *seed, int times)
{
	static void *slot[64];
	size_t i, n;

	while (times-- > 0) {
		i = t_rand(seed) % T_NR(slot);
		n = t_rand_size(seed, times % 64 ? 13 : 18);
		slot[i] = t_good(realloc(slot[i], n + 1));
	}
}

static void *other(void *arg)
{
	uint64_t seed = (uintptr_t)arg;

	for (;;)
		free(t_good(malloc(t_rand_size(&seed, 13))));
	return NULL;
}

int main(int argc, char **argv)
{
	unsigned long nr = t_arg(argc, argv, 1, 1), i;
	int wanted = (int)t_arg(argc, argv, 2, 400);
	struct itimerval often = { { 0, 1500 }, { 0, 1500 } };
	struct sigaction act = { .sa_handler = on_signal };
	sigset_t set;
	uint64_t seed = 9;
	pthread_t tid;

	single = nr == 1;
	sigemptyset(&set);
	sigaddset(&set, SIGVTALRM);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	for (i = 1; i < nr; i++)
		CHECK(!pthread_create(&tid, NULL, other, (void *)i));
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
	CHECK(!sigaction(SIGVTALRM, &act, NULL));
	CHECK(!setitimer(ITIMER_VIRTUAL, &often, NULL));
	while (forks < wanted && !in_child)
		churn(&seed, 100);
	churn(&seed, 3000);
	_exit(0);
}
