/* SPDX-License-Identifier: MIT */
/*
 * trade THREADS ROUNDS [kill|fork|endless] - threads that come and go, and free
 * and resize each other's blocks: a shared table of pointers, each exchanged
 * atomically. Sizes between 20000 and 30000 are nobody else's; in the end
 * prints how many of them were asked for, resized and freed.
 */
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SLOTS = 512, CALLS = 2000 };

static void *slot[SLOTS];
static unsigned long made, resized, freed;

static uint64_t next(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static void count(unsigned long *n)
{
	__atomic_fetch_add(n, 1, __ATOMIC_RELAXED);
}

static void *trader(void *seed)
{
	uint64_t state = (uint64_t)(uintptr_t)seed * 2654435761u + 1;

	for (int i = 0; i < CALLS; i++) {
		void **place = &slot[next(&state) % SLOTS], *mine = NULL;
		size_t size = 20000 + next(&state) % 10000;

		/* small ones, for the numbers to get ahead */
		free(malloc(next(&state) % 100));
		mine = __atomic_exchange_n(place, NULL, __ATOMIC_ACQ_REL);
		if (!mine) {
			mine = malloc(size);
			count(&made);
		} else if (next(&state) % 3) {
			mine = realloc(mine, size);
			count(&resized);
		} else {
			free(mine);
			count(&freed);
			continue;
		}
		if (!mine)
			abort();
		mine = __atomic_exchange_n(place, mine, __ATOMIC_ACQ_REL);
		if (mine) {
			free(mine);
			count(&freed);
		}
	}
	return NULL;
}

static void round_of(int threads, uintptr_t seed)
{
	pthread_t thread[64];

	for (int i = 0; i < threads; i++)
		if (pthread_create(&thread[i], NULL, trader,
				   (void *)(seed * 64 + (unsigned int)i)))
			abort();
	for (int i = 0; i < threads; i++)
		pthread_join(thread[i], NULL);
}

/* Frees what the parent made, and trades on its own. */
static void child(void)
{
	for (int i = 0; i < SLOTS; i += 2) {
		free(slot[i]);
		slot[i] = NULL;
	}
	round_of(2, 99);
	exit(0);
}

static void *killer(void *unused)
{
	usleep(300000);
	kill(getpid(), SIGKILL);
	return unused;
}

int main(int argc, char **argv)
{
	int threads = atoi(argv[1]), rounds = atoi(argv[2]), status;
	const char *how = argc > 3 ? argv[3] : "";
	pthread_t t;
	pid_t pid;

	if (!strcmp(how, "kill"))
		pthread_create(&t, NULL, killer, NULL);
	for (int i = 0; i < rounds || !strcmp(how, "kill"); i++) {
		round_of(threads, (uintptr_t)i);
		if (strcmp(how, "fork") != 0)
			continue;
		pid = fork();
		if (!pid)
			child();
		waitpid(pid, &status, 0);
		if (status)
			return 1;
	}
	printf("%lu %lu %lu\n", made, resized, freed);
	return 0;
}
