/* SPDX-License-Identifier: MIT */
/*
 * test_sheaf.c - sheaves and barns: the order of attempts on both sides,
 * limits, counters, clearing, whole threads, misuse, the validator.
 *
 * The cache has objects of a page and sheaves of four, so that a sheaf is
 * four calls.
 */
#include "mm/sheaf.h"

#include "mm/slab_test.h"

enum { CAP = 4, MAX_FULL = 10, MANY = 400 };

static struct thread_cache thread;
static struct kmem_cache *s;
static void *objs[MANY];

static struct kmem_cache *make_sheaf_cache(u32 size, unsigned int capacity)
{
	return cache_create(&(struct cache_args){
		.name = "test",
		.object_size = size,
		.sheaf_capacity = (u16)capacity,
		.max_full = MAX_FULL,
		.malloc_class = true,
	});
}

static void setup(void)
{
	boot_small();
	ck_assert_int_eq(sheaf_boot(), 0);
	sheaf_thread_init(&thread);
	s = make_sheaf_cache(PAGE_SIZE, CAP);
}

/* Objects that this thread did not take, for it to free; default rules. */
static void setup_handed(void)
{
	setup();
	machine.cfg.kernel = 0;
	for (unsigned int i = 0; i < MANY; i++)
		ck_assert(slab_alloc_batch(s, GFP_KERNEL, &objs[i], 1));
}

static void teardown(void)
{
	ck_assert_uint_eq(sheaf_validate(&thread), 0);
	validate_slabs();
}

static void *get_from(struct thread_cache *t, struct kmem_cache *cache)
{
	void *p = sheaf_pop(t, cache->index, cache->size);

	return p ? p : sheaf_alloc_slow(t, cache, GFP_KERNEL);
}

/* As free() does it: frames of no class never come to the fast path. */
static void put_to(struct thread_cache *t, struct kmem_cache *cache, void *p)
{
	if (machine.class_map[virt_to_pfn(p)] != cache->index ||
	    !sheaf_push(t, cache->index, p))
		sheaf_free_slow(t, cache, p);
}

/* @n objects into objs[]; objects objs[from..to) back. */
static void get(unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		objs[i] = get_from(&thread, s);
		ck_assert_ptr_nonnull(objs[i]);
	}
}

static void put(unsigned int from, unsigned int to)
{
	while (from < to)
		put_to(&thread, s, objs[from++]);
}

static struct sheaf *main_sheaf(void)
{
	return sheaf_main(&thread, s->index);
}

static struct sheaf *spare_sheaf(void)
{
	return main_sheaf()->other;
}

static void assert_levels(u64 main, u64 spare, unsigned int full,
			  unsigned int empty)
{
	ck_assert_uint_eq(main_sheaf()->nr, main);
	ck_assert_uint_eq(spare_sheaf() ? spare_sheaf()->nr : 0, spare);
	ck_assert_uint_eq(s->barn.nr_full, full);
	ck_assert_uint_eq(s->barn.nr_empty, empty);
}

/* So many objects in use, all of which are in objs[]; no sheaf but main. */
static void start_with(unsigned int n)
{
	get(n);
	ck_assert_uint_eq(n % CAP, 0);
	assert_levels(0, 0, 0, 0);
	ck_assert_ptr_null(spare_sheaf());
}

/* taking */

START_TEST(test_first_object_makes_a_sheaf)
{
	get(1);
	ck_assert_uint_eq(counted(KV_sheaf_alloc), 1);
	ck_assert_uint_eq(main_sheaf()->capacity, CAP);
	ck_assert_uint_eq(main_sheaf()->cache, s->index);
	ck_assert_uint_eq(thread.start[s->index].mask,
			  (PAGE_SIZE << s->order) - 1);
	ck_assert_ptr_eq(main_sheaf()->objs[CAP], (void *)SHEAF_END(CAP));
	ck_assert_ptr_null(spare_sheaf());
}
END_TEST

START_TEST(test_empty_thread_is_refilled_whole)
{
	get(1);
	ck_assert_uint_eq(main_sheaf()->nr, CAP - 1);
	ck_assert_uint_eq(counted(KV_sheaf_refill), 1);
	ck_assert_uint_eq(counted(KV_barn_get_fail), 1);
}
END_TEST

START_TEST(test_main_serves_without_slow_path)
{
	get(1);
	for (int i = 1; i < CAP; i++)
		ck_assert_ptr_nonnull(sheaf_pop(&thread, s->index, 100));
	ck_assert_ptr_null(sheaf_pop(&thread, s->index, 100));
	ck_assert_uint_eq(counted(KV_sheaf_refill), 1);
}
END_TEST

START_TEST(test_fast_path_counts)
{
	get(1);
	sheaf_pop(&thread, s->index, 100);
	sheaf_pop(&thread, s->index, 20);
	sheaf_push(&thread, s->index, objs[0]);
	ck_assert_uint_eq(thread.stat.alloc[s->index], 2);
	ck_assert_uint_eq(thread.stat.asked[s->index], 120);
	ck_assert_uint_eq(thread.stat.free[s->index], 1);
}
END_TEST

START_TEST(test_lowest_addresses_first)
{
	get(CAP);
	for (int i = 1; i < CAP; i++)
		ck_assert_ptr_eq(objs[i], (char *)objs[i - 1] + PAGE_SIZE);
}
END_TEST

START_TEST(test_last_freed_first_taken)
{
	start_with(CAP);
	put(0, CAP);
	for (int i = CAP; i-- > 0;)
		ck_assert_ptr_eq(get_from(&thread, s), objs[i]);
}
END_TEST

/* Every offset of a slab, for every size of a malloc class: only starts. */
START_TEST(test_fast_path_takes_starts_only)
{
	u32 size = (u32)_i * 16;
	char *slab;
	size_t bytes;

	s = make_sheaf_cache(size, CAP);
	slab = get_from(&thread, s);
	put_to(&thread, s, slab);
	slab -= (size_t)slab % (PAGE_SIZE << s->order);
	bytes = (size_t)s->objects * size;
	for (size_t offset = 0; offset < bytes; offset++) {
		struct thread_cache *t = &thread;

		sheaf_main(t, s->index)->objs[0] = NULL;
		t->top[s->index] = &main_sheaf()->bottom;
		ck_assert_int_eq(sheaf_push(t, s->index, slab + offset),
				 offset % size == 0);
	}
	sheaf_forget_thread(&thread);
}
END_TEST

START_TEST(test_forgotten_thread_starts_anew)
{
	start_with(2 * CAP);
	put(0, 2 * CAP);
	sheaf_forget_thread(&thread);
	ck_assert_ptr_null(sheaf_last(&thread, s->index));
	ck_assert_uint_eq(main_sheaf()->capacity, 0);
	for (int i = 0; i < 2 * CAP; i++)
		ck_assert_ptr_ne(get_from(&thread, s), objs[i]);
}
END_TEST

/* Barns may hold more than max_full, together 256 KiB. */
START_TEST(test_barns_share_what_is_extra)
{
	struct kmem_cache *other = make_sheaf_cache(PAGE_SIZE, CAP);
	unsigned int extra = (256 << 10) / (CAP * PAGE_SIZE), half = extra / 2;

	s->barn.max_full = 1;
	s->barn.max_extra = (u16)half;
	other->barn.max_full = 1;
	other->barn.max_extra = (u16)extra;
	for (unsigned int i = 0; i < 2; i++, s = other) {
		get(MANY);
		put(0, MANY);
	}
	ck_assert_uint_eq(caches[other->index - 1].barn.nr_full, 1 + half);
	ck_assert_uint_eq(other->barn.nr_full, 1 + extra - half);
	barn_drain_all();
	get(MANY);
	put(0, MANY);
	ck_assert_uint_eq(other->barn.nr_full, 1 + extra);
	barn_drain_all();
}
END_TEST

enum { TINY = 64, TINY_CAP = 60, TINY_SHEAVES = 96 };

static void *tiny[TINY_SHEAVES * TINY_CAP];

/* Full sheaves in the barn after all of tiny[] came and went. */
static unsigned int tiny_kept(void)
{
	barn_drain_all();
	for (size_t i = 0; i < ARRAY_SIZE(tiny); i++)
		tiny[i] = get_from(&thread, s);
	for (size_t i = 0; i < ARRAY_SIZE(tiny); i++)
		put_to(&thread, s, tiny[i]);
	return s->barn.nr_full;
}

/* Of tiny objects a sixteenth of the heap, at least 128 KiB. */
START_TEST(test_extra_tiny_ones_are_a_share)
{
	unsigned int least = (128 << 10) / (TINY * TINY_CAP);
	struct page *rest;

	s = make_sheaf_cache(TINY, TINY_CAP);
	s->barn.max_full = 1;
	s->barn.max_extra = TINY_SHEAVES;
	ck_assert_uint_eq(tiny_kept(), 1 + least);
	rest = alloc_pages(GFP_KERNEL, MAX_PAGE_ORDER);
	ck_assert_ptr_nonnull(rest);
	ck_assert_uint_ge(tiny_kept(), 1 + 2 * least);
	barn_tick();
	ck_assert_uint_ge(s->barn.nr_full, 1 + 2 * least);
	free_pages_block(rest, MAX_PAGE_ORDER);
	barn_tick();
	ck_assert_uint_eq(s->barn.nr_full, 1);
	barn_drain_all();
}
END_TEST

enum { RUN_EXTRA = 9, RUN_PAGES = 3, RUN_SHEAF = CAP * RUN_PAGES };

static void take_runs(unsigned int n)
{
	s = cache_create(&(struct cache_args){ .name = "run",
					       .run_pages = RUN_PAGES,
					       .sheaf_capacity = CAP,
					       .max_full = 1,
					       .max_extra = RUN_EXTRA,
					       .malloc_class = true });
	get(n);
}

/* Extra runs in barns are a quarter of the heap at most. */
START_TEST(test_extra_runs_are_a_share)
{
	unsigned int extra, few = RUN_EXTRA * CAP;
	unsigned long used;

	take_runs(few);
	used = nr_used_pages();
	put(0, few);
	extra = s->barn.nr_full - 1u;
	ck_assert_uint_ge(extra, 1);
	ck_assert_uint_lt(extra, RUN_EXTRA);
	ck_assert_uint_le(4ul * extra * RUN_SHEAF, used);
	barn_drain_all();
}
END_TEST

START_TEST(test_extra_runs_go_with_the_heap)
{
	struct page *rest;

	take_runs(MANY);
	rest = alloc_pages(GFP_KERNEL, MAX_PAGE_ORDER);
	ck_assert_ptr_nonnull(rest);
	put(0, MANY);
	ck_assert_uint_eq(s->barn.nr_full, 1 + RUN_EXTRA);
	barn_tick();
	ck_assert_uint_eq(s->barn.nr_full, 1 + RUN_EXTRA);
	free_pages_block(rest, MAX_PAGE_ORDER);
	barn_tick();
	ck_assert_uint_eq(s->barn.nr_full, 1);
	barn_drain_all();
}
END_TEST

/* Attempt 1: main empty, the spare is not. */
START_TEST(test_spare_is_swapped_in)
{
	struct sheaf *main;

	start_with(2 * CAP);
	put(0, 2 * CAP); /* spare full, main full */
	for (int i = 0; i < CAP; i++)
		get_from(&thread, s);
	main = main_sheaf();
	assert_levels(0, CAP, 0, 0);
	get_from(&thread, s);
	ck_assert_ptr_eq(spare_sheaf(), main);
	assert_levels(CAP - 1, 0, 0, 0);
	ck_assert_uint_eq(counted(KV_barn_get), 0);
	ck_assert_uint_eq(counted(KV_sheaf_refill), 2);
}
END_TEST

/* A spare with less than all will do. */
START_TEST(test_partly_filled_spare_is_swapped_in)
{
	start_with(2 * CAP);
	put(0, CAP + 1); /* spare full, one in main */
	get_from(&thread, s);
	get_from(&thread, s); /* swapped: main has CAP - 1 */
	assert_levels(CAP - 1, 0, 0, 0);
	ck_assert_uint_eq(counted(KV_sheaf_refill), 2);
}
END_TEST

/* Attempt 2: both empty, the barn has a full one. */
START_TEST(test_barn_trades_full_for_empty)
{
	struct sheaf *full;

	start_with(3 * CAP);
	put(0, 3 * CAP); /* one to the barn */
	for (int i = 0; i < 2 * CAP; i++)
		get_from(&thread, s);
	assert_levels(0, 0, 1, 0);
	full = s->barn.full;
	get_from(&thread, s);
	ck_assert_ptr_eq(main_sheaf(), full);
	assert_levels(CAP - 1, 0, 0, 1);
	ck_assert_uint_eq(counted(KV_barn_get), 1);
	ck_assert_uint_eq(counted(KV_sheaf_refill), 3);
}
END_TEST

START_TEST(test_spare_before_barn)
{
	start_with(3 * CAP);
	put(0, 3 * CAP);
	for (int i = 0; i < CAP + 1; i++)
		get_from(&thread, s);
	assert_levels(CAP - 1, 0, 1, 0);
	ck_assert_uint_eq(counted(KV_barn_get), 0);
}
END_TEST

/* Attempt 3: all empty; slabs fill main. */
START_TEST(test_slabs_refill_main)
{
	start_with(2 * CAP);
	put(0, 2 * CAP);
	for (int i = 0; i < 2 * CAP + 1; i++)
		get_from(&thread, s);
	assert_levels(CAP - 1, 0, 0, 0);
	ck_assert_uint_eq(counted(KV_sheaf_refill), 3);
	ck_assert_uint_eq(counted(KV_barn_get_fail), 3);
}
END_TEST

START_TEST(test_barn_serves_another_thread)
{
	static struct thread_cache other;

	sheaf_thread_init(&other);
	start_with(3 * CAP);
	put(0, 3 * CAP);
	ck_assert_ptr_eq(get_from(&other, s), objs[CAP - 1]);
	ck_assert_uint_eq(counted(KV_barn_get), 1);
	sheaf_flush_thread(&other, false);
}
END_TEST

/* out of memory */

START_TEST(test_no_memory)
{
	take_all();
	ck_assert_ptr_null(sheaf_alloc_slow(&thread, s, GFP_NOWAIT));
	ck_assert_uint_eq(main_sheaf()->nr, 0);
}
END_TEST

/* A sheaf is a gift and must not eat reserves; the object may. */
START_TEST(test_no_memory_for_the_sheaf)
{
	state_enter(STATE_D, 0);
	ck_assert_ptr_nonnull(sheaf_alloc_slow(&thread, s, GFP_ATOMIC));
	ck_assert_uint_eq(main_sheaf()->capacity, 0);
	ck_assert_uint_eq(counted(KV_alloc_single), 1);
	ck_assert_uint_eq(counted(KV_sheaf_alloc), 0);
}
END_TEST

START_TEST(test_refill_is_content_with_less)
{
	get(2); /* eight objects: one slab */
	slab_alloc_batch(s, GFP_KERNEL, objs + 2, 2);
	take_all();
	get_from(&thread, s);
	get_from(&thread, s);
	ck_assert_ptr_nonnull(sheaf_alloc_slow(&thread, s, GFP_NOWAIT));
	assert_levels(1, 0, 0, 0);
}
END_TEST

START_TEST(test_free_without_memory_for_the_sheaf)
{
	void *p;

	slab_alloc_batch(s, GFP_KERNEL, &p, 1);
	take_all();
	put_to(&thread, s, p);
	ck_assert_uint_eq(main_sheaf()->capacity, 0);
	ck_assert_uint_eq(counted(KV_free_single), 1);
	ck_assert_uint_eq(s->nr_free, s->nr_objs);
}
END_TEST

/* clearing */

static void dirty(unsigned int n)
{
	get(n);
	for (unsigned int i = 0; i < n; i++)
		memset(objs[i], 0xff, s->size);
}

static void assert_zeroed(void)
{
	void *p = sheaf_alloc_slow(&thread, s, GFP_KERNEL | __GFP_ZERO);

	ck_assert(all_bytes(p, s->size, 0));
}

START_TEST(test_zeroed_from_main)
{
	dirty(CAP);
	put(0, CAP);
	assert_zeroed();
	assert_levels(CAP - 1, 0, 0, 0);
}
END_TEST

START_TEST(test_zeroed_from_spare)
{
	dirty(2 * CAP);
	put(0, 2 * CAP);
	for (int i = 0; i < CAP; i++)
		get_from(&thread, s);
	assert_zeroed();
	assert_levels(CAP - 1, 0, 0, 0);
}
END_TEST

START_TEST(test_zeroed_from_barn)
{
	dirty(3 * CAP);
	put(0, 3 * CAP);
	for (int i = 0; i < 2 * CAP; i++)
		get_from(&thread, s);
	assert_zeroed();
	assert_levels(CAP - 1, 0, 0, 1);
}
END_TEST

START_TEST(test_zeroed_from_slabs)
{
	dirty(2 * CAP);
	slab_free_batch(s, objs + 1, CAP); /* one keeps the slab */
	assert_zeroed();
	assert_levels(CAP - 1, 0, 0, 0);
}
END_TEST

START_TEST(test_zeroed_single)
{
	s = make_sheaf_cache(PAGE_SIZE, 0);
	dirty(2);
	put(1, 2);
	assert_zeroed();
}
END_TEST

START_TEST(test_zeroed_run)
{
	s = make_run_cache(3);
	s->sheaf_capacity = CAP;
	dirty(2);
	put(0, 1);
	assert_zeroed();
	slab_free_batch(s, objs + 1, 1);
	assert_zeroed();
}
END_TEST

/* giving back */

START_TEST(test_first_free_makes_a_sheaf)
{
	slab_alloc_batch(s, GFP_KERNEL, objs, 1);
	put(0, 1);
	ck_assert_uint_eq(main_sheaf()->capacity, CAP);
	assert_levels(1, 0, 0, 0);
}
END_TEST

START_TEST(test_main_takes_without_slow_path)
{
	start_with(CAP);
	for (int i = 0; i < CAP; i++)
		ck_assert(sheaf_push(&thread, s->index, objs[i]));
	assert_levels(CAP, 0, 0, 0);
	ck_assert(!sheaf_push(&thread, s->index, objs[0]));
}
END_TEST

/* Attempt 1: no spare yet. */
START_TEST(test_full_main_becomes_the_spare)
{
	struct sheaf *main;

	start_with(2 * CAP);
	main = main_sheaf();
	put(0, CAP + 1);
	ck_assert_ptr_eq(spare_sheaf(), main);
	assert_levels(1, CAP, 0, 0);
	ck_assert_uint_eq(counted(KV_sheaf_alloc), 2);
}
END_TEST

/* An empty sheaf of the barn saves making one. */
START_TEST(test_first_spare_comes_from_the_barn)
{
	static struct thread_cache other;
	void *p[CAP + 1];

	sheaf_thread_init(&other);
	start_with(3 * CAP);
	put(0, 3 * CAP);
	for (int i = 0; i < 2 * CAP + 1; i++)
		get_from(&thread, s); /* leaves an empty one */
	assert_levels(CAP - 1, 0, 0, 1);
	slab_alloc_batch(s, GFP_KERNEL, p, CAP + 1);
	put_to(&other, s, p[0]);
	assert_levels(CAP - 1, 0, 0, 0);
	ck_assert_uint_eq(counted(KV_sheaf_alloc), 3);
	sheaf_flush_thread(&other, false);
}
END_TEST

/* Attempt 2: the spare has room. */
START_TEST(test_spare_with_room_is_swapped_in)
{
	struct sheaf *spare;

	start_with(3 * CAP);
	put(0, CAP + 1);
	for (int i = 0; i < 2; i++)
		get_from(&thread, s);
	/* main CAP - 1, spare empty */
	spare = spare_sheaf();
	put(CAP + 1, CAP + 3);
	ck_assert_ptr_eq(main_sheaf(), spare);
	assert_levels(1, CAP, 0, 0);
	ck_assert_uint_eq(counted(KV_barn_put), 0);
}
END_TEST

/* Attempt 3: both full, the barn has room; the colder one goes. */
START_TEST(test_full_sheaf_goes_to_the_barn)
{
	struct sheaf *main, *spare;

	start_with(3 * CAP);
	put(0, 2 * CAP);
	main = main_sheaf();
	spare = spare_sheaf();
	put(2 * CAP, 2 * CAP + 1);
	ck_assert_ptr_eq(s->barn.full, spare);
	ck_assert_ptr_eq(spare_sheaf(), main);
	assert_levels(1, CAP, 1, 0);
	ck_assert_uint_eq(counted(KV_barn_put), 1);
}
END_TEST

START_TEST(test_barn_trades_empty_for_full)
{
	start_with(3 * CAP);
	put(0, 3 * CAP);
	for (int i = 0; i < 2 * CAP + 1; i++)
		objs[i] = get_from(&thread, s);
	assert_levels(CAP - 1, 0, 0, 1);
	put(0, 2 * CAP + 1);
	assert_levels(CAP, CAP, 1, 0);
	ck_assert_uint_eq(counted(KV_sheaf_alloc), 3);
}
END_TEST

START_TEST(test_barn_takes_so_many_full_sheaves)
{
	get((MAX_FULL + 3) * CAP);
	put(0, (MAX_FULL + 2) * CAP);
	assert_levels(CAP, CAP, MAX_FULL, 0);
	ck_assert_uint_eq(counted(KV_barn_put), MAX_FULL);
	ck_assert_uint_eq(counted(KV_barn_put_fail), 0);
	ck_assert_uint_eq(counted(KV_sheaf_flush), 0);
}
END_TEST

/* Attempt 4: the barn is full; the spare is flushed into slabs. */
START_TEST(test_full_barn_means_flush)
{
	unsigned int n = (MAX_FULL + 2) * CAP;
	struct sheaf *main, *spare;

	get(n + CAP);
	put(0, n);
	main = main_sheaf();
	spare = spare_sheaf();
	put(n, n + 1);
	ck_assert_ptr_eq(main_sheaf(), spare);
	ck_assert_ptr_eq(spare_sheaf(), main);
	assert_levels(1, CAP, MAX_FULL, 0);
	ck_assert_uint_eq(counted(KV_barn_put_fail), 1);
	ck_assert_uint_eq(counted(KV_sheaf_flush), 1);
	ck_assert_uint_eq(s->nr_objs - s->nr_free, n + CAP - CAP);
}
END_TEST

START_TEST(test_barn_is_published)
{
	start_with(3 * CAP);
	put(0, 3 * CAP);
	ck_assert_uint_eq(stats_pages.cache[s->index].barn_full, 1);
	for (int i = 0; i < 2 * CAP + 1; i++)
		get_from(&thread, s);
	ck_assert_uint_eq(stats_pages.cache[s->index].barn_full, 0);
	ck_assert_uint_eq(stats_pages.cache[s->index].barn_empty, 1);
}
END_TEST

/* what others took: passed on */

START_TEST(test_handed_objects_go_to_the_barn)
{
	put(0, 3 * CAP);
	assert_levels(CAP, 0, 2, 0);
	ck_assert_ptr_null(spare_sheaf());
	put(3 * CAP, 3 * CAP + 1);
	assert_levels(1, 0, 3, 0);
	ck_assert_uint_eq(counted(KV_barn_put), 3);
	put(3 * CAP + 1, MANY);
}
END_TEST

START_TEST(test_handed_objects_meet_a_full_barn)
{
	unsigned int n = (MAX_FULL + 1) * CAP;
	struct sheaf *main;

	put(0, n);
	main = main_sheaf();
	put(n, n + 1);
	ck_assert_ptr_eq(main_sheaf(), main);
	assert_levels(1, 0, MAX_FULL, 0);
	ck_assert_uint_eq(counted(KV_sheaf_flush), 1);
	ck_assert_uint_eq(s->nr_objs - s->nr_free, MANY - CAP);
	put(n + 1, MANY);
}
END_TEST

/* No memory for a sheaf of CAP, nor for anything else. */
static void take_all_sheaves(void)
{
	unsigned int home = 1;
	void *sheaf;

	while (strcmp(caches[home].name, "sheaf-4"))
		home++;
	take_all();
	while (slab_alloc_batch(&caches[home], GFP_NOWAIT, &sheaf, 1))
		;
}

START_TEST(test_handed_objects_without_memory_for_a_sheaf)
{
	put(0, CAP);
	take_all_sheaves();
	put(CAP, CAP + 2);
	ck_assert_uint_eq(main_sheaf()->capacity, 0);
	assert_levels(0, 0, 1, 0);
	ck_assert_uint_eq(counted(KV_free_single), 2);
}
END_TEST

START_TEST(test_who_takes_as_well_keeps_a_spare)
{
	void *own = get_from(&thread, s);

	put_to(&thread, s, own);
	put_to(&thread, s, get_from(&thread, s));
	put(0, CAP);
	ck_assert_ptr_nonnull(spare_sheaf());
	assert_levels(CAP, CAP, 0, 0);
	put(CAP, MANY);
}
END_TEST

/* runs: kept when freed, never taken in stock */

START_TEST(test_runs_are_taken_one_by_one)
{
	s = make_run_cache(3);
	s->sheaf_capacity = CAP;
	get(3);
	assert_levels(0, 0, 0, 0);
	ck_assert_uint_eq(stats.large_pages, 9);
}
END_TEST

START_TEST(test_freed_runs_are_kept)
{
	s = make_run_cache(3);
	s->sheaf_capacity = CAP;
	get(2);
	put(0, 2);
	ck_assert_uint_eq(stats.large_pages, 6);
	ck_assert_ptr_eq(get_from(&thread, s), objs[1]);
}
END_TEST

START_TEST(test_runs_without_sheaf_are_freed)
{
	s = make_run_cache(3);
	get(2);
	put(0, 2);
	ck_assert_uint_eq(stats.large_pages, 0);
}
END_TEST

/* the spare, without entering the core */

/* Main is empty, spare is full; the last object freed into it is returned. */
static void *with_full_spare(void)
{
	start_with(2 * CAP);
	put(0, CAP + 1);
	ck_assert_ptr_eq(sheaf_pop(&thread, s->index, 1), objs[CAP]);
	assert_levels(0, CAP, 0, 0);
	return objs[CAP - 1];
}

/* Main is full, spare is empty; the object that is missing is returned. */
static void *with_full_main(void)
{
	void *p = with_full_spare();

	ck_assert_ptr_eq(sheaf_pop_spare(&thread, s->index, 1), p);
	put_to(&thread, s, p);
	assert_levels(CAP, 0, 0, 0);
	return objs[CAP];
}

START_TEST(test_spare_serves)
{
	void *p = with_full_spare();
	u64 alloc = thread.stat.alloc[s->index];

	ck_assert_ptr_eq(sheaf_pop_spare(&thread, s->index, 1), p);
	assert_levels(CAP - 1, 0, 0, 0);
	ck_assert_uint_eq(thread.stat.alloc[s->index], alloc + 1);
	ck_assert_uint_eq(thread.in_core, 0);
	ck_assert_uint_eq(thread.ticks, 1);
}
END_TEST

START_TEST(test_spare_takes)
{
	void *p = with_full_main();
	u64 freed = thread.stat.free[s->index];

	ck_assert(!sheaf_push(&thread, s->index, p));
	ck_assert(sheaf_push_spare(&thread, s->index, p));
	assert_levels(1, CAP, 0, 0);
	ck_assert_ptr_eq(sheaf_last(&thread, s->index), p);
	ck_assert_uint_eq(thread.stat.free[s->index], freed + 1);
}
END_TEST

START_TEST(test_no_spare_does_nothing)
{
	ck_assert_ptr_null(sheaf_pop_spare(&no_thread, s->index, 1));
	ck_assert(!sheaf_push_spare(&no_thread, s->index, NULL));
	start_with(CAP);
	ck_assert_ptr_null(sheaf_pop_spare(&thread, s->index, 1));
	put(0, CAP);
	ck_assert(!sheaf_push_spare(&thread, s->index, objs[0]));
	assert_levels(CAP, 0, 0, 0);
}
END_TEST

START_TEST(test_spare_waits_for_main)
{
	with_full_spare();
	put(CAP, CAP + 1);
	ck_assert_ptr_null(sheaf_pop_spare(&thread, s->index, 1));
	ck_assert(!sheaf_push_spare(&thread, s->index, objs[CAP + 1]));
	assert_levels(1, CAP, 0, 0);
}
END_TEST

/* A handler that interrupted a slow path. */
START_TEST(test_no_swap_inside)
{
	void *p = with_full_main();

	thread.in_core = 1;
	ck_assert(!sheaf_push_spare(&thread, s->index, p));
	thread.in_core = 0;
	get(CAP);
	put(0, CAP);
	ck_assert(sheaf_push_spare(&thread, s->index, p));
	sheaf_pop(&thread, s->index, 1);
	thread.in_core = 1;
	ck_assert_ptr_null(sheaf_pop_spare(&thread, s->index, 1));
	assert_levels(0, CAP, 0, 0);
}
END_TEST

START_TEST(test_spare_takes_no_other_pointers)
{
	char *p = with_full_main();

	ck_assert(!sheaf_push_spare(&thread, s->index, p + 16));
	ck_assert(!sheaf_push_spare(&thread, s->index,
				    sheaf_last(&thread, s->index)));
	assert_levels(CAP, 0, 0, 0);
}
END_TEST

/* capacity 0: whatever must see each call */

START_TEST(test_no_capacity_no_sheaf)
{
	s = make_sheaf_cache(PAGE_SIZE, 0);
	get(3);
	put(0, 3);
	ck_assert_uint_eq(main_sheaf()->capacity, 0);
	ck_assert_uint_eq(counted(KV_sheaf_alloc), 0);
	ck_assert_uint_eq(counted(KV_alloc_single), 3);
	ck_assert_uint_eq(counted(KV_free_single), 3);
}
END_TEST

START_TEST(test_no_capacity_no_fast_path)
{
	s = make_sheaf_cache(PAGE_SIZE, 0);
	get(1);
	ck_assert(!sheaf_push(&thread, s->index, objs[0]));
	ck_assert_ptr_null(sheaf_pop(&thread, s->index, 1));
}
END_TEST

/* The thread without cache: every class, no stock, no room. */
START_TEST(test_sentinel)
{
	get(1);
	for (unsigned int c = 0; c < KVR_MAX_CLASSES; c++) {
		ck_assert_ptr_null(sheaf_pop(&no_thread, c, 1));
		ck_assert(!sheaf_push(&no_thread, c, objs[0]));
		ck_assert_ptr_eq(no_thread.top[c], no_thread.top[0]);
		ck_assert_uint_eq(no_thread.start[c].magic, 0);
	}
}
END_TEST

START_TEST(test_fresh_thread_equals_the_sentinel)
{
	static struct thread_cache fresh;

	sheaf_thread_init(&fresh);
	ck_assert_mem_eq(fresh.top, no_thread.top, sizeof(fresh.top));
}
END_TEST

/* whole threads, whole barns */

static unsigned long in_use(void)
{
	return s->nr_objs - s->nr_free;
}

START_TEST(test_thread_flushed_to_slabs)
{
	start_with(3 * CAP);
	put(0, CAP + 2);
	sheaf_flush_thread(&thread, false);
	assert_levels(0, 0, 0, 0);
	ck_assert_uint_eq(main_sheaf()->capacity, 0);
	ck_assert_uint_eq(in_use(), 3 * CAP - (CAP + 2));
	ck_assert_uint_eq(counted(KV_sheaf_free), 2);
}
END_TEST

/* Full sheaves go as they are; what is not full goes to slabs. */
START_TEST(test_thread_flushed_to_barn)
{
	start_with(3 * CAP);
	put(0, CAP + 2);
	sheaf_flush_thread(&thread, true);
	assert_levels(0, 0, 1, 0);
	ck_assert_uint_eq(in_use(), 3 * CAP - 2);
	ck_assert_uint_eq(counted(KV_sheaf_free), 1);
}
END_TEST

START_TEST(test_thread_flushed_to_a_full_barn)
{
	unsigned int n = (MAX_FULL + 2) * CAP;

	get(n);
	put(0, n);
	sheaf_flush_thread(&thread, true);
	assert_levels(0, 0, MAX_FULL, 0);
	ck_assert_uint_eq(in_use(), MAX_FULL * CAP);
}
END_TEST

START_TEST(test_large_objects_flushed_alone)
{
	struct kmem_cache *small = make_sheaf_cache(PAGE_SIZE / 2, CAP);
	void *p = get_from(&thread, small);

	put_to(&thread, small, p);
	start_with(3 * CAP);
	put(0, CAP + 2);
	sheaf_flush_large(&thread, PAGE_SIZE / 2);
	ck_assert_uint_eq(main_sheaf()->capacity, 0);
	ck_assert_uint_eq(in_use(), 3 * CAP - (CAP + 2));
	ck_assert_uint_eq(sheaf_main(&thread, small->index)->nr, CAP);
	ck_assert_ptr_eq(get_from(&thread, small), p);
}
END_TEST

START_TEST(test_flushed_thread_can_go_on)
{
	start_with(2 * CAP);
	put(0, CAP);
	sheaf_flush_thread(&thread, false);
	get(2 * CAP);
	put(0, 2 * CAP);
	assert_levels(CAP, CAP, 0, 0);
}
END_TEST

START_TEST(test_drain_keeps_the_sheaves)
{
	start_with(3 * CAP);
	put(0, CAP + 2);
	sheaf_drain(&thread);
	assert_levels(0, 0, 0, 0);
	ck_assert_uint_eq(main_sheaf()->capacity, CAP);
	ck_assert_uint_eq(counted(KV_sheaf_free), 0);
	ck_assert_uint_eq(in_use(), 3 * CAP - (CAP + 2));
}
END_TEST

START_TEST(test_drained_barn_is_empty)
{
	start_with(4 * CAP);
	put(0, 4 * CAP);
	for (int i = 0; i < 2 * CAP + 1; i++)
		get_from(&thread, s);
	assert_levels(CAP - 1, 0, 1, 1);
	ck_assert_uint_eq(barn_drain_all(), CAP);
	assert_levels(CAP - 1, 0, 0, 0);
	ck_assert_uint_eq(counted(KV_sheaf_free), 2);
}
END_TEST

START_TEST(test_nothing_is_lost)
{
	get(MANY);
	put(0, MANY);
	sheaf_flush_thread(&thread, true);
	barn_drain_all();
	for (unsigned int c = 1; c < nr_caches; c++) {
		cache_shrink(&caches[c]);
		ck_assert_uint_eq(caches[c].nr_slabs, 0);
	}
	ck_assert_uint_eq(stats.held_bytes, 0);
	ck_assert_uint_eq(counted(KV_sheaf_alloc), counted(KV_sheaf_free));
}
END_TEST

/* misuse */

START_TEST(test_double_free_back_to_back_aborts)
{
	get(1);
	put(0, 1);
	put(0, 1);
}
END_TEST

START_TEST(test_double_free_into_a_full_sheaf_aborts)
{
	start_with(CAP);
	put(0, CAP);
	put(CAP - 1, CAP);
}
END_TEST

START_TEST(test_double_free_shows_at_the_flush)
{
	start_with(CAP);
	put(0, 2);
	put(0, 1);
	sheaf_flush_thread(&thread, false);
}
END_TEST

START_TEST(test_double_free_shows_without_sheaf)
{
	s = make_sheaf_cache(64, 0);
	get(3);
	put(0, 2);
	put(0, 1);
}
END_TEST

/* _i: offset */
START_TEST(test_interior_pointer_aborts)
{
	s = make_sheaf_cache(96, 60);
	get(1);
	objs[0] = (char *)objs[0] + _i;
	put(0, 1);
}
END_TEST

START_TEST(test_interior_pointer_into_a_run_aborts)
{
	s = make_run_cache(3);
	s->sheaf_capacity = CAP;
	get(2);
	put(0, 1); /* makes the sheaf */
	objs[1] = (char *)objs[1] + PAGE_SIZE;
	put(1, 2);
}
END_TEST

START_TEST(test_object_of_another_cache_aborts)
{
	void *p = get_from(&thread, make_sheaf_cache(64, CAP));

	sheaf_free_slow(&thread, s, p);
}
END_TEST

/* A slab of its minimum order lies where the fast path's mask is wrong. */
START_TEST(test_objects_of_small_slabs_come_back)
{
	unsigned int strange = 0;

	s = make_sheaf_cache(640, 28);
	take_all();
	for (unsigned long pfn = 1; pfn < machine.nr_pages; pfn += 2)
		give_back(pfn);
	get(60);
	ck_assert_uint_gt(counted(KV_order_fallback), 0);
	for (int i = 0; i < 60; i++) {
		size_t mask = (PAGE_SIZE << s->order) - 1;

		strange += ((size_t)objs[i] & mask) % s->size != 0;
	}
	ck_assert_uint_gt(strange, 0);
	put(0, 60);
	sheaf_flush_thread(&thread, false);
	barn_drain_all();
	ck_assert_uint_eq(in_use(), 0);
}
END_TEST

/* validator */

/* A thread with objects in main and spare. */
static void setup_validator(void)
{
	setup();
	start_with(2 * CAP);
	put(0, CAP + 2);
	ck_assert_uint_eq(sheaf_validate(&thread), 0);
}

static struct sheaf *one_of_both(int which)
{
	return which ? spare_sheaf() : main_sheaf();
}

/* _i below: 0 main, 1 spare */

START_TEST(test_validate_finds_too_many)
{
	one_of_both(_i)->capacity = one_of_both(_i)->nr - 1;
	ck_assert_uint_ne(sheaf_validate(&thread), 0);
}
END_TEST

START_TEST(test_validate_finds_a_sheaf_without_end)
{
	one_of_both(_i)->objs[CAP] = NULL;
	ck_assert_uint_ne(sheaf_validate(&thread), 0);
}
END_TEST

START_TEST(test_validate_finds_a_bottom_that_is_none)
{
	struct sheaf *sheaf = spare_sheaf();

	sheaf->bottom = objs[0];
	ck_assert_uint_ne(sheaf_validate(&thread), 0);
}
END_TEST

START_TEST(test_validate_finds_a_wrong_start_check)
{
	thread.start[s->index].magic++;
	ck_assert_uint_ne(sheaf_validate(&thread), 0);
}
END_TEST

START_TEST(test_validate_finds_a_sheaf_of_another_cache)
{
	one_of_both(_i)->cache++;
	ck_assert_uint_ne(sheaf_validate(&thread), 0);
}
END_TEST

START_TEST(test_validate_finds_an_interior_pointer)
{
	one_of_both(_i)->objs[1] = (char *)one_of_both(_i)->objs[1] + 64;
	ck_assert_uint_ne(sheaf_validate(&thread), 0);
}
END_TEST

START_TEST(test_validate_finds_a_pointer_to_nowhere)
{
	one_of_both(_i)->objs[0] = &thread;
	ck_assert_uint_ne(sheaf_validate(&thread), 0);
}
END_TEST

START_TEST(test_validate_finds_an_interior_pointer_into_a_run)
{
	s = make_run_cache(3);
	s->sheaf_capacity = CAP;
	get(2 * CAP);
	put(0, 2 * CAP);
	ck_assert_uint_eq(sheaf_validate(&thread), 0);
	one_of_both(_i)->objs[0] = (char *)one_of_both(_i)->objs[0] + PAGE_SIZE;
	ck_assert_uint_ne(sheaf_validate(&thread), 0);
}
END_TEST

START_TEST(test_validate_finds_an_object_of_another_cache)
{
	void *p;

	slab_alloc_batch(make_cache(64, 0), GFP_KERNEL, &p, 1);
	one_of_both(_i)->objs[0] = p;
	ck_assert_uint_ne(sheaf_validate(&thread), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sheaf");
	TCase *t;

	t = add_tcase(suite, "taking", setup, teardown, 10);
	ADD_TESTS(t, test_first_object_makes_a_sheaf,
		  test_empty_thread_is_refilled_whole,
		  test_main_serves_without_slow_path, test_fast_path_counts,
		  test_lowest_addresses_first, test_last_freed_first_taken,
		  test_spare_is_swapped_in,
		  test_partly_filled_spare_is_swapped_in,
		  test_barn_trades_full_for_empty, test_spare_before_barn,
		  test_slabs_refill_main, test_barn_serves_another_thread);

	t = add_tcase(suite, "out of memory", setup, teardown, 10);
	ADD_TESTS(t, test_no_memory, test_no_memory_for_the_sheaf,
		  test_refill_is_content_with_less,
		  test_free_without_memory_for_the_sheaf);

	t = add_tcase(suite, "clearing", setup, teardown, 10);
	ADD_TESTS(t, test_zeroed_from_main, test_zeroed_from_spare,
		  test_zeroed_from_barn, test_zeroed_from_slabs,
		  test_zeroed_single, test_zeroed_run);

	t = add_tcase(suite, "giving back", setup, teardown, 10);
	ADD_TESTS(t, test_first_free_makes_a_sheaf,
		  test_main_takes_without_slow_path,
		  test_full_main_becomes_the_spare,
		  test_first_spare_comes_from_the_barn,
		  test_spare_with_room_is_swapped_in,
		  test_full_sheaf_goes_to_the_barn,
		  test_barn_trades_empty_for_full,
		  test_barn_takes_so_many_full_sheaves,
		  test_barns_share_what_is_extra,
		  test_extra_tiny_ones_are_a_share,
		  test_extra_runs_are_a_share,
		  test_extra_runs_go_with_the_heap,
		  test_full_barn_means_flush, test_barn_is_published,
		  test_runs_are_taken_one_by_one, test_freed_runs_are_kept,
		  test_runs_without_sheaf_are_freed,
		  test_objects_of_small_slabs_come_back);

	t = add_tcase(suite, "handed", setup_handed, teardown, 10);
	ADD_TESTS(t, test_handed_objects_go_to_the_barn,
		  test_handed_objects_meet_a_full_barn,
		  test_handed_objects_without_memory_for_a_sheaf,
		  test_who_takes_as_well_keeps_a_spare);

	t = add_tcase(suite, "spare", setup, teardown, 10);
	ADD_TESTS(t, test_spare_serves, test_spare_takes,
		  test_no_spare_does_nothing, test_spare_waits_for_main,
		  test_no_swap_inside, test_spare_takes_no_other_pointers);

	t = add_tcase(suite, "capacity 0", setup, teardown, 10);
	ADD_TESTS(t, test_no_capacity_no_sheaf, test_no_capacity_no_fast_path,
		  test_sentinel, test_fresh_thread_equals_the_sentinel);

	t = add_tcase(suite, "starts", setup, NULL, 60);
	tcase_add_loop_test(t, test_fast_path_takes_starts_only, 1, 513);

	t = add_tcase(suite, "whole threads", setup, teardown, 10);
	ADD_TESTS(t, test_thread_flushed_to_slabs, test_thread_flushed_to_barn,
		  test_thread_flushed_to_a_full_barn,
		  test_large_objects_flushed_alone,
		  test_flushed_thread_can_go_on,
		  test_forgotten_thread_starts_anew, test_drain_keeps_the_sheaves,
		  test_drained_barn_is_empty, test_nothing_is_lost);

	t = add_tcase(suite, "misuse", setup, NULL, 10);
	ADD_ABORT_TESTS(t, test_double_free_back_to_back_aborts,
			test_double_free_into_a_full_sheaf_aborts,
			test_double_free_shows_at_the_flush,
			test_double_free_shows_without_sheaf,
			test_interior_pointer_into_a_run_aborts,
			test_object_of_another_cache_aborts);
	tcase_add_loop_test_raise_signal(t, test_interior_pointer_aborts,
					 SIGABRT, 1, 96);

	t = add_tcase(suite, "validator", setup_validator, NULL, 10);
	ADD_LOOP_TESTS(t, 2, test_validate_finds_too_many,
		       test_validate_finds_a_sheaf_without_end,
		       test_validate_finds_a_bottom_that_is_none,
		       test_validate_finds_a_wrong_start_check,
		       test_validate_finds_a_sheaf_of_another_cache,
		       test_validate_finds_an_interior_pointer,
		       test_validate_finds_a_pointer_to_nowhere,
		       test_validate_finds_an_interior_pointer_into_a_run,
		       test_validate_finds_an_object_of_another_cache);
	return run_suite(suite);
}
