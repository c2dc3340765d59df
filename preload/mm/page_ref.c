/* SPDX-License-Identifier: MIT */
/*
 * page_ref.c - blocks whose pages are counted, split and freed in part.
 *
 * Theory: a head is PAGE_USED, and so is what page_alloc.c wants back; all
 * other pages of a block are PAGE_TAIL and know their head. In a compound
 * block (PG_COMPOUND on the head) the head counts for all. In others every
 * page counts for itself, so that the block can come apart: who drops a
 * reference that is not the last one, but says to free the block, keeps the
 * first page alive and frees the rest (the kernel's rules).
 *
 * run.nr_pages tells which tails are still the head's: who frees them takes
 * them away first by setting it to 1, atomically, so that of two who free the
 * same block at once one finds nothing, and says so.
 *
 * Tails whose head is gone are nobody's: the kernel leaks them too.
 * Locks: none; counts and run.nr_pages are atomic.
 */
#include "mm/page_ref.h"

#include "lib/bug.h"
#include "os/os.h"

enum { BAD_BURST = 60 }; /* reports a minute, as in the kernel */
#define BAD_WINDOW_NS 60000000000ull

/* reports */

static void say_bad_page(const struct page *page, const char *reason)
{
	static u64 window;
	static u32 said;
	u64 now = os_coarse_ns();
	char comm[16];

	if (now - __atomic_load_n(&window, __ATOMIC_RELAXED) > BAD_WINDOW_NS) {
		__atomic_store_n(&window, now, __ATOMIC_RELAXED);
		__atomic_store_n(&said, 0, __ATOMIC_RELAXED);
	}
	if (__atomic_fetch_add(&said, 1, __ATOMIC_RELAXED) >= BAD_BURST)
		return;
	os_comm(comm);
	warn("BUG: Bad page state in process %s  pfn:%05lx\n"
	     "page dumped because: %s",
	     comm, page_to_pfn(page), reason);
}

void (*pgref_bad_page)(const struct page *page,
		       const char *reason) = say_bad_page;

#ifdef KV_KAPI
unsigned long pgref_flags_check_at_free;
#endif

/* what a page is */

static struct page *owner(const struct page *page)
{
	return pfn_to_page(page->type == PAGE_TAIL ? page->head :
						     page_to_pfn(page));
}

bool pgref_is_compound(const struct page *page)
{
	const struct page *head = owner(page);

	return head->type == PAGE_SLAB || head->type == PAGE_LARGE ?
		       head->order > 0 :
		       head->type == PAGE_USED && (head->flags & PG_COMPOUND);
}

bool pgref_is_tail(const struct page *page)
{
	return page->type == PAGE_TAIL && pgref_is_compound(page);
}

struct page *pgref_head(const struct page *page)
{
	return pgref_is_tail(page) ? owner(page) :
				     pfn_to_page(page_to_pfn(page));
}

unsigned int pgref_order(const struct page *page)
{
	return pgref_is_compound(page) ? pgref_head(page)->order : 0;
}

/* Is there a count to look at? What is free has none. */
static bool is_counted(const struct page *page)
{
	return page->type == PAGE_USED || page->type == PAGE_TAIL;
}

/* counts */

unsigned int pgref_count(const struct page *page)
{
	const struct page *head = pgref_head(page);

	return is_counted(head) ?
		       __atomic_load_n(&head->refcount, __ATOMIC_RELAXED) :
		       0;
}

bool pgref_get_unless_zero(struct page *page)
{
	struct page *head = pgref_head(page);
	u32 n = pgref_count(head);

	while (n)
		if (__atomic_compare_exchange_n(&head->refcount, &n, n + 1,
						true, __ATOMIC_RELAXED,
						__ATOMIC_RELAXED))
			return true;
	return false;
}

void pgref_get(struct page *page)
{
	if (unlikely(!pgref_get_unless_zero(page)))
		pgref_bad_page(page, "zero _refcount");
}

/* References left after one is dropped, or -1 if there was none. */
static long drop(struct page *page)
{
	u32 n = pgref_count(page);

	while (n)
		if (__atomic_compare_exchange_n(&page->refcount, &n, n - 1,
						true, __ATOMIC_ACQ_REL,
						__ATOMIC_RELAXED))
			return (long)n - 1;
	return -1;
}

/* blocks */

/* Why a page must not go with its block: as tail counted, or not its tail. */
static const char *why_bad(const struct page *page, bool tail)
{
	if (tail && page->type != PAGE_OFFLINE &&
	    (page->type != PAGE_TAIL || page->refcount))
		return "nonzero _refcount";
#ifdef KV_KAPI
	if (page->mapping)
		return "non-NULL mapping";
	if (page->owner_flags & pgref_flags_check_at_free)
		return "PAGE_FLAGS_CHECK_AT_FREE flag(s) set";
#endif
	return NULL;
}

struct page *pgref_alloc(int nid, gfp_t gfp, unsigned int order)
{
	struct page *page = alloc_pages_node(nid, gfp, order);

	if (!page)
		return NULL;
	pgref_reset_owner(page);
	for (unsigned long i = 1; i < 1ul << order; i++) {
		page[i].word = page_word(PAGE_TAIL, 0, page->zone);
		page[i].head = (u32)page_to_pfn(page);
		pgref_reset_owner(&page[i]);
	}
	if (order && (gfp & __GFP_COMP))
		page->flags |= PG_COMPOUND;
	return page;
}

/* Frees a block that nobody counts any more, unless something is wrong. */
static void free_block(struct page *page, unsigned int order)
{
	bool bad = false;

	for (unsigned long i = 0; i < 1ul << order; i++) {
		const char *why = why_bad(&page[i], i > 0);

		if (why)
			pgref_bad_page(&page[i], why);
		bad |= why != NULL;
	}
	if (bad)
		return;
	page->flags &= (u8)~PG_COMPOUND;
	for (unsigned long i = 1; i < 1ul << order; i++)
		page[i].type = PAGE_OFFLINE;
	free_pages_block(page, order);
}

/* Tails become a block of their own, which is freed. */
static void free_tails(struct page *page, unsigned int order)
{
	const char *why = why_bad(page, true);

	if (why) {
		pgref_bad_page(page, why);
		return;
	}
	page->word = page_word(PAGE_USED, order, page->zone);
	page->run.nr_pages = 1u << order;
	free_block(page, order);
}

void pgref_put(struct page *page)
{
	struct page *head = pgref_head(page);
	long left = drop(head);

	if (unlikely(left < 0))
		pgref_bad_page(page, "nonzero _refcount");
	else if (left == 0 && head->type == PAGE_USED)
		free_block(head, pgref_order(head));
}

/* Takes the tails of a block away from it; false if it has not so many. */
static bool detach_tails(struct page *page, unsigned int order)
{
	u32 nr = __atomic_exchange_n(&page->run.nr_pages, 1, __ATOMIC_ACQ_REL);

	if (nr >= 1u << order)
		return true;
	page->run.nr_pages = nr;
	return false;
}

void pgref_free(struct page *page, unsigned int order)
{
	long left;

	if (pgref_is_compound(page)) {
		pgref_put(page);
		return;
	}
	if (page->type != PAGE_USED || !pgref_count(page) ||
	    !detach_tails(page, order)) {
		pgref_bad_page(page, "nonzero _refcount");
		return;
	}
	left = drop(page);
	if (left == 0) {
		page->run.nr_pages = 1u << order;
		free_block(page, order);
	} else if (left > 0) {
		while (order-- > 0)
			free_tails(page + (1ul << order), order);
	}
}

void pgref_split(struct page *page, unsigned int order)
{
	if (pgref_is_compound(page) || page->type != PAGE_USED) {
		pgref_bad_page(page, "split_page of no plain block");
		return;
	}
	for (unsigned long i = 1; i < 1ul << order; i++) {
		struct page *p = &page[i];

		p->word = page_word(PAGE_USED, 0, page->zone);
		p->flags = page->flags;
		p->refcount = 1;
		p->run.nr_pages = 1;
	}
	page->order = 0;
	page->run.nr_pages = 1;
}

/* exact sizes, many at once */

void *pgref_alloc_exact(int nid, size_t size, gfp_t gfp)
{
	static bool seen;
	unsigned int order = size ? get_order(size) : MAX_PAGE_ORDER + 1;
	struct page *page;

	if (WARN_ON_ONCE_IN(seen, gfp & (__GFP_COMP | __GFP_HIGHMEM)))
		gfp &= ~(gfp_t)(__GFP_COMP | __GFP_HIGHMEM);
	page = pgref_alloc(nid, gfp, order);
	if (!page)
		return NULL;
	pgref_split(page, order);
	for (size_t i = DIV_ROUND_UP(size, PAGE_SIZE); i < 1ul << order; i++)
		pgref_free(&page[i], 0);
	return page_address(page);
}

void pgref_free_exact(void *p, size_t size)
{
	struct page *page = virt_to_page(p);

	for (size_t i = 0; i < DIV_ROUND_UP(size, PAGE_SIZE); i++)
		pgref_free(&page[i], 0);
}

unsigned long pgref_alloc_bulk(int nid, gfp_t gfp, unsigned long nr,
			       struct page **array)
{
	gfp_t light = (gfp | __GFP_NOWARN | __GFP_NOMEMALLOC) &
		      ~(gfp_t)(__GFP_RECLAIM | __GFP_NOFAIL);
	unsigned long i, got = 0;

	for (i = 0; i < nr; i++) {
		if (array[i])
			continue;
		array[i] = pgref_alloc(nid, light, 0);
		if (!array[i] && !got)
			array[i] = pgref_alloc(nid, gfp, 0);
		if (!array[i])
			return i;
		got++;
	}
	return i;
}
