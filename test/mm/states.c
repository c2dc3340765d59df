/* SPDX-License-Identifier: MIT */
/* states.c - see states.h. */
#include "mm/states.h"

#include "lib/bug.h"
#include "lib/cpu.h"
#include "mm/pcp.h"

enum { MAX_HELD = (512 << 20) >> PAGE_SHIFT };

/* What the thread layer defines, which unit tests do not link. */
_Thread_local u32 kv_cpu;

static u64 held[MAX_HELD / 64]; /* bit per frame: taken by take_all() */

void machine_start(u64 mem, int kernel)
{
	struct machine_config cfg = { .mem = mem, .cpus = 2, .kernel = kernel };

	BUG_ON(machine_boot(&cfg) != 0);
}

void machine_stop(void)
{
	BUG_ON(page_alloc_validate() != 0);
	machine_shutdown();
}

static bool test_held(unsigned long pfn)
{
	return held[pfn / 64] >> pfn % 64 & 1;
}

bool is_held(unsigned long pfn, unsigned long nr)
{
	while (nr--)
		if (!test_held(pfn + nr))
			return false;
	return true;
}

/* Takes the pages that requests with @gfp can get. */
static unsigned long take_zone(gfp_t gfp)
{
	struct page *page;
	unsigned long n = 0;

	gfp |= __GFP_MEMALLOC | __GFP_NOWARN;
	while ((page = alloc_pages(gfp, 0))) {
		unsigned long pfn = page_to_pfn(page);

		held[pfn / 64] |= (u64)1 << pfn % 64;
		n++;
	}
	return n;
}

unsigned long take_all(void)
{
	BUG_ON(machine.nr_pages > MAX_HELD);
	drain_all_pages();
	return take_zone(0) + take_zone(__GFP_DMA);
}

static void put_held(unsigned long pfn)
{
	BUG_ON(!test_held(pfn));
	held[pfn / 64] &= ~((u64)1 << pfn % 64);
	free_pages_block(pfn_to_page(pfn), 0);
}

void give_back(unsigned long pfn)
{
	put_held(pfn);
	drain_all_pages();
}

/* Frees @nr pages of the zone that are held, from its end downwards. */
static void give_singles(const struct zone *z, unsigned long nr)
{
	for (unsigned long pfn = z->end_pfn; nr && pfn-- > z->start_pfn;) {
		if (test_held(pfn)) {
			put_held(pfn);
			nr--;
		}
	}
	drain_all_pages();
}

/* Frees one aligned block of the zone; false if none is held whole. */
static bool give_block(const struct zone *z, unsigned int order)
{
	unsigned long nr = 1ul << order;
	unsigned long pfn = ALIGN_UP(z->start_pfn, nr);

	while (pfn + nr <= z->end_pfn && !is_held(pfn, nr))
		pfn += nr;
	if (pfn + nr > z->end_pfn)
		return false;
	for (unsigned long i = 0; i < nr; i++)
		put_held(pfn + i);
	drain_all_pages();
	return true;
}

/* Frees every second block of half the order: none of the order comes up. */
static void give_fragments(const struct zone *z, unsigned int order)
{
	unsigned long nr = 1ul << order;
	unsigned long pfn = ALIGN_UP(z->start_pfn, nr);

	for (; pfn + nr <= z->end_pfn; pfn += nr)
		if (is_held(pfn, nr))
			for (unsigned long i = 0; i < nr / 2; i++)
				put_held(pfn + i);
	drain_all_pages();
}

static void zone_enter(struct zone *z, enum zone_state state,
		       unsigned int order)
{
	unsigned long min = z->watermark[WMARK_MIN];
	unsigned long low = z->watermark[WMARK_LOW];
	unsigned long reserve = z->lowmem_reserve[ZONE_NORMAL];

	switch (state) {
	case STATE_B:
		give_fragments(z, order);
		break;
	case STATE_C: /* with the block gone, halfway between min and low */
		BUG_ON(!give_block(z, order));
		give_singles(z, reserve + min + (low - min + 1) / 2);
		break;
	case STATE_D:
		give_singles(z, reserve + min * 3 / 4);
		break;
	case STATE_A:
	case STATE_E:
		break;
	}
}

void state_enter(enum zone_state state, unsigned int order)
{
	if (state == STATE_A)
		return;
	take_all();
	for (struct zone *z = zones; z < zones + MAX_NR_ZONES; z++)
		if (z->managed)
			zone_enter(z, state, order);
}

void state_leave(void)
{
	for (unsigned long pfn = 0; pfn < machine.nr_pages; pfn++)
		if (test_held(pfn))
			put_held(pfn);
	drain_all_pages();
}
