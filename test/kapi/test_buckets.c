/* SPDX-License-Identifier: MIT */
/*
 * test_buckets.c - sets of caches of one's own, and copies of what user space
 * hands over.
 */
#include <linux/err.h>
#include <linux/kvkernel.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>
#include <signal.h>

#include "child.h"

static unsigned long attr(const char *cache, const char *name)
{
	char text[64] = "0";
	struct kmem_cache *s = kv_slab_find(cache);

	ck_assert_msg(s != NULL, "no cache %s", cache);
	kv_slab_read(s, name, text, sizeof(text));
	return strtoul(text, NULL, 10);
}

START_TEST(test_buckets_serve_by_size)
{
	unsigned long before = kv_nr_allocated();
	kmem_buckets *b = kmem_buckets_create("user", 0, 0, UINT_MAX, NULL);
	void *p = kmem_buckets_alloc(b, 60, GFP_KERNEL);
	void *q = kmem_buckets_alloc_track_caller(b, 8000, GFP_KERNEL);

	ck_assert_ptr_nonnull(b);
	ck_assert_uint_eq(attr("user-64", "total_objects") > 0, 1);
	ck_assert_uint_eq(attr("user-8k", "total_objects") > 0, 1);
	ck_assert_uint_eq(attr("user-8k", "object_size"), 8192);
	ck_assert_uint_eq(attr("user-1k", "total_objects"), 0);
	ck_assert_uint_eq(ksize(p), 64);
	ck_assert_uint_eq(ksize(q), 8192);
	kfree(p);
	kfree(q);
	/* the set itself stays */
	ck_assert_uint_eq(kv_nr_allocated() - before, 1);
}
END_TEST

START_TEST(test_buckets_window)
{
	kmem_buckets *b = kmem_buckets_create("hdr", 0, 48, UINT_MAX, NULL);

	ck_assert_ptr_nonnull(b);
	ck_assert_uint_eq(attr("hdr-64", "usersize"), 16);
	ck_assert_uint_eq(attr("hdr-32", "usersize"), 0);
	ck_assert_uint_eq(attr("hdr-8k", "usersize"), 8192 - 48);
}
END_TEST

START_TEST(test_buckets_large)
{
	kmem_buckets *b = kmem_buckets_create("big", 0, 0, 0, NULL);
	void *zero = kmem_buckets_alloc(b, 0, GFP_KERNEL);
	void *pages = kmem_buckets_alloc(b, 20000, GFP_KERNEL);
	void *area = kmem_buckets_valloc(b, 5 << 20, GFP_KERNEL);

	ck_assert_ptr_eq(zero, ZERO_SIZE_PTR);
	ck_assert_uint_eq(ksize(pages), 32768);
	ck_assert(is_vmalloc_addr(area));
	kfree(pages);
	kvfree(area);
}
END_TEST

/* NULL, what a kernel has that could make none: kmalloc()'s caches. */
START_TEST(test_no_buckets)
{
	void *p = kmem_buckets_alloc((kmem_buckets *)NULL, 100, GFP_KERNEL);

	ck_assert_uint_eq(ksize(p), 128);
	kfree(p);
}
END_TEST

START_TEST(test_memdup_user)
{
	unsigned long before = kv_nr_allocated();
	char *p = memdup_user("abcdef", 4);
	char *q = memdup_user_nul("abcdef", 4);

	ck_assert_mem_eq(p, "abcd", 4);
	ck_assert_uint_eq(ksize(p), 8);
	ck_assert_str_eq(q, "abcd");
	ck_assert_ptr_eq(memdup_user("", 0), ZERO_SIZE_PTR);
	kfree(p);
	kfree(q);
	ck_assert_uint_eq(kv_nr_allocated(), before);
}
END_TEST

START_TEST(test_memdup_user_fails)
{
	ck_assert_int_eq(PTR_ERR(memdup_user("x", 64ul << 20)), -ENOMEM);
	ck_assert_int_eq(PTR_ERR(vmemdup_user("x", ~0ul)), -ENOMEM);
	ck_assert_int_eq(PTR_ERR(memdup_array_user("x", ~0ul / 2, 4)),
			 -EOVERFLOW);
	ck_assert_int_eq(PTR_ERR(vmemdup_array_user("x", ~0ul / 2, 4)),
			 -EOVERFLOW);
}
END_TEST

START_TEST(test_vmemdup_user)
{
	char *src = vmalloc(6 << 20), *p;

	memset(src, 0x5a, 6 << 20);
	p = vmemdup_user(src, 6 << 20);
	ck_assert(!IS_ERR(p) && is_vmalloc_addr(p));
	ck_assert_mem_eq(p, src, 6 << 20);
	kvfree(p);
	p = vmemdup_array_user(src, 10, 10);
	ck_assert_uint_eq(ksize(p), 128);
	ck_assert_mem_eq(p, src, 100);
	kvfree(p);
	vfree(src);
}
END_TEST

START_TEST(test_strndup_user)
{
	char *p = strndup_user("four", 5);

	ck_assert_str_eq(p, "four");
	kfree(p);
	ck_assert_int_eq(PTR_ERR(strndup_user("four", 4)), -EINVAL);
}
END_TEST

static void outside_window(void)
{
	kmem_buckets *b = kmem_buckets_create("win", 0, 16, 16, NULL);
	char *p = kmem_buckets_alloc(b, 64, GFP_KERNEL), user[64] = "";

	fprintf(stderr, "inside: %lu\n", copy_to_user(user, p + 16, 16));
	copy_from_user(p, user, 8);
}

static const struct child_case cases[] = {
	{ "outside_window", outside_window,
	  "SLUB object 'win-64' (offset 0, size 8)!", SIGABRT, NULL },
};

static Suite *suite(void)
{
	Suite *s = suite_create("buckets");
	TCase *t = tcase_create("buckets");

	tcase_add_test(t, test_buckets_serve_by_size);
	tcase_add_test(t, test_buckets_window);
	tcase_add_test(t, test_buckets_large);
	tcase_add_test(t, test_no_buckets);
	tcase_add_test(t, test_memdup_user);
	tcase_add_test(t, test_memdup_user_fails);
	tcase_add_test(t, test_vmemdup_user);
	tcase_add_test(t, test_strndup_user);
	child_add_cases(t);
	suite_add_tcase(s, t);
	return s;
}

int main(int argc, char **argv)
{
	return child_main(suite, cases, ARRAY_SIZE(cases), argc, argv);
}
