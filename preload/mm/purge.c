/* SPDX-License-Identifier: MIT */
/*
 * purge.c - giving the memory of free blocks back to the system.
 *
 * Theory: a free frame that is resident ("dirty") saves the next user a page
 * fault, which costs as much as thirty clearings of a page; but to whom looks
 * at the process it is a leak. So a budget of dirty free pages is kept,
 * max(8 MiB, a twelfth of what is used), and what exceeds it goes while
 * memory is being freed, since later nobody may call: there is no thread and
 * no timer. The check is one compare where a block of 64 KiB or more becomes
 * free; the work is done in lots of a quarter of the budget, so that a loop
 * that frees and takes the same few blocks never gets here.
 *
 * A heap at work is no leak: while a third of what was used lately (within
 * REGRET_NS, or as long before) is used, what it used more then may wait to be
 * used again, up to SWING_MAX. (Random replacement of 16 KiB to 1 MiB: 25.6 k
 * page faults became 19.1 k, as many as without any purge; 26.7 k with a half
 * for a third, 20.4 k with 16 MiB, 24.1 k if only as many pages wait as are
 * used. With a quarter small blocks that are left keep 32 MiB more.) What is
 * used is looked at in ticks, which slow paths call as well. Of a heap that is
 * all but gone, an eighth of its peak, only half of the 8 MiB are kept: caches
 * of threads hold some MiB more.
 *
 * A program whose use swings by more than the budget would pay with faults
 * on each swing: pages that are wanted again within REGRET_NS of a purge are
 * regretted, and raise the budget by twice as many, at most by half the
 * peak; half of that goes with each REGRET_NS without a purge. (Before heaps
 * at work kept more, and with runs that left tails: raising it by as many,
 * 41 k faults instead of 37 k in random replacement; a limit of what is used
 * for what was learnt, 73 k; a least budget of 4 MiB at all times, 59 k.)
 *
 * What goes first: the largest blocks, of those the coldest (the tail of the
 * dirty lists); blocks below 64 KiB, dearer by the page, only for what larger
 * ones could not make up. (Only after these have been too few for 8 ms, since
 * while much is freed they become larger ones: a burst ends 15% sooner, but
 * free pages between used ones stay if nobody calls any more. Small blocks
 * only where less than an eighth is used: the same, and an aged heap that
 * shrank keeps 95 MiB instead of 81.)
 *
 * A system call for two pages costs 1.4 us here, most of it the flush of the
 * TLB, for 64 pages 7 us. So the free blocks on both sides go with a block, as
 * far as its pageblock goes: of a heap that is freed in any order they are
 * parts of one gap. (burst-2t: 850 to 1800 calls became 170 to 400, 3.6 ms
 * 2.4. process_madvise() of 16 blocks each would take a quarter, but it is no
 * call that sandboxes know of an allocator.) The blocks are off their lists
 * while the system call runs, and the lock is not held.
 *
 * Locks: purge.lock (taken by trylock, or by who asked for a purge), outside
 * zone->lock.
 */
#include "lib/bug.h"
#include "mm/huge_linear.h"
#include "mm/pcp.h"
#include "os/os.h"

enum {
	BUDGET_MIN = (8 << 20) >> PAGE_SHIFT,
	BUDGET_SHARE = 12, /* of pages in use */
	REMNANT = 8,	   /* of the peak: the heap is all but gone */
	AT_WORK = 3,	   /* of what was used lately: it is at work */
	SWING_MAX = (32 << 20) >> PAGE_SHIFT,
	REGRET_WEIGHT = 2, /* pages of budget for one regretted */
	PURGE_ORDER = 4,   /* 64 KiB */
	TICK_PAGES = 128,  /* freed between two ticks, at least */
};
#define REGRET_NS 1000000000ull

static struct {
	struct spinlock lock; /* all below */
	unsigned long extra;  /* pages that regret adds to the budget */
	unsigned long peak;   /* of pages used or dirty, as ticks saw it */
	unsigned long purged; /* pages lately purged, not regretted yet */
	unsigned long taken;  /* clean_taken of all zones at the last tick */
	u64 when;	      /* of the last purge, or loss of extra */
	unsigned long high;   /* most pages used since `since` */
	unsigned long before; /* and in the time of REGRET_NS before */
	u64 since;
} purge;

void purge_boot(void)
{
	purge.extra = 0;
	purge.peak = 0;
	purge.purged = 0;
	purge.taken = 0;
	purge.high = 0;
	purge.before = 0;
	for_each_zone (z)
		z->purge_trigger = BUDGET_MIN;
}

void purge_fork_child(void)
{
	spin_lock_init(&purge.lock);
}

/* The block's frames without those at its start that are not resident. */
static unsigned long dirty_start(unsigned long pfn, unsigned int order)
{
	while (order && !dirty_count(pfn, order - 1)) {
		order--;
		pfn += 1ul << order;
	}
	return pfn;
}

/* The same at its end. */
static unsigned long dirty_end(unsigned long pfn, unsigned int order)
{
	unsigned long end = pfn + (1ul << order);

	while (order && !dirty_count(end - (1ul << (order - 1)), order - 1)) {
		order--;
		end -= 1ul << order;
	}
	return end;
}

/* Free blocks side by side, off their lists. */
struct lot {
	unsigned long pfn, end; /* of all */
	unsigned long last;	/* the last one's */
	unsigned long dirty;	/* frames of them */
};

static bool is_dirty_block(unsigned long pfn)
{
	return is_free_head(pfn_to_page(pfn)) && pfn_to_page(pfn)->buddy.dirty;
}

static void lot_add(struct lot *lot, struct zone *z, unsigned long pfn)
{
	unsigned long end = pfn + (1ul << pfn_to_page(pfn)->order);

	lot->dirty += pfn_to_page(pfn)->buddy.dirty;
	buddy_isolate(z, pfn);
	lot->pfn = min_ul(lot->pfn, pfn);
	if (end > lot->end) {
		lot->end = end;
		lot->last = pfn;
	}
}

/* The free block that ends at @pfn, or 0. */
static unsigned long block_before(unsigned long pfn)
{
	for (unsigned int o = 0; !(pfn & ((1ul << o) - 1)); o++) {
		unsigned long head = pfn - (1ul << o);

		if ((pfn - 1) / PAGEBLOCK_PAGES != head / PAGEBLOCK_PAGES)
			break;
		if (is_dirty_block(head) && pfn_to_page(head)->order == o)
			return head;
	}
	return 0;
}

/* @pfn's block, and those beside it in the same pageblock. */
static void lot_collect(struct lot *lot, struct zone *z, unsigned long pfn)
{
	*lot = (struct lot){ .pfn = pfn };
	lot_add(lot, z, pfn);
	while (lot->end % PAGEBLOCK_PAGES && is_dirty_block(lot->end))
		lot_add(lot, z, lot->end);
	while (lot->pfn % PAGEBLOCK_PAGES && (pfn = block_before(lot->pfn)))
		lot_add(lot, z, pfn);
}

/* Back to the lists: dirty frames that are left. */
static unsigned long lot_free(const struct lot *lot, struct zone *z)
{
	unsigned long dirty = 0;

	for (unsigned long pfn = lot->pfn; pfn < lot->end;) {
		unsigned int order = pfn_to_page(pfn)->order;

		dirty += dirty_count(pfn, order);
		buddy_free_block(z, pfn, order, false);
		pfn += 1ul << order;
	}
	return dirty;
}

/*
 * Discards the free block @pfn and its free neighbours; the lock is dropped
 * meanwhile. Pages given back, 0 if the system refused.
 */
static unsigned long purge_block(struct zone *z, unsigned long pfn)
{
	unsigned long os_frames = os_page_size() >> PAGE_SHIFT;
	unsigned long first, end, nr;
	struct lot lot;
	bool split;

	lot_collect(&lot, z, pfn);
	first = dirty_start(lot.pfn, pfn_to_page(lot.pfn)->order);
	end = dirty_end(lot.last, pfn_to_page(lot.last)->order);
	first = ALIGN_UP(first, os_frames);
	end = ALIGN_DOWN(end, os_frames);
	nr = end > first ? end - first : 0;
	split = huge_purge(first, nr);
	zone_unlock(z);
	if (split)
		huge_split(first);
	if (nr && machine_discard(first, nr))
		nr = 0;
	zone_lock(z);
	dirty_clear(first, nr);
	return lot.dirty - lot_free(&lot, z);
}

/* Purges blocks of one order until @keep dirty pages are left in all zones. */
static unsigned long purge_order(struct zone *z, unsigned int order,
				 unsigned long keep)
{
	unsigned long pages = 0;

	for (int mt = 0; mt < MIGRATE_TYPES; mt++) {
		struct free_list *l = &z->area[order].list[mt][LIST_DIRTY];

		while (l->head && nr_dirty_free_pages() > keep) {
			unsigned long n = purge_block(z, l->tail);

			if (!n)
				return pages;
			pages += n;
		}
	}
	return pages;
}

/* The same for all orders down to @least, the largest first. */
static unsigned long purge_down(unsigned int least, unsigned long keep)
{
	unsigned long pages = 0;

	for (unsigned int o = MAX_PAGE_ORDER + 1; o-- > least;) {
		for_each_zone (z) {
			if (nr_dirty_free_pages() <= keep)
				break;
			zone_lock(z);
			pages += purge_order(z, o, keep);
			zone_unlock(z);
		}
	}
	count_events(KV_purged, pages);
	purge.purged += pages;
	return pages;
}

static NO_TSAN unsigned long clean_taken(void)
{
	unsigned long pages = 0;

	for_each_zone (z)
		pages += z->clean_taken;
	return pages;
}

unsigned long nr_used_pages(void)
{
	unsigned long pages = 0;

	for_each_zone (z)
		pages += z->managed - zone_nr_free(z);
	return pages;
}

/* Per-CPU pages are resident too: they count as part of the budget. */
static unsigned long all_pcp_pages(void)
{
	unsigned long pages = 0;

	for_each_zone (z)
		pages += z->managed ? pcp_pages(z) : 0;
	return pages;
}

/* What was given back lately and is wanted again raises the budget. */
static void learn(unsigned long used, u64 now)
{
	unsigned long taken = clean_taken();
	unsigned long held = used + nr_dirty_free_pages();
	unsigned long regret = min_ul(taken - purge.taken, purge.purged);

	purge.taken = taken;
	if (held > purge.peak)
		purge.peak = held;
	if (now - purge.when <= REGRET_NS) {
		purge.purged -= regret;
		purge.extra = min_ul(purge.extra + REGRET_WEIGHT * regret,
				     purge.peak / 2);
		return;
	}
	purge.when = now;
	purge.purged = 0;
	purge.extra /= 2;
	if (!purge.extra)
		purge.peak = held;
}

/* Pages that a heap at work may keep beside the least budget. */
static unsigned long work_budget(unsigned long used, u64 now)
{
	unsigned long high;

	if (now - purge.since > REGRET_NS) {
		purge.before = purge.high;
		purge.high = 0;
		purge.since = now;
	}
	purge.high = max_ul(purge.high, used);
	high = max_ul(purge.high, purge.before);
	return used >= high / AT_WORK ? min_ul(high - used, SWING_MAX) : 0;
}

/* What may stay of a heap that rests. */
static unsigned long least_budget(unsigned long used)
{
	unsigned long pages =
		used < purge.peak / REMNANT ? BUDGET_MIN / 2 : BUDGET_MIN;

	pages = max_ul(pages, used / BUDGET_SHARE);
	return pages - min_ul(all_pcp_pages(), pages / 4);
}

/*
 * When the next tick comes: the budget follows what is used, so any free
 * beyond @least will do; but not before it could have been exceeded, by pages
 * that are dirty then and not used any more. What can't be purged must not be
 * tried again and again.
 */
static void set_triggers(unsigned long least, unsigned long budget)
{
	unsigned long dirty = nr_dirty_free_pages();
	unsigned long limit = dirty > budget ? dirty + budget / 4 : least;
	unsigned long room = (budget - min_ul(dirty, budget)) / 2;

	for_each_zone (z) {
		unsigned long others;

		zone_lock(z);
		others = dirty - min_ul(dirty, z->dirty_free);
		z->purge_trigger = limit - min_ul(limit, others);
		z->purge_next = z->freed + max_ul(room, TICK_PAGES);
		__atomic_store_n(&z->purge_wanted, false, __ATOMIC_RELAXED);
		zone_unlock(z);
	}
}

NOINLINE void purge_tick(void)
{
	unsigned long used, least, budget;
	u64 now;

	if (!spin_trylock(&purge.lock))
		return;
	used = nr_used_pages();
	now = os_coarse_ns();
	learn(used, now);
	least = least_budget(used);
	budget = least + max_ul(purge.extra, work_budget(used, now));
	if (nr_dirty_free_pages() > budget) {
		purge_down(PURGE_ORDER, budget - budget / 4);
		if (nr_dirty_free_pages() > budget)
			purge_down(0, budget - budget / 4);
		purge.when = now;
	}
	set_triggers(least, budget);
	spin_unlock(&purge.lock);
}

unsigned long purge_free_pages(unsigned long keep)
{
	unsigned long pages;

	if (!keep)
		drain_all_pages();
	spin_lock(&purge.lock);
	pages = purge_down(keep ? PURGE_ORDER : 0, keep);
	spin_unlock(&purge.lock);
	return pages;
}
