/* SPDX-License-Identifier: MIT */
/*
 * vmap_huge.c - transparent huge pages for large areas.
 *
 * Theory: huge.h. A huge page is resident as a whole, so who asks for them
 * bets that the program fills what it gets. What it did with the area before
 * tells: when a new one is made, four pages of the last one are looked at,
 * behind the first huge page, and if all are resident the new one is filled
 * as well. (If the last one is gone, or taken again from the cache, what was
 * seen before holds.) An area that grows is being filled. While nothing is
 * known areas of 8 MiB and more get huge pages, and of 16 where the last one is
 * not filled yet, since two too many are little beside them; but not those to
 * be zeroed: large tables come so, and are filled sparsely; they are a habit by
 * themselves. A process that leaves areas untouched (vmap_lazy.c knows) gets
 * none, else it would have 2 MiB cleared for each page it does touch.
 *
 * What is behind the last whole huge page of an area are small pages; if what
 * is missing is at most a sixteenth of the area, it becomes so much larger.
 *
 * The first huge page of an area is touched and timed. Below a hypervisor it
 * vouches for no more than huge_trust(): a larger area is left alone, and one
 * that grows is timed again each time it has grown so much; the free pages
 * used before come first, so that an area can begin warm and go on cold: 512
 * MiB took 4.0 s then, instead of 0.69 s.
 *
 * Measured with warm memory, CPU time and RSS, when this took areas of 16 MiB
 * and more (8 where 64 were in use), up to 32, and now: malloc-large 102 ms 113
 * MiB, 37 ms 116 MiB (mimalloc 3.4 15 and 118); grow-vectors 77 ms 52 MiB, 71
 * ms 50 MiB; large-sparse 67 ms 31 MiB, 67 ms 28 MiB. Half of the faults left
 * in malloc-large are of blocks up to 4 MiB, which are no areas, most others of
 * tails behind the last huge page. Making those resident at once, which saves a
 * third of a fault each, was not to be seen in any row.
 *
 * An area should stay one mapping (mremap moves no more), so new pages behind
 * those that were asked for get the same advice.
 *
 * Locks: vmap_space.lock for the habits; the area is in the hands of this
 * thread.
 */
#include "mm/vmap.h"

#include "mm/huge.h"
#include "os/os.h"

#define HUGE_MIN	((size_t)8 << 20)  /* if nothing is known */
#define HUGE_MIN_LEAVES ((size_t)16 << 20) /* after one that is not filled */
static_assert(VMAP_HUGE_SIZE == HUGE_SIZE, "areas are aligned for them");

enum { SLACK_SHARE = 16, SIXTEENTHS = 16 };

/* Has the program been everywhere, behind the first huge page? */
static bool is_filled(char *start, size_t size)
{
	static const u8 at[] = { 7, 9, 12, 15 }; /* sixteenths of the area */
	size_t page = os_page_size();

	for (size_t i = 0; i < ARRAY_SIZE(at); i++) {
		size_t part = size / SIXTEENTHS * at[i];
		u8 resident;

		if (os_mincore(start + ALIGN_DOWN(part, page), page,
			       &resident) ||
		    !(resident & 1))
			return false;
	}
	return true;
}

static struct vmap_habit *habit(gfp_t gfp)
{
	return &vmap_space.habit[gfp & __GFP_ZERO ? 1 : 0];
}

void vmap_huge_made(const struct vmap_area *va, gfp_t gfp)
{
	if (va->size >= VMAP_HUGE_SIZE)
		habit(gfp)->last = va->start;
}

/* It may be freed while its pages are looked at: a wrong answer, no more. */
enum vmap_use vmap_use(size_t size, gfp_t gfp)
{
	struct vmap_habit *h = habit(gfp);
	const struct vmap_area *va;
	size_t last_size = 0;
	char *last = NULL;
	enum vmap_use use;

	if (vmap_kernel_rules() || size < VMAP_HUGE_SIZE || !huge_is_on())
		return VMAP_USE_UNKNOWN;
	spin_lock(&vmap_space.lock);
	use = h->use;
	va = h->last ? vmap_find(h->last) : NULL;
	if (va && va->state == VA_BUSY && va->start == h->last) {
		last = va->start;
		last_size = va->size;
	}
	spin_unlock(&vmap_space.lock);
	if (!last)
		return use;

	use = is_filled(last, last_size) ? VMAP_USE_FILLS : VMAP_USE_LEAVES;
	spin_lock(&vmap_space.lock);
	h->use = use;
	spin_unlock(&vmap_space.lock);
	return use;
}

size_t vmap_huge_size(size_t size, enum vmap_use use)
{
	size_t whole = ALIGN_UP(size, VMAP_HUGE_SIZE);

	if (use != VMAP_USE_FILLS || !huge_is_on() || vmap_kernel_rules() ||
	    vmalloc_region.on_demand || !machine.cfg.overcommit)
		return size;
	return whole - size <= size / SLACK_SHARE ? whole : size;
}

static bool wanted(const struct vmap_area *va, gfp_t gfp, enum vmap_use use)
{
	if (huge_is_always())
		return va->size >= VMAP_HUGE_SIZE;
	if (__atomic_load_n(&vmap_space.sparse_streak, __ATOMIC_RELAXED))
		return false;
	if (use == VMAP_USE_FILLS || gfp & __GFP_ZERO)
		return use == VMAP_USE_FILLS;
	return va->size >= (use == VMAP_USE_UNKNOWN && !vmap_kernel_rules() ?
				    HUGE_MIN :
				    HUGE_MIN_LEAVES);
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

void vmap_huge(struct vmap_area *va, size_t from, gfp_t gfp, enum vmap_use use)
{
	bool asked = va->flags & VA_HUGE;
	size_t fresh = va->size - from;

	if (va->flags & VA_NOHUGE)
		os_hugepage(va->start + from, va->size - from, false);
	else if (!asked && !wanted(va, gfp, use))
		return;
	else if (huge_is_on() && fresh <= huge_trust())
		ask(va, from);
	else if (asked)
		give_up(va);
}
