/* SPDX-License-Identifier: MIT */
/*
 * heap.c - a heap of small blocks, all in use.
 *
 *	heap MIB	makes it, prints "ready", then waits to be killed
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BLOCK = 480 };

int main(int argc, char **argv)
{
	size_t left = argc > 1 ? (size_t)atoi(argv[1]) << 20 : 0;
	char **last = NULL;

	for (; left >= BLOCK; left -= BLOCK) {
		char **p = malloc(BLOCK);

		memset(p, 1, BLOCK);
		*p = (char *)last;
		last = p;
	}
	puts("ready");
	fflush(stdout);
	pause();
	return last != NULL;
}
