/* SPDX-License-Identifier: MIT */
/*
 * page_contig.c - runs of adjacent pages of any length, beyond the largest
 * block too.
 *
 * Theory: free blocks that follow one another are a run, whatever their orders
 * are; deferred frames go on where the online ones end. The lowest run that is
 * long enough is found by walking the zone from block to block, and taken
 * under the same lock. Pages on per-CPU lists are in nobody's way once they
 * are drained; what else is in use stays where it is (the kernel would
 * migrate movable pages), but caches are asked to give memory back if the
 * first walk finds nothing.
 *
 * The HighAtomic reserve is left alone, and so is the min watermark.
 * Locks: zone->lock inside, held for the whole walk: this is no hot path.
 */
#include "mm/page_ref.h"

#include "lib/bug.h"
#include "mm/buddy.h"

/* Start of @nr frames in the free run [@from, @to), or 0. */
static unsigned long fit(unsigned long from, unsigned long to, unsigned long nr)
{
	if (!(nr & (nr - 1)))
		from = ALIGN_UP(from, nr);
	return from + nr <= to ? from : 0;
}

/* The lowest run of the zone; 0 if there is none. Lock held. */
static unsigned long find_run(const struct zone *z, unsigned long nr)
{
	unsigned long pfn = z->start_pfn, from = pfn, start;

	while (pfn < z->online_end) {
		const struct page *page = pfn_to_page(pfn);

		if (is_free_head(page) &&
		    pageblock_mt(pfn) < MIGRATE_PCPTYPES) {
			pfn += 1ul << page->order;
			start = fit(from, pfn, nr);
			if (start)
				return start;
		} else {
			from = ++pfn;
		}
	}
	if (z->commit_failed)
		return 0;
	return fit(max_ul(from, z->start_pfn),
		   z->online_end + (deferred_blocks(z) << MAX_PAGE_ORDER), nr);
}

/* The frames are out of the buddy's hands: makes pages of them. */
static void begin_pages(const struct zone *z, unsigned long pfn,
			unsigned long nr, gfp_t gfp)
{
	for (unsigned long end = pfn + nr; pfn < end; pfn++) {
		struct page *page = pfn_to_page(pfn);

		page->word = page_word(PAGE_USED, 0, z->index);
		page->refcount = 1;
		page->run.nr_pages = 1;
		pgref_reset_owner(page);
		if (!dirty_count(pfn, 0))
			page->flags |= PG_ZERO;
		if (gfp & __GFP_MOVABLE)
			page->flags |= PG_MOVABLE;
	}
}

static unsigned long take_run(struct zone *z, const struct page_request *rq,
			      unsigned long nr)
{
	unsigned long keep =
		zone_mark(z, ALLOC_WMARK_MIN) + z->lowmem_reserve[rq->highest];
	unsigned long pfn = 0;

	zone_lock(z);
	if (z->nr_free > keep && z->nr_free - keep >= nr)
		pfn = find_run(z, nr);
	while (pfn && z->online_end < pfn + nr)
		if (!zone_online_block(z, rq->mt))
			pfn = 0;
	if (pfn && !buddy_take_range(z, pfn, pfn + nr))
		pfn = 0;
	if (pfn)
		begin_pages(z, pfn, nr, rq->gfp);
	zone_unlock(z);
	return pfn;
}

static unsigned long take_anywhere(const struct page_request *rq,
				   unsigned long nr)
{
	for_each_zone_of (rq, z) {
		unsigned long pfn = take_run(z, rq, nr);

		if (pfn)
			return pfn;
	}
	return 0;
}

static bool gfp_is_odd(gfp_t gfp)
{
	static bool seen;

	return WARN_ON_ONCE_IN(
		seen, gfp & (__GFP_COMP | __GFP_NOFAIL | __GFP_NORETRY));
}

struct page *pgref_alloc_contig(unsigned long nr, gfp_t gfp, int nid)
{
	struct page_request rq;
	struct page *page;
	unsigned long pfn;

	if (!nr || nr > machine.nr_pages || gfp_is_odd(gfp))
		return NULL;
	page_request_init(&rq, gfp, 0, 1);
	if (nid >= 0 && nid < (int)machine.nr_nodes)
		rq.nid = nid;
	drain_all_pages();
	pfn = take_anywhere(&rq, nr);
	if (!pfn && (gfp & __GFP_DIRECT_RECLAIM)) {
		reclaim_all(gfp);
		drain_all_pages();
		pfn = take_anywhere(&rq, nr);
	}
	if (!pfn) {
		last_alloc_fail = ALLOC_FRAG;
		count_event(KV_page_alloc_fail);
		return NULL;
	}
	count_events(KV_pgalloc, nr);
	page = pfn_to_page(pfn);
	for (unsigned long i = 0; i < nr; i++)
		if ((gfp & __GFP_ZERO) && !(page[i].flags & PG_ZERO))
			clear_pages(&page[i], 1);
	return page;
}

unsigned long pgref_free_contig(unsigned long pfn, unsigned long nr)
{
	unsigned long used = 0;

	for (unsigned long end = pfn + nr; pfn < end; pfn++) {
		struct page *page = pfn_to_page(pfn);

		used += pgref_count(page) != 1;
		pgref_free(page, 0);
	}
	return used;
}
