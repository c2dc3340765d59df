/* SPDX-License-Identifier: MIT */
/*
 * threads_churn [N] - many short threads, one or four at a time, each
 * allocates and frees; at the end no more memory is in use than after the
 * first few.
 */
#include <pthread.h>
#include "../t.h"

static void *thread(void *arg)
{
	uint64_t seed = (uintptr_t)arg;
	void *p[32];
	size_t i, n;

	for (i = 0; i < T_NR(p); i++) {
		n = t_rand_size(&seed, 14);
		p[i] = t_good(malloc(n));
		t_fill(p[i], n < 64 ? n : 64, i);
	}
	for (i = 0; i < T_NR(p); i++)
		free(p[i]);
	return NULL;
}

int main(int argc, char **argv)
{
	unsigned long nr = t_arg(argc, argv, 1, 10000), i, k;
	unsigned long width;
	size_t before = 0;
	pthread_t tid[4];

	for (i = 0; i < nr; i += width) {
		width = i % 64 < 32 ? 1 : 4;
		if (i <= 400)
			before = t_rss(getpid());
		for (k = 0; k < width; k++)
			CHECK(!pthread_create(&tid[k], NULL, thread,
					      (void *)(i + k)));
		for (k = 0; k < width; k++)
			CHECK(!pthread_join(tid[k], NULL));
	}
	CHECKF(t_rss(getpid()) < before + 16 * T_MIB, "%zu KiB, then %zu",
	       before >> 10, t_rss(getpid()) >> 10);
	return 0;
}
