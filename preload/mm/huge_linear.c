/* SPDX-License-Identifier: MIT */
/* huge_linear.c - see huge_linear.h. */
#include "mm/huge_linear.h"

#include "mm/huge.h"
#include "os/os.h"

enum {
	HUGE_SURE = (48 << 20) >> PAGE_SHIFT,  /* pages of a zone */
	HUGE_LEAST = (20 << 20) >> PAGE_SHIFT, /* if it grows fast */
	SAVED_NS = 1000000, /* by what comes online at once, about */
	HOLES_SHARE = 16,
	MAX_SPLIT = 1024,
};
static_assert(HUGE_SIZE == PAGEBLOCK_PAGES << PAGE_SHIFT, "one a pageblock");

static unsigned int nr_split; /* atomic */
static u64 last_online;	      /* when, atomic */

static u8 *huge_state(unsigned long pfn)
{
	return &pfn_to_pageblock(pfn)->huge;
}

static void set_state(unsigned long pfn, enum pageblock_huge state)
{
	__atomic_store_n(huge_state(pfn), (u8)state, __ATOMIC_RELAXED);
}

static void *pageblock_address(unsigned long pfn)
{
	return pfn_to_virt(ALIGN_DOWN(pfn, PAGEBLOCK_PAGES));
}

void huge_reserved(void *base, size_t size)
{
	nr_split = 0;
	if (!huge_is_always())
		os_hugepage(base, size, false);
}

/* Saves what came online last a larger share of time than a MiB is of @heap? */
static bool grows_fast(unsigned long heap)
{
	u64 now = os_coarse_ns();
	u64 took =
		now - __atomic_exchange_n(&last_online, now, __ATOMIC_RELAXED);

	return took < SAVED_NS * (u64)(heap >> (20 - PAGE_SHIFT));
}

/*
 * Is the heap large, and dense? Pages of the blocks that are online and free
 * are holes that nothing fits into, at this moment. What vmalloc areas stand
 * for is no part of it.
 */
static bool pays(const struct zone *z)
{
	unsigned long heap = z->online_end - z->start_pfn - z->charged;
	unsigned long holes =
		zone_nr_free(z) - (deferred_blocks(z) << MAX_PAGE_ORDER);

	if (heap < HUGE_LEAST - MAX_BLOCK_PAGES)
		return false;
	if (!grows_fast(heap) && heap < HUGE_SURE)
		return false;
	return heap >= HUGE_LEAST && holes <= heap / HOLES_SHARE;
}

static bool wanted(const struct zone *z)
{
	return !machine.cfg.kernel && !machine.cfg.shared && huge_is_on() &&
	       (huge_is_always() || pays(z));
}

enum pageblock_huge huge_online(const struct zone *z, unsigned long pfn)
{
	if (!wanted(z))
		return PB_SMALL;
	if (!huge_ask(pfn_to_virt(pfn), MAX_BLOCK_PAGES << PAGE_SHIFT))
		return PB_SMALL;
	gauge_add(&stats.huge_asked, MAX_BLOCK_PAGES << PAGE_SHIFT);
	return PB_HUGE_FRESH;
}

u32 huge_take(unsigned long pfn, unsigned long nr, unsigned int order)
{
	unsigned long end = ALIGN_UP(pfn + nr, PAGEBLOCK_PAGES);
	unsigned long rest = end - pfn - nr;

	for (unsigned long p = pfn; p < end; p += PAGEBLOCK_PAGES)
		set_state(p, PB_HUGE_USED);
	/* Part of a block that stands for an area is not worth the count. */
	if (!huge_is_on() || order < PAGEBLOCK_ORDER ||
	    dirty_count(end - PAGEBLOCK_PAGES, PAGEBLOCK_ORDER))
		return 0;
	dirty_set(pfn + nr, rest);
	return (u32)rest;
}

/* What is huge stays so. */
static void give_up(void)
{
	os_hugepage(machine.linear_base, machine.nr_pages << PAGE_SHIFT, false);
}

NOINLINE void huge_touch(unsigned long pfn)
{
	u8 used = PB_HUGE_USED;

	if (!huge_is_on())
		return;
	huge_try(pfn_to_virt(pfn));
	if (!huge_is_one(pageblock_address(pfn)))
		huge_stop(KVR_HUGE_NONE);
	else if (__atomic_compare_exchange_n(huge_state(pfn), &used, PB_HUGE,
					     false, __ATOMIC_RELAXED,
					     __ATOMIC_RELAXED))
		gauge_add(&stats.huge_backed, HUGE_SIZE);
	if (!huge_is_on())
		give_up();
}

/* What it will be, as @state. */
static void not_resident(unsigned long pfn, enum pageblock_huge state)
{
	u8 was = __atomic_exchange_n(huge_state(pfn), (u8)state,
				     __ATOMIC_RELAXED);

	if (was == PB_HUGE)
		gauge_add(&stats.huge_backed, -(long)HUGE_SIZE);
}

bool huge_purge(unsigned long pfn, unsigned long nr)
{
	enum pageblock_huge state = huge_state_of(pfn);

	if (nr >= PAGEBLOCK_PAGES) {
		for (; nr; pfn += PAGEBLOCK_PAGES, nr -= PAGEBLOCK_PAGES) {
			state = huge_state_of(pfn);
			if (state == PB_HUGE || state == PB_HUGE_USED)
				not_resident(pfn, PB_HUGE_FRESH);
		}
		return false;
	}
	if (!nr || (state != PB_HUGE && state != PB_HUGE_USED))
		return false;
	not_resident(pfn, PB_SPLIT);
	return true;
}

NOINLINE void huge_split(unsigned long pfn)
{
	gauge_add(&stats.huge_asked, -(long)HUGE_SIZE);
	if (__atomic_add_fetch(&nr_split, 1, __ATOMIC_RELAXED) == MAX_SPLIT) {
		huge_stop(KVR_HUGE_SPLIT);
		give_up();
	} else {
		os_hugepage(pageblock_address(pfn), HUGE_SIZE, false);
	}
}
