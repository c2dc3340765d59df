/* SPDX-License-Identifier: MIT */
/*
 * ioremap.c - linux/io.h: mapping what is no memory of the machine.
 *
 * Physical addresses behind the machine's last frame are a device's, whatever
 * it may be: a file of memory that reads as zero until it is written, and
 * shows the same at each place where it is mapped. (It stays one after a
 * fork, as a device would: frames do not.) Below, a request is for memory,
 * which the kernel refuses.
 */
#include "kapi/vm.h"

#include <errno.h>

#include <linux/io.h>

#include "kapi/context.h"
#include "kapi/report.h"
#include "os/os.h"

#define DEVICE_SPACE ((u64)1 << 46) /* physical addresses of x86-64, about */
#define CALLER	     __builtin_return_address(0)

static struct {
	struct spinlock lock;
	int fd; /* + 1; 0: not made yet */
} device;

static int device_fd(void)
{
	int fd;

	spin_lock(&device.lock);
	if (!device.fd) {
		fd = os_memfd("kvmalloc-device", DEVICE_SPACE);
		device.fd = fd < 0 ? 0 : fd + 1;
	}
	fd = device.fd - 1;
	spin_unlock(&device.lock);
	return fd;
}

static bool is_memory(u64 phys)
{
	return phys >> PAGE_SHIFT < machine.nr_pages_boot;
}

/* Whole pages. 0 or -errno. */
static int map(char *addr, size_t size, u64 phys)
{
	struct thread_cache *t = kapi_enter();
	int err = t ? device_fd() : -ENOMEM;

	if (err >= 0)
		err = os_map_file(addr, size, err, phys);
	if (t)
		kapi_leave(t);
	return err;
}

static void __iomem *remap(u64 phys, size_t size, const void *caller)
{
	u64 offset = phys % PAGE_SIZE, start = phys - offset;
	struct vm_area *area;

	if (!size || phys + size - 1 < phys || phys + size > DEVICE_SPACE)
		return NULL;
	if (KAPI_WARN_ONCE(is_memory(phys), "ioremap on RAM at 0x%lx - 0x%lx",
			   (unsigned long)phys,
			   (unsigned long)(phys + size - 1)))
		return NULL;
	area = vm_area_get(ALIGN_UP(offset + size, PAGE_SIZE), PAGE_SIZE,
			   VM_IOREMAP, VM_KIND_AREA, GFP_KERNEL, caller);
	if (!area)
		return NULL;
	area->vm.phys_addr = start;
	if (map(area->va->start, area->va->size, start)) {
		vm_area_put(area);
		return NULL;
	}
	vm_area_publish(area);
	return area->va->start + offset;
}

void __iomem *ioremap(phys_addr_t phys, size_t size)
{
	kapi_might_sleep("ioremap");
	return remap(phys, size, CALLER);
}

void iounmap(volatile void __iomem *addr)
{
	const char *start = (const char *)ALIGN_DOWN((size_t)addr, PAGE_SIZE);
	struct vm_area *area;

	if (!is_vmalloc_addr(start)) /* as phys_to_virt() has it */
		return;
	kapi_might_sleep("iounmap");
	area = vm_area_find(start);
	if (!area || !(area->vm.flags & VM_IOREMAP)) {
		kapi_count_report();
		kapi_pr("iounmap: bad address %p", (const void *)start);
		dump_stack();
		return;
	}
	vm_area_remove(start, VM_KIND_AREA);
	vm_area_put(area);
}

int ioremap_page_range(unsigned long addr, unsigned long end, phys_addr_t phys,
		       pgprot_t prot)
{
	struct vm_area *area = vm_area_find((const void *)addr);
	unsigned long first, last;

	(void)prot;
	if (KAPI_WARN_ONCE(!area || !(area->vm.flags & VM_IOREMAP),
			   "vm_area at addr %lx is not marked as VM_IOREMAP",
			   addr))
		return -EINVAL;
	first = (unsigned long)area->va->start;
	last = first + area->va->size;
	if (KAPI_WARN_ONCE(addr != first || end != last,
			   "ioremap request [%lx,%lx) doesn't match vm_area "
			   "[%lx, %lx)",
			   addr, end, first, last))
		return -ERANGE;
	if (phys % PAGE_SIZE || is_memory(phys) ||
	    phys + (end - addr) > DEVICE_SPACE)
		return -EINVAL;
	area->vm.phys_addr = phys;
	return map(area->va->start, area->va->size, phys);
}

void *memremap(resource_size_t phys, size_t size, unsigned long flags)
{
	kapi_might_sleep("memremap");
	if (!flags)
		return NULL;
	return is_memory(phys) ? pfn_to_virt(phys >> PAGE_SHIFT) +
					 phys % PAGE_SIZE :
				 remap(phys, size, CALLER);
}

void memunmap(void *addr)
{
	iounmap(addr);
}
