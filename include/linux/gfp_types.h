/* SPDX-License-Identifier: MIT */
/*
 * gfp_types.h - the "get free pages" flags.
 *
 * Bits, their names and values: kvmalloc/gfp.h, one table for code and
 * reports. Here: what else kernel code spells, and what older kernels did.
 */
#ifndef KV_LINUX_GFP_TYPES_H
#define KV_LINUX_GFP_TYPES_H

#include <kvmalloc/gfp.h>
#include <linux/types.h>

#define GFP_HIGHUSER_MOVABLE (GFP_HIGHUSER | __GFP_MOVABLE)
#define GFP_TRANSHUGE_LIGHT                                                 \
	((GFP_HIGHUSER_MOVABLE | __GFP_COMP | __GFP_NOMEMALLOC |            \
	  __GFP_NOWARN) &                                                   \
	 ~__GFP_RECLAIM)
#define GFP_TRANSHUGE	   (GFP_TRANSHUGE_LIGHT | __GFP_DIRECT_RECLAIM)
#define __GFP_BITS_SHIFT   23
#define __GFP_BITS_MASK	   ((gfp_t)((1u << __GFP_BITS_SHIFT) - 1))
#define GFP_MOVABLE_MASK   ((gfp_t)(__GFP_RECLAIMABLE | __GFP_MOVABLE))
#define GFP_MOVABLE_SHIFT  3
#define GFP_ZONEMASK                                                        \
	((gfp_t)(__GFP_DMA | __GFP_HIGHMEM | __GFP_DMA32 | __GFP_MOVABLE))
#define GFP_RECLAIM_MASK                                                    \
	(__GFP_RECLAIM | __GFP_HIGH | __GFP_IO | __GFP_FS | __GFP_NOWARN |  \
	 __GFP_RETRY_MAYFAIL | __GFP_NOFAIL | __GFP_NORETRY |               \
	 __GFP_MEMALLOC | __GFP_NOMEMALLOC)

/* Bits of debugging options, which this kernel is built without. */
#define __GFP_ZEROTAGS	   ((gfp_t)0)
#define __GFP_SKIP_ZERO	   ((gfp_t)0)
#define __GFP_SKIP_KASAN   ((gfp_t)0)
#define __GFP_NOLOCKDEP	   ((gfp_t)0)
#define __GFP_NO_OBJ_EXT   ((gfp_t)0)
#define __GFP_CMA	   ((gfp_t)0)

/*
 * Historic names, as what they became:
 *  WAIT       to 4.3: may sleep. DIRECT_RECLAIM alone, so that a test for it
 *             stays false for GFP_ATOMIC.
 *  REPEAT     to 4.12: tries harder for costly orders; RETRY_MAYFAIL then.
 *  ATOMIC     4.4 to 6.2: the high priority of GFP_ATOMIC.
 *  COLD       to 4.14: a page that is not in the CPU's cache; no effect now.
 *  TEMPORARY  to 4.13: short-lived, grouped with what can be reclaimed.
 */
#define __GFP_WAIT	   __GFP_DIRECT_RECLAIM
#define __GFP_REPEAT	   __GFP_RETRY_MAYFAIL
#define __GFP_ATOMIC	   __GFP_HIGH
#define __GFP_COLD	   ((gfp_t)0)
#define __GFP_NOTRACK	   ((gfp_t)0)
#define __GFP_OTHER_NODE   ((gfp_t)0)
#define GFP_TEMPORARY	   (GFP_KERNEL | __GFP_RECLAIMABLE)
#define GFP_IOFS	   (__GFP_IO | __GFP_FS)
#define GFP_THISNODE	   (__GFP_THISNODE | __GFP_NOWARN | __GFP_NORETRY)

#endif
