/* SPDX-License-Identifier: MIT */
/*
 * buddy.h - inside the page allocator: free blocks of a zone.
 *
 * For the files of the page allocator, and for nobody above. All functions need
 * zone->lock.
 */
#ifndef KV_BUDDY_H
#define KV_BUDDY_H

#include "mm/page_alloc.h"
#include "mm/stats.h"

/*
 * For functions that look, without its lock, at a word that somebody may be
 * changing: what it was a moment ago will do. (The page of a used neighbour,
 * a sum of counters.)
 */
#ifdef __SANITIZE_THREAD__
#define NO_TSAN __attribute__((noinline, no_sanitize("thread")))
#else
#define NO_TSAN
#endif

/* The kernel's bits. */
enum alloc_flags {
	ALLOC_WMARK_MIN = WMARK_MIN,
	ALLOC_WMARK_LOW = WMARK_LOW,
	ALLOC_WMARK_HIGH = WMARK_HIGH,
	ALLOC_WMARK_MASK = 3,
	ALLOC_NO_WATERMARKS = 0x4,
	ALLOC_OOM = 0x8,
	ALLOC_NON_BLOCK = 0x10,
	ALLOC_MIN_RESERVE = 0x20,
	ALLOC_NOFRAGMENT = 0x100,
	ALLOC_HIGHATOMIC = 0x200,
	ALLOC_KSWAPD = 0x800,
	ALLOC_CLEAN = 0x10000, /* ours: prefers frames not resident */
};

/* What is wanted; made by page_request_init(). */
struct page_request {
	gfp_t gfp;
	unsigned int order;
	unsigned int nr; /* frames of it, the rest stays free */
	enum migratetype mt;
	enum zone_type highest; /* zone that serves it best */
	int nid;		/* node that does; never NUMA_NO_NODE */
};

/*
 * The zones with pages that may serve @rq, best first: those of its node
 * downwards from the highest, then those of the other nodes. They are all as
 * far; the kernel goes on with the next higher number, then from 0, so that
 * not all fall back to the same one.
 */
static inline struct zone *next_zone_of(const struct page_request *rq,
					struct zone *z)
{
	do {
		unsigned int node = z->node;

		if (z->type > 0) {
			z--;
			continue;
		}
		if (++node == machine.nr_nodes)
			node = 0;
		if ((int)node == rq->nid || (rq->gfp & __GFP_THISNODE))
			return NULL;
		z = node_zone((int)node, rq->highest);
	} while (!z->managed);
	return z;
}

static inline struct zone *first_zone_of(const struct page_request *rq)
{
	struct zone *z = node_zone(rq->nid, rq->highest);

	return z->managed ? z : next_zone_of(rq, z);
}

#define for_each_zone_of(rq, z)                               \
	for (struct zone *z = first_zone_of(rq); (z) != NULL; \
	     z = next_zone_of(rq, z))

static inline void zone_lock(struct zone *z)
{
	spin_lock(&z->lock);
}

/* HighAtomic pages on the free lists. */
unsigned long nr_free_highatomic(const struct zone *z);

static inline void zone_unlock(struct zone *z)
{
	u64 easy = 0;

	if (likely(z->nr_free > z->easy_mark))
		easy = ((((u64)1 << fls_ul(z->avail_any)) - 1) | 1) &
		       z->pcp_orders;
	__atomic_store_n(&z->easy_orders, easy, __ATOMIC_RELAXED);
	z->mirror->nr_free = z->nr_free;
	z->mirror->dirty_free = z->dirty_free;
	if (unlikely(z->nr_highatomic))
		z->mirror->nr_free_highatomic = nr_free_highatomic(z);
	spin_unlock(&z->lock);
}

static inline unsigned long zone_nr_free(const struct zone *z)
{
	return __atomic_load_n(&z->nr_free, __ATOMIC_RELAXED);
}

/* So much is free that no watermark needs a test, once @pages are gone. */
static inline bool zone_is_roomy(const struct zone *z, unsigned long pages)
{
	return zone_nr_free(z) >
	       __atomic_load_n(&z->easy_mark, __ATOMIC_RELAXED) + pages;
}

static inline unsigned long zone_boost(const struct zone *z)
{
	return __atomic_load_n(&z->boost, __ATOMIC_RELAXED);
}

static inline unsigned long zone_nr_highatomic(const struct zone *z)
{
	return __atomic_load_n(&z->nr_highatomic, __ATOMIC_RELAXED);
}

static inline void zone_add_free(struct zone *z, long pages)
{
	__atomic_store_n(&z->nr_free, z->nr_free + (unsigned long)pages,
			 __ATOMIC_RELAXED);
}

static inline struct zone *page_zone(unsigned long pfn)
{
	return &zones[pfn_zone(pfn)];
}

static inline enum migratetype pageblock_mt(unsigned long pfn)
{
	return __atomic_load_n(&pfn_to_pageblock(pfn)->mt, __ATOMIC_RELAXED);
}

/* 4 MiB blocks of the zone that were never needed and are still free. */
static inline unsigned long deferred_blocks(const struct zone *z)
{
	return ((z->end_pfn - z->online_end) >> MAX_PAGE_ORDER) -
	       z->deferred_charged;
}

static inline bool zone_wants_kswapd(const struct zone *z)
{
	return __atomic_load_n(&z->kswapd_wanted, __ATOMIC_RELAXED);
}

/* Recomputes what depends on deferred blocks, marks or the reserve. */
void zone_update_deferred(struct zone *z);
void zone_update_marks(struct zone *z);

/*
 * Takes @rq->nr frames at the start of a block of @rq->order, by the rules
 * of migrate types and enum alloc_flags. The head's type, order and
 * PG_ZERO are set, the rest of the block is free. 0 if there is none.
 */
u32 buddy_alloc(struct zone *z, const struct page_request *rq,
		unsigned int flags);

/*
 * Frees frames [@pfn, @pfn + @nr), any number and alignment. @dirty: they may
 * be resident, all of them; else what pageblock.dirty says still holds.
 */
void buddy_free(struct zone *z, unsigned long pfn, unsigned long nr,
		bool dirty);

/* As buddy_free() for one aligned block that is still as it was taken. */
void buddy_free_block(struct zone *z, unsigned long pfn, unsigned int order,
		      bool dirty);

/*
 * Takes exactly the frames [@pfn, @end) of one zone if all of them are free
 * and in the buddy's hands, or deferred and next in turn. @pfn is no start of
 * the zone. False: nothing was taken.
 */
bool buddy_take_range(struct zone *z, unsigned long pfn, unsigned long end);

/* Takes the free block headed by @pfn off its list and out of nr_free. */
void buddy_isolate(struct zone *z, unsigned long pfn);

/* Frames of the aligned block that may be resident, by the bitmap. */
unsigned int dirty_count(unsigned long pfn, unsigned int order);
void dirty_set(unsigned long pfn, unsigned long nr);
void dirty_clear(unsigned long pfn, unsigned long nr);

/* Puts a block that cannot merge on its list, or takes one off: its order,
 * type and dirty count stay readable. */
void block_add(struct zone *z, unsigned long pfn, unsigned int order,
	       enum migratetype mt, u32 dirty, bool tail);
void block_del(struct zone *z, unsigned long pfn);

/* Is it the head of a free block? It may be in use, and about to change. */
bool is_free_head(const struct page *page);

/* Smallest block of @mt with at least @order; 0 if there is none. */
u32 find_block(const struct zone *z, unsigned int order, enum migratetype mt,
	       unsigned int flags);

/* pageblock.c: @rq->mt's own lists have nothing. See there. */
u32 find_elsewhere(struct zone *z, const struct page_request *rq,
		   unsigned int flags);
void set_pageblock_mt(struct zone *z, unsigned long pfn, enum migratetype mt);

/* Brings the next 4 MiB of the zone online, as blocks of type @mt. */
bool zone_online_block(struct zone *z, enum migratetype mt);

/*
 * HighAtomic reserve: makes one of the pageblock around @pfn, if the zone may
 * still grow it; gives one back to @mt (@force: even the last): true if so.
 */
void reserve_highatomic(struct zone *z, unsigned long pfn);
bool unreserve_highatomic(struct zone *z, enum migratetype mt, bool force);

/* page_alloc.c: what the slow path is made of. */
void page_request_init(struct page_request *rq, gfp_t gfp, unsigned int order,
		       unsigned int nr);
/* Clears @nr pages of one zone, wherever it has to go for that. */
void clear_pages(struct page *page, unsigned int nr);
/* How deep @gfp may dig into the reserves (the kernel's rules). */
unsigned int gfp_alloc_flags(gfp_t gfp, unsigned int order);
/* The mark that @flags name, boost included. */
unsigned long zone_mark(const struct zone *z, unsigned int flags);
/* One try at all zones, from the best downwards. */
struct page *get_page_from_zones(const struct page_request *rq,
				 unsigned int flags);
/* reclaim.c */
struct page *alloc_slowpath(const struct page_request *rq);
/* What kswapd does to a zone boosted by a request that was served. */
void kswapd_after_boost(const struct page_request *rq);
void reclaim_fork_child(void);
/* purge.c */
void purge_boot(void);
void purge_fork_child(void);

/* After a free, when no lock is held any more. */
static inline void purge_if_wanted(const struct zone *z)
{
	if (unlikely(__atomic_load_n(&z->purge_wanted, __ATOMIC_RELAXED)))
		purge_tick();
}

#endif
