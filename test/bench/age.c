/* SPDX-License-Identifier: MIT */
/*
 * age.c - a long-running program: phases, leftovers, and then rest.
 *
 * Pattern: each phase works with other sizes than the one before, replaces its
 * blocks for a while, and then drops most of them; one in twelve, scattered
 * over the heap, stays for ever. At the end 95 % of what is left is freed and
 * the program rests for 1.2 s. It stands for servers and desktop programs that
 * run for days: what fragmentation costs at the peak, and whether memory goes
 * back afterwards, the commonest complaint about allocators.
 *   idle   sleeps without a single call: only a background thread, or giving
 *          back at once, can help
 *   light  serves a small request every 5 ms, as an idle server does
 * Time is that of the work; the rest is not counted.
 */
#include "bench.h"

#define SLOTS	60000
#define OPS	700000 /* a phase */
#define KEEP	12     /* one block in so many survives its phase */
#define REST_MS 1200

struct phase {
	unsigned lo, hi; /* sizes from 2^lo to 2^hi - 1 */
	size_t slots;
};

static const struct phase phases[] = {
	{ 4, 7, SLOTS },  { 7, 10, SLOTS },	 { 5, 9, SLOTS },
	{ 9, 12, 20000 }, { 12, 16, 1200 },	 { 4, 6, SLOTS },
	{ 8, 11, SLOTS }, { 10, 13, SLOTS / 5 },
};

#define NR_PHASES NELEM(phases)

static struct block work[SLOTS];
static struct block kept[NR_PHASES * SLOTS / KEEP];
static size_t nr_kept;

static uint64_t run_phase(const struct phase *p, uint64_t *seed)
{
	size_t ops = scaled(OPS);
	uint64_t sum = 0;

	for (size_t i = 0; i < ops; i++) {
		struct block *b = &work[rnd(seed) % p->slots];

		block_free(b);
		block_alloc(b, rnd_log(seed, p->lo, p->hi), (uint32_t)i);
		sum += b->size;
	}
	for (size_t i = 0; i < p->slots; i++) {
		if (i % KEEP == 0 && work[i].mem) {
			kept[nr_kept++] = work[i];
			work[i].mem = NULL;
		}
		block_free(&work[i]);
	}
	return sum;
}

/* One survivor in twenty, at random places of the heap. */
static void free_most(uint64_t *seed)
{
	for (size_t i = 0; i < nr_kept; i++)
		if (rnd(seed) % 20)
			block_free(&kept[i]);
}

static void rest(int light, uint64_t *seed)
{
	double end = now() + REST_MS / 1000.0;
	struct block request[20];

	while (now() < end) {
		sleep_ms(light ? 5 : REST_MS);
		for (size_t i = 0; light && i < NELEM(request); i++)
			block_alloc(&request[i], rnd_log(seed, 4, 10), 0);
		for (size_t i = 0; light && i < NELEM(request); i++)
			block_free(&request[i]);
	}
}

int main(int argc, char **argv)
{
	int light = argc > 1 && !strcmp(argv[1], "light");
	uint64_t seed = 14, sum = 0;
	double start = now();

	if (!light && (argc < 2 || strcmp(argv[1], "idle")))
		usage("idle|light");
	for (size_t i = 0; i < NR_PHASES; i++)
		sum += run_phase(&phases[i], &seed);
	free_most(&seed);
	metric("time", now() - start);
	rest(light, &seed);
	metric("idle_rss", resident_kib());
	for (size_t i = 0; i < nr_kept; i++)
		block_free(&kept[i]);
	return finish(sum);
}
