/* SPDX-License-Identifier: MIT */
/* test_purge.c - what is given back to the system, when, and what stays. */
#include <string.h>
#include <unistd.h>

#include "../suite.h"
#include "mm/buddy.h"
#include "mm/states.h"
#include "os/os.h"

enum {
	MAX_BLOCKS = 16384,
	BUDGET = (8 << 20) >> PAGE_SHIFT, /* the least, in pages */
	RUN = 16,			  /* pages: 64 KiB */
};
static struct page *block[MAX_BLOCKS];

static void setup(void)
{
	machine_start(2048 * MIB, 0);
}

static void teardown(void)
{
	machine_stop();
}

static struct page *get(unsigned int order)
{
	struct page *page = alloc_pages(GFP_KERNEL, order);

	ck_assert_ptr_nonnull(page);
	memset(page_address(page), 0x5a, PAGE_SIZE << order);
	return page;
}

static void put(struct page *page, unsigned int order)
{
	free_pages_block(page, order);
	drain_all_pages();
}

/* Frames of the linear map that really are resident. */
static unsigned long resident(void)
{
	static u8 vec[1024];
	unsigned long n = 0;

	for (unsigned long pfn = next_committed_frame(0);
	     pfn < machine.nr_pages;
	     pfn = next_committed_frame(pfn + sizeof(vec))) {
		ck_assert_int_eq(os_mincore(pfn_to_virt(pfn),
					    sizeof(vec) * PAGE_SIZE, vec),
				 0);
		for (size_t i = 0; i < sizeof(vec); i++)
			n += vec[i] & 1;
	}
	return n;
}

static u64 purged(void)
{
	return stats.counter[KV_purged];
}

/* population: pages that are handed out here are never touched */

static void take_untouched(unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		block[i] = alloc_pages(GFP_KERNEL, 0);
		ck_assert_ptr_nonnull(block[i]);
	}
}

static void put_all(unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		free_pages_block(block[i], 0);
	drain_all_pages();
}

START_TEST(test_growing_heap_is_populated)
{
	take_untouched(100);
	ck_assert_uint_eq(resident(), 0);
	put_all(100);
	take_untouched(8192);
	ck_assert_uint_ge(resident(), 6000);
	ck_assert_uint_le(resident(), 8192 + 8192 / 32);
	put_all(8192);
}
END_TEST

START_TEST(test_populated_page_counts_as_dirty)
{
	take_untouched(8192);
	drain_all_pages(); /* those that nobody got, too */
	ck_assert_uint_gt(nr_dirty_free_pages(), 0);
	put_all(8192);
	ck_assert_uint_ge(nr_dirty_free_pages(), resident());
	ck_assert_uint_eq(page_alloc_validate(), 0);
}
END_TEST

START_TEST(test_frame_is_populated_once)
{
	take_untouched(8192);
	put_all(8192);
	purge_free_pages(0);
	ck_assert_uint_eq(resident(), 0);
	take_untouched(4096);
	ck_assert_uint_eq(resident(), 0);
	put_all(4096);
}
END_TEST

START_TEST(test_kernel_presets_populate_nothing)
{
	machine_stop();
	machine_start(2048 * MIB, 700);
	take_untouched(8192);
	ck_assert_uint_eq(resident(), 0);
	put_all(8192);
}
END_TEST

/* on request */

START_TEST(test_purge_makes_pages_clean_and_absent)
{
	unsigned int order = (unsigned int)_i;
	struct page *page = get(order);

	put(page, order);
	ck_assert_uint_eq(resident(), 1ul << order);
	ck_assert_uint_eq(purge_free_pages(0), 1ul << order);
	ck_assert_uint_eq(resident(), 0);
	ck_assert_uint_eq(nr_dirty_free_pages(), 0);
}
END_TEST

START_TEST(test_purged_block_reads_as_zero)
{
	struct page *page = get(5);
	const char *p = page_address(page);

	put(page, 5);
	purge_free_pages(0);
	ck_assert_ptr_eq(alloc_pages(GFP_KERNEL, 5), page);
	ck_assert(page->flags & PG_ZERO);
	for (size_t i = 0; i < PAGE_SIZE << 5; i++)
		ck_assert(!p[i]);
	put(page, 5);
}
END_TEST

START_TEST(test_used_pages_are_kept)
{
	struct page *used = get(4), *page = get(4);
	const char *p = page_address(used);

	put(page, 4);
	purge_free_pages(0);
	for (size_t i = 0; i < PAGE_SIZE << 4; i++)
		ck_assert_int_eq(p[i], 0x5a);
	put(used, 4);
}
END_TEST

START_TEST(test_keep_is_honoured)
{
	for (int i = 0; i < 64; i++)
		block[i] = get(5); /* every second is freed: no merging */
	for (int i = 0; i < 64; i += 2)
		put(block[i], 5);
	ck_assert_uint_eq(nr_dirty_free_pages(), 32 * 32);
	ck_assert_uint_eq(purge_free_pages(320), 32 * 32 - 320);
	ck_assert_uint_eq(nr_dirty_free_pages(), 320);
	for (int i = 1; i < 64; i += 2)
		put(block[i], 5);
}
END_TEST

START_TEST(test_small_blocks_are_left_unless_all_is_asked_for)
{
	for (int i = 0; i < 64; i++)
		block[i] = get(3);
	for (int i = 0; i < 64; i += 2)
		put(block[i], 3);
	ck_assert_uint_eq(purge_free_pages(1), 0);
	ck_assert_uint_eq(purge_free_pages(0), 32 * 8);
	for (int i = 1; i < 64; i += 2)
		put(block[i], 3);
}
END_TEST

/* Eight pages, 16, eight, of no common block, between pages in use. */
START_TEST(test_neighbours_go_together)
{
	static const int freed[] = { 1, 2, 3, 4, 9 };

	for (int i = 0; i < 16; i++) {
		block[i] = get(3);
		ck_assert_ptr_eq(block[i], block[0] + 8 * i);
	}
	ck_assert_uint_eq(page_to_pfn(block[0]) % 16, 0);
	for (size_t i = 0; i < ARRAY_SIZE(freed); i++)
		put(block[freed[i]], 3);
	ck_assert_uint_eq(purge_free_pages(1), 4 * 8);
	ck_assert_uint_eq(resident(), 16 * 8 - 4 * 8);
	ck_assert_uint_eq(dirty_count(page_to_pfn(block[9]), 3), 8);
	ck_assert_uint_eq(page_alloc_validate(), 0);
	for (int i = 5; i < 16; i++)
		if (i != 9)
			put(block[i], 3);
	put(block[0], 3);
}
END_TEST

START_TEST(test_largest_first)
{
	struct page *big = get(9), *wall = get(9), *small = get(6),
		    *wall2 = get(6);

	put(big, 9);
	put(small, 6);
	ck_assert_uint_eq(purge_free_pages(64), 512);
	ck_assert_uint_eq(dirty_count(page_to_pfn(small), 6), 64);
	put(wall, 9);
	put(wall2, 6);
}
END_TEST

/* By kernel rules what was freed first; by default the highest address. */
static void purge_one_of_four(int kernel)
{
	machine_stop();
	machine_start(2048 * MIB, kernel);
	for (int i = 0; i < 8; i++)
		block[i] = get(6);
	for (int i = 0; i < 8; i += 2)
		put(block[i], 6);
	purge_free_pages(3 * 64);
	for (int i = 1; i < 8; i += 2)
		put(block[i], 6);
}

START_TEST(test_coldest_first)
{
	purge_one_of_four(700);
	ck_assert_uint_eq(dirty_count(page_to_pfn(block[0]), 6), 0);
	ck_assert_uint_eq(dirty_count(page_to_pfn(block[2]), 6), 64);
}
END_TEST

START_TEST(test_highest_first_by_default)
{
	purge_one_of_four(0);
	ck_assert_uint_eq(dirty_count(page_to_pfn(block[6]), 6), 0);
	ck_assert_uint_eq(dirty_count(page_to_pfn(block[0]), 6), 64);
}
END_TEST

START_TEST(test_mixed_block_gives_back_its_dirty_part)
{
	struct page *page = get(4);

	put(page, 4); /* 16 of 1024 */
	ck_assert_uint_eq(purge_free_pages(0), 16);
	ck_assert_uint_eq(resident(), 0);
}
END_TEST

START_TEST(test_per_cpu_pages_are_drained_when_all_is_asked_for)
{
	free_pages_block(get(0), 0);
	ck_assert_uint_eq(purge_free_pages(0), 1);
}
END_TEST

#ifdef OS_FAULT
START_TEST(test_refused_discard_leaves_pages_dirty)
{
	struct page *page = get(6);

	put(page, 6);
	os_fault_set(1);
	ck_assert_uint_eq(purge_free_pages(0), 0);
	ck_assert_int_eq(os_fault_left(), 0);
	ck_assert_uint_eq(nr_dirty_free_pages(), 64);
	page = alloc_pages(GFP_KERNEL, 6);
	ck_assert(!(page->flags & PG_ZERO));
	put(page, 6);
}
END_TEST
#endif

/* by itself */

static u32 seed = 1;

static u32 rnd(void)
{
	seed = seed * 1664525 + 1013904223;
	return seed >> 8;
}

static void get_runs(int n)
{
	for (int i = 0; i < n; i++) {
		block[i] = alloc_page_run(GFP_KERNEL, RUN);
		memset(page_address(block[i]), 1, RUN * PAGE_SIZE);
	}
}

/* Frees @n of those got, in random order; the rest moves to the front. */
static void put_runs(int total, int n)
{
	while (n--) {
		int i = (int)(rnd() % (u32)total);

		free_page_run(block[i], RUN);
		block[i] = block[--total];
	}
}

/* 512 MiB, of which 95 % is freed: half of the least budget is left. */
START_TEST(test_peak_goes_back_without_being_asked)
{
	int n = 8192, keep = n / 20;
	unsigned long live = (unsigned long)keep * RUN;

	get_runs(n);
	put_runs(n, n - keep);
	ck_assert_uint_le(resident(), live * 11 / 10 + BUDGET / 2);
	for (int i = 0; i < keep; i++)
		free_page_run(block[i], RUN);
}
END_TEST

/* 64 MiB in single pages; every twentieth stays and keeps blocks small. */
START_TEST(test_peak_of_single_pages_goes_back_too)
{
	unsigned long keep = MAX_BLOCKS / 20 + 1;

	for (int i = 0; i < MAX_BLOCKS; i++)
		block[i] = get(0);
	for (int i = 0; i < MAX_BLOCKS; i++)
		if (i % 20)
			free_pages_block(block[i], 0);
	ck_assert_uint_le(resident(), keep * 11 / 10 + BUDGET);
	for (int i = 0; i < MAX_BLOCKS; i += 20)
		free_pages_block(block[i], 0);
}
END_TEST

START_TEST(test_twelfth_of_a_large_heap_stays)
{
	int n = 8192, freed = n / 14; /* of 512 MiB */

	get_runs(n);
	put_runs(n, freed);
	ck_assert_uint_eq(purged(), 0);
	for (int i = 0; i < n - freed; i++)
		free_page_run(block[i], RUN);
}
END_TEST

/* 32 MiB: what three fifths of it leave may be wanted again. */
START_TEST(test_heap_at_work_keeps_what_it_used)
{
	get_runs(512);
	purge_tick();
	put_runs(512, 300);
	ck_assert_uint_eq(purged(), 0);
	put_runs(212, 187); /* all but gone */
	ck_assert_uint_le(resident(), 25 * RUN * 11 / 10 + BUDGET);
	put_runs(25, 25);
}
END_TEST

START_TEST(test_heap_at_work_keeps_32_mib_at_most)
{
	get_runs(4096); /* 256 MiB */
	purge_tick();
	put_runs(4096, 2048);
	ck_assert_uint_le(resident(), 2048 * RUN * 13 / 12 + 4 * BUDGET);
	ck_assert_uint_gt(resident(), 2048 * RUN + 3 * BUDGET);
	put_runs(2048, 2048);
}
END_TEST

START_TEST(test_use_long_ago_does_not_count)
{
	get_runs(512);
	put_runs(512, 300);
	for (int i = 0; i < 3; i++) {
		usleep(1100000);
		purge_tick();
	}
	ck_assert_uint_le(resident(), 212 * RUN + BUDGET);
	put_runs(212, 212);
}
END_TEST

START_TEST(test_loop_of_4_mib_does_not_purge)
{
	for (int i = 0; i < 1000; i++)
		put(get(10), 10);
	ck_assert_uint_eq(purged(), 0);
	ck_assert_uint_eq(resident(), 1024);
}
END_TEST

START_TEST(test_loop_of_8_mib_does_not_purge)
{
	for (int i = 0; i < 1000; i++) {
		struct page *a = alloc_pages(GFP_KERNEL, 10);
		struct page *b = alloc_pages(GFP_KERNEL, 10);

		put(a, 10);
		put(b, 10);
	}
	ck_assert_uint_eq(purged(), 0);
}
END_TEST

/* 64 MiB up and down: what is purged is regretted, so half of it stays. */
START_TEST(test_swing_is_learnt)
{
	u64 before;

	for (int i = 0; i < 10; i++) {
		get_runs(1024);
		put_runs(1024, 1024);
	}
	before = purged();
	for (int i = 0; i < 10; i++) {
		get_runs(1024);
		put_runs(1024, 1024);
	}
	/* the clock may take half of it once or twice on a slow machine */
	ck_assert_uint_le(purged() - before, 10 * 16384 / 2 + 2 * 16384);
	ck_assert_uint_gt(before, 10 * 16384 / 4);
}
END_TEST

START_TEST(test_what_was_learnt_fades)
{
	for (int i = 0; i < 10; i++) {
		get_runs(1024);
		put_runs(1024, 1024);
	}
	for (int i = 0; i < 4; i++) { /* one swing in 1.1 s: not worth it */
		usleep(1100000);
		get_runs(1024);
		put_runs(1024, 1024);
	}
	ck_assert_uint_le(nr_dirty_free_pages(), 16384 / 2);
}
END_TEST

START_TEST(test_fresh_growth_is_no_regret)
{
	get_runs(8192); /* never freed before */
	put_runs(8192, 8192);
	ck_assert_uint_le(resident(), BUDGET);
}
END_TEST

/* Nobody touches what stands for areas: it was not wanted again. */
START_TEST(test_frames_of_areas_are_no_regret)
{
	u32 chain[16];

	get_runs(4096);
	put_runs(4096, 3072);
	ck_assert_uint_gt(purged(), 0);
	for (int i = 0; i < 16; i++)
		ck_assert_uint_eq(charge_frames(GFP_KERNEL, 1000, &chain[i]),
				  1000);
	for (int i = 0; i < 16; i++)
		uncharge_frames(chain[i]);
	put_runs(1024, 1024);
	ck_assert_uint_le(resident(), BUDGET);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("purge");
	TCase *t;

	t = add_tcase(s, "population", setup, teardown, 60);
	ADD_TESTS(t, test_growing_heap_is_populated,
		  test_populated_page_counts_as_dirty,
		  test_frame_is_populated_once,
		  test_kernel_presets_populate_nothing);

	t = add_tcase(s, "asked", setup, teardown, 60);
	ADD_LOOP_TESTS(t, NR_PAGE_ORDERS,
		       test_purge_makes_pages_clean_and_absent);
	ADD_TESTS(t, test_purged_block_reads_as_zero, test_used_pages_are_kept,
		  test_keep_is_honoured,
		  test_small_blocks_are_left_unless_all_is_asked_for,
		  test_neighbours_go_together, test_largest_first,
		  test_coldest_first, test_highest_first_by_default,
		  test_mixed_block_gives_back_its_dirty_part,
		  test_per_cpu_pages_are_drained_when_all_is_asked_for);
#ifdef OS_FAULT
	ADD_TESTS(t, test_refused_discard_leaves_pages_dirty);
#endif

	t = add_tcase(s, "itself", setup, teardown, 120);
	ADD_TESTS(t, test_peak_goes_back_without_being_asked,
		  test_peak_of_single_pages_goes_back_too,
		  test_twelfth_of_a_large_heap_stays,
		  test_heap_at_work_keeps_what_it_used,
		  test_heap_at_work_keeps_32_mib_at_most,
		  test_use_long_ago_does_not_count,
		  test_loop_of_4_mib_does_not_purge,
		  test_loop_of_8_mib_does_not_purge, test_swing_is_learnt,
		  test_what_was_learnt_fades, test_fresh_growth_is_no_regret,
		  test_frames_of_areas_are_no_regret);
	return run_suite(s);
}
