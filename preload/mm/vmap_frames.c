/* SPDX-License-Identifier: MIT */
/*
 * vmap_frames.c - the machine's frames that vmalloc areas stand for.
 *
 * Theory: an area's memory is its own mapping; the machine is charged for as
 * many frames, as if they were mapped there. charge_frames() hands them out
 * as a chain of blocks, some of which stand for more frames than they have
 * (charge.c); chains of one area are joined as it grows.
 *
 * Overcommit: an area the machine has no frames for is served all the same
 * and counted. It then takes none at all: a partial charge would leave
 * nothing for slabs and page tables of programs that ask for much and touch
 * little. For the same reason areas never take the last sixteenth of the
 * machine while it overcommits.
 *
 * Invariant V5 of vmap.h. Locks: none is held here; the area is in the hands
 * of this thread (making, moving, purging), and its chain with it.
 */
#include "mm/page_alloc.h"
#include "mm/vmap.h"

enum { OVERCOMMIT_RESERVE = 16 }; /* a share of the machine */

unsigned long vmap_link_pages(u32 pfn)
{
	const struct page *page = pfn_to_page(pfn);

	return page->run.nr_pages +
	       (unsigned long)(page->run.private << MAX_PAGE_ORDER);
}

/* Whether charge_frames() may be asked for @nr pages at all. */
static bool may_charge(size_t nr)
{
	unsigned long reserve = machine.nr_pages / OVERCOMMIT_RESERVE;
	unsigned long free;

	if (nr >= machine.nr_pages)
		return false;
	if (!machine.cfg.overcommit)
		return true;
	free = nr_free_pages();
	return free > reserve && nr <= free - reserve;
}

/*
 * A whole number of blocks costs as many calls as it has one bits. Where the
 * machine's free memory decides nothing, three of them below the largest will
 * do, a quarter too much at worst.
 */
static size_t few_blocks(size_t nr)
{
	size_t rest = nr % MAX_BLOCK_PAGES;

	if (rest < 8 || machine.cfg.kernel || !machine.cfg.overcommit)
		return nr;
	return ALIGN_UP(nr, 1ul << (ilog2_ul(rest) - 2));
}

/* Whether it is worth a call to give @excess back when @keep stay. */
static bool worth_it(size_t excess, size_t keep)
{
	return keep + excess > few_blocks(keep);
}

/* All of @nr pages, or none. */
static bool charge_all(gfp_t gfp, size_t nr, u32 *chain)
{
	*chain = NO_PFN;
	if (!may_charge(nr))
		return false;
	if (charge_frames(gfp, nr, chain) == nr)
		return true;
	if (*chain != NO_PFN)
		uncharge_frames(*chain);
	return false;
}

static void join(struct vmap_area *va, u32 chain, size_t nr)
{
	u32 last = chain;

	while (pfn_to_page(last)->next != NO_PFN)
		last = pfn_to_page(last)->next;
	pfn_to_page(last)->next = va->chain;
	va->chain = chain;
	va->charged += (u32)nr;
}

bool vmap_charge(struct vmap_area *va, gfp_t gfp, size_t nr)
{
	u32 chain;

	if (!nr)
		return true;
	gfp |= __GFP_NOWARN;
	nr = few_blocks(nr);
	if (machine.cfg.overcommit) {
		/* overcommitting is cheaper than reclaim */
		gfp &= ~(gfp_t)__GFP_DIRECT_RECLAIM;
		if (!charge_all(gfp, nr, &chain)) {
			count_events(KV_vmap_overcommit, nr);
			return true;
		}
	} else if (!charge_all(gfp, nr, &chain)) {
		if (!vmalloc_purge(0) || !charge_all(gfp, nr, &chain))
			return false;
	}
	join(va, chain, nr);
	return true;
}

/*
 * Gives @excess pages of the chain back in whole links. Returns what is left
 * to give: less than the smallest link that stays.
 */
static size_t uncharge_blocks(struct vmap_area *va, size_t excess)
{
	u32 back = NO_PFN, keep = NO_PFN;

	for (u32 pfn = va->chain, next; pfn != NO_PFN; pfn = next) {
		u32 *list = &keep;

		next = pfn_to_page(pfn)->next;
		if (vmap_link_pages(pfn) <= excess) {
			excess -= vmap_link_pages(pfn);
			va->charged -= (u32)vmap_link_pages(pfn);
			list = &back;
		}
		pfn_to_page(pfn)->next = *list;
		*list = pfn;
	}
	va->chain = keep;
	if (back != NO_PFN)
		uncharge_frames(back);
	return excess;
}

/* Exchanges the smallest link for @excess pages less, if there are any. */
static void uncharge_rest(struct vmap_area *va, size_t excess)
{
	u32 *least = &va->chain, chain, pfn;
	size_t nr;

	for (u32 *p = &va->chain; *p != NO_PFN; p = &pfn_to_page(*p)->next)
		if (vmap_link_pages(*p) < vmap_link_pages(*least))
			least = p;
	nr = vmap_link_pages(*least) - excess;
	if (!charge_all(GFP_NOWAIT, nr, &chain))
		return;
	pfn = *least;
	*least = pfn_to_page(pfn)->next;
	va->charged -= (u32)vmap_link_pages(pfn);
	pfn_to_page(pfn)->next = NO_PFN;
	uncharge_frames(pfn);
	join(va, chain, nr);
}

void vmap_uncharge(struct vmap_area *va, size_t keep)
{
	size_t excess;
	u32 chain = va->chain;

	if (!keep) {
		va->chain = NO_PFN;
		va->charged = 0;
		if (chain != NO_PFN)
			uncharge_frames(chain);
		return;
	}
	if (va->charged <= keep)
		return;
	excess = uncharge_blocks(va, va->charged - keep);
	if (worth_it(excess, keep))
		uncharge_rest(va, excess);
}
