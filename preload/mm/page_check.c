/* SPDX-License-Identifier: MIT */
/*
 * page_check.c - what state the zones are in: proof of the invariants of
 * buddy.c and pcp.h, and the fragmentation numbers of the kernel's rules.
 *
 * Theory of the proof: each free list is walked and checked, which counts
 * blocks and pages; then the frames of the zone are walked from block to
 * block, each head telling how long its block is. Both must find the same
 * free pages, so every frame is accounted for exactly once. The zones
 * themselves must be what the layout says.
 * Locks: all pcp locks, then zone->lock, one zone at a time.
 */
#include "mm/pcp.h"

/* fragmentation */

struct free_sum {
	unsigned long pages, blocks, suitable; /* in units of the order */
};

static NO_TSAN struct free_sum sum_free(const struct zone *z,
					unsigned int order)
{
	struct free_sum s = { 0 };

	for (unsigned int o = 0; o < NR_PAGE_ORDERS; o++) {
		unsigned long n = 0;

		for (int mt = 0; mt < MIGRATE_TYPES; mt++)
			n += z->area[o].nr_free[mt];
		if (o == MAX_PAGE_ORDER)
			n += deferred_blocks(z);
		s.blocks += n;
		s.pages += n << o;
		if (o >= order)
			s.suitable += n << (o - order);
	}
	return s;
}

int extfrag_index(const struct zone *z, unsigned int order)
{
	struct free_sum s = sum_free(z, order);

	if (!s.blocks)
		return 0;
	if (s.suitable)
		return -1000;
	return 1000 - (int)((1000 + (s.pages * 1000 >> order)) / s.blocks);
}

unsigned int unusable_index(const struct zone *z, unsigned int order)
{
	struct free_sum s = sum_free(z, order);

	if (!s.pages)
		return 1000;
	return (unsigned int)((s.pages - (s.suitable << order)) * 1000 /
			      s.pages);
}

/* proof */

/* What walking the lists found. */
struct listed {
	unsigned long pages, dirty;
	u32 any; /* orders with a block of an ordinary type */
};

static bool ordinary(unsigned int mt)
{
	return mt < MIGRATE_PCPTYPES;
}

/* Should the block have been merged with its buddy? */
static NO_TSAN bool unmerged(unsigned long pfn, const struct page *page)
{
	unsigned int order = page->order;
	unsigned long buddy = pfn ^ (1ul << order);
	const struct page *b = pfn_to_page(buddy);

	if (order == MAX_PAGE_ORDER || b->type != PAGE_BUDDY ||
	    b->order != order)
		return false;
	return order < PAGEBLOCK_ORDER ||
	       (ordinary(page->buddy.mt) && ordinary(b->buddy.mt));
}

static unsigned long check_block(const struct zone *z, unsigned long pfn,
				 unsigned int order, unsigned int mt,
				 unsigned int which)
{
	const struct page *page = pfn_to_page(pfn);
	unsigned long broken = 0;

	broken += pfn < z->start_pfn || pfn + (1ul << order) > z->online_end;
	broken += pfn & ((1ul << order) - 1) ? 1 : 0;
	broken += page->type != PAGE_BUDDY || page->order != order ||
		  page->zone != z->index;
	broken += page->buddy.mt != mt || pageblock_mt(pfn) != mt;
	if (order == MAX_PAGE_ORDER)
		broken += pageblock_mt(pfn + PAGEBLOCK_PAGES) != mt;
	broken += page->buddy.dirty != dirty_count(pfn, order);
	broken += (page->buddy.dirty ? LIST_DIRTY : LIST_CLEAN) != which;
	broken += unmerged(pfn, page);
	return broken;
}

static unsigned long check_list(const struct zone *z, unsigned int order,
				unsigned int mt, unsigned int which,
				struct listed *found)
{
	const struct free_list *l = &z->area[order].list[mt][which];
	unsigned long broken = 0, limit = z->managed;
	u32 prev = 0;

	for (u32 pfn = l->head; pfn; pfn = pfn_to_page(pfn)->next) {
		const struct page *page = pfn_to_page(pfn);

		if (pfn >= z->online_end || !limit--)
			return broken + 1; /* no end: the rest is lost */
		broken += check_block(z, pfn, order, mt, which);
		broken += page->prev != prev;
		found->pages += 1ul << order;
		found->dirty += page->buddy.dirty;
		prev = pfn;
	}
	broken += l->head && l->tail != prev;
	broken += !l->head != !(z->avail[mt][which] >> order & 1);
	if (l->head && ordinary(mt))
		found->any |= 1u << order;
	return broken;
}

static unsigned long check_area(const struct zone *z, unsigned int order,
				struct listed *found)
{
	unsigned long broken = 0;

	for (unsigned int mt = 0; mt < MIGRATE_TYPES; mt++) {
		unsigned long before = found->pages;

		for (unsigned int which = 0; which < NR_LISTS; which++)
			broken += check_list(z, order, mt, which, found);
		broken += found->pages - before != z->area[order].nr_free[mt]
							   << order;
		broken += z->mirror->free[mt][order] !=
			  z->area[order].nr_free[mt];
	}
	return broken;
}

/* Frames of the block headed by @page; 0 if it heads none. */
static NO_TSAN unsigned long block_length(const struct page *page)
{
	switch (page->type) {
	case PAGE_BUDDY:
	case PAGE_PCP:
	case PAGE_SLAB:
		return 1ul << page->order;
	case PAGE_LARGE:
	case PAGE_USED:
		return page->run.nr_pages;
	case PAGE_TAIL: /* lost by a block that was freed in part */
		return 1;
	default:
		return 0;
	}
}

/* Walks all frames; the free ones and those of the pcp must add up. */
static NO_TSAN unsigned long
check_frames(const struct zone *z, unsigned long listed, unsigned long pcp)
{
	unsigned long pfn = z->start_pfn;

	while (pfn < z->online_end) {
		const struct page *page = pfn_to_page(pfn);
		unsigned long nr = block_length(page);

		if (!nr)
			return 1; /* nobody's frame: no way on from here */
		if (page->type == PAGE_BUDDY)
			listed -= nr;
		if (page->type == PAGE_PCP)
			pcp -= nr;
		pfn += nr;
	}
	return (pfn != z->online_end && z->online_end > z->start_pfn) +
	       (listed != 0) + (pcp != 0);
}

static unsigned long check_pcp_list(const struct zone *z, const struct pcp *pcp,
				    unsigned int list, unsigned long *pages)
{
	const struct free_list *l = &pcp->list[list];
	unsigned int order =
		list >= PCP_LIST_HUGE ? PAGEBLOCK_ORDER : list / PCP_TYPES;
	unsigned long broken = 0, limit = z->managed;
	u32 prev = 0;

	for (u32 pfn = l->head; pfn; pfn = pfn_to_page(pfn)->next) {
		const struct page *page = pfn_to_page(pfn);

		if (pfn >= z->online_end || !limit--)
			return broken + 1;
		broken += page->type != PAGE_PCP || page->order != order;
		broken += prev && page->prev != prev;
		broken += (page->flags & PG_ZERO) && dirty_count(pfn, order);
		*pages += 1ul << order;
		prev = pfn;
	}
	return broken + (l->head && l->tail != prev);
}

static unsigned long check_pcps(const struct zone *z, unsigned long *pages)
{
	unsigned long broken = 0;

	for (unsigned int cpu = 0; cpu < machine.cfg.cpus; cpu++) {
		const struct pcp *pcp = &z->pcp[cpu];
		unsigned long before = *pages;

		for (unsigned int list = 0; list < NR_PCP_LISTS; list++)
			broken += check_pcp_list(z, pcp, list, pages);
		broken += *pages - before != pcp->count;
	}
	return broken;
}

static unsigned long check_zone(const struct zone *z)
{
	struct listed found = { 0 };
	unsigned long broken = 0, pcp = 0;
	unsigned long deferred = z->mirror->deferred;

	for (unsigned int order = 0; order < NR_PAGE_ORDERS; order++)
		broken += check_area(z, order, &found);
	broken += check_pcps(z, &pcp);
	broken += check_frames(z, found.pages, pcp);
	broken += found.dirty != z->dirty_free;
	broken += found.pages + deferred != z->nr_free;
	if (deferred_blocks(z) && !z->commit_failed)
		found.any |= 1u << MAX_PAGE_ORDER;
	broken += found.any != z->avail_any;
	return broken;
}

/* Every frame is in one span, and each zone with pages is just its span. */
static unsigned long check_layout(void)
{
	unsigned long broken = 0, pfn = 0, managed = 0;

	for (unsigned int i = 0; i <= machine.last_span; i++) {
		const struct zone_span *s = &machine.span[i];
		const struct zone *z = &zones[s->zone];

		broken += s->start_pfn != pfn || s->end_pfn <= pfn;
		broken += z->index != s->zone || z->node != s->node ||
			  z->type != (enum zone_type)s->type;
		broken += z->start_pfn != max_ul(s->start_pfn, 1) ||
			  z->end_pfn > s->end_pfn ||
			  z->managed != z->end_pfn - z->start_pfn;
		managed += z->managed;
		pfn = s->end_pfn;
	}
	for_each_zone (z)
		managed -= z->managed;
	return broken + (managed != 0) + (pfn != machine.nr_pages_boot);
}

unsigned long page_alloc_validate(void)
{
	unsigned long broken = check_layout();

	for_each_zone (z) {
		if (!z->managed)
			continue;
		for (unsigned int cpu = 0; cpu < machine.cfg.cpus; cpu++)
			spin_lock(&z->pcp[cpu].lock);
		zone_lock(z);
		broken += check_zone(z);
		zone_unlock(z);
		for (unsigned int cpu = 0; cpu < machine.cfg.cpus; cpu++)
			spin_unlock(&z->pcp[cpu].lock);
	}
	return broken;
}
