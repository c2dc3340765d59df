/* SPDX-License-Identifier: MIT */
/*
 * test_kvmalloc.c - kmalloc or vmalloc: which one for which size, refusals,
 * resizing across the border, and what fragmentation changes.
 */
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "child.h"

static const char *kind(const void *p)
{
	if (!p)
		return "null";
	if (p == ZERO_SIZE_PTR)
		return "zero";
	if (is_vmalloc_addr(p))
		return "vmalloc";
	return PageSlab(virt_to_head_page(p)) ? "slab" : "pages";
}

START_TEST(test_kinds)
{
	static const struct {
		size_t size;
		const char *kind;
	} want[] = {
		{ 0, "zero" },
		{ 1, "slab" },
		{ 4096, "slab" },
		{ 8192, "slab" },
		{ 8193, "pages" },
		{ 4 << 20, "pages" },
		{ (4 << 20) + 1, "vmalloc" },
		{ 16 << 20, "vmalloc" },
	};

	for (size_t i = 0; i < sizeof(want) / sizeof(*want); i++) {
		void *p = kvmalloc(want[i].size, GFP_KERNEL);
		char *z = kvzalloc(want[i].size, GFP_KERNEL);

		ck_assert_str_eq(kind(p), want[i].kind);
		ck_assert_str_eq(kind(z), want[i].kind);
		for (size_t j = 0; j < want[i].size; j++)
			if (z[j])
				ck_abort_msg("size %zu: byte %zu is not zero",
					     want[i].size, j);
		kvfree(p);
		kvfree(z);
	}
	kvfree(NULL);
}
END_TEST

START_TEST(test_refused)
{
	const gfp_t quiet = GFP_KERNEL | __GFP_NOWARN;
	unsigned long before = kv_nr_reports();

	ck_assert_ptr_null(kvmalloc((size_t)INT_MAX + 1, quiet));
	ck_assert_ptr_null(kvmalloc_array(SIZE_MAX / 2, 4, quiet));
	ck_assert_ptr_null(kvcalloc(SIZE_MAX / 2, 4, quiet));
	ck_assert_ptr_null(kvcalloc_node(SIZE_MAX / 2, 4, quiet, 0));
	ck_assert_uint_eq(kv_nr_reports(), before);
	ck_assert_ptr_null(kvmalloc((size_t)INT_MAX + 1, GFP_KERNEL));
	ck_assert_ptr_null(kvmalloc((size_t)INT_MAX + 1, GFP_KERNEL));
	ck_assert_uint_eq(kv_nr_reports(), before + 1);
}
END_TEST

START_TEST(test_realloc)
{
	char *p = kvmalloc(100, GFP_KERNEL), *q;

	strcpy(p, "content");
	p = kvrealloc(p, 20000, GFP_KERNEL);
	ck_assert_str_eq(kind(p), "pages");
	p = kvrealloc(p, 5 << 20, GFP_KERNEL);
	ck_assert_str_eq(kind(p), "vmalloc");
	ck_assert_str_eq(p, "content");
	q = kvrealloc(p, 10, GFP_KERNEL);
	ck_assert_ptr_eq(p, q); /* an area never goes back */
	ck_assert_ptr_null(kvrealloc(q, 0, GFP_KERNEL));
	p = kvrealloc(NULL, 10, GFP_KERNEL);
	ck_assert_ptr_eq(kvrealloc(p, 0, GFP_KERNEL), ZERO_SIZE_PTR);
}
END_TEST

/* The form of 5.15 to 6.11: told apart by its fourth argument. */
START_TEST(test_realloc_old)
{
	char *p = kvrealloc(NULL, 0, 100, GFP_KERNEL);

	strcpy(p, "content");
	ck_assert_ptr_eq(kvrealloc(p, 100, 50, GFP_KERNEL), p);
	p = kvrealloc(p, 100, 6 << 20, GFP_KERNEL);
	ck_assert_str_eq(kind(p), "vmalloc");
	ck_assert_str_eq(p, "content");
	kvfree(p);
}
END_TEST

START_TEST(test_copies)
{
	static char big[5 << 20] = "big";
	char *p = kvmemdup(big, sizeof(big), GFP_KERNEL);

	ck_assert_str_eq(kind(p), "vmalloc");
	ck_assert_str_eq(p, "big");
	kvfree_sensitive(p, sizeof(big));
	kvfree_sensitive(NULL, 0);
}
END_TEST

/*
 * Free memory in single pages, apart: what needs more comes from vmalloc, and
 * what fits a page does not care. In a process of its own.
 */
static void fragmented(void)
{
	struct page *page, *next;
	unsigned int areas = 0, slabs = 0;
	void *p[60];
	LIST_HEAD(held);

	while ((page = alloc_pages(GFP_KERNEL | __GFP_NORETRY | __GFP_NOWARN,
				   0)))
		list_add(&page->lru, &held);
	list_for_each_entry_safe(page, next, &held,
				 lru) if (page_to_pfn(page) & 1)
	{
		list_del(&page->lru);
		__free_page(page);
	}
	for (int i = 0; i < 60; i++) {
		void *small = kvmalloc(4096, GFP_KERNEL);

		p[i] = kvmalloc(65536, GFP_KERNEL);
		areas += is_vmalloc_addr(p[i]);
		slabs += !is_vmalloc_addr(small);
		kvfree(small);
	}
	for (int i = 0; i < 60; i++)
		kvfree(p[i]);
	fprintf(stderr, "%s by vmalloc, %u by slabs",
		areas > 40 ? "most" : "few", slabs);
}

static const struct child_case cases[] = {
	{ "fragmented", fragmented, "most by vmalloc, 60 by slabs", 0,
	  "mem=64M cpus=2" },
};

static Suite *suite(void)
{
	Suite *s = suite_create("kvmalloc");
	TCase *t = tcase_create("kvmalloc");

	tcase_add_test(t, test_kinds);
	tcase_add_test(t, test_refused);
	tcase_add_test(t, test_realloc);
	tcase_add_test(t, test_realloc_old);
	tcase_add_test(t, test_copies);
	child_add_cases(t);
	suite_add_tcase(s, t);
	return s;
}

int main(int argc, char **argv)
{
	return child_main(suite, cases, ARRAY_SIZE(cases), argc, argv);
}
