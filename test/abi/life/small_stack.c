/* SPDX-License-Identifier: MIT */
/*
 * Allocation needs little stack: threads with the smallest stack allowed
 * allocate, resize and free everything from a byte to 16 MiB.
 */
#include <limits.h>
#include <malloc.h>
#include <pthread.h>
#include "../t.h"

static void *thread(void *arg)
{
	size_t n;
	void *p;

	for (n = 1; n < 16 * T_MIB; n *= 2) {
		p = t_good(malloc(n));
		p = t_good(realloc(p, n + n / 2));
		free(p);
		free(t_good(calloc(n, 1)));
		free(t_good(aligned_alloc(n, n)));
	}
	malloc_trim(0);
	return arg;
}

int main(void)
{
	pthread_attr_t attr;
	pthread_t tid;
	int i;

	CHECK(!pthread_attr_init(&attr));
	CHECK(!pthread_attr_setstacksize(&attr, (size_t)PTHREAD_STACK_MIN));
	for (i = 0; i < 50; i++) {
		CHECK(!pthread_create(&tid, &attr, thread, NULL));
		CHECK(!pthread_join(tid, NULL));
	}
	return 0;
}
