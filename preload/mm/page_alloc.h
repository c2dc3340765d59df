/* SPDX-License-Identifier: MIT */
/*
 * page_alloc.h - the page allocator: zones, buddy blocks of 2^order pages,
 * per-CPU lists, watermarks, and the slow path that gfp flags steer.
 * Rules: those of Linux 7.0 unless said at the definition.
 */
#ifndef KV_PAGE_ALLOC_H
#define KV_PAGE_ALLOC_H

#include "lib/cpu.h"
#include "mm/machine.h"
#include "mm/stats.h"

/* pfn list, 0 = empty; @tail means something only while @head does. */
struct free_list {
	u32 head, tail;
};

/*
 * Blocks of one order, by migrate type. Those without a resident frame have
 * lists of their own: what is resident is handed out first, and purged last
 * in, first out from the other end.
 */
enum { LIST_DIRTY, LIST_CLEAN, NR_LISTS };
struct free_area {
	struct free_list list[MIGRATE_TYPES][NR_LISTS];
	unsigned long nr_free[MIGRATE_TYPES]; /* blocks, both lists */
};

struct zone {
	/* read without the lock by every allocation */
	u64 easy_orders;	 /* bit o: a request of order o, kept per CPU,
				    needs no test; set by zone_unlock() */
	unsigned long nr_free;	 /* free pages, deferred included */
	unsigned long easy_mark; /* more than that is above any mark */
	u32 avail_any;	     /* bit o: block of order o of an ordinary type */
	enum zone_type type; /* constant */
	struct kvr_zone *mirror; /* constant; written, never read */
	u32 pcp_orders;		 /* constant: bit o, order kept per CPU */
	u8 index, node;		 /* constant; index in zones[] */
	bool spares_types;	 /* constant: first choice that rather leaves a
				    request to others than mix types */
	struct pcp *pcp;	 /* constant: its lists, of CPU 0 */

	struct spinlock lock; /* all but the constants */
	const char *name;
	unsigned long start_pfn, end_pfn; /* constant */
	unsigned long spanned, present, managed;
	unsigned long watermark[4]; /* min low high promo, without boost */
	unsigned long lowmem_reserve[MAX_NR_ZONES];
	unsigned long boost;
	unsigned long online_end;	/* [online_end, end_pfn) is deferred */
	unsigned long deferred_charged; /* blocks of it that stand for vmalloc
					   memory: they have no identity */
	unsigned long charged;		/* pages online that do so, but single
					   ones; nobody touches them */
	unsigned long dirty_free;	/* free pages that may be resident */
	unsigned long clean_taken;	/* pages not resident that were handed
					   out to be used, ever */
	unsigned long freed;	     /* pages freed, ever */
	unsigned long purge_trigger; /* dirty_free that calls for a tick */
	unsigned long purge_next;    /* and so does this value of freed */
	unsigned long nr_highatomic; /* pages reserved */
	unsigned long populated_end; /* no frame below is populated (pcp.c) */
	u16 avail[MIGRATE_TYPES][NR_LISTS]; /* bit o: list not empty */
	bool commit_failed; /* deferred frames are refused by the system */
	bool purge_wanted;  /* set by a free, served after the unlock */
	bool kswapd_wanted; /* boosted */
	struct {	    /* compaction given up for a while */
		u8 shift;   /* 2^shift attempts are skipped */
		u8 order;   /* least order that failed */
		u32 considered;
	} defer;
	struct free_area area[NR_PAGE_ORDERS];
};
enum { WMARK_MIN, WMARK_LOW, WMARK_HIGH, WMARK_PROMO };

/* By node, then by type: those of node 0 are zones[enum zone_type]. */
extern struct zone zones[MAX_ZONES];

/* All zones of the machine, those without pages included. */
#define for_each_zone(z) \
	for (struct zone *z = zones; z < zones + machine.nr_zones; z++)

static inline struct zone *node_zone(int nid, enum zone_type type)
{
	return &zones[nid * MAX_NR_ZONES + (int)type];
}

/* Pages of @page's block became a slab's or a large block's, or ceased to be:
 * changes that gauge, and its node's if there are several. */
static inline void gauge_pages(u64 *gauge, const struct page *page, long nr)
{
	gauge_add(gauge, nr);
	if (unlikely(machine.nr_nodes > 1))
		gauge_add(&zones[page->zone].mirror->slab_pages, nr);
}

enum { LOCAL_DISTANCE = 10, REMOTE_DISTANCE = 20 };

/* Node of the CPU that asks: they take turns. */
static inline int local_node(void)
{
	return likely(machine.nr_nodes == 1) ?
		       0 :
		       (int)(this_cpu() % machine.nr_nodes);
}

/* How far, in the kernel's units; -1 if there is no such node. */
int node_distance(int from, int to);

/*
 * Watermarks, reserves and batches for zones whose managed pages are given:
 * pure functions of the kernel's rules, used at boot and by tests.
 */
unsigned long min_free_kbytes_for(unsigned long lowmem_kb, int kernel);
/* @z: zones of all nodes, those of a node by ascending type. */
void setup_zone_watermarks(struct zone *z, unsigned int nr, int kernel);
unsigned long pcp_batch_for(unsigned long managed, int kernel);

struct pcp_limits {
	unsigned long batch, high_min, high_max; /* pages */
};
/* Needs z->managed and the watermarks. */
void pcp_limits_for(const struct zone *z, unsigned int cpus, int kernel,
		    struct pcp_limits *p);

/* The zones of a machine just reserved, nothing online; by machine_boot().
 * 0 or -ENOMEM. */
int page_alloc_boot(void);
void page_alloc_shutdown(void);

/*
 * Allocates a naturally aligned block of 2^@order pages (PAGE_USED,
 * refcount 1 on its first page). NULL if the rules for @gfp say so.
 * With __GFP_ZERO it reads as zero. PG_ZERO tells that it is known to.
 */
struct page *alloc_pages(gfp_t gfp, unsigned int order);

/*
 * The same, from @nid's zones first, then from those of other nodes unless
 * __GFP_THISNODE forbids. NUMA_NO_NODE: the CPU's own. A node that isn't
 * there is warned about once, and stands for NUMA_NO_NODE; with
 * __GFP_THISNODE it has no page.
 */
struct page *alloc_pages_node(int nid, gfp_t gfp, unsigned int order);

/*
 * How HighMem pages are cleared for __GFP_ZERO, if set: whoever lets them
 * have no address. Default: through the linear map.
 */
extern HIDDEN void (*clear_highpages)(struct page *page, unsigned int nr);

#ifdef KV_KAPI
/*
 * Asked before each request, if set: may it sleep here, is a fault to be
 * injected? (The kernel's prepare_alloc_pages().) False: it fails.
 */
extern bool (*alloc_pages_filter)(gfp_t gfp, unsigned int order);

/* Told of each request that failed and is to be reported, if set, in place of
 * the line that says so. */
extern void (*alloc_pages_failed)(gfp_t gfp, unsigned int order);
#endif

/* Frees such a block whatever its refcount (callers drop references). */
void free_pages_block(struct page *page, unsigned int order);

/*
 * A contiguous run of @nr pages (1..1024), starting at a block boundary; the
 * tail of the block goes back at once. As alloc_pages() else; run.nr_pages
 * is set.
 */
struct page *alloc_page_run(gfp_t gfp, unsigned int nr);
void free_page_run(struct page *page, unsigned int nr);

/*
 * Grows a run in place from @nr to @want pages, taking the frames behind it
 * if they are free. True if it was done.
 */
bool grow_page_run(struct page *page, unsigned int nr, unsigned int want);
/* Gives pages [@keep, @nr) of a run back. */
void shrink_page_run(struct page *page, unsigned int nr, unsigned int keep);

/*
 * Frames without identity for a vmalloc area: takes big blocks first (order
 * 10 downwards, no reclaim), then single pages by @gfp's rules. The blocks are
 * chained through page->next; *@chain is the first pfn. Returns the number
 * of pages got, which is less than @nr when the machine has no more.
 */
unsigned long charge_frames(gfp_t gfp, unsigned long nr, u32 *chain);
void uncharge_frames(u32 chain);

/*
 * Free blocks at the end of what is online become deferred: their commit
 * charge goes back to the system. Returns how many frames.
 */
unsigned long uncommit_free_frames(void);

/*
 * Takes @want free frames (rounded up to 4 MiB) at the end of the machine away
 * for good and gives their address space and commit charge back. Returns how
 * many: none if there are not as many.
 */
unsigned long offline_frames(unsigned long want);

/*
 * Who can give memory back under pressure: called without locks held, with
 * the gfp of the request; returns pages freed (an estimate is fine).
 */
struct shrinker {
	const char *name;
	unsigned long (*scan)(gfp_t gfp);
	struct shrinker *next;
};
void register_shrinker(struct shrinker *s);
/* Asks them all; pages they freed. No-op from inside a shrinker. */
unsigned long reclaim_all(gfp_t gfp);

/*
 * How order-0 blocks allocated with __GFP_MOVABLE are moved: copies the page
 * and makes the owner use @to; called without locks. False: not now (@from
 * may have been freed meanwhile). Without it nothing is movable.
 */
struct movable_ops {
	bool (*migrate)(struct page *from, struct page *to);
};
void register_movable_ops(const struct movable_ops *ops);

/*
 * Called when the rules say "out of memory" (the kernel's rules). True: memory
 * may have become free, try again. Default: returns false, and the request
 * fails. In user space nothing else can be killed to help us.
 */
extern bool (*oom_handler)(gfp_t gfp, unsigned int order);

/* Watermark test of the kernel's rules; @alloc_flags as there. */
bool zone_watermark_ok(struct zone *z, unsigned int order, unsigned long mark,
		       enum zone_type highest, unsigned int alloc_flags);

/* This CPU's lists, or all CPUs', back to the buddy allocator. */
void drain_local_pages(void);
void drain_all_pages(void);

/*
 * The page counters and the per-CPU lists' mirrors in `stats` run behind by
 * a batch a CPU: brings them up to date (exit, a report asked for).
 */
void page_alloc_sync_stats(void);

/*
 * Gives free memory back to the system until at most @keep dirty free pages
 * are left (0 = all that can be); blocks smaller than 64 KiB are left alone
 * unless @keep is 0. Returns pages given back.
 */
unsigned long purge_free_pages(unsigned long keep);
/*
 * Gives back what exceeds the budget; what was learnt about the program fades
 * (purge.c). Frees call it when they must, and whoever runs now and then.
 */
void purge_tick(void);
/* Dirty free pages of all zones. */
unsigned long nr_dirty_free_pages(void);
unsigned long nr_free_pages(void);
/* Pages that are not free, those of the per-CPU lists among them. */
unsigned long nr_used_pages(void);

/* Fragmentation numbers of the kernel's rules, times 1000. */
int extfrag_index(const struct zone *z, unsigned int order);
unsigned int unusable_index(const struct zone *z, unsigned int order);

/* Why the last failed request of this thread failed, for reports. */
enum alloc_fail { ALLOC_OK, ALLOC_NOMEM, ALLOC_FRAG, ALLOC_TOO_BIG };
extern _Thread_local u8 last_alloc_fail;

/* How many invariants are broken (0 = none); takes the locks. */
unsigned long page_alloc_validate(void);

/* fork: locks of the child are fresh (nobody was inside, see fork.c). */
void page_alloc_fork_child(void);

#endif
