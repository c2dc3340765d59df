/* SPDX-License-Identifier: MIT */
/*
 * test_slub_stress.c - watched caches used by several threads at once, while
 * another validates: no report but for what was planted.
 */
#include <pthread.h>

#include "lib/cpu.h"
#include "mm/slub_test.h"

enum { THREADS = 3, SLOTS = 64, STEPS = 6000 };

static struct kmem_cache *s;
static void *slots[SLOTS]; /* taken and given by exchange */
static bool done;

static void *exchange(size_t i, void *p)
{
	return __atomic_exchange_n(&slots[i], p, __ATOMIC_ACQ_REL);
}

static void *user(void *arg)
{
	u64 seed = 1 + (u64)(size_t)arg;

	for (int i = 0; i < STEPS; i++) {
		size_t at = next_random(&seed) % SLOTS;
		size_t size = 1 + next_random(&seed) % 100;
		char *p = slub_debug_alloc(s, GFP_KERNEL, size, arg);

		memset(p, (int)i, size);
		if (i % 4 == 0)
			slub_debug_resize(s, p, 1 + size / 2, false);
		p = exchange(at, p);
		if (p)
			slub_debug_free(s, p, arg);
	}
	return NULL;
}

static void *validator(void *arg)
{
	(void)arg;
	while (!__atomic_load_n(&done, __ATOMIC_ACQUIRE))
		ck_assert_uint_eq(slub_validate_cache(s), 0);
	return NULL;
}

START_TEST(test_threads)
{
	unsigned long before = slub_debug_errors();
	pthread_t threads[THREADS], looks;

	s = make_watched(100, SLAB_DEBUG_METADATA | SLAB_CONSISTENCY_CHECKS |
				      SLAB_KMALLOC);
	pthread_create(&looks, NULL, validator, NULL);
	for (size_t i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, user, (void *)(i + 1));
	for (size_t i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	__atomic_store_n(&done, true, __ATOMIC_RELEASE);
	pthread_join(looks, NULL);
	for (size_t i = 0; i < SLOTS; i++)
		if (slots[i])
			slub_debug_free(s, slots[i], NULL);
	ck_assert_uint_eq(slub_debug_errors(), before);
	ck_assert_uint_eq(cache_destroy(s), 0);
	ck_assert_uint_eq(page_alloc_validate(), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("slub stress");
	TCase *t = add_tcase(suite, "threads", slub_setup, slub_teardown, 60);

	ADD_TESTS(t, test_threads);
	return run_suite(suite);
}
