/* SPDX-License-Identifier: MIT */
/*
 * pcp.h - per-CPU lists of pages: what page allocation costs when it is warm.
 *
 * Theory: small blocks come and go in great numbers; each CPU of the machine
 * keeps some of each zone, order and migrate type, last freed first handed
 * out, and trades with the buddy allocator in batches. Pages here are not
 * free pages: they count in no watermark and merge with nothing. Sizes follow
 * the kernel's rules; the default preset keeps at most PCP_HIGH_DEFAULT pages a
 * CPU, since what lies here can neither be merged nor given back.
 *
 * Handing out isn't counted: what was handed out is what came in and was
 * freed less what went out and is still there.
 * A CPU's lists are doubly linked so that draining takes the coldest page,
 * but the first page's `prev` is not kept: popping touches one page only.
 * A page taken from the buddy and never handed out keeps PG_ZERO, unless it
 * was populated (pcp.c).
 *
 * Locks: pcp->lock, outside zone->lock. this_cpu() spreads threads, it does
 * not follow the scheduler, so the lock is needed, but seldom contended.
 */
#ifndef KV_PCP_H
#define KV_PCP_H

#include "lib/bug.h"
#include "lib/cpu.h"
#include "mm/buddy.h"

enum {
	NR_PCP_ORDERS = PAGE_ALLOC_COSTLY_ORDER + 1,
	PCP_TYPES = 4, /* stride; the fourth type does not exist */
	PCP_LIST_HUGE = NR_PCP_ORDERS * PCP_TYPES, /* order 9, not movable */
	NR_PCP_LISTS = PCP_LIST_HUGE + 2,
	PCP_HIGH_DEFAULT = 256,
	PCP_SCALE_MAX = 5, /* refills grow up to batch << this */
};
static_assert((int)PCP_TYPES > (int)MIGRATE_PCPTYPES - 1, "types fit");

struct pcp {
	struct spinlock lock;	/* all below but the constants */
	u32 count;		/* pages on the lists */
	u32 high;		/* more than that is drained */
	u16 batch;		/* constant */
	u8 scale;		/* refills in a row, up to PCP_SCALE_MAX */
	u8 next_list;		/* where draining goes on */
	u32 high_min, high_max; /* constant */
	u32 nr_in, nr_out;	/* pages from and to the buddy, and */
	u32 nr_free;		/* freed, since the counters were synced: */
	u32 nr_synced;		/* when the lists held so many */
	struct free_list list[NR_PCP_LISTS];
} __attribute__((aligned(64)));

/*
 * What most requests need to know, in one line; constant after boot. With
 * several nodes there is no such zone, but one that never has anything; with
 * zones above it, no frame seems to be its own.
 */
struct pcp_fast {
	struct zone *zone;	 /* first choice of GFP_KERNEL */
	struct pcp *pcp;	 /* its lists, of CPU 0 */
	unsigned long start_pfn; /* where it starts; it is the last */
	u32 orders;		 /* orders below are kept here */
	bool huge;		 /* and order 9 */
};
extern struct pcp_fast pcp_fast;

/* 0, or -ENOMEM. */
int pcp_boot(void);
void pcp_shutdown(void);

/* The list of a block, or -1 if such blocks aren't kept. */
static inline int pcp_list(unsigned int order, enum migratetype mt)
{
	if (likely(order < pcp_fast.orders))
		return (int)(order * PCP_TYPES + mt);
	if (pcp_fast.huge && order == PAGEBLOCK_ORDER)
		return PCP_LIST_HUGE + (mt == MIGRATE_MOVABLE);
	return -1;
}

/* Pops a page; lock held, list not empty. */
static ALWAYS_INLINE struct page *pcp_pop(struct pcp *pcp, struct free_list *l,
					  unsigned int order)
{
	struct page *page = pfn_to_page(l->head);

	l->head = page->next;
	pcp->count -= 1u << order;
	page->type = PAGE_USED;
	page->run.nr_pages = 1u << order;
	return page;
}

/* Pushes a page; lock held. */
static ALWAYS_INLINE void pcp_push(struct pcp *pcp, struct free_list *l,
				   struct page *page, u32 pfn,
				   unsigned int order)
{
	page->type = PAGE_PCP;
	page->order = (u8)order;
	page->flags = 0;
	page->next = l->head;
	if (likely(l->head))
		pfn_to_page(l->head)->prev = pfn;
	else
		l->tail = pfn;
	l->head = pfn;
	pcp->count += 1u << order;
	pcp->nr_free += 1u << order;
}

/* A page of @zone for @rq, from @list, refilled if need be. NULL if can't. */
struct page *pcp_alloc(struct zone *z, const struct page_request *rq,
		       unsigned int flags, int list);

/* Puts a page on @list and drains what is too much. */
void pcp_free(struct page *page, unsigned int order, int list);

/* Too many pages: gives a batch to the buddy. Drops pcp->lock. */
void pcp_drain_excess(struct pcp *pcp, struct zone *z);

/* Lets the lists shrink by an eighth, as the kernel does once a second. */
void pcp_decay(void);

/* Pages on all lists of a zone; not exact while others run. */
unsigned long pcp_pages(const struct zone *z);

void pcp_fork_child(void);

#endif
