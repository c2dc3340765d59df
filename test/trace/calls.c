/* SPDX-License-Identifier: MIT */
/*
 * Every call of the family, in a known order: prints what a trace should say
 * of it, as `kvmalloc trace --text` does less numbers and threads. Blocks count
 * from 1. Between the marks, a malloc(777001) and a malloc(777002), nobody
 * else allocates: lines are kept in static memory.
 */
#include <errno.h>
#include <malloc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static char lines[1 << 16];
static size_t length;
static int nr_blocks;

#define say(...)                                                            \
	(length += (size_t)snprintf(lines + length, sizeof(lines) - length, \
				    __VA_ARGS__))

/* The block @p of @size bytes is there: its number. */
static int made(const char *call, void *p, size_t size)
{
	if (!p)
		abort();
	say("%s %zu = %d\n", call, size, ++nr_blocks);
	return nr_blocks;
}

static void aligned(size_t align, size_t size)
{
	char call[64];
	void *p = aligned_alloc(align, size), *q = NULL;
	int block;

	/* up to 16 it is malloc() */
	snprintf(call, sizeof(call), align > 16 ? "aligned %zu" : "malloc",
		 align);
	block = made(call, p, size);
	if (posix_memalign(&q, align, size))
		abort();
	made(call, q, size);
	free(q);
	say("free %d\n", block + 1);
	free(p);
	say("free %d\n", block);
	block = made(call, p = memalign(align, size), size);
	free(p);
	say("free %d\n", block);
}

static void *resized(void *p, int block, size_t size)
{
	uintptr_t old = (uintptr_t)p;
	void *now = realloc(p, size);

	if (!now)
		abort();
	say("realloc %d %zu %s\n", block, size,
	    (uintptr_t)now == old ? "kept" : "moved");
	return now;
}

static void chain(void)
{
	void *p = realloc(NULL, 24);
	int block = made("malloc", p, 24);
	uintptr_t old;

	for (size_t size = 30; size < 40 << 20; size = size * 7 / 4)
		p = resized(p, block, size);
	for (size_t size = 20 << 20; size > 10; size /= 3)
		p = resized(p, block, size);
	old = (uintptr_t)p;
	p = reallocarray(p, 25, 40);
	say("realloc %d 1000 %s\n", block,
	    (uintptr_t)p == old ? "kept" : "moved");
	if (realloc(p, 0))
		abort();
	say("free %d\n", block);
}

static void sizes(void)
{
	static const size_t size[] = { 0,	1,	15,	 16,
				       17,	4096,	4097,	 8192,
				       8193,	100000, 4 << 20, (4 << 20) + 1,
				       64 << 20 };
	enum { NR = sizeof(size) / sizeof(*size) };
	void *p[NR];
	int block[NR];

	for (int i = 0; i < NR; i++)
		block[i] =
			i % 2 ? made("calloc", p[i] = calloc(1, size[i]),
				     size[i]) :
				made("malloc", p[i] = malloc(size[i]), size[i]);
	free(NULL);
	for (int i = 0; i < NR; i += 2) {
		free(p[i]);
		say("free %d\n", block[i]);
	}
	for (int i = 1; i < NR; i += 2) {
		free(p[i]);
		say("free %d\n", block[i]);
	}
}

static void failing(void)
{
	volatile size_t size = (size_t)1 << 60;
	void *p = malloc(10);
	int block = made("malloc", p, 10);

	if (malloc(size) || errno != ENOMEM || realloc(p, size))
		abort();
	say("failed %zu\nfailed %zu\n", size, size);
	free(p);
	say("free %d\n", block);
}

int main(void)
{
	free(malloc(777001));
	for (int i = 0; i < 3; i++) {
		sizes();
		for (size_t align = 8; align <= 1 << 21; align *= 2)
			aligned(align, align * 3);
		chain();
		failing();
	}
	free(malloc(777002));
	fputs(lines, stdout);
	return 0;
}
