/* SPDX-License-Identifier: MIT */
/* A library whose constructor and destructor wait for an allocating thread. */
#include <pthread.h>
#include "../t.h"

static void *thread(void *arg)
{
	t_work(1);
	return arg;
}

static void run(void)
{
	pthread_t tid;

	CHECK(!pthread_create(&tid, NULL, thread, NULL));
	CHECK(!pthread_join(tid, NULL));
}

__attribute__((constructor)) static void load(void)
{
	run();
}

__attribute__((destructor)) static void unload(void)
{
	run();
}
