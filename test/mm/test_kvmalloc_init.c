/* SPDX-License-Identifier: MIT */
/*
 * test_kvmalloc_init.c - init_on_alloc= and init_on_free=: garbage is never
 * seen again (after the kernel's own test of them).
 */
#include "mm/kvmalloc_test.h"

enum { LOG2_MAX = 23 }; /* slabs, runs and areas */

static char *get(size_t size)
{
	char *p = kvmalloc_gfp(&thread, size, GFP_KERNEL, false, NULL);

	ck_assert_ptr_nonnull(p);
	return p;
}

static void put_garbage(char *p)
{
	memset(p, 0x9e, kv_usable(p));
	kvfree_slow(&thread, p);
}

static void setup_alloc(void)
{
	boot_core(0, POLICY_KVMALLOC, false);
	kvmalloc_set_init(true, false);
}

static void setup_free(void)
{
	boot_core(0, POLICY_KVMALLOC, false);
	kvmalloc_set_init(false, true);
}

static void teardown(void)
{
	kvmalloc_set_init(false, false);
	ck_assert_uint_eq(slab_validate(), 0);
}

START_TEST(test_memory_reads_as_zero)
{
	size_t size = (size_t)1 << _i;
	char *p[4];

	for (size_t i = 0; i < ARRAY_SIZE(p); i++)
		p[i] = get(size);
	for (size_t i = 0; i < ARRAY_SIZE(p); i++)
		put_garbage(p[i]);
	for (size_t i = 0; i < ARRAY_SIZE(p); i++)
		ck_assert(all_bytes(get(size), size, 0));
}
END_TEST

START_TEST(test_aligned_memory_reads_as_zero)
{
	size_t size = (size_t)1 << _i;
	char *p = get(size);

	put_garbage(p);
	p = kvmalloc_aligned(&thread, size, 64, GFP_KERNEL, NULL);
	ck_assert(all_bytes(p, size, 0));
}
END_TEST

START_TEST(test_memory_that_grows_reads_as_zero)
{
	size_t size = (size_t)1 << _i;
	char *other = get(2 * size), *p = get(size), *now;

	memset(p, 0x11, size);
	put_garbage(other);
	now = kv_resize(&thread, p, 2 * size, NULL);
	if (!now)
		return; /* the caller copies into what get() gives */
	ck_assert(all_bytes(now, size, 0x11));
	ck_assert(all_bytes(now + size, size, 0));
}
END_TEST

START_TEST(test_freed_memory_is_cleared)
{
	size_t size = (size_t)1 << _i;
	char *p = get(size);

	if (!virt_is_linear(p))
		return;
	put_garbage(p);
	ck_assert(all_bytes(p, size, 0));
}
END_TEST

START_TEST(test_freed_memory_is_cleared_for_the_next)
{
	size_t size = (size_t)1 << _i;

	put_garbage(get(size));
	ck_assert(all_bytes(get(size), size, 0));
}
END_TEST

START_TEST(test_off_clears_nothing)
{
	char *p = get(100);

	kvmalloc_set_init(false, false);
	memset(p, 0x9e, 100);
	kvfree_slow(&thread, p);
	ck_assert(all_bytes(p, 100, 0x9e));
}
END_TEST

START_TEST(test_double_free_is_still_found)
{
	char *p = get(100);

	kvfree_slow(&thread, p);
	kvfree_slow(&thread, p);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("kvmalloc init");
	TCase *t = add_tcase(suite, "alloc", setup_alloc, teardown, 20);

	ADD_LOOP_TESTS(t, LOG2_MAX + 1, test_memory_reads_as_zero,
		       test_aligned_memory_reads_as_zero);
	ADD_LOOP_TESTS(t, LOG2_MAX, test_memory_that_grows_reads_as_zero);

	t = add_tcase(suite, "free", setup_free, teardown, 20);
	ADD_LOOP_TESTS(t, LOG2_MAX + 1, test_freed_memory_is_cleared,
		       test_freed_memory_is_cleared_for_the_next);
	ADD_TESTS(t, test_off_clears_nothing);
	ADD_ABORT_TESTS(t, test_double_free_is_still_found);
	return run_suite(suite);
}
