/* SPDX-License-Identifier: MIT */
/*
 * test_kvmalloc_flags.c - what gfp flags do to kvmalloc, by generation
 * (the kernel's rules and below the table of 1.3), and sizes above INT_MAX.
 */
#include "mm/kvmalloc_test.h"

#include "lib/bug.h"

/* One size each: slab of a page, kmalloc-8k, a block, a costly one, none. */
static const u32 sizes[] = { 100, 8192, 20000, 65536, 8 << 20 };
enum { NR_SIZES = ARRAY_SIZE(sizes) };

static const u32 blocks[] = { 20000, 65536 }; /* order 3 and costly */
enum { NR_BLOCKS = ARRAY_SIZE(blocks) };

static struct outcome o;

/* Boots @kernel, enters @state for the order of @size, requests. */
static char ask(int kernel, enum zone_state state, size_t size, gfp_t gfp)
{
	boot_kernel(kernel);
	state_enter(state, max_ul(get_order(size) % NR_PAGE_ORDERS, 1));
	last_bug.text[0] = 0;
	request(&o, size, gfp);
	return o.route;
}

static void done(void)
{
	if (o.p)
		kvfree_slow(&thread, o.p);
	state_leave();
	validate_core();
}

static bool warned(const char *text)
{
	return strstr(last_bug.text, text) != NULL;
}

/* 7.0: requests that may not block */

START_TEST(test_nowait_takes_what_is_there)
{
	ck_assert_int_eq(ask(700, STATE_A, 100, GFP_NOWAIT), 'S');
	done();
}
END_TEST

START_TEST(test_nowait_stops_at_min)
{
	ck_assert_int_eq(ask(700, STATE_C, 100, GFP_NOWAIT), 'S');
	done();
}
END_TEST

START_TEST(test_nowait_gets_nothing_below_min)
{
	ck_assert_int_eq(ask(700, STATE_D, 100, GFP_NOWAIT), '0');
	done();
}
END_TEST

/* _i: index of sizes[] */
START_TEST(test_nowait_never_reclaims)
{
	ask(700, STATE_E, sizes[_i], GFP_NOWAIT);
	ck_assert_uint_eq(o.count[KV_direct_reclaim], 0);
	ck_assert_uint_eq(o.count[KV_compact_stall], 0);
	ck_assert_uint_eq(o.count[KV_oom], 0);
	ck_assert_int_eq(o.route, '0');
	done();
}
END_TEST

START_TEST(test_nowait_is_silent)
{
	ask(700, STATE_E, sizes[_i], GFP_NOWAIT);
	ck_assert_str_eq(last_bug.text, "");
	done();
}
END_TEST

START_TEST(test_nowait_falls_back)
{
	ck_assert_int_eq(ask(700, STATE_B, blocks[_i], GFP_NOWAIT), 'V');
	assert_reason(&o, KV_fallback_frag);
	done();
}
END_TEST

START_TEST(test_atomic_may_use_reserves)
{
	ck_assert_int_eq(ask(700, STATE_D, 100, GFP_ATOMIC), 'S');
	done();
}
END_TEST

START_TEST(test_atomic_ends_where_nothing_is)
{
	ck_assert_int_eq(ask(700, STATE_E, 100, GFP_ATOMIC), '0');
	ck_assert(warned("page allocation failure"));
	done();
}
END_TEST

START_TEST(test_atomic_never_reclaims)
{
	ask(700, STATE_E, sizes[_i], GFP_ATOMIC);
	ck_assert_uint_eq(o.count[KV_direct_reclaim], 0);
	ck_assert_uint_eq(o.count[KV_oom], 0);
	done();
}
END_TEST

START_TEST(test_atomic_falls_back)
{
	ck_assert_int_eq(ask(700, STATE_B, blocks[_i], GFP_ATOMIC), 'V');
	done();
}
END_TEST

START_TEST(test_atomic_takes_blocks_of_the_reserves)
{
	ck_assert_int_eq(ask(700, STATE_D, blocks[_i], GFP_ATOMIC), 'P');
	done();
}
END_TEST

/* The contiguous try is silent, whatever the caller says. */
START_TEST(test_contiguous_try_is_silent)
{
	ck_assert_int_eq(ask(700, STATE_B, blocks[_i], GFP_KERNEL), 'V');
	ck_assert_str_eq(last_bug.text, "");
	done();
}
END_TEST

/* 7.0: RETRY_MAYFAIL */

START_TEST(test_retry_reclaims_for_contiguity)
{
	ck_assert_int_eq(
		ask(700, STATE_B, blocks[_i], GFP_KERNEL | __GFP_RETRY_MAYFAIL),
		'V');
	ck_assert_uint_ge(o.full, 1);
	ck_assert_uint_eq(o.light, 0);
	ck_assert_uint_ge(o.count[KV_compact_stall], 2);
	assert_reason(&o, KV_fallback_frag);
	done();
}
END_TEST

START_TEST(test_retry_ends)
{
	ask(700, STATE_B, blocks[_i], GFP_KERNEL | __GFP_RETRY_MAYFAIL);
	ck_assert_uint_le(o.count[KV_page_alloc_retry], 16);
	done();
}
END_TEST

/* Neither for the block nor for the pages of an area. */
START_TEST(test_retry_is_never_oom)
{
	ck_assert_int_eq(
		ask(700, STATE_E, sizes[_i], GFP_KERNEL | __GFP_RETRY_MAYFAIL),
		'0');
	ck_assert_uint_eq(o.count[KV_oom], 0);
	done();
}
END_TEST

/* 7.0: NOFAIL */

START_TEST(test_nofail_is_cheap_while_contiguous)
{
	ck_assert_int_eq(
		ask(700, STATE_B, blocks[_i], GFP_KERNEL | __GFP_NOFAIL), 'V');
	ck_assert_uint_eq(o.count[KV_direct_reclaim], 0);
	ck_assert_uint_eq(o.count[KV_compact_stall], 0);
	done();
}
END_TEST

/* It would, if it reached the page allocator. */
START_TEST(test_nofail_is_silent_while_contiguous)
{
	ask(700, STATE_B, blocks[_i], GFP_KERNEL | __GFP_NOFAIL);
	ck_assert_str_eq(last_bug.text, "");
	done();
}
END_TEST

static unsigned int asked_for_help;

static bool let_go_at_the_fifth(gfp_t gfp, unsigned int order)
{
	return ++asked_for_help < 5 || let_go(gfp, order);
}

START_TEST(test_nofail_waits_for_memory)
{
	boot_kernel(700);
	oom_handler = let_go_at_the_fifth;
	state_enter(STATE_E, 0);
	request(&o, sizes[_i], GFP_KERNEL | __GFP_NOFAIL);
	ck_assert_int_eq(o.route, _i ? 'V' : 'S');
	ck_assert_uint_eq(asked_for_help, 5);
	done();
}
END_TEST

START_TEST(test_nofail_does_not_mean_more_than_there_is)
{
	ck_assert_int_eq(
		ask(700, STATE_A, 512 << 20, GFP_KERNEL | __GFP_NOFAIL), '0');
	done();
}
END_TEST

START_TEST(test_nofail_does_not_mean_above_int_max)
{
	boot_core(700, POLICY_KVMALLOC, true);
	request(&o, (size_t)INT_MAX + 1, GFP_KERNEL | __GFP_NOFAIL);
	ck_assert_int_eq(o.route, '0');
	done();
}
END_TEST

/* 7.0: NORETRY reaches the pages of an area: each of them fails easily. */

START_TEST(test_noretry_fails_easily)
{
	ck_assert_int_eq(
		ask(700, STATE_D, blocks[_i], GFP_KERNEL | __GFP_NORETRY), '0');
	ck_assert_uint_ge(o.light, 1);
	ck_assert_uint_eq(o.full, 0);
	ck_assert_uint_eq(o.count[KV_oom], 0);
	done();
}
END_TEST

START_TEST(test_noretry_falls_back)
{
	ck_assert_int_eq(
		ask(700, STATE_B, blocks[_i], GFP_KERNEL | __GFP_NORETRY), 'V');
	done();
}
END_TEST

/* 7.0: less than GFP_KERNEL is legal */

static const gfp_t scopes[] = { GFP_NOFS, GFP_NOIO };

/* _i: index of scopes[] */
START_TEST(test_scopes_fall_back)
{
	ck_assert_int_eq(ask(700, STATE_B, 20000, scopes[_i]), 'V');
	done();
}
END_TEST

START_TEST(test_scopes_may_have_large_areas)
{
	ck_assert_int_eq(ask(700, STATE_A, 8 << 20, scopes[_i]), 'V');
	assert_reason(&o, KV_vmalloc_size);
	done();
}
END_TEST

START_TEST(test_scopes_are_never_oom)
{
	ck_assert_int_eq(ask(700, STATE_E, 20000, scopes[_i]), '0');
	ck_assert_uint_eq(o.count[KV_oom], 0);
	ck_assert_uint_ge(o.full, 1);
	done();
}
END_TEST

/* Compaction does I/O. */
START_TEST(test_noio_does_not_compact)
{
	ask(700, STATE_B, 20000, GFP_NOIO | __GFP_RETRY_MAYFAIL);
	ck_assert_uint_ge(o.full, 1);
	ck_assert_uint_eq(o.count[KV_compact_stall], 0);
	done();
}
END_TEST

/* ZERO, on every path; _i: kernel and size */

static void dirty_and_free(size_t size)
{
	void *p[3];

	for (int i = 0; i < 3; i++) {
		request(&o, size, GFP_KERNEL);
		p[i] = memset(o.p, 0xff, kv_usable(o.p));
	}
	for (int i = 0; i < 3; i++)
		kvfree_slow(&thread, p[i]);
}

static void assert_zeroed(size_t size)
{
	for (int i = 0; i < 4; i++) {
		request(&o, size, GFP_KERNEL | __GFP_ZERO);
		ck_assert(all_bytes(o.p, kv_usable(o.p), 0));
	}
}

START_TEST(test_zero)
{
	static const int kernels[] = { 0, 412, 418, 700 };
	size_t size = sizes[_i / 4];

	boot_kernel(kernels[_i % 4]);
	dirty_and_free(size);
	assert_zeroed(size);
	validate_core();
}
END_TEST

START_TEST(test_zero_after_fallback)
{
	boot_kernel(700);
	dirty_and_free(blocks[_i]);
	state_enter(STATE_B, get_order(blocks[_i]));
	sheaf_flush_thread(&thread, false);
	barn_drain_all();
	dirty_and_free(blocks[_i]);
	assert_zeroed(blocks[_i]);
	done();
}
END_TEST

/* above INT_MAX */

static char ask_above_int_max(int kernel, gfp_t gfp, bool strict)
{
	boot_core(kernel, POLICY_KVMALLOC, true);
	request_by(&o, (size_t)INT_MAX + 1, 0, gfp, strict);
	return o.route;
}

START_TEST(test_int_max_is_served)
{
	boot_core(700, POLICY_KVMALLOC, true);
	request(&o, INT_MAX, GFP_KERNEL);
	ck_assert_int_eq(o.route, 'V');
	assert_reason(&o, KV_vmalloc_size);
	done();
}
END_TEST

START_TEST(test_above_int_max_is_refused)
{
	ck_assert_int_eq(ask_above_int_max(700, GFP_KERNEL, true), '0');
	assert_reason(&o, KV_vmalloc_refused);
	done();
}
END_TEST

START_TEST(test_above_int_max_warns_once)
{
	ask_above_int_max(700, GFP_KERNEL, true);
	ck_assert(warned("warning"));
	last_bug.text[0] = 0;
	request(&o, (size_t)INT_MAX + 1, GFP_KERNEL);
	ck_assert_str_eq(last_bug.text, "");
}
END_TEST

START_TEST(test_above_int_max_can_be_silent)
{
	ask_above_int_max(700, GFP_KERNEL | __GFP_NOWARN, true);
	ck_assert_int_eq(o.route, '0');
	ck_assert_str_eq(last_bug.text, "");
}
END_TEST

/* malloc() is not refused; the report says that the kernel would. */
START_TEST(test_above_int_max_of_programs)
{
	ck_assert_int_eq(ask_above_int_max(700, GFP_KERNEL, false), 'V');
	assert_reason(&o, KV_vmalloc_refused);
	done();
}
END_TEST

/* _i: 412, 418; the rule is younger */
START_TEST(test_above_int_max_of_old)
{
	ck_assert_int_eq(ask_above_int_max(_i ? 412 : 418, GFP_KERNEL, true),
			 'V');
	assert_reason(&o, KV_vmalloc_size);
	done();
}
END_TEST

/* 4.18: flags that are not GFP_KERNEL mean kmalloc, nothing else */

static const gfp_t not_kernel[] = { GFP_NOWAIT, GFP_ATOMIC, GFP_NOFS,
				    GFP_NOIO };

/* _i: index of not_kernel[] */
START_TEST(test_418_block_for_any_flags)
{
	ck_assert_int_eq(ask(418, STATE_A, 20000, not_kernel[_i]), 'P');
	done();
}
END_TEST

START_TEST(test_418_no_fallback)
{
	ck_assert_int_eq(ask(418, STATE_B, 20000, not_kernel[_i]), '0');
	assert_reason(&o, KV_vmalloc_size);
	done();
}
END_TEST

START_TEST(test_418_no_large_area)
{
	ck_assert_int_eq(ask(418, STATE_A, 8 << 20, not_kernel[_i]), '0');
	done();
}
END_TEST

START_TEST(test_418_does_not_warn_of_flags)
{
	ask(418, STATE_A, 20000, not_kernel[_i]);
	ck_assert_str_eq(last_bug.text, "");
	done();
}
END_TEST

START_TEST(test_418_zero_is_still_kernel)
{
	ck_assert_int_eq(ask(418, STATE_B, 20000, GFP_KERNEL | __GFP_ZERO),
			 'V');
	done();
}
END_TEST

/* 4.12: one warning, then on as ever */

START_TEST(test_412_warns_of_flags_once)
{
	ask(412, STATE_A, 20000, not_kernel[_i]);
	ck_assert(warned("GFP_KERNEL"));
	last_bug.text[0] = 0;
	request(&o, 20000, not_kernel[_i]);
	ck_assert_str_eq(last_bug.text, "");
}
END_TEST

START_TEST(test_412_falls_back_with_any_flags)
{
	ck_assert_int_eq(ask(412, STATE_B, 20000, not_kernel[_i]), 'V');
	done();
}
END_TEST

/* RETRY_MAYFAIL of old: 4.12 (there __GFP_REPEAT) hears it for costly orders
 * only, 4.18 for all. */

/* _i: 0 is the limit itself */
START_TEST(test_412_retry_of_small_blocks_is_light)
{
	ask(412, STATE_B, _i ? 20000 : 32768, GFP_KERNEL | __GFP_RETRY_MAYFAIL);
	ck_assert_uint_eq(o.light, 1);
	ck_assert_uint_eq(o.full, 0);
	done();
}
END_TEST

START_TEST(test_412_retry_of_costly_blocks_is_heard)
{
	ask(412, STATE_B, _i ? 65536 : 32769, GFP_KERNEL | __GFP_RETRY_MAYFAIL);
	ck_assert_uint_eq(o.light, 0);
	ck_assert_uint_ge(o.full, 1);
	done();
}
END_TEST

START_TEST(test_418_retry_is_heard)
{
	ask(418, STATE_B, blocks[_i], GFP_KERNEL | __GFP_RETRY_MAYFAIL);
	ck_assert_uint_eq(o.light, 0);
	ck_assert_uint_ge(o.full, 1);
	ck_assert_int_eq(o.route, 'V');
	done();
}
END_TEST

/* Up to a page, flags are the caller's in every generation. */
START_TEST(test_page_keeps_its_flags)
{
	static const int kernels[] = { 412, 418, 700 };

	ck_assert_int_eq(
		ask(kernels[_i], STATE_E, 4096, GFP_KERNEL | __GFP_NORETRY),
		'0');
	ck_assert_uint_ge(o.light, 1);
	ck_assert_uint_eq(o.full, 0);
	done();
}
END_TEST

int main(void)
{
	Suite *s = suite_create("kvmalloc flags");
	TCase *t;

	t = add_tcase(s, "non-blocking", NULL, NULL, 30);
	ADD_TESTS(t, test_nowait_takes_what_is_there, test_nowait_stops_at_min,
		  test_nowait_gets_nothing_below_min,
		  test_atomic_may_use_reserves,
		  test_atomic_ends_where_nothing_is);
	ADD_LOOP_TESTS(t, NR_SIZES, test_nowait_never_reclaims,
		       test_nowait_is_silent, test_atomic_never_reclaims);
	ADD_LOOP_TESTS(t, NR_BLOCKS, test_nowait_falls_back,
		       test_atomic_falls_back,
		       test_atomic_takes_blocks_of_the_reserves,
		       test_contiguous_try_is_silent);

	t = add_tcase(s, "retrying", NULL, NULL, 30);
	ADD_LOOP_TESTS(t, NR_BLOCKS, test_retry_reclaims_for_contiguity,
		       test_retry_ends, test_nofail_is_cheap_while_contiguous,
		       test_nofail_is_silent_while_contiguous,
		       test_noretry_fails_easily, test_noretry_falls_back);
	ADD_LOOP_TESTS(t, NR_SIZES, test_retry_is_never_oom,
		       test_nofail_waits_for_memory);
	ADD_TESTS(t, test_nofail_does_not_mean_more_than_there_is,
		  test_nofail_does_not_mean_above_int_max);

	t = add_tcase(s, "scopes", NULL, NULL, 30);
	ADD_LOOP_TESTS(t, ARRAY_SIZE(scopes), test_scopes_fall_back,
		       test_scopes_may_have_large_areas,
		       test_scopes_are_never_oom);
	ADD_TESTS(t, test_noio_does_not_compact);

	t = add_tcase(s, "zero", NULL, NULL, 30);
	ADD_LOOP_TESTS(t, 4 * NR_SIZES, test_zero);
	ADD_LOOP_TESTS(t, NR_BLOCKS, test_zero_after_fallback);

	t = add_tcase(s, "INT_MAX", NULL, NULL, 30);
	ADD_TESTS(t, test_int_max_is_served, test_above_int_max_is_refused,
		  test_above_int_max_warns_once,
		  test_above_int_max_can_be_silent,
		  test_above_int_max_of_programs);
	ADD_LOOP_TESTS(t, 2, test_above_int_max_of_old);

	t = add_tcase(s, "4.x", NULL, NULL, 30);
	ADD_LOOP_TESTS(t, ARRAY_SIZE(not_kernel), test_418_block_for_any_flags,
		       test_418_no_fallback, test_418_no_large_area,
		       test_418_does_not_warn_of_flags,
		       test_412_warns_of_flags_once,
		       test_412_falls_back_with_any_flags);
	ADD_TESTS(t, test_418_zero_is_still_kernel);
	ADD_LOOP_TESTS(t, 2, test_412_retry_of_small_blocks_is_light,
		       test_412_retry_of_costly_blocks_is_heard);
	ADD_LOOP_TESTS(t, NR_BLOCKS, test_418_retry_is_heard);
	ADD_LOOP_TESTS(t, 3, test_page_keeps_its_flags);
	return run_suite(s);
}
