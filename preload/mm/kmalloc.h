/* SPDX-License-Identifier: MIT */
/*
 * kmalloc.h - from a size to the cache that serves it.
 *
 * One numbering for all that free() may meet: class = index in caches[] =
 * byte in class_map[]. Slab classes come first, ascending, then page runs.
 * Two geometries, read by the same code:
 *   default  16-byte steps to 128, then 8 classes a doubling; runs of 3 to 8
 *            pages, then blocks of 2^order pages;
 *   kernel   the kernel's own 12 (without kmalloc-8: malloc promises 16-byte
 *            alignment; libkvkernel has it) and blocks of 2^order pages.
 * Classes of the default geometry are made on first use, so that starting a
 * program does not pay for what it never asks for.
 */
#ifndef KV_KMALLOC_H
#define KV_KMALLOC_H

#include "mm/slab.h"

enum {
#ifdef KV_KAPI
	KMALLOC_GRAIN = 8,	/* kmalloc() has a class of 8 bytes */
#else
	KMALLOC_GRAIN = 16,
#endif
	KMALLOC_MAX_CACHE_SIZE = 2 << PAGE_SHIFT,	/* 8 KiB: slabs */
	NR_GRAINS = KMALLOC_MAX_CACHE_SIZE / KMALLOC_GRAIN + 1,
};
#define KMALLOC_MAX_SIZE (PAGE_SIZE << MAX_PAGE_ORDER)	/* 4 MiB: blocks */

struct kmalloc_info {
	u8 class_of_grain[NR_GRAINS];	/* [(size + 15) / 16], size <= 8 KiB */
	u8 class_of_pages[MAX_BLOCK_PAGES + 1];	/* larger sizes, in pages */
	u8 nr_slab_classes, nr_classes;	/* both count class 0 */
	u32 size[KVR_MAX_CLASSES];	/* of the class in bytes */
};
extern HIDDEN struct kmalloc_info kmalloc_info;

/*
 * Builds the tables for @kernel (0, 412, 418, 612, 700). @sheaves false gives all
 * classes sheaves of capacity 0, so that each request takes the slow path.
 */
void kmalloc_boot(int kernel, bool sheaves);

/*
 * Until kmalloc_mature() finds that the heap has grown, sizes share classes.
 * For default classes whose numbers nobody asked for. With threads all of them
 * do, and for longer, from the next kmalloc_mature() on.
 */
void kmalloc_young(void);
void kmalloc_threads(u32 nr);
void kmalloc_mature(void);

/* Class that serves @size <= KMALLOC_MAX_SIZE. */
static inline unsigned int kmalloc_class(size_t size)
{
	if (size <= KMALLOC_MAX_CACHE_SIZE)
		return kmalloc_info.class_of_grain[(size + KMALLOC_GRAIN - 1) /
						   KMALLOC_GRAIN];
	return kmalloc_info.class_of_pages[(size + PAGE_SIZE - 1) >> PAGE_SHIFT];
}

/* The cache of a class, made now if this is its first use; NULL: cannot. */
struct kmem_cache *kmalloc_cache(unsigned int class);

/*
 * Smallest class for @size whose objects are aligned to @align (a power of
 * two, at most a page); 0 if none.
 */
unsigned int kmalloc_class_aligned(size_t size, size_t align);

/* Bytes the kernel's table takes for @size (kmalloc_size_roundup()). */
size_t kernel_kmalloc_size(size_t size);

/* Makes all classes and the kernel's other kmalloc sets (kernel presets). */
void kmalloc_make_all(void);

#ifdef KV_KAPI
/*
 * The cache of the slab class @class that requests with @gfp get: of the DMA,
 * reclaimable or accounted set if that was asked for and the booted kernel has
 * it. After kmalloc_make_all().
 */
struct kmem_cache *kmalloc_cache_of(unsigned int class, gfp_t gfp);
#endif

#endif
