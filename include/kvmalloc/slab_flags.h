/* SPDX-License-Identifier: MIT */
/*
 * slab_flags.h - the flags of a slab cache, one table for code and reports.
 *
 * Names and meanings are the kernel's; the values follow the order in which
 * Linux 6.12 numbers them (there, too, they depend on the configuration, so
 * no program may rely on them).
 */
#ifndef KVMALLOC_SLAB_FLAGS_H
#define KVMALLOC_SLAB_FLAGS_H

typedef unsigned int slab_flags_t;

/* clang-format off */
/* name, bit, meaning */
#define SLAB_FLAGS(X)                                                      \
	X(CONSISTENCY_CHECKS,  0, "checks at each allocation and free")    \
	X(RED_ZONE,            1, "bytes around objects are watched")      \
	X(POISON,              2, "free objects are filled and watched")   \
	X(KMALLOC,             3, "cache of kmalloc: stores the size asked") \
	X(HWCACHE_ALIGN,       4, "objects aligned to cache lines")        \
	X(CACHE_DMA,           5, "slabs from zone DMA")                   \
	X(CACHE_DMA32,         6, "slabs from below 4 GiB")                \
	X(STORE_USER,          7, "who allocated and freed is kept")       \
	X(PANIC,               8, "creation must not fail")                \
	X(TYPESAFE_BY_RCU,     9, "slabs are freed after a grace period")  \
	X(TRACE,              10, "each allocation and free is printed")   \
	X(NOLEAKTRACE,        12, "not traced by leak detectors, no sheaves") \
	X(NO_MERGE,           13, "never merged with another cache")       \
	X(FAILSLAB,           14, "marked for fault injection")            \
	X(ACCOUNT,            15, "charged to the memory cgroup")          \
	X(NO_USER_FLAGS,      17, "slub_debug= does not apply")            \
	X(RECLAIM_ACCOUNT,    19, "reclaimable: counted and grouped so")   \
	X(OBJECT_POISON,      20, "internal: objects themselves are filled")

enum {
#define X(name, bit, help) SLAB_##name = 1 << (bit),
	SLAB_FLAGS(X)
#undef X
};
#define SLAB_DEBUG_FLAGS                                                   \
	(SLAB_CONSISTENCY_CHECKS | SLAB_RED_ZONE | SLAB_POISON |           \
	 SLAB_STORE_USER | SLAB_TRACE)
/* Those that make slots larger. */
#define SLAB_DEBUG_METADATA (SLAB_RED_ZONE | SLAB_POISON | SLAB_STORE_USER)
/* clang-format on */

#endif
