/* SPDX-License-Identifier: MIT */
/*
 * io.h - access to memory as if it were a device's. The machine has no
 * devices: a physical address up to its last frame is a frame's, and what is
 * behind is memory that ioremap() shows, zero at first, for the program to
 * play the device.
 */
#ifndef KV_LINUX_IO_H
#define KV_LINUX_IO_H

#include <linux/types.h>

#ifndef KV_KAPI_INSIDE
#include <linux/compiler.h>
#include <linux/mm.h>
#include <linux/string.h>
#else
#define __iomem
#endif

#define MEMREMAP_WB	(1ul << 0)
#define MEMREMAP_WT	(1ul << 1)
#define MEMREMAP_WC	(1ul << 2)

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* NULL: no room, nothing to map, or it is the machine's memory (reported). */
void __iomem *ioremap(phys_addr_t phys, size_t size);
void iounmap(volatile void __iomem *addr);
/* All of an area of get_vm_area(.., VM_IOREMAP). 0, -EINVAL, -ERANGE, -ENOMEM. */
int ioremap_page_range(unsigned long addr, unsigned long end, phys_addr_t phys,
		       pgprot_t prot);
/* The machine's memory has its linear address; else as ioremap(). */
void *memremap(resource_size_t phys, size_t size, unsigned long flags);
void memunmap(void *addr);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#ifndef KV_KAPI_INSIDE

#define ioremap_wc(phys, size)		ioremap(phys, size)
#define ioremap_wt(phys, size)		ioremap(phys, size)
#define ioremap_uc(phys, size)		ioremap(phys, size)
#define ioremap_np(phys, size)		ioremap(phys, size)
#define ioremap_cache(phys, size)	ioremap(phys, size)
#define ioremap_prot(phys, size, prot)	((void)(prot), ioremap(phys, size))

#define KV_IO(suffix, type)                                            \
	static inline type read##suffix(const volatile void *addr)     \
	{                                                              \
		return *(const volatile type *)addr;                   \
	}                                                              \
	static inline void write##suffix(type v, volatile void *addr)  \
	{                                                              \
		*(volatile type *)addr = v;                            \
	}
KV_IO(b, u8)
KV_IO(w, u16)
KV_IO(l, u32)
KV_IO(q, u64)
#undef KV_IO

#define readb_relaxed(addr)	readb(addr)
#define readw_relaxed(addr)	readw(addr)
#define readl_relaxed(addr)	readl(addr)
#define readq_relaxed(addr)	readq(addr)
#define writeb_relaxed(v, addr)	writeb(v, addr)
#define writew_relaxed(v, addr)	writew(v, addr)
#define writel_relaxed(v, addr)	writel(v, addr)
#define writeq_relaxed(v, addr)	writeq(v, addr)

#define ioread8(addr)		readb(addr)
#define ioread16(addr)		readw(addr)
#define ioread32(addr)		readl(addr)
#define ioread64(addr)		readq(addr)
#define iowrite8(v, addr)	writeb(v, addr)
#define iowrite16(v, addr)	writew(v, addr)
#define iowrite32(v, addr)	writel(v, addr)
#define iowrite64(v, addr)	writeq(v, addr)

static inline void memset_io(volatile void *addr, int value, size_t size)
{
	memset((void *)(unsigned long)addr, value, size);
}

static inline void memcpy_fromio(void *to, const volatile void *from,
				 size_t count)
{
	memcpy(to, (const void *)(unsigned long)from, count);
}

static inline void memcpy_toio(volatile void *to, const void *from,
			       size_t count)
{
	memcpy((void *)(unsigned long)to, from, count);
}

static inline phys_addr_t virt_to_phys(const volatile void *addr)
{
	return __pa((unsigned long)addr);
}

static inline void *phys_to_virt(phys_addr_t phys)
{
	return __va(phys);
}

#endif /* KV_KAPI_INSIDE */
#endif
