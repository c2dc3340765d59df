/* SPDX-License-Identifier: MIT */
/*
 * A program can still make all PTHREAD_KEYS_MAX keys: an allocator that
 * needs one for itself takes it away from somebody.
 */
#include <limits.h>
#include <pthread.h>
#include "../t.h"

static void *thread(void *arg)
{
	free(t_good(malloc(100)));
	return arg;
}

int main(void)
{
	pthread_key_t key;
	pthread_t tid;
	int i;

	free(t_good(malloc(100)));
	CHECK(!pthread_create(&tid, NULL, thread, NULL));
	CHECK(!pthread_join(tid, NULL));
	for (i = 0; i < PTHREAD_KEYS_MAX; i++)
		CHECKF(!pthread_key_create(&key, NULL), "key %d of %d", i,
		       PTHREAD_KEYS_MAX);
	CHECK(pthread_key_create(&key, NULL) == EAGAIN);
	return 0;
}
