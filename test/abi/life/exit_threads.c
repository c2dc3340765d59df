/* SPDX-License-Identifier: MIT */
/*
 * main returns while threads allocate: exit handlers, destructors and the
 * threads use the heap at once, until the process is gone.
 */
#include <pthread.h>
#include "../t.h"

static void *worker(void *arg)
{
	uint64_t seed = (uintptr_t)arg;

	for (;;)
		free(t_good(malloc(t_rand_size(&seed, 20))));
	return NULL;
}

static void at_end(void)
{
	t_work(1);
}

int main(void)
{
	pthread_t tid;
	uintptr_t i;
	pid_t pid;
	int run;

	for (run = 0; run < 60; run++) {
		pid = fork();
		if (pid == 0) {
			alarm(10);
			atexit(at_end);
			for (i = 0; i < 3; i++)
				CHECK(!pthread_create(&tid, NULL, worker,
						      (void *)i));
			free(t_good(malloc(1000)));
			exit(0);
		}
		t_reap(pid);
	}
	return 0;
}
