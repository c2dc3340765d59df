/* SPDX-License-Identifier: MIT */
/*
 * grow.c - vectors that grow by realloc.
 *
 * Patterns:
 *   vectors  four vectors of words grow by half, in turn, up to 16 MiB each,
 *            and are dropped: containers whose final size is not known. Copying
 *            can be avoided by growing in place or by moving page tables.
 *   strings  a few thousand buffers grow by 16 to 64 bytes, in random order,
 *            to some KiB: string builders, network buffers, parsers' tokens
 */
#include "bench.h"

#define VECTORS	      4
#define VECTOR_WORDS  (16 * MIB / sizeof(uint64_t))
#define VECTOR_ROUNDS 10
#define STRINGS	      3000
#define STRING_END    4096
#define APPENDS	      6000000

struct vector {
	uint64_t *word;
	size_t used, room;
};

static void vector_push(struct vector *v, uint64_t value)
{
	if (v->used == v->room) {
		v->room = v->room ? v->room + v->room / 2 : 8;
		v->word = must(realloc(v->word, v->room * sizeof(*v->word)));
	}
	v->word[v->used++] = value;
}

static uint64_t vector_drop(struct vector *v)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < v->used; i++) {
		if (v->word[i] != i)
			wrong("a vector lost a word");
		sum += v->word[i];
	}
	free(v->word);
	*v = (struct vector){ NULL, 0, 0 };
	return sum;
}

static uint64_t vectors(void)
{
	struct vector set[VECTORS] = { 0 };
	uint64_t sum = 0;

	for (size_t round = 0; round < scaled(VECTOR_ROUNDS); round++) {
		for (size_t n = 0; n < VECTOR_WORDS; n++)
			vector_push(&set[n / 64 % VECTORS],
				    set[n / 64 % VECTORS].used);
		for (size_t v = 0; v < VECTORS; v++) {
			while (set[v].used < VECTOR_WORDS)
				vector_push(&set[v], set[v].used);
			sum += vector_drop(&set[v]);
		}
	}
	return sum;
}

/* Each string ends with its own length, as both ends of a block are stamped. */
static uint64_t strings(void)
{
	static struct block set[STRINGS];
	size_t appends = scaled(APPENDS);
	uint64_t seed = 12, sum = 0;

	for (size_t i = 0; i < appends; i++) {
		struct block *b = &set[rnd(&seed) % STRINGS];
		size_t size = b->size + rnd_between(&seed, 16, 64);

		if (b->mem)
			check_stamp(b->mem, b->size, b->tag);
		if (b->mem && size > STRING_END) {
			block_free(b);
			b->size = 0;
			continue;
		}
		b->mem = must(realloc(b->mem, size));
		b->size = (uint32_t)size;
		b->tag = (uint32_t)i;
		stamp(b->mem, size, b->tag);
		sum += size;
	}
	for (size_t i = 0; i < STRINGS; i++)
		block_free(&set[i]);
	return sum;
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "vectors"))
		return finish(vectors());
	if (argc > 1 && !strcmp(argv[1], "strings"))
		return finish(strings());
	usage("vectors|strings");
}
