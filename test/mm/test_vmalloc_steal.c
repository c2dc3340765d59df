/* SPDX-License-Identifier: MIT */
/*
 * test_vmalloc_steal.c - areas made of cached areas' pages (vmap_steal.c), and
 * the budget of a heap that swings.
 */
#include <errno.h>

#include "mm/huge.h"
#include "vmalloc_test.h"

/* To the page; test_vmalloc_huge.c tests the others. */
static void boot_small_pages(void)
{
	huge_boot(HUGE_OFF);
	boot_default();
}

/* All of it filled with @byte. */
static char *must_fill(size_t size, int byte)
{
	char *p = must_get(size);

	memset(p, byte, size);
	return p;
}

static bool filled(const char *p, size_t size, int byte)
{
	return p[0] == byte && !memcmp(p, p + 1, size - 1);
}

START_TEST(test_tail_of_a_larger_area)
{
	char *p = must_fill(12 * MIB, 1), *q;

	must_get(20 * MIB);
	put(p);
	q = must_get(4 * MIB);
	ck_assert_ptr_ne(q, p);
	ck_assert(filled(q, 4 * MIB, 1));
	ck_assert_uint_eq(stats.lazy_pages, 8 * MIB / PAGE_SIZE);
	ck_assert_uint_eq(resident(p, 12 * MIB), 8 * MIB);
	ck_assert_uint_eq(vmalloc_validate(), 0);
	ck_assert_ptr_eq(must_get(8 * MIB), p);
}
END_TEST

START_TEST(test_pages_of_several_areas)
{
	char *p[3], *q;

	must_get(160 * MIB);
	for (int i = 0; i < 3; i++)
		p[i] = must_fill(4 * MIB, i + 1);
	for (int i = 0; i < 3; i++)
		put(p[i]);
	q = must_get(14 * MIB);
	ck_assert_uint_eq(resident(q, 14 * MIB), 12 * MIB);
	for (size_t i = 0; i < 3; i++)
		ck_assert(filled(q + i * 4 * MIB, 4 * MIB, q[i * 4 * MIB]));
	ck_assert_int_eq(q[0] + q[4 * MIB] + q[8 * MIB], 1 + 2 + 3);
	ck_assert(is_zero(q + 12 * MIB, 2 * MIB));
	ck_assert_uint_eq(stats.lazy_pages, 0);
	for (int i = 0; i < 3; i++) /* nothing is left of those */
		ck_assert_int_eq(vfree_area(p[i]), -EINVAL);
	ck_assert_uint_eq(vmalloc_validate(), 0);
}
END_TEST

START_TEST(test_growth_takes_pages)
{
	char *p = must_fill(4 * MIB, 1), *q = must_fill(6 * MIB, 2);

	put(q);
	ck_assert_ptr_eq(resize(p, 9 * MIB), p);
	ck_assert(filled(p, 4 * MIB, 1));
	ck_assert(filled(p + 4 * MIB, 5 * MIB, 2));
	ck_assert_uint_eq(resident(q, 6 * MIB), MIB);
	ck_assert_uint_eq(vmalloc_validate(), 0);
}
END_TEST

/* Pieces are mappings of their own: such areas grow, move and shrink. */
START_TEST(test_area_of_pieces_is_resized)
{
	char *p, *q;

	must_get(160 * MIB);
	p = must_fill(3 * MIB, 1);
	q = must_fill(5 * MIB, 2);
	put(p);
	put(q);
	p = must_get(8 * MIB);
	memset(p, 3, 8 * MIB);
	for (size_t size = 10 * MIB; size <= 40 * MIB; size += 6 * MIB) {
		put(must_fill(4 * MIB, 4));
		p = resize(p, size);
		ck_assert_ptr_nonnull(p);
		ck_assert(filled(p, size - 2 * MIB, 3));
		memset(p, 3, size);
		p = resize(p, size + 4 * MIB);
		memset(p, 3, size + 4 * MIB);
		ck_assert_uint_eq(vmalloc_validate(), 0);
	}
	for (size_t size = 40 * MIB; size; size /= 2) {
		p = resize(p, size);
		ck_assert(filled(p, size, 3));
		ck_assert_uint_eq(vmalloc_validate(), 0);
	}
}
END_TEST

/* An area that ends with a piece, and is blocked: mappings move one by one. */
START_TEST(test_area_of_pieces_moves)
{
	char *p, *q, *r;

	must_get(160 * MIB);
	q = must_fill(MIB / 2, 2);
	p = must_fill(MIB, 1);
	put(q);
	r = resize(p, MIB + MIB / 2);
	ck_assert(filled(r, MIB, 1) && filled(r + MIB, MIB / 2, 2));
	must_get(PAGE_SIZE);
	p = resize(r, 160 * MIB);
	ck_assert(filled(p, MIB, 1) && filled(p + MIB, MIB / 2, 2));
	ck_assert_uint_eq(vmalloc_validate(), 0);
}
END_TEST

START_TEST(test_zeroed_area_takes_none)
{
	char *q;

	put(must_fill(8 * MIB, 1));
	q = vmalloc_area(GFP_KERNEL | __GFP_ZERO, 3 * MIB, 0, NULL);
	ck_assert_uint_eq(resident(q, 3 * MIB), 0);
	ck_assert(is_zero(q, 3 * MIB));
	ck_assert_uint_eq(stats.lazy_pages, 8 * MIB / PAGE_SIZE);
}
END_TEST

/* What was hardly touched has nothing to give. */
START_TEST(test_sparse_area_gives_none)
{
	char *p = must_get(8 * MIB), *q;

	p[0] = 1;
	put(p);
	q = must_get(3 * MIB);
	ck_assert_uint_eq(resident(q, 3 * MIB), 0);
	ck_assert_uint_eq(stats.lazy_pages, 0);
	ck_assert_uint_eq(vmap_space.sparse_bytes, 8 * MIB);
	ck_assert_uint_eq(vmalloc_validate(), 0);
}
END_TEST

/* Moves the time of what the budget remembers back. */
static void wait_seconds(u64 seconds)
{
	vmap_space.boost_ns -= seconds * 1000000000u;
	vmap_space.busy_since -= seconds * 1000000000u;
}

START_TEST(test_heap_at_work_keeps_what_it_gave_up)
{
	char *p = must_fill(60 * MIB, 1);

	must_get(40 * MIB);
	put(p);
	ck_assert_uint_eq(stats.lazy_pages, 60 * MIB / PAGE_SIZE);
	ck_assert_ptr_eq(must_get(60 * MIB), p);
	put(p);
	wait_seconds(2); /* what was in use then counts once more */
	vmalloc_purge(SIZE_MAX);
	ck_assert_uint_eq(stats.lazy_pages, 60 * MIB / PAGE_SIZE);
	wait_seconds(2);
	vmalloc_purge(SIZE_MAX);
	ck_assert_uint_le(stats.lazy_pages, 8 * MIB / PAGE_SIZE);
}
END_TEST

START_TEST(test_what_exceeds_the_budget_is_a_tail)
{
	char *p = must_fill(100 * MIB, 1);

	must_get(40 * MIB);
	put(p);
	ck_assert_uint_eq(stats.lazy_pages, 64 * MIB / PAGE_SIZE);
	ck_assert_uint_eq(resident(p, 100 * MIB), 64 * MIB);
	ck_assert_uint_eq(vmalloc_validate(), 0);
	must_get(30 * MIB); /* in use and kept: no more than at the peak */
	put(must_fill(60 * MIB, 1));
	ck_assert_uint_le(stats.lazy_pages, 64 * MIB / PAGE_SIZE);
	ck_assert_uint_eq(vmalloc_validate(), 0);
}
END_TEST

START_TEST(test_heap_that_is_gone_keeps_little)
{
	char *p = must_fill(60 * MIB, 1);

	must_get(8 * MIB);
	put(p);
	ck_assert_uint_le(stats.lazy_pages, 8 * MIB / PAGE_SIZE);
}
END_TEST

#ifdef OS_FAULT
/* Each system call fails in turn; nothing gets lost. */
START_TEST(test_stealing_survives_failing_calls)
{
	bool hit = true;

	for (long nth = 1; hit; nth++) {
		char *p = must_fill(6 * MIB, 1), *q, *r;

		put(p);
		ck_assert_int_lt(nth, 60);
		vmap_space.moves_refused = false;
		os_fault_set(nth);
		q = get(2 * MIB);
		r = q ? resize(q, 5 * MIB) : NULL;
		hit = os_fault_left() == 0;
		os_fault_set(0);
		ck_assert_uint_eq(vmalloc_validate(), 0);
		if (r)
			memset(r, 2, 5 * MIB);
		else if (q)
			memset(q, 2, 2 * MIB);
		if (q)
			put(r ? r : q);
		vmalloc_purge(0);
		vmalloc_purge(0);
		ck_assert_ptr_null(rb_first(&vmap_space.areas));
	}
}
END_TEST
#endif

int main(void)
{
	Suite *s = suite_create("vmalloc steal");
	TCase *t = tcase_create("pages");

	tcase_add_checked_fixture(t, boot_small_pages, shutdown_machine);
	tcase_set_timeout(t, 60);
	suite_add_tcase(s, t);
	tcase_add_test(t, test_tail_of_a_larger_area);
	tcase_add_test(t, test_pages_of_several_areas);
	tcase_add_test(t, test_growth_takes_pages);
	tcase_add_test(t, test_area_of_pieces_is_resized);
	tcase_add_test(t, test_area_of_pieces_moves);
	tcase_add_test(t, test_zeroed_area_takes_none);
	tcase_add_test(t, test_sparse_area_gives_none);
	tcase_add_test(t, test_heap_at_work_keeps_what_it_gave_up);
	tcase_add_test(t, test_what_exceeds_the_budget_is_a_tail);
	tcase_add_test(t, test_heap_that_is_gone_keeps_little);
#ifdef OS_FAULT
	tcase_add_test(t, test_stealing_survives_failing_calls);
#endif
	return run_suite(s);
}
