/* SPDX-License-Identifier: MIT */
/*
 * test_kvmalloc_policy.c - the policies that replace the kernel's decision,
 * and requests with an alignment of their own.
 */
#include "mm/kvmalloc_test.h"

static const u32 sizes[] = {
	1,     100,   4096,    4097,	8192,	       8193,
	20000, 65536, 1 << 20, 4 << 20, (4 << 20) + 1, 16 << 20,
};
enum { NR_SIZES = ARRAY_SIZE(sizes) };

static struct outcome o;

static char ask(enum kv_policy policy, enum zone_state state, size_t size)
{
	boot_core(0, policy, false);
	state_enter(state, max_ul(get_order(size) % NR_PAGE_ORDERS, 1));
	request_by(&o, size, 0, GFP_KERNEL, false);
	return o.route;
}

static char contiguous_route(size_t size)
{
	return size <= KMALLOC_MAX_CACHE_SIZE ? 'S' :
	       size <= KMALLOC_MAX_SIZE	      ? 'P' :
						'0';
}

static void done(void)
{
	if (o.p)
		kvfree_slow(&thread, o.p);
	state_leave();
	validate_core();
}

/* kmalloc: contiguous or nothing; _i: index of sizes[] */

START_TEST(test_kmalloc_is_contiguous_or_nothing)
{
	ck_assert_int_eq(ask(POLICY_KMALLOC, STATE_A, sizes[_i]),
			 contiguous_route(sizes[_i]));
	assert_reason(&o, KV_vmalloc_policy);
	done();
}
END_TEST

START_TEST(test_kmalloc_never_falls_back)
{
	char want = sizes[_i] <= PAGE_SIZE ? 'S' : '0';

	boot_core(0, POLICY_KMALLOC, false);
	oom_handler = no_help;
	state_enter(STATE_B, 1);
	request_by(&o, sizes[_i], 0, GFP_KERNEL, false);
	ck_assert_int_eq(o.route, want);
	done();
}
END_TEST

/* It is what kmalloc(GFP_KERNEL) does: reclaim, and OOM for small orders. */
START_TEST(test_kmalloc_has_the_callers_flags)
{
	boot_core(0, POLICY_KMALLOC, false);
	state_enter(STATE_B, 2);
	request_by(&o, 16384, 0, GFP_KERNEL, false);
	ck_assert_int_eq(o.route, 'P');
	ck_assert_uint_ge(o.full, 1);
	ck_assert_uint_eq(o.count[KV_oom], 1);
	done();
}
END_TEST

/* vmalloc only */

START_TEST(test_vmalloc_serves_all)
{
	ck_assert_int_eq(ask(POLICY_VMALLOC, STATE_A, sizes[_i]), 'V');
	assert_reason(&o, KV_vmalloc_policy);
	ck_assert_uint_eq(kv_usable(o.p), ALIGN_UP(sizes[_i], PAGE_SIZE));
	done();
}
END_TEST

START_TEST(test_vmalloc_serves_nothing_too)
{
	struct outcome other;

	ck_assert_int_eq(ask(POLICY_VMALLOC, STATE_A, 0), 'V');
	request_by(&other, 0, 0, GFP_KERNEL, false);
	ck_assert_ptr_ne(other.p, o.p);
}
END_TEST

/* ipc_alloc: the size decides alone */

START_TEST(test_ipc_alloc_splits_at_a_page)
{
	ck_assert_int_eq(ask(POLICY_IPC_ALLOC, STATE_A, sizes[_i]),
			 sizes[_i] <= PAGE_SIZE ? 'S' : 'V');
	assert_reason(&o, KV_vmalloc_policy);
	done();
}
END_TEST

START_TEST(test_ipc_alloc_has_no_fallback)
{
	boot_core(0, POLICY_IPC_ALLOC, true);
	oom_handler = no_help;
	state_enter(STATE_E, 0);
	request_by(&o, 100, 0, GFP_KERNEL, false);
	ck_assert_int_eq(o.route, '0');
	done();
}
END_TEST

/* random */

enum { NR_THROWS = 400 };

static void throw(u64 seed, size_t size, char *routes)
{
	thread.random = seed;
	for (int i = 0; i < NR_THROWS; i++) {
		request_by(&o, size, 0, GFP_KERNEL, false);
		routes[i] = o.route;
		kvfree_slow(&thread, o.p);
	}
}

static unsigned int count_routes(const char *routes, char which)
{
	unsigned int n = 0;

	for (int i = 0; i < NR_THROWS; i++)
		n += routes[i] == which;
	return n;
}

/* Half and half, within six sigma; nothing else. */
START_TEST(test_random_is_fair)
{
	char routes[NR_THROWS];
	unsigned int areas;

	boot_core(0, POLICY_RANDOM, false);
	throw(1, sizes[_i], routes);
	areas = count_routes(routes, 'V');
	if (sizes[_i] > KMALLOC_MAX_SIZE) {
		ck_assert_uint_eq(areas, NR_THROWS);
		return;
	}
	ck_assert_uint_ge(areas, NR_THROWS / 2 - 60);
	ck_assert_uint_le(areas, NR_THROWS / 2 + 60);
	ck_assert_uint_eq(count_routes(routes, contiguous_route(sizes[_i])),
			  NR_THROWS - areas);
	validate_core();
}
END_TEST

START_TEST(test_random_repeats_with_its_seed)
{
	char first[NR_THROWS], again[NR_THROWS];

	boot_core(0, POLICY_RANDOM, false);
	throw(12345, 1000, first);
	throw(12345, 1000, again);
	ck_assert_mem_eq(first, again, NR_THROWS);
}
END_TEST

START_TEST(test_random_differs_by_seed)
{
	char first[NR_THROWS], other[NR_THROWS];

	boot_core(0, POLICY_RANDOM, false);
	throw(12345, 1000, first);
	throw(54321, 1000, other);
	ck_assert_mem_ne(first, other, NR_THROWS);
}
END_TEST

START_TEST(test_random_reason)
{
	boot_core(0, POLICY_RANDOM, false);
	do
		request_by(&o, 1000, 0, GFP_KERNEL, false);
	while (o.route != 'V');
	assert_reason(&o, KV_vmalloc_policy);
	request_by(&o, 8 << 20, 0, GFP_KERNEL, false);
	assert_reason(&o, KV_vmalloc_size);
}
END_TEST

/* Where there is no block, what falls on contiguous still falls back. */
START_TEST(test_random_falls_back)
{
	bool seen = false;

	boot_core(0, POLICY_RANDOM, false);
	state_enter(STATE_B, 3);
	for (int i = 0; i < 100; i++) {
		request_by(&o, 32768, 0, GFP_KERNEL, false);
		ck_assert_int_eq(o.route, 'V');
		seen |= o.count[KV_fallback_frag];
	}
	ck_assert(seen);
}
END_TEST

/* alignment */

static bool is_aligned(const void *p, size_t align)
{
	return !((size_t)p & (align - 1));
}

/* _i: log2 of the alignment, with every size and preset */
START_TEST(test_alignment_is_kept)
{
	size_t align = (size_t)1 << _i;

	boot_core(0, POLICY_KVMALLOC, true);
	for (size_t i = 0; i < NR_SIZES; i++) {
		for (int n = 0; n < 3; n++) {
			request_by(&o, sizes[i], align, GFP_KERNEL, false);
			ck_assert_msg(o.p && is_aligned(o.p, align),
				      "%u bytes at %zu: %p", sizes[i], align,
				      o.p);
			ck_assert_uint_ge(kv_usable(o.p), sizes[i]);
			memset(o.p, 1, sizes[i]);
		}
	}
	validate_core();
}
END_TEST

START_TEST(test_alignment_is_kept_by_the_kernels_classes)
{
	size_t align = (size_t)1 << _i;

	boot_core(700, POLICY_KVMALLOC, true);
	for (size_t i = 0; i < NR_SIZES; i++) {
		request_by(&o, sizes[i], align, GFP_KERNEL, false);
		ck_assert_msg(o.p && is_aligned(o.p, align), "%u bytes at %zu",
			      sizes[i], align);
	}
	validate_core();
}
END_TEST

/* Every route can do it. */
START_TEST(test_alignment_up_to_a_page_is_slab)
{
	boot_core(0, POLICY_KVMALLOC, false);
	for (size_t align = 32; align <= PAGE_SIZE; align *= 2) {
		request_by(&o, 100, align, GFP_KERNEL, false);
		ck_assert_int_eq(o.route, 'S');
	}
}
END_TEST

START_TEST(test_alignment_up_to_4_mib_is_pages)
{
	boot_core(0, POLICY_KVMALLOC, false);
	for (size_t align = 2 * PAGE_SIZE; align <= KMALLOC_MAX_SIZE;
	     align *= 2) {
		request_by(&o, 100, align, GFP_KERNEL, false);
		ck_assert_int_eq(o.route, 'P');
	}
}
END_TEST

/* The block that brought the alignment does not stay. */
START_TEST(test_aligned_block_gives_its_tail_back)
{
	boot_core(0, POLICY_KVMALLOC, false);
	request_by(&o, 100, 1 << 20, GFP_KERNEL, false);
	ck_assert_uint_eq(stats.large_pages, 3);
	ck_assert_uint_eq(kv_usable(o.p), 3 * PAGE_SIZE);
	done();
	ck_assert_uint_eq(thread.stat.alloc[kmalloc_class(8193)], 1);
}
END_TEST

START_TEST(test_larger_alignment_is_vmalloc)
{
	boot_core(0, POLICY_KVMALLOC, false);
	request_by(&o, 100, 8 << 20, GFP_KERNEL, false);
	ck_assert_int_eq(o.route, 'V');
	assert_reason(&o, KV_fallback_aligned);
	done();
}
END_TEST

START_TEST(test_aligned_size_above_4_mib_is_vmalloc)
{
	boot_core(0, POLICY_KVMALLOC, false);
	request_by(&o, 5 << 20, 64, GFP_KERNEL, false);
	ck_assert_int_eq(o.route, 'V');
	assert_reason(&o, KV_vmalloc_size);
	done();
}
END_TEST

/* Alignment above a page falls back as a size above a page does. */
START_TEST(test_aligned_fallback)
{
	static const u32 aligns[] = { 8192, 32768, 1 << 20 };

	boot_core(0, POLICY_KVMALLOC, false);
	state_enter(STATE_B, 1);
	request_by(&o, _i % 2 ? 100 : 20000, aligns[_i / 2], GFP_KERNEL, false);
	ck_assert_int_eq(o.route, 'V');
	ck_assert(is_aligned(o.p, aligns[_i / 2]));
	ck_assert_uint_eq(o.count[KV_direct_reclaim], 0);
	done();
}
END_TEST

START_TEST(test_aligned_fallback_reason)
{
	boot_core(0, POLICY_KVMALLOC, false);
	state_enter(STATE_B, 1);
	request_by(&o, 100, 32768, GFP_KERNEL, false);
	assert_reason(&o, KV_fallback_frag);
	request_by(&o, 5000, 64, GFP_KERNEL, false);
	assert_reason(&o, KV_fallback_slab);
}
END_TEST

START_TEST(test_aligned_small_object_never_falls_back)
{
	boot_core(0, POLICY_KVMALLOC, true);
	oom_handler = no_help;
	state_enter(STATE_E, 0);
	request_by(&o, 100, 64, GFP_KERNEL, false);
	ck_assert_int_eq(o.route, '0');
	done();
}
END_TEST

START_TEST(test_aligned_zero)
{
	static const u32 sizes_at[][2] = {
		{ 100, 64 },
		{ 20000, 65536 },
		{ 100, 8 << 20 },
	};
	size_t size = sizes_at[_i][0], align = sizes_at[_i][1];
	void *p[4];

	boot_core(0, POLICY_KVMALLOC, false);
	for (int i = 0; i < 4; i++) {
		request_by(&o, size, align, GFP_KERNEL, false);
		p[i] = memset(o.p, 0xff, kv_usable(o.p));
	}
	for (int i = 0; i < 4; i++)
		kvfree_slow(&thread, p[i]);
	for (int i = 0; i < 4; i++) {
		request_by(&o, size, align, GFP_KERNEL | __GFP_ZERO, false);
		ck_assert(all_bytes(o.p, size, 0));
	}
	validate_core();
}
END_TEST

/* policies and alignment */

START_TEST(test_aligned_vmalloc_policy)
{
	boot_core(0, POLICY_VMALLOC, false);
	request_by(&o, 100, 64, GFP_KERNEL, false);
	ck_assert_int_eq(o.route, 'V');
	assert_reason(&o, KV_vmalloc_policy);
	done();
}
END_TEST

/* Nothing but vmalloc could: contiguous or nothing. */
START_TEST(test_aligned_kmalloc_policy)
{
	boot_core(0, POLICY_KMALLOC, false);
	request_by(&o, 100, 4 << 20, GFP_KERNEL, false);
	ck_assert_int_eq(o.route, 'P');
	request_by(&o, 100, 8 << 20, GFP_KERNEL, false);
	ck_assert_int_eq(o.route, '0');
	request_by(&o, 5 << 20, 64, GFP_KERNEL, false);
	ck_assert_int_eq(o.route, '0');
}
END_TEST

START_TEST(test_aligned_ipc_alloc_policy)
{
	boot_core(0, POLICY_IPC_ALLOC, false);
	request_by(&o, 100, 4096, GFP_KERNEL, false);
	ck_assert_int_eq(o.route, 'S');
	request_by(&o, 100, 8192, GFP_KERNEL, false);
	ck_assert_int_eq(o.route, 'V');
	assert_reason(&o, KV_vmalloc_policy);
}
END_TEST

int main(void)
{
	Suite *s = suite_create("kvmalloc policy");
	TCase *t;

	t = add_tcase(s, "policies", NULL, NULL, 30);
	ADD_LOOP_TESTS(t, NR_SIZES, test_kmalloc_is_contiguous_or_nothing,
		       test_kmalloc_never_falls_back, test_vmalloc_serves_all,
		       test_ipc_alloc_splits_at_a_page, test_random_is_fair);
	ADD_TESTS(
		t, test_kmalloc_has_the_callers_flags,
		test_vmalloc_serves_nothing_too, test_ipc_alloc_has_no_fallback,
		test_random_repeats_with_its_seed, test_random_differs_by_seed,
		test_random_reason, test_random_falls_back);

	t = add_tcase(s, "alignment", NULL, NULL, 30);
	tcase_add_loop_test(t, test_alignment_is_kept, 5, 27);
	tcase_add_loop_test(t, test_alignment_is_kept_by_the_kernels_classes, 5,
			    27);
	ADD_TESTS(t, test_alignment_up_to_a_page_is_slab,
		  test_alignment_up_to_4_mib_is_pages,
		  test_aligned_block_gives_its_tail_back,
		  test_larger_alignment_is_vmalloc,
		  test_aligned_size_above_4_mib_is_vmalloc,
		  test_aligned_fallback_reason,
		  test_aligned_small_object_never_falls_back,
		  test_aligned_vmalloc_policy, test_aligned_kmalloc_policy,
		  test_aligned_ipc_alloc_policy);
	ADD_LOOP_TESTS(t, 6, test_aligned_fallback);
	ADD_LOOP_TESTS(t, 3, test_aligned_zero);
	return run_suite(s);
}
