/* SPDX-License-Identifier: MIT */
/*
 * test_slab_stress.c - a million objects over twenty caches in random
 * batches, their contents verified, alone and in four threads.
 */
#include <pthread.h>

#include "mm/slab_test.h"

enum {
	NR_CACHES = 20,
	NR_OPS = 1000000, /* objects taken or given */
	NR_LIVE = 6000,	  /* at most, a thread */
	NR_THREADS = 4,
	MAX_BATCH = 60,
	VALIDATE_EVERY = 20000,
};

static const u16 sizes[NR_CACHES] = {
	16,  24,  32,  40,  48,	 64,   72,   96,   120,	 128,
	192, 256, 320, 512, 640, 1000, 1024, 2048, 3000, 5000,
};
static struct kmem_cache *cache[NR_CACHES];

struct object {
	unsigned char *p;
	u8 cache, byte;
};

struct worker {
	u64 random;
	unsigned int nr;   /* of live[] */
	unsigned int ops;  /* objects so far */
	unsigned long bad; /* objects whose contents changed */
	struct object live[NR_LIVE];
};
static struct worker worker[NR_THREADS];

static u32 random_below(struct worker *w, u32 n)
{
	return (u32)(next_random(&w->random) >> 11) % n;
}

static void setup(void)
{
	boot_small();
	for (unsigned int i = 0; i < NR_CACHES; i++)
		cache[i] = make_cache(sizes[i], i % 6);
	for (unsigned int i = 0; i < NR_THREADS; i++)
		worker[i].random = 0x9e3779b97f4a7c15u * (i + 1);
}

static void take_batch(struct worker *w, unsigned int c)
{
	unsigned int want = 1 + random_below(w, MAX_BATCH);
	void *objs[MAX_BATCH];
	unsigned int n;

	if (want > NR_LIVE - w->nr)
		want = NR_LIVE - w->nr;
	n = slab_alloc_batch(cache[c], GFP_NOWAIT, objs, want);
	for (unsigned int i = 0; i < n; i++) {
		struct object *o = &w->live[w->nr++];

		*o = (struct object){
			.p = objs[i],
			.cache = (u8)c,
			.byte = (u8)random_below(w, 256),
		};
		memset(o->p, o->byte, sizes[c]);
	}
	w->ops += n;
}

/* Gives back objects of one cache, from a random place of live[] on. */
static void give_batch(struct worker *w, unsigned int c)
{
	unsigned int want = 1 + random_below(w, MAX_BATCH), n = 0;
	void *objs[MAX_BATCH];

	for (unsigned int i = random_below(w, w->nr + 1);
	     i < w->nr && n < want;) {
		struct object *o = &w->live[i];

		if (o->cache != c) {
			i++;
			continue;
		}
		w->bad += !all_bytes(o->p, sizes[c], o->byte);
		objs[n++] = o->p;
		*o = w->live[--w->nr];
	}
	slab_free_batch(cache[c], objs, n);
	w->ops += n;
}

static void step(struct worker *w)
{
	unsigned int c = random_below(w, NR_CACHES);

	/* drifts between nearly empty and full */
	if (w->nr < NR_LIVE && random_below(w, 100) < 48 + w->ops / 999 % 8)
		take_batch(w, c);
	else
		give_batch(w, c);
}

static void give_all(struct worker *w)
{
	while (w->nr) {
		struct object *o = &w->live[--w->nr];
		void *p = o->p;

		w->bad += !all_bytes(p, sizes[o->cache], o->byte);
		slab_free_batch(cache[o->cache], &p, 1);
	}
}

static void assert_all_empty(void)
{
	for (unsigned int i = 0; i < NR_CACHES; i++) {
		ck_assert_uint_eq(cache[i]->nr_free, cache[i]->nr_objs);
		cache_shrink(cache[i]);
		ck_assert_uint_eq(cache[i]->nr_slabs, 0);
	}
	ck_assert_uint_eq(stats.slab_pages, 0);
	ck_assert_uint_eq(stats.held_bytes, 0);
	validate_slabs();
}

START_TEST(test_alone)
{
	struct worker *w = &worker[0];
	unsigned int next = VALIDATE_EVERY;

	while (w->ops < NR_OPS) {
		step(w);
		if (w->ops < next)
			continue;
		ck_assert_uint_eq(slab_validate(), 0);
		next += VALIDATE_EVERY;
	}
	give_all(w);
	ck_assert_uint_eq(w->bad, 0);
	assert_all_empty();
}
END_TEST

/* Shrinking at any time takes nothing from anybody. */
START_TEST(test_alone_with_shrinking)
{
	struct worker *w = &worker[0];

	while (w->ops < NR_OPS / 10) {
		step(w);
		cache_shrink(cache[random_below(w, NR_CACHES)]);
	}
	give_all(w);
	ck_assert_uint_eq(w->bad, 0);
	assert_all_empty();
}
END_TEST

/* A machine too small for it: batches come short, nothing else happens. */
START_TEST(test_alone_without_memory)
{
	struct worker *w = &worker[0];
	unsigned int short_of = 0;

	take_all();
	for (unsigned long pfn = 1; pfn < 200; pfn++)
		if (is_held(pfn, 1))
			give_back(pfn);
	while (w->ops < NR_OPS / 10) {
		step(w);
		short_of += counted(KV_page_alloc_fail) > 0;
	}
	ck_assert_uint_gt(short_of, 0);
	give_all(w);
	ck_assert_uint_eq(w->bad, 0);
	assert_all_empty();
}
END_TEST

static void *work(void *arg)
{
	struct worker *w = arg;

	while (w->ops < NR_OPS / NR_THREADS)
		step(w);
	return NULL;
}

static void run_threads(void *(*fn)(void *))
{
	pthread_t t[NR_THREADS];

	for (int i = 0; i < NR_THREADS; i++)
		ck_assert_int_eq(pthread_create(&t[i], NULL, fn, &worker[i]),
				 0);
	for (int i = 0; i < NR_THREADS; i++)
		pthread_join(t[i], NULL);
}

START_TEST(test_threads)
{
	run_threads(work);
	ck_assert_uint_eq(slab_validate(), 0);
	for (int i = 0; i < NR_THREADS; i++) {
		give_all(&worker[i]);
		ck_assert_uint_eq(worker[i].bad, 0);
	}
	assert_all_empty();
}
END_TEST

/* Everything is freed by another thread than took it, while all go on. */
static struct object mailbox[NR_THREADS][64];
static struct spinlock mail_lock[NR_THREADS];

static void exchange(struct worker *w)
{
	unsigned int to = random_below(w, NR_THREADS), i;
	struct object *slot;

	if (!w->nr)
		return;
	i = random_below(w, w->nr);
	slot = &mailbox[to][random_below(w, ARRAY_SIZE(mailbox[0]))];
	spin_lock(&mail_lock[to]);
	if (slot->p) {
		struct object o = *slot;

		*slot = w->live[i];
		w->live[i] = o;
	} else {
		*slot = w->live[i];
		w->live[i] = w->live[--w->nr];
	}
	spin_unlock(&mail_lock[to]);
}

static void *work_and_exchange(void *arg)
{
	struct worker *w = arg;

	while (w->ops < NR_OPS / NR_THREADS) {
		step(w);
		for (int i = 0; i < 20; i++)
			exchange(w);
	}
	return NULL;
}

START_TEST(test_threads_that_free_for_each_other)
{
	struct object *o = mailbox[0];

	run_threads(work_and_exchange);
	ck_assert_uint_eq(slab_validate(), 0);
	for (size_t i = 0; i < sizeof(mailbox) / sizeof(*o); i++) {
		void *p = o[i].p;

		if (!p)
			continue;
		ck_assert(all_bytes(p, sizes[o[i].cache], o[i].byte));
		slab_free_batch(cache[o[i].cache], &p, 1);
	}
	for (int i = 0; i < NR_THREADS; i++) {
		give_all(&worker[i]);
		ck_assert_uint_eq(worker[i].bad, 0);
	}
	assert_all_empty();
}
END_TEST

int main(void)
{
	Suite *s = suite_create("slab stress");
	TCase *t;

	t = add_tcase(s, "alone", setup, NULL, 120);
	ADD_TESTS(t, test_alone, test_alone_with_shrinking,
		  test_alone_without_memory);

	t = add_tcase(s, "threads", setup, NULL, 120);
	ADD_TESTS(t, test_threads, test_threads_that_free_for_each_other);
	return run_suite(s);
}
