/* SPDX-License-Identifier: MIT */
/*
 * compaction.c - direct compaction.
 *
 * Theory: a large free block can be made by moving the movable pages out of
 * an aligned range that holds nothing else but free blocks. The kernel scans
 * from both ends of a zone; here the range with the fewest pages to move is
 * chosen, its free blocks are taken out of circulation, its pages are moved
 * one by one to other free frames, and the whole is freed as one block.
 * Movable is what was allocated with __GFP_MOVABLE at order 0, if somebody
 * registered how to move it; by default nobody did, and compaction reports
 * itself skipped, which is what makes the slow path end.
 *
 * When it is tried (the kernel's rules): order-0 watermark with twice the block
 * on top, costly orders only where fragmentation is the cause; after a failure
 * it is deferred for up to 2^6 attempts.
 * Locks: zone->lock inside, dropped while a page moves.
 */
#include "mm/compaction.h"

#include "lib/bug.h"

enum {
	MAX_DEFER_SHIFT = 6,
	EXTFRAG_THRESHOLD = 500,
};

static const struct movable_ops *movable;

void register_movable_ops(const struct movable_ops *ops)
{
	__atomic_store_n(&movable, ops, __ATOMIC_RELEASE);
}

/* deferral */

static bool is_deferred(struct zone *z, unsigned int order)
{
	unsigned int limit = 1u << z->defer.shift;

	if (!z->defer.shift || order < z->defer.order)
		return false;
	if (++z->defer.considered > limit)
		z->defer.considered = limit;
	return z->defer.considered < limit;
}

static void defer(struct zone *z, unsigned int order)
{
	z->defer.considered = 0;
	if (z->defer.shift < MAX_DEFER_SHIFT)
		z->defer.shift++;
	if (!z->defer.order || order < z->defer.order)
		z->defer.order = (u8)order;
}

static void defer_reset(struct zone *z)
{
	z->defer.considered = 0;
	z->defer.shift = 0;
	z->defer.order = 0;
}

static bool is_suitable(struct zone *z, const struct page_request *rq)
{
	unsigned int order = rq->order;
	unsigned long mark = zone_mark(z, ALLOC_WMARK_MIN) + (2ul << order);
	int index;

	if (order > PAGE_ALLOC_COSTLY_ORDER)
		mark += z->watermark[WMARK_LOW] - z->watermark[WMARK_MIN];
	if (!zone_watermark_ok(z, 0, mark, rq->highest, 0))
		return false;
	if (order <= PAGE_ALLOC_COSTLY_ORDER)
		return true;
	index = extfrag_index(z, order);
	return index < 0 || index > EXTFRAG_THRESHOLD;
}

/* ranges */

static NO_TSAN bool is_movable(const struct page *page)
{
	return page->type == PAGE_USED && (page->flags & PG_MOVABLE) &&
	       page->run.nr_pages == 1;
}

/* Pages to move out of [@pfn, @pfn + 2^@order), or -1 if something can't. */
static NO_TSAN int pages_to_move(unsigned long pfn, unsigned int order,
				 int limit)
{
	unsigned long end = pfn + (1ul << order);
	int n = 0;

	while (pfn < end && n < limit) {
		const struct page *page = pfn_to_page(pfn);

		if (page->type == PAGE_BUDDY && page->order < order) {
			pfn += 1ul << page->order;
		} else if (is_movable(page)) {
			n++;
			pfn++;
		} else {
			return -1;
		}
	}
	return n;
}

/* The range that costs least; 0 if there is none. Lock held. */
static unsigned long best_range(const struct zone *z, unsigned int order,
				enum compact_priority prio)
{
	unsigned long step = 1ul << order, best = 0;
	int least = (int)MAX_BLOCK_PAGES + 1;

	for (unsigned long pfn = ALIGN_UP(z->start_pfn, step);
	     pfn + step <= z->online_end; pfn += step) {
		int n;

		if (prio == COMPACT_ASYNC &&
		    pageblock_mt(pfn) != MIGRATE_MOVABLE)
			continue;
		n = pages_to_move(pfn, order, least);
		if (n >= 0 && n < least) {
			least = n;
			best = pfn;
		}
	}
	return best;
}

/* What evacuation has in hand: heads of pieces of the range, by bit. */
struct evacuation {
	unsigned long start;
	unsigned int order;
	u64 ours[MAX_BLOCK_PAGES / 64];
};

static void mark_ours(struct evacuation *e, unsigned long pfn)
{
	unsigned long i = pfn - e->start;

	e->ours[i / 64] |= (u64)1 << i % 64;
}

/* Moves one page out of the range; the frame is ours then. */
static bool move_page(struct zone *z, struct evacuation *e, unsigned long pfn)
{
	struct page_request rq = {
		.nr = 1,
		.mt = MIGRATE_MOVABLE,
		.highest = z->type,
		.nid = z->node,
	};
	struct page *from = pfn_to_page(pfn), *to;
	u32 dest = buddy_alloc(z, &rq, 0);
	bool moved;

	if (!dest)
		return false;
	to = pfn_to_page(dest);
	to->flags = PG_MOVABLE;
	to->refcount = from->refcount;
	to->run = from->run;
	zone_unlock(z);
	moved = movable->migrate(from, to);
	zone_lock(z);
	if (!moved) {
		buddy_free_block(z, dest, 0, true);
		return false;
	}
	from->flags = 0;
	from->refcount = 0;
	dirty_set(pfn, 1);
	mark_ours(e, pfn);
	count_event(KV_compact_migrated);
	return true;
}

/* Takes everything in the range into our hands; false if that stops. */
static bool evacuate(struct zone *z, struct evacuation *e)
{
	unsigned long end = e->start + (1ul << e->order);

	for (unsigned long pfn = e->start; pfn < end;) {
		struct page *page = pfn_to_page(pfn);

		if (page->type == PAGE_BUDDY && page->order < e->order) {
			buddy_isolate(z, pfn);
			mark_ours(e, pfn);
		}
		pfn += page->type == PAGE_USED ? page->run.nr_pages : 1;
	}
	for (unsigned long pfn = e->start; pfn < end; pfn++) {
		struct page *page = pfn_to_page(pfn);
		unsigned long i = pfn - e->start;

		if (e->ours[i / 64] >> i % 64 & 1) {
			pfn += page->run.nr_pages - 1;
			continue;
		}
		if (!is_movable(page) || !move_page(z, e, pfn))
			return false;
	}
	return true;
}

static void put_back(struct zone *z, const struct evacuation *e, bool whole)
{
	if (whole) {
		buddy_free_block(z, e->start, e->order, false);
		return;
	}
	for (unsigned long i = 0; i < 1ul << e->order; i++) {
		unsigned long pfn = e->start + i;

		if (e->ours[i / 64] >> i % 64 & 1)
			buddy_free(z, pfn, pfn_to_page(pfn)->run.nr_pages,
				   false);
	}
}

/* Lock held on entry and exit, not all the time between. */
static enum compact_result compact_zone(struct zone *z,
					const struct page_request *rq,
					enum compact_priority prio)
{
	struct evacuation e = { .order = rq->order };
	bool done = false;

	if (prio != COMPACT_SYNC_FULL && is_deferred(z, rq->order))
		return COMPACT_DEFERRED;
	if (!is_suitable(z, rq))
		return COMPACT_SKIPPED;
	e.start = best_range(z, rq->order, prio);
	if (e.start) {
		done = evacuate(z, &e);
		put_back(z, &e, done);
	}
	if (!done && prio != COMPACT_ASYNC)
		defer(z, rq->order);
	return done ? COMPACT_SUCCESS : COMPACT_FAILED;
}

struct page *direct_compact(const struct page_request *rq, unsigned int flags,
			    enum compact_priority prio,
			    enum compact_result *result)
{
	*result = COMPACT_SKIPPED;
	if (!rq->order || !(rq->gfp & __GFP_IO))
		return NULL;
	count_event(KV_compact_stall);
	if (!__atomic_load_n(&movable, __ATOMIC_ACQUIRE))
		return NULL;
	for_each_zone_of (rq, z) {
		enum compact_result r;
		struct page *page = NULL;

		zone_lock(z);
		r = compact_zone(z, rq, prio);
		if (r == COMPACT_SUCCESS)
			defer_reset(z);
		zone_unlock(z);
		if (r > *result)
			*result = r;
		if (r == COMPACT_SUCCESS)
			page = get_page_from_zones(rq, flags);
		if (page) {
			count_event(KV_compact_success);
			return page;
		}
	}
	return NULL;
}
