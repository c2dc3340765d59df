/* SPDX-License-Identifier: MIT */
/*
 * Blocks outlive the thread that allocated them: main verifies, resizes and
 * frees them after the thread's end, and the memory serves later threads.
 */
#include <pthread.h>
#include "../t.h"

#define NR 200

static void *block[NR];
static size_t size[NR];

static void *thread(void *arg)
{
	uint64_t seed = (uintptr_t)arg;
	size_t i;

	for (i = 0; i < NR; i++) {
		size[i] = t_rand_size(&seed, i ? 14 : 22);
		block[i] = t_good(malloc(size[i]));
		t_fill(block[i], size[i], i);
	}
	return NULL;
}

int main(void)
{
	size_t before = 0, i;
	uintptr_t round;
	pthread_t tid;

	for (round = 0; round < 500; round++) {
		CHECK(!pthread_create(&tid, NULL, thread, (void *)round));
		CHECK(!pthread_join(tid, NULL));
		for (i = 0; i < NR; i++) {
			CHECK(t_differs(block[i], size[i], i) == size[i]);
			if (i % 8 == 0)
				block[i] = t_good(realloc(block[i], 100));
			free(block[i]);
		}
		if (round == 50)
			before = t_rss(getpid());
	}
	CHECKF(t_rss(getpid()) < before + 16 * T_MIB, "%zu KiB, then %zu",
	       before >> 10, t_rss(getpid()) >> 10);
	return 0;
}
