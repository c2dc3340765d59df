/* SPDX-License-Identifier: MIT */
/*
 * test_slab.c - kmalloc() and caches: sizes, alignment, kinds, resizing,
 * copies, constructors, merging, bulk, sheaves, attributes, and misuse, each
 * case of it in a process of its own.
 */
#include <linux/cpumask.h>
#include <linux/gfp.h>
#include <linux/kvkernel.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include <pthread.h>
#include <signal.h>

#include "child.h"

static long attr(struct kmem_cache *s, const char *name)
{
	char text[128] = "";

	ck_assert_int_gt(kv_slab_read(s, name, text, sizeof(text)), 0);
	return strtol(text, NULL, 10);
}

static bool reads_as(const void *p, int c, size_t n)
{
	const unsigned char *b = p;

	while (n--)
		if (*b++ != (unsigned char)c)
			return false;
	return true;
}

/* kmalloc */

START_TEST(test_zero_size)
{
	void *p = kmalloc(0, GFP_KERNEL);

	ck_assert_ptr_eq(p, ZERO_SIZE_PTR);
	ck_assert_uint_eq(ksize(p), 0);
	ck_assert_uint_eq(ksize(NULL), 0);
	kfree(p);
	kfree(NULL);
	kfree_sensitive(ZERO_SIZE_PTR);
}
END_TEST

/* Each size gets the class that kmalloc_size_roundup() tells, aligned to the
 * largest power of two in it, and all of it is the caller's. */
START_TEST(test_every_size)
{
	for (size_t n = 1; n <= 8192; n++) {
		size_t size = kmalloc_size_roundup(n);
		char *p = kmalloc(n, GFP_KERNEL);

		if (!p || ksize(p) != size || size < n ||
		    (unsigned long)p % (size & -size))
			ck_abort_msg("%zu: %p, ksize %zu, class %zu", n,
				     (void *)p, ksize(p), size);
		memset(p, 0x55, size);
		kfree(p);
	}
}
END_TEST

START_TEST(test_large_sizes)
{
	for (unsigned int order = 2; order <= 10; order++) {
		size_t n = (PAGE_SIZE << (order - 1)) + 1;
		char *p = kmalloc(n, GFP_KERNEL);

		ck_assert_ptr_nonnull(p);
		ck_assert_uint_eq(ksize(p), PAGE_SIZE << order);
		ck_assert_uint_eq((unsigned long)p % (PAGE_SIZE << order), 0);
		ck_assert_uint_eq(compound_order(virt_to_page(p)), order);
		ck_assert_ptr_eq(virt_to_head_page(p + n), virt_to_page(p));
		ck_assert(!PageSlab(virt_to_page(p)));
		kfree(p);
	}
}
END_TEST

START_TEST(test_too_large)
{
	const gfp_t quiet = GFP_KERNEL | __GFP_NOWARN;

	ck_assert_ptr_null(kmalloc(KMALLOC_MAX_SIZE + 1, quiet));
	ck_assert_ptr_null(kmalloc(SIZE_MAX, quiet));
	ck_assert_ptr_null(kmalloc_array(SIZE_MAX / 2, 3, quiet));
	ck_assert_ptr_null(kcalloc(SIZE_MAX / 2, 3, quiet));
	ck_assert_ptr_null(kmalloc_array_node(SIZE_MAX, 2, quiet, 0));
	ck_assert_ptr_null(krealloc_array(NULL, SIZE_MAX, 2, quiet));
	ck_assert_ptr_null(kmemdup_array("", SIZE_MAX, 2, quiet));
	ck_assert_uint_eq(kmalloc_size_roundup(5 << 20), 5 << 20);
}
END_TEST

START_TEST(test_types)
{
	struct kmem_cache *rcl = kv_slab_find("kmalloc-rcl-64");
	struct kmem_cache *dma = kv_slab_find("dma-kmalloc-64");
	struct kmem_cache *cg = kv_slab_find("kmalloc-cg-64");
	void *r = kmalloc(50, GFP_KERNEL | __GFP_RECLAIMABLE);
	void *d = kmalloc(50, GFP_KERNEL | __GFP_DMA | __GFP_RECLAIMABLE);
	void *c = kmalloc(50, GFP_KERNEL_ACCOUNT);
	void *large = kmalloc(20000, GFP_KERNEL | GFP_DMA);

	ck_assert_int_gt(attr(rcl, "objects"), 0);
	ck_assert_int_gt(attr(dma, "objects"), 0);
	ck_assert_int_gt(attr(cg, "objects"), 0);
	ck_assert_int_eq(attr(rcl, "reclaim_account"), 1);
	ck_assert_int_eq(page_zonenum(virt_to_page(d)), ZONE_DMA);
	ck_assert_int_ne(page_zonenum(virt_to_page(r)), ZONE_DMA);
	ck_assert_int_eq(page_zonenum(virt_to_page(large)), ZONE_DMA);
	kfree(r);
	kfree(d);
	kfree(c);
	kfree(large);
}
END_TEST

START_TEST(test_zeroing)
{
	static const size_t n[] = { 1, 8, 100, 1000, 8192, 9000, 100000 };

	for (size_t i = 0; i < sizeof(n) / sizeof(*n); i++) {
		void *p = kmalloc(n[i], GFP_KERNEL);

		memset(p, 0xee, ksize(p));
		kfree(p);
		p = kzalloc(n[i], GFP_KERNEL);
		ck_assert_msg(reads_as(p, 0, n[i]), "%zu", n[i]);
		kfree(p);
		p = kcalloc(n[i], 2, GFP_KERNEL);
		ck_assert(reads_as(p, 0, n[i] * 2));
		kfree(p);
	}
}
END_TEST

START_TEST(test_krealloc)
{
	char *p = krealloc(NULL, 10, GFP_KERNEL), *q;

	strcpy(p, "content");
	q = krealloc(p, 16, GFP_KERNEL);
	ck_assert_ptr_eq(p, q);
	q = krealloc(p, 5000, GFP_KERNEL);
	ck_assert_ptr_ne(p, q);
	ck_assert_str_eq(q, "content");
	p = krealloc(q, 3, GFP_KERNEL);
	ck_assert_ptr_eq(p, q);
	p = krealloc(q, 100000, GFP_KERNEL);
	ck_assert_str_eq(p, "content");
	ck_assert_uint_eq(ksize(p), 131072);
	ck_assert_ptr_eq(krealloc(p, 131072, GFP_KERNEL), p);
	ck_assert_ptr_null(krealloc(p, SIZE_MAX, GFP_KERNEL | __GFP_NOWARN));
	ck_assert_str_eq(p, "content");
	ck_assert_ptr_eq(krealloc(p, 0, GFP_KERNEL), ZERO_SIZE_PTR);
}
END_TEST

/* In place, what lies behind the size asked reads as zero. */
START_TEST(test_krealloc_zero)
{
	char *p = kmalloc(64, GFP_KERNEL), *q;

	memset(p, 1, 64);
	q = krealloc(p, 40, GFP_KERNEL | __GFP_ZERO);
	ck_assert_ptr_eq(p, q);
	ck_assert(reads_as(q, 1, 40));
	ck_assert(reads_as(q + 40, 0, 24));
	q = krealloc(q, 200, GFP_KERNEL | __GFP_ZERO);
	ck_assert(reads_as(q + 64, 0, 136));
	kfree(q);
}
END_TEST

START_TEST(test_copies)
{
	static const char constant[] = "constant";
	char local[] = "local", *s;
	const char *k;

	s = kstrdup(local, GFP_KERNEL);
	ck_assert_str_eq(s, "local");
	kfree(s);
	s = kstrndup("abcdef", 3, GFP_KERNEL);
	ck_assert_str_eq(s, "abc");
	kfree(s);
	s = kmemdup_nul("abcdef", 4, GFP_KERNEL);
	ck_assert_str_eq(s, "abcd");
	kfree(s);
	s = kmemdup("ab\0d", 5, GFP_KERNEL);
	ck_assert_mem_eq(s, "ab\0d", 5);
	kfree(s);
	k = kstrdup_const(constant, GFP_KERNEL);
	ck_assert_ptr_eq(k, constant);
	kfree_const(k);
	k = kstrdup_const(local, GFP_KERNEL);
	ck_assert_ptr_ne(k, local);
	ck_assert_str_eq(k, "local");
	kfree_const(k);
	ck_assert_ptr_null(kstrdup(NULL, GFP_KERNEL));
	ck_assert_ptr_eq(kmemdup("", 0, GFP_KERNEL), ZERO_SIZE_PTR);
}
END_TEST

START_TEST(test_sensitive)
{
	char *p = kmalloc(64, GFP_KERNEL);

	memset(p, 's', 64);
	kfree_sensitive(p);
	ck_assert(reads_as(p, 0, 64));
}
END_TEST

/* Bits of no zone are kept from slabs, with a report. */
START_TEST(test_unexpected_gfp)
{
	unsigned long before = kv_nr_reports();
	void *p = kmalloc(20000, GFP_KERNEL | __GFP_HIGHMEM);

	ck_assert_ptr_nonnull(p);
	ck_assert_uint_eq(kv_nr_reports(), before + 1);
	kfree(p);
}
END_TEST

START_TEST(test_by_type)
{
	struct flex {
		int n;
		long v[];
	} *f = kzalloc_flex(*f, v, 10);
	long *l = kmalloc_obj(*l, GFP_ATOMIC), *m = kcalloc(3, 8, GFP_KERNEL);
	int *many = kmalloc_objs(int, 100);

	ck_assert_uint_ge(ksize(f), sizeof(*f) + 80);
	ck_assert_uint_eq(ksize(l), 8);
	ck_assert_uint_ge(ksize(many), 400);
	ck_assert_ptr_null(
		kmalloc_objs(int, SIZE_MAX, GFP_KERNEL | __GFP_NOWARN));
	kfree(f);
	kfree(l);
	kfree(m);
	kfree(many);
}
END_TEST

static unsigned long scope(void **out)
{
	void *p __free(kfree) = kmalloc(5000, GFP_KERNEL);
	void *v __free(kvfree) = kvmalloc(5 << 20, GFP_KERNEL);
	void *keep __free(kfree) = kmalloc(5000, GFP_KERNEL);

	*out = no_free_ptr(keep);
	return kv_nr_allocated() + !p + !v;
}

/* What goes out of scope is freed, what was taken out of it is not. */
START_TEST(test_scope)
{
	unsigned long before = kv_nr_allocated(), inside;
	void *kept;

	inside = scope(&kept);
	ck_assert_uint_gt(inside, before + 2);
	ck_assert_uint_eq(kv_nr_allocated(), before + 1);
	kfree(kept);
	ck_assert_uint_eq(kv_nr_allocated(), before);
}
END_TEST

/* caches */

struct thing {
	int state;
	char pad[100];
};

static unsigned int constructed;

static void construct(void *p)
{
	((struct thing *)p)->state = 42;
	constructed++;
}

START_TEST(test_ctor)
{
	struct kmem_cache *c = kmem_cache_create("t_ctor", sizeof(struct thing),
						 0, 0, construct);
	struct thing *t;

	constructed = 0;
	t = kmem_cache_alloc(c, GFP_KERNEL);
	ck_assert_int_eq(t->state, 42);
	ck_assert_uint_eq(constructed, (unsigned int)attr(c, "objs_per_slab"));
	ck_assert_uint_eq(kmem_cache_size(c), sizeof(struct thing));
	t->state = 7;
	kmem_cache_free(c, t);
	t = kmem_cache_alloc(c, GFP_KERNEL);
	ck_assert_int_eq(t->state, 7);
	kmem_cache_free(c, t);
	kmem_cache_destroy(c);
	ck_assert_ptr_null(kv_slab_find("t_ctor"));
}
END_TEST

START_TEST(test_zalloc)
{
	struct kmem_cache *c = KMEM_CACHE(thing, 0);
	struct thing *t = kmem_cache_alloc(c, GFP_KERNEL);

	memset(t, 1, sizeof(*t));
	kmem_cache_free(c, t);
	t = kmem_cache_zalloc(c, GFP_KERNEL);
	ck_assert(reads_as(t, 0, sizeof(*t)));
	kfree(t); /* legal for any slab object */
	kmem_cache_destroy(c);
}
END_TEST

START_TEST(test_create_args)
{
	struct kmem_cache_args args = { .align = 128, .ctor = construct };
	struct kmem_cache *c =
		kmem_cache_create("t_args", 100, &args, SLAB_HWCACHE_ALIGN);
	struct kmem_cache *d =
		kmem_cache_create("t_null", 24, NULL, SLAB_NO_MERGE);
	void *p = kmem_cache_alloc(c, GFP_KERNEL);

	ck_assert_uint_eq((unsigned long)p % 128, 0);
	ck_assert_int_eq(attr(c, "hwcache_align"), 1);
	ck_assert_int_eq(attr(d, "slab_size"), 24);
	kmem_cache_free(c, p);
	kmem_cache_destroy(c);
	kmem_cache_destroy(d);
	kmem_cache_destroy(NULL);
}
END_TEST

START_TEST(test_merge)
{
	struct kmem_cache *a = kmem_cache_create("t_a", 1496, 0, 0, NULL);
	struct kmem_cache *b = kmem_cache_create("t_b", 1490, 0, 0, NULL);
	struct kmem_cache *c = kmem_cache_create("t_c", 1490, 0, 0, construct);
	void *p = kmem_cache_alloc(a, GFP_KERNEL);

	ck_assert_ptr_eq(a, b);
	ck_assert_ptr_ne(a, c);
	ck_assert_int_eq(attr(a, "aliases"), 1);
	kmem_cache_free(b, p);
	kmem_cache_destroy(a);
	ck_assert_int_eq(attr(b, "aliases"), 0);
	kmem_cache_destroy(b);
	kmem_cache_destroy(c);
}
END_TEST

START_TEST(test_bad_caches)
{
	ck_assert_ptr_null(kmem_cache_create("t_big", 5 << 20, 0, 0, NULL));
	ck_assert_ptr_null(kmem_cache_create(NULL, 8, 0, 0, NULL));
	ck_assert_ptr_null(kmem_cache_create("t_flags", 8, 0, 1u << 31, NULL));
}
END_TEST

START_TEST(test_bulk)
{
	struct kmem_cache *c = kmem_cache_create("t_bulk", 56, 0, 0, construct);
	void *p[100], *mixed[] = { kmalloc(10, GFP_KERNEL),
				   kmalloc(20000, GFP_KERNEL), NULL,
				   kmalloc(500, GFP_KERNEL) };

	ck_assert_int_eq(kmem_cache_alloc_bulk(c, GFP_KERNEL, 100, p), 100);
	for (int i = 0; i < 100; i++)
		for (int j = 0; j < i; j++)
			ck_assert(p[i] != p[j]);
	kmem_cache_free_bulk(c, 100, p);
	kfree_bulk(4, mixed);
	ck_assert_int_eq(kmem_cache_shrink(c), 0);
	ck_assert_int_eq(attr(c, "slabs"), 0);
	kmem_cache_destroy(c);
}
END_TEST

START_TEST(test_sheaf)
{
	struct kmem_cache *c =
		kmem_cache_create("t_sheaf", 56, 0, 0, construct);
	struct slab_sheaf *s = kmem_cache_prefill_sheaf(c, GFP_KERNEL, 100);
	void *p[200];

	ck_assert_ptr_null(kmem_cache_prefill_sheaf(c, GFP_KERNEL, 0));
	ck_assert_uint_ge(kmem_cache_sheaf_size(s), 100);
	for (int i = 0; i < 100; i++)
		ck_assert_ptr_nonnull(
			p[i] = kmem_cache_alloc_from_sheaf(c, GFP_NOWAIT, s));
	ck_assert_int_eq(kmem_cache_refill_sheaf(c, GFP_KERNEL, &s, 150), 0);
	ck_assert_uint_ge(kmem_cache_sheaf_size(s), 150);
	kmem_cache_return_sheaf(c, GFP_KERNEL, s);
	kmem_cache_free_bulk(c, 100, p);
	kmem_cache_destroy(c);
	ck_assert_ptr_null(kv_slab_find("t_sheaf"));
}
END_TEST

/* What other threads' sheaves hold is no object in use. */
static void *touch(void *c)
{
	void *p = kmem_cache_alloc(c, GFP_KERNEL);

	kmem_cache_free(c, p);
	return NULL;
}

START_TEST(test_destroy_after_threads)
{
	unsigned long before = kv_nr_reports();
	struct kmem_cache *c = kmem_cache_create("t_thr", 72, 0, 0, construct);
	pthread_t t[4];

	for (int i = 0; i < 4; i++)
		pthread_create(&t[i], NULL, touch, c);
	for (int i = 0; i < 4; i++)
		pthread_join(t[i], NULL);
	kmem_cache_destroy(c);
	ck_assert_uint_eq(kv_nr_reports(), before);
	ck_assert_ptr_null(kv_slab_find("t_thr"));
}
END_TEST

START_TEST(test_attributes)
{
	struct kmem_cache *c = kmem_cache_create("t_attr", 77, 0, 0, construct);
	void *p = kmem_cache_alloc(c, GFP_KERNEL);
	char text[64];

	ck_assert_int_eq(attr(c, "object_size"), 77);
	ck_assert_int_eq(attr(c, "slab_size"), 88);
	ck_assert_int_eq(attr(c, "order"), 0);
	ck_assert_int_eq(attr(c, "objs_per_slab"), 46);
	ck_assert_int_eq(attr(c, "total_objects"), 46);
	ck_assert_int_eq(attr(c, "slabs"), 1);
	ck_assert_int_eq(kv_slab_read(c, "nonsense", text, 64), -EINVAL);
	ck_assert_int_eq(kv_slab_write(c, "validate", "1"), -EINVAL);
	ck_assert_int_gt(kv_slab_read(c, "total_objects", text, 64), 0);
	ck_assert_str_eq(text, "46 N0=46\n");
	kmem_cache_free(c, p);
	ck_assert_int_eq(kv_slab_write(c, "shrink", "1"), 0);
	ck_assert_int_eq(attr(c, "slabs"), 0);
	kmem_cache_destroy(c);
}
END_TEST

/* /proc */

START_TEST(test_proc)
{
	static char text[1 << 16];
	char tiny[16];
	ssize_t n = kv_proc_read("slabinfo", text, sizeof(text));

	ck_assert_int_eq(strncmp(text, "slabinfo - version: 2.1\n", 24), 0);
	ck_assert_ptr_nonnull(strstr(text, "\nkmalloc-8 "));
	ck_assert_ptr_nonnull(strstr(text, "\ndma-kmalloc-8k "));
	ck_assert_int_eq(n, (ssize_t)strlen(text));
	ck_assert_int_eq(kv_proc_read("slabinfo", tiny, sizeof(tiny)), n);
	ck_assert_str_eq(tiny, "slabinfo - vers");
	ck_assert_int_eq(kv_proc_read("nonsense", tiny, 16), -ENOENT);
	ck_assert_int_gt(kv_proc_read("buddyinfo", text, sizeof(text)), 0);
	ck_assert_int_eq(strncmp(text, "Node 0, zone      DMA ", 22), 0);
	ck_assert_int_gt(kv_proc_read("zoneinfo", text, sizeof(text)), 0);
	ck_assert_ptr_nonnull(strstr(text, "  pages free     "));
	ck_assert_int_gt(kv_proc_read("pagetypeinfo", text, sizeof(text)), 0);
	ck_assert_int_eq(strncmp(text, "Page block order: 9\n", 20), 0);
	ck_assert_int_gt(kv_proc_read("meminfo", text, sizeof(text)), 0);
	ck_assert_int_eq(strncmp(text, "MemTotal: ", 10), 0);
}
END_TEST

START_TEST(test_proc_vmallocinfo)
{
	static char text[1 << 16];
	void *v = vmalloc(3 * PAGE_SIZE);

	ck_assert_int_gt(kv_proc_read("vmallocinfo", text, sizeof(text)), 0);
	ck_assert_ptr_nonnull(strstr(text, " pages=3 vmalloc"));
	vfree(v);
}
END_TEST

/* misuse, a process each */

static struct kmem_cache *ctor_cache(const char *name)
{
	return kmem_cache_create(name, 64, 0, 0, construct);
}

static void vmalloc_kfree(void)
{
	kfree(vmalloc(100));
}

static void page_kfree(void)
{
	kfree((void *)__get_free_pages(GFP_KERNEL, 1));
}

static void foreign_kfree(void)
{
	int local = 0;

	kfree(&local);
}

static void large_interior_kfree(void)
{
	kfree((char *)kmalloc(20000, GFP_KERNEL) + PAGE_SIZE);
}

static void large_twice_kfree(void)
{
	void *p = kmalloc(20000, GFP_KERNEL);

	kfree(p);
	kfree(p);
}

static void interior_kfree(void)
{
	kfree((char *)kmalloc(64, GFP_KERNEL) + 8);
}

static void double_kfree(void)
{
	void *p = kmalloc(64, GFP_KERNEL);

	kfree(p);
	kfree(p);
}

static void wrong_cache(void)
{
	struct kmem_cache *a = ctor_cache("m_a"), *b = ctor_cache("m_b");

	kmem_cache_free(b, kmem_cache_alloc(a, GFP_KERNEL));
}

static void not_a_slab(void)
{
	kmem_cache_free(ctor_cache("m_a"), (void *)__get_free_page(GFP_KERNEL));
}

static void left_at_destroy(void)
{
	struct kmem_cache *a = ctor_cache("m_left");

	(void)kmem_cache_alloc(a, GFP_KERNEL);
	kmem_cache_destroy(a);
}

static void zero_with_ctor(void)
{
	(void)kmem_cache_zalloc(ctor_cache("m_zero"), GFP_KERNEL);
}

static void highmem_kmalloc(void)
{
	kfree(kmalloc(20000, GFP_KERNEL | __GFP_HIGHMEM | __GFP_ZERO));
}

static void order_11(void)
{
	(void)__get_free_pages(GFP_KERNEL, 11);
}

static void too_large_kmalloc(void)
{
	(void)kmalloc(5 << 20, GFP_KERNEL);
}

static void panic_cache(void)
{
	kmem_cache_create("m_panic", 5 << 20, 0, SLAB_PANIC, NULL);
}

/* Memory of a small machine, all of it. */
static void exhaust_slab(void)
{
	while (kmalloc(4096, GFP_NOWAIT & ~__GFP_NOWARN))
		;
}

static void overflow_debug(void)
{
	char *p = kmalloc(18, GFP_KERNEL);

	p[18] = 1;
	kfree(p);
}

static void use_after_free(void)
{
	char *p = kmalloc(128, GFP_KERNEL);

	kfree(p);
	p[64] = 1;
	kv_slab_write(kv_slab_find("kmalloc-128"), "validate", "1");
}

static void double_kfree_debug(void)
{
	char *p = kmalloc(128, GFP_KERNEL), *q = kmalloc(128, GFP_KERNEL);

	kfree(p);
	kfree(q);
	kfree(p);
}

static const struct child_case cases[] = {
	{ "vmalloc_kfree", vmalloc_kfree, "Not a kmalloc allocation", 0, NULL },
	{ "page_kfree", page_kfree, "Not a kmalloc allocation", 0, NULL },
	{ "foreign_kfree", foreign_kfree, "Not a kmalloc allocation", 0, NULL },
	{ "large_interior_kfree", large_interior_kfree,
	  "the middle of a large kmalloc block", 0, NULL },
	{ "large_twice_kfree", large_twice_kfree, "is a free page", 0, NULL },
	{ "interior_kfree", interior_kfree, "Invalid object pointer 0x", 0,
	  NULL },
	{ "double_kfree", double_kfree,
	  "BUG kmalloc-64 (Not tainted): Object already free", SIGABRT, NULL },
	{ "wrong_cache", wrong_cache, "object belongs to different cache m_a",
	  0, NULL },
	{ "wrong_cache", wrong_cache,
	  "Wrong slab cache. m_b but object is from m_a", 0, "kernel=4.18" },
	{ "not_a_slab", not_a_slab, "object is not in a slab page", 0, NULL },
	{ "left_at_destroy", left_at_destroy,
	  "kmem_cache_destroy m_left: Slab cache still has objects", 0, NULL },
	{ "left_at_destroy", left_at_destroy,
	  "Objects remaining on __kmem_cache_shutdown()", 0, NULL },
	{ "zero_with_ctor", zero_with_ctor, "------------[ cut here ]", 0,
	  NULL },
	{ "highmem_kmalloc", highmem_kmalloc,
	  "Unexpected gfp: 0x2 (__GFP_HIGHMEM). Fixing up to gfp: 0xdc0 "
	  "(GFP_KERNEL|__GFP_ZERO). Fix your code!",
	  0, NULL },
	{ "order_11", order_11, "WARNING: CPU: ", 0, NULL },
	{ "too_large_kmalloc", too_large_kmalloc, "WARNING: CPU: ", 0, NULL },
	{ "panic_cache", panic_cache, "Failed to create slab 'm_panic'",
	  SIGABRT, NULL },
	{ "vmalloc_kfree", vmalloc_kfree, "panic_on_warn set", SIGABRT,
	  "panic_on_warn=1" },
	{ "exhaust_slab", exhaust_slab,
	  "page allocation failure: order:0, mode:0x800(__GFP_KSWAPD_RECLAIM), "
	  "nodemask=(null)",
	  0, "mem=16M cpus=2" },
	{ "exhaust_slab", exhaust_slab,
	  "SLUB: Unable to allocate memory on CPU", 0, "mem=16M cpus=2" },
	{ "exhaust_slab", exhaust_slab,
	  "  cache: kmalloc-4k, object size: 4096, buffer size: 4096, default "
	  "order: 3, min order: 0",
	  0, "mem=16M cpus=2" },
	{ "overflow_debug", overflow_debug, "kmalloc Redzone overwritten", 0,
	  "slub_debug=FZPU" },
	{ "use_after_free", use_after_free, "Poison overwritten", 0,
	  "slub_debug=FZPU" },
	{ "double_kfree_debug", double_kfree_debug, "Object already free", 0,
	  "slub_debug=FZPU" },
	{ "interior_kfree", interior_kfree, "Invalid object pointer 0x", 0,
	  "slub_debug=F" },
};

static unsigned long stat_sum(struct kmem_cache *c, const char *name)
{
	unsigned long sum = 0, all, n;
	char text[512], *p = text;
	unsigned int cpu;
	int used;

	ck_assert_int_gt(kv_slab_read(c, name, text, sizeof(text)), 1);
	ck_assert_int_eq(text[strlen(text) - 1], '\n');
	all = strtoul(text, &p, 10);
	for (; sscanf(p, " C%u=%lu%n", &cpu, &n, &used) == 2; p += used) {
		ck_assert_uint_lt(cpu, num_possible_cpus());
		ck_assert_uint_gt(n, 0);
		sum += n;
	}
	ck_assert_uint_eq(sum, all);
	ck_assert_str_eq(p, "\n");
	return all;
}

/* Of 1000 objects nearly all come out of sheaves, which are filled with just
 * as many; all go back to them, and the barn takes ten. */
START_TEST(test_statistics)
{
	struct kmem_cache *c = kmem_cache_create("stats", 64, 0, SLAB_NO_MERGE,
						 NULL);
	static void *p[1000];
	struct slab_sheaf *sheaf;

	ck_assert_uint_eq(stat_sum(c, "alloc_fastpath"), 0);
	for (int i = 0; i < 1000; i++)
		p[i] = kmem_cache_alloc(c, GFP_KERNEL);
	ck_assert_uint_eq(stat_sum(c, "alloc_fastpath") +
			  stat_sum(c, "alloc_slowpath"), 1000);
	ck_assert_uint_ge(stat_sum(c, "alloc_fastpath"), 990);
	ck_assert_uint_ge(stat_sum(c, "sheaf_refill"), 990);
	ck_assert_uint_ge(stat_sum(c, "alloc_slab"), 1000 / 64);
	ck_assert_uint_gt(stat_sum(c, "barn_get_fail"), 0);
	for (int i = 0; i < 1000; i++)
		kmem_cache_free(c, p[i]);
	ck_assert_uint_eq(stat_sum(c, "free_fastpath") +
			  stat_sum(c, "free_slowpath"), 1000);
	ck_assert_uint_eq(stat_sum(c, "barn_put"), 10);
	ck_assert_uint_gt(stat_sum(c, "sheaf_flush"), 0);
	kmem_cache_shrink(c);
	ck_assert_uint_eq(stat_sum(c, "free_slab"), stat_sum(c, "alloc_slab"));
	sheaf = kmem_cache_prefill_sheaf(c, GFP_KERNEL, 1000);
	kmem_cache_return_sheaf(c, GFP_KERNEL, sheaf);
	ck_assert_uint_eq(stat_sum(c, "sheaf_prefill_oversize"), 1);
	ck_assert_int_eq(kv_slab_write(c, "barn_put", "1"), -EINVAL);
	ck_assert_int_eq(kv_slab_write(c, "nothing", "0"), -EINVAL);
	ck_assert_int_eq(kv_slab_write(c, "alloc_fastpath", "0"), 0);
	ck_assert_int_eq(kv_slab_write(c, "barn_put", "0"), 0);
	ck_assert_uint_eq(stat_sum(c, "alloc_fastpath"), 0);
	ck_assert_uint_eq(stat_sum(c, "barn_put"), 0);
	kmem_cache_destroy(c);
	c = kmem_cache_create("stats", 64, 0, SLAB_NO_MERGE, NULL);
	ck_assert_uint_eq(stat_sum(c, "free_fastpath"), 0);
	kmem_cache_destroy(c);
}
END_TEST

/* What is watched goes one by one. */
START_TEST(test_statistics_of_slow_paths)
{
	struct kmem_cache *c = kmem_cache_create(
		"slow", 64, 0, SLAB_CONSISTENCY_CHECKS, NULL);

	for (int i = 0; i < 10; i++)
		kmem_cache_free(c, kmem_cache_alloc(c, GFP_KERNEL));
	ck_assert_uint_eq(stat_sum(c, "alloc_fastpath"), 0);
	ck_assert_uint_eq(stat_sum(c, "alloc_slowpath"), 10);
	ck_assert_uint_eq(stat_sum(c, "free_slowpath"), 10);
	ck_assert_int_eq(kv_slab_write(c, "alloc_slowpath", "0"), 0);
	ck_assert_uint_eq(stat_sum(c, "alloc_slowpath"), 0);
	ck_assert_uint_eq(stat_sum(c, "alloc_fastpath"), 0);
	kmem_cache_destroy(c);
}
END_TEST

static Suite *suite(void)
{
	Suite *s = suite_create("slab");
	TCase *t = tcase_create("kmalloc");

	tcase_add_test(t, test_zero_size);
	tcase_add_test(t, test_every_size);
	tcase_add_test(t, test_large_sizes);
	tcase_add_test(t, test_too_large);
	tcase_add_test(t, test_types);
	tcase_add_test(t, test_zeroing);
	tcase_add_test(t, test_krealloc);
	tcase_add_test(t, test_krealloc_zero);
	tcase_add_test(t, test_copies);
	tcase_add_test(t, test_sensitive);
	tcase_add_test(t, test_unexpected_gfp);
	tcase_add_test(t, test_by_type);
	tcase_add_test(t, test_scope);
	tcase_add_test(t, test_statistics);
	tcase_add_test(t, test_statistics_of_slow_paths);
	suite_add_tcase(s, t);

	t = tcase_create("caches");
	tcase_add_test(t, test_ctor);
	tcase_add_test(t, test_zalloc);
	tcase_add_test(t, test_create_args);
	tcase_add_test(t, test_merge);
	tcase_add_test(t, test_bad_caches);
	tcase_add_test(t, test_bulk);
	tcase_add_test(t, test_sheaf);
	tcase_add_test(t, test_destroy_after_threads);
	tcase_add_test(t, test_attributes);
	suite_add_tcase(s, t);

	t = tcase_create("proc");
	tcase_add_test(t, test_proc);
	tcase_add_test(t, test_proc_vmallocinfo);
	suite_add_tcase(s, t);

	t = tcase_create("misuse");
	child_add_cases(t);
	suite_add_tcase(s, t);
	return s;
}

int main(int argc, char **argv)
{
	return child_main(suite, cases, ARRAY_SIZE(cases), argc, argv);
}
