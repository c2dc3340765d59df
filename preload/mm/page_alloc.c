/* SPDX-License-Identifier: MIT */
/*
 * page_alloc.c - who gets pages from which zone.
 *
 * Theory: a request names, by its gfp flags, the zone that serves it best, a
 * migrate type and how deep it may dig into what is kept free. Zones are
 * tried downwards from the best, those of the wanted node before those of
 * others; one is taken if it stays above the mark with the block gone
 * (zone_watermark_ok(), the kernel's rules). The first try is at the low mark
 * and mixes no migrate types where a second zone could serve; what fails then
 * goes to the slow path (reclaim.c).
 *
 * Fast path: orders of the per-CPU lists, no zone flag, the best zone above
 * its high mark with a block of that order: pop, without any test of marks.
 * Where the best zone depends on who asks, since there are several nodes, it
 * is made to find nothing: the test costs a machine of one node no
 * instruction.
 *
 * Page runs (1..1024 frames) are blocks whose tail stays free: it is never
 * handed out, so it needs no freeing. Lengths 1, 2, 4 and 8 are blocks and
 * use the per-CPU lists.
 *
 * Locks: none held on entry; zone->lock inside.
 */
#include "mm/page_alloc.h"

#include <string.h>

#include "mm/huge_linear.h"
#include "mm/pcp.h"

_Thread_local u8 last_alloc_fail;

/* gfp that the fast path can't serve: zones other than the best. */
enum { GFP_ZONES = __GFP_DMA | __GFP_HIGHMEM | __GFP_DMA32 };
enum { GFP_MT_SHIFT = 3 }; /* MOVABLE, RECLAIMABLE: the migrate type */
static_assert(__GFP_MOVABLE >> GFP_MT_SHIFT == MIGRATE_MOVABLE, "type 1");
static_assert(__GFP_RECLAIMABLE >> GFP_MT_SHIFT == MIGRATE_RECLAIMABLE,
	      "type 2");

void (*clear_highpages)(struct page *page, unsigned int nr);

/* What zones write to that are not in the layout, or that nobody sees. */
static struct kvr_zone no_row;

/* boot */

/* A zone of no frames. */
static void zone_clear(struct zone *z)
{
	unsigned int i = (unsigned int)(z - zones);

	*z = (struct zone){
		.index = (u8)i,
		.node = (u8)(i / MAX_NR_ZONES),
		.type = (enum zone_type)(i % MAX_NR_ZONES),
		.name = zone_type_name((enum zone_type)(i % MAX_NR_ZONES)),
		.purge_trigger = ~0ul,
		.mirror = &no_row,
	};
}

static void zone_populate(const struct zone_span *s)
{
	struct zone *z = &zones[s->zone];
	unsigned long start = max_ul(s->start_pfn, 1); /* not frame 0 */

	z->start_pfn = start;
	z->end_pfn = s->end_pfn;
	z->spanned = z->present = z->managed = s->end_pfn - start;
	z->nr_free = z->managed;
	z->online_end = s->start_pfn;
}

/* In the kernel Normal is, if DMA32 is of its node or there is only one. */
static bool zone_spares_types(const struct zone *z)
{
	return z->type == ZONE_NORMAL && z->managed &&
	       machine.cfg.zones == ZONES_64BIT &&
	       (machine.nr_nodes == 1 ||
		node_zone(z->node, ZONE_DMA32)->managed);
}

/* The zone's row in the report, the next free one. */
static void zone_publish(struct zone *z)
{
	struct kvr_zone *m = &stats_pages.zone[stats.nr_zones++];
	unsigned int row = 0;

	/* Rows are large and mostly zero, as they were before the first boot. */
	if (m->name[0])
		memset(m, 0, sizeof(*m));
	m->start_pfn = z->start_pfn;
	m->spanned = z->spanned;
	m->present = z->present;
	m->managed = z->managed;
	m->nr_free = z->nr_free;
	m->min = z->watermark[WMARK_MIN];
	m->low = z->watermark[WMARK_LOW];
	m->high = z->watermark[WMARK_HIGH];
	m->promo = z->watermark[WMARK_PROMO];
	if (z->node)
		m->node = z->node;
	for (size_t i = 0; z->name[i] && i < sizeof(m->name) - 1; i++)
		m->name[i] = z->name[i];
	for (unsigned int i = 0; i < MAX_NR_ZONES; i++)
		if (zone_exists(machine.cfg.zones, (enum zone_type)i))
			m->protection[row++] = z->lowmem_reserve[i];
	z->mirror = m;
}

int page_alloc_boot(void)
{
	for_each_zone (z)
		zone_clear(z);
	for (unsigned int i = 0; i <= machine.last_span; i++)
		zone_populate(&machine.span[i]);
	setup_zone_watermarks(zones, machine.nr_zones, machine.cfg.kernel);
	stats.nr_zones = 0;
	stats.total_pages = 0;
	for_each_zone (z) {
		if (zone_exists(machine.cfg.zones, z->type) &&
		    !machine.cfg.unseen)
			zone_publish(z);
		z->spares_types = zone_spares_types(z);
		zone_update_marks(z);
		zone_update_deferred(z);
		stats.total_pages += z->managed;
	}
	purge_boot();
	return pcp_boot();
}

void page_alloc_shutdown(void)
{
	pcp_shutdown();
}

void page_alloc_fork_child(void)
{
	for_each_zone (z)
		spin_lock_init(&z->lock);
	spin_lock_init(&machine.commit_lock);
	pcp_fork_child();
	reclaim_fork_child();
	purge_fork_child();
}

/* what gfp means */

/*
 * The highest zone that may serve @gfp. A zone that the layout doesn't have is
 * the next one that does as well: nothing in the 32-bit layout's Normal lies
 * above 4 GiB. Two zone flags contradict each other: the lower zone is safe.
 */
static enum zone_type gfp_zone(gfp_t gfp)
{
	bool is_32bit = machine.cfg.zones == ZONES_32BIT;
	gfp_t zone = gfp & GFP_ZONES;
	static bool seen;

	if (likely(!zone))
		return ZONE_NORMAL;
	WARN_ON_ONCE_IN(seen, zone & (zone - 1));
	if (zone & __GFP_DMA)
		return ZONE_DMA;
	if (zone & __GFP_DMA32)
		return is_32bit ? ZONE_NORMAL : ZONE_DMA32;
	if (gfp & __GFP_MOVABLE)
		return ZONE_MOVABLE;
	return is_32bit ? ZONE_HIGHMEM : ZONE_NORMAL;
}

int node_distance(int from, int to)
{
	int nr = (int)machine.nr_nodes;

	if (from < 0 || from >= nr || to < 0 || to >= nr)
		return -1;
	return from == to ? LOCAL_DISTANCE : REMOTE_DISTANCE;
}

static enum migratetype gfp_migratetype(gfp_t gfp)
{
	enum migratetype mt =
		gfp >> GFP_MT_SHIFT & (MIGRATE_MOVABLE | MIGRATE_RECLAIMABLE);

	VM_BUG_ON(mt == MIGRATE_PCPTYPES);
	return mt == MIGRATE_PCPTYPES ? MIGRATE_UNMOVABLE : mt;
}

static bool is_4x(void)
{
	return machine.cfg.kernel == 412 || machine.cfg.kernel == 418;
}

/* How deep @gfp may dig, in the slow path (the kernel's rules). */
unsigned int gfp_alloc_flags(gfp_t gfp, unsigned int order)
{
	unsigned int flags = 0;

	if (gfp & __GFP_HIGH)
		flags |= ALLOC_MIN_RESERVE;
	if (gfp & __GFP_KSWAPD_RECLAIM)
		flags |= ALLOC_KSWAPD;
	if (gfp & (__GFP_DIRECT_RECLAIM | __GFP_NOMEMALLOC))
		return flags;
	if (is_4x() && !(gfp & __GFP_HIGH))
		return flags; /* "harder" took __GFP_ATOMIC then */
	flags |= ALLOC_NON_BLOCK;
	if ((gfp & __GFP_HIGH) && order)
		flags |= ALLOC_HIGHATOMIC;
	return flags;
}

static inline void request_init(struct page_request *rq, int nid, gfp_t gfp,
				unsigned int order, unsigned int nr)
{
	*rq = (struct page_request){
		.gfp = gfp,
		.order = order,
		.nr = nr,
		.mt = gfp_migratetype(gfp),
		.highest = gfp_zone(gfp),
		.nid = nid,
	};
}

void page_request_init(struct page_request *rq, gfp_t gfp, unsigned int order,
		       unsigned int nr)
{
	request_init(rq, local_node(), gfp, order, nr);
}

/* watermarks */

/* Free pages that the request can't have. */
static unsigned long unusable_pages(const struct zone *z, unsigned int flags)
{
	if (is_4x()) /* what is reserved, free or not */
		return flags & (ALLOC_NON_BLOCK | ALLOC_OOM) ?
			       0 :
			       zone_nr_highatomic(z);
	return flags & (ALLOC_NON_BLOCK | ALLOC_MIN_RESERVE | ALLOC_HIGHATOMIC |
			ALLOC_OOM) ||
			       !zone_nr_highatomic(z) ?
		       0 :
		       nr_free_highatomic(z);
}

/* Orders with a HighAtomic block. */
static NO_TSAN unsigned int avail_highatomic(const struct zone *z)
{
	return z->avail[MIGRATE_HIGHATOMIC][LIST_DIRTY] |
	       z->avail[MIGRATE_HIGHATOMIC][LIST_CLEAN];
}

static bool zone_has_block(const struct zone *z, unsigned int order,
			   unsigned int flags)
{
	unsigned int any = __atomic_load_n(&z->avail_any, __ATOMIC_RELAXED);

	if (flags & (ALLOC_HIGHATOMIC | ALLOC_OOM))
		any |= avail_highatomic(z);
	return any >> order;
}

bool zone_watermark_ok(struct zone *z, unsigned int order, unsigned long mark,
		       enum zone_type highest, unsigned int alloc_flags)
{
	unsigned long min = mark;
	unsigned long lost =
		(1ul << order) - 1 + unusable_pages(z, alloc_flags);
	unsigned long free = zone_nr_free(z);

	if (alloc_flags & ALLOC_MIN_RESERVE) {
		min -= min / 2;
		if (alloc_flags & ALLOC_NON_BLOCK)
			min -= min / 4;
	}
	if (alloc_flags & ALLOC_OOM)
		min -= min / 2;
	if (free <= min + z->lowmem_reserve[highest] + lost)
		return false;
	return !order || zone_has_block(z, order, alloc_flags);
}

unsigned long zone_mark(const struct zone *z, unsigned int flags)
{
	return z->watermark[flags & ALLOC_WMARK_MASK] + zone_boost(z);
}

/* allocation */

void clear_pages(struct page *page, unsigned int nr)
{
	if (clear_highpages && page_is_highmem(page))
		clear_highpages(page, nr);
	else
		memset(page_address(page), 0, nr * PAGE_SIZE);
}

static NOINLINE struct page *finish_special(struct page *page, gfp_t gfp)
{
	if ((gfp & __GFP_ZERO) && !(page->flags & PG_ZERO)) {
		clear_pages(page, page->run.nr_pages);
		page->flags |= PG_ZERO;
	}
	if (gfp & __GFP_MOVABLE)
		page->flags |= PG_MOVABLE;
	return page;
}

static ALWAYS_INLINE struct page *finish_page(struct page *page, gfp_t gfp)
{
	page->refcount = 1;
	if (unlikely(gfp & (__GFP_ZERO | __GFP_MOVABLE)))
		return finish_special(page, gfp);
	return page;
}

static struct page *take_from_zone(struct zone *z,
				   const struct page_request *rq,
				   unsigned int flags)
{
	int list = rq->nr == 1u << rq->order ? pcp_list(rq->order, rq->mt) : -1;
	struct page *page;
	u32 pfn;

	if (list >= 0 && !(flags & ALLOC_HIGHATOMIC))
		return pcp_alloc(z, rq, flags, list);
	zone_lock(z);
	pfn = buddy_alloc(z, rq, flags);
	if (pfn && (flags & ALLOC_HIGHATOMIC) && rq->order <= PAGEBLOCK_ORDER)
		reserve_highatomic(z, pfn);
	zone_unlock(z);
	if (!pfn)
		return NULL;
	page = pfn_to_page(pfn);
	if (unlikely(page->flags & PG_HUGE)) {
		page->flags &= (u8)~PG_HUGE;
		huge_touch(pfn);
	}
	count_events(KV_pgalloc, rq->nr);
	return page;
}

/* Rather mix types than go to another node. */
static struct page *try_zones(const struct page_request *rq, unsigned int flags)
{
	for_each_zone_of (rq, z) {
		struct page *page;

		if ((flags & ALLOC_NOFRAGMENT) && z->node != rq->nid)
			return NULL;
		if (!(flags & ALLOC_NO_WATERMARKS) &&
		    !zone_watermark_ok(z, rq->order, zone_mark(z, flags),
				       rq->highest, flags))
			continue;
		page = take_from_zone(z, rq, flags);
		if (!page)
			continue;
		if (flags & ALLOC_NO_WATERMARKS)
			page->flags |= PG_PFMEMALLOC;
		return page;
	}
	return NULL;
}

struct page *get_page_from_zones(const struct page_request *rq,
				 unsigned int flags)
{
	struct page *page = NULL;

	/* Where another zone can serve, rather that than mix types. */
	if (rq->highest >= ZONE_NORMAL &&
	    node_zone(rq->nid, ZONE_NORMAL)->spares_types)
		page = try_zones(rq, flags | ALLOC_NOFRAGMENT);
	if (!page)
		page = try_zones(rq, flags);
	return page ? finish_page(page, rq->gfp) : NULL;
}

/*
 * A zone above its high mark is taken without further tests; what a second
 * zone could serve does not mix migrate types.
 */
static struct page *try_first_zone(const struct page_request *rq)
{
	struct zone *z = pcp_fast.zone;
	struct page *page;

	if ((rq->gfp & GFP_ZONES) || !zone_has_block(z, rq->order, 0) ||
	    !zone_is_roomy(z, 1ul << rq->order))
		return NULL;
	page = take_from_zone(z, rq, z->spares_types ? ALLOC_NOFRAGMENT : 0);
	return likely(page) ? finish_page(page, rq->gfp) : NULL;
}

static struct page *alloc_any(int nid, gfp_t gfp, unsigned int order,
			      unsigned int nr)
{
	struct page_request rq;
	struct page *page;

	request_init(&rq, nid, gfp, order, nr);
	page = try_first_zone(&rq);
	if (unlikely(!page))
		page = get_page_from_zones(&rq, ALLOC_WMARK_LOW);
	if (unlikely(!page))
		return alloc_slowpath(&rq);
	if (unlikely(zone_wants_kswapd(&zones[page->zone])))
		kswapd_after_boost(&rq);
	return page;
}

static struct page *refuse_order(gfp_t gfp, unsigned int order)
{
	static bool seen;

	if (!(gfp & __GFP_NOWARN))
		WARN_ON_ONCE_IN(seen, order > MAX_PAGE_ORDER);
	last_alloc_fail = ALLOC_TOO_BIG;
	return NULL;
}

static NOINLINE struct page *alloc_careful(gfp_t gfp, unsigned int order)
{
	if (likely(order <= MAX_PAGE_ORDER))
		return alloc_any(local_node(), gfp, order, 1u << order);
	return refuse_order(gfp, order);
}

/* Is there such a node? What isn't one is asked for by mistake. */
static bool node_is_online(int nid)
{
	static bool seen;

	return !WARN_ON_ONCE_IN(seen, nid < 0 || nid >= (int)machine.nr_nodes);
}

#ifdef KV_KAPI
bool (*alloc_pages_filter)(gfp_t gfp, unsigned int order);

static bool is_refused(gfp_t gfp, unsigned int order)
{
	return alloc_pages_filter && !alloc_pages_filter(gfp, order);
}
#else
static inline bool is_refused(gfp_t gfp, unsigned int order)
{
	(void)gfp;
	(void)order;
	return false;
}
#endif

struct page *alloc_pages_node(int nid, gfp_t gfp, unsigned int order)
{
	if (nid == NUMA_NO_NODE || (nid == 0 && machine.nr_nodes == 1))
		return alloc_pages(gfp, order);
	if (unlikely(!node_is_online(nid)))
		return gfp & __GFP_THISNODE ? NULL : alloc_pages(gfp, order);
	if (is_refused(gfp, order))
		return NULL;
	if (unlikely(order > MAX_PAGE_ORDER))
		return refuse_order(gfp, order);
	return alloc_any(nid, gfp, order, 1u << order);
}

struct page *alloc_pages(gfp_t gfp, unsigned int order)
{
	struct pcp *pcp = pcp_fast.pcp + this_cpu();
	unsigned int mt = (gfp >> GFP_MT_SHIFT) % PCP_TYPES;

	u64 easy =
		__atomic_load_n(&pcp_fast.zone->easy_orders, __ATOMIC_RELAXED);

	if (is_refused(gfp, order))
		return NULL;
	/* No call in here: a busy lock is for the careful to wait for. */
	if (likely(easy >> order % 64 & 1) && likely(!(gfp & GFP_ZONES)) &&
	    likely(spin_trylock(&pcp->lock))) {
		struct free_list *l = &pcp->list[order * PCP_TYPES + mt];
		struct page *page;

		if (likely(l->head)) {
			page = pcp_pop(pcp, l, order);
			spin_unlock(&pcp->lock);
			return finish_page(page, gfp);
		}
		spin_unlock(&pcp->lock);
	}
	return alloc_careful(gfp, order);
}

/* freeing */

static ALWAYS_INLINE bool is_used(const struct page *page)
{
	return page->type - (unsigned int)PAGE_SLAB <= PAGE_USED - PAGE_SLAB;
}

/* Only what was handed out may come back. */
static void check_used(const struct page *page)
{
	if (unlikely(!is_used(page)))
		bug("page 0x%lx freed that is not in use (type %d)",
		    page_to_pfn(page), page->type);
}

/* Not for the per-CPU lists: a run, a large block, a HighAtomic page. */
static void free_to_buddy(unsigned long pfn, unsigned long nr)
{
	struct zone *z = page_zone(pfn);

	zone_lock(z);
	buddy_free(z, pfn, nr, true);
	zone_unlock(z);
	count_events(KV_pgfree, nr);
	purge_if_wanted(z);
}

static NOINLINE void free_careful(struct page *page, unsigned int order)
{
	unsigned long pfn = page_to_pfn(page);
	enum migratetype mt;
	int list;

	check_used(page);
	VM_BUG_ON(order > MAX_PAGE_ORDER || pfn & ((1ul << order) - 1));
	mt = pageblock_mt(pfn);
	list = pcp_list(order, mt);
	if (list >= 0 && mt < MIGRATE_PCPTYPES)
		pcp_free(page, order, list);
	else
		free_to_buddy(pfn, 1ul << order);
}

void free_pages_block(struct page *page, unsigned int order)
{
	struct pcp *pcp = pcp_fast.pcp + this_cpu();
	unsigned long pfn = page_to_pfn(page);
	unsigned int mt = pageblock_mt(pfn);

	if (likely(is_used(page) && order < pcp_fast.orders &&
		   mt < MIGRATE_PCPTYPES && pfn >= pcp_fast.start_pfn) &&
	    likely(spin_trylock(&pcp->lock))) {
		pcp_push(pcp, &pcp->list[order * PCP_TYPES + mt], page,
			 (u32)pfn, order);
		if (unlikely(pcp->count > pcp->high))
			pcp_drain_excess(pcp, pcp_fast.zone);
		else
			spin_unlock(&pcp->lock);
		return;
	}
	free_careful(page, order);
}

struct page *alloc_page_run(gfp_t gfp, unsigned int nr)
{
	unsigned int order = get_order((size_t)nr << PAGE_SHIFT);

	if (likely(nr == 1u << order))
		return alloc_pages(gfp, order);
	return alloc_any(local_node(), gfp, order, nr);
}

void free_page_run(struct page *page, unsigned int nr)
{
	unsigned long pfn = page_to_pfn(page);

	VM_BUG_ON(!nr || nr > MAX_BLOCK_PAGES);
	if (!(nr & (nr - 1)) && !(pfn & (nr - 1))) {
		free_pages_block(page, ilog2_ul(nr));
		return;
	}
	check_used(page);
	free_to_buddy(pfn, nr);
}

static void resize_run(struct page *page, unsigned int nr)
{
	page->run.nr_pages = nr;
	page->order = (u8)get_order((size_t)nr << PAGE_SHIFT);
	page->flags &= (u8)~PG_ZERO;
}

bool grow_page_run(struct page *page, unsigned int nr, unsigned int want)
{
	unsigned long pfn = page_to_pfn(page), more = want - nr;
	struct zone *z = page_zone(pfn);
	bool ok;

	VM_BUG_ON(want <= nr || want > MAX_BLOCK_PAGES);
	if (pfn + want > z->end_pfn || !zone_is_roomy(z, more) ||
	    zone_nr_free(z) - more <= zone_mark(z, ALLOC_WMARK_LOW))
		return false;
	zone_lock(z);
	ok = buddy_take_range(z, pfn + nr, pfn + want);
	zone_unlock(z);
	if (!ok)
		return false;
	count_events(KV_pgalloc, more);
	resize_run(page, want);
	return true;
}

void shrink_page_run(struct page *page, unsigned int nr, unsigned int keep)
{
	VM_BUG_ON(!keep || keep >= nr);
	check_used(page);
	resize_run(page, keep);
	free_to_buddy(page_to_pfn(page) + keep, nr - keep);
}

unsigned long nr_free_pages(void)
{
	unsigned long pages = 0;

	for_each_zone (z)
		pages += zone_nr_free(z);
	return pages;
}

NO_TSAN unsigned long nr_dirty_free_pages(void)
{
	unsigned long pages = 0;

	for_each_zone (z)
		pages += z->dirty_free;
	return pages;
}
