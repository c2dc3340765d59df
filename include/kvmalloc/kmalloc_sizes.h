/* SPDX-License-Identifier: MIT */
/*
 * kmalloc_sizes.h - the kernel's kmalloc classes, in the order in which a
 * kernel creates them (slabinfo lists newest first).
 *
 * X(size, name since 5.x, name of 4.x)
 */
#ifndef KVMALLOC_KMALLOC_SIZES_H
#define KVMALLOC_KMALLOC_SIZES_H

/* clang-format off */
#define KMALLOC_SIZES(X)       \
	X(96,   "96",  "96")   \
	X(192,  "192", "192")  \
	X(8,    "8",   "8")    \
	X(16,   "16",  "16")   \
	X(32,   "32",  "32")   \
	X(64,   "64",  "64")   \
	X(128,  "128", "128")  \
	X(256,  "256", "256")  \
	X(512,  "512", "512")  \
	X(1024, "1k",  "1024") \
	X(2048, "2k",  "2048") \
	X(4096, "4k",  "4096") \
	X(8192, "8k",  "8192")

/* Copies of the set that a kernel has beside the normal one: name, prefix,
 * first kernel that has it (0: all), flag of its caches, gfp bit of requests
 * that go there (the rows: in the order in which they were added). */
#define KMALLOC_TYPES(X)                                                      \
	X(RECLAIM, "kmalloc-rcl-", 420, SLAB_RECLAIM_ACCOUNT, __GFP_RECLAIMABLE) \
	X(DMA,     "dma-kmalloc-", 0,   SLAB_CACHE_DMA,       __GFP_DMA)      \
	X(CGROUP,  "kmalloc-cg-",  514, SLAB_ACCOUNT,         __GFP_ACCOUNT)
/* clang-format on */

#endif
