/* SPDX-License-Identifier: MIT */
/*
 * test_compaction.c - movable pages move out of the way, others do not.
 *
 * The pages are "pins": single movable pages, each known by an entry that
 * says where it is, as a layer that makes fragmentation on purpose has them.
 */
#include <string.h>

#include "../suite.h"
#include "mm/compaction.h"
#include "mm/states.h"

#define GFP_TRY (GFP_KERNEL | __GFP_NOWARN)

enum { MAX_PINS = 20000 };
static struct page *pin[MAX_PINS];
static int nr_pins;
static int migrate_fails; /* that many from now on */

static bool migrate(struct page *from, struct page *to)
{
	if (migrate_fails > 0 && migrate_fails--)
		return false;
	for (int i = 0; i < nr_pins; i++) {
		if (pin[i] == from) {
			memcpy(page_address(to), page_address(from), PAGE_SIZE);
			pin[i] = to;
			return true;
		}
	}
	return false;
}

static const struct movable_ops ops = { .migrate = migrate };

static void setup(void)
{
	machine_start(64 * MIB, 0);
	nr_pins = 0;
	migrate_fails = 0;
	register_movable_ops(&ops);
}

static void unpin(void)
{
	for (int i = 0; i < nr_pins; i++)
		free_pages_block(pin[i], 0);
	nr_pins = 0;
}

static void teardown(void)
{
	unpin();
	drain_all_pages();
	ck_assert_uint_eq(nr_free_pages(), machine.nr_pages - 1);
	machine_stop();
}

/*
 * Movable pages all over; of each 2^@order one stays, so that half the
 * machine is free and no block of that order is.
 */
static void pin_every(unsigned int order, gfp_t gfp)
{
	struct page *page;
	int n = 0;

	while (n < MAX_PINS &&
	       (page = alloc_pages(gfp | __GFP_NOWARN | __GFP_MEMALLOC, 0)))
		pin[n++] = page;
	for (int i = 0; i < n; i++) {
		if (page_to_pfn(pin[i]) & ((1ul << order) - 1)) {
			free_pages_block(pin[i], 0);
			continue;
		}
		*(unsigned long *)page_address(pin[i]) = (unsigned long)nr_pins;
		pin[nr_pins++] = pin[i];
	}
	drain_all_pages();
}

/*
 * The same with the pins in pageblocks of unmovable pages: those had all
 * memory when the pins came, and left afterwards.
 */
static void pin_among_unmovable(unsigned int order)
{
	static struct page *all[MAX_PINS];
	gfp_t gfp = __GFP_NOWARN | __GFP_MEMALLOC;
	struct page *page;
	int n = 0;

	while (n < MAX_PINS && (page = alloc_pages(GFP_KERNEL | gfp, 0)))
		all[n++] = page;
	for (int i = 0; i < n; i++)
		if (!(page_to_pfn(all[i]) & ((1ul << order) - 1)))
			free_pages_block(all[i], 0);
	drain_all_pages();
	while ((page = alloc_pages(GFP_KERNEL | __GFP_MOVABLE | gfp, 0))) {
		*(unsigned long *)page_address(page) = (unsigned long)nr_pins;
		pin[nr_pins++] = page;
	}
	for (int i = 0; i < n; i++)
		if (page_to_pfn(all[i]) & ((1ul << order) - 1))
			free_pages_block(all[i], 0);
	drain_all_pages();
}

static bool pins_are_intact(void)
{
	for (int i = 0; i < nr_pins; i++)
		if (*(unsigned long *)page_address(pin[i]) != (unsigned long)i)
			return false;
	return true;
}

/* A block of @order for @gfp, freed again. */
static bool served(gfp_t gfp, unsigned int order)
{
	struct page *page = alloc_pages(gfp, order);

	if (page)
		free_pages_block(page, order);
	drain_all_pages();
	return page;
}

#define GFP_PIN (GFP_KERNEL | __GFP_MOVABLE)

START_TEST(test_compaction_makes_a_block)
{
	pin_every(3, GFP_PIN);
	ck_assert(!served(GFP_NOWAIT, 3)); /* may not compact */
	ck_assert(served(GFP_TRY, 3));
	ck_assert_uint_ge(stats.counter[KV_compact_success], 1);
}
END_TEST

START_TEST(test_compaction_makes_a_costly_block)
{
	pin_every(5, GFP_PIN);
	ck_assert(served(GFP_TRY, 6));
}
END_TEST

START_TEST(test_moved_pages_keep_their_contents)
{
	pin_every(4, GFP_PIN);
	for (unsigned int o = 4; o < 10; o++)
		served(GFP_TRY, o);
	ck_assert_uint_gt(stats.counter[KV_compact_migrated], 10);
	ck_assert(pins_are_intact());
}
END_TEST

START_TEST(test_moved_pages_can_move_again)
{
	struct page *v[8];

	pin_every(4, GFP_PIN);
	for (int i = 0; i < 8; i++) {
		v[i] = alloc_pages(GFP_TRY, 8);
		ck_assert_ptr_nonnull(v[i]);
	}
	ck_assert(pins_are_intact());
	for (int i = 0; i < 8; i++)
		free_pages_block(v[i], 8);
}
END_TEST

START_TEST(test_unmovable_pages_stay)
{
	pin_every(3, GFP_KERNEL);
	ck_assert(!served(GFP_TRY, 3));
	ck_assert_uint_eq(stats.counter[KV_compact_migrated], 0);
	ck_assert_int_eq(last_alloc_fail, ALLOC_FRAG);
}
END_TEST

START_TEST(test_nothing_moves_without_a_mover)
{
	register_movable_ops(NULL);
	pin_every(3, GFP_PIN);
	ck_assert(!served(GFP_TRY, 3));
	ck_assert_uint_gt(stats.counter[KV_compact_stall], 0);
	ck_assert_uint_eq(stats.counter[KV_compact_migrated], 0);
}
END_TEST

START_TEST(test_no_io_no_compaction)
{
	pin_every(3, GFP_PIN);
	ck_assert(!served(GFP_NOIO | __GFP_NOWARN, 3));
	ck_assert_uint_eq(stats.counter[KV_compact_stall], 0);
}
END_TEST

START_TEST(test_page_that_refuses_to_move_is_left)
{
	unsigned long before;

	pin_every(3, GFP_PIN);
	migrate_fails = 1000000;
	before = nr_free_pages();
	ck_assert(!served(GFP_TRY, 3));
	drain_all_pages();
	ck_assert_uint_eq(nr_free_pages(), before);
	ck_assert_uint_eq(page_alloc_validate(), 0);
	ck_assert(pins_are_intact());
}
END_TEST

/* Of a block that needs several moves, some are done when one fails. */
START_TEST(test_half_done_evacuation_is_undone)
{
	unsigned long before;

	pin_every(3, GFP_PIN);
	before = nr_free_pages();
	for (int fails = 1; fails < 6; fails++) {
		migrate_fails = fails;
		served(GFP_TRY, 6);
		ck_assert_uint_eq(page_alloc_validate(), 0);
		ck_assert_uint_eq(nr_free_pages(), before);
		ck_assert(pins_are_intact());
	}
}
END_TEST

START_TEST(test_failure_is_deferred)
{
	struct zone *z = &zones[ZONE_DMA32];
	struct page_request rq;
	enum compact_result r;
	int deferred = 0;

	pin_every(3, GFP_PIN);
	page_request_init(&rq, GFP_TRY, 3, 8);
	migrate_fails = 1000000;
	direct_compact(&rq, 0, COMPACT_SYNC_LIGHT, &r);
	ck_assert_int_eq(r, COMPACT_FAILED);
	ck_assert_uint_eq(z->defer.shift, 1);
	for (int i = 0; i < 64; i++) {
		direct_compact(&rq, 0, COMPACT_SYNC_LIGHT, &r);
		deferred += r == COMPACT_DEFERRED;
	}
	ck_assert_int_gt(deferred, 32);
	direct_compact(&rq, 0, COMPACT_SYNC_FULL, &r); /* regardless */
	ck_assert_int_eq(r, COMPACT_FAILED);
	migrate_fails = 0;
	free_pages_block(direct_compact(&rq, 0, COMPACT_SYNC_FULL, &r), 3);
	ck_assert_int_eq(r, COMPACT_SUCCESS);
	ck_assert_uint_eq(z->defer.shift, 0);
}
END_TEST

START_TEST(test_lack_of_memory_is_no_case_for_compaction)
{
	struct page_request rq;
	enum compact_result r;

	take_all();
	page_request_init(&rq, GFP_TRY, 3, 8);
	direct_compact(&rq, 0, COMPACT_SYNC_FULL, &r);
	ck_assert_int_eq(r, COMPACT_SKIPPED);
	state_leave();
}
END_TEST

START_TEST(test_async_leaves_unmovable_pageblocks_alone)
{
	struct page_request rq;
	enum compact_result r;
	struct page *page;

	pin_among_unmovable(3);
	page_request_init(&rq, GFP_TRY, 3, 8);
	ck_assert_ptr_null(direct_compact(&rq, 0, COMPACT_ASYNC, &r));
	ck_assert_int_eq(r, COMPACT_FAILED);
	page = direct_compact(&rq, 0, COMPACT_SYNC_LIGHT, &r);
	ck_assert_int_eq(r, COMPACT_SUCCESS);
	free_pages_block(page, 3);
}
END_TEST

START_TEST(test_noretry_and_retry_mayfail_both_compact)
{
	pin_every(5, GFP_PIN);
	ck_assert(served(GFP_TRY | __GFP_NORETRY, 6));
	ck_assert(served(GFP_TRY | __GFP_RETRY_MAYFAIL, 7));
}
END_TEST

/* What makes them differ: a light try does not look everywhere. */
START_TEST(test_retry_mayfail_goes_further_than_noretry)
{
	pin_among_unmovable(4);
	ck_assert(!served(GFP_TRY | __GFP_NORETRY, 5));
	ck_assert(served(GFP_TRY | __GFP_RETRY_MAYFAIL, 5));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("compaction");
	TCase *t = add_tcase(s, "compaction", setup, teardown, 60);

	ADD_TESTS(t, test_compaction_makes_a_block,
		  test_compaction_makes_a_costly_block,
		  test_moved_pages_keep_their_contents,
		  test_moved_pages_can_move_again, test_unmovable_pages_stay,
		  test_nothing_moves_without_a_mover, test_no_io_no_compaction,
		  test_page_that_refuses_to_move_is_left,
		  test_half_done_evacuation_is_undone, test_failure_is_deferred,
		  test_lack_of_memory_is_no_case_for_compaction,
		  test_async_leaves_unmovable_pageblocks_alone,
		  test_noretry_and_retry_mayfail_both_compact,
		  test_retry_mayfail_goes_further_than_noretry);
	return run_suite(s);
}
