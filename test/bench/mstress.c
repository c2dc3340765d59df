/* SPDX-License-Identifier: MIT */
/*
 * mstress.c - everything at once, as in mimalloc's stress test.
 *
 * Pattern: short-lived threads; in each, blocks of all sizes of which a third
 * is kept for the thread's life, a third dies soon, and some are swapped
 * through an array shared by all, so that any thread may free them, perhaps
 * threads later. It stands for a large threaded program and, with sizes up to
 * 1 MiB, shows the balance between caches, sharing and giving back.
 */
#include "bench.h"

#define ROUNDS 60    /* generations of threads */
#define ALLOCS 40000 /* a thread and generation */
#define SHARED 1000
#define CACHE  2048 /* blocks a thread keeps */

struct parcel {
	uint32_t size, tag;
};

static _Atomic(struct parcel *) shared[SHARED];

static size_t parcel_size(uint64_t *seed)
{
	uint64_t dice = rnd(seed) % 1000;

	if (dice < 1)
		return rnd_log(seed, 17, 20);
	if (dice < 20)
		return rnd_log(seed, 12, 16);
	return rnd_log(seed, 4, 11);
}

static struct parcel *parcel_new(struct worker *w)
{
	size_t size = parcel_size(&w->seed);
	struct parcel *p = must(malloc(size));

	*p = (struct parcel){ (uint32_t)size, ~(uint32_t)size };
	touch_pages((char *)p + sizeof(*p), size - sizeof(*p));
	w->sum += size;
	return p;
}

/* What is freed is subtracted: over all threads nothing may remain. */
static void parcel_drop(struct worker *w, struct parcel *p)
{
	if (!p)
		return;
	if (p->tag != ~p->size)
		wrong("a parcel changed");
	w->sum -= p->size;
	free(p);
}

static void *stress(void *arg)
{
	struct worker *w = arg;
	struct parcel *kept[CACHE] = { NULL };
	size_t allocs = scaled(ALLOCS);

	for (size_t i = 0; i < allocs; i++) {
		struct parcel *p = parcel_new(w);
		uint64_t dice = rnd(&w->seed) >> 33;
		size_t slot = dice / 8 % CACHE;

		switch (dice % 8) {
		case 0:
		case 1: /* to whoever draws it */
			p = atomic_exchange(&shared[slot % SHARED], p);
			break;
		case 2:
		case 3:
		case 4: /* for the thread's life, or until replaced */
			parcel_drop(w, kept[slot]);
			kept[slot] = p;
			p = NULL;
			break;
		default: /* dies at once */
			break;
		}
		parcel_drop(w, p);
	}
	for (size_t i = 0; i < CACHE; i++)
		parcel_drop(w, kept[i]);
	return NULL;
}

int main(int argc, char **argv)
{
	struct worker w[MAX_THREADS], last = { .sum = 0 };
	unsigned nr = thread_count(argc > 1 ? argv[1] : NULL);

	for (unsigned round = 0; round < ROUNDS; round++)
		last.sum += run_workers(w, nr, 9 + round * nr, stress, NULL);
	for (size_t i = 0; i < SHARED; i++)
		parcel_drop(&last, atomic_load(&shared[i]));
	if (last.sum)
		wrong("more was allocated than freed");
	return finish(ROUNDS * nr * scaled(ALLOCS));
}
