/* SPDX-License-Identifier: MIT */
/*
 * Only functions every C library has; built with musl's compiler wrapper
 * too: the preloaded library must not need symbols musl lacks.
 */
#include <pthread.h>
#include "../t.h"

static void *thread(void *arg)
{
	t_work((uintptr_t)arg);
	return arg;
}

int main(void)
{
	pthread_t tid[3];
	uintptr_t i;
	pid_t pid;

	for (i = 0; i < 3; i++)
		CHECK(!pthread_create(&tid[i], NULL, thread, (void *)i));
	for (i = 0; i < 3; i++)
		CHECK(!pthread_join(tid[i], NULL));
	pid = fork();
	if (pid == 0) {
		t_work(1);
		exit(0);
	}
	t_reap(pid);
	return 0;
}
