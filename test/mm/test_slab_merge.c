/* SPDX-License-Identifier: MIT */
/*
 * test_slab_merge.c - caches that are one, constructors, and how caches end.
 */
#include "mm/sheaf.h"
#include "mm/slab_merge.h"
#include "mm/slub_test.h"

static struct kmem_cache *s;
static unsigned int calls;

static void construct(void *obj)
{
	memset(obj, 0x41, 64);
	calls++;
}

/* A cache of 64 bytes, and what is asked next: the same, unless changed. */
static struct cache_args ask;

static void setup(void)
{
	slub_setup();
	slab_set_nomerge(false);
	ask = (struct cache_args){ .name = "first",
				   .object_size = 64,
				   .min_partial = 5 };
	s = cache_create(&ask);
	ask.name = "second";
}

static void assert_merges(bool yes)
{
	if (yes)
		ck_assert_ptr_eq(find_mergeable(&ask), s);
	else
		ck_assert_ptr_null(find_mergeable(&ask));
}

START_TEST(test_equal_caches_merge)
{
	assert_merges(true);
	ck_assert_uint_eq(s->refcount, 1);
	ck_assert_ptr_eq(slab_merge(&ask), s);
	ck_assert_uint_eq(s->refcount, 2);
}
END_TEST

START_TEST(test_slack_is_less_than_a_word)
{
	ask.object_size = 57;
	assert_merges(true);
	ask.object_size = 56;
	assert_merges(false);
	ask.object_size = 65;
	assert_merges(false);
}
END_TEST

START_TEST(test_object_size_is_the_larger)
{
	struct cache_args small = { .name = "small", .object_size = 89 };
	struct kmem_cache *odd = cache_create(&small);

	small.object_size = 94;
	ck_assert_ptr_eq(slab_merge(&small), odd);
	ck_assert_uint_eq(odd->object_size, 94);
	small.object_size = 90;
	ck_assert_ptr_eq(slab_merge(&small), odd);
	ck_assert_uint_eq(odd->object_size, 94);
}
END_TEST

START_TEST(test_alignment_must_fit)
{
	ask.align = 64;
	assert_merges(true);
	ask.align = 128;
	assert_merges(false);
	ask.align = 0;
	ask.flags = SLAB_HWCACHE_ALIGN;
	assert_merges(true);
}
END_TEST

START_TEST(test_some_flags_must_be_equal)
{
	static const slab_flags_t flags[] = {
		SLAB_RECLAIM_ACCOUNT,
		SLAB_CACHE_DMA,
		SLAB_CACHE_DMA32,
		SLAB_ACCOUNT,
	};

	ask.flags = flags[_i];
	assert_merges(false);
	s = cache_create(&ask);
	assert_merges(true);
}
END_TEST

START_TEST(test_some_flags_forbid_it)
{
	static const slab_flags_t flags[] = {
		SLAB_RED_ZONE, SLAB_POISON,	     SLAB_STORE_USER,
		SLAB_TRACE,    SLAB_TYPESAFE_BY_RCU, SLAB_NOLEAKTRACE,
		SLAB_FAILSLAB, SLAB_NO_MERGE,
	};

	ask.flags = flags[_i];
	assert_merges(false);
	s = cache_create(&ask);
	assert_merges(false);
}
END_TEST

START_TEST(test_a_constructor_forbids_it)
{
	ask.ctor = construct;
	assert_merges(false);
	cache_destroy(s);
	s = cache_create(&ask);
	ask.ctor = NULL;
	assert_merges(false);
}
END_TEST

START_TEST(test_a_window_for_users_forbids_it)
{
	ask.usersize = 8;
	assert_merges(false);
	s->usersize = 8;
	ask.usersize = 0;
	assert_merges(false);
}
END_TEST

START_TEST(test_nomerge)
{
	slab_set_nomerge(true);
	assert_merges(false);
}
END_TEST

START_TEST(test_slub_debug_keeps_caches_apart)
{
	slub_debug_setup("P,second");
	assert_merges(false);
}
END_TEST

START_TEST(test_classes_of_malloc_are_not_shared)
{
	s->malloc_class = true;
	assert_merges(false);
}
END_TEST

START_TEST(test_oldest_first)
{
	cache_create(
		&(struct cache_args){ .name = "third", .object_size = 64 });
	assert_merges(true);
}
END_TEST

START_TEST(test_alias_names)
{
	char name[KVR_NAME];

	slab_alias_name(s, name, sizeof(name));
	ck_assert_str_eq(name, ":0000064");
	s->flags = SLAB_ACCOUNT;
	slab_alias_name(s, name, sizeof(name));
	ck_assert_str_eq(name, ":A-0000064");
	s->flags = SLAB_ACCOUNT | SLAB_CACHE_DMA | SLAB_CACHE_DMA32 |
		   SLAB_RECLAIM_ACCOUNT | SLAB_CONSISTENCY_CHECKS;
	slab_alias_name(s, name, sizeof(name));
	ck_assert_str_eq(name, ":dDaFA-0000064");
}
END_TEST

/* the end */

static void *take(void)
{
	void *obj;

	ck_assert_uint_eq(slab_alloc_batch(s, GFP_KERNEL, &obj, 1), 1);
	return obj;
}

START_TEST(test_last_reference_ends_it)
{
	slab_merge(&ask);
	ck_assert_uint_eq(cache_destroy(s), 0);
	ck_assert(cache_is_live(s));
	ck_assert_uint_eq(cache_destroy(s), 0);
	ck_assert(!cache_is_live(s));
}
END_TEST

START_TEST(test_index_is_used_again)
{
	unsigned int index = s->index;
	void *obj = take();

	slab_free_batch(s, &obj, 1);
	ck_assert_uint_gt(stats.slab_pages, 0);
	ck_assert_uint_eq(cache_destroy(s), 0);
	ck_assert_uint_eq(stats.slab_pages, 0);
	ck_assert_str_eq(stats_pages.cache[index].name, "");
	s = cache_create(&ask);
	ck_assert_uint_eq(s->index, index);
	ck_assert_str_eq(stats_pages.cache[index].name, "second");
	take();
	ck_assert_uint_eq(slab_validate(), 0);
}
END_TEST

START_TEST(test_index_of_a_leaked_cache_stays)
{
	unsigned int index = s->index;
	void *obj = take();

	take();
	ck_assert_uint_eq(cache_destroy(s), 2);
	ck_assert_str_eq(stats_pages.cache[index].name, "");
	assert_merges(false);
	ck_assert_uint_ne(cache_create(&ask)->index, index);
	/* who has an object may still use it and give it back */
	memset(obj, 1, 64);
	slab_free_batch(s, &obj, 1);
	ck_assert_uint_eq(slab_validate(), 0);
}
END_TEST

START_TEST(test_reserved_indices_are_left)
{
	slab_shutdown();
	cache_reserve(10);
	ck_assert_uint_eq(cache_create(&ask)->index, 10);
	ask.index = 5;
	ck_assert_uint_eq(cache_create(&ask)->index, 5);
	ask.index = 0;
	ck_assert_uint_eq(cache_create(&ask)->index, 11);
}
END_TEST

START_TEST(test_no_index_left)
{
	while (cache_create(&ask))
		;
	ck_assert_uint_eq(nr_caches, MAX_CACHES);
	cache_destroy(&caches[7]);
	ck_assert_ptr_eq(cache_create(&ask), &caches[7]);
}
END_TEST

START_TEST(test_sheaves_are_dropped)
{
	static struct thread_cache thread;
	void *obj;

	sheaf_boot();
	sheaf_thread_init(&thread);
	ask.sheaf_capacity = 60;
	s = cache_create(&ask);
	obj = sheaf_alloc_slow(&thread, s, GFP_KERNEL);
	sheaf_free_slow(&thread, s, obj);
	ck_assert_uint_gt(cache_nr_inuse(s), 0);
	sheaf_drop_cache(&thread, s);
	ck_assert_uint_eq(sheaf_main(&thread, s->index)->capacity, 0);
	ck_assert_uint_eq(cache_nr_inuse(s), 0);
	ck_assert_uint_eq(cache_destroy(s), 0);
}
END_TEST

/* constructors, zones, RCU */

START_TEST(test_constructed_once)
{
	void *obj;

	ask.ctor = construct;
	s = cache_create(&ask);
	calls = 0;
	obj = take();
	ck_assert_uint_eq(calls, s->objects);
	ck_assert(all_bytes(obj, 64, 0x41));
	memset(obj, 0x42, 64);
	slab_free_batch(s, &obj, 1);
	ck_assert_ptr_eq(take(), obj);
	ck_assert(all_bytes(obj, 64, 0x42));
	ck_assert_uint_eq(calls, s->objects);
}
END_TEST

START_TEST(test_pages_of_the_zone)
{
	ask.flags = SLAB_CACHE_DMA;
	s = cache_create(&ask);
	ck_assert_uint_eq(virt_to_page(take())->zone, ZONE_DMA);
}
END_TEST

static struct page *waiting;

static void wait_for_readers(struct page *slab)
{
	waiting = slab;
}

START_TEST(test_slabs_wait_for_readers)
{
	unsigned char *obj;
	void *p;

	slab_discard_rcu = wait_for_readers;
	ask.flags = SLAB_TYPESAFE_BY_RCU;
	s = cache_create(&ask);
	obj = p = take();
	memset(obj, 0x77, 64);
	slab_free_batch(s, &p, 1);
	ck_assert_uint_eq(cache_destroy(s), 0);
	ck_assert_ptr_eq(waiting, virt_to_page(obj));
	ck_assert(all_bytes(obj, 64, 0x77));
	ck_assert_uint_gt(stats.slab_pages, 0);
	slab_discard_waiting(waiting);
	ck_assert_uint_eq(stats.slab_pages, 0);
	slab_discard_rcu = NULL;
	ck_assert_uint_eq(page_alloc_validate(), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("slab merge");
	TCase *t = add_tcase(suite, "merge", setup, slub_teardown, 10);

	ADD_TESTS(t, test_equal_caches_merge, test_slack_is_less_than_a_word,
		  test_object_size_is_the_larger, test_alignment_must_fit,
		  test_a_constructor_forbids_it,
		  test_a_window_for_users_forbids_it, test_nomerge,
		  test_slub_debug_keeps_caches_apart,
		  test_classes_of_malloc_are_not_shared, test_oldest_first,
		  test_alias_names);
	ADD_LOOP_TESTS(t, 4, test_some_flags_must_be_equal);
	ADD_LOOP_TESTS(t, 8, test_some_flags_forbid_it);

	t = add_tcase(suite, "end", setup, slub_teardown, 10);
	ADD_TESTS(t, test_last_reference_ends_it, test_index_is_used_again,
		  test_index_of_a_leaked_cache_stays,
		  test_reserved_indices_are_left, test_no_index_left,
		  test_sheaves_are_dropped);

	t = add_tcase(suite, "objects", setup, slub_teardown, 10);
	ADD_TESTS(t, test_constructed_once, test_pages_of_the_zone,
		  test_slabs_wait_for_readers);
	return run_suite(suite);
}
