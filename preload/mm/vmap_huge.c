/* SPDX-License-Identifier: MIT */
/*
 * vmap_huge.c - transparent huge pages for large areas.
 *
 * Theory: one fault for a huge page is cheaper than the 512 small ones it
 * replaces, if the machine below has that memory at hand. A virtual machine
 * whose host must find it first pays much more. Measured here (nested
 * virtualisation, mode "madvise"), for each 2 MiB of a memset: small pages 1.3
 * to 2.7 ms, huge pages that were used before 0.7 to 1.0 ms, cold ones 5.5 to
 * 15 ms; and the free pages used before come first, so that an area can begin
 * warm and go on cold: 512 MiB took 4.0 s then, instead of 0.69 s.
 *
 * Hence: where huge pages are asked for, the first of them is touched and
 * timed. After a slow one this process does not ask again. Below a hypervisor
 * one page vouches for no more than 32 MiB: a larger area is left alone, and
 * one that grows is timed again each 32 MiB, so the most that can be lost is
 * 16 slow pages a process.
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

#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include "os/os.h"

#define HUGE_MIN      ((size_t)16 << 20)
#define HUGE_MIN_BUSY ((size_t)8 << 20) /* if this much is in use: */
#define HUGE_BUSY     ((size_t)64 << 20)
#define HUGE_TRUST    ((size_t)32 << 20) /* for one fast page */
#define SLOW_NS	      1000000u

enum huge_mode {
	HUGE_UNKNOWN,
	HUGE_ASK,	     /* freely */
	HUGE_ASK_BIT_BY_BIT, /* memory may be cold */
	HUGE_OFF,	     /* stays so */
};
static u8 huge_mode; /* atomic */

/* Whether somebody else may have to find the memory first. */
static bool below_hypervisor(void)
{
#if defined(__x86_64__)
	unsigned int a, b, c = 0, d;

	__get_cpuid(1, &a, &b, &c, &d);
	return c >> 31;
#else
	return true;
#endif
}

static enum huge_mode mode(void)
{
	u8 now = __atomic_load_n(&huge_mode, __ATOMIC_RELAXED), first;

	if (now != HUGE_UNKNOWN)
		return now;
	/* The system's own setting need not be known: under "always" and
	 * "never" asking does no harm, and late in a program files may be out
	 * of reach. */
	first = below_hypervisor() ? HUGE_ASK_BIT_BY_BIT : HUGE_ASK;
	/* somebody may have found it slow meanwhile */
	if (__atomic_compare_exchange_n(&huge_mode, &now, first, false,
					__ATOMIC_RELAXED, __ATOMIC_RELAXED))
		return first;
	return now;
}

static bool wanted(const struct vmap_area *va, gfp_t gfp)
{
	size_t busy;
	bool sparse;

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

static bool is_slow(char *fresh)
{
	u64 start = os_monotonic_ns();

	*(volatile char *)fresh = 0;
	return os_monotonic_ns() - start > SLOW_NS;
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

	if (os_hugepage(va->start, va->size, true)) {
		__atomic_store_n(&huge_mode, HUGE_OFF, __ATOMIC_RELAXED);
		give_up(va);
		return;
	}
	va->flags |= VA_HUGE;
	if (va->size <= trusted || !page)
		return;
	va->huge_trust = (u32)((from + HUGE_TRUST) / VMAP_HUGE_SIZE);
	if (is_slow(page)) {
		__atomic_store_n(&huge_mode, HUGE_OFF, __ATOMIC_RELAXED);
		give_up(va);
	}
}

void vmap_huge(struct vmap_area *va, size_t from, gfp_t gfp)
{
	bool asked = va->flags & VA_HUGE;
	size_t fresh = asked ? va->size - from : va->size;

	if (va->flags & VA_NOHUGE)
		os_hugepage(va->start + from, va->size - from, false);
	else if (!asked && !wanted(va, gfp))
		return;
	else if (mode() == HUGE_ASK ||
		 (mode() == HUGE_ASK_BIT_BY_BIT && fresh <= HUGE_TRUST))
		ask(va, from);
	else if (asked)
		give_up(va);
}
