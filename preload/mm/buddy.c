/* SPDX-License-Identifier: MIT */
/*
 * buddy.c - free blocks of 2^order frames: merging and splitting.
 *
 * Theory: a block of order o starts at a multiple of 2^o; its buddy is
 * pfn ^ 2^o, and two free buddies make a block of order o + 1. Allocation
 * takes the smallest block of the wanted type that is large enough, keeps its
 * low end and puts the rest back as the aligned pieces it is made of (rules:
 * the kernel's rules). Migrate types are pageblock.c's.
 *
 * Differs from the kernel:
 *  - Frames above zone->online_end are free but have no struct page yet. They
 *    count as blocks of the largest order, and come online when the lists
 *    have no block of the type and no whole pageblock of another: where the
 *    kernel, whose memory starts out movable, would claim a fresh one.
 *  - A bit a frame tells which free frames may be resident ("dirty"). Who
 *    gets a block whose bits are all zero need not clear it (PG_ZERO), and
 *    purge.c knows what is worth giving back. Blocks without a bit have lists
 *    of their own and are used after those of the same order with one.
 *  - Any run of frames may be taken and given back, not only 2^order.
 *  - In the default preset blocks are reused lowest address first, not last
 *    in, first out: the heap stays dense, and what was purged is not wanted
 *    again. Lists are kept about sorted: a freed block goes before the head
 *    if it is lower, else to the tail, and the lowest of the first eight is
 *    taken. (Random replacement of 16 KiB .. 1 MiB, 22 MiB live: 3 050 000
 *    page faults and 70 MiB became 39 000 and 50 MiB.)
 *
 * Invariants (page_alloc_validate() counts those broken):
 *   I1  a free block's pfn is a multiple of its size
 *   I2  no two free buddies of one order coexist, unless order 9 and one of
 *       them in a pageblock of a type that does not mix (HighAtomic)
 *   I3  nr_free[] is the length of the lists, avail[] says which are empty
 *   I4  page->type is PAGE_BUDDY for heads of listed blocks and for no other
 *   I5  a free block lies on the list of its pageblock's type
 *   I6  buddy.dirty is the number of its frames' dirty bits, dirty_free the sum
 *   I7  zone->nr_free is the sum of listed blocks and deferred frames
 * Locks: everything here runs under zone->lock.
 */
#include "mm/buddy.h"

#include <string.h>

#include "lib/bug.h"
#include "mm/huge_linear.h"

enum {
	PURGE_CHECK_ORDER = 4, /* frees below make no purgeable block */
	LOOK_AT = 8,	       /* blocks, for the lowest */
};

SPARSE_BSS struct zone zones[MAX_ZONES];

/* dirty bits */

static inline u64 *dirty_word(unsigned long pfn)
{
	return &pfn_to_pageblock(pfn)->dirty[pfn / 64 % (PAGEBLOCK_PAGES / 64)];
}

/* Bits of the word of @pfn that belong to [@pfn, @pfn + @nr). */
static inline u64 dirty_mask(unsigned long pfn, unsigned long nr)
{
	unsigned long first = pfn % 64;

	return ~(u64)0 >> (64 - min_ul(nr, 64 - first)) << first;
}

/* Bits set in @word; all or none of @mask is what mostly happens. */
static inline unsigned int count_bits(u64 word, u64 mask, unsigned int width)
{
	word &= mask;
	if (!word)
		return 0;
	if (word == mask)
		return width;
	return (unsigned int)__builtin_popcountl(word);
}

unsigned int dirty_count(unsigned long pfn, unsigned int order)
{
	unsigned long end = pfn + (1ul << order);
	unsigned int n = 0;

	if (order < 6)
		return count_bits(*dirty_word(pfn),
				  dirty_mask(pfn, 1ul << order), 1u << order);
	for (; pfn < end; pfn += 64)
		n += count_bits(*dirty_word(pfn), ~(u64)0, 64);
	return n;
}

/* Whole pageblocks at once, the rest by words. */
void dirty_set(unsigned long pfn, unsigned long nr)
{
	unsigned long n;

	for (; nr; pfn += n, nr -= n) {
		if (nr >= PAGEBLOCK_PAGES && pfn % PAGEBLOCK_PAGES == 0) {
			struct pageblock *pb = pfn_to_pageblock(pfn);

			n = PAGEBLOCK_PAGES;
			memset(pb->dirty, 0xff, sizeof(pb->dirty));
		} else {
			n = min_ul(nr, 64 - pfn % 64);
			*dirty_word(pfn) |= dirty_mask(pfn, n);
		}
	}
}

void dirty_clear(unsigned long pfn, unsigned long nr)
{
	unsigned long n;

	for (; nr; pfn += n, nr -= n) {
		n = min_ul(nr, 64 - pfn % 64);
		*dirty_word(pfn) &= ~dirty_mask(pfn, n);
	}
}

/* lists */

static void update_avail_any(struct zone *z)
{
	u32 any = deferred_blocks(z) && !z->commit_failed ?
			  1u << MAX_PAGE_ORDER :
			  0;

	for (int mt = 0; mt < MIGRATE_PCPTYPES; mt++)
		any |= z->avail[mt][LIST_DIRTY] | z->avail[mt][LIST_CLEAN];
	__atomic_store_n(&z->avail_any, any, __ATOMIC_RELAXED);
}

static void count_blocks(struct zone *z, unsigned int order,
			 enum migratetype mt, long n)
{
	struct free_area *area = &z->area[order];

	area->nr_free[mt] += (unsigned long)n;
	z->mirror->free[mt][order] = area->nr_free[mt];
}

static ALWAYS_INLINE void list_insert(struct free_list *l, unsigned long pfn,
				      bool tail)
{
	struct page *page = pfn_to_page(pfn);
	u32 next = tail ? 0 : l->head;
	u32 prev = tail ? l->tail : 0;

	page->next = next;
	page->prev = prev;
	if (prev)
		pfn_to_page(prev)->next = (u32)pfn;
	else
		l->head = (u32)pfn;
	if (next)
		pfn_to_page(next)->prev = (u32)pfn;
	else
		l->tail = (u32)pfn;
}

void block_add(struct zone *z, unsigned long pfn, unsigned int order,
	       enum migratetype mt, u32 dirty, bool tail)
{
	struct page *page = pfn_to_page(pfn);
	unsigned int which = dirty ? LIST_DIRTY : LIST_CLEAN;
	struct free_list *l = &z->area[order].list[mt][which];

	page->word = page_word(PAGE_BUDDY, order, z->index);
	page->buddy.dirty = dirty;
	page->buddy.mt = (u8)mt;
	z->dirty_free += dirty;
	count_blocks(z, order, mt, 1);
	if (likely(l->head)) {
		list_insert(l, pfn, machine.cfg.kernel ? tail : pfn > l->head);
		return;
	}
	list_insert(l, pfn, false);
	z->avail[mt][which] |= (u16)(1u << order);
	if (mt < MIGRATE_PCPTYPES && !(z->avail_any >> order & 1))
		__atomic_store_n(&z->avail_any, z->avail_any | 1u << order,
				 __ATOMIC_RELAXED);
}

void block_del(struct zone *z, unsigned long pfn)
{
	struct page *page = pfn_to_page(pfn);
	unsigned int order = page->order, mt = page->buddy.mt;
	unsigned int which = page->buddy.dirty ? LIST_DIRTY : LIST_CLEAN;
	struct free_list *l = &z->area[order].list[mt][which];

	z->dirty_free -= page->buddy.dirty;
	count_blocks(z, order, mt, -1);
	page->type = PAGE_OFFLINE;
	if (page->next)
		pfn_to_page(page->next)->prev = page->prev;
	else
		l->tail = page->prev;
	if (page->prev) {
		pfn_to_page(page->prev)->next = page->next;
		return;
	}
	l->head = page->next;
	if (l->head)
		return;
	z->avail[mt][which] &= (u16) ~(1u << order);
	update_avail_any(z);
}

NO_TSAN bool is_free_head(const struct page *page)
{
	return page->type == PAGE_BUDDY;
}

static NO_TSAN bool is_free_block(unsigned long pfn, unsigned int order)
{
	const struct page *page = pfn_to_page(pfn);

	return page->type == PAGE_BUDDY && page->order == order;
}

/* frees */

/* May the block of order >= 9 at @pfn merge with a block of type @mt? */
static bool merge_pageblocks(struct zone *z, unsigned long pfn,
			     enum migratetype mt)
{
	enum migratetype other = pageblock_mt(pfn);

	if (other >= MIGRATE_PCPTYPES || mt >= MIGRATE_PCPTYPES)
		return false;
	if (other != mt)
		set_pageblock_mt(z, pfn, mt);
	return true;
}

/* Would the block, once its buddy is freed, merge twice? Then keep it cold. */
static bool merge_is_likely(unsigned long pfn, unsigned int order)
{
	unsigned long parent = pfn & ~(1ul << order);

	return order < PAGEBLOCK_ORDER &&
	       is_free_block(parent ^ (2ul << order), order + 1);
}

static void free_one(struct zone *z, unsigned long pfn, unsigned int order,
		     u32 dirty)
{
	enum migratetype mt = pageblock_mt(pfn);

	pfn_to_page(pfn)->type = PAGE_OFFLINE;
	for (; order < MAX_PAGE_ORDER; order++) {
		unsigned long buddy = pfn ^ (1ul << order);

		if (!is_free_block(buddy, order))
			break;
		if (order >= PAGEBLOCK_ORDER && !merge_pageblocks(z, buddy, mt))
			break;
		dirty += pfn_to_page(buddy)->buddy.dirty;
		block_del(z, buddy);
		pfn &= buddy;
	}
	block_add(z, pfn, order, mt, dirty, merge_is_likely(pfn, order));
	if (order >= PURGE_CHECK_ORDER && z->dirty_free > z->purge_trigger &&
	    z->freed >= z->purge_next)
		__atomic_store_n(&z->purge_wanted, true, __ATOMIC_RELAXED);
}

void buddy_free_block(struct zone *z, unsigned long pfn, unsigned int order,
		      bool dirty)
{
	unsigned long nr = 1ul << order;

	VM_BUG_ON(pfn & (nr - 1));
	zone_add_free(z, (long)nr);
	z->freed += nr;
	if (dirty)
		dirty_set(pfn, nr);
	free_one(z, pfn, order, dirty ? (u32)nr : dirty_count(pfn, order));
}

void buddy_free(struct zone *z, unsigned long pfn, unsigned long nr, bool dirty)
{
	zone_add_free(z, (long)nr);
	z->freed += nr;
	if (dirty)
		dirty_set(pfn, nr);
	while (nr) {
		unsigned int order = ilog2_ul(min_ul(nr, MAX_BLOCK_PAGES));

		if (pfn & ((1ul << order) - 1))
			order = (unsigned int)__builtin_ctzl(pfn);
		free_one(z, pfn, order,
			 dirty ? 1u << order : dirty_count(pfn, order));
		pfn += 1ul << order;
		nr -= 1ul << order;
	}
}

/* allocations */

/*
 * Puts frames [@nr, 2^@order) of a block taken off its list back. They can
 * not merge: every piece's buddy holds frames in use. Returns how many of
 * the @dirty frames stay with the part in use.
 */
static u32 put_tail(struct zone *z, unsigned long pfn, unsigned long nr,
		    unsigned int order, enum migratetype mt, u32 dirty)
{
	bool all = dirty == 1u << order;

	while (nr < 1ul << order) {
		unsigned int o = (unsigned int)__builtin_ctzl(nr);
		u32 d = !dirty ? 0 : all ? 1u << o : dirty_count(pfn + nr, o);

		block_add(z, pfn + nr, o, mt, d, false);
		dirty -= d;
		nr += 1ul << o;
	}
	return dirty;
}

static u32 take_block(struct zone *z, unsigned long pfn,
		      const struct page_request *rq, unsigned int flags)
{
	struct page *page = pfn_to_page(pfn);
	unsigned int order = page->order;
	u32 dirty = page->buddy.dirty, more = 0;

	block_del(z, pfn);
	if (unlikely(huge_state_of(pfn + rq->nr - 1) == PB_HUGE_FRESH) &&
	    !(flags & ALLOC_CLEAN)) /* who wants that doesn't touch them */
		more = huge_take(pfn, rq->nr, order);
	dirty += more;
	dirty = put_tail(z, pfn, rq->nr, order, page->buddy.mt, dirty);
	zone_add_free(z, -(long)rq->nr);
	if (!(flags & ALLOC_CLEAN))
		z->clean_taken += rq->nr - dirty;
	page->type = PAGE_USED;
	page->order = (u8)rq->order;
	page->flags = (u8)((dirty ? 0 : PG_ZERO) | (more ? PG_HUGE : 0));
	page->run.nr_pages = rq->nr;
	return (u32)pfn;
}

/* The lowest of the first blocks of a list that is sorted about so. */
static u32 lowest(const struct free_list *l)
{
	u32 best = l->head, pfn = l->head;

	for (int i = 0; i < LOOK_AT && pfn; i++) {
		if (pfn < best)
			best = pfn;
		pfn = pfn_to_page(pfn)->next;
	}
	return best;
}

u32 find_block(const struct zone *z, unsigned int order, enum migratetype mt,
	       unsigned int flags)
{
	unsigned int clean = z->avail[mt][LIST_CLEAN] >> order;
	unsigned int dirty = z->avail[mt][LIST_DIRTY] >> order;

	const struct free_list *l;
	unsigned int which, o;

	if (flags & ALLOC_CLEAN)
		dirty = 0;
	if (!(clean | dirty))
		return 0;
	o = (unsigned int)__builtin_ctz(clean | dirty);
	which = dirty >> o & 1 ? LIST_DIRTY : LIST_CLEAN;
	l = &z->area[order + o].list[mt][which];
	return machine.cfg.kernel ? l->head : lowest(l);
}

u32 buddy_alloc(struct zone *z, const struct page_request *rq,
		unsigned int flags)
{
	u32 pfn = 0;

	if (unlikely(flags & ALLOC_HIGHATOMIC))
		pfn = find_block(z, rq->order, MIGRATE_HIGHATOMIC, 0);
	if (likely(!pfn))
		pfn = find_block(z, rq->order, rq->mt, flags);
	if (unlikely(!pfn))
		pfn = find_elsewhere(z, rq, flags);
	return pfn ? take_block(z, pfn, rq, flags) : 0;
}

void buddy_isolate(struct zone *z, unsigned long pfn)
{
	struct page *page = pfn_to_page(pfn);
	unsigned int nr = 1u << page->order;

	block_del(z, pfn);
	zone_add_free(z, -(long)nr);
	page->type = PAGE_USED;
	page->run.nr_pages = nr;
}

bool buddy_take_range(struct zone *z, unsigned long pfn, unsigned long end)
{
	unsigned long p = pfn, dirty = z->dirty_free;

	while (p < end) {
		if (p == z->online_end &&
		    !zone_online_block(z, pageblock_mt(p - 1)))
			return false;
		if (!is_free_head(pfn_to_page(p)))
			return false;
		p += 1ul << pfn_to_page(p)->order;
	}
	for (p = pfn; p < end;) {
		struct page *page = pfn_to_page(p);
		unsigned int order = page->order;

		block_del(z, p);
		put_tail(z, p, min_ul(end - p, 1ul << order), order,
			 page->buddy.mt, page->buddy.dirty);
		p += 1ul << order;
	}
	zone_add_free(z, -(long)(end - pfn));
	z->clean_taken += end - pfn - (dirty - z->dirty_free);
	return true;
}

/* Deferred frames and marks */

void zone_update_deferred(struct zone *z)
{
	unsigned long pages = deferred_blocks(z) << MAX_PAGE_ORDER;

	if (pages && !z->online_end && z->start_pfn)
		pages -= z->start_pfn; /* frame 0 */
	z->mirror->deferred = pages;
	update_avail_any(z);
}

bool zone_online_block(struct zone *z, enum migratetype mt)
{
	unsigned long pfn = z->online_end;
	enum pageblock_huge huge;

	if (!deferred_blocks(z))
		return false;
	if (mt >= MIGRATE_PCPTYPES)
		mt = MIGRATE_UNMOVABLE;
	z->commit_failed = machine_commit(z->index, pfn + MAX_BLOCK_PAGES) < 0;
	if (z->commit_failed) {
		update_avail_any(z);
		return false;
	}
	huge = huge_online(z, pfn);
	for (unsigned long i = 0; i < MAX_BLOCK_PAGES; i += PAGEBLOCK_PAGES) {
		struct pageblock *pb = pfn_to_pageblock(pfn + i);

		/* Most are zero, and so is their page, until somebody writes. */
		if (pb->mt != mt)
			pb->mt = (u8)mt;
		if (pb->huge != huge)
			pb->huge = (u8)huge;
		z->mirror->pageblocks[mt]++;
	}
	z->online_end += MAX_BLOCK_PAGES;
	if (pfn)
		block_add(z, pfn, MAX_PAGE_ORDER, mt, 0, false);
	else
		put_tail(z, 0, z->start_pfn, MAX_PAGE_ORDER, mt, 0);
	zone_update_deferred(z);
	count_events(KV_page_online, MAX_BLOCK_PAGES);
	gauge_add(&stats.meta_bytes,
		  (long)(MAX_BLOCK_PAGES) * (long)sizeof(struct page));
	return true;
}

void zone_update_marks(struct zone *z)
{
	/* Any request of a pcp order that this zone is the first choice for. */
	unsigned long easy = z->watermark[WMARK_HIGH] + z->boost +
			     z->lowmem_reserve[ZONE_NORMAL] + z->nr_highatomic +
			     (1ul << PAGE_ALLOC_COSTLY_ORDER);

	__atomic_store_n(&z->easy_mark, easy, __ATOMIC_RELAXED);
	z->mirror->boost = z->boost;
}
