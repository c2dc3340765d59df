/* SPDX-License-Identifier: MIT */
/*
 * vmap_steal.c - areas made of cached areas' pages.
 *
 * Theory: what a vmalloc area is, is memory from here and there made
 * contiguous. A cached area of another size has the pages that a new one, or
 * one that grows, would have to fault in: their page table entries are moved
 * there, whole page tables where both sides are aligned. Measured here for
 * 32 MiB: 40 us aligned, 125 us not, touching fresh pages 10 ms and more.
 *
 * The donor is the smallest cached area that has all that is wanted, else the
 * largest; it gives its tail and stays cached with the rest. Each piece is a
 * mapping that does not merge with what is behind it, so it costs the area a
 * cut; one is left for a move (vmap_resize.c). A piece of an area with huge
 * pages begins where these can move whole, if little is lost. What is wanted
 * zeroed is left alone: large tables come so, and are filled sparsely.
 *
 * A donor that turns out to be sparse has nothing to give, nor have the areas
 * of a process that leaves them so. One whose pages the system will not move is
 * purged; the target is reserved space again then. But for a lack of memory or
 * a mapping that the program split nobody asks again: a filter of system calls
 * may forbid it.
 *
 * Locks: vmap_space.lock to take a donor and to put it back; both areas are in
 * the hands of this thread meanwhile.
 */
#include <errno.h>

#include "mm/vmap.h"
#include "os/os.h"

/* Two system calls cost as much as some ten faults. */
#define STEAL_MIN ((size_t)256 << 10)
enum { LOSS_SHARE = 4 }; /* of a piece, that moves as huge pages */

/* One cut behind the piece, one before it if a mapping ends there only now. */
static bool has_cuts(const struct vmap_area *va, size_t from)
{
	bool ends = !from ||
		    (va->nr_cuts && vmap_cut(va, va->nr_cuts - 1u) == from);

	return va->nr_cuts + (ends ? 1 : 2) < VMAP_MAX_CUTS;
}

static void add_piece(struct vmap_area *va, size_t from, size_t to)
{
	if (from)
		vmap_add_cut(va, from);
	vmap_add_cut(va, to);
}

/* Where the last mapping of the donor begins. */
static size_t last_mapping(const struct vmap_area *va)
{
	unsigned int i = va->nr_cuts;

	if (i && vmap_cut(va, i - 1) == va->size)
		i--;
	return i ? vmap_cut(va, i - 1) : 0;
}

/* The donor @va keeps [0, @keep), or nothing of it is worth anything. */
static void put_back(struct vmap_area *va, size_t keep)
{
	if (!keep) {
		vmap_purge_range(va);
		return;
	}
	vmap_shrink(va, keep);
	spin_lock(&vmap_space.lock);
	vmap_cache_return(va);
	spin_unlock(&vmap_space.lock);
}

/*
 * Where to cut a piece of @want bytes for @to out of what begins at @first: at
 * the end; or, to move huge pages whole, a bit before it, what is behind being
 * lost.
 */
static size_t piece_start(const struct vmap_area *donor, size_t first,
			  const char *to, size_t want)
{
	size_t at = donor->size - want;
	size_t back = (size_t)(donor->start + at - to) & (VMAP_HUGE_SIZE - 1);

	if ((donor->flags & VA_HUGE) && back <= at - first &&
	    back <= want / LOSS_SHARE)
		at -= back;
	return at;
}

/* Pages of @donor, at most @want bytes, are at @to then. Returns how many. */
static size_t take_tail(struct vmap_area *donor, char *to, size_t want)
{
	size_t first = last_mapping(donor), size = donor->size, keep = 0;
	int err;

	if (size - first > want)
		first = piece_start(donor, first, to, want);
	else
		want = size - first;
	err = os_move(donor->start + first, want, to, want);
	if (err) {
		if (err != -ENOMEM && err != -EFAULT)
			__atomic_store_n(&vmap_space.moves_refused, true,
					 __ATOMIC_RELAXED);
		os_decommit(to, want); /* it may be gone */
		want = 0;
	} else if (first >= STEAL_MIN) {
		keep = first;
	}
	put_back(donor, keep);
	return want;
}

static bool may_steal(gfp_t gfp)
{
	return !vmap_kernel_rules() && !vmalloc_region.on_demand &&
	       !(gfp & __GFP_ZERO) &&
	       !__atomic_load_n(&vmap_space.sparse_streak, __ATOMIC_RELAXED) &&
	       !__atomic_load_n(&vmap_space.moves_refused, __ATOMIC_RELAXED);
}

size_t vmap_steal(struct vmap_area *va, size_t from, size_t size, gfp_t gfp)
{
	if (!may_steal(gfp))
		return from;
	while (size - from >= STEAL_MIN && has_cuts(va, from)) {
		struct vmap_area *donor;
		size_t got;

		spin_lock(&vmap_space.lock);
		donor = vmap_cache_donor(size - from, STEAL_MIN);
		spin_unlock(&vmap_space.lock);
		if (!donor || !vmap_has_pages(donor))
			break;
		got = take_tail(donor, va->start + from, size - from);
		if (!got)
			break;
		add_piece(va, from, from + got);
		from += got;
	}
	return from;
}
