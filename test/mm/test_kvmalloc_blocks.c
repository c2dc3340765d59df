/* SPDX-License-Identifier: MIT */
/*
 * test_kvmalloc_blocks.c - what can be done to a live block, whichever layer
 * it came from: ask its size, free it, change its size; and what is said to
 * pointers that are none.
 */
#include "mm/kvmalloc_test.h"

/* One of each kind: slab, kmalloc-8k, run, large run, area. */
static const u32 sizes[] = { 100, 8192, 20000, 1 << 20, 8 << 20 };
enum { NR_SIZES = ARRAY_SIZE(sizes) };

static void setup_default(void)
{
	boot_core(0, POLICY_KVMALLOC, false);
}

static void setup_kernel(void)
{
	boot_core(700, POLICY_KVMALLOC, false);
}

static char *get(size_t size)
{
	char *p = kvmalloc_gfp(&thread, size, GFP_KERNEL, false, NULL);

	ck_assert_ptr_nonnull(p);
	return p;
}

static void put(void *p)
{
	kvfree_slow(&thread, p);
}

static char *resize(void *p, size_t size)
{
	return kv_resize(&thread, p, size, NULL);
}

/* usable bytes; _i: index of sizes[] */

START_TEST(test_usable_of_a_live_block)
{
	size_t usable = kv_usable(get(sizes[_i]));

	ck_assert_uint_eq(usable,
			  sizes[_i] <= KMALLOC_MAX_SIZE ?
				  kmalloc_info.size[kmalloc_class(sizes[_i])] :
				  sizes[_i]);
}
END_TEST

START_TEST(test_usable_of_an_interior_pointer)
{
	char *p = get(sizes[_i]);

	ck_assert_uint_eq(kv_usable(p + 8), 0);
	if (sizes[_i] > PAGE_SIZE)
		ck_assert_uint_eq(kv_usable(p + PAGE_SIZE), 0);
}
END_TEST

START_TEST(test_usable_of_foreign_memory)
{
	ck_assert_uint_eq(kv_usable(&thread), 0);
	ck_assert_uint_eq(kv_usable(NULL), 0);
	ck_assert_uint_eq(kv_usable(machine.linear_base), 0);
	ck_assert_uint_eq(kv_usable(pfn_to_virt(machine.nr_pages - 1)), 0);
	ck_assert_uint_eq(kv_usable(vmalloc_region.base), 0);
}
END_TEST

START_TEST(test_usable_can_be_written)
{
	char *p = get(sizes[_i]), *q = get(sizes[_i]);

	memset(p, 1, kv_usable(p));
	memset(q, 2, kv_usable(q));
	ck_assert(all_bytes(p, kv_usable(p), 1));
	validate_core();
}
END_TEST

/* freeing */

START_TEST(test_free_counts_by_class)
{
	unsigned int class =
		sizes[_i] <= KMALLOC_MAX_SIZE ? kmalloc_class(sizes[_i]) : 0;

	put(get(sizes[_i]));
	if (class) {
		ck_assert_uint_eq(thread.stat.alloc[class], 1);
		ck_assert_uint_eq(thread.stat.free[class], 1);
	} else {
		ck_assert_uint_eq(counted(KV_vmalloc_free), 1);
		ck_assert_uint_eq(counted(KV_vmalloc_freed), sizes[_i]);
	}
}
END_TEST

/* What is not in a sheaf, the barn or lazily freed is free memory. */
START_TEST(test_all_comes_back)
{
	static void *p[40];
	unsigned long before;
	u64 held = stats.held_bytes;

	drain_all_pages();
	before = nr_free_pages();
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < 40; i++)
			p[i] = get(i < 5 ? sizes[_i] : sizes[_i] / 3);
		for (int i = 0; i < 40; i++)
			put(p[i]);
	}
	sheaf_flush_thread(&thread, false);
	barn_drain_all();
	for (unsigned int c = 1; c < nr_caches; c++)
		if (caches[c].size)
			cache_shrink(&caches[c]);
	vmalloc_purge(0);
	drain_all_pages();
	ck_assert_uint_eq(stats.held_bytes, held);
	ck_assert_uint_eq(nr_free_pages(), before);
	validate_core();
}
END_TEST

/* misuse: each of these must abort */

START_TEST(test_free_of_an_interior_pointer)
{
	put(get(sizes[_i]) + 8);
}
END_TEST

START_TEST(test_free_of_an_interior_page)
{
	put(get(sizes[1 + _i]) + PAGE_SIZE);
}
END_TEST

START_TEST(test_double_free)
{
	char *p = get(sizes[_i]);

	put(p);
	put(p);
}
END_TEST

START_TEST(test_free_of_foreign_memory)
{
	put(&thread);
}
END_TEST

START_TEST(test_free_of_memory_never_used)
{
	put(pfn_to_virt(machine.nr_pages - 1));
}
END_TEST

START_TEST(test_free_of_an_address_never_used)
{
	get(8 << 20);
	put(vmalloc_region.base + vmalloc_region.size / 2);
}
END_TEST

START_TEST(test_free_of_somebodys_page)
{
	put(page_address(alloc_pages(GFP_KERNEL, 0)));
}
END_TEST

START_TEST(test_free_of_a_sheaf)
{
	get(100);
	put(sheaf_main(&thread, kmalloc_class(100)));
}
END_TEST

/* resizing */

static void assert_kept(const char *p, size_t from, size_t to)
{
	ck_assert(all_bytes(p, from < to ? from : to, 0x3c));
}

/* Within what the block has, in both presets. */
START_TEST(test_resize_within_the_block)
{
	char *p = get(sizes[_i]);
	size_t have = kv_usable(p);

	memset(p, 0x3c, have);
	ck_assert_ptr_eq(resize(p, have), p);
	ck_assert_ptr_eq(resize(p, have * 3 / 4), p);
	assert_kept(p, have, have * 3 / 4);
	validate_core();
}
END_TEST

START_TEST(test_resize_counts_as_free_and_request)
{
	unsigned int class = kmalloc_class(100);
	char *p = get(100);

	resize(p, 104);
	ck_assert_uint_eq(thread.stat.free[class], 1);
	ck_assert_uint_eq(thread.stat.alloc[class], 2);
	ck_assert_uint_eq(thread.stat.asked[class], 204);
}
END_TEST

START_TEST(test_slab_objects_do_not_grow)
{
	char *p = get(100);

	ck_assert_ptr_null(resize(p, 200));
	ck_assert_uint_eq(thread.stat.free[kmalloc_class(100)], 0);
	ck_assert_uint_gt(kv_usable(p), 0);
}
END_TEST

/* Half of it must be used, or it is small. */
START_TEST(test_slab_objects_move_to_shrink)
{
	char *p = get(1024);

	ck_assert_ptr_eq(resize(p, 513), p);
	ck_assert_ptr_null(resize(p, 512));
	p = get(64);
	ck_assert_ptr_eq(resize(p, 1), p);
}
END_TEST

START_TEST(test_runs_shrink_in_place)
{
	char *p = get(1 << 20);

	memset(p, 0x3c, 1 << 20);
	ck_assert_ptr_eq(resize(p, 20000), p);
	assert_kept(p, 1 << 20, 20000);
	ck_assert_uint_eq(kv_usable(p), 5 * PAGE_SIZE);
	ck_assert_uint_eq(stats.large_pages, 5);
	validate_core();
}
END_TEST

START_TEST(test_runs_do_not_become_objects)
{
	char *p = get(20000);

	ck_assert_ptr_null(resize(p, 4096));
	ck_assert_uint_eq(kv_usable(p), 5 * PAGE_SIZE);
}
END_TEST

/* In a fresh machine the frames behind are free. */
START_TEST(test_runs_grow_in_place)
{
	char *p = get(1 << 20);

	resize(p, 20000);
	memset(p, 0x3c, 20000);
	ck_assert_ptr_eq(resize(p, 1 << 20), p);
	assert_kept(p, 20000, 1 << 20);
	memset(p, 1, 1 << 20);
	ck_assert_uint_eq(stats.large_pages, 256);
	validate_core();
}
END_TEST

START_TEST(test_run_counts_move_to_the_new_class)
{
	unsigned int from = kmalloc_class(1 << 20), to = kmalloc_class(20000);

	resize(get(1 << 20), 20000);
	ck_assert_uint_eq(thread.stat.free[from], 1);
	ck_assert_uint_eq(thread.stat.alloc[to], 1);
	ck_assert_uint_eq(thread.stat.asked[to], 20000);
}
END_TEST

START_TEST(test_runs_do_not_grow_beyond_blocks)
{
	char *p = get(1 << 20);

	ck_assert_ptr_null(resize(p, (4 << 20) + 1));
	ck_assert_uint_eq(kv_usable(p), 1 << 20);
}
END_TEST

START_TEST(test_areas_grow)
{
	char *p = get(8 << 20);

	memset(p, 0x3c, 8 << 20);
	p = resize(p, 20 << 20);
	ck_assert_ptr_nonnull(p);
	assert_kept(p, 8 << 20, 20 << 20);
	ck_assert_uint_eq(kv_usable(p), 20 << 20);
	memset(p, 1, 20 << 20);
	validate_core();
}
END_TEST

START_TEST(test_areas_shrink)
{
	char *p = get(8 << 20);

	memset(p, 0x3c, 8 << 20);
	p = resize(p, 5 << 20);
	ck_assert_ptr_nonnull(p);
	assert_kept(p, 8 << 20, 5 << 20);
	ck_assert_uint_eq(kv_usable(p), 5 << 20);
	validate_core();
}
END_TEST

START_TEST(test_resized_area_is_counted)
{
	u64 held;

	resize(get(8 << 20), 5 << 20);
	held = stats.held_bytes;
	ck_assert_uint_eq(counted(KV_vmalloc_resize), 1);
	ck_assert_uint_eq(counted(KV_vmalloc_free), 1);
	ck_assert_uint_eq(counted(KV_vmalloc_asked), 13 << 20);
	ck_assert_uint_eq(counted(KV_vmalloc_served) -
				  counted(KV_vmalloc_freed),
			  5 << 20);
	ck_assert_uint_ge(held, 5 << 20);
	ck_assert_uint_lt(held, 6 << 20);
}
END_TEST

START_TEST(test_area_that_cannot_grow_stays)
{
	char *p = get(8 << 20);

	memset(p, 0x3c, 8 << 20);
	oom_handler = no_help;
	ck_assert_ptr_null(resize(p, 1 << 30));
	ck_assert_uint_eq(kv_usable(p), 8 << 20);
	assert_kept(p, 8 << 20, 8 << 20);
	validate_core();
}
END_TEST

/* the kernel's rules: krealloc() never shrinks, and copies to grow */

START_TEST(test_kernel_blocks_never_shrink)
{
	char *p = get(sizes[_i]);
	size_t have = kv_usable(p);

	ck_assert_ptr_eq(resize(p, 1), p);
	ck_assert_uint_eq(kv_usable(p), have);
}
END_TEST

START_TEST(test_kernel_blocks_never_grow)
{
	char *p = get(sizes[_i]);

	ck_assert_ptr_null(resize(p, kv_usable(p) + 1));
}
END_TEST

int main(void)
{
	Suite *s = suite_create("kvmalloc blocks");
	TCase *t;

	t = add_tcase(s, "usable", setup_default, NULL, 30);
	ADD_LOOP_TESTS(t, NR_SIZES, test_usable_of_a_live_block,
		       test_usable_of_an_interior_pointer,
		       test_usable_can_be_written);
	ADD_TESTS(t, test_usable_of_foreign_memory);

	t = add_tcase(s, "freeing", setup_default, NULL, 30);
	ADD_LOOP_TESTS(t, NR_SIZES, test_free_counts_by_class,
		       test_all_comes_back);

	t = add_tcase(s, "misuse", setup_default, NULL, 30);
	tcase_add_loop_test_raise_signal(t, test_free_of_an_interior_pointer,
					 SIGABRT, 0, NR_SIZES);
	tcase_add_loop_test_raise_signal(t, test_free_of_an_interior_page,
					 SIGABRT, 0, NR_SIZES - 1);
	tcase_add_loop_test_raise_signal(t, test_double_free, SIGABRT, 0,
					 NR_SIZES);
	ADD_ABORT_TESTS(t, test_free_of_foreign_memory,
			test_free_of_memory_never_used,
			test_free_of_an_address_never_used,
			test_free_of_somebodys_page, test_free_of_a_sheaf);

	t = add_tcase(s, "resizing", setup_default, NULL, 30);
	ADD_LOOP_TESTS(t, NR_SIZES, test_resize_within_the_block);
	ADD_TESTS(t, test_resize_counts_as_free_and_request,
		  test_slab_objects_do_not_grow,
		  test_slab_objects_move_to_shrink, test_runs_shrink_in_place,
		  test_runs_do_not_become_objects, test_runs_grow_in_place,
		  test_run_counts_move_to_the_new_class,
		  test_runs_do_not_grow_beyond_blocks, test_areas_grow,
		  test_areas_shrink, test_resized_area_is_counted,
		  test_area_that_cannot_grow_stays);

	t = add_tcase(s, "kernel's rules", setup_kernel, NULL, 30);
	ADD_LOOP_TESTS(t, NR_SIZES, test_resize_within_the_block);
	ADD_LOOP_TESTS(t, NR_SIZES - 1, test_kernel_blocks_never_shrink,
		       test_kernel_blocks_never_grow);
	return run_suite(s);
}
