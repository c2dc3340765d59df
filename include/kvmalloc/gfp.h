/* SPDX-License-Identifier: MIT */
/*
 * gfp.h - the "get free pages" flags, one table for code and reports.
 *
 * Values are those of Linux 7.0 without debug options; the meaning of each
 * bit is the kernel's. The table makes the constants, the names printed in
 * failure reports and the documentation.
 */
#ifndef KVMALLOC_GFP_H
#define KVMALLOC_GFP_H

typedef unsigned int gfp_t;

/* clang-format off */
/* name, value, meaning */
#define GFP_FLAGS(X)                                                       \
	X(DMA,            0x000001u, "zone DMA only")                      \
	X(HIGHMEM,        0x000002u, "zone HighMem allowed")               \
	X(DMA32,          0x000004u, "below 4 GiB")                        \
	X(MOVABLE,        0x000008u, "page can be migrated")               \
	X(RECLAIMABLE,    0x000010u, "slab that a shrinker can free")      \
	X(HIGH,           0x000020u, "may use half of the min reserve")    \
	X(IO,             0x000040u, "may start I/O")                      \
	X(FS,             0x000080u, "may call the file system")           \
	X(ZERO,           0x000100u, "zeroed memory")                      \
	X(DIRECT_RECLAIM, 0x000400u, "may reclaim by itself, so may sleep")\
	X(KSWAPD_RECLAIM, 0x000800u, "wakes kswapd")                       \
	X(WRITE,          0x001000u, "will be dirtied")                    \
	X(NOWARN,         0x002000u, "no failure report")                  \
	X(RETRY_MAYFAIL,  0x004000u, "tries hard, then fails; never OOM")  \
	X(NOFAIL,         0x008000u, "loops for ever")                     \
	X(NORETRY,        0x010000u, "one light round, then fails")        \
	X(MEMALLOC,       0x020000u, "ignores watermarks")                 \
	X(COMP,           0x040000u, "compound page")                      \
	X(NOMEMALLOC,     0x080000u, "never uses the reserves")            \
	X(HARDWALL,       0x100000u, "cpuset strict")                      \
	X(THISNODE,       0x200000u, "this node only")                     \
	X(ACCOUNT,        0x400000u, "charged to the memory cgroup")

enum {
#define X(name, value, help) __GFP_##name = (int)(value),
	GFP_FLAGS(X)
#undef X
};

#define __GFP_RECLAIM      ((gfp_t)(__GFP_DIRECT_RECLAIM | __GFP_KSWAPD_RECLAIM))
#define GFP_KERNEL         (__GFP_RECLAIM | __GFP_IO | __GFP_FS)
#define GFP_KERNEL_ACCOUNT (GFP_KERNEL | __GFP_ACCOUNT)
#define GFP_ATOMIC         (__GFP_HIGH | __GFP_KSWAPD_RECLAIM)
#define GFP_NOWAIT         (__GFP_KSWAPD_RECLAIM | __GFP_NOWARN)
#define GFP_NOIO           (__GFP_RECLAIM)
#define GFP_NOFS           (__GFP_RECLAIM | __GFP_IO)
#define GFP_USER           (GFP_KERNEL | __GFP_HARDWALL)
#define GFP_HIGHUSER       (GFP_USER | __GFP_HIGHMEM)
#define GFP_DMA            ((gfp_t)__GFP_DMA)
#define GFP_DMA32          ((gfp_t)__GFP_DMA32)
/* clang-format on */

#endif
