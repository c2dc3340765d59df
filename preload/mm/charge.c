/* SPDX-License-Identifier: MIT */
/*
 * charge.c - frames without identity, for memory that lies elsewhere.
 *
 * Idea: a vmalloc area has its own mapping, so of the frames it stands for
 * only the number matters. Deferred frames are free and have no struct page
 * yet: a zone can stand for 4 MiB of an area by counting one of its deferred
 * blocks as taken, without touching or committing anything. The count lies
 * with the first real block of that zone on the chain, which is needed
 * anyway for the rest of the area.
 *
 * Of real blocks, those that aren't resident are preferred: their memory in
 * the linear map would be held twice. As nobody writes to it, what was known
 * about being resident still holds when they come back.
 * Locks: zone->lock inside.
 */
#include "lib/bug.h"
#include "mm/buddy.h"

/* A charge under way. */
struct charge {
	struct page_request rq;
	unsigned long want; /* pages still wanted */
	u32 *chain;
};

static void chain_add(struct charge *c, u32 pfn)
{
	struct page *page = pfn_to_page(pfn);

	page->refcount = 0;
	page->run.class = 0;
	page->run.private = 0;
	page->next = *c->chain;
	*c->chain = pfn;
}

/* Pages the zone can give and stay above its low mark. */
static unsigned long zone_surplus(const struct zone *z, enum zone_type highest)
{
	unsigned long keep = zone_mark(z, ALLOC_WMARK_LOW) +
			     z->lowmem_reserve[highest] + z->nr_highatomic;
	unsigned long free = zone_nr_free(z);

	return free > keep ? free - keep : 0;
}

/*
 * One real block: what is left over from the largest blocks first, then
 * those; smaller ones when the zone has no such block, down to order 1.
 */
static u32 take_real(struct zone *z, struct charge *c, unsigned int most)
{
	unsigned long rest = c->want % MAX_BLOCK_PAGES;
	unsigned int order = rest > 1 ? ilog2_ul(rest) : MAX_PAGE_ORDER;
	u32 pfn = 0;

	if (c->want < 2 || most < 1)
		return 0;
	if (order > ilog2_ul(c->want))
		order = ilog2_ul(c->want);
	for (order = (unsigned int)min_ul(order, most); !pfn && order;
	     order--) {
		c->rq.order = order;
		c->rq.nr = 1u << order;
		pfn = buddy_alloc(z, &c->rq, ALLOC_CLEAN | ALLOC_NOFRAGMENT);
	}
	return pfn;
}

/* Counts deferred blocks of the zone as taken, in the name of @page. */
static void take_deferred(struct zone *z, struct charge *c, struct page *page)
{
	unsigned long n = min_ul(c->want, zone_surplus(z, c->rq.highest)) >>
			  MAX_PAGE_ORDER;

	n = min_ul(n, deferred_blocks(z));
	if (!n)
		return;
	page->run.private = n;
	z->deferred_charged += n;
	zone_add_free(z, -(long)(n << MAX_PAGE_ORDER));
	c->want -= n << MAX_PAGE_ORDER;
	zone_update_deferred(z);
}

static void charge_zone(struct zone *z, struct charge *c)
{
	bool first = true;

	zone_lock(z);
	while (c->want) {
		unsigned long surplus = zone_surplus(z, c->rq.highest);
		u32 pfn = surplus ? take_real(z, c, ilog2_ul(surplus)) : 0;

		if (!pfn)
			break;
		chain_add(c, pfn);
		c->want -= c->rq.nr;
		z->charged += c->rq.nr;
		if (first)
			take_deferred(z, c, pfn_to_page(pfn));
		first = false;
	}
	zone_unlock(z);
}

unsigned long charge_frames(gfp_t gfp, unsigned long nr, u32 *chain)
{
	struct charge c = { .want = nr, .chain = chain };

	gfp &= ~(gfp_t)__GFP_ZERO;
	*chain = 0;
	page_request_init(&c.rq, gfp, 0, 1);
	for_each_zone_of (&c.rq, z)
		if (c.want)
			charge_zone(z, &c);
	count_events(KV_pgalloc, nr - c.want);
	for (; c.want; c.want--) {
		struct page *page = alloc_pages(gfp, 0);

		if (!page)
			break;
		chain_add(&c, (u32)page_to_pfn(page));
	}
	return nr - c.want;
}

/* Gives one element back; returns the next. */
static u32 uncharge_one(struct zone *z, u32 pfn)
{
	struct page *page = pfn_to_page(pfn);
	unsigned long deferred = page->run.private;
	unsigned long nr = page->run.nr_pages;
	u32 next = page->next;

	VM_BUG_ON(page->type != PAGE_USED);
	if (deferred) {
		z->deferred_charged -= deferred;
		zone_add_free(z, (long)(deferred << MAX_PAGE_ORDER));
		zone_update_deferred(z);
	}
	if (nr > 1)
		z->charged -= nr;
	/* A single page may come from a CPU's list, which keeps no bits. */
	buddy_free(z, pfn, nr, nr == 1 && !(page->flags & PG_ZERO));
	count_events(KV_pgfree, nr + (deferred << MAX_PAGE_ORDER));
	return next;
}

void uncharge_frames(u32 chain)
{
	while (chain) {
		struct zone *z = page_zone(chain);

		zone_lock(z);
		while (chain && page_zone(chain) == z)
			chain = uncharge_one(z, chain);
		zone_unlock(z);
	}
}
