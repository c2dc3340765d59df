/* SPDX-License-Identifier: MIT */
/*
 * pins.c - a program with known pins: 64,000 blocks of 256 bytes by one
 * function, all freed but each 64th by another, which keeps every block it
 * ever made. What stays holds mostly empty slabs.
 *
 *   pins [wait]    "wait": says "ready" and waits to be killed
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
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

/* enough calls that what is done now and then is done */
static void churn(void)
{
	for (int i = 0; i < 2000; i++) {
		void *volatile p = malloc(100000 + (size_t)i);

		free(p);
	}
}

int main(int argc, char **argv)
{
	(void)argv;
	for (int i = 0; i < BLOCKS; i++)
		if (i % KEPT)
			gone[i] = passing();
		else
			kept[i / KEPT] = keeper();
	for (int i = 0; i < BLOCKS; i++)
		free(gone[i]);
	if (argc > 1) {
		for (int i = 0; i < 20; i++) {
			churn();
			usleep(20000);
		}
		puts("ready");
		fflush(stdout);
		pause();
	}
	return kept[0] ? 0 : 1;
}
