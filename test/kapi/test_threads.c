/* SPDX-License-Identifier: MIT */
/*
 * test_threads.c - several threads at once: memory of all kinds, filled with a
 * pattern of its owner, handed to others and freed there; caches that come
 * and go meanwhile. Nothing is lost, nothing is reported.
 */
#include <linux/gfp.h>
#include <linux/kvkernel.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <pthread.h>

#include "child.h"

enum { THREADS = 4, ROUNDS = 20000, SLOTS = 256 };

struct slot {
	unsigned char *p;
	size_t size;
	int kind;
};

static struct slot slots[SLOTS];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct kmem_cache *shared;
static int broken;

enum { KMALLOC, KVMALLOC, CACHE, PAGES, NR_KINDS };

static struct slot take(unsigned int r)
{
	struct slot s = { .kind = (int)(r % NR_KINDS),
			  .size = 1 + (r >> 4) % 6000 };

	switch (s.kind) {
	case KMALLOC:
		s.p = kmalloc(s.size, GFP_KERNEL);
		break;
	case KVMALLOC:
		s.size *= 10;
		s.p = kvmalloc(s.size, GFP_KERNEL);
		break;
	case CACHE:
		s.size = 200;
		s.p = kmem_cache_alloc(shared, GFP_KERNEL);
		break;
	default:
		s.p = (unsigned char *)__get_free_pages(
			GFP_KERNEL, (unsigned int)get_order(s.size));
	}
	if (s.p)
		memset(s.p, (int)(s.size & 0xff), s.size);
	return s;
}

static void give(struct slot s)
{
	if (!s.p)
		return;
	for (size_t i = 0; i < s.size; i += 97)
		if (s.p[i] != (unsigned char)s.size)
			__atomic_store_n(&broken, 1, __ATOMIC_RELAXED);
	if (s.kind == CACHE)
		kmem_cache_free(shared, s.p);
	else if (s.kind == PAGES)
		free_pages((unsigned long)s.p, (unsigned int)get_order(s.size));
	else
		kvfree(s.p);
}

static void *work(void *arg)
{
	unsigned int r = 12345u * (unsigned int)(1 + (long)arg);

	for (int i = 0; i < ROUNDS; i++) {
		struct slot mine, other;

		r = r * 1103515245u + 12345u;
		mine = take(r >> 8);
		pthread_mutex_lock(&lock);
		other = slots[(r >> 16) % SLOTS];
		slots[(r >> 16) % SLOTS] = mine;
		pthread_mutex_unlock(&lock);
		give(other);
		if (i % 1000 == 0) {
			struct kmem_cache *c = kmem_cache_create(
				"short", 40, 0, SLAB_NO_MERGE, NULL);

			kmem_cache_free(c, kmem_cache_alloc(c, GFP_KERNEL));
			kmem_cache_shrink(shared);
			kmem_cache_destroy(c);
		}
	}
	return NULL;
}

/* All threads make a cache "short": two of one name at once are told. */
static void all(void)
{
	unsigned long before;
	pthread_t t[THREADS];

	shared = kmem_cache_create("shared", 200, 0, SLAB_NO_MERGE, NULL);
	before = kv_nr_allocated();
	for (long i = 0; i < THREADS; i++)
		pthread_create(&t[i], NULL, work, (void *)i);
	for (int i = 0; i < THREADS; i++)
		pthread_join(t[i], NULL);
	for (int i = 0; i < SLOTS; i++)
		give(slots[i]);
	fprintf(stderr, "end: %ld lost, %s", (long)(kv_nr_allocated() - before),
		broken ? "overwritten" : "intact");
	kmem_cache_destroy(shared);
}

static const struct child_case cases[] = {
	{ "all", all, "end: 0 lost, intact", 0, "mem=512M cpus=4" },
	{ "all", all, "end: 0 lost, intact", 0, "mem=512M cpus=1" },
	{ "all", all, "end: 0 lost, intact", 0,
	  "mem=512M cpus=2 slub_debug=FZP" },
	{ "all", all, "end: 0 lost, intact", 0, "mem=512M cpus=4 nodes=2" },
};

static Suite *suite(void)
{
	Suite *s = suite_create("threads");
	TCase *t = tcase_create("threads");

	child_add_cases(t);
	tcase_set_timeout(t, 120);
	suite_add_tcase(s, t);
	return s;
}

int main(int argc, char **argv)
{
	return child_main(suite, cases, ARRAY_SIZE(cases), argc, argv);
}
