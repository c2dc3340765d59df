/* SPDX-License-Identifier: MIT */
/*
 * stats.h - the process-wide counters, laid out as the report file has them.
 *
 * `stats` is page aligned: when a report is asked for, the file is mapped
 * shared over it, so counting costs the same with and without and nothing is
 * lost when the process is killed. Therefore: the allocator only writes here
 * and never reads a decision from it (a child made by a raw fork shares the
 * mapping with its parent).
 */
#ifndef KV_STATS_H
#define KV_STATS_H

#include "kvmalloc/kvr.h"
#include "lib/types.h"
#include "mm/machine.h"

/*
 * The sections of the file that are counted into: name, type, id, entries.
 * Whole pages each, since the file is mapped over them; of the last only as
 * much as there are zones.
 */
#define STATS_PARTS(X)                                               \
	X(process, struct kvr_stats, KVR_SEC_STATS, 1)               \
	X(class, struct kvr_class, KVR_SEC_CLASSES, KVR_MAX_CLASSES) \
	X(cache, struct kvr_cache, KVR_SEC_CACHES, KVR_MAX_CACHES)   \
	X(layout, struct kvr_layout, KVR_SEC_LAYOUT, 1)              \
	X(zone, struct kvr_zone, KVR_SEC_ZONES, KVR_MAX_ZONE_ROWS)

struct stats_pages {
#define X(name, type, id, nr) \
	type name[nr] __attribute__((aligned(KVR_PAGE)));
	STATS_PARTS(X)
#undef X
};
extern HIDDEN struct stats_pages stats_pages;
#define stats (stats_pages.process[0])

/*
 * The row of the cache with that index, or NULL: nobody will look at any, and
 * a small process is spared their pages.
 */
static inline struct kvr_cache *stats_cache(unsigned int index)
{
	return machine.cfg.unseen ? NULL : &stats_pages.cache[index];
}

/* What several threads may add to. */
static inline void gauge_add(u64 *gauge, long n)
{
	__atomic_fetch_add(gauge, (u64)n, __ATOMIC_RELAXED);
}

static inline void count_events(enum kv_counter c, u64 n)
{
	gauge_add(&stats.counter[c], (long)n);
}

static inline void count_event(enum kv_counter c)
{
	count_events(c, 1);
}

/*
 * An event of the cache with that index, @n of its objects if that is what a
 * kernel counts there. The kernel's interface shows them by cache and CPU.
 */
#ifdef KV_KAPI
void count_by_cache(unsigned int cache, enum kv_counter c, u64 n);
#endif
static inline void count_cache_event(unsigned int cache, enum kv_counter c,
				     u64 n)
{
	count_event(c);
#ifdef KV_KAPI
	count_by_cache(cache, c, n);
#else
	(void)cache;
	(void)n;
#endif
}

/* Pages or bytes now in use changed: keeps the peaks. */
void stats_note_pages(void);
void stats_note_held(long bytes);

#endif
