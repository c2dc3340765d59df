/* SPDX-License-Identifier: MIT */
/*
 * Handlers of pthread_atfork allocate and free, in prepare, parent and
 * child, registered before and after the allocator's first call, while other
 * threads allocate: prepare handlers may run after those of the allocator.
 */
#include <pthread.h>
#include <stdatomic.h>
#include "../t.h"

static atomic_bool stop;
static void *kept;

static void handler(void)
{
	void *p = t_good(malloc(3000));
	void *q = t_good(calloc(1, 70000));

	free(kept);
	kept = t_good(realloc(p, 5 * T_KIB));
	free(q);
}

static void register_early(int argc, char **argv, char **envp)
{
	(void)argc;
	(void)argv;
	(void)envp;
	CHECK(!pthread_atfork(handler, handler, handler));
}

T_PREINIT(register_early);

static void *worker(void *arg)
{
	uint64_t seed = (uintptr_t)arg;

	while (!stop)
		free(t_good(malloc(t_rand_size(&seed, 17))));
	return NULL;
}

int main(void)
{
	pthread_t tid[2];
	uintptr_t i;
	pid_t pid;

	t_work(1);
	CHECK(!pthread_atfork(handler, handler, handler));
	for (i = 0; i < T_NR(tid); i++)
		CHECK(!pthread_create(&tid[i], NULL, worker, (void *)i));
	for (i = 0; i < 150; i++) {
		pid = fork();
		if (pid == 0) {
			alarm(10);
			t_work(i);
			exit(0);
		}
		t_reap(pid);
	}
	stop = 1;
	for (i = 0; i < T_NR(tid); i++)
		CHECK(!pthread_join(tid[i], NULL));
	return 0;
}
