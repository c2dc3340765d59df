/* SPDX-License-Identifier: MIT */
/*
 * vmap_resize.c - areas that grow, shrink and move.
 *
 * Theory: growing in place costs one mprotect, since the new pages join the
 * area's mapping: first into the room behind the area, then into free space
 * behind that. Small steps get a thirty-second more than asked, so that a
 * vector growing by pages makes few system calls. Only when both are used up
 * the pages move to a new range, with more room than before: their page table
 * entries change place, nothing is copied.
 *
 * Cuts: a mapping that was moved does not merge with pages mapped behind it
 * later, and the system moves one mapping at a time. So an area remembers
 * where its mappings may end (cut[]) and moves piece by piece; when it has no
 * cut left, or is small, it is copied, which makes it one mapping again.
 *
 * A piece moves to a range of equal size: that lets os_move() leave the old
 * range mapped, so that there is no moment at which another thread's mmap
 * could land in our region. Growth is mapped before anything moves, so what is
 * most likely to fail fails first. A piece that can't be moved (a filter of
 * system calls, a program that split the mapping) is copied.
 *
 * Measured here, 64 KiB to 1 GiB, each page touched, best of 6 on a busy
 * machine (glibc 2.36 in brackets): by half each time 517 ms (677), by pages
 * 523 ms (719); by pages without touching, so the calls alone, 6 ms (184).
 *
 * Kernel rules: never shrinks, never grows in place, and the old addresses
 * stay lazily freed.
 *
 * Locks: vmap_space.lock for ranges; an area being resized is in the hands of
 * this thread.
 */
#include <string.h>

#include "lib/bug.h"
#include "mm/vmap.h"
#include "os/os.h"

enum {
	SLACK_SHARE = 32, /* of the size, added to small steps */
	KEEP_SHARE = 8,	  /* a smaller tail is not worth a call */
	KEEP_BYTES = 64 << 10,
	COPY_BYTES = 256 << 10, /* up to here copying is cheaper */
};

/* Extends the range until @size fits, if it can; returns its capacity. */
static size_t make_room(struct vmap_area *va, size_t size)
{
	size_t capacity;

	spin_lock(&vmap_space.lock);
	capacity = vmap_capacity(va);
	if (capacity < size) {
		size_t need = size - capacity;

		capacity += vmap_extend(va, need, need + vmap_room(size, true));
	}
	spin_unlock(&vmap_space.lock);
	return capacity;
}

/* A purge may free what the system is short of: memory, mappings. */
static bool commit(char *p, size_t size)
{
	if (!os_commit(p, size))
		return true;
	vmalloc_purge(0);
	return !os_commit(p, size);
}

/* The area ends at @size, and maybe its last mapping. */
static void drop_cuts(struct vmap_area *va, size_t size)
{
	while (va->nr_cuts && vmap_cut(va, va->nr_cuts - 1u) > size)
		va->nr_cuts--;
}

bool vmap_grow(struct vmap_area *va, size_t size, gfp_t gfp)
{
	size_t old = va->size, charged = va->charged;
	size_t capacity = make_room(va, size);
	size_t want = vmap_grain_up(old + old / SLACK_SHARE), has;
	enum vmap_use use = va->flags & VA_SPARSE || gfp & __GFP_ZERO ?
				    VMAP_USE_LEAVES :
				    VMAP_USE_FILLS;

	if (capacity < size)
		return false;
	want = min_ul(vmap_huge_size(max_ul(want, size), use), capacity);
	if (!vmap_charge(va, gfp, (want - old) >> PAGE_SHIFT)) {
		want = size;
		if (!vmap_charge(va, gfp, (want - old) >> PAGE_SHIFT))
			return false;
	}
	has = vmap_steal(va, old, want, gfp);
	if (has < want && !commit(va->start + has, want - has)) {
		if (has > old)
			os_decommit(va->start + old, has - old);
		drop_cuts(va, old);
		vmap_uncharge(va, charged);
		return false;
	}
	va->size = want;
	if (has < want)
		vmap_huge(va, has, gfp, use);
	return true;
}

bool vmap_shrink(struct vmap_area *va, size_t size)
{
	if (os_decommit(va->start + size, va->size - size)) {
		os_discard(va->start + size, va->size - size);
		return false;
	}
	va->size = size;
	drop_cuts(va, size);
	if (!(va->flags & VA_CLEAN))
		vmap_uncharge(va, size >> PAGE_SHIFT);
	return true;
}

/* @from and what is behind it for @size bytes is to be found at @to. */
static bool move_piece(char *from, char *to, size_t size)
{
	if (!size || !os_move(from, size, to, size))
		return true;
	/* the target may be gone, or have been mapped before */
	if (os_decommit(to, size) || os_commit(to, size))
		return false;
	memcpy(to, from, size);
	return true;
}

/* Moves all pieces of @va to the range of @to, or none of them. */
static bool move_pieces(struct vmap_area *va, struct vmap_area *to)
{
	size_t begin[VMAP_MAX_CUTS + 1] = { 0 }, end = va->size;
	unsigned int i;

	for (i = 0; i < va->nr_cuts; i++)
		begin[i + 1] = vmap_cut(va, i);
	for (i = va->nr_cuts + 1u; i-- > 0; end = begin[i])
		if (!move_piece(va->start + begin[i], to->start + begin[i],
				end - begin[i]))
			break;
	if (i == UINT_MAX)
		return true;

	while (++i <= va->nr_cuts) {
		end = i < va->nr_cuts ? begin[i + 1] : va->size;
		if (!move_piece(to->start + begin[i], va->start + begin[i],
				end - begin[i]))
			bug("vrealloc: pages of %p can be moved neither to %p "
			    "nor back",
			    (void *)va->start, (void *)to->start);
	}
	return false;
}

void vmap_purge_range(struct vmap_area *va)
{
	struct list_head batch;

	va->flags |= VA_CLEAN | VA_HOLE;
	spin_lock(&vmap_space.lock);
	va->state = VA_PURGING;
	spin_unlock(&vmap_space.lock);
	list_init(&batch);
	list_add(&va->lru, &batch);
	vmap_purge_batch(&batch);
}

/* The pages of @va are @to's now, and all that goes with them. */
static void hand_over(struct vmap_area *va, struct vmap_area *to)
{
	to->chain = va->chain;
	to->charged = va->charged;
	to->flags |= va->flags & (VA_HUGE | VA_NOHUGE);
	to->huge_trust = va->huge_trust;
	to->nr_cuts = va->nr_cuts;
	memcpy(to->cut, va->cut, sizeof(to->cut));
	vmap_add_cut(to, va->size);
	va->chain = NO_PFN;
	va->charged = 0;
	va->flags &= (u8) ~(VA_HUGE | VA_NOHUGE);
	va->nr_cuts = 0;
}

/* The area that has @va's pages and @size bytes; NULL with @va untouched. */
static struct vmap_area *move_area(struct vmap_area *va, size_t size, gfp_t gfp)
{
	size_t old = va->size, charged = va->charged;
	struct vmap_area *to;

	size = vmap_huge_size(size, VMAP_USE_FILLS);
	to = vmap_place(gfp, size, vmap_space.grain, VMAP_ROOM_GROWN);
	if (!to)
		to = vmap_place(gfp, size, vmap_space.grain, VMAP_GUARD);
	if (!to)
		return NULL;
	if (!vmap_charge(va, gfp, (size - old) >> PAGE_SHIFT))
		goto release;
	if (!commit(to->start + old, size - old) || !move_pieces(va, to))
		goto uncharge;
	hand_over(va, to);
	vmap_purge_range(va);
	vmap_huge(to, old, gfp, VMAP_USE_FILLS);
	return to;

uncharge:
	vmap_uncharge(va, charged);
release:
	vmap_purge_range(to);
	return NULL;
}

/* As move_area(), by copying: the new area is one mapping. */
static struct vmap_area *copy_area(struct vmap_area *va, size_t size, gfp_t gfp)
{
	struct list_head batch;
	struct vmap_area *to = vmap_get(
		&(struct vmap_request){ .gfp = gfp & ~(gfp_t)__GFP_ZERO,
					.size = size,
					.align = vmap_space.grain,
					.caller = va->caller });

	if (!to)
		return NULL;
	memcpy(to->start, va->start, va->size);
	if (gfp & __GFP_ZERO)
		memset(to->start + va->size, 0, size - va->size);

	list_init(&batch);
	spin_lock(&vmap_space.lock);
	vmap_unset_busy(to, VA_MOVING);
	vmap_lazy_add(va, &batch);
	vmap_count(KV_vmap_area_free, 1);
	spin_unlock(&vmap_space.lock);
	if (!list_empty(&batch))
		vmap_purge_batch(&batch);
	return to;
}

/* @va or the area that took its place, with @size bytes; NULL: as before. */
static struct vmap_area *resize(struct vmap_area *va, size_t size, gfp_t gfp)
{
	if (size < va->size) {
		vmap_shrink(va, size);
		return va;
	}
	if (!vmap_kernel_rules() && vmap_grow(va, size, gfp))
		return va;
	if (va->size <= COPY_BYTES || va->nr_cuts == VMAP_MAX_CUTS)
		return copy_area(va, size, gfp);
	return move_area(va, size, gfp);
}

/* Whether an area of @have bytes does for @size. */
static bool good_for(size_t have, size_t size)
{
	size_t tail = have - size;

	return size <= have && (vmap_kernel_rules() || tail < KEEP_BYTES ||
				tail < have / KEEP_SHARE);
}

/* For the report a resize is a new request and a free; lock held. */
static void count_resize(size_t asked, size_t old, size_t now)
{
	vmap_count(KV_vmalloc_resize, 1);
	vmap_count(KV_vmalloc_free, 1);
	vmap_count(KV_vmalloc_asked, asked);
	vmap_count(KV_vmalloc_freed, old);
	vmap_count(KV_vmalloc_served, now);
}

void *vrealloc_area(void *p, size_t size, gfp_t gfp, const void *caller)
{
	struct vmap_area *va, *to;
	size_t old, now, asked = size;

	if (!size || size > vmalloc_region.size || !is_vmalloc_addr(p))
		return NULL;
	size = vmap_grain_up(size);
	spin_lock(&vmap_space.lock);
	va = vmap_find(p);
	if (!va || va->start != p || va->state != VA_BUSY) {
		spin_unlock(&vmap_space.lock);
		return NULL;
	}
	va->caller = caller;
	old = va->size;
	if (good_for(old, size)) {
		count_resize(asked, old, old);
		spin_unlock(&vmap_space.lock);
		vmap_tell(va, VMAP_IS_BUSY, asked);
		return p;
	}
	vmap_unset_busy(va, VA_MOVING);
	spin_unlock(&vmap_space.lock);

	to = resize(va, size, gfp);
	spin_lock(&vmap_space.lock);
	if (!to) {
		vmap_set_busy(va);
		spin_unlock(&vmap_space.lock);
		return NULL;
	}
	if (to != va)
		vmap_count(KV_vmap_moved, 1);
	else if (va->size != old)
		vmap_count(KV_vmap_grown, 1);
	now = to->size;
	to->caller = caller;
	vmap_set_busy(to);
	count_resize(asked, old, now);
	spin_unlock(&vmap_space.lock);
	if (to)
		vmap_tell(to, VMAP_IS_BUSY, asked);
	stats_note_held((long)now - (long)old);
	stats_note_pages();
	return to->start;
}
