/* SPDX-License-Identifier: MIT */
/*
 * pairs PAIRS THREADS - a thread makes and frees blocks, PAIRS of them, from
 * 14 frames below main by 64 different ways. LIVE of them, 25 MB, live at any
 * time.
 */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LIVE = 20000, LARGEST = 2400, DEPTH = 11 };

/* A thread's own, which it writes all the time: in a line of its own. */
struct work {
	char **live;
	unsigned long pairs, bytes;
} __attribute__((aligned(128)));

static __attribute__((noinline)) void swap(struct work *w, unsigned long i)
{
	unsigned long at = i * 2654435761u % LIVE;
	size_t size = 16 + (i * 40503u >> 4) % LARGEST;

	free(w->live[at]);
	w->live[at] = malloc(size);
	memset(w->live[at], 1, 16);
	w->bytes += size;
}

typedef void step(struct work *w, unsigned long i, unsigned int way,
		  int depth);

/* The way down is the bits of `way`: two functions, each call in a frame. */
static step left, right;

static __attribute__((noinline)) void left(struct work *w, unsigned long i,
					   unsigned int way, int depth)
{
	if (!depth)
		swap(w, i);
	else
		(way & 1 ? right : left)(w, i, way >> 1, depth - 1);
	__asm__ volatile("" ::: "memory"); /* no tail call */
}

static __attribute__((noinline)) void right(struct work *w, unsigned long i,
					    unsigned int way, int depth)
{
	if (!depth)
		swap(w, i);
	else
		(way & 1 ? left : right)(w, i, way >> 1, depth - 1);
	__asm__ volatile("" ::: "memory");
}

static void *run(void *arg)
{
	struct work *w = arg;

	w->live = calloc(LIVE, sizeof(*w->live));
	for (unsigned long i = 0; i < w->pairs; i++)
		left(w, i, (unsigned int)(i * 7) % 64, DEPTH);
	for (unsigned long i = 0; i < LIVE; i++)
		free(w->live[i]);
	free(w->live);
	return NULL;
}

int main(int argc, char **argv)
{
	unsigned long pairs = argc > 1 ? strtoul(argv[1], NULL, 10) : 1000000;
	unsigned long threads = argc > 2 ? strtoul(argv[2], NULL, 10) : 1;
	unsigned long sum = 0;
	struct work w[64];
	pthread_t tid[64];

	if (!pairs || !threads || threads > 64) {
		fprintf(stderr, "usage: pairs PAIRS THREADS (1 to 64)\n");
		return 2;
	}
	for (unsigned long t = 0; t < threads; t++)
		w[t] = (struct work){ .pairs = pairs / threads };
	if (threads == 1) {
		run(&w[0]);
		sum = w[0].bytes;
	}
	for (unsigned long t = 0; threads > 1 && t < threads; t++)
		if (pthread_create(&tid[t], NULL, run, &w[t]))
			return 1;
	for (unsigned long t = 0; threads > 1 && t < threads; t++) {
		pthread_join(tid[t], NULL);
		sum += w[t].bytes;
	}
	printf("%lu\n", sum);
	return 0;
}
