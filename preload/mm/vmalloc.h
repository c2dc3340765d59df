/* SPDX-License-Identifier: MIT */
/*
 * vmalloc.h - areas of virtually contiguous memory in a region of their own.
 *
 * Each area is its own private mapping followed by a guard page; the frames
 * it stands for are charged to the machine. The region is disjoint from the
 * linear map: is_vmalloc_addr() is one comparison.
 */
#ifndef KV_VMALLOC_H
#define KV_VMALLOC_H

#include "mm/machine.h"

/*
 * Where address space is limited (RLIMIT_AS) a region of its own would take
 * from the linear map what it may never need: there it is "on demand", each
 * area a reservation by itself, and the region is all that is not linear.
 */
struct vmalloc_region {
	char *base;
	size_t size;
	bool on_demand;
};
extern struct vmalloc_region vmalloc_region;

static inline bool is_vmalloc_addr(const void *p)
{
	return (size_t)((const char *)p - vmalloc_region.base) <
		       vmalloc_region.size &&
	       !virt_is_linear(p);
}

/* Is @p ours to judge: in the region, on demand in an area freed or not? */
bool vmalloc_owns(const void *p);

/* Reserves the region: 0 or -ENOMEM (then every request fails). */
int vmalloc_boot(void);
void vmalloc_shutdown(void);	/* tests */

/*
 * @size bytes (rounded up to pages) aligned to @align (power of two, at least
 * a page is given). Reads as zero if __GFP_ZERO is in @gfp. @caller is kept
 * for vmallocinfo. NULL: no address space, no frames (unless the machine
 * overcommits) or the system refused.
 */
void *vmalloc_area(gfp_t gfp, size_t size, size_t align, const void *caller);
/* The same, and counts @why the request came here. */
void *vmalloc_area_why(gfp_t gfp, size_t size, size_t align, const void *caller,
		       enum kv_counter why);

/*
 * Frees the area that starts at @p; its address is not used for other sizes
 * until a purge. 0; -EINVAL: no area starts at @p and @p lies in none;
 * -EFAULT: @p lies inside an area; -ENOENT: freed already (lazily).
 */
int vfree_area(void *p);

/* Usable bytes of the area that starts at @p; 0 if none does. */
size_t vmalloc_usable(const void *p);

/*
 * Changes the size: in place if it shrinks or the room behind it allows, else
 * by moving the pages (no copy). Contents kept up to the smaller size. New
 * address, or NULL with the area untouched.
 */
void *vrealloc_area(void *p, size_t size, gfp_t gfp, const void *caller);

/*
 * Gives lazily freed areas back to the system until at most @keep bytes of
 * them stay resident, or as many as the budget of the moment allows if that is
 * less. Returns pages given back (their frames are uncharged).
 */
unsigned long vmalloc_purge(size_t keep);

/* Calls @fn for every area in address order; region lock held inside. */
enum vmap_state { VMAP_BUSY, VMAP_LAZY };
void vmalloc_for_each(void (*fn)(const void *addr, size_t size,
				 enum vmap_state state, const void *caller,
				 void *arg),
		      void *arg);

/* How many invariants are broken; takes the lock. */
unsigned long vmalloc_validate(void);
void vmalloc_fork_child(void);

#endif
