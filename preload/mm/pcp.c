/* SPDX-License-Identifier: MIT */
/* pcp.c - trading between the per-CPU lists and the buddy; see pcp.h. */
#include "mm/pcp.h"

#include <errno.h>

#include "mm/huge_linear.h"
#include "os/os.h"

enum {
	DRAIN_TURN = 8,	     /* blocks of one list before the next */
	POPULATE_SHARE = 64, /* of the pages in use, at most so many at once */
	POPULATE_LEAST = 8,  /* pages: less is not worth a system call */
};

/* Those of node 0: no more than there are CPUs for each zone, in a row. */
static SPARSE_BSS struct pcp pcps[MAX_NR_ZONES * MAX_NR_CPUS];
struct pcp_fast pcp_fast;

/* The lists of other nodes' zones. */
static struct {
	struct pcp *base;
	size_t bytes;
} remote;

static struct kvr_pcp *pcp_mirror(const struct pcp *pcp, const struct zone *z)
{
	return &z->mirror->pcp[pcp - z->pcp];
}

/* Brings counters and the report up to date; pcp->lock held. */
static void pcp_sync(struct pcp *pcp, const struct zone *z)
{
	struct kvr_pcp *m = pcp_mirror(pcp, z);
	u32 nr_alloc = pcp->nr_synced + pcp->nr_in + pcp->nr_free -
		       pcp->nr_out - pcp->count;

	count_events(KV_pgalloc, nr_alloc);
	count_events(KV_pgfree, pcp->nr_free);
	pcp->nr_in = 0;
	pcp->nr_out = 0;
	pcp->nr_free = 0;
	pcp->nr_synced = pcp->count;
	m->count = pcp->count;
	m->high = pcp->high;
}

static void pcp_init(struct pcp *pcp, const struct zone *z,
		     const struct pcp_limits *limits)
{
	struct kvr_pcp *m = pcp_mirror(pcp, z);

	*pcp = (struct pcp){
		.batch = (u16)limits->batch,
		.high = (u32)limits->high_min,
		.high_min = (u32)limits->high_min,
		.high_max = (u32)limits->high_max,
	};
	m->batch = pcp->batch;
	m->high_min = pcp->high_min;
	m->high_max = pcp->high_max;
	pcp_sync(pcp, z);
}

static struct pcp *local_pcps(const struct zone *z)
{
	return &pcps[z->type * machine.cfg.cpus];
}

/* Which zone the fast paths may serve from. */
static void pcp_fast_init(void)
{
	static SPARSE_BSS struct zone none;
	int kernel = machine.cfg.kernel;
	struct zone *first = &zones[ZONE_NORMAL];
	bool one = machine.nr_nodes == 1;

	while (!first->managed && first > zones)
		first--;
	pcp_fast = (struct pcp_fast){
		.zone = one ? first : &none,
		.pcp = local_pcps(first),
		.start_pfn = one && first->end_pfn == machine.nr_pages ?
				     first->start_pfn :
				     ~0ul,
		.orders = kernel == 412 || kernel == 418 ? 1 : NR_PCP_ORDERS,
		.huge = kernel >= 500,
	};
}

static int pcp_alloc_remote(void)
{
	size_t n = 0;

	for_each_zone (z)
		n += z->node && z->managed ? machine.cfg.cpus : 0;
	if (!n)
		return 0;
	remote.bytes = ALIGN_UP(n * sizeof(struct pcp), os_page_size());
	remote.base = os_reserve(remote.bytes, os_page_size());
	if (!remote.base)
		return -ENOMEM;
	if (os_commit(remote.base, remote.bytes) == 0)
		return 0;
	pcp_shutdown();
	return -ENOMEM;
}

void pcp_shutdown(void)
{
	if (remote.base)
		os_release(remote.base, remote.bytes);
	remote.base = NULL;
}

static void zone_init_pcps(struct zone *z)
{
	int kernel = machine.cfg.kernel;
	struct pcp_limits limits;

	pcp_limits_for(z, machine.cfg.cpus, kernel, &limits);
	if (!kernel) {
		limits.high_max = min_ul(limits.high_max, PCP_HIGH_DEFAULT);
		limits.high_min = limits.high_max;
	}
	for (unsigned int cpu = 0; cpu < machine.cfg.cpus; cpu++)
		pcp_init(&z->pcp[cpu], z, &limits);
}

int pcp_boot(void)
{
	struct pcp *next;

	pcp_fast_init();
	if (pcp_alloc_remote() < 0)
		return -ENOMEM;
	next = remote.base;
	for_each_zone (z) {
		z->pcp_orders = (1u << pcp_fast.orders) - 1;
		if (!z->managed)
			continue;
		z->pcp = z->node ? next : local_pcps(z);
		if (z->node)
			next += machine.cfg.cpus;
		zone_init_pcps(z);
	}
	return 0;
}

/* How many blocks to fetch: more each time, while the lists have room. */
static unsigned int refill_count(struct pcp *pcp, unsigned int order)
{
	unsigned long n = (unsigned long)pcp->batch << pcp->scale, room;

	if (order)
		return pcp->batch > 1 ?
			       (unsigned int)max_ul(pcp->batch >> order, 2) :
			       1;
	room = pcp->high > pcp->count ? pcp->high - pcp->count : 0;
	room = room > 2ul * pcp->batch ? room - pcp->batch : pcp->batch;
	if (n <= room && pcp->scale < PCP_SCALE_MAX)
		pcp->scale++;
	return (unsigned int)min_ul(n, room);
}

/*
 * Fresh pages in a row, which a growing heap is about to touch one by one. The
 * system makes them resident together for two thirds of what a fault for each
 * costs (1.15 us a page instead of 1.65). What may be left untouched is
 * bounded by a share of the heap, so a small process pays nothing; and by
 * doing it once for a frame, so one that shrinks and grows doesn't either. (A
 * 32nd: 0.4% less time and 0.6% more memory in heaps of 4 to 20 MiB; larger
 * ones have huge pages.)
 */
struct fresh {
	unsigned long pfn, nr;
	unsigned long huge; /* a frame of a new huge page; it becomes resident
			       by itself */
};

/* How many pages may be populated, 0: none. */
static unsigned long populate_most(const struct zone *z)
{
	unsigned long most = (z->managed - zone_nr_free(z)) / POPULATE_SHARE;

	if (machine.cfg.kernel || z->type == ZONE_HIGHMEM ||
	    most < POPULATE_LEAST)
		return 0;
	return most;
}

static void note_fresh(struct fresh *fresh, unsigned long most,
		       const struct zone *z, u32 pfn, unsigned int order)
{
	unsigned long nr = 1ul << order;

	if (unlikely(pfn_to_page(pfn)->flags & PG_HUGE)) {
		pfn_to_page(pfn)->flags = 0;
		fresh->huge = pfn;
	}
	if (!(pfn_to_page(pfn)->flags & PG_ZERO) || fresh->nr + nr > most)
		return;
	if (!fresh->nr && pfn >= z->populated_end)
		fresh->pfn = pfn;
	else if (!fresh->nr || fresh->pfn + fresh->nr != pfn)
		return;
	fresh->nr += nr;
}

/*
 * They count as dirty from now on: resident, if never handed out. Under
 * zone->lock.
 */
static void claim_fresh(struct fresh *fresh, struct zone *z, unsigned int order)
{
	if (fresh->nr < POPULATE_LEAST) {
		fresh->nr = 0;
		return;
	}
	z->populated_end = fresh->pfn + fresh->nr;
	for (unsigned long i = 0; i < fresh->nr; i += 1ul << order)
		pfn_to_page(fresh->pfn + i)->flags &= (u8)~PG_ZERO;
}

/* No lock held. Others may use the pages already: contents stay. */
static void populate(const struct fresh *fresh)
{
	static bool unknown;

	if (__atomic_load_n(&unknown, __ATOMIC_RELAXED))
		return;
	if (os_populate(page_address(pfn_to_page(fresh->pfn)),
			fresh->nr << PAGE_SHIFT) == -EINVAL)
		__atomic_store_n(&unknown, true, __ATOMIC_RELAXED);
}

/* Appends blocks behind those on the list, so that addresses ascend. */
static bool pcp_refill(struct pcp *pcp, struct free_list *l, struct zone *z,
		       const struct page_request *rq, unsigned int flags,
		       struct fresh *fresh)
{
	unsigned long most = populate_most(z);
	unsigned int n;

	if (zone_is_roomy(z, 0) && pcp->high < pcp->high_max)
		pcp->high = (u32)min_ul(pcp->high + pcp->batch, pcp->high_max);
	n = refill_count(pcp, rq->order);
	if (most && n << rq->order > most) /* all of them, then */
		n = (unsigned int)max_ul(most, pcp->batch) >> rq->order;
	zone_lock(z);
	while (n--) {
		u32 pfn = buddy_alloc(z, rq, flags);
		struct page *page = pfn_to_page(pfn);

		if (!pfn)
			break;
		page->type = PAGE_PCP;
		page->next = 0;
		if (l->head) {
			page->prev = l->tail;
			pfn_to_page(l->tail)->next = pfn;
		} else {
			l->head = pfn;
		}
		l->tail = pfn;
		pcp->count += 1u << rq->order;
		pcp->nr_in += 1u << rq->order;
		note_fresh(fresh, most, z, pfn, rq->order);
	}
	claim_fresh(fresh, z, rq->order);
	zone_unlock(z);
	count_event(KV_pcp_refill);
	pcp_sync(pcp, z);
	return l->head;
}

struct page *pcp_alloc(struct zone *z, const struct page_request *rq,
		       unsigned int flags, int list)
{
	struct pcp *pcp = &z->pcp[this_cpu()];
	struct free_list *l = &pcp->list[list];
	struct fresh fresh = { 0 };
	struct page *page = NULL;

	spin_lock(&pcp->lock);
	if (l->head || pcp_refill(pcp, l, z, rq, flags, &fresh))
		page = pcp_pop(pcp, l, rq->order);
	spin_unlock(&pcp->lock);
	if (fresh.nr)
		populate(&fresh);
	if (unlikely(fresh.huge))
		huge_touch(fresh.huge);
	return page;
}

void pcp_free(struct page *page, unsigned int order, int list)
{
	struct zone *z = page_zone(page_to_pfn(page));
	struct pcp *pcp = &z->pcp[this_cpu()];

	spin_lock(&pcp->lock);
	pcp_push(pcp, &pcp->list[list], page, (u32)page_to_pfn(page), order);
	if (pcp->count > pcp->high)
		pcp_drain_excess(pcp, z);
	else
		spin_unlock(&pcp->lock);
}

/* Gives the coldest block of a list to the buddy; both locks held. */
static void drain_one(struct pcp *pcp, struct free_list *l, struct zone *z)
{
	u32 pfn = l->tail;
	struct page *page = pfn_to_page(pfn);
	unsigned int order = page->order;

	if (l->head == pfn) {
		l->head = 0;
	} else {
		l->tail = page->prev;
		pfn_to_page(l->tail)->next = 0;
	}
	pcp->count -= 1u << order;
	pcp->nr_out += 1u << order;
	buddy_free_block(z, pfn, order, !(page->flags & PG_ZERO));
}

/* Gives at least @pages to the buddy, some from each list in turn. */
static void drain_pages(struct pcp *pcp, struct zone *z, u32 pages)
{
	u32 keep = pcp->count > pages ? pcp->count - pages : 0;

	if (!pcp->count)
		return;
	zone_lock(z);
	while (pcp->count > keep) {
		struct free_list *l = &pcp->list[pcp->next_list];

		for (int i = 0; i < DRAIN_TURN && l->head && pcp->count > keep;
		     i++)
			drain_one(pcp, l, z);
		if (++pcp->next_list == NR_PCP_LISTS)
			pcp->next_list = 0;
	}
	zone_unlock(z);
	count_event(KV_pcp_drain);
}

void pcp_drain_excess(struct pcp *pcp, struct zone *z)
{
	if (!zone_is_roomy(z, 0))
		pcp->high =
			(u32)max_ul(pcp->high - pcp->high / 8, pcp->high_min);
	pcp->scale = 0;
	drain_pages(pcp, z, pcp->batch);
	pcp_sync(pcp, z);
	spin_unlock(&pcp->lock);
	purge_if_wanted(z);
}

static void drain_cpu(unsigned int cpu)
{
	for_each_zone (z) {
		struct pcp *pcp;

		if (!z->managed)
			continue;
		pcp = &z->pcp[cpu];
		spin_lock(&pcp->lock);
		drain_pages(pcp, z, pcp->count);
		pcp_sync(pcp, z);
		spin_unlock(&pcp->lock);
	}
}

void drain_local_pages(void)
{
	drain_cpu(this_cpu());
}

void drain_all_pages(void)
{
	for (unsigned int cpu = 0; cpu < machine.cfg.cpus; cpu++)
		drain_cpu(cpu);
}

void page_alloc_sync_stats(void)
{
	for_each_zone (z) {
		if (!z->managed)
			continue;
		for (unsigned int cpu = 0; cpu < machine.cfg.cpus; cpu++) {
			struct pcp *pcp = &z->pcp[cpu];

			spin_lock(&pcp->lock);
			pcp_sync(pcp, z);
			spin_unlock(&pcp->lock);
		}
	}
}

void pcp_decay(void)
{
	for_each_zone (z) {
		struct pcp *pcp;

		if (!z->managed)
			continue;
		pcp = &z->pcp[this_cpu()];
		if (pcp->high_min == pcp->high_max)
			continue;
		spin_lock(&pcp->lock);
		pcp->high =
			(u32)max_ul(pcp->high - pcp->high / 8, pcp->high_min);
		spin_unlock(&pcp->lock);
	}
}

NO_TSAN unsigned long pcp_pages(const struct zone *z)
{
	unsigned long pages = 0;

	for (unsigned int cpu = 0; cpu < machine.cfg.cpus; cpu++)
		pages += z->pcp[cpu].count;
	return pages;
}

void pcp_fork_child(void)
{
	for_each_zone (z)
		for (unsigned int cpu = 0; z->managed && cpu < machine.cfg.cpus;
		     cpu++)
			spin_lock_init(&z->pcp[cpu].lock);
}
