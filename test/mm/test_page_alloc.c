/* SPDX-License-Identifier: MIT */
/*
 * test_page_alloc.c - blocks: merging, splitting, runs, migrate types, zones,
 * per-CPU lists, and that the validator sees each invariant broken.
 */
#include <string.h>

#include "../suite.h"
#include "lib/cpu.h"
#include "mm/pcp.h"
#include "mm/states.h"
#include "os/os.h"

#define GFP_TRY (GFP_KERNEL | __GFP_NOWARN)

static void setup(void)
{
	machine_start(64 * MIB, 0);
}

static void teardown(void)
{
	machine_stop();
}

static struct page *get_in(gfp_t gfp, unsigned int order)
{
	struct page *page = alloc_pages(gfp, order);

	ck_assert_ptr_nonnull(page);
	return page;
}

static struct page *get(unsigned int order)
{
	return get_in(GFP_KERNEL, order);
}

static void put(struct page *page, unsigned int order)
{
	free_pages_block(page, order);
}

/* Frees past the per-CPU lists, so that blocks merge. */
static void put_merged(struct page *page, unsigned int order)
{
	put(page, order);
	drain_all_pages();
}

static struct page *get_run(unsigned int nr)
{
	struct page *page = alloc_page_run(GFP_KERNEL, nr);

	ck_assert_ptr_nonnull(page);
	return page;
}

/* The zone that serves GFP_KERNEL on this machine. */
static struct zone *zone(void)
{
	return &zones[ZONE_DMA32];
}

static unsigned long nr_blocks(unsigned int order)
{
	unsigned long n = 0;

	for (int mt = 0; mt < MIGRATE_TYPES; mt++)
		n += zone()->area[order].nr_free[mt];
	return n;
}

/* blocks */

START_TEST(test_block_is_aligned)
{
	struct page *page = get((unsigned int)_i);

	ck_assert_uint_eq(page_to_pfn(page) & ((1ul << _i) - 1), 0);
	put(page, (unsigned int)_i);
}
END_TEST

START_TEST(test_block_is_in_use)
{
	struct page *page = get((unsigned int)_i);

	ck_assert_int_eq(page->type, PAGE_USED);
	ck_assert_uint_eq(page->order, _i);
	ck_assert_uint_eq(page->refcount, 1);
	ck_assert_uint_eq(page->run.nr_pages, 1u << _i);
	put(page, (unsigned int)_i);
}
END_TEST

START_TEST(test_all_of_a_block_can_be_written)
{
	struct page *page = get((unsigned int)_i);

	memset(page_address(page), 0xa5, PAGE_SIZE << _i);
	put(page, (unsigned int)_i);
}
END_TEST

START_TEST(test_free_counts_come_back)
{
	unsigned long before = nr_free_pages();
	struct page *page = get((unsigned int)_i);

	ck_assert_uint_le(nr_free_pages(), before - (1ul << _i));
	put_merged(page, (unsigned int)_i);
	ck_assert_uint_eq(nr_free_pages(), before);
}
END_TEST

START_TEST(test_order_11_is_too_big)
{
	ck_assert_ptr_null(alloc_pages(GFP_TRY, MAX_PAGE_ORDER + 1));
	ck_assert_int_eq(last_alloc_fail, ALLOC_TOO_BIG);
	ck_assert_ptr_null(alloc_pages(GFP_TRY, 64));
}
END_TEST

START_TEST(test_frame_0_is_never_handed_out)
{
	take_all();
	ck_assert(!is_held(0, 1));
	ck_assert(is_held(1, machine.nr_pages - 1));
	state_leave();
}
END_TEST

START_TEST(test_free_merges_with_its_buddy)
{
	struct page *a = get(10);
	unsigned long tens = nr_blocks(10);

	put_merged(a, 10);
	a = get(4);
	ck_assert_uint_eq(nr_blocks(10), tens);
	put_merged(a, 4);
	ck_assert_uint_eq(nr_blocks(10), tens + 1);
}
END_TEST

START_TEST(test_no_merge_while_the_buddy_is_used)
{
	struct page *a = get(5), *b = get(5);

	ck_assert_uint_eq(page_to_pfn(a) ^ 32, page_to_pfn(b));
	put_merged(a, 5);
	ck_assert_int_eq(a->type, PAGE_BUDDY);
	ck_assert_int_eq(a->order, 5);
	put_merged(b, 5);
	ck_assert_int_eq(b->type, PAGE_OFFLINE);
}
END_TEST

START_TEST(test_split_keeps_the_low_end)
{
	struct page *a = get(6);

	ck_assert_uint_eq(page_to_pfn(a) % MAX_BLOCK_PAGES, 0);
	for (unsigned int o = 6; o < MAX_PAGE_ORDER; o++)
		ck_assert_uint_eq(nr_blocks(o), 1);
	put(a, 6);
}
END_TEST

START_TEST(test_smallest_block_is_taken)
{
	struct page *a = get(7), *b = get(4), *c;

	c = get(4); /* 32 pages are left of a block of 64: no new split */
	ck_assert_uint_eq(page_to_pfn(c), page_to_pfn(b) + 16);
	ck_assert_uint_eq(nr_blocks(6), 1);
	put(a, 7);
	put(b, 4);
	put(c, 4);
}
END_TEST

/* Sixteen blocks of order 4 in a row, of which some are freed. */
static struct page *row[16];

static void make_row(int kernel)
{
	machine_stop();
	machine_start(64 * MIB, kernel);
	for (int i = 0; i < 16; i++)
		row[i] = get(4);
}

static void free_row(void)
{
	for (int i = 0; i < 16; i++)
		put(row[i], 4);
}

START_TEST(test_last_freed_is_first_used_by_kernel_rules)
{
	make_row(_i ? 418 : 700);
	put(row[0], 4);
	put(row[4], 4);
	ck_assert_ptr_eq(get(4), row[4]);
	ck_assert_ptr_eq(get(4), row[0]);
	free_row();
}
END_TEST

START_TEST(test_likely_merge_goes_to_the_tail_by_kernel_rules)
{
	make_row(700);
	put(row[8], 4);
	put(row[2], 4);
	put(row[3], 4); /* merged: order 5 is free beside ... */
	put(row[0], 4); /* ... this one, so it waits for its buddy */
	ck_assert_ptr_eq(get(4), row[8]);
	ck_assert_ptr_eq(get(4), row[0]);
	ck_assert_ptr_eq(get(4), row[2]);
	ck_assert_ptr_eq(get(4), row[3]);
	free_row();
}
END_TEST

START_TEST(test_lowest_is_first_used_by_default)
{
	static const u8 freed[] = { 8, 2, 12, 0, 6 },
			sorted[] = { 0, 2, 6, 8, 12 };

	make_row(0);
	for (size_t i = 0; i < sizeof(freed); i++)
		put(row[freed[i]], 4);
	for (size_t i = 0; i < sizeof(sorted); i++)
		ck_assert_ptr_eq(get(4), row[sorted[i]]);
	free_row();
}
END_TEST

START_TEST(test_double_free_aborts)
{
	struct page *page = get(0);

	put(page, 0);
	put(page, 0);
}
END_TEST

START_TEST(test_double_free_of_a_large_block_aborts)
{
	struct page *page = get(10);

	put(page, 10);
	put(page, 10);
}
END_TEST

START_TEST(test_free_of_a_run_twice_aborts)
{
	struct page *page = get_run(5);

	free_page_run(page, 5);
	free_page_run(page, 5);
}
END_TEST

/* deferred frames */

START_TEST(test_one_block_comes_online_at_a_time)
{
	ck_assert_uint_eq(zone()->online_end, zone()->start_pfn);
	put(get(0), 0);
	ck_assert_uint_eq(zone()->online_end,
			  zone()->start_pfn + MAX_BLOCK_PAGES);
	ck_assert_uint_eq(zones[ZONE_DMA].online_end, 0);
}
END_TEST

START_TEST(test_deferred_frames_are_free)
{
	ck_assert_uint_eq(zone()->nr_free, zone()->managed);
	ck_assert_uint_eq(stats_pages.zone[ZONE_DMA32].deferred, zone()->managed);
	ck_assert(zone_watermark_ok(zone(), 10, 0, ZONE_NORMAL, 0));
	ck_assert_int_eq(extfrag_index(zone(), 10), -1000);
	ck_assert_uint_eq(unusable_index(zone(), 10), 0);
}
END_TEST

START_TEST(test_reuse_before_fresh)
{
	for (int i = 0; i < 100; i++) /* order 9 fits beside what pcps hold */
		put(get((unsigned int)i % 10), (unsigned int)i % 10);
	ck_assert_uint_eq(zone()->online_end,
			  zone()->start_pfn + MAX_BLOCK_PAGES);
}
END_TEST

#ifdef OS_FAULT
START_TEST(test_refused_commit_is_tried_again_smaller)
{
	struct page *page;

	os_fault_set(1);
	page = alloc_pages(GFP_TRY | __GFP_DMA, 0);
	ck_assert_int_eq(os_fault_left(), 0);
	ck_assert_ptr_nonnull(page);
	put(page, 0);
}
END_TEST
#endif

/* zero */

START_TEST(test_fresh_block_is_known_to_be_zero)
{
	struct page *page = get((unsigned int)_i);

	ck_assert(page->flags & PG_ZERO);
	put(page, (unsigned int)_i);
}
END_TEST

START_TEST(test_used_block_is_not)
{
	struct page *page = get((unsigned int)_i);

	put_merged(page, (unsigned int)_i);
	page = get((unsigned int)_i);
	ck_assert(!(page->flags & PG_ZERO));
	put(page, (unsigned int)_i);
}
END_TEST

START_TEST(test_gfp_zero_clears_a_used_block)
{
	size_t size = PAGE_SIZE << _i;
	struct page *page = get((unsigned int)_i);
	char *p = page_address(page);

	memset(p, 0xff, size);
	put_merged(page, (unsigned int)_i);
	page = get_in(GFP_KERNEL | __GFP_ZERO, (unsigned int)_i);
	ck_assert_ptr_eq(page_address(page), p);
	ck_assert(!p[0] && !memcmp(p, p + 1, size - 1));
	ck_assert(page->flags & PG_ZERO);
	put(page, (unsigned int)_i);
}
END_TEST

START_TEST(test_untouched_half_stays_clean)
{
	struct page *page = get(4), *next;

	put_merged(page, 4); /* 16 dirty pages at the start of 1024 */
	ck_assert_uint_eq(nr_dirty_free_pages(), 16);
	page = get(4);
	next = get(4);
	ck_assert(!(page->flags & PG_ZERO));
	ck_assert(next->flags & PG_ZERO);
	put(page, 4);
	put(next, 4);
}
END_TEST

START_TEST(test_resident_block_is_preferred)
{
	struct page *page = get(8), *buddy = get(8), *run;

	put(page, 8);
	run = get_run(600); /* ends with a clean block of order 8 */
	ck_assert_int_eq(run[768].type, PAGE_BUDDY);
	ck_assert_int_eq(run[768].order, 8);
	ck_assert_ptr_eq(get(8), page);
	ck_assert_ptr_eq(get(8), run + 768);
	put(page, 8);
	put(buddy, 8);
	put(run + 768, 8);
	free_page_run(run, 600);
}
END_TEST

START_TEST(test_page_never_handed_out_stays_zero_on_the_pcp)
{
	struct page *page = get(0);

	put(page, 0);
	drain_all_pages(); /* 1 dirty page, the rest of the batch clean */
	ck_assert_uint_eq(nr_dirty_free_pages(), 1);
}
END_TEST

/* runs */

static const unsigned int lengths[] = {
	1,  2,	3,   4,	  5,   6,   7,	 8,    9,    15,
	16, 17, 100, 255, 511, 512, 513, 1000, 1023, 1024,
};

START_TEST(test_run_takes_exactly_its_pages)
{
	unsigned int nr = lengths[_i];
	unsigned long before = nr_free_pages();
	struct page *page = get_run(nr);

	ck_assert_uint_eq(page->run.nr_pages, nr);
	ck_assert_uint_eq(page->order, get_order(nr * PAGE_SIZE));
	drain_all_pages();
	ck_assert_uint_eq(nr_free_pages(), before - nr);
	free_page_run(page, nr);
	drain_all_pages();
	ck_assert_uint_eq(nr_free_pages(), before);
}
END_TEST

START_TEST(test_run_starts_at_a_block_boundary)
{
	unsigned int nr = lengths[_i];
	struct page *page = get_run(nr);

	ck_assert_uint_eq(page_to_pfn(page) &
				  ((1ul << get_order(nr * PAGE_SIZE)) - 1),
			  0);
	free_page_run(page, nr);
}
END_TEST

START_TEST(test_freed_run_merges_to_the_whole)
{
	unsigned int nr = lengths[_i];

	free_page_run(get_run(nr), nr);
	drain_all_pages();
	ck_assert_uint_eq(nr_blocks(10), 1);
	for (unsigned int o = 0; o < 10; o++)
		ck_assert_uint_eq(nr_blocks(o), 0);
}
END_TEST

START_TEST(test_tail_of_a_run_is_usable)
{
	struct page *run = get_run(5), *page;

	page = alloc_page_run(GFP_KERNEL, 2);
	ck_assert_uint_eq(page_to_pfn(page), page_to_pfn(run) + 6);
	free_page_run(run, 5);
	free_page_run(page, 2);
}
END_TEST

START_TEST(test_tail_of_a_run_stays_clean)
{
	struct page *page = get_run(5);

	free_page_run(page, 5);
	ck_assert_uint_eq(nr_dirty_free_pages(), 5);
}
END_TEST

START_TEST(test_run_grows_in_place)
{
	unsigned int nr = lengths[_i];
	struct page *page = get_run(nr);
	unsigned long before;

	drain_all_pages();
	before = nr_free_pages();
	for (unsigned int want = nr + 1; want <= 1024; want += 1 + want / 4) {
		ck_assert(grow_page_run(page, page->run.nr_pages, want));
		ck_assert_uint_eq(page->run.nr_pages, want);
		ck_assert_uint_eq(nr_free_pages(), before - (want - nr));
	}
	free_page_run(page, page->run.nr_pages);
}
END_TEST

START_TEST(test_run_does_not_grow_into_a_used_page)
{
	struct page *run = get_run(4), *page = get_run(4);
	unsigned long before = nr_free_pages();

	ck_assert_uint_eq(page_to_pfn(page), page_to_pfn(run) + 4);
	ck_assert(!grow_page_run(run, 4, 5));
	ck_assert_uint_eq(run->run.nr_pages, 4);
	ck_assert_uint_eq(nr_free_pages(), before);
	free_page_run(run, 4);
	free_page_run(page, 4);
}
END_TEST

/* Free, used, free: what is free in front must not be lost. */
START_TEST(test_growth_that_fails_halfway_takes_nothing)
{
	struct page *run = get(4), *gap = get(4), *used = get(4);
	unsigned long before;

	put(gap, 4);
	before = nr_free_pages();
	ck_assert(!grow_page_run(run, 16, 40));
	ck_assert_uint_eq(nr_free_pages(), before);
	ck_assert(grow_page_run(run, 16, 32));
	free_page_run(run, 32);
	put(used, 4);
}
END_TEST

START_TEST(test_run_grows_across_the_online_end)
{
	struct page *low = get(9), *run = get(9);

	ck_assert_uint_eq(page_to_pfn(run) + 512, zone()->online_end);
	ck_assert(grow_page_run(run, 512, 700));
	ck_assert_uint_eq(page_alloc_validate(), 0);
	memset(page_address(run), 1, 700 * PAGE_SIZE);
	free_page_run(run, 700);
	put(low, 9);
}
END_TEST

START_TEST(test_run_does_not_grow_past_its_zone)
{
	struct page *page, *last = NULL;

	while ((page = alloc_pages(GFP_TRY | __GFP_DMA, 10))) {
		page->next = last ? (u32)page_to_pfn(last) : 0;
		last = page;
		if (page_to_pfn(page) + MAX_BLOCK_PAGES == ZONE_DMA_END)
			break;
	}
	ck_assert_ptr_nonnull(page);
	shrink_page_run(page, 1024, 1023);
	ck_assert(grow_page_run(page, 1023, 1024));
	shrink_page_run(page, 1024, 512);
	page = pfn_to_page(ZONE_DMA_END - 512);
	page = get_in(GFP_TRY | __GFP_DMA, 9);
	ck_assert_uint_eq(page_to_pfn(page), ZONE_DMA_END - 512);
	ck_assert(!grow_page_run(page, 512, 513));
	put(page, 9);
	free_page_run(last, 512);
	for (u32 pfn = last->next; pfn; pfn = last->next) {
		last = pfn_to_page(pfn);
		pfn = last->next;
		put(last, 10);
		last->next = pfn;
	}
}
END_TEST

START_TEST(test_shrinking_gives_the_tail_back)
{
	unsigned int nr = lengths[_i];
	unsigned long before;
	struct page *page = get_run(1024);

	if (nr == 1024) {
		free_page_run(page, nr);
		return;
	}
	before = nr_free_pages();
	shrink_page_run(page, 1024, nr);
	ck_assert_uint_eq(page->run.nr_pages, nr);
	ck_assert_uint_eq(nr_free_pages(), before + 1024 - nr);
	free_page_run(page, nr);
}
END_TEST

/* migrate types */

#define GFP_MOVE (GFP_KERNEL | __GFP_MOVABLE)
#define GFP_RECL (GFP_KERNEL | __GFP_RECLAIMABLE)

START_TEST(test_types_have_pageblocks_of_their_own)
{
	struct page *u = get(0), *m = get_in(GFP_MOVE, 0),
		    *r = get_in(GFP_RECL, 0);

	ck_assert_int_eq(pageblock_mt(page_to_pfn(u)), MIGRATE_UNMOVABLE);
	ck_assert_int_eq(pageblock_mt(page_to_pfn(m)), MIGRATE_MOVABLE);
	ck_assert_int_eq(pageblock_mt(page_to_pfn(r)), MIGRATE_RECLAIMABLE);
	put(u, 0);
	put(m, 0);
	put(r, 0);
}
END_TEST

START_TEST(test_movable_flag_is_kept_for_compaction)
{
	struct page *page = get_in(GFP_MOVE, 0);

	ck_assert(page->flags & PG_MOVABLE);
	put(page, 0);
	page = get(0);
	ck_assert(!(page->flags & PG_MOVABLE));
	put(page, 0);
}
END_TEST

START_TEST(test_free_pageblock_is_claimed_before_fresh_memory)
{
	struct page *page = get_in(GFP_MOVE, 0);
	u64 claims = stats.counter[KV_pageblock_claim];

	put_merged(page, 0);
	page = get(0);
	ck_assert_uint_eq(stats.counter[KV_pageblock_claim], claims + 1);
	ck_assert_uint_eq(zone()->online_end,
			  zone()->start_pfn + MAX_BLOCK_PAGES);
	ck_assert_int_eq(pageblock_mt(page_to_pfn(page)), MIGRATE_UNMOVABLE);
	put(page, 0);
}
END_TEST

/* All memory unmovable but what @keep pages of a pageblock leave. */
static void only_part_of_a_pageblock(unsigned long keep)
{
	unsigned long start = ZONE_DMA_END, end = start + PAGEBLOCK_PAGES;

	take_all();
	for (unsigned long pfn = start; pfn < end - keep; pfn++)
		give_back(pfn);
}

START_TEST(test_mostly_free_pageblock_is_claimed)
{
	struct page *page;

	only_part_of_a_pageblock(200);
	page = get_in(GFP_MOVE | __GFP_MEMALLOC, 0);
	ck_assert_int_eq(pageblock_mt(page_to_pfn(page)), MIGRATE_MOVABLE);
	ck_assert_uint_gt(stats.counter[KV_watermark_boost], 0);
	put(page, 0);
	drain_all_pages();
	ck_assert_uint_eq(page_alloc_validate(), 0);
	state_leave();
}
END_TEST

START_TEST(test_mostly_used_pageblock_is_stolen_from)
{
	struct page *page;

	only_part_of_a_pageblock(300);
	page = get_in(GFP_MOVE | __GFP_MEMALLOC, 0);
	ck_assert_int_eq(pageblock_mt(page_to_pfn(page)), MIGRATE_UNMOVABLE);
	ck_assert_uint_gt(stats.counter[KV_page_steal], 0);
	put(page, 0);
	drain_all_pages();
	ck_assert_uint_eq(page_alloc_validate(), 0);
	state_leave();
}
END_TEST

START_TEST(test_movable_does_not_claim_small_blocks)
{
	u64 claims = stats.counter[KV_pageblock_claim];

	take_all();
	for (unsigned long i = 0; i < PAGEBLOCK_PAGES; i += 2)
		give_back(ZONE_DMA_END + i);
	put(get_in(GFP_MOVE | __GFP_MEMALLOC, 0), 0);
	ck_assert_uint_eq(stats.counter[KV_pageblock_claim], claims);
	state_leave();
}
END_TEST

START_TEST(test_boost_ends_with_kswapd)
{
	struct page *page;

	only_part_of_a_pageblock(200);
	zone()->watermark[WMARK_LOW] = 4;
	zone()->watermark[WMARK_MIN] = 2;
	page = alloc_pages(GFP_MOVE, 0);
	ck_assert_ptr_nonnull(page);
	ck_assert_uint_gt(stats.counter[KV_watermark_boost], 0);
	ck_assert_uint_eq(zone()->boost, 0);
	put(page, 0);
	state_leave();
}
END_TEST

START_TEST(test_atomic_blocks_make_a_reserve)
{
	struct zone *z = &zones[ZONE_DMA32];
	struct page *page;

	machine_stop();
	machine_start(512 * MIB, 0);
	state_enter(STATE_C, 2); /* so that the slow path is taken */
	page = alloc_pages(GFP_ATOMIC, 2);
	ck_assert_ptr_nonnull(page);
	ck_assert_uint_eq(z->nr_highatomic, PAGEBLOCK_PAGES);
	ck_assert_int_eq(pageblock_mt(page_to_pfn(page)), MIGRATE_HIGHATOMIC);
	put(page, 2);
	ck_assert_uint_ge(nr_free_highatomic(z), 4);
	ck_assert_uint_eq(page_alloc_validate(), 0);
	zone_lock(z);
	ck_assert(unreserve_highatomic(z, MIGRATE_UNMOVABLE, true));
	zone_unlock(z);
	ck_assert_uint_eq(z->nr_highatomic, 0);
	state_leave();
}
END_TEST

START_TEST(test_small_zone_has_no_reserve)
{
	state_enter(STATE_C, 2);
	put(get_in(GFP_ATOMIC, 2), 2);
	ck_assert_uint_eq(zone()->nr_highatomic, 0);
	state_leave();
}
END_TEST

/* zones */

START_TEST(test_dma_request_stays_in_dma)
{
	struct page *page = get_in(GFP_KERNEL | __GFP_DMA, 0);

	ck_assert_uint_lt(page_to_pfn(page), ZONE_DMA_END);
	put(page, 0);
}
END_TEST

START_TEST(test_highest_zone_first)
{
	struct page *page;

	machine_stop();
	machine_start(8192 * MIB, 0);
	page = get(0);
	ck_assert_uint_ge(page_to_pfn(page), ZONE_DMA32_END);
	put(page, 0);
	page = get_in(GFP_KERNEL | __GFP_DMA32, 0);
	ck_assert_uint_lt(page_to_pfn(page), ZONE_DMA32_END);
	ck_assert_uint_ge(page_to_pfn(page), ZONE_DMA_END);
	put(page, 0);
	page = get_in(GFP_HIGHUSER | __GFP_MOVABLE, 0);
	ck_assert_uint_ge(page_to_pfn(page), ZONE_DMA32_END);
	put(page, 0);
}
END_TEST

START_TEST(test_next_zone_when_the_first_is_low)
{
	struct zone *dma = &zones[ZONE_DMA];
	struct page *page;
	u32 chain = 0;

	while (zone_nr_free(dma) == dma->managed) {
		page = get(10);
		page->next = chain;
		chain = (u32)page_to_pfn(page);
	}
	ck_assert_uint_le(zone_nr_free(zone()),
			  zone()->watermark[WMARK_LOW] + MAX_BLOCK_PAGES);
	while (chain) {
		page = pfn_to_page(chain);
		chain = page->next;
		put(page, 10);
	}
}
END_TEST

START_TEST(test_lower_zone_keeps_its_reserve)
{
	struct zone *dma = &zones[ZONE_DMA];
	struct page *page, *list = NULL;
	unsigned long left;

	while ((page = alloc_pages(GFP_NOWAIT, 0))) {
		page->run.private = (u64)(size_t)list;
		list = page;
	}
	left = zone_nr_free(dma) + pcp_pages(dma);
	ck_assert_uint_ge(left, dma->lowmem_reserve[ZONE_NORMAL]);
	page = alloc_pages(GFP_NOWAIT | __GFP_DMA, 0);
	ck_assert_ptr_nonnull(page); /* which its own requests may use */
	put(page, 0);
	while (list) {
		page = list;
		list = (struct page *)(size_t)page->run.private;
		put(page, 0);
	}
}
END_TEST

/* watermark test */

static const struct {
	unsigned long free, mark, reserve;
	unsigned int flags;
	bool ok;
} marks[] = {
	{ 101, 100, 0, 0, true },
	{ 100, 100, 0, 0, false },
	{ 110, 100, 10, 0, false },
	{ 111, 100, 10, 0, true },
	{ 51, 100, 0, ALLOC_MIN_RESERVE, true },
	{ 50, 100, 0, ALLOC_MIN_RESERVE, false },
	{ 39, 100, 0, ALLOC_MIN_RESERVE | ALLOC_NON_BLOCK, true },
	{ 38, 100, 0, ALLOC_MIN_RESERVE | ALLOC_NON_BLOCK, false },
	{ 100, 100, 0, ALLOC_NON_BLOCK, false },
	{ 51, 100, 0, ALLOC_OOM, true },
	{ 50, 100, 0, ALLOC_OOM, false },
};

START_TEST(test_watermark_rule)
{
	struct zone z = { .nr_free = marks[_i].free };

	z.lowmem_reserve[ZONE_NORMAL] = marks[_i].reserve;
	ck_assert_int_eq(zone_watermark_ok(&z, 0, marks[_i].mark, ZONE_NORMAL,
					   marks[_i].flags),
			 marks[_i].ok);
}
END_TEST

START_TEST(test_watermark_counts_the_block)
{
	struct zone z = { .nr_free = 107, .avail_any = 1u << 5 };

	ck_assert(!zone_watermark_ok(&z, 3, 100, ZONE_NORMAL, 0));
	z.nr_free = 108;
	ck_assert(zone_watermark_ok(&z, 3, 100, ZONE_NORMAL, 0));
	ck_assert(!zone_watermark_ok(&z, 6, 0, ZONE_NORMAL, 0));
}
END_TEST

START_TEST(test_watermark_leaves_highatomic_to_atomic)
{
	struct zone z = { .nr_free = 110, .nr_highatomic = 512 };

	z.area[3].nr_free[MIGRATE_HIGHATOMIC] = 2;
	ck_assert(!zone_watermark_ok(&z, 0, 100, ZONE_NORMAL, 0));
	ck_assert(zone_watermark_ok(&z, 0, 100, ZONE_NORMAL, ALLOC_NON_BLOCK));
	ck_assert(zone_watermark_ok(&z, 0, 93, ZONE_NORMAL, 0));
}
END_TEST

START_TEST(test_4_19_leaves_the_whole_reserve)
{
	struct zone z = { .nr_free = 610, .nr_highatomic = 512 };

	machine.cfg.kernel = 418;
	ck_assert(!zone_watermark_ok(&z, 0, 100, ZONE_NORMAL, 0));
	ck_assert(zone_watermark_ok(&z, 0, 97, ZONE_NORMAL, 0));
}
END_TEST

START_TEST(test_alloc_flags_of_gfp)
{
	ck_assert_uint_eq(gfp_alloc_flags(GFP_KERNEL, 0), ALLOC_KSWAPD);
	ck_assert_uint_eq(gfp_alloc_flags(GFP_NOWAIT, 0),
			  ALLOC_KSWAPD | ALLOC_NON_BLOCK);
	ck_assert_uint_eq(gfp_alloc_flags(GFP_ATOMIC, 0),
			  ALLOC_KSWAPD | ALLOC_NON_BLOCK | ALLOC_MIN_RESERVE);
	ck_assert_uint_eq(gfp_alloc_flags(GFP_ATOMIC, 2),
			  ALLOC_KSWAPD | ALLOC_NON_BLOCK | ALLOC_MIN_RESERVE |
				  ALLOC_HIGHATOMIC);
	ck_assert_uint_eq(gfp_alloc_flags(GFP_NOWAIT | __GFP_NOMEMALLOC, 0),
			  ALLOC_KSWAPD);
}
END_TEST

START_TEST(test_4_19_nowait_is_not_harder)
{
	machine.cfg.kernel = 418;
	ck_assert_uint_eq(gfp_alloc_flags(GFP_NOWAIT, 0), ALLOC_KSWAPD);
	ck_assert_uint_eq(gfp_alloc_flags(GFP_ATOMIC, 0),
			  ALLOC_KSWAPD | ALLOC_NON_BLOCK | ALLOC_MIN_RESERVE);
}
END_TEST

/* per-CPU lists */

static struct pcp *this_pcp(void)
{
	return &zones[ZONE_DMA32].pcp[this_cpu()];
}

START_TEST(test_pcp_is_last_in_first_out)
{
	unsigned int order = (unsigned int)_i;
	struct page *a = get(order), *b = get(order);

	put(a, order);
	put(b, order);
	ck_assert_ptr_eq(get(order), b);
	ck_assert_ptr_eq(get(order), a);
	put(a, order);
	put(b, order);
}
END_TEST

START_TEST(test_pcp_addresses_ascend_when_fresh)
{
	struct page *v[50];

	for (int i = 0; i < 50; i++) {
		v[i] = get(0);
		if (i)
			ck_assert_ptr_eq(v[i], v[i - 1] + 1);
	}
	for (int i = 0; i < 50; i++)
		put(v[i], 0);
}
END_TEST

START_TEST(test_pcp_pages_are_not_free)
{
	unsigned long before;

	put(get(0), 0);
	before = nr_free_pages();
	ck_assert_uint_gt(this_pcp()->count, 0);
	ck_assert_uint_eq(before + this_pcp()->count, machine.nr_pages - 1);
}
END_TEST

START_TEST(test_pcp_never_holds_more_than_high)
{
	static struct page *v[3000];

	for (int i = 0; i < 3000; i++)
		v[i] = get(0);
	for (int i = 0; i < 3000; i++) {
		put(v[i], 0);
		ck_assert_uint_le(this_pcp()->count, this_pcp()->high);
	}
}
END_TEST

START_TEST(test_default_preset_keeps_256_pages_at_most)
{
	machine_stop();
	machine_start(8192 * MIB, 0);
	ck_assert_uint_eq(zones[ZONE_NORMAL].pcp[0].high_max, PCP_HIGH_DEFAULT);
	ck_assert_uint_eq(zones[ZONE_NORMAL].pcp[0].batch, 63);
}
END_TEST

START_TEST(test_drain_empties_all_cpus)
{
	for (kv_cpu = 0; kv_cpu < 2; kv_cpu++)
		put(get(1), 1);
	kv_cpu = 0;
	drain_all_pages();
	ck_assert_uint_eq(nr_free_pages(), machine.nr_pages - 1);
}
END_TEST

START_TEST(test_drain_local_leaves_the_others)
{
	kv_cpu = 1;
	put(get(1), 1);
	kv_cpu = 0;
	drain_local_pages();
	ck_assert_uint_gt(zones[ZONE_DMA32].pcp[1].count, 0);
}
END_TEST

START_TEST(test_4x_keeps_order_0_only)
{
	machine_stop();
	machine_start(64 * MIB, _i ? 418 : 412);
	put(get(1), 1);
	ck_assert_uint_eq(this_pcp()->count, 0);
	put(get(0), 0);
	ck_assert_uint_gt(this_pcp()->count, 0);
}
END_TEST

START_TEST(test_newest_keeps_order_9)
{
	unsigned long count;

	machine_stop();
	machine_start(8192 * MIB, 700);
	put(get(9), 9);
	count = zones[ZONE_NORMAL].pcp[0].count;
	ck_assert_uint_ge(count, 512);
	machine_stop();
	machine_start(8192 * MIB, 0); /* the default does not */
	put(get(9), 9);
	ck_assert_uint_eq(zones[ZONE_NORMAL].pcp[0].count, 0);
}
END_TEST

START_TEST(test_high_floats_in_the_newest)
{
	static struct page *v[20000];
	u32 high;

	machine_stop();
	machine_start(8192 * MIB, 700);
	high = zones[ZONE_NORMAL].pcp[0].high;
	for (int i = 0; i < 20000; i++)
		v[i] = get(0);
	ck_assert_uint_gt(zones[ZONE_NORMAL].pcp[0].high, high);
	for (int i = 0; i < 20000; i++)
		put(v[i], 0);
}
END_TEST

/* numbers */

static const struct {
	unsigned long nr_free[NR_PAGE_ORDERS];
	unsigned int order;
	int extfrag;
	unsigned int unusable;
} frag[] = {
	{ { 0 }, 3, 0, 1000 },
	{ { 0, 0, 0, 1 }, 3, -1000, 0 },
	{ { 0, 0, 0, 1 }, 4, 1000 - 1500, 1000 },
	{ { 1000 }, 4, 1000 - 63, 1000 }, /* many small ones */
	{ { 1 }, 10, 1000 - 1000, 1000 }, /* lack of memory */
	{ { 8, 0, 0, 1 }, 3, -1000, 500 },
	{ { 100, 50, 25 }, 5, 1000 - 59, 1000 },
};

START_TEST(test_fragmentation_numbers)
{
	struct zone z = { 0 };

	for (int o = 0; o < NR_PAGE_ORDERS; o++)
		z.area[o].nr_free[o % MIGRATE_PCPTYPES] = frag[_i].nr_free[o];
	ck_assert_int_eq(extfrag_index(&z, frag[_i].order), frag[_i].extfrag);
	ck_assert_uint_eq(unusable_index(&z, frag[_i].order),
			  frag[_i].unusable);
}
END_TEST

START_TEST(test_pages_are_counted)
{
	u64 alloc, freed;

	page_alloc_sync_stats();
	alloc = stats.counter[KV_pgalloc];
	freed = stats.counter[KV_pgfree];
	put(get(0), 0);
	put(get(3), 3);
	put(get(10), 10);
	free_page_run(get_run(5), 5);
	page_alloc_sync_stats();
	ck_assert_uint_eq(stats.counter[KV_pgalloc] - alloc, 1 + 8 + 1024 + 5);
	ck_assert_uint_eq(stats.counter[KV_pgfree] - freed, 1 + 8 + 1024 + 5);
}
END_TEST

START_TEST(test_report_shows_the_zones)
{
	const struct kvr_zone *m = &stats_pages.zone[ZONE_DMA32];

	ck_assert_str_eq(m->name, "DMA32");
	ck_assert_uint_eq(m->managed, zone()->managed);
	ck_assert_uint_eq(m->low, zone()->watermark[WMARK_LOW]);
	ck_assert_uint_eq(m->pcp[1].batch, zones[ZONE_DMA32].pcp[1].batch);
	put(get(0), 0);
	ck_assert_uint_eq(m->nr_free, zone()->nr_free);
	ck_assert_uint_eq(m->deferred, zone()->managed - MAX_BLOCK_PAGES);
	ck_assert_uint_eq(m->pageblocks[MIGRATE_UNMOVABLE], 2);
}
END_TEST

START_TEST(test_rows_that_nobody_sees_are_left_alone)
{
	struct machine_config cfg = { .mem = 64 * MIB, .cpus = 2 };
	struct kvr_zone before[KVR_MAX_ZONES];
	struct page *page;

	machine_stop();
	memcpy(before, stats_pages.zone, sizeof(before));
	cfg.unseen = true;
	ck_assert_int_eq(machine_boot(&cfg), 0);
	page = get(3);
	put(get(5), 5);
	put(page, 3);
	page_alloc_sync_stats();
	ck_assert_uint_eq(stats.nr_zones, 0);
	ck_assert_mem_eq(before, stats_pages.zone, sizeof(before));
	machine_shutdown();
	setup();
}
END_TEST

/* what the validator must see; each test breaks one thing and mends it */

static struct page *free_block(unsigned int order)
{
	struct page *page = get(order), *wall = get(order);

	put(page, order); /* its buddy is used: it stays alone */
	(void)wall;
	return page;
}

static unsigned long broken(void)
{
	return page_alloc_validate();
}

#define BREAK_TEST(name, declare, breaks, mends) \
	START_TEST(test_validate_sees_##name)    \
	{                                        \
		struct page *p = free_block(5);  \
		struct zone *z = zone();         \
		declare;                         \
                                                 \
		(void)p;                         \
		(void)z;                         \
		ck_assert_uint_eq(broken(), 0);  \
		breaks;                          \
		ck_assert_uint_gt(broken(), 0);  \
		mends;                           \
		ck_assert_uint_eq(broken(), 0);  \
	}                                        \
	END_TEST

/* clang-format off */
BREAK_TEST(wrong_order, , p->order = 4, p->order = 5)
BREAK_TEST(wrong_type, , p->type = PAGE_USED, p->type = PAGE_BUDDY)
BREAK_TEST(head_in_no_list, struct page *q = p + 64,
	   q[-64 + 32].type = PAGE_BUDDY, q[-64 + 32].type = PAGE_USED)
BREAK_TEST(wrong_list_type, , p->buddy.mt = 1, p->buddy.mt = 0)
BREAK_TEST(wrong_pageblock,
	   struct pageblock *pb = pfn_to_pageblock(page_to_pfn(p)),
	   pb->mt = 1, pb->mt = 0)
BREAK_TEST(wrong_dirty_count, , p->buddy.dirty--, p->buddy.dirty++)
BREAK_TEST(wrong_dirty_bit,
	   u64 *w = &pfn_to_pageblock(page_to_pfn(p))->dirty[0],
	   *w ^= 1, *w ^= 1)
BREAK_TEST(wrong_dirty_sum, , z->dirty_free++, z->dirty_free--)
BREAK_TEST(wrong_nr_free, , z->nr_free++, z->nr_free--)
BREAK_TEST(wrong_block_count, , z->area[5].nr_free[0]++,
	   z->area[5].nr_free[0]--)
BREAK_TEST(wrong_avail, , z->avail[0][LIST_DIRTY] ^= 1u << 5,
	   z->avail[0][LIST_DIRTY] ^= 1u << 5)
BREAK_TEST(wrong_avail_any, , z->avail_any ^= 1, z->avail_any ^= 1)
BREAK_TEST(broken_back_link, , p->prev = 7, p->prev = 0)
BREAK_TEST(wrong_tail, u32 old = z->area[5].list[0][LIST_DIRTY].tail,
	   z->area[5].list[0][LIST_DIRTY].tail = 7,
	   z->area[5].list[0][LIST_DIRTY].tail = old)
BREAK_TEST(lost_list, u32 old = z->area[5].list[0][LIST_DIRTY].head,
	   z->area[5].list[0][LIST_DIRTY].head = 0,
	   z->area[5].list[0][LIST_DIRTY].head = old)
BREAK_TEST(endless_list, , p->next = (u32)page_to_pfn(p), p->next = 0)
BREAK_TEST(used_page_of_wrong_length, struct page *q = p + 32,
	   q->run.nr_pages = 31, q->run.nr_pages = 32)
BREAK_TEST(pcp_count, struct pcp *c = this_pcp(), c->count++, c->count--)
BREAK_TEST(stale_report, , stats_pages.zone[z->type].free[0][5]++,
	   stats_pages.zone[z->type].free[0][5]--)
/* clang-format on */

/* Two free buddies: made by freeing with the head hidden meanwhile. */
START_TEST(test_validate_sees_unmerged_buddies)
{
	struct page *a = get(5), *b = get(5);

	put(a, 5);
	a->type = PAGE_USED;
	put(b, 5);
	a->type = PAGE_BUDDY;
	ck_assert_uint_gt(broken(), 0);
	machine_shutdown();
	machine_start(64 * MIB, 0);
}
END_TEST

START_TEST(test_validate_sees_lost_pcp_page)
{
	struct free_list *l;
	u32 head;

	put(get(0), 0);
	l = &this_pcp()->list[0];
	head = l->head;
	ck_assert_uint_eq(broken(), 0);
	l->head = pfn_to_page(head)->next;
	ck_assert_uint_gt(broken(), 0);
	l->head = head;
	ck_assert_uint_eq(broken(), 0);
}
END_TEST

START_TEST(test_validate_sees_zero_page_that_is_dirty)
{
	struct page *page = get(0);
	u32 next = (u32)page_to_pfn(page) + 1; /* on the list, never used */

	ck_assert_int_eq(pfn_to_page(next)->type, PAGE_PCP);
	dirty_set(next, 1);
	ck_assert_uint_gt(broken(), 0);
	dirty_clear(next, 1);
	put(page, 0);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("page_alloc");
	TCase *t;

	t = add_tcase(s, "blocks", setup, teardown, 30);
	ADD_LOOP_TESTS(t, NR_PAGE_ORDERS, test_block_is_aligned,
		       test_block_is_in_use, test_all_of_a_block_can_be_written,
		       test_free_counts_come_back);
	ADD_TESTS(t, test_order_11_is_too_big, test_frame_0_is_never_handed_out,
		  test_free_merges_with_its_buddy,
		  test_no_merge_while_the_buddy_is_used,
		  test_split_keeps_the_low_end, test_smallest_block_is_taken,
		  test_likely_merge_goes_to_the_tail_by_kernel_rules,
		  test_lowest_is_first_used_by_default);
	ADD_LOOP_TESTS(t, 2, test_last_freed_is_first_used_by_kernel_rules);
	ADD_ABORT_TESTS(t, test_double_free_aborts,
			test_double_free_of_a_large_block_aborts,
			test_free_of_a_run_twice_aborts);

	t = add_tcase(s, "deferred", setup, teardown, 30);
	ADD_TESTS(t, test_one_block_comes_online_at_a_time,
		  test_deferred_frames_are_free, test_reuse_before_fresh);
#ifdef OS_FAULT
	ADD_TESTS(t, test_refused_commit_is_tried_again_smaller);
#endif

	t = add_tcase(s, "zero", setup, teardown, 30);
	ADD_LOOP_TESTS(t, NR_PAGE_ORDERS, test_fresh_block_is_known_to_be_zero,
		       test_used_block_is_not,
		       test_gfp_zero_clears_a_used_block);
	ADD_TESTS(t, test_untouched_half_stays_clean,
		  test_resident_block_is_preferred,
		  test_page_never_handed_out_stays_zero_on_the_pcp);

	t = add_tcase(s, "runs", setup, teardown, 30);
	ADD_LOOP_TESTS(t, ARRAY_SIZE(lengths), test_run_takes_exactly_its_pages,
		       test_run_starts_at_a_block_boundary,
		       test_freed_run_merges_to_the_whole,
		       test_run_grows_in_place,
		       test_shrinking_gives_the_tail_back);
	ADD_TESTS(t, test_tail_of_a_run_is_usable,
		  test_tail_of_a_run_stays_clean,
		  test_run_does_not_grow_into_a_used_page,
		  test_growth_that_fails_halfway_takes_nothing,
		  test_run_grows_across_the_online_end,
		  test_run_does_not_grow_past_its_zone);

	t = add_tcase(s, "types", setup, teardown, 60);
	ADD_TESTS(t, test_types_have_pageblocks_of_their_own,
		  test_movable_flag_is_kept_for_compaction,
		  test_free_pageblock_is_claimed_before_fresh_memory,
		  test_mostly_free_pageblock_is_claimed,
		  test_mostly_used_pageblock_is_stolen_from,
		  test_movable_does_not_claim_small_blocks,
		  test_boost_ends_with_kswapd,
		  test_atomic_blocks_make_a_reserve,
		  test_small_zone_has_no_reserve);

	t = add_tcase(s, "zones", setup, teardown, 60);
	ADD_TESTS(t, test_dma_request_stays_in_dma, test_highest_zone_first,
		  test_next_zone_when_the_first_is_low,
		  test_lower_zone_keeps_its_reserve);

	t = add_tcase(s, "marks", setup, teardown, 30);
	ADD_LOOP_TESTS(t, ARRAY_SIZE(marks), test_watermark_rule);
	ADD_TESTS(t, test_watermark_counts_the_block,
		  test_watermark_leaves_highatomic_to_atomic,
		  test_4_19_leaves_the_whole_reserve, test_alloc_flags_of_gfp,
		  test_4_19_nowait_is_not_harder);

	t = add_tcase(s, "pcp", setup, teardown, 30);
	ADD_LOOP_TESTS(t, NR_PCP_ORDERS, test_pcp_is_last_in_first_out);
	ADD_LOOP_TESTS(t, 2, test_4x_keeps_order_0_only);
	ADD_TESTS(t, test_pcp_addresses_ascend_when_fresh,
		  test_pcp_pages_are_not_free,
		  test_pcp_never_holds_more_than_high,
		  test_default_preset_keeps_256_pages_at_most,
		  test_drain_empties_all_cpus,
		  test_drain_local_leaves_the_others, test_newest_keeps_order_9,
		  test_high_floats_in_the_newest);

	t = add_tcase(s, "numbers", setup, teardown, 30);
	ADD_LOOP_TESTS(t, ARRAY_SIZE(frag), test_fragmentation_numbers);
	ADD_TESTS(t, test_pages_are_counted, test_report_shows_the_zones,
		  test_rows_that_nobody_sees_are_left_alone);

	t = add_tcase(s, "validate", setup, teardown, 30);
	ADD_TESTS(t, test_validate_sees_wrong_order,
		  test_validate_sees_wrong_type,
		  test_validate_sees_head_in_no_list,
		  test_validate_sees_wrong_list_type,
		  test_validate_sees_wrong_pageblock,
		  test_validate_sees_wrong_dirty_count,
		  test_validate_sees_wrong_dirty_bit,
		  test_validate_sees_wrong_dirty_sum,
		  test_validate_sees_wrong_nr_free,
		  test_validate_sees_wrong_block_count,
		  test_validate_sees_wrong_avail,
		  test_validate_sees_wrong_avail_any,
		  test_validate_sees_broken_back_link,
		  test_validate_sees_wrong_tail, test_validate_sees_lost_list,
		  test_validate_sees_endless_list,
		  test_validate_sees_used_page_of_wrong_length,
		  test_validate_sees_pcp_count, test_validate_sees_stale_report,
		  test_validate_sees_unmerged_buddies,
		  test_validate_sees_lost_pcp_page,
		  test_validate_sees_zero_page_that_is_dirty);
	return run_suite(s);
}
