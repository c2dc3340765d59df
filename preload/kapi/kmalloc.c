/* SPDX-License-Identifier: MIT */
/*
 * kmalloc.c - memory by size: caches up to 8 KiB, above them blocks of pages.
 *
 * A large block is compound; machine.class_map names its class at its first
 * page, which tells it from pages that somebody else allocated: kfree() of
 * those is told and does nothing.
 * Differs from the kernel (7.0): a large block counts one user, as it did
 * until 6.13; its pages then had none ("frozen").
 */
#include "kapi/slab.h"

#include <string.h>

#include "abi/emergency.h"
#include "kapi/pages.h"
#include "kapi/profile.h"
#include "kapi/report.h"
#include "mm/stats.h"

/* large blocks */

static void large_begin(struct thread_cache *t, struct page *page,
			unsigned int order, size_t asked)
{
	unsigned int class = kmalloc_class(PAGE_SIZE << order);

	kmalloc_cache(class); /* published by its first use */
	machine.class_map[page_to_pfn(page)] = (u8) class;
	gauge_pages(&stats.large_pages, page, 1l << order);
	stats_note_pages();
	stats_note_held((long)(PAGE_SIZE << order));
	t->stat.alloc[class]++;
	t->stat.asked[class] += asked;
	page->run.class = class;
	page->run.private = 0; /* prof's */
	kapi_record(t, page_address(page), class, asked, false);
}

static void *large_alloc(size_t size, gfp_t gfp, int node)
{
	unsigned int order = get_order(size);
	struct page *page =
		kapi_alloc_block(node, misuse_fix_gfp(gfp) | __GFP_COMP, order);
	struct thread_cache *t;

	if (!page)
		return NULL;
	t = kapi_enter();
	large_begin(t, page, order, size);
	kapi_leave(t);
	return page_address(page);
}

size_t kapi_large_size(const void *p)
{
	unsigned long pfn = virt_to_pfn(p);
	unsigned int class;

	if ((size_t)p % PAGE_SIZE || !virt_is_linear(p) ||
	    !frame_is_committed(pfn))
		return 0;
	class = machine.class_map[pfn];
	return class >= kmalloc_info.nr_slab_classes &&
			       class < kmalloc_info.nr_classes ?
		       kmalloc_info.size[class] :
		       0;
}

/* Under the core: the block at @page, of @size bytes, is pages again. */
static void large_end(struct thread_cache *t, const struct page *page,
		      size_t size)
{
	u8 *class = &machine.class_map[page_to_pfn(page)];

	kapi_forget(t, page_address(page), *class);
	gauge_pages(&stats.large_pages, page, -(long)(size >> PAGE_SHIFT));
	stats_note_held(-(long)size);
	t->stat.free[*class]++;
	*class = 0;
}

void kapi_large_forget(struct page *page)
{
	size_t size = kapi_large_size(page_address(page));

	if (unlikely(size) && pgref_count(page) == 1)
		large_end(kv_own, page, size);
}

static void large_free(void *p, size_t size)
{
	struct thread_cache *t = kapi_enter();

	if (!t) {
		defer_free(p);
		return;
	}
	if (kapi_init_on_free())
		memset(p, 0, size);
	large_end(t, virt_to_page(p), size);
	pgref_free(virt_to_page(p), get_order(size));
	kapi_leave(t);
}

/* any size */

void *kapi_kmalloc_in(const kmem_buckets *b, size_t size, gfp_t gfp, int node,
		      const void *caller)
{
	struct kmem_cache *s;
	unsigned int class;

	if (unlikely(!size))
		return ZERO_SIZE_PTR;
	if (unlikely(size > KMALLOC_MAX_CACHE_SIZE))
		return large_alloc(size, gfp, node);
	class = kmalloc_class(size);
	s = unlikely(b) ? kapi_bucket(b, class) : kmalloc_cache_of(class, gfp);
	if (unlikely(gfp & (__GFP_HIGHMEM | __GFP_DMA32)))
		gfp = misuse_fix_gfp(gfp);
	return kapi_object_alloc(s, gfp, node, size, caller);
}

void *kapi_kmalloc(size_t size, gfp_t gfp, int node, const void *caller)
{
	return kapi_kmalloc_in(NULL, size, gfp, node, caller);
}

void kapi_kfree(void *p, const void *caller)
{
	struct kmem_cache *s;
	size_t large;

	if (zero_or_null(p))
		return;
	s = kapi_cache_at(p);
	if (likely(s)) {
		kapi_object_free(s, p, caller);
		return;
	}
	large = kapi_large_size(p);
	if (large)
		large_free(p, large);
	else
		misuse_kfree(p);
}

void *kmalloc(size_t size, gfp_t flags)
{
	return kapi_kmalloc(size, flags, NUMA_NO_NODE, CALLER);
}

void *kzalloc(size_t size, gfp_t flags)
{
	return kapi_kmalloc(size, flags | __GFP_ZERO, NUMA_NO_NODE, CALLER);
}

void *kmalloc_node(size_t size, gfp_t flags, int node)
{
	return kapi_kmalloc(size, flags, node, CALLER);
}

void *kzalloc_node(size_t size, gfp_t flags, int node)
{
	return kapi_kmalloc(size, flags | __GFP_ZERO, node, CALLER);
}

void *__kmalloc_node_track_caller(size_t size, gfp_t flags, int node,
				  unsigned long caller)
{
	return kapi_kmalloc(size, flags, node, (const void *)caller);
}

static void *array(size_t n, size_t size, gfp_t flags, int node,
		   const void *caller)
{
	size_t bytes;

	if (unlikely(__builtin_mul_overflow(n, size, &bytes)))
		return NULL;
	return kapi_kmalloc(bytes, flags, node, caller);
}

void *kmalloc_array(size_t n, size_t size, gfp_t flags)
{
	return array(n, size, flags, NUMA_NO_NODE, CALLER);
}

void *kcalloc(size_t n, size_t size, gfp_t flags)
{
	return array(n, size, flags | __GFP_ZERO, NUMA_NO_NODE, CALLER);
}

void *kmalloc_array_node(size_t n, size_t size, gfp_t flags, int node)
{
	return array(n, size, flags, node, CALLER);
}

void *kcalloc_node(size_t n, size_t size, gfp_t flags, int node)
{
	return array(n, size, flags | __GFP_ZERO, node, CALLER);
}

/* Never waits, for a lock or for memory. */
void *kmalloc_nolock(size_t size, gfp_t flags, int node)
{
	const gfp_t known = __GFP_ZERO | __GFP_ACCOUNT;

	KAPI_WARN_ONCE(flags & ~known, NULL);
	if (size > KMALLOC_MAX_CACHE_SIZE)
		return NULL;
	return kapi_kmalloc(size,
			    (flags & known) | __GFP_NOWARN | __GFP_NOMEMALLOC,
			    node, CALLER);
}

void kfree(const void *p)
{
	kapi_kfree((void *)(size_t)p, CALLER);
}

void kfree_nolock(const void *p)
{
	kapi_kfree((void *)(size_t)p, CALLER);
}

size_t kmalloc_size_roundup(size_t size)
{
	return kernel_kmalloc_size(size);
}
