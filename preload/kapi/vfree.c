/* SPDX-License-Identifier: MIT */
/*
 * vfree.c - giving areas back.
 *
 * In a task an area goes at once. In interrupt context, and in a signal
 * handler that interrupted the core, that can't be: the area is put on a list
 * that needs no lock, its link written into the memory itself, as the kernel
 * does. Whoever next allocates or frees in a task empties the list: there is
 * no worker thread here.
 */
#include "kapi/vm.h"

#include <linux/slab.h>

#include "kapi/context.h"
#include "kapi/report.h"

struct deferred {
	struct deferred *next;
};
static struct deferred *deferred;

/* Can the calling thread be in the core now? */
static bool may_enter(void)
{
	struct thread_cache *t = kapi_enter();

	if (t)
		kapi_leave(t);
	return t;
}

/* Takes the area at @addr out, with what the kernel says to bad addresses. */
static struct vm_area *take(const void *addr)
{
	if (KAPI_WARN((uintptr_t)addr & (PAGE_SIZE - 1),
		      "Trying to vfree() bad address (%p)", addr))
		return NULL;
	return vm_area_remove(addr, VM_KIND_AREA);
}

static void free_now(const void *addr)
{
	struct vm_area *area = take(addr);
	struct page **pages;
	unsigned long nr;

	if (KAPI_WARN(!area, "Trying to vfree() nonexistent vm area (%p)",
		      addr))
		return;
	pages = area->pages;
	nr = area->vm.nr_pages; /* those that are the area's own */
	if (nr && !(area->vm.flags & VM_MAP_PUT_PAGES))
		vm_count_pages(-(long)nr);
	vm_area_freed(area);
	vm_area_put(area);
	vm_pages_put(pages, nr);
	kvfree(pages);
}

void kapi_vfree_deferred(void)
{
	struct deferred *d;

	if (likely(!__atomic_load_n(&deferred, __ATOMIC_RELAXED)) ||
	    kapi_in_interrupt())
		return;
	d = __atomic_exchange_n(&deferred, NULL, __ATOMIC_ACQUIRE);
	while (d) {
		struct deferred *next = d->next;

		free_now(d);
		d = next;
	}
}

void vfree_atomic(const void *addr)
{
	struct deferred *d = (struct deferred *)(uintptr_t)addr;

	if (!addr)
		return;
	if (KAPI_WARN(!is_vmalloc_addr(addr),
		      "Trying to vfree() nonexistent vm area (%p)", addr))
		return;
	d->next = __atomic_load_n(&deferred, __ATOMIC_RELAXED);
	while (!__atomic_compare_exchange_n(&deferred, &d->next, d, true,
					    __ATOMIC_RELEASE, __ATOMIC_RELAXED))
		;
}

void vfree(const void *addr)
{
	if (!addr)
		return;
	if (kapi_in_interrupt() || !may_enter()) {
		vfree_atomic(addr);
		return;
	}
	kapi_might_sleep("vfree");
	kapi_vfree_deferred();
	free_now(addr);
}

struct vm_struct *find_vm_area(const void *addr)
{
	struct vm_area *area = vm_area_find(addr);

	return area && area->kind == VM_KIND_AREA ? &area->vm : NULL;
}

struct page *vmalloc_to_page(const void *addr)
{
	return vm_page_at(addr);
}

unsigned long vmalloc_to_pfn(const void *addr)
{
	struct page *page = vm_page_at(addr);

	return page ? page_to_pfn(page) : 0;
}

void vm_unmap_aliases(void)
{
	kapi_might_sleep("vm_unmap_aliases");
	vm_purge();
}
