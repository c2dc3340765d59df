/* SPDX-License-Identifier: MIT */
/*
 * double_free_thread SIZE - freed by one thread and again by another, which
 * ends: what it held goes back, and the object must be seen to be free.
 */
#include <malloc.h>
#include <pthread.h>
#include "misuse.h"

static void *thread(void *p)
{
	free(p);
	return NULL;
}

int main(int argc, char **argv)
{
	void *p = t_good(malloc(t_arg(argc, argv, 1, 64)));
	pthread_t tid;

	free(p);
	CHECK(!pthread_create(&tid, NULL, thread, wrong(p)));
	CHECK(!pthread_join(tid, NULL));
	malloc_trim(0);
	return 0;
}
