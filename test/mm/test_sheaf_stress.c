/* SPDX-License-Identifier: MIT */
/*
 * test_sheaf_stress.c - four threads with a cache each, as programs use them:
 * fast paths first, objects freed by others than took them.
 */
#include <pthread.h>

#include "mm/sheaf.h"
#include "mm/slab_test.h"

enum {
	NR_THREADS = 4,
	NR_CACHES = 8,
	NR_STEPS = 150000, /* a thread */
	NR_LIVE = 3000,
	NR_SLOTS = 256,
};

static const u16 sizes[NR_CACHES] = { 16, 48, 64, 96, 256, 1024, 4096, 8192 };
static struct kmem_cache *cache[NR_CACHES];

struct object {
	unsigned char *p;
	u8 cache, byte;
};

struct worker {
	struct thread_cache thread;
	u64 random;
	unsigned int nr;
	unsigned long bad;
	struct object live[NR_LIVE];
};
static struct worker worker[NR_THREADS] __attribute__((aligned(KVR_PAGE)));

/* Objects on their way from one thread to another. */
static struct object slots[NR_SLOTS];
static struct spinlock slots_lock;

static u32 random_below(struct worker *w, u32 n)
{
	return (u32)(next_random(&w->random) >> 11) % n;
}

/* @capacity: of all sheaves; -1: the kernel's. */
static void setup_with(int capacity)
{
	machine_start(256 * MIB, 700);
	ck_assert_int_eq(sheaf_boot(), 0);
	for (unsigned int i = 0; i < NR_CACHES; i++)
		cache[i] = cache_create(&(struct cache_args){
			.name = "stress",
			.object_size = sizes[i],
			.max_full = 10,
			.min_partial = (u16)min_partial_for(sizes[i]),
			.sheaf_capacity =
				(u16)(capacity < 0 ?
					      sheaf_capacity_for(sizes[i]) :
					      (unsigned int)capacity),
			.malloc_class = true,
		});
	for (unsigned int i = 0; i < NR_THREADS; i++) {
		sheaf_thread_init(&worker[i].thread);
		worker[i].random = 0x9e3779b97f4a7c15u * (i + 1);
	}
}

static void take(struct worker *w)
{
	unsigned int c = random_below(w, NR_CACHES);
	struct object *o = &w->live[w->nr];

	o->p = sheaf_pop(&w->thread, cache[c]->index, sizes[c]);
	if (!o->p)
		o->p = sheaf_alloc_slow(&w->thread, cache[c], GFP_KERNEL);
	if (!o->p)
		return;
	o->cache = (u8)c;
	o->byte = (u8)random_below(w, 256);
	memset(o->p, o->byte, sizes[c]);
	w->nr++;
}

static void give(struct worker *w, struct object o)
{
	w->bad += !all_bytes(o.p, sizes[o.cache], o.byte);
	if (!sheaf_push(&w->thread, cache[o.cache]->index, o.p))
		sheaf_free_slow(&w->thread, cache[o.cache], o.p);
}

static void give_any(struct worker *w)
{
	struct object *o = &w->live[random_below(w, w->nr)];

	give(w, *o);
	*o = w->live[--w->nr];
}

/* Leaves an object for somebody, frees what was there. */
static void exchange(struct worker *w)
{
	struct object *mine = &w->live[random_below(w, w->nr)], other;
	struct object *slot = &slots[random_below(w, NR_SLOTS)];

	spin_lock(&slots_lock);
	other = *slot;
	*slot = *mine;
	spin_unlock(&slots_lock);
	*mine = w->live[--w->nr];
	if (other.p)
		give(w, other);
}

static void *work(void *arg)
{
	struct worker *w = arg;

	for (unsigned int i = 0; i < NR_STEPS; i++) {
		/* half of the time mostly taking, half mostly giving */
		unsigned int taking = i / 5000 % 2 ? 40 : 60;

		if (!w->nr ||
		    (w->nr < NR_LIVE && random_below(w, 100) < taking))
			take(w);
		else if (i % 4 == 0)
			exchange(w);
		else
			give_any(w);
	}
	return NULL;
}

static void finish(struct worker *w)
{
	while (w->nr)
		give(w, w->live[--w->nr]);
	ck_assert_uint_eq(sheaf_validate(&w->thread), 0);
	ck_assert_uint_eq(w->bad, 0);
	sheaf_flush_thread(&w->thread, random_below(w, 2));
}

START_TEST(test_four_threads)
{
	static const int capacity[] = { -1, 1, 0 };
	pthread_t t[NR_THREADS];

	setup_with(capacity[_i]);
	for (int i = 0; i < NR_THREADS; i++)
		ck_assert_int_eq(pthread_create(&t[i], NULL, work, &worker[i]),
				 0);
	for (int i = 0; i < NR_THREADS; i++)
		pthread_join(t[i], NULL);
	ck_assert_uint_eq(slab_validate(), 0);
	for (int i = 0; i < NR_SLOTS; i++)
		if (slots[i].p)
			give(&worker[0], slots[i]);
	for (int i = 0; i < NR_THREADS; i++)
		finish(&worker[i]);
	barn_drain_all();
	for (unsigned int c = 1; c < nr_caches; c++) {
		cache_shrink(&caches[c]);
		ck_assert_uint_eq(caches[c].nr_slabs, 0);
	}
	ck_assert_uint_eq(stats.held_bytes, 0);
	ck_assert_uint_eq(stats.slab_pages, 0);
	validate_slabs();
}
END_TEST

int main(void)
{
	Suite *s = suite_create("sheaf stress");
	TCase *t = add_tcase(s, "threads", NULL, NULL, 300);

	ADD_LOOP_TESTS(t, 3, test_four_threads);
	return run_suite(s);
}
