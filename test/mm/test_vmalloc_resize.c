/* SPDX-License-Identifier: MIT */
/*
 * test_vmalloc_resize.c - vrealloc_area(): in place, by moving, by copying;
 * contents along chains of sizes; what fails leaves the area as it was. With
 * -DOS_FAULT each system call on the way is made to fail once.
 */
#include "vmalloc_test.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>

static struct vmap_area *area(const char *p)
{
	return vmap_find(p);
}

/* in place */

START_TEST(test_grow_into_room)
{
	char *p = must_get(4 * MIB);

	mark(p, 0, 4 * MIB, 1);
	ck_assert_ptr_eq(resize(p, 40 * MIB), p);
	ck_assert_uint_eq(vmalloc_usable(p), 40 * MIB);
	ck_assert(marked(p, 0, 4 * MIB, 1));
	ck_assert(is_zero(p + 4 * MIB, 36 * MIB));
	ck_assert_uint_eq(counted(KV_vmap_grown), 1);
	ck_assert_uint_eq(counted(KV_vmap_moved), 0);
}
END_TEST

START_TEST(test_grow_into_free_space_behind)
{
	char *p = must_get(3 * PAGE_SIZE);

	p[0] = 1;
	ck_assert_ptr_eq(resize(p, 100 * PAGE_SIZE), p);
	ck_assert_int_eq(p[0], 1);
	/* the guard moved along */
	must_get(PAGE_SIZE);
	ck_assert_uint_eq(vmalloc_validate(), 0);
	ck_assert_int_eq(vfree_area(p + 100 * PAGE_SIZE), -EINVAL);
}
END_TEST

START_TEST(test_small_steps_make_few_calls)
{
	char *p = must_get(4 * MIB);

	for (size_t size = 4 * MIB; size <= 40 * MIB; size += PAGE_SIZE) {
		p = resize(p, size);
		ck_assert_uint_ge(vmalloc_usable(p), size);
		ck_assert_uint_le(vmalloc_usable(p), size + size / 10);
	}
	ck_assert_uint_le(counted(KV_vmap_grown), 80);
	ck_assert_uint_eq(counted(KV_vmap_moved), 0);
}
END_TEST

START_TEST(test_shrink_gives_the_tail_back)
{
	char *p = must_get(8 * MIB);

	mark(p, 0, 8 * MIB, 2);
	ck_assert_ptr_eq(resize(p, 3 * MIB), p);
	ck_assert_uint_eq(vmalloc_usable(p), 3 * MIB);
	ck_assert(marked(p, 0, 3 * MIB, 2));
	ck_assert_uint_eq(resident(p, 8 * MIB), 3 * MIB);
	ck_assert_ptr_eq(resize(p, 8 * MIB), p);
	ck_assert(is_zero(p + 3 * MIB, 5 * MIB));
}
END_TEST

/* 0: less than an eighth, 1: less than 64 KiB */
START_TEST(test_small_tails_are_kept)
{
	static const size_t from[] = { 8 * MIB, 100 * KIB };
	static const size_t to[] = { 7 * MIB + PAGE_SIZE, 40 * KIB };
	char *p = must_get(from[_i]);

	ck_assert_ptr_eq(resize(p, to[_i]), p);
	ck_assert_uint_eq(vmalloc_usable(p), from[_i]);
}
END_TEST

START_TEST(test_same_size_changes_nothing)
{
	char *p = must_get(5 * MIB);

	ck_assert_ptr_eq(resize(p, 5 * MIB), p);
	ck_assert_ptr_eq(resize(p, 5 * MIB - 1), p);
	ck_assert_uint_eq(counted(KV_vmap_grown), 0);
}
END_TEST

START_TEST(test_impossible_sizes_leave_the_area)
{
	static const size_t sizes[] = { 0, SIZE_MAX, SIZE_MAX - PAGE_SIZE,
					(size_t)1 << 46 };
	char *p = must_get(5 * MIB);

	mark(p, 0, 5 * MIB, 3);
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++)
		ck_assert_ptr_null(resize(p, sizes[i]));
	ck_assert(marked(p, 0, 5 * MIB, 3));
	ck_assert_uint_eq(vmalloc_usable(p), 5 * MIB);
	put(p);
}
END_TEST

/* frames */

START_TEST(test_resize_changes_the_charge)
{
	unsigned long free = nr_free_pages(), before;
	char *p = must_get(8 * MIB);

	before = nr_free_pages();
	p = resize(p, 64 * MIB);
	ck_assert_uint_le(nr_free_pages(), before - 56 * MIB / PAGE_SIZE);
	p = resize(p, 11 * MIB);
	ck_assert_uint_ge(nr_free_pages(), before - 3 * MIB / PAGE_SIZE);
	put(p);
	vmalloc_purge(0);
	ck_assert_uint_ge(nr_free_pages() + 4, free);
}
END_TEST

/* The machine has 256 MiB. */
START_TEST(test_growth_beyond_the_machine_fails)
{
	char *p = must_get(100 * MIB);
	unsigned long free = nr_free_pages();

	p[100 * MIB - 1] = 1;
	ck_assert_ptr_null(resize(p, 300 * MIB));
	ck_assert_uint_eq(vmalloc_usable(p), 100 * MIB);
	ck_assert_int_eq(p[100 * MIB - 1], 1);
	ck_assert_uint_ge(nr_free_pages() + 4, free);
	ck_assert_uint_eq(vmalloc_validate(), 0);
	ck_assert_ptr_nonnull(resize(p, 150 * MIB));
}
END_TEST

/* moving */

static char *blocker[64];
static int nr_blockers;

/* Takes all rooms back and sees to it that an area is right behind @p. */
static void block(const char *p)
{
	static char *low[16384];
	int nr = 0;

	ck_assert(vmap_lock(GFP_KERNEL));
	vmap_trim_rooms();
	spin_unlock(&vmap_space.lock);
	/* the lowest address is taken first: fills what is below */
	while (!vmap_find(area(p)->end)) {
		ck_assert_int_lt(nr, (int)ARRAY_SIZE(low));
		low[nr++] = must_get(PAGE_SIZE);
	}
	ck_assert_int_lt(nr_blockers, (int)ARRAY_SIZE(blocker));
	if (nr)
		blocker[nr_blockers++] = low[--nr];
	while (nr)
		put(low[--nr]);
	vmalloc_purge(0);
}

static void unblock(void)
{
	while (nr_blockers)
		put(blocker[--nr_blockers]);
	vmalloc_purge(0);
}

START_TEST(test_blocked_area_moves)
{
	char *p = must_get(MIB), *q;

	mark(p, 0, MIB, 4);
	block(p);
	q = resize(p, 3 * MIB);
	ck_assert_ptr_nonnull(q);
	ck_assert_ptr_ne(q, p);
	ck_assert(marked(q, 0, MIB, 4));
	ck_assert(is_zero(q + MIB, 2 * MIB));
	ck_assert_uint_eq(counted(KV_vmap_moved), 1);
	ck_assert_int_eq(vfree_area(p), -EINVAL);
	ck_assert_uint_eq(vmalloc_validate(), 0);
	/* where it was is free, and bare */
	ck_assert_ptr_eq(must_get(MIB), p);
	ck_assert(is_zero(p, MIB));
}
END_TEST

/* The pages themselves move: nothing is resident twice, nothing is new. */
START_TEST(test_moving_copies_nothing)
{
	size_t size = 8 * MIB;
	char *p = must_get(size), *q;

	memset(p, 1, size);
	block(p);
	q = resize(p, 10 * MIB);
	ck_assert_ptr_ne(q, p);
	ck_assert_uint_eq(resident(q, size), size);
	ck_assert_uint_eq(resident(p, size), 0);
	ck_assert_uint_eq(area(q)->nr_cuts, 1);
}
END_TEST

/* As resize(), to somewhere else, and then in place: its end did not move. */
static char *move(char *p, size_t size)
{
	char *q;

	block(p);
	q = resize(p, size - MIB);
	ck_assert_ptr_nonnull(q);
	ck_assert_ptr_ne(q, p);
	ck_assert_ptr_eq(resize(q, size), q);
	return q;
}

/* Moves and pieces leave cuts; when there are too many it is copied. */
START_TEST(test_area_moves_again_and_again)
{
	size_t size = 3 * MIB;
	char *p = must_get(size);

	mark(p, 0, size, 5);
	for (int cuts = 0; cuts < VMAP_MAX_CUTS - 1; cuts++) {
		char *q = must_get(MIB / 2);

		memset(q, 1, MIB / 2);
		put(q); /* a piece for p */
		ck_assert_ptr_eq(resize(p, size + MIB / 2), p);
		mark(p, size, size + MIB / 2, 5);
		size += MIB / 2;
	}
	ck_assert_uint_eq(area(p)->nr_cuts, VMAP_MAX_CUTS - 1);
	p = move(p, size + 4 * MIB); /* its last mapping is no piece */
	ck_assert_uint_eq(area(p)->nr_cuts, VMAP_MAX_CUTS);
	ck_assert(marked(p, 0, size, 5));
	ck_assert_uint_eq(vmalloc_validate(), 0);
	p = move(p, size + 8 * MIB); /* copied */
	ck_assert_uint_eq(area(p)->nr_cuts, 0);
	ck_assert(marked(p, 0, size, 5));
	ck_assert_uint_eq(vmalloc_validate(), 0);
}
END_TEST

START_TEST(test_shrinking_forgets_cuts)
{
	char *p = must_get(MIB);

	block(p);
	p = resize(p, 4 * MIB);
	ck_assert_uint_eq(area(p)->nr_cuts, 1);
	p = resize(p, 512 * KIB);
	ck_assert_uint_eq(area(p)->nr_cuts, 0);
	ck_assert_uint_eq(vmalloc_validate(), 0);
}
END_TEST

START_TEST(test_small_area_is_copied_into_the_cache)
{
	char *p = must_get(100 * KIB), *q = must_get(200 * KIB);

	memset(q, 9, 200 * KIB);
	mark(p, 0, 100 * KIB, 8);
	block(p);
	put(q);
	ck_assert_ptr_eq(
		vrealloc_area(p, 200 * KIB, GFP_KERNEL | __GFP_ZERO, NULL), q);
	ck_assert(marked(q, 0, 100 * KIB, 8));
	ck_assert(is_zero(q + 100 * KIB, 100 * KIB));
	ck_assert_int_eq(vfree_area(p), -ENOENT);
}
END_TEST

/* chains */

/* _i: factor of each step in percent */
START_TEST(test_growing_chain_keeps_contents)
{
	size_t size = 20 * KIB, most = 200 * MIB;
	char *p = must_get(size);

	mark(p, 0, size, 9);
	while (size < most) {
		size_t next = size * (size_t)_i / 100 + PAGE_SIZE;

		p = resize(p, next);
		ck_assert_ptr_nonnull(p);
		ck_assert(marked(p, 0, size, 9));
		mark(p, size, next, 9);
		size = ALIGN_DOWN(next, PAGE_SIZE);
	}
	ck_assert_uint_eq(vmalloc_validate(), 0);
	while (size > 20 * KIB) {
		size = size * 100 / (size_t)_i;
		p = resize(p, size);
		ck_assert_ptr_nonnull(p);
		ck_assert(marked(p, 0, size, 9));
	}
	ck_assert_uint_eq(vmalloc_validate(), 0);
}
END_TEST

/* Several vectors that grow at the same time get in each other's way. */
START_TEST(test_vectors_growing_side_by_side)
{
	enum { NR = 6 };
	char *p[NR];
	size_t size[NR];

	for (u64 i = 0; i < NR; i++) {
		size[i] = (i + 1) * 64 * KIB;
		p[i] = must_get(size[i]);
		mark(p[i], 0, size[i], i);
	}
	for (int round = 0; round < 16; round++)
		for (u64 i = 0; i < NR; i++) {
			size_t had = size[i];

			size[i] = ALIGN_UP(had + had / 2, PAGE_SIZE);
			p[i] = resize(p[i], size[i]);
			ck_assert_ptr_nonnull(p[i]);
			ck_assert(marked(p[i], 0, had, i));
			mark(p[i], had, size[i], i);
		}
	ck_assert_uint_eq(vmalloc_validate(), 0);
}
END_TEST

/* the kernel's rules */

START_TEST(test_kernel_never_shrinks)
{
	char *p = must_get(8 * MIB);

	ck_assert_ptr_eq(resize(p, PAGE_SIZE), p);
	ck_assert_uint_eq(vmalloc_usable(p), 8 * MIB);
}
END_TEST

START_TEST(test_kernel_growth_moves)
{
	char *p = must_get(2 * MIB), *q;

	mark(p, 0, 2 * MIB, 10);
	q = resize(p, 2 * MIB + 1);
	ck_assert_ptr_ne(q, p);
	ck_assert_uint_eq(vmalloc_usable(q), 2 * MIB + PAGE_SIZE);
	ck_assert(marked(q, 0, 2 * MIB, 10));
	ck_assert_int_eq(vfree_area(p), -ENOENT);
	vmalloc_purge(0);
	ck_assert_int_eq(vfree_area(p), -EINVAL);
}
END_TEST

START_TEST(test_kernel_old_address_traps)
{
	char *p = must_get(2 * MIB);

	*p = 1;
	*(char *)resize(p, 3 * MIB) = 2;
	*p = 1;
}
END_TEST

#ifdef OS_FAULT
/* Too small to charge for anything here: its frames make no system calls. */
static void boot_tiny(void)
{
	boot_machine(4 * MIB, 0, true);
}

/* Each call that can fail fails once; what is told to have worked, has. */
struct faulty {
	const char *name;
	size_t from, to;
	bool blocked;
	gfp_t gfp;
};
static const struct faulty faulty[] = {
	{ "grow in place", 4 * MIB, 9 * MIB, false, GFP_KERNEL },
	{ "move", 4 * MIB, 9 * MIB, true, GFP_KERNEL },
	{ "copy", 100 * KIB, 300 * KIB, true, GFP_KERNEL },
	{ "shrink", 9 * MIB, 3 * MIB, false, GFP_KERNEL },
	{ "grow zeroed", 4 * MIB, 9 * MIB, true, GFP_KERNEL | __GFP_ZERO },
};

START_TEST(test_resize_survives_failing_calls)
{
	const struct faulty *f = &faulty[_i];
	size_t kept = min_ul(f->from, f->to);
	bool hit = true;

	for (long nth = 1; hit; nth++) {
		char *p = must_get(f->from), *q;

		ck_assert_int_lt(nth, 50);
		mark(p, 0, f->from, 11);
		if (f->blocked)
			block(p);
		os_fault_set(nth);
		q = vrealloc_area(p, f->to, f->gfp, NULL);
		hit = os_fault_left() == 0;
		os_fault_set(0);
		ck_assert_uint_eq(vmalloc_validate(), 0);
		if (!q) {
			ck_assert(hit);
			ck_assert_uint_eq(vmalloc_usable(p), f->from);
			q = p;
			ck_assert(marked(q, 0, f->from, 11));
		}
		ck_assert(marked(q, 0, kept, 11));
		put(q);
		unblock();
		ck_assert_uint_eq(vmalloc_validate(), 0);
	}
}
END_TEST

/* Private writable memory of this process: what RLIMIT_DATA limits. */
static size_t data_size(void)
{
	char line[128];
	size_t kb = 0;
	FILE *f = fopen("/proc/self/status", "r");

	ck_assert_ptr_nonnull(f);
	while (!kb && fgets(line, sizeof(line), f))
		if (!strncmp(line, "VmData:", 7))
			kb = strtoul(line + 7, NULL, 10);
	fclose(f);
	return kb * KIB;
}

static void limit_data(size_t size)
{
	struct rlimit lim;

	getrlimit(RLIMIT_DATA, &lim);
	lim.rlim_cur = size;
	ck_assert_int_eq(setrlimit(RLIMIT_DATA, &lim), 0);
}

/*
 * An area of two pieces moves while only @spare bytes more may be mapped and
 * one call fails: one piece may move and the other neither move nor be
 * copied. Then the first has to move back.
 */
static void move_two_pieces(size_t spare, long nth)
{
	size_t half = 6 * MIB;
	char *p, *q;

	vmap_space.max_guarded = VMAP_MAX_GUARDED;
	p = must_get(half);
	mark(p, 0, half, 7);
	block(p);
	p = resize(p, 2 * half);
	ck_assert_uint_eq(area(p)->nr_cuts, 1);
	mark(p, half, 2 * half, 7);
	block(p);
	limit_data(data_size() + spare);
	os_fault_set(nth);
	q = resize(p, 2 * half + MIB);
	os_fault_set(0);
	limit_data(RLIM_INFINITY);
	if (!q) {
		ck_assert_uint_eq(vmalloc_usable(p), 2 * half);
		q = p;
	}
	ck_assert(marked(q, 0, 2 * half, 7));
	ck_assert_uint_eq(vmalloc_validate(), 0);
	put(q);
	unblock();
}

START_TEST(test_half_moved_area_moves_back)
{
	for (long nth = 1; nth < 8; nth++)
		move_two_pieces((size_t)_i * MIB, nth);
}
END_TEST

START_TEST(test_alloc_and_free_survive_failing_calls)
{
	bool hit = true;

	for (long nth = 1; hit; nth++) {
		char *p, *q, *r;

		ck_assert_int_lt(nth, 50);
		os_fault_set(nth);
		p = get(20 * MIB);
		q = get(MIB);
		if (p) {
			p[20 * MIB - 1] = 1;
			put(p); /* above the budget: purged */
		}
		if (q) {
			memset(q, 1, MIB);
			put(q);
		}
		r = vmalloc_area(GFP_KERNEL | __GFP_ZERO, MIB, 0, NULL);
		ck_assert(!r || is_zero(r, MIB));
		if (r)
			put(r);
		vmalloc_purge(0);
		hit = os_fault_left() == 0;
		os_fault_set(0);
		ck_assert_uint_eq(vmalloc_validate(), 0);
		vmalloc_purge(0);
		/* nothing is left behind */
		ck_assert_ptr_null(rb_first(&vmap_space.areas));
	}
}
END_TEST
#endif

static TCase *add_case(Suite *s, const char *name, void (*boot)(void))
{
	TCase *t = tcase_create(name);

	tcase_add_checked_fixture(t, boot, shutdown_machine);
	tcase_set_timeout(t, 60);
	suite_add_tcase(s, t);
	return t;
}

int main(void)
{
	Suite *s = suite_create("vrealloc");
	TCase *t = add_case(s, "in place", boot_default);

	tcase_add_test(t, test_grow_into_room);
	tcase_add_test(t, test_grow_into_free_space_behind);
	tcase_add_test(t, test_small_steps_make_few_calls);
	tcase_add_test(t, test_shrink_gives_the_tail_back);
	tcase_add_loop_test(t, test_small_tails_are_kept, 0, 2);
	tcase_add_test(t, test_same_size_changes_nothing);
	tcase_add_test(t, test_impossible_sizes_leave_the_area);
	t = add_case(s, "frames", boot_strict);
	tcase_add_test(t, test_resize_changes_the_charge);
	tcase_add_test(t, test_growth_beyond_the_machine_fails);
	t = add_case(s, "moving", boot_default);
	tcase_add_test(t, test_blocked_area_moves);
	tcase_add_test(t, test_moving_copies_nothing);
	tcase_add_test(t, test_area_moves_again_and_again);
	tcase_add_test(t, test_shrinking_forgets_cuts);
	tcase_add_test(t, test_small_area_is_copied_into_the_cache);
	t = add_case(s, "chains", boot_default);
	tcase_add_loop_test(t, test_growing_chain_keeps_contents, 110, 111);
	tcase_add_loop_test(t, test_growing_chain_keeps_contents, 150, 151);
	tcase_add_loop_test(t, test_growing_chain_keeps_contents, 200, 201);
	tcase_add_test(t, test_vectors_growing_side_by_side);
	t = add_case(s, "kernel", boot_kernel);
	tcase_add_test(t, test_kernel_never_shrinks);
	tcase_add_test(t, test_kernel_growth_moves);
	tcase_add_test_raise_signal(t, test_kernel_old_address_traps, SIGSEGV);
	tcase_add_test(t, test_vectors_growing_side_by_side);
#ifdef OS_FAULT
	t = add_case(s, "faults", boot_tiny);
	tcase_add_loop_test(t, test_resize_survives_failing_calls, 0,
			    (int)ARRAY_SIZE(faulty));
	tcase_add_loop_test(t, test_half_moved_area_moves_back, 0, 16);
	tcase_add_test(t, test_alloc_and_free_survive_failing_calls);
#endif
	return run_suite(s);
}
