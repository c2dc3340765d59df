/* SPDX-License-Identifier: MIT */
/*
 * pages.c - alloc_pages() and its kin, over the core's counted blocks
 * (mm/page_ref.h).
 *
 * What the interface adds: may the caller sleep here, the task's memalloc
 * scopes, an order that no block has, memory cleared by init_on_alloc= and
 * init_on_free=, and fields of struct page that start empty.
 */
#include "kapi/pages.h"

#include <string.h>

#include "kapi/context.h"
#include "kapi/report.h"
#include "kapi/slab.h"
#include "mm/pcp.h"

struct page *kapi_alloc_block(int nid, gfp_t gfp, unsigned int order)
{
	struct thread_cache *t;
	struct page *page;

	if (unlikely(order > MAX_PAGE_ORDER)) {
		KAPI_WARN_ONCE(!(gfp & __GFP_NOWARN), NULL);
		last_alloc_fail = ALLOC_TOO_BIG;
		return NULL;
	}
	gfp = kapi_may_alloc(gfp, "alloc_pages");
	gfp = kapi_init_gfp(gfp);
	t = kapi_enter();
	if (!t)
		return NULL;
	page = pgref_alloc(nid, gfp, order);
	kapi_leave(t);
	return page;
}

struct page *__alloc_pages(gfp_t gfp, unsigned int order, int nid,
			   const struct nodemask *nodemask)
{
	(void)nodemask; /* all nodes have memory */
	return kapi_alloc_block(nid, gfp, order);
}

unsigned long __get_free_pages(gfp_t gfp, unsigned int order)
{
	struct page *page = kapi_alloc_block(
		NUMA_NO_NODE, gfp & ~(gfp_t)__GFP_HIGHMEM, order);

	return page ? (unsigned long)page_address(page) : 0;
}

unsigned long get_zeroed_page(gfp_t gfp)
{
	return __get_free_pages(gfp | __GFP_ZERO, 0);
}

/* freeing */

/* A thread that interrupted itself inside the core can't free. */
static struct thread_cache *enter_to_free(void)
{
	struct thread_cache *t = kapi_enter();

	KAPI_WARN_ONCE(!t, "pages freed by a signal handler that interrupted "
			   "the allocator: they are lost");
	return t;
}

void kapi_clear_before_free(struct page *page, unsigned int order)
{
	if (!kapi_init_on_free() || pgref_count(page) != 1 ||
	    kv_page_is_highmem(page))
		return;
	if (pgref_is_compound(page))
		order = pgref_order(page);
	memset(page_address(pgref_head(page)), 0, PAGE_SIZE << order);
}

void __free_pages(struct page *page, unsigned int order)
{
	struct thread_cache *t = enter_to_free();

	if (!t)
		return;
	kapi_clear_before_free(page, order);
	kapi_large_forget(page);
	pgref_free(page, order);
	kapi_leave(t);
}

void put_page(struct page *page)
{
	struct thread_cache *t = enter_to_free();

	if (!t)
		return;
	kapi_clear_before_free(page, 0);
	kapi_large_forget(pgref_head(page));
	pgref_put(page);
	kapi_leave(t);
}

void free_pages(unsigned long addr, unsigned int order)
{
	if (addr)
		__free_pages(kv_virt_to_page((void *)addr), order);
}

/* ranges */

void *alloc_pages_exact_nid(int nid, size_t size, gfp_t gfp)
{
	struct thread_cache *t;
	void *p;

	if (KAPI_WARN_ONCE(gfp & (__GFP_COMP | __GFP_HIGHMEM), NULL))
		gfp &= ~(gfp_t)(__GFP_COMP | __GFP_HIGHMEM);
	if (!size || get_order(size) > MAX_PAGE_ORDER) {
		KAPI_WARN_ONCE(!(gfp & __GFP_NOWARN), NULL);
		return NULL;
	}
	gfp = kapi_may_alloc(gfp, "alloc_pages_exact");
	gfp = kapi_init_gfp(gfp);
	t = kapi_enter();
	if (!t)
		return NULL;
	p = pgref_alloc_exact(nid, size, gfp);
	kapi_leave(t);
	return p;
}

void *alloc_pages_exact(size_t size, gfp_t gfp)
{
	return alloc_pages_exact_nid(NUMA_NO_NODE, size, gfp);
}

void free_pages_exact(void *addr, size_t size)
{
	struct page *page = kv_virt_to_page(addr);

	for (size_t i = 0; i < DIV_ROUND_UP(size, PAGE_SIZE); i++)
		__free_pages(page + i, 0);
}

unsigned long alloc_pages_bulk_node(gfp_t gfp, int nid, unsigned long nr,
				    struct page **pages)
{
	struct thread_cache *t;
	unsigned long filled;

	gfp = kapi_may_alloc(gfp, "alloc_pages_bulk");
	gfp = kapi_init_gfp(gfp);
	t = kapi_enter();
	if (!t)
		return 0;
	filled = pgref_alloc_bulk(nid, gfp, nr, pages);
	kapi_leave(t);
	return filled;
}

struct page *alloc_contig_pages(unsigned long nr, gfp_t gfp, int nid,
				const struct nodemask *nodemask)
{
	struct thread_cache *t;
	struct page *page;

	(void)nodemask;
	gfp = kapi_may_alloc(gfp, "alloc_contig_pages");
	t = kapi_enter();
	if (!t)
		return NULL;
	page = pgref_alloc_contig(nr, gfp, nid);
	kapi_leave(t);
	return page;
}

void free_contig_range(unsigned long pfn, unsigned long nr)
{
	struct thread_cache *t = enter_to_free();
	unsigned long used;

	if (!t)
		return;
	used = pgref_free_contig(pfn, nr);
	kapi_leave(t);
	KAPI_WARN(used, "%lu pages are still in use!", used);
}

void split_page(struct page *page, unsigned int order)
{
	KAPI_BUG_ON(pgref_is_compound(page));
	KAPI_BUG_ON(!pgref_count(page));
	pgref_split(page, order);
}

void drain_local_pages_kv(void)
{
	struct thread_cache *t = kapi_enter();

	if (!t)
		return;
	drain_local_pages();
	kapi_leave(t);
}

void drain_all_pages_kv(void)
{
	struct thread_cache *t = kapi_enter();

	if (!t)
		return;
	drain_all_pages();
	kapi_leave(t);
}
