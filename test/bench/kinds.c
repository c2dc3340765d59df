/* SPDX-License-Identifier: MIT */
/*
 * kinds.c - the other entrances: calloc and aligned_alloc.
 *
 * Pattern: a working set of random replacement, as in churn.c.
 *   calloc   64 bytes .. 32 KiB cleared; the result is read, so the memory must
 *            really be zero: an allocator wins by knowing what is fresh
 *   aligned  64- to 4096-byte alignments, as for vectors, caches and O_DIRECT
 */
#include "bench.h"

#define SLOTS	    2048
#define CALLOC_OPS  1700000
#define ALIGNED_OPS 11000000

static void check_zero(const char *mem, size_t size)
{
	uint64_t any = 0, word;

	for (size_t i = 0; i + sizeof(word) <= size; i += CACHELINE) {
		memcpy(&word, mem + i, sizeof(word));
		any |= word;
	}
	if (any)
		wrong("calloc returned memory that is not zero");
}

static void block_calloc(struct block *b, size_t size, uint32_t tag)
{
	*b = (struct block){ must(calloc(1, size)), (uint32_t)size, tag };
	check_zero(b->mem, size);
	stamp(b->mem, size, tag);
}

static void block_aligned(struct block *b, uint64_t *seed, uint32_t tag)
{
	size_t align = rnd_log(seed, 6, 12) & ~(size_t)63;
	size_t size;

	while (align & (align - 1)) /* the highest bit is the alignment */
		align &= align - 1;
	size = align * rnd_between(seed, 1, 1 + 1024 / align);
	*b = (struct block){ must(aligned_alloc(align, size)), (uint32_t)size,
			     tag };
	if ((uintptr_t)b->mem % align)
		wrong("a block is not aligned");
	stamp(b->mem, size, tag);
}

int main(int argc, char **argv)
{
	static struct block set[SLOTS];
	int aligned = argc > 1 && !strcmp(argv[1], "aligned");
	uint64_t seed = 6, sum = 0;
	size_t ops;

	if (!aligned && (argc < 2 || strcmp(argv[1], "calloc")))
		usage("calloc|aligned");
	ops = scaled(aligned ? ALIGNED_OPS : CALLOC_OPS);
	for (size_t i = 0; i < ops; i++) {
		struct block *b = &set[rnd(&seed) % SLOTS];

		block_free(b);
		if (aligned)
			block_aligned(b, &seed, (uint32_t)i);
		else
			block_calloc(b, rnd_log(&seed, 6, 15), (uint32_t)i);
		sum += b->size;
	}
	for (size_t i = 0; i < SLOTS; i++)
		block_free(&set[i]);
	return finish(sum);
}
