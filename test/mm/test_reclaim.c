/* SPDX-License-Identifier: MIT */
/*
 * test_reclaim.c - the slow path: which states serve which gfp, what each
 * step does, and that everything ends.
 */
#include <string.h>
#include <unistd.h>

#include "../suite.h"
#include "lib/cpu.h"
#include "mm/pcp.h"
#include "mm/states.h"

#define GFP_TRY (GFP_KERNEL | __GFP_NOWARN)
/* What kvmalloc makes of GFP_KERNEL for its contiguous try. */
#define GFP_KVMALLOC (GFP_TRY & ~(gfp_t)__GFP_DIRECT_RECLAIM)

static void setup(void)
{
	machine_start(64 * MIB, 0);
}

static void teardown(void)
{
	state_leave();
	machine_stop();
}

static u64 count(enum kv_counter c)
{
	return stats.counter[c];
}

/* Tries a request; gives it back. */
static bool served(gfp_t gfp, unsigned int order)
{
	struct page *page = alloc_pages(gfp, order);

	if (!page)
		return false;
	free_pages_block(page, order);
	drain_all_pages();
	return true;
}

/* the decision table */

static const unsigned int orders[] = { 0, 1, 2, 3, 4, 7, 10 };

/* yes, or why not */
struct row {
	const char *gfp_name;
	gfp_t gfp;
	enum alloc_fail d0, d, e; /* state D of order 0, higher; E */
};

static const struct row rows[] = {
	{ "KERNEL", GFP_TRY, ALLOC_NOMEM, ALLOC_NOMEM, ALLOC_NOMEM },
	{ "NOWAIT", GFP_NOWAIT, ALLOC_NOMEM, ALLOC_NOMEM, ALLOC_NOMEM },
	{ "kvmalloc", GFP_KVMALLOC, ALLOC_NOMEM, ALLOC_NOMEM, ALLOC_NOMEM },
	{ "NORETRY", GFP_TRY | __GFP_NORETRY, ALLOC_NOMEM, ALLOC_NOMEM,
	  ALLOC_NOMEM },
	{ "RETRY_MAYFAIL", GFP_TRY | __GFP_RETRY_MAYFAIL, ALLOC_NOMEM,
	  ALLOC_NOMEM, ALLOC_NOMEM },
	{ "ATOMIC", GFP_ATOMIC | __GFP_NOWARN, ALLOC_OK, ALLOC_OK,
	  ALLOC_NOMEM },
	{ "MEMALLOC", GFP_TRY | __GFP_MEMALLOC, ALLOC_OK, ALLOC_OK,
	  ALLOC_NOMEM },
	{ "MEMALLOC, NOMEMALLOC", GFP_TRY | __GFP_MEMALLOC | __GFP_NOMEMALLOC,
	  ALLOC_NOMEM, ALLOC_NOMEM, ALLOC_NOMEM },
	{ "NOFAIL", GFP_TRY | __GFP_NOFAIL, ALLOC_NOMEM, ALLOC_NOMEM,
	  ALLOC_NOMEM },
};
enum { NR_CASES = ARRAY_SIZE(rows) * ARRAY_SIZE(orders) };

static const struct row *row(int i)
{
	return &rows[(size_t)i / ARRAY_SIZE(orders)];
}

static unsigned int order(int i)
{
	return orders[(size_t)i % ARRAY_SIZE(orders)];
}

/* The result of a request in @state is @want. */
static void check_state(enum zone_state state, int i, enum alloc_fail want)
{
	bool ok;

	state_enter(state, order(i));
	last_alloc_fail = ALLOC_OK;
	ok = served(row(i)->gfp, order(i));
	ck_assert_msg(ok == (want == ALLOC_OK), "%s order %u: %s",
		      row(i)->gfp_name, order(i), ok ? "served" : "refused");
	ck_assert_int_eq(last_alloc_fail, want);
}

START_TEST(test_state_a_serves)
{
	check_state(STATE_A, _i, ALLOC_OK);
	ck_assert_uint_eq(count(KV_alloc_slowpath), 0);
}
END_TEST

START_TEST(test_state_b_is_fragmented)
{
	if (order(_i))
		check_state(STATE_B, _i, ALLOC_FRAG);
}
END_TEST

START_TEST(test_state_b_serves_smaller_blocks)
{
	if (!order(_i))
		return;
	state_enter(STATE_B, order(_i));
	ck_assert(served(row(_i)->gfp, order(_i) - 1));
}
END_TEST

START_TEST(test_state_c_serves_from_the_slow_path)
{
	u64 slow;

	state_enter(STATE_C, order(_i));
	slow = count(KV_alloc_slowpath);
	ck_assert(served(row(_i)->gfp, order(_i)));
	ck_assert_uint_eq(count(KV_alloc_slowpath), slow + 1);
	ck_assert_uint_gt(count(KV_kswapd_wake), 0);
}
END_TEST

START_TEST(test_state_d_serves_reserves_only)
{
	if (!order(_i))
		check_state(STATE_D, _i, row(_i)->d0);
}
END_TEST

START_TEST(test_state_e_serves_nobody)
{
	check_state(STATE_E, _i, row(_i)->e);
}
END_TEST

/* steps; what shrinkers do is set per test */

static struct {
	unsigned long calls, gives; /* calls, pages freed by each */
	unsigned long next;	    /* pfn to free */
	unsigned long claims;	    /* what it says it freed */
	bool allocates;
} work;

static unsigned long shrink(gfp_t gfp)
{
	work.calls++;
	if (work.allocates) {
		struct page *page = alloc_pages(gfp, 0);

		if (page) /* from the reserves: the shrinker has priority */
			free_pages_block(page, 0);
		work.claims = page ? 1 : 0;
	}
	for (unsigned long i = 0; i < work.gives; i++) {
		while (!is_held(work.next, 1))
			work.next++;
		give_back(work.next);
	}
	return work.claims + work.gives;
}

static void with_shrinker(void)
{
	static struct shrinker s = { .name = "test", .scan = shrink };
	static bool registered;

	memset(&work, 0, sizeof(work));
	work.next = ZONE_DMA_END;
	if (!registered)
		register_shrinker(&s);
	registered = true;
}

START_TEST(test_reclaim_serves)
{
	with_shrinker();
	state_enter(STATE_E, 0);
	work.gives = 400;
	ck_assert(served(GFP_TRY, 0));
	ck_assert_uint_eq(work.calls, 1);
	ck_assert_uint_eq(count(KV_reclaimed), 400);
}
END_TEST

START_TEST(test_kswapd_reclaims_to_the_high_mark)
{
	struct zone *z = &zones[ZONE_DMA32];

	with_shrinker();
	state_enter(STATE_C, 0);
	work.gives = 10;
	ck_assert(served(GFP_TRY, 0));
	ck_assert_uint_gt(z->nr_free, z->watermark[WMARK_HIGH]);
	ck_assert_uint_le(z->nr_free, z->watermark[WMARK_HIGH] + 20);
}
END_TEST

START_TEST(test_kswapd_gives_up_after_16_rounds)
{
	with_shrinker();
	state_enter(STATE_C, 0);
	for (int i = 0; i < 5; i++)
		ck_assert(served(GFP_TRY, 0));
	ck_assert_uint_eq(work.calls, 16);
}
END_TEST

START_TEST(test_atomic_never_reclaims)
{
	with_shrinker();
	state_enter(STATE_E, 0);
	work.gives = 400;
	ck_assert(!served(GFP_ATOMIC | __GFP_NOWARN, 0));
	ck_assert(!served(GFP_NOWAIT, 0));
	ck_assert(!served(GFP_KVMALLOC, 3));
	ck_assert_uint_eq(work.calls, 0);
}
END_TEST

START_TEST(test_noretry_reclaims_once)
{
	with_shrinker();
	state_enter(STATE_E, 0);
	ck_assert(!served(GFP_TRY | __GFP_NORETRY, 0));
	ck_assert_uint_eq(count(KV_direct_reclaim), 1);
	ck_assert_uint_eq(count(KV_page_alloc_retry), 0);
	ck_assert_uint_eq(count(KV_oom), 0);
}
END_TEST

START_TEST(test_progress_keeps_small_orders_trying)
{
	with_shrinker();
	state_enter(STATE_E, 0);
	work.gives = 20; /* many rounds to get above min */
	ck_assert(served(GFP_TRY, 0));
	ck_assert_uint_gt(work.calls, 3);
}
END_TEST

START_TEST(test_costly_order_tries_once)
{
	with_shrinker();
	state_enter(STATE_B, 5);
	work.claims = 1;
	ck_assert(!served(GFP_TRY, 5));
	ck_assert_uint_eq(count(KV_direct_reclaim), 1);
	ck_assert_uint_eq(count(KV_compact_stall), 2); /* before and after */
}
END_TEST

START_TEST(test_retry_mayfail_tries_on)
{
	with_shrinker();
	state_enter(STATE_B, 5);
	work.claims = 1;
	ck_assert(!served(GFP_TRY | __GFP_RETRY_MAYFAIL, 5));
	ck_assert_uint_gt(count(KV_direct_reclaim), 1);
	ck_assert_uint_eq(count(KV_oom), 0);
}
END_TEST

START_TEST(test_4x_costly_noretry_gives_up_before_reclaim)
{
	machine_stop();
	machine_start(64 * MIB, _i ? 418 : 412);
	state_enter(STATE_B, 5);
	ck_assert(!served(GFP_TRY | __GFP_NORETRY, 5));
	ck_assert_uint_eq(count(KV_direct_reclaim), 0);
	ck_assert(!served(GFP_TRY | __GFP_NORETRY, 3) ||
		  count(KV_direct_reclaim) == 0);
}
END_TEST

START_TEST(test_newest_costly_noretry_reclaims)
{
	state_enter(STATE_B, 5);
	ck_assert(!served(GFP_TRY | __GFP_NORETRY, 5));
	ck_assert_uint_eq(count(KV_direct_reclaim), 1);
}
END_TEST

START_TEST(test_lying_shrinker_cannot_stop_us)
{
	with_shrinker();
	state_enter(STATE_E, 0);
	work.claims = 1;
	ck_assert(!served(GFP_TRY, 0));
	ck_assert(!served(GFP_TRY, 2));
}
END_TEST

START_TEST(test_shrinker_may_use_all_reserves)
{
	with_shrinker();
	state_enter(STATE_D, 0);
	work.allocates = true;
	served(GFP_TRY | __GFP_NORETRY, 0);
	ck_assert_uint_ge(work.calls, 1);
	ck_assert_uint_eq(work.claims, 1);
}
END_TEST

START_TEST(test_shrinker_does_not_reclaim)
{
	with_shrinker();
	state_enter(STATE_E, 0);
	work.allocates = true;
	ck_assert(!served(GFP_TRY | __GFP_NORETRY, 0));
	/* kswapd's 16 rounds and one direct: none from inside */
	ck_assert_uint_eq(work.calls, 17);
}
END_TEST

START_TEST(test_pages_of_other_cpus_are_drained)
{
	struct page *page;

	machine_stop();
	machine_start(4 * MIB, 0);
	take_all();
	kv_cpu = 1;
	for (unsigned long pfn = 1; pfn < 400; pfn++)
		give_back(pfn);
	page = alloc_pages(GFP_TRY | __GFP_MEMALLOC, 0);
	ck_assert_ptr_nonnull(page);
	free_pages_block(page, 0);
	kv_cpu = 0;
	ck_assert_uint_gt(zones[ZONE_DMA].pcp[1].count, 0);
	zones[ZONE_DMA].watermark[WMARK_MIN] = nr_free_pages();
	zones[ZONE_DMA].watermark[WMARK_LOW] = nr_free_pages();
	ck_assert(served(GFP_TRY, 0));
	ck_assert_uint_eq(zones[ZONE_DMA].pcp[1].count, 0);
}
END_TEST

START_TEST(test_highatomic_is_given_back_before_failing)
{
	struct zone *z = &zones[ZONE_DMA32];
	struct page *page;

	machine_stop();
	machine_start(512 * MIB, 0);
	state_enter(STATE_C, 2);
	page = alloc_pages(GFP_ATOMIC, 2);
	ck_assert_uint_gt(z->nr_highatomic, 0);
	take_all();
	free_pages_block(page, 2);
	drain_all_pages();
	ck_assert(!served(GFP_TRY, 0));
	ck_assert_uint_eq(z->nr_highatomic, 0);
}
END_TEST

/* out of memory */

static struct {
	unsigned long calls, promises; /* calls answered with "again" */
	unsigned long gives;
} oom;

static bool handle_oom(gfp_t gfp, unsigned int ord)
{
	(void)gfp;
	(void)ord;
	oom.calls++;
	for (unsigned long i = 0; i < oom.gives; i++)
		give_back(ZONE_DMA_END + i);
	return oom.calls <= oom.promises;
}

static void with_oom_handler(unsigned long promises)
{
	memset(&oom, 0, sizeof(oom));
	oom.promises = promises;
	oom_handler = handle_oom;
	state_enter(STATE_E, 0);
}

START_TEST(test_oom_is_declared_once)
{
	with_oom_handler(0);
	ck_assert(!served(GFP_TRY, 0));
	ck_assert_uint_eq(oom.calls, 1);
	ck_assert_uint_eq(count(KV_oom), 1);
}
END_TEST

START_TEST(test_oom_handler_can_help)
{
	with_oom_handler(1);
	oom.gives = 400;
	ck_assert(served(GFP_TRY, 0));
	ck_assert_uint_eq(oom.calls, 1);
}
END_TEST

START_TEST(test_oom_handler_is_asked_while_it_promises)
{
	with_oom_handler(5);
	ck_assert(!served(GFP_TRY, 0));
	ck_assert_uint_eq(oom.calls, 6);
}
END_TEST

static const struct {
	gfp_t gfp;
	unsigned int order;
} no_oom[] = {
	{ GFP_TRY, 4 }, /* costly */
	{ GFP_TRY | __GFP_RETRY_MAYFAIL, 0 },
	{ GFP_TRY | __GFP_THISNODE, 0 },
	{ GFP_TRY & ~(gfp_t)__GFP_FS, 0 }, /* GFP_NOFS */
	{ GFP_TRY | __GFP_DMA, 0 },
	{ GFP_TRY | __GFP_NORETRY, 0 },
	{ GFP_NOWAIT, 0 },
};

START_TEST(test_who_does_not_declare_oom)
{
	with_oom_handler(0);
	ck_assert(!served(no_oom[_i].gfp, no_oom[_i].order));
	ck_assert_uint_eq(oom.calls, 0);
}
END_TEST

START_TEST(test_nofail_loops_while_promised)
{
	with_oom_handler(20);
	ck_assert(!served(GFP_TRY | __GFP_NOFAIL, 0));
	ck_assert_uint_ge(oom.calls, 20);
}
END_TEST

START_TEST(test_costly_nofail_asks_too)
{
	with_oom_handler(3);
	ck_assert(!served(GFP_TRY | __GFP_NOFAIL, 4));
	ck_assert_uint_eq(oom.calls, 4);
}
END_TEST

/* reports */

static char out[1024];

/* Lets a request fail; what it printed. */
static const char *fail_with(gfp_t gfp)
{
	int fds[2], saved = dup(2);
	ssize_t n;

	ck_assert_int_eq(pipe(fds), 0);
	dup2(fds[1], 2);
	served(gfp, 0);
	dup2(saved, 2);
	close(saved);
	close(fds[1]);
	n = read(fds[0], out, sizeof(out) - 1);
	close(fds[0]);
	ck_assert_int_ge(n, 0);
	out[n] = 0;
	return out;
}

START_TEST(test_failure_is_reported)
{
	state_enter(STATE_E, 0);
	ck_assert_ptr_nonnull(strstr(fail_with(GFP_KERNEL),
				     "page allocation failure: order:0, "
				     "mode:0xcc0"));
}
END_TEST

START_TEST(test_failures_are_not_reported_in_a_flood)
{
	u64 failed;

	state_enter(STATE_E, 0);
	failed = count(KV_page_alloc_fail);
	fail_with(GFP_KERNEL);
	ck_assert_str_eq(fail_with(GFP_KERNEL), "");
	ck_assert_uint_eq(count(KV_page_alloc_fail), failed + 2);
}
END_TEST

START_TEST(test_nowarn_says_nothing)
{
	state_enter(STATE_E, 0);
	ck_assert_str_eq(fail_with(GFP_TRY), "");
}
END_TEST

int main(void)
{
	Suite *s = suite_create("reclaim");
	TCase *t;

	t = add_tcase(s, "states", setup, teardown, 60);
	ADD_LOOP_TESTS(
		t, NR_CASES, test_state_a_serves, test_state_b_is_fragmented,
		test_state_b_serves_smaller_blocks,
		test_state_c_serves_from_the_slow_path,
		test_state_d_serves_reserves_only, test_state_e_serves_nobody);

	t = add_tcase(s, "steps", setup, teardown, 60);
	ADD_LOOP_TESTS(t, 2, test_4x_costly_noretry_gives_up_before_reclaim);
	ADD_TESTS(t, test_reclaim_serves, test_kswapd_reclaims_to_the_high_mark,
		  test_kswapd_gives_up_after_16_rounds,
		  test_atomic_never_reclaims, test_noretry_reclaims_once,
		  test_progress_keeps_small_orders_trying,
		  test_costly_order_tries_once, test_retry_mayfail_tries_on,
		  test_newest_costly_noretry_reclaims,
		  test_lying_shrinker_cannot_stop_us,
		  test_shrinker_may_use_all_reserves,
		  test_shrinker_does_not_reclaim,
		  test_pages_of_other_cpus_are_drained,
		  test_highatomic_is_given_back_before_failing);

	t = add_tcase(s, "oom", setup, teardown, 60);
	ADD_LOOP_TESTS(t, ARRAY_SIZE(no_oom), test_who_does_not_declare_oom);
	ADD_TESTS(t, test_oom_is_declared_once, test_oom_handler_can_help,
		  test_oom_handler_is_asked_while_it_promises,
		  test_nofail_loops_while_promised,
		  test_costly_nofail_asks_too);

	t = add_tcase(s, "reports", setup, teardown, 60);
	ADD_TESTS(t, test_failure_is_reported,
		  test_failures_are_not_reported_in_a_flood,
		  test_nowarn_says_nothing);
	return run_suite(s);
}
