/* SPDX-License-Identifier: MIT */
/*
 * io.h - access to memory as if it were a device's. The machine has no
 * devices: what is mapped is memory, and a physical address is a frame's.
 */
#ifndef KV_LINUX_IO_H
#define KV_LINUX_IO_H

#include <linux/compiler.h>
#include <linux/mm.h>
#include <linux/string.h>
#include <linux/types.h>

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

#endif
