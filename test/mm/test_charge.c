/* SPDX-License-Identifier: MIT */
/* test_charge.c - frames charged for vmalloc areas. */
#include "../suite.h"
#include "mm/buddy.h"
#include "mm/states.h"

#define GFP_TRY (GFP_KERNEL | __GFP_NOWARN)

static void setup(void)
{
	machine_start(512 * MIB, 0);
}

static void teardown(void)
{
	machine_stop();
}

static const unsigned long lengths[] = {
	1, 2, 3, 5, 511, 512, 1023, 1024, 1025, 2048, 2049, 4100, 65536, 100000,
};

/* Pages a chain stands for. */
static unsigned long chain_pages(u32 chain)
{
	unsigned long n = 0;

	for (; chain; chain = pfn_to_page(chain)->next)
		n += pfn_to_page(chain)->run.nr_pages +
		     (pfn_to_page(chain)->run.private << MAX_PAGE_ORDER);
	return n;
}

START_TEST(test_charge_takes_exactly_its_pages)
{
	unsigned long nr = lengths[_i], before = nr_free_pages();
	u32 chain;

	ck_assert_uint_eq(charge_frames(GFP_KERNEL, nr, &chain), nr);
	ck_assert_uint_eq(chain_pages(chain), nr);
	drain_all_pages();
	ck_assert_uint_eq(nr_free_pages(), before - nr);
	ck_assert_uint_eq(page_alloc_validate(), 0);
	uncharge_frames(chain);
	drain_all_pages();
	ck_assert_uint_eq(nr_free_pages(), before);
}
END_TEST

START_TEST(test_large_charge_commits_little)
{
	u32 chain;

	charge_frames(GFP_KERNEL, 100000, &chain);
	ck_assert_uint_le(machine.nr_committed, 2 * MAX_BLOCK_PAGES);
	uncharge_frames(chain);
}
END_TEST

START_TEST(test_charged_memory_is_never_made_resident)
{
	u32 chain;

	charge_frames(GFP_KERNEL | __GFP_ZERO, 5000, &chain);
	uncharge_frames(chain);
	ck_assert_uint_eq(nr_dirty_free_pages(), 0);
}
END_TEST

/* A dirty block and clean ones of that order: the clean one is charged. */
START_TEST(test_clean_blocks_are_charged_first)
{
	struct page *page = alloc_pages(GFP_KERNEL, 8);
	struct page *wall = alloc_pages(GFP_KERNEL, 8);
	u32 chain;

	free_pages_block(page, 8);
	charge_frames(GFP_KERNEL, 256, &chain);
	ck_assert_uint_eq(nr_dirty_free_pages(), 256);
	ck_assert_int_eq(page->type, PAGE_BUDDY);
	uncharge_frames(chain);
	free_pages_block(wall, 8);
}
END_TEST

START_TEST(test_single_page_keeps_what_it_was)
{
	u32 chain;

	free_pages_block(alloc_pages(GFP_KERNEL, 0), 0);
	charge_frames(GFP_KERNEL, 1, &chain); /* dirty, from the pcp */
	uncharge_frames(chain);
	drain_all_pages();
	ck_assert_uint_eq(nr_dirty_free_pages(), 1);
}
END_TEST

START_TEST(test_charge_ends_at_the_marks)
{
	unsigned long got, left = 0;
	u32 chain;

	got = charge_frames(GFP_TRY, machine.nr_pages, &chain);
	ck_assert_uint_lt(got, machine.nr_pages);
	ck_assert_uint_eq(chain_pages(chain), got);
	for (int i = 0; i < MAX_NR_ZONES; i++)
		left += zones[i].watermark[WMARK_MIN];
	ck_assert_uint_ge(nr_free_pages(), left / 2);
	ck_assert_uint_eq(page_alloc_validate(), 0);
	uncharge_frames(chain);
	drain_all_pages();
	ck_assert_uint_eq(nr_free_pages(), machine.nr_pages - 1);
}
END_TEST

START_TEST(test_charge_uses_single_pages_of_fragmented_memory)
{
	unsigned long got;
	u32 chain;

	state_enter(STATE_B, 1);
	got = charge_frames(GFP_TRY, 10000, &chain);
	ck_assert_uint_eq(got, 10000);
	uncharge_frames(chain);
	state_leave();
}
END_TEST

START_TEST(test_nothing_left_charges_nothing)
{
	u32 chain = 5;

	state_enter(STATE_E, 0);
	ck_assert_uint_eq(charge_frames(GFP_TRY, 10, &chain), 0);
	ck_assert_uint_eq(chain, 0);
	state_leave();
}
END_TEST

START_TEST(test_charged_deferred_blocks_cannot_come_online)
{
	struct zone *z = &zones[ZONE_DMA32];
	struct page *page;
	u32 chain, list = 0;

	charge_frames(GFP_TRY, machine.nr_pages, &chain);
	ck_assert_uint_gt(z->deferred_charged, 0);
	while ((page = alloc_pages(GFP_TRY | __GFP_MEMALLOC, 0))) {
		page->next = list;
		list = (u32)page_to_pfn(page);
	}
	ck_assert_uint_eq(nr_free_pages(), 0);
	ck_assert_uint_eq(z->online_end +
				  (z->deferred_charged << MAX_PAGE_ORDER),
			  z->end_pfn);
	ck_assert_uint_eq(page_alloc_validate(), 0);
	uncharge_frames(chain);
	while (list) {
		page = pfn_to_page(list);
		list = page->next;
		free_pages_block(page, 0);
	}
}
END_TEST

START_TEST(test_charges_are_counted)
{
	u64 alloc = stats.counter[KV_pgalloc], freed = stats.counter[KV_pgfree];
	u32 chain;

	charge_frames(GFP_KERNEL, 5000, &chain);
	uncharge_frames(chain);
	ck_assert_uint_eq(stats.counter[KV_pgalloc] - alloc, 5000);
	ck_assert_uint_eq(stats.counter[KV_pgfree] - freed, 5000);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("charge");
	TCase *t = add_tcase(s, "charge", setup, teardown, 60);

	ADD_LOOP_TESTS(t, ARRAY_SIZE(lengths),
		       test_charge_takes_exactly_its_pages);
	ADD_TESTS(t, test_large_charge_commits_little,
		  test_charged_memory_is_never_made_resident,
		  test_clean_blocks_are_charged_first,
		  test_single_page_keeps_what_it_was,
		  test_charge_ends_at_the_marks,
		  test_charge_uses_single_pages_of_fragmented_memory,
		  test_nothing_left_charges_nothing,
		  test_charged_deferred_blocks_cannot_come_online,
		  test_charges_are_counted);
	return run_suite(s);
}
