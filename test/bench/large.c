/* SPDX-License-Identifier: MIT */
/*
 * large.c - blocks larger than any small-object cache.
 *
 * Patterns:
 *   big     16 KiB .. 1 MiB, log-uniform, random replacement in 64 slots, all
 *           pages touched: I/O buffers, images, matrices
 *   reuse   three frame buffers of 1.5, 6 and 24 MiB, made, filled and dropped
 *           for each frame: keep the memory, or fault it in again
 *   random  1 .. 64 MiB in 6 slots, replaced at random, all pages touched, as
 *           in malloc-large: sizes never repeat, so reuse means splitting
 *   sparse  1 .. 64 MiB of which only both ends are touched: sparse tables and
 *           arenas, where a block should cost its two pages and no more
 */
#include "bench.h"

#define MAX_SLOTS 64

struct mode {
	const char *name;
	unsigned lo, hi; /* sizes from 2^lo to 2^hi - 1 */
	size_t ops;
	size_t slots;
	int touch; /* all pages */
};

static const struct mode modes[] = {
	{ "big", 14, 20, 220000, 64, 1 },
	{ "random", 20, 26, 90, 6, 1 },
	{ "sparse", 20, 26, 120000, 16, 0 },
};

static uint64_t replace(const struct mode *m)
{
	struct block set[MAX_SLOTS] = { { NULL, 0, 0 } };
	size_t ops = scaled(m->ops);
	uint64_t seed = 13, sum = 0;

	for (size_t i = 0; i < ops; i++) {
		struct block *b = &set[rnd(&seed) % m->slots];

		block_free(b);
		block_alloc(b, rnd_log(&seed, m->lo, m->hi), (uint32_t)i);
		if (m->touch) /* between the stamps */
			touch_pages(b->mem + 64, b->size - 128);
		sum += b->size;
	}
	for (size_t i = 0; i < m->slots; i++)
		block_free(&set[i]);
	return sum;
}

static uint64_t reuse(void)
{
	static const size_t kib[] = { 1536, 6144, 24576 };
	struct block frame[NELEM(kib)];
	size_t frames = scaled(120);
	uint64_t sum = 0;

	for (size_t i = 0; i < frames; i++) {
		for (size_t f = 0; f < NELEM(kib); f++) {
			block_alloc(&frame[f], kib[f] * KIB, (uint32_t)i);
			memset(frame[f].mem + 64, (int)i, frame[f].size - 128);
			sum += frame[f].size;
		}
		for (size_t f = 0; f < NELEM(kib); f++)
			block_free(&frame[f]);
	}
	return sum;
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "reuse"))
		return finish(reuse());
	for (size_t i = 0; argc > 1 && i < NELEM(modes); i++)
		if (!strcmp(argv[1], modes[i].name))
			return finish(replace(&modes[i]));
	usage("big|reuse|random|sparse");
}
