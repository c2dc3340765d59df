/* SPDX-License-Identifier: MIT */
/*
 * vmap_huge.c - transparent huge pages for large areas.
 *
 * Theory: huge.h. The first huge page of an area is touched and timed. Below
 * a hypervisor it vouches for no more than huge_trust(): a larger area is left
 * alone, and one that grows is timed again each time it has grown so much; the
 * free pages used before come first, so that an area can begin warm and go on
 * cold: 512 MiB took 4.0 s then, instead of 0.69 s.
 *
 * What it costs otherwise: a huge page is resident as a whole, so an area
 * that is written from its start has up to one huge page too much; hence only
 * areas of 16 MiB and more, or half of that where much is in use. Requests for
 * zeroed memory are left alone: large tables come so, and are filled sparsely;
 * and so is a process that leaves areas untouched (vmap_lazy.c knows), which
 * would have 2 MiB cleared for each page it does touch.
 *
 * An area should stay one mapping (mremap moves no more), so new pages behind
 * those that were asked for get the same advice.
 *
 * Locks: none; the area is in the hands of this thread.
 */
#include "mm/vmap.h"

#include "mm/huge.h"
#include "os/os.h"

#define HUGE_MIN      ((size_t)16 << 20)
#define HUGE_MIN_BUSY ((size_t)8 << 20) /* if this much is in use: */
#define HUGE_BUSY     ((size_t)64 << 20)
static_assert(VMAP_HUGE_SIZE == HUGE_SIZE, "areas are aligned for them");

static bool wanted(const struct vmap_area *va, gfp_t gfp)
{
	size_t busy;
	bool sparse;

	if (huge_is_always())
		return va->size >= VMAP_HUGE_SIZE;
	if ((gfp & __GFP_ZERO) || va->size < HUGE_MIN_BUSY)
		return false;
	spin_lock(&vmap_space.lock);
	busy = vmap_space.busy_bytes;
	sparse = vmap_space.sparse_streak;
	spin_unlock(&vmap_space.lock);
	return !sparse && (va->size >= HUGE_MIN || busy >= HUGE_BUSY);
}

/* The first whole huge page at or behind @from, if there is one before @end. */
static char *first_page(char *from, const char *end)
{
	char *page = (char *)ALIGN_UP((size_t)from, VMAP_HUGE_SIZE);

	if (page > end || (size_t)(end - page) < VMAP_HUGE_SIZE)
		return NULL;
	return page;
}

/* The pages that are huge stay so; no more are asked for. */
static void give_up(struct vmap_area *va)
{
	os_hugepage(va->start, va->size, false);
	va->flags &= (u8)~VA_HUGE;
	va->flags |= VA_NOHUGE;
}

static void ask(struct vmap_area *va, size_t from)
{
	char *page = first_page(va->start + from, va->start + va->size);
	size_t trusted = va->huge_trust * VMAP_HUGE_SIZE;

	if (!huge_ask(va->start, va->size)) {
		give_up(va);
		return;
	}
	va->flags |= VA_HUGE;
	if (va->size <= trusted || !page)
		return;
	va->huge_trust = (u32)((from + huge_trust()) / VMAP_HUGE_SIZE);
	if (!huge_try(page))
		give_up(va);
}

void vmap_huge(struct vmap_area *va, size_t from, gfp_t gfp)
{
	bool asked = va->flags & VA_HUGE;
	size_t fresh = asked ? va->size - from : va->size;

	if (va->flags & VA_NOHUGE)
		os_hugepage(va->start + from, va->size - from, false);
	else if (!asked && !wanted(va, gfp))
		return;
	else if (huge_is_on() && fresh <= huge_trust())
		ask(va, from);
	else if (asked)
		give_up(va);
}
