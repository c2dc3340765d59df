/* SPDX-License-Identifier: MIT */
/*
 * pageblock.c - migrate types: whose pageblock a free block lies in, and what
 * happens when a type has no block left.
 *
 * Theory: mixing long-lived with movable pages is what fragments memory, so
 * each 2 MiB pageblock has one type. A request whose lists are empty takes,
 * in this order (the kernel's rules):
 *   1. a whole free pageblock of another type, which then is ours;
 *   2. fresh memory, where the kernel's, movable from the start, would be (1);
 *   3. unless only that is wanted (NOFRAGMENT): a pageblock of another type
 *      that is at least half free or used by our kind, the largest free block
 *      first; the watermarks are boosted for that;
 *   4. a single block of another type, the smallest;
 *   5. for who can't wait: a block of the HighAtomic reserve.
 *
 * The reserve is made of pageblocks from which a large atomic request was
 * served, up to a hundredth of the zone, and is given back under pressure.
 * Locks: everything here runs under zone->lock.
 */
#include "mm/buddy.h"

/* the kernel's rules 4.2: where else to look, first choice first. */
static const u8 fallbacks[MIGRATE_PCPTYPES][2] = {
	[MIGRATE_UNMOVABLE] = { MIGRATE_RECLAIMABLE, MIGRATE_MOVABLE },
	[MIGRATE_MOVABLE] = { MIGRATE_RECLAIMABLE, MIGRATE_UNMOVABLE },
	[MIGRATE_RECLAIMABLE] = { MIGRATE_UNMOVABLE, MIGRATE_MOVABLE },
};

void set_pageblock_mt(struct zone *z, unsigned long pfn, enum migratetype mt)
{
	struct pageblock *pb = pfn_to_pageblock(pfn);

	z->mirror->pageblocks[pb->mt]--;
	z->mirror->pageblocks[mt]++;
	__atomic_store_n(&pb->mt, (u8)mt, __ATOMIC_RELAXED);
}

/* Moves a pageblock's free blocks to the lists of @mt, and the pageblock. */
static void move_pageblock(struct zone *z, unsigned long pfn,
			   enum migratetype mt)
{
	unsigned long end;

	pfn = ALIGN_DOWN(pfn, PAGEBLOCK_PAGES);
	end = pfn + PAGEBLOCK_PAGES;
	set_pageblock_mt(z, pfn, mt);
	while (pfn < end) {
		struct page *page = pfn_to_page(pfn);

		if (!is_free_head(page)) {
			pfn++;
			continue;
		}
		block_del(z, pfn);
		block_add(z, pfn, page->order, mt, page->buddy.dirty, true);
		pfn += 1ul << page->order;
	}
}

/* What a pageblock holds; frames of unknown kind count as neither. */
struct pageblock_use {
	unsigned long free, movable;
};

static NO_TSAN struct pageblock_use pageblock_use(unsigned long pfn)
{
	struct pageblock_use use = { 0 };
	unsigned long end;

	pfn = ALIGN_DOWN(pfn, PAGEBLOCK_PAGES);
	end = pfn + PAGEBLOCK_PAGES;
	while (pfn < end) {
		const struct page *page = pfn_to_page(pfn);
		unsigned long nr = 1;

		if (page->type == PAGE_BUDDY) {
			nr = 1ul << page->order;
			use.free += nr;
		} else if (page->type == PAGE_USED &&
			   (page->flags & PG_MOVABLE)) {
			nr = page->run.nr_pages;
			use.movable += nr;
		}
		pfn += nr;
	}
	return use;
}

/* Is enough of the pageblock free or of a kind with @mt to take it over? */
static bool pageblock_suits(unsigned long pfn, enum migratetype mt)
{
	struct pageblock_use use = pageblock_use(pfn);
	unsigned long alike = 0;

	if (mt == MIGRATE_MOVABLE)
		alike = use.movable;
	else if (pageblock_mt(pfn) == MIGRATE_MOVABLE)
		alike = PAGEBLOCK_PAGES - use.free - use.movable;
	return use.free + alike >= PAGEBLOCK_PAGES / 2;
}

/* Mixing types costs contiguity: keep more free for a while (5.0 and later). */
static void boost_watermark(struct zone *z)
{
	unsigned long most =
		max_ul(PAGEBLOCK_PAGES, z->watermark[WMARK_HIGH] * 3 / 2);

	if (machine.cfg.kernel && machine.cfg.kernel < 500)
		return;
	if (z->managed < 4 * PAGEBLOCK_PAGES)
		return;
	__atomic_store_n(&z->boost, min_ul(z->boost + PAGEBLOCK_PAGES, most),
			 __ATOMIC_RELAXED);
	__atomic_store_n(&z->kswapd_wanted, true, __ATOMIC_RELAXED);
	zone_update_marks(z);
	count_event(KV_watermark_boost);
}

/* A block of exactly @order and @mt. */
static u32 block_of_order(const struct zone *z, unsigned int order,
			  enum migratetype mt)
{
	const struct free_list *l = z->area[order].list[mt];

	return l[LIST_DIRTY].head ? l[LIST_DIRTY].head : l[LIST_CLEAN].head;
}

/* Tries to make the pageblock(s) of free block @pfn those of @mt. */
static bool claim_pageblock(struct zone *z, u32 pfn, enum migratetype mt)
{
	struct page *page = pfn_to_page(pfn);
	unsigned int order = page->order;

	if (order < PAGEBLOCK_ORDER) {
		boost_watermark(z);
		if (!pageblock_suits(pfn, mt))
			return false;
		move_pageblock(z, pfn, mt);
	} else {
		block_del(z, pfn);
		for (unsigned long i = 0; i < 1ul << order;
		     i += PAGEBLOCK_PAGES)
			set_pageblock_mt(z, pfn + i, mt);
		block_add(z, pfn, order, mt, page->buddy.dirty, false);
	}
	count_event(KV_pageblock_claim);
	return true;
}

/* A block of another type, the largest first, with its whole pageblock. */
static u32 claim(struct zone *z, const struct page_request *rq,
		 unsigned int least)
{
	for (unsigned int o = MAX_PAGE_ORDER + 1; o-- > least;) {
		u32 pfn = 0;

		if (o < PAGEBLOCK_ORDER / 2 && rq->mt == MIGRATE_MOVABLE)
			return 0;
		for (unsigned int i = 0; i < ARRAY_SIZE(fallbacks[0]) && !pfn;
		     i++)
			pfn = block_of_order(z, o, fallbacks[rq->mt][i]);
		if (pfn && claim_pageblock(z, pfn, rq->mt))
			return find_block(z, rq->order, rq->mt, 0);
	}
	return 0;
}

/* A single block of another type, the smallest first. */
static u32 steal(struct zone *z, const struct page_request *rq)
{
	for (unsigned int o = rq->order; o <= MAX_PAGE_ORDER; o++) {
		for (unsigned int i = 0; i < ARRAY_SIZE(fallbacks[0]); i++) {
			u32 pfn = block_of_order(z, o, fallbacks[rq->mt][i]);

			if (!pfn)
				continue;
			count_event(KV_page_steal);
			return pfn;
		}
	}
	return 0;
}

NOINLINE u32 find_elsewhere(struct zone *z, const struct page_request *rq,
			    unsigned int flags)
{
	u32 pfn = claim(z, rq, max_ul(rq->order, PAGEBLOCK_ORDER));

	if (!pfn && zone_online_block(z, rq->mt))
		pfn = find_block(z, rq->order, rq->mt, flags);
	if (!pfn) /* not only clean ones, any more */
		pfn = find_block(z, rq->order, rq->mt, 0);
	if (!pfn && !(flags & ALLOC_NOFRAGMENT)) {
		pfn = claim(z, rq, rq->order);
		if (!pfn)
			pfn = steal(z, rq);
	}
	if (!pfn && (flags & (ALLOC_OOM | ALLOC_NON_BLOCK)))
		pfn = find_block(z, rq->order, MIGRATE_HIGHATOMIC, 0);
	return pfn;
}

/* HighAtomic reserve */

NO_TSAN unsigned long nr_free_highatomic(const struct zone *z)
{
	unsigned long pages = 0;

	for (unsigned int o = 0; o < NR_PAGE_ORDERS; o++)
		pages += z->area[o].nr_free[MIGRATE_HIGHATOMIC] << o;
	return pages;
}

static void set_nr_highatomic(struct zone *z, unsigned long pages)
{
	__atomic_store_n(&z->nr_highatomic, pages, __ATOMIC_RELAXED);
	z->mirror->nr_reserved_highatomic = pages;
	z->mirror->nr_free_highatomic = nr_free_highatomic(z);
	zone_update_marks(z);
}

void reserve_highatomic(struct zone *z, unsigned long pfn)
{
	unsigned long most = z->managed / 100;

	if (most < PAGEBLOCK_PAGES ||
	    z->nr_highatomic >= ALIGN_UP(most, PAGEBLOCK_PAGES) ||
	    pageblock_mt(pfn) >= MIGRATE_PCPTYPES)
		return;
	move_pageblock(z, pfn, MIGRATE_HIGHATOMIC);
	set_nr_highatomic(z, z->nr_highatomic + PAGEBLOCK_PAGES);
	count_event(KV_highatomic_reserve);
}

bool unreserve_highatomic(struct zone *z, enum migratetype mt, bool force)
{
	u32 pfn;

	if (z->nr_highatomic <= (force ? 0 : PAGEBLOCK_PAGES))
		return false;
	pfn = find_block(z, 0, MIGRATE_HIGHATOMIC, 0);
	if (!pfn)
		return false;
	move_pageblock(z, pfn, mt);
	set_nr_highatomic(z, z->nr_highatomic - PAGEBLOCK_PAGES);
	return true;
}
