/* SPDX-License-Identifier: MIT */
/*
 * offline.c - free memory at the machine's end goes back, because of a limit.
 *
 * Under RLIMIT_DATA or strict overcommit what was committed once counts
 * although it is free: whole free blocks below the deferred ones become
 * deferred again (uncommit_free_frames()).
 *
 * Under RLIMIT_AS the linear map takes most of the address space, since
 * nobody knows yet whether the program wants many small blocks or few large
 * ones. When an area finds none, free blocks at the end of the machine are
 * taken offline, as memory hotplug would. They do not come back, so if there
 * are too few to help, none goes.
 *
 * Nothing is moved. Blocks are reused lowest address first, which keeps the
 * end free.
 * Locks: zone->lock, commit_lock inside.
 */
#include "mm/buddy.h"

static struct zone *last_zone(void)
{
	return &zones[machine.span[machine.last_span].zone];
}

static unsigned long take_deferred(struct zone *z, unsigned long want)
{
	unsigned long pages = min_ul(want, deferred_blocks(z)
						   << MAX_PAGE_ORDER);

	z->end_pfn -= pages;
	zone_add_free(z, -(long)pages);
	return pages;
}

/* Frames in whole free blocks just below @end. */
static unsigned long free_below(const struct zone *z, unsigned long end)
{
	unsigned long pfn = end;

	while (pfn > z->start_pfn + MAX_BLOCK_PAGES) {
		const struct page *page = pfn_to_page(pfn - MAX_BLOCK_PAGES);

		if (page->type != PAGE_BUDDY || page->order != MAX_PAGE_ORDER)
			break;
		pfn -= MAX_BLOCK_PAGES;
	}
	return end - pfn;
}

static void take_free(struct zone *z, unsigned long want)
{
	while (want) {
		unsigned long pfn = z->end_pfn - MAX_BLOCK_PAGES;

		buddy_isolate(z, pfn);
		pfn_to_page(pfn)->type = PAGE_OFFLINE;
		z->end_pfn = z->online_end = pfn;
		want -= MAX_BLOCK_PAGES;
	}
}

/* Frames that could go: nothing may be in use above them. */
static unsigned long can_take(const struct zone *z)
{
	unsigned long deferred = deferred_blocks(z) << MAX_PAGE_ORDER;
	unsigned long free = zone_nr_free(z);
	unsigned long keep = zone_mark(z, ALLOC_WMARK_HIGH);
	unsigned long least = machine.nr_pages_boot / 5 * 3;

	if (!z->deferred_charged)
		deferred += free_below(z, z->online_end);
	deferred = min_ul(deferred, free > keep ? free - keep : 0);
	/* Small blocks can be nowhere else: most of it stays theirs. */
	return min_ul(deferred,
		      machine.nr_pages > least ? machine.nr_pages - least : 0);
}

static unsigned long defer_again(struct zone *z)
{
	unsigned long pages = free_below(z, z->online_end), pfn;

	for (unsigned long n = pages; n; n -= MAX_BLOCK_PAGES) {
		pfn = z->online_end - MAX_BLOCK_PAGES;
		buddy_isolate(z, pfn);
		pfn_to_page(pfn)->type = PAGE_OFFLINE;
		dirty_clear(pfn, MAX_BLOCK_PAGES);
		for (size_t i = 0; i < MAX_BLOCK_PAGES; i += PAGEBLOCK_PAGES)
			z->mirror->pageblocks[pageblock_mt(pfn + i)]--;
		z->online_end = pfn;
	}
	if (pages) {
		zone_add_free(z, (long)pages);
		machine_uncommit(z->index, z->online_end);
		z->commit_failed = false;
		zone_update_deferred(z);
	}
	return pages;
}

unsigned long uncommit_free_frames(void)
{
	unsigned long pages = 0;

	reclaim_all(GFP_KERNEL); /* one cached block would hold the end */
	drain_all_pages();
	for_each_zone (z) {
		if (!z->managed)
			continue;
		zone_lock(z);
		pages += defer_again(z);
		zone_unlock(z);
	}
	return pages;
}

unsigned long offline_frames(unsigned long want)
{
	struct zone *z = last_zone();
	unsigned long pages = 0;

	if (!want)
		return 0;
	reclaim_all(GFP_KERNEL);
	drain_all_pages();
	zone_lock(z);
	want = ALIGN_UP(want, MAX_BLOCK_PAGES);
	if (want <= can_take(z)) {
		pages = want;
		take_free(z, want - take_deferred(z, want));
		z->mirror->spanned = z->spanned -= pages;
		z->mirror->present = z->present -= pages;
		z->mirror->managed = z->managed -= pages;
		machine_truncate(z->end_pfn);
		zone_update_deferred(z);
		gauge_add(&stats.total_pages, -(long)pages);
	}
	zone_unlock(z);
	return pages;
}
