/* SPDX-License-Identifier: MIT */
/*
 * pins.c - a program with known pins: 64,000 blocks of 256 bytes by one
 * function, all freed but each 64th by another, which keeps every block it
 * ever made. What stays holds mostly empty slabs.
 *
 *   pins [wait|fork]   wait: says "ready" and waits to be killed; fork: says
 *			the number of a child, which goes on a little
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { BLOCKS = 64000, KEPT = 64, SIZE = 256 };

static void *kept[BLOCKS / KEPT], *gone[BLOCKS];

__attribute__((noinline)) static void *keeper(void)
{
	void *p = malloc(SIZE);

	return memset(p, 1, SIZE);
}

__attribute__((noinline)) static void *passing(void)
{
	void *p = malloc(SIZE);

	return memset(p, 2, SIZE);
}

/* long enough that what is done now and then is done */
static void churn(void)
{
	for (int i = 0; i < 40000; i++) {
		void *volatile p = malloc(100000 + (size_t)i % 1000);

		free(p);
		if (i % 2000 == 0)
			usleep(20000);
	}
}

static void stay(const char *how)
{
	pid_t child = *how == 'f' ? fork() : 0;

	if (child) {
		printf("%d\n", (int)child);
		waitpid(child, NULL, 0);
		return;
	}
	churn();
	if (*how == 'f')
		return;
	puts("ready");
	fflush(stdout);
	pause();
}

int main(int argc, char **argv)
{
	for (int i = 0; i < BLOCKS; i++)
		if (i % KEPT)
			gone[i] = passing();
		else
			kept[i / KEPT] = keeper();
	for (int i = 0; i < BLOCKS; i++)
		free(gone[i]);
	if (argc > 1)
		stay(argv[1]);
	return kept[0] ? 0 : 1;
}
