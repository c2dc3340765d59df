/* SPDX-License-Identifier: MIT */
/*
 * page_ref.h - pages with reference counts, as kernel code handles them.
 *
 * alloc_pages() hands out blocks that their owner frees once. Code written
 * for the kernel counts users, splits blocks, and frees part of them: that is
 * here, for the kernel interface, and costs the other callers nothing. Names
 * start with pgref_, so that the kernel's own stay free for who exports them.
 *
 * Two kinds of blocks of more than one page:
 *  - compound (__GFP_COMP): one count, on the head, for all pages; every
 *    function below takes any page of it. The last reference frees the
 *    whole block.
 *  - others: each page has a count of its own. Only the first one's starts
 *    at 1, the rest at 0.
 * A page's count is 0 when it is free, and when its owner does not count: a
 * slab, a large kmalloc block ("frozen" pages).
 *
 * Blocks come from here: the counts of tails of blocks that alloc_pages()
 * handed out directly are not defined. Order-0 pages of either may be mixed.
 *
 * Misuse is told to pgref_bad_page(): a page freed twice (the second time is
 * ignored), and a block with a tail still counted, or with an owner's mapping
 * left in it, when its last reference goes: it stays out of circulation.
 *
 * nid: 0..nodes-1, or NUMA_NO_NODE for the CPU's own.
 */
#ifndef KV_PAGE_REF_H
#define KV_PAGE_REF_H

#include "mm/page_alloc.h"

/*
 * Called with a page whose state forbids to free it and why, in the kernel's
 * words. Default: "BUG: Bad page state in process <comm>  pfn:<pfn>" and the
 * reason on fd 2, at most 60 a minute.
 */
extern HIDDEN void (*pgref_bad_page)(const struct page *page,
				     const char *reason);

#ifdef KV_KAPI
/* Flags of an owner that a page may not have when it is freed; 0 at first. */
extern HIDDEN unsigned long pgref_flags_check_at_free;
#endif

/* Head of the compound block @page lies in; @page itself if in none. */
struct page *pgref_head(const struct page *page);

/* Is @page in a compound block, as head or tail? As tail? */
bool pgref_is_compound(const struct page *page);
bool pgref_is_tail(const struct page *page);

/* Order of the compound block @page is in; 0 if in none. */
unsigned int pgref_order(const struct page *page);

/* References: of the head, in a compound block. */
unsigned int pgref_count(const struct page *page);
/* Takes one more; somebody must hold one already (else: bad page). */
void pgref_get(struct page *page);
/* As pgref_get() unless the count is 0: false then. For any page. */
bool pgref_get_unless_zero(struct page *page);

/*
 * Drops one reference. The last one frees the compound block, or the one
 * page: of a block that is not compound the rest is lost, as in the kernel
 * (who wants it all back calls pgref_free()). A tail of such a block goes with
 * its block, not alone.
 */
void pgref_put(struct page *page);

/* What kernel code may rely on in a page it gets. */
static inline void pgref_reset_owner(struct page *page)
{
#ifdef KV_KAPI
	page->mapping = NULL;
	page->private = 0;
	page->owner_flags = 0;
#else
	(void)page;
#endif
}

/*
 * As alloc_pages_node(): a block of 2^@order pages, its head counted once;
 * compound with __GFP_COMP (orders > 0), else with tails that count 0.
 */
struct page *pgref_alloc(int nid, gfp_t gfp, unsigned int order);

/*
 * The kernel's __free_pages(): drops one reference of @page. If it was the
 * last, the block of @order is freed. If not and the block isn't compound,
 * all of it but the first page is, as blocks of @order - 1 .. 0. @order must
 * be what was asked for; if it says more than the block has, that is a bad
 * page and nothing happens.
 */
void pgref_free(struct page *page, unsigned int order);

/* Makes 2^@order pages of order 0 of a block that is not compound, each
 * counted once. */
void pgref_split(struct page *page, unsigned int order);

/*
 * @size bytes, rounded up to pages, in pages of order 0 each counted once
 * (any may be freed alone); what the block has beyond goes back at once.
 * __GFP_COMP and __GFP_HIGHMEM are dropped with a warning. NULL beyond 4 MiB
 * and when there is none.
 */
void *pgref_alloc_exact(int nid, size_t size, gfp_t gfp);
/* Frees them: a pgref_free() for each page. */
void pgref_free_exact(void *p, size_t size);

/*
 * Fills the NULL slots of @array[0..@nr) with pages of order 0. Returns how
 * many slots from the start are filled then, which may be less than @nr:
 * it makes no effort (reclaim) for more than one page.
 */
unsigned long pgref_alloc_bulk(int nid, gfp_t gfp, unsigned long nr,
			       struct page **array);

/*
 * @nr adjacent pages, any number, beyond order 10 too: each of order 0 and
 * counted once. Aligned to @nr if that is a power of two. Only what is free,
 * or becomes so by reclaim where @gfp allows it: nothing is moved. NULL if
 * there is no such run; __GFP_COMP, __GFP_NOFAIL and __GFP_NORETRY are
 * refused (NULL, with a warning once).
 */
struct page *pgref_alloc_contig(unsigned long nr, gfp_t gfp, int nid);
/* A pgref_free() for each of the pages; how many others still use. */
unsigned long pgref_free_contig(unsigned long pfn, unsigned long nr);

#endif
