/* SPDX-License-Identifier: MIT */
/*
 * vmalloc.c - memory in areas of virtually contiguous pages.
 *
 * The steps are the kernel's, and so is what is said when one fails: address
 * space, the array of pages (itself such an area if it is more than a page),
 * the pages, the mapping. With __GFP_NOFAIL a step is repeated until it works.
 * Huge areas (from 2 MiB, where allowed) are made of blocks of 2 MiB, aligned
 * to that; if this fails the area is made of single pages.
 *
 * Pages that must be clear are cleared where they come from, except HighMem:
 * such a page is cleared through the area, its only address.
 */
#include "kapi/vm.h"

#include <errno.h>
#include <string.h>

#include <linux/slab.h>

#include "kapi/context.h"
#include "kapi/gfp_text.h"
#include "kapi/report.h"
#include "os/os.h"

enum { TICK_NS = 4000000, HUGE_SHIFT = 21 };

#define VMALLOC_GFP                                                \
	(GFP_KERNEL_ACCOUNT | GFP_ATOMIC | GFP_NOWAIT | GFP_USER | \
	 __GFP_NOFAIL | __GFP_ZERO | __GFP_NORETRY)

struct request {
	size_t size, asked; /* rounded up, and as it was */
	size_t align;
	gfp_t gfp;
	unsigned long flags;
	int node;
	unsigned int order; /* of the blocks it is made of */
	enum kv_counter why;
	const void *caller;
};

/* To be tried again, after a tick? */
static bool again(const struct request *rq)
{
	static u32 never;

	if (!(rq->gfp & __GFP_NOFAIL))
		return false;
	os_futex_wait_for(&never, 0, TICK_NS);
	return true;
}

/* Flags for what the area needs besides its pages. */
static gfp_t nested(gfp_t gfp)
{
	return gfp & (__GFP_RECLAIM | __GFP_HIGH | __GFP_IO | __GFP_FS |
		      __GFP_NOWARN | __GFP_RETRY_MAYFAIL | __GFP_NOFAIL |
		      __GFP_NORETRY | __GFP_MEMALLOC | __GFP_NOMEMALLOC);
}

static struct vm_area *get_area(const struct request *rq)
{
	struct vm_area *area;

	do {
		area = vm_area_get(rq->size, rq->align, VM_ALLOC | rq->flags,
				   VM_KIND_AREA, nested(rq->gfp), rq->caller);
		if (!area)
			vm_warn_alloc(rq->gfp,
				      "vmalloc error: size %lu, vm_struct "
				      "allocation failed%s",
				      rq->size,
				      rq->gfp & __GFP_NOFAIL ? ". Retrying." :
							       "");
	} while (!area && again(rq));
	return area;
}

static bool get_array(struct vm_area *area, const struct request *rq)
{
	unsigned long nr = rq->size >> PAGE_SHIFT;
	size_t bytes = nr * sizeof(struct page *);

	if (bytes > PAGE_SIZE)
		area->pages =
			kapi_vmalloc(bytes, 1, nested(rq->gfp) | __GFP_ZERO, 0,
				     rq->node, 0, rq->caller);
	else
		area->pages = kmalloc_node(bytes, nested(rq->gfp) | __GFP_ZERO,
					   rq->node);
	if (!area->pages) {
		vm_warn_alloc(rq->gfp,
			      "vmalloc error: size %lu, failed to allocated "
			      "page array size %lu",
			      rq->size, bytes);
		return false;
	}
	area->vm.pages = area->pages;
	return true;
}

static bool get_pages(struct vm_area *area, const struct request *rq)
{
	unsigned long nr = rq->size >> PAGE_SHIFT;
	gfp_t gfp = rq->gfp | __GFP_NOWARN;

	if (!(gfp & (__GFP_DMA | __GFP_DMA32)))
		gfp |= __GFP_HIGHMEM;
	do {
		unsigned long got = vm_pages_get(area->pages + area->nr_pages,
						 nr - area->nr_pages, gfp,
						 rq->node, rq->order);

		vm_count_pages((long)got);
		area->nr_pages += got;
	} while (area->nr_pages < nr && again(rq));
	area->vm.nr_pages = (unsigned int)area->nr_pages;
	if (area->nr_pages == nr)
		return true;
	if (!rq->order)
		vm_warn_alloc(rq->gfp,
			      "vmalloc error: size %lu, failed to allocate "
			      "pages",
			      rq->size);
	return false;
}

static bool map(struct vm_area *area, const struct request *rq)
{
	struct thread_cache *t;
	int err;

	do {
		t = kapi_enter();
		if (!t)
			return false;
		err = vm_map_pages(area->vm.addr, area->pages, area->nr_pages,
				   false);
		kapi_leave(t);
		if (!err)
			return true;
		vm_warn_alloc(rq->gfp,
			      "vmalloc error: size %lu, failed to map pages",
			      rq->size);
		vm_purge();
	} while (again(rq));
	return false;
}

static void put_pages(struct vm_area *area)
{
	vm_pages_put(area->pages, area->nr_pages);
	vm_count_pages(-(long)area->nr_pages);
	kvfree(area->pages);
}

static void *make(const struct request *rq)
{
	struct vm_area *area = get_area(rq);

	if (!area)
		return NULL;
	area->vm.page_order = rq->order;
	area->vm.requested_size = rq->asked;
	if (get_array(area, rq) && get_pages(area, rq) && map(area, rq)) {
		vm_area_publish(area);
		if (rq->why)
			vm_area_serves(area, rq->why);
		return area->vm.addr;
	}
	if (area->pages)
		put_pages(area);
	vm_area_put(area);
	return NULL;
}

static bool beyond_memory(size_t size)
{
	return size >> PAGE_SHIFT > vm_total_pages() ||
	       size > SIZE_MAX - 2 * VMAP_HUGE_SIZE;
}

void *kapi_vmalloc(size_t size, size_t align, gfp_t gfp, unsigned long flags,
		   int node, enum kv_counter why, const void *caller)
{
	struct request rq = {
		.asked = size,
		.align = max_ul(align, PAGE_SIZE),
		.gfp = kapi_may_alloc(gfp, "vmalloc"),
		.flags = flags & ~(unsigned long)VM_ALLOW_HUGE_VMAP,
		.node = node,
		.why = why,
		.caller = caller,
	};
	void *p = NULL;

	if (KAPI_WARN_ONCE(!size, "vmalloc of no bytes"))
		return NULL;
	if (beyond_memory(size)) {
		vm_warn_alloc(gfp,
			      "vmalloc error: size %lu, exceeds total pages",
			      size);
		return NULL;
	}
	KAPI_BUG_ON(kapi_in_interrupt());
	kapi_vfree_deferred();
	if ((flags & VM_ALLOW_HUGE_VMAP) && size >= VMAP_HUGE_SIZE &&
	    !(gfp & __GFP_NOFAIL)) {
		struct request huge = rq;

		huge.order = HUGE_SHIFT - PAGE_SHIFT;
		huge.size = ALIGN_UP(size, VMAP_HUGE_SIZE);
		huge.align = max_ul(align, VMAP_HUGE_SIZE);
		huge.gfp |= __GFP_NOWARN;
		p = make(&huge);
	}
	rq.size = ALIGN_UP(size, PAGE_SIZE);
	return p ? p : make(&rq);
}

/* The program's own choice. */
static void *direct(size_t size, size_t align, gfp_t gfp, unsigned long flags,
		    int node, const void *caller)
{
	return kapi_vmalloc(size, align, gfp, flags, node, KV_vmalloc_direct,
			    caller);
}

void *__vmalloc_node_range(unsigned long size, unsigned long align,
			   unsigned long start, unsigned long end, gfp_t gfp,
			   pgprot_t prot, unsigned long vm_flags, int node,
			   const void *caller)
{
	unsigned long base = (unsigned long)vmalloc_region.base;

	(void)prot;
	if (KAPI_WARN(start > base || end < base + vmalloc_region.size,
		      "areas are placed anywhere from 0x%lx to 0x%lx", base,
		      base + vmalloc_region.size))
		return NULL;
	return direct(size, align, gfp, vm_flags, node, caller);
}

void *__vmalloc_node(unsigned long size, unsigned long align, gfp_t gfp,
		     int node, const void *caller)
{
	return direct(size, align, gfp, 0, node, caller);
}

/* What vmalloc does not know is dropped, as the kernel says it. */
static gfp_t fix_flags(gfp_t gfp)
{
	struct gfp_text bad, good;
	gfp_t unknown = gfp & ~VMALLOC_GFP;

	KAPI_WARN_ONCE(unknown,
		       "Unexpected gfp: 0x%x (%s). Fixing up to gfp: 0x%x "
		       "(%s). Fix your code!",
		       unknown, gfp_text(&bad, unknown), gfp & VMALLOC_GFP,
		       gfp_text(&good, gfp & VMALLOC_GFP));
	return gfp & VMALLOC_GFP;
}

#define CALLER __builtin_return_address(0)

void *(__vmalloc)(unsigned long size, gfp_t gfp)
{
	return direct(size, 1, fix_flags(gfp), 0, NUMA_NO_NODE, CALLER);
}

void *vmalloc(unsigned long size)
{
	return direct(size, 1, GFP_KERNEL, 0, NUMA_NO_NODE, CALLER);
}

void *vzalloc(unsigned long size)
{
	return direct(size, 1, GFP_KERNEL | __GFP_ZERO, 0, NUMA_NO_NODE,
			    CALLER);
}

void *vmalloc_node(unsigned long size, int node)
{
	return direct(size, 1, GFP_KERNEL, 0, node, CALLER);
}

void *vzalloc_node(unsigned long size, int node)
{
	return direct(size, 1, GFP_KERNEL | __GFP_ZERO, 0, node, CALLER);
}

void *vmalloc_exec(unsigned long size)
{
	return direct(size, 1, GFP_KERNEL, 0, NUMA_NO_NODE, CALLER);
}

/* On x86 what user space may map needs no more than page alignment. */
void *vmalloc_user(unsigned long size)
{
	return direct(size, PAGE_SIZE, GFP_KERNEL | __GFP_ZERO,
			    VM_USERMAP, NUMA_NO_NODE, CALLER);
}

void *vmalloc_32(unsigned long size)
{
	return direct(size, 1, GFP_KERNEL | GFP_DMA32, 0, NUMA_NO_NODE,
			    CALLER);
}

void *vmalloc_32_user(unsigned long size)
{
	return direct(size, PAGE_SIZE,
			    GFP_KERNEL | GFP_DMA32 | __GFP_ZERO, VM_USERMAP,
			    NUMA_NO_NODE, CALLER);
}

void *vmalloc_huge(unsigned long size, gfp_t gfp)
{
	return direct(size, 1, gfp, VM_ALLOW_HUGE_VMAP, NUMA_NO_NODE,
			    CALLER);
}

void *vmalloc_huge_node(unsigned long size, gfp_t gfp, int node)
{
	return direct(size, 1, gfp, VM_ALLOW_HUGE_VMAP, node, CALLER);
}

/* @n objects of @size bytes; a product that is no size_t is refused. */
static void *array(size_t n, size_t size, gfp_t gfp, const void *caller)
{
	size_t bytes;

	if (__builtin_mul_overflow(n, size, &bytes))
		return NULL;
	return direct(bytes, 1, gfp, 0, NUMA_NO_NODE, caller);
}

void *vmalloc_array(size_t n, size_t size)
{
	return array(n, size, GFP_KERNEL, CALLER);
}

void *vcalloc(size_t n, size_t size)
{
	return array(n, size, GFP_KERNEL | __GFP_ZERO, CALLER);
}

void *__vmalloc_array(size_t n, size_t size, gfp_t gfp)
{
	return array(n, size, fix_flags(gfp), CALLER);
}

void *__vcalloc(size_t n, size_t size, gfp_t gfp)
{
	return array(n, size, fix_flags(gfp) | __GFP_ZERO, CALLER);
}

/* A place for a reallocated area's new size, with the old contents. */
static void *move(const void *p, size_t old, size_t size, size_t align,
		  gfp_t gfp, int node, const void *caller)
{
	void *to = direct(size, align, gfp, 0, node, caller);

	if (to && p) {
		memcpy(to, p, old);
		vfree(p);
	}
	return to;
}

static void *resize(const void *p, size_t size, size_t align, gfp_t gfp,
		    int node, const void *caller)
{
	struct vm_area *area;
	size_t room, old;
	void *same = (void *)(uintptr_t)p;

	if (!size) {
		vfree(p);
		return NULL;
	}
	if (!p)
		return move(NULL, 0, size, align, gfp, node, caller);
	area = vm_area_find(p);
	if (KAPI_WARN(!area || area->kind != VM_KIND_AREA,
		      "Trying to vrealloc() nonexistent vm area (%p)", p))
		return NULL;
	room = (area->vm.nr_pages) * PAGE_SIZE;
	old = area->vm.requested_size;
	if (KAPI_WARN(room < old,
		      "vrealloc() has mismatched area vs requested sizes (%p)",
		      p))
		return NULL;
	if (KAPI_WARN((uintptr_t)p & (align - 1),
		      "will not reallocate with a bigger alignment (0x%lx)",
		      align))
		return NULL;
	if (size > room)
		return move(p, old, size, align, gfp, node, caller);
	area->vm.requested_size = size;
	if (gfp & __GFP_ZERO) /* nobody sees what was there before */
		memset((char *)same + min_ul(size, old), 0,
		       max_ul(size, old) - min_ul(size, old));
	return same;
}

void *vrealloc(const void *p, size_t size, gfp_t gfp)
{
	return resize(p, size, 1, gfp, NUMA_NO_NODE, CALLER);
}

void *vrealloc_node_align(const void *p, size_t size, unsigned long align,
			  gfp_t gfp, int node)
{
	return resize(p, size, max_ul(align, 1), gfp, node, CALLER);
}
