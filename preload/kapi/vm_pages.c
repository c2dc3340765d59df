/* SPDX-License-Identifier: MIT */
/*
 * vm_pages.c - frames for an area.
 *
 * The rule of Linux 7.0: blocks as large as what is still missing, from order
 * 10 downwards, as long as they cost nothing (no direct reclaim), each split
 * into single pages; then single pages in batches; then one by one, with all
 * that the caller's flags allow. Here it pays twice: each run of adjacent
 * frames is one mapping.
 */
#include "kapi/vm.h"

#include "kapi/meminit.h"
#include "mm/page_ref.h"

enum { BATCH = 100 };

static unsigned long nr_vmalloc_pages;

/* A block as single pages. False: there is none. */
static bool get_block(struct page **pages, gfp_t gfp, int node,
		      unsigned int order)
{
	struct page *page = pgref_alloc(node, gfp, order);

	if (!page)
		return false;
	if (order)
		pgref_split(page, order);
	for (unsigned long i = 0; i < 1ul << order; i++)
		pages[i] = page + i;
	return true;
}

static unsigned long get_large(struct page **pages, unsigned long nr, gfp_t gfp,
			       int node)
{
	unsigned int order = min_ul(ilog2_ul(nr), MAX_PAGE_ORDER);
	unsigned long got = 0;

	gfp &= ~(gfp_t)(__GFP_DIRECT_RECLAIM | __GFP_NOFAIL);
	while (order && got < nr) {
		if (nr - got < 1ul << order ||
		    !get_block(pages + got, gfp | __GFP_NOWARN, node, order))
			order--;
		else
			got += 1ul << order;
	}
	return got;
}

static unsigned long get_single(struct page **pages, unsigned long nr,
				gfp_t gfp, int node)
{
	unsigned long got = 0;

	while (got < nr) {
		unsigned long want = min_ul(nr - got, BATCH), i;

		for (i = 0; i < want; i++)
			pages[got + i] = NULL;
		i = pgref_alloc_bulk(node, gfp & ~(gfp_t)__GFP_NOFAIL, want,
				     pages + got);
		got += i;
		if (i < want)
			break;
	}
	while (got < nr && get_block(pages + got, gfp, node, 0))
		got++;
	return got;
}

unsigned long vm_pages_get(struct page **pages, unsigned long nr, gfp_t gfp,
			   int node, unsigned int order)
{
	struct thread_cache *t = kapi_enter();
	unsigned long got = 0;

	if (!t)
		return 0;
	gfp = kapi_init_gfp(gfp);
	if (order) {
		while (got < nr && get_block(pages + got, gfp, node, order))
			got += 1ul << order;
	} else {
		got = nr > 1 ? get_large(pages, nr, gfp, node) : 0;
		got += get_single(pages + got, nr - got, gfp, node);
	}
	kapi_leave(t);
	return got;
}

void vm_pages_put(struct page *const *pages, unsigned long nr)
{
	struct thread_cache *t = kapi_enter();

	for (unsigned long i = 0; i < nr; i++) {
		if (!pages[i])
			continue;
		kapi_clear_before_free(pages[i], 0);
		pgref_free(pages[i], 0);
	}
	if (t)
		kapi_leave(t);
}

void vm_count_pages(long nr)
{
	__atomic_add_fetch(&nr_vmalloc_pages, (unsigned long)nr,
			   __ATOMIC_RELAXED);
}

unsigned long vmalloc_nr_pages(void)
{
	return __atomic_load_n(&nr_vmalloc_pages, __ATOMIC_RELAXED);
}
