/* SPDX-License-Identifier: MIT */
/*
 * Large blocks are had, by other threads, while a process with much memory
 * forks: copying its page tables takes longer than malloc waits for a place in
 * the side arena, which has none for these.
 */
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include "../t.h"

enum { THREADS = 3, FORKS = 20, RESIDENT = 800 };

static int stop;

static void *work(void *arg)
{
	unsigned int seed = (unsigned int)(size_t)arg;
	size_t size = 0;
	char *p = NULL;

	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		size_t next = T_MIB + (size_t)(rand_r(&seed) % 32) * T_MIB;
		char *now;

		if (rand_r(&seed) % 2) {
			now = realloc(p, next);
		} else {
			free(p);
			size = 0;
			now = malloc(next);
		}
		CHECK(now);
		CHECK(!size || now[0] == 'x');
		now[0] = now[next - 1] = 'x';
		p = now;
		size = next;
	}
	free(p);
	return NULL;
}

int main(void)
{
	pthread_t thread[THREADS];
	char *much;
	int status;

	prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0); /* many page table entries */
	much = t_good(malloc(RESIDENT * T_MIB));
	memset(much, 1, RESIDENT * T_MIB);
	for (size_t i = 0; i < THREADS; i++)
		CHECK(!pthread_create(&thread[i], NULL, work, (void *)(i + 1)));
	for (int i = 0; i < FORKS; i++) {
		pid_t pid = fork();

		CHECK(pid >= 0);
		if (!pid)
			_exit(!malloc(20 * T_MIB));
		CHECK(waitpid(pid, &status, 0) == pid && !status);
	}
	__atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
	for (size_t i = 0; i < THREADS; i++)
		CHECK(!pthread_join(thread[i], NULL));
	free(much);
	return 0;
}
