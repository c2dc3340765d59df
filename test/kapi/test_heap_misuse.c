/* SPDX-License-Identifier: MIT */
/*
 * test_heap_misuse.c - the list of heap errors that the kernel's crash tests
 * provoke, under the options that a kernel needs to see them; and what kmalloc
 * promises with these options: alignment, and bytes behind what was asked.
 * Each in a process of its own.
 */
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>
#include <signal.h>

#include "child.h"

static void vmalloc_linear_overflow(void)
{
	volatile char *one = vmalloc(PAGE_SIZE), *two = vmalloc(PAGE_SIZE);

	(void)two;
	one[PAGE_SIZE] = 1;
}

static void slab_linear_overflow(void)
{
	volatile char *p = kmalloc(1020, GFP_KERNEL);

	p[1020] = 1;
	kfree((void *)p);
}

static void write_after_free(void)
{
	volatile char *p = kmalloc(1024, GFP_KERNEL);

	kfree((void *)p);
	p[512] = 1;
	(void)kmalloc(1024, GFP_KERNEL);
}

static void read_after_free(void)
{
	volatile int *p = kmalloc(1024, GFP_KERNEL);

	p[100] = 0x12345678;
	kfree((void *)p);
	fprintf(stderr, "0x%x", (unsigned int)p[100]);
}

static void slab_init_on_alloc(void)
{
	char *p = kmalloc(512, GFP_KERNEL);

	memset(p, 0xab, 512);
	kfree(p);
	p = kmalloc(512, GFP_KERNEL);
	for (int i = 0; i < 512; i++)
		if (p[i])
			return;
	fputs("zero", stderr);
}

static void buddy_init_on_alloc(void)
{
	char *p = (char *)__get_free_page(GFP_KERNEL);

	memset(p, 0xab, PAGE_SIZE);
	free_page(p);
	p = (char *)__get_free_page(GFP_KERNEL);
	for (size_t i = 0; i < PAGE_SIZE; i++)
		if (p[i])
			return;
	fputs("zero", stderr);
}

/* constructors keep the two apart */
static void construct(void *p)
{
	memset(p, 0, 4);
}

static struct kmem_cache *cache(const char *name)
{
	return kmem_cache_create(name, 64, 0, 0, construct);
}

static void slab_free_double(void)
{
	struct kmem_cache *c = cache("heap_a");
	void *p = kmem_cache_alloc(c, GFP_KERNEL);

	kmem_cache_free(c, p);
	kmem_cache_free(c, p);
}

static void slab_free_cross(void)
{
	struct kmem_cache *a = cache("heap_a"), *b = cache("heap_b");

	kmem_cache_free(b, kmem_cache_alloc(a, GFP_KERNEL));
}

static void slab_free_page(void)
{
	kmem_cache_free(cache("heap_a"), (void *)__get_free_page(GFP_KERNEL));
}

/* kmalloc's promise about alignment holds with red zones, and after growth. */
static void alignment(void)
{
	for (size_t n = 1; n <= 8192; n++) {
		size_t size = kmalloc_size_roundup(n);
		void *p = kmalloc(n, GFP_KERNEL);
		void *q = kvmalloc(n, GFP_KERNEL);

		p = krealloc(p, n, GFP_KERNEL);
		if (((unsigned long)p | (unsigned long)q) &
		    ((size & -size) - 1)) {
			fprintf(stderr, "%zu: %p %p\n", n, p, q);
			return;
		}
		kfree(p);
		kvfree(q);
	}
	fputs("aligned", stderr);
}

static bool reads_as(const unsigned char *p, int c, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		if (p[i] != c)
			return false;
	return true;
}

/* Bytes not asked for are red zone; those asked for later are zero. */
static void krealloc_redzone(void)
{
	const gfp_t gfp = GFP_KERNEL | __GFP_ZERO;
	unsigned char *p = kzalloc(48, GFP_KERNEL);

	memset(p, 0xff, 48);
	p = krealloc(p, 40, gfp);
	if (!reads_as(p, 0xff, 0, 40) || !reads_as(p, 0xcc, 40, 64))
		return;
	p = krealloc(p, 56, gfp);
	if (!reads_as(p, 0, 40, 56) || !reads_as(p, 0xcc, 56, 64))
		return;
	p = krealloc(p, 112, gfp);
	if (!reads_as(p, 0xff, 0, 40) || !reads_as(p, 0, 40, 112))
		return;
	kfree(p);
	fprintf(stderr, "as it must be, %lu reports", kv_nr_reports());
}

static const struct child_case cases[] = {
	{ "vmalloc_linear_overflow", vmalloc_linear_overflow, "", SIGSEGV,
	  NULL },
	{ "slab_linear_overflow", slab_linear_overflow,
	  "kmalloc Redzone overwritten", 0, "slub_debug=FZPU" },
	{ "write_after_free", write_after_free, "Poison overwritten", 0,
	  "slub_debug=FP" },
	{ "read_after_free", read_after_free, "0x6b6b6b6b", 0, "slub_debug=P" },
	{ "read_after_free", read_after_free, "0x0", 0, "init_on_free=1" },
	{ "slab_init_on_alloc", slab_init_on_alloc, "zero", 0,
	  "init_on_alloc=1" },
	{ "buddy_init_on_alloc", buddy_init_on_alloc, "zero", 0,
	  "init_on_alloc=1" },
	{ "slab_free_double", slab_free_double,
	  "BUG heap_a (Not tainted): Object already free", SIGABRT, NULL },
	{ "slab_free_double", slab_free_double, "Object already free", 0,
	  "slub_debug=F" },
	{ "slab_free_cross", slab_free_cross,
	  "object belongs to different cache heap_a", 0, NULL },
	{ "slab_free_page", slab_free_page, "object is not in a slab page", 0,
	  NULL },
	{ "alignment", alignment, "aligned", 0, "slub_debug=FZPU" },
	{ "alignment", alignment, "aligned", 0, "slub_debug=Z" },
	{ "alignment", alignment, "aligned", 0, "kernel=4.12" },
	{ "krealloc_redzone", krealloc_redzone, "as it must be, 0 reports", 0,
	  "slub_debug=FZPU" },
};

static Suite *suite(void)
{
	Suite *s = suite_create("heap misuse");
	TCase *t = tcase_create("cases");

	child_add_cases(t);
	suite_add_tcase(s, t);
	return s;
}

int main(int argc, char **argv)
{
	return child_main(suite, cases, ARRAY_SIZE(cases), argc, argv);
}
