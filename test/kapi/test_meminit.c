/* SPDX-License-Identifier: MIT */
/*
 * test_meminit.c - init_on_alloc=1 and init_on_free=1: what was full of
 * garbage reads as zero when it is handed out again. Modelled on what the
 * kernel's own test looks at: pages of all orders, kmalloc and vmalloc of
 * powers of two, caches with and without constructor, RCU and __GFP_ZERO,
 * one by one and in bulk. Each in a process with one of the options.
 */
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "child.h"

enum { GARBAGE = 0x9e, CTOR_WORD = 0x41414141 };

static void expect_zero(const char *what, size_t size, const void *p)
{
	const unsigned char *b = p;

	for (size_t i = 0; i < size; i++)
		if (b[i]) {
			fprintf(stderr, "%s %zu: byte %zu is 0x%x\n", what,
				size, i, b[i]);
			exit(1);
		}
}

static void pages(void)
{
	for (unsigned int o = 0; o <= MAX_PAGE_ORDER; o++) {
		struct page *page = alloc_pages(GFP_KERNEL, o);

		memset(page_address(page), GARBAGE, PAGE_SIZE << o);
		__free_pages(page, o);
		page = alloc_pages(GFP_KERNEL, o);
		expect_zero("pages", PAGE_SIZE << o, page_address(page));
		__free_pages(page, o);
	}
}

static void by_size(void *(*alloc)(size_t), void (*release)(const void *),
		    const char *what)
{
	for (size_t size = 1; size <= 1 << 19; size *= 2) {
		void *p = alloc(size);

		memset(p, GARBAGE, size);
		release(p);
		p = alloc(size);
		expect_zero(what, size, p);
		release(p);
	}
}

static void *alloc_kmalloc(size_t size)
{
	return kmalloc(size, GFP_KERNEL);
}

static void *alloc_vmalloc(size_t size)
{
	return vmalloc(size);
}

static void *alloc_kvmalloc(size_t size)
{
	return kvmalloc(size, GFP_KERNEL);
}

static void ctor(void *p)
{
	*(unsigned int *)p = CTOR_WORD;
}

static void one_cache(size_t size, bool with_ctor, bool rcu, bool zero)
{
	gfp_t gfp = GFP_KERNEL | (zero ? (gfp_t)__GFP_ZERO : 0);
	struct kmem_cache *c = kmem_cache_create(
		"meminit", (unsigned int)size, 0,
		SLAB_NO_MERGE | (rcu ? (slab_flags_t)SLAB_TYPESAFE_BY_RCU : 0),
		with_ctor ? ctor : NULL);
	unsigned char *p = kmem_cache_alloc(c, gfp);

	if (with_ctor && *(unsigned int *)p != CTOR_WORD) {
		fprintf(stderr, "cache %zu: not constructed\n", size);
		exit(1);
	}
	memset(p + 4, GARBAGE, size - 4);
	kmem_cache_free(c, p);
	if (rcu && !zero && p[4] != GARBAGE) {
		fprintf(stderr, "cache %zu: RCU object was wiped\n", size);
		exit(1);
	}
	p = kmem_cache_alloc(c, gfp);
	if (with_ctor && *(unsigned int *)p != CTOR_WORD) {
		fprintf(stderr, "cache %zu: constructor's word lost\n", size);
		exit(1);
	}
	if (!with_ctor && (!rcu || zero))
		expect_zero("cache", size, p);
	kmem_cache_free(c, p);
	kmem_cache_destroy(c);
}

static void caches(void)
{
	for (size_t size = 8; size <= 8 << 9; size *= 2)
		for (int flags = 0; flags < 8; flags++)
			if ((flags & 5) != 5) /* a constructor and ZERO */
				one_cache(size, flags & 1, flags & 2,
					  flags & 4);
}

static void bulk(int nr)
{
	struct kmem_cache *c =
		kmem_cache_create("meminit", 100, 0, SLAB_NO_MERGE, NULL);
	void *p[100];

	for (int round = 0; round < 10; round++) {
		if (kmem_cache_alloc_bulk(c, GFP_KERNEL, (size_t)nr, p) != nr)
			exit(1);
		for (int i = 0; i < nr; i++) {
			expect_zero("bulk", 100, p[i]);
			memset(p[i], GARBAGE, 100);
		}
		kmem_cache_free_bulk(c, (size_t)nr, p);
	}
	kmem_cache_destroy(c);
}

static void keep_word(void *p)
{
	*(unsigned int *)p = CTOR_WORD;
}

/* What constructors keep in objects must not be left in pages that go. */
static void pages_of_constructed(void)
{
	struct kmem_cache *c = kmem_cache_create(
		"meminit_kept", 512, 0, SLAB_TYPESAFE_BY_RCU, keep_word);
	static void *p[500];

	for (size_t i = 0; i < ARRAY_SIZE(p); i++) {
		p[i] = kmem_cache_alloc(c, GFP_KERNEL);
		memset(p[i], GARBAGE, 512);
	}
	for (size_t i = 0; i < ARRAY_SIZE(p); i++)
		kmem_cache_free(c, p[i]);
	kmem_cache_destroy(c);
	c = kmem_cache_create("meminit_after", 512, 0, SLAB_NO_MERGE, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(p); i++) {
		p[i] = kmem_cache_alloc(c, GFP_KERNEL);
		expect_zero("after a constructor", 512, p[i]);
	}
	for (size_t i = 0; i < ARRAY_SIZE(p); i++)
		kmem_cache_free(c, p[i]);
	kmem_cache_destroy(c);
}

static void all(void)
{
	pages();
	pages_of_constructed();
	by_size(alloc_kmalloc, kfree, "kmalloc");
	by_size(alloc_vmalloc, vfree, "vmalloc");
	by_size(alloc_kvmalloc, kvfree, "kvmalloc");
	caches();
	bulk(100);
	bulk(10);
	fputs("all zero", stderr);
}

static const struct child_case cases[] = {
	{ "all", all, "all zero", 0, "mem=256M cpus=2 init_on_alloc=1" },
	{ "all", all, "all zero", 0, "mem=256M cpus=2 init_on_free=1" },
	{ "all", all, "all zero", 0,
	  "mem=256M cpus=2 init_on_alloc=1 init_on_free=1" },
};

static Suite *suite(void)
{
	Suite *s = suite_create("meminit");
	TCase *t = tcase_create("options");

	child_add_cases(t);
	tcase_set_timeout(t, 60);
	suite_add_tcase(s, t);
	return s;
}

int main(int argc, char **argv)
{
	return child_main(suite, cases, ARRAY_SIZE(cases), argc, argv);
}
