/* SPDX-License-Identifier: MIT */
/*
 * test_vmalloc.c - areas: making, freeing, looking up; misuse; guards; order
 * of addresses; the cache of lazily freed areas and its budget; frames; the
 * kernel's rules; the validator. Resizing and stress have their own files.
 */
#include "vmalloc_test.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mm/huge.h"

/* making */

START_TEST(test_sizes_are_rounded_to_pages)
{
	static const size_t sizes[] = {
		1,	2,	     PAGE_SIZE - 1, PAGE_SIZE,	 PAGE_SIZE + 1,
		100000, 2 * MIB - 1, 2 * MIB,	    2 * MIB + 1, 100 * MIB,
	};
	char *p = must_get(sizes[_i]);

	ck_assert(is_vmalloc_addr(p));
	ck_assert_uint_eq((size_t)p % PAGE_SIZE, 0);
	ck_assert_uint_eq(vmalloc_usable(p), ALIGN_UP(sizes[_i], PAGE_SIZE));
	p[0] = 1;
	p[vmalloc_usable(p) - 1] = 1;
	ck_assert_uint_eq(vmalloc_validate(), 0);
	put(p);
}
END_TEST

START_TEST(test_impossible_sizes_fail)
{
	size_t sizes[] = {
		0,
		SIZE_MAX,
		SIZE_MAX - 1,
		SIZE_MAX - PAGE_SIZE + 1,
		SIZE_MAX - PAGE_SIZE,
		SIZE_MAX / 2,
		(size_t)1 << 46,
		vmalloc_region.size + 1,
	};

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++)
		ck_assert_ptr_null(get(sizes[i]));
	ck_assert_uint_eq(vmalloc_validate(), 0);
	put(must_get(1));
}
END_TEST

START_TEST(test_alignment)
{
	for (size_t align = 1; align <= 4 * GIB; align *= 2) {
		char *p = vmalloc_area(GFP_KERNEL, 5 * PAGE_SIZE, align, NULL);

		ck_assert_ptr_nonnull(p);
		ck_assert_uint_eq((size_t)p % max_ul(align, PAGE_SIZE), 0);
		*p = 1;
	}
	ck_assert_uint_eq(vmalloc_validate(), 0);
}
END_TEST

START_TEST(test_impossible_alignment_fails)
{
	static const size_t aligns[] = {
		3, PAGE_SIZE + 1, 6 * MIB, (size_t)1 << 62, (size_t)1 << 63,
	};

	for (size_t i = 0; i < ARRAY_SIZE(aligns); i++)
		ck_assert_ptr_null(
			vmalloc_area(GFP_KERNEL, PAGE_SIZE, aligns[i], NULL));
	ck_assert_uint_eq(vmalloc_validate(), 0);
}
END_TEST

START_TEST(test_fresh_area_reads_as_zero)
{
	char *p = vmalloc_area(GFP_KERNEL | __GFP_ZERO, 5 * MIB, 0, NULL);

	ck_assert(is_zero(p, 5 * MIB));
}
END_TEST

START_TEST(test_huge_request_touches_nothing)
{
	char *p = vmalloc_area(GFP_KERNEL | __GFP_ZERO, 64 * GIB, 0, NULL);

	ck_assert_ptr_nonnull(p);
	ck_assert_uint_eq(resident(p + 32 * GIB, GIB), 0);
}
END_TEST

/* What is resident is what was touched, and one huge page at most. */
START_TEST(test_resident_is_what_was_touched)
{
	size_t size = (size_t)_i * MIB;
	char *p = must_get(size);

	memset(p, 1, size / 2);
	ck_assert_uint_ge(resident(p, size), size / 2);
	ck_assert_uint_le(resident(p, size), size / 2 + VMAP_HUGE_SIZE);
}
END_TEST

START_TEST(test_gauges)
{
	char *p = must_get(10 * PAGE_SIZE), *q = must_get(3 * MIB);

	ck_assert_uint_eq(stats.vmalloc_areas, 2);
	ck_assert_uint_eq(stats.vmalloc_pages, 10 + 3 * MIB / PAGE_SIZE);
	ck_assert_uint_eq(stats.lazy_pages, 0);
	put(p);
	ck_assert_uint_eq(stats.vmalloc_areas, 1);
	ck_assert_uint_eq(stats.vmalloc_pages, 3 * MIB / PAGE_SIZE);
	ck_assert_uint_eq(stats.lazy_pages, 10);
	put(q);
	vmalloc_purge(0);
	ck_assert_uint_eq(stats.vmalloc_areas, 0);
	ck_assert_uint_eq(stats.vmalloc_pages, 0);
	ck_assert_uint_eq(stats.lazy_pages, 0);
	ck_assert_uint_eq(counted(KV_vmap_area_alloc), 2);
	ck_assert_uint_eq(counted(KV_vmap_area_free), 2);
	ck_assert_uint_eq(counted(KV_vmap_purge), 2);
	ck_assert_uint_eq(counted(KV_vmap_purged), 10 + 3 * MIB / PAGE_SIZE);
}
END_TEST

struct seen {
	const char *addr[8];
	size_t size[8];
	enum vmap_state state[8];
	const void *caller[8];
	int nr;
};

static void see(const void *addr, size_t size, enum vmap_state state,
		const void *caller, void *arg)
{
	struct seen *seen = arg;

	ck_assert_int_lt(seen->nr, 8);
	seen->addr[seen->nr] = addr;
	seen->size[seen->nr] = size;
	seen->state[seen->nr] = state;
	seen->caller[seen->nr++] = caller;
}

START_TEST(test_for_each_in_address_order)
{
	static const char caller[3];
	struct seen seen = { .nr = 0 };
	char *p[3];

	for (int i = 0; i < 3; i++)
		p[i] = vmalloc_area(GFP_KERNEL, (size_t)(i + 1) * PAGE_SIZE, 0,
				    &caller[i]);
	put(p[1]);
	vmalloc_for_each(see, &seen);
	ck_assert_int_eq(seen.nr, 3);
	for (int i = 0; i < 3; i++) {
		ck_assert_ptr_eq(seen.addr[i], p[i]);
		ck_assert_uint_eq(seen.size[i], (size_t)(i + 1) * PAGE_SIZE);
		ck_assert_int_eq(seen.state[i], i == 1 ? VMAP_LAZY : VMAP_BUSY);
		ck_assert_ptr_eq(seen.caller[i], &caller[i]);
	}
}
END_TEST

/* misuse */

START_TEST(test_wrong_pointers_are_told_apart)
{
	char *p = must_get(3 * PAGE_SIZE), *q = must_get(8 * MIB);
	char on_stack;

	ck_assert_int_eq(vfree_area(p + 1), -EFAULT);
	ck_assert_int_eq(vfree_area(p + PAGE_SIZE), -EFAULT);
	ck_assert_int_eq(vfree_area(p + 3 * PAGE_SIZE - 1), -EFAULT);
	ck_assert_int_eq(vfree_area(p + 3 * PAGE_SIZE), -EINVAL);
	ck_assert_int_eq(vfree_area(q + 8 * MIB + PAGE_SIZE), -EINVAL);
	ck_assert_int_eq(vfree_area(NULL), -EINVAL);
	ck_assert_int_eq(vfree_area(&on_stack), -EINVAL);
	ck_assert_int_eq(vfree_area(vmalloc_region.base - PAGE_SIZE), -EINVAL);
	ck_assert_int_eq(vfree_area(vmalloc_region.base + vmalloc_region.size -
				    PAGE_SIZE),
			 -EINVAL);
	put(p);
	ck_assert_int_eq(vfree_area(p), -ENOENT);
	ck_assert_int_eq(vfree_area(p + 1), -ENOENT);
	vmalloc_purge(0);
	ck_assert_int_eq(vfree_area(p), -EINVAL);
	ck_assert_uint_eq(vmalloc_validate(), 0);
}
END_TEST

START_TEST(test_wrong_pointers_have_no_size)
{
	char *p = must_get(3 * PAGE_SIZE);

	ck_assert_uint_eq(vmalloc_usable(NULL), 0);
	ck_assert_uint_eq(vmalloc_usable(&p), 0);
	ck_assert_uint_eq(vmalloc_usable(p + 1), 0);
	ck_assert_uint_eq(vmalloc_usable(p + PAGE_SIZE), 0);
	ck_assert_uint_eq(vmalloc_usable(p + 3 * PAGE_SIZE), 0);
	put(p);
	ck_assert_uint_eq(vmalloc_usable(p), 0);
}
END_TEST

START_TEST(test_wrong_pointers_are_not_resized)
{
	char *p = must_get(3 * PAGE_SIZE);

	ck_assert_ptr_null(resize(p + 1, PAGE_SIZE));
	ck_assert_ptr_null(resize(p + PAGE_SIZE, PAGE_SIZE));
	ck_assert_ptr_null(resize(&p, PAGE_SIZE));
	ck_assert_ptr_null(resize(NULL, PAGE_SIZE));
	put(p);
	ck_assert_ptr_null(resize(p, PAGE_SIZE));
	ck_assert_uint_eq(vmalloc_validate(), 0);
}
END_TEST

/* guards: each of these writes one byte behind an area */

START_TEST(test_guard_behind_new_area)
{
	char *p = must_get((size_t)_i);

	must_get(PAGE_SIZE);
	p[vmalloc_usable(p) - 1] = 1;
	p[vmalloc_usable(p)] = 1;
}
END_TEST

START_TEST(test_guard_behind_reused_area)
{
	char *p = must_get(5 * PAGE_SIZE);

	put(p);
	p = must_get(5 * PAGE_SIZE);
	p[5 * PAGE_SIZE] = 1;
}
END_TEST

START_TEST(test_guard_behind_trimmed_area)
{
	put(must_get(12 * PAGE_SIZE));
	must_get(8 * PAGE_SIZE)[8 * PAGE_SIZE] = 1;
}
END_TEST

START_TEST(test_guard_behind_grown_area)
{
	char *p = resize(must_get(8 * MIB), 9 * MIB);

	p[9 * MIB - 1] = 1;
	p[vmalloc_usable(p)] = 1;
}
END_TEST

START_TEST(test_guard_behind_shrunk_area)
{
	char *p = resize(must_get(8 * MIB), 4 * MIB);

	p[4 * MIB - 1] = 1;
	p[4 * MIB] = 1;
}
END_TEST

START_TEST(test_purged_area_traps)
{
	char *p = must_get(PAGE_SIZE);

	*p = 1;
	put(p);
	vmalloc_purge(0);
	*p = 1;
}
END_TEST

/* addresses */

START_TEST(test_lowest_address_first)
{
	char *p[20];

	for (int i = 0; i < 20; i++) {
		p[i] = must_get(PAGE_SIZE);
		ck_assert_ptr_eq(p[i], vmalloc_region.base +
					       (size_t)i * 2 * PAGE_SIZE);
	}
	put(p[13]);
	put(p[4]);
	vmalloc_purge(0);
	ck_assert_ptr_eq(must_get(PAGE_SIZE), p[4]);
	ck_assert_ptr_eq(must_get(PAGE_SIZE), p[13]);
	ck_assert(must_get(PAGE_SIZE) > p[19]);
}
END_TEST

START_TEST(test_hole_too_small_is_passed_over)
{
	char *p[4];

	for (int i = 0; i < 4; i++)
		p[i] = must_get((size_t)(i + 1) * PAGE_SIZE);
	put(p[0]);
	put(p[2]);
	vmalloc_purge(0);
	ck_assert_ptr_eq(must_get(3 * PAGE_SIZE), p[2]);
	ck_assert(must_get(2 * PAGE_SIZE) > p[3]);
	ck_assert_ptr_eq(must_get(PAGE_SIZE), p[0]);
}
END_TEST

/* Three neighbours are freed in each order; they make one range again. */
START_TEST(test_free_ranges_merge)
{
	static const int order[6][3] = {
		{ 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 },
		{ 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 },
	};
	char *p[3], *behind;

	for (int i = 0; i < 3; i++)
		p[i] = must_get(7 * PAGE_SIZE);
	behind = must_get(PAGE_SIZE);
	for (int i = 0; i < 3; i++) {
		put(p[order[_i][i]]);
		vmalloc_purge(0);
		ck_assert_uint_eq(vmalloc_validate(), 0);
	}
	/* guards of the three are usable space now */
	ck_assert_ptr_eq(must_get((3 * 8 - 1) * PAGE_SIZE), p[0]);
	put(behind);
}
END_TEST

START_TEST(test_large_areas_are_aligned_for_huge_pages)
{
	must_get(PAGE_SIZE);
	for (int i = 0; i < 5; i++)
		ck_assert_uint_eq((size_t)must_get(5 * MIB) % VMAP_HUGE_SIZE,
				  0);
}
END_TEST

/* Small ones fill the space that alignment left. */
START_TEST(test_alignment_leaves_usable_space)
{
	char *low = must_get(PAGE_SIZE), *big = must_get(8 * MIB);

	ck_assert_ptr_eq(must_get(PAGE_SIZE), low + 2 * PAGE_SIZE);
	ck_assert(big > low + PAGE_SIZE);
}
END_TEST

/* lazily freed areas */

START_TEST(test_same_size_is_reused_as_it_is)
{
	char *p = must_get(3 * MIB), *q = must_get(3 * MIB);

	p[MIB] = 42;
	put(q);
	put(p);
	ck_assert_ptr_eq(must_get(3 * MIB), p); /* the newest */
	ck_assert_int_eq(p[MIB], 42);
	ck_assert_ptr_eq(must_get(3 * MIB), q);
	ck_assert_uint_eq(counted(KV_vmap_area_reuse), 2);
	ck_assert_uint_eq(counted(KV_vmap_area_alloc), 2);
}
END_TEST

START_TEST(test_freed_address_is_not_used_for_others)
{
	char *p = must_get(5 * PAGE_SIZE);

	put(p);
	ck_assert(must_get(PAGE_SIZE) > p);
	ck_assert(must_get(100 * PAGE_SIZE) > p);
	vmalloc_purge(0);
	ck_assert_ptr_eq(must_get(PAGE_SIZE), p);
}
END_TEST

START_TEST(test_reuse_of_an_eighth_larger)
{
	char *p = must_get(36 * PAGE_SIZE);

	put(p);
	ck_assert_ptr_eq(must_get(32 * PAGE_SIZE), p);
	ck_assert_uint_eq(vmalloc_usable(p), 36 * PAGE_SIZE);
}
END_TEST

START_TEST(test_reuse_trims_larger)
{
	char *p = must_get(60 * PAGE_SIZE);

	memset(p, 1, 60 * PAGE_SIZE);
	put(p);
	ck_assert_ptr_eq(must_get(32 * PAGE_SIZE), p);
	ck_assert_uint_eq(vmalloc_usable(p), 32 * PAGE_SIZE);
	ck_assert_int_eq(p[32 * PAGE_SIZE - 1], 1);
	ck_assert_uint_eq(stats.lazy_pages, 0);
}
END_TEST

START_TEST(test_reuse_grows_smaller)
{
	char *p = must_get(5 * MIB);

	memset(p, 1, 5 * MIB);
	put(p);
	ck_assert_ptr_eq(must_get(7 * MIB), p);
	ck_assert_int_eq(p[5 * MIB - 1], 1);
	ck_assert_int_eq(p[5 * MIB], 0);
	ck_assert_uint_ge(vmalloc_usable(p), 7 * MIB);
}
END_TEST

START_TEST(test_reuse_prefers_the_best_fit)
{
	char *p[4];

	for (int i = 0; i < 4; i++)
		p[i] = must_get((size_t)(30 + i) * PAGE_SIZE);
	for (int i = 0; i < 4; i++)
		put(p[i]);
	ck_assert_ptr_eq(must_get(32 * PAGE_SIZE), p[2]);
	ck_assert_ptr_eq(must_get(32 * PAGE_SIZE), p[3]);
}
END_TEST

START_TEST(test_much_larger_or_smaller_is_not_reused)
{
	char *p = must_get(5 * MIB);

	put(p);
	ck_assert_ptr_ne(must_get(2 * MIB), p);
	ck_assert_ptr_ne(must_get(11 * MIB), p);
	ck_assert_uint_eq(counted(KV_vmap_area_reuse), 0);
}
END_TEST

START_TEST(test_reuse_honours_alignment)
{
	char *p = must_get(PAGE_SIZE), *q;

	/* an odd page: not aligned to two */
	p = must_get(PAGE_SIZE);
	put(p);
	q = vmalloc_area(GFP_KERNEL, PAGE_SIZE, 64 * PAGE_SIZE, NULL);
	ck_assert_uint_eq((size_t)q % (64 * PAGE_SIZE), 0);
	put(q);
	ck_assert_ptr_eq(
		vmalloc_area(GFP_KERNEL, PAGE_SIZE, 64 * PAGE_SIZE, NULL), q);
}
END_TEST

/* _i: every how many pages were touched; all of the area must read as zero */
START_TEST(test_reuse_for_zeroed_memory)
{
	size_t size = 6 * MIB, step = (size_t)_i * PAGE_SIZE, had;
	char *p = must_get(size);

	for (size_t at = 0; at < size; at += step)
		memset(p + at, 7, PAGE_SIZE);
	had = resident(p, size);
	put(p);
	ck_assert_ptr_eq(vmalloc_area(GFP_KERNEL | __GFP_ZERO, size, 0, NULL),
			 p);
	ck_assert_uint_le(resident(p, size), had);
	ck_assert(is_zero(p, size));
}
END_TEST

START_TEST(test_purge_gives_memory_back)
{
	char *p = must_get(3 * MIB), *q = must_get(5 * MIB);

	memset(p, 1, 3 * MIB);
	memset(q, 1, 5 * MIB);
	put(p);
	put(q);
	ck_assert_uint_eq(resident(p, 3 * MIB), 3 * MIB);
	/* the coldest first, just enough of them */
	ck_assert_uint_eq(vmalloc_purge(6 * MIB), 3 * MIB / PAGE_SIZE);
	ck_assert_uint_eq(resident(p, 3 * MIB), 0);
	ck_assert_uint_eq(resident(q, 5 * MIB), 5 * MIB);
	ck_assert_uint_eq(vmalloc_purge(5 * MIB), 0);
	ck_assert_uint_eq(vmalloc_purge(0), 5 * MIB / PAGE_SIZE);
	ck_assert_uint_eq(resident(q, 5 * MIB), 0);
	ck_assert_uint_eq(vmalloc_purge(0), 0);
}
END_TEST

/* An area that is not sparse: some of its pages all over are resident. */
static char *must_use(size_t size)
{
	char *p = must_get(size);

	for (size_t i = 0; i < 16; i++)
		p[size / 16 * i] = 1;
	return p;
}

START_TEST(test_budget_without_anything_in_use)
{
	char *p[64];

	for (int i = 0; i < 64; i++)
		p[i] = must_use(MIB);
	for (int i = 0; i < 64; i++)
		put(p[i]);
	ck_assert_uint_eq(stats.lazy_pages, 8 * MIB / PAGE_SIZE);
	/* what stays is what was freed last */
	ck_assert_uint_eq(vfree_area(p[63]), -ENOENT);
	ck_assert_uint_eq(vfree_area(p[56]), -ENOENT);
	ck_assert_uint_eq(vfree_area(p[55]), -EINVAL);
}
END_TEST

/* Moves the time of what the budget remembers back. */
static void wait_seconds(u64 seconds)
{
	vmap_space.boost_ns -= seconds * 1000000000u;
	vmap_space.busy_since -= seconds * 1000000000u;
	for (int i = 0; i < VMAP_HISTORY; i++)
		vmap_space.history[i].ns -= seconds * 1000000000u;
}

START_TEST(test_budget_follows_what_is_in_use)
{
	char *p[64];

	must_get(160 * MIB);
	for (int i = 0; i < 64; i++)
		p[i] = must_use(MIB);
	for (int i = 0; i < 64; i++)
		put(p[i]);
	for (int i = 0; i < 2; i++) { /* the heap swings no more */
		wait_seconds(2);
		vmalloc_purge(SIZE_MAX);
	}
	ck_assert_uint_eq(stats.lazy_pages, 160 * MIB / 8 / PAGE_SIZE);
}
END_TEST

START_TEST(test_area_above_the_budget_leaves_others_alone)
{
	char *small = must_use(MIB), *large = must_use(100 * MIB);

	put(small);
	put(large);
	ck_assert_uint_eq(stats.lazy_pages, MIB / PAGE_SIZE);
	ck_assert_int_eq(vfree_area(small), -ENOENT);
	ck_assert_int_eq(vfree_area(large), -EINVAL);
}
END_TEST

/* A loop that frees and takes @size again; how often it got the same pages. */
static int reuses_of(size_t size, int loops)
{
	u64 before = counted(KV_vmap_area_reuse);

	for (int i = 0; i < loops; i++)
		put(must_use(size));
	return (int)(counted(KV_vmap_area_reuse) - before);
}

START_TEST(test_budget_adapts_to_a_loop)
{
	ck_assert_int_ge(reuses_of(32 * MIB, 20), 17);
	ck_assert_int_ge(reuses_of(128 * MIB, 20), 16);
	vmalloc_purge(0);
	/* of more, that much is kept */
	ck_assert_int_ge(reuses_of(160 * MIB, 20), 14);
	ck_assert_uint_eq(stats.lazy_pages, 128 * MIB / PAGE_SIZE);
}
END_TEST

START_TEST(test_budget_decays)
{
	reuses_of(128 * MIB, 6);
	ck_assert_uint_eq(stats.lazy_pages, 128 * MIB / PAGE_SIZE);
	wait_seconds(1);
	vmalloc_purge(SIZE_MAX);
	ck_assert_uint_eq(vmap_space.boost, 64 * MIB);
	ck_assert_uint_eq(stats.lazy_pages, 0);
	wait_seconds(5);
	vmalloc_purge(SIZE_MAX);
	ck_assert_uint_eq(vmap_space.boost, 0);
}
END_TEST

START_TEST(test_slow_loop_is_no_loop)
{
	for (int i = 0; i < 10; i++) {
		ck_assert_int_eq(reuses_of(32 * MIB, 1), 0);
		wait_seconds(2);
	}
	ck_assert_uint_eq(vmap_space.boost, 0);
}
END_TEST

START_TEST(test_little_stays_after_a_peak)
{
	char *p[24];

	for (int i = 0; i < 24; i++)
		p[i] = must_use(32 * MIB);
	for (int i = 0; i < 24; i++)
		put(p[i]);
	ck_assert_uint_le(stats.lazy_pages, 8 * MIB / PAGE_SIZE);
}
END_TEST

/* Both ends touched, as a table would be. */
static char *must_get_sparse(size_t size)
{
	char *p = must_get(size);

	p[0] = p[size - 1] = 1;
	return p;
}

START_TEST(test_sparse_areas_stay)
{
	char *p[6];

	huge_stop(KVR_HUGE_NONE); /* those are no sparse areas */
	for (int i = 0; i < 6; i++)
		p[i] = must_get_sparse((size_t)(9 + i) * MIB);
	for (int i = 0; i < 6; i++)
		put(p[i]);
	ck_assert_uint_eq(vmap_space.sparse_bytes, (9 + 14) * 3 * MIB);
	ck_assert_uint_eq(stats.lazy_pages, 0);
	ck_assert_uint_eq(vmalloc_validate(), 0);
	for (int i = 0; i < 6; i++)
		ck_assert_int_eq(vfree_area(p[i]), -ENOENT);
	/* the smallest that is large enough, whole */
	ck_assert_ptr_eq(must_get(11 * MIB + 1), p[3]);
	ck_assert_uint_eq(vmalloc_usable(p[3]), 12 * MIB);
	ck_assert_ptr_eq(must_get(6 * MIB), p[0]);
	ck_assert_uint_eq(counted(KV_vmap_area_reuse), 2);
	ck_assert_uint_eq(vmalloc_validate(), 0);
}
END_TEST

START_TEST(test_sparse_areas_have_a_budget)
{
	char *p[24];

	for (int i = 0; i < 24; i++)
		p[i] = must_get_sparse(7 * MIB);
	for (int i = 0; i < 24; i++)
		put(p[i]);
	/* the last was not looked at yet */
	ck_assert_uint_eq(vmap_space.sparse_bytes, 18 * 7 * MIB);
	ck_assert_int_eq(vfree_area(p[4]), -EINVAL);
	ck_assert_int_eq(vfree_area(p[5]), -ENOENT);
	ck_assert_uint_eq(vmalloc_purge(0), 19 * 7 * MIB / PAGE_SIZE);
	ck_assert_uint_eq(vmap_space.sparse_bytes, 0);
	ck_assert_int_eq(vfree_area(p[23]), -EINVAL);
}
END_TEST

START_TEST(test_sparse_budget_follows_use)
{
	char *p[50];

	must_get(64 * MIB);
	for (int i = 0; i < 50; i++)
		p[i] = must_get_sparse(7 * MIB);
	for (int i = 0; i < 50; i++)
		put(p[i]);
	ck_assert_uint_le(vmap_space.sparse_bytes, 4 * 64 * MIB);
	ck_assert_uint_gt(vmap_space.sparse_bytes, (4 * 64 - 8) * MIB);
}
END_TEST

START_TEST(test_sparse_area_that_was_filled_goes)
{
	char *p;

	huge_stop(KVR_HUGE_NONE);
	p = must_get_sparse(12 * MIB);
	for (int i = 0; i < 40; i++) { /* a streak: looks are few then */
		put(p);
		ck_assert_ptr_eq(must_get(12 * MIB), p);
	}
	memset(p, 1, 12 * MIB);
	put(p);
	ck_assert_int_eq(vfree_area(p), -EINVAL);
	ck_assert_uint_eq(resident(p, 12 * MIB), 0);
}
END_TEST

/* After a long streak every other area is looked at. */
START_TEST(test_filled_area_stays_once_at_most)
{
	char *p;

	huge_stop(KVR_HUGE_NONE);
	p = must_get_sparse(12 * MIB);
	for (int i = 0; i < 41; i++) {
		put(p);
		ck_assert_ptr_eq(must_get(12 * MIB), p);
	}
	memset(p, 1, 12 * MIB);
	put(p);
	ck_assert_uint_eq(vmap_space.sparse_bytes, 12 * MIB);
	ck_assert_ptr_eq(must_get(12 * MIB), p);
	put(p);
	ck_assert_uint_eq(vmap_space.sparse_bytes, 0);
	ck_assert_uint_eq(resident(p, 12 * MIB), 0);
}
END_TEST

START_TEST(test_sparse_area_for_zeroed_memory)
{
	char *p = must_get_sparse(12 * MIB);

	put(p);
	ck_assert_ptr_eq(
		vmalloc_area(GFP_KERNEL | __GFP_ZERO, 12 * MIB, 0, NULL), p);
	ck_assert(is_zero(p, 12 * MIB));
}
END_TEST

/* frames */

START_TEST(test_area_is_charged_for_its_pages)
{
	unsigned long free = nr_free_pages();
	char *p = must_get(40 * MIB);

	ck_assert_uint_le(nr_free_pages(), free - 40 * MIB / PAGE_SIZE);
	put(p);
	vmalloc_purge(0);
	/* pages with our own objects stay */
	ck_assert_uint_ge(nr_free_pages() + 2, free);
}
END_TEST

START_TEST(test_cached_area_keeps_its_charge)
{
	char *p = must_get(MIB);
	unsigned long free = nr_free_pages();

	put(p);
	ck_assert_uint_eq(nr_free_pages(), free);
	ck_assert_ptr_eq(must_get(MIB), p);
	ck_assert_uint_eq(nr_free_pages(), free);
}
END_TEST

START_TEST(test_strict_machine_is_exhausted_and_recovers)
{
	static char *p[512];
	int nr, again;

	for (int round = 0; round < 3; round++) {
		for (nr = 0; nr < 512 && (p[nr] = get(MIB)); nr++)
			*p[nr] = 1;
		ck_assert_int_gt(nr, 200);
		ck_assert_int_lt(nr, 256);
		ck_assert_ptr_null(get(MIB));
		ck_assert_uint_eq(vmalloc_validate(), 0);
		put(p[--nr]);
		again = nr;
		p[nr] = get(MIB); /* what one gives another can take */
		ck_assert_ptr_nonnull(p[nr++]);
		while (nr--)
			put(p[nr]);
		ck_assert_int_gt(again, 200);
	}
	ck_assert_uint_eq(counted(KV_vmap_overcommit), 0);
}
END_TEST

START_TEST(test_strict_machine_refuses_more_than_it_has)
{
	char *p = must_get(4 * MIB);

	put(p);
	ck_assert_ptr_null(get(256 * MIB));
	ck_assert_ptr_null(get(GIB));
	ck_assert_uint_eq(vmalloc_validate(), 0);
	/* what can't be had anyway costs nobody his cache */
	ck_assert_ptr_eq(must_get(4 * MIB), p);
}
END_TEST

/* Frames of lazily freed areas come back when somebody needs them. */
START_TEST(test_strict_machine_reclaims_lazy_areas)
{
	static char *p[512];
	int nr;

	for (nr = 0; nr < 512 && (p[nr] = get(MIB)); nr++)
		;
	for (int i = 0; i < 8; i++)
		put(p[--nr]);
	ck_assert_uint_eq(stats.lazy_pages, 8 * MIB / PAGE_SIZE);
	ck_assert_ptr_nonnull(get(5 * MIB));
	ck_assert_uint_eq(stats.lazy_pages, 0);
}
END_TEST

START_TEST(test_shrinker_frees_pages_for_others)
{
	static char *p[512];
	struct page *page;
	int nr, got = 0;

	for (nr = 0; nr < 512 && (p[nr] = get(MIB)); nr++)
		;
	for (int i = 0; i < 8; i++)
		put(p[--nr]);
	while (stats.lazy_pages && got++ < 65536) {
		page = alloc_pages(GFP_KERNEL, 0);
		ck_assert_ptr_nonnull(page);
	}
	ck_assert_uint_eq(stats.lazy_pages, 0);
}
END_TEST

START_TEST(test_overcommit_is_served_and_counted)
{
	unsigned long free = nr_free_pages();
	char *p = must_get(64 * GIB);

	p[63 * GIB] = 1;
	ck_assert_uint_eq(counted(KV_vmap_overcommit), 64 * GIB / PAGE_SIZE);
	/* nothing is taken from those who could still be served */
	ck_assert_uint_ge(nr_free_pages() + 2, free);
	put(p);
}
END_TEST

START_TEST(test_overcommit_leaves_frames_for_small_objects)
{
	for (int i = 0; i < 100; i++)
		must_get(100 * MIB);
	ck_assert_uint_ge(nr_free_pages(), machine.nr_pages / 16 - 2);
	ck_assert_ptr_nonnull(alloc_pages(GFP_KERNEL, 3));
	ck_assert_uint_gt(counted(KV_vmap_overcommit), 0);
}
END_TEST

/* the kernel's rules */

START_TEST(test_kernel_freed_area_traps)
{
	char *p = must_get(PAGE_SIZE);

	*p = 1;
	put(p);
	*p = 1;
}
END_TEST

START_TEST(test_kernel_address_waits_for_a_purge)
{
	size_t limit = 2 * 32 * MIB; /* fls(2 CPUs) * 32 MiB */
	char *first = must_get(MIB), *p = first;

	for (size_t lazy = 0; lazy + MIB + PAGE_SIZE <= limit;
	     lazy += MIB + PAGE_SIZE) {
		put(p);
		ck_assert_int_eq(vfree_area(p), -ENOENT);
		p = must_get(MIB);
		ck_assert_ptr_ne(p, first);
	}
	ck_assert_uint_eq(counted(KV_vmap_purge), 0);
	put(p);
	ck_assert_uint_eq(counted(KV_vmap_purge), 64);
	ck_assert_ptr_eq(must_get(MIB), first);
	ck_assert_uint_eq(counted(KV_vmap_area_reuse), 0);
}
END_TEST

START_TEST(test_kernel_frees_frames_at_once)
{
	char *p = must_get(MIB);
	unsigned long free = nr_free_pages();

	put(p);
	ck_assert_uint_eq(nr_free_pages(), free + MIB / PAGE_SIZE);
	ck_assert_uint_eq(stats.lazy_pages, 0);
}
END_TEST

START_TEST(test_kernel_areas_have_no_room)
{
	char *p = must_get(8 * MIB), *q = must_get(8 * MIB);

	ck_assert_ptr_eq(p, vmalloc_region.base);
	ck_assert_ptr_eq(q, p + 8 * MIB + PAGE_SIZE);
}
END_TEST

/* start and fork */

/* Boots below a limit of address space; the largest area that is served. */
static size_t largest_below(size_t limit)
{
	struct rlimit lim = { limit, limit };
	size_t size;

	ck_assert_int_eq(setrlimit(RLIMIT_AS, &lim), 0);
	boot_default();
	for (size = GIB; size && !get(size); size /= 2)
		;
	ck_assert_uint_eq(vmalloc_validate(), 0);
	return size;
}

START_TEST(test_boot_below_address_space_limit)
{
	ck_assert_uint_ge(largest_below(256 * MIB), 16 * MIB);
}
END_TEST

START_TEST(test_without_address_space_there_are_no_areas)
{
	struct rlimit lim = { 0, 0 };
	struct machine_config cfg = { .mem = 64 * MIB, .cpus = 1 };

	ck_assert_int_eq(machine_boot(&cfg), 0);
	ck_assert_int_eq(setrlimit(RLIMIT_AS, &lim), 0);
	ck_assert_int_eq(vmalloc_boot(), 0);
	ck_assert_ptr_null(get(1));
	ck_assert_int_eq(vfree_area(&lim), -EINVAL);
	ck_assert_uint_eq(vmalloc_purge(0), 0);
}
END_TEST

START_TEST(test_region_is_large)
{
	boot_default();
	ck_assert_uint_ge(vmalloc_region.size, (size_t)1 << 40);
}
END_TEST

static void set_state(char *p, enum va_state state)
{
	struct vmap_area *va = vmap_find(p);

	vmap_unset_busy(va, state);
}

START_TEST(test_fork_child_cleans_up_after_other_threads)
{
	char *making = must_get(MIB), *purging = must_get(MIB);
	char *moving = must_get(MIB);
	pid_t pid;
	int status;

	*moving = 42;
	/* as if another thread were inside at the fork */
	set_state(making, VA_MAKING);
	set_state(purging, VA_PURGING);
	set_state(moving, VA_MOVING);
	spin_lock(&vmap_space.lock);
	pid = fork();
	if (!pid) {
		vmalloc_fork_child();
		_exit(vmalloc_validate() || vmalloc_usable(making) ||
		      vmalloc_usable(purging) || *moving != 42 ||
		      vmalloc_usable(moving) != MIB || !get(MIB));
	}
	spin_unlock(&vmap_space.lock);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
	spin_lock(&vmap_space.lock);
	vmap_set_busy(vmap_find(making));
	vmap_set_busy(vmap_find(purging));
	vmap_set_busy(vmap_find(moving));
	spin_unlock(&vmap_space.lock);
}
END_TEST

/* the validator: each of these breaks one thing */

static struct vmap_area *some_free(void)
{
	return rb_entry(rb_first(&vmap_space.free), struct vmap_area, node);
}

static void break_gap(struct vmap_area *va)
{
	va->end -= PAGE_SIZE;
}

static void break_overlap(struct vmap_area *va)
{
	va->end += PAGE_SIZE;
}

static void break_order(struct vmap_area *va)
{
	va->start = vmalloc_region.base + vmalloc_region.size;
}

static void break_subtree(struct vmap_area *va)
{
	(void)va;
	some_free()->subtree_max--;
}

static void break_merging(struct vmap_area *va)
{
	struct vmap_area *free = some_free(), *half;

	(void)va;
	vmap_lock(GFP_KERNEL);
	half = vmap_carve(PAGE_SIZE, PAGE_SIZE, 0);
	spin_unlock(&vmap_space.lock);
	rb_erase(&vmap_space.areas, &half->node);
	half->state = VA_FREE;
	half->subtree_max = PAGE_SIZE;
	vmap_space.free_bytes += PAGE_SIZE;
	rb_insert(&vmap_space.free, &half->node, &free->node, RB_LEFT);
}

static void break_size(struct vmap_area *va)
{
	va->size = 2 * va->size;
}

static void break_grain(struct vmap_area *va)
{
	va->size--;
}

static void break_cuts(struct vmap_area *va)
{
	va->nr_cuts = 1;
	va->cut[0] = (u32)(va->size >> PAGE_SHIFT) + 1;
}

static void break_charge(struct vmap_area *va)
{
	va->charged++;
}

static void break_chain(struct vmap_area *va)
{
	va->chain = NO_PFN;
}

static void break_state(struct vmap_area *va)
{
	va->state = VA_FREE;
}

static void break_lru(struct vmap_area *va)
{
	(void)va;
	list_del(vmap_space.lru.next);
}

static void break_cache(struct vmap_area *va)
{
	(void)va;
	rb_erase(&vmap_space.cache, vmap_space.cache.node);
}

static void break_sparse(struct vmap_area *va)
{
	(void)va;
	list_entry(vmap_space.lru.next, struct vmap_area, lru)->flags |=
		VA_SPARSE;
}

static void break_sparse_sum(struct vmap_area *va)
{
	(void)va;
	vmap_space.sparse_bytes++;
}

static void break_busy_sum(struct vmap_area *va)
{
	(void)va;
	vmap_space.busy_bytes++;
}

static void break_lazy_sum(struct vmap_area *va)
{
	(void)va;
	vmap_space.lazy_bytes++;
}

static void break_free_sum(struct vmap_area *va)
{
	(void)va;
	vmap_space.free_bytes++;
}

static void break_guarded(struct vmap_area *va)
{
	va->guarded ^= 1;
}

static void break_pool(struct vmap_area *va)
{
	(void)va;
	vmap_space.spare = vmap_space.spare->next_spare;
	vmap_space.nr_spare--;
}

static void (*const breakers[])(struct vmap_area *va) = {
	break_gap,     break_overlap,  break_order,    break_subtree,
	break_merging, break_size,     break_grain,    break_cuts,
	break_charge,  break_chain,    break_state,    break_lru,
	break_cache,   break_busy_sum, break_lazy_sum, break_free_sum,
	break_guarded, break_pool,     break_sparse,   break_sparse_sum,
};

START_TEST(test_validator_finds_what_is_broken)
{
	char *p;

	must_get(3 * PAGE_SIZE);
	p = must_get(5 * PAGE_SIZE);
	must_get(5 * PAGE_SIZE);
	put(must_get(9 * PAGE_SIZE));
	ck_assert_uint_eq(vmalloc_validate(), 0);
	breakers[_i](vmap_find(p));
	ck_assert_uint_ne(vmalloc_validate(), 0);
	_exit(EXIT_SUCCESS); /* nothing can be shut down any more */
}
END_TEST

/* suites */

static TCase *add_case(Suite *s, const char *name, void (*boot)(void))
{
	TCase *t = tcase_create(name);

	if (boot)
		tcase_add_checked_fixture(t, boot, shutdown_machine);
	suite_add_tcase(s, t);
	return t;
}

static void add_making(Suite *s)
{
	TCase *t = add_case(s, "making", boot_default);

	tcase_add_loop_test(t, test_sizes_are_rounded_to_pages, 0, 10);
	tcase_add_test(t, test_impossible_sizes_fail);
	tcase_add_test(t, test_alignment);
	tcase_add_test(t, test_impossible_alignment_fails);
	tcase_add_test(t, test_fresh_area_reads_as_zero);
	tcase_add_test(t, test_huge_request_touches_nothing);
	tcase_add_loop_test(t, test_resident_is_what_was_touched, 5, 8);
	tcase_add_loop_test(t, test_resident_is_what_was_touched, 28, 31);
	tcase_add_test(t, test_gauges);
	tcase_add_test(t, test_for_each_in_address_order);
	tcase_add_test(t, test_wrong_pointers_are_told_apart);
	tcase_add_test(t, test_wrong_pointers_have_no_size);
	tcase_add_test(t, test_wrong_pointers_are_not_resized);
	tcase_add_test(t, test_lowest_address_first);
	tcase_add_test(t, test_hole_too_small_is_passed_over);
	tcase_add_loop_test(t, test_free_ranges_merge, 0, 6);
	tcase_add_test(t, test_large_areas_are_aligned_for_huge_pages);
	tcase_add_test(t, test_alignment_leaves_usable_space);
	tcase_add_test(t, test_fork_child_cleans_up_after_other_threads);
}

static void add_traps(Suite *s)
{
	TCase *t = add_case(s, "traps", boot_default);

	tcase_add_loop_test_raise_signal(t, test_guard_behind_new_area, SIGSEGV,
					 1, 2);
	tcase_add_loop_test_raise_signal(t, test_guard_behind_new_area, SIGSEGV,
					 8 << 20, (8 << 20) + 1);
	tcase_add_test_raise_signal(t, test_guard_behind_reused_area, SIGSEGV);
	tcase_add_test_raise_signal(t, test_guard_behind_trimmed_area, SIGSEGV);
	tcase_add_test_raise_signal(t, test_guard_behind_grown_area, SIGSEGV);
	tcase_add_test_raise_signal(t, test_guard_behind_shrunk_area, SIGSEGV);
	tcase_add_test_raise_signal(t, test_purged_area_traps, SIGSEGV);
	t = add_case(s, "kernel traps", boot_kernel);
	tcase_add_test_raise_signal(t, test_kernel_freed_area_traps, SIGSEGV);
	tcase_add_loop_test_raise_signal(t, test_guard_behind_new_area, SIGSEGV,
					 1, 2);
}

static void add_cache(Suite *s)
{
	TCase *t = add_case(s, "cache", boot_default);

	tcase_add_test(t, test_same_size_is_reused_as_it_is);
	tcase_add_test(t, test_freed_address_is_not_used_for_others);
	tcase_add_test(t, test_reuse_of_an_eighth_larger);
	tcase_add_test(t, test_reuse_trims_larger);
	tcase_add_test(t, test_reuse_grows_smaller);
	tcase_add_test(t, test_reuse_prefers_the_best_fit);
	tcase_add_test(t, test_much_larger_or_smaller_is_not_reused);
	tcase_add_test(t, test_reuse_honours_alignment);
	tcase_add_loop_test(t, test_reuse_for_zeroed_memory, 1, 4);
	tcase_add_loop_test(t, test_reuse_for_zeroed_memory, 1000, 1001);
	tcase_add_test(t, test_purge_gives_memory_back);
	tcase_add_test(t, test_budget_without_anything_in_use);
	tcase_add_test(t, test_budget_follows_what_is_in_use);
	tcase_add_test(t, test_area_above_the_budget_leaves_others_alone);
	tcase_add_test(t, test_budget_adapts_to_a_loop);
	tcase_add_test(t, test_budget_decays);
	tcase_add_test(t, test_slow_loop_is_no_loop);
	tcase_add_test(t, test_little_stays_after_a_peak);
	tcase_add_test(t, test_sparse_areas_stay);
	tcase_add_test(t, test_sparse_areas_have_a_budget);
	tcase_add_test(t, test_sparse_budget_follows_use);
	tcase_add_test(t, test_sparse_area_that_was_filled_goes);
	tcase_add_test(t, test_filled_area_stays_once_at_most);
	tcase_add_test(t, test_sparse_area_for_zeroed_memory);
}

static void add_frames(Suite *s)
{
	TCase *t = add_case(s, "frames", boot_strict);

	tcase_add_test(t, test_area_is_charged_for_its_pages);
	tcase_add_test(t, test_cached_area_keeps_its_charge);
	tcase_add_test(t, test_strict_machine_is_exhausted_and_recovers);
	tcase_add_test(t, test_strict_machine_refuses_more_than_it_has);
	tcase_add_test(t, test_strict_machine_reclaims_lazy_areas);
	tcase_add_test(t, test_shrinker_frees_pages_for_others);
	t = add_case(s, "overcommit", boot_default);
	tcase_add_test(t, test_overcommit_is_served_and_counted);
	tcase_add_test(t, test_overcommit_leaves_frames_for_small_objects);
}

static void add_kernel(Suite *s)
{
	TCase *t = add_case(s, "kernel", boot_kernel);

	tcase_add_test(t, test_kernel_address_waits_for_a_purge);
	tcase_add_test(t, test_kernel_frees_frames_at_once);
	tcase_add_test(t, test_kernel_areas_have_no_room);
	tcase_add_test(t, test_lowest_address_first);
	tcase_add_test(t, test_hole_too_small_is_passed_over);
	tcase_add_loop_test(t, test_free_ranges_merge, 0, 6);
	tcase_add_test(t, test_impossible_sizes_fail);
	tcase_add_test(t, test_alignment);
}

static void add_rest(Suite *s)
{
	TCase *t = add_case(s, "validator", boot_default);

	tcase_add_loop_test(t, test_validator_finds_what_is_broken, 0,
			    (int)ARRAY_SIZE(breakers));
	if (UNDER_SANITIZER)
		return;
	t = add_case(s, "limits", NULL);
	tcase_add_test(t, test_region_is_large);
	tcase_add_test(t, test_boot_below_address_space_limit);
	tcase_add_test(t, test_without_address_space_there_are_no_areas);
}

int main(void)
{
	Suite *s = suite_create("vmalloc");

	add_making(s);
	add_traps(s);
	add_cache(s);
	add_frames(s);
	add_kernel(s);
	add_rest(s);
	return run_suite(s);
}
