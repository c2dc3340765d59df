/* SPDX-License-Identifier: MIT */
/*
 * counters.h - event counters of the slow paths, one table for the core,
 * the report file and every tool that prints them.
 *
 * Counted once each time the event happens, process wide, from the start.
 * What the fast path counts (objects by class) is in struct kvr_thread.
 */
#ifndef KVMALLOC_COUNTERS_H
#define KVMALLOC_COUNTERS_H

/* clang-format off */
/* name, unit, what one tick means */
#define KV_COUNTERS(X)                                                     \
	/* page allocator */                                               \
	X(pgalloc,            pages,  "pages handed out by the page allocator") \
	X(pgfree,             pages,  "pages given back to the page allocator") \
	X(pcp_refill,         count,  "per-CPU page list refilled from the buddy") \
	X(pcp_drain,          count,  "per-CPU page list drained to the buddy") \
	X(page_online,        pages,  "pages initialised on first need")   \
	X(page_steal,         count,  "block taken from another migrate type") \
	X(pageblock_claim,    count,  "whole pageblock changed its migrate type") \
	X(watermark_boost,    count,  "watermarks boosted after mixing types") \
	X(alloc_slowpath,     count,  "no zone above its low watermark")   \
	X(kswapd_wake,        count,  "background reclaim requested (done inline)") \
	X(direct_reclaim,     count,  "direct reclaim rounds")             \
	X(reclaimed,          pages,  "pages that reclaim freed")          \
	X(compact_stall,      count,  "direct compaction attempts")        \
	X(compact_success,    count,  "direct compactions that made a block") \
	X(compact_migrated,   pages,  "pages moved by compaction")         \
	X(page_alloc_retry,   count,  "slow path went round again")        \
	X(page_alloc_fail,    count,  "page allocation failed")            \
	X(oom,                count,  "out of memory declared")            \
	X(highatomic_reserve, count,  "pageblock reserved for atomic requests") \
	X(purged,             pages,  "free pages given back to the system") \
	/* slab */                                                         \
	X(slab_alloc,         count,  "slab taken from the page allocator")\
	X(slab_free,          count,  "slab given back to the page allocator") \
	X(order_fallback,     count,  "slab made at its minimum order")    \
	X(sheaf_refill,       count,  "sheaf filled from slabs")           \
	X(sheaf_flush,        count,  "sheaf emptied into slabs")          \
	X(sheaf_alloc,        count,  "sheaf allocated")                   \
	X(sheaf_free,         count,  "sheaf freed")                       \
	X(barn_get,           count,  "full sheaf taken from the barn")    \
	X(barn_get_fail,      count,  "no full sheaf in the barn")         \
	X(barn_put,           count,  "full sheaf given to the barn")      \
	X(barn_put_fail,      count,  "barn had its limit of full sheaves")\
	X(alloc_single,       count,  "object taken straight from a slab") \
	X(free_single,        count,  "object given straight to a slab")   \
	/* vmalloc */                                                      \
	X(vmap_area_alloc,    count,  "area made in the vmalloc region")   \
	X(vmap_area_reuse,    count,  "lazily freed area taken again")     \
	X(vmap_area_free,     count,  "area freed (lazily)")               \
	X(vmap_purge,         count,  "lazily freed areas purged")         \
	X(vmap_purged,        pages,  "pages of purged areas")             \
	X(vmap_moved,         count,  "area grown by moving its pages")    \
	X(vmap_grown,         count,  "area grown or shrunk in place")     \
	X(vmap_overcommit,    pages,  "pages served beyond the machine's size") \
	/* requests that did not take the first route; by reason */        \
	X(vmalloc_size,       count,  "vmalloc: above the largest block")  \
	X(vmalloc_refused,    count,  "vmalloc: the kernel would refuse (above INT_MAX)") \
	X(vmalloc_policy,     count,  "vmalloc: chosen by policy=")        \
	X(vmalloc_resize,     count,  "vmalloc: an area that realloc resized") \
	X(fallback_nomem,     count,  "vmalloc fallback: below the watermark") \
	X(fallback_frag,      count,  "vmalloc fallback: no contiguous block") \
	X(fallback_slab,      count,  "vmalloc fallback: no slab for kmalloc-8k") \
	X(fallback_aligned,   count,  "vmalloc: alignment above the largest block") \
	X(vmalloc_free,       count,  "vmalloc areas freed by the program")\
	X(vmalloc_asked,      bytes,  "bytes asked from vmalloc")          \
	X(vmalloc_served,     bytes,  "bytes served by vmalloc")           \
	X(vmalloc_freed,      bytes,  "served bytes freed to vmalloc")     \
	X(alloc_failed,       count,  "requests that returned NULL")       \
	/* calls that need care */                                         \
	X(realloc_calls,      count,  "realloc of a live block")           \
	X(realloc_inplace,    count,  "realloc that kept the address")     \
	X(realloc_copied,     bytes,  "bytes copied by realloc")           \
	X(aligned_calls,      count,  "requests with their own alignment") \
	X(calloc_calls,       count,  "calloc that left the fast path")    \
	X(foreign_free,       count,  "free of a pointer that another allocator owns") \
	X(emergency_alloc,    count,  "served by the side arena (fork, signal)") \
	X(threads_started,    count,  "threads that got a cache")          \
	X(threads_reaped,     count,  "caches taken over from dead threads") \
	X(slab_errors,        count,  "reports of slub_debug, repairs included") \
	/* of libkvkernel */                                               \
	X(vmalloc_direct,     count,  "vmalloc: called by its name")
/* clang-format on */

enum kv_counter {
#define X(name, unit, help) KV_##name,
	KV_COUNTERS(X)
#undef X
		KV_NR_COUNTERS
};

#endif
