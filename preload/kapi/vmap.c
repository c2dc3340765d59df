/* SPDX-License-Identifier: MIT */
/*
 * vmap.c - areas made of pages that the caller has.
 *
 * What is written through the area is in the pages, and the other way round.
 * With VM_MAP_PUT_PAGES the area owns one reference of each page and the array
 * that lists them: vfree() drops both.
 */
#include "kapi/vm.h"

#include <string.h>

#include <linux/pgtable.h>
#include <linux/slab.h>

#include "kapi/context.h"
#include "kapi/report.h"

#define CALLER __builtin_return_address(0)

static void *array_alloc(unsigned int count)
{
	return kvmalloc(count * sizeof(struct page *), GFP_KERNEL);
}

/* Maps area->pages, which the area has from now on. */
static void *map_area(struct vm_area *area, pgprot_t prot)
{
	struct thread_cache *t = kapi_enter();
	int err = -1;

	area->read_only = !(pgprot_val(prot) & _PAGE_RW);
	if (t) {
		err = vm_map_pages(area->vm.addr, area->pages, area->nr_pages,
				   area->read_only);
		kapi_leave(t);
	}
	if (err) {
		vm_area_put(area);
		return NULL;
	}
	vm_area_publish(area);
	return area->vm.addr;
}

/* An area to map @count @pages in; it keeps the array. */
static void *map_pages(struct page **pages, unsigned int count,
		       unsigned long flags, pgprot_t prot, const void *caller)
{
	struct vm_area *area =
		vm_area_get((size_t)count << PAGE_SHIFT, PAGE_SIZE, flags,
			    VM_KIND_AREA, GFP_KERNEL, caller);

	if (!area)
		return NULL;
	area->pages = pages;
	area->nr_pages = count;
	return map_area(area, prot);
}

void *vmap(struct page **pages, unsigned int count, unsigned long flags,
	   pgprot_t prot)
{
	bool keep = flags & VM_MAP_PUT_PAGES;
	struct page **list = pages;
	struct vm_area *area;
	void *addr;

	kapi_might_sleep("vmap");
	if (KAPI_WARN(flags & VM_FLUSH_RESET_PERMS,
		      "vmap() can't reset permissions of pages"))
		return NULL;
	flags &= ~(unsigned long)VM_NO_GUARD; /* the kernel insists, too */
	if (!count || count > vm_total_pages())
		return NULL;
	if (!keep) {
		list = array_alloc(count);
		if (!list)
			return NULL;
		memcpy(list, pages, count * sizeof(*list));
	}
	addr = map_pages(list, count, flags, prot, CALLER);
	if (!addr && !keep)
		kvfree(list);
	if (addr && keep) {
		area = vm_area_find(addr);
		area->vm.pages = pages;
		area->vm.nr_pages = count;
	}
	return addr;
}

void *vmap_pfn(unsigned long *pfns, unsigned int count, pgprot_t prot)
{
	struct page **list;
	void *addr;

	if (!count || count > vm_total_pages())
		return NULL;
	list = array_alloc(count);
	if (!list)
		return NULL;
	for (unsigned int i = 0; i < count; i++) {
		if (KAPI_WARN(pfns[i] >= machine.nr_pages ||
				      !frame_is_committed(pfns[i]),
			      "no frame 0x%lx", pfns[i])) {
			kvfree(list);
			return NULL;
		}
		list[i] = pfn_to_page(pfns[i]);
	}
	addr = map_pages(list, count, VM_IOREMAP, prot, CALLER);
	if (!addr)
		kvfree(list);
	return addr;
}

/* Unmaps an area that was taken out. What it has of pages and their array is
 * left alone: to be freed, or lost as in the kernel. */
static void unmap(struct vm_area *area)
{
	struct page **list = area->vm.nr_pages ? NULL : area->pages;

	vm_area_unmap(area);
	kvfree(list);
}

void vunmap(const void *addr)
{
	struct vm_area *area = NULL;

	KAPI_BUG_ON(kapi_in_interrupt());
	kapi_might_sleep("vunmap");
	if (!addr)
		return;
	if (!KAPI_WARN((uintptr_t)addr & (PAGE_SIZE - 1),
		       "Trying to vfree() bad address (%p)", addr))
		area = vm_area_remove(addr, VM_KIND_AREA);
	if (KAPI_WARN(!area, "Trying to vunmap() nonexistent vm area (%p)",
		      addr))
		return;
	unmap(area);
	kfree(area);
}

struct vm_struct *get_vm_area_caller(unsigned long size, unsigned long flags,
				     const void *caller)
{
	struct vm_area *area = vm_area_get(size, PAGE_SIZE, flags, VM_KIND_AREA,
					   GFP_KERNEL, caller);

	if (!area)
		return NULL;
	vm_area_publish(area);
	return &area->vm;
}

struct vm_struct *get_vm_area(unsigned long size, unsigned long flags)
{
	return get_vm_area_caller(size, flags, CALLER);
}

struct vm_struct *remove_vm_area(const void *addr)
{
	struct vm_area *area;

	kapi_might_sleep("remove_vm_area");
	area = vm_area_remove(addr, VM_KIND_AREA);
	if (!area)
		return NULL;
	unmap(area);
	return &area->vm;
}

void free_vm_area(struct vm_struct *vm)
{
	KAPI_BUG_ON(remove_vm_area(vm->addr) != vm);
	kfree(vm);
}
